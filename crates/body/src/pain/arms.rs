//! Injections that differ in what reaches the chain and what the person expects.

use super::model::Treatment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is injected where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Local anaesthetic at the chain.
    Anaesthetic,
    /// Saline at the chain.
    Saline,
    /// Anaesthetic in psoas: grey rami run under it and most trunks lie beneath its edge, so a part still acts.
    Psoas,
    /// Anaesthetic with zero concentration at chain, rami and roots: what saline is, under another name.
    Nowhere,
    /// The plasma curve of the block, by vein, blinded.
    Intravenous,
    /// Anaesthetic at the chain, with naloxone.
    Naloxone,
    /// Anaesthetic at the chain, three times, three days apart.
    Repeated,
}

/// Share of the intended block that an injection into psoas still gives: assumed.
pub const PSOAS_SHARE: f64 = 0.3;
/// Hours between repeated blocks.
pub const REPEAT_H: f64 = 72.0;

/// One arm in one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// Which arm.
    pub arm: Arm,
    /// Share of chain fibres that the anaesthetic blocks when it reaches them.
    pub fraction: f64,
    /// Hours for which it blocks.
    pub duration_h: f64,
}

/// Hours until the block is complete.
const ONSET_H: f64 = 0.4;

impl Given {
    fn times(&self) -> &'static [f64] {
        match self.arm {
            Arm::Repeated => &[0.0, REPEAT_H, 2.0 * REPEAT_H],
            _ => &[0.0],
        }
    }
}

impl Arm {
    /// Share of the intended block that it gives.
    #[must_use]
    pub fn share_of_block(self) -> f64 {
        match self {
            Self::Anaesthetic | Self::Naloxone | Self::Repeated => 1.0,
            Self::Psoas => PSOAS_SHARE,
            Self::Saline | Self::Nowhere | Self::Intravenous => 0.0,
        }
    }
}

impl Treatment for Given {
    fn blocked(&self, t_h: f64) -> f64 {
        let share = self.arm.share_of_block();
        let one = |since: f64| {
            // Rises over the onset, falls over the last fifth.
            let rise = since / ONSET_H;
            let fall = (self.duration_h - since) / (0.2 * self.duration_h);
            rise.min(fall).clamp(0.0, 1.0)
        };
        self.fraction * share * self.times().iter().map(|start| one(t_h - start)).fold(0.0, f64::max)
    }

    fn injected(&self, t_h: f64, step_h: f64) -> bool {
        self.times().iter().any(|start| (t_h - start).abs() < 0.5 * step_h)
    }

    fn naloxone(&self) -> bool {
        self.arm == Arm::Naloxone
    }
}
