//! The cases a server knows, and how far each is open.

use super::{Loaded, Recipe};
use crate::problem::Problem;
use crate::state::lock;
use rami_case::CaseInput;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use utoipa::ToSchema;

/// Name of the file that keeps a recipe.
const RECIPE_FILE: &str = "recipe.json";

/// Where a case comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaseKind {
    /// The patient that is always there.
    BuiltIn,
    /// A digital patient by seed and body.
    Digital,
    /// A folder named when the server was started.
    Folder,
    /// Dropped into the browser.
    Imported,
}

/// How far a case is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub(crate) enum CaseState {
    /// Known, and opened when first used.
    Closed,
    /// Being read or grown, and its anatomy inferred.
    Opening {
        /// What is going on.
        what: String,
    },
    /// Ready for work.
    Ready,
    /// Cannot be used.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

/// A case in the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CaseSummary {
    /// Its name in addresses.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) kind: CaseKind,
    /// How far it is open.
    pub(crate) state: CaseState,
    /// What everyone must know first.
    pub(crate) warnings: Vec<String>,
}

#[derive(Clone)]
enum Origin {
    Recipe(Recipe),
    Folder(PathBuf),
}

enum Stage {
    Closed,
    Opening(&'static str),
    Ready(Arc<Loaded>),
    Refused(String),
}

struct Entry {
    id: String,
    kind: CaseKind,
    name: Mutex<String>,
    origin: Origin,
    stage: Mutex<Stage>,
}

/// All cases, in the order they came.
pub(crate) struct Library {
    folder: PathBuf,
    entries: Mutex<Vec<Arc<Entry>>>,
}

/// Most cases that are open at a time: each takes some 200 MB.
const MOST_OPEN: usize = 3;

impl Library {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, entries: Mutex::default() }
    }

    /// Adds a digital patient and begins to grow them.
    pub(crate) fn add_recipe(&self, recipe: Recipe, built_in: bool) -> String {
        let kind = if built_in { CaseKind::BuiltIn } else { CaseKind::Digital };
        let id = if built_in { "built-in".to_owned() } else { recipe_id(&recipe) };
        let name = recipe.name(built_in).unwrap_or_else(|_| id.clone());
        let entry = self.add(id.clone(), kind, name, Origin::Recipe(recipe));
        open_in_background(entry);
        id
    }

    /// Keeps a digital patient for the next time.
    pub(crate) fn keep_recipe(&self, id: &str, recipe: &Recipe) -> std::io::Result<()> {
        let folder = self.folder.join(id);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(RECIPE_FILE), serde_json::to_vec_pretty(recipe)?)
    }

    /// Adds a case folder; it is opened when first used.
    pub(crate) fn add_folder(&self, path: PathBuf) -> String {
        let name = path.file_name().map_or_else(|| "case".into(), |n| n.to_string_lossy().into_owned());
        let number = lock(&self.entries).len();
        let id = format!("folder-{number}");
        self.add(id.clone(), CaseKind::Folder, name, Origin::Folder(path));
        id
    }

    /// Adds what was kept by an earlier run.
    pub(crate) fn add_kept(&self) {
        let Ok(folders) = fs::read_dir(&self.folder) else { return };
        let mut paths: Vec<PathBuf> =
            folders.filter_map(|f| Some(f.ok()?.path())).filter(|p| p.is_dir()).collect();
        paths.sort();
        for path in paths {
            let id = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let recipe = fs::read(path.join(RECIPE_FILE))
                .ok()
                .and_then(|text| serde_json::from_slice::<Recipe>(&text).ok());
            match recipe {
                Some(recipe) => {
                    let name = recipe.name(false).unwrap_or_else(|_| id.clone());
                    self.add(id, CaseKind::Digital, name, Origin::Recipe(recipe));
                }
                None if path.join(rami_case::CT_FILE).is_file() => {
                    let name = rami_case::CaseDocument::read(&path).ok().and_then(|document| document.name);
                    self.add(id.clone(), CaseKind::Imported, name.unwrap_or(id), Origin::Folder(path));
                }
                None => {}
            }
        }
    }

    /// Adds an imported case that has just been saved into this folder.
    pub(crate) fn add_imported(&self, id: String, name: String, folder: PathBuf, loaded: Loaded) {
        let entry = self.add(id, CaseKind::Imported, name, Origin::Folder(folder));
        *lock(&entry.stage) = Stage::Ready(Arc::new(loaded));
    }

    /// Where a case of this id is kept.
    pub(crate) fn folder_of(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    fn add(&self, id: String, kind: CaseKind, name: String, origin: Origin) -> Arc<Entry> {
        let mut entries = lock(&self.entries);
        if let Some(known) = entries.iter().find(|entry| entry.id == id) {
            return known.clone();
        }
        let entry =
            Arc::new(Entry { id, kind, name: Mutex::new(name), origin, stage: Mutex::new(Stage::Closed) });
        entries.push(entry.clone());
        entry
    }

    pub(crate) fn list(&self) -> Vec<CaseSummary> {
        lock(&self.entries).iter().map(|entry| entry.summary()).collect()
    }

    pub(crate) fn summary(&self, id: &str) -> Result<CaseSummary, Problem> {
        Ok(self.entry(id)?.summary())
    }

    fn entry(&self, id: &str) -> Result<Arc<Entry>, Problem> {
        let entries = lock(&self.entries);
        entries
            .iter()
            .find(|entry| entry.id == id)
            .cloned()
            .ok_or_else(|| Problem::not_found("case of that name"))
    }

    /// Begins to open a case, if nobody has.
    pub(crate) fn open(&self, id: &str) -> Result<CaseSummary, Problem> {
        let entry = self.entry(id)?;
        if matches!(*lock(&entry.stage), Stage::Closed) {
            self.make_room();
            open_in_background(entry.clone());
        }
        Ok(entry.summary())
    }

    /// Closes the oldest open cases that nobody uses.
    fn make_room(&self) {
        let entries = lock(&self.entries).clone();
        let open = || entries.iter().filter(|entry| matches!(*lock(&entry.stage), Stage::Ready(_)));
        let excess = (open().count() + 1).saturating_sub(MOST_OPEN);
        for entry in open().take(excess) {
            *lock(&entry.stage) = Stage::Closed;
        }
    }

    /// An open case.
    pub(crate) fn loaded(&self, id: &str) -> Result<Arc<Loaded>, Problem> {
        let entry = self.entry(id)?;
        match &*lock(&entry.stage) {
            Stage::Ready(loaded) => return Ok(loaded.clone()),
            Stage::Refused(reason) => return Err(Problem::bad_input(reason.clone())),
            Stage::Opening(what) => {
                return Err(Problem::conflict(format!("the case is not ready yet: {what}; ask again")));
            }
            Stage::Closed => {}
        }
        self.make_room();
        open_in_background(entry);
        Err(Problem::conflict("the case is being opened; ask again"))
    }

    /// An open case; opens it and waits where it is not. Blocks.
    pub(crate) fn wait_for(&self, id: &str) -> Result<Arc<Loaded>, Problem> {
        loop {
            match self.loaded(id) {
                Err(problem) if problem.status == 409 => {
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                other => return other,
            }
        }
    }
}

impl Entry {
    fn summary(&self) -> CaseSummary {
        let (state, warnings) = match &*lock(&self.stage) {
            Stage::Closed => (CaseState::Closed, Vec::new()),
            Stage::Opening(what) => (CaseState::Opening { what: (*what).to_owned() }, Vec::new()),
            Stage::Ready(loaded) => {
                (CaseState::Ready, loaded.warnings.iter().map(|warning| warning.text.clone()).collect())
            }
            Stage::Refused(reason) => (CaseState::Refused { reason: reason.clone() }, Vec::new()),
        };
        CaseSummary { id: self.id.clone(), name: lock(&self.name).clone(), kind: self.kind, state, warnings }
    }

    fn read(&self) -> Result<Loaded, String> {
        match &self.origin {
            Origin::Recipe(recipe) => {
                let case = recipe.grow(self.kind == CaseKind::BuiltIn)?;
                *lock(&self.stage) = Stage::Opening("inferring anatomy");
                Loaded::of(case, Some(recipe.clone()))
            }
            Origin::Folder(path) => {
                open_path(path, || *lock(&self.stage) = Stage::Opening("inferring anatomy"))
            }
        }
    }
}

fn open_path(path: &Path, infers: impl FnOnce()) -> Result<Loaded, String> {
    let case = rami_case::open(&CaseInput::at(path)).map_err(|error| error.to_string())?;
    infers();
    Loaded::of(case, None)
}

fn open_in_background(entry: Arc<Entry>) {
    let first = match entry.origin {
        Origin::Recipe(_) => "growing the patient",
        Origin::Folder(_) => "reading",
    };
    {
        let mut stage = lock(&entry.stage);
        if !matches!(*stage, Stage::Closed) {
            return;
        }
        *stage = Stage::Opening(first);
    }
    std::thread::spawn(move || {
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| entry.read()));
        let read =
            read.unwrap_or_else(|_| Err("an error of Rami's own; the server's log has more".to_owned()));
        let stage = match read {
            Ok(loaded) => {
                *lock(&entry.name) = loaded.name.clone();
                Stage::Ready(Arc::new(loaded))
            }
            Err(reason) => Stage::Refused(reason),
        };
        *lock(&entry.stage) = stage;
    });
}

/// The same person has the same name in addresses.
fn recipe_id(recipe: &Recipe) -> String {
    let number = |value: Option<f64>, unit: &str| value.map(|v| format!("-{v:.0}{unit}")).unwrap_or_default();
    let word = |value: &Option<String>| {
        let plain: String =
            value.iter().flat_map(|v| v.chars()).filter(|c| c.is_ascii_alphanumeric()).take(24).collect();
        if plain.is_empty() { plain } else { format!("-{plain}") }
    };
    format!(
        "patient-{}{}{}{}{}{}",
        recipe.seed,
        word(&recipe.sex),
        number(recipe.height_cm, "cm"),
        number(recipe.weight_kg, "kg"),
        number(recipe.age_y, "y"),
        word(&recipe.variant),
    )
}
