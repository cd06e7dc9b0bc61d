//! A needle on its way through tissue.
//!
//! The path is divided into cells of 0.1 mm along the needle, whatever the caller's steps: at the start of a cell the
//! curvature is taken from the tissue the tip is in, and what lies at its end is looked up. Within a cell the tip's pose
//! follows in closed form from the cell's start, so the tip is where it is whatever steps led there. Bone at the end of a
//! cell is searched for inside it, and no step passes it.
//!
//! ```text
//! force = cutting(tissue at the tip) + Σ friction(tissue) · length along the shaft + membrane
//! membrane: k x while it tents, until its puncture force; then nothing and a breach        all × diameter / 22G
//! ```
//!
//! Periosteum cannot tent, with bone behind it: it is broken where the tip meets bone, which takes its puncture force on
//! the way to the force of a tip on bone.
//!
//! Limits: the shaft follows the tip's path (no whip, no give of tissue from outside forces); quasi-static; structures
//! thinner than 0.1 mm can be missed; after withdrawal a new advance makes a new channel.

use crate::catalogue::{Gauge, Needle};
use crate::error::in_range;
use crate::tissue::{HazardDistance, Medium, Membrane, Place, Tissues, figures};
use crate::{NeedleError, Pose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Length of a cell, mm.
const CELL_MM: f64 = 0.1;
/// The surface of bone is found to better than this, mm.
const BONE_FOUND_MM: f64 = 1e-6;

/// A membrane that was broken, or bone that was touched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Breach {
    /// Which membrane; none where tissues change without one.
    pub membrane: Option<Membrane>,
    /// What the tip came into.
    pub into: Place,
    /// Depth along the needle at which it broke, mm.
    pub depth_mm: f64,
    /// Time of the movement, s.
    pub time_s: f64,
}

/// Why a movement ended before its distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The tip stands on bone.
    Bone,
    /// The hub is at the skin.
    Hub,
}

/// What a movement came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advance {
    /// How far the tip went, mm.
    pub moved_mm: f64,
    /// What stopped it early.
    pub stopped: Option<Stop>,
    /// Largest axial force on the way, at the ends of cells, N.
    pub peak_force_n: f64,
    /// Whether a hand on a syringe felt the resistance fall away.
    pub lost_resistance: bool,
}

/// What can be known of the needle as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// Position of the tip, mm.
    pub tip_mm: [f64; 3],
    /// Direction of the tip.
    pub direction: [f64; 3],
    /// Length of needle beyond the start, mm.
    pub depth_mm: f64,
    /// Where the opening of the tip is: the tissue it has broken into.
    pub tip_in: Place,
    /// Tissues along the shaft from the start, with the length in each, mm.
    pub along_shaft: Vec<(Place, f64)>,
    /// Axial force that keeps it moving forward, N.
    pub force_n: f64,
    /// Whether the tip stands on bone.
    pub on_bone: bool,
    /// Distances from the tip to the hazards the world knows.
    pub hazards: Vec<HazardDistance>,
}

/// A stretch of path with one curvature, begun at a known pose.
#[derive(Debug, Clone, Copy)]
struct Cell {
    start: Pose,
    from_mm: f64,
    to_mm: f64,
    curvature: f64,
    /// Bone begins here.
    bone_mm: Option<f64>,
    /// What the tip is in during the cell.
    inside: Place,
    /// A membrane that tents, and where it was met.
    tents: Option<(Membrane, f64)>,
    /// What is at the end.
    ahead: Place,
    /// Friction of a 22G shaft behind the cell, N.
    friction_n: f64,
}

/// A needle in a world.
pub struct Insertion<'a, T: Tissues + ?Sized> {
    needle: Needle,
    tissues: &'a T,
    curvature_per_mm: f64,
    thickness: f64,
    depth_mm: f64,
    cells: Vec<Cell>,
    breaches: Vec<Breach>,
}

impl<'a, T: Tissues + ?Sized> Insertion<'a, T> {
    /// A needle whose tip is at `start` (on or outside the skin).
    #[must_use]
    pub fn new(needle: Needle, tissues: &'a T, start: Pose) -> Self {
        let curvature_per_mm = needle.curvature_per_mm();
        let thickness = needle.gauge.outer_mm() / Gauge::G22.outer_mm();
        let mut insertion = Self {
            needle,
            tissues,
            curvature_per_mm,
            thickness,
            depth_mm: 0.0,
            cells: Vec::new(),
            breaches: Vec::new(),
        };
        let inside = insertion.tissues.at(start.position.into());
        insertion.open(start, 0.0, inside, None);
        insertion
    }

    /// The same with its curvature multiplied: needles of one kind differ.
    #[must_use]
    pub fn with_curvature_factor(mut self, factor: f64) -> Self {
        self.curvature_per_mm *= factor;
        if let Some(first) = self.cells.pop() {
            self.open(first.start, first.from_mm, first.inside, first.tents);
        }
        self
    }

    /// The needle.
    #[must_use]
    pub fn needle(&self) -> &Needle {
        &self.needle
    }

    /// Length of needle beyond the start, mm.
    #[must_use]
    pub fn depth_mm(&self) -> f64 {
        self.depth_mm
    }

    /// Everything broken so far, in order.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// The tip's pose.
    #[must_use]
    pub fn tip(&self) -> Pose {
        let cell = self.current();
        cell.start.along(cell.curvature, self.depth_mm - cell.from_mm)
    }

    /// The shaft as points from the start to the tip, mm, no more than 0.1 mm apart: what an x-ray shows.
    #[must_use]
    pub fn shaft_mm(&self) -> Vec<[f64; 3]> {
        let starts = self.cells.iter().map(|cell| cell.start.position.into());
        starts.chain([self.tip().position.into()]).collect()
    }

    /// Pushes the needle in.
    ///
    /// # Errors
    /// [`NeedleError::OutOfRange`] for a distance below 0 or beyond a metre.
    pub fn advance(&mut self, distance_mm: f64, time_s: f64) -> Result<Advance, NeedleError> {
        in_range("distance to advance (mm)", distance_mm, 0.0, 1000.0)?;
        let from = self.depth_mm;
        let target = (from + distance_mm).min(self.needle.length_mm);
        let mut stopped = (from + distance_mm > self.needle.length_mm).then_some(Stop::Hub);
        let mut peak = self.force_n();
        let mut lost_resistance = false;
        loop {
            let cell = *self.current();
            if let Some(bone) = cell.bone_mm.filter(|&bone| bone <= target) {
                self.depth_mm = bone.max(self.depth_mm);
                stopped = Some(Stop::Bone);
                // Once a contact: a push of a tip that stands there already breaks nothing more.
                if bone - from > BONE_FOUND_MM && cell.ahead.medium == Medium::Bone {
                    let membrane = Membrane::between(cell.inside, cell.ahead);
                    self.breaches.push(Breach { membrane, into: cell.ahead, depth_mm: bone, time_s });
                }
                break;
            }
            if target < cell.to_mm {
                self.depth_mm = target;
                break;
            }
            self.depth_mm = cell.to_mm;
            peak = peak.max(self.force_n());
            let before = cell.inside.medium;
            self.close(cell, time_s);
            lost_resistance |= before.loses_resistance_into(self.current().inside.medium);
        }
        peak = peak.max(self.force_n());
        Ok(Advance { moved_mm: self.depth_mm - from, stopped, peak_force_n: peak, lost_resistance })
    }

    /// Pulls the needle back; it retraces its path.
    ///
    /// # Errors
    /// [`NeedleError::OutOfRange`] for a distance below 0 or beyond the depth.
    pub fn withdraw(&mut self, distance_mm: f64) -> Result<(), NeedleError> {
        in_range("distance to withdraw (mm)", distance_mm, 0.0, self.depth_mm)?;
        self.depth_mm -= distance_mm;
        while self.cells.len() > 1 && self.current().from_mm > self.depth_mm {
            self.cells.pop();
        }
        Ok(())
    }

    /// Turns the hub; the tip stays where it is and bends another way from here on.
    ///
    /// # Errors
    /// [`NeedleError::OutOfRange`] for an angle that is not finite.
    pub fn rotate(&mut self, radians: f64) -> Result<(), NeedleError> {
        in_range("angle (rad)", radians, -1e3, 1e3)?;
        let cell = *self.current();
        let pose = self.tip().turned(radians);
        if self.depth_mm > cell.from_mm {
            if let Some(last) = self.cells.last_mut() {
                last.to_mm = self.depth_mm;
            }
        } else {
            self.cells.pop();
        }
        self.open(pose, self.depth_mm, cell.inside, cell.tents);
        Ok(())
    }

    /// What can be known of the needle now.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let tip = self.tip();
        let mut along: Vec<(Place, f64)> = Vec::new();
        for (place, length) in self.stretches() {
            match along.last_mut() {
                Some(last) if last.0 == place => last.1 += length,
                _ => along.push((place, length)),
            }
        }
        Reading {
            tip_mm: tip.position.into(),
            direction: tip.forward.into(),
            depth_mm: self.depth_mm,
            tip_in: self.current().inside,
            along_shaft: along,
            force_n: self.force_n(),
            on_bone: self.on_bone(),
            hazards: self.tissues.hazards(tip.position.into()),
        }
    }

    /// Axial force that keeps the needle moving forward, N.
    #[must_use]
    pub fn force_n(&self) -> f64 {
        let cell = self.current();
        let friction =
            cell.friction_n + cell.inside.medium.friction_n_per_mm() * (self.depth_mm - cell.from_mm);
        let membrane = cell.tents.map_or(0.0, |(membrane, met_mm)| {
            membrane.puncture_n() * ((self.depth_mm - met_mm) / membrane.give_mm()).min(1.0)
        });
        let bone = if self.on_bone() { figures().bone_n } else { 0.0 };
        self.thickness * (cell.inside.medium.cutting_n() + friction + membrane) + bone
    }

    fn on_bone(&self) -> bool {
        self.current().bone_mm.is_some_and(|bone| self.depth_mm >= bone)
    }

    fn stretches(&self) -> impl Iterator<Item = (Place, f64)> + '_ {
        self.cells.iter().map(|cell| (cell.inside, cell.to_mm.min(self.depth_mm) - cell.from_mm))
    }

    #[allow(clippy::indexing_slicing)]
    fn current(&self) -> &Cell {
        // `new` opens the first cell and nothing removes the last one.
        &self.cells[self.cells.len() - 1]
    }

    /// Opens a cell at a pose and looks along it.
    fn open(&mut self, start: Pose, from_mm: f64, inside: Place, tents: Option<(Membrane, f64)>) {
        // The next mark of the ruler, beyond rounding.
        let to_mm = ((from_mm / CELL_MM + 1e-6).floor() + 1.0) * CELL_MM;
        let curvature = self.curvature_per_mm * inside.medium.curvature_factor();
        let at = |depth: f64| self.tissues.at(start.along(curvature, depth - from_mm).position.into());
        let ahead = at(to_mm);
        let mut bone_mm = (inside.medium == Medium::Bone).then_some(from_mm);
        if bone_mm.is_none() && ahead.medium == Medium::Bone {
            let (mut clear, mut bone) = (from_mm, to_mm);
            for _ in 0..30 {
                let middle = 0.5 * (clear + bone);
                if at(middle).medium == Medium::Bone { bone = middle } else { clear = middle }
            }
            bone_mm = Some(clear);
        }
        let friction_n = self.cells.last().map_or(0.0, |last| {
            last.friction_n + last.inside.medium.friction_n_per_mm() * (last.to_mm - last.from_mm)
        });
        self.cells.push(Cell { start, from_mm, to_mm, curvature, bone_mm, inside, tents, ahead, friction_n });
    }

    /// Ends a cell: what its end holds is met, tents or is broken into.
    fn close(&mut self, cell: Cell, time_s: f64) {
        let depth = cell.to_mm;
        let end = cell.start.along(cell.curvature, depth - cell.from_mm);
        let (mut inside, mut tents) = (cell.inside, cell.tents);
        let mut enter = |membrane: Option<Membrane>, into: Place| {
            self.breaches.push(Breach { membrane, into, depth_mm: depth, time_s });
        };
        match tents {
            Some((membrane, met_mm)) if cell.ahead != inside => {
                let gives = depth - met_mm >= membrane.give_mm() - 1e-9;
                if gives {
                    enter(Some(membrane), cell.ahead);
                    (inside, tents) = (cell.ahead, None);
                }
            }
            Some(_) => tents = None,
            None if cell.ahead != inside => match Membrane::between(inside, cell.ahead) {
                Some(membrane) => tents = Some((membrane, depth)),
                None => {
                    enter(None, cell.ahead);
                    inside = cell.ahead;
                }
            },
            None => {}
        }
        self.open(end, depth, inside, tents);
    }
}
