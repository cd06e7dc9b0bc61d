//! A case comes back from its folder as it was saved, and from files as they say.
#![allow(clippy::unwrap_used)] // helpers outside test functions, too

use rami_anatomy::{Posture, Side, Structure, Warning, WarningKind};
use rami_case::{CaseInput, open, save};
use rami_volume::nifti::{self, Compression, WriteOptions};
use rami_volume::{Ct, Grid, Labels, Point};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn grid() -> Grid {
    Grid::upright([4, 4, 4], [2.0; 3], Point::new(-3.0, -3.0, 100.0)).unwrap()
}

/// A CT and labels as two files.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let (ct, labels) = (folder.join("scan.nii.gz"), folder.join("seg.nii.gz"));
    let hu = (0..64).map(|v| v * 10).collect();
    nifti::write(&ct, &Ct::new(grid(), hu).unwrap(), &WriteOptions::default()).unwrap();
    let names = BTreeMap::from([(1, "aorta".to_owned()), (2, "gizmo".to_owned())]);
    let ids = (0..64).map(|v| v % 3).collect();
    let options = WriteOptions { names: Some(&names), ..Default::default() };
    nifti::write(&labels, &Labels::new(grid(), ids).unwrap(), &options).unwrap();
    (ct, labels)
}

#[test]
fn a_saved_case_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (ct, labels) = files(folder.path());
    let mut case =
        open(&CaseInput { labels: Some(labels), posture: Some(Posture::Supine), ..CaseInput::at(ct) })
            .unwrap();
    case.side = Some(Side::Left);
    case.name = "somebody".to_owned();
    assert_eq!(case.inputs.len(), 2);
    assert_eq!(
        case.warnings,
        [Warning {
            kind: WarningKind::UnknownLabel,
            text: "labels that Rami does not know were left out: gizmo".to_owned()
        }]
    );
    let target = folder.path().join("CASE");
    save(&case, &target, Compression::Fast).unwrap();
    let again = open(&CaseInput::at(&target)).unwrap();
    assert_eq!(again.ct, case.ct);
    assert_eq!(again.structures().unwrap().labels(), case.structures().unwrap().labels());
    assert!(again.structures().unwrap().has(Structure::from_name("aorta").unwrap()));
    assert_eq!(
        (again.posture, again.side, again.name.as_str()),
        (Posture::Supine, Some(Side::Left), "somebody")
    );
    assert_eq!(again.sources, case.inputs, "the files it was first made from");
    assert_eq!(again.warnings, case.warnings);
    assert_eq!(again.document("plan.json"), Some(target.join("plan.json")));
}

#[test]
fn a_case_without_labels_says_how_to_give_them() {
    let folder = tempfile::tempdir().unwrap();
    let (ct, _) = files(folder.path());
    let case = open(&CaseInput::at(ct)).unwrap();
    assert_eq!(case.posture, Posture::Unknown);
    assert!(case.structures().unwrap_err().to_string().contains("--labels"));
}

#[test]
fn a_case_document_with_a_mistake_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (ct, _) = files(folder.path());
    std::fs::rename(ct, folder.path().join("ct.nii.gz")).unwrap();
    std::fs::write(folder.path().join("case.toml"), "postur = \"prone\"\n").unwrap();
    let error = open(&CaseInput::at(folder.path())).unwrap_err().to_string();
    assert!(error.contains("case.toml") && error.contains("postur"), "{error}");
}
