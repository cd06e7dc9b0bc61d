//! One leg's skin: flow under a constriction, and the heat it carries, four parts side by side.
//!
//! Parts are held in lanes (toe, foot, calf, thigh) so that the step over them is one vector operation. Two exponentials
//! a part and step, e^(−λ s) and e^(−w/w_cc), are carried from the last place where they were computed by their Taylor
//! series: a step moves their arguments by thousandths, and within [`REACH`] seven terms leave a relative error below
//! 2e-13 (0.05⁷/7!). Beyond it the library's exponential is called again.

use super::leg::{HeatBalance, SITES};
use super::traits::Traits;
use rami_evidence::value;

/// How far the argument of an exponential may move before it is computed afresh.
const REACH: f64 = 0.05;

/// A value for each of [`SITES`].
pub(super) type Sites = [f64; 4];

#[inline(always)]
fn each(f: impl Fn(usize) -> f64) -> Sites {
    [f(0), f(1), f(2), f(3)]
}

/// e^x for |x| below [`REACH`].
#[inline(always)]
fn near_zero_exp(x: f64) -> f64 {
    const C: [f64; 5] = [1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0];
    1.0 + x * (1.0 + x * (C[0] + x * (C[1] + x * (C[2] + x * (C[3] + x * C[4])))))
}

/// The parts of one leg, per m² of skin: W/m², K, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leg {
    capacity: Sites,
    conduction: Sites,
    film: Sites,
    flow_max: Sites,
    lambda: Sites,
    counter_current: Sites,
    sweat: Sites,
    area: Sites,
}

impl Leg {
    /// A leg with these traits, made of the figures `autonomic.*`.
    pub(super) fn of(traits: &Traits) -> Self {
        let figures = |name: &str| each(|site| value(&format!("autonomic.{}.{name}", SITES[site])));
        let (film, clothing) = (figures("film"), figures("clothing"));
        let full_range = value("autonomic.constriction_ln");
        let share = |site: usize| match SITES[site] {
            "toe" => 1.0,
            "calf" => {
                value("mechanism.vasoconstrictor_gain.leg") / value("mechanism.vasoconstrictor_gain.toe")
            }
            other => value(&format!("autonomic.constriction_share.{other}")),
        };
        // Stiff vessels pivot about the usual resting flow: they open less. Narrowed arteries take their share at rest.
        let pivot = -(1.0 - traits.range) * full_range * value("autonomic.baseline_tone");
        let pressure =
            (1.0 + value("autonomic.proximal_resistance.healthy")) / (1.0 + traits.proximal_resistance);
        let flow_max = figures("flow_maximum");
        let distal = |site: usize| site < 2;
        Self {
            capacity: figures("heat_capacity"),
            conduction: figures("conduction"),
            // 1 clo is 0.155 m² K/W.
            film: each(|i| 1.0 / (1.0 / film[i] + 0.155 * clothing[i])),
            flow_max: each(|i| flow_max[i] * (pivot * share(i)).exp() * pressure),
            lambda: each(|i| full_range * share(i) * traits.range),
            counter_current: each(|i| {
                value(if distal(i) { "autonomic.counter_current" } else { "autonomic.counter_current_leg" })
            }),
            sweat: each(|i| if distal(i) { value("autonomic.sweat_heat") } else { 0.0 }),
            area: figures("area"),
        }
    }

    /// The same leg with other heat loss, flow and heat capacity.
    pub(super) fn scaled(mut self, film: f64, flow: f64, capacity: f64) -> Self {
        for i in 0..SITES.len() {
            self.film[i] *= film;
            self.flow_max[i] *= flow;
            self.capacity[i] *= capacity;
        }
        self
    }

    /// Flow under this constriction and full pressure.
    pub(super) fn flow(&self, constriction: f64) -> Sites {
        each(|i| self.flow_max[i] * (-self.lambda[i] * constriction).exp())
    }

    /// Conductance of the leg's skin, in units of flow × area.
    pub(super) fn skin(&self, flow: &Sites) -> f64 {
        (0..SITES.len()).map(|i| self.area[i] * flow[i]).sum()
    }

    /// Temperatures at which nothing moves any more.
    pub(super) fn steady(&self, flow: &Sites, core: f64, room: f64, sweating: f64) -> Sites {
        each(|i| {
            let inner = flow[i] * (1.0 - (-flow[i] / self.counter_current[i]).exp()) + self.conduction[i];
            (inner * core + self.film[i] * room - self.sweat[i] * sweating) / (inner + self.film[i])
        })
    }

    /// Heat the leg loses, W.
    pub(super) fn loss(&self, temperature: &Sites, room: f64, sweating: f64) -> f64 {
        (0..SITES.len())
            .map(|i| self.area[i] * (self.film[i] * (temperature[i] - room) + self.sweat[i] * sweating))
            .sum()
    }

    /// One trapezoidal step of the heat balance; `inner` is what blood and core bring per degree.
    #[inline]
    pub(super) fn warm(
        &self,
        temperature: &mut Sites,
        inner: &Sites,
        (core, room, sweating): (f64, f64, f64),
        step_s: f64,
        heat: &mut HeatBySite,
    ) {
        for i in 0..SITES.len() {
            let source = inner[i] * core + self.film[i] * room - self.sweat[i] * sweating;
            let half = 0.5 * step_s * (inner[i] + self.film[i]);
            let next =
                (temperature[i] * (self.capacity[i] - half) + step_s * source) / (self.capacity[i] + half);
            let middle = 0.5 * (temperature[i] + next);
            heat.supplied[i] += self.area[i] * step_s * inner[i] * (core - middle);
            heat.lost[i] +=
                self.area[i] * step_s * (self.film[i] * (middle - room) + self.sweat[i] * sweating);
            heat.stored[i] += self.area[i] * self.capacity[i] * (next - temperature[i]);
            temperature[i] = next;
        }
    }
}

/// Joules over the record, part by part.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeatBySite {
    supplied: Sites,
    lost: Sites,
    stored: Sites,
}

impl HeatBySite {
    /// Both legs together.
    pub(super) fn total(legs: &[Self; 2]) -> HeatBalance {
        let sum = |of: fn(&Self) -> &Sites| legs.iter().map(|leg| of(leg).iter().sum::<f64>()).sum();
        HeatBalance { supplied: sum(|h| &h.supplied), lost: sum(|h| &h.lost), stored: sum(|h| &h.stored) }
    }
}

/// The flow of one leg over time, behind its narrowing artery.
#[derive(Debug, Clone)]
pub(super) struct Perfusion {
    /// Flow relative to rest.
    pub(super) relative: Sites,
    /// Heat that blood and core bring per degree.
    pub(super) inner: Sites,
    /// Pressure that arrives, relative to rest.
    pub(super) inflow: f64,
    /// Conductance of the leg's skin under that pressure.
    pub(super) skin: f64,
    rest_skin: f64,
    proximal: f64,
    muscle: f64,
    /// Constriction at which `open` was computed, and the flow under it and full pressure.
    anchor: f64,
    open: Sites,
    /// Flow over counter-current flow at which `exchange` = e^(−flow/counter-current flow) was computed.
    argument: Sites,
    exchange: Sites,
    largest_lambda: f64,
    per_counter_current: Sites,
    per_rest: Sites,
}

impl Perfusion {
    /// At rest; `proximal` is the resistance of the large arteries, `muscle` the conductance beside the skin's.
    pub(super) fn at_rest(leg: &Leg, constriction: f64, proximal: f64, muscle: f64) -> Self {
        let rest = leg.flow(constriction);
        let argument = each(|i| rest[i] / leg.counter_current[i]);
        let mut perfusion = Self {
            relative: [1.0; 4],
            inner: [0.0; 4],
            inflow: 1.0,
            skin: 0.0,
            rest_skin: leg.skin(&rest),
            proximal,
            muscle,
            anchor: constriction,
            open: rest,
            argument,
            exchange: argument.map(|x| (-x).exp()),
            per_counter_current: leg.counter_current.map(f64::recip),
            per_rest: rest.map(f64::recip),
            largest_lambda: leg.lambda.iter().copied().fold(0.0, f64::max),
        };
        perfusion.constrict(leg, constriction);
        perfusion
    }

    /// Conductance of the leg's skin at rest.
    pub(super) fn rest_skin(&self) -> f64 {
        self.rest_skin
    }

    /// Follows a constriction that has moved.
    pub(super) fn constrict(&mut self, leg: &Leg, constriction: f64) {
        let mut moved = constriction - self.anchor;
        if (moved * self.largest_lambda).abs() > REACH {
            (self.anchor, self.open, moved) = (constriction, leg.flow(constriction), 0.0);
        }
        let mut flow = each(|i| self.open[i] * near_zero_exp(-leg.lambda[i] * moved));
        let open = leg.skin(&flow);
        let relative = (open + self.muscle * self.rest_skin) / ((1.0 + self.muscle) * self.rest_skin);
        self.inflow = (1.0 + self.proximal) / (1.0 + self.proximal * relative);
        self.skin = open * self.inflow;
        let mut furthest = 0.0_f64;
        let mut shift = [0.0; 4];
        for i in 0..4 {
            flow[i] *= self.inflow;
            shift[i] = flow[i] * self.per_counter_current[i] - self.argument[i];
            furthest = furthest.max(shift[i].abs());
        }
        if furthest > REACH {
            self.argument = each(|i| flow[i] * self.per_counter_current[i]);
            self.exchange = self.argument.map(|x| (-x).exp());
            shift = [0.0; 4];
        }
        for i in 0..4 {
            let passed = self.exchange[i] * near_zero_exp(-shift[i]);
            self.inner[i] = flow[i] * (1.0 - passed) + leg.conduction[i];
            self.relative[i] = flow[i] * self.per_rest[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autonomic::Condition;

    #[test]
    fn carried_exponentials_stay_at_the_librarys_to_rounding() {
        let traits = Traits::of(Condition::ArterialInsufficiency, true);
        let leg = Leg::of(&traits);
        let rest = leg.flow(0.6);
        let mut carried = Perfusion::at_rest(&leg, 0.6, traits.proximal_resistance, 0.5);
        // A thousand small moves down and up again, against a start afresh at each place.
        for step in 0..2000_i32 {
            let constriction = 0.6 - 0.0006 * f64::from(1000 - (step - 1000).abs());
            carried.constrict(&leg, constriction);
            let flow = leg.flow(constriction);
            for i in 0..4 {
                let (w, expected) = (flow[i] * carried.inflow, flow[i] * carried.inflow / rest[i]);
                assert!((carried.relative[i] / expected - 1.0).abs() < 1e-12);
                let inner = w * (1.0 - (-w / leg.counter_current[i]).exp()) + leg.conduction[i];
                assert!((carried.inner[i] / inner - 1.0).abs() < 1e-12);
            }
        }
        assert!((carried.inflow - 1.0).abs() < 1e-3 && carried.anchor != 0.6);
    }
}
