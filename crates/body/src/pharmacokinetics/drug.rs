//! The parameter sets, and what a person makes of them.
//!
//! ```text
//! flows ∝ mass^0.75, volumes ∝ mass          age: clearance falls by a share per decade after 45
//! liver: clearance and volume between healthy and end-stage figures
//! binding: volumes ∝ free share; clearance by the well-stirred liver, E = f·x / (1 + f·x), x = E₀/(1 − E₀)
//! ```
//!
//! Sources: Burm 1987 (lidocaine, bupivacaine), Simon 2004 (levobupivacaine), label and tables (ropivacaine; its central
//! volume is assumed). Limits: sets are of healthy adults; allometry and the age slope are conventions, not fits.

use super::absorption::Absorption;
use super::binding::Binding;
use super::disposition::{Disposition, Impulse};
use crate::{BodyError, Person, Variation};
use rami_evidence::value;
use rami_formulary::Agent;

const KNOWN: &str = "lidocaine, bupivacaine, levobupivacaine, ropivacaine";

/// A local anaesthetic with everything its plasma course needs.
#[derive(Debug, Clone)]
pub struct DrugModel {
    /// The drug.
    pub agent: &'static Agent,
    /// Typical disposition.
    pub disposition: Disposition,
    /// Typical epidural absorption.
    pub absorption: Absorption,
    /// Typical binding.
    pub binding: Binding,
    /// Hepatic extraction ratio.
    pub extraction: f64,
    /// Concentration in blood over that in plasma.
    pub blood_to_plasma: f64,
    /// Free concentration at the first central nervous signs, mg/L.
    pub cns_threshold_mg_l: f64,
    /// Keys of the figures it is made of.
    pub evidence: Vec<String>,
}

/// A drug in one person.
#[derive(Debug, Clone, Copy)]
pub struct DrugInPerson {
    /// Disposition.
    pub disposition: Disposition,
    /// Its impulse response.
    pub impulse: Impulse,
    /// Absorption, at the site and with or without adrenaline as asked elsewhere.
    pub binding: Binding,
    /// Plasma-equivalent cardiac output: cardiac output × blood/plasma ratio, L/min.
    pub flow_l_min: f64,
    /// Apparent plasma volume of heart and lungs, L.
    pub lung_l: f64,
    /// Free concentration at the first central nervous signs, mg/L.
    pub cns_threshold_mg_l: f64,
}

/// Collects figures while it asks for them, so that the list of sources cannot drift from what is used.
struct Figures {
    drug: String,
    used: Vec<String>,
}

impl Figures {
    fn of(&mut self, key: String) -> f64 {
        let value = value(&key);
        self.used.push(key);
        value
    }

    /// From the file of parameter sets.
    fn set(&mut self, name: &str) -> f64 {
        self.of(format!("plasma.{}.{name}", self.drug))
    }

    /// From the published tables.
    fn table(&mut self, name: &str) -> f64 {
        self.of(format!("pharmacokinetics.{}.{name}", self.drug))
    }
}

impl DrugModel {
    /// The model of a drug by name.
    ///
    /// # Errors
    /// [`BodyError::Formulary`] for a name nobody knows, [`BodyError::NoPlasmaModel`] for an agent without one.
    pub fn of(name: &str) -> Result<Self, BodyError> {
        let agent = rami_formulary::agent(name)?;
        let mut figures = Figures { drug: agent.name.clone(), used: Vec::new() };
        let no_model = || BodyError::NoPlasmaModel { drug: agent.name.clone(), known: KNOWN };
        let disposition = disposition(&mut figures).ok_or_else(no_model)?;
        let absorption = absorption(&mut figures);
        let albumin = figures.set("albumin_ratio");
        let binding =
            Binding::from_free_fraction(figures.table("free_fraction"), base_molar_mass(agent), albumin);
        let cns_threshold_mg_l = match agent.name.as_str() {
            "lidocaine" => binding.free(figures.of("toxicity.lidocaine.nervous_system".into())),
            "levobupivacaine" => figures.set("cns_threshold"),
            name => figures.of(format!("toxicity.{name}.free_arterial")),
        };
        let blood_to_plasma = match agent.name.as_str() {
            "levobupivacaine" => figures.set("blood_to_plasma"),
            _ => figures.table("blood_to_plasma"),
        };
        let extraction = figures.table("extraction");
        let evidence = figures.used;
        Ok(Self {
            agent,
            disposition,
            absorption,
            binding,
            extraction,
            blood_to_plasma,
            cns_threshold_mg_l,
            evidence,
        })
    }

    /// This drug in one person.
    #[must_use]
    pub fn in_person(&self, person: &Person, variation: &Variation) -> DrugInPerson {
        let (mass, flow_scale) = (person.mass_ratio(), person.mass_ratio().powf(0.75));
        let binding = self.binding.scaled(person.aag_ratio * variation.aag);
        let free_ratio = binding.free_fraction() / self.binding.free_fraction();
        let disease = 1.0 - person.liver_function;
        let liver = |key: &str| 1.0 + disease * value(key) / 100.0;
        let decades = ((person.age_years - 45.0) / 10.0).max(0.0);
        let age = (1.0 - value("plasma.age.clearance_per_decade")).powf(decades);
        let clearance = flow_scale
            * age
            * liver("pharmacokinetics.ropivacaine.liver_disease.clearance")
            * extraction_ratio(self.extraction, free_ratio)
            * variation.clearance;
        let volume = mass * free_ratio * variation.volume;
        let typical = &self.disposition;
        let disposition = Disposition {
            v1_l: typical.v1_l * volume,
            q_l_min: typical.q_l_min * flow_scale * free_ratio,
            // Disease widens Vss and leaves the peak after a bolus as it was: the room is in the outer compartment.
            v2_l: (typical.vss_l() * liver("pharmacokinetics.ropivacaine.liver_disease.volume")
                - typical.v1_l)
                * volume,
            cl_l_min: typical.cl_l_min * clearance,
        };
        // Heart and lungs hold at most half of the central volume, so that the rest keeps room to mix in.
        let lung_l = (value("plasma.lung.apparent_volume") * mass).min(0.5 * disposition.v1_l);
        DrugInPerson {
            disposition,
            impulse: disposition.impulse(),
            binding,
            flow_l_min: value("plasma.cardiac_output")
                * flow_scale
                * variation.cardiac_output
                * self.blood_to_plasma,
            lung_l,
            cns_threshold_mg_l: self.cns_threshold_mg_l * variation.threshold,
        }
    }
}

/// Hepatic extraction at `free_ratio` times the free share, relative to before.
fn extraction_ratio(extraction: f64, free_ratio: f64) -> f64 {
    let x = free_ratio * extraction / (1.0 - extraction);
    x / (1.0 + x) / extraction
}

/// Glycoprotein binds molecules of base, whatever the label weighs.
fn base_molar_mass(agent: &Agent) -> f64 {
    const HYDROGEN_CHLORIDE: f64 = 36.46;
    if agent.name == "levobupivacaine" {
        agent.molar_mass_g_mol
    } else {
        agent.molar_mass_g_mol - HYDROGEN_CHLORIDE
    }
}

fn disposition(figures: &mut Figures) -> Option<Disposition> {
    match figures.drug.as_str() {
        "lidocaine" | "bupivacaine" => {
            let (v1, cl) = (figures.set("v1"), figures.set("cl"));
            let (alpha, beta) = (figures.set("half_life_distribution"), figures.set("half_life_elimination"));
            Some(Disposition::from_half_lives(v1, cl, alpha, beta))
        }
        "levobupivacaine" | "ropivacaine" => {
            let v1 = figures.set("v1");
            let (vss, cl) = (figures.table("volume"), figures.table("clearance"));
            let half_life_min = figures.table("half_life") * 60.0;
            Disposition::from_terminal_half_life(v1, vss, cl, half_life_min)
        }
        _ => None,
    }
}

fn absorption(figures: &mut Figures) -> Absorption {
    match figures.drug.as_str() {
        "lidocaine" | "bupivacaine" => Absorption {
            fast_fraction: figures.set("fast_fraction"),
            fast_half_life: figures.set("fast_half_life"),
            slow_fraction: figures.set("slow_fraction"),
            slow_half_life: figures.set("slow_half_life"),
        },
        drug => {
            let fast_fraction = match drug {
                "levobupivacaine" => figures.table("absorption_fast_share"),
                _ => figures.set("fast_fraction"),
            };
            Absorption {
                fast_fraction,
                fast_half_life: figures.table("absorption_fast"),
                slow_fraction: figures.set("slow_fraction"),
                slow_half_life: figures.table("absorption_slow"),
            }
        }
    }
}
