//! Time per compartment-step, as `case value` lines in ns, for the comparison with other programs on the same machine in
//! the same run: `xtask/peers/nerve_peers.py`.
#![allow(clippy::print_stdout)] // a measurement whose output is read by a script

use rami_nerve::cable::{Cable, Fibre, Stepper};
use rami_nerve::conduct::{Scheme, conduct};
use rami_nerve::membrane::{HodgkinHuxley, Membrane, Sundt};
use rami_nerve::myelin::{Myelinated, MyelinatedStepper};
use rami_nerve::potential::Waveform;
use rami_nerve::stimulate::threshold::{Search, point_source_over_middle, threshold};
use rami_nerve::{Action, FibreClass, NerveError};
use std::time::Instant;

const REPEATS: usize = 5;

fn main() -> Result<(), NerveError> {
    if std::env::args().nth(1).as_deref() != Some("thresholds") {
        unmyelinated("hh", &HodgkinHuxley::new(18.5))?;
        unmyelinated("sundt", &Sundt::new(37.0))?;
        let fibre = Myelinated::new(10.0, 51, 37.0)?;
        let per_step = best(|| {
            let action = Action::clamp(0, 5.0, Waveform::pulse(0.1, 0.1));
            let mut stepper = MyelinatedStepper::<1>::new(fibre, [action], 0.005, Scheme::CrankNicolson)?;
            Ok(timed(|| (0..60_000).for_each(|_| stepper.step())) / 60_000.0)
        })?;
        println!("mrg one {:.2}", per_step / fibre.compartments() as f64);
    }
    for (name, class, distance) in
        [("c", FibreClass::C, 1.0), ("b", FibreClass::B, 1.0), ("a", FibreClass::A, 3.0)]
    {
        let axon = class.axon_for_stimulation()?;
        let field = point_source_over_middle(&axon, distance, 0.25)?;
        let search = Search::cathodic(&axon, 0.1);
        let time = best(|| {
            let mut found = Ok(None);
            let time = timed(|| found = threshold(&axon, &field, &search));
            found.map(|_| time)
        })?;
        println!("threshold {name} {time:.0}");
    }
    Ok(())
}

fn unmyelinated(name: &str, membrane: &impl Membrane) -> Result<(), NerveError> {
    for dt in [0.025, 0.005] {
        let fibre = Fibre::new(Cable::new(1.0, 20.0, 1000)?);
        let velocity = conduct(membrane, fibre, dt, 60.0, Scheme::CrankNicolson)?.conduction_velocity_m_s;
        println!("{name} velocity_{dt} {}", velocity.unwrap_or(f64::NAN));
    }
    let clamped = |diameter: f64| {
        Ok::<_, NerveError>(Fibre::new(Cable::new(diameter, 20.0, 1000)?).with_clamp(
            0,
            0.2,
            Waveform::pulse(1.0, 1.0),
        ))
    };
    for dt in [0.025, 0.005] {
        let steps = (200.0 / dt) as usize;
        let one = best(|| {
            let mut stepper = Stepper::<_, 1>::new(membrane, [clamped(1.0)?], dt)?;
            Ok(timed(|| (0..steps).for_each(|_| stepper.step())))
        })?;
        println!("{name} one_{dt} {:.2}", one / steps as f64 / 1000.0);
    }
    let bundle = best(|| {
        let mut groups = Vec::new();
        for _ in 0..8 {
            let mut fibres = Vec::new();
            for lane in 0..8 {
                fibres.push(clamped(0.8 + 0.05 * f64::from(lane))?);
            }
            if let Ok(fibres) = <[Fibre; 8]>::try_from(fibres) {
                groups.push(Stepper::new(membrane, fibres, 0.025)?);
            }
        }
        Ok(timed(|| groups.iter_mut().for_each(|group| (0..400).for_each(|_| group.step()))) / 400.0)
    })?;
    println!("{name} bundle {:.2}", bundle / 64.0 / 1000.0);
    Ok(())
}

/// Processor time where the system tells it (a busy machine does not count), else wall-clock time; ns.
fn timed(work: impl FnOnce()) -> f64 {
    let (start, before) = (Instant::now(), processor_ns());
    work();
    let wall = start.elapsed().as_secs_f64() * 1e9;
    before.zip(processor_ns()).map_or(wall, |(before, after)| after - before)
}

/// Time this process has run, ns: the first figure of `/proc/self/schedstat`, renewed every few ms.
fn processor_ns() -> Option<f64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

fn best(mut run: impl FnMut() -> Result<f64, NerveError>) -> Result<f64, NerveError> {
    let mut least = f64::INFINITY;
    for _ in 0..REPEATS {
        least = least.min(run()?);
    }
    Ok(least)
}
