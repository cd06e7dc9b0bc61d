//! What could go wrong, for this person and this plan: a rate with its interval, or that no rate is known.
//!
//! A plan's geometric probability is shown beside a published rate and never multiplied into it: one counts touching a
//! structure, the other harm.

use crate::data;
use crate::evidence::{Cited, cite_all};
use crate::plan::PlanSummary;
use crate::rate::{Rate, rate, rule_of_three};
use crate::safety::{Finding, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Figure of the studies in which none of the serious complications was reported.
const POOLED: &str = "adverse.serious.pooled";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Harm {
    id: String,
    name: String,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    by_level: BTreeMap<String, String>,
    #[serde(default)]
    failure_of: BTreeMap<String, String>,
    #[serde(default)]
    instead: Vec<String>,
    #[serde(default)]
    bounded: bool,
    #[serde(default)]
    plan: Vec<String>,
    #[serde(default)]
    raised_by: Vec<String>,
}

fn harms() -> &'static [Harm] {
    #[derive(Deserialize)]
    struct File {
        harm: Vec<Harm>,
    }
    static TABLE: OnceLock<File> = OnceLock::new();
    &TABLE.get_or_init(|| data::compiled_in("harms.toml", include_str!("../data/harms.toml"))).harm
}

/// Stems of the names of all structures that some harm is about.
pub(crate) fn planned_structures() -> Vec<&'static str> {
    harms().iter().flat_map(|harm| harm.plan.iter().map(String::as_str)).collect()
}

/// Harms that a plan's geometry bears on.
#[cfg(test)]
pub(crate) fn planned_harms() -> Vec<&'static str> {
    harms().iter().filter(|harm| !harm.plan.is_empty()).map(|harm| harm.id.as_str()).collect()
}

/// One side effect or complication.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Risk {
    /// Its name in data files and translations.
    pub id: String,
    /// In words.
    pub name: String,
    /// Rates, one a source: never averaged. Empty when no rate is known.
    pub rates: Vec<Rate>,
    /// `no rate is known`, where that is so, with what is known instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_rate: Option<String>,
    /// What the rule of three leaves possible, where none was reported in studies that looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The plan's geometric probability of touching what this concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_touches: Option<f64>,
    /// What of this person bears on it, from the findings; no figure says by how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_this_person: Vec<String>,
    /// Figures about something near it: other blocks, neurolysis, cadavers, case reports.
    pub beside: Vec<Cited>,
}

/// All risks for a person with these findings, for a plan or for the block in general.
#[must_use]
pub fn risks(findings: &[Finding], plan: Option<&PlanSummary>) -> Vec<Risk> {
    harms().iter().map(|harm| Risk { for_this_person: raised(harm, findings), ..one(harm, plan) }).collect()
}

/// Findings that are not clear and bear on the harm. One that only asks is not known to bear on anything.
fn raised(harm: &Harm, findings: &[Finding]) -> Vec<String> {
    let bears = |finding: &&Finding| {
        let stem = finding.id.split('.').next().unwrap_or_default();
        finding.outcome != Outcome::Clear && !finding.asks && harm.raised_by.iter().any(|id| id == stem)
    };
    findings.iter().filter(bears).map(|finding| finding.why.clone()).collect()
}

fn one(harm: &Harm, plan: Option<&PlanSummary>) -> Risk {
    let mut rates: Vec<Rate> = harm.keys.iter().filter_map(|key| rate(key, None, false)).collect();
    let levels: Vec<&str> =
        plan.map_or_else(Vec::new, |p| p.needles.iter().map(|n| n.level.as_str()).collect());
    let here = |level: &String| levels.is_empty() || levels.contains(&level.as_str());
    let of_level = |table: &BTreeMap<String, String>, complement: bool| -> Vec<Rate> {
        table
            .iter()
            .filter(|(level, _)| here(level))
            .filter_map(|(_, key)| rate(key, None, complement))
            .collect()
    };
    rates.extend(of_level(&harm.by_level, false));
    rates.extend(of_level(&harm.failure_of, true));
    let mut beside = cite_all(&harm.instead);
    let tables: Vec<&String> = harm.by_level.values().chain(harm.failure_of.values()).collect();
    let no_rate = rates.is_empty().then(|| {
        if tables.is_empty() {
            String::from("no rate is known")
        } else {
            format!("no rate is known at {}; rates of other levels stand beside", levels.join(", "))
        }
    });
    if rates.is_empty() {
        beside.extend(cite_all(&tables));
    }
    let at_most = harm.bounded.then(|| rami_evidence::figure(POOLED).n.map(rule_of_three)).flatten();
    if at_most.is_some() {
        beside.extend(cite_all(&[POOLED]));
    }
    let stems: Vec<&str> = harm.plan.iter().map(String::as_str).collect();
    Risk {
        id: harm.id.clone(),
        name: harm.name.clone(),
        plan_touches: plan.and_then(|plan| plan.hit(&stems)),
        rates,
        no_rate,
        at_most,
        for_this_person: Vec::new(),
        beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedNeedle;

    fn at(level: &str) -> PlanSummary {
        let hit_probability = BTreeMap::from([("kidney_left".to_string(), 0.03)]);
        let needle = PlannedNeedle { side: crate::chart::Side::Left, level: level.into(), hit_probability };
        PlanSummary { needles: vec![needle], warnings: Vec::new() }
    }

    fn named<'a>(risks: &'a [Risk], id: &str) -> &'a Risk {
        risks.iter().find(|risk| risk.id == id).unwrap()
    }

    #[test]
    fn every_key_of_the_harms_exists_and_every_harm_has_a_rate_or_says_that_none_is_known() {
        for risk in risks(&[], None) {
            assert_eq!(risk.rates.is_empty(), risk.no_rate.is_some(), "{}", risk.id);
        }
        for harm in harms() {
            let keys = harm
                .keys
                .iter()
                .chain(&harm.instead)
                .chain(harm.by_level.values())
                .chain(harm.failure_of.values());
            keys.for_each(|key| assert!(rami_evidence::find(key).is_ok(), "{key}"));
        }
    }

    #[test]
    fn the_level_of_the_plan_chooses_the_rate_and_l3_has_none() {
        let rate = |level: &str| {
            named(&risks(&[], Some(&at(level))), "genitofemoral_numbness")
                .rates
                .first()
                .map(|r| r.probability)
        };
        assert!(rate("L2").unwrap() < 0.05 && rate("L4").unwrap() > 0.35);
        assert_eq!(rate("L3"), None);
        let l3 = risks(&[], Some(&at("L3")));
        assert_eq!(named(&l3, "genitofemoral_numbness").beside.len(), 2);
    }

    #[test]
    fn the_plans_geometry_stands_beside_and_changes_no_rate() {
        let (without, with) = (risks(&[], None), risks(&[], Some(&at("L2"))));
        assert_eq!(named(&with, "kidney_or_ureter").plan_touches, Some(0.03));
        assert_eq!(named(&with, "kidney_or_ureter").rates, named(&without, "kidney_or_ureter").rates);
        assert_eq!(named(&with, "intravascular").rates, named(&without, "intravascular").rates);
    }

    #[test]
    fn poisoning_has_no_rate_of_its_own_and_a_bound_of_three_in_172() {
        let risks = risks(&[], None);
        let last = named(&risks, "last");
        assert!(last.rates.is_empty());
        assert!((last.at_most.unwrap() - 3.0 / 172.0).abs() < 1e-12);
    }
}
