//! Contrast and drug: what is read, what is done when it is not where it should be, aliquots.

use super::{MOST_CONTRAST, Protocol, Stage, V};
use crate::action::{Action, Pattern, Watch};
use crate::event::Event;
use crate::operator::Seen;
use rami_anatomy::Side;

impl Protocol {
    pub(super) fn read_contrast(&mut self, seen: &Seen<'_>) {
        let shown = seen.events.iter().rev().find_map(|event| match event {
            Event::Noted { text } => Pattern::described(text),
            _ => None,
        });
        let Some(mut pattern) = shown else {
            // Blind, or nothing was injected: go on as if it were right.
            if self.watch == Watch::Blind {
                self.stage = Stage::Drug;
            } else {
                self.elsewhere(Pattern::Nothing, seen.setup.side);
            }
            return;
        };
        if !self.chance(self.skill.pattern_reading) {
            pattern = if pattern == Pattern::Prevertebral { Pattern::Psoas } else { Pattern::Prevertebral };
        }
        self.push([Action::CallPattern { pattern }]);
        if pattern == Pattern::Prevertebral {
            self.stage = Stage::Drug;
        } else {
            self.elsewhere(pattern, seen.setup.side);
        }
    }

    /// The tip is not where it should be.
    pub(super) fn elsewhere(&mut self, pattern: Pattern, side: Side) {
        if self.contrast >= MOST_CONTRAST {
            self.give_up("contrast was not where it should be, five times");
            return;
        }
        match pattern {
            // Psoas and its streaks lie behind and beside the plane: on by a little, and look from the side where the
            // front of the body is; the second time from behind as well, whether the tip lies too far out.
            Pattern::Psoas | Pattern::Muscular => {
                self.push([Action::Advance { mm: 3.0 }]);
                if self.contrast >= 2 {
                    let behind = self.turn_c_arm(180.0, 0.0);
                    self.push([behind, Action::Shot]);
                    self.stage = Stage::Front;
                } else {
                    let lateral = self.lateral(side);
                    self.push([lateral, Action::Shot]);
                    self.stage = Stage::Aspirate;
                }
                return;
            }
            Pattern::Vascular | Pattern::MixedVascular | Pattern::Visceral | Pattern::Urinary => {
                let bend = self.bend_towards(V::new(0.0, 1.0, 0.0));
                self.push([Action::Withdraw { mm: 4.0 }]);
                self.push(bend);
                self.push([Action::Advance { mm: 2.0 }]);
            }
            Pattern::Nothing => self.push([Action::Withdraw { mm: 2.0 }]),
            _ => {
                self.give_up("contrast runs where no drug may go");
                return;
            }
        }
        self.push([Action::Shot]);
        self.stage = Stage::Aspirate;
    }

    pub(super) fn drug_step(&mut self) {
        if self.aliquots.is_empty() {
            self.stage = Stage::Confirm;
            return;
        }
        let volume_ml = self.aliquots.remove(0);
        let test = self.aliquots.len() == 3;
        self.push([
            Action::Aspirate,
            Action::Inject { label: "drug".to_owned(), volume_ml, rate_ml_s: 0.2, watch: Watch::Blind },
            Action::Wait { seconds: if test { 60.0 } else { 30.0 } },
            Action::Ask,
        ]);
        if test {
            self.push([Action::CheckVitals]);
        }
    }
}
