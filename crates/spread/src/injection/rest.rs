//! Nothing is poured: pressure relaxes, what is dense sinks, drug diffuses, is absorbed and taken up.

use super::{Injection, State};
use crate::flow::Load;
use crate::transport::Ground;
use crate::{Solute, SpreadError};

/// For how long dense contrast is let sink, s: half of it is absorbed or has spread by then.
const SINKS_S: f64 = 900.0;

impl Injection {
    /// Waits: pressure relaxes, dense contrast sinks, drug spreads by diffusion, is absorbed and taken up by nerves.
    ///
    /// # Errors
    /// [`SpreadError`] for a time that cannot be, and when the pressure cannot be found.
    pub fn wait(&mut self, seconds: f64) -> Result<State, SpreadError> {
        crate::error::in_range("the time", seconds, (0.0, 1e6), "s", "not negative, at most 11 days")?;
        self.state.rate_ml_s = 0.0;
        self.next_ml = self.accuracy.first_step_ml;
        let mut left = seconds;
        while left > 1e-9 {
            self.refresh_load();
            let heavy = self.load.density.iter().any(|d| *d > 0.02);
            let pushed = self.flow.p.iter().fold(0.0f64, |m, p| m.max(p.abs()));
            // Below 20 Pa what is stored no longer moves; weight alone moves what is dense, as long as it is.
            let moving = pushed > 0.02 || (heavy && self.idle_s < SINKS_S);
            let longest = if moving { (2.0 + 0.5 * self.idle_s).min(120.0) } else { self.calm_step() };
            let dt = longest.min(left);
            if moving {
                self.flow.step(&self.region, &self.properties, &self.load, &[], dt)?;
            } else {
                self.flow.p.fill(0.0);
            }
            let pour = vec![0.0; self.solutes.len()];
            let ground = Ground {
                region: &self.region,
                properties: &self.properties,
                flow: &self.flow,
                load: &self.load,
                moving,
            };
            self.masses.carry(&ground, &[], &pour, dt);
            for stream in self.streams.iter_mut().flatten() {
                stream.step(self.state.time_s, dt.min(60.0), 0.0, &pour);
            }
            self.idle_s += dt;
            self.after(dt);
            left -= dt;
        }
        self.state.tip_kpa = self.pressures(&[], 0.0, 1.0).0;
        self.state.syringe_kpa = self.state.tip_kpa;
        Ok(self.state)
    }

    /// Longest step when nothing flows: short at first, when drug leaves fast.
    fn calm_step(&self) -> f64 {
        (10.0 + 0.05 * self.idle_s).min(300.0)
    }

    pub(super) fn after(&mut self, dt: f64) {
        self.masses.take_up(&self.region, &self.properties, &self.solutes, dt);
        self.state.time_s += dt;
        let (region, properties, flow) = (&self.region, &self.properties, &self.flow);
        let tissue = region.tissue();
        for followed in &mut self.followed {
            for solute in (0..self.solutes.len()).filter(|&s| self.sent_mg[s] > 0.0) {
                let masses = &self.masses.dissolved[solute];
                followed.step(solute, dt, |cell| {
                    let m = masses[cell];
                    if m == 0.0 { 0.0 } else { m / flow.water(properties, tissue[cell], cell, flow.p[cell]) }
                });
            }
        }
        let absorbed: Vec<f64> = (0..self.solutes.len()).map(|s| self.masses.absorbed[s]).collect();
        self.absorbed.push((self.state.time_s, absorbed));
        if self.state.time_s - self.looked_s >= self.look_s {
            self.snapshot();
        }
    }

    /// Viscosity and density of what is in each cell now.
    pub(super) fn refresh_load(&mut self) {
        if !self.solutes.iter().any(Solute::changes_flow) {
            return;
        }
        let cells = self.region.grid().len();
        if self.load.ln_viscosity.len() != cells {
            self.load = Load { ln_viscosity: vec![0.0; cells], density: vec![0.0; cells] };
        }
        for &cell in self.masses.active() {
            let cell = cell as usize;
            let tissue = self.region.tissue()[cell];
            let water = self.flow.water(&self.properties, tissue, cell, self.flow.p[cell]);
            let (mut thick, mut dense) = (0.0, 0.0);
            for (n, solute) in self.solutes.iter().enumerate().filter(|(_, s)| s.changes_flow()) {
                let mg_ml = 1000.0 * self.masses.dissolved[n][cell] / water.max(1e-12);
                thick += solute.thickening * mg_ml;
                dense += solute.densening * mg_ml;
            }
            // What changes flow by less than a thousandth is not worth a term.
            self.load.ln_viscosity[cell] = if thick > 1e-3 { thick as f32 } else { 0.0 };
            self.load.density[cell] = if dense > 1e-4 { dense as f32 } else { 0.0 };
        }
    }
}
