//! A C-arm under somebody's foot: the whole chain as one thing that is asked for frames.
//!
//! [`Live`] is made once from a CT. Each frame it is told where the C-arm stands and what is in the beam, and answers
//! with pixels for a screen and the dose so far. While pose, detector, shutters and kind of exposure stay the same, the
//! anatomy's line integrals, exposure and scatter are kept, and only what moves is projected. A contrast volume that is
//! the same [`Arc`] as in the frame before is not projected again. Nothing here knows a clock: frames come when asked,
//! their [`PulseRate`](crate::dose::PulseRate) says how far apart they are. The same CT, seed and frames give the same pixels.
//!
//! ```
//! use rami_volume::{Ct, Grid, Point};
//! use rami_xray::{CArmPose, Needle, dose::{Frame, PulseRate}, live::{Live, Scene, Setup}};
//! use std::sync::Arc;
//!
//! let grid = Grid::upright([40, 40, 40], [8.0; 3], Point::new(-160.0, -160.0, -160.0)).unwrap();
//! let mut live = Live::new(Arc::new(Ct::filled(grid, 0)), 1);
//! let setup = Setup::new(CArmPose { sod: 700.0, sid: 1100.0, ..CArmPose::prone_ap(Point::origin()) });
//! let needle = Needle::straight(Point::new(60.0, 150.0, 0.0), Point::origin(), Needle::GAUGE_22_MM);
//! let scene = Scene { needles: needle.into_iter().collect(), ..Scene::default() };
//! let frame = live.frame(&setup, &scene, Frame::Fluoroscopy(PulseRate::USUAL)).unwrap();
//! assert_eq!(frame.pixels.rows(), 512);
//! assert_eq!(live.ledger().fluoroscopy_frames, 1);
//! ```

use crate::chain::{Anatomy, Display, Exposure, Fluoroscope, Overlay, Settings, subtract};
use crate::dose::{Coefficients, Frame, Ledger};
use crate::{
    CArmPose, Detector, FastProjector, GeometryError, Hand, Image, Letter, Marker, Medium, Needle, Projector,
    Table, View,
};
use rami_random::Stream;
use rami_volume::Ct;
use std::sync::Arc;

/// Where the C-arm stands and how its shutters are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// The pose.
    pub pose: CArmPose,
    /// The detector; [`Detector::magnified`] for a magnification mode.
    pub detector: Detector,
    /// Opening of the shutters on the detector, mm (width, height); nothing for all of it.
    pub collimator_mm: Option<[f64; 2]>,
}

impl Setup {
    /// A pose with the default detector, shutters open.
    #[must_use]
    pub fn new(pose: CArmPose) -> Self {
        Self { pose, detector: Detector::default(), collimator_mm: None }
    }
}

/// What is in the beam besides the patient.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Needles as they are bent now.
    pub needles: Vec<Needle>,
    /// Contrast medium and gas. Hand over the same [`Arc`] while it does not change.
    pub media: Vec<Arc<Medium>>,
    /// Beads on the skin.
    pub markers: Vec<Marker>,
    /// Lead letters.
    pub letters: Vec<Letter>,
    /// The operator's hand.
    pub hand: Option<Hand>,
}

/// A frame on the screen.
#[derive(Debug, Clone)]
pub struct LiveFrame {
    /// Grey levels.
    pub pixels: Image<u8>,
    /// Which ray each pixel is.
    pub view: View,
    /// What the frame cost.
    pub exposure: Exposure,
    /// All dose so far, this frame included.
    pub ledger: Ledger,
    /// Whether the operator's hand was in the beam.
    pub hand_in_beam: bool,
}

/// What of a pose is kept.
#[derive(Debug)]
struct Still {
    setup: Setup,
    spot: bool,
    anatomy: Anatomy,
    media: Vec<(Arc<Medium>, Overlay)>,
}

/// A C-arm that is asked for frames.
#[derive(Debug)]
pub struct Live {
    projector: FastProjector<'static>,
    arm: Fluoroscope,
    /// Settings of fluoroscopy and of spot films; shutters come from the setup.
    settings: [Settings; 2],
    display: Display,
    table: Option<Table>,
    coefficients: Coefficients,
    ledger: Ledger,
    still: Option<Still>,
    mask: Option<Image<f32>>,
    last: Option<Image<u8>>,
}

impl Live {
    /// A C-arm around this CT. Packs it for the usual poses (about a second for 512 × 512 × 200 voxels).
    #[must_use]
    pub fn new(ct: Arc<Ct>, seed: u64) -> Self {
        let projector = FastProjector::shared(ct);
        projector.prepare();
        let settings = [Settings::fluoroscopy(), Settings::spot_film()];
        Self {
            projector,
            arm: Fluoroscope::new(settings[0], Stream::new(seed).named("c-arm")),
            settings,
            display: Display::default(),
            table: None,
            coefficients: Coefficients::published(),
            ledger: Ledger::default(),
            still: None,
            mask: None,
            last: None,
        }
    }

    /// Other settings of fluoroscopy and of spot films.
    pub fn set(&mut self, fluoroscopy: Settings, spot_film: Settings) {
        self.settings = [fluoroscopy, spot_film];
        self.still = None;
    }

    /// Window, level, edges and polarity.
    pub fn set_display(&mut self, display: Display) {
        self.display = display;
    }

    /// A table in the beam, or none.
    pub fn set_table(&mut self, table: Option<Table>) {
        self.table = table;
        self.still = None;
    }

    /// Exposes a frame.
    ///
    /// # Errors
    /// [`GeometryError`] for a pose or detector that cannot be, or a source inside the patient. Nothing is exposed then.
    pub fn frame(&mut self, setup: &Setup, scene: &Scene, kind: Frame) -> Result<LiveFrame, GeometryError> {
        let spot = kind == Frame::SpotFilm;
        self.stand(setup, spot)?;
        let Some(still) = &mut self.still else {
            return Err(GeometryError::NotFinite { quantity: "the pose" });
        };
        let view = *still.anatomy.view();
        let mut overlay = still.media(&scene.media, &view);
        scene.needles.iter().for_each(|needle| needle.overlay(&view, &mut overlay));
        scene.markers.iter().for_each(|marker| marker.overlay(&view, &mut overlay));
        scene.letters.iter().for_each(|letter| letter.overlay(&view, &mut overlay));
        let lit = still.anatomy.lit().clone();
        let hand_in_beam = scene.hand.as_ref().is_some_and(|hand| hand.overlay(&view, &lit, &mut overlay));
        let seconds = match kind {
            Frame::Fluoroscopy(rate) => rate.period_s(),
            Frame::SpotFilm => 1.0,
        };
        let shot = self.arm.frame(&still.anatomy, &overlay, seconds);
        self.ledger.add(&setup.pose, &shot.exposure, kind, hand_in_beam, &self.coefficients);
        let subtracted = self.mask.as_ref().and_then(|mask| subtract(mask, &shot.signal, SUBTRACTION_WINDOW));
        let pixels = subtracted.unwrap_or_else(|| self.display.show(&shot.signal, &lit));
        self.last = Some(pixels.clone());
        Ok(LiveFrame { pixels, view, exposure: shot.exposure, ledger: self.ledger, hand_in_beam })
    }

    /// Makes a pose ready without exposing: projects, chooses the exposure. A frame there is then quick.
    ///
    /// # Errors
    /// As [`Live::frame`].
    pub fn stand(&mut self, setup: &Setup, spot: bool) -> Result<&Anatomy, GeometryError> {
        let known = self.still.take().filter(|s| s.setup == *setup && s.spot == spot);
        let still = match known {
            Some(still) => still,
            None => {
                let view = View::new(setup.pose, setup.detector)?;
                let mut paths = self.projector.project(&view)?;
                if let Some(table) = &self.table {
                    table.add_to(&view, &mut paths);
                }
                let base = self.settings[usize::from(spot)];
                self.arm.set(Settings { collimator_mm: setup.collimator_mm, ..base });
                let anatomy = self.arm.position_shared(view, Arc::new(paths));
                // A mask of another view shows nothing but the difference of views.
                self.mask = None;
                Still { setup: *setup, spot, anatomy, media: Vec::new() }
            }
        };
        Ok(&self.still.insert(still).anatomy)
    }

    /// The picture that stays when the pedal is released.
    #[must_use]
    pub fn last_image(&self) -> Option<&Image<u8>> {
        self.last.as_ref()
    }

    /// Takes the last frame as mask: from now on frames show what has changed since (digital subtraction), until the
    /// pose changes or [`Live::drop_mask`]. Whether there was a frame.
    pub fn take_mask(&mut self) -> bool {
        self.mask = self.arm.last_image().cloned();
        self.mask.is_some()
    }

    /// Ends digital subtraction.
    pub fn drop_mask(&mut self) {
        self.mask = None;
    }

    /// All dose so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

/// Range of ln of signal from black to white in subtracted frames.
const SUBTRACTION_WINDOW: f32 = 0.6;

impl Still {
    /// What media put into the beam; those of the frame before are kept.
    fn media(&mut self, wanted: &[Arc<Medium>], view: &View) -> Overlay {
        let mut kept = std::mem::take(&mut self.media);
        for medium in wanted {
            let known = kept.iter().position(|(m, _)| Arc::ptr_eq(m, medium));
            let entry = match known {
                Some(at) => kept.swap_remove(at),
                None => {
                    let mut overlay = Overlay::new(view);
                    medium.overlay(view, &mut overlay);
                    (Arc::clone(medium), overlay)
                }
            };
            self.media.push(entry);
        }
        let mut all = Overlay::new(view);
        self.media.iter().for_each(|(_, overlay)| all.merge(overlay));
        all
    }
}
