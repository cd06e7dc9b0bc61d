//! Fascia of psoas and of the kidneys from their labels.
//!
//! The fascia of psoas is the front of its label, sampled across the muscle on slices 5 mm apart; that of a kidney an
//! ellipsoid about its label with 10 mm of fat between them (assumed).

use super::FasciaSheet;
use super::levels::LevelScale;
use rami_anatomy::Side;
use rami_volume::{Labels, Point};
use std::f64::consts::PI;

/// Columns of a sheet less one.
const COLUMNS: usize = 16;
/// Distance of rows, mm.
const ROW_MM: f64 = 5.0;
/// Fat between a kidney and its fascia, mm (assumed).
const PERIRENAL_MM: f64 = 10.0;

pub(super) fn seen(labels: &Labels, levels: &LevelScale) -> Vec<FasciaSheet> {
    let marks = levels.marks();
    let (high, low) = (marks[0].centroid.z, marks[marks.len() - 1].centroid.z);
    let mut sheets = Vec::new();
    for side in Side::BOTH {
        let (psoas, kidney) = if side == Side::Left { (88, 3) } else { (89, 2) };
        let rows = psoas_rows(labels, psoas, [low, high], side);
        sheets.push(FasciaSheet { name: format!("psoas_fascia_{side}"), rows });
        if let Some(rows) = renal_rows(labels, kidney) {
            sheets.push(FasciaSheet { name: format!("renal_fascia_{side}"), rows });
        }
    }
    sheets.retain(|sheet| sheet.rows.len() >= 2);
    sheets
}

/// From the lateral edge over the front to the medial edge, as the label has it on each slice.
fn psoas_rows(labels: &Labels, label: u16, heights: [f64; 2], side: Side) -> Vec<Vec<Point>> {
    let grid = labels.grid();
    let [ni, nj, nk] = grid.dims();
    let stride = (ROW_MM / grid.spacing()[2]).round().max(1.0) as usize;
    let mut rows = Vec::new();
    for k in (0..nk).rev().step_by(stride) {
        let height = grid.to_lps([0.0, 0.0, k as f64]).z;
        if !(heights[0]..=heights[1]).contains(&height) {
            continue;
        }
        // The frontmost voxel of each column: j grows to the back on canonical axes.
        let mut front: Vec<Point> = (0..ni)
            .filter_map(|i| {
                let j = (0..nj).find(|&j| labels.get([i, j, k]) == Some(label))?;
                Some(grid.to_lps([i as f64, j as f64 - 0.5, k as f64]))
            })
            .collect();
        if front.len() < 4 {
            continue;
        }
        front.sort_by(|a, b| (side.sign() * b.x).total_cmp(&(side.sign() * a.x)));
        let last = (front.len() - 1) as f64;
        let at = |n: usize| front[(n as f64 / COLUMNS as f64 * last).round() as usize];
        rows.push((0..=COLUMNS).map(at).collect());
    }
    rows
}

fn renal_rows(labels: &Labels, label: u16) -> Option<Vec<Vec<Point>>> {
    let grid = labels.grid();
    let points: Vec<Point> = (0..grid.len())
        .filter(|&o| labels.data()[o] == label)
        .map(|o| grid.to_lps(grid.voxel(o).map(|v| v as f64)))
        .collect();
    let n = points.len() as f64;
    if points.len() < 100 {
        return None;
    }
    let centre = points.iter().fold(rami_volume::Vector::zeros(), |s, p| s + p.coords) / n;
    let covariance = points.iter().fold(nalgebra::Matrix3::zeros(), |s, p| {
        let d = p.coords - centre;
        s + d * d.transpose()
    }) / n;
    let eigen = covariance.symmetric_eigen();
    // A solid ellipsoid with half-axis r has variance r²/5 along it.
    let r = eigen.eigenvalues.map(|v| (5.0 * v.max(0.0)).sqrt() + PERIRENAL_MM);
    let rows = (0..=12)
        .map(|i| {
            let polar = PI * f64::from(i) / 12.0;
            (0..=24)
                .map(|j| {
                    let around = 2.0 * PI * f64::from(j) / 24.0;
                    let local = rami_volume::Vector::new(
                        r.x * polar.sin() * around.cos(),
                        r.y * polar.sin() * around.sin(),
                        r.z * polar.cos(),
                    );
                    Point::from(centre + eigen.eigenvectors * local)
                })
                .collect()
        })
        .collect();
    Some(rows)
}
