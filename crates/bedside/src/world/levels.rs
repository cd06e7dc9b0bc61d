//! Vertebrae as marks, and fractional levels along them.

use crate::BedsideError;
use rami_anatomy::VertebralLevel;
use rami_volume::{Point, Vector};

/// An elliptic endplate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Endplate {
    /// Its middle.
    pub centre: Point,
    /// Cranial normal.
    pub normal: Vector,
    /// Right to left, mm.
    pub width_mm: f64,
    /// Front to back, mm.
    pub depth_mm: f64,
}

/// Where a vertebra is and which way it faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VertebraMark {
    /// Which one.
    pub level: VertebralLevel,
    /// Middle of its body.
    pub centroid: Point,
    /// To the patient's right.
    pub right: Vector,
    /// To the front.
    pub anterior: Vector,
    /// To the head.
    pub cranial: Vector,
    /// Upper endplate.
    pub upper: Endplate,
    /// Lower endplate.
    pub lower: Endplate,
}

/// The vertebrae in view and the scale along them: 1 is the middle of L1, 2.5 the disc L2/3.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelScale {
    marks: Vec<VertebraMark>,
}

/// 1 for L1.
fn number(level: VertebralLevel) -> f64 {
    level as usize as f64 - VertebralLevel::L1 as usize as f64 + 1.0
}

impl LevelScale {
    /// # Errors
    /// [`BedsideError::NoLevels`] with fewer than two lumbar vertebrae.
    pub(super) fn new(mut marks: Vec<VertebraMark>) -> Result<Self, BedsideError> {
        marks.sort_by_key(|mark| mark.level);
        let lumbar = marks.iter().filter(|mark| VertebralLevel::LUMBAR.contains(&mark.level)).count();
        if lumbar < 2 { Err(BedsideError::NoLevels) } else { Ok(Self { marks }) }
    }

    /// The vertebrae, cranial first.
    #[must_use]
    pub fn marks(&self) -> &[VertebraMark] {
        &self.marks
    }

    /// The vertebra of a level.
    #[must_use]
    pub fn mark(&self, level: VertebralLevel) -> Option<&VertebraMark> {
        self.marks.iter().find(|mark| mark.level == level)
    }

    /// The vertebra whose body's middle is nearest along the spine.
    #[must_use]
    pub fn nearest(&self, point: &Point) -> &VertebraMark {
        let mut best = &self.marks[0];
        for mark in &self.marks {
            let along = |m: &VertebraMark| (point - m.centroid).dot(&m.cranial).abs();
            if along(mark) < along(best) {
                best = mark;
            }
        }
        best
    }

    /// The fractional level of a point: by its projection on the line through the bodies' middles.
    #[must_use]
    pub fn level_of(&self, point: &Point) -> f64 {
        let last = self.marks.len() - 2;
        for (i, w) in self.marks.windows(2).enumerate() {
            let step = w[1].centroid - w[0].centroid;
            let t = (point - w[0].centroid).dot(&step) / step.norm_squared();
            if t < 1.0 || i == last {
                return number(w[0].level) + t * (number(w[1].level) - number(w[0].level));
            }
        }
        number(self.marks[0].level)
    }
}
