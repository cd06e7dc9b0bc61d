//! `rami replay`: a session again from its actions, compared bit for bit; frames, contact sheet, film. `rami score`: the
//! score of a session, from its file alone.

use super::rehearse::output::{self, AtOnce, Film};
use super::rehearse::stage;
use crate::exit::{Failure, Outcome};
use crate::files;
use anyhow::{Context, anyhow};
use rami_case::CaseInput;
use rami_procedure::replay::replay;
use rami_procedure::session::Header;
use rami_procedure::{Imaging, Session, Theatre, score};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Session to replay: session.jsonl
    #[arg(value_name = "SESSION")]
    session: PathBuf,
    /// The case, if it is not where it was
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,
    /// Label map of the CT, if the case has none
    #[arg(long, value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// Folder for frames, contact sheet and film
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let recorded = read(&args.session)?;
    let path = args
        .case
        .clone()
        .or(recorded.header.case.as_ref().map(PathBuf::from))
        .ok_or_else(|| anyhow!("the session does not say which case it is of; give --case CASE"))?;
    let input = CaseInput {
        path,
        labels: args.labels.clone().or(recorded.header.labels.as_ref().map(PathBuf::from)),
        ..CaseInput::default()
    };
    let stage = stage::open(&input, recorded.header.setup.seed)?;
    if stage.inputs != recorded.header.inputs {
        eprintln!(
            "warning: the files of the case are not those of the session (other SHA-256): expect a divergence"
        );
    }
    for note in other_than_recorded(&recorded.header) {
        eprintln!("warning: {note}");
    }
    let folder = args.out.join("frames");
    clear(&args.out, &folder)?;
    let film = Film::new(AtOnce::ForAFilm(folder.clone()));
    let take = |picture: &rami_procedure::theatre::Picture| film.take(picture);
    let imaging = Imaging::new(&stage.case.ct);
    let flow = stage::flow_called(&recorded.header.flow, &stage)?;
    let theatre = Theatre {
        setup: &recorded.header.setup,
        world: &stage.world,
        flow: &*flow,
        imaging: Some(&imaging),
        film: Some(&take),
    };
    let begun = std::time::Instant::now();
    let again = replay(&theatre, &recorded);
    let took = begun.elapsed().as_secs_f64();
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    pictures(&args.out, &folder, &film)?;
    let simulated = again.session.lines.last().map_or(0.0, |line| line.t_s);
    eprintln!(
        "{} lines, {} pictures compared, {took:.1} s for {simulated:.0} s simulated: {:.0} times real time",
        recorded.lines.len(),
        again.pictures_compared,
        simulated / took.max(1e-9)
    );
    match again.divergence {
        None => {
            println!("identical");
            Ok(Outcome::Done)
        }
        Some(first) => {
            println!(
                "first divergence at line {} ({:.1} s, {}): {}",
                first.line, first.t_s, first.action, first.what
            );
            Ok(Outcome::AnswerIsNo)
        }
    }
}

/// What of this program is not what wrote the session: reasons for a divergence that are no fault of the record.
fn other_than_recorded(header: &Header) -> Vec<String> {
    let mut notes = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    if header.rami_version != version {
        notes.push(format!(
            "the session was recorded by Rami {} and this is {version}: expect a divergence where a model has changed",
            header.rami_version
        ));
    }
    let lanes = format!("{:?}", rami_xray::Lanes::detect()).to_lowercase();
    if header.lanes != lanes {
        notes.push(format!(
            "the session's pictures were computed on the {} path and this machine takes {lanes}: hashes of pictures agree on \
             one path only, and between two a picture may differ by one grey level",
            header.lanes
        ));
    }
    notes
}

/// Takes away what an earlier replay left in the folder: its frames would go into this film.
fn clear(out: &Path, folder: &Path) -> Result<(), Failure> {
    let gone = |path: &Path| match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot take away {}", path.display()))
        }
        _ => Ok(()),
    };
    for name in ["contact-sheet.png", "fluoroscopy.webm", "fluoroscopy.mp4"] {
        gone(&out.join(name))?;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("frame-") && name.ends_with(".png")) {
            gone(&entry.path())?;
        }
    }
    Ok(())
}

/// The sheet of the pictures that tell the story, and a film of all of them.
fn pictures(out: &Path, folder: &Path, film: &Film) -> Result<(), Failure> {
    if film.counted() == 0 {
        eprintln!("the session was recorded without pictures");
        return Ok(());
    }
    if let Some(sheet) = output::contact_sheet(&film.keys()) {
        files::write(&out.join("contact-sheet.png"), &sheet)?;
    }
    // A film where ffmpeg is at hand; nothing fails without it. VP8 in WebM first, then what every ffmpeg has.
    for (codec, rate, name) in [("libvpx", "2M", "fluoroscopy.webm"), ("mpeg4", "4M", "fluoroscopy.mp4")] {
        let path = out.join(name);
        let made = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-framerate", "8", "-i"])
            .arg(folder.join("frame-%05d.png"))
            .args(["-c:v", codec, "-b:v", rate, "-pix_fmt", "yuv420p"])
            .arg(&path)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if made.is_ok_and(|status| status.success()) {
            eprintln!("film: {}", path.display());
            return Ok(());
        }
    }
    eprintln!(
        "no film: ffmpeg is not there or knows neither VP8 nor MPEG-4; the frames are in {}",
        folder.display()
    );
    Ok(())
}

/// Reads a session and says what was not understood.
fn read(path: &Path) -> Result<Session, Failure> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let session = Session::from_jsonl(&text).with_context(|| path.display().to_string())?;
    for what in &session.not_understood {
        eprintln!("warning: not understood, of a later version: {what}");
    }
    Ok(session)
}

#[derive(clap::Args)]
pub(crate) struct ScoreArgs {
    /// Sessions to score: session.jsonl; of several, in order, also the learning curve
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<PathBuf>,
}

pub(crate) fn run_score(args: &ScoreArgs) -> Result<Outcome, Failure> {
    let mut scores = Vec::new();
    for path in &args.sessions {
        let session = read(path)?;
        if let Some(what) = &session.stopped_at {
            return Err(anyhow!(
                "{}: {what} is of a later version than this one ({}) and was not understood, so the session is known only up to \
                 there and cannot be scored: score it with the version that wrote it ({})",
                path.display(),
                env!("CARGO_PKG_VERSION"),
                session.header.rami_version
            )
            .into());
        }
        let end = session.end.as_ref().ok_or_else(|| {
            anyhow!("{} has no last line with the state it ended in: it was cut off", path.display())
        })?;
        if !session.end_agrees() {
            return Err(anyhow!(
                "{}: its last line is not the state after its last action (their hashes differ): the file was cut or changed; \
                 record the session again, or `rami replay` it",
                path.display()
            )
            .into());
        }
        scores.push(score::score(&session, end));
    }
    let text = if let [only] = scores.as_slice() {
        serde_json::to_string_pretty(only)
    } else {
        let successes: Vec<bool> =
            scores.iter().map(|s| s.passed && s.measures.get("supply_cut") == Some(&Some(1.0))).collect();
        let curve = score::cusum::cusum(&successes, score::cusum::Limits::default());
        serde_json::to_string_pretty(&serde_json::json!({
            "schema": "rami.learning_curve/1",
            "success_is": "passed, with the leg's sympathetic supply cut",
            "curve": curve,
            "scores": scores,
        }))
    };
    println!("{}", text.map_err(|error| Failure::Internal(error.into()))?);
    Ok(if scores.iter().all(|score| score.passed) { Outcome::Done } else { Outcome::AnswerIsNo })
}
