//! Through the needle: aspiration, contrast, test dose, drug.

use super::Turn;
use crate::action::{Pattern, Watch};
use crate::complication::{Complication, begin, toxicity};
use crate::event::Event;
use crate::flow::{Compartment, Fluid, OCCLUDED_KPA, Spread};
use crate::refusal::{Refusal, RefusalCode, within};
use crate::setup::Phase;
use crate::state::{Deposit, Given};
use crate::step::needle::distance;
use crate::theatre::{Flowing, Pulse};
use rami_anatomy::Side;
use rami_evidence::value;
use rami_needle::{Aspirate, Medium, aspirate};
use rami_xray::dose::PulseRate;
use std::collections::BTreeMap;

/// How far a tip may have gone since the last picture that shows it, mm (judged: a step between two looks).
const SEEN_WITHIN_MM: f64 = 12.0;
/// Share in a vessel below which nobody would see it run away.
const SEEN_IN_VESSEL: f64 = 0.1;
/// Share in the plane, of what is in it and in the fat before it, from which its line is seen (judged).
const HUGS: f64 = 0.25;

impl Turn<'_, '_> {
    pub(super) fn aspirate(&mut self) -> Result<(), Refusal> {
        let (tip, direction, inside) = self.opening()?;
        let part = crate::flow::opening_in_vessel(self.theatre.world, tip, direction);
        let medium =
            if inside.medium == Medium::Vessel || part >= 0.3 { Medium::Vessel } else { inside.medium };
        self.state.draws += 1;
        let seen = aspirate(medium, self.theatre.stream("aspirate", self.state.draws));
        self.state.aspirated = true;
        self.events.push(Event::Aspirated { seen });
        if seen == Aspirate::Blood {
            self.vessel_shows("blood came back");
        }
        Ok(())
    }

    pub(super) fn inject(
        &mut self,
        label: &str,
        volume_ml: f64,
        rate_ml_s: f64,
        watch: Watch,
    ) -> Result<(), Refusal> {
        within("rate in ml/s", rate_ml_s, 0.01, 5.0)?;
        self.agreed()?;
        let (tip, direction, _) = self.opening()?;
        let seen = self.state.seen_tip_mm.is_some_and(|at| distance(at, tip) <= SEEN_WITHIN_MM);
        if !seen {
            return Err(if self.state.stimulations > 0 && self.state.seen_tip_mm.is_none() {
                Refusal::new(
                    RefusalCode::MappingAlone,
                    "nerve mapping alone does not say where the tip is: the chain's fibres cannot be excited from more than about a millimetre",
                    "take a picture with the needle in it",
                )
            } else {
                Refusal::new(
                    RefusalCode::NoImage,
                    "no picture shows where this needle's tip is now",
                    "take one with the tip in it before anything goes in",
                )
            });
        }
        if watch != Watch::Blind && !self.state.prone {
            return Err(Refusal::new(
                RefusalCode::NotProne,
                "the person does not lie on the table",
                "turn them first",
            ));
        }
        let syringe = self.take(label, volume_ml)?;
        let drug = syringe.drug_mg_ml > 0.0;
        let contrast = syringe.iodine_mg_ml > 0.0;
        self.enter(if contrast { Phase::Contrast } else { Phase::Injection });
        let fluid = Fluid {
            agent: syringe.agent.clone(),
            drug_mg_ml: syringe.drug_mg_ml,
            iodine_mg_ml: syringe.iodine_mg_ml,
            volume_ml,
            rate_ml_s,
            at_s: self.state.clock_s,
            adrenaline: syringe.adrenaline,
        };
        let spread = self.deposit(tip, direction, fluid)?;
        let refused = spread.share(Compartment::Refused) > 0.5;
        let in_vessel = spread.share(Compartment::Vessel);
        let in_canal = spread.share(Compartment::Thecal) + spread.share(Compartment::Epidural);
        let over_s = volume_ml / rate_ml_s;
        // What does not go in stays in the syringe.
        let given_ml = if refused { 0.0 } else { volume_ml * spread.delivered };
        if let Some(back) = self.state.syringes.get_mut(label) {
            back.left_ml = (back.left_ml + volume_ml - given_ml).min(back.volume_ml);
        }
        let mass_mg = syringe.drug_mg_ml * given_ml;
        let left_ml = self.state.syringes.get(label).map_or(0.0, |s| s.left_ml);
        self.events.push(Event::Injected {
            label: label.to_owned(),
            agent: syringe.agent.clone(),
            volume_ml: given_ml,
            mass_mg,
            left_ml,
            resistance: resistance(spread.pressure_kpa).to_owned(),
        });
        if refused {
            return Ok(());
        }
        self.state.observed_min = 0.0;
        let at_s = self.state.clock_s;
        self.state.doses.push(Given {
            label: label.to_owned(),
            agent: syringe.agent,
            volume_ml: given_ml,
            mass_mg,
            iodine_mg: syringe.iodine_mg_ml * given_ml,
            adrenaline: syringe.adrenaline,
            at_s,
            over_s,
            in_vessel,
            in_canal,
            skin: false,
        });
        self.watched(&spread, tip, contrast, syringe.iodine_mg_ml * given_ml, over_s, watch);
        self.deposited(&spread);
        self.dose_warning();
        if contrast {
            self.contrast_reaction();
        }
        if drug {
            self.state.somatic_examined = false;
            self.drug_went_wrong(&spread, tip, mass_mg);
        }
        Ok(())
    }

    /// Adds fluid to what lies at this tip and asks the model of flow where all of it is.
    fn deposit(&mut self, tip: [f64; 3], direction: [f64; 3], fluid: Fluid) -> Result<Spread, Refusal> {
        let here = self.state.deposits.iter().position(|deposit| distance(deposit.tip_mm, tip) < 0.5);
        let mut deposit = match here.and_then(|index| self.state.deposits.get(index)) {
            Some(deposit) => deposit.clone(),
            None => Deposit { tip_mm: tip, direction, fluids: Vec::new(), spread: Spread::nothing() },
        };
        deposit.fluids.push(fluid);
        deposit.spread = self.theatre.spread(&deposit).map_err(|why| {
            Refusal::new(RefusalCode::OutOfRange, why, "inject another volume, or move the tip")
        })?;
        let spread = deposit.spread.clone();
        if spread.share(Compartment::Refused) > 0.5 {
            return Ok(spread);
        }
        match here {
            Some(index) => {
                if let Some(slot) = self.state.deposits.get_mut(index) {
                    *slot = deposit;
                }
            }
            None => self.state.deposits.push(deposit),
        }
        Ok(spread)
    }

    /// X-rays during the injection, and what an expert reads in them.
    fn watched(
        &mut self,
        spread: &Spread,
        tip: [f64; 3],
        contrast: bool,
        iodine_mg: f64,
        over_s: f64,
        watch: Watch,
    ) {
        if watch == Watch::Blind {
            return;
        }
        let in_vessel = spread.share(Compartment::Vessel);
        let flowing = contrast.then_some(Flowing { spread, tip_mm: tip, iodine_mg, in_vessel, over_s });
        let pulse = match watch {
            Watch::Spot => Pulse { kind: "shot", frames: 1, rate: None, flowing, subtract: false },
            _ => Pulse {
                kind: if watch == Watch::Subtracted { "subtracted" } else { "contrast" },
                frames: ((over_s + 2.0) * PulseRate::USUAL.per_s()).ceil() as u64,
                rate: Some(PulseRate::USUAL),
                flowing,
                subtract: watch == Watch::Subtracted,
            },
        };
        let theatre = self.theatre;
        theatre.expose(&mut self.state, &mut self.events, pulse);
        if !contrast {
            return;
        }
        let mut pattern = pattern_of(spread);
        if watch == Watch::Spot && matches!(pattern, Pattern::Vascular | Pattern::MixedVascular) {
            // A still picture comes too late for some of what runs away (Hong 2010).
            let seen = self.draw("spot film") < value("misplacement.spot_film_sensitivity") / 100.0;
            if !seen {
                // What is left is read for what it is, psoas or disc as well.
                let mut rest = spread.clone();
                rest.shares.remove(&Compartment::Vessel);
                pattern = if pattern == Pattern::Vascular { Pattern::Nothing } else { pattern_of(&rest) };
            }
        }
        if matches!(pattern, Pattern::Vascular | Pattern::MixedVascular) {
            self.vessel_shows("contrast runs away");
        }
        let in_words = pattern.appearance().to_owned();
        self.events.push(Event::ContrastShown { pattern, in_words });
    }

    /// A needle in a vessel has shown itself.
    fn vessel_shows(&mut self, how: &str) {
        let now = self.state.clock_s;
        begin(&mut self.state, &mut self.events, Complication::VesselPuncture, how, Some(vec![now]));
    }

    fn deposited(&mut self, spread: &Spread) {
        let shares = spread
            .shares
            .iter()
            .filter_map(|(compartment, share)| {
                serde_json::to_value(compartment).ok()?.as_str().map(|name| (name.to_owned(), *share))
            })
            .collect();
        let mut blocked = BTreeMap::new();
        for side in Side::BOTH {
            for (level, share) in ["L2", "L3", "L4"].iter().zip(spread.blocked.get(side)) {
                blocked.insert(format!("{side}_{level}"), *share);
            }
        }
        self.events.push(Event::Deposited {
            shares,
            blocked,
            longitudinal_extent_mm: spread.longitudinal_extent_mm,
            model: self.theatre.flow.name().to_owned(),
        });
    }

    fn contrast_reaction(&mut self) {
        let first = self.state.doses.iter().filter(|dose| dose.iodine_mg > 0.0).count() == 1;
        if !first {
            return;
        }
        let person = &self.theatre.setup.person;
        let chance = if person.contrast_reactor {
            value("procedure.contrast_reaction_again")
        } else {
            value("procedure.contrast_reaction")
        };
        let certain = self.theatre.setup.certain == Some(Complication::ContrastReaction);
        if self.draw("contrast reaction") < chance / 100.0 || certain {
            self.begin(
                Complication::ContrastReaction,
                "contrast, by the published share (procedure.contrast_reaction)",
            );
        }
    }

    /// What follows from where the drug is.
    fn drug_went_wrong(&mut self, spread: &Spread, tip: [f64; 3], mass_mg: f64) {
        let side = self.side_of(tip);
        if side != self.theatre.setup.side {
            self.begin(Complication::WrongSide, &format!("drug went in on the {side}"));
        }
        let in_vessel = spread.share(Compartment::Vessel);
        if in_vessel * mass_mg > 1.0 {
            let cause = format!("{:.0} % of {mass_mg:.0} mg went into a vessel", 100.0 * in_vessel);
            self.begin(Complication::IntravascularInjection, &cause);
        }
        self.plasma();
        if spread.share(Compartment::Psoas) > 0.5 {
            self.begin(Complication::PsoasInjection, "most of the drug lies in psoas");
        }
        if spread.share(Compartment::Thecal) > 0.1 {
            self.begin(Complication::IntrathecalSpread, "drug in the thecal sac");
        } else if spread.share(Compartment::Epidural) + spread.share(Compartment::Nerve) > 0.2 {
            self.begin(Complication::EpiduralSpread, "drug in the canal or a foramen");
        }
        if *spread.genitofemoral_blocked.get(side) > 0.5 {
            self.begin(Complication::GenitofemoralBlock, "the drug reaches the genitofemoral nerve");
        }
        // One draw for the block, at its first effective dose.
        if self.state.supply_cut(side) && !self.state.pressure_drawn {
            self.state.pressure_drawn = true;
            let sides = Side::BOTH.iter().filter(|side| self.state.supply_cut(**side)).count();
            let chance = rami_body::autonomic::pressure::orthostatic_probability(sides as f64);
            if self.draw("hypotension") < chance {
                self.begin(
                    Complication::Hypotension,
                    "vessels of the leg open (adverse.orthostatic_hypotension)",
                );
            }
        }
    }

    /// Asks the plasma model what all that was given does to brain and heart from now on.
    pub(super) fn plasma(&mut self) {
        let person = &self.theatre.setup.person;
        let curve = toxicity::brain(&self.state.doses, person);
        let free = toxicity::beside_lipid(self.state.lipid_ml, person.weight_kg);
        let now = self.state.clock_s;
        let stages: Vec<f64> =
            toxicity::stages(&curve, now, free).into_iter().map(|at| at.max(now + 1.0)).collect();
        if !stages.is_empty() {
            let cause = "free drug in the brain reaches the threshold of first signs in the plasma model";
            begin(&mut self.state, &mut self.events, Complication::Toxicity, cause, Some(stages));
        }
    }

    pub(super) fn call_pattern(&mut self, pattern: Pattern) -> Result<(), Refusal> {
        let Some(deposit) = self.state.last_contrast() else {
            return Err(Refusal::new(
                RefusalCode::NothingThere,
                "no contrast was given",
                "give some and look",
            ));
        };
        let truth = pattern_of(&deposit.spread);
        self.events.push(Event::PatternCalled { pattern, right: Some(truth == pattern) });
        Ok(())
    }
}

/// What a hand on the syringe feels.
fn resistance(kpa: f64) -> &'static str {
    match kpa {
        kpa if !(kpa < OCCLUDED_KPA) => "nothing goes in",
        kpa if kpa > 40.0 => "stiff",
        kpa if kpa > 10.0 => "moderate",
        _ => "easy",
    }
}

/// What the contrast looks like to an expert, from where it is.
#[must_use]
pub(crate) fn pattern_of(spread: &Spread) -> Pattern {
    let in_vessel = spread.share(Compartment::Vessel);
    if in_vessel > 0.7 {
        return Pattern::Vascular;
    }
    if in_vessel > SEEN_IN_VESSEL {
        return Pattern::MixedVascular;
    }
    if spread.share(Compartment::Thecal) > 0.1 {
        return Pattern::Intrathecal;
    }
    // Fluid in the plane of the chain runs over into the fat before it, and is read by its line along the bodies; a cloud
    // in that fat alone keeps no shape.
    let (plane, before) =
        (spread.share(Compartment::Prevertebral), spread.share(Compartment::Retroperitoneal));
    let hugs = plane >= HUGS * (plane + before);
    let largest = spread
        .shares
        .iter()
        .filter(|(compartment, _)| **compartment != Compartment::Vessel)
        .map(|(compartment, share)| match compartment {
            Compartment::Prevertebral if hugs => (*compartment, plane + before),
            Compartment::Retroperitoneal if hugs => (*compartment, 0.0),
            _ => (*compartment, *share),
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(compartment, _)| compartment);
    match largest {
        Some(Compartment::Prevertebral) => Pattern::Prevertebral,
        Some(Compartment::Psoas) => Pattern::Psoas,
        Some(Compartment::Epidural | Compartment::Nerve) => Pattern::Epidural,
        Some(Compartment::Disc) => Pattern::Disc,
        Some(Compartment::Urinary) => Pattern::Urinary,
        Some(Compartment::Visceral | Compartment::Retroperitoneal) => Pattern::Visceral,
        Some(Compartment::Muscle) => Pattern::Muscular,
        _ => Pattern::Nothing,
    }
}
