//! The committed studies of digital patients say what the documents claim of them.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../validation").join(name)).unwrap()
}

/// First number in a text.
fn number(text: &str) -> f64 {
    let digits: String = text
        .trim_start_matches(|c: char| !c.is_ascii_digit() && c != '-')
        .chars()
        .take_while(|c| c.is_ascii_digit() || "-.".contains(*c))
        .collect();
    digits.trim_end_matches('.').parse().unwrap()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// Mean of the column less another's, over rows that have both.
fn mean_error(table: &str, what: &str) -> (f64, f64, usize) {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: String| header.iter().position(|h| *h == name).unwrap();
    let (truth, measured) = (at(format!("{what}_truth")), at(format!("{what}_measured")));
    let (mut sum, mut all, mut n) = (0.0, 0.0, 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if let (Ok(t), Ok(m)) = (cells[truth].parse::<f64>(), cells[measured].parse::<f64>()) {
            sum += m - t;
            all += t;
            n += 1;
        }
    }
    (sum / n as f64, all / n as f64, n)
}

#[test]
fn vertebrae_measured_on_the_ct_have_their_true_sizes() {
    let table = page("phantom.csv");
    let people = table.lines().count() - 1;
    assert!(page("phantom.md").contains(&format!("{people} adults")));
    for level in ["L1", "L2", "L3", "L4", "L5"] {
        for what in ["width", "depth", "height"] {
            let (error, truth, n) = mean_error(&table, &format!("{level}_{what}"));
            assert!(100 * n >= 99 * people, "{level} {what}: {n} people");
            // Like with like, on voxels of 3 mm: a twentieth is a sixth of a voxel at each of two edges and the
            // smoothing of convex outlines.
            assert!((error / truth).abs() < 0.05, "{level} {what}: {error:+.2} of {truth:.1} mm");
        }
    }
}

#[test]
fn levels_of_organs_are_found_where_they_are() {
    let table = page("phantom.csv");
    // Half of a voxel and of the rounding of a fork or pole.
    for (what, most) in [
        ("aortic_bifurcation", 0.2),
        ("caval_confluence", 0.2),
        ("kidney_pole_left", 3.0),
        ("kidney_pole_right", 3.0),
    ] {
        let (error, _, n) = mean_error(&table, what);
        assert!(n > 20 && error.abs() < most, "{what}: {error:+.2} in {n} people");
    }
}

#[test]
fn stated_regions_hold_the_truth_as_often_as_they_say_and_wrong_levels_are_warned_of() {
    let text = page("inference.md");
    let of = |pair: &str| {
        let line = text.lines().find(|l| l.starts_with(&format!("| {pair} |"))).unwrap();
        number(cells(line)[3])
    };
    let matched = [of("cadavers (B2.1, B2.2) | cadavers (B2.2)"), of("MRI (B2.3) | MRI (B2.3)")];
    assert!((85.0..=95.0).contains(&matched[0]), "{matched:?}");
    // Crossed priors are reported, whatever they are.
    for pair in ["cadavers (B2.1, B2.2) | MRI (B2.3)", "MRI (B2.3) | cadavers (B2.2)"] {
        assert!((0.0..=100.0).contains(&of(pair)));
    }
    for case in ["shifted by one", "label missing", "six lumbar vertebrae"] {
        let line = text.lines().find(|l| l.contains(case)).unwrap();
        let said = cells(line)[1];
        let counts: Vec<&str> = said.split(' ').collect();
        assert_eq!(counts[0], counts[2], "{case}: {said}");
    }
}
