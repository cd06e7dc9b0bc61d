//! What a rehearsal leaves: session, score, report, pictures.

use crate::exit::Failure;
use crate::files;
use anyhow::Context;
use rami_procedure::theatre::Picture;
use rami_report::session::{KeyFrame, Material};
use rami_xray::{Image, picture};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pictures of a run as they are drawn. The ones that tell the story are kept; every one can be written at once.
pub(crate) struct Film {
    keys: Mutex<Vec<Picture>>,
    counted: AtomicUsize,
    at_once: AtOnce,
}

/// What is done with each picture when it is drawn.
pub(crate) enum AtOnce {
    /// Nothing.
    Nothing,
    /// Written as `frame-00000.png` by its number in the session, shown in the terminal where there is one.
    ForAPerson(PathBuf),
    /// Written as `frame-00000.png` in the order of drawing, for a film.
    ForAFilm(PathBuf),
}

impl Film {
    pub(crate) fn new(at_once: AtOnce) -> Self {
        Self { keys: Mutex::new(Vec::new()), counted: AtomicUsize::new(0), at_once }
    }

    pub(crate) fn take(&self, frame: &Picture) {
        let index = self.counted.fetch_add(1, Ordering::Relaxed);
        let write = |folder: &Path, name: String| {
            let path = folder.join(name);
            let whole = std::fs::create_dir_all(folder)
                .is_ok_and(|()| png(frame).is_some_and(|bytes| std::fs::write(&path, bytes).is_ok()));
            whole.then_some(path)
        };
        match &self.at_once {
            AtOnce::Nothing => {}
            AtOnce::ForAFilm(folder) => {
                write(folder, format!("frame-{index:05}.png"));
            }
            AtOnce::ForAPerson(folder) => {
                let path = write(folder, format!("frame-{:05}.png", frame.number));
                // Of a run that goes on, the last picture stays on the screen: only single ones are shown.
                if frame.kind == "shot" {
                    if std::io::stderr().is_terminal() {
                        eprint!("{}", super::person::thumbnail(frame));
                    }
                    if let Some(path) = path {
                        eprintln!("    picture: {}", path.display());
                    }
                }
            }
        }
        if let Ok(mut keys) = self.keys.lock() {
            // Of a run of the pedal the last picture is kept, of single pictures every one.
            let goes_on = keys.last().is_some_and(|last| {
                last.kind == frame.kind && frame.kind != "shot" && frame.at_s - last.at_s < 0.6
            });
            if goes_on {
                keys.pop();
            }
            if keys.len() < MOST_KEYS {
                keys.push(frame.clone());
            }
        }
    }

    /// The pictures that tell the story.
    pub(crate) fn keys(&self) -> Vec<Picture> {
        self.keys.lock().map_or_else(|_| Vec::new(), |keys| keys.clone())
    }

    /// How many were drawn.
    pub(crate) fn counted(&self) -> usize {
        self.counted.load(Ordering::Relaxed)
    }
}

/// Most pictures kept: 300 of 256 pixels a side are 20 MB.
const MOST_KEYS: usize = 300;

/// What a report shows of pictures.
pub(crate) fn key_frames(film: &Film) -> Vec<KeyFrame> {
    film.keys()
        .iter()
        .map(|frame| {
            let mut grey = frame.grey.clone();
            picture::annotate(&mut grey, &frame.view);
            KeyFrame {
                number: frame.number,
                at_s: frame.at_s,
                caption: format!("{}, {}", frame.kind, frame.view.pose().in_words()),
                grey,
            }
        })
        .collect()
}

/// A picture with its letters.
pub(crate) fn png(frame: &Picture) -> Option<Vec<u8>> {
    let mut grey = frame.grey.clone();
    picture::annotate(&mut grey, &frame.view);
    picture::png(&grey).ok()
}

/// Writes what a rehearsal leaves.
pub(crate) fn write(out: &Path, material: &Material<'_>) -> Result<(), Failure> {
    let internal = |error: serde_json::Error| Failure::Internal(error.into());
    let session = material.session;
    files::write(&out.join("session.jsonl"), session.to_jsonl().map_err(internal)?.as_bytes())?;
    files::write(
        &out.join("score.json"),
        serde_json::to_string_pretty(material.score).map_err(internal)?.as_bytes(),
    )?;
    files::write(
        &out.join("plan.json"),
        serde_json::to_string_pretty(material.plan).map_err(internal)?.as_bytes(),
    )?;
    if !material.frames.is_empty() {
        let folder = out.join("frames");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for frame in material.frames {
            let bytes = picture::png(&frame.grey).map_err(|error| Failure::Internal(error.into()))?;
            files::write(&folder.join(format!("key-{:05}.png", frame.number)), &bytes)?;
        }
    }
    files::write(&out.join("report.html"), rami_report::session::html(material).as_bytes())?;
    let pdf = rami_report::session::pdf(material).map_err(|error| Failure::Internal(error.into()))?;
    files::write(&out.join("report.pdf"), &pdf)?;
    let fhir = rami_report::session::fhir(session, material.state, material.score);
    files::write(
        &out.join("procedure.fhir.json"),
        serde_json::to_string_pretty(&fhir).map_err(internal)?.as_bytes(),
    )
}

/// Pixels of a small picture on the sheet, at the least as wide as its two lines of text.
const SMALL: usize = 128;
/// Height of the two lines under it.
const STRIP: usize = 20;

/// All pictures as small ones on one sheet, each with the letters of its edges, its number, its time and its angles.
pub(crate) fn contact_sheet(frames: &[Picture]) -> Option<Vec<u8>> {
    let first = frames.first()?;
    let shrink = (first.grey.columns() / SMALL).max(1);
    let small = first.grey.columns() / shrink;
    let (wide, high) = (small.max(SMALL), small + STRIP);
    let across = (frames.len() as f64).sqrt().ceil() as usize;
    let down = frames.len().div_ceil(across);
    let mut sheet = Image::filled(down * high, across * wide, 0u8);
    let width = sheet.columns();
    for (index, frame) in frames.iter().enumerate() {
        let (row0, column0) = (index / across * high, index % across * wide);
        for r in 0..small {
            for c in 0..small {
                let value = frame.grey.get(r * shrink, c * shrink).unwrap_or(0);
                if let Some(pixel) = sheet.data_mut().get_mut((row0 + r) * width + column0 + c) {
                    *pixel = value;
                }
            }
        }
        let [left, right, _, _] = picture::edge_letters(&frame.view);
        picture::write_text(&mut sheet, row0 + 3, column0 + 3, 1, &left.to_string());
        picture::write_text(&mut sheet, row0 + 3, column0 + small.saturating_sub(8), 1, &right.to_string());
        for (line, text) in captions(frame).iter().enumerate() {
            picture::write_text(&mut sheet, row0 + small + 2 + 9 * line, column0 + 3, 1, text);
        }
    }
    picture::png(&sheet).ok()
}

/// Number and time; angles of the C-arm.
fn captions(frame: &Picture) -> [String; 2] {
    let seconds = frame.at_s.max(0.0).floor();
    let (minutes, rest) = ((seconds / 60.0).floor(), seconds % 60.0);
    let pose = frame.view.pose();
    [
        format!("{}  {minutes:.0}:{rest:02.0}", frame.number),
        format!("P {:.0}  S {:.0}", pose.primary_angle, pose.secondary_angle),
    ]
}
