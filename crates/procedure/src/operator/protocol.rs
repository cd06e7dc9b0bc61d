//! The block by the book: what the plan itself does, and a simulated operator with human errors.
//!
//! Guidance is a loop: push 10 mm, look down the tunnel, and from the offset of the tip and its trend predict the miss at
//! the target. Small: turn the bevel half round, so that bends cancel. Large: turn it so that the bend leads back. Near
//! the target a lateral view sets the depth and an AP view confirms. Then aspirate, watch contrast live, read it, move if
//! it is not where it should be, test dose, aliquots, temperatures, somatic examination, home.
//!
//! Limits: no operator's judgement is modelled beyond this list; errors are independent of each other and of fatigue.

use super::respond::{ends_the_block, response, signs_in};
use super::{Operator, Seen, Skill, prepare};
use crate::action::{Action, Pattern, Watch};
use crate::event::Event;
use crate::refusal::RefusalCode;
use crate::session::Aim;
use nalgebra::Vector3;
use rami_anatomy::Side;
use rami_needle::{Aspirate, Pose, Stop};
use rami_random::distributions::{Distribution, StandardNormal};
use rami_random::{RngExt, Stream};
use rami_volume::Point;
use rami_xray::{CArmPose, Detector, View};
use std::collections::{BTreeSet, VecDeque};

type V = Vector3<f64>;

/// How far the needle is pushed between two looks, mm.
const STRETCH_MM: f64 = 10.0;
/// Within this of the target depth the lateral view decides.
const NEAR_MM: f64 = 12.0;
/// Most tries at a good contrast, most meetings with bone, most looks at depth.
const MOST_CONTRAST: u32 = 5;
const MOST_BONE: u32 = 6;
const MOST_DEPTH: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Insert,
    Tunnel,
    Depth,
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
    contrast: u32,
    aliquots: Vec<f64>,
    rule_fired: bool,
    redirected: u32,
    seen_signs: BTreeSet<crate::complication::Complication>,
    missed_signs: BTreeSet<crate::complication::Complication>,
    watch: Watch,
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
            contrast: 0,
            aliquots: vec![2.0, 3.0, 3.0, 2.0],
            rule_fired: false,
            redirected: 0,
            seen_signs: BTreeSet::new(),
            missed_signs: BTreeSet::new(),
            watch: Watch::Live,
            gave_up: None,
        }
    }

    /// The same, which watches contrast in another way.
    #[must_use]
    pub fn watching(mut self, watch: Watch) -> Self {
        self.watch = watch;
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

    /// Takes a needle, or points the one that is in the skin elsewhere.
    fn insertion(&mut self) -> Action {
        let across = self.direction.cross(&V::new(0.0, 0.0, 1.0)).normalize();
        let other = self.direction.cross(&across);
        let (entry, angle) = (self.skill.entry_sd_mm, self.skill.angle_sd_deg.to_radians());
        let shift = across * self.normal(entry) + other * self.normal(entry);
        let tilt = across * self.normal(angle) + other * self.normal(angle);
        let entry = V::from(self.aim.entry_mm) + shift;
        self.turned_deg = 0.0;
        self.offsets.clear();
        self.pointing = (self.direction + tilt).normalize();
        Action::InsertNeedle {
            needle: self.aim.needle.clone(),
            entry_mm: entry.into(),
            direction: self.pointing.into(),
            bevel_deg: 0.0,
        }
    }

    /// Which way the path bends with the hub as it stands: the hub is marked.
    fn bend(&self) -> V {
        let hint = if self.direction.z.abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
        Pose::new([0.0; 3], self.direction.into(), hint)
            .map_or(V::zeros(), |pose| pose.turned(self.turned_deg.to_radians()).bend)
    }

    /// Turns the hub so that the path bends this way.
    fn bend_towards(&mut self, wanted: V) -> Option<Action> {
        let wanted = wanted - self.direction * wanted.dot(&self.direction);
        if wanted.norm() < 1e-9 {
            return None;
        }
        let bend = self.bend();
        let side = self.direction.cross(&bend);
        let deg = wanted.dot(&side).atan2(wanted.dot(&bend)).to_degrees();
        self.turned_deg += deg;
        (deg.abs() > 1.0).then_some(Action::Rotate { deg })
    }

    fn flip(&mut self) -> Action {
        self.turned_deg += 180.0;
        Action::Rotate { deg: 180.0 }
    }

    /// Offset of the tip from where the target is, across the beam, mm in patient space, from a picture.
    fn read(&mut self, seen: &Seen<'_>, sd: f64) -> Option<V> {
        let Some(Event::NeedleSeen { tip_px, beyond_picture: false, .. }) =
            seen.events.iter().rev().find(|event| matches!(event, Event::NeedleSeen { .. }))
        else {
            return None;
        };
        let [x, y, z] = seen.c_arm.isocentre_mm;
        let pose = CArmPose::new(seen.c_arm.primary_deg, seen.c_arm.secondary_deg, Point::new(x, y, z));
        let pixels = seen.setup.pictures.pixels;
        let detector = Detector::square(pixels, seen.setup.pictures.detector_mm / pixels as f64);
        let view = View::new(pose, detector).ok()?;
        let target = view.project(&Point::from(self.target()))?;
        let scale = detector.pixel_mm / target.magnification;
        let (right, up) = (self.normal(sd), self.normal(sd));
        let across = (tip_px[1] - target.column) * scale + right;
        let upward = -(tip_px[0] - target.row) * scale + up;
        Some(view.right() * across + view.up() * upward)
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
                if matches!(self.stage, Stage::Depth | Stage::Aspirate | Stage::Contrast | Stage::Read)
                    && !blood
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
                let all = prepare::before(seen.setup, self.aim.entry_mm, &prepare::SYRINGES);
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
            Stage::Aspirate => {
                self.push([Action::Aspirate]);
                self.stage = Stage::Contrast;
            }
            Stage::Contrast => {
                let back = seen.events.iter().find_map(|event| match event {
                    Event::Aspirated { seen } => Some(*seen),
                    _ => None,
                });
                if back.is_some_and(|seen| seen != Aspirate::Nothing) {
                    self.elsewhere(Pattern::Vascular);
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
                for minutes in [5.0, 5.0, 10.0, 10.0, 10.0] {
                    self.push([Action::Observe { minutes }, Action::ReadTemperatures, Action::Ask]);
                }
                self.push([Action::CheckVitals, Action::ExamineSomatic]);
                self.stage = Stage::Home;
            }
            Stage::Home => {
                self.push([Action::JudgeBlock { worked: self.rule_fired }]);
                self.push([Action::Observe { minutes: 10.0 }, Action::Ask, Action::CheckVitals]);
                self.push(prepare::home());
                self.stage = Stage::Over;
            }
            Stage::Over => {}
        }
    }

    fn tunnel_step(&mut self, seen: &Seen<'_>) {
        let Some(depth) = seen.depth_mm else {
            self.stage = Stage::Insert;
            return;
        };
        if let Some(Event::NeedleMoved { stopped: Some(Stop::Bone), .. }) =
            seen.events.iter().rev().find(|event| matches!(event, Event::NeedleMoved { .. }))
        {
            self.off_bone(depth, seen.setup.side);
            return;
        }
        let remaining = self.length() - depth;
        if remaining <= NEAR_MM {
            self.look_sideways(seen.setup.side);
            return;
        }
        let turned = (seen.c_arm.primary_deg - self.aim.primary_deg).to_radians().cos();
        let offset = if turned > 0.96 { self.read(seen, self.skill.reading_sd_mm) } else { None };
        let Some(offset) = offset else {
            // No fresh picture down the tunnel: take one.
            let tunnel = self.tunnel();
            self.push([tunnel, Action::Shot]);
            return;
        };
        // The trend over 20 mm or what there is: over less, the error of reading would drown it.
        let base = self.offsets.iter().rev().find(|(_, at)| depth - at >= 20.0).or(self.offsets.first());
        let slope = match base {
            Some((then, at)) if depth - at > 8.0 => (offset - then) / (depth - at),
            _ => V::zeros(),
        };
        self.offsets.push((offset, depth));
        let miss = offset + slope * remaining;
        let miss = miss - self.direction * miss.dot(&self.direction);
        let stretch = STRETCH_MM.min(remaining - NEAR_MM + 2.0).max(1.0);
        if miss.norm() > 4.0 * self.skill.tolerance_mm.max(1.0) && depth <= 40.0 && self.redirected < 4 {
            // Still shallow: point it again, at where the target is seen to be.
            self.redirected += 1;
            let correction = -miss / remaining.max(20.0);
            self.pointing = (self.pointing + correction).normalize();
            self.turned_deg = 0.0;
            self.offsets.clear();
            self.push([Action::Redirect { direction: self.pointing.into() }, Action::Shot]);
            return;
        }
        if miss.norm() > self.skill.tolerance_mm {
            if let Some(turn) = self.bend_towards(-miss) {
                self.push([turn]);
            }
            self.push([Action::Advance { mm: stretch }, Action::Shot]);
        } else {
            let flip = self.flip();
            self.push([
                Action::Advance { mm: 0.5 * stretch },
                flip,
                Action::Advance { mm: 0.5 * stretch },
                Action::Shot,
            ]);
        }
    }

    /// Back from bone and round it: away from the midline, where the body leaves room.
    fn off_bone(&mut self, depth: f64, side: Side) {
        self.bone += 1;
        self.offsets.clear();
        if self.bone > MOST_BONE {
            self.give_up("bone is in the way again and again");
            return;
        }
        let lateral = V::new(side.sign(), 0.0, 0.0);
        let cranial = V::new(0.0, 0.0, if self.bone.is_multiple_of(2) { 1.0 } else { -1.0 });
        if depth <= 55.0 || self.bone >= 3 {
            let back = (depth - 25.0).max(5.0);
            let tilt = lateral * 0.025 + cranial * 0.03 * f64::from(self.bone / 2);
            self.pointing = (self.pointing + tilt).normalize();
            self.turned_deg = 0.0;
            let tunnel = self.tunnel();
            self.push([
                Action::Withdraw { mm: back },
                Action::Redirect { direction: self.pointing.into() },
                tunnel,
                Action::Shot,
            ]);
        } else {
            self.push([Action::Withdraw { mm: 25.0_f64.min(depth) }]);
            if let Some(turn) = self.bend_towards(lateral) {
                self.push([turn]);
            }
            self.push([Action::Advance { mm: 12.0 }, Action::Shot]);
        }
        self.stage = Stage::Tunnel;
    }

    fn look_sideways(&mut self, side: Side) {
        let lateral = self.lateral(side);
        self.push([lateral, Action::Shot]);
        self.stage = Stage::Depth;
        self.depth_looks = 0;
    }

    fn depth_step(&mut self, seen: &Seen<'_>) {
        let Some(depth) = seen.depth_mm else {
            self.stage = Stage::Insert;
            return;
        };
        if let Some(Event::NeedleMoved { stopped: Some(Stop::Bone), .. }) =
            seen.events.iter().rev().find(|event| matches!(event, Event::NeedleMoved { .. }))
        {
            self.off_bone(depth, seen.setup.side);
            return;
        }
        let Some(offset) = self.read(seen, self.skill.depth_sd_mm) else {
            if self.depth_looks >= MOST_DEPTH {
                self.stage = Stage::Aspirate;
                return;
            }
            self.depth_looks += 1;
            self.push([Action::Shot]);
            return;
        };
        // Sideways one sees how far behind the target the tip is.
        let behind = offset.y / -self.direction.y.min(-0.2);
        self.depth_looks += 1;
        if behind.abs() <= self.skill.tolerance_mm.max(1.0) || self.depth_looks > MOST_DEPTH {
            let front = self.turn_c_arm(180.0, 0.0);
            self.push([front, Action::Shot]);
            self.stage = Stage::Aspirate;
        } else if behind > 0.0 {
            self.push([Action::Advance { mm: behind.min(NEAR_MM + 6.0) }, Action::Shot]);
        } else {
            self.push([Action::Withdraw { mm: (-behind).min(20.0) }, Action::Shot]);
        }
    }

    fn read_contrast(&mut self, seen: &Seen<'_>) {
        let shown = seen.events.iter().rev().find_map(|event| match event {
            Event::Noted { text } => Pattern::described(text),
            _ => None,
        });
        let Some(mut pattern) = shown else {
            // Blind, or nothing was injected: go on as if it were right.
            if self.watch == Watch::Blind {
                self.stage = Stage::Drug;
            } else {
                self.elsewhere(Pattern::Nothing);
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
            self.elsewhere(pattern);
        }
    }

    /// The tip is not where it should be.
    fn elsewhere(&mut self, pattern: Pattern) {
        if self.contrast >= MOST_CONTRAST {
            self.give_up("contrast was not where it should be, five times");
            return;
        }
        match pattern {
            Pattern::Psoas | Pattern::Muscular => self.push([Action::Advance { mm: 3.0 }]),
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

    fn drug_step(&mut self) {
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
            self.elsewhere(Pattern::Vascular);
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
