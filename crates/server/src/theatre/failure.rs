//! Blocks that are set up to go wrong, to be noticed and dealt with.
//!
//! Some are facts of the person or the papers; the others give the trainee a needle that is aimed at something else than
//! the trunk. What it is aimed at is found in the belief, as a planner would find it, but for the ureter: it is too thin to be
//! met where it is merely thought to run. The way there goes past bone. What happens is the world's.

use crate::cases::Loaded;
use rami_anatomy::{Side, Structure, VertebralLevel};
use rami_procedure::World as _;
use rami_procedure::complication::Complication;
use rami_procedure::session::Aim;
use rami_procedure::setup::Setup;
use rami_volume::Point;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    /// The needle is aimed at psoas.
    Psoas,
    /// The needle is aimed at the great vessel of the side.
    Vessel,
    /// The needle is aimed at a disc.
    Disc,
    /// The needle is aimed at the kidney.
    Kidney,
    /// The needle is aimed at where the ureter is thought to run.
    Ureter,
    /// The needle is aimed at where the genitofemoral nerve is thought to run.
    Genitofemoral,
    /// The needle is aimed at a vessel, and the person is light.
    Toxicity,
    /// The mark on the skin is on the other side.
    WrongSide,
    /// The person faints easily.
    Vasovagal,
    /// The person has reacted to contrast before.
    ContrastReaction,
}

/// Weight at which a usual dose into a vessel is a large one, kg.
const LIGHT_KG: f64 = 42.0;
/// How far above and below the level's middle structures are looked for, mm.
const SLAB_MM: f64 = 8.0;

/// A scripted case of the procedure as the library shows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Lesson {
    /// What goes wrong.
    pub(crate) failure: Failure,
    /// Title of the scripted case.
    pub(crate) title: String,
    /// What one learns.
    pub(crate) teaches: String,
    /// What an expert does in the scripted case, action by action as a session writes them, from the needle on.
    #[schema(value_type = Vec<Object>)]
    pub(crate) expert: Vec<serde_json::Value>,
}

impl Lesson {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        Failure::ALL.iter().filter_map(|&failure| Self::of(failure)).collect()
    }

    fn of(failure: Failure) -> Option<Self> {
        let script: toml::Table = toml::from_str(failure.script()).ok()?;
        let text = |key: &str| script.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let steps = script.get("do").and_then(|v| v.as_array()).into_iter().flatten();
        let expert = steps
            .filter(|step| step.get("do").and_then(|v| v.as_str()) != Some("prepare"))
            .filter_map(|step| serde_json::to_value(step).ok());
        Some(Self { failure, title: text("title"), teaches: text("teaches"), expert: expert.collect() })
    }
}

impl Failure {
    /// In the order that the library shows them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Psoas,
        Self::Vessel,
        Self::Ureter,
        Self::Disc,
        Self::Kidney,
        Self::Genitofemoral,
        Self::Toxicity,
        Self::WrongSide,
        Self::Vasovagal,
        Self::ContrastReaction,
    ];

    /// The scripted case that it is. Its body is the schematic person; here the needle is aimed at the same structure of
    /// the person who is worked on.
    fn script(self) -> &'static str {
        match self {
            Self::Psoas => include_str!("../../../../tests/suite/06-psoas.toml"),
            Self::Vessel => include_str!("../../../../tests/suite/02-vessel-found-by-contrast.toml"),
            Self::Disc => include_str!("../../../../tests/suite/10-disc.toml"),
            Self::Kidney => include_str!("../../../../tests/suite/08-kidney.toml"),
            Self::Ureter => include_str!("../../../../tests/suite/09-ureter.toml"),
            Self::Genitofemoral => include_str!("../../../../tests/suite/18-genitofemoral.toml"),
            Self::Toxicity => include_str!("../../../../tests/suite/03-toxicity-treated.toml"),
            Self::WrongSide => include_str!("../../../../tests/suite/20-mark-on-the-wrong-side.toml"),
            Self::Vasovagal => include_str!("../../../../tests/suite/16-vasovagal.toml"),
            Self::ContrastReaction => include_str!("../../../../tests/suite/14-contrast-reaction.toml"),
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Changes a block's facts and aim.
    pub(crate) fn prepare(
        self,
        setup: &mut Setup,
        aim: &mut Option<Aim>,
        loaded: &Loaded,
    ) -> Result<(), String> {
        match self {
            Self::WrongSide => setup.marked_side = Some(other(setup.side)),
            // Whoever practises it meets it: by the published shares most would not.
            Self::Vasovagal => {
                setup.person.faints = true;
                setup.certain = Some(Complication::Vasovagal);
            }
            Self::ContrastReaction => {
                setup.person.contrast_reactor = true;
                setup.certain = Some(Complication::ContrastReaction);
            }
            _ => {
                let aim = aim.as_mut().ok_or("plan a path first: the failure is a needle aimed elsewhere")?;
                let place = self
                    .place(loaded, setup.side, setup.level, Point::from(aim.target_mm), setup.seed)
                    .ok_or_else(|| format!("no {} is known in this CT near {}", self.name(), setup.level))?;
                re_aim(aim, loaded, setup.side, setup.level, place)?;
                if self == Self::Toxicity {
                    setup.person.weight_kg = LIGHT_KG;
                    setup.person.dosing_weight_kg = None;
                }
            }
        }
        Ok(())
    }

    /// Where the needle is aimed instead.
    fn place(
        self,
        loaded: &Loaded,
        side: Side,
        level: VertebralLevel,
        target: Point,
        seed: u64,
    ) -> Option<Point> {
        let belief = &loaded.anatomy;
        let course = |name: &str| {
            let hazard = belief.modelled.iter().find(|hazard| {
                hazard.name().starts_with(name) && hazard.name().ends_with(&side.to_string())
            })?;
            hazard.course.iter().copied().min_by(|a, b| (a - target).norm().total_cmp(&(b - target).norm()))
        };
        match self {
            Self::Psoas => middle(loaded, &format!("iliopsoas_{side}"), target.z),
            Self::Vessel | Self::Toxicity => {
                middle(loaded, if side == Side::Left { "aorta" } else { "inferior_vena_cava" }, target.z)
            }
            Self::Kidney => nearest(loaded, &format!("kidney_{side}"), target),
            Self::Ureter => {
                let course = loaded.world(seed).ok()?.course(&format!("ureter_{side}"));
                let distance = |p: &Point| (p - target).norm();
                course.into_iter().map(Point::from).min_by(|a, b| distance(a).total_cmp(&distance(b)))
            }
            Self::Genitofemoral => course("genitofemoral"),
            Self::Disc => {
                let vertebra = belief.vertebrae.get(&level)?;
                // Half way to the side between the middle of the disc and its edge.
                let edge = vertebra.frame.right.into_inner() * (-side.sign() * vertebra.waist_width_mm * 0.3);
                let above = vertebra.frame.cranial.into_inner() * 5.0;
                Some(vertebra.upper_endplate.centre + above + edge)
            }
            Self::WrongSide | Self::Vasovagal | Self::ContrastReaction => None,
        }
    }
}

fn other(side: Side) -> Side {
    if side == Side::Left { Side::Right } else { Side::Left }
}

/// Voxels of a structure, in patient space.
fn voxels<'a>(loaded: &'a Loaded, name: &str) -> Option<impl Iterator<Item = Point> + 'a> {
    let id = Structure::from_name(name)?.id();
    let labels = loaded.anatomy.structures.labels();
    let grid = labels.grid();
    let found = labels.data().iter().enumerate().filter(move |(_, label)| **label == id);
    Some(found.map(|(offset, _)| grid.to_lps(grid.voxel(offset).map(|v| v as f64))))
}

/// The middle of a structure's cross-section at a height.
fn middle(loaded: &Loaded, name: &str, z: f64) -> Option<Point> {
    let (sum, count) = voxels(loaded, name)?
        .filter(|point| (point.z - z).abs() <= SLAB_MM)
        .fold((nalgebra::Vector3::zeros(), 0.0), |(sum, n), point| (sum + point.coords, n + 1.0));
    (count > 0.0).then(|| Point::from(sum / count))
}

/// A point well inside a structure, on the side that is nearest.
fn nearest(loaded: &Loaded, name: &str, to: Point) -> Option<Point> {
    let edge = voxels(loaded, name)?.min_by(|a, b| (a - to).norm().total_cmp(&(b - to).norm()))?;
    let (sum, count) = voxels(loaded, name)?
        .fold((nalgebra::Vector3::zeros(), 0.0), |(sum, n), p| (sum + p.coords, n + 1.0));
    let inward = Point::from(sum / f64::max(count, 1.0)) - edge;
    Some(edge + inward * (8.0 / inward.norm().max(8.0)))
}

/// Turns of the way about its end in the axial plane, degrees, in the order in which they are tried.
const TURNS_DEG: [f64; 12] = [0.0, 8.0, -8.0, 16.0, -16.0, 24.0, -24.0, 32.0, -32.0, 40.0, 48.0, 56.0];
/// How far a way keeps from bone, mm: needles bend.
const BESIDE_BONE_MM: f64 = 4.0;

/// Moves the aim, in its own direction or in the nearest that passes bone; the entry is where the line leaves the skin.
fn re_aim(
    aim: &mut Aim,
    loaded: &Loaded,
    side: Side,
    level: VertebralLevel,
    target: Point,
) -> Result<(), String> {
    let way = Point::from(aim.entry_mm) - Point::from(aim.target_mm);
    let bench = loaded.bench().map_err(|problem| problem.detail)?;
    let mut ways = TURNS_DEG.iter().filter_map(|turn| {
        let (sin, cos) = turn.to_radians().sin_cos();
        let turned = nalgebra::Vector3::new(way.x * cos - way.y * sin, way.x * sin + way.y * cos, way.z);
        bench.assess(&loaded.ct, &loaded.anatomy, level, side, &(target + turned), &target, false)
    });
    let first = ways.next();
    let passes = |entry_mm: [f64; 3]| passes_bone(loaded, Point::from(entry_mm), target);
    let judged = match first {
        Some(first) if passes(first.entry_mm) => first,
        other => ways.find(|way| passes(way.entry_mm)).or(other).ok_or("no way leads there from the skin")?,
    };
    aim.entry_mm = judged.entry_mm;
    aim.target_mm = judged.target_mm;
    aim.primary_deg = judged.primary_angle_deg;
    aim.secondary_deg = judged.secondary_angle_deg;
    aim.needle = format!("22G-{:.0}-chiba", judged.needle_length_mm);
    Ok(())
}

/// Whether a straight way touches no bone.
fn passes_bone(loaded: &Loaded, entry: Point, target: Point) -> bool {
    let structures = &loaded.anatomy.structures;
    let bony = ["vertebrae", "sacrum", "rib", "hip"];
    let bones: Vec<u16> = structures
        .present()
        .filter(|s| bony.iter().any(|start| s.name().starts_with(start)))
        .map(Structure::id)
        .collect();
    let way = target - entry;
    let steps = way.norm().ceil().max(1.0);
    let free = |p: Point| structures.labels().at(&p).is_none_or(|label| !bones.contains(&label));
    let axes = [nalgebra::Vector3::x(), nalgebra::Vector3::y(), nalgebra::Vector3::z()];
    // The last of it may lie close: a disc is between bones.
    (0..=steps as usize).all(|i| {
        let share = i as f64 / steps;
        let p = entry + way * share;
        let beside = BESIDE_BONE_MM * ((1.0 - share) * steps / 20.0).min(1.0);
        axes.iter().all(|axis| free(p + axis * beside) && free(p - axis * beside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_a_scripted_case_that_teaches_something() {
        let lessons = Lesson::all();
        assert_eq!(lessons.len(), Failure::ALL.len());
        for lesson in lessons {
            assert!(!lesson.title.is_empty() && lesson.teaches.len() > 15, "{lesson:?}");
            assert!(lesson.expert.len() >= 2, "{lesson:?}");
        }
    }
}
