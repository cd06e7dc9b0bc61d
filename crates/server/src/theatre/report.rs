//! What a block came to: score beside the reference run, curves of the body, and the report as one page.

use crate::state::lock;
use rami_plan::Plan;
use rami_procedure::operator::{Protocol, run as operate};
use rami_procedure::session::{Block, Session};
use rami_procedure::setup::Pictures;
use rami_procedure::theatre::Picture;
use rami_procedure::{Action, Setup, State, Theatre, curves, score, step};
use rami_report::session::{KeyFrame, Material};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Mutex;

/// Pictures in a report at most.
const MOST_PICTURES: usize = 12;

/// Facts of a block whose pictures are not drawn.
pub(super) fn undrawn(setup: &Setup) -> Setup {
    Setup { pictures: Pictures { draw: false, ..setup.pictures.clone() }, ..setup.clone() }
}

/// A score with what the body did.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Scored(pub(crate) Value);

impl Scored {
    /// Scores a record with the state it led to. The plan's own run of the same block stands beside it.
    pub(crate) fn of(theatre: &Theatre<'_>, session: &Session, state: &State) -> Self {
        let setup = undrawn(theatre.setup);
        let blind = Theatre {
            setup: &setup,
            world: theatre.world,
            flow: theatre.flow,
            imaging: theatre.imaging,
            film: None,
        };
        let mut score = score::score(session, state);
        if let Some(aim) = &session.header.aim {
            let mut reference = Block::new(&blind, session.header.clone());
            operate(&mut reference, &mut Protocol::reference(aim.clone()));
            score.compare(session, &reference.session, &reference.state);
        }
        let curves = curves::curves(&blind, state);
        let feet: Vec<Value> = curves
            .feet
            .iter()
            .map(|feet| json!({ "t_min": feet.t_min, "toe_c": feet.toe_c, "sole_c": feet.sole_c }))
            .collect();
        let plasma = json!({ "t_s": curves.plasma.t_s, "venous_mg_l": curves.plasma.venous_mg_l });
        Self(json!({ "score": score, "feet": feet, "plasma": plasma }))
    }
}

/// The report of a block, with its single pictures and the last of each injection.
pub(super) fn report(theatre: &Theatre<'_>, session: &Session, state: &State, plan: &Plan) -> String {
    let setup = undrawn(theatre.setup);
    let blind = Theatre {
        setup: &setup,
        world: theatre.world,
        flow: theatre.flow,
        imaging: theatre.imaging,
        film: None,
    };
    let last: Mutex<Option<Picture>> = Mutex::new(None);
    let film = |picture: &Picture| *lock(&last) = Some(picture.clone());
    let filmed = Theatre {
        setup: theatre.setup,
        world: theatre.world,
        flow: theatre.flow,
        imaging: theatre.imaging,
        film: Some(&film),
    };
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
    rami_report::session::html(&Material {
        session,
        state,
        score: &scored,
        curves: &curves,
        frames: &frames,
        plan,
        chart: None,
        draws: &[],
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
