//! Calibration of the spread on digital patients: extents by volume and level with pictures, convergence on finer cells,
//! prior and posterior of what is uncertain. Prints `validation/spread.md`, draws `validation/spread/*.png`.
//!
//! `spread calibration`, `spread extents` or `spread convergence` print one part.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a study that cannot be set up has failed

mod calibration;
mod extents;
mod gaussian;
mod patient;
mod pictures;

fn main() {
    let only = std::env::args().nth(1);
    let wanted = |part: &str| only.as_deref().is_none_or(|o| o == part);
    println!("# Spread: calibration\n");
    println!(
        "Made by `cargo xtask validate spread`. This is **calibration**, not validation: the figures named below were used to\n\
         choose and to weigh parameters, and nothing here is held out. Tips lie in the loose layer 2 mm in front of the true\n\
         left trunk of digital patients; a place counts as reached at a tenth of the strongest concentration.\n"
    );
    if wanted("extents") {
        extents::by_volume();
    }
    if wanted("convergence") {
        extents::convergence();
    }
    if wanted("calibration") {
        calibration::prior_and_posterior();
    }
}
