//! Electrical mapping: a current ramp at the tip, which nerves it excites, what the person reports, which rules that
//! meets, and what it says about the trunk.
//!
//! The field acts on the [`World`]; the update acts on the belief. Currents through a single fibre become readings by one
//! **fitted** factor (`rami_nerve::stimulate::reading`), which is not a physical parameter. A nerve's reading varies
//! between people by the spread of the study it was fitted on.
//!
//! Limits: one pulse at a time (no temporal summation at 50 Hz but the fitted ratio); the trunk's fibres are given the
//! factor of a dorsal root ganglion, for want of any other.

mod answer;
mod conductivity;
mod likelihood;
mod nerves;
mod potential;
mod rules;
mod words;

pub use answer::{ElectricalAnswer, NerveThreshold, Response};
pub use likelihood::{Felt, SensoryLikelihood, VoltageByDistance};
pub use rules::{AppliedRule, RuleSays};
pub use words::Region;

use crate::bayes::{BeliefUpdate, Cloud};
use crate::error::in_range;
use crate::tip::{check_tip, side_of};
use crate::world::{Tissue, Tube, TubeKind};
use crate::{BedsideError, World};
use nerves::Pulse;
use potential::{Electrode, TipField};
use rami_anatomy::Anatomy;
use rami_evidence::value;
use rami_nerve::FibreClass;
use rami_nerve::stimulate::reading::Bedside;
use rami_random::distributions::StandardNormal;
use rami_random::{RngExt, Stream};
use rami_units::{MilliAmp, Ohm};
use rami_volume::{Point, Vector};
use rayon::prelude::*;

/// Nerves further from the tip are not asked, mm.
const REACH_MM: f64 = 40.0;
/// The longest bare tip of an insulated needle, mm; one without insulation is bare from the skin on.
const LONGEST_TIP_MM: f64 = 20.0;

/// What is asked of a mapping current.
#[derive(Debug, Clone, PartialEq)]
pub struct ElectricalOptions {
    /// Where the tip is.
    pub tip: Point,
    /// Where the needle entered the skin, if that is known: the bare tip then lies along the needle.
    pub entry: Option<Point>,
    /// Length of bare tip, mm.
    pub active_tip_mm: f64,
    /// Outer diameter, mm.
    pub diameter_mm: f64,
    /// Highest current of the ramp, mA.
    pub current_ma: f64,
    /// Step of the ramp, mA.
    pub step_ma: f64,
    /// 2 or 50 Hz; both, one after the other, where nothing is said.
    pub frequency_hz: Option<u32>,
    /// Width of a pulse, µs.
    pub pulse_us: f64,
    /// Time step of the cable, ms; the one that suits each fibre where nothing is said.
    pub dt_ms: Option<f64>,
}

impl ElectricalOptions {
    /// A usual stimulus at a tip: 22G, 5 mm bare, up to 10 mA in steps of 0.05 mA.
    #[must_use]
    pub fn at(tip: Point) -> Self {
        Self {
            tip,
            entry: None,
            active_tip_mm: 5.0,
            diameter_mm: 0.72,
            current_ma: 10.0,
            step_ma: 0.05,
            frequency_hz: None,
            pulse_us: 1e3 * value("nerve.mapping_pulse_width"),
            dt_ms: None,
        }
    }

    fn check(&self) -> Result<(), BedsideError> {
        in_range("the current of the ramp", self.current_ma, 0.01, 100.0, "mA")?;
        in_range("the step of the ramp", self.step_ma, 1e-4, self.current_ma, "mA")?;
        in_range("the width of the pulse", self.pulse_us, 20.0, 5000.0, "us")?;
        in_range("the diameter of the needle", self.diameter_mm, 0.2, 2.0, "mm")?;
        // Without an entry nobody knows where a long bare shaft lies.
        let longest =
            self.entry.map_or(LONGEST_TIP_MM, |entry| (entry - self.tip).norm().max(LONGEST_TIP_MM));
        in_range("the bare tip", self.active_tip_mm, 2.5 * self.diameter_mm, longest, "mm")?;
        if let Some(frequency) = self.frequency_hz.filter(|f| ![2, 50].contains(f)) {
            return Err(BedsideError::Frequency { frequency_hz: frequency });
        }
        Ok(())
    }
}

/// What the factor is, said wherever it is used.
pub const FIT_STATEMENT: &str = "The quorum-and-sheath factor is fitted, not physical: it makes a 10 um fibre 3 mm \
    (assumed) from the tip, at an assumed 300 ohm, answer at the mean motor threshold (1.54 V) of 279 lumbar dorsal \
    root ganglia. It absorbs sheath, perineurium, the number of fibres a report needs, and the unknown impedance \
    (150 to 500 ohm) between mA and V.";

/// Maps electrically: what the world answers, and what the belief learns from it.
///
/// # Errors
/// Stimuli that cannot be, a tip outside the body or in bone, no nerve within reach, a time step too coarse.
pub fn map(
    world: &World,
    anatomy: &Anatomy,
    options: &ElectricalOptions,
) -> Result<(ElectricalAnswer, BeliefUpdate), BedsideError> {
    let Stimulated { field, pulse, bedside, mut answer } = stimulate(world, options, &|_, _| true)?;
    let tip = options.tip;
    let tried = |hz: u32| {
        answer.frequencies_hz.contains(&hz).then_some(options.current_ma * field.impedance_ohm * 1e-3)
    };
    let responses = &answer.responses;
    let least = |hz: u32, which: &dyn Fn(&Response) -> bool| {
        responses
            .iter()
            .filter(|r| r.frequency_hz == hz && which(r))
            .map(|r| r.voltage_v)
            .min_by(f64::total_cmp)
    };
    let found = rules::Found {
        sensory_v: least(50, &|_| true),
        buttock_leg_v: least(50, &|r| r.region.is_some_and(Region::is_buttock_or_leg)),
        groin_thigh_v: least(50, &|r| r.region.is_some_and(Region::is_groin_or_thigh)),
        motor_v: least(2, &|_| true),
        impedance_ohm: field.impedance_ohm,
        sensory_up_to_v: tried(50),
        motor_up_to_v: tried(2),
    };
    let felt = tried(50).map(|top| {
        let first = responses.iter().find(|r| r.frequency_hz == 50);
        Felt {
            volts: first.map_or(top, |r| r.voltage_v),
            groin_or_thigh: first.and_then(|r| r.region).map(Region::is_groin_or_thigh),
        }
    });
    let felt = felt.zip(tried(50));
    let update = update(world, anatomy, &field, &pulse, &bedside, &tip, felt)?;
    (answer.rules, answer.conflicts) = rules::apply(&found);
    Ok((answer, update))
}

/// What a current at the tip makes the person feel and a muscle do: without rules, and without a belief that learns.
///
/// # Errors
/// As [`map`].
pub fn excite(world: &World, options: &ElectricalOptions) -> Result<ElectricalAnswer, BedsideError> {
    // Only what can be felt, or can move something, is followed: a cable is the dear part.
    let answers = |tube: &Tube, fibre: FibreClass| {
        let felt =
            options.frequency_hz != Some(2) && words::sensation(tube).is_some() && fibre != FibreClass::B;
        felt || (options.frequency_hz != Some(50) && words::twitch(tube).is_some())
    };
    Ok(stimulate(world, options, &answers)?.answer)
}

/// What the world answers, and what it answered from.
struct Stimulated {
    field: TipField,
    pulse: Pulse,
    bedside: Bedside,
    answer: ElectricalAnswer,
}

fn stimulate(
    world: &World,
    options: &ElectricalOptions,
    asked: &dyn Fn(&Tube, FibreClass) -> bool,
) -> Result<Stimulated, BedsideError> {
    options.check()?;
    check_tip(world, &options.tip)?;
    let tip = options.tip;
    let back = options.entry.map(|entry| entry - tip).and_then(|d: Vector| d.try_normalize(1.0));
    let electrode =
        Electrode { tip, back, active_mm: options.active_tip_mm, diameter_mm: options.diameter_mm };
    let bedside = Bedside::fitted()?;
    let field = TipField::in_world(world, &electrode)?;
    let sensory = bedside.quorum_and_sheath * bedside.sensory_over_motor;
    // Ten times what the ramp can reach in the most sensitive reading is as good as never.
    let pulse = Pulse {
        width_ms: options.pulse_us * 1e-3,
        dt_ms: options.dt_ms,
        highest_ma: 10.0 * options.current_ma / sensory,
    };
    let nerves = thresholds(world, &field, &tip, &pulse, &bedside, asked)?;
    let frequencies_hz = options.frequency_hz.map_or_else(|| vec![50, 2], |f| vec![f]);
    let responses = ramp(world, &nerves, &frequencies_hz, options, field.impedance_ohm);
    let answer = ElectricalAnswer {
        frequencies_hz,
        pulse_us: options.pulse_us,
        ramp_to_ma: options.current_ma,
        ramp_step_ma: options.step_ma,
        impedance_ohm: field.impedance_ohm,
        impedance_by_tissue_ohm: by_tissue(&electrode)?,
        active_tip_mm: options.active_tip_mm,
        quorum_and_sheath: bedside.quorum_and_sheath,
        fit_statement: FIT_STATEMENT.to_owned(),
        nerves,
        responses,
        rules: Vec::new(),
        conflicts: Vec::new(),
    };
    Ok(Stimulated { field, pulse, bedside, answer })
}

/// Thresholds of all nerves within reach, the lowest first.
fn thresholds(
    world: &World,
    field: &TipField,
    tip: &Point,
    pulse: &Pulse,
    bedside: &Bedside,
    asked: &dyn Fn(&Tube, FibreClass) -> bool,
) -> Result<Vec<NerveThreshold>, BedsideError> {
    let mut jobs = Vec::new();
    let mut nearest = f64::INFINITY;
    for tube in world.tubes.iter().filter(|tube| tube.kind.is_nerve()) {
        let distance_mm = match tube.kind {
            TubeKind::SympatheticTrunk => world.distance_to_trunk_mm(tube.side, tip),
            _ => tube.distance_mm(tip),
        };
        nearest = nearest.min(distance_mm);
        if distance_mm <= REACH_MM {
            let classes = nerves::classes(tube.kind).iter().filter(|&&class| asked(tube, class));
            jobs.extend(classes.map(|&class| (tube, class, distance_mm)));
        }
    }
    if jobs.is_empty() {
        let tip_mm = (*tip).into();
        return Err(BedsideError::NoNerveNear { tip_mm, distance_mm: nearest, reach_mm: REACH_MM });
    }
    let stream = Stream::new(world.record.seed).named("readings");
    let mut found = jobs
        .into_par_iter()
        .map(|(tube, fibre, distance_mm)| {
            let excited = nerves::excite(tube, fibre, field, tip, pulse)?;
            let reading = match excited.fibre_ma {
                Some(ma) => Some(bedside.reading(MilliAmp::new(ma)?, Ohm::new(field.impedance_ohm)?)?),
                None => None,
            };
            let nerve = tube.name();
            let z: f64 = stream.named(&nerve).rng().sample(StandardNormal);
            // Only afferents are felt: the trunk's B fibres and the rami carry orders.
            let felt = words::sensation(tube).is_some() && fibre != FibreClass::B;
            let sensory = reading.filter(|_| felt);
            let motor = reading.filter(|_| words::twitch(tube).is_some());
            Ok(NerveThreshold {
                nerve,
                kind: tube.kind,
                fibre,
                distance_mm,
                activating_mv_per_ma: excited.activating_mv_per_ma,
                single_fibre_ma: excited.fibre_ma,
                sensory_ma: sensory.map(|r| r.sensory_current.get()),
                sensory_v: sensory.map(|r| r.sensory_voltage.get()),
                motor_ma: motor.map(|r| r.motor_current.get()),
                motor_v: motor.map(|r| r.motor_voltage.get()),
                person_factor: (value("mapping.reading_spread") * z).exp(),
                excited_at_mm: excited.site.into(),
                extended_mm: excited.extended_mm,
            })
        })
        .collect::<Result<Vec<_>, BedsideError>>()?;
    let order = |n: &NerveThreshold| n.single_fibre_ma.unwrap_or(f64::INFINITY);
    found.sort_by(|a, b| {
        order(a)
            .total_cmp(&order(b))
            .then(a.distance_mm.total_cmp(&b.distance_mm))
            .then(a.nerve.cmp(&b.nerve))
    });
    Ok(found)
}

/// What is reported while the current rises.
fn ramp(
    world: &World,
    nerves: &[NerveThreshold],
    frequencies_hz: &[u32],
    options: &ElectricalOptions,
    impedance_ohm: f64,
) -> Vec<Response> {
    let tube = |name: &str| world.tubes.iter().find(|tube| tube.name() == name);
    let mut responses = Vec::new();
    for &frequency_hz in frequencies_hz {
        let mut now = Vec::new();
        for nerve in nerves {
            let Some(tube) = tube(&nerve.nerve) else { continue };
            let (threshold, region, report) = if frequency_hz == 50 {
                let Some((region, words)) = words::sensation(tube) else { continue };
                (nerve.sensory_ma, Some(region), words)
            } else {
                let Some(words) = words::twitch(tube) else { continue };
                (nerve.motor_ma, None, words)
            };
            let Some(threshold) = threshold.map(|ma| ma * nerve.person_factor) else { continue };
            let current_ma = (threshold / options.step_ma).ceil() * options.step_ma;
            if current_ma <= options.current_ma + 1e-12 {
                now.push(Response {
                    frequency_hz,
                    current_ma,
                    voltage_v: current_ma * impedance_ohm * 1e-3,
                    nerve: nerve.nerve.clone(),
                    region,
                    report: report.to_owned(),
                });
            }
        }
        now.sort_by(|a, b| a.current_ma.total_cmp(&b.current_ma).then(a.nerve.cmp(&b.nerve)));
        responses.extend(now);
    }
    responses
}

/// What the belief learns from what was felt first in a ramp up to a voltage.
fn update(
    world: &World,
    anatomy: &Anatomy,
    field: &TipField,
    pulse: &Pulse,
    bedside: &Bedside,
    tip: &Point,
    felt: Option<(Felt, f64)>,
) -> Result<BeliefUpdate, BedsideError> {
    let side = side_of(world, tip);
    let at_chain_mm = value("mapping.at_chain");
    let stream = Stream::new(world.record.seed).named("belief");
    let cloud = Cloud::near(anatomy.chains.get(side), tip, at_chain_mm, stream)
        .ok_or(BedsideError::NoChain { side })?;
    let before = cloud.summary();
    let Some((felt, top_v)) = felt else {
        let why = "A response at 2 Hz says nothing about the trunk, which moves no muscle: the belief stays as it was.";
        return Ok(BeliefUpdate::new(side, at_chain_mm, before, before, Some(1.0), why.to_owned()));
    };
    let sigma = conductivity::Conductivities::published().of(field.tissue);
    let mean = sigma.iter().product::<f64>().cbrt();
    let by = |class, distances: &[f64]| {
        VoltageByDistance::of(class, mean, field.impedance_ohm, pulse, bedside, distances)
    };
    let trunk = by(FibreClass::C, &[0.4, 0.6, 1.0, 1.6, 2.5, 4.0])?;
    let somatic = by(FibreClass::A, &[1.0, 2.0, 4.0, 8.0, 16.0, 30.0])?;
    let likelihood = SensoryLikelihood::new(anatomy, side, tip, trunk, &somatic, top_v);
    let of = |d: f64| likelihood.of(&felt, d);
    let after = cloud.updated(of);
    let statement = match felt.groin_or_thigh {
        None => {
            "Nothing was felt. C fibres of the trunk cannot be excited from more than about a millimetre, so silence \
                 says little about where the trunk is."
        }
        Some(true) => {
            "Groin or thigh were felt first: most likely a somatic nerve, which says little about where the \
                       trunk is."
        }
        Some(false) => {
            "Buttock or leg were felt first: the trunk itself, if the tip touches it, or a somatic nerve; the \
                        likelihood weighs both."
        }
    };
    let ratio = cloud.likelihood_ratio(of);
    Ok(BeliefUpdate::new(side, at_chain_mm, before, after.summary(), ratio, statement.to_owned()))
}

/// Voltages at which the trunk is felt with a usual stimulus in a medium of 0.25 S/m and 300 ohm, for studies.
///
/// # Errors
/// None in practice: fibre and field are fixed.
pub fn study_voltages() -> Result<VoltageByDistance, BedsideError> {
    let pulse = Pulse { width_ms: value("nerve.mapping_pulse_width"), dt_ms: None, highest_ma: 500.0 };
    let bedside = Bedside::fitted()?;
    VoltageByDistance::of(FibreClass::C, 0.25, 300.0, &pulse, &bedside, &[0.4, 0.6, 1.0, 1.6, 2.5, 4.0])
}

/// Impedance of the tip if all about it were one tissue.
fn by_tissue(electrode: &Electrode) -> Result<std::collections::BTreeMap<String, f64>, BedsideError> {
    let table = conductivity::Conductivities::published();
    [
        ("fat", Tissue::Fat),
        ("muscle", Tissue::Psoas),
        ("blood", Tissue::Blood),
        ("cerebrospinal_fluid", Tissue::CerebrospinalFluid),
        ("disc", Tissue::Disc),
    ]
    .into_iter()
    .map(|(name, tissue)| {
        let mean = table.of(tissue).iter().product::<f64>().cbrt();
        let ohm =
            rami_nerve::stimulate::reading::tip_impedance(electrode.active_mm, electrode.diameter_mm, mean)?;
        Ok((name.to_owned(), ohm.get()))
    })
    .collect()
}
