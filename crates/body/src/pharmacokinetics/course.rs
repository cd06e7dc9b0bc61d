//! One injection in one person: curves over time and their peaks.
//!
//! Absorbed drug follows the closed form, drug in a vein the recirculating model; both are linear in the total
//! concentration, so they add. Arterial plasma after absorption is venous plasma × (1 + δ e^(−t/τ)): an empirical excess
//! that gives ropivacaine's published ratio of peaks (δ is solved for), with an assumed τ. Free drug by [`Binding`],
//! the brain follows free arterial plasma.
//!
//! [`Binding`]: super::binding::Binding

use super::absorption::{Absorbed, Absorption, Site};
use super::drug::{DrugInPerson, DrugModel};
use super::first_pass::{bolus, lag};
use crate::error::in_range;
use crate::{BodyError, Person, Variation};
use rami_evidence::value;
use rami_units::{Mg, Minutes};
use std::sync::OnceLock;

/// What is injected where.
#[derive(Debug, Clone)]
pub struct Injection {
    /// The drug.
    pub drug: DrugModel,
    /// Its mass.
    pub dose: Mg,
    /// Where it goes.
    pub site: Site,
    /// Whether the solution holds adrenaline.
    pub adrenaline: bool,
    /// Share of the dose that enters a vessel instead of the site, 0 to 1; all of it for [`Site::Iv`].
    pub intravascular_fraction: f64,
    /// How long the injection takes: what counts for the part in a vessel.
    pub over: Minutes,
    /// Absorbed mass as a spread model computed it, in place of the two paths.
    pub absorbed: Option<Absorbed>,
}

/// Curves after one injection in one person, mg/L of plasma.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Times in min.
    pub t_min: Vec<f64>,
    /// Total peripheral venous.
    pub venous: Vec<f64>,
    /// Total arterial.
    pub arterial: Vec<f64>,
    /// Free venous.
    pub free_venous: Vec<f64>,
    /// Free arterial.
    pub free_arterial: Vec<f64>,
    /// Free drug that has reached the brain.
    pub free_brain: Vec<f64>,
}

/// Height and time of a peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// mg/L.
    pub c_max: f64,
    /// min.
    pub t_max: f64,
}

impl Injection {
    /// Refuses doses, shares and times that cannot be.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`], naming the field.
    pub fn check(&self) -> Result<(), BodyError> {
        in_range("dose", self.dose.get(), "mg", (0.01, 3000.0), "give the mass of drug in mg, not ml or %")?;
        let share = "give a share of the dose between 0 and 1";
        in_range("intravascular fraction", self.intravascular_fraction, "(share)", (0.0, 1.0), share)?;
        in_range(
            "injection time",
            60.0 * self.over.get(),
            "s",
            (1.0, 7200.0),
            "between one second and two hours",
        )?;
        Ok(())
    }

    /// Share of the dose that enters the blood at once.
    #[must_use]
    pub fn in_vessel(&self) -> f64 {
        if self.site == Site::Iv { 1.0 } else { self.intravascular_fraction }
    }

    /// The course in one person over `horizon`.
    ///
    /// # Errors
    /// [`BodyError::OutOfRange`] for an injection or a person that cannot be.
    pub fn run(&self, person: &Person, variation: &Variation, horizon: Minutes) -> Result<Course, BodyError> {
        self.check()?;
        person.check()?;
        in_range("time followed", horizon.get(), "min", (1.0, 10_080.0), "between a minute and a week")?;
        let in_vessel = self.in_vessel();
        let times = grid(horizon.get(), in_vessel > 0.0);
        let drug = self.drug.in_person(person, variation);
        let (outside_mg, inside_mg) = (self.dose.get() * (1.0 - in_vessel), self.dose.get() * in_vessel);
        let absorption = self.drug.absorption.individual(self.site, self.adrenaline, variation);
        let mut venous: Vec<f64> = match &self.absorbed {
            _ if outside_mg == 0.0 => vec![0.0; times.len()],
            Some(curve) => times.iter().map(|&t| curve.concentration(&drug.impulse, t)).collect(),
            None => times.iter().map(|&t| absorption.concentration(&drug.impulse, outside_mg, t)).collect(),
        };
        let mut arterial: Vec<f64> = times.iter().zip(&venous).map(|(&t, c)| c * arterial_ratio(t)).collect();
        if inside_mg > 0.0 {
            let circulating = bolus(&drug, inside_mg, self.over.get(), &times);
            venous.iter_mut().zip(circulating.venous).for_each(|(c, more)| *c += more);
            arterial.iter_mut().zip(circulating.arterial).for_each(|(c, more)| *c += more);
        }
        Ok(Course::from_totals(&drug, times, venous, arterial))
    }
}

impl Course {
    fn from_totals(drug: &DrugInPerson, t_min: Vec<f64>, venous: Vec<f64>, arterial: Vec<f64>) -> Self {
        let free = |total: &[f64]| total.iter().map(|&c| drug.binding.free(c.max(0.0))).collect::<Vec<f64>>();
        let (free_venous, free_arterial) = (free(&venous), free(&arterial));
        let free_brain = lag(&t_min, &free_arterial, value("plasma.brain.equilibration"));
        Self { t_min, venous, arterial, free_venous, free_arterial, free_brain }
    }

    /// The highest point of one of the curves, between grid points by the parabola through the three highest.
    #[must_use]
    pub fn peak(&self, curve: &[f64]) -> Peak {
        let top = (0..curve.len()).max_by(|&i, &j| curve[i].total_cmp(&curve[j])).unwrap_or_default();
        let grid = Peak { c_max: curve[top], t_max: self.t_min[top] };
        if top == 0 || top + 1 >= curve.len() {
            return grid;
        }
        let (x, y) = (&self.t_min[top - 1..=top + 1], &curve[top - 1..=top + 1]);
        let (left, right) = ((y[1] - y[0]) / (x[1] - x[0]), (y[2] - y[1]) / (x[2] - x[1]));
        let bend = (right - left) / (x[2] - x[0]);
        if bend >= 0.0 {
            return grid;
        }
        let t_max = 0.5 * (x[0] + x[1]) - 0.5 * left / bend;
        let c_max = y[0] + (t_max - x[0]) * (left + bend * (t_max - x[1]));
        Peak { c_max, t_max }
    }
}

/// Times in min: fine while a bolus passes, half minutes while absorption peaks, then two minutes.
fn grid(horizon: f64, bolus: bool) -> Vec<f64> {
    let mut times = vec![0.0];
    let mut t: f64 = 0.0;
    while t < horizon {
        t += if bolus && t < 5.0 - 1e-9 {
            0.05
        } else if t < 90.0 - 1e-9 {
            0.5
        } else {
            2.0
        };
        times.push(t.min(horizon));
    }
    times
}

/// Arterial over venous plasma at `t_min` after an absorbed dose.
#[must_use]
pub fn arterial_ratio(t_min: f64) -> f64 {
    1.0 + arterial_excess() * (-t_min / value("plasma.arterial_excess_time")).exp()
}

/// δ of the module text, from the published ratio of peaks after epidural ropivacaine.
fn arterial_excess() -> f64 {
    static EXCESS: OnceLock<f64> = OnceLock::new();
    *EXCESS.get_or_init(|| {
        let wanted = 1.0 + value("pharmacokinetics.ropivacaine.arterial_excess") / 100.0;
        let Ok(drug) = DrugModel::of("ropivacaine") else { return 0.0 };
        let body = drug.in_person(&Person::typical(), &Variation::NONE);
        let epidural: Absorption = drug.absorption.individual(Site::Epidural, false, &Variation::NONE);
        let curve: Vec<(f64, f64)> = (0..1200)
            .map(|i| f64::from(i) * 0.1)
            .map(|t| (epidural.concentration(&body.impulse, 1.0, t), t))
            .collect();
        let venous = curve.iter().map(|(c, _)| *c).fold(0.0, f64::max);
        let tau = value("plasma.arterial_excess_time");
        let ratio = |delta: f64| {
            curve.iter().map(|(c, t)| c * (1.0 + delta * (-t / tau).exp())).fold(0.0, f64::max) / venous
        };
        let (mut low, mut high) = (0.0, 5.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if ratio(middle) < wanted { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    })
}
