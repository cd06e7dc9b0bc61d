//! An injection as it happens: fluid after fluid, ml by ml, pauses, and the hours after.

mod balance;
mod pour;
mod rest;
mod view;

pub use balance::Balance;

use crate::flow::{Flow, Load};
use crate::nerve_path::Followed;
use crate::transport::Masses;
use crate::vessel::Stream;
use crate::{Bore, NervePath, NerveSnapshot, Properties, Region, Solute, SpreadError, Tissue};
use rami_field::Stop;
use rami_volume::Point;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Radius of a vessel that nothing is said of, mm.
const SMALL_VESSEL_MM: f64 = 1.2;

/// Where a needle ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Tip {
    /// LPS mm.
    pub at: Point,
    /// What is there; taken from the region's cell when not said. A finer picture than the cells may know better.
    pub tissue: Option<Tissue>,
    /// Share of what it pours that goes into blood (1 in a vessel, less for a bevel half in).
    pub intravascular: f64,
    /// Which vessel that is, and its radius in mm; a small vein when not said.
    pub vessel: Option<(Tissue, f64)>,
    /// The middle of a small vessel in the direction of its blood; empty for a great one, which runs along the body.
    pub course: Vec<Point>,
    /// The needle.
    pub bore: Bore,
}

impl Tip {
    /// A 22 gauge needle's tip that pours into what the region has there.
    #[must_use]
    pub fn at(at: Point) -> Self {
        Self {
            at,
            tissue: None,
            intravascular: 0.0,
            vessel: None,
            course: Vec::new(),
            bore: Bore::gauge_22(),
        }
    }
}

/// What pushes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// A rate in ml/s, as far as a thumb can push.
    Rate(f64),
    /// A pressure at the syringe in kPa.
    Pressure(f64),
}

/// How finely it is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Longest step of the pressure, ml.
    pub step_ml: f64,
    /// First step, ml; each next is up to 1.6 times as long.
    pub first_step_ml: f64,
    /// Of the pressure: norm of the residual over the norm of the source.
    pub residual: f64,
}

impl Default for Accuracy {
    fn default() -> Self {
        Self { step_ml: 1.0, first_step_ml: 0.1, residual: 1e-7 }
    }
}

impl Accuracy {
    /// Fewer, longer steps: for draws by the hundred.
    #[must_use]
    pub fn quick() -> Self {
        Self { step_ml: 2.5, first_step_ml: 0.5, residual: 1e-5 }
    }
}

/// How things stand after a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct State {
    /// Since the start, s.
    pub time_s: f64,
    /// Delivered so far, all fluids, ml.
    pub delivered_ml: f64,
    /// Rate of the last step, ml/s.
    pub rate_ml_s: f64,
    /// Pressure at the tip (the highest of several), kPa.
    pub tip_kpa: f64,
    /// Pressure the thumb feels, kPa.
    pub syringe_kpa: f64,
    /// Whether the thumb could not keep up the rate.
    pub held_back: bool,
    /// Whether nothing flows (bone, disc, a blocked tip).
    pub occluded: bool,
    /// Fascia that has parted, mm².
    pub parted_mm2: f64,
}

/// An injection in progress; see the top of the crate for how it is stepped. A clone goes on by
/// itself: what would happen can be tried without its happening.
#[derive(Debug, Clone)]
pub struct Injection {
    region: Arc<Region>,
    properties: Properties,
    solutes: Vec<Solute>,
    tips: Vec<Tip>,
    cells: Vec<Option<usize>>,
    streams: Vec<Option<Stream>>,
    flow: Flow,
    masses: Masses,
    load: Load,
    followed: Vec<Followed>,
    accuracy: Accuracy,
    next_ml: f64,
    thumb_kpa: f64,
    state: State,
    last: Option<Vec<f64>>,
    /// Since fluid was last poured, s.
    idle_s: f64,
    sent_mg: Vec<f64>,
    absorbed: Vec<(f64, Vec<f64>)>,
    /// How often nerves are looked at without being asked to, s, and when that was.
    look_s: f64,
    looked_s: f64,
}

impl Injection {
    /// Places tips in a region. Everything that may be injected is named now.
    ///
    /// # Errors
    /// [`SpreadError::TipOutside`] for a tip outside the box or in air, [`SpreadError::NoTip`],
    /// [`SpreadError::Property`].
    pub fn new(
        region: Arc<Region>,
        properties: Properties,
        tips: Vec<Tip>,
        solutes: Vec<Solute>,
        accuracy: Accuracy,
    ) -> Result<Self, SpreadError> {
        properties.check()?;
        if tips.is_empty() {
            return Err(SpreadError::NoTip);
        }
        let mut cells = Vec::new();
        let mut streams = Vec::new();
        for tip in &tips {
            let at_mm = [tip.at.x, tip.at.y, tip.at.z];
            let outside = |what| SpreadError::TipOutside { at_mm, what };
            let here = region.at(&tip.at).ok_or_else(|| outside("outside the picture"))?;
            let tissue = tip.tissue.unwrap_or(here);
            if tissue == Tissue::Air {
                return Err(outside("outside the body"));
            }
            let into_blood = if tissue.is_vessel() { 1.0 } else { tip.intravascular };
            crate::error::in_range(
                "the share that goes into a vessel",
                into_blood,
                (0.0, 1.0),
                "",
                "0 to 1",
            )?;
            // A thin layer may have no cell of its own: what is open around the tip stands for it.
            let open = |t: Tissue| !t.is_closed() && !matches!(t, Tissue::Disc | Tissue::Organ);
            let cell = || region.nearest(&tip.at, |t| t == tissue).or_else(|| region.nearest(&tip.at, open));
            cells.push(if tissue.is_closed() { None } else { cell() });
            // A share of blood without a vessel's name goes into a small vein: none of it may get lost.
            let unnamed = if tissue.is_vessel() { tissue } else { Tissue::Vein };
            let vessel = tip.vessel.or(Some((unnamed, SMALL_VESSEL_MM)));
            streams.push(
                vessel
                    .filter(|_| into_blood > 0.0)
                    .map(|(vessel, radius)| Stream::new(vessel, radius, &tip.course, &tip.at, solutes.len())),
            );
        }
        let stop = Stop { relative_residual: accuracy.residual, iterations: 400 };
        let flow = Flow::new(&region, &properties, stop)?;
        let masses = Masses::new(region.grid().len(), &solutes);
        let sent_mg = vec![0.0; solutes.len()];
        Ok(Self {
            flow,
            masses,
            load: Load::default(),
            followed: Vec::new(),
            next_ml: accuracy.first_step_ml,
            accuracy,
            thumb_kpa: rami_evidence::value("spread.thumb_pressure"),
            state: State {
                time_s: 0.0,
                delivered_ml: 0.0,
                rate_ml_s: 0.0,
                tip_kpa: 0.0,
                syringe_kpa: 0.0,
                held_back: false,
                occluded: false,
                parted_mm2: 0.0,
            },
            last: None,
            idle_s: 0.0,
            absorbed: vec![(0.0, sent_mg.clone())],
            look_s: f64::INFINITY,
            looked_s: 0.0,
            sent_mg,
            region,
            properties,
            solutes,
            tips,
            cells,
            streams,
        })
    }

    /// Follows a nerve from now on; returns its number.
    pub fn follow(&mut self, path: NervePath) -> usize {
        self.followed.push(Followed::new(&self.region, path, self.solutes.len()));
        self.followed.len() - 1
    }

    /// From now on keeps what nerves hold at the end of each step with which `seconds` have passed since it was kept last.
    pub fn look_every(&mut self, seconds: f64) {
        self.look_s = seconds;
    }

    /// Keeps what every followed nerve holds now, once for each time.
    pub fn snapshot(&mut self) {
        let time_s = self.state.time_s;
        self.looked_s = time_s;
        for followed in &mut self.followed {
            let inside = followed.inside.iter().map(|c| c.iter().map(|v| *v as f32).collect()).collect();
            followed.series.pop_if(|last| last.time_s == time_s);
            followed.series.push(NerveSnapshot { time_s, inside_mg_ml: inside });
        }
    }

    /// The snapshots of a followed nerve.
    #[must_use]
    pub fn nerve(&self, number: usize) -> (&NervePath, &[NerveSnapshot]) {
        (&self.followed[number].path, &self.followed[number].series)
    }

    /// Largest concentration that was ever beside each point of a followed nerve, mg/ml: by solute, then by point.
    #[must_use]
    pub fn nerve_peak(&self, number: usize) -> &[Vec<f32>] {
        &self.followed[number].peak
    }

    /// How many nerves are followed.
    #[must_use]
    pub fn nerves(&self) -> usize {
        self.followed.len()
    }

    /// How things stand.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Pressures solved so far, and the iterations they took in all.
    #[must_use]
    pub fn work(&self) -> [usize; 2] {
        self.flow.work
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Arc<Region> {
        &self.region
    }

    /// The properties.
    #[must_use]
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// What may be injected.
    #[must_use]
    pub fn solutes(&self) -> &[Solute] {
        &self.solutes
    }
}
