//! Tone, skin flow and heat of both legs.
//!
//! ```text
//! tone      s:  pure delay 3.6 s, then τ_v ds/dt = (1 − f)·command − s        f: share of fibres blocked
//! flow      w = w_max e^(−λ (s + local)) · P/P₀                               w = ρ c Q per skin area, W/(m² K)
//! inflow    P/P₀ = (1 + x) / (1 + x m)                                        m: conductance of the leg over rest
//! arrival   T_art = T_core − (T_core − T) e^(−w/w_cc)                         counter-current loss shrinks with flow
//! heat      C dT/dt = w (T_art − T) + K (T_core − T) − h (T − T_room) − E·sweat
//! sweat        τ_s d(sweat)/dt = (1 − f) − sweat
//! core      C_body dT_core/dt = −(loss − loss at rest);   command = rest + gain·(fall of core) + stress
//! ```
//!
//! Four nodes a leg: toe, foot, calf, thigh ([`heat`](super::heat)). λ of the leg over that of the toe is 11 : 84
//! (Severens). Units: W/m², K, s. Steps by the trapezoidal rule with the coefficients of the step's end, so heat is conserved to rounding. Limits: one
//! lumped layer a node (no slow deep tissue); no active vasodilator fibres (9–19 s of dilatation before constriction were
//! seen on foot stimulation, Lund); regulation of the rest of the body is one reflex gain.

use super::heat::{HeatBySite, Leg, Perfusion, Sites};
use super::input::{Blocked, Stress};
use super::traits::Traits;
use crate::BodyError;
use crate::error::in_range;
use crate::person::{log_normal, normal};
use rami_evidence::value;
use rami_random::Stream;

/// Parts of the leg, from the tip up.
pub const SITES: [&str; 4] = ["toe", "foot", "calf", "thigh"];
/// Sides in the order of every pair here.
pub const SIDES: [&str; 2] = ["left", "right"];

/// Tone moved by less than this leaves flow where it was: 4e-6 of the flow.
const STILL: f64 = 1e-6;

/// One person lying in a room, both legs: everything but the block.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    legs: [Leg; 2],
    traits: [Traits; 2],
    tone: [f64; 2],
    core: f64,
    room: f64,
    tone_time_constant: f64,
    perfusion_index: f64,
    onset_factor: f64,
    weight_kg: f64,
}

/// What the equations give, at each step. Ratios are kept in single precision (1e-7 of them): half a day in steps of a second
/// is megabytes, and fetching the memory takes as long as computing what goes into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Seconds between records.
    pub step_s: f64,
    /// Skin temperature in °C by side and site.
    pub temperature: Vec<[[f64; 4]; 2]>,
    /// Skin flow relative to rest by side and site: what laser Doppler shows.
    pub flow: Vec<[[f32; 4]; 2]>,
    /// Tone that arrives, by side.
    pub tone: Vec<[f32; 2]>,
    /// Sweating relative to rest, by side.
    pub sweat: Vec<[f32; 2]>,
    /// Perfusion index of the toe in %, by side.
    pub perfusion_index: Vec<[f32; 2]>,
    /// Pressure at the ankle relative to rest, by side.
    pub distal_pressure: Vec<[f32; 2]>,
    /// Conductance of the legs' skin relative to rest.
    pub skin_conductance: Vec<f64>,
    /// Core temperature in °C.
    pub core: Vec<f64>,
    /// Heat that blood and core brought, that left, and that stayed, J, both legs: they must balance.
    pub heat_j: HeatBalance,
}

/// Joules over the whole record.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeatBalance {
    /// From blood and by conduction from the core.
    pub supplied: f64,
    /// To the room and by sweat.
    pub lost: f64,
    /// In warmer tissue.
    pub stored: f64,
}

/// Where a subject lies and how the foot is at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Room temperature in °C.
    pub room_c: f64,
    /// Toe temperature at rest in °C, where it was measured.
    pub baseline_toe_c: Option<f64>,
    /// Traits of the left and the right leg.
    pub traits: [Traits; 2],
    /// Body mass in kg.
    pub weight_kg: f64,
}

/// How a person differs from the typical one: factors with median 1, and two sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Differences {
    /// Added to resting tone.
    pub tone: f64,
    /// Added to core temperature, °C.
    pub core_c: f64,
    /// Of heat loss to the room.
    pub film: f64,
    /// Of flow without tone.
    pub flow: f64,
    /// Of heat capacity.
    pub capacity: f64,
    /// Of the time constant of tone.
    pub tone_time: f64,
    /// Of the resting perfusion index.
    pub perfusion_index: f64,
    /// Of the onset half-time.
    pub onset: f64,
}

impl Differences {
    /// The typical person.
    pub const NONE: Self = Self {
        tone: 0.0,
        core_c: 0.0,
        film: 1.0,
        flow: 1.0,
        capacity: 1.0,
        tone_time: 1.0,
        perfusion_index: 1.0,
        onset: 1.0,
    };

    /// One person of the population.
    #[must_use]
    pub fn draw(stream: Stream) -> Self {
        let z = |name: &str| normal(&mut stream.named(name).rng());
        let factor = |name: &str, key: &str| log_normal(&mut stream.named(name).rng(), 1.0, value(key));
        Self {
            tone: z("tone") * value("autonomic.spread.tone"),
            core_c: z("core") * value("autonomic.spread.core"),
            film: factor("film", "autonomic.spread.film"),
            flow: factor("flow", "autonomic.spread.flow_maximum"),
            capacity: factor("capacity", "autonomic.spread.heat_capacity"),
            tone_time: factor("tone time", "autonomic.spread.tone_time_constant"),
            perfusion_index: factor("perfusion index", "autonomic.perfusion_index.spread"),
            onset: factor("onset", "autonomic.spread.onset"),
        }
    }
}

impl Subject {
    /// The typical person in this setting.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`] for a room, baseline or trait that cannot be.
    pub fn typical(setting: &Setting) -> Result<Self, BodyError> {
        Self::new(setting, &Differences::NONE)
    }

    /// One person of the population.
    ///
    /// # Errors
    /// As [`typical`](Self::typical).
    pub fn draw(setting: &Setting, stream: Stream) -> Result<Self, BodyError> {
        Self::new(setting, &Differences::draw(stream))
    }

    /// A person who differs from the typical one as said.
    ///
    /// # Errors
    /// As [`typical`](Self::typical).
    pub fn new(setting: &Setting, differences: &Differences) -> Result<Self, BodyError> {
        in_range(
            "room temperature",
            setting.room_c,
            "°C",
            (10.0, 36.0),
            "skin must be able to lose heat to the room",
        )?;
        in_range("weight", setting.weight_kg, "kg", (25.0, 300.0), "check the unit")?;
        setting.traits.iter().try_for_each(Traits::check)?;
        let Differences { film, flow, capacity, .. } = *differences;
        let legs = setting.traits.map(|traits| Leg::of(&traits).scaled(film, flow, capacity));
        let cold = 22.0 - setting.room_c;
        let rest = value("autonomic.baseline_tone") + differences.tone;
        let tone = setting.traits.map(|traits| {
            let answer = traits.cold_gain * value("autonomic.tone_per_degree") * cold;
            (rest + answer + traits.tone_offset).clamp(0.02, 1.0)
        });
        let mut subject = Self {
            legs,
            traits: setting.traits,
            tone,
            core: value("autonomic.core") + differences.core_c,
            room: setting.room_c,
            tone_time_constant: value("autonomic.tone_time_constant") * differences.tone_time,
            perfusion_index: value("autonomic.perfusion_index.baseline") * differences.perfusion_index,
            onset_factor: differences.onset,
            weight_kg: setting.weight_kg,
        };
        if let Some(toe) = setting.baseline_toe_c {
            subject.begin_at(toe)?;
        }
        Ok(subject)
    }

    /// Sets tone so that both toes begin at `toe` °C. A toe warmer than the typical open vessel gives is a toe with more
    /// flow; one colder than without any flow cannot be.
    fn begin_at(&mut self, toe: f64) -> Result<(), BodyError> {
        for side in 0..2 {
            let leg = self.legs[side];
            let toe_at = |leg: &Leg, flow: &Sites| leg.steady(flow, self.core, self.room, 1.0)[0];
            // Rounded up, so that the limit can be said in words.
            let coldest = ((toe_at(&leg, &[0.0; 4]) + 0.05) * 10.0).ceil() / 10.0;
            let advice = "between a toe without blood flow in this room and a little below core temperature";
            in_range("baseline toe temperature", toe, "°C", (coldest, self.core - 1.0), advice)?;
            let local = self.traits[side].local_constriction;
            let at = |tone: f64, leg: &Leg| toe_at(leg, &leg.flow(tone + local));
            let solve = |from: f64, to: f64, warm: &dyn Fn(f64) -> bool| {
                let (mut warmer, mut colder) = (from, to);
                for _ in 0..60 {
                    let middle = 0.5 * (warmer + colder);
                    if warm(middle) { warmer = middle } else { colder = middle }
                }
                0.5 * (warmer + colder)
            };
            const NEARLY_OPEN: f64 = 0.03;
            if at(NEARLY_OPEN, &leg) < toe {
                let growth = solve(40.0, 1.0, &|scale| at(NEARLY_OPEN, &leg.scaled(1.0, scale, 1.0)) > toe);
                self.legs[side] = leg.scaled(1.0, growth, 1.0);
                self.tone[side] = NEARLY_OPEN;
            } else {
                self.tone[side] = solve(0.0, 3.0, &|tone| at(tone, &leg) > toe);
            }
        }
        Ok(())
    }

    /// Toe temperature at rest on each side, °C.
    #[must_use]
    pub fn baseline_toe(&self) -> [f64; 2] {
        [0, 1].map(|side| self.rest(side)[0])
    }

    fn rest(&self, side: usize) -> Sites {
        let tone = self.tone[side] + self.traits[side].local_constriction;
        self.legs[side].steady(&self.legs[side].flow(tone), self.core, self.room, 1.0)
    }

    /// Core temperature at rest, °C.
    #[must_use]
    pub fn core(&self) -> f64 {
        self.core
    }

    /// Follows both legs for `minutes` in steps of `step_s`; `blocked` is that of the left and of the right chain.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`] for a step or time that cannot be.
    pub fn follow(
        &self,
        blocked: [&Blocked; 2],
        stress: Option<Stress>,
        minutes: f64,
        step_s: f64,
    ) -> Result<Response, BodyError> {
        in_range("time followed", minutes, "min", (1.0, 2880.0), "between a minute and two days")?;
        in_range("time step", step_s, "s", (0.01, 30.0), "tone moves within a minute")?;
        let steps = (minutes * 60.0 / step_s).round() as usize;
        let blocked = blocked.map(|block| block.stretched(self.onset_factor));
        Ok(self.integrate(&blocked, stress, steps, step_s))
    }

    fn integrate(
        &self,
        blocked: &[Blocked; 2],
        stress: Option<Stress>,
        steps: usize,
        step_s: f64,
    ) -> Response {
        let mut out = Response::with_capacity(step_s, steps + 1);
        let delay = value("autonomic.delay");
        let follow_tone = 1.0 - (-step_s / self.tone_time_constant).exp();
        let follow_sweat = 1.0 - (-step_s / value("autonomic.sweat_time_constant")).exp();
        let reflex = value("autonomic.core_reflex");
        let body_j_k = value("autonomic.core_heat_capacity") * 1000.0 * self.weight_kg;
        let muscle = value("autonomic.muscle_conductance");
        let burst = stress.map(|s| (s.at_min, s.at_min + s.lasts_min(), s.tone()));

        let constriction = |side: usize, tone: f64| tone + self.traits[side].local_constriction;
        let mut perfusion = [0, 1].map(|side| {
            let proximal = self.traits[side].proximal_resistance;
            Perfusion::at_rest(&self.legs[side], constriction(side, self.tone[side]), proximal, muscle)
        });
        let rest_skin = perfusion[0].rest_skin() + perfusion[1].rest_skin();
        let rest = [self.rest(0), self.rest(1)];
        let rest_loss: f64 = (0..2).map(|side| self.legs[side].loss(&rest[side], self.room, 1.0)).sum();
        let (mut tone, mut sweat, mut core, mut temperature) = (self.tone, [1.0; 2], self.core, rest);
        // Constriction that flow was last computed for: at rest and on the plateau nothing is recomputed.
        let mut held = [0, 1].map(|side| constriction(side, self.tone[side]));
        let mut heat = [HeatBySite::default(); 2];

        for step in 0..=steps {
            let t_min = (step as f64 * step_s - delay) / 60.0;
            let commanded = reflex * (self.core - core)
                + burst.map_or(0.0, |(from, to, size)| if t_min >= from && t_min < to { size } else { 0.0 });
            let mut loss = 0.0;
            for side in 0..2 {
                if step > 0 {
                    let conducting = 1.0 - blocked[side].at(t_min);
                    let command = (self.tone[side] + self.traits[side].cold_gain * commanded).clamp(0.0, 1.5);
                    tone[side] += (command * conducting - tone[side]) * follow_tone;
                    sweat[side] += (conducting - sweat[side]) * follow_sweat;
                    let now = constriction(side, tone[side]);
                    if (now - held[side]).abs() >= STILL {
                        held[side] = now;
                        perfusion[side].constrict(&self.legs[side], now);
                    }
                    self.legs[side].warm(
                        &mut temperature[side],
                        &perfusion[side].inner,
                        (core, self.room, sweat[side]),
                        step_s,
                        &mut heat[side],
                    );
                }
                loss += self.legs[side].loss(&temperature[side], self.room, sweat[side]);
            }
            core -= (loss - rest_loss) * step_s / body_j_k;
            let [left, right] = &perfusion;
            out.temperature.push(temperature);
            let single = |x: f64| x as f32;
            out.perfusion_index
                .push([left, right].map(|side| single(self.perfusion_index * side.relative[0])));
            out.flow.push([left.relative.map(single), right.relative.map(single)]);
            out.tone.push(tone.map(single));
            out.sweat.push(sweat.map(single));
            out.distal_pressure.push([single(left.inflow), single(right.inflow)]);
            out.skin_conductance.push((left.skin + right.skin) / rest_skin);
            out.core.push(core);
        }
        out.heat_j = HeatBySite::total(&heat);
        out
    }
}

impl Response {
    fn with_capacity(step_s: f64, n: usize) -> Self {
        Self {
            step_s,
            temperature: Vec::with_capacity(n),
            flow: Vec::with_capacity(n),
            tone: Vec::with_capacity(n),
            sweat: Vec::with_capacity(n),
            perfusion_index: Vec::with_capacity(n),
            distal_pressure: Vec::with_capacity(n),
            skin_conductance: Vec::with_capacity(n),
            core: Vec::with_capacity(n),
            heat_j: HeatBalance::default(),
        }
    }
}
