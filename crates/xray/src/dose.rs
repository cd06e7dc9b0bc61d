//! The dose ledger of a procedure.
//!
//! Air kerma at the reference point and dose–area product add up over frames. Effective dose E = k(p) · DAP, with k
//! between the published coefficients of an AP and a lateral lumbar projection by the square of the sine of the angle
//! (evidence `technique.dose_conversion`; the coefficients hold to about a factor of 1.5 either way, which the interval
//! carries). What staff receive is in proportion to DAP (`xray.staff_eye_dose_per_dap`). DAP as systems report it reads
//! about a third too high through the table (evidence A27); ours counts what leaves the collimator, before the table.

use crate::CArmPose;
use crate::chain::Exposure;

/// Effective dose per dose–area product, and staff dose, from the evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// mSv per Gy·cm², AP or PA.
    pub ap: f64,
    /// mSv per Gy·cm², lateral.
    pub lateral: f64,
    /// µSv at the operator's eye per Gy·cm², no shield.
    pub staff_eye: f64,
}

impl Coefficients {
    /// As published.
    #[must_use]
    pub fn published() -> Self {
        Self {
            ap: rami_evidence::value("technique.dose_conversion.ap"),
            lateral: rami_evidence::value("technique.dose_conversion.lateral"),
            staff_eye: rami_evidence::value("xray.staff_eye_dose_per_dap"),
        }
    }
}

/// How far the effective dose may be off, either way: phantom and field are never the person's own (assumed).
const EFFECTIVE_DOSE_FACTOR: f64 = 1.5;

/// What a procedure has cost so far. It only grows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ledger {
    /// Frames taken by the pedal.
    pub fluoroscopy_frames: u64,
    /// Time on the pedal, s.
    pub fluoroscopy_s: f64,
    /// Single pictures.
    pub spot_films: u64,
    /// Air kerma at the reference point, mGy.
    pub reference_kerma_mgy: f64,
    /// Dose–area product, Gy·cm².
    pub dap_gy_cm2: f64,
    /// Effective dose of the patient, mSv.
    pub effective_dose_msv: f64,
    /// Equivalent dose at the operator's eye without a shield, µSv.
    pub staff_eye_usv: f64,
    /// Frames with the operator's hand in the beam.
    pub frames_with_hand: u64,
}

/// How often a C-arm pulses: 4 to 30 times a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PulseRate(f64);

/// A rate that no C-arm here pulses at.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{} pulses a second: pulsed fluoroscopy has {} to {}", .0, PulseRate::LEAST, PulseRate::MOST)]
pub struct NoPulseRate(pub f64);

impl PulseRate {
    /// Fewest pulses a second.
    pub const LEAST: f64 = 4.0;
    /// Most pulses a second.
    pub const MOST: f64 = 30.0;
    /// What an ordinary programme of a mobile C-arm uses.
    pub const USUAL: Self = Self(8.0);

    /// A rate in pulses a second.
    ///
    /// # Errors
    /// [`NoPulseRate`] for fewer than 4, more than 30, or no number.
    pub fn new(per_s: f64) -> Result<Self, NoPulseRate> {
        if (Self::LEAST..=Self::MOST).contains(&per_s) { Ok(Self(per_s)) } else { Err(NoPulseRate(per_s)) }
    }

    /// Pulses a second.
    #[must_use]
    pub fn per_s(self) -> f64 {
        self.0
    }

    /// Seconds from one pulse to the next.
    #[must_use]
    pub fn period_s(self) -> f64 {
        1.0 / self.0
    }
}

/// What kind of exposure a frame was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Frame {
    /// A pulse of fluoroscopy at this rate.
    Fluoroscopy(PulseRate),
    /// A single picture.
    SpotFilm,
}

impl Ledger {
    /// Adds one frame.
    pub fn add(
        &mut self,
        pose: &CArmPose,
        exposure: &Exposure,
        frame: Frame,
        hand: bool,
        coefficients: &Coefficients,
    ) {
        match frame {
            Frame::Fluoroscopy(rate) => {
                self.fluoroscopy_frames += 1;
                self.fluoroscopy_s += rate.period_s();
            }
            Frame::SpotFilm => self.spot_films += 1,
        }
        let sideways = pose.towards_detector().x.powi(2);
        let per_dap = coefficients.ap + (coefficients.lateral - coefficients.ap) * sideways;
        self.reference_kerma_mgy += exposure.reference_kerma_mgy;
        self.dap_gy_cm2 += exposure.dap_gy_cm2;
        self.effective_dose_msv += per_dap * exposure.dap_gy_cm2;
        self.staff_eye_usv += coefficients.staff_eye * exposure.dap_gy_cm2;
        self.frames_with_hand += u64::from(hand);
    }

    /// Effective dose with its uncertainty, mSv: low, central, high.
    #[must_use]
    pub fn effective_dose_interval(&self) -> [f64; 3] {
        let e = self.effective_dose_msv;
        [e / EFFECTIVE_DOSE_FACTOR, e, e * EFFECTIVE_DOSE_FACTOR]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::Point;

    #[test]
    fn dose_never_falls_and_a_gray_square_centimetre_is_a_fifth_of_a_millisievert_from_behind() {
        let coefficients = Coefficients::published();
        let exposure =
            Exposure { kvp: 80.0, mas: 1.0, reference_kerma_mgy: 2.0, dap_gy_cm2: 1.0, reached: true };
        let mut ledger = Ledger::default();
        let ap = CArmPose::prone_ap(Point::origin());
        ledger.add(&ap, &exposure, Frame::SpotFilm, false, &coefficients);
        assert!((ledger.effective_dose_msv - 0.2).abs() < 1e-9);
        let lateral = CArmPose::lateral(crate::Side::Left, Point::origin());
        ledger.add(&lateral, &exposure, Frame::Fluoroscopy(PulseRate::USUAL), true, &coefficients);
        assert!((ledger.effective_dose_msv - 0.3).abs() < 1e-9);
        assert_eq!((ledger.spot_films, ledger.fluoroscopy_frames, ledger.frames_with_hand), (1, 1, 1));
        assert!((ledger.fluoroscopy_s - 0.125).abs() < 1e-12);
        let [low, e, high] = ledger.effective_dose_interval();
        assert!(low < e && e < high);
    }

    #[test]
    fn a_rate_that_no_c_arm_pulses_at_is_refused_and_not_bent_into_one() {
        for rate in [4.0, 7.5, 30.0] {
            assert_eq!(PulseRate::new(rate).unwrap().per_s(), rate);
        }
        for rate in [3.9, 30.1, 0.0, -8.0, f64::INFINITY, f64::NAN] {
            let error = PulseRate::new(rate).unwrap_err();
            assert!(error.to_string().contains("has 4 to 30"), "{error}");
        }
    }
}
