//! The dose ledger and what follows from it: sums of all local anaesthetic, lipid rescue for this weight, observation.
//!
//! share = Σ mass / (ceiling(drug, adrenaline, weight) × factor), skin wheal included (`limits.sum_all`).
//! weight: actual, or ideal when the body mass index is above 30 (`limits.ideal_weight_above_bmi`); factor: 0.7 for the
//! elderly, the frail, and liver or heart disease (`limits.reduction_when_frail`), once however many apply.
//! Warned from 80 % (`clinic.dose_warning_share`), blocked from 100 %. Ceilings come from the formulary.
//! Limits: adults; whatever was given in the last 24 hours counts in full, as if nothing had been cleared.

use crate::chart::{Chart, Health, Person, Sex};
use crate::evidence::{Cited, cite, cite_all};
use rami_evidence::value;
use rami_formulary::{Syringe, maximum_dose};
use rami_units::{Kg, Mg, Minutes, body_mass_index, ideal_body_weight};
use schemars::JsonSchema;
use serde::Serialize;

/// A syringe of the chart that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("chart field {field}: {source}")]
pub struct DoseError {
    /// Path of the field.
    pub field: String,
    /// What is wrong.
    pub source: rami_formulary::SyringeError,
}

/// One syringe that counts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LedgerLine {
    /// The syringe as it was written.
    pub syringe: String,
    /// True when it was given already.
    pub given: bool,
    /// Mass of drug.
    pub mass_mg: f64,
    /// The ceiling for this person, reductions included.
    pub ceiling_mg: f64,
    /// Mass over ceiling.
    pub share: f64,
    /// Keys of the ceiling.
    pub evidence: Vec<Cited>,
}

/// How full the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoseLevel {
    /// Below 80 %.
    Within,
    /// From 80 %.
    Near,
    /// From 100 %.
    Over,
}

/// All local anaesthetic for one person, as shares of the maximum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DoseLedger {
    /// The syringes that count.
    pub lines: Vec<LedgerLine>,
    /// Weight used; nothing when it is not known, and then nothing else is either.
    pub weight_kg: Option<f64>,
    /// Why that weight.
    pub weight_basis: String,
    /// Share of each ceiling that is left after reductions.
    pub factor: f64,
    /// Why it is reduced.
    pub reductions: Vec<String>,
    /// Sum of shares; 1 is the maximum.
    pub share: Option<f64>,
    /// The same with the lowest figure of each published range.
    pub share_by_lowest_figure: Option<f64>,
    /// How full.
    pub level: Option<DoseLevel>,
    /// Drugs above their most for 24 hours.
    pub over_in_a_day: Vec<String>,
    /// Least time of observation.
    pub observe_min: f64,
    /// Fields that are missing.
    pub missing: Vec<String>,
    /// Figures of the rules.
    pub evidence: Vec<Cited>,
}

/// Body weight for dosing and why; missing fields when it cannot be settled.
fn dosing_weight(person: &Person) -> (Option<Kg>, String, Vec<String>) {
    let Some(actual) = person.weight() else {
        return (None, "weight is not recorded".into(), vec!["person.weight_kg".into()]);
    };
    let Some(index) = person.height().and_then(|height| body_mass_index(actual, height).ok()) else {
        let why =
            "actual weight, provisionally: without a height nobody knows whether the ideal weight is due";
        return (Some(actual), why.into(), vec!["person.height_cm".into()]);
    };
    if index <= value("limits.ideal_weight_above_bmi") {
        return (Some(actual), format!("actual weight (body mass index {index:.1})"), Vec::new());
    }
    let Some((height, sex)) = person.height().zip(person.sex) else {
        let why =
            format!("ideal weight of a woman, provisionally (body mass index {index:.1}, sex not recorded)");
        let ideal = person.height().map_or(actual, |height| ideal_body_weight(height, true));
        return (Some(ideal), why, vec!["person.sex".into()]);
    };
    let ideal = ideal_body_weight(height, sex == Sex::Female);
    (Some(ideal), format!("ideal weight (body mass index {index:.1})"), Vec::new())
}

fn reductions(person: &Person, health: &Health) -> (Vec<String>, Vec<String>) {
    let elderly = person.age_years.map(|age| age >= value("clinic.elderly_from"));
    let causes = [
        ("person.age_years", "elderly", elderly),
        ("health.frail", "frail", health.frail),
        ("health.liver_disease", "liver disease", health.liver_disease),
        ("health.heart_disease", "heart disease", health.heart_disease),
    ];
    let apply = causes
        .iter()
        .filter(|(_, _, answer)| *answer == Some(true))
        .map(|(_, why, _)| (*why).into())
        .collect();
    let missing =
        causes.iter().filter(|(_, _, answer)| answer.is_none()).map(|(field, _, _)| (*field).into());
    (apply, missing.collect())
}

/// What a person's doses are counted against: the same for the ledger of a chart and for a block that is rehearsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Weight that ceilings are for; nothing when it is not known.
    pub weight: Option<Kg>,
    /// Why that weight.
    pub weight_basis: String,
    /// Share of each ceiling that is left after reductions.
    pub factor: f64,
    /// Why it is reduced.
    pub reductions: Vec<String>,
    /// Fields that are missing.
    pub missing: Vec<String>,
}

impl Ceiling {
    /// Of a person and their health.
    #[must_use]
    pub fn of(person: &Person, health: &Health) -> Self {
        let (weight, weight_basis, mut missing) = dosing_weight(person);
        let (reductions, unknown) = reductions(person, health);
        missing.extend(unknown);
        let reduced = value("limits.reduction_when_frail") / 100.0;
        let factor = if reductions.is_empty() { 1.0 } else { 1.0 - reduced };
        Self { weight, weight_basis, factor, reductions, missing }
    }
}

/// How well the liver clears drugs: 1 healthy, 0 end-stage; a chart says only whether it is ill.
#[must_use]
pub fn liver_function(health: &Health) -> f64 {
    if health.liver_disease == Some(true) { value("clinic.liver_function_in_disease") } else { 1.0 }
}

/// Fills the ledger of a chart.
///
/// # Errors
/// [`DoseError`] for a syringe that cannot be read, naming the field.
pub fn ledger(chart: &Chart) -> Result<DoseLedger, DoseError> {
    let mut syringes: Vec<(Syringe, bool)> = Vec::new();
    for (list, texts, given) in
        [("given", &chart.dosing.given, true), ("syringes", &chart.dosing.syringes, false)]
    {
        for (i, text) in texts.iter().enumerate() {
            let syringe = text
                .parse::<Syringe>()
                .map_err(|source| DoseError { field: format!("dosing.{list}[{i}]"), source })?;
            syringes.push((syringe, given));
        }
    }
    let Ceiling { weight, weight_basis, factor, reductions, missing } =
        Ceiling::of(&chart.person, &chart.health);
    let mut lines = Vec::new();
    let mut lowest = 0.0;
    for (syringe, given) in &syringes {
        let (Some(dose), Some(weight)) = (syringe.dose(), weight) else { continue };
        let Ok(ceiling) = maximum_dose(dose.agent, dose.adrenaline, weight) else { continue };
        let allowed = ceiling.mass.get() * factor;
        let low = |key: &str| {
            let figure = rami_evidence::figure(key);
            figure.interval.map(|interval| interval.low).or(figure.value).unwrap_or(f64::INFINITY)
        };
        let low_ceiling = (low(&ceiling.evidence[0]) * weight.get()).min(low(&ceiling.evidence[1])) * factor;
        lowest += dose.mass.get() / low_ceiling;
        lines.push(LedgerLine {
            syringe: syringe.to_string(),
            given: *given,
            mass_mg: dose.mass.get(),
            ceiling_mg: allowed,
            share: dose.mass.get() / allowed,
            evidence: cite_all(&ceiling.evidence),
        });
    }
    let share = weight.map(|_| lines.iter().map(|line| line.share).sum::<f64>());
    let rules = [
        "limits.sum_all",
        "limits.ideal_weight_above_bmi",
        "limits.reduction_when_frail",
        "clinic.dose_warning_share",
        "last.observe",
        "last.observe_bupivacaine",
    ];
    Ok(DoseLedger {
        share_by_lowest_figure: weight.map(|_| lowest),
        level: share.map(level),
        over_in_a_day: over_in_a_day(&syringes),
        observe_min: observation(&syringes).get(),
        evidence: cite_all(&rules),
        weight_kg: weight.map(Kg::get),
        weight_basis,
        factor,
        reductions,
        share,
        missing,
        lines,
    })
}

/// The slack absorbs the rounding of decimal shares: 300 mg of 300 mg is the maximum however it is summed.
fn level(share: f64) -> DoseLevel {
    if share >= 1.0 - 1e-9 {
        DoseLevel::Over
    } else if share >= value("clinic.dose_warning_share") / 100.0 - 1e-9 {
        DoseLevel::Near
    } else {
        DoseLevel::Within
    }
}

fn total(syringes: &[(Syringe, bool)], drug: &str) -> Mg {
    syringes.iter().filter(|(syringe, _)| syringe.agent.name == drug).map(|(syringe, _)| syringe.mass()).sum()
}

fn over_in_a_day(syringes: &[(Syringe, bool)]) -> Vec<String> {
    ["bupivacaine", "levobupivacaine"]
        .iter()
        .filter(|drug| total(syringes, drug).get() > value(&format!("formulary.{drug}.per_day")))
        .map(|&drug| drug.into())
        .collect()
}

/// At least 30 min, and 60 from 50 mg of bupivacaine or its mirror image, because of late onsets.
fn observation(syringes: &[(Syringe, bool)]) -> Minutes {
    let long_acting = total(syringes, "bupivacaine") + total(syringes, "levobupivacaine");
    let key = if long_acting.get() >= value("last.observe_bupivacaine_dose") {
        "last.observe_bupivacaine"
    } else {
        "last.observe"
    };
    Minutes::literal(value(key))
}

/// Lipid rescue for one weight, by both guidelines, which differ and are kept side by side.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LipidCard {
    /// Weight it is for.
    pub weight_kg: f64,
    /// ASRA: bolus.
    pub asra_bolus_ml: f64,
    /// ASRA: infusion, as a volume in ml over 15 to 20 min above 70 kg, else a rate in ml/min.
    pub asra_infusion: String,
    /// AAGBI: bolus over 1 min, up to three.
    pub aagbi_bolus_ml: f64,
    /// AAGBI: infusion rate; it may double.
    pub aagbi_infusion_ml_h: f64,
    /// Most lipid in all.
    pub maximum_ml: f64,
    /// What else to do and avoid.
    pub notes: Vec<String>,
    /// Figures.
    pub evidence: Vec<Cited>,
}

/// The lipid rescue card for a weight. 20 % lipid emulsion throughout.
#[must_use]
pub fn lipid_card(weight: Kg) -> LipidCard {
    let kg = weight.get();
    let heavy = kg > value("last.weight_boundary");
    let round = |ml: f64| (ml * 10.0).round() / 10.0;
    LipidCard {
        weight_kg: kg,
        asra_bolus_ml: round(if heavy { value("last.asra.bolus_above_70_kg") } else { value("last.asra.bolus") * kg }),
        asra_infusion: if heavy {
            format!("{} ml over 15 to 20 min", value("last.asra.infusion_above_70_kg"))
        } else {
            format!("{} ml/min", round(value("last.asra.infusion") * kg))
        },
        aagbi_bolus_ml: round(value("last.aagbi.bolus") * kg),
        aagbi_infusion_ml_h: round(value("last.aagbi.infusion") * kg),
        maximum_ml: round(value("last.maximum") * kg),
        notes: vec![
            "Call for help, stop injecting, secure airway and breathing, treat seizures.".into(),
            "If still unstable: repeat the bolus or double the rate, never beyond the most in all.".into(),
            "What to avoid (unverified): vasopressin, calcium channel blockers, beta blockers; large doses of adrenaline.".into(),
        ],
        evidence: [
            "last.asra.bolus_above_70_kg",
            "last.asra.infusion_above_70_kg",
            "last.asra.bolus",
            "last.asra.infusion",
            "last.aagbi.bolus",
            "last.aagbi.infusion",
            "last.maximum",
            "last.avoid",
            "last.adrenaline_maximum",
        ]
        .iter()
        .map(|key| cite(key))
        .collect(),
    }
}
