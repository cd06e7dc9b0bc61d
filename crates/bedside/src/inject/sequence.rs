//! What is given: syringes, pauses, and how hard they are pushed.
//!
//! ```text
//! sequence = item { ";" item }        item = SYRINGE [ "@" NUMBER "kPa" ]  |  "pause" NUMBER ( "s" | "min" )
//! ```
//!
//! The syringe's own grammar is the formulary's; a rate in it is kept, a pressure takes its place. Between syringes
//! passes [`BETWEEN_S`] unless a pause is said.

use crate::BedsideError;
use rami_body::pharmacokinetics::DrugModel;
use rami_evidence::value;
use rami_formulary::{Agent, AgentClass, Content, Dose, Syringe, share_of_maximum};
use rami_nerve::block::potency::Anaesthetic;
use rami_spread::{Drive, Fluid, Solute, Uptake};
use rami_units::Kg;

/// Rate where none is said, ml/s.
pub const DEFAULT_RATE_ML_S: f64 = 0.2;
/// All syringes together, ml: more runs out of the box that is computed.
pub const LARGEST_TOTAL_ML: f64 = 100.0;
/// Time to change syringes, s.
pub const BETWEEN_S: f64 = 20.0;

/// One thing that is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A syringe is emptied.
    Give {
        /// What is in it.
        syringe: Box<Syringe>,
        /// How it is pushed.
        drive: Drive,
    },
    /// Nothing happens for so many seconds.
    Pause(f64),
}

/// All that is done, and what is dissolved in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// In order.
    pub steps: Vec<Step>,
    /// The agents that are solutes: once plain and once with adrenaline where both are given, for they are absorbed each in
    /// its own way.
    pub agents: Vec<&'static Agent>,
    /// Whether it is the agent as it comes with adrenaline in its syringe.
    adrenaline: Vec<bool>,
}

impl Sequence {
    /// Reads a sequence.
    ///
    /// # Errors
    /// [`BedsideError::Syringe`] and [`BedsideError::Sequence`] say which item is wrong and how.
    pub fn parse(text: &str) -> Result<Self, BedsideError> {
        let mut steps = Vec::new();
        for item in text.split(';').map(str::trim).filter(|item| !item.is_empty()) {
            let lower = item.to_lowercase();
            if let Some(rest) = lower.strip_prefix("pause") {
                steps.push(Step::Pause(pause(item, rest)?));
                continue;
            }
            let (text, pressure) = match lower.rsplit_once('@') {
                Some((before, after)) if after.trim().ends_with("kpa") => {
                    (before.trim().to_owned(), Some(kilopascal(item, after)?))
                }
                _ => (item.to_owned(), None),
            };
            let syringe: Syringe = text.parse()?;
            let drive = match (pressure, syringe.rate) {
                (Some(kpa), _) => Drive::Pressure(kpa),
                (None, Some(rate)) => Drive::Rate(rate.get()),
                (None, None) => Drive::Rate(DEFAULT_RATE_ML_S),
            };
            steps.push(Step::Give { syringe: Box::new(syringe), drive });
        }
        let total: f64 = steps
            .iter()
            .map(|step| if let Step::Give { syringe, .. } = step { syringe.volume.get() } else { 0.0 })
            .sum();
        if total > LARGEST_TOTAL_ML {
            let why = format!(
                "its syringes hold {total:.0} ml together; the box round the tips is made for up to {LARGEST_TOTAL_ML:.0} ml, and no block takes more"
            );
            return Err(wrong(text, why));
        }
        if steps.is_empty() {
            return Err(wrong(
                text,
                "it names no syringe; write for example \"bupivacaine 0.25% 10ml @0.2ml/s\"",
            ));
        }
        Ok(Self::new(steps))
    }

    /// A sequence of steps.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        let mut agents: Vec<&'static Agent> = Vec::new();
        let mut adrenaline = Vec::new();
        for step in &steps {
            let Step::Give { syringe, .. } = step else { continue };
            let dissolved = !matches!(syringe.content, Content::Inert)
                && matches!(syringe.agent.class, AgentClass::AmideAnaesthetic | AgentClass::Contrast);
            if !dissolved {
                continue;
            }
            let with = syringe.adrenaline.is_some();
            let known =
                agents.iter().zip(&adrenaline).any(|(a, w)| a.name == syringe.agent.name && *w == with);
            if !known {
                agents.push(syringe.agent);
                adrenaline.push(with);
            }
        }
        Self { steps, agents, adrenaline }
    }

    /// Nothing is done yet: everything of the formulary that dissolves, for whoever does not know what will be given.
    #[must_use]
    pub fn of_everything() -> Self {
        let dissolves = |a: &&Agent| matches!(a.class, AgentClass::AmideAnaesthetic | AgentClass::Contrast);
        let mut agents: Vec<&'static Agent> = rami_formulary::agents().iter().filter(dissolves).collect();
        let mut adrenaline = vec![false; agents.len()];
        let drugs: Vec<_> =
            agents.iter().copied().filter(|a| a.class == AgentClass::AmideAnaesthetic).collect();
        adrenaline.extend(drugs.iter().map(|_| true));
        agents.extend(drugs);
        Self { steps: Vec::new(), agents, adrenaline }
    }

    /// The number of an agent among the solutes, as it comes with adrenaline or without; nothing for what does not dissolve.
    #[must_use]
    pub fn number(&self, agent: &str, adrenaline: bool) -> Option<usize> {
        let mut all = self.agents.iter().zip(&self.adrenaline);
        all.position(|(a, with)| a.name == agent && *with == adrenaline)
    }

    /// What each solute is called.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.solutes().into_iter().map(|solute| solute.name).collect()
    }

    /// Whether something is given that does not dissolve in the model and is followed as a volume: saline, neurolytics,
    /// adjuncts.
    #[must_use]
    pub fn has_mere_volume(&self) -> bool {
        self.syringes().any(|s| self.number(&s.agent.name, s.adrenaline.is_some()).is_none())
    }

    /// The syringes in order.
    pub fn syringes(&self) -> impl Iterator<Item = &Syringe> {
        self.steps.iter().filter_map(|step| match step {
            Step::Give { syringe, .. } => Some(&**syringe),
            Step::Pause(_) => None,
        })
    }

    /// What is dissolved, in the order of [`Sequence::agents`].
    #[must_use]
    pub fn solutes(&self) -> Vec<Solute> {
        self.agents
            .iter()
            .zip(&self.adrenaline)
            .map(|(agent, &adrenaline)| solute(agent, adrenaline))
            .collect()
    }

    /// The fluid of a syringe.
    #[must_use]
    pub fn fluid(&self, syringe: &Syringe) -> Fluid {
        let mg_ml = match syringe.content {
            Content::Drug(c) | Content::Iodine(c) => c.get(),
            Content::Inert => 0.0,
        };
        let solute = self.number(&syringe.agent.name, syringe.adrenaline.is_some());
        Fluid::of(self.agents.len(), solute, mg_ml)
    }

    /// The anaesthetic of each solute, as far as a nerve can tell; nothing for contrast.
    #[must_use]
    pub fn anaesthetics(&self) -> Vec<Option<Anaesthetic>> {
        self.agents
            .iter()
            .map(|agent| match agent.name.as_str() {
                "lidocaine" => Some(Anaesthetic::Lidocaine),
                "mepivacaine" => Some(Anaesthetic::Mepivacaine),
                "bupivacaine" => Some(Anaesthetic::Bupivacaine),
                "levobupivacaine" => Some(Anaesthetic::Levobupivacaine),
                "ropivacaine" => Some(Anaesthetic::Ropivacaine),
                _ => None,
            })
            .collect()
    }

    /// Sum over drugs of dose over maximum, for a body mass.
    #[must_use]
    pub fn share_of_maximum(&self, weight: Kg) -> f64 {
        let doses: Vec<Dose> = self.syringes().filter_map(Syringe::dose).collect();
        share_of_maximum(&doses, weight).unwrap_or(0.0)
    }

    /// What is given but not modelled.
    #[must_use]
    pub fn not_modelled(&self) -> Vec<String> {
        self.syringes()
            .filter_map(|s| {
                let class = s.agent.class;
                matches!(class, AgentClass::Neurolytic | AgentClass::Adjunct).then(|| {
                    let note = s.agent.note.as_deref().unwrap_or("recorded, not modelled");
                    format!("{}: {note}; it is followed as a volume of water", s.agent.name)
                })
            })
            .collect()
    }
}

fn wrong(item: &str, why: impl Into<String>) -> BedsideError {
    BedsideError::Sequence { item: item.to_owned(), why: why.into() }
}

fn pause(item: &str, rest: &str) -> Result<f64, BedsideError> {
    let rest = rest.trim();
    let (number, scale) = match rest.strip_suffix("min") {
        Some(number) => (number, 60.0),
        None => (rest.strip_suffix('s').unwrap_or(rest), 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok().map(|n| n * scale);
    seconds
        .filter(|s| (0.0..=3600.0).contains(s))
        .ok_or_else(|| wrong(item, "a pause is 0 to 3600 s; write for example \"pause 30s\""))
}

fn kilopascal(item: &str, after: &str) -> Result<f64, BedsideError> {
    let number = after.trim().trim_end_matches("kpa").trim().parse::<f64>().ok();
    number
        .filter(|kpa| *kpa > 0.0 && *kpa <= 2000.0)
        .ok_or_else(|| wrong(item, "a pressure is above 0 and up to 2000 kPa; write for example \"@100kPa\""))
}

fn solute(agent: &Agent, adrenaline: bool) -> Solute {
    if agent.class == AgentClass::Contrast {
        let uptake = Uptake::simple(value("spread.contrast.half_life"));
        // The viscosity and density known are those of 300 mg iodine per ml.
        return Solute::contrast(&agent.name, 300.0, agent.viscosity_mpa_s(), agent.density_g_ml(), uptake);
    }
    // Mepivacaine has no plasma model; lidocaine, with like solubility, stands for it (assumed).
    let model = DrugModel::of(&agent.name).or_else(|_| DrugModel::of("lidocaine"));
    let mut uptake = model.map_or(Uptake::NONE, |model| {
        let a = model.absorption;
        let fast = a.fast_fraction / (a.fast_fraction + a.slow_fraction);
        Uptake::biphasic(fast, a.fast_half_life, a.slow_half_life)
    });
    if adrenaline {
        uptake.absorb_per_s *= value("spread.adrenaline");
        return Solute::drug(&format!("{} with adrenaline", agent.name), uptake);
    }
    Solute::drug(&agent.name, uptake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syringes_pauses_and_pressures_are_read_in_order() {
        let text = "iohexol 300 1ml @0.1ml/s; pause 45 s; saline 2ml @80kPa; bupivacaine 0.25% 10ml";
        let sequence = Sequence::parse(text).unwrap();
        assert_eq!(sequence.steps.len(), 4);
        assert_eq!(sequence.steps[1], Step::Pause(45.0));
        assert!(matches!(sequence.steps[2], Step::Give { drive: Drive::Pressure(kpa), .. } if kpa == 80.0));
        assert!(
            matches!(sequence.steps[3], Step::Give { drive: Drive::Rate(r), .. } if r == DEFAULT_RATE_ML_S)
        );
        let names: Vec<_> = sequence.agents.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["iohexol", "bupivacaine"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("", "no syringe"),
            ("procaine 1% 10ml", "no drug or contrast agent"),
            ("bupivacaine 0.25% 500ml", "outside"),
            ("saline 60ml; saline 50ml", "110 ml together"),
            ("bupivacaine 50% 10ml", "stronger than any that is sold"),
            ("bupivacaine 0.25% 10ml @-0.2ml/s", "negative"),
            ("saline 5ml @-3kPa", "a pressure is above 0"),
            ("saline 5ml; pause -3s", "a pause is 0 to 3600 s"),
        ] {
            let error = Sequence::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text:?} says {error:?}, not {says:?}");
        }
    }

    #[test]
    fn neurolytics_and_adjuncts_are_recorded_warned_about_and_dissolve_nothing() {
        for (agent, strength) in [("phenol", "6%"), ("alcohol", "95%"), ("clonidine", "0.015%")] {
            let sequence = Sequence::parse(&format!("{agent} {strength} 5ml")).unwrap();
            let warned = sequence.not_modelled();
            assert_eq!(warned.len(), 1, "{agent}");
            assert!(warned[0].starts_with(agent) && warned[0].contains("not modelled"), "{warned:?}");
            assert!(warned[0].contains("a volume of water"), "{warned:?}");
            assert!(sequence.solutes().is_empty() && sequence.anaesthetics().is_empty(), "{agent}");
            let kg = Kg::new(70.0).unwrap();
            assert_eq!(sequence.share_of_maximum(kg), 0.0);
        }
        assert!(Sequence::parse("bupivacaine 0.25% 5ml; saline 5ml").unwrap().not_modelled().is_empty());
    }

    #[test]
    fn adrenaline_slows_absorption_and_nothing_else() {
        let plain = Sequence::parse("lidocaine 1% 10ml").unwrap().solutes();
        let with = Sequence::parse("lidocaine 1% 10ml + adrenaline 1:200000").unwrap().solutes();
        assert!(with[0].uptake.absorb_per_s < plain[0].uptake.absorb_per_s);
        assert_eq!(with[0].uptake.bind_per_s, plain[0].uptake.bind_per_s);
    }

    #[test]
    fn adrenaline_acts_on_the_syringe_it_is_in_and_on_no_other() {
        let text = "lidocaine 1% 3ml + adrenaline 1:200000; lidocaine 1% 10ml; iohexol 300 1ml";
        let sequence = Sequence::parse(text).unwrap();
        assert_eq!(sequence.names(), ["lidocaine with adrenaline", "lidocaine", "iohexol"]);
        let fluids: Vec<_> = sequence.syringes().map(|s| sequence.fluid(s).concentration_mg_ml).collect();
        assert_eq!(fluids, [[10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 300.0]]);
        let alone = Sequence::parse("lidocaine 1% 10ml").unwrap().solutes();
        assert_eq!(sequence.solutes()[1], alone[0]);
        let all = Sequence::of_everything();
        assert_ne!(all.number("lidocaine", true), all.number("lidocaine", false));
        assert_eq!(all.number("iohexol", true), None);
    }
}
