//! `rami nerve`: questions to a nerve fibre.

use crate::exit::{Failure, Outcome};
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use rami_nerve::cable::{Cable, Fibre};
use rami_nerve::conduct::{ConductionDocument, Scheme, conduct};
use rami_nerve::membrane::{HodgkinHuxley, Sundt};
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
    /// Diameter of the fibre, um [default: 1]
    #[arg(long, value_name = "UM", allow_hyphen_values = true)]
    diameter: Option<f64>,
    /// Length of the fibre, mm [default: 20]
    #[arg(long, value_name = "MM", allow_hyphen_values = true)]
    length: Option<f64>,
    /// Length of a compartment, um [default: 20]
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
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemeName {
    CrankNicolson,
    BackwardEuler,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let Question::Conduct(args) = &args.question;
    let document = unmyelinated(args)?;
    writeln!(stdout().lock(), "{}", serde_json::to_string_pretty(&document)?)?;
    Ok(Outcome::Done)
}

fn unmyelinated(args: &ConductArgs) -> Result<ConductionDocument, Failure> {
    let celsius = args.celsius.unwrap_or(match args.model {
        Model::Hh => HodgkinHuxley::SQUID_CELSIUS,
        Model::Sundt => Sundt::BODY_CELSIUS,
    });
    if !(0.0..=45.0).contains(&celsius) {
        return Err(
            anyhow::anyhow!("--celsius {celsius}: the membranes are described from 0 to 45 °C").into()
        );
    }
    let cable = Cable::with_spacing(
        args.diameter.unwrap_or(1.0),
        args.length.unwrap_or(20.0),
        args.dx.unwrap_or(20.0),
    )
    .context("the fibre cannot be built from --diameter, --length and --dx")?;
    let mut fibre = Fibre::new(cable);
    if let Some((window, share)) = args.block_window.zip(args.gna) {
        if !(window > 0.0 && window <= cable.length_mm()) {
            return Err(anyhow::anyhow!(
                "--block-window {window}: the stretch must be longer than 0 and no longer than the fibre ({} mm)",
                cable.length_mm()
            )
            .into());
        }
        let middle = cable.length_mm() / 2.0;
        fibre = fibre.with_sodium(|x| if (x - middle).abs() <= window / 2.0 { share } else { 1.0 });
    }
    let scheme = match args.scheme {
        SchemeName::CrankNicolson => Scheme::CrankNicolson,
        SchemeName::BackwardEuler => Scheme::BackwardEuler,
    };
    // No impulse is slower than a tenth of a metre per second; one that dies ends the run early.
    let until_ms = 20.0 + cable.length_mm() / 0.1;
    let start = Instant::now();
    let (model, conduction) = match args.model {
        Model::Hh => ("hh", conduct(&HodgkinHuxley::new(celsius), fibre, args.dt, until_ms, scheme)?),
        Model::Sundt => ("sundt", conduct(&Sundt::new(celsius), fibre, args.dt, until_ms, scheme)?),
    };
    Ok(ConductionDocument {
        schema: ConductionDocument::SCHEMA.into(),
        model: model.into(),
        diameter_um: cable.diameter_um(),
        length_mm: cable.length_mm(),
        dx_um: cable.dx_mm() * 1e3,
        compartments: cable.compartments(),
        dt_ms: args.dt,
        temperature_c: celsius,
        scheme,
        block_window_mm: args.block_window,
        gna_fraction: args.gna,
        conduction,
        wall_ms: start.elapsed().as_secs_f64() * 1e3,
    })
}
