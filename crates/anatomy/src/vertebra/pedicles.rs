//! Lateral borders of pedicles, held to those of the other levels.
//!
//! On thick slices a pedicle and the root of the transverse process run together, and where one ends is a matter of a
//! few voxels: at L4 and L5 the measured border moves by up to a centimetre when the same spine is scanned at another
//! angle. But the distance from the middle of the canal to the border grows steadily down the spine and is much the
//! same on both sides. So a straight line through all levels of both sides, by the median of the slopes between pairs
//! of levels (Theil 1950; Sen 1968), says where each border is about, and one that is further than [`AWAY_MM`] from
//! there is drawn to that distance.
//!
//! Limits: a pedicle that truly is as different as that (a missing one, a transitional vertebra) is drawn as well.

use super::Measured;
use crate::{Side, VertebralLevel};
use std::collections::BTreeMap;

/// How far from the line of the levels a border may be, mm: about the scatter of pedicle widths between persons of one
/// level (evidence B5.4: means of 15 and 17 mm for women and men), less than a voxel of the labels that need this.
const AWAY_MM: f64 = 1.5;
/// Borders that a line needs.
const FEWEST: usize = 4;

/// Draws stray lateral borders to where the other levels have them.
pub(crate) fn steady(vertebrae: &mut BTreeMap<VertebralLevel, Measured>) {
    let half_width = |m: &Measured, side: Side| {
        let out = m.vertebra.frame.right.into_inner() * -side.sign();
        let pedicle = m.vertebra.pedicles.get(side).as_ref()?;
        Some((pedicle.lateral_border - m.vertebra.canal_centre).dot(&out))
    };
    let borders: Vec<(f64, f64)> = VertebralLevel::LUMBAR
        .iter()
        .filter_map(|level| vertebrae.get(level))
        .flat_map(|m| Side::BOTH.map(|side| Some((number(m.vertebra.level), half_width(m, side)?))))
        .flatten()
        .collect();
    let Some((slope, offset)) = line(&borders) else { return };
    for level in VertebralLevel::LUMBAR {
        let Some(m) = vertebrae.get_mut(&level) else { continue };
        for side in Side::BOTH {
            let Some(measured) = half_width(m, side) else { continue };
            let about = offset + slope * number(level);
            let shift = measured.clamp(about - AWAY_MM, about + AWAY_MM) - measured;
            let out = m.vertebra.frame.right.into_inner() * -side.sign();
            if let Some(pedicle) = m.vertebra.pedicles.get_mut(side) {
                // The medial border stays.
                pedicle.lateral_border += out * shift;
                pedicle.centre += out * (shift / 2.0);
                pedicle.width_mm = (pedicle.width_mm + shift).max(1.0);
            }
        }
    }
}

fn number(level: VertebralLevel) -> f64 {
    f64::from(level as u8)
}

/// Slope and offset by medians; nothing from fewer than [`FEWEST`] points.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    if points.len() < FEWEST {
        return None;
    }
    let slopes = points
        .iter()
        .enumerate()
        .flat_map(|(i, a)| points[i + 1..].iter().map(move |b| (b.0 - a.0, b.1 - a.1)))
        .filter(|(along, _)| along.abs() > 0.5)
        .map(|(along, across)| across / along)
        .collect();
    let slope = median(slopes)?;
    Some((slope, median(points.iter().map(|(x, y)| y - slope * x).collect())?))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(0.5 * (lower + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stray_borders_of_ten_do_not_move_the_line() {
        let mut points: Vec<(f64, f64)> =
            (0..10).map(|n| (f64::from(n / 2), 18.0 + 1.5 * f64::from(n / 2))).collect();
        points[6].1 -= 9.0;
        points[9].1 += 7.0;
        let (slope, offset) = line(&points).unwrap();
        // Eight points lie on the line exactly, and medians drop the other two.
        assert!((slope - 1.5).abs() < 1e-9 && (offset - 18.0).abs() < 1e-9, "{slope} {offset}");
    }

    #[test]
    fn one_level_alone_has_no_line() {
        assert!(line(&[(3.0, 20.0), (3.0, 21.0)]).is_none());
    }
}
