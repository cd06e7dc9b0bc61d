//! What is said about a path that a person drags: the planner's own judgement of any line, fast.

use crate::assess::Assessor;
use crate::cost::Scorer;
use crate::document::Candidate;
use crate::options::PlanOptions;
use crate::planner::Prepared;
use crate::probability::Draws;
use crate::requirements::{self, PlanError};
use crate::site::PathParameters;
use rami_anatomy::{Anatomy, Posture, Side, VertebralLevel};
use rami_volume::{Ct, Point};

/// Fields and draws of a person, made once, and then asked about one path after the other.
#[derive(Debug)]
pub struct PathBench {
    prepared: Prepared,
    draws: Draws,
    few: Draws,
    options: PlanOptions,
}

/// Draws behind a first answer while the path still moves: probabilities to a few per cent.
const FEW: usize = 200;

impl PathBench {
    /// Makes the fields for these sides and levels.
    ///
    /// # Errors
    /// As [`crate::plan`].
    pub fn new(anatomy: &Anatomy, options: &PlanOptions) -> Result<Self, PlanError> {
        options.check()?;
        requirements::check(anatomy, options)?;
        let prepared = Prepared::new(anatomy, options)?;
        let prone = anatomy.posture == Posture::Prone;
        let draws = Draws::new(&prepared.fields, options.human_error, prone, options.seed, options.draws);
        let few = options.draws.min(FEW);
        let few = Draws::new(&prepared.fields, options.human_error, prone, options.seed, few);
        Ok(Self { prepared, draws, few, options: options.clone() })
    }

    /// The candidate that a straight line is. The entry is moved along the line to the skin. With `precise` its
    /// probabilities are those of a plan; without, they come from few draws and at once. Nothing when the side and level
    /// were not prepared, or the line has no length.
    #[must_use]
    pub fn assess(
        &self,
        ct: &Ct,
        anatomy: &Anatomy,
        level: VertebralLevel,
        side: Side,
        entry: &Point,
        target: &Point,
        precise: bool,
    ) -> Option<Candidate> {
        let site = self.prepared.sites.iter().find(|site| site.level == level && site.side == side)?;
        let space = &self.prepared.fields.space;
        let (tip, hub) = (space.point(target), space.point(entry));
        let way = (hub - tip).try_normalize(1e-6)?;
        let tilt = way.dot(&site.cranial).clamp(-1.0, 1.0).asin().to_degrees();
        let obliquity = way.dot(&site.lateral).atan2(way.dot(&site.posterior)).to_degrees();
        let path = PathParameters::at(site, &tip, obliquity, tilt);
        let scorer = Scorer::new(&self.prepared.fields, self.options.longest_needle_mm());
        let score = scorer.path(site, &path);
        let fields = &self.prepared.fields;
        let draws = if precise { &self.draws } else { &self.few };
        let assessor = Assessor { ct, anatomy, fields, draws, options: &self.options };
        Some(assessor.candidate(site, &path, &score))
    }
}
