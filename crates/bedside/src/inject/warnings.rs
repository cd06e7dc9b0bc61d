//! What must be said of an injection beside its figures.

use super::course::Outcome;
use super::document::{LevelEntry, Summary, TipEntry};
use super::nerves::HORIZON_MIN;
use rami_anatomy::Side;
use rami_spread::Tissue;

/// Share of what was given that may leave the box without a word.
const LEAVES: f64 = 0.01;

/// Of the place of a tip: what it means to inject there.
pub(super) fn of_place(tip: &TipEntry) -> Option<String> {
    let means = match tip.tissue {
        Tissue::Psoas => {
            "in psoas, which keeps what is given to it: the genitofemoral nerve and the plexus lie in it, the chain does not"
        }
        Tissue::Epidural => "in the fat of the canal or of a foramen: what is given there is an epidural",
        Tissue::Intrathecal => {
            "inside the dural sac: what is given there is a spinal. The roots that run through the sac to lower levels (cauda \
             equina) are not modelled, nor is the cord: far more fails, on both sides and below, than the nerves listed here"
        }
        Tissue::Disc => {
            "in a disc, a closed cavity that takes a few ml against pressure: pain, and infection, are what comes of it"
        }
        Tissue::Organ => "in an organ, which must not be injected",
        Tissue::Muscle => "in muscle behind or beside the spine, not in the plane of the chain",
        Tissue::Subcutaneous => "in fat under the skin, not in the plane of the chain",
        Tissue::Air | Tissue::Fat | Tissue::Areolar | Tissue::Bone | Tissue::Artery | Tissue::Vein => {
            return None;
        }
    };
    Some(format!("the tip at {:?} mm lies {means} ({})", tip.at_mm, tip.structure))
}

/// Of a tip that takes nothing, or no more.
pub(super) fn of_flow(shown: &Outcome) -> Option<String> {
    let delivered = shown.trace.last().map_or(0.0, |s| s.delivered_ml);
    shown.trace.iter().any(|s| s.occluded).then(|| {
        if delivered > 0.0 {
            format!("no more than {delivered:.1} ml flows: the tip lies in a closed cavity that is full, or in tissue that takes no more")
        } else {
            "nothing flows at the tip: it lies against bone or in tissue that takes no fluid".into()
        }
    })
}

/// Of the box that is computed.
pub(super) fn of_box(draws: &[Outcome], shown: &Outcome) -> Vec<String> {
    let all = || draws.iter().chain([shown]);
    let mut out = Vec::new();
    let left = all().map(|o| o.left).fold(0.0, f64::max);
    if left > LEAVES {
        let count = draws.iter().filter(|o| o.left > LEAVES).count();
        out.push(format!(
            "up to {:.0} % of what was given left the box that is computed ({count} of {} draws lose more than 1 %): what it does there is not known",
            100.0 * left,
            draws.len()
        ));
    }
    if all().any(|o| o.to_the_edge) {
        out.push(
            "the fluid reaches the edge of the box that is computed: its extent is at least what is said"
                .into(),
        );
    }
    out
}

/// Of blocks that outlast what is followed.
pub(super) fn of_horizon(summary: &Summary, side: Side) -> Option<String> {
    let outlast = |entry: &LevelEntry| entry.still_blocked_share > 0.0;
    let named = |map: &std::collections::BTreeMap<String, LevelEntry>| {
        map.iter().filter(|(_, e)| outlast(e)).map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let mut names: Vec<String> =
        named(summary.chain.get(side)).into_iter().map(|level| format!("the trunk at {level}")).collect();
    names.extend(named(&summary.rami));
    names.extend(named(&summary.unwanted.nerves));
    (!names.is_empty()).then(|| {
        format!(
            "blocks are followed for {:.0} h; still blocked then, so that the duration is at least what is said: {}",
            HORIZON_MIN / 60.0,
            names.join(", ")
        )
    })
}
