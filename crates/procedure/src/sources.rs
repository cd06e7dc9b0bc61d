//! Which figures of the evidence a session rests on: those that its operator, its actions and what came of them ask for.
//!
//! Times of actions (`procedure.time.*`) are listed by themselves, and the models of rooms below name their own.

use crate::action::{Action, Watch};
use crate::complication::{Complication, Remedy};
use crate::event::Event;
use crate::session::Session;
use std::collections::BTreeSet;

/// Errors of a simulated operator, and what each is of.
pub const VIRTUAL: [&str; 7] = [
    "needle.hand_entry_sd",
    "needle.hand_angle_sd",
    "procedure.virtual.c_arm",
    "procedure.virtual.reading",
    "procedure.virtual.vigilance",
    "procedure.virtual.pattern_reading",
    "procedure.virtual.tolerance",
];

/// Whether a simulated operator did it.
#[must_use]
pub fn is_virtual(session: &Session) -> bool {
    session.header.operator.split_whitespace().next() == Some("virtual")
}

/// Keys of the figures, in order.
#[must_use]
pub fn of(session: &Session) -> BTreeSet<&'static str> {
    let mut keys = BTreeSet::new();
    if is_virtual(session) {
        keys.extend(VIRTUAL);
    }
    let person = &session.header.setup.person;
    if person.dosing_weight_kg.is_some() {
        keys.insert("limits.ideal_weight_above_bmi");
    }
    if person.dose_factor < 1.0 {
        keys.insert("limits.reduction_when_frail");
    }
    if person.liver_function < 1.0 {
        keys.insert("clinic.liver_function_in_disease");
    }
    for line in session.lines.iter().filter(|line| line.refused.is_none()) {
        of_action(&line.action, session, &mut keys);
        line.events.iter().for_each(|event| of_event(event, session, &mut keys));
    }
    keys
}

fn of_action(action: &Action, session: &Session, keys: &mut BTreeSet<&'static str>) {
    match action {
        Action::InsertNeedle { .. } => {
            keys.extend(["needle.curvature_spread", "adverse.vasovagal", "procedure.pass_retraction"]);
        }
        Action::Aspirate => keys.extend(["misplacement.aspiration_sensitivity", "procedure.bevel_opening"]),
        Action::Inject { label, watch, .. } => {
            keys.extend(["procedure.bevel_opening", "limits.sum_all"]);
            let contrast = session.lines.iter().flat_map(|line| &line.events).any(|event| {
                matches!(event, Event::DrawnUp { label: of, mass_mg, .. } if of == label && *mass_mg == 0.0)
            });
            if contrast && *watch == Watch::Spot {
                keys.insert("misplacement.spot_film_sensitivity");
            }
        }
        Action::Stimulate { .. } if session.header.world.contains("schematic") => keys.extend([
            "procedure.stand_in.threshold_at_contact",
            "procedure.stand_in.threshold_growth",
            "procedure.stand_in.bare_tip",
        ]),
        Action::Stimulate { .. } => {
            keys.extend(["nerve.mapping_pulse_width", "nerve.drg_motor_threshold", "mapping.reading_spread"]);
        }
        Action::Treat { with } => of_remedy(with, keys),
        _ => {}
    }
}

fn of_remedy(with: &Remedy, keys: &mut BTreeSet<&'static str>) {
    match with {
        Remedy::LipidBolus { .. } => keys.extend([
            "last.asra.bolus",
            "last.asra.bolus_above_70_kg",
            "last.weight_boundary",
            "last.maximum",
        ]),
        Remedy::LipidInfusion { .. } => keys.extend([
            "last.asra.infusion",
            "last.asra.infusion_above_70_kg",
            "last.weight_boundary",
            "last.maximum",
        ]),
        Remedy::Adrenaline { .. } => keys.extend(["procedure.last.adrenaline", "last.adrenaline_maximum"]),
        _ => {}
    }
}

fn of_event(event: &Event, session: &Session, keys: &mut BTreeSet<&'static str>) {
    match event {
        Event::Exposed { .. } => {
            keys.insert("technique.dose_area_product");
        }
        Event::ContrastShown { .. } => {
            let again = session.header.setup.person.contrast_reactor;
            keys.insert(if again {
                "procedure.contrast_reaction_again"
            } else {
                "procedure.contrast_reaction"
            });
        }
        Event::Entered { structure, .. } if structure.contains("vessel") || structure.contains("lumbar_") => {
            keys.insert("procedure.bleed.segmental");
            if session.header.setup.person.bleeds {
                keys.insert("procedure.bleed.factor");
            }
        }
        Event::RuleFired { rule, .. } => {
            keys.insert(rami_body::autonomic::rules::evidence(rule));
        }
        Event::Vitals { .. } => keys.extend([
            "procedure.vitals.pulse",
            "procedure.vitals.pulse_sd",
            "procedure.vitals.pressure",
            "procedure.vitals.pressure_sd",
            "procedure.vitals.saturation",
            "procedure.vitals.reading_sd",
        ]),
        Event::Discharged { .. } => {
            keys.extend(["last.observe", "last.observe_bupivacaine", "last.observe_bupivacaine_dose"]);
        }
        Event::ComplicationBegan { complication, .. } => of_complication(*complication, session, keys),
        _ => {}
    }
}

fn of_complication(which: Complication, session: &Session, keys: &mut BTreeSet<&'static str>) {
    match which {
        Complication::VesselPuncture => keys.extend([
            "misplacement.intravascular",
            "misplacement.aspiration_sensitivity",
            "procedure.bleed.segmental",
        ]),
        Complication::IntravascularInjection => {
            keys.insert("misplacement.intravascular");
        }
        Complication::Toxicity => keys.extend([
            "procedure.last.seizure",
            "procedure.last.cardiac",
            "procedure.last.arrest",
            "procedure.last.observe_seizure",
            "procedure.last.observe",
            "last.avoid",
        ]),
        Complication::PsoasInjection => {
            keys.insert("misplacement.psoas");
        }
        Complication::Haematoma => {
            keys.insert("procedure.bleed.segmental");
            if session.header.setup.person.bleeds {
                keys.insert("procedure.bleed.factor");
            }
        }
        Complication::BoneContact => {
            keys.insert("procedure.pain.bone");
        }
        Complication::Vasovagal => {
            keys.insert("adverse.vasovagal");
        }
        Complication::Hypotension => {
            keys.insert("adverse.orthostatic_hypotension");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Geometric;
    use crate::schematic::Schematic;
    use crate::session::Header;
    use crate::{Setup, Theatre};
    use rami_evidence::find;

    fn session(operator: &str) -> Session {
        let (setup, world) = (Setup::default(), Schematic::new());
        let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
        Session::new(Header::new(&theatre, operator, "schematic"))
    }

    #[test]
    fn every_key_there_is_is_a_figure() {
        let mut keys: BTreeSet<&str> = VIRTUAL.into_iter().collect();
        let mut schematic = session("virtual");
        schematic.header.setup.person.bleeds = true;
        for entry in crate::complication::catalogue() {
            of_complication(entry.id, &schematic, &mut keys);
        }
        for rule in rami_body::autonomic::rules::RULES {
            keys.insert(rami_body::autonomic::rules::evidence(rule));
        }
        for remedy in [
            Remedy::LipidBolus { ml: 1.0 },
            Remedy::LipidInfusion { ml_per_min: 1.0, minutes: 1.0 },
            Remedy::Adrenaline { ug: 1.0 },
        ] {
            of_remedy(&remedy, &mut keys);
        }
        assert!(keys.len() > 30, "{}", keys.len());
        for key in keys {
            assert!(find(key).is_ok(), "{key} is no figure");
        }
    }

    #[test]
    fn only_a_simulated_operator_has_assumed_errors() {
        assert!(VIRTUAL.iter().all(|key| of(&session("virtual")).contains(key)));
        assert!(of(&session("plan")).is_empty(), "nothing was done");
    }
}
