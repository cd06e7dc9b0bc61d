//! What is assumed about the parameters before any data.
//!
//! Ranges are wide and declared here once; none was chosen to meet a finding. A *draw* is one possible truth about a
//! group of people (which shares run in the chain, how long gains and expectations last); people differ about it.

use super::model::Parameters;
use crate::person::normal;
use rami_random::{RngExt, Stream};

/// A parameter's range before any data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Symbol and meaning.
    pub name: &'static str,
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// Even in the logarithm.
    pub logarithmic: bool,
}

const fn even(name: &'static str, low: f64, high: f64) -> Range {
    Range { name, low, high, logarithmic: false }
}

const fn log(name: &'static str, low: f64, high: f64) -> Range {
    Range { name, low, high, logarithmic: true }
}

/// The priors, all assumed, in the order of [`Parameters`].
pub const PRIORS: [Range; 10] = [
    even("φ_a: share of the input that runs in the chain", 0.0, 0.6),
    even("φ_c: share of the input that sympathetic activity keeps up", 0.0, 0.4),
    log("β: growth of the central gain with input", 0.3, 3.0),
    even("v₀: input below which the gain does not grow", 0.0, 0.8),
    log("τ_g: time constant of the gain, h", 12.0, 240.0),
    even("κ: largest descending inhibition", 0.0, 0.8),
    log("τ_x: time constant of the inhibition, h", 2.0, 48.0),
    even("ε: relief expected of the injection", 0.2, 0.9),
    even("ω: weight of the prior in the percept", 0.0, 0.7),
    log("τ_μ: time in which the prior learns, h", 2.0, 72.0),
];

/// Spread of people about the truth of a draw: standard deviation, as a share of a range or of a logarithm.
pub const BETWEEN_PEOPLE: f64 = 0.15;

/// One possible truth about a group.
#[must_use]
pub fn draw(stream: Stream) -> Parameters {
    let mut rng = stream.named("group").rng();
    parameters(&PRIORS.map(|_| rng.random::<f64>()))
}

/// The group of a draw, one person of it.
#[must_use]
pub fn person(stream: Stream, index: u64) -> Parameters {
    let mut group = stream.named("group").rng();
    let mut own = stream.named("person").indexed(index).rng();
    let places = PRIORS.map(|_| {
        let place: f64 = group.random::<f64>();
        (place + BETWEEN_PEOPLE * normal(&mut own)).clamp(0.0, 1.0)
    });
    parameters(&places)
}

/// Places 0 to 1 in each range, as parameters.
fn parameters(places: &[f64; 10]) -> Parameters {
    let at = |i: usize| {
        let Range { low, high, logarithmic, .. } = PRIORS[i];
        if logarithmic { low * (high / low).powf(places[i]) } else { low + (high - low) * places[i] }
    };
    Parameters {
        chain_afferents: at(0),
        coupling: at(1),
        gain: at(2),
        gain_threshold: at(3),
        gain_time: at(4),
        inhibition: at(5),
        inhibition_time: at(6),
        expected_relief: at(7),
        prior_weight: at(8),
        learning_time: at(9),
    }
}
