//! From the threshold of a single fibre to what a person reports at the bedside.
//!
//! ```text
//! motor, 2 Hz      V = q · I_A · Z_ref          sensory, 50 Hz   V = s · q · I_A · Z_ref         mA = V / Z at the tip
//! ```
//!
//! I_A is the threshold of a 10 µm A fibre at the nerve's distance. **q, the "quorum and sheath" factor, is fitted and
//! not physical**: it makes the model's threshold at the assumed tip distance of 3 mm equal to the mean motor threshold
//! of 279 lumbar dorsal root ganglia (1.54 V). It stands for the sheath and perineurium, for the number of fibres a
//! twitch needs, and it absorbs the impedance between mA and V, which that study does not give (150 to 500 ohm). s is
//! the ratio of that study's two means, 0.66/1.54: the lower threshold at 50 Hz is perceptual, a multiplier and no
//! property of the membrane.
//!
//! Limits: one distance, one nerve, one study; a reading carries that study's spread, about 35 % of the mean.

use super::threshold::{Search, point_source_over_middle, threshold};
use crate::FibreClass;
use crate::error::{NerveError, in_range};
use rami_evidence::value;
use rami_units::{MilliAmp, Ohm, Volts};
use std::f64::consts::PI;

/// Conductivity of the homogeneous medium in which the factor was fitted, S/m.
const FITTED_IN_SIGMA: f64 = 0.25;

/// The fitted step from a single A fibre to a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bedside {
    /// The quorum and sheath factor: fitted, not physical.
    pub quorum_and_sheath: f64,
    /// Sensory at 50 Hz over motor at 2 Hz.
    pub sensory_over_motor: f64,
    /// Impedance with which the factor was fitted.
    pub reference_impedance: Ohm,
    /// Threshold of a single A fibre at the distance of the fit.
    pub fibre_at_fit: MilliAmp,
}

/// What a person reports when one nerve is stimulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Current at which tingling is felt at 50 Hz.
    pub sensory_current: MilliAmp,
    /// The same as the generator's voltage.
    pub sensory_voltage: Volts,
    /// Current at which a muscle twitches at 2 Hz.
    pub motor_current: MilliAmp,
    /// The same as the generator's voltage.
    pub motor_voltage: Volts,
}

impl Bedside {
    /// Fits the factor: one threshold of the A fibre at the assumed distance, against the study's motor mean.
    ///
    /// # Errors
    /// None in practice: the fibre and the field are fixed and tested.
    pub fn fitted() -> Result<Self, NerveError> {
        let axon = FibreClass::A.axon()?;
        let field = point_source_over_middle(&axon, value("nerve.drg_tip_distance"), FITTED_IN_SIGMA)?;
        let search = Search::cathodic(&axon, value("nerve.mapping_pulse_width"));
        let fibre = threshold(&axon, &field, &search)?.map_or(f64::NAN, MilliAmp::get);
        let impedance = value("nerve.tip_impedance");
        let motor = value("nerve.drg_motor_threshold");
        let factor = motor * 1e3 / (fibre * impedance);
        in_range("quorum and sheath factor", factor, 1e-3, 1e3, "")?;
        Ok(Self {
            quorum_and_sheath: factor,
            sensory_over_motor: value("nerve.drg_sensory_threshold") / motor,
            reference_impedance: Ohm::new(impedance).unwrap_or_default(),
            fibre_at_fit: MilliAmp::new(fibre).unwrap_or_default(),
        })
    }

    /// The reading for a nerve whose A fibres have this single-fibre threshold, with this impedance at the tip.
    ///
    /// The current is what the factor says; the voltage follows from the impedance, because a generator that shows
    /// volts pushes that current through the tissue at the tip.
    ///
    /// # Errors
    /// [`NerveError::OutOfRange`] for an impedance outside 1 ohm to 1 Mohm.
    pub fn reading(&self, fibre: MilliAmp, impedance: Ohm) -> Result<Reading, NerveError> {
        in_range("impedance at the tip", impedance.get(), 1.0, 1e6, "ohm")?;
        let current = |factor: f64| {
            in_range("current", fibre.get() * factor, 0.0, 1e9, "mA")
                .map(|ma| MilliAmp::new(ma).unwrap_or_default())
        };
        let motor_current = current(self.quorum_and_sheath)?;
        let sensory_current = current(self.quorum_and_sheath * self.sensory_over_motor)?;
        Ok(Reading {
            sensory_current,
            sensory_voltage: (impedance * sensory_current).volts(),
            motor_current,
            motor_voltage: (impedance * motor_current).volts(),
        })
    }
}

/// Impedance of an active tip in a homogeneous medium: a slender rod of length l and radius a far from the return plate,
/// (ln(2 l / a) − 1) / (2 π σ l).
///
/// Limits: low frequency, no electrode polarisation, no lead resistance.
///
/// # Errors
/// [`NerveError::OutOfRange`] for sizes or a conductivity that cannot be, or a tip less than five radii long.
pub fn tip_impedance(active_tip_mm: f64, diameter_mm: f64, sigma: f64) -> Result<Ohm, NerveError> {
    in_range("diameter of the tip", diameter_mm, 0.05, 10.0, "mm")?;
    in_range("active tip", active_tip_mm, 2.5 * diameter_mm, 200.0, "mm")?;
    in_range("conductivity", sigma, 1e-6, 1e3, "S/m")?;
    let ohm = ((4.0 * active_tip_mm / diameter_mm).ln() - 1.0) / (2.0 * PI * sigma * active_tip_mm * 1e-3);
    Ok(Ohm::new(ohm).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_returns_the_studys_means_at_its_own_distance_and_impedance() {
        let bedside = Bedside::fitted().unwrap();
        let reading = bedside.reading(bedside.fibre_at_fit, bedside.reference_impedance).unwrap();
        assert!((reading.motor_voltage.get() - 1.54).abs() < 1e-9);
        assert!((reading.sensory_voltage.get() - 0.66).abs() < 1e-9);
        // A single fibre in a bare medium is far too easy to excite.
        assert!((5.0..50.0).contains(&bedside.quorum_and_sheath), "{}", bedside.quorum_and_sheath);
    }

    #[test]
    fn impedance_of_radiofrequency_tips_lies_in_the_range_seen_in_tissue() {
        // 22G (0.72 mm), 10 mm in 0.25 S/m and in muscle; 5 mm has more.
        let long = tip_impedance(10.0, 0.72, 0.25).unwrap().get();
        assert!((long - 192.0).abs() < 1.0, "{long}");
        assert!((150.0..500.0).contains(&tip_impedance(10.0, 0.72, 0.16).unwrap().get()));
        assert!(tip_impedance(5.0, 0.72, 0.25).unwrap().get() > long);
        assert!(tip_impedance(10.0, 0.72, 0.0).is_err());
    }
}
