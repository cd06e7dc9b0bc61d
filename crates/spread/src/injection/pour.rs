//! Fluid leaves the tips: pressure for a step, a rate that a thumb can keep, and transport with it.

use super::{Drive, Injection, State};
use crate::flow::Source;
use crate::transport::Ground;
use crate::{Fluid, SpreadError};

/// No slower flow counts as flow, ml/s.
const SLOWEST_ML_S: f64 = 1e-3;

/// Trials of the rate for a step, all trials with halved steps, and by how much the last may be over the limit.
const TRIALS: usize = 6;
const MOST_TRIALS: usize = 8 * TRIALS;
const OVER: f64 = 1.1;

/// A cavity that does not take this much more is full, ml.
const SMALLEST_STEP_ML: f64 = 0.01;

/// No step is planned to be shorter, ml.
const LEAST_STEP_ML: f64 = 1e-3;

/// Less than this is nothing, ml.
const LEAST_ML: f64 = 1e-9;

impl Injection {
    /// Injects up to `ml` of a fluid, shared equally among the tips. Less is delivered when nothing flows.
    ///
    /// # Errors
    /// [`SpreadError`] for a volume, rate or pressure that cannot be, and when the pressure cannot be found.
    pub fn advance(&mut self, fluid: &Fluid, ml: f64, drive: Drive) -> Result<State, SpreadError> {
        crate::error::in_range("the volume", ml, (0.0, 100.0), "ml", "0 to 100 ml can be injected")?;
        match drive {
            Drive::Rate(rate) => {
                crate::error::in_range("the rate", rate, (SLOWEST_ML_S, 10.0), "ml/s", "0.001 to 10 ml/s")?
            }
            Drive::Pressure(kpa) => {
                crate::error::in_range("the pressure", kpa, (0.0, 2000.0), "kPa", "0 to 2000 kPa")?
            }
        };
        let expected = self.solutes.len();
        if fluid.concentration_mg_ml.len() != expected {
            return Err(SpreadError::Solutes { found: fluid.concentration_mg_ml.len(), expected });
        }
        if ml < LEAST_ML {
            return Ok(self.state);
        }
        if self.last.as_ref() != Some(&fluid.concentration_mg_ml) {
            self.next_ml = self.accuracy.first_step_ml;
            self.last = Some(fluid.concentration_mg_ml.clone());
        }
        self.state.occluded = false;
        self.idle_s = 0.0;
        let mut left = ml;
        while left > LEAST_ML && !self.state.occluded {
            let mut volume = self.next_ml.min(left);
            // No crumbs at the end.
            if left - volume < 0.3 * volume {
                volume = left;
            }
            let done = self.pressure_step(fluid, volume, drive)?;
            left -= done;
            // A closed cavity fills by its volume, however slowly: what is too much for it is given in smaller steps.
            self.next_ml = if done < volume { done } else { 1.6 * self.next_ml }
                .max(LEAST_STEP_ML)
                .min(self.accuracy.step_ml);
        }
        if self.state.occluded {
            self.state.rate_ml_s = 0.0;
        }
        Ok(self.state)
    }

    /// One step of at most `volume_ml`; returns what was delivered.
    fn pressure_step(&mut self, fluid: &Fluid, mut volume_ml: f64, drive: Drive) -> Result<f64, SpreadError> {
        let n = self.tips.len() as f64;
        let viscosity = fluid.viscosity(&self.solutes, &self.properties);
        self.state.held_back = false;
        let (mut rate, limit) = match drive {
            Drive::Rate(rate) => (rate, self.thumb_kpa),
            Drive::Pressure(kpa) => {
                (if self.state.rate_ml_s > 0.0 { self.state.rate_ml_s } else { 0.2 }, kpa)
            }
        };
        let by_pressure = matches!(drive, Drive::Pressure(_));
        let asked = rate;
        let least_ml = SMALLEST_STEP_ML.min(0.2 * volume_ml);
        self.refresh_load();
        let before = self.flow.checkpoint();
        for attempt in 0..MOST_TRIALS {
            if rate < SLOWEST_ML_S || volume_ml < least_ml {
                // What was tried did not happen: nothing flows, so that nothing is lost in the needle.
                if attempt > 0 {
                    self.flow.restore(&before);
                }
                self.state.occluded = true;
                self.state.syringe_kpa = limit;
                self.state.tip_kpa = limit;
                return Ok(0.0);
            }
            let dt = volume_ml / rate;
            let sources = self.sources(1000.0 * rate / n, viscosity);
            // A tip against bone, or one in a vessel, pours nothing into tissue.
            let blocked = self
                .tips
                .iter()
                .enumerate()
                .any(|(i, _)| self.cells[i].is_none() && self.streams[i].is_none());
            if blocked && sources.is_empty() && self.streams.iter().all(Option::is_none) {
                self.state.occluded = true;
                self.state.syringe_kpa = limit;
                self.state.tip_kpa = limit;
                return Ok(0.0);
            }
            if attempt > 0 {
                self.flow.restore(&before);
            }
            if !sources.is_empty() {
                self.flow.step(&self.region, &self.properties, &self.load, &sources, dt)?;
            }
            let (tip, syringe) = self.pressures(&sources, 1000.0 * rate / n, viscosity);
            let wanted =
                if by_pressure { (syringe / limit - 1.0).abs() > 0.02 } else { syringe > 1.02 * limit };
            let last = attempt % TRIALS + 1 == TRIALS;
            if last && syringe > OVER * limit && !sources.is_empty() {
                volume_ml *= 0.5;
                rate = asked;
                continue;
            }
            if !wanted || last {
                self.state.tip_kpa = tip;
                self.state.syringe_kpa = syringe;
                self.state.held_back = rate < 0.98 * asked && !by_pressure;
                self.finish_step(fluid, &sources, rate, dt, volume_ml);
                return Ok(volume_ml);
            }
            rate = (rate * limit / syringe.max(1e-9)).min(10.0);
        }
        self.flow.restore(&before);
        self.state.occluded = true;
        Ok(0.0)
    }

    fn finish_step(&mut self, fluid: &Fluid, sources: &[Source], rate: f64, dt: f64, volume_ml: f64) {
        let pour: Vec<f64> = fluid.concentration_mg_ml.iter().map(|c| c / 1000.0).collect();
        let ground = Ground {
            region: &self.region,
            properties: &self.properties,
            flow: &self.flow,
            load: &self.load,
            moving: true,
        };
        if !sources.is_empty() {
            self.masses.carry(&ground, sources, &pour, dt);
        }
        let share = 1000.0 * rate / self.tips.len() as f64;
        for (i, stream) in self.streams.iter_mut().enumerate() {
            if let Some(stream) = stream {
                let into = if self.cells[i].is_none() { 1.0 } else { self.tips[i].intravascular };
                let mg_s: Vec<f64> = pour.iter().map(|c| c * share * into).collect();
                stream.step(self.state.time_s, dt, share * into, &mg_s);
            }
        }
        self.state.rate_ml_s = rate;
        self.after(dt);
        // What tips without any way out would have poured stays in the syringe.
        let flowing = (0..self.tips.len()).filter(|&i| self.cells[i].is_some() || self.streams[i].is_some());
        let delivered = volume_ml * flowing.count() as f64 / self.tips.len() as f64;
        self.state.delivered_ml += delivered;
        for (sent, c) in self.sent_mg.iter_mut().zip(&fluid.concentration_mg_ml) {
            *sent += c * delivered;
        }
        self.state.parted_mm2 = self.flow.parted_mm2();
    }

    pub(super) fn sources(&self, q: f64, viscosity: f64) -> Vec<Source> {
        self.tips
            .iter()
            .zip(&self.cells)
            .filter_map(|(tip, cell)| {
                let cell = (*cell)?;
                let q = q * (1.0 - tip.intravascular);
                let at_mm = [tip.at.x, tip.at.y, tip.at.z];
                (q > 0.0).then_some(Source { cell, at_mm, q, viscosity, radius_mm: tip.bore.tip_radius_mm })
            })
            .collect()
    }

    pub(super) fn pressures(&self, sources: &[Source], q: f64, viscosity: f64) -> (f64, f64) {
        let mut tip = sources.iter().map(|s| self.flow.tip_kpa(&self.properties, s)).fold(0.0, f64::max);
        if sources.is_empty() {
            tip = self.cells.iter().flatten().map(|c| self.flow.p[*c]).fold(0.0, f64::max);
        }
        let loss = self.tips.iter().map(|t| t.bore.loss_kpa(q, viscosity)).fold(0.0, f64::max);
        (tip, tip + loss)
    }
}
