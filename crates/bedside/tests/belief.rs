//! The truth of a digital patient is for the world; belief and plan cannot depend on it.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot be set up has failed

mod common;

use common::{belief, patient};
use rami_anatomy::Side;
use rami_bedside::World;
use rami_case::{CaseInput, TRUTH_FILE};
use rami_plan::{PlanOptions, plan};
use rami_volume::nifti::Compression;

#[test]
fn another_truth_or_none_changes_the_world_and_neither_belief_nor_plan() {
    let (case, truth) = patient(1);
    let folder = tempfile::tempdir().unwrap();
    rami_case::save(&case, folder.path(), Compression::Fast).unwrap();
    let options = PlanOptions { draws: 200, ..PlanOptions::default() };
    let look = || {
        let case = rami_case::open(&CaseInput::at(folder.path())).unwrap();
        let anatomy = belief(&case);
        let plan = plan(&case.ct, &anatomy, Vec::new(), &options).unwrap();
        let world = World::open(&case, 1).unwrap();
        let trunk = world.trunks.get(Side::Left).points[20];
        (format!("{:?}", anatomy.chains), serde_json::to_value(plan).unwrap(), world.record.source, trunk)
    };
    let path = folder.path().join(TRUTH_FILE);
    let mut other = truth.clone();
    for point in &mut other.chain.left.points_mm {
        point[1] -= 25.0;
    }
    let mut seen = Vec::new();
    for text in
        [Some(serde_json::to_string(&truth).unwrap()), Some(serde_json::to_string(&other).unwrap()), None]
    {
        match text {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        seen.push(look());
    }
    // A plan may carry how long it took: nothing else may differ.
    for (_, plan, ..) in &mut seen {
        plan.as_object_mut().unwrap().retain(|key, _| !key.contains("time") && !key.contains("wall"));
    }
    assert!(
        seen.iter().all(|s| s.0 == seen[0].0 && s.1 == seen[0].1),
        "the belief or the plan saw the truth"
    );
    assert!((seen[0].3 - seen[1].3).norm() > 20.0, "the world did not see the truth");
    assert_ne!(seen[0].2, seen[2].2, "without a truth the world is a draw");
    std::fs::write(&path, "{}").unwrap();
    let case = rami_case::open(&CaseInput::at(folder.path())).unwrap();
    let error = World::open(&case, 1).unwrap_err().to_string();
    assert!(error.contains("truth") && error.contains("rami phantom"), "{error}");
}
