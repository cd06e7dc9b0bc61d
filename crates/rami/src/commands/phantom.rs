//! `rami phantom`: a digital patient, or a population of them.

use crate::exit::{Failure, Outcome};
use crate::files;
use crate::values::numbers;
use anyhow::{Context, anyhow};
use rami_anatomy::patient::mesh::{self, Mesh};
use rami_anatomy::patient::population::COLUMNS;
use rami_anatomy::patient::{Known, Patient, Scanner, Sex, Traits, TrunkSource, Variant, population};
use rami_anatomy::{Posture, StructureMap};
use rami_case::Case;
use rami_table::{Column, Table};
use rami_volume::dicom_export::{SeriesText, write_series};
use rami_volume::nifti::Compression;
use std::collections::BTreeMap;
use std::fs;
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
    #[arg(long, value_name = "MM|X,Y,Z", default_value = "1", value_parser = spacing, allow_hyphen_values = true, conflicts_with = "population")]
    spacing: [f64; 3],
    /// How the person lies
    #[arg(long, value_enum, default_value_t = Lying::Prone, conflicts_with = "population")]
    posture: Lying,
    /// A departure from ordinary anatomy: transitional, scoliosis, horseshoe-kidney, low-kidney, obese, osteoporotic,
    /// spondylosis, left-ivc, pedicle-screw, hip, calcified-aorta
    #[arg(long, value_name = "NAME", conflicts_with = "population")]
    variant: Option<Variant>,
    /// Also label what no segmentation of a CT would show (ureters, segmental vessels, fat, skin)
    #[arg(long, conflicts_with = "population")]
    all_labels: bool,
    /// Also write the CT as a DICOM series into OUT/series
    #[arg(long, conflicts_with = "population")]
    dicom: bool,
    /// Also write closed surfaces of every labelled structure: OUT/meshes/NAME.stl (LPS mm), or OUT/meshes.glb
    #[arg(long, value_name = "stl|glb", conflicts_with = "population")]
    mesh: Option<MeshFormat>,
    /// Distance between the samples that meshes are made from: one number or x,y,z
    #[arg(long, value_name = "MM|X,Y,Z", default_value = "2", value_parser = spacing, allow_hyphen_values = true)]
    mesh_spacing: [f64; 3],
    /// Folder to make (a case), or with --population the .csv or .parquet file to write
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Draw a table of this many adults instead of growing one
    #[arg(long, value_name = "N")]
    population: Option<u64>,
    /// Grow a row of a population table (.csv or .parquet)
    #[arg(long, value_name = "TABLE", conflicts_with_all = ["population", "sex", "height", "weight", "age"])]
    from: Option<PathBuf>,
    /// Which row of --from, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0, requires = "from")]
    row: usize,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum MeshFormat {
    Stl,
    Glb,
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
        Some(table) if ends_in(table, "parquet") => from_parquet(table, args.row)?,
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
    let patient = Patient::grow(&traits, args.variant, posture);
    // A variant may be heavier or older than what was drawn or asked for.
    eprintln!("{} (seed {})", describe(patient.traits()), patient.traits().seed);
    let grid = patient.grid(args.spacing)?;
    let scan = patient
        .scan(&grid, &Scanner::default(), args.all_labels)
        .ok_or_else(|| Failure::Internal(anyhow!("the rendered volume does not fill its grid")))?;
    let meshes = match args.mesh {
        Some(_) => patient.meshes(args.mesh_spacing, args.all_labels)?,
        None => Vec::new(),
    };
    write_case(args, &patient, scan)?;
    write_meshes(args, &meshes)?;
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
    let parquet = ends_in(&args.out, "parquet");
    if !parquet && !ends_in(&args.out, "csv") {
        return Err(anyhow!(
            "{}: populations are written as .csv or .parquet; name a file that ends so",
            args.out.display()
        )
        .into());
    }
    let rows = population::draw_many(args.seed, count, known, TrunkSource::Cadaver)?;
    if parquet {
        rami_table::write_parquet(&args.out, &table(&rows)?).map_err(anyhow::Error::from)?;
    } else {
        files::write(&args.out, population::to_csv(&rows).as_bytes())?;
    }
    eprintln!("{}: {count} adults (seed {})", args.out.display(), args.seed);
    Ok(Outcome::Done)
}

fn ends_in(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

/// A population as columns.
fn table(rows: &[Traits]) -> anyhow::Result<Table> {
    let numbers: Vec<[f64; 31]> = rows.iter().map(Traits::numbers).collect();
    let mut table = Table::default();
    for (i, name) in COLUMNS.into_iter().enumerate() {
        let column = match i {
            0 => Column::Counts(rows.iter().map(|row| row.seed).collect()),
            1 => Column::Texts(rows.iter().map(|row| row.sex.name().to_owned()).collect()),
            33 => Column::Numbers(rows.iter().map(Traits::bmi).collect()),
            _ => Column::Numbers(numbers.iter().map(|row| row[i - 2]).collect()),
        };
        table.push(name, column)?;
    }
    Ok(table)
}

/// One row of a population's Parquet file.
fn from_parquet(path: &Path, row: usize) -> anyhow::Result<Traits> {
    let table = rami_table::read_parquet(path)?;
    let none =
        || anyhow!("row {row} is not there: {} has {} rows, counted from 0", path.display(), table.rows());
    let column = |name: &str| {
        table.column(name).with_context(|| format!("{}: there is no column {name}", path.display()))
    };
    let number = |name: &str| match column(name)? {
        Column::Numbers(values) => values.get(row).copied().with_context(none),
        _ => Err(anyhow!("{}: column {name} does not hold numbers", path.display())),
    };
    let Column::Counts(seeds) = column(COLUMNS[0])? else {
        return Err(anyhow!("{}: column seed does not hold whole numbers", path.display()));
    };
    let Column::Texts(sexes) = column(COLUMNS[1])? else {
        return Err(anyhow!("{}: column sex does not hold texts", path.display()));
    };
    let seed = *seeds.get(row).with_context(none)?;
    let sex = sexes.get(row).with_context(none)?.parse().map_err(|text: String| anyhow!(text))?;
    let mut numbers = [0.0; 31];
    for (value, name) in numbers.iter_mut().zip(&COLUMNS[2..]) {
        *value = number(name)?;
    }
    Ok(Traits::from_numbers(seed, sex, &numbers)?)
}

fn write_meshes(args: &Args, meshes: &[Mesh]) -> Result<(), Failure> {
    match args.mesh {
        None => return Ok(()),
        Some(MeshFormat::Glb) => files::write(&args.out.join("meshes.glb"), &mesh::to_glb(meshes))?,
        Some(MeshFormat::Stl) => {
            let folder = args.out.join("meshes");
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            for mesh in meshes {
                files::write(&folder.join(format!("{}.stl", mesh.name)), &mesh.to_stl())?;
            }
        }
    }
    let triangles: usize = meshes.iter().map(|m| m.triangles.len()).sum();
    eprintln!("{} closed surfaces, {triangles} triangles", meshes.len());
    Ok(())
}

/// FNV-1a in 128 bits: the same for the same words everywhere.
fn fingerprint(words: &str) -> u128 {
    words.bytes().fold(0x6C62_272E_07BB_0142_62B8_2175_6295_C58D, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B)
    })
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
    let who = match &args.from {
        Some(table) => {
            let name = table.file_name().unwrap_or_default().to_string_lossy();
            format!("row {} of {name}", args.row)
        }
        None => format!("seed {}", args.seed),
    };
    let case = Case {
        structures: Some(structures),
        patient_position: Some(position.to_owned()),
        ..Case::new(format!("Digital patient, {who}{variant}"), scan.ct, posture)
    };
    rami_case::save(&case, &args.out, Compression::Fast)?;
    if args.dicom {
        // Another body is another person, and another posture, spacing or version another study: an archive must not mix them.
        let person = format!("{}{variant}", serde_json::to_string(patient.traits())?);
        let study = format!("{person} {position} {:?} {}", args.spacing, env!("CARGO_PKG_VERSION"));
        let text = SeriesText {
            patient_name: "Digital^Patient".to_owned(),
            patient_id: format!("RAMI-{}-{:08X}", patient.traits().seed, fingerprint(&person) as u32),
            sex: if patient.traits().sex == Sex::Female { "F" } else { "M" }.to_owned(),
            patient_position: position.to_owned(),
            description: case.name.chars().take(64).collect(),
            identity: fingerprint(&study),
        };
        write_series(&args.out.join("series"), &case.ct, &text)?;
    }
    files::write(&args.out.join("truth.json"), truth.as_bytes())
}
