//! A C-arm that exposes: automatic exposure, one frame after the other, last image hold.

use super::noise;
use super::overlay::{Layer, Overlay};
use super::response::Response;
use super::settings::Settings;
use super::still::{Anatomy, Exposure, central_mean};
use crate::beam::{Filtration, Material, Spectrum};
use crate::projector::Paths;
use crate::{Image, View};
use rami_random::Stream;
use rami_wide::wide;
use rayon::prelude::*;
use std::sync::Arc;

/// One frame.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Detector signal after lag and noise filter, keV a pixel.
    pub signal: Image<f32>,
    /// What it cost.
    pub exposure: Exposure,
}

/// The C-arm's detector and generator between frames.
#[derive(Debug, Clone)]
pub struct Fluoroscope {
    settings: Settings,
    stream: Stream,
    frame: u64,
    in_detector: Option<Image<f32>>,
    shown: Option<Image<f32>>,
    signal_per_ngy: f64,
    responses: Vec<Arc<Response>>,
}

impl Fluoroscope {
    /// A C-arm that has not exposed yet.
    #[must_use]
    pub fn new(settings: Settings, stream: Stream) -> Self {
        // Signal of one nGy at the detector, of a beam as it leaves a patient (RQA 5: 74 kV behind 21 mm Al).
        let filtration = Filtration { aluminium_mm: 3.0, copper_mm: 0.0 };
        let beam = Spectrum::tungsten(74.0, filtration).through(Material::Aluminium, 21.0);
        let signal_per_ngy = Response::signal_of(&beam) / (beam.air_kerma() * 1e6);
        Self {
            settings,
            stream,
            frame: 0,
            in_detector: None,
            shown: None,
            signal_per_ngy,
            responses: Vec::new(),
        }
    }

    /// What is set.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Other settings from the next pose on. Frames are counted on, so noise does not repeat.
    pub fn set(&mut self, settings: Settings) {
        if settings.filtration != self.settings.filtration {
            self.responses.clear();
        }
        self.settings = settings;
    }

    /// The picture that stays when the pedal is released.
    #[must_use]
    pub fn last_image(&self) -> Option<&Image<f32>> {
        self.shown.as_ref()
    }

    /// Chooses the exposure for a pose and works out everything that stays the same while nothing but needle and
    /// contrast moves. Lag and noise filter forget the old pose.
    pub fn position(&mut self, view: View, paths: &Paths) -> Anatomy {
        self.position_shared(view, Arc::new(paths.clone()))
    }

    /// As [`Fluoroscope::position`], without a copy of the paths.
    pub fn position_shared(&mut self, view: View, paths: Arc<Paths>) -> Anatomy {
        self.shown = None;
        self.in_detector = None;
        let whole = (0..view.detector().rows, 0..view.detector().columns);
        let thickness = central_mean(&paths.total, &whole);
        let target = self.signal_per_ngy * self.settings.detector_kerma_ngy;
        let Some(kvp) = self.settings.kvp else {
            // A straight line with thickness, in whole steps of 5 kV as a generator's table.
            let wanted = 45.0 + 0.16 * f64::from(thickness);
            return self.automatic(view, paths, (wanted / 5.0).round().clamp(10.0, 24.0) * 5.0, target);
        };
        let response = self.response(kvp);
        Anatomy::new(view, paths, response, &self.settings, target)
    }

    /// Raises the voltage until the tube can give what is wanted, or cannot go higher.
    fn automatic(&mut self, view: View, paths: Arc<Paths>, kvp: f64, target: f64) -> Anatomy {
        let response = self.response(kvp);
        let anatomy = Anatomy::new(view, paths, response, &self.settings, target);
        if anatomy.exposure().reached || kvp >= 120.0 {
            return anatomy;
        }
        self.automatic(view, anatomy.paths, kvp + 5.0, target)
    }

    fn response(&mut self, kvp: f64) -> Arc<Response> {
        if let Some(known) = self.responses.iter().find(|r| r.kvp() == kvp) {
            return Arc::clone(known);
        }
        let made = Arc::new(Response::new(kvp, self.settings.filtration));
        self.responses.push(Arc::clone(&made));
        made
    }

    /// Exposes one frame with images of steel (mm) and iodine (mm · g/cm³) in the beam, a thirtieth of a second after the
    /// last one. Where little of the picture is touched [`Fluoroscope::frame`] is quicker.
    pub fn expose(
        &mut self,
        anatomy: &Anatomy,
        steel: Option<&Image<f32>>,
        iodine: Option<&Image<f32>>,
    ) -> Shot {
        let mut overlay = Overlay::new(anatomy.view());
        for (layer, image) in [(Layer::Steel, steel), (Layer::Iodine, iodine)] {
            if let Some(image) = image {
                overlay.add_image(layer, image);
            }
        }
        self.frame(anatomy, &overlay, 1.0 / 30.0)
    }

    /// Exposes one frame with what moves in the beam, `seconds` after the last one.
    pub fn frame(&mut self, anatomy: &Anatomy, overlay: &Overlay, seconds: f64) -> Shot {
        let columns = anatomy.primary.columns();
        let share = self.settings.scatter.primary_share();
        let stream = self.stream.named("quantum noise").indexed(self.frame);
        let noisy = self.settings.noise;
        let mut signal = anatomy.still.clone();
        let changes = (!overlay.is_empty() && overlay.fits(anatomy.view()))
            .then(|| anatomy.changes(overlay, &self.settings));
        let rows = signal.data_mut().par_chunks_mut(columns).zip(anatomy.variance.data().par_chunks(columns));
        let scratch = || (Vec::new(), vec![0.0f32; columns], Vec::new());
        rows.enumerate().with_min_len(8).for_each_init(
            scratch,
            |(mix, slow, draws), (r, (row, variance))| {
                if let Some((changed, coarse)) = &changes {
                    coarse.read_row(r, mix, slow);
                    add(row, slow, 1.0);
                    let touched = overlay.touched(r);
                    add(&mut row[touched], &changed[r], share);
                }
                if noisy {
                    noise::add(row, variance, stream.indexed(r as u64), ELECTRONIC_KEV2, draws);
                }
            },
        );
        self.frame += 1;
        let sigma = (self.settings.blur_mm / anatomy.view().detector().pixel_mm) as f32;
        self.develop(&signal, sigma, self.settings.lag_after(seconds));
        let signal = self.shown.clone().unwrap_or(signal);
        Shot { signal, exposure: *anatomy.exposure() }
    }

    /// Blur, then lag, then the recursive filter, row by row, into `in_detector` and `shown`.
    fn develop(&mut self, signal: &Image<f32>, sigma: f32, lag: f32) {
        let (rows, columns) = (signal.rows(), signal.columns());
        let fits = |image: &Option<Image<f32>>| {
            image.as_ref().is_some_and(|i| i.rows() == rows && i.columns() == columns)
        };
        let lag = if fits(&self.in_detector) { lag } else { 0.0 };
        let keep = if fits(&self.shown) { 1.0 - self.settings.recursion } else { 0.0 };
        let side = blur_weight(sigma);
        let blank = || Image::filled(rows, columns, 0.0f32);
        let mut held = self.in_detector.take().filter(|_| lag > 0.0).unwrap_or_else(blank);
        let mut shown = self.shown.take().filter(|_| keep > 0.0).unwrap_or_else(blank);
        let out = held.data_mut().par_chunks_mut(columns).zip(shown.data_mut().par_chunks_mut(columns));
        out.enumerate().with_min_len(8).for_each_init(
            || vec![0.0f32; columns + 2],
            |column, (r, (held, shown))| {
                let (above, below) = (signal.row(r.saturating_sub(1)), signal.row((r + 1).min(rows - 1)));
                blur_row(above, signal.row(r), below, side, column);
                develop_row(column, side, lag, keep, held, shown);
            },
        );
        self.in_detector = Some(held);
        self.shown = Some(shown);
    }
}

/// Electronic noise of a pixel: the square of 150 keV (assumed: about three photons).
const ELECTRONIC_KEV2: f32 = 150.0 * 150.0;

/// A Gaussian of this standard deviation in pixels, as three weights with its variance (exact for the variance up to
/// 0.8 pixels; wider is cut to that): the weight of either neighbour.
fn blur_weight(sigma: f32) -> f32 {
    (sigma * sigma / 2.0).min(0.32)
}

wide! {
    fn add(row: &mut [f32], what: &[f32], share: f32) {
        for (r, w) in row.iter_mut().zip(what) {
            *r += share * w;
        }
    }
}

wide! {
    /// The blur across rows, with the ends repeated: `column` has one value more at either end.
    fn blur_row(above: &[f32], here: &[f32], below: &[f32], side: f32, column: &mut [f32]) {
        let n = here.len();
        for (c, ((a, h), b)) in column[1..=n].iter_mut().zip(above.iter().zip(here).zip(below)) {
            *c = h + side * (a - 2.0 * h + b);
        }
        column[0] = column[1];
        column[n + 1] = column[n];
    }
}

wide! {
    /// The blur along the row; then what stays in the detector; then the recursive filter.
    fn develop_row(column: &[f32], side: f32, lag: f32, keep: f32, held: &mut [f32], shown: &mut [f32]) {
        let n = held.len();
        let (left, middle, right) = (&column[..n], &column[1..=n], &column[2..n + 2]);
        for ((((l, m), r), held), shown) in left.iter().zip(middle).zip(right).zip(held).zip(shown) {
            let blurred = m + side * (l - 2.0 * m + r);
            let signal = blurred + lag * (*held - blurred);
            *held = signal;
            *shown = signal + keep * (*shown - signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Scatter;
    use crate::{CArmPose, Detector};
    use rami_volume::Point;

    fn slab(total_mm: f32, n: usize) -> Paths {
        Paths { total: Image::filled(n, n, total_mm), bone: Image::filled(n, n, 0.0) }
    }

    const STEP: f64 = 1.0 / 8.0;

    fn none(n: usize) -> Overlay {
        Overlay::new(&view(n))
    }

    fn view(n: usize) -> View {
        View::new(CArmPose::prone_ap(Point::origin()), Detector::square(n, 0.6 * 512.0 / n as f64)).unwrap()
    }

    #[test]
    fn automatic_exposure_keeps_the_signal_from_thin_to_fat() {
        let signal = |mm: f32| {
            let mut arm =
                Fluoroscope::new(Settings { noise: false, ..Settings::fluoroscopy() }, Stream::new(1));
            let anatomy = arm.position(view(64), &slab(mm, 64));
            (central_mean(&arm.frame(&anatomy, &none(64), STEP).signal, &(0..64, 0..64)), *anatomy.exposure())
        };
        let (thin, low) = signal(160.0);
        let (fat, high) = signal(300.0);
        assert!((fat / thin - 1.0).abs() < 0.05, "{thin} and {fat} keV: the same picture brightness");
        assert!(high.kvp > low.kvp && high.reference_kerma_mgy > 3.0 * low.reference_kerma_mgy);
        assert!(low.reached && high.reached);
    }

    #[test]
    fn noise_of_a_frame_is_what_poisson_says_until_the_blur_smooths_it() {
        let settings = Settings {
            scatter: Scatter::none(),
            heel: false,
            lag: 0.0,
            recursion: 1.0,
            blur_mm: 0.0,
            ..Settings::fluoroscopy()
        };
        let mut arm = Fluoroscope::new(settings, Stream::new(3));
        let anatomy = arm.position(view(256), &slab(200.0, 256));
        let shot = arm.frame(&anatomy, &none(256), STEP);
        let mut ratio = 0.0f64;
        for (i, s) in shot.signal.data().iter().enumerate() {
            let mean = anatomy.primary.data()[i];
            let predicted = anatomy.variance.data()[i] * mean + ELECTRONIC_KEV2;
            ratio += f64::from((s - mean).powi(2) / predicted) / 65536.0;
        }
        assert!((ratio - 1.0).abs() < 0.03, "variance over prediction {ratio}: 5 standard errors");
        let noise: Vec<f32> =
            shot.signal.data().iter().zip(anatomy.primary.data()).map(|(s, mean)| s - mean).collect();
        let noise = Image::new(256, 256, noise).unwrap();
        arm.develop(&noise, 0.5, 0.0);
        let smooth = arm.shown.unwrap();
        let variance = |image: &Image<f32>| image.data().iter().map(|v| f64::from(v * v)).sum::<f64>();
        // Three weights of side s in both directions keep ((1 − 2s)² + 2s²)² of the variance of white noise: s = 1/8.
        let kept = (0.75f64.powi(2) + 2.0 / 64.0).powi(2);
        let ratio = variance(&smooth) / variance(&noise);
        assert!((ratio / kept - 1.0).abs() < 0.03, "the blur colours the noise: {ratio} of {kept}");
    }

    #[test]
    fn dose_area_product_follows_the_field_and_kerma_the_distance() {
        let expose = |collimator_mm: Option<[f64; 2]>, sod: f64| {
            let settings = Settings {
                collimator_mm,
                kvp: Some(80.0),
                scatter: Scatter::none(),
                heel: false,
                noise: false,
                ..Settings::fluoroscopy()
            };
            let pose = CArmPose { sod, ..CArmPose::prone_ap(Point::origin()) };
            let view = View::new(pose, Detector::square(128, 2.4)).unwrap();
            Fluoroscope::new(settings, Stream::new(1)).position(view, &slab(200.0, 128)).exposure().to_owned()
        };
        let (whole, half) = (expose(None, 600.0), expose(Some([153.6, 307.2]), 600.0));
        // Half the field; a little more charge because the middle of it is brighter.
        assert!((half.dap_gy_cm2 / whole.dap_gy_cm2 - 0.5).abs() < 0.02);
        let near = expose(None, 500.0);
        let wanted = ((600.0f64 - 150.0) / (500.0 - 150.0)).powi(2);
        assert!(
            (near.reference_kerma_mgy / whole.reference_kerma_mgy / wanted - 1.0).abs() < 1e-6,
            "inverse square"
        );
        assert!(
            (near.dap_gy_cm2 / whole.dap_gy_cm2 - 1.0).abs() < 1e-6,
            "the same everywhere along the beam"
        );
    }

    #[test]
    fn a_needle_is_dark_and_frames_repeat_with_their_seed() {
        let n = 64;
        let mut steel = none(n);
        steel.add(Layer::Steel, 32, 32, 0.7);
        let film = |seed: u64| {
            let mut arm = Fluoroscope::new(Settings::fluoroscopy(), Stream::new(seed));
            let anatomy = arm.position(view(n), &slab(200.0, n));
            arm.frame(&anatomy, &steel, STEP);
            arm.frame(&anatomy, &steel, STEP).signal
        };
        let a = film(1);
        assert!(a.get(32, 32).unwrap() < 0.85 * a.get(32, 20).unwrap());
        assert_eq!(a, film(1));
        assert_ne!(a, film(2));
    }

    #[test]
    fn what_moves_weakens_the_signal_as_if_it_had_been_there_from_the_start() {
        // Scatter included: the change of a moving slab of water is that of the anatomy being thicker by it.
        let n = 64;
        let settings = Settings { noise: false, blur_mm: 0.0, kvp: Some(80.0), ..Settings::fluoroscopy() };
        let mut arm = Fluoroscope::new(settings, Stream::new(1));
        let thin = arm.position(view(n), &slab(200.0, n));
        let mut overlay = none(n);
        for row in 0..n {
            for column in 0..n {
                overlay.add(Layer::Water, row, column, 20.0);
            }
        }
        let moved = arm.frame(&thin, &overlay, STEP).signal;
        let mas = thin.exposure().mas;
        let thick = arm.position(view(n), &slab(220.0, n));
        let scale = (mas / thick.exposure().mas) as f32;
        let (a, b) =
            (central_mean(&moved, &(0..n, 0..n)), central_mean(thick.signal(), &(0..n, 0..n)) * scale);
        // Scatter of the moving part keeps the strength of 200 mm, not 220: 15 % of half the signal at most.
        assert!((a / b - 1.0).abs() < 0.08, "{a} against {b}");
        let primary = |anatomy: &Anatomy| central_mean(&anatomy.primary, &(0..n, 0..n));
        let still = central_mean(thin.signal(), &(0..n, 0..n));
        assert!(a < 0.8 * still && primary(&thick) * scale < 0.75 * primary(&thin));
    }

    #[test]
    fn lag_and_the_noise_filter_leave_a_fading_ghost_of_what_was() {
        let n = 64;
        let settings = Settings { noise: false, lag: 0.2, recursion: 0.5, ..Settings::fluoroscopy() };
        let mut arm = Fluoroscope::new(settings, Stream::new(1));
        let anatomy = arm.position(view(n), &slab(200.0, n));
        let mut lead = none(n);
        lead.add(Layer::Lead, 32, 32, 3.0);
        let dark = arm.frame(&anatomy, &lead, 1.0 / 30.0).signal.get(32, 32).unwrap();
        let mut before = dark;
        let still = anatomy.signal().get(32, 32).unwrap();
        for frame in 0..6 {
            let now = arm.frame(&anatomy, &none(n), 1.0 / 30.0).signal.get(32, 32).unwrap();
            assert!(now > before && now < still, "frame {frame}: {before}, {now}, {still}");
            before = now;
        }
        assert!(before > 0.97 * still, "after six frames it is gone: {before} of {still}");
        // Four pulses a second leave the scintillator time to forget.
        assert!(settings.lag_after(0.25) < 0.15 * settings.lag_after(1.0 / 30.0));
        assert_eq!(arm.last_image().unwrap().get(32, 32), Some(before), "the last image stays");
    }

    #[test]
    fn shutters_have_soft_edges_and_leave_only_scatter_behind_them() {
        let settings = Settings {
            noise: false,
            blur_mm: 0.0,
            collimator_mm: Some([120.0, 90.0]),
            heel: false,
            ..Settings::fluoroscopy()
        };
        let mut arm = Fluoroscope::new(settings, Stream::new(1));
        let anatomy = arm.position(view(512), &slab(200.0, 512));
        let (rows, columns) = anatomy.lit().clone();
        assert_eq!((rows.len(), columns.len()), (150, 200));
        let at = |column: usize| {
            anatomy.primary.get(256, column).unwrap() / anatomy.primary.get(256, 256).unwrap()
        };
        assert_eq!(at(columns.start - 3), 0.0);
        // A focal spot of 0.6 mm over an edge 250 mm from it: 1.8 mm of half-light, three pixels.
        assert!((at(columns.start) - 0.5).abs() < 0.25 && at(columns.start + 3) > 0.95);
        assert!(anatomy.signal().get(256, columns.start - 10).unwrap() > 0.0, "scatter");
    }

    #[test]
    fn wide_vectors_and_threads_change_no_bit_of_a_frame() {
        use rami_wide::PORTABLE;
        use std::sync::atomic::Ordering;
        let n = 200;
        let film = |threads: usize, portable: bool| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            PORTABLE.store(portable, Ordering::Relaxed);
            let frames = pool.install(|| {
                let mut arm = Fluoroscope::new(Settings::fluoroscopy(), Stream::new(9));
                let anatomy = arm.position(view(n), &slab(200.0, n));
                let mut steel = none(n);
                (0..50).for_each(|i| steel.add(Layer::Steel, 50 + i, 60 + 2 * i, 0.7));
                arm.frame(&anatomy, &steel, STEP);
                let shot = arm.frame(&anatomy, &steel, STEP);
                let grey = crate::chain::Display::default().show(&shot.signal, anatomy.lit());
                (shot.signal, grey)
            });
            PORTABLE.store(false, Ordering::Relaxed);
            frames
        };
        let one = film(1, true);
        assert!(one == film(2, true), "1 and 2 threads");
        assert!(one == film(2, false), "256-bit vectors and plain loops");
    }
}
