//! The committed study of plans on digital patients says what the documents claim of it.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation").join(name)).unwrap()
}

#[test]
fn no_planned_path_touches_what_the_ct_shows() {
    let text = page("plans.md");
    let line = text.lines().find(|l| l.contains("interval") && l.contains("**")).unwrap();
    assert!(line.contains("**0 of "), "{line}");
}

#[test]
fn what_no_ct_shows_is_touched_as_often_as_predicted() {
    let text = page("plans.md");
    for class in ["ureter", "lumbar_segmental_vessels", "nerve_root", "genitofemoral_nerve", "renal_vessels"]
    {
        let line = text.lines().find(|l| l.starts_with(&format!("| {class} |")) && l.contains('%')).unwrap();
        assert!(line.ends_with("| inside |"), "{line}");
    }
}

#[test]
fn what_a_plan_meets_without_any_error_is_not_left_out() {
    let (text, table) = (page("plans.md"), page("plans.csv"));
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|c| *c == name).unwrap();
    let (level, touched) = (column("level"), column("labelled_touched_by_plan"));
    let rows: Vec<_> = lines.collect();
    for class in ["lumbar_segmental_vessels", "renal_vessels"] {
        let of = |at: &str| {
            let here = || rows.iter().filter(|row| row[level] == at);
            format!("{} of {}", here().filter(|row| row[touched].contains(class)).count(), here().count())
        };
        let wanted = format!("| {class} | {} | {} | {} |", of("L2"), of("L3"), of("L4"));
        assert!(text.contains(&wanted), "{wanted}");
    }
}

#[test]
fn the_table_has_a_row_for_every_chosen_path() {
    let table = page("plans.csv");
    let columns = table.lines().next().unwrap().split(',').count();
    assert!(table.lines().all(|l| l.split(',').count() == columns));
    let chosen = table.lines().count() - 1;
    assert!(page("plans.md").contains(&format!("{chosen} paths were chosen")), "{chosen}");
}
