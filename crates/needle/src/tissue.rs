//! What a needle meets: mechanical kinds of tissue, the membranes between them, and their properties.
//!
//! Properties come in four grades (fluid, soft, firm, tough): published forces do not separate more.

use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Mechanical kind of what is at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Outside the body.
    Air,
    /// Skin.
    Skin,
    /// Subcutaneous or retroperitoneal fat.
    Fat,
    /// Loose tissue of the plane round the chain.
    Areolar,
    /// Muscle other than psoas.
    Muscle,
    /// Psoas, which has a sheath.
    Psoas,
    /// Ligament.
    Ligament,
    /// A somatic nerve or root.
    Nerve,
    /// Inside a blood vessel.
    Vessel,
    /// Inside the dura.
    CerebrospinalFluid,
    /// Kidney tissue.
    Kidney,
    /// Renal pelvis, ureter or bladder.
    Urine,
    /// Bowel or lung: holds gas.
    Bowel,
    /// Another organ.
    Organ,
    /// Intervertebral disc.
    Disc,
    /// Bone: stops a needle.
    Bone,
}

/// What is at a point: its mechanical kind, and a number by which the caller knows the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Mechanical kind.
    pub medium: Medium,
    /// The caller's number of the structure; 0 where there is none.
    pub structure: u32,
}

impl From<Medium> for Place {
    fn from(medium: Medium) -> Self {
        Self { medium, structure: 0 }
    }
}

/// How far something dangerous is from the tip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HazardDistance {
    /// The caller's number of the structure.
    pub structure: u32,
    /// Distance to its surface, mm; negative inside.
    pub distance_mm: f64,
}

/// A world for a needle.
pub trait Tissues {
    /// What is at a point in patient space, mm.
    fn at(&self, point_mm: [f64; 3]) -> Place;

    /// Distances from a point to the hazards the world knows.
    fn hazards(&self, _point_mm: [f64; 3]) -> Vec<HazardDistance> {
        Vec::new()
    }
}

impl<F: Fn([f64; 3]) -> Place> Tissues for F {
    fn at(&self, point_mm: [f64; 3]) -> Place {
        self(point_mm)
    }
}

/// What separates two tissues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Membrane {
    /// The surface of the body.
    Skin,
    /// A muscle's fascia, or the sheath of a nerve.
    Fascia,
    /// The sheath of psoas, on either side of it.
    PsoasSheath,
    /// The wall of a vessel.
    VesselWall,
    /// The dura.
    Dura,
    /// The capsule of an organ, or the peritoneum.
    Capsule,
    /// The skin of bone.
    Periosteum,
}

impl Membrane {
    /// What a tip breaks when it goes from one tissue into another; nothing where they are not separated.
    #[must_use]
    pub fn between(from: Place, to: Place) -> Option<Self> {
        use Medium as M;
        if from == to || from.medium == to.medium && to.medium == M::Bone {
            return None;
        }
        match (from.medium, to.medium) {
            (_, M::Bone) => Some(Self::Periosteum),
            (_, M::Air) => None,
            (M::Air, _) => Some(Self::Skin),
            (_, M::Vessel) => Some(Self::VesselWall),
            (_, M::CerebrospinalFluid) => Some(Self::Dura),
            (_, M::Kidney | M::Bowel | M::Organ) => Some(Self::Capsule),
            (from, M::Urine) if from != M::Kidney => Some(Self::Capsule),
            (from, M::Psoas) if from != M::Psoas => Some(Self::PsoasSheath),
            (M::Psoas, M::Fat | M::Areolar | M::Muscle) => Some(Self::PsoasSheath),
            (M::Skin | M::Fat | M::Areolar, M::Muscle) | (M::Muscle, M::Fat | M::Areolar) => {
                Some(Self::Fascia)
            }
            (_, M::Nerve) => Some(Self::Fascia),
            _ => None,
        }
    }

    /// Force at which a 22G tip breaks it, N.
    #[must_use]
    pub fn puncture_n(self) -> f64 {
        match self {
            Self::Skin => figures().puncture_n[0],
            Self::Fascia | Self::PsoasSheath => figures().puncture_n[1],
            Self::VesselWall | Self::Dura | Self::Capsule => figures().puncture_n[2],
            Self::Periosteum => figures().puncture_n[3],
        }
    }

    /// How far a 22G tip pushes it in before it breaks, mm: as measured for the dura, not at all where bone lies behind,
    /// else by one assumed stiffness.
    #[must_use]
    pub fn give_mm(self) -> f64 {
        match self {
            Self::Dura => figures().dura_give_mm,
            Self::Periosteum => 0.0,
            _ => self.puncture_n() / figures().tenting_n_per_mm,
        }
    }
}

/// The published and assumed figures, looked up once: a needle asks for them at every tenth of a millimetre.
pub(crate) struct Figures {
    cutting_n: [f64; 4],
    friction_n_per_mm: [f64; 4],
    curvature: [f64; 4],
    resistance_kpa: [f64; 4],
    puncture_n: [f64; 4],
    loss_of_resistance: f64,
    tenting_n_per_mm: f64,
    dura_give_mm: f64,
    pub(crate) bone_n: f64,
}

/// The figures, in the order of [`Grade`].
pub(crate) fn figures() -> &'static Figures {
    static FIGURES: OnceLock<Figures> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let grades = |what: &str| {
            let of = |grade: &str| value(&format!("needle.{what}_{grade}"));
            [0.0, of("soft"), of("firm"), of("tough")]
        };
        let firm_kpa = value("needle.injection_resistance_firm");
        Figures {
            cutting_n: grades("cutting"),
            friction_n_per_mm: grades("friction"),
            curvature: [0.0, value("needle.curvature_soft"), 1.0, value("needle.curvature_tough")],
            resistance_kpa: [0.0, value("needle.injection_resistance_soft"), firm_kpa, firm_kpa],
            puncture_n: ["skin", "fascia", "wall", "periosteum"]
                .map(|what| value(&format!("needle.puncture_{what}"))),
            loss_of_resistance: value("needle.loss_of_resistance_ratio"),
            tenting_n_per_mm: value("needle.tenting_stiffness"),
            dura_give_mm: value("needle.dura_indentation"),
            bone_n: value("needle.bone_force"),
        }
    })
}

#[derive(Clone, Copy)]
enum Grade {
    Fluid,
    Soft,
    Firm,
    Tough,
}

impl Medium {
    fn grade(self) -> Grade {
        match self {
            Self::Air | Self::Vessel | Self::CerebrospinalFluid | Self::Urine | Self::Bowel => Grade::Fluid,
            Self::Fat | Self::Areolar | Self::Kidney | Self::Organ => Grade::Soft,
            Self::Muscle | Self::Psoas | Self::Nerve | Self::Skin => Grade::Firm,
            Self::Ligament | Self::Disc | Self::Bone => Grade::Tough,
        }
    }

    /// Force to cut it with a 22G needle, N.
    #[must_use]
    pub fn cutting_n(self) -> f64 {
        figures().cutting_n[self.grade() as usize]
    }

    /// Friction of a 22G shaft in it, N per mm.
    #[must_use]
    pub fn friction_n_per_mm(self) -> f64 {
        figures().friction_n_per_mm[self.grade() as usize]
    }

    /// Curvature of a tip's path in it, relative to muscle.
    #[must_use]
    pub fn curvature_factor(self) -> f64 {
        figures().curvature[self.grade() as usize]
    }

    /// Pressure at the tip when 0.1 ml/s flow into it, kPa; infinite in bone.
    #[must_use]
    pub fn injection_resistance_kpa(self) -> f64 {
        if self == Self::Bone { f64::INFINITY } else { figures().resistance_kpa[self.grade() as usize] }
    }

    /// Whether a hand on a syringe feels the resistance fall away when the tip goes from here into another tissue.
    #[must_use]
    pub fn loses_resistance_into(self, to: Self) -> bool {
        let (before, after) = (self.injection_resistance_kpa(), to.injection_resistance_kpa());
        self != Self::Air && before > figures().loss_of_resistance * after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resistance_is_lost_from_psoas_into_the_plane_of_the_chain_and_not_between_muscles() {
        assert!(Medium::Psoas.loses_resistance_into(Medium::Areolar));
        assert!(!Medium::Muscle.loses_resistance_into(Medium::Psoas));
        assert!(!Medium::Air.loses_resistance_into(Medium::Fat));
    }

    #[test]
    fn membranes_are_where_anatomy_has_them() {
        let between = |a: Medium, b: Medium| Membrane::between(a.into(), b.into());
        assert_eq!(between(Medium::Air, Medium::Skin), Some(Membrane::Skin));
        assert_eq!(between(Medium::Fat, Medium::Muscle), Some(Membrane::Fascia));
        assert_eq!(between(Medium::Psoas, Medium::Areolar), Some(Membrane::PsoasSheath));
        assert_eq!(between(Medium::Areolar, Medium::Vessel), Some(Membrane::VesselWall));
        assert_eq!(between(Medium::Skin, Medium::Fat), None);
        assert_eq!(between(Medium::Muscle, Medium::Bone), Some(Membrane::Periosteum));
        assert_eq!(between(Medium::Bone, Medium::Bone), None);
    }
}
