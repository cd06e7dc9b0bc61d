//! A tip in a blood vessel: the fluid is gone within seconds.
//!
//! ```text
//! artery: v(t) = v̄ (1 + a sin 2πft)      vein: v(t) = v̄
//! mass per length at the distance s downstream:  q(t − τ) c / v,   τ the time of travel
//! ```
//!
//! Plug flow in a vessel of one radius, along the axis of the body: down an artery, up a vein. What was poured is
//! followed for as long as it is in the box; as drug it is an intravenous bolus, all of it at once. It says what contrast
//! looks like, not what it does: no mixing, no branches, no blood pressure.

use crate::Tissue;
use std::f64::consts::TAU;

/// A stretch of blood carrying what was poured within a short time.
#[derive(Debug, Clone, PartialEq)]
struct Parcel {
    /// Downstream of the tip, mm.
    at_mm: f64,
    /// How long a stretch it fills, mm.
    length_mm: f64,
    /// mg of each solute.
    mg: Vec<f64>,
}

/// What is in the blood near a tip, and what has gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stream {
    pub(crate) vessel: Tissue,
    pub(crate) radius_mm: f64,
    parcels: Vec<Parcel>,
    /// mg of each solute that was poured into the vessel, ever.
    pub(crate) poured: Vec<f64>,
}

impl Stream {
    pub(crate) fn new(vessel: Tissue, radius_mm: f64, solutes: usize) -> Self {
        Self { vessel, radius_mm, parcels: Vec::new(), poured: vec![0.0; solutes] }
    }

    /// Speed of the blood, mm/s, at a time in s.
    pub(crate) fn speed(&self, time_s: f64) -> f64 {
        let value = rami_evidence::value;
        if self.vessel == Tissue::Artery {
            let pulse = value("spread.blood.pulse_rate") / 60.0;
            value("spread.blood.artery_speed")
                * (1.0 + value("spread.blood.pulsatility") * (TAU * pulse * time_s).sin())
        } else {
            value("spread.blood.vein_speed")
        }
    }

    /// Goes on for `dt` s from `time_s`, with `mg_s` of each solute poured in.
    pub(crate) fn step(&mut self, time_s: f64, dt: f64, mg_s: &[f64]) {
        // Parcels of a tenth of a second: a pulse has several.
        let steps = (dt / 0.1).ceil().clamp(1.0, 600.0) as usize;
        let tau = dt / steps as f64;
        for n in 0..steps {
            let moved = self.speed(time_s + (n as f64 + 0.5) * tau) * tau;
            self.parcels.iter_mut().for_each(|p| p.at_mm += moved);
            if mg_s.iter().any(|m| *m > 0.0) {
                let mg: Vec<f64> = mg_s.iter().map(|m| m * tau).collect();
                self.poured.iter_mut().zip(&mg).for_each(|(sum, m)| *sum += m);
                self.parcels.push(Parcel { at_mm: 0.0, length_mm: moved.max(0.1), mg });
            }
            self.parcels.retain(|p| p.at_mm < 400.0);
        }
    }

    /// mg per mm of vessel of a solute at a distance downstream.
    pub(crate) fn per_mm(&self, solute: usize, downstream_mm: f64) -> f64 {
        self.parcels
            .iter()
            .filter(|p| downstream_mm >= p.at_mm && downstream_mm < p.at_mm + p.length_mm)
            .map(|p| p.mg[solute] / p.length_mm)
            .sum()
    }

    /// Which way it goes along z (LPS): up a vein, down an artery.
    pub(crate) fn direction(&self) -> f64 {
        if self.vessel == Tissue::Artery { -1.0 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_in_a_vessel_is_gone_within_seconds_and_none_of_it_is_lost() {
        let mut stream = Stream::new(Tissue::Vein, 8.0, 1);
        stream.step(0.0, 5.0, &[60.0]);
        assert!((stream.poured[0] - 300.0).abs() < 1e-9);
        assert!(stream.per_mm(0, 5.0) > 0.0);
        stream.step(5.0, 10.0, &[0.0]);
        assert_eq!(stream.per_mm(0, 5.0), 0.0);
    }

    #[test]
    fn blood_in_an_artery_comes_in_pulses() {
        let stream = Stream::new(Tissue::Artery, 8.0, 1);
        let speeds: Vec<f64> = (0..20).map(|n| stream.speed(f64::from(n) * 0.05)).collect();
        let (low, high) = speeds.iter().fold((f64::MAX, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(high > 2.0 * low, "{low} {high}");
    }
}
