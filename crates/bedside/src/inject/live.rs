//! An injection that a procedure goes on with: syringe after syringe, looks and pauses, and what will come of it.
//!
//! ```text
//! let site = Arc::new(Site::new(&world, &tip, Site::CELL_MM)?);      // once for a place: the tissue round it
//! let mut live = Live::new(&site, &[site.tip(tip, Bore::gauge_22())], seed)?;
//! live.give(&Given { agent: "iohexol", mg_ml: 300.0, volume_ml: 1.0, drive: Drive::Rate(0.2), adrenaline: false })?;
//! let standing = live.standing();                                    // where the fluid is, pressures, extent
//! let iodine = live.iodine_mg_ml();                                  // for x-ray, with `film`
//! live.wait(30.0)?;                                                  // the pause until the next syringe
//! live.give(&Given { agent: "bupivacaine", mg_ml: 2.5, volume_ml: 10.0, .. })?;
//! let forecast = live.forecast()?;                                   // which nerves will fail, from when, how long
//! ```
//!
//! One draw of what is uncertain, by its seed, on 4 mm cells: a few tenths of a second for a syringe of 10 ml, another
//! for a forecast of twelve hours. A forecast is made on a copy: the injection itself goes on where it was. Everything
//! given together is also followed as a fluid without a name, so that shares and extent are those of the volume,
//! whatever is in it, saline as well.

use super::beside::BesideCourse;
use super::course::{Extent, extent, pass, pour};
use super::fibres::Fibres;
use super::ground::Ground;
use super::nerves::{Courses, NerveOf, courses, follow, nerves, schedule};
use super::person::Person;
use super::sequence::Sequence;
use crate::BedsideError;
use crate::world::{Tissue as Kind, TubeKind, World};
use rami_anatomy::{Side, VertebralLevel};
use rami_formulary::AgentClass;
use rami_random::Stream;
use rami_spread::{Accuracy, Bore, Drive, Fluid, Injection, Region, Solute, Tip, Tissue, Uptake};
use rami_volume::{Point, Volume};
use std::sync::Arc;

/// The tissue round a place in a world; made once, used by every injection there.
#[derive(Debug)]
pub struct Site<'a> {
    world: &'a World,
    ground: Ground<'a>,
    region: Arc<Region>,
    middle: Point,
}

impl<'a> Site<'a> {
    /// Cells fine enough for a rehearsal and for draws, mm.
    pub const CELL_MM: f64 = 4.0;

    /// The box of [`Region::REFERENCE_MM`] round a point, in cells of `cell_mm`.
    ///
    /// # Errors
    /// [`BedsideError::TipOutside`] for a point outside the lumbar part of the picture; cell sizes that cannot be.
    pub fn new(world: &'a World, middle: &Point, cell_mm: f64) -> Result<Self, BedsideError> {
        let ground = Ground::new(world, middle, Region::REFERENCE_MM)?;
        let region = Arc::new(ground.region(*middle, Region::REFERENCE_MM, cell_mm)?);
        Ok(Self { world, ground, region, middle: *middle })
    }

    /// Whether a tip at this point leaves enough of the box on all sides for 25 ml (30 mm); else make another site.
    #[must_use]
    pub fn holds(&self, tip: &Point) -> bool {
        (0..3).all(|a| (tip[a] - self.middle[a]).abs() <= 0.5 * Region::REFERENCE_MM[a] - 30.0)
    }

    /// A tip as the world has it: which tissue, whether in a vessel, or partly.
    #[must_use]
    pub fn tip(&self, at: Point, bore: Bore) -> Tip {
        self.ground.tip(at, bore)
    }

    /// The point it is round.
    #[must_use]
    pub fn middle(&self) -> Point {
        self.middle
    }

    /// The cells.
    #[must_use]
    pub fn region(&self) -> &Arc<Region> {
        &self.region
    }
}

/// What is in a syringe, and how it is pushed.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<'a> {
    /// Name in the formulary; what does not dissolve in the model (saline, adjuncts) is followed as a volume.
    pub agent: &'a str,
    /// Drug, or iodine for contrast, mg/ml.
    pub mg_ml: f64,
    /// How much.
    pub volume_ml: f64,
    /// A rate in ml/s or a pressure in kPa.
    pub drive: Drive,
    /// Whether adrenaline is in it: what of the drug is given with it is absorbed more slowly.
    pub adrenaline: bool,
}

/// How things stand: where the fluid is, not what it will do.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// All fluids so far, ml; less than was asked where nothing flows.
    pub delivered_ml: f64,
    /// Rate of the last step, ml/s; less than was asked when the thumb cannot keep up.
    pub rate_ml_s: f64,
    /// Whether the thumb could not keep up.
    pub held_back: bool,
    /// Whether nothing flows: the tip lies against bone, or in tissue that takes no fluid.
    pub occluded: bool,
    /// At the tip, kPa.
    pub tip_kpa: f64,
    /// At the syringe, the needle's resistance included, kPa.
    pub syringe_kpa: f64,
    /// Share of the delivered volume in each tissue; with [`Standing::intravascular`] and [`Standing::left`] they sum to 1.
    pub shares: Vec<(Tissue, f64)>,
    /// Of the share in [`Tissue::Organ`], what lies in a kidney or a hollow way of urine.
    pub urinary: f64,
    /// Share that went straight into a vessel.
    pub intravascular: f64,
    /// Share that left the box.
    pub left: f64,
    /// Head-to-foot extent of the fluid, to a tenth of the strongest, mm.
    pub extent_mm: f64,
    /// Levels that it reaches.
    pub reached: Vec<VertebralLevel>,
    /// Fascia that has parted, mm².
    pub parted_mm2: f64,
}

/// What will come of what has been given, if nothing more is.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    courses: Courses,
    /// Where all the drug and contrast is after twelve hours; the largest relative error of the mass balance.
    pub relative_error: f64,
    /// mg absorbed over time: (s since the start, mg by agent in the order of [`Live::agents`]).
    pub absorbed_mg: Vec<(f64, Vec<f64>)>,
}

impl Forecast {
    /// Every nerve's course: the trunks by level, and the rest by name.
    #[must_use]
    pub fn courses(&self) -> &Courses {
        &self.courses
    }

    fn chain(&self, side: Side) -> impl Iterator<Item = (usize, &super::nerves::NerveCourse)> {
        self.courses.chain.iter().filter_map(move |(s, level, course)| {
            let place = VertebralLevel::PLANNED.iter().position(|l| l == level)?;
            (*s == side).then_some((place, course))
        })
    }

    /// Largest share of the sympathetic outflow that fails at L2, L3 and L4 of a side: B or C, whichever fails more, for
    /// the path to the skin is one after the other.
    #[must_use]
    pub fn blocked(&self, side: Side) -> [f64; 3] {
        let mut out = [0.0; 3];
        self.chain(side).for_each(|(place, course)| out[place] = course.blocked[1].max(course.blocked[2]));
        out
    }

    /// Minutes from the start of the injection until half of what fails has failed, and for which it does, at the level of
    /// L2–L4 where the block is deepest (longest where several are equal); nothing where none fails.
    #[must_use]
    pub fn onset_and_duration_min(&self, side: Side) -> Option<(f64, f64)> {
        let depth = |c: &super::nerves::NerveCourse| c.blocked[1].max(c.blocked[2]);
        self.chain(side)
            .filter_map(|(_, c)| c.onset_min.map(|onset| (depth(c), c.duration_min, onset)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, duration, onset)| (onset, duration))
    }

    /// What is cut of the foot's supply in roots and rami of a side.
    #[must_use]
    pub fn beside_trunk(&self, side: Side) -> BesideCourse {
        BesideCourse::of(&self.courses.others, side)
    }

    fn most(&self, side: Side, kind: TubeKind) -> f64 {
        let of = |(nerve, _, course): &(NerveOf, String, super::nerves::NerveCourse)| {
            if nerve.side == side && nerve.kind == kind { course.blocked[0] } else { 0.0 }
        };
        self.courses.others.iter().map(of).fold(0.0, f64::max)
    }

    /// Largest share of the A fibres of a side's genitofemoral nerve that fails.
    #[must_use]
    pub fn genitofemoral(&self, side: Side) -> f64 {
        self.most(side, TubeKind::GenitofemoralNerve)
    }

    /// Largest share of the A fibres of any lumbar root of a side that fails.
    #[must_use]
    pub fn roots(&self, side: Side) -> f64 {
        self.most(side, TubeKind::NerveRoot)
    }
}

/// An injection that goes on.
#[derive(Debug, Clone)]
pub struct Live<'a> {
    site: Arc<Site<'a>>,
    injection: Injection,
    followed: Vec<(NerveOf, String, usize)>,
    everything: Sequence,
    fibres: Fibres,
}

impl<'a> Live<'a> {
    /// Needles in place, nothing given. `seed` is the person's: tissues and nerves are drawn from it.
    ///
    /// # Errors
    /// [`BedsideError::Spread`] for tips outside the site's box or in air.
    pub fn new(site: &Arc<Site<'a>>, tips: &[Tip], seed: u64) -> Result<Self, BedsideError> {
        let stream = Stream::new(seed).named("inject");
        let everything = Sequence::of_everything();
        let Person { properties, kd_factors } = Person::draw(stream);
        let fibres = Fibres::new(&everything.agents, &everything.anaesthetics(), kd_factors);
        let nerves = nerves(site.world, &site.ground, &properties);
        let mut solutes = everything.solutes();
        solutes.push(Solute::drug("fluid", Uptake::NONE));
        let accuracy = Accuracy::quick();
        let mut injection =
            Injection::new(site.region.clone(), properties, tips.to_vec(), solutes, accuracy)?;
        let followed = follow(&mut injection, nerves);
        Ok(Self { site: Arc::clone(site), injection, followed, everything, fibres })
    }

    /// The agents that dissolve, in the order of their numbers.
    pub fn agents(&self) -> impl Iterator<Item = String> {
        self.everything.names().into_iter()
    }

    /// Gives a syringe, all tips sharing it.
    ///
    /// # Errors
    /// An agent that is not in the formulary; a volume, rate or pressure that cannot be.
    pub fn give(&mut self, given: &Given<'_>) -> Result<Standing, BedsideError> {
        let agent = rami_formulary::agent(given.agent).map_err(|error| BedsideError::Sequence {
            item: given.agent.to_owned(),
            why: error.to_string(),
        })?;
        let count = self.everything.agents.len();
        let everything = &self.everything;
        let number = everything
            .number(&agent.name, given.adrenaline)
            .or_else(|| everything.number(&agent.name, false));
        let mut fluid = Fluid::of(count + 1, number, given.mg_ml);
        fluid.concentration_mg_ml[count] = 1.0;
        pour(&mut self.injection, &fluid, given.volume_ml, given.drive)?;
        Ok(self.standing())
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// A time that cannot be.
    pub fn wait(&mut self, seconds: f64) -> Result<Standing, BedsideError> {
        pass(&mut self.injection, seconds)?;
        Ok(self.standing())
    }

    /// Seconds since the injection began.
    #[must_use]
    pub fn time_s(&self) -> f64 {
        self.injection.state().time_s
    }

    /// Where the fluid is now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let state = self.injection.state();
        let tracer = self.everything.agents.len();
        let balance = self.injection.balance(tracer);
        let of_all = |mg: f64| if balance.injected_mg > 0.0 { mg / balance.injected_mg } else { 0.0 };
        let shares = super::course::by_tissue(&self.injection, &[tracer])
            .into_iter()
            .map(|(tissue, mg)| (tissue, of_all(mg)))
            .collect();
        let Extent { mm: extent_mm, reached, .. } = extent(self.site.world, &self.injection, &[tracer]);
        Standing {
            delivered_ml: state.delivered_ml,
            rate_ml_s: state.rate_ml_s,
            held_back: state.held_back,
            occluded: state.occluded,
            tip_kpa: state.tip_kpa,
            syringe_kpa: state.syringe_kpa,
            shares,
            urinary: of_all(self.urinary_mg(tracer)),
            intravascular: of_all(balance.intravascular_mg),
            left: of_all(balance.left_mg),
            extent_mm,
            reached,
            parted_mm2: state.parted_mm2,
        }
    }

    /// What of a solute lies in cells of organs of which at least half is kidney or urine.
    fn urinary_mg(&self, solute: usize) -> f64 {
        let (world, region) = (self.site.world, &self.site.region);
        let amount = self.injection.in_tissue(solute);
        let ml = region.grid().voxel_volume() / 1000.0;
        let off = 0.25 * region.grid().spacing()[0];
        let urinary = |cell: usize| {
            let c = region.centre(cell);
            let (mut urine, mut other) = (0, 0);
            for corner in 0..8u8 {
                let at = |bit: u8| if corner >> bit & 1 == 1 { off } else { -off };
                match world.bulk_at(&Point::new(c.x + at(0), c.y + at(1), c.z + at(2))) {
                    Kind::Kidney | Kind::Urine => urine += 1,
                    Kind::Bowel | Kind::Organ => other += 1,
                    _ => {}
                }
            }
            urine >= other
        };
        let cells = region.tissue().iter().zip(amount.data()).enumerate();
        cells
            .filter(|(cell, (tissue, mg_ml))| **tissue == Tissue::Organ && **mg_ml > 0.0 && urinary(*cell))
            .map(|(_, (_, mg_ml))| f64::from(*mg_ml) * ml)
            .sum()
    }

    /// All contrast, mg of iodine per ml of tissue, blood included: what [`super::film::Film::frame`] takes.
    #[must_use]
    pub fn iodine_mg_ml(&self) -> Volume<f32> {
        self.amount_of(AgentClass::Contrast)
    }

    /// All local anaesthetic, mg per ml of tissue, dissolved and bound, blood included.
    #[must_use]
    pub fn drug_mg_ml(&self) -> Volume<f32> {
        self.amount_of(AgentClass::AmideAnaesthetic)
    }

    fn amount_of(&self, class: AgentClass) -> Volume<f32> {
        let mut sum = Volume::filled(self.site.region.grid().clone(), 0.0f32);
        for (number, agent) in self.everything.agents.iter().enumerate() {
            if agent.class == class && self.injection.balance(number).injected_mg > 0.0 {
                let amount = self.injection.amount(number);
                sum.data_mut().iter_mut().zip(amount.data()).for_each(|(a, b)| *a += b);
            }
        }
        sum
    }

    /// `count` places with equal shares of the fluid in the tissue, LPS mm; none where there is none.
    #[must_use]
    pub fn cloud_mm(&self, count: usize) -> Vec<[f64; 3]> {
        let amount = self.injection.in_tissue(self.everything.agents.len());
        let total: f64 = amount.data().iter().map(|v| f64::from(*v)).sum();
        let mut out = Vec::with_capacity(count);
        let mut sum = 0.0;
        for (cell, value) in amount.data().iter().enumerate() {
            sum += f64::from(*value);
            while out.len() < count && total > 0.0 && sum >= total * (out.len() as f64 + 0.5) / count as f64 {
                let p = self.site.region.centre(cell);
                out.push([p.x, p.y, p.z]);
            }
        }
        out
    }

    /// What will come of it over twelve hours if nothing more is given. The injection stays where it is.
    ///
    /// # Errors
    /// [`BedsideError::Spread`] when the pressure cannot be found.
    pub fn forecast(&self) -> Result<Forecast, BedsideError> {
        self.forecast_with(&[], &mut |_, _| {})
    }

    /// The same with looks on the way: at each of these minutes since the injection began that is still to come, in
    /// order, `look` is given the injection as it will be then.
    ///
    /// # Errors
    /// [`BedsideError::Spread`] when the pressure cannot be found.
    pub fn forecast_with(
        &self,
        at_min: &[f64],
        look: &mut dyn FnMut(f64, &Self),
    ) -> Result<Forecast, BedsideError> {
        let mut ahead = self.clone();
        let mut minutes = schedule(true);
        minutes.extend(at_min.iter().filter(|minute| minute.is_finite()));
        minutes.sort_by(f64::total_cmp);
        minutes.dedup();
        for minute in minutes {
            let seconds = 60.0 * minute - ahead.time_s();
            if seconds > 0.0 {
                ahead.injection.wait(seconds)?;
                ahead.injection.snapshot();
                if at_min.contains(&minute) {
                    look(minute, &ahead);
                }
            }
        }
        let mut anaesthetics = self.everything.anaesthetics();
        anaesthetics.push(None);
        let injection = &ahead.injection;
        let courses = courses(injection, &self.followed, &anaesthetics, &self.fibres);
        let solutes = injection.solutes().len();
        let relative_error = (0..solutes).map(|s| injection.balance(s).relative_error).fold(0.0, f64::max);
        Ok(Forecast { courses, relative_error, absorbed_mg: injection.absorbed().to_vec() })
    }
}
