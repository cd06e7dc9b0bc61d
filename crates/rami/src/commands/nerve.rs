//! `rami nerve`: questions to a nerve fibre.

use crate::exit::{Failure, Outcome};
use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use rami_nerve::cable::{Cable, Fibre};
use rami_nerve::conduct::{Conduction, ConductionDocument, Scheme, conduct, conduct_myelinated};
use rami_nerve::membrane::{HodgkinHuxley, Membrane, Sundt};
use rami_nerve::myelin::{Family, Geometry, Myelinated};
use std::io::{Write, stdout};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    /// Start an impulse at one end and report its velocity, its peak and whether it arrives (JSON)
    Conduct(ConductArgs),
}

#[derive(clap::Args)]
struct ConductArgs {
    /// Fibre model
    #[arg(long, value_enum, default_value = "sundt")]
    model: Model,
    /// Diameter of the fibre, um [default: 1; 10 for mrg]
    #[arg(long, value_name = "UM", allow_hyphen_values = true)]
    diameter: Option<f64>,
    /// Length of the fibre, mm [default: 20; for mrg 61 nodes above 5.7 um, 121 below]
    #[arg(long, value_name = "MM", allow_hyphen_values = true)]
    length: Option<f64>,
    /// Length of a compartment, um [default: 20]; not for mrg, whose nodes follow from its diameter
    #[arg(long, value_name = "UM", allow_hyphen_values = true)]
    dx: Option<f64>,
    /// Time step, ms
    #[arg(long, value_name = "MS", default_value_t = 0.005, allow_hyphen_values = true)]
    dt: f64,
    /// Temperature, °C [default: 18.5 for hh, 37 otherwise]
    #[arg(long, value_name = "C", allow_hyphen_values = true)]
    celsius: Option<f64>,
    /// Length of a stretch in the middle of the fibre with less sodium conductance, mm
    #[arg(long, value_name = "MM", requires = "gna", allow_hyphen_values = true)]
    block_window: Option<f64>,
    /// Share of sodium conductance left in that stretch, 0 to 1
    #[arg(long, value_name = "FRACTION", requires = "block_window", allow_hyphen_values = true)]
    gna: Option<f64>,
    /// How time is stepped: backward-euler is the first-order scheme of most published velocities
    #[arg(long, value_enum, default_value = "crank-nicolson")]
    scheme: SchemeName,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    /// Squid giant axon, Hodgkin & Huxley 1952 (a verification case)
    Hh,
    /// C fibre, Sundt 2015
    Sundt,
    /// Myelinated fibre, McIntyre, Richardson & Grill 2002, 1.1 to 16 um
    Mrg,
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemeName {
    CrankNicolson,
    BackwardEuler,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let Question::Conduct(args) = &args.question;
    let celsius = args.celsius.unwrap_or(match args.model {
        Model::Hh => HodgkinHuxley::SQUID_CELSIUS,
        Model::Sundt | Model::Mrg => Sundt::BODY_CELSIUS,
    });
    if !(0.0..=45.0).contains(&celsius) {
        return Err(anyhow!("--celsius {celsius}: the membranes are described from 0 to 45 °C").into());
    }
    let document = match args.model {
        Model::Hh => unmyelinated(args, &HodgkinHuxley::new(celsius), celsius)?,
        Model::Sundt => unmyelinated(args, &Sundt::new(celsius), celsius)?,
        Model::Mrg => myelinated(args, celsius)?,
    };
    writeln!(stdout().lock(), "{}", serde_json::to_string_pretty(&document)?)?;
    Ok(Outcome::Done)
}

/// The stretch in the middle with less sodium conductance, as a function of the position in mm.
fn window(args: &ConductArgs, length_mm: f64) -> Result<Option<impl Fn(f64) -> f64>, Failure> {
    let Some((window, share)) = args.block_window.zip(args.gna) else { return Ok(None) };
    if !(window > 0.0 && window <= length_mm) {
        return Err(anyhow!(
            "--block-window {window}: the stretch must be longer than 0 and no longer than the fibre ({length_mm} mm)"
        )
        .into());
    }
    Ok(Some(move |x: f64| if (x - length_mm / 2.0).abs() <= window / 2.0 { share } else { 1.0 }))
}

fn unmyelinated(
    args: &ConductArgs,
    membrane: &impl Membrane,
    celsius: f64,
) -> Result<ConductionDocument, Failure> {
    let cable = Cable::with_spacing(
        args.diameter.unwrap_or(1.0),
        args.length.unwrap_or(20.0),
        args.dx.unwrap_or(20.0),
    )
    .context("the fibre cannot be built from --diameter, --length and --dx")?;
    let mut fibre = Fibre::new(cable);
    if let Some(share) = window(args, cable.length_mm())? {
        fibre = fibre.with_sodium(share);
    }
    // No impulse is slower than a tenth of a metre per second; one that dies ends the run early.
    let until_ms = 20.0 + cable.length_mm() / 0.1;
    let start = Instant::now();
    let conduction = conduct(membrane, fibre, args.dt, until_ms, args.scheme.into())?;
    Ok(document(
        args,
        celsius,
        (cable.diameter_um(), cable.length_mm()),
        cable.dx_mm() * 1e3,
        cable.compartments(),
        conduction,
        start,
    ))
}

fn myelinated(args: &ConductArgs, celsius: f64) -> Result<ConductionDocument, Failure> {
    if args.dx.is_some() {
        return Err(anyhow!(
            "--dx does not apply to mrg: the distance between nodes follows from --diameter"
        )
        .into());
    }
    let geometry = Geometry::for_diameter(args.diameter.unwrap_or(10.0)).context("--diameter")?;
    let default_nodes = if geometry.family == Family::Large { 61.0 } else { 121.0 };
    let nodes = match args.length {
        Some(length) if length > 0.0 => (length * 1e3 / geometry.internode_um).round() + 1.0,
        Some(length) => return Err(anyhow!("--length {length}: a fibre must be longer than 0").into()),
        None => default_nodes,
    };
    let fibre = Myelinated::new(geometry.fibre_um, nodes.min(1e6) as usize, celsius).with_context(|| {
        format!("--length must give 3 nodes or more, {:.3} mm apart", geometry.internode_um * 1e-3)
    })?;
    let length_mm = fibre.node_mm(fibre.nodes - 1) + fibre.node_mm(0);
    let sodium = window(args, length_mm)?
        .map(|share| (0..fibre.nodes).map(|node| share(fibre.node_mm(node))).collect());
    // The slowest myelinated fibre here conducts at several metres per second.
    let until_ms = 20.0 + length_mm;
    let start = Instant::now();
    let conduction = conduct_myelinated(fibre, sodium, args.dt, until_ms, args.scheme.into())?;
    Ok(document(
        args,
        celsius,
        (geometry.fibre_um, length_mm),
        geometry.internode_um,
        fibre.compartments(),
        conduction,
        start,
    ))
}

fn document(
    args: &ConductArgs,
    temperature_c: f64,
    (diameter_um, length_mm): (f64, f64),
    dx_um: f64,
    compartments: usize,
    conduction: Conduction,
    start: Instant,
) -> ConductionDocument {
    ConductionDocument {
        schema: ConductionDocument::SCHEMA.into(),
        model: match args.model {
            Model::Hh => "hh",
            Model::Sundt => "sundt",
            Model::Mrg => "mrg",
        }
        .into(),
        diameter_um,
        length_mm,
        dx_um,
        compartments,
        dt_ms: args.dt,
        temperature_c,
        scheme: args.scheme.into(),
        block_window_mm: args.block_window,
        gna_fraction: args.gna,
        conduction,
        wall_ms: start.elapsed().as_secs_f64() * 1e3,
    }
}

impl From<SchemeName> for Scheme {
    fn from(name: SchemeName) -> Self {
        match name {
            SchemeName::CrankNicolson => Self::CrankNicolson,
            SchemeName::BackwardEuler => Self::BackwardEuler,
        }
    }
}
