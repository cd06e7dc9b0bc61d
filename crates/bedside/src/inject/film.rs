//! Contrast on x-ray while it is injected: live and as a subtraction.
//!
//! The amount of iodine per ml of tissue is projected as the C-arm projects a CT (coded in the units of one, 16 bits:
//! 0.05 mg/ml is one step) and weakens the beam by the iodine of the room `xray`. The patient stands still: a subtraction
//! has no motion artefact.

use crate::BedsideError;
use rami_random::Stream;
use rami_volume::{Ct, Volume};
use rami_xray::chain::{Anatomy, Display, Fluoroscope, Settings, subtract};
use rami_xray::{FastProjector, Image, Needle, Projector, View};

/// mg/ml of one step of the 16-bit code.
const STEP_MG_ML: f32 = 0.05;

/// Least ln of the signal from black to white of a subtraction.
const DSA_WINDOW: f32 = 0.35;
/// Of which the share below the grey of nothing is for contrast ([`subtract`]).
const DARKER: f32 = 160.0 / 255.0;
/// The window is widened so that no more than this share of a picture is black.
const BLACK: f64 = 0.005;

/// A C-arm that looks at an injection from one place.
#[derive(Debug)]
pub struct Film {
    arm: Fluoroscope,
    anatomy: Anatomy,
    steel: Option<Image<f32>>,
    mask: Image<f32>,
}

/// A frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// As the screen shows it.
    pub live: Image<u8>,
    /// What contrast has changed since before the injection.
    pub subtracted: Image<u8>,
}

impl Film {
    /// Positions the C-arm and takes the mask.
    ///
    /// # Errors
    /// [`BedsideError::Film`] when the C-arm cannot stand there.
    pub fn new(
        projector: &FastProjector<'_>,
        view: View,
        needles: &[Needle],
        seed: u64,
    ) -> Result<Self, BedsideError> {
        let paths = projector.project(&view)?;
        let settings = Settings { lag: 0.0, recursion: 1.0, ..Settings::fluoroscopy() };
        let mut arm = Fluoroscope::new(settings, Stream::new(seed).named("film"));
        let anatomy = arm.position(view, &paths);
        let detector = *view.detector();
        let steel = (!needles.is_empty()).then(|| {
            let mut steel = Image::filled(detector.rows, detector.columns, 0.0);
            needles.iter().for_each(|needle| needle.add_to(&view, 4, &mut steel));
            steel
        });
        let mask = arm.expose(&anatomy, steel.as_ref(), None).signal;
        Ok(Self { arm, anatomy, steel, mask })
    }

    /// The view.
    #[must_use]
    pub fn view(&self) -> &View {
        self.anatomy.view()
    }

    /// One frame with this much iodine, mg/ml of tissue.
    ///
    /// # Errors
    /// [`BedsideError::Film`].
    pub fn frame(&mut self, iodine_mg_ml: &Volume<f32>) -> Result<Frame, BedsideError> {
        let iodine = iodine(iodine_mg_ml, self.anatomy.view())?;
        let shot = self.arm.expose(&self.anatomy, self.steel.as_ref(), Some(&iodine));
        let live = Display::default().show(&shot.signal, self.anatomy.lit());
        let window = window(&self.mask, &shot.signal);
        let subtracted = subtract(&self.mask, &shot.signal, window).unwrap_or_else(|| live.clone());
        Ok(Frame { live, subtracted })
    }
}

/// The window in which a subtraction shows its contrast, not a black shape.
fn window(mask: &Image<f32>, live: &Image<f32>) -> f32 {
    let darker = |(m, l): (&f32, &f32)| (m.max(1e-3) / l.max(1e-3)).ln();
    let mut darker: Vec<f32> = mask.data().iter().zip(live.data()).map(darker).collect();
    if darker.is_empty() {
        return DSA_WINDOW;
    }
    let last = darker.len() - 1;
    let (_, strong, _) =
        darker.select_nth_unstable_by(((1.0 - BLACK) * last as f64) as usize, f32::total_cmp);
    DSA_WINDOW.max(*strong / DARKER)
}

/// Iodine along each ray, mm · g/cm³.
///
/// # Errors
/// [`BedsideError::Film`] when the C-arm cannot stand there.
pub fn iodine(mg_ml: &Volume<f32>, view: &View) -> Result<Image<f32>, BedsideError> {
    // 1 + HU/1000 is what the projector adds up: n steps are n/1000.
    let coded: Ct = mg_ml.map(|c| ((c / STEP_MG_ML).round().clamp(0.0, 30_000.0)) as i16 - 1000);
    let paths = FastProjector::new(&coded).project(view)?;
    // ∫ n/1000 dl · 1000 · step (mg/ml) = mm mg/ml = mm g/cm³ / 1000.
    Ok(paths.total.map(|mm| mm.max(0.0) * STEP_MG_ML))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::{Grid, Point};
    use rami_xray::{CArmPose, Detector};

    #[test]
    fn a_centimetre_of_contrast_counts_what_it_holds() {
        let grid = Grid::upright([41, 41, 41], [1.0; 3], Point::new(-20.0, -20.0, -20.0)).unwrap();
        let inside = |p: Point| p.coords.iter().all(|c| c.abs() < 5.1);
        let data = (0..grid.len())
            .map(|o| if inside(grid.to_lps(grid.voxel(o).map(|v| v as f64))) { 200.0 } else { 0.0 })
            .collect();
        let field = Volume::new(grid, data).unwrap();
        let view = View::new(CArmPose::prone_ap(Point::origin()), Detector::square(65, 0.6)).unwrap();
        let image = iodine(&field, &view).unwrap();
        let middle = image.data()[32 * 65 + 32];
        // Eleven voxels of 200 mg/ml: 2.2 mm g/cm³.
        assert!((middle - 2.2).abs() < 0.05, "{middle}");
    }
}
