//! Thresholds of the three classes of fibre over distance and pulse width, with strength–duration and current–distance
//! fits and the fitted step to the bedside.
//!
//! `cargo run --release -p rami-nerve --example nerve_stimulation > validation/nerve-stimulation.md`
#![allow(clippy::print_stdout)] // a study whose output is the document

use rami_nerve::stimulate::curves::{current_distance, lapicque, weiss};
use rami_nerve::stimulate::reading::Bedside;
use rami_nerve::stimulate::threshold::{Search, point_source_over_middle, threshold};
use rami_nerve::{Axon, FibreClass, NerveError};

const SIGMA: f64 = 0.25;
const WIDTHS_MS: [f64; 5] = [0.05, 0.1, 0.2, 0.5, 1.0];

fn main() -> Result<(), NerveError> {
    println!("# What a point cathode excites\n");
    println!(
        "Made by `cargo run --release -p rami-nerve --example nerve_stimulation`. Homogeneous medium, {SIGMA} S/m; one"
    );
    println!("straight fibre, the tip opposite its middle; currents in mA, found to 1 %.\n");
    println!(
        "| class | distance mm | 0.05 ms | 0.1 ms | 0.2 ms | 0.5 ms | 1 ms | Weiss rheobase mA, chronaxie ms | Lapicque |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (class, distances) in [
        (FibreClass::A, &[1.0, 2.0, 3.0, 5.0, 10.0, 20.0][..]),
        (FibreClass::B, &[0.5, 1.0, 2.0][..]),
        (FibreClass::C, &[0.5, 1.0, 2.0][..]),
    ] {
        rows(class, distances)?;
    }
    let bedside = Bedside::fitted()?;
    println!("\n## From a fibre to a person\n");
    println!(
        "The quorum and sheath factor is **fitted, not physical**: {:.1}, so that an A fibre 3 mm away ({:.3} mA at 1 ms)",
        bedside.quorum_and_sheath,
        bedside.fibre_at_fit.get()
    );
    println!(
        "reads the mean motor threshold of 279 lumbar dorsal root ganglia, 1.54 V at {:.0} ohm. It absorbs the unknown",
        bedside.reference_impedance.get()
    );
    println!(
        "impedance (150 to 500 ohm) between mA and V. Sensory at 50 Hz is {:.2} of motor, the ratio of that study's means.",
        bedside.sensory_over_motor
    );
    Ok(())
}

fn axon(class: FibreClass) -> Result<Axon, NerveError> {
    if class == FibreClass::C { Axon::unmyelinated(1.0, 24.0, 50.0) } else { class.axon() }
}

fn rows(class: FibreClass, distances: &[f64]) -> Result<(), NerveError> {
    let axon = axon(class)?;
    let mut at_one_ms = Vec::new();
    for &distance in distances {
        let field = point_source_over_middle(&axon, distance, SIGMA)?;
        let mut points = Vec::new();
        for width in WIDTHS_MS {
            if let Some(current) = threshold(&axon, &field, &Search::cathodic(&axon, width))? {
                points.push((width, current.get()));
            }
        }
        let cell = |width: f64| {
            points
                .iter()
                .find(|p| p.0 == width)
                .map_or(String::from("not excitable"), |p| format!("{:.3}", p.1))
        };
        let law = |fit: Option<rami_nerve::stimulate::curves::StrengthDuration>| {
            fit.map_or(String::from("–"), |f| {
                format!(
                    "{:.3}, {:.2} (misfit {:.0} %)",
                    f.rheobase_ma,
                    f.chronaxie_ms,
                    100.0 * f.worst_misfit
                )
            })
        };
        let cells = WIDTHS_MS.map(cell).join(" | ");
        println!(
            "| {class:?} | {distance} | {cells} | {} | {} |",
            law(weiss(&points)),
            law(lapicque(&points))
        );
        if let Some(last) = points.last().filter(|p| p.0 == 1.0) {
            at_one_ms.push((distance, last.1));
        }
    }
    if let Some((start, k)) = current_distance(&at_one_ms) {
        println!(
            "| {class:?} | current–distance at 1 ms | I = {start:.3} mA + {k:.4} mA/mm² r² | | | | | | |"
        );
    }
    Ok(())
}
