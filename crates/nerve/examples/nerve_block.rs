//! Critical sodium shares from the full cable, and the surrogate against the cable on 200 random profiles per class.
//!
//! `cargo run --release -p rami-nerve --example nerve_block > validation/nerve-block.md`
#![allow(clippy::print_stdout)] // a study whose output is the document

use rami_nerve::block::critical::{conducts, critical_share_of_nodes, critical_share_of_stretch};
use rami_nerve::block::potency::{Anaesthetic, LABEL};
use rami_nerve::block::surrogate::{Rule, Surrogate};
use rami_nerve::{Axon, FibreClass, NerveError};
use rami_random::{DEFAULT_SEED, RngExt, Stream};

const PROFILES: usize = 200;
const LANES: usize = 8;
const RULES: [Rule; 2] = [Rule::Mean, Rule::Everywhere];

/// Published runs (backward Euler at 5 and 12.5 us): exposed nodes or mm, critical share.
const PUBLISHED_C: &[(f64, f64)] =
    &[(0.25, 0.254), (0.5, 0.387), (1.0, 0.426), (2.0, 0.449), (4.0, 0.457), (8.0, 0.457), (12.0, 0.457)];
const PUBLISHED_B: &[(f64, f64)] =
    &[(2.0, 0.0), (3.0, 0.129), (4.0, 0.191), (6.0, 0.246), (10.0, 0.277), (20.0, 0.301)];
const PUBLISHED_A: &[(f64, f64)] =
    &[(2.0, 0.0), (3.0, 0.020), (4.0, 0.121), (6.0, 0.199), (10.0, 0.238), (15.0, 0.262)];

fn main() -> Result<(), NerveError> {
    println!("# Block of an impulse: full cable and surrogate\n");
    println!("Made by `cargo run --release -p rami-nerve --example nerve_block`, seed {DEFAULT_SEED}.\n");
    println!("## Largest share of sodium conductance at which an impulse fails\n");
    println!(
        "Full cable, second-order stepper; *reference* are first-order runs of the same equations at 5 us (A, B) and"
    );
    println!(
        "12.5 us (C) with a search step of 0.008. The first-order step weakens the impulse a little, so its shares are"
    );
    println!(
        "higher by about 0.01; the longest stretches of A and B differ by 0.016 and 0.019, more than that explains.\n"
    );
    println!("| class | exposed | mm | f_crit | C/Kd | reference |\n|---|---|---|---|---|---|");
    for class in FibreClass::ALL {
        table(class)?;
    }
    println!("\n## Surrogate against the full cable, {PROFILES} random concentration profiles per class\n");
    println!(
        "Each profile is a sum of one to three bells of bupivacaine (width 0.3 to 6 mm, peak 0.2 to 5 times the EC50 of the"
    );
    println!("class) along the fibre; sodium left = 1/(1 + C/Kd), Kd per class ({LABEL}).\n");
    println!(
        "| class | rule | both blocked | both conduct | surrogate says blocked, cable conducts | surrogate says conducts, cable blocked | agreement |"
    );
    println!("|---|---|---|---|---|---|---|");
    for class in FibreClass::ALL {
        confusion(class)?;
    }
    println!(
        "\n*Mean*: an impulse is taken to fail when the mean share over some stretch is at most that stretch's f_crit; it is the"
    );
    println!(
        "rule in use. *Everywhere*: when the share is at most f_crit at every place of a stretch; it overlooks what the"
    );
    println!("flanks of a profile take away.");
    Ok(())
}

fn table(class: FibreClass) -> Result<(), NerveError> {
    let axon = class.axon()?;
    let published = match class {
        FibreClass::A => PUBLISHED_A,
        FibreClass::B => PUBLISHED_B,
        FibreClass::C => PUBLISHED_C,
    };
    for &(exposed, reference) in published {
        let (share, what, mm) = if class == FibreClass::C {
            (critical_share_of_stretch(&axon, exposed, class.step_ms())?, String::from("stretch"), exposed)
        } else {
            let share = critical_share_of_nodes(&axon, exposed as usize, class.step_ms() / 2.0)?;
            (share, format!("{exposed} nodes"), exposed * class.internode_mm())
        };
        let (share, ratio) = share.map_or((String::from("never"), String::from("–")), |f| {
            (format!("{f:.3}"), format!("{:.2}", 1.0 / f - 1.0))
        });
        let reference = if reference > 0.0 { format!("{reference:.3}") } else { String::from("never") };
        println!("| {class:?} | {what} | {mm:.2} | {share} | {ratio} | {reference} |");
    }
    Ok(())
}

fn confusion(class: FibreClass) -> Result<(), NerveError> {
    let axon: Axon = class.axon()?;
    let surrogate = Surrogate::new(class);
    let sites = axon.sites_mm();
    let mut counts = [[[0_usize; 2]; 2]; 2];
    for group in 0..PROFILES / LANES {
        let profiles: Vec<Box<dyn Fn(f64) -> f64>> =
            (0..LANES).map(|lane| profile(class, axon.length_mm(), (group * LANES + lane) as u64)).collect();
        let sodium: [Vec<f64>; LANES] =
            std::array::from_fn(|lane| sites.iter().map(|&x| profiles[lane](x)).collect());
        let passed = conducts(&axon, sodium.clone(), class.step_ms())?;
        for lane in 0..LANES {
            let spacing = sites[1] - sites[0];
            for (rule, counts) in RULES.into_iter().zip(&mut counts) {
                let blocked = surrogate.blocked_by(rule, &sodium[lane], spacing);
                counts[usize::from(blocked)][usize::from(!passed[lane])] += 1;
            }
        }
    }
    for (rule, [[conduct, missed], [false_block, block]]) in RULES.into_iter().zip(counts) {
        println!(
            "| {class:?} | {rule:?} | {block} | {conduct} | {false_block} | {missed} | {:.1} % |",
            100.0 * (block + conduct) as f64 / PROFILES as f64
        );
    }
    Ok(())
}

/// Share of sodium conductance left along the fibre for one random concentration profile.
fn profile(class: FibreClass, length_mm: f64, index: u64) -> Box<dyn Fn(f64) -> f64> {
    let mut rng =
        Stream::new(DEFAULT_SEED).named("block profile").named(&format!("{class:?}")).indexed(index).rng();
    let drug = Anaesthetic::Bupivacaine;
    let (ec50, kd) = (drug.ec50_umol_l(class), drug.kd_umol_l(class));
    let bells: Vec<(f64, f64, f64)> = (0..rng.random_range(1..=3))
        .map(|_| {
            let centre = length_mm * rng.random_range(0.2..0.8);
            let width = 0.3 * 20.0_f64.powf(rng.random::<f64>());
            let peak = ec50 * 0.2 * 25.0_f64.powf(rng.random::<f64>());
            (centre, width, peak)
        })
        .collect();
    Box::new(move |x| {
        let c: f64 = bells
            .iter()
            .map(|&(centre, width, peak)| peak * (-0.5 * ((x - centre) / width).powi(2)).exp())
            .sum();
        1.0 / (1.0 + c / kd)
    })
}
