//! How far off its line a needle ends, in closed form: what a plan needs to know of bending.
//!
//! ```text
//! sideways   δ = Σ κ_i l_i (r_i + l_i/2)        stretch i of length l_i and curvature κ_i, r_i beyond it still to go
//! ```
//!
//! The unicycle model (Webster et al. 2006) to first order in the bend: each stretch turns the needle by κ_i l_i, which
//! shifts the tip by the lever behind it. For one tissue δ = κ L²/2. Limits: δ a small part of the depth (at a fifth the
//! circle differs by 1 %); the bevel is held one way throughout, or flipped.

use crate::NeedleError;
use crate::catalogue::Needle;
use crate::error::in_range;
use crate::spread::Bevel;
use crate::tissue::Medium;
use rami_evidence::value;

/// Where the tip ends, across the line that was aimed along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deflection {
    /// How far the typical needle ends from its line, mm, away from the face of the bevel.
    pub sideways_mm: f64,
    /// Standard deviation of that between equal needles, mm.
    pub spread_mm: f64,
    /// Standard deviation of the tip along each of the two axes across the line, mm, where the bevel is held the way it
    /// happens to be: √((δ² + spread²)/2), as the direction is then even about the line.
    pub axis_sd_mm: f64,
}

/// The deflection of `needle` after a straight plan through `stretches`, entry first: what each is made of, and its length in
/// mm. A bevel held throughout bends all the way; a flipped one leaves what one half stretch bends.
///
/// # Errors
/// [`NeedleError::OutOfRange`] for a length that is negative or not finite, for a plan longer than the needle, or for flips
/// closer than 0.1 mm.
///
/// # Example
/// ```
/// use rami_needle::{Bevel, Medium, catalogue, deflection};
/// let needle = catalogue::find("22G-150-chiba").unwrap();
/// let held = deflection(&needle, &[(Medium::Fat, 30.0), (Medium::Muscle, 70.0)], Bevel::Anyhow).unwrap();
/// assert!(held.sideways_mm > 5.0 && held.axis_sd_mm < held.sideways_mm);
/// ```
pub fn deflection(
    needle: &Needle,
    stretches: &[(Medium, f64)],
    bevel: Bevel,
) -> Result<Deflection, NeedleError> {
    for &(_, length) in stretches {
        in_range("length of a stretch (mm)", length, 0.0, needle.length_mm)?;
    }
    let depth: f64 = stretches.iter().map(|(_, length)| length).sum();
    in_range("length of the plan (mm), against the needle's", depth, 0.0, needle.length_mm)?;
    let curvature = needle.curvature_per_mm();
    let sideways_mm = match bevel {
        Bevel::Anyhow => {
            let mut beyond = depth;
            stretches
                .iter()
                .map(|&(medium, length)| {
                    beyond -= length;
                    curvature * medium.curvature_factor() * length * (beyond + 0.5 * length)
                })
                .sum()
        }
        // Half a stretch, then whole ones: the tip sways about the line, at most by what half a stretch bends from it.
        Bevel::FlippedEvery { mm } => {
            in_range("distance between turns (mm)", mm, 0.1, 1e3)?;
            let stiffest = stretches.iter().map(|(m, _)| m.curvature_factor()).fold(0.0, f64::max);
            let half = (0.5 * mm).min(depth);
            0.5 * curvature * stiffest * half * half
        }
    };
    let spread_mm = value("needle.curvature_spread") * sideways_mm;
    let axis_sd_mm = (0.5 * (sideways_mm * sideways_mm + spread_mm * spread_mm)).sqrt();
    Ok(Deflection { sideways_mm, spread_mm, axis_sd_mm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Insertion, Pose, catalogue};

    #[test]
    fn it_is_what_an_insertion_through_the_same_layers_gives() {
        let needle = catalogue::find("22G-150-chiba").unwrap();
        let layers = |p: [f64; 3]| match p[2] {
            z if z < 0.0 => Medium::Air.into(),
            z if z < 25.0 => Medium::Fat.into(),
            z if z < 70.0 => Medium::Muscle.into(),
            _ => Medium::Psoas.into(),
        };
        let start = Pose::new([0.0; 3], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]).unwrap();
        let mut insertion = Insertion::new(needle.clone(), &layers, start);
        insertion.advance(110.0, 0.0).unwrap();
        let tip = insertion.tip().position;
        let plan = [(Medium::Fat, 25.0), (Medium::Muscle, 45.0), (Medium::Psoas, 40.0)];
        let predicted = deflection(&needle, &plan, Bevel::Anyhow).unwrap().sideways_mm;
        // First order in a bend of 0.2 rad: 2 %.
        assert!((predicted / tip[0] - 1.0).abs() < 0.03, "{predicted} against {}", tip[0]);
    }

    #[test]
    fn a_thicker_needle_and_a_flipped_bevel_stay_nearer_the_line() {
        let plan = [(Medium::Muscle, 100.0)];
        let of = |name: &str, bevel| {
            deflection(&catalogue::find(name).unwrap(), &plan, bevel).unwrap().sideways_mm
        };
        assert!(of("20G-150-chiba", Bevel::Anyhow) < of("22G-150-chiba", Bevel::Anyhow));
        let flipped = of("22G-150-chiba", Bevel::FlippedEvery { mm: 10.0 });
        assert!(flipped < 0.1, "{flipped}");
        let needle = catalogue::find("22G-90-chiba").unwrap();
        assert!(deflection(&needle, &plan, Bevel::Anyhow).is_err());
    }
}
