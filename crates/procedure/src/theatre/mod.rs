//! Everything around the state that does not change: facts, world, flow, x-ray machine. A step asks these rooms; what it
//! answers depends on them and on its arguments alone. A sink for pictures may look on; nothing comes back from it.

mod contrast;

use crate::event::Event;
use crate::flow::{Flow, Injection, Spread};
use crate::imaging::Imaging;
use crate::setup::Setup;
use crate::state::{Deposit, InHand, State, hex};
use crate::world::World;
use rami_random::Stream;
use rami_volume::Point;
use rami_xray::chain::{Display, Exposure, Fluoroscope, Settings};
use rami_xray::dose::{Coefficients, Frame as Kind, Ledger, PulseRate};
use rami_xray::{CArmPose, Detector, Image, Needle as Steel, View};
use sha2::{Digest, Sha256};

/// What a block happens in.
pub struct Theatre<'a> {
    /// Facts.
    pub setup: &'a Setup,
    /// The person as they are.
    pub world: &'a dyn World,
    /// Where fluid goes.
    pub flow: &'a dyn Flow,
    /// The x-ray machine; without one every exposure costs a nominal dose and no picture is drawn.
    pub imaging: Option<&'a Imaging<'a>>,
    /// Who looks on at pictures.
    pub film: Option<&'a (dyn Fn(&Picture) + Sync)>,
}

/// A picture as it is drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its number in the session.
    pub number: u64,
    /// Time on the block's clock, s.
    pub at_s: f64,
    /// What kind: `shot`, `live`, `contrast` or `subtracted`.
    pub kind: &'static str,
    /// Where the C-arm stood.
    pub view: View,
    /// Grey levels without annotation: what is hashed.
    pub grey: Image<u8>,
    /// SHA-256 of the grey levels.
    pub sha256: String,
}

/// Most pictures of one run that are drawn: a minute at the usual rate.
const MOST_DRAWN: u64 = 480;
/// Pixels of the measurement behind an exposure.
const METER_PIXELS: usize = 48;

/// What is exposed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pulse<'p> {
    pub(crate) kind: &'static str,
    pub(crate) frames: u64,
    /// How often it pulses; nothing for a single picture.
    pub(crate) rate: Option<PulseRate>,
    /// Contrast that flows meanwhile.
    pub(crate) flowing: Option<Flowing<'p>>,
    /// Whether what was there before is subtracted.
    pub(crate) subtract: bool,
}

/// Contrast on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flowing<'p> {
    pub(crate) spread: &'p Spread,
    pub(crate) tip_mm: [f64; 3],
    pub(crate) iodine_mg: f64,
    pub(crate) in_vessel: f64,
    pub(crate) over_s: f64,
}

impl Theatre<'_> {
    /// A stream for one draw; each action's draws have their own names.
    pub(crate) fn stream(&self, what: &str, index: u64) -> Stream {
        Stream::new(self.setup.seed).named("procedure").named(what).indexed(index)
    }

    /// Asks the model of flow.
    pub(crate) fn spread(&self, deposit: &Deposit) -> Result<Spread, String> {
        let injection = Injection {
            tip_mm: deposit.tip_mm,
            direction: deposit.direction,
            fluids: &deposit.fluids,
            seed: self.setup.seed,
        };
        self.flow.spread(self.world, &injection)
    }

    /// Where the C-arm stands, with a detector of so many pixels; nothing where it can take no picture.
    #[must_use]
    pub fn view(&self, state: &State, pixels: usize) -> Option<View> {
        let [x, y, z] = state.c_arm.isocentre_mm;
        let pose = CArmPose::new(state.c_arm.primary_deg, state.c_arm.secondary_deg, Point::new(x, y, z));
        let pixels = pixels.clamp(16, 2048);
        let whole = Detector::square(pixels, self.setup.pictures.detector_mm / pixels as f64);
        View::new(pose, whole.magnified(self.magnification(state))).ok()
    }

    /// How many times smaller than the detector the field is that fills the picture.
    fn magnification(&self, state: &State) -> f64 {
        state.c_arm.field_mm.map_or(1.0, |field| (self.setup.pictures.detector_mm / field).max(1.0))
    }

    /// What the machine is set to. In a magnification mode each pixel is smaller and automatic exposure asks for more at
    /// the detector, in proportion to the magnification (assumed: between the constant of a cut-out and the square of an
    /// image intensifier).
    fn settings(&self, state: &State, single: bool) -> Settings {
        let base = if single { Settings::spot_film() } else { Settings::fluoroscopy() };
        Settings {
            collimator_mm: state.c_arm.opening_mm,
            detector_kerma_ngy: base.detector_kerma_ngy * self.magnification(state),
            ..base
        }
    }

    /// What one pulse costs here: measured on a coarse detector, so that it is the same whether pictures are drawn.
    fn meter(&self, state: &State, single: bool) -> Exposure {
        let nominal =
            Exposure { kvp: 75.0, mas: 0.5, reference_kerma_mgy: 0.05, dap_gy_cm2: 0.01, reached: true };
        let (Some(imaging), Some(view)) = (self.imaging, self.view(state, METER_PIXELS)) else {
            return nominal;
        };
        let Some(still) = imaging.still(&view, self.settings(state, single)) else { return nominal };
        *still.exposure()
    }

    /// Exposes: counts the dose, draws pictures where asked, and says what is seen of the needle.
    pub(crate) fn expose(&self, state: &mut State, events: &mut Vec<Event>, pulse: Pulse<'_>) {
        let single = pulse.rate.is_none();
        let exposure = self.meter(state, single);
        let mut ledger = Ledger::default();
        let coefficients = Coefficients::published();
        let kind = pulse.rate.map_or(Kind::SpotFilm, Kind::Fluoroscopy);
        if let Some(view) = self.view(state, METER_PIXELS) {
            for _ in 0..pulse.frames {
                ledger.add(view.pose(), &exposure, kind, false, &coefficients);
            }
        }
        let first_frame = state.radiation.frames;
        let sha256 = self.draw(state, pulse, first_frame);
        let radiation = &mut state.radiation;
        radiation.frames += pulse.frames;
        if single {
            radiation.shots += 1;
            radiation.pedal_down = false;
        } else {
            // A front end with a pedal asks pulse by pulse: those belong to the run under way.
            let goes_on = radiation.pedal_down && pulse.kind == "live" && pulse.frames == 1;
            radiation.runs += u64::from(!goes_on);
            radiation.pulses += pulse.frames;
            radiation.pedal_down = pulse.kind == "live";
        }
        radiation.fluoroscopy_s += ledger.fluoroscopy_s;
        radiation.reference_kerma_mgy += ledger.reference_kerma_mgy;
        radiation.dap_gy_cm2 += ledger.dap_gy_cm2;
        radiation.effective_dose_msv += ledger.effective_dose_msv;
        radiation.staff_eye_usv += ledger.staff_eye_usv;
        events.push(Event::Exposed {
            first_frame,
            frames: pulse.frames,
            kvp: exposure.kvp,
            mas: exposure.mas,
            dap_gy_cm2: ledger.dap_gy_cm2,
            sha256,
        });
        if let Some(seen) = self.needle_seen(state) {
            let shown = matches!(seen, Event::NeedleSeen { beyond_picture: false, .. });
            events.push(seen);
            // A picture beside the tip shows nothing of it.
            if shown {
                state.seen_tip_mm = state.needle.as_ref().map(|held| held.tip_mm);
                let lateral = state.c_arm.primary_deg.to_radians().sin().abs() > 0.8;
                state.seen_from.insert(if lateral { "lateral" } else { "posterior" }.to_owned());
            }
        }
    }

    /// Hub and tip in the picture, and how far from a point the needle looks.
    fn needle_seen(&self, state: &State) -> Option<Event> {
        let held = state.needle.as_ref()?;
        let view = self.view(state, self.setup.pictures.pixels)?;
        let point = |p: [f64; 3]| Point::new(p[0], p[1], p[2]);
        let hub = hub(held);
        let (tip_px, hub_px) = (view.project(&point(held.tip_mm))?, view.project(&point(hub))?);
        let ray = (point(held.tip_mm) - view.source()).normalize();
        let along = point(held.tip_mm) - point(hub);
        let length = along.norm();
        let cos = if length > 1e-6 { (ray.dot(&along) / length).abs().min(1.0) } else { 1.0 };
        let size = view.detector().rows as f64;
        let beyond = [tip_px.row, tip_px.column].iter().any(|v| !(0.0..size).contains(v));
        Some(Event::NeedleSeen {
            tip_px: [tip_px.row, tip_px.column],
            hub_px: [hub_px.row, hub_px.column],
            off_axis_deg: cos.acos().to_degrees(),
            beyond_picture: beyond,
        })
    }

    /// Draws the pictures of a pulse and gives their hashes; nothing where none are drawn.
    fn draw(&self, state: &State, pulse: Pulse<'_>, first_frame: u64) -> Vec<String> {
        let Some(imaging) = self.imaging.filter(|_| self.setup.pictures.draw) else { return Vec::new() };
        let Some(view) = self.view(state, self.setup.pictures.pixels) else { return Vec::new() };
        let settings = self.settings(state, pulse.rate.is_none());
        let Some(anatomy) = imaging.still(&view, settings) else { return Vec::new() };
        let mut arm = Fluoroscope::new(settings, self.stream("pictures", first_frame));
        let detector = view.detector();
        let steel = state.needle.as_ref().and_then(|held| self.steel(held)).map(|needle| {
            let mut steel = Image::filled(detector.rows, detector.columns, 0.0f32);
            needle.add_to(&view, 2, &mut steel);
            steel
        });
        let old = self.old_contrast(state, &view, pulse.flowing.is_some());
        let flowing = pulse.flowing.map(|flowing| self.filmed(state, flowing, &view));
        let mask = pulse.subtract.then(|| arm.expose(&anatomy, steel.as_ref(), old.as_ref()).signal);
        let mut hashes = Vec::new();
        // Every pulse is dose; of a long run only so many are drawn, evenly over it.
        let stride = pulse.frames.div_ceil(MOST_DRAWN).max(1);
        for frame in (0..pulse.frames).step_by(stride as usize) {
            let t = pulse.rate.map_or(1e9, |rate| frame as f64 * rate.period_s());
            let mut iodine = old.clone();
            if let Some(flowing) = &flowing {
                let image =
                    iodine.get_or_insert_with(|| Image::filled(detector.rows, detector.columns, 0.0f32));
                flowing.add(self, &view, t, image);
            }
            let shot = arm.expose(&anatomy, steel.as_ref(), iodine.as_ref());
            let grey = mask
                .as_ref()
                .and_then(|mask| rami_xray::chain::subtract(mask, &shot.signal, 0.6))
                .unwrap_or_else(|| Display::default().show(&shot.signal, anatomy.lit()));
            let sha256 = hex(&Sha256::digest(grey.data()));
            if let Some(film) = self.film {
                let at_s = state.clock_s + pulse.rate.map_or(0.0, |rate| frame as f64 * rate.period_s());
                film(&Picture {
                    number: first_frame + frame,
                    at_s,
                    kind: pulse.kind,
                    view,
                    grey,
                    sha256: sha256.clone(),
                });
            }
            hashes.push(sha256);
        }
        hashes
    }

    fn steel(&self, held: &InHand) -> Option<Steel> {
        let kind = rami_needle::catalogue::find(&held.needle).ok()?;
        let path = crate::step::needle::Path(self.world);
        let insertion = crate::step::needle::rebuild(&path, held).ok()?;
        let shaft = insertion.shaft_mm();
        let stride = (shaft.len() / 40).max(1);
        let mut points: Vec<Point> = vec![hub(held)]
            .into_iter()
            .chain(shaft.iter().step_by(stride).copied())
            .chain(shaft.last().copied())
            .map(|p| Point::new(p[0], p[1], p[2]))
            .collect();
        points.dedup_by(|a, b| (*a - *b).norm() < 1e-6);
        Steel::bent(&points, kind.gauge.outer_mm(), None)
    }
}

/// Where the hub is: the length of the needle behind its tip, along its direction at the skin.
#[must_use]
pub fn hub(held: &InHand) -> [f64; 3] {
    let length = rami_needle::catalogue::find(&held.needle).map_or(150.0, |needle| needle.length_mm);
    [0, 1, 2].map(|axis| held.start_mm[axis] - held.direction[axis] * (length - held.depth_mm))
}
