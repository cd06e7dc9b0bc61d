//! Drugs, contrast agents and fluids, from `data/agents.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

const DATA: &str = include_str!("../data/agents.toml");

/// One drug, contrast agent or fluid.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// International name, lower case.
    pub name: String,
    /// Other names it is asked for by.
    pub aliases: Vec<String>,
    /// What kind of thing it is.
    pub class: AgentClass,
    /// Strengths sold or made up: per cent weight per volume, or mg iodine per ml for contrast.
    pub strengths: Vec<f64>,
    /// Molar mass in g/mol of what the label's milligrams count (the hydrochloride; the base for levobupivacaine).
    pub molar_mass_g_mol: f64,
    /// Stem of the evidence keys `….per_kg` and `….absolute` of the ceiling without adrenaline.
    #[serde(default)]
    pub maximum_plain: Option<String>,
    /// The same with adrenaline.
    #[serde(default)]
    pub maximum_adrenaline: Option<String>,
    /// Evidence key of the viscosity at 37 °C, where it is not that of water.
    #[serde(default)]
    pub viscosity: Option<String>,
    /// Evidence key of the density, where it is not that of water.
    #[serde(default)]
    pub density: Option<String>,
    /// What must be said whenever it is used.
    #[serde(default)]
    pub note: Option<String>,
}

/// Kinds of agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentClass {
    /// Local anaesthetic of the amide kind.
    AmideAnaesthetic,
    /// Iodinated contrast.
    Contrast,
    /// Sodium chloride 0.9 %: the control injection.
    Saline,
    /// Phenol or alcohol: recorded, not modelled.
    Neurolytic,
    /// Clonidine and the like: recorded, not modelled.
    Adjunct,
}

/// A question to the formulary that it cannot answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormularyError {
    /// No agent has this name.
    #[error("no drug or contrast agent is called {name:?}{}; known are {known}", nearest.as_ref().map(|n| format!(" (did you mean {n}?)")).unwrap_or_default())]
    UnknownAgent {
        /// What was asked for.
        name: String,
        /// The name most like it, when it is near enough.
        nearest: Option<String>,
        /// All names, with commas.
        known: String,
    },
    /// The agent has no ceiling for one administration.
    #[error("{agent} has no maximum dose in the formulary: it is not a local anaesthetic")]
    NoCeiling {
        /// The agent.
        agent: String,
    },
}

impl Agent {
    /// True for local anaesthetics: what the dose ledger counts.
    #[must_use]
    pub fn is_anaesthetic(&self) -> bool {
        self.class == AgentClass::AmideAnaesthetic
    }

    /// Viscosity at 37 °C in mPa·s. Only the 300 mgI/ml figure is known for contrast; other strengths use it too.
    #[must_use]
    pub fn viscosity_mpa_s(&self) -> f64 {
        rami_evidence::value(self.viscosity.as_deref().unwrap_or("formulary.local_anaesthetic.viscosity"))
    }

    /// Density in g/ml. Only the 300 mgI/ml figure is known for contrast.
    #[must_use]
    pub fn density_g_ml(&self) -> f64 {
        rami_evidence::value(self.density.as_deref().unwrap_or("formulary.local_anaesthetic.density"))
    }

    /// A concentration in mol/m³ (= mM) from mg/ml.
    #[must_use]
    pub fn millimolar(&self, concentration: rami_units::MgPerMl) -> f64 {
        concentration.get() / self.molar_mass_g_mol * 1000.0
    }
}

/// All agents, in the order of the data file.
#[must_use]
pub fn agents() -> &'static [Agent] {
    #[derive(Deserialize)]
    struct File {
        agent: Vec<Agent>,
    }
    static TABLE: OnceLock<Vec<Agent>> = OnceLock::new();
    #[allow(clippy::panic)]
    // the file is compiled in, and a test loads it: this cannot happen in a build that passed
    TABLE.get_or_init(|| {
        toml::from_str::<File>(DATA)
            .map_or_else(|error| panic!("data/agents.toml: {error}"), |file| file.agent)
    })
}

/// The agent of this name or alias, whatever the case.
///
/// # Errors
/// [`FormularyError::UnknownAgent`], with the nearest name.
pub fn agent(name: &str) -> Result<&'static Agent, FormularyError> {
    let wanted = name.trim().to_lowercase();
    agents().iter().find(|agent| agent.name == wanted || agent.aliases.contains(&wanted)).ok_or_else(|| {
        FormularyError::UnknownAgent {
            nearest: nearest(&wanted),
            name: name.trim().into(),
            known: agents().iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>().join(", "),
        }
    })
}

/// The name that shares most letter pairs with `wanted` (Dice's coefficient), if it shares at least half.
fn nearest(wanted: &str) -> Option<String> {
    let pairs = |text: &str| -> Vec<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let ours = pairs(wanted);
    agents()
        .iter()
        .map(|agent| {
            let theirs = pairs(&agent.name);
            let shared = ours.iter().filter(|pair| theirs.contains(pair)).count();
            (2.0 * shared as f64 / (ours.len() + theirs.len()).max(1) as f64, &agent.name)
        })
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_in_the_data_file_names_a_figure() {
        for agent in agents() {
            for stem in agent.maximum_plain.iter().chain(&agent.maximum_adrenaline) {
                assert!(rami_evidence::value(&format!("{stem}.per_kg")) > 0.0);
                assert!(rami_evidence::value(&format!("{stem}.absolute")) > 0.0);
            }
            assert!(agent.viscosity_mpa_s() > 0.0 && agent.density_g_ml() > 0.0);
            assert_eq!(agent.is_anaesthetic(), agent.maximum_plain.is_some(), "{}", agent.name);
        }
    }

    #[test]
    fn agents_are_found_by_alias_and_a_slip_is_answered_with_the_nearest() {
        assert_eq!(agent(" Marcaine").unwrap().name, "bupivacaine");
        let error = agent("bupivicane").unwrap_err().to_string();
        assert!(error.contains("did you mean bupivacaine?"), "{error}");
        assert!(!agent("xyzzy").unwrap_err().to_string().contains("did you mean"));
    }

    #[test]
    fn a_quarter_per_cent_bupivacaine_is_about_eight_millimolar() {
        let millimolar = agent("bupivacaine").unwrap().millimolar(rami_units::MgPerMl::literal(2.5));
        // 2.5 g/L of hydrochloride over 324.9 g/mol.
        assert!((millimolar - 7.69).abs() < 0.01, "{millimolar}");
    }
}
