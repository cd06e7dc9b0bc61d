//! The schematic person and somebody who works by the book.
#![allow(dead_code)] // no test uses all of it

use rami_procedure::flow::Geometric;
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::schematic::Schematic;
use rami_procedure::session::{Aim, Block, Header};
use rami_procedure::{Setup, Theatre};

pub(crate) fn setup() -> Setup {
    Setup { isocentre_mm: [20.0, -13.0, -8.0], ..Setup::default() }
}

pub(crate) fn aim() -> Aim {
    let (entry, target) = ([68.0, 75.0, -8.0], [21.0, -13.0, -8.0]);
    let (dx, dy): (f64, f64) = (entry[0] - target[0], entry[1] - target[1]);
    Aim {
        entry_mm: entry,
        target_mm: target,
        primary_deg: dx.atan2(-dy).to_degrees(),
        secondary_deg: 0.0,
        needle: "22G-150-chiba".into(),
    }
}

pub(crate) fn theatre<'a>(setup: &'a Setup, world: &'a Schematic) -> Theatre<'a> {
    Theatre { setup, world, flow: &Geometric, imaging: None, film: None }
}

pub(crate) fn by_the_book<'t, 'a>(theatre: &'t Theatre<'a>, skill: Skill, seed: u64) -> Block<'t, 'a> {
    let mut header = Header::new(theatre, "test", "schematic");
    header.aim = Some(aim());
    let mut block = Block::new(theatre, header);
    run(&mut block, &mut Protocol::new(aim(), skill, seed));
    block
}
