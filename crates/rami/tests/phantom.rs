//! `rami phantom`: bad input is refused in words, tables grow into people, meshes are written, and no plan sees the truth.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn rami(folder: &Path, args: &str) -> std::process::Output {
    let mut command = Command::cargo_bin("rami").unwrap();
    command.current_dir(folder).args(args.split_whitespace()).output().unwrap()
}

fn done(folder: &Path, args: &str) -> std::process::Output {
    let output = rami(folder, args);
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn impossible_people_are_refused_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    for (args, says) in [
        ("--weight -60", "a weight of -60 kg is outside 30 to 250 kg"),
        ("--height 20", "a height of 20 cm is outside 140 to 210 cm"),
        ("--height 160 --weight 230.4", "a body mass index of 90"),
        ("--age -3", "an age of -3 y"),
        ("--age NaN", "an age of NaN"),
        ("--spacing 0", "a spacing of [0.0, 0.0, 0.0] mm"),
        ("--spacing 1,1,0", "a spacing of [1.0, 1.0, 0.0] mm"),
        ("--spacing -1", "a spacing of [-1.0, -1.0, -1.0] mm"),
        ("--spacing 1,2", "one distance or x,y,z in mm"),
        ("--variant scoliose", "did you mean scoliosis?"),
        ("--variant horseshoe", "did you mean horseshoe-kidney?"),
        ("--variant centaur", "is not a variant; there are transitional"),
        ("--sex x", "is not a sex"),
        ("--posture sideways", "possible values: prone, supine"),
        ("--population 0", "a population of 0 has no rows"),
        ("--population 3", "written as .csv or .parquet"),
        ("--mesh obj", "possible values: stl, glb"),
        ("--mesh stl --mesh-spacing 0 --spacing 5", "a spacing of [0.0, 0.0, 0.0] mm"),
        ("--from nowhere.csv", "nowhere.csv"),
        ("--from nowhere.parquet", "nowhere.parquet"),
    ] {
        let output = rami(folder.path(), &format!("phantom {args} --out case"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {said}");
        assert!(said.contains(says), "{args}: {said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{args} left something behind");
    }
}

#[test]
fn a_row_grows_the_same_person_from_csv_and_from_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for table in ["p.csv", "p.parquet", "again.parquet"] {
        done(folder, &format!("phantom --population 40 --seed 7 --out {table}"));
    }
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(bytes("p.parquet") == bytes("again.parquet"), "the same seed gave another file");
    done(folder, "phantom --from p.csv --row 31 --spacing 6 --out a");
    done(folder, "phantom --from p.parquet --row 31 --spacing 6 --out b");
    assert_eq!(bytes("a/truth.json"), bytes("b/truth.json"));
    for table in ["p.csv", "p.parquet"] {
        let output = rami(folder, &format!("phantom --from {table} --row 40 --spacing 6 --out c"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains("row 40 is not there") && said.contains("40 rows"), "{said}");
    }
}

#[test]
fn meshes_are_written_as_stl_a_structure_and_as_one_glb() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, "phantom --spacing 6 --mesh stl --mesh-spacing 5 --out a");
    let stl = fs::read(folder.join("a/meshes/vertebrae_L3.stl")).unwrap();
    let triangles = u32::from_le_bytes(stl[80..84].try_into().unwrap()) as usize;
    assert!(triangles > 300 && stl.len() == 84 + 50 * triangles);
    done(folder, "phantom --spacing 6 --mesh glb --mesh-spacing 5,5,6 --out b");
    let glb = fs::read(folder.join("b/meshes.glb")).unwrap();
    assert_eq!(&glb[..4], b"glTF");
    assert!(String::from_utf8_lossy(&glb).contains("\"kidney_left\""));
}

#[test]
fn truth_cannot_change_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, "phantom --seed 4 --spacing 3 --out case");
    let candidates = || {
        // 1 is an answer too: no safe path.
        let output = rami(folder, "plan case --side left --level L3 --json");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let with = candidates();
    assert!(with.len() > 1000);
    let truth = folder.join("case/truth.json");
    // The truth of somebody else, words that are no document, and none at all.
    done(folder, "phantom --seed 5 --spacing 6 --out other");
    fs::copy(folder.join("other/truth.json"), &truth).unwrap();
    assert!(candidates() == with, "another person's truth changed the plan");
    fs::write(&truth, "the chain is everywhere").unwrap();
    assert!(candidates() == with, "a damaged truth changed the plan");
    fs::remove_file(&truth).unwrap();
    assert!(candidates() == with, "the plan needs the truth");
}

#[test]
fn another_body_posture_or_spacing_is_another_person_or_study_to_an_archive_and_the_same_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let ids = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut run = assert_cmd::Command::cargo_bin("rami").unwrap();
        run.args(["phantom", "--seed", "1", "--dicom", "--out"]).arg(&out).args(more).assert().success();
        let first = std::fs::read_dir(out.join("series")).unwrap().map(|f| f.unwrap().path()).min().unwrap();
        let bytes = std::fs::read(first).unwrap();
        // Value of an element with a short length, by its tag in little endian.
        let text = |tag: [u8; 4], vr: &[u8; 2]| {
            let head = [&tag[..], &vr[..]].concat();
            let at = bytes.windows(6).position(|w| w == head).unwrap() + 6;
            let length = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            String::from_utf8_lossy(&bytes[at + 2..at + 2 + length]).trim_matches(['\0', ' ']).to_owned()
        };
        (text([0x10, 0, 0x20, 0], b"LO"), text([0x20, 0, 0x0D, 0], b"UI"))
    };
    let small = ids("a", &["--height", "160", "--spacing", "6"]);
    let again = ids("b", &["--height", "160", "--spacing", "6"]);
    let tall = ids("c", &["--height", "185", "--spacing", "6"]);
    let supine = ids("d", &["--height", "160", "--spacing", "6", "--posture", "supine"]);
    let coarse = ids("e", &["--height", "160", "--spacing", "5"]);
    assert_eq!(small, again);
    assert!(small.0.starts_with("RAMI-1-"), "{}", small.0);
    assert!(small.0 != tall.0 && small.1 != tall.1, "{small:?} {tall:?}");
    for study in [&supine, &coarse] {
        assert!(small.0 == study.0 && small.1 != study.1, "{small:?} {study:?}");
    }
}
