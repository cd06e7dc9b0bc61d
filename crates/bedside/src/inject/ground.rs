//! The world as fluid sees it: which tissue is where round the tips.
//!
//! What a CT shows keeps its kind. What it does not show is told by place: connective tissue (unlabelled, in front of the
//! vertebral bodies' back walls) within [`plane_mm`] of a body or disc is the loose layer of the chain, the rest is
//! retroperitoneal fat; behind the back wall near the midline it is the fat of canal and foramina. A cell takes the tissue
//! of most of its eight sub-samples; the loose layer needs three, because it is thinner than cells and would be lost.

use crate::BedsideError;
use crate::world::{Tissue as Kind, Tube, TubeKind, World};
use rami_spread::{Bore, Region, Tip, Tissue};
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::{Point, Volume, distance};

/// A person lying prone: the front is down.
pub const PRONE: [f64; 3] = [0.0, -1.0, 0.0];

/// How far the canal's and foramina's fat reaches from the midline and behind the back wall, mm.
const CANAL_MM: f64 = 24.0;

/// Radius of the bevel within which a tip can be half in a vessel, mm.
const BEVEL_MM: f64 = 0.7;

/// Thickness of the loose layer on the spine, mm.
#[must_use]
pub fn plane_mm() -> f64 {
    rami_evidence::value("spread.plane_thickness")
}

/// Tells the tissue at a point.
#[derive(Debug)]
pub struct Ground<'a> {
    world: &'a World,
    /// Distance to bone and disc, mm.
    spine: Volume<f32>,
}

impl<'a> Ground<'a> {
    /// Prepares a box of `size_mm` round a point.
    ///
    /// # Errors
    /// [`BedsideError::TipOutside`] when the point is not in the lumbar part of the picture.
    pub fn new(world: &'a World, centre: &Point, size_mm: [f64; 3]) -> Result<Self, BedsideError> {
        let grid = world.tissue.grid();
        let outside = || BedsideError::TipOutside { at_mm: [centre.x, centre.y, centre.z] };
        grid.voxel_at(centre).ok_or_else(outside)?;
        let at = grid.to_index(centre);
        let spacing = grid.spacing();
        let dims = grid.dims();
        // Axes of the grid may be any of the body's: the box is a cube of the longest side.
        let reach = 0.5 * size_mm.iter().copied().fold(0.0, f64::max) + 12.0;
        let low = std::array::from_fn(|a| (at[a] - reach / spacing[a]).floor().max(0.0) as usize);
        let high = std::array::from_fn(|a| ((at[a] + reach / spacing[a]).ceil() as usize + 1).min(dims[a]));
        let near = crop(&world.tissue, VoxelBox { low, high }).map_err(|_| outside())?;
        let spine = distance::to_mask(&near, |n| {
            let kind = Kind::from_number(n);
            kind.is_bone() || kind == Kind::Disc
        });
        Ok(Self { world, spine })
    }

    /// What fluid meets at a point, nerves and thin vessels aside.
    #[must_use]
    pub fn bulk(&self, p: &Point) -> Tissue {
        let world = self.world;
        let label = world.structures.at(p).unwrap_or(0);
        match label {
            52 | 65 | 66 => return Tissue::Artery,
            62..=64 | 67 | 68 | 205 | 206 => return Tissue::Vein,
            79 => return Tissue::Intrathecal,
            212 => return Tissue::Epidural,
            _ => {}
        }
        let kind = world.bulk_at(p);
        match kind {
            Kind::Air | Kind::Gas => Tissue::Air,
            Kind::Psoas => Tissue::Psoas,
            Kind::CorticalBone | Kind::CancellousBone | Kind::Metal => Tissue::Bone,
            Kind::Disc => Tissue::Disc,
            Kind::CerebrospinalFluid => Tissue::Intrathecal,
            Kind::Blood => Tissue::Vein,
            Kind::Kidney | Kind::Urine | Kind::Bowel | Kind::Organ => Tissue::Organ,
            Kind::Muscle if label != 0 => Tissue::Muscle,
            Kind::Skin | Kind::Fat | Kind::RetroperitonealFat | Kind::Muscle | Kind::Nerve => {
                self.connective(p, kind)
            }
        }
    }

    /// Fat, loose tissue and what is unlabelled between structures.
    fn connective(&self, p: &Point, kind: Kind) -> Tissue {
        let mark = self.world.levels.nearest(p);
        let d = p - mark.centroid;
        let lateral = d.dot(&mark.right).abs();
        let behind_wall = -d.dot(&mark.anterior) - 0.5 * mark.upper.depth_mm;
        if behind_wall > 0.0 {
            if lateral < CANAL_MM && behind_wall < CANAL_MM {
                return Tissue::Epidural;
            }
            return if kind == Kind::Muscle { Tissue::Muscle } else { Tissue::Subcutaneous };
        }
        if lateral > 90.0 {
            return if kind == Kind::Muscle { Tissue::Muscle } else { Tissue::Subcutaneous };
        }
        let from_spine = self.spine.at(p).map_or(f64::INFINITY, f64::from);
        if from_spine <= plane_mm() && lateral < 45.0 { Tissue::Areolar } else { Tissue::Fat }
    }

    /// The box of cells of `h` mm.
    ///
    /// # Errors
    /// Cell sizes that cannot be.
    pub fn region(&self, centre: Point, size_mm: [f64; 3], h: f64) -> Result<Region, BedsideError> {
        let region = Region::around(centre, size_mm, h, PRONE, |middle| {
            let mut votes = [0u8; Tissue::ALL.len()];
            for corner in 0..8u8 {
                let off = |bit: u8| if corner >> bit & 1 == 1 { 0.25 * h } else { -0.25 * h };
                let p = Point::new(middle.x + off(0), middle.y + off(1), middle.z + off(2));
                votes[self.bulk(&p) as usize] += 1;
            }
            if votes[Tissue::Areolar as usize] >= 3 {
                return Tissue::Areolar;
            }
            let most =
                Tissue::ALL.into_iter().max_by_key(|t| (votes[*t as usize], std::cmp::Reverse(*t as u8)));
            most.unwrap_or(Tissue::Fat)
        })?;
        Ok(region)
    }

    /// A tip as the world has it: thin vessels count, and a bevel can be half in one.
    #[must_use]
    pub fn tip(&self, at: Point, bore: Bore) -> Tip {
        self.tip_in(self.world, at, bore)
    }

    /// The same in another draw of the same person, whose bulk tissue is the same and whose thin vessels are not.
    #[must_use]
    pub fn tip_in(&self, world: &World, at: Point, bore: Bore) -> Tip {
        let exact = |p: &Point| -> Tissue {
            match world.tube_at(p).map(|tube| world.tubes[tube].kind) {
                Some(TubeKind::LumbarArtery) => Tissue::Artery,
                Some(TubeKind::LumbarVein) => Tissue::Vein,
                Some(TubeKind::Ureter) => Tissue::Organ,
                _ => self.bulk(p),
            }
        };
        let tissue = exact(&at);
        let (mut vessel, mut tube) = (None, None);
        let (mut inside, mut count) = (0.0, 0.0);
        for i in -2..=2i32 {
            for j in -2..=2i32 {
                for k in -2..=2i32 {
                    let off = [i, j, k].map(|n| f64::from(n) * 0.5 * BEVEL_MM);
                    if off.iter().map(|o| o * o).sum::<f64>() > BEVEL_MM * BEVEL_MM * 1.001 {
                        continue;
                    }
                    let p = Point::new(at.x + off[0], at.y + off[1], at.z + off[2]);
                    let here = exact(&p);
                    if here.is_vessel() {
                        inside += 1.0;
                        let is_vessel = |tube: &usize| {
                            matches!(world.tubes[*tube].kind, TubeKind::LumbarArtery | TubeKind::LumbarVein)
                        };
                        let own = world.tube_at(&p).filter(is_vessel);
                        let radius = own.map_or(8.0, |tube| world.tubes[tube].radius_mm);
                        if vessel.is_none() {
                            (vessel, tube) = (Some((here, radius)), own);
                        }
                    }
                    count += 1.0;
                }
            }
        }
        let intravascular = if tissue.is_closed() && !tissue.is_vessel() { 0.0 } else { inside / count };
        // A tip with most of its bevel in blood is in the vessel.
        let (tissue, intravascular) = match vessel {
            Some((kind, _)) if intravascular > 0.95 => (kind, 1.0),
            Some(_) if tissue.is_vessel() => {
                let beside = self.beside(&at, &exact);
                (beside.unwrap_or(tissue), if beside.is_some() { intravascular } else { 1.0 })
            }
            _ => (tissue, intravascular),
        };
        let vessel = vessel.filter(|_| intravascular > 0.0);
        let course = match (vessel, tube) {
            (Some((kind, _)), Some(tube)) => downstream(world, &world.tubes[tube], kind),
            _ => Vec::new(),
        };
        Tip { at, tissue: Some(tissue), intravascular, vessel, course, bore }
    }

    /// What is open next to a tip that is partly in a vessel.
    fn beside(&self, at: &Point, exact: &impl Fn(&Point) -> Tissue) -> Option<Tissue> {
        let mut found = None;
        for axis in 0..3 {
            for sign in [-1.0, 1.0] {
                let mut p = *at;
                p[axis] += sign * BEVEL_MM;
                let t = exact(&p);
                if !t.is_closed() {
                    found = found.or(Some(t));
                }
            }
        }
        found
    }
}

/// The course of a segmental vessel in the direction of its blood: an artery's from its front end, which is at the aorta,
/// a vein's to its front end, which is at the cava.
fn downstream(world: &World, tube: &Tube, kind: Tissue) -> Vec<Point> {
    let mut course = tube.points.clone();
    let (Some(first), Some(last)) = (course.first(), course.last()) else { return course };
    let forwards = (last - first).dot(&world.levels.nearest(first).anterior);
    if (forwards > 0.0) == (kind == Tissue::Artery) {
        course.reverse();
    }
    course
}
