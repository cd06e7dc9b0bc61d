//! What a block came to: score beside the reference run, curves of the body, and the report as one page.

use super::desk::{Desk, recast, undrawn};
use super::room::Furniture;
use crate::state::lock;
use rami_anatomy::BySide;
use rami_clinic::{Assessment, Chart, PlanSummary};
use rami_plan::Plan;
use rami_procedure::curves::{self, PainReport};
use rami_procedure::flow::{Computed, Spread};
use rami_procedure::operator::{Protocol, run as operate};
use rami_procedure::score::{self, Score};
use rami_procedure::session::{Block, Session};
use rami_procedure::theatre::Picture;
use rami_procedure::{Action, State, Theatre, step};
use rami_report::session::{KeyFrame, Material};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::{Arc, Mutex};

/// Pictures in a report at most.
const MOST_PICTURES: usize = 12;
/// How often the injection is drawn anew, for the report's range.
const DRAWS: usize = 5;
/// How long the chain is followed, h, and pain, days.
const CHAIN_HOURS: f64 = 12.0;
const PAIN_DAYS: f64 = 7.0;
/// Points of a pain curve at most.
const PAIN_POINTS: usize = 57;

/// A score with what the body did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Scored {
    pub(crate) score: Score,
    /// Skin of both feet over the first hour and a half.
    pub(crate) feet: Vec<Feet>,
    pub(crate) plasma: Plasma,
    /// How much of the chain fails over the hours.
    pub(crate) chain: Vec<ChainBlock>,
    /// Pain over the days, under each hypothesis and an even mixture.
    pub(crate) pain: Vec<Pain>,
    /// What must be said of the hypotheses.
    pub(crate) pain_statement: Option<String>,
}

/// Both feet at a moment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Feet {
    pub(crate) t_min: f64,
    pub(crate) toe_c: [f64; 2],
    pub(crate) sole_c: [f64; 2],
}

/// Drug in the blood.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Plasma {
    pub(crate) t_s: Vec<f64>,
    pub(crate) venous_mg_l: Vec<f64>,
}

/// Share of the fibres that fail at L2, L3 and L4.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ChainBlock {
    pub(crate) t_min: f64,
    pub(crate) blocked: BySide<[f64; 3]>,
}

/// A curve of pain.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Pain {
    /// `transmission`, `central_gain`, `expectation` or `mixture`.
    pub(crate) mechanism: String,
    pub(crate) t_h: Vec<f64>,
    pub(crate) median: Vec<f64>,
    pub(crate) q05: Vec<f64>,
    pub(crate) q95: Vec<f64>,
}

impl Scored {
    /// Scores a record with the state it led to. The plan's own run of the same block stands beside it.
    pub(crate) fn of(theatre: &Theatre<'_>, session: &Session, state: &State) -> Self {
        let setup = undrawn(theatre.setup);
        let blind = recast(theatre, &setup, None);
        let mut score = score::score(session, state);
        if let Some(aim) = &session.header.aim {
            let mut reference = Block::new(&blind, session.header.clone());
            operate(&mut reference, &mut Protocol::reference(aim.clone()));
            score.compare(session, &reference.session, &reference.state);
        }
        let curves = curves::curves(&blind, state);
        let feet = curves
            .feet
            .iter()
            .map(|feet| Feet { t_min: feet.t_min, toe_c: feet.toe_c, sole_c: feet.sole_c })
            .collect();
        let chain = curves::chain(state, CHAIN_HOURS)
            .into_iter()
            .map(|at| ChainBlock { t_min: at.t_min, blocked: at.blocked })
            .collect();
        let pain = curves::pain(&blind, state, PAIN_DAYS);
        Self {
            score,
            feet,
            plasma: Plasma { t_s: curves.plasma.t_s, venous_mg_l: curves.plasma.venous_mg_l },
            chain,
            pain_statement: pain.as_ref().map(|report| report.statement.clone()),
            pain: pain.map(|report| pains(&report)).unwrap_or_default(),
        }
    }
}

fn pains(report: &PainReport) -> Vec<Pain> {
    let under = report.under.iter().map(|under| (under.mechanism.clone(), &under.bands));
    under
        .chain([("mixture".to_owned(), &report.mixture)])
        .map(|(mechanism, bands)| {
            let mut pain =
                Pain { mechanism, t_h: Vec::new(), median: Vec::new(), q05: Vec::new(), q95: Vec::new() };
            for band in bands.iter().step_by((bands.len() / PAIN_POINTS).max(1)) {
                pain.t_h.push(band.t_h);
                pain.median.push(band.nrs.median);
                pain.q05.push(band.nrs.q05);
                pain.q95.push(band.nrs.q95);
            }
            pain
        })
        .collect()
}

/// What a report is made from beside its pictures.
pub(super) struct Dossier<'d> {
    session: &'d Session,
    state: &'d State,
    plan: Arc<Plan>,
    chart: Option<(&'d Chart, Assessment)>,
    draws: Vec<Spread>,
}

impl<'d> Dossier<'d> {
    /// Plan, assessment of the chart beside it, and other draws of the injection; says in words what is wrong.
    pub(super) fn of(
        furniture: &'d Furniture,
        desk: &'d Desk<'_, '_>,
        flow: &Computed<'_>,
    ) -> Result<Self, String> {
        let plan = furniture.plan()?;
        let assessed = |chart: &'d Chart| -> Result<(&'d Chart, Assessment), String> {
            let text = serde_json::to_string(&*plan).map_err(|error| error.to_string())?;
            let summary = PlanSummary::read(&text).map_err(|error| error.to_string())?;
            let assessment = rami_clinic::assess(chart, Some(&summary)).map_err(|error| error.to_string())?;
            Ok((chart, assessment))
        };
        let chart = furniture.chart.as_ref().map(assessed).transpose()?;
        let draws = flow.draws(&desk.state, furniture.setup.seed, DRAWS);
        Ok(Self { session: &desk.session, state: &desk.state, plan, chart, draws })
    }
}

/// The report of a block, with its single pictures and the last of each injection, shown as `show` shows it.
pub(super) fn report<T>(
    theatre: &Theatre<'_>,
    dossier: &Dossier<'_>,
    show: impl FnOnce(&Material<'_>) -> T,
) -> T {
    let (session, state) = (dossier.session, dossier.state);
    let setup = undrawn(theatre.setup);
    let blind = recast(theatre, &setup, None);
    let last: Mutex<Option<Picture>> = Mutex::new(None);
    let film = |picture: &Picture| *lock(&last) = Some(picture.clone());
    let filmed = recast(theatre, theatre.setup, Some(&film));
    let mut frames = Vec::new();
    let mut now = State::new(theatre.setup);
    for line in &session.lines {
        let shows = matches!(line.action, Action::Shot | Action::Inject { .. });
        let here = if shows && frames.len() < MOST_PICTURES { &filmed } else { &blind };
        if let Ok((next, _)) = step(here, &now, &line.action) {
            now = next;
        }
        frames.extend(lock(&last).take().map(|picture| key_frame(&picture)));
    }
    let scored = score::score(session, state);
    let curves = curves::curves(&blind, state);
    show(&Material {
        session,
        state,
        score: &scored,
        curves: &curves,
        frames: &frames,
        plan: &dossier.plan,
        chart: dossier.chart.as_ref().map(|(chart, assessment)| (*chart, assessment)),
        draws: &dossier.draws,
    })
}

fn key_frame(picture: &Picture) -> KeyFrame {
    let mut grey = picture.grey.clone();
    rami_xray::picture::annotate(&mut grey, &picture.view);
    KeyFrame {
        number: picture.number,
        at_s: picture.at_s,
        caption: format!("{}, {}", picture.kind, picture.view.pose().in_words()),
        grey,
    }
}
