//! The project's own automation. `cargo xtask` alone lists what it can do.
#![allow(clippy::print_stdout, clippy::print_stderr)] // it talks to the person at the terminal

mod bench;
mod demo;
mod setup;
mod shell;
mod test;
mod tidy;
mod validate;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo              run the main job and say where the report is
cargo xtask test              run everything: format, lints, licences, Rust, Python and web tests
cargo xtask test STAGE...     only these: format, tidy, clippy, deny, rust, python, web
cargo xtask bench [TOPIC...]  benchmarks beside their peers, in one run
cargo xtask validate [TOPIC]  studies over many patients; rewrites validation/
cargo xtask tidy              the floors of the house, evidence keys and schemas
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let result = match command.as_str() {
        "demo" => compilers().and_then(|()| demo::run(&rest)),
        "test" => compilers().and_then(|()| test::run(&rest)),
        "bench" => compilers().and_then(|()| bench::run(&rest)),
        "validate" => compilers().and_then(|()| validate::run(&rest)),
        "tidy" => tidy::run(),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The JPEG-LS codec is C++ and is built with cmake when the workspace is.
fn compilers() -> anyhow::Result<()> {
    setup::debian(&[("cmake", "cmake"), ("c++", "g++")])
}
