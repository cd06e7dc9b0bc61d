//! Guidance: entry, tunnel view, bone, depth, and the last look from behind.

use super::{MOST_BONE, MOST_CORRECTIONS, MOST_DEPTH, NEAR_MM, Protocol, STRETCH_MM, Stage, V};
use crate::action::Action;
use crate::event::Event;
use crate::operator::Seen;
use rami_anatomy::Side;
use rami_needle::{Pose, Stop};
use rami_volume::Point;
use rami_xray::{CArmPose, Detector, View};

/// Depth is corrected when the lateral view shows more than this, mm: a movement of less is not made by hand.
const DEPTH_MM: f64 = 1.0;
/// Seen from behind, further from the target than this across the spine is led back, mm: the loose layer that the tip is
/// to lie in is not wider.
const ACROSS_MM: f64 = 4.0;
/// How far a needle is pulled back to be led elsewhere, mm: a bevel bends it by about 2 mm over this and as much again.
const BACK_MM: f64 = 30.0;

impl Protocol {
    /// Takes a needle, or points the one that is in the skin elsewhere.
    pub(super) fn insertion(&mut self) -> Action {
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
    pub(super) fn bend_towards(&mut self, wanted: V) -> Option<Action> {
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

    pub(super) fn flip(&mut self) -> Action {
        self.turned_deg += 180.0;
        Action::Rotate { deg: 180.0 }
    }

    /// Offset of the tip from where the target is, across the beam, mm in patient space, from a picture.
    pub(super) fn read(&mut self, seen: &Seen<'_>, sd: f64) -> Option<V> {
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

    pub(super) fn tunnel_step(&mut self, seen: &Seen<'_>) {
        let Some(depth) = seen.depth_mm else {
            self.stage = Stage::Insert;
            return;
        };
        if stopped_at_bone(seen) {
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
    pub(super) fn off_bone(&mut self, depth: f64, side: Side) {
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

    pub(super) fn look_sideways(&mut self, side: Side) {
        let lateral = self.lateral(side);
        self.push([lateral, Action::Shot]);
        self.stage = Stage::Depth;
        self.depth_looks = 0;
    }

    pub(super) fn depth_step(&mut self, seen: &Seen<'_>) {
        let Some(depth) = seen.depth_mm else {
            self.stage = Stage::Insert;
            return;
        };
        if stopped_at_bone(seen) {
            self.off_bone(depth, seen.setup.side);
            return;
        }
        let Some(offset) = self.read(seen, self.skill.reading_sd_mm) else {
            if self.depth_looks >= MOST_DEPTH {
                self.stage = Stage::Aspirate;
                return;
            }
            self.depth_looks += 1;
            self.push([Action::Shot]);
            return;
        };
        // Sideways one sees how far behind the target the tip is. Depth is pushed, not steered: what one sees one corrects.
        let behind = offset.y / -self.direction.y.min(-0.2);
        self.depth_looks += 1;
        if behind.abs() <= DEPTH_MM || self.depth_looks > MOST_DEPTH {
            let front = self.turn_c_arm(180.0, 0.0);
            self.push([front, Action::Shot]);
            self.stage = Stage::Front;
        } else if behind > 0.0 {
            self.push([Action::Advance { mm: behind.min(NEAR_MM + 6.0) }, Action::Shot]);
        } else {
            self.push([Action::Withdraw { mm: (-behind).min(20.0) }, Action::Shot]);
        }
    }

    /// From behind: a tip too far out lies in psoas, one too far in on the body. Pull back and lead it where it should be.
    pub(super) fn front_step(&mut self, seen: &Seen<'_>) {
        let Some(depth) = seen.depth_mm else {
            self.stage = Stage::Insert;
            return;
        };
        let Some(offset) = self.read(seen, self.skill.reading_sd_mm) else {
            self.stage = Stage::Aspirate;
            return;
        };
        if offset.x.abs() <= ACROSS_MM || self.corrections >= MOST_CORRECTIONS {
            self.stage = Stage::Aspirate;
            return;
        }
        self.corrections += 1;
        self.push([Action::Withdraw { mm: BACK_MM.min(depth) }]);
        if let Some(turn) = self.bend_towards(V::new(-offset.x, 0.0, 0.0)) {
            self.push([turn]);
        }
        let tunnel = self.tunnel();
        self.push([Action::Advance { mm: 10.0 }, tunnel, Action::Shot]);
        self.offsets.clear();
        self.stage = Stage::Tunnel;
    }
}

/// Whether the last push ended at bone.
fn stopped_at_bone(seen: &Seen<'_>) -> bool {
    let last = seen.events.iter().rev().find(|event| matches!(event, Event::NeedleMoved { .. }));
    matches!(last, Some(Event::NeedleMoved { stopped: Some(Stop::Bone), .. }))
}
