//! The plasma course of one injection over a population: the document `rami pk` prints.

use super::absorption::{Absorbed, Site};
use super::course::{Course, Injection, Peak};
use super::drug::DrugModel;
use super::toxicity::{Toxicity, judge};
use crate::error::in_range;
use crate::{BodyError, Distribution, Person, Variation};
use rami_random::Stream;
use rami_units::{Mg, Minutes};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The question.
#[derive(Debug, Clone)]
pub struct PkOptions {
    /// Name of the drug.
    pub drug: String,
    /// Its mass.
    pub dose: Mg,
    /// Where it goes.
    pub site: Site,
    /// Into whom.
    pub person: Person,
    /// With adrenaline or without.
    pub adrenaline: bool,
    /// Share of the dose that enters a vessel.
    pub intravascular_fraction: f64,
    /// How long the injection takes.
    pub over: Minutes,
    /// How long the course is followed.
    pub horizon: Minutes,
    /// Absorbed mass from a spread model, in place of the two paths.
    pub absorbed: Option<Absorbed>,
    /// People in the population; 0 for the typical person alone.
    pub population: u32,
    /// Seed of the population.
    pub seed: u64,
}

/// Plasma concentration after one injection. Keys without a prefix are total, peripheral venous plasma of the typical
/// person of this age and body mass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PkReport {
    /// `rami.pk/1`.
    pub schema: String,
    /// The drug.
    pub drug: String,
    /// Its mass.
    pub dose_mg: f64,
    /// Where it went.
    pub site: Site,
    /// Body mass.
    pub weight_kg: f64,
    /// Whether adrenaline was in it.
    pub adrenaline: bool,
    /// Share that entered a vessel.
    pub intravascular_fraction: f64,
    /// How long the injection took; it matters for the part in a vessel.
    pub over_min: f64,
    /// Highest total venous concentration.
    pub c_max_mg_l: f64,
    /// When.
    pub t_max_min: f64,
    /// Highest free venous concentration.
    pub free_c_max_mg_l: f64,
    /// When: free and total rise and fall together.
    pub free_t_max_min: f64,
    /// Highest total arterial concentration.
    pub arterial_c_max_mg_l: f64,
    /// When.
    pub arterial_t_max_min: f64,
    /// Highest free arterial concentration.
    pub free_arterial_c_max_mg_l: f64,
    /// Highest free concentration that reaches the brain.
    pub free_brain_c_max_mg_l: f64,
    /// What it means.
    pub toxicity: Toxicity,
    /// How people differ; absent without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PkPopulation>,
    /// The curves of the typical person.
    pub curve: Vec<PkPoint>,
    /// What lies outside the published range or must be said.
    pub warnings: Vec<String>,
    /// Keys of the evidence figures used.
    pub evidence: Vec<String>,
}

/// The typical person at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PkPoint {
    /// Time since the injection began.
    pub t_min: f64,
    /// Total venous.
    pub venous_mg_l: f64,
    /// Total arterial.
    pub arterial_mg_l: f64,
    /// Free venous.
    pub free_venous_mg_l: f64,
    /// Free arterial.
    pub free_arterial_mg_l: f64,
    /// Free in the brain.
    pub free_brain_mg_l: f64,
}

/// Spread over people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PkPopulation {
    /// How many.
    pub n: u32,
    /// From which seed.
    pub seed: u64,
    /// Highest total venous concentration.
    pub c_max_mg_l: Distribution,
    /// When.
    pub t_max_min: Distribution,
    /// Highest free venous concentration.
    pub free_c_max_mg_l: Distribution,
    /// Highest total arterial concentration.
    pub arterial_c_max_mg_l: Distribution,
    /// Highest free arterial concentration.
    pub free_arterial_c_max_mg_l: Distribution,
    /// Highest free concentration in the brain.
    pub free_brain_c_max_mg_l: Distribution,
    /// Share of the virtual people whose brain reaches their own threshold of first signs. A statement about this model,
    /// not a probability of systemic toxicity.
    pub share_over_cns_threshold: f64,
    /// Total venous concentration over time.
    pub curve: Vec<PkBand>,
}

/// Spread of the total venous concentration at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PkBand {
    /// Time since the injection began.
    pub t_min: f64,
    /// Total venous concentration in mg/L.
    #[serde(flatten)]
    pub venous_mg_l: Distribution,
}

impl PkOptions {
    /// Answers the question.
    ///
    /// # Errors
    /// [`BodyError`] for an unknown drug, a dose, weight, share or time that cannot be.
    pub fn run(&self) -> Result<PkReport, BodyError> {
        in_range(
            "population",
            f64::from(self.population),
            "people",
            (0.0, 1_000_000.0),
            "at most a million",
        )?;
        let injection = Injection {
            drug: DrugModel::of(&self.drug)?,
            dose: self.dose,
            site: self.site,
            adrenaline: self.adrenaline,
            intravascular_fraction: self.intravascular_fraction,
            over: self.over,
            absorbed: self.absorbed.clone(),
        };
        let course = injection.run(&self.person, &Variation::NONE, self.horizon)?;
        let peak = |curve: &[f64]| course.peak(curve);
        let toxicity = judge(&injection, &self.person, &course, injection.drug.cns_threshold_mg_l);
        Ok(PkReport {
            schema: "rami.pk/1".into(),
            drug: injection.drug.agent.name.clone(),
            dose_mg: self.dose.get(),
            site: self.site,
            weight_kg: self.person.weight.get(),
            adrenaline: self.adrenaline,
            intravascular_fraction: injection.in_vessel(),
            over_min: self.over.get(),
            c_max_mg_l: peak(&course.venous).c_max,
            t_max_min: peak(&course.venous).t_max,
            free_c_max_mg_l: peak(&course.free_venous).c_max,
            free_t_max_min: peak(&course.free_venous).t_max,
            arterial_c_max_mg_l: peak(&course.arterial).c_max,
            arterial_t_max_min: peak(&course.arterial).t_max,
            free_arterial_c_max_mg_l: peak(&course.free_arterial).c_max,
            free_brain_c_max_mg_l: peak(&course.free_brain).c_max,
            population: (self.population > 0).then(|| self.population(&injection)).transpose()?.flatten(),
            warnings: self.warnings(&injection, &toxicity, peak(&course.venous).t_max),
            evidence: evidence(&injection),
            toxicity,
            curve: points(&course),
        })
    }

    fn population(&self, injection: &Injection) -> Result<Option<PkPopulation>, BodyError> {
        let stream = Stream::new(self.seed).named("plasma population");
        let people: Vec<OnePerson> = (0..u64::from(self.population))
            .into_par_iter()
            .map(|i| {
                let variation = Variation::draw(stream.indexed(i));
                let course = injection.run(&self.person, &variation, self.horizon)?;
                Ok(OnePerson::of(&course, injection.drug.cns_threshold_mg_l * variation.threshold))
            })
            .collect::<Result<_, BodyError>>()?;
        Ok(summary(&people, self.seed))
    }

    fn warnings(&self, injection: &Injection, toxicity: &Toxicity, t_max_min: f64) -> Vec<String> {
        let mut warnings = Vec::new();
        if t_max_min >= self.horizon.get() {
            warnings.push(format!(
                "plasma still rises when the record ends after {} min: the peak is higher and later",
                self.horizon.get()
            ));
        }
        let ceiling = rami_formulary::maximum_dose(injection.drug.agent, self.adrenaline, self.person.weight);
        if let Ok(ceiling) = ceiling
            && self.dose.get() > ceiling.mass.get()
        {
            warnings.push(format!(
                "extrapolation: {:.0} mg is above the maximum of {:.0} mg for one administration at {:.0} kg",
                self.dose.get(),
                ceiling.mass.get(),
                self.person.weight.get()
            ));
        }
        let kg = self.person.weight.get();
        if !(50.0..=100.0).contains(&kg) {
            warnings.push(format!(
                "extrapolation: {kg} kg is outside 50 to 100 kg, where the parameters come from"
            ));
        }
        if !(20.0..=80.0).contains(&self.person.age_years) {
            warnings.push("extrapolation: the parameters come from adults between 20 and 80 years".into());
        }
        if self.horizon.get() > 1440.0 {
            warnings.push("extrapolation: no source followed plasma for longer than a day".into());
        }
        match self.site {
            Site::Retroperitoneal if self.absorbed.is_none() => warnings.push(
                "no plasma study after this block exists: absorption is epidural, with a wider spread".into(),
            ),
            Site::Iv if self.adrenaline => {
                warnings
                    .push("adrenaline slows absorption; it changes nothing for a dose in a vein here".into());
            }
            _ => {}
        }
        if injection.in_vessel() > 0.0 {
            warnings.push(toxicity.statement.clone());
            warnings.push(
                "first-pass mixing in heart, lungs and brain rests on assumed volumes and time constants"
                    .into(),
            );
        }
        warnings
    }
}

/// What is kept of one virtual person.
struct OnePerson {
    venous: Peak,
    free_venous: f64,
    arterial: f64,
    free_arterial: f64,
    free_brain: f64,
    over_threshold: bool,
    /// Time and total venous concentration at every [`BAND_STRIDE`]th point.
    band: Vec<(f64, f64)>,
}

const BAND_STRIDE: usize = 5;

impl OnePerson {
    fn of(course: &Course, threshold_mg_l: f64) -> Self {
        let height = |curve: &[f64]| course.peak(curve).c_max;
        let free_brain = height(&course.free_brain);
        Self {
            venous: course.peak(&course.venous),
            free_venous: height(&course.free_venous),
            arterial: height(&course.arterial),
            free_arterial: height(&course.free_arterial),
            free_brain,
            over_threshold: free_brain >= threshold_mg_l,
            band: course
                .t_min
                .iter()
                .copied()
                .zip(course.venous.iter().copied())
                .step_by(BAND_STRIDE)
                .collect(),
        }
    }
}

/// `None` for nobody.
fn summary(people: &[OnePerson], seed: u64) -> Option<PkPopulation> {
    let spread =
        |of: &dyn Fn(&OnePerson) -> f64| Distribution::of(&mut people.iter().map(of).collect::<Vec<_>>());
    let over = people.iter().filter(|person| person.over_threshold).count();
    let curve = (0..people.first()?.band.len())
        .map(|i| Some(PkBand { t_min: people[0].band[i].0, venous_mg_l: spread(&|p| p.band[i].1)? }))
        .collect::<Option<_>>()?;
    Some(PkPopulation {
        n: people.len() as u32,
        seed,
        c_max_mg_l: spread(&|p| p.venous.c_max)?,
        t_max_min: spread(&|p| p.venous.t_max)?,
        free_c_max_mg_l: spread(&|p| p.free_venous)?,
        arterial_c_max_mg_l: spread(&|p| p.arterial)?,
        free_arterial_c_max_mg_l: spread(&|p| p.free_arterial)?,
        free_brain_c_max_mg_l: spread(&|p| p.free_brain)?,
        share_over_cns_threshold: over as f64 / people.len() as f64,
        curve,
    })
}

fn points(course: &Course) -> Vec<PkPoint> {
    (0..course.t_min.len())
        .map(|i| PkPoint {
            t_min: course.t_min[i],
            venous_mg_l: course.venous[i],
            arterial_mg_l: course.arterial[i],
            free_venous_mg_l: course.free_venous[i],
            free_arterial_mg_l: course.free_arterial[i],
            free_brain_mg_l: course.free_brain[i],
        })
        .collect()
}

fn evidence(injection: &Injection) -> Vec<String> {
    let mut keys = injection.drug.evidence.clone();
    let mut also = |more: &[&str]| keys.extend(more.iter().map(|key| String::from(*key)));
    also(&[
        "plasma.weight.reference",
        "plasma.aag.normal",
        "plasma.aag.molar_mass",
        "pharmacokinetics.ropivacaine.arterial_excess",
        "plasma.arterial_excess_time",
        "plasma.brain.equilibration",
        "last.asra.bolus",
        "last.asra.infusion",
        "last.maximum",
        "last.observe",
        "adverse.last.this_block",
    ]);
    if injection.site == Site::Retroperitoneal {
        also(&["plasma.retroperitoneal.fast_fraction", "plasma.retroperitoneal.fast_half_life"]);
    }
    if injection.in_vessel() > 0.0 {
        also(&[
            "plasma.cardiac_output",
            "plasma.lung.apparent_volume",
            "plasma.vein.equilibration",
            "toxicity.ropivacaine.bolus_symptoms",
        ]);
    }
    if injection.adrenaline {
        also(&["plasma.adrenaline.fast_half_life", "plasma.adrenaline.fast_fraction"]);
    }
    keys
}
