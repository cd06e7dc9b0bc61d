//! Screens 4 and 5: blocks, live and afterwards.

use crate::problem::{Body, Problem, heavy};
use crate::state::App;
use crate::theatre::{Done, Lesson, NewSession, Order, Room, RoomSummary};
use axum::Json;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use rami_procedure::{Action, Event, RefusalCode};
use rami_xray::dose::PulseRate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};
use utoipa::ToSchema;

/// Largest message of a client, bytes.
const MOST_MESSAGE: usize = 64 << 10;
/// Actions of a client that are not answered yet; whoever sends more waits.
const MOST_UNANSWERED: usize = 32;
/// Pictures under way to a client that has not shown them yet.
const MOST_UNSEEN: u64 = 2;

/// A block that has begun.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Begun {
    /// Its name in addresses.
    pub(crate) id: String,
}

/// All blocks, newest first.
#[utoipa::path(get, path = "/api/sessions", responses((status = 200, body = Vec<RoomSummary>), (status = 401, body = Problem)))]
pub(crate) async fn sessions(State(app): State<Arc<App>>) -> Result<Json<Vec<RoomSummary>>, Problem> {
    heavy(move || Ok(Json(app.rooms.list()))).await
}

/// What can be practised going wrong: the scripted cases of the procedure, on whoever is worked on.
#[utoipa::path(get, path = "/api/failures", responses((status = 200, body = Vec<Lesson>), (status = 401, body = Problem)))]
pub(crate) async fn failures() -> Json<Vec<Lesson>> {
    Json(Lesson::all())
}

/// Begins a block.
#[utoipa::path(post, path = "/api/sessions", request_body = NewSession,
    responses((status = 201, body = Begun), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn begin_session(
    State(app): State<Arc<App>>,
    Body(new): Body<NewSession>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    heavy(move || Ok((StatusCode::CREATED, Json(Begun { id: app.rooms.begin(&app.library, &new)? })))).await
}

async fn room(app: &Arc<App>, id: String) -> Result<Arc<Room>, Problem> {
    let app = app.clone();
    heavy(move || app.rooms.get(&app.library, &id)).await
}

/// Asks a block something and waits for the answer.
async fn ask<T>(
    app: &Arc<App>,
    id: String,
    order: impl FnOnce(oneshot::Sender<T>) -> Order,
) -> Result<T, Problem> {
    let room = room(app, id).await?;
    let (reply, answer) = oneshot::channel();
    if !room.order(order(reply)) {
        return Err(Problem::conflict("the block is busy; ask again"));
    }
    answer.await.map_err(Problem::internal)
}

fn json(value: impl Serialize) -> Result<Json<Value>, Problem> {
    serde_json::to_value(value).map(Json).map_err(Problem::internal)
}

/// Everything of a block for the debriefing: the truth, too.
#[utoipa::path(get, path = "/api/sessions/{id}/debrief", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, body = crate::docs::Debrief), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_debrief(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    json(ask(&app, id, Order::Debrief).await?)
}

/// The score of a block with every point explained, the plan's own run beside it, and what the body did.
#[utoipa::path(get, path = "/api/sessions/{id}/score", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, body = crate::docs::Scored), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_score(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    json(ask(&app, id, Order::Score).await?)
}

/// The report of a block, to open in a frame or print.
#[utoipa::path(post, path = "/api/sessions/{id}/report", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, body = super::Published), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_report(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<super::Published>, Problem> {
    let html = ask(&app, id, Order::Report).await?.map_err(Problem::bad_input)?;
    Ok(Json(super::Published { address: app.publish(html).map_err(Problem::internal)? }))
}

/// The report of a block as tagged PDF.
#[utoipa::path(get, path = "/api/sessions/{id}/report.pdf", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_pdf(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let pdf = ask(&app, id, Order::Pdf).await?.map_err(Problem::bad_input)?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response())
}

/// The log of a block: JSON lines, `rami.session/1`.
#[utoipa::path(get, path = "/api/sessions/{id}/session.jsonl", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, content_type = "application/jsonl", body = String), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn session_log(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    heavy(move || Ok(([(header::CONTENT_TYPE, "application/jsonl")], app.rooms.text(&id)?).into_response()))
        .await
}

/// The last picture of a line of the log, drawn again from the actions: header of 48 bytes and grey levels.
#[utoipa::path(get, path = "/api/sessions/{id}/picture/{line}",
    params(("id" = String, Path, description = "Name of the session"), ("line" = u64, Path, description = "Number of the line")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_picture(
    State(app): State<Arc<App>>,
    Path((id, line)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let line: u64 = line.parse().map_err(|_| Problem::malformed("a line is a number"))?;
    let frame = ask(&app, id, |reply| Order::Redraw { line, reply }).await?;
    let frame = frame.ok_or_else(|| Problem::not_found("picture in that line"))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], frame.bytes).into_response())
}

/// The anatomy over the picture as the C-arm stands, once the trainee has asked to see it.
#[utoipa::path(get, path = "/api/sessions/{id}/anatomy", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, body = crate::docs::Overlay), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_anatomy(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    json(ask(&app, id, Order::Anatomy).await?.map_err(Problem::conflict)?)
}

/// Drug and contrast in space while they were given and through the hours after, and what of the chain they block.
#[utoipa::path(get, path = "/api/sessions/{id}/hours", params(("id" = String, Path, description = "Name of the session")),
    responses((status = 200, body = crate::docs::Hours), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_hours(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    json(ask(&app, id, Order::Hours).await?.map_err(Problem::bad_input)?)
}

/// A surface that the hours number, laid out as those of a case.
#[utoipa::path(get, path = "/api/sessions/{id}/hours/{surface}",
    params(("id" = String, Path, description = "Name of the session"), ("surface" = u64, Path, description = "Number of the surface")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn session_surface(
    State(app): State<Arc<App>>,
    Path((id, surface)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let number: u64 = surface.parse().map_err(|_| Problem::malformed("a surface is a number"))?;
    let bytes = ask(&app, id, |reply| Order::Surface { number, reply }).await?.map_err(Problem::bad_input)?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("surface of that number"))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// A message of a client on the live wire.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Said {
    /// Do something; pictures that show it carry the client's number.
    Act { n: u32, action: Action },
    /// Press or release the pedal: 4 to 30 pulses a second.
    Pedal {
        down: bool,
        #[serde(default = "fifteen")]
        pulses_per_s: f64,
    },
    /// So many pictures have been shown.
    Seen { frame: u64 },
}

/// A message of the server on the live wire, beside pictures.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Told {
    /// It was done.
    Done { n: u32, events: Vec<Event> },
    /// The engine says why not, and what to do first.
    Refused { n: u32, why: String, first: String, code: RefusalCode },
    /// Nothing was done, and not for a reason of the block's.
    Failed { n: u32, why: String },
    /// The message could not be read.
    Malformed { why: String },
}

fn fifteen() -> f64 {
    15.0
}

/// The live wire of a block: actions up, states and pictures down.
pub(crate) async fn live(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let room = room(&app, id).await?;
    Ok(upgrade
        .protocols(["rami.v1"])
        .max_message_size(MOST_MESSAGE)
        .max_frame_size(MOST_MESSAGE)
        .on_upgrade(move |socket| serve(app, room, socket)))
}

async fn serve(app: Arc<App>, room: Arc<Room>, socket: WebSocket) {
    let (mut out, mut inbox) = socket.split();
    let (answers, mut told) = mpsc::channel::<Told>(MOST_UNANSWERED);
    let (seen_out, mut seen) = tokio::sync::watch::channel(0u64);
    let (mut frames, mut shown) = (room.frames.clone(), room.shown.clone());
    frames.mark_changed();
    shown.mark_changed();
    let sender = async move {
        let mut sent = 0u64;
        loop {
            // A picture goes out only while few are unseen; meanwhile newer ones replace the one that waits.
            let room_for_more = sent.saturating_sub(*seen.borrow()) < MOST_UNSEEN;
            tokio::select! {
                biased;
                answer = told.recv() => {
                    let Some(answer) = answer else { return };
                    let Ok(text) = serde_json::to_string(&answer) else { return };
                    if out.send(Message::Text(Utf8Bytes::from(text))).await.is_err() { return }
                }
                changed = shown.changed() => {
                    if changed.is_err() { return }
                    let view = shown.borrow_and_update().clone();
                    let Some(view) = view else { continue };
                    let text = json!({ "type": "view", "view": view.0 }).to_string();
                    if out.send(Message::Text(text.into())).await.is_err() { return }
                }
                changed = frames.changed(), if room_for_more => {
                    if changed.is_err() { return }
                    let frame = frames.borrow_and_update().clone();
                    let Some(frame) = frame else { continue };
                    sent += 1;
                    if out.send(Message::Binary(frame.bytes)).await.is_err() { return }
                }
                changed = seen.changed(), if !room_for_more => {
                    if changed.is_err() { return }
                }
            }
        }
    };
    let unanswered = Arc::new(Semaphore::new(MOST_UNANSWERED));
    let reader = async {
        while let Some(Ok(message)) = inbox.next().await {
            let text = match message {
                Message::Text(text) => text,
                Message::Close(_) => break,
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Binary(_) => {
                    app.log("refused a binary message on a live wire");
                    break;
                }
            };
            match serde_json::from_str::<Said>(&text) {
                Ok(Said::Act { n, action }) => {
                    let Ok(permit) = unanswered.clone().acquire_owned().await else { break };
                    let (reply, answer) = oneshot::channel();
                    if !room.order(Order::Act { n, action, reply }) {
                        app.log("cut off a live wire that sends faster than its block can follow");
                        break;
                    }
                    let answers = answers.clone();
                    tokio::spawn(async move {
                        let _permit = permit;
                        if let Ok(done) = answer.await {
                            let _ = answers.send(told_of(n, done)).await;
                        }
                    });
                }
                Ok(Said::Pedal { down, pulses_per_s }) => {
                    let rate = match down.then(|| PulseRate::new(pulses_per_s)).transpose() {
                        Ok(rate) => rate,
                        Err(error) => {
                            let why = error.to_string();
                            if answers.send(Told::Malformed { why }).await.is_err() {
                                break;
                            }
                            continue;
                        }
                    };
                    if !room.order(Order::Pedal(rate)) {
                        break;
                    }
                }
                Ok(Said::Seen { frame }) => {
                    let _ = seen_out.send(frame);
                }
                Err(error) => {
                    app.log("refused a malformed message on a live wire");
                    if answers.send(Told::Malformed { why: error.to_string() }).await.is_err() {
                        break;
                    }
                }
            }
        }
    };
    tokio::select! {
        () = sender => {}
        () = reader => {}
    }
    // Nobody's foot is on the pedal of somebody who is gone.
    room.order(Order::Pedal(None));
}

fn told_of(n: u32, done: Done) -> Told {
    match done {
        Done::Events(events) => Told::Done { n, events },
        Done::Refused(refusal) => {
            Told::Refused { n, why: refusal.why, first: refusal.first, code: refusal.code }
        }
        Done::Failed(why) => Told::Failed { n, why },
    }
}
