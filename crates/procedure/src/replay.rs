//! A replay recomputes a session from its actions and compares what comes with what was stored, bit for bit; it names the
//! first divergence.

use crate::event::Event;
use crate::session::{Block, Session};
use crate::theatre::Theatre;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a replay first differs from its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Divergence {
    /// Line of the session, from 1.
    pub line: u64,
    /// Time on the block's clock, s.
    pub t_s: f64,
    /// Action of that line.
    pub action: String,
    /// What differs.
    pub what: String,
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// As recomputed.
    pub session: Session,
    /// First difference; nothing when every event, hash and state agrees.
    pub divergence: Option<Divergence>,
    /// Pictures whose hashes were compared.
    pub pictures_compared: usize,
}

/// Recomputes a session in a theatre built from its header.
#[must_use]
pub fn replay(theatre: &Theatre<'_>, recorded: &Session) -> Replay {
    let mut block = Block::new(theatre, recorded.header.clone());
    let mut divergence = None;
    let mut pictures_compared = 0;
    for line in &recorded.lines {
        let _ = block.act(line.action.clone());
        let Some(now) = block.session.lines.last() else { continue };
        let hashes = |events: &[Event]| -> Vec<String> {
            let each = events.iter().filter_map(|event| match event {
                Event::Exposed { sha256, .. } => Some(sha256.clone()),
                _ => None,
            });
            each.flatten().collect()
        };
        let (stored, fresh) = (hashes(&line.events), hashes(&now.events));
        pictures_compared += stored.iter().zip(&fresh).filter(|(a, b)| a == b).count();
        if divergence.is_some() {
            continue;
        }
        let what = if now.t_s != line.t_s {
            Some(format!("the clock is {} s, it was {} s", now.t_s, line.t_s))
        } else if now.refused != line.refused {
            Some("an action is refused in one and done in the other".to_owned())
        } else if let Some(index) =
            (0..stored.len().max(fresh.len())).find(|&i| stored.get(i) != fresh.get(i))
        {
            Some(format!("picture {} of this line has another hash", index + 1))
        } else if let Some(index) =
            (0..line.events.len().max(now.events.len())).find(|&i| line.events.get(i) != now.events.get(i))
        {
            let name = |event: Option<&Event>| event.map_or("nothing".to_owned(), |e| format!("{e:?}"));
            Some(format!(
                "event {}: {} instead of {}",
                index + 1,
                name(now.events.get(index)),
                name(line.events.get(index))
            ))
        } else if now.state_sha256 != line.state_sha256 {
            Some("the state has another hash".to_owned())
        } else {
            None
        };
        divergence =
            what.map(|what| Divergence { line: line.n, t_s: line.t_s, action: line.action.name(), what });
    }
    // The end is what a score is read from: it must be the state after the last line.
    if let (None, false, Some(last)) = (&divergence, recorded.end_agrees(), recorded.lines.last()) {
        divergence = Some(Divergence {
            line: last.n,
            t_s: last.t_s,
            action: last.action.name(),
            what: "the recorded end is not the state after the last line".to_owned(),
        });
    }
    Replay { session: block.session, divergence, pictures_compared }
}
