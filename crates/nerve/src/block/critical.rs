//! The largest share of sodium conductance at which an exposed stretch stops an impulse.
//!
//! A stretch in the middle of the fibre keeps the share f of its sodium conductance, the rest all of it. An impulse
//! from one end has passed when 0.9 of the length crosses −20 mV. f_crit is found by ninths: eight shares are followed
//! side by side, the bracket shrinks to a ninth each round.
//!
//! Limits: a static share and a single impulse (no phasic block), one fibre alone.

use crate::conduct::{IMPULSE_MV, QUIET_MV};
use crate::potential::Waveform;
use crate::{Action, Axon, NerveError};

/// Fibres followed at once.
pub const LANES: usize = 8;

/// Whether an impulse passes, for fibres with these shares of sodium conductance at their excitable sites.
///
/// # Errors
/// Profiles that do not fit the fibre, or a step too coarse.
pub fn conducts<const L: usize>(
    axon: &Axon,
    sodium: [Vec<f64>; L],
    dt_ms: f64,
) -> Result<[bool; L], NerveError> {
    let (current_na, width_ms) = axon.start();
    let actions =
        sodium.map(|share| Action::clamp(0, current_na, Waveform::pulse(0.5, width_ms)).with_sodium(share));
    let mut bundle = axon.bundle(actions, dt_ms)?;
    let end = 9 * bundle.sites_mv().len() / 10;
    // The slowest impulses creep through a stretch near its limit; 0.25 m/s for C and 2 m/s for B are never undercut.
    let until_ms = 6.0 + axon.length_mm() / axon.slowest_m_s();
    let check_every = ((0.5 / dt_ms) as u64).max(1);
    let (mut passed, mut dead) = ([false; L], [false; L]);
    let mut steps = 0_u64;
    while bundle.time_ms() < until_ms && (0..L).any(|l| !passed[l] && !dead[l]) {
        bundle.step();
        steps += 1;
        for l in 0..L {
            passed[l] |= bundle.sites_mv()[end][l] > IMPULSE_MV;
        }
        if steps.is_multiple_of(check_every) && bundle.time_ms() > 1.5 + width_ms {
            for l in 0..L {
                dead[l] = bundle.sites_mv().iter().all(|site| site[l] < axon.rest_mv() + QUIET_MV);
            }
        }
    }
    Ok(passed)
}

/// The largest share of sodium conductance at which the exposed sites stop the impulse, to 1/730; `None` when an
/// impulse passes even with none left.
///
/// # Errors
/// As for [`conducts`].
pub fn critical_share(
    axon: &Axon,
    exposed: impl Fn(usize, f64) -> bool,
    dt_ms: f64,
) -> Result<Option<f64>, NerveError> {
    let sites = axon.sites_mm();
    let profile = |share: f64| -> Vec<f64> {
        sites.iter().enumerate().map(|(n, &x)| if exposed(n, x) { share } else { 1.0 }).collect()
    };
    if conducts(axon, [profile(0.0)], dt_ms)?[0] {
        return Ok(None);
    }
    let (mut fails, mut passes) = (0.0, 1.0);
    for _ in 0..3 {
        let rung = |k: usize| fails + (passes - fails) * (k as f64 + 1.0) / (LANES as f64 + 1.0);
        let passed = conducts(axon, std::array::from_fn::<_, LANES, _>(|k| profile(rung(k))), dt_ms)?;
        let first = passed.iter().position(|&p| p).unwrap_or(LANES);
        (fails, passes) = (
            if first == 0 { fails } else { rung(first - 1) },
            if first == LANES { passes } else { rung(first) },
        );
    }
    Ok(Some(0.5 * (fails + passes)))
}

/// The critical share for a stretch of `length_mm` in the middle of an unmyelinated fibre.
///
/// # Errors
/// As for [`conducts`].
pub fn critical_share_of_stretch(axon: &Axon, length_mm: f64, dt_ms: f64) -> Result<Option<f64>, NerveError> {
    let middle = axon.length_mm() / 2.0;
    critical_share(axon, |_, x| (x - middle).abs() <= length_mm / 2.0, dt_ms)
}

/// The critical share for `count` neighbouring nodes in the middle of a myelinated fibre.
///
/// # Errors
/// As for [`conducts`].
pub fn critical_share_of_nodes(axon: &Axon, count: usize, dt_ms: f64) -> Result<Option<f64>, NerveError> {
    let first = axon.sites_mm().len().saturating_sub(count) / 2;
    critical_share(axon, |n, _| (first..first + count).contains(&n), dt_ms)
}
