//! The needle in the world.

use super::Turn;
use crate::complication::{Complication, Remedy};
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::setup::Phase;
use crate::state::{InHand, Movement};
use crate::world::World;
use rami_anatomy::Side;
use rami_evidence::value;
use rami_needle::{Insertion, Medium, NeedleError, Place, Pose, Stop, Tissues};
use rami_random::distributions::{Distribution, Normal};

/// The deepest a needle may be to be pointed elsewhere, mm: deeper, the tissue holds its shaft.
const SHALLOW_MM: f64 = 40.0;

/// A world that is asked what is at a point and not how far everything else is.
pub(crate) struct Path<'w>(pub(crate) &'w dyn World);

impl Tissues for Path<'_> {
    fn at(&self, point_mm: [f64; 3]) -> Place {
        self.0.at(point_mm)
    }
}

type Way<'w, 'p> = Insertion<'p, Path<'w>>;

/// The needle as its movements made it.
pub(crate) fn rebuild<'w, 'p>(world: &'p Path<'w>, held: &InHand) -> Result<Way<'w, 'p>, NeedleError> {
    let needle = rami_needle::catalogue::find(&held.needle)?;
    let hint = if held.direction[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
    let start = Pose::new(held.start_mm, held.direction, hint)?.turned(held.bevel_deg.to_radians());
    let mut insertion = Insertion::new(needle, world, start).with_curvature_factor(held.curvature_factor);
    for movement in &held.moves {
        match *movement {
            Movement::Push(mm) => {
                insertion.advance(mm, 0.0)?;
            }
            Movement::Pull(mm) => insertion.withdraw(mm.min(insertion.depth_mm()))?,
            Movement::Turn(deg) => insertion.rotate(deg.to_radians())?,
        }
    }
    Ok(insertion)
}

/// Where on the line through a point the skin is, as seen from outside; nothing when the line misses the person.
fn at_skin(world: &dyn World, entry: [f64; 3], direction: [f64; 3]) -> Option<[f64; 3]> {
    let at = |t: f64| [0, 1, 2].map(|axis| entry[axis] + t * direction[axis]);
    let outside = |t: f64| world.at(at(t)).medium == Medium::Air;
    let mut t = 0.0;
    // Out of the body first, then in until the skin.
    while !outside(t) {
        t -= 0.5;
        if t < -80.0 {
            return None;
        }
    }
    while outside(t + 0.5) {
        t += 0.5;
        if t > 80.0 {
            return None;
        }
    }
    Some(at(t))
}

impl Turn<'_, '_> {
    pub(super) fn insert(
        &mut self,
        needle: &str,
        entry_mm: [f64; 3],
        direction: [f64; 3],
        bevel_deg: f64,
    ) -> Result<(), Refusal> {
        let state = &self.state;
        if state.needle.is_some() {
            return Err(Refusal::new(RefusalCode::NeedleIsIn, "a needle is in already", "take it out first"));
        }
        if !state.prone {
            return Err(Refusal::new(
                RefusalCode::NotProne,
                "the person does not lie on the front",
                "turn them first",
            ));
        }
        if state.time_out.is_none() {
            return Err(Refusal::new(
                RefusalCode::NoTimeOut,
                "there was no time-out",
                "hold it before the needle",
            ));
        }
        self.agreed()?;
        if !state.skin_clean || !state.draped {
            return Err(Refusal::new(
                RefusalCode::NotPrepared,
                "the skin is not clean and draped",
                "do that first",
            ));
        }
        within("bevel angle", bevel_deg, -720.0, 720.0)?;
        entry_mm.iter().try_for_each(|v| within("a coordinate", *v, -3000.0, 3000.0).map(|_| ()))?;
        let direction = unit(direction)?;
        let kind = rami_needle::catalogue::find(needle).map_err(|error| {
            Refusal::new(RefusalCode::UnknownThing, error.to_string(), "take one of the catalogue")
        })?;
        let Some(start_mm) = at_skin(self.theatre.world, entry_mm, direction) else {
            return Err(Refusal::new(
                RefusalCode::NothingThere,
                "the line of this needle does not meet the skin there",
                "choose an entry on the back",
            ));
        };
        if self.state.numb_at_mm.is_none_or(|at| distance(at, start_mm) > 30.0) {
            self.events
                .push(Event::Said { words: "\"Ow, that is sharp!\" The skin is not numb here.".to_owned() });
        }
        self.side_of_entry(entry_mm);
        self.enter(Phase::Guidance);
        // Watching begins when all is over.
        self.state.observed_min = 0.0;
        self.state.passes += 1;
        let pass = self.state.passes;
        let spread = Normal::new(0.0, value("needle.curvature_spread")).map_or(0.0, |normal| {
            normal.sample(&mut self.theatre.stream("curvature", u64::from(pass)).rng())
        });
        self.state.needle = Some(InHand {
            needle: kind.name.clone(),
            start_mm,
            direction,
            bevel_deg,
            curvature_factor: (1.0 + spread).max(0.0),
            moves: Vec::new(),
            depth_mm: 0.0,
            deepest_mm: 0.0,
            tip_mm: start_mm,
            tip_direction: direction,
            on_bone: false,
        });
        self.state.seen_from.clear();
        self.state.seen_tip_mm = None;
        self.state.stimulations = 0;
        self.state.aspirated = false;
        self.events.push(Event::NeedleInserted { needle: kind.name, entry_mm: start_mm, direction, pass });
        if pass == 1 {
            self.faint();
        }
        Ok(())
    }

    /// A faint at the first needle, by the published share; more likely in those who faint easily.
    fn faint(&mut self) {
        let share = value("adverse.vasovagal") / 100.0;
        let chance = if self.theatre.setup.person.faints { (30.0 * share).min(0.9) } else { share };
        let certain = self.theatre.setup.certain == Some(Complication::Vasovagal);
        if self.draw("vasovagal") < chance || certain {
            self.begin(
                Complication::Vasovagal,
                "the first needle, by the published share (adverse.vasovagal)",
            );
        }
    }

    pub(super) fn held(&self) -> Result<&InHand, Refusal> {
        self.state.needle.as_ref().ok_or_else(|| {
            Refusal::new(RefusalCode::NoNeedle, "no needle is in", "put one to the skin first")
        })
    }

    pub(super) fn advance(&mut self, mm: f64) -> Result<(), Refusal> {
        within("millimetres to push", mm, 0.0, 200.0)?;
        let held = self.held()?.clone();
        let path = Path(self.theatre.world);
        let mut insertion = rebuild(&path, &held).map_err(cannot)?;
        let before = insertion.breaches().len();
        let advance = insertion.advance(mm, self.state.clock_s).map_err(cannot)?;
        // Trials count an advance after a retraction of this much as another pass.
        if held.deepest_mm - held.depth_mm >= value("procedure.pass_retraction")
            && let Some(again) = self.state.needle.as_mut()
        {
            again.deepest_mm = again.depth_mm;
            self.state.passes += 1;
        }
        self.keep(&insertion, Movement::Push(mm));
        self.events.push(Event::NeedleMoved {
            moved_mm: advance.moved_mm,
            depth_mm: insertion.depth_mm(),
            force_n: insertion.force_n(),
            stopped: advance.stopped,
            lost_resistance: advance.lost_resistance,
        });
        self.broke(&insertion, before);
        self.tip_at(&insertion);
        if advance.stopped == Some(Stop::Bone) && advance.moved_mm < mm {
            self.events.push(Event::Said { words: "The needle stops on something hard.".to_owned() });
            if self.draw("bone") < value("procedure.pain.bone") / 100.0 {
                self.begin(Complication::BoneContact, "the tip stands on bone");
            }
        }
        Ok(())
    }

    /// What the needle broke into, but for so many that were known before, and what comes of it. A tip does not come into
    /// bone: it stands on it.
    fn broke(&mut self, insertion: &Way<'_, '_>, known: usize) {
        let tip: [f64; 3] = insertion.tip().position.into();
        for breach in insertion.breaches().iter().skip(known).filter(|b| b.into.medium != Medium::Bone) {
            let structure = self.theatre.world.name(breach.into);
            self.events.push(Event::Entered {
                structure: structure.clone(),
                depth_mm: breach.depth_mm,
                tip_mm: tip,
            });
            self.entered(breach.into, &structure);
        }
    }

    /// What it means to have come into a structure.
    fn entered(&mut self, place: Place, structure: &str) {
        let complication = match place.medium {
            Medium::Vessel => Complication::VesselPuncture,
            Medium::Kidney => Complication::KidneyPuncture,
            Medium::Urine if structure.contains("ureter") => Complication::UreterPuncture,
            Medium::Urine => Complication::KidneyPuncture,
            Medium::Disc => Complication::DiscPuncture,
            Medium::Bowel | Medium::Organ => Complication::VisceralPuncture,
            // The trunk and its rami are what the needle is for; touching them says nothing.
            Medium::Nerve if structure.contains("trunk") || structure.contains("ramus") => return,
            Medium::Nerve => Complication::RootContact,
            _ => return,
        };
        let cause = format!("the tip came into {structure}");
        // A needle in a vessel shows by blood or by contrast, or not at all.
        let stages = (complication == Complication::VesselPuncture).then(Vec::new);
        crate::complication::begin(&mut self.state, &mut self.events, complication, &cause, stages);
        if place.medium == Medium::Vessel {
            let mut chance = value("procedure.bleed.segmental") / 100.0;
            if self.theatre.setup.person.bleeds {
                chance *= value("procedure.bleed.factor");
            }
            let draw = self.draw("bleeding");
            if draw < chance {
                self.begin(Complication::Haematoma, &format!("{structure} was pierced and goes on bleeding"));
            }
        }
    }

    pub(super) fn withdraw(&mut self, mm: f64) -> Result<(), Refusal> {
        within("millimetres to pull", mm, 0.0, 200.0)?;
        let held = self.held()?.clone();
        let path = Path(self.theatre.world);
        let mm = mm.min(held.depth_mm);
        let mut insertion = rebuild(&path, &held).map_err(cannot)?;
        insertion.withdraw(mm).map_err(cannot)?;
        self.keep(&insertion, Movement::Pull(mm));
        self.events.push(Event::NeedleMoved {
            moved_mm: -mm,
            depth_mm: insertion.depth_mm(),
            force_n: insertion.force_n(),
            stopped: None,
            lost_resistance: false,
        });
        self.tip_at(&insertion);
        if mm >= 2.0 {
            self.undo(Remedy::Reposition);
        }
        Ok(())
    }

    pub(super) fn rotate(&mut self, deg: f64) -> Result<(), Refusal> {
        within("degrees to turn", deg, -720.0, 720.0)?;
        let held = self.held()?.clone();
        let path = Path(self.theatre.world);
        let mut insertion = rebuild(&path, &held).map_err(cannot)?;
        insertion.rotate(deg.to_radians()).map_err(cannot)?;
        self.keep(&insertion, Movement::Turn(deg));
        Ok(())
    }

    pub(super) fn redirect(&mut self, direction: [f64; 3]) -> Result<(), Refusal> {
        let direction = unit(direction)?;
        let held = self.held()?.clone();
        let path = Path(self.theatre.world);
        if held.depth_mm > SHALLOW_MM {
            return Err(Refusal::new(
                RefusalCode::TooDeep,
                format!("{:.0} mm of the needle are in: tissue holds its shaft", held.depth_mm),
                format!("pull it back to {SHALLOW_MM:.0} mm or less, then point it elsewhere"),
            ));
        }
        let angle: f64 =
            (0..3).map(|i| direction[i] * held.direction[i]).sum::<f64>().clamp(-1.0, 1.0).acos();
        if angle.to_degrees() > 45.0 {
            return Err(Refusal::new(
                RefusalCode::OutOfRange,
                format!("{:.0}° is more than a needle in the skin can be turned", angle.to_degrees()),
                "take it out and enter elsewhere",
            ));
        }
        let depth = held.depth_mm;
        let mut fresh = InHand { direction, moves: Vec::new(), depth_mm: 0.0, on_bone: false, ..held };
        if depth > 0.0 {
            fresh.moves.push(Movement::Push(depth));
        }
        let insertion = rebuild(&path, &fresh).map_err(cannot)?;
        fresh.depth_mm = insertion.depth_mm();
        self.state.needle = Some(fresh);
        self.after_move(&insertion);
        self.state.redirections += 1;
        self.events.push(Event::NeedleRedirected { direction });
        // What it moved away from is answered before anything that the new way meets begins.
        self.undo(Remedy::Reposition);
        self.broke(&insertion, 0);
        self.tip_at(&insertion);
        Ok(())
    }

    pub(super) fn remove(&mut self) -> Result<(), Refusal> {
        self.held()?;
        self.state.needle = None;
        self.state.aspirated = false;
        self.state.seen_from.clear();
        self.state.seen_tip_mm = None;
        self.events.push(Event::NeedleRemoved { bent_back: false });
        self.undo(Remedy::Reposition);
        self.undo(Remedy::StopInjecting);
        if self.state.first_drug_s().is_some() {
            self.enter(Phase::Observation);
        }
        Ok(())
    }

    /// Writes the needle's new place into the state.
    fn keep(&mut self, insertion: &Way<'_, '_>, movement: Movement) {
        if let Some(held) = self.state.needle.as_mut() {
            // A pull takes back what was pushed last: the list stays as short as the channel.
            match (movement, held.moves.last_mut()) {
                (Movement::Push(more), Some(Movement::Push(last))) if !held.on_bone => *last += more,
                _ => held.moves.push(movement),
            }
        }
        self.after_move(insertion);
    }

    fn after_move(&mut self, insertion: &Way<'_, '_>) {
        let reading = insertion.reading();
        if let Some(held) = self.state.needle.as_mut() {
            held.depth_mm = reading.depth_mm;
            held.deepest_mm = held.deepest_mm.max(reading.depth_mm);
            held.tip_mm = reading.tip_mm;
            held.tip_direction = reading.direction;
            held.on_bone = reading.on_bone;
        }
        self.state.aspirated = false;
    }

    fn tip_at(&mut self, insertion: &Way<'_, '_>) {
        let reading = insertion.reading();
        let inside = self.theatre.world.name(reading.tip_in);
        self.events.push(Event::TipAt { tip_mm: reading.tip_mm, direction: reading.direction, inside });
    }

    /// The tip's opening: where it is, which way it looks, and what it is in. A membrane that tents holds fluid back, so
    /// the place is behind it.
    pub(super) fn opening(&self) -> Result<([f64; 3], [f64; 3], Place), Refusal> {
        let held = self.held()?;
        let path = Path(self.theatre.world);
        let insertion = rebuild(&path, held).map_err(cannot)?;
        let reading = insertion.reading();
        let world = self.theatre.world;
        let mut at = reading.tip_mm;
        let mut back = 0.0;
        while world.at(at).medium != reading.tip_in.medium && back < 10.0 {
            back += 0.25;
            at = [0, 1, 2].map(|axis| reading.tip_mm[axis] - back * reading.direction[axis]);
        }
        Ok((at, reading.direction, reading.tip_in))
    }

    /// The side that a point lies on: that of the nearer trunk, or of the midline where the world has none.
    pub(super) fn side_of(&self, point: [f64; 3]) -> Side {
        let near = |side: Side| {
            self.theatre
                .world
                .trunk(side)
                .iter()
                .map(|(p, _)| distance(*p, point))
                .fold(f64::INFINITY, f64::min)
        };
        let (left, right) = (near(Side::Left), near(Side::Right));
        if left.is_infinite() && right.is_infinite() {
            return if point[0] >= self.theatre.setup.isocentre_mm[0] { Side::Left } else { Side::Right };
        }
        if left <= right { Side::Left } else { Side::Right }
    }
}

fn unit(direction: [f64; 3]) -> Result<[f64; 3], Refusal> {
    let length = direction.iter().map(|c| c * c).sum::<f64>().sqrt();
    within("length of the direction", length, 1e-6, 1e6)?;
    Ok(direction.map(|c| c / length))
}

pub(super) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

fn cannot(error: NeedleError) -> Refusal {
    Refusal::new(RefusalCode::OutOfRange, error.to_string(), "do something else with the needle")
}
