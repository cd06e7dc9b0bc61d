//! `rami`: plans, rehearses and explains a lumbar sympathetic block. Wiring only: each command parses its arguments,
//! calls the rooms, and writes what they return.
#![allow(clippy::print_stdout, clippy::print_stderr)] // the program is the one place that prints

mod commands;
mod exit;
mod files;
mod progress;
mod values;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Plans, rehearses and explains a lumbar sympathetic block on a person's own CT.
///
/// Research and teaching software, not a medical device: nothing it prints is advice for the care of a person.
#[derive(Parser)]
#[command(name = "rami", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// In the order of the work: assess, plan, rehearse, inject, respond, decide, record.
#[derive(Subcommand)]
enum Command {
    /// Run the whole journey on the built-in default patient
    Demo(commands::demo::Args),
    /// Say for whom: criteria, contraindications, doses, risks and benefits of one chart
    Assess(commands::assess::Args),
    /// Write the decision aid for one person
    Decide(commands::decide::Args),
    /// Read what was recorded after a block: somatic check, going home, diary, scores
    FollowUp(commands::follow_up::Args),
    /// Plan needle paths to the sympathetic chain on a CT with labels
    Plan(commands::plan::Args),
    /// Make a case folder, or one canonical NIfTI file, from a DICOM folder or NIfTI CT
    Import(commands::import::Args),
    /// List the published figures Rami uses, with their sources
    Evidence(commands::evidence::Args),
    /// Take an x-ray picture of a CT with a C-arm
    Xray(Box<commands::xray::Args>),
    /// Grow a digital patient with known truth, or draw a population
    Phantom(commands::phantom::Args),
    /// Map with a current or a test dose at a needle's tip, and say what it tells of the chain
    Map(commands::map::Args),
    /// Follow an impulse along a nerve fibre
    Nerve(commands::nerve::Args),
    /// Follow contrast and drug from a needle's tip, and the block they make
    Inject(commands::inject::Args),
    /// Follow a local anaesthetic into the blood
    Pk(commands::pk::Args),
    /// Follow skin temperature, flow and pressure after a sympathetic block
    Respond(commands::respond::Args),
    /// Rehearse a whole block on a case: by the plan, a simulated operator, a script or at the keyboard
    Rehearse(commands::rehearse::Args),
    /// Recompute a session from its actions, compare bit for bit, and draw its film
    Replay(commands::replay::Args),
    /// Score a session from its file alone; several in a row give a learning curve
    Score(commands::replay::ScoreArgs),
    /// Serve the browser app: cases, assessment, plan and the theatre
    Serve(commands::serve::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => commands::demo::run(&args),
        Command::Assess(args) => commands::assess::run(&args),
        Command::Decide(args) => commands::decide::run(&args),
        Command::FollowUp(args) => commands::follow_up::run(&args),
        Command::Plan(args) => commands::plan::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Evidence(args) => commands::evidence::run(&args),
        Command::Xray(args) => commands::xray::run(&args),
        Command::Phantom(args) => commands::phantom::run(&args),
        Command::Map(args) => commands::map::run(&args),
        Command::Nerve(args) => commands::nerve::run(&args),
        Command::Inject(args) => commands::inject::run(&args),
        Command::Pk(args) => commands::pk::run(&args),
        Command::Respond(args) => commands::respond::run(&args),
        Command::Rehearse(args) => commands::rehearse::run(&args),
        Command::Replay(args) => commands::replay::run(&args),
        Command::Score(args) => commands::replay::run_score(&args),
        Command::Serve(args) => commands::serve::run(&args),
    };
    exit::code(outcome)
}
