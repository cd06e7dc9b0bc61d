//! What a plan promises, on a person whose anatomy is known exactly.

mod common;

use common::{Person, point};
use nalgebra::Rotation3;
use rami_anatomy::{Posture, Side, Structure, VertebralLevel, WarningKind};
use rami_plan::{Candidate, HazardClass, LevelChoice, Plan, PlanError, PlanOptions, PlannedSide, plan};
use rami_volume::Vector;

fn options(side: PlannedSide, level: LevelChoice) -> PlanOptions {
    PlanOptions { side, level, draws: 1000, ..PlanOptions::default() }
}

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
    for c in &plan.candidates {
        println!(
            "{} {} cost {:.2} safe {} obl {:.1} tilt {:.1} depth {:.0} lat {:.0} h {:.2} chain {:?} any {:.3} psoas {:?} {:?} {:?}",
            c.side, c.level, c.cost, c.safe, c.obliquity_deg, c.tilt_deg, c.depth_mm, c.lateral_offset_mm,
            c.height_fraction, c.distance_to_chain_mm, c.any_hit_probability, c.crosses_mm, c.landmarks, c.refusals
        );
    }
    println!("{} {:?}", plan.verdict.reason, plan.search);
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
