//! `rami import`: a DICOM folder or NIfTI file becomes a case folder, or one canonical NIfTI file.

use crate::exit::{Failure, Outcome};
use crate::progress;
use anyhow::{Context, anyhow};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rami_anatomy::Posture;
use rami_case::{CT_FILE, CaseInput, ImportDocument, LABELS_FILE};
use rami_volume::dicom::{self, DicomInput};
use rami_volume::nifti::Compression;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of DICOM slices, an Enhanced CT file, or a NIfTI CT
    input: PathBuf,
    /// Case folder to make; a path ending in .nii or .nii.gz is that CT file alone
    #[arg(long, value_name = "PATH", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Label map (NIfTI), or folder with one mask per structure
    #[arg(long, value_name = "PATH")]
    labels: Option<PathBuf>,
    /// TOML that says what the label numbers mean: kidney_left = 3, colon = [20, 21]
    #[arg(long, value_name = "FILE", requires = "labels")]
    label_mapping: Option<PathBuf>,
    /// Series Instance UID; the largest CT of the folder if not given
    #[arg(long, value_name = "UID")]
    series: Option<String>,
    /// How the person lay in the scanner, if the files say it wrongly or not at all
    #[arg(long, value_parser = posture())]
    posture: Option<Posture>,
    /// What to call the case; the name of the input if not given
    #[arg(long)]
    name: Option<String>,
    /// Fill missing slices between their neighbours, with a warning
    #[arg(long)]
    allow_gap: bool,
    /// Only list the series in the folder
    #[arg(long, conflicts_with = "out")]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The four postures by name.
pub(crate) fn posture() -> impl TypedValueParser<Value = Posture> {
    PossibleValuesParser::new(["prone", "supine", "decubitus", "unknown"]).map(|name| match name.as_str() {
        "prone" => Posture::Prone,
        "supine" => Posture::Supine,
        "decubitus" => Posture::Decubitus,
        _ => Posture::Unknown,
    })
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let Some(out) = &args.out else { return list(args) };
    let alone = is_nifti(out);
    if alone && args.labels.is_some() {
        return Err(
            anyhow!("labels need a case folder: give --out a path that does not end in .nii.gz").into()
        );
    }
    let input = CaseInput {
        path: args.input.clone(),
        series: args.series.clone(),
        allow_gap: args.allow_gap,
        labels: args.labels.clone(),
        label_mapping: args.label_mapping.clone(),
        posture: args.posture,
    };
    let bar = progress::bar("slices");
    let mut case = rami_case::open_with(&input, Some(&|done, total| bar.at(done, total)))?;
    bar.finish();
    if let Some(name) = &args.name {
        case.name.clone_from(name);
    }
    let written = if alone {
        make_parent(out)?;
        rami_case::save_ct(&case, out, Compression::Small)?;
        vec![out.clone()]
    } else {
        rami_case::save(&case, out, Compression::Small)?;
        let labels = case.structures.is_some().then(|| out.join(LABELS_FILE));
        [Some(out.join(CT_FILE)), labels, Some(out.join(rami_case::CASE_FILE))]
            .into_iter()
            .flatten()
            .collect()
    };
    let written = written.iter().map(|path| path.display().to_string()).collect();
    let document = ImportDocument::of(&case, written);
    for warning in &document.warnings {
        eprintln!("warning: {}", warning.text);
    }
    let mut to = stdout().lock();
    if args.json {
        writeln!(to, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write!(to, "{}", document.summary())?;
    }
    Ok(Outcome::Done)
}

fn list(args: &Args) -> Result<Outcome, Failure> {
    let series = dicom::list(&DicomInput::Path(args.input.clone()))?;
    let mut to = stdout().lock();
    if args.json {
        let document = serde_json::json!({ "schema": "rami.series/1", "series": series });
        writeln!(to, "{}", serde_json::to_string_pretty(&document)?)?;
        return Ok(Outcome::Done);
    }
    for s in series {
        writeln!(
            to,
            "{}  {}  {} slice{} of {} x {}  {}  {}",
            s.series_uid,
            s.modality,
            s.slices,
            if s.slices == 1 { "" } else { "s" },
            s.columns,
            s.rows,
            s.patient_position,
            s.description
        )?;
    }
    Ok(Outcome::Done)
}

fn is_nifti(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.ends_with(".nii") || name.ends_with(".nii.gz")
}

fn make_parent(path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    Ok(())
}
