//! What a plan promises, on a person whose anatomy is known exactly.

mod common;

use common::Person;
use rami_anatomy::{Side, VertebralLevel};
use rami_plan::{Candidate, Plan, PlanOptions, plan};

fn planned(person: &Person, options: &PlanOptions) -> Plan {
    let (ct, anatomy) = person.make();
    plan(&ct, &anatomy, Vec::new(), options).unwrap()
}

fn best(plan: &Plan, side: Side, level: VertebralLevel) -> &Candidate {
    let row = plan.trade_off.iter().find(|row| row.side == side && row.level == level).unwrap();
    &plan.candidates[row.best.unwrap()]
}

#[test]
fn every_level_of_both_sides_has_a_safe_path_that_a_textbook_would_draw() {
    let plan = planned(&Person::default(), &PlanOptions::default());
    for side in Side::BOTH {
        for level in VertebralLevel::PLANNED {
            let c = best(&plan, side, level);
            assert!(c.safe, "{side} {level}: {:?}", c.refusals);
            assert!((20.0..40.0).contains(&c.obliquity_deg), "{side} {level}: {}°", c.obliquity_deg);
            assert!(c.tilt_deg.abs() < 15.0, "{side} {level}: tilt {}°", c.tilt_deg);
            assert!(c.distance_to_chain_mm.unwrap() < 5.0);
            assert!(c.landmarks.lateral.beyond_anterior_cortex_mm.abs() < 12.0);
            let sum: f64 = c.crosses_mm.values().sum();
            assert!((sum - c.depth_mm).abs() < 1e-6, "tissue lengths sum to the depth");
        }
    }
}
