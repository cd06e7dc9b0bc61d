//! `rami phantom`: a digital patient, or a population of them.

use crate::exit::{Failure, Outcome};
use crate::values::numbers;
use anyhow::{Context, anyhow};
use rami_anatomy::patient::{Known, Patient, Scanner, Sex, Traits, TrunkSource, Variant, population};
use rami_anatomy::{Posture, StructureMap};
use rami_case::Case;
use rami_volume::dicom_export::{SeriesText, write_series};
use rami_volume::nifti::Compression;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A digital patient: CT, labels and truth, grown from published morphometry; or a table of many.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seed of the person (or of the population)
    #[arg(long, default_value_t = rami_random::DEFAULT_SEED)]
    seed: u64,
    /// f or m; drawn if not given, as are height, weight and age
    #[arg(long, value_name = "f|m")]
    sex: Option<Sex>,
    /// Stature
    #[arg(long, value_name = "CM", allow_hyphen_values = true)]
    height: Option<f64>,
    /// Weight
    #[arg(long, value_name = "KG", allow_hyphen_values = true)]
    weight: Option<f64>,
    /// Age
    #[arg(long, value_name = "Y", allow_hyphen_values = true)]
    age: Option<f64>,
    /// Distance between voxels: one number or x,y,z
    #[arg(long, value_name = "MM|X,Y,Z", default_value = "1", value_parser = spacing, allow_hyphen_values = true)]
    spacing: [f64; 3],
    /// How the person lies
    #[arg(long, value_enum, default_value_t = Lying::Prone)]
    posture: Lying,
    /// A departure from ordinary anatomy: transitional, scoliosis, horseshoe-kidney, low-kidney, obese, osteoporotic,
    /// spondylosis, left-ivc, pedicle-screw, hip, calcified-aorta
    #[arg(long, value_name = "NAME")]
    variant: Option<Variant>,
    /// Also label what no segmentation of a CT would show (ureters, segmental vessels, fat, skin)
    #[arg(long)]
    all_labels: bool,
    /// Also write the CT as a DICOM series into OUT/series
    #[arg(long)]
    dicom: bool,
    /// Folder to make (a case), or with --population the .csv file to write
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Draw a table of this many adults instead of growing one
    #[arg(long, value_name = "N")]
    population: Option<u64>,
    /// Grow a row of a population table
    #[arg(long, value_name = "CSV", conflicts_with_all = ["population", "sex", "height", "weight", "age"])]
    from: Option<PathBuf>,
    /// Which row of --from, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0, requires = "from")]
    row: usize,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Lying {
    Prone,
    Supine,
}

fn spacing(text: &str) -> Result<[f64; 3], String> {
    if text.contains(',') {
        numbers::<3>(text, "one distance or x,y,z in mm, for example 0.8,0.8,1.5")
    } else {
        numbers::<1>(text, "one distance or x,y,z in mm, for example 0.8,0.8,1.5").map(|[s]| [s; 3])
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let known = Known { sex: args.sex, height_cm: args.height, weight_kg: args.weight, age_y: args.age };
    if let Some(count) = args.population {
        return write_population(args, count, known);
    }
    let traits = match &args.from {
        Some(table) => {
            let text =
                fs::read_to_string(table).with_context(|| format!("cannot read {}", table.display()))?;
            population::from_csv(&text, args.row).with_context(|| table.display().to_string())?
        }
        None => population::draw(args.seed, 0, known, TrunkSource::Cadaver)?,
    };
    let posture = match args.posture {
        Lying::Prone => Posture::Prone,
        Lying::Supine => Posture::Supine,
    };
    eprintln!("{} (seed {})", describe(&traits), args.seed);
    let patient = Patient::grow(&traits, args.variant, posture);
    let grid = patient.grid(args.spacing)?;
    let scan = patient
        .scan(&grid, &Scanner::default(), args.all_labels)
        .ok_or_else(|| Failure::Internal(anyhow!("the rendered volume does not fill its grid")))?;
    write_case(args, &patient, scan)?;
    let dims = grid.dims();
    eprintln!("{}: {} x {} x {} voxels, truth beside them", args.out.display(), dims[0], dims[1], dims[2]);
    Ok(Outcome::Done)
}

fn describe(traits: &Traits) -> String {
    format!(
        "{}, {:.0} years, {:.0} cm, {:.0} kg, body mass index {:.1}",
        traits.sex,
        traits.age_y,
        traits.height_cm,
        traits.weight_kg,
        traits.bmi()
    )
}

fn write_population(args: &Args, count: u64, known: Known) -> Result<Outcome, Failure> {
    if count == 0 {
        return Err(anyhow!("a population of 0 has no rows; ask for at least 1").into());
    }
    if args.out.extension().is_none_or(|e| e != "csv") {
        return Err(anyhow!(
            "{}: populations are written as .csv; name a file that ends so",
            args.out.display()
        )
        .into());
    }
    let rows = population::draw_many(args.seed, count, known, TrunkSource::Cadaver)?;
    write_file(&args.out, population::to_csv(&rows).as_bytes())?;
    eprintln!("{}: {count} adults (seed {})", args.out.display(), args.seed);
    Ok(Outcome::Done)
}

fn write_case(args: &Args, patient: &Patient, scan: rami_anatomy::patient::Scan) -> Result<(), Failure> {
    let truth = serde_json::to_string_pretty(&patient.truth())?;
    let (structures, unknown) = StructureMap::new(scan.labels, &BTreeMap::new());
    debug_assert!(unknown.is_empty(), "{unknown:?}");
    let (posture, position) = match args.posture {
        Lying::Prone => (Posture::Prone, "HFP"),
        Lying::Supine => (Posture::Supine, "HFS"),
    };
    let variant = args.variant.map(|v| format!(", {v}")).unwrap_or_default();
    let case = Case {
        name: format!("Digital patient, seed {}{variant}", args.seed),
        ct: scan.ct,
        structures: Some(structures),
        posture,
        patient_position: Some(position.to_owned()),
        series: None,
        side: None,
        inputs: Vec::new(),
        sources: Vec::new(),
        warnings: Vec::new(),
        folder: None,
    };
    rami_case::save(&case, &args.out, Compression::Fast)?;
    if args.dicom {
        let text = SeriesText {
            patient_name: "Digital^Patient".to_owned(),
            patient_id: format!("RAMI-{}", args.seed),
            sex: if patient.traits().sex == Sex::Female { "F" } else { "M" }.to_owned(),
            patient_position: position.to_owned(),
            description: case.name.chars().take(64).collect(),
            identity: u128::from(patient.traits().seed) << 8 | args.variant.map_or(0, |v| v as u128 + 1),
        };
        write_series(&args.out.join("series"), &case.ct, &text)?;
    }
    write_file(&args.out.join("truth.json"), truth.as_bytes())
}

/// To a temporary name beside it, then renamed.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
