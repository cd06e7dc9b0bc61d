//! A C-arm that exposes: automatic exposure, one frame after the other, last image hold.

use super::coarse::Coarse;
use super::noise;
use super::response::Response;
use super::scatter::{Grid, Scatter};
use crate::beam::{Filtration, Material, Spectrum};
use crate::projector::Paths;
use crate::{Image, View};
use rami_random::Stream;
use rayon::prelude::*;
use std::ops::Range;

/// Signal outside the shutters comes from scatter alone; what leaks through the lead is left out.
const CELL_PIXELS_PER_SIDE: usize = 64;
/// How far scatter is followed beyond the detector, mm.
const RIM_MM: f32 = 110.0;

/// What the operator and the service engineer set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Filters in the tube.
    pub filtration: Filtration,
    /// Scatter, glare and grid.
    pub scatter: Scatter,
    /// Whether quantum and electronic noise is drawn.
    pub noise: bool,
    /// Peak voltage by hand; nothing for the automatic curve.
    pub kvp: Option<f64>,
    /// Air kerma the automatic exposure keeps at the detector, nGy a frame.
    pub detector_kerma_ngy: f64,
    /// Opening of the shutters on the detector, mm (width, height); nothing for all of it.
    pub collimator_mm: Option<[f64; 2]>,
    /// Share of a frame's signal that stays in the scintillator until the next.
    pub lag: f32,
    /// Share of the new frame in the noise filter's picture: 1 is no filter.
    pub recursion: f32,
    /// Standard deviation of the detector's blur, mm.
    pub blur_mm: f64,
    /// Most mAs of one pulse: automatic exposure raises the voltage before it goes beyond.
    pub most_mas: f64,
}

impl Settings {
    /// Pulsed fluoroscopy.
    #[must_use]
    pub fn fluoroscopy() -> Self {
        Self {
            filtration: Filtration::default(),
            scatter: Scatter::new(Grid::In),
            noise: true,
            kvp: None,
            detector_kerma_ngy: 30.0,
            collimator_mm: None,
            lag: 0.03,
            recursion: 0.35,
            blur_mm: 0.25,
            most_mas: 0.4,
        }
    }

    /// A single picture with more dose.
    #[must_use]
    pub fn spot_film() -> Self {
        Self { detector_kerma_ngy: 500.0, lag: 0.0, recursion: 1.0, most_mas: 20.0, ..Self::fluoroscopy() }
    }
}

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
    response: Response,
    exposure: Exposure,
    total_mm: Image<f32>,
    coarse_total: Coarse,
    /// Primary signal at the exposure, keV a pixel, before the grid.
    primary: Image<f32>,
    /// Variance per signal, keV.
    variance: Image<f32>,
    lit: (Range<usize>, Range<usize>),
    cell: usize,
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
}

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
    target_kev_per_mm2: f64,
}

impl Fluoroscope {
    /// A C-arm that has not exposed yet.
    #[must_use]
    pub fn new(settings: Settings, stream: Stream) -> Self {
        // Signal of one nGy at the detector, of a beam as it leaves a patient (RQA 5: 74 kV behind 21 mm Al).
        let filtration = Filtration { aluminium_mm: 3.0, copper_mm: 0.0 };
        let beam = Spectrum::tungsten(74.0, filtration).through(Material::Aluminium, 21.0);
        let signal = Response::signal_of(&beam);
        let per_ngy = signal / (beam.air_kerma() * 1e6);
        let target_kev_per_mm2 = per_ngy * settings.detector_kerma_ngy;
        Self { settings, stream, frame: 0, in_detector: None, shown: None, target_kev_per_mm2 }
    }

    /// The picture that stays when the pedal is released.
    #[must_use]
    pub fn last_image(&self) -> Option<&Image<f32>> {
        self.shown.as_ref()
    }

    /// Chooses the exposure for a pose and works out everything that stays the same while nothing but needle and
    /// contrast moves. Lag and noise filter forget the old pose.
    pub fn position(&mut self, view: View, paths: &Paths) -> Anatomy {
        self.shown = None;
        self.in_detector = None;
        let lit = self.lit(&view);
        let thickness = central_mean(&paths.total, &lit);
        let mut kvp = self.settings.kvp.unwrap_or(45.0 + 0.16 * f64::from(thickness));
        if self.settings.kvp.is_none() {
            // Whole steps of 5 kV, as a generator's table.
            kvp = (kvp / 5.0).round().clamp(10.0, 24.0) * 5.0;
        }
        loop {
            let anatomy = self.at(view, paths, kvp, lit.clone());
            if anatomy.exposure.reached || self.settings.kvp.is_some() || kvp >= 120.0 {
                return anatomy;
            }
            kvp += 5.0;
        }
    }

    fn at(&self, view: View, paths: &Paths, kvp: f64, lit: (Range<usize>, Range<usize>)) -> Anatomy {
        let response = Response::new(kvp, self.settings.filtration);
        let detector = *view.detector();
        let (rows, columns, sid) = (detector.rows, detector.columns, view.pose().sid);
        let mut primary = Image::filled(rows, columns, 0.0f32);
        let mut variance = Image::filled(rows, columns, 1.0f32);
        let out = primary.data_mut().par_chunks_mut(columns).zip(variance.data_mut().par_chunks_mut(columns));
        out.enumerate().for_each(|(row, (primary, variance))| {
            let up = (row as f64 - (rows as f64 - 1.0) / 2.0) * detector.pixel_mm;
            for column in 0..columns {
                let (total, bone) =
                    (paths.total.data()[row * columns + column], paths.bone.data()[row * columns + column]);
                let (ln_signal, g) = response.open(total, bone);
                variance[column] = g;
                if lit.0.contains(&row) && lit.1.contains(&column) {
                    let across = (column as f64 - (columns as f64 - 1.0) / 2.0) * detector.pixel_mm;
                    let r2 = sid * sid + up * up + across * across;
                    // Inverse square from 1 m, and the slant of the pixel.
                    let falloff = 1e6 / r2 * sid / r2.sqrt() * detector.pixel_mm * detector.pixel_mm;
                    primary[column] = ln_signal.exp() * falloff as f32;
                }
            }
        });
        let cell = (rows.min(columns) / CELL_PIXELS_PER_SIDE).max(1);
        let rim = (RIM_MM / (cell as f32 * detector.pixel_mm as f32)).ceil().min(64.0) as usize;
        let coarse_total = Coarse::of(&paths.total, cell, rim, None);
        let scatter = &self.settings.scatter;
        let added = scatter.added(&primary, &coarse_total, detector.pixel_mm as f32, cell);
        let middle = (added.rows / 2) * added.columns + added.columns / 2;
        let mean = central_mean(&primary, &lit) * scatter.primary_share() + added.data[middle];
        let pixel_area = (detector.pixel_mm * detector.pixel_mm) as f32;
        let wanted = self.target_kev_per_mm2 * f64::from(pixel_area / mean.max(1e-20));
        let mas = wanted.min(self.settings.most_mas);
        primary.data_mut().par_iter_mut().for_each(|p| *p *= mas as f32);
        let reference = (view.pose().sod - 150.0).max(50.0);
        let reference_kerma_mgy = response.kerma_per_mas() * mas * (1000.0 / reference).powi(2);
        let area_cm2 =
            (lit.0.len() * lit.1.len()) as f64 * (detector.pixel_mm * reference / sid / 10.0).powi(2);
        let exposure = Exposure {
            kvp: response.kvp(),
            mas,
            reference_kerma_mgy,
            dap_gy_cm2: reference_kerma_mgy / 1000.0 * area_cm2,
            reached: wanted <= self.settings.most_mas,
        };
        Anatomy {
            view,
            response,
            exposure,
            total_mm: paths.total.clone(),
            coarse_total,
            primary,
            variance,
            lit,
            cell,
        }
    }

    fn lit(&self, view: &View) -> (Range<usize>, Range<usize>) {
        let detector = view.detector();
        let open = |n: usize, mm: Option<f64>| {
            let half = mm.map_or(n as f64, |mm| mm / detector.pixel_mm) / 2.0;
            let middle = n as f64 / 2.0;
            (middle - half).round().clamp(0.0, n as f64) as usize
                ..(middle + half).round().clamp(0.0, n as f64) as usize
        };
        let [width, height] = self.settings.collimator_mm.map_or([None, None], |[w, h]| [Some(w), Some(h)]);
        (open(detector.rows, height), open(detector.columns, width))
    }

    /// Exposes one frame with steel (mm) and iodine (mm · g/cm³) in the beam.
    pub fn expose(
        &mut self,
        anatomy: &Anatomy,
        steel: Option<&Image<f32>>,
        iodine: Option<&Image<f32>>,
    ) -> Shot {
        let columns = anatomy.primary.columns();
        let mut signal = anatomy.primary.clone();
        for (image, weaken) in
            [(steel, Response::steel as fn(&Response, f32, f32) -> f32), (iodine, Response::iodine)]
        {
            let Some(image) = image.filter(|i| i.data().len() == signal.data().len()) else { continue };
            let paths = image.data().par_chunks(columns).zip(anatomy.total_mm.data().par_chunks(columns));
            signal.data_mut().par_chunks_mut(columns).zip(paths).for_each(|(signal, (mm, total))| {
                for (signal, (&mm, &total)) in signal.iter_mut().zip(mm.iter().zip(total)) {
                    if mm > 0.0 {
                        *signal *= weaken(&anatomy.response, mm, total).exp();
                    }
                }
            });
        }
        let scatter = &self.settings.scatter;
        let pixel_mm = anatomy.view.detector().pixel_mm;
        let added = scatter.added(&signal, &anatomy.coarse_total, pixel_mm as f32, anatomy.cell);
        let share = scatter.primary_share();
        let stream = self.stream.named("quantum noise").indexed(self.frame);
        let noisy = self.settings.noise;
        let rows = signal.data_mut().par_chunks_mut(columns).zip(anatomy.variance.data().par_chunks(columns));
        rows.enumerate().for_each(|(r, (row, variance))| {
            let mut slow = vec![0.0f32; columns];
            added.read_row(r, &mut slow);
            row.iter_mut().zip(&slow).for_each(|(s, slow)| *s = *s * share + slow);
            if noisy {
                noise::add(row, variance, stream.indexed(r as u64), ELECTRONIC_KEV2);
            }
        });
        let mut blurred = blur(&signal, (self.settings.blur_mm / pixel_mm) as f32);
        self.frame += 1;
        mix(&mut blurred, self.in_detector.as_ref(), self.settings.lag);
        if self.settings.lag > 0.0 {
            self.in_detector = Some(blurred.clone());
        }
        mix(&mut blurred, self.shown.as_ref(), 1.0 - self.settings.recursion);
        self.shown = Some(blurred.clone());
        Shot { signal: blurred, exposure: anatomy.exposure }
    }
}

/// Electronic noise of a pixel: the square of 150 keV (assumed: about three photons).
const ELECTRONIC_KEV2: f32 = 150.0 * 150.0;

/// new = (1 − share) · new + share · old.
fn mix(new: &mut Image<f32>, old: Option<&Image<f32>>, share: f32) {
    let Some(old) = old.filter(|o| share > 0.0 && o.data().len() == new.data().len()) else { return };
    new.data_mut().par_iter_mut().zip(old.data()).for_each(|(n, o)| *n += share * (o - *n));
}

/// Mean over the middle third of what is lit.
fn central_mean(image: &Image<f32>, (rows, columns): &(Range<usize>, Range<usize>)) -> f32 {
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

/// A Gaussian of this standard deviation in pixels, as three weights with its variance (exact for the variance up to
/// 0.8 pixels; wider is cut to that).
fn blur(image: &Image<f32>, sigma: f32) -> Image<f32> {
    let side = (sigma * sigma / 2.0).min(0.32);
    let (rows, columns) = (image.rows(), image.columns());
    let mut out = Image::filled(rows, columns, 0.0f32);
    out.data_mut().par_chunks_mut(columns).enumerate().for_each(|(r, out)| {
        let (above, here, below) =
            (image.row(r.saturating_sub(1)), image.row(r), image.row((r + 1).min(rows - 1)));
        let column: Vec<f32> =
            (0..columns).map(|c| here[c] + side * (above[c] - 2.0 * here[c] + below[c])).collect();
        for c in 0..columns {
            let (left, right) = (column[c.saturating_sub(1)], column[(c + 1).min(columns - 1)]);
            out[c] = column[c] + side * (left - 2.0 * column[c] + right);
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};
    use rami_volume::Point;

    fn slab(total_mm: f32, n: usize) -> Paths {
        Paths { total: Image::filled(n, n, total_mm), bone: Image::filled(n, n, 0.0) }
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
            (central_mean(&arm.expose(&anatomy, None, None).signal, &(0..64, 0..64)), anatomy.exposure)
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
            lag: 0.0,
            recursion: 1.0,
            blur_mm: 0.0,
            ..Settings::fluoroscopy()
        };
        let mut arm = Fluoroscope::new(settings, Stream::new(3));
        let anatomy = arm.position(view(256), &slab(200.0, 256));
        let shot = arm.expose(&anatomy, None, None);
        let mut ratio = 0.0f64;
        for (i, s) in shot.signal.data().iter().enumerate() {
            let mean = anatomy.primary.data()[i];
            let predicted = anatomy.variance.data()[i] * mean + ELECTRONIC_KEV2;
            ratio += f64::from((s - mean).powi(2) / predicted) / 65536.0;
        }
        assert!((ratio - 1.0).abs() < 0.03, "variance over prediction {ratio}: 5 standard errors");
        let smooth = blur(&shot.signal, 0.5);
        let variance = |image: &Image<f32>| {
            let mean = central_mean(image, &(0..256, 0..256));
            image.data().iter().map(|v| f64::from(v - mean).powi(2)).sum::<f64>()
        };
        assert!(variance(&smooth) < 0.8 * variance(&shot.signal), "the blur colours the noise");
    }

    #[test]
    fn dose_area_product_follows_the_field_and_kerma_the_distance() {
        let expose = |collimator_mm: Option<[f64; 2]>, sod: f64| {
            let settings = Settings {
                collimator_mm,
                kvp: Some(80.0),
                scatter: Scatter::none(),
                noise: false,
                ..Settings::fluoroscopy()
            };
            let pose = CArmPose { sod, ..CArmPose::prone_ap(Point::origin()) };
            let view = View::new(pose, Detector::square(128, 2.4)).unwrap();
            Fluoroscope::new(settings, Stream::new(1)).position(view, &slab(200.0, 128)).exposure
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
        let mut steel = Image::filled(n, n, 0.0f32);
        steel.data_mut()[32 * n + 32] = 0.7;
        let film = |seed: u64| {
            let mut arm = Fluoroscope::new(Settings::fluoroscopy(), Stream::new(seed));
            let anatomy = arm.position(view(n), &slab(200.0, n));
            arm.expose(&anatomy, Some(&steel), None);
            arm.expose(&anatomy, Some(&steel), None).signal
        };
        let a = film(1);
        assert!(a.get(32, 32).unwrap() < 0.85 * a.get(32, 20).unwrap());
        assert_eq!(a, film(1));
        assert_ne!(a, film(2));
    }
}
