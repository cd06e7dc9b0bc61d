//! A tip in a ureter: what is given stays in the duct and runs down with the urine.
//!
//! ```text
//! length filled = V / (π r²)      downwards from the tip, at most to the end of the known course
//! ```
//!
//! So it meets no tissue and no nerve. The ureters of a world are lines with a radius, thinner than the cells of flow, which
//! would put the fluid into whatever organ is nearest. Limits: no peristalsis, nothing leaks back along the needle, and
//! urine that was there makes way without thinning what comes.

use super::computed::LOOKS;
use super::{Compartment, Fluid, Look, Spread};
use rami_bedside::World;
use rami_bedside::inject::live::Site;
use rami_bedside::world::TubeKind;
use rami_needle::Medium;
use rami_volume::{Point, Volume};
use std::f64::consts::PI;

/// Steps along the duct, mm.
const STEP_MM: f64 = 0.5;

/// The way down from the tip.
pub(super) struct Duct {
    /// Places [`STEP_MM`] apart, the tip's first.
    down: Vec<Point>,
    radius_mm: f64,
}

impl Duct {
    /// The ureter that a tip lies in.
    pub(super) fn at(world: &World, tip_mm: [f64; 3]) -> Option<Self> {
        let tip = Point::from(tip_mm);
        let tube = world.tubes.get(world.tube_at(&tip)?).filter(|tube| tube.kind == TubeKind::Ureter)?;
        let mut points = tube.points.clone();
        if points.first()?.z < points.last()?.z {
            points.reverse();
        }
        let mut course: Vec<Point> = Vec::new();
        for pair in points.windows(2) {
            let steps = ((pair[1] - pair[0]).norm() / STEP_MM).ceil().max(1.0);
            course.extend((0..steps as usize).map(|i| pair[0] + (pair[1] - pair[0]) * (i as f64 / steps)));
        }
        let away = |p: &Point| (p - tip).norm_squared();
        let nearest = (0..course.len()).min_by(|a, b| away(&course[*a]).total_cmp(&away(&course[*b])))?;
        Some(Self { down: course.split_off(nearest), radius_mm: tube.radius_mm })
    }

    /// Length that a volume fills, mm.
    fn filled_mm(&self, volume_ml: f64) -> f64 {
        let known = self.down.len() as f64 * STEP_MM;
        (1e3 * volume_ml / (PI * self.radius_mm * self.radius_mm)).min(known)
    }

    /// Where everything given is.
    pub(super) fn spread(&self, fluids: &[Fluid]) -> Spread {
        let mut spread = Spread::nothing();
        spread.shares.insert(Compartment::Urinary, 1.0);
        let rate_ml_s = fluids.last().map_or(0.0, |fluid| fluid.rate_ml_s);
        spread.pressure_kpa = Medium::Urine.injection_resistance_kpa() * rate_ml_s / 0.1;
        spread.longitudinal_extent_mm = self.filled_mm(fluids.iter().map(|fluid| fluid.volume_ml).sum());
        spread
    }

    /// Looks at the last syringe of contrast while it fills the duct.
    pub(super) fn film(&self, fluids: &[Fluid], site: &Site<'_>) -> Vec<Look> {
        let Some(last) = fluids.last().filter(|fluid| fluid.iodine_mg_ml > 0.0) else { return Vec::new() };
        let grid = site.region().grid();
        let cell_ml = grid.voxel_volume() / 1e3;
        (1..=LOOKS)
            .map(|part| {
                let share = part as f64 / LOOKS as f64;
                let volume_ml = share * last.volume_ml;
                let steps =
                    ((self.filled_mm(volume_ml) / STEP_MM).round() as usize).clamp(1, self.down.len());
                // What went beyond the known course is out of the picture.
                let lumen_ml = PI * self.radius_mm * self.radius_mm * STEP_MM / 1e3;
                let each_mg =
                    (last.iodine_mg_ml * lumen_ml).min(last.iodine_mg_ml * volume_ml / steps as f64);
                let mut iodine_mg_ml = Volume::filled(grid.clone(), 0.0f32);
                for place in self.down.iter().take(steps) {
                    let Some(voxel) = grid.voxel_at(place) else { continue };
                    let cell = grid.offset(voxel);
                    if let Some(value) = iodine_mg_ml.data_mut().get_mut(cell) {
                        *value += (each_mg / cell_ml) as f32;
                    }
                }
                Look { share, iodine_mg_ml }
            })
            .collect()
    }
}
