//! An injection as it happens: fluid after fluid, ml by ml, pauses, and the hours after.

use crate::flow::{Flow, Load, Source};
use crate::nerve_path::Followed;
use crate::transport::{Ground, Masses};
use crate::vessel::Stream;
use crate::{Bore, Fluid, NervePath, NerveSnapshot, Properties, Region, Solute, SpreadError, Tissue};
use rami_field::Stop;
use rami_volume::{Point, Volume};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a needle ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Tip {
    /// LPS mm.
    pub at: Point,
    /// What is there; taken from the region's cell when not said. A finer picture than the cells may know better.
    pub tissue: Option<Tissue>,
    /// Share of what it pours that goes into blood (1 in a vessel, less for a bevel half in).
    pub intravascular: f64,
    /// Which vessel that is, and its radius in mm.
    pub vessel: Option<(Tissue, f64)>,
    /// The needle.
    pub bore: Bore,
}

impl Tip {
    /// A 22 gauge needle's tip that pours into what the region has there.
    #[must_use]
    pub fn at(at: Point) -> Self {
        Self { at, tissue: None, intravascular: 0.0, vessel: None, bore: Bore::gauge_22() }
    }
}

/// What pushes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// A rate in ml/s, as far as a thumb can push.
    Rate(f64),
    /// A pressure at the syringe in kPa.
    Pressure(f64),
}

/// How finely it is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Longest step of the pressure, ml.
    pub step_ml: f64,
    /// First step, ml; each next is up to 1.6 times as long.
    pub first_step_ml: f64,
    /// Of the pressure: norm of the residual over the norm of the source.
    pub residual: f64,
}

impl Default for Accuracy {
    fn default() -> Self {
        Self { step_ml: 1.0, first_step_ml: 0.1, residual: 1e-7 }
    }
}

impl Accuracy {
    /// Fewer, longer steps: for draws by the hundred.
    #[must_use]
    pub fn quick() -> Self {
        Self { step_ml: 2.5, first_step_ml: 0.5, residual: 1e-5 }
    }
}

/// How things stand after a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct State {
    /// Since the start, s.
    pub time_s: f64,
    /// Delivered so far, all fluids, ml.
    pub delivered_ml: f64,
    /// Rate of the last step, ml/s.
    pub rate_ml_s: f64,
    /// Pressure at the tip (the highest of several), kPa.
    pub tip_kpa: f64,
    /// Pressure the thumb feels, kPa.
    pub syringe_kpa: f64,
    /// Whether the thumb could not keep up the rate.
    pub held_back: bool,
    /// Whether nothing flows (bone, disc, a blocked tip).
    pub occluded: bool,
    /// Fascia that has parted, mm².
    pub parted_mm2: f64,
}

/// Where everything went, mg.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Balance {
    /// The solute.
    pub solute: String,
    /// Left the syringe.
    pub injected_mg: f64,
    /// Dissolved in the tissue.
    pub dissolved_mg: f64,
    /// Bound to it.
    pub bound_mg: f64,
    /// Absorbed into capillaries.
    pub absorbed_mg: f64,
    /// Poured straight into a vessel.
    pub intravascular_mg: f64,
    /// Left the box.
    pub left_mg: f64,
    /// What does not add up, over what was injected.
    pub relative_error: f64,
}

/// An injection in progress; see the top of the crate for how it is stepped.
#[derive(Debug)]
pub struct Injection {
    region: Arc<Region>,
    properties: Properties,
    solutes: Vec<Solute>,
    tips: Vec<Tip>,
    cells: Vec<Option<usize>>,
    streams: Vec<Option<Stream>>,
    flow: Flow,
    masses: Masses,
    load: Load,
    followed: Vec<Followed>,
    accuracy: Accuracy,
    next_ml: f64,
    thumb_kpa: f64,
    state: State,
    last: Option<Vec<f64>>,
    /// Since fluid was last poured, s.
    idle_s: f64,
    sent_mg: Vec<f64>,
    absorbed: Vec<(f64, Vec<f64>)>,
}

/// No slower flow counts as flow, ml/s.
const SLOWEST_ML_S: f64 = 1e-3;

impl Injection {
    /// Places tips in a region. Everything that may be injected is named now.
    ///
    /// # Errors
    /// [`SpreadError::TipOutside`] for a tip outside the box or in air, [`SpreadError::NoTip`],
    /// [`SpreadError::Property`].
    pub fn new(
        region: Arc<Region>,
        properties: Properties,
        tips: Vec<Tip>,
        solutes: Vec<Solute>,
        accuracy: Accuracy,
    ) -> Result<Self, SpreadError> {
        properties.check()?;
        if tips.is_empty() {
            return Err(SpreadError::NoTip);
        }
        let mut cells = Vec::new();
        let mut streams = Vec::new();
        for tip in &tips {
            let at_mm = [tip.at.x, tip.at.y, tip.at.z];
            let outside = |what| SpreadError::TipOutside { at_mm, what };
            let here = region.at(&tip.at).ok_or_else(|| outside("outside the picture"))?;
            let tissue = tip.tissue.unwrap_or(here);
            if tissue == Tissue::Air {
                return Err(outside("outside the body"));
            }
            let into_blood = if tissue.is_vessel() { 1.0 } else { tip.intravascular };
            crate::error::in_range(
                "the share that goes into a vessel",
                into_blood,
                (0.0, 1.0),
                "",
                "0 to 1",
            )?;
            // A thin layer may have no cell of its own: what is open around the tip stands for it.
            let open = |t: Tissue| !t.is_closed() && !matches!(t, Tissue::Disc | Tissue::Organ);
            let cell = || region.nearest(&tip.at, |t| t == tissue).or_else(|| region.nearest(&tip.at, open));
            cells.push(if tissue.is_closed() { None } else { cell() });
            let vessel = tip.vessel.or_else(|| tissue.is_vessel().then_some((tissue, 1.2)));
            streams.push(
                vessel
                    .filter(|_| into_blood > 0.0)
                    .map(|(vessel, radius)| Stream::new(vessel, radius, solutes.len())),
            );
        }
        let stop = Stop { relative_residual: accuracy.residual, iterations: 400 };
        let flow = Flow::new(&region, &properties, stop)?;
        let masses = Masses::new(region.grid().len(), &solutes);
        let sent_mg = vec![0.0; solutes.len()];
        Ok(Self {
            flow,
            masses,
            load: Load::default(),
            followed: Vec::new(),
            next_ml: accuracy.first_step_ml,
            accuracy,
            thumb_kpa: rami_evidence::value("spread.thumb_pressure"),
            state: State {
                time_s: 0.0,
                delivered_ml: 0.0,
                rate_ml_s: 0.0,
                tip_kpa: 0.0,
                syringe_kpa: 0.0,
                held_back: false,
                occluded: false,
                parted_mm2: 0.0,
            },
            last: None,
            idle_s: 0.0,
            absorbed: vec![(0.0, sent_mg.clone())],
            sent_mg,
            region,
            properties,
            solutes,
            tips,
            cells,
            streams,
        })
    }

    /// Follows a nerve from now on; returns its number.
    pub fn follow(&mut self, path: NervePath) -> usize {
        self.followed.push(Followed::new(&self.region, path, self.solutes.len()));
        self.followed.len() - 1
    }

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
        if self.last.as_ref() != Some(&fluid.concentration_mg_ml) {
            self.next_ml = self.accuracy.first_step_ml;
            self.last = Some(fluid.concentration_mg_ml.clone());
        }
        self.state.occluded = false;
        self.idle_s = 0.0;
        let mut left = ml;
        while left > 1e-9 && !self.state.occluded {
            let mut volume = self.next_ml.min(left);
            // No crumbs at the end.
            if left - volume < 0.3 * volume {
                volume = left;
            }
            self.pressure_step(fluid, volume, drive)?;
            left -= volume;
            self.next_ml = (1.6 * self.next_ml).min(self.accuracy.step_ml);
        }
        if self.state.occluded {
            self.state.rate_ml_s = 0.0;
        }
        Ok(self.state)
    }

    fn pressure_step(&mut self, fluid: &Fluid, volume_ml: f64, drive: Drive) -> Result<(), SpreadError> {
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
        self.refresh_load();
        let before = self.flow.checkpoint();
        for attempt in 0..6 {
            if rate < SLOWEST_ML_S {
                self.state.occluded = true;
                self.state.syringe_kpa = limit;
                return Ok(());
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
                return Ok(());
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
            if !wanted || attempt == 5 {
                self.state.tip_kpa = tip;
                self.state.syringe_kpa = syringe;
                self.state.held_back = rate < 0.98 * asked && !by_pressure;
                self.finish_step(fluid, &sources, rate, dt, volume_ml);
                return Ok(());
            }
            rate = (rate * limit / syringe.max(1e-9)).min(10.0);
        }
        Ok(())
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
                stream.step(self.state.time_s, dt, &mg_s);
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
            // Below 20 Pa what is stored no longer moves; weight alone moves what is dense.
            let moving = pushed > 0.02 || (heavy && self.idle_s < 1200.0);
            let longest = if moving { (2.0 + 0.5 * self.idle_s).min(60.0) } else { self.calm_step() };
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
                stream.step(self.state.time_s, dt.min(60.0), &pour);
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

    fn after(&mut self, dt: f64) {
        self.masses.take_up(&self.region, &self.properties, &self.solutes, dt);
        self.state.time_s += dt;
        let (region, properties, flow) = (&self.region, &self.properties, &self.flow);
        let tissue = region.tissue();
        for followed in &mut self.followed {
            for solute in 0..self.solutes.len() {
                let masses = &self.masses.dissolved[solute];
                followed.step(solute, dt, |cell| {
                    let m = masses[cell];
                    if m == 0.0 { 0.0 } else { m / flow.water(properties, tissue[cell], cell, flow.p[cell]) }
                });
            }
        }
        let absorbed: Vec<f64> = (0..self.solutes.len()).map(|s| self.masses.absorbed[s]).collect();
        self.absorbed.push((self.state.time_s, absorbed));
    }

    /// Keeps what every followed nerve holds now.
    pub fn snapshot(&mut self) {
        let time_s = self.state.time_s;
        for followed in &mut self.followed {
            let inside = followed.inside.iter().map(|c| c.iter().map(|v| *v as f32).collect()).collect();
            followed.series.push(NerveSnapshot { time_s, inside_mg_ml: inside });
        }
    }

    /// The snapshots of a followed nerve.
    #[must_use]
    pub fn nerve(&self, number: usize) -> (&NervePath, &[NerveSnapshot]) {
        (&self.followed[number].path, &self.followed[number].series)
    }

    /// Largest concentration that was ever beside each point of a followed nerve, mg/ml: by solute, then by point.
    #[must_use]
    pub fn nerve_peak(&self, number: usize) -> &[Vec<f32>] {
        &self.followed[number].peak
    }

    /// How many nerves are followed.
    #[must_use]
    pub fn nerves(&self) -> usize {
        self.followed.len()
    }

    fn sources(&self, q: f64, viscosity: f64) -> Vec<Source> {
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

    fn pressures(&self, sources: &[Source], q: f64, viscosity: f64) -> (f64, f64) {
        let mut tip =
            sources.iter().map(|s| self.flow.tip_kpa(&self.region, &self.properties, s)).fold(0.0, f64::max);
        if sources.is_empty() {
            tip = self.cells.iter().flatten().map(|c| self.flow.p[*c]).fold(0.0, f64::max);
        }
        let loss = self.tips.iter().map(|t| t.bore.loss_kpa(q, viscosity)).fold(0.0, f64::max);
        (tip, tip + loss)
    }

    /// Viscosity and density of what is in each cell now.
    fn refresh_load(&mut self) {
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

    /// How things stand.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Arc<Region> {
        &self.region
    }

    /// The properties.
    #[must_use]
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// What may be injected.
    #[must_use]
    pub fn solutes(&self) -> &[Solute] {
        &self.solutes
    }

    /// Cumulative mass absorbed from tissue, mg by solute, at the end of each step (s).
    #[must_use]
    pub fn absorbed(&self) -> &[(f64, Vec<f64>)] {
        &self.absorbed
    }

    /// mg of a solute poured straight into a vessel.
    #[must_use]
    pub fn intravascular_mg(&self, solute: usize) -> f64 {
        self.streams.iter().flatten().map(|s| s.poured[solute]).sum()
    }

    /// Where a solute is.
    #[must_use]
    pub fn balance(&self, solute: usize) -> Balance {
        let (dissolved, bound) = self.masses.in_tissue(solute);
        let injected = self.sent_mg[solute];
        let intravascular = self.intravascular_mg(solute);
        let absorbed = self.masses.absorbed[solute];
        let left = self.masses.left[solute];
        let error = injected - dissolved - bound - absorbed - intravascular - left;
        Balance {
            solute: self.solutes[solute].name.clone(),
            injected_mg: injected,
            dissolved_mg: dissolved,
            bound_mg: bound,
            absorbed_mg: absorbed,
            intravascular_mg: intravascular,
            left_mg: left,
            relative_error: if injected > 0.0 { error.abs() / injected } else { error.abs() },
        }
    }

    /// mg of a solute per ml of tissue (dissolved, bound, and in the blood of vessels), on the region's grid: what
    /// x-rays see of contrast.
    #[must_use]
    pub fn amount(&self, solute: usize) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let volume = self.flow.h.powi(3);
        let mut data = vec![0.0f32; grid.len()];
        for &cell in self.masses.active() {
            let cell = cell as usize;
            let bound = self.masses.bound[solute].get(cell).copied().unwrap_or(0.0);
            data[cell] = ((self.masses.dissolved[solute][cell] + bound) / volume * 1000.0) as f32;
        }
        for (tip, stream) in self.tips.iter().zip(&self.streams) {
            if let Some(stream) = stream {
                self.paint(tip, stream, solute, &mut data);
            }
        }
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// Blood with contrast: the cells of the vessel downstream of the tip, or a tube where the cells are too coarse to
    /// show one.
    fn paint(&self, tip: &Tip, stream: &Stream, solute: usize, data: &mut [f32]) {
        let region = &self.region;
        let [ni, nj, nk] = region.grid().dims();
        let h = self.flow.h;
        let reach = stream.radius_mm.max(0.6 * h);
        let mut x = tip.at;
        let home = region.grid().to_index(&tip.at)[2].round();
        let mut k = home;
        while k >= 0.0 && k < nk as f64 {
            let per_mm = stream.per_mm(solute, (k - home).abs() * h);
            let mut inside: Vec<usize> = Vec::new();
            let (mut sum, mut count) = ([0.0; 2], 0.0);
            for j in 0..nj {
                for i in 0..ni {
                    let cell = region.grid().offset([i, j, k as usize]);
                    let c = region.centre(cell);
                    let d = ((c.x - x.x).powi(2) + (c.y - x.y).powi(2)).sqrt();
                    if region.tissue()[cell] == stream.vessel && d <= 2.0 * reach + h {
                        inside.push(cell);
                        sum = [sum[0] + c.x, sum[1] + c.y];
                        count += 1.0;
                    } else if d <= reach && count == 0.0 {
                        inside.push(cell);
                    }
                }
            }
            if count > 0.0 {
                inside.retain(|c| region.tissue()[*c] == stream.vessel);
                (x.x, x.y) = (sum[0] / count, sum[1] / count);
            }
            let add = per_mm * h * 1000.0 / (inside.len().max(1) as f64 * h.powi(3));
            inside.iter().for_each(|c| data[*c] += add as f32);
            k += stream.direction();
        }
    }

    /// mg/ml of a solute dissolved in the tissue's water, on the region's grid.
    #[must_use]
    pub fn concentration(&self, solute: usize) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let mut data = vec![0.0f32; grid.len()];
        let tissue = self.region.tissue();
        for &cell in self.masses.active() {
            let cell = cell as usize;
            let water = self.flow.water(&self.properties, tissue[cell], cell, self.flow.p[cell]);
            data[cell] = (1000.0 * self.masses.dissolved[solute][cell] / water.max(1e-12)) as f32;
        }
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// Pressure, kPa, on the region's grid.
    #[must_use]
    pub fn pressure(&self) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let data = self.flow.p.iter().map(|p| *p as f32).collect();
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// The map of arrival volumes (ml) for one mm³/s steadily through the tips with the fascia as it is now; valid while
    /// no more of it parts.
    ///
    /// # Errors
    /// When the pressure cannot be found.
    pub fn arrival_ml(&mut self) -> Result<Volume<f32>, SpreadError> {
        let sources = self.sources(1.0 / self.tips.len() as f64, self.properties.viscosity_mpa_s);
        let total: f64 = sources.iter().map(|s| s.q).sum();
        let stop = Stop { relative_residual: self.accuracy.residual.min(1e-9), iterations: 400 };
        let (p, problem) = self.flow.steady(&self.region, &self.properties, &sources, stop)?;
        let (flow, properties, tissue) = (&self.flow, &self.properties, self.region.tissue());
        let water = |cell: usize| flow.water(properties, tissue[cell], cell, 0.0);
        let arrival = crate::arrival_volume(&problem, &p, total.max(1e-300), water);
        let grid = self.region.grid().clone();
        let data = arrival.iter().map(|v| (v / 1000.0) as f32).collect();
        Ok(Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, f32::INFINITY)))
    }
}
