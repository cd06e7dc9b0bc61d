//! A case comes back from its folder as it was saved, and from files as they say.
#![allow(clippy::unwrap_used)] // helpers outside test functions, too

use rami_anatomy::{Posture, Side, Structure, Warning, WarningKind};
use rami_case::{CaseInput, open, save, save_ct};
use rami_volume::dicom_export::{SeriesText, write_series};
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

#[test]
fn a_ct_that_stands_alone_says_of_itself_what_a_case_folder_would() {
    let folder = tempfile::tempdir().unwrap();
    let (ct, _) = files(folder.path());
    let mut case = open(&CaseInput::at(&ct)).unwrap();
    case.name = "Jane Doe".to_owned();
    case.posture = Posture::Supine;
    case.patient_position = Some("FFS".to_owned());
    let text = "the gantry was tilted by 12.0°; the volume was resampled upright".to_owned();
    case.warnings = vec![Warning { kind: WarningKind::Geometry, text }];
    let alone = folder.path().join("alone.nii.gz");
    save_ct(&case, &alone, Compression::Fast).unwrap();
    let again = open(&CaseInput::at(&alone)).unwrap();
    assert_eq!(again.ct, case.ct);
    assert_eq!((again.posture, again.patient_position.as_deref()), (Posture::Supine, Some("FFS")));
    assert_eq!(again.warnings, case.warnings);
    assert_eq!(again.name, "alone", "a name may be a person's and stays out of the file");

    // In a folder it says the same, and what stands in `case.toml` comes before it.
    let inside = folder.path().join("CASE");
    std::fs::create_dir(&inside).unwrap();
    std::fs::copy(&alone, inside.join("ct.nii.gz")).unwrap();
    assert_eq!(open(&CaseInput::at(&inside)).unwrap().posture, Posture::Supine);
    std::fs::write(inside.join("case.toml"), "posture = \"prone\"\n").unwrap();
    let told = open(&CaseInput::at(&inside)).unwrap();
    assert_eq!((told.posture, told.warnings), (Posture::Prone, case.warnings));
}

#[test]
fn comments_of_others_are_passed_over_and_a_damaged_one_of_ours_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.nii");
    let written = |comment: &str| {
        let ct = Ct::new(grid(), (0..64).map(|v| v * 10).collect()).unwrap();
        nifti::write(&path, &ct, &WriteOptions { comment: Some(comment), ..Default::default() }).unwrap();
        open(&CaseInput::at(&path)).unwrap()
    };
    assert!(written("posture = \"prone\"").warnings.is_empty());
    let case = written("rami.case/1\nposture = \"upside down\"\n");
    assert_eq!((case.posture, case.warnings.len()), (Posture::Unknown, 1));
    assert!(case.warnings[0].text.contains("import the scan again"), "{}", case.warnings[0].text);
}

#[test]
fn a_dicom_file_alone_is_known_as_dicom_with_and_without_its_preamble() {
    let folder = tempfile::tempdir().unwrap();
    let ct = Ct::new(grid(), (0..64).map(|v| v * 10).collect()).unwrap();
    write_series(folder.path(), &ct, &SeriesText::default()).unwrap();
    let whole = std::fs::read(folder.path().join("IM00001.dcm")).unwrap();
    for (name, bytes) in [("whole", &whole[..]), ("from the meta information on", &whole[132..])] {
        let path = folder.path().join("alone.dcm");
        std::fs::write(&path, bytes).unwrap();
        let error = open(&CaseInput::at(&path)).unwrap_err().to_string();
        assert!(error.contains("the series has 1 slice"), "{name}: {error}");
    }
}
