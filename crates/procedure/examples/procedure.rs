//! Reference runs and simulated operators on digital patients: how often they come where they should, beside what is
//! published. `cargo xtask validate procedure` writes its output to `validation/procedure.md`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // a study that stops at the first surprise

#[path = "../tests/common/stage.rs"]
mod stage;

use rami_procedure::action::Pattern;
use rami_procedure::flow::{Compartment, Computed};
use rami_procedure::operator::{Protocol, Skill, run};
use rami_procedure::session::{Block, Header};
use rami_procedure::{Complication, Event, Imaging, Session, Setup, State, Theatre};
use stage::{Stage, stage};

/// Seed of the people.
const SEED: u64 = 2026;

/// Digital patients, and runs of simulated operators over them: the first and second argument.
fn sizes() -> (u64, u64) {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    (numbers.next().unwrap_or(30), numbers.next().unwrap_or(200))
}

fn rehearse(stage: &Stage, skill: Skill, seed: u64) -> (Session, State, Option<String>) {
    let setup = Setup { seed, ..stage.setup.clone() };
    let imaging = Imaging::new(&stage.case.ct);
    let flow = Computed::new(&stage.world);
    let theatre =
        Theatre { setup: &setup, world: &stage.world, flow: &flow, imaging: Some(&imaging), film: None };
    let mut header = Header::new(&theatre, "study", "truth");
    header.aim = Some(stage.aim.clone());
    let mut block = Block::new(&theatre, header);
    let mut operator = Protocol::new(stage.aim.clone(), skill, seed);
    run(&mut block, &mut operator);
    let (session, state) = block.finish();
    (session, state, operator.gave_up)
}

/// Wilson's 95 % interval of k in n, per cent.
fn wilson(k: usize, n: usize) -> String {
    let (k, n, z) = (k as f64, n as f64, 1.959_964);
    let p = k / n;
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    format!(
        "{:.1} % ({:.1} to {:.1}; {k:.0}/{n:.0})",
        100.0 * p,
        100.0 * (middle - half).max(0.0),
        100.0 * (middle + half)
    )
}

/// What the first contrast of a needle showed.
fn first_pattern(session: &Session) -> Option<Pattern> {
    session.events().find_map(|(_, event)| match event {
        Event::ContrastShown { pattern, .. } => Some(*pattern),
        _ => None,
    })
}

/// In words, why a reference run that was not given up does not count as a block of the chain.
fn why_not(session: &Session, state: &State) -> String {
    let side = session.header.setup.side;
    let drug = state.deposits.iter().rev().find(|d| d.fluids.iter().any(|f| f.drug_mg_ml > 0.0));
    let Some(deposit) = drug else { return "no drug was given".to_owned() };
    let share = |c: Compartment| 100.0 * deposit.spread.share(c);
    format!(
        "B and C nine in ten blocked together for {:.0} min only ({:.0} % of B or C fails at the best level); {:.0} % of the drug in \
         the plane, {:.0} % in fat, {:.0} % in psoas",
        state.held_min(side).floor(),
        100.0 * state.blocked(side),
        share(Compartment::Prevertebral),
        share(Compartment::Retroperitoneal),
        share(Compartment::Psoas)
    )
}

fn entered(session: &Session, words: &[&str]) -> bool {
    session.events().any(|(_, event)| {
        matches!(event, Event::Entered { structure, .. } if words.iter().any(|word| structure.contains(word)))
    })
}

fn main() {
    let (patients, runs) = sizes();
    println!("# Rehearsals on digital patients\n");
    println!(
        "Written by `cargo xtask validate procedure`. {patients} digital patients at 4 mm (population seed 2026), left side, \
         level by the plan; spread by the computed model on cells of 4 mm, tissues and nerves drawn from what calibration left (`validation/spread.md`). Times of actions are inputs, so no time is reported.\n\n\
         *Chain blocked*: at some level of L2 to L4 nine in ten of B and of C fibres fail together for half an hour. *Supply cut*: of \
         either, which is what the foot's warmth tells.\n"
    );
    let mut stages = Vec::new();
    println!(
        "## Reference runs\n\n| patient | level | supply cut | chain blocked | held, min | tip to target, mm | passes | pictures | why not |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    let (mut achieved, mut cut) = (0, 0);
    for index in 0..patients {
        match stage(SEED, index) {
            Ok(stage) => {
                let (session, state, gave_up) = rehearse(&stage, Skill::perfect(), index + 1);
                let measures = rami_procedure::score::measures(&session, &state);
                let side = stage.setup.side;
                let (good, warm) = (state.block_achieved(side), state.supply_cut(side));
                achieved += usize::from(good);
                cut += usize::from(warm);
                let why = match (good, gave_up) {
                    (true, _) => String::new(),
                    (false, Some(why)) => why,
                    (false, None) => why_not(&session, &state),
                };
                let word = |yes: bool| if yes { "yes" } else { "no" };
                println!(
                    "| {index} | {} | {} | {} | {:.0} | {:.1} | {} | {} | {why} |",
                    stage.setup.level,
                    word(warm),
                    word(good),
                    state.held_min(side).floor(),
                    measures.get("tip_to_target_mm").copied().flatten().unwrap_or(f64::NAN),
                    state.passes,
                    state.radiation.frames
                );
                stages.push(stage);
            }
            Err(why) => println!("| {index} | – | – | – | – | – | – | – | {why} |"),
        }
        eprintln!("patient {index}");
    }
    println!(
        "\nSupply of the leg cut: {}. Chain blocked: {}.\n",
        wilson(cut, patients as usize),
        wilson(achieved, patients as usize)
    );
    if stages.is_empty() {
        return;
    }
    let (mut n, mut shown, mut psoas, mut vessel, mut only, mut mixed, mut blocked, mut first_pass) =
        (0, 0, 0, 0, 0, 0, 0, 0);
    let mut supply = 0;
    let (mut entered_vessel, mut aspirated, mut kidney, mut root, mut given_up) = (0, 0, 0, 0, 0);
    let mut misses: Vec<f64> = Vec::new();
    let mut reasons: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut patterns: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for run in 0..runs {
        let stage = &stages[run as usize % stages.len()];
        let (session, state, gave_up) = rehearse(stage, Skill::human(), 1000 + run);
        n += 1;
        let pattern = first_pattern(&session);
        shown += usize::from(pattern.is_some());
        psoas += usize::from(pattern == Some(Pattern::Psoas));
        only += usize::from(pattern == Some(Pattern::Vascular));
        mixed += usize::from(pattern == Some(Pattern::MixedVascular));
        vessel += usize::from(matches!(pattern, Some(Pattern::Vascular | Pattern::MixedVascular)));
        blocked += usize::from(state.block_achieved(stage.setup.side));
        supply += usize::from(state.supply_cut(stage.setup.side));
        first_pass += usize::from(state.passes == 1);
        let in_vessel = state.active.iter().any(|a| a.complication == Complication::VesselPuncture);
        entered_vessel += usize::from(in_vessel);
        aspirated += usize::from(
            session
                .events()
                .any(|(_, e)| matches!(e, Event::Aspirated { seen: rami_needle::Aspirate::Blood })),
        );
        kidney += usize::from(entered(&session, &["kidney"]));
        root += usize::from(state.active.iter().any(|a| a.complication == Complication::RootContact));
        given_up += usize::from(gave_up.is_some());
        if let Some(why) = gave_up {
            *reasons.entry(why).or_default() += 1;
        }
        if let Some(pattern) = pattern {
            *patterns.entry(format!("{pattern:?}").to_lowercase()).or_default() += 1;
        }
        let measures = rami_procedure::score::measures(&session, &state);
        misses.extend(measures.get("tip_to_target_mm").copied().flatten());
        if run % 20 == 0 {
            eprintln!("run {run}");
        }
    }
    println!("## Simulated operators\n");
    println!(
        "{n} runs over the same patients with the stated human errors (`needle.hand_*`, `procedure.virtual.*`; assumed where the evidence says so). Intervals are Wilson's and take runs as independent, \
         which they are not quite: patients repeat.\n"
    );
    println!(
        "| event, first contrast of a needle | here | published | used as an input? |\n| --- | --- | --- | --- |"
    );
    let shown = shown.max(1);
    println!(
        "| contrast in psoas | {} | 21.3 % (16.4 to 27.2; 46/216), Hong 2010 | no |",
        wilson(psoas, shown)
    );
    println!(
        "| any contrast in a vessel | {} | 12.5 % (8.7 to 17.6; 27/216), Hong 2010 | no |",
        wilson(vessel, shown)
    );
    println!(
        "| … in a vessel only | {} | 7.4 % (4.6 to 11.7; 16/216), Hong 2010 | no |",
        wilson(only, shown)
    );
    println!("| … mixed | {} | 5.1 % (2.9 to 8.9; 11/216), Hong 2010 | no |", wilson(mixed, shown));
    println!("\n| event, per run | here | published | used as an input? |\n| --- | --- | --- | --- |");
    println!("| a vessel was entered on the way or reached | {} | – | no |", wilson(entered_vessel, n));
    println!(
        "| blood came back | {} | aspiration shows 40.7 % of tips in a vessel, Hong 2010 | yes: does not count |",
        wilson(aspirated, n)
    );
    println!(
        "| kidney entered | {} | 1 of 120 blind needles in cadavers (0.8 %), BJA | no |",
        wilson(kidney, n)
    );
    println!("| nerve root touched | {} | – | no |", wilson(root, n));
    println!(
        "| more than one pass (an advance after a retraction of 10 mm) | {} | trajectory corrected in 20 % under MRI, Marker 2017 | it was \
         at hand when the operator's tolerance was assumed: does not count |",
        wilson(n - first_pass, n)
    );
    println!(
        "| supply of the leg cut in the model | {} | signs of success 66 % at L2, 73 % at L4, Sayson 1997 | no |",
        wilson(supply, n)
    );
    println!("| chain blocked in the model | {} | – | no |", wilson(blocked, n));
    println!("| given up | {} | – | no |", wilson(given_up, n));
    let mean = misses.iter().sum::<f64>() / misses.len().max(1) as f64;
    let sd = (misses.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / misses.len().max(1) as f64).sqrt();
    println!(
        "\nTip from the planned target at the injection: {mean:.1} ± {sd:.1} mm (mean ± standard deviation of {}); published \
         3.9 ± 1.7 mm under MRI in cadavers (Marker 2017), not an input here. An operator who follows contrast leaves the \
         planned target on purpose.",
        misses.len()
    );
    let list = |of: &std::collections::BTreeMap<String, usize>| {
        of.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join("; ")
    };
    println!("\nFirst patterns: {}.", list(&patterns));
    println!("\nWhy given up: {}.", list(&reasons));
    println!(
        "\nWhat this does not show: the human errors are assumptions, and the rates follow from them and from how a digital \
         patient is drawn. A rate that agrees is not a validation of either."
    );
}
