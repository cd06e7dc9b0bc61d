//! The world: what needle, fluid and x-rays act on. It is the truth of a digital patient, or one draw from the belief
//! about a real CT; an operator never sees it.

use crate::action::Stimulus;
use rami_anatomy::Side;
use rami_bedside::BedsideError;
use rami_bedside::electrical::{ElectricalOptions, excite};
use rami_needle::{Medium, Place, Tissues};
use rami_volume::Point;

/// A person as they are.
pub trait World: Tissues + Sync {
    /// What the structure at a place is called: TotalSegmentator's name or Rami's, and the medium's where there is none.
    fn name(&self, place: Place) -> String;

    /// The sympathetic trunk of a side, cranial first: a point and its fractional level (2 the middle of L2, 2.5 the
    /// disc below).
    fn trunk(&self, side: Side) -> Vec<([f64; 3], f64)>;

    /// Course of another nerve or vessel by name (`genitofemoral_nerve_left`), empty where the world has none.
    fn course(&self, name: &str) -> Vec<[f64; 3]>;

    /// What a current makes the person feel (sensory) or a muscle do (motor), from the lowest threshold up: nothing where it
    /// excites nothing.
    ///
    /// # Errors
    /// In words, where no current can be given.
    fn stimulate(&self, current: &Current) -> Result<Vec<String>, String>;
}

/// A current from a needle's tip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Current {
    /// What is asked: tingling at 50 Hz, or a twitch at 2 Hz.
    pub mode: Stimulus,
    /// How much.
    pub milliamp: f64,
    /// Where the tip is, LPS mm.
    pub tip_mm: [f64; 3],
    /// Which way it points.
    pub direction: [f64; 3],
    /// Length of bare metal from the tip back, mm: all of it that is in the person where the needle has no insulation.
    pub bare_mm: f64,
    /// Outer diameter, mm.
    pub diameter_mm: f64,
}

impl Stimulus {
    /// Pulses a second.
    #[must_use]
    pub fn hertz(self) -> u32 {
        match self {
            Self::Sensory => 50,
            Self::Motor => 2,
        }
    }
}

/// The name of a medium, for places without a structure.
#[must_use]
pub fn medium_name(medium: Medium) -> &'static str {
    match medium {
        Medium::Air => "air",
        Medium::Skin => "skin",
        Medium::Fat => "fat",
        Medium::Areolar => "prevertebral_plane",
        Medium::Muscle => "muscle",
        Medium::Psoas => "psoas",
        Medium::Ligament => "ligament",
        Medium::Nerve => "nerve",
        Medium::Vessel => "vessel",
        Medium::CerebrospinalFluid => "thecal_sac",
        Medium::Kidney => "kidney",
        Medium::Urine => "urinary_tract",
        Medium::Bowel => "bowel",
        Medium::Organ => "organ",
        Medium::Disc => "intervertebral_disc",
        Medium::Bone => "bone",
    }
}

impl World for rami_bedside::World {
    fn name(&self, place: Place) -> String {
        if place.structure == 0 {
            return medium_name(place.medium).to_owned();
        }
        self.structure_name(place.structure)
    }

    fn trunk(&self, side: Side) -> Vec<([f64; 3], f64)> {
        let trunk = self.trunks.get(side);
        trunk.points.iter().map(coordinates).zip(trunk.levels.iter().copied()).collect()
    }

    fn course(&self, name: &str) -> Vec<[f64; 3]> {
        let tube = self.tubes.iter().find(|tube| tube.name() == name);
        tube.map_or_else(Vec::new, |tube| tube.points.iter().map(coordinates).collect())
    }

    /// By `rami map`'s model: the field of the bare metal in this tissue, a fibre along each nerve in reach, the fitted step
    /// from a fibre to a person, and how this person differs.
    fn stimulate(&self, current: &Current) -> Result<Vec<String>, String> {
        if current.milliamp < LEAST_MA {
            return Ok(Vec::new());
        }
        let back = |axis: usize| current.tip_mm[axis] - current.bare_mm * current.direction[axis];
        let options = ElectricalOptions {
            entry: Some(Point::from([0, 1, 2].map(back))),
            active_tip_mm: current.bare_mm,
            diameter_mm: current.diameter_mm,
            current_ma: current.milliamp,
            step_ma: LEAST_MA,
            frequency_hz: Some(current.mode.hertz()),
            ..ElectricalOptions::at(Point::from(current.tip_mm))
        };
        match excite(self, &options) {
            Ok(answer) => Ok(answer.responses.into_iter().map(|response| response.report).collect()),
            Err(BedsideError::NoNerveNear { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Less than this no generator gives, mA.
const LEAST_MA: f64 = 0.01;

fn coordinates(point: &Point) -> [f64; 3] {
    [point.x, point.y, point.z]
}
