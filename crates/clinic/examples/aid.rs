//! Prints the decision aid of a chart: `cargo run -p rami-clinic --example aid -- CHART.toml es > aid.html`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use rami_clinic::decision::{Language, decision_aid};
use rami_clinic::{Chart, assess};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a chart")?;
    let language = std::env::args().nth(2).and_then(|code| Language::of(&code)).unwrap_or(Language::English);
    let chart = Chart::from_toml(&std::fs::read_to_string(path)?)?;
    println!("{}", decision_aid(&chart, &assess(&chart, None)?, language));
    Ok(())
}
