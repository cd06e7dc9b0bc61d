//! One pose made ready: everything that stays the same while nothing but needle and contrast moves.

use super::coarse::Coarse;
use super::field::Field;
use super::overlay::Overlay;
use super::quick::fast_exp;
use super::response::Response;
use super::settings::Settings;
use crate::projector::Paths;
use crate::{Image, View};
use rami_wide::wide;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Cells along the shorter side of the detector on which scatter is worked out: its kernel is wider than eight cells.
const CELLS_PER_SIDE: usize = 32;
/// How far scatter is followed beyond the detector, mm.
const RIM_MM: f32 = 110.0;

/// What one frame costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Peak voltage, kV.
    pub kvp: f64,
    /// Tube charge of the frame.
    pub mas: f64,
    /// Air kerma at the patient entrance reference point (15 cm from the isocentre towards the tube), mGy.
    pub reference_kerma_mgy: f64,
    /// Dose–area product, Gy·cm².
    pub dap_gy_cm2: f64,
    /// Whether the tube could give what the automatic exposure asked for.
    pub reached: bool,
}

/// One pose, ready to be exposed again and again: what does not move.
#[derive(Debug, Clone)]
pub struct Anatomy {
    view: View,
    pub(super) response: Arc<Response>,
    exposure: Exposure,
    pub(super) paths: Arc<Paths>,
    /// Primary signal at the exposure, keV a pixel, before the grid.
    pub(super) primary: Image<f32>,
    /// Signal with scatter and glare, without noise.
    pub(super) still: Image<f32>,
    /// Variance per signal, keV.
    pub(super) variance: Image<f32>,
    /// How strongly cells scatter, and a grid of nothing to put changes in.
    pub(super) strength: Vec<f32>,
    pub(super) nothing: Coarse,
    lit: (Range<usize>, Range<usize>),
}

impl Anatomy {
    /// The exposure that was chosen.
    #[must_use]
    pub fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    /// The view.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Rows and columns between the shutters.
    #[must_use]
    pub fn lit(&self) -> &(Range<usize>, Range<usize>) {
        &self.lit
    }

    /// What the detector would see of this without noise, keV a pixel.
    #[must_use]
    pub fn signal(&self) -> &Image<f32> {
        &self.still
    }

    pub(super) fn new(
        view: View,
        paths: Arc<Paths>,
        response: Arc<Response>,
        settings: &Settings,
        target_kev_per_mm2: f64,
    ) -> Self {
        let detector = *view.detector();
        let (rows, columns, sid) = (detector.rows, detector.columns, view.pose().sid);
        let field = Field::new(settings, &view);
        let mut primary = Image::filled(rows, columns, 0.0f32);
        let mut variance = Image::filled(rows, columns, 1.0f32);
        let out = primary.data_mut().par_chunks_mut(columns).zip(variance.data_mut().par_chunks_mut(columns));
        out.enumerate().with_min_len(8).for_each(|(row, (primary, variance))| {
            let at = row * columns..(row + 1) * columns;
            let up = (row as f64 - (rows as f64 - 1.0) / 2.0) * detector.pixel_mm;
            // Inverse square from 1 m, and the slant of the pixel: (sid² + x² + y²) to the power of −3/2.
            let scale = (1e6 * sid * detector.pixel_mm * detector.pixel_mm) as f32 * field.rows[row];
            let (still, first) =
                ((sid * sid + up * up) as f32, -(columns as f64 - 1.0) / 2.0 * detector.pixel_mm);
            response.row(&paths.total.data()[at.clone()], &paths.bone.data()[at], primary, variance);
            for (column, (signal, light)) in primary.iter_mut().zip(&field.columns).enumerate() {
                let across = first as f32 + column as f32 * detector.pixel_mm as f32;
                let r2 = still + across * across;
                *signal = fast_exp(*signal) * scale * light / (r2 * r2.sqrt());
            }
        });
        let scatter = &settings.scatter;
        let cell = (rows.min(columns) / CELLS_PER_SIDE).max(1);
        let rim = (RIM_MM / (cell as f32 * detector.pixel_mm as f32)).ceil().min(64.0) as usize;
        let strength = scatter.strength(&Coarse::of(&paths.total, cell, rim, None));
        let light = Coarse::of(&primary, cell, rim, Some(0.0));
        let mut added = scatter.added(&light, &strength, detector.pixel_mm as f32);
        let mean = central_mean(&primary, &field.lit) * scatter.primary_share()
            + added.cell_of(
                (field.lit.0.start + field.lit.0.end) / 2,
                (field.lit.1.start + field.lit.1.end) / 2,
            );
        let pixel_area = (detector.pixel_mm * detector.pixel_mm) as f32;
        let wanted = target_kev_per_mm2 * f64::from(pixel_area / mean.max(1e-20));
        let mas = wanted.min(settings.most_mas);
        let share = scatter.primary_share();
        added.data.iter_mut().for_each(|v| *v *= mas as f32);
        let mut still = Image::filled(rows, columns, 0.0f32);
        let out = still.data_mut().par_chunks_mut(columns).zip(primary.data_mut().par_chunks_mut(columns));
        out.enumerate().with_min_len(8).for_each(|(row, (still, primary))| {
            added.read_row(row, &mut Vec::new(), still);
            for (still, primary) in still.iter_mut().zip(primary) {
                *primary *= mas as f32;
                *still += *primary * share;
            }
        });
        let reference = (view.pose().sod - 150.0).max(50.0);
        let reference_kerma_mgy = response.kerma_per_mas() * mas * (1000.0 / reference).powi(2);
        let area_cm2 = field.area() * (detector.pixel_mm * reference / sid / 10.0).powi(2);
        let exposure = Exposure {
            kvp: response.kvp(),
            mas,
            reference_kerma_mgy,
            dap_gy_cm2: reference_kerma_mgy / 1000.0 * area_cm2,
            reached: wanted <= settings.most_mas,
        };
        let (nothing, lit) = (added.empty(), field.lit);
        Self { view, response, exposure, paths, primary, still, variance, strength, nothing, lit }
    }

    /// Changes of the signal by what moves: per pixel (before scatter, as a share of nothing: keV), and of scatter and
    /// glare on the coarse grid. `change` is called with (row, first column, changes of the primary).
    pub(super) fn changes(&self, overlay: &Overlay, settings: &Settings) -> (Vec<Vec<f32>>, Coarse) {
        let columns = self.primary.columns();
        let changed: Vec<Vec<f32>> = (0..self.primary.rows())
            .into_par_iter()
            .with_min_len(8)
            .map(|row| {
                let touched = overlay.touched(row);
                let at = row * columns + touched.start..row * columns + touched.end;
                let mut changes = self.weakening(overlay, at.clone());
                expose(&mut changes, &self.primary.data()[at]);
                changes
            })
            .collect();
        let mut light = self.nothing.clone();
        for (row, changes) in changed.iter().enumerate() {
            let first = overlay.touched(row).start;
            for (i, change) in changes.iter().enumerate() {
                light.add_pixel(row, first + i, *change);
            }
        }
        let pixel_mm = self.view.detector().pixel_mm as f32;
        let slow = settings.scatter.added(&light, &self.strength, pixel_mm);
        (changed, slow)
    }

    /// ln of what moving things leave of the primary, for neighbouring pixels.
    fn weakening(&self, overlay: &Overlay, at: Range<usize>) -> Vec<f32> {
        let (total, bone) = (&self.paths.total.data()[at.clone()], &self.paths.bone.data()[at.clone()]);
        let mut ln = vec![0.0f32; at.len()];
        let [steel, iodine, lead, water, mineral] = overlay.layers(at);
        // Tissue that comes on top hardens the beam for everything else.
        let thicker = (water.is_some() || mineral.is_some()).then(|| {
            let added = |layer: Option<&[f32]>, i: usize| layer.map_or(0.0, |paths| paths[i]);
            let mut passed = total.to_vec();
            for (i, passed) in passed.iter_mut().enumerate() {
                let (water, mineral) = (added(water, i), added(mineral, i));
                if water != 0.0 || mineral != 0.0 {
                    *passed = (*passed + water + super::response::WATER_PER_BONE * mineral).max(0.0);
                    ln[i] = self.response.open(*passed, bone[i] + mineral).0
                        - self.response.open(total[i], bone[i]).0;
                }
            }
            passed
        });
        let passed = thicker.as_deref().unwrap_or(total);
        let metals: [(Option<&[f32]>, fn(&Response, f32, f32) -> f32); 3] =
            [(steel, Response::steel), (iodine, Response::iodine), (lead, Response::lead)];
        for (paths, weaken) in metals {
            for ((ln, path), passed) in ln.iter_mut().zip(paths.unwrap_or_default()).zip(passed) {
                if *path > 0.0 {
                    *ln += weaken(&self.response, *path, *passed);
                }
            }
        }
        ln
    }
}

wide! {
    /// From ln of the weakening to the change of the signal.
    fn expose(changes: &mut [f32], primary: &[f32]) {
        for (change, primary) in changes.iter_mut().zip(primary) {
            *change = primary * (fast_exp(*change) - 1.0);
        }
    }
}

/// Mean over the middle third of what is lit.
pub(super) fn central_mean(image: &Image<f32>, (rows, columns): &(Range<usize>, Range<usize>)) -> f32 {
    let third =
        |r: &Range<usize>| r.start + r.len() / 3..(r.end - r.len() / 3).max(r.start + r.len() / 3 + 1);
    let (rows, columns) = (third(rows), third(columns));
    let (mut sum, mut n) = (0.0f64, 0usize);
    for row in rows.start..rows.end.min(image.rows()) {
        for column in columns.start..columns.end.min(image.columns()) {
            sum += f64::from(image.row(row)[column]);
            n += 1;
        }
    }
    (sum / n.max(1) as f64) as f32
}
