//! A report lists the figures that its run used.
#![allow(clippy::unwrap_used)] // a test stops at the first surprise

use rami_evidence::find;
use rami_procedure::flow::Geometric;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Aim, Block, Header, Session};
use rami_procedure::{Event, Setup, Theatre, sources};

fn session(operator: &str, skill: Skill) -> Session {
    let setup = Setup { isocentre_mm: [20.0, -13.0, -8.0], ..Setup::default() };
    let world = Schematic::new();
    let theatre = Theatre { setup: &setup, world: &world, flow: &Geometric, imaging: None, film: None };
    let (entry_mm, target_mm) = ([68.0, 75.0, -8.0], [21.0, -13.0, -8.0]);
    let aim =
        Aim { entry_mm, target_mm, primary_deg: 152.0, secondary_deg: 0.0, needle: "22G-150-chiba".into() };
    let mut header = Header::new(&theatre, operator, "schematic");
    header.aim = Some(aim.clone());
    let mut block = Block::new(&theatre, header);
    run(&mut block, &mut Protocol::new(aim, skill, 1));
    block.finish().0
}

#[test]
fn what_is_listed_is_what_the_run_asked_for() {
    let (by_plan, by_virtual) = (session("plan", Skill::perfect()), session("virtual", Skill::human()));
    let (plan, human) = (sources::of(&by_plan), sources::of(&by_virtual));
    for key in plan.union(&human) {
        assert!(find(key).is_ok(), "{key} is no figure");
    }
    assert!(sources::VIRTUAL.iter().all(|key| human.contains(key) && !plan.contains(key)));
    // The plan's run reads the feet, looks at the monitor and goes home: rules, vitals and observation are listed.
    let fired = by_plan.events().any(|(_, event)| matches!(event, Event::RuleFired { .. }));
    assert!(fired && plan.iter().any(|key| key.starts_with("confirmation.")), "{plan:?}");
    assert!(plan.contains("last.observe") && plan.contains("procedure.vitals.pulse"), "{plan:?}");
    // Nothing went wrong in it: no rescue, no bleeding.
    let wrong = by_plan.events().any(|(_, event)| matches!(event, Event::Treated { .. }));
    assert!(
        wrong || !plan.iter().any(|key| key.starts_with("last.asra") || key.contains("bleed")),
        "{plan:?}"
    );
    // A run that was never begun used nothing.
    let mut nothing = by_plan;
    nothing.lines.clear();
    assert!(sources::of(&nothing).is_empty());
}
