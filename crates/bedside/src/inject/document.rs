//! `block.json`: where the drug went and what it blocks, as distributions over draws.

use super::beside::BesideCourse;
use super::course::Outcome;
use super::nerves::NerveCourse;
use rami_anatomy::{BySide, Side, VertebralLevel};
use rami_body::Distribution;
use rami_spread::Balance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockDocument {
    /// What must be read first: a dose over the maximum, or that this is no advice.
    pub notice: String,
    /// `rami.block/1`.
    pub schema: String,
    /// Everything else that must be said.
    pub warnings: Vec<String>,
    /// What the results are worth.
    pub credibility: String,
    /// Which anatomy this happened in.
    pub world: String,
    /// Name of the case.
    pub case: String,
    /// Tips, LPS mm, and what they are in.
    pub tips: Vec<TipEntry>,
    /// Side of the first tip.
    pub side: Side,
    /// What was given, in order.
    pub sequence: Vec<String>,
    /// Minutes from the start of the first syringe to the first ml of an anaesthetic; nothing where none is given. Onsets
    /// are counted from the start of the first syringe.
    #[serde(default)]
    pub drug_starts_min: Option<f64>,
    /// What was recorded and not modelled.
    pub not_modelled: Vec<String>,
    /// Sum over drugs of dose over maximum for one administration.
    pub share_of_maximum: f64,
    /// Body mass it is for.
    pub weight_kg: f64,
    /// Draws of what is uncertain.
    pub samples: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Cell sizes of the run shown and of the draws, mm.
    pub cell_mm: [f64; 2],
    /// Share of draws in which at some level L2–L4 of the injected side at least 90 % of B and of C fibres fail for at
    /// least 30 min.
    pub p_block: f64,
    /// The same for every level L2–L4.
    pub p_block_all_levels: f64,
    /// By side, then level.
    pub chain: BySide<BTreeMap<String, LevelEntry>>,
    /// Grey and white rami by name.
    pub rami: BTreeMap<String, LevelEntry>,
    /// By side: what is cut of the foot's sympathetic supply in roots and rami, so that it warms though the trunk conducts.
    pub beside_trunk: BySide<BesideEntry>,
    /// What is not meant to be reached.
    pub unwanted: Unwanted,
    /// Along the spine at the end of the injection, to a tenth of the strongest concentration: of the drug (else of contrast),
    /// or of all fluid where something is given that is followed as a mere volume (saline, neurolytics, adjuncts).
    pub longitudinal_extent_mm: Distribution,
    /// Levels reached in at least half of the draws.
    pub levels_reached: Vec<String>,
    /// Share of draws in which each level is reached.
    pub levels_reached_share: BTreeMap<String, f64>,
    /// What reached the blood.
    pub absorbed_mg_vs_time: AbsorbedEntry,
    /// Pressures and rates of the run shown.
    pub injection: Vec<TraceEntry>,
    /// Fascia parted, mm².
    pub fascia_parted_mm2: Distribution,
    /// Whether everything is accounted for.
    pub mass_balance: MassBalance,
}

/// A tip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TipEntry {
    /// LPS.
    pub at_mm: [f64; 3],
    /// Structure it is in.
    pub structure: String,
    /// Tissue as fluid sees it.
    pub tissue: rami_spread::Tissue,
    /// Share of the flow that goes into a vessel.
    pub intravascular_share: f64,
}

/// A nerve, or a level of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelEntry {
    /// Largest concentration of anaesthetic beside it.
    pub c_max_mg_ml: Distribution,
    /// Largest share of the fibres that fails, by class `A`, `B`, `C`.
    pub blocked_fraction_by_class: BTreeMap<String, Distribution>,
    /// Minutes from the start of the first syringe to half of it, over the draws that block at all.
    pub onset_min: Option<Distribution>,
    /// Minutes for which at least half of it holds.
    pub duration_min: Distribution,
    /// Share of draws in which at least half of it still holds at the end of the twelve hours that are followed: durations are
    /// cut there.
    #[serde(default)]
    pub still_blocked_share: f64,
    /// Share that fails over time in the run shown, by class.
    pub over_time: OverTime,
}

/// What is cut beside the trunk (roots and white rami of L1 and L2, grey rami and roots of L4 and L5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BesideEntry {
    /// Largest share of the foot's supply. Shares of segments are assumed.
    pub cut_fraction: Distribution,
    /// Minutes to half of it, over the draws that cut at all.
    pub onset_min: Option<Distribution>,
    /// Minutes for which at least half of it holds.
    pub duration_min: Distribution,
}

impl BesideEntry {
    fn of(draws: &[Outcome], side: Side) -> Self {
        let courses: Vec<BesideCourse> =
            draws.iter().map(|outcome| BesideCourse::of(&outcome.others, side)).collect();
        let mut onsets: Vec<f64> = courses.iter().filter_map(|c| c.onset_min).collect();
        Self {
            cut_fraction: distribution(courses.iter().map(|c| c.fraction)),
            onset_min: Distribution::of(&mut onsets),
            duration_min: distribution(courses.iter().map(|c| c.duration_min)),
        }
    }
}

/// Shares over time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct OverTime {
    /// Minutes since the start.
    pub t_min: Vec<f64>,
    /// By class.
    pub blocked_fraction_by_class: BTreeMap<String, Vec<f64>>,
}

/// What is not meant to be reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unwanted {
    /// Roots, genitofemoral and lateral femoral cutaneous nerves, by name.
    pub nerves: BTreeMap<String, LevelEntry>,
    /// Share of the dose in each tissue at the end of the injection.
    pub dose_share_by_tissue: BTreeMap<String, Distribution>,
    /// mg of the anaesthetic straight into blood.
    pub intravascular_mg: Distribution,
    /// Share of draws in which the other side's chain is blocked at some level L2–L4.
    pub p_other_side: f64,
    /// Share of draws in which at least half of the A fibres of some root fail.
    pub p_root: f64,
    /// The same for the genitofemoral nerve of the injected side.
    pub p_genitofemoral: f64,
}

/// Absorbed mass over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbsorbedEntry {
    /// Minutes since the start.
    pub t_min: Vec<f64>,
    /// By solute: through capillaries.
    pub tissue_mg: BTreeMap<String, Vec<Distribution>>,
    /// By solute: straight into a vessel, during the injection.
    pub intravascular_mg: BTreeMap<String, Distribution>,
}

/// One moment of the injection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct TraceEntry {
    pub time_s: f64,
    pub delivered_ml: f64,
    pub rate_ml_s: f64,
    pub tip_kpa: f64,
    pub syringe_kpa: f64,
    pub held_back: bool,
    pub occluded: bool,
    pub fascia_parted_mm2: f64,
}

/// Whether everything is accounted for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MassBalance {
    /// Largest over solutes and draws.
    pub relative_error: f64,
    /// Of the run shown.
    pub by_solute: Vec<Balance>,
}

const CLASS_NAMES: [&str; 3] = ["A", "B", "C"];

fn distribution(values: impl Iterator<Item = f64>) -> Distribution {
    let mut values: Vec<f64> = values.collect();
    Distribution::of(&mut values).unwrap_or(Distribution::certain(0.0))
}

/// A nerve over all draws; `shown` is the run whose time course is given.
fn entry(courses: &[&NerveCourse], shown: Option<&NerveCourse>) -> LevelEntry {
    let by_class = CLASS_NAMES
        .iter()
        .enumerate()
        .map(|(n, name)| ((*name).to_owned(), distribution(courses.iter().map(|c| c.blocked[n]))))
        .collect();
    let mut onsets: Vec<f64> = courses.iter().filter_map(|c| c.onset_min).collect();
    let over_time = shown.map_or_else(OverTime::default, |shown| OverTime {
        t_min: shown.series.iter().map(|s| round(s.0, 2)).collect(),
        blocked_fraction_by_class: CLASS_NAMES
            .iter()
            .enumerate()
            .map(|(n, name)| ((*name).to_owned(), shown.series.iter().map(|s| round(s.1[n], 4)).collect()))
            .collect(),
    });
    LevelEntry {
        c_max_mg_ml: distribution(courses.iter().map(|c| c.c_max_mg_ml)),
        blocked_fraction_by_class: by_class,
        onset_min: Distribution::of(&mut onsets),
        duration_min: distribution(courses.iter().map(|c| c.duration_min)),
        still_blocked_share: courses.iter().filter(|c| c.outlasts).count() as f64
            / courses.len().max(1) as f64,
        over_time,
    }
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

const PLANNED: [VertebralLevel; 3] = VertebralLevel::PLANNED;

/// Minutes for which both classes must fail, and it counts as a block.
const LONG_ENOUGH_MIN: f64 = 30.0;

fn blocked_levels(outcome: &Outcome, side: Side) -> usize {
    let blocks = |(s, level, course): &&(Side, VertebralLevel, NerveCourse)| {
        *s == side && PLANNED.contains(level) && course.both_min >= LONG_ENOUGH_MIN
    };
    outcome.chain.iter().filter(blocks).count()
}

/// Parts of the document that come from draws.
pub(super) struct Summary {
    pub(super) p_block: f64,
    pub(super) p_block_all_levels: f64,
    pub(super) chain: BySide<BTreeMap<String, LevelEntry>>,
    pub(super) rami: BTreeMap<String, LevelEntry>,
    pub(super) beside_trunk: BySide<BesideEntry>,
    pub(super) unwanted: Unwanted,
    pub(super) extent: Distribution,
    pub(super) reached: BTreeMap<String, f64>,
    pub(super) absorbed: AbsorbedEntry,
    pub(super) parted: Distribution,
    pub(super) relative_error: f64,
}

/// Sums up draws; `shown` is the run with typical properties.
pub(super) fn summarise(draws: &[Outcome], shown: &Outcome, side: Side, solutes: &[String]) -> Summary {
    let n = draws.len().max(1) as f64;
    let share = |f: &dyn Fn(&Outcome) -> bool| draws.iter().filter(|o| f(o)).count() as f64 / n;
    let find = |o: &'_ Outcome, s: Side, level: VertebralLevel| -> Option<usize> {
        o.chain.iter().position(|(side, l, _)| *side == s && *l == level)
    };
    let chain = BySide::from_fn(|s| {
        VertebralLevel::LUMBAR
            .into_iter()
            .filter_map(|level| {
                let courses: Vec<&NerveCourse> =
                    draws.iter().filter_map(|o| find(o, s, level).map(|i| &o.chain[i].2)).collect();
                let shown = find(shown, s, level).map(|i| &shown.chain[i].2);
                (!courses.is_empty()).then(|| (level.name().to_owned(), entry(&courses, shown)))
            })
            .collect()
    });
    let named = |wanted: &dyn Fn(&super::nerves::NerveOf) -> bool| -> BTreeMap<String, LevelEntry> {
        let mut by_name: BTreeMap<String, Vec<&NerveCourse>> = BTreeMap::new();
        for (nerve, name, course) in draws.iter().flat_map(|o| &o.others) {
            if wanted(nerve) {
                by_name.entry(name.clone()).or_default().push(course);
            }
        }
        by_name
            .into_iter()
            .map(|(name, courses)| {
                let shown = shown.others.iter().find(|(_, n, _)| *n == name).map(|(_, _, c)| c);
                let entry = entry(&courses, shown);
                (name, entry)
            })
            .collect()
    };
    let somatic_fails = |o: &Outcome, kind: crate::world::TubeKind, only: Option<Side>| {
        o.others.iter().any(|(nerve, _, c)| {
            nerve.kind == kind && only.is_none_or(|s| s == nerve.side) && c.blocked[0] >= 0.5
        })
    };
    use crate::world::TubeKind;
    let tissues: BTreeMap<String, Distribution> = rami_spread::Tissue::ALL
        .into_iter()
        .filter(|t| draws.iter().any(|o| o.by_tissue.iter().any(|(other, _)| other == t)))
        .map(|t| {
            let of = |o: &Outcome| {
                let total: f64 = o.by_tissue.iter().map(|(_, mg)| mg).sum::<f64>() + o.intravascular_mg;
                o.by_tissue.iter().find(|(other, _)| *other == t).map_or(0.0, |(_, mg)| mg / total.max(1e-12))
            };
            let name = serde_json::to_value(t).ok().and_then(|v| v.as_str().map(str::to_owned));
            (name.unwrap_or_default(), distribution(draws.iter().map(of)))
        })
        .collect();
    let reached = VertebralLevel::LUMBAR
        .into_iter()
        .map(|level| (level.name().to_owned(), share(&|o: &Outcome| o.reached.contains(&level))))
        .collect();
    let times: Vec<f64> = [0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0]
        .into_iter()
        .chain([180.0, 240.0, 360.0, 480.0, 600.0, 720.0])
        .collect();
    let absorbed = AbsorbedEntry {
        tissue_mg: solutes
            .iter()
            .enumerate()
            .map(|(s, name)| {
                let at = |t: f64| distribution(draws.iter().map(|o| absorbed_at(o, s, 60.0 * t)));
                (name.clone(), times.iter().map(|t| at(*t)).collect())
            })
            .collect(),
        intravascular_mg: solutes
            .iter()
            .enumerate()
            .map(|(s, name)| {
                (name.clone(), distribution(draws.iter().map(|o| o.balance[s].intravascular_mg)))
            })
            .collect(),
        t_min: times,
    };
    let errors = draws.iter().chain([shown]).flat_map(|o| &o.balance).map(|b| b.relative_error);
    Summary {
        p_block: share(&|o| blocked_levels(o, side) > 0),
        p_block_all_levels: share(&|o| blocked_levels(o, side) == PLANNED.len()),
        chain,
        rami: named(&|nerve| matches!(nerve.kind, TubeKind::GreyRamus | TubeKind::WhiteRamus)),
        beside_trunk: BySide::from_fn(|side| BesideEntry::of(draws, side)),
        unwanted: Unwanted {
            nerves: named(&|nerve| nerve.kind.is_somatic()),
            dose_share_by_tissue: tissues,
            intravascular_mg: distribution(draws.iter().map(|o| o.intravascular_mg)),
            p_other_side: share(&|o| blocked_levels(o, side.opposite()) > 0),
            p_root: share(&|o| somatic_fails(o, TubeKind::NerveRoot, None)),
            p_genitofemoral: share(&|o| somatic_fails(o, TubeKind::GenitofemoralNerve, Some(side))),
        },
        extent: distribution(draws.iter().map(|o| o.extent_mm)),
        reached,
        absorbed,
        parted: distribution(draws.iter().map(|o| o.parted_mm2)),
        relative_error: errors.fold(0.0, f64::max),
    }
}

fn absorbed_at(outcome: &Outcome, solute: usize, time_s: f64) -> f64 {
    let curve = &outcome.absorbed;
    let after = curve.partition_point(|(t, _)| *t <= time_s);
    match after {
        0 => 0.0,
        n if n == curve.len() => curve[n - 1].1[solute],
        n => {
            let (a, b) = (&curve[n - 1], &curve[n]);
            let part = (time_s - a.0) / (b.0 - a.0);
            a.1[solute] + part * (b.1[solute] - a.1[solute])
        }
    }
}
