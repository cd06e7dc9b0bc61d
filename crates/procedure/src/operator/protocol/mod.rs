//! The block by the book: what the plan itself does, and a simulated operator with human errors.
//!
//! Guidance is a loop: push 10 mm, look down the tunnel, and from the offset of the tip and its trend predict the miss at
//! the target. Small: turn the bevel half round, so that bends cancel. Large: turn it so that the bend leads back. Near
//! the target a lateral view sets the depth and an AP view tells whether the tip lies too far out; then it is led back in.
//! Then aspirate, watch contrast live, read it, move if it is not where it should be (in psoas: sideways again, and on to
//! the front of the body), test dose, aliquots, temperatures, somatic examination, home.
//!
//! Limits: no operator's judgement is modelled beyond this list; errors are independent of each other and of fatigue.

mod contrast;
mod guidance;

use super::respond::{ends_the_block, response, signs_in};
use super::{Operator, Seen, Skill, prepare};
use crate::action::{Action, Pattern, Watch};
use crate::event::Event;
use crate::refusal::RefusalCode;
use crate::session::Aim;
use nalgebra::Vector3;
use rami_anatomy::Side;
use rami_needle::{Aspirate, Stop};
use rami_random::distributions::{Distribution, StandardNormal};
use rami_random::{RngExt, Stream};
use std::collections::{BTreeSet, VecDeque};

type V = Vector3<f64>;

/// What is in the syringe of the drug.
const DRUG: &str = prepare::SYRINGES[2].1;

/// How far the needle is pushed between two looks, mm.
const STRETCH_MM: f64 = 10.0;
/// Within this of the target depth the lateral view decides.
const NEAR_MM: f64 = 12.0;
/// Most tries at a good contrast, most meetings with bone, most looks at depth.
const MOST_CONTRAST: u32 = 5;
const MOST_BONE: u32 = 6;
const MOST_DEPTH: u32 = 5;
/// Most times that a tip is led back in after the look from behind.
const MOST_CORRECTIONS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Insert,
    Tunnel,
    Depth,
    Front,
    Aspirate,
    Contrast,
    Read,
    Drug,
    Confirm,
    Home,
    Over,
}

/// An operator that follows the book.
pub struct Protocol {
    aim: Aim,
    skill: Skill,
    stream: Stream,
    draws: u64,
    stage: Stage,
    queue: VecDeque<Action>,
    /// Perceived since the last decision.
    recent: Vec<Event>,
    /// Turn of the hub since the needle went in, degrees.
    turned_deg: f64,
    /// Offsets in the tunnel view, with their depths.
    offsets: Vec<(V, f64)>,
    direction: V,
    /// Which way the needle was last pointed.
    pointing: V,
    bone: u32,
    depth_looks: u32,
    corrections: u32,
    contrast: u32,
    aliquots: Vec<f64>,
    rule_fired: bool,
    redirected: u32,
    /// How often discharge was put off.
    waits: u32,
    seen_signs: BTreeSet<crate::complication::Complication>,
    missed_signs: BTreeSet<crate::complication::Complication>,
    watch: Watch,
    drug: &'static str,
    looks_for_contrast: bool,
    /// What kept it from an end in words, when it gave up.
    pub gave_up: Option<String>,
}

impl Protocol {
    /// The plan itself.
    #[must_use]
    pub fn reference(aim: Aim) -> Self {
        Self::new(aim, Skill::perfect(), 0)
    }

    /// An operator with these errors.
    #[must_use]
    pub fn new(aim: Aim, skill: Skill, seed: u64) -> Self {
        let direction = V::from(aim.target_mm) - V::from(aim.entry_mm);
        Self {
            aim,
            skill,
            stream: Stream::new(seed).named("operator"),
            draws: 0,
            stage: Stage::Begin,
            queue: VecDeque::new(),
            recent: Vec::new(),
            turned_deg: 0.0,
            offsets: Vec::new(),
            direction: direction.normalize(),
            pointing: direction.normalize(),
            bone: 0,
            depth_looks: 0,
            corrections: 0,
            contrast: 0,
            aliquots: vec![2.0, 3.0, 3.0, 2.0],
            rule_fired: false,
            redirected: 0,
            waits: 0,
            seen_signs: BTreeSet::new(),
            missed_signs: BTreeSet::new(),
            watch: Watch::Live,
            drug: DRUG,
            looks_for_contrast: true,
            gave_up: None,
        }
    }

    /// The same, which watches contrast in another way.
    #[must_use]
    pub fn watching(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// The same with something else in the syringe of the drug, such as saline: a control.
    #[must_use]
    pub fn giving(mut self, content: &'static str) -> Self {
        self.drug = content;
        self
    }

    /// The same without contrast: a control.
    #[must_use]
    pub fn without_contrast(mut self) -> Self {
        self.looks_for_contrast = false;
        self
    }

    fn normal(&mut self, sd: f64) -> f64 {
        self.draws += 1;
        if sd <= 0.0 {
            return 0.0;
        }
        let z: f64 = StandardNormal.sample(&mut self.stream.indexed(self.draws).rng());
        sd * z
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.draws += 1;
        let draw: f64 = self.stream.indexed(self.draws).rng().random();
        draw < probability
    }

    fn target(&self) -> V {
        V::from(self.aim.target_mm)
    }

    fn length(&self) -> f64 {
        (self.target() - V::from(self.aim.entry_mm)).norm()
    }

    fn push(&mut self, actions: impl IntoIterator<Item = Action>) {
        self.queue.extend(actions);
    }

    fn turn_c_arm(&mut self, primary: f64, secondary: f64) -> Action {
        let (dp, ds) = (self.normal(self.skill.c_arm_sd_deg), self.normal(self.skill.c_arm_sd_deg));
        let mut primary_deg = primary + dp;
        if primary_deg > 180.0 {
            primary_deg -= 360.0;
        } else if primary_deg <= -180.0 {
            primary_deg += 360.0;
        }
        Action::MoveCArm { primary_deg, secondary_deg: (secondary + ds).clamp(-55.0, 55.0) }
    }

    fn tunnel(&mut self) -> Action {
        self.turn_c_arm(self.aim.primary_deg, self.aim.secondary_deg)
    }

    fn lateral(&mut self, side: Side) -> Action {
        self.turn_c_arm(90.0 * side.sign(), 0.0)
    }

    /// Notices what shows, or does not, and answers it first.
    fn notice(&mut self, seen: &Seen<'_>) -> Option<Action> {
        let mut signs = signs_in(&seen.events);
        let blood = seen.events.iter().any(|e| matches!(e, Event::Aspirated { seen: Aspirate::Blood }));
        signs.retain(|sign| !self.seen_signs.contains(sign));
        for sign in signs {
            // A sign that was overlooked once is looked for again with the same vigilance.
            if !self.chance(self.skill.vigilance) {
                self.missed_signs.insert(sign);
                continue;
            }
            self.seen_signs.insert(sign);
            let mut actions = response(sign, seen.setup.person.weight_kg);
            if ends_the_block(sign) {
                self.queue.clear();
                if seen.depth_mm.is_some() {
                    actions.push(Action::RemoveNeedle);
                }
                self.gave_up = Some(format!("stopped for {}", sign.name()));
                self.stage = Stage::Confirm;
                self.queue.extend(actions);
            } else {
                if seen.depth_mm.is_none() {
                    actions.retain(|action| !matches!(action, Action::Withdraw { .. }));
                }
                for action in actions.into_iter().rev() {
                    self.queue.push_front(action);
                }
                self.offsets.clear();
                if matches!(
                    self.stage,
                    Stage::Depth | Stage::Front | Stage::Aspirate | Stage::Contrast | Stage::Read
                ) && !blood
                {
                    self.stage = Stage::Tunnel;
                    self.depth_looks = 0;
                }
            }
        }
        self.rule_fired |= seen.events.iter().any(|e| matches!(e, Event::RuleFired { .. }));
        self.queue.pop_front()
    }

    /// The next part of the book, when nothing waits.
    fn plan(&mut self, seen: &Seen<'_>) {
        match self.stage {
            Stage::Begin => {
                let syringes = prepare::SYRINGES
                    .map(|(label, content)| (label, if label == "drug" { self.drug } else { content }));
                let all = prepare::before(seen.setup, self.aim.entry_mm, &syringes);
                for action in all {
                    let may_be_forgotten =
                        matches!(action, Action::Check { .. } | Action::RecordSedation { .. });
                    if !may_be_forgotten || self.chance(self.skill.vigilance) {
                        self.queue.push_back(action);
                    }
                }
                let tunnel = self.tunnel();
                self.push([Action::Centre { at_mm: self.aim.target_mm }, tunnel, Action::Shot]);
                self.stage = Stage::Insert;
            }
            Stage::Insert => {
                let insertion = self.insertion();
                self.push([insertion, Action::Advance { mm: 15.0 }, Action::Shot]);
                self.stage = Stage::Tunnel;
            }
            Stage::Tunnel => self.tunnel_step(seen),
            Stage::Depth => self.depth_step(seen),
            Stage::Front => self.front_step(seen),
            Stage::Aspirate => {
                self.push([Action::Aspirate]);
                self.stage = Stage::Contrast;
            }
            Stage::Contrast => {
                let back = seen.events.iter().find_map(|event| match event {
                    Event::Aspirated { seen } => Some(*seen),
                    _ => None,
                });
                if back.is_some_and(|back| back != Aspirate::Nothing) {
                    self.elsewhere(Pattern::Vascular, seen.setup.side);
                    return;
                }
                if !self.looks_for_contrast {
                    self.stage = Stage::Drug;
                    return;
                }
                self.contrast += 1;
                self.push([Action::Inject {
                    label: "contrast".to_owned(),
                    volume_ml: 1.0,
                    rate_ml_s: 0.2,
                    watch: self.watch,
                }]);
                self.stage = Stage::Read;
            }
            Stage::Read => self.read_contrast(seen),
            Stage::Drug => self.drug_step(),
            Stage::Confirm => {
                if seen.depth_mm.is_some() {
                    self.push([Action::RemoveNeedle]);
                }
                for minutes in [5.0, 5.0, 10.0, 10.0] {
                    self.push([Action::Observe { minutes }, Action::ReadTemperatures, Action::Ask]);
                }
                self.push([Action::CheckVitals, Action::ExamineSomatic]);
                self.stage = Stage::Home;
            }
            Stage::Home => {
                self.push([Action::JudgeBlock { worked: self.rule_fired }]);
                self.push([Action::Ask, Action::CheckVitals]);
                self.push(prepare::home());
                self.stage = Stage::Over;
            }
            Stage::Over => {}
        }
    }

    fn give_up(&mut self, why: &str) {
        self.gave_up = Some(why.to_owned());
        self.queue.clear();
        self.push([Action::Note { text: format!("given up: {why}") }, Action::RemoveNeedle]);
        self.stage = Stage::Confirm;
    }
}

impl Operator for Protocol {
    fn next(&mut self, seen: &Seen<'_>) -> Option<Action> {
        if let Some(refusal) = &seen.refused {
            match refusal.code {
                RefusalCode::Emergency | RefusalCode::NoConsent => return None,
                // Criteria of discharge do not hold yet: watch on, up to a whole day.
                RefusalCode::TooEarly if self.stage == Stage::Over && self.waits < 24 => {
                    self.waits += 1;
                    self.queue.retain(|action| matches!(action, Action::FollowUp { .. }));
                    for action in
                        [Action::Discharge, Action::ExamineSomatic, Action::Observe { minutes: 30.0 }]
                    {
                        self.queue.push_front(action);
                    }
                }
                RefusalCode::NoTimeOut => {
                    // Mark, consent and what was said do not agree: everyone looks again.
                    self.queue.push_front(Action::CorrectSide { side: seen.setup.side });
                }
                _ => {}
            }
        }
        if let Some(Event::TimeOutHeld { mismatch: Some(_), .. }) =
            seen.events.iter().find(|event| matches!(event, Event::TimeOutHeld { .. }))
        {
            self.queue.push_front(Action::CorrectSide { side: seen.setup.side });
        }
        // Blood in the syringe during the drug stops it.
        if self.stage == Stage::Drug
            && seen
                .events
                .iter()
                .any(|e| matches!(e, Event::Aspirated { seen } if *seen != Aspirate::Nothing))
        {
            self.queue.clear();
            self.elsewhere(Pattern::Vascular, seen.setup.side);
        }
        if seen.events.iter().any(|event| matches!(event, Event::CArmMoved { .. })) {
            // A picture from where the C-arm was says nothing of where it is.
            self.recent.retain(|event| !matches!(event, Event::NeedleSeen { .. }));
        }
        if seen.events.iter().any(|e| matches!(e, Event::NeedleMoved { stopped: Some(Stop::Bone), .. })) {
            self.queue.clear();
        }
        self.recent.extend(seen.events.iter().cloned());
        if let Some(action) = self.notice(seen) {
            return Some(action);
        }
        for _ in 0..8 {
            if self.stage == Stage::Over {
                return None;
            }
            let recent = std::mem::take(&mut self.recent);
            self.plan(&Seen { events: recent, refused: None, ..*seen });
            if let Some(action) = self.queue.pop_front() {
                return Some(action);
            }
        }
        None
    }
}
