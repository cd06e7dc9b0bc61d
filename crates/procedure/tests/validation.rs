//! The committed study of rehearsals says what the documents claim of it.
#![allow(clippy::unwrap_used, clippy::panic)] // either is a failed test

use std::path::Path;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation/procedure.md");
    std::fs::read_to_string(path).unwrap()
}

/// Cells of the rows of a table whose first cell begins like this.
fn rows<'p>(page: &'p str, begin: &str) -> Vec<Vec<&'p str>> {
    page.lines()
        .filter(|line| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(begin)))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// k and n of "p % (a to b; k/n)", whose p lies between a and b and is k of n.
fn counted(cell: &str) -> (f64, f64) {
    let words: Vec<f64> = cell
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter_map(|word| word.parse().ok())
        .collect();
    let [p, a, b, k, n] = words[..] else { panic!("{cell}") };
    assert!(a <= p && p <= b && (100.0 * k / n - p).abs() < 0.06, "{cell}");
    (k, n)
}

#[test]
fn thirty_reference_runs_succeed_or_say_why_not() {
    let page = page();
    let mut cut = 0;
    for patient in 0..30 {
        let row = rows(&page, &format!("{patient} |"));
        let [row] = row.as_slice() else { panic!("patient {patient}: {row:?}") };
        let [_, level, supply, chain, .., why] = row.as_slice() else { panic!("{row:?}") };
        cut += usize::from(*supply == "yes");
        assert!(*level == "–" || ["L2", "L3", "L4"].contains(level), "{row:?}");
        assert!(*chain == "yes" || why.len() > 20, "patient {patient} does not say why: {row:?}");
    }
    assert!(page.contains(&format!("{cut}/30). Chain blocked:")), "the sum is that of the rows");
    assert!(cut >= 28, "reference runs that cut the supply: {cut} of 30");
}

#[test]
fn two_hundred_simulated_operators_stand_beside_what_is_published_with_intervals_and_inputs_marked() {
    let page = page();
    assert!(page.contains("200 runs over the same patients"));
    for event in ["contrast in psoas", "any contrast in a vessel", "… in a vessel only", "… mixed"] {
        let row = &rows(&page, event)[0];
        let ((_, here), (_, published)) = (counted(row[1]), counted(row[2].split(", Hong").next().unwrap()));
        assert!(here > 150.0 && published == 216.0 && row[3] == "no", "{row:?}");
    }
    for event in
        ["a vessel was entered", "blood came back", "supply of the leg cut", "chain blocked in the model"]
    {
        assert_eq!(counted(rows(&page, event)[0][1]).1, 200.0, "{event}");
    }
    // What was put in, or was at hand when something was assumed, counts for nothing.
    for event in ["blood came back", "more than one pass"] {
        assert!(rows(&page, event)[0][3].contains("does not count"), "{event}");
    }
}
