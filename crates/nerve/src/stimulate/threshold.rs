//! The least current that makes a fibre fire.
//!
//! The caller gives the potential along the fibre for 1 mA out of the tip, whatever medium it was computed in; a
//! cathodic current takes the opposite sign. The fibre fires when an impulse leaves: a site `travel_mm` from the site
//! nearest the tip crosses −20 mV. Eight currents are followed side by side, first over six decades, then over ever
//! smaller ninths (on a logarithmic scale), always between the highest that fails and the lowest that fires, because
//! far above threshold the surround can block.
//!
//! The activating function (d/4R_a) ∂²V_e/∂x² of an unmyelinated fibre, or the second difference between nodes of a
//! myelinated one, says where it fires, and is what the cable integrates.
//!
//! Limits: a straight fibre alone, no sheath and no bundle; ends are sealed, so the potential should be flat there.

use crate::conduct::{IMPULSE_MV, QUIET_MV};
use crate::error::in_range;
use crate::potential::Waveform;
use crate::{Action, Axon, NerveError};
use rami_units::MilliAmp;

/// Currents followed at once.
const LANES: usize = 8;
/// The stimulus starts here, ms.
const START_MS: f64 = 0.1;

/// Which way the current flows at the tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// Into the tip: the usual way to stimulate.
    Cathodic,
    /// Out of the tip.
    Anodic,
}

/// A rectangular pulse and how the search for its threshold is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Width of the pulse, ms.
    pub width_ms: f64,
    /// Which way the current flows.
    pub polarity: Polarity,
    /// Time step, ms.
    pub dt_ms: f64,
    /// How far the impulse must travel from the site nearest the tip, mm.
    pub travel_mm: f64,
    /// Smallest current looked at, mA.
    pub lowest_ma: f64,
    /// Largest current looked at, mA: a fibre that needs more counts as not excitable.
    pub highest_ma: f64,
    /// Relative width of the final bracket.
    pub tolerance: f64,
}

impl Search {
    /// A cathodic pulse between 1 µA and 500 mA, to 1 % either side, with the step and travel that suit the fibre.
    #[must_use]
    pub fn cathodic(axon: &Axon, width_ms: f64) -> Self {
        let (dt_ms, travel_mm) = match axon {
            Axon::Unmyelinated { .. } => (0.025, 2.5),
            Axon::Myelinated(fibre) => {
                (0.005, fibre.geometry.internode_um * 1e-3 * (fibre.nodes / 3).min(20) as f64)
            }
        };
        Self {
            width_ms,
            polarity: Polarity::Cathodic,
            dt_ms,
            travel_mm,
            lowest_ma: 1e-3,
            highest_ma: 500.0,
            tolerance: 0.02,
        }
    }
}

/// The least current that fires the fibre; `None` when even the largest looked at does not.
///
/// `mv_per_ma` is the potential at each compartment ([`Axon::positions_mm`]) per mA flowing out of the tip.
///
/// # Errors
/// A profile of the wrong length, a pulse or bracket that cannot be, or a step too coarse.
pub fn threshold(axon: &Axon, mv_per_ma: &[f64], search: &Search) -> Result<Option<MilliAmp>, NerveError> {
    in_range("pulse width", search.width_ms, search.dt_ms, 1e3, "ms")?;
    in_range("tolerance", search.tolerance, 1e-6, 1.0, "of the current")?;
    in_range("smallest current", search.lowest_ma, 1e-9, search.highest_ma, "mA")?;
    let compartments = axon.positions_mm().len();
    if mv_per_ma.len() != compartments {
        return Err(NerveError::ProfileLength {
            profile: "potential",
            got: mv_per_ma.len(),
            want: compartments,
        });
    }
    let (mut fails, mut fires) = (search.lowest_ma, search.highest_ma);
    let mut known = false;
    while fires / fails - 1.0 > search.tolerance {
        // The first round also tries the largest current itself.
        let parts = if known { LANES + 1 } else { LANES } as f64;
        let rung = |k: usize| fails * (fires / fails).powf((k as f64 + 1.0) / parts);
        let fired = fire(axon, mv_per_ma, std::array::from_fn::<_, LANES, _>(rung), search)?;
        match fired.iter().position(|&f| f) {
            Some(first) => {
                (fails, fires) = (if first == 0 { fails } else { rung(first - 1) }, rung(first));
                known = true;
            }
            None if !known => return Ok(None),
            None => fails = rung(LANES - 1),
        }
    }
    // The bracket is inside the finite positive range that was checked above.
    Ok(MilliAmp::new(0.5 * (fails + fires)).ok())
}

/// Whether each of `L` rising currents (mA) fires the fibre, up to the first that does: what the higher ones do is left
/// `false` where it was not yet seen.
///
/// # Errors
/// As for [`threshold`].
pub fn fire<const L: usize>(
    axon: &Axon,
    mv_per_ma: &[f64],
    currents_ma: [f64; L],
    search: &Search,
) -> Result<[bool; L], NerveError> {
    let sign = if search.polarity == Polarity::Cathodic { -1.0 } else { 1.0 };
    let pulse = Waveform::pulse(START_MS, search.width_ms);
    let actions = currents_ma
        .map(|current| Action::field(mv_per_ma.iter().map(|v| sign * current * v).collect(), pulse.clone()));
    let (positions, sites) = (axon.positions_mm(), axon.sites_mm());
    let nearest = mv_per_ma
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        .map_or(0.0, |(place, _)| positions[place]);
    let at = |x: f64| sites.partition_point(|&s| s < x).min(sites.len() - 1);
    let watched = [at(nearest - search.travel_mm), at(nearest + search.travel_mm)];
    let mut bundle = axon.bundle(actions, search.dt_ms)?;
    let end_ms = pulse.end_ms();
    // From rest to the watched sites at the slowest velocity a whole fibre has, and 2 ms to get going.
    let until_ms = end_ms + 2.0 + search.travel_mm / (1.8 * axon.slowest_m_s());
    let check_every = ((0.25 / search.dt_ms) as u64).max(1);
    let (mut fired, mut dead) = ([false; L], [false; L]);
    let mut steps = 0_u64;
    // The first that fires is known when nothing below it is alive any more; what higher currents do is not asked.
    let open = |fired: &[bool; L], dead: &[bool; L]| {
        let first = fired.iter().position(|&f| f).unwrap_or(L);
        (0..first).any(|l| !dead[l])
    };
    while bundle.time_ms() < until_ms && open(&fired, &dead) {
        bundle.step();
        steps += 1;
        for l in 0..L {
            fired[l] |= watched.iter().any(|&site| bundle.sites_mv()[site][l] > IMPULSE_MV);
        }
        if steps.is_multiple_of(check_every) && bundle.time_ms() > end_ms + 0.25 {
            for l in 0..L {
                dead[l] = bundle.sites_mv().iter().all(|site| site[l] < axon.rest_mv() + QUIET_MV);
            }
        }
    }
    Ok(fired)
}

/// Potential along a straight fibre per mA out of a point `distance_mm` from it, opposite the excitable site nearest the
/// middle, in a homogeneous medium of `sigma` S/m.
///
/// # Errors
/// [`NerveError::OutOfRange`] for a distance or a conductivity that is not positive.
pub fn point_source_over_middle(axon: &Axon, distance_mm: f64, sigma: f64) -> Result<Vec<f64>, NerveError> {
    in_range("distance", distance_mm, 1e-3, 1e3, "mm")?;
    in_range("conductivity", sigma, 1e-6, 1e3, "S/m")?;
    let sites = axon.sites_mm();
    let source = crate::potential::PointSource::Homogeneous {
        at_mm: [sites[sites.len() / 2], distance_mm, 0.0],
        sigma,
    };
    Ok(axon.positions_mm().iter().map(|&x| source.mv_per_ma([x, 0.0, 0.0])).collect())
}
