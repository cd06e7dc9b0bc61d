//! A needle in a world: layers along a line, and a needle that is pushed, turned, withdrawn and aspirated, step by step.
//!
//! The mechanics are `rami_needle`'s; here they meet the [`World`], and structures get their names. A step answers where
//! the tip is, what it is in, what lies along the shaft, force, distances and breaches.

use crate::world::Tissue;
use crate::{BedsideError, World};
use rami_needle::catalogue::Needle;
use rami_needle::{Advance, Aspirate, Breach, Insertion, Pose, Reading, aspirate};
use rami_random::Stream;
use rami_volume::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stretch of a straight line in one structure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Layer {
    /// What it is.
    pub tissue: Tissue,
    /// Its name; `unlabelled` where it has none.
    pub structure: String,
    /// From the start of the line, mm.
    pub from_mm: f64,
    /// To, mm.
    pub to_mm: f64,
}

/// What a straight line from the skin to a target goes through, looked up every 0.1 mm.
#[must_use]
pub fn layers(world: &World, from: &Point, to: &Point) -> Vec<Layer> {
    const STEP_MM: f64 = 0.1;
    let along = to - from;
    let length = along.norm();
    let steps = (length / STEP_MM).ceil().max(1.0) as usize;
    let mut layers: Vec<(Tissue, u32, f64, f64)> = Vec::new();
    for n in 0..steps {
        let (a, b) = (n as f64 / steps as f64, (n + 1) as f64 / steps as f64);
        let p = from + along * (0.5 * (a + b));
        let (tissue, structure) = (world.tissue_at(&p), world.structure_at(&p));
        match layers.last_mut() {
            Some(last) if (last.0, last.1) == (tissue, structure) => last.3 = b * length,
            _ => layers.push((tissue, structure, a * length, b * length)),
        }
    }
    layers
        .into_iter()
        .map(|(tissue, structure, from_mm, to_mm)| Layer {
            tissue,
            structure: world.structure_name(structure),
            from_mm,
            to_mm,
        })
        .collect()
}

/// Something broken on the way, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedBreach {
    /// What the tip came into.
    pub structure: String,
    /// What happened.
    pub breach: Breach,
}

/// What a step answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// What the movement came to.
    pub advance: Advance,
    /// What can be known of the needle now.
    pub reading: Reading,
    /// Name of what the tip is in.
    pub tip_in: String,
    /// The nearest hazards by name, with distance in mm.
    pub nearest: Vec<(String, f64)>,
    /// What broke during this step.
    pub broken: Vec<NamedBreach>,
}

/// A needle in a world.
pub struct WorldNeedle<'a> {
    world: &'a World,
    insertion: Insertion<'a, World>,
    aspirations: u64,
}

impl<'a> WorldNeedle<'a> {
    /// A needle whose tip touches the skin at `entry`, aimed at `aim`, its bevel turned by `bevel_deg` from where it bends
    /// towards the head.
    ///
    /// # Errors
    /// An entry that is the aim.
    pub fn new(
        world: &'a World,
        needle: Needle,
        entry: &Point,
        aim: &Point,
        bevel_deg: f64,
    ) -> Result<Self, BedsideError> {
        world.prepare();
        let pose = Pose::new((*entry).into(), (aim - entry).into(), [0.0, 0.0, 1.0])?;
        let insertion = Insertion::new(needle, world, pose.turned(bevel_deg.to_radians()));
        Ok(Self { world, insertion, aspirations: 0 })
    }

    /// Pushes.
    ///
    /// # Errors
    /// A distance that cannot be.
    pub fn advance(&mut self, mm: f64, time_s: f64) -> Result<Step, BedsideError> {
        let before = self.insertion.breaches().len();
        let advance = self.insertion.advance(mm, time_s)?;
        let reading = self.insertion.reading();
        let named = |structure: u32| self.world.structure_name(structure);
        let nearest = reading.hazards.iter().take(5).map(|h| (named(h.structure), h.distance_mm)).collect();
        let broken = self.insertion.breaches()[before..]
            .iter()
            .map(|&breach| NamedBreach { structure: named(breach.into.structure), breach })
            .collect();
        let tip_in = named(reading.tip_in.structure);
        Ok(Step { advance, reading, tip_in, nearest, broken })
    }

    /// Pulls back along its path.
    ///
    /// # Errors
    /// A distance that cannot be.
    pub fn withdraw(&mut self, mm: f64) -> Result<(), BedsideError> {
        Ok(self.insertion.withdraw(mm)?)
    }

    /// Turns the hub.
    ///
    /// # Errors
    /// An angle that is not finite.
    pub fn rotate(&mut self, degrees: f64) -> Result<(), BedsideError> {
        Ok(self.insertion.rotate(degrees.to_radians())?)
    }

    /// Pulls on the syringe: what shows, with the sensitivity that was measured. Each pull is a draw of its own.
    pub fn aspirate(&mut self) -> Aspirate {
        let stream = Stream::new(self.world.record.seed).named("aspiration").indexed(self.aspirations);
        self.aspirations += 1;
        aspirate(self.insertion.reading().tip_in.medium, stream)
    }

    /// Everything broken so far, in order.
    #[must_use]
    pub fn breaches(&self) -> Vec<NamedBreach> {
        let name = |b: &Breach| self.world.structure_name(b.into.structure);
        self.insertion.breaches().iter().map(|b| NamedBreach { structure: name(b), breach: *b }).collect()
    }

    /// The mechanics underneath, for what an x-ray shows.
    #[must_use]
    pub fn insertion(&self) -> &Insertion<'a, World> {
        &self.insertion
    }
}
