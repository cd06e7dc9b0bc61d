//! All blocks of a server: those that run, and those that wait on disk.

use super::room::{Furniture, Room};
use super::setup::NewSession;
use super::turns::Turns;
use crate::cases::Library;
use crate::problem::Problem;
use crate::state::lock;
use rami_clinic::Chart;
use rami_procedure::Session;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use utoipa::ToSchema;

/// Most blocks that run at a time; others wait on disk.
const MOST_ROOMS: usize = 12;

/// What a log does not say: whose case it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Meta {
    case: String,
    name: String,
    /// The person's chart as it was entered.
    #[serde(default)]
    chart: Option<Value>,
}

impl Meta {
    fn chart(&self) -> Result<Option<Chart>, Problem> {
        self.chart.as_ref().map(crate::api::chart_of).transpose()
    }
}

/// A block in the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RoomSummary {
    /// Its name in addresses.
    pub(crate) id: String,
    /// Name of the case.
    pub(crate) case: String,
    /// What the case is called.
    pub(crate) name: String,
    /// Whether it runs now.
    pub(crate) open: bool,
    /// Lines of its log.
    pub(crate) lines: usize,
}

/// All blocks.
pub(crate) struct Rooms {
    folder: PathBuf,
    open: Mutex<BTreeMap<String, Arc<Room>>>,
    /// Opening one takes a while and happens once.
    opening: Mutex<()>,
    turns: Arc<Turns>,
}

impl Rooms {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default(), opening: Mutex::default(), turns: Arc::default() }
    }

    fn log(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.jsonl"))
    }

    fn meta(&self, id: &str) -> Option<Meta> {
        serde_json::from_slice(&fs::read(self.folder.join(format!("{id}.case.json"))).ok()?).ok()
    }

    /// Begins a block. Blocks while its world is made.
    pub(crate) fn begin(&self, library: &Library, new: &NewSession) -> Result<String, Problem> {
        let loaded = library.wait_for(&new.case)?;
        let chart = new.chart.as_ref().map(crate::api::chart_of).transpose()?;
        let (setup, aim) = new.setup(&loaded, chart.as_ref()).map_err(Problem::bad_input)?;
        let id = format!("s{}", &crate::guard::Token::random().map_err(Problem::internal)?.text()[..12]);
        let meta = Meta { case: new.case.clone(), name: loaded.name.clone(), chart: new.chart.clone() };
        let text = serde_json::to_vec(&meta).map_err(Problem::internal)?;
        fs::write(self.folder.join(format!("{id}.case.json")), text).map_err(Problem::internal)?;
        let seed = setup.seed;
        let operator = new
            .failure
            .map_or_else(|| "person".to_owned(), |failure| format!("person, failure {}", failure.name()));
        let furniture = Furniture {
            case: new.case.clone(),
            loaded,
            setup,
            aim,
            chart,
            operator,
            path: self.log(&id),
            seed,
            resume: false,
            turns: Arc::clone(&self.turns),
        };
        let room = Room::open(furniture).map_err(Problem::bad_input)?;
        self.keep(id.clone(), room);
        Ok(id)
    }

    fn keep(&self, id: String, room: Room) -> Arc<Room> {
        let mut open = lock(&self.open);
        while open.len() >= MOST_ROOMS {
            // Whoever still looks on keeps the room; its log stays either way.
            let Some(idle) =
                open.iter().find(|(_, room)| Arc::strong_count(room) == 1).map(|(id, _)| id.clone())
            else {
                break;
            };
            open.remove(&idle);
        }
        let room = Arc::new(room);
        open.insert(id, room.clone());
        room
    }

    /// A block by name, opened again from its log where it does not run. Blocks.
    pub(crate) fn get(&self, library: &Library, id: &str) -> Result<Arc<Room>, Problem> {
        if let Some(room) = lock(&self.open).get(id) {
            return Ok(room.clone());
        }
        let _one_at_a_time = lock(&self.opening);
        if let Some(room) = lock(&self.open).get(id) {
            return Ok(room.clone());
        }
        let missing = || Problem::not_found("session of that name");
        if !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(missing());
        }
        let meta = self.meta(id).ok_or_else(missing)?;
        let text = fs::read_to_string(self.log(id)).map_err(|_| missing())?;
        let whole = text.rfind('\n').map_or("", |at| &text[..=at]);
        let header =
            Session::from_jsonl(whole).map_err(|error| Problem::bad_input(error.to_string()))?.header;
        let loaded = library.wait_for(&meta.case)?;
        if !same_files(&header.inputs, loaded.inputs()) {
            return Err(Problem::bad_input(format!(
                "this block was begun on other files than the case now called {:?} has (their SHA-256 differ): start the server with \
                 the folder that it was begun on",
                meta.case
            )));
        }
        let seed = header.setup.seed;
        let chart = meta.chart()?;
        let furniture = Furniture {
            case: meta.case,
            loaded,
            setup: header.setup,
            aim: header.aim,
            chart,
            operator: header.operator,
            path: self.log(id),
            seed,
            resume: true,
            turns: Arc::clone(&self.turns),
        };
        let room = Room::open(furniture).map_err(Problem::bad_input)?;
        Ok(self.keep(id.to_owned(), room))
    }

    /// The log of a block, as it is on disk.
    pub(crate) fn text(&self, id: &str) -> Result<String, Problem> {
        if !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(Problem::not_found("session of that name"));
        }
        fs::read_to_string(self.log(id)).map_err(|_| Problem::not_found("session of that name"))
    }

    /// All blocks, newest first.
    pub(crate) fn list(&self) -> Vec<RoomSummary> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let id = entry.file_name().to_str()?.strip_suffix(".jsonl")?.to_owned();
                let meta = self.meta(&id)?;
                let lines = fs::read_to_string(entry.path()).ok()?.lines().count().saturating_sub(1);
                let open = lock(&self.open).contains_key(&id);
                let changed = entry.metadata().ok()?.modified().ok()?;
                Some((changed, RoomSummary { id, case: meta.case, name: meta.name, open, lines }))
            })
            .collect();
        found.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
        found.into_iter().map(|(_, summary)| summary).collect()
    }
}

/// Whether a case is made of the files that a block was begun on: a folder's name says nothing of who is in it.
fn same_files(then: &[rami_plan::InputFile], now: &[rami_plan::InputFile]) -> bool {
    then.len() == now.len()
        && then.iter().zip(now).all(|(then, now)| then.role == now.role && then.sha256 == now.sha256)
}
