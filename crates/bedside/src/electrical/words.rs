//! What a person says when a nerve is stimulated, and what an observer sees.
//!
//! Dermatomes and myotomes as textbooks give them; overlap between neighbours is the rule, so words are broad.

use crate::world::{Tube, TubeKind};
use rami_anatomy::VertebralLevel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where something is felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Region {
    Groin,
    Thigh,
    LowerLeg,
    Foot,
    ButtockAndLeg,
}

impl Region {
    /// Whether A30 speaks of it.
    #[must_use]
    pub fn is_groin_or_thigh(self) -> bool {
        matches!(self, Self::Groin | Self::Thigh)
    }

    /// Whether A28 speaks of it: a thigh is part of a leg, a groin is not.
    #[must_use]
    pub fn is_buttock_or_leg(self) -> bool {
        self != Self::Groin
    }
}

/// Where and how a nerve is felt; nothing for one that is not.
pub(crate) fn sensation(tube: &Tube) -> Option<(Region, &'static str)> {
    use VertebralLevel as L;
    Some(match (tube.kind, tube.level) {
        (TubeKind::SympatheticTrunk, _) => (
            Region::ButtockAndLeg,
            "a deep ache or tingling in the buttock and leg (told of by two patients only)",
        ),
        (TubeKind::GenitofemoralNerve, _) => {
            (Region::Groin, "tingling in the groin and the upper inner thigh")
        }
        (TubeKind::LateralFemoralCutaneousNerve, _) => (Region::Thigh, "tingling on the outer thigh"),
        (TubeKind::NerveRoot, Some(L::L1)) => (Region::Groin, "tingling in the groin"),
        (TubeKind::NerveRoot, Some(L::L2)) => (Region::Thigh, "tingling in the front of the upper thigh"),
        (TubeKind::NerveRoot, Some(L::L3)) => {
            (Region::Thigh, "tingling in the front of the thigh down to the knee")
        }
        (TubeKind::NerveRoot, Some(L::L4)) => {
            (Region::LowerLeg, "tingling at the knee and the inner lower leg")
        }
        (TubeKind::NerveRoot, Some(L::L5)) => {
            (Region::Foot, "tingling in the outer lower leg and the back of the foot")
        }
        _ => return None,
    })
}

/// The twitch of a nerve; nothing for one without muscles.
pub(crate) fn twitch(tube: &Tube) -> Option<&'static str> {
    use VertebralLevel as L;
    Some(match (tube.kind, tube.level) {
        (TubeKind::GenitofemoralNerve, _) => "a twitch of the cremaster",
        (TubeKind::NerveRoot, Some(L::L1)) => "a twitch of the lower abdominal wall",
        (TubeKind::NerveRoot, Some(L::L2)) => "a twitch of the hip flexors",
        (TubeKind::NerveRoot, Some(L::L3)) => "a twitch of the adductors and the front of the thigh",
        (TubeKind::NerveRoot, Some(L::L4)) => "a twitch of the front of the thigh: the knee stretches",
        (TubeKind::NerveRoot, Some(L::L5)) => "a twitch that lifts the foot and the big toe",
        _ => return None,
    })
}
