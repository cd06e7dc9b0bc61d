//! What a rehearsal leaves: session, score, report, pictures.

use crate::exit::Failure;
use anyhow::{Context, anyhow};
use rami_plan::Plan;
use rami_procedure::curves::Curves;
use rami_procedure::score::Score;
use rami_procedure::theatre::Picture;
use rami_procedure::{Session, State};
use rami_report::session::KeyFrame;
use rami_xray::{Image, picture};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Pictures of a run as they are drawn.
pub(crate) struct Film {
    frames: Mutex<Vec<Picture>>,
    /// Where single pictures go at once, for a person who looks at them.
    at_once: Option<PathBuf>,
}

/// Most pictures kept: 1,500 of 256 pixels a side are 98 MB.
const MOST_FRAMES: usize = 1500;

impl Film {
    pub(crate) fn new(at_once: Option<PathBuf>) -> Self {
        Self { frames: Mutex::new(Vec::new()), at_once }
    }

    pub(crate) fn take(&self, frame: &Picture) {
        if let Some(out) = &self.at_once {
            let folder = out.join("frames");
            let path = folder.join(format!("frame-{:05}.png", frame.number));
            let written = std::fs::create_dir_all(&folder)
                .is_ok_and(|()| png(frame).is_some_and(|bytes| std::fs::write(&path, bytes).is_ok()));
            if written {
                eprintln!("    picture: {}", path.display());
            }
        }
        if let Ok(mut frames) = self.frames.lock()
            && frames.len() < MOST_FRAMES
        {
            frames.push(frame.clone());
        }
    }

    pub(crate) fn frames(&self) -> Vec<Picture> {
        self.frames.lock().map_or_else(|_| Vec::new(), |frames| frames.clone())
    }
}

/// A picture with its letters.
pub(crate) fn png(frame: &Picture) -> Option<Vec<u8>> {
    let mut grey = frame.grey.clone();
    picture::annotate(&mut grey, &frame.view);
    picture::png(&grey).ok()
}

/// The pictures that tell the story: every single one, and of a film the last while contrast is in.
pub(crate) fn key_frames(frames: &[Picture]) -> Vec<&Picture> {
    let mut keys = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let next = frames.get(index + 1);
        let film = frame.kind != "shot";
        let goes_on = next.is_some_and(|next| next.kind == frame.kind && next.at_s - frame.at_s < 0.6);
        if !film || !goes_on {
            keys.push(frame);
        }
    }
    keys
}

pub(crate) fn write(
    out: &Path,
    session: &Session,
    state: &State,
    score: &Score,
    curves: &Curves,
    film: &Film,
    plan: &Plan,
) -> Result<(), Failure> {
    let internal = |error: serde_json::Error| Failure::Internal(error.into());
    file(&out.join("session.jsonl"), session.to_jsonl().map_err(internal)?.as_bytes())?;
    file(&out.join("score.json"), serde_json::to_string_pretty(score).map_err(internal)?.as_bytes())?;
    file(&out.join("plan.json"), serde_json::to_string_pretty(plan).map_err(internal)?.as_bytes())?;
    let frames = film.frames();
    let keys = key_frames(&frames);
    let mut shown = Vec::new();
    if !keys.is_empty() {
        let folder = out.join("frames");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for frame in keys {
            let Some(bytes) = png(frame) else { continue };
            file(&folder.join(format!("key-{:05}.png", frame.number)), &bytes)?;
            shown.push(KeyFrame {
                number: frame.number,
                at_s: frame.at_s,
                caption: format!("{}, {}", frame.kind, frame.view.pose().in_words()),
                png: bytes,
            });
        }
    }
    let html = rami_report::session::html(session, state, score, curves, &shown, plan);
    file(&out.join("report.html"), html.as_bytes())?;
    let fhir = rami_report::session::fhir(session, state, score);
    file(&out.join("procedure.fhir.json"), serde_json::to_string_pretty(&fhir).map_err(internal)?.as_bytes())
}

/// All pictures as small ones on one sheet.
pub(crate) fn contact_sheet(frames: &[&Picture]) -> Option<Vec<u8>> {
    let first = frames.first()?;
    let (side, shrink) = (first.grey.columns(), (first.grey.columns() / 128).max(1));
    let small = side / shrink;
    let across = (frames.len() as f64).sqrt().ceil() as usize;
    let down = frames.len().div_ceil(across);
    let mut sheet = Image::filled(down * small, across * small, 0u8);
    let width = sheet.columns();
    for (index, frame) in frames.iter().enumerate() {
        let (row0, column0) = (index / across * small, index % across * small);
        for r in 0..small {
            for c in 0..small {
                let value = frame.grey.get(r * shrink, c * shrink).unwrap_or(0);
                if let Some(pixel) = sheet.data_mut().get_mut((row0 + r) * width + column0 + c) {
                    *pixel = value;
                }
            }
        }
        picture::write_text(&mut sheet, row0 + 2, column0 + 2, 1, &format!("{}", frame.number));
    }
    picture::png(&sheet).ok()
}

/// Writes a file by way of a temporary one, so that it is whole or not there.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().ok_or_else(|| anyhow!("{} is no file name", path.display()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
