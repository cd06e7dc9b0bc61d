//! Whether each drug went where contrast had shown that it may: the same place, before it, with a pattern that allows it.

use super::Sheet;
use crate::action::{Action, Pattern, Watch};
use crate::event::Event;
use crate::session::Session;
use crate::state::{Given, State};

/// Distance of two tips up to which contrast at one tells of the other, mm: less than the plane of the chain is from
/// psoas (judged).
const SAME_PLACE_MM: f64 = 3.0;

/// Contrast that somebody looked at.
struct Look {
    tip_mm: [f64; 3],
    live: bool,
    shown: Pattern,
    called: Option<Pattern>,
}

/// What contrast said of one drug; the worst first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Nowhere,
    Elsewhere(f64),
    Bad(Pattern, Option<Pattern>),
    Still,
    Live,
}

impl Verdict {
    fn share(self) -> f64 {
        match self {
            Self::Live => 1.0,
            Self::Still => 0.5,
            _ => 0.0,
        }
    }

    fn why(self) -> String {
        match self {
            Self::Live => "contrast was watched live where the drug went, before it".to_owned(),
            Self::Still => "a still picture alone misses three vessels in ten".to_owned(),
            Self::Nowhere => "no contrast before the drug: one needle in eight lies in a vessel".to_owned(),
            Self::Elsewhere(mm) => {
                format!(
                    "the drug went {mm:.0} mm from where contrast was seen: it tells nothing of that place"
                )
            }
            Self::Bad(Pattern::Prevertebral, called) => format!(
                "contrast was read as {} and the drug given all the same",
                called.map_or_else(String::new, named)
            ),
            Self::Bad(shown, Some(called)) if called != shown => {
                format!(
                    "contrast showed {} and was read as {}: the drug went there",
                    named(shown),
                    named(called)
                )
            }
            Self::Bad(shown, _) => format!("contrast showed {} and the drug went there", named(shown)),
        }
    }

    fn failure(self) -> Option<String> {
        match self {
            Self::Live | Self::Still => None,
            Self::Nowhere => Some("drug without a contrast check".to_owned()),
            Self::Elsewhere(mm) => {
                Some(format!("drug without a contrast check where it went ({mm:.0} mm from the contrast)"))
            }
            Self::Bad(shown, _) => Some(format!("drug after contrast that showed {}", named(shown))),
        }
    }
}

fn named(pattern: Pattern) -> String {
    serde_json::to_value(pattern)
        .ok()
        .and_then(|value| value.as_str().map(|name| format!("a {} pattern", name.replace('_', " "))))
        .unwrap_or_default()
}

/// The last contrast at this place decides; else how far off the nearest was.
fn verdict(looks: &[Look], tip: [f64; 3]) -> Verdict {
    let far = |look: &Look| (0..3).map(|i| (look.tip_mm[i] - tip[i]).powi(2)).sum::<f64>().sqrt();
    let Some(look) = looks.iter().rev().find(|look| far(look) <= SAME_PLACE_MM) else {
        let nearest = looks.iter().map(far).fold(f64::INFINITY, f64::min);
        return if nearest.is_finite() { Verdict::Elsewhere(nearest) } else { Verdict::Nowhere };
    };
    let right = |pattern: Pattern| pattern == Pattern::Prevertebral;
    match (right(look.shown) && look.called.is_none_or(right), look.live) {
        (false, _) => Verdict::Bad(look.shown, look.called),
        (true, true) => Verdict::Live,
        (true, false) => Verdict::Still,
    }
}

/// Points for contrast before each drug: the worst of them counts.
pub(super) fn check(session: &Session, end: &State, sheet: &mut Sheet, failures: &mut Vec<String>) {
    // What went through the needle, in the order of the lines that gave it.
    let mut given = end.doses.iter().filter(|dose: &&Given| !dose.skin);
    let mut tip: Option<[f64; 3]> = None;
    let mut looks: Vec<Look> = Vec::new();
    let mut worst: Option<(f64, Verdict)> = None;
    for line in session.lines.iter().filter(|line| line.refused.is_none()) {
        for event in &line.events {
            match event {
                Event::NeedleInserted { entry_mm, .. } => tip = Some(*entry_mm),
                Event::TipAt { tip_mm, .. } => tip = Some(*tip_mm),
                Event::PatternCalled { pattern, .. } => {
                    if let Some(look) = looks.last_mut() {
                        look.called = Some(*pattern);
                    }
                }
                Event::ContrastShown { pattern, .. } => looks.extend(tip.map(|tip_mm| Look {
                    tip_mm,
                    live: matches!(
                        line.action,
                        Action::Inject { watch: Watch::Live | Watch::Subtracted, .. }
                    ),
                    shown: *pattern,
                    called: None,
                })),
                Event::Injected { volume_ml, .. } if *volume_ml > 0.0 => {
                    let (Some(dose), Some(tip)) = (given.next(), tip) else { continue };
                    if dose.iodine_mg > 0.0 {
                        continue;
                    }
                    let of = verdict(&looks, tip);
                    if worst.is_none_or(|(_, before)| of.share() < before.share()) {
                        worst = Some((dose.at_s, of));
                    }
                }
                _ => {}
            }
        }
    }
    let Some((at_s, of)) = worst else { return };
    sheet.add("contrast_check", of.share(), 10.0, Some(at_s), of.why());
    failures.extend(of.failure());
}
