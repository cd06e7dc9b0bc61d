//! What fluid flows through: tissues, their permeability and storage, and the sheets of fascia between them.
//!
//! Permeability k in m² along the grid's axes (x across, y front to back, z along the spine, which is nearly along the
//! fibres of psoas), effective porosity φ (what injected fluid displaces), bulk modulus K in kPa (storage S = 1/K),
//! diffusivity in mm²/s, and how richly a tissue is perfused relative to fat. A fascia is not a tissue: it is the face
//! between two, with a resistance and a pressure difference at which it opens, once and for good.
//!
//! Sources: `crates/evidence/data/spread.toml`, most of it assumed or derived from other tissues, and said so there.
//! Limits: permeability does not grow with pressure; its values are those *under injection*, which for fat includes the
//! parting of the tissue; two-point fluxes know a tensor's diagonal alone, so fibres are taken along z
//! (what obliquity costs: `docs/numerics/spread.md`).

use crate::SpreadError;
use rami_evidence::figure;
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// What a cell is made of, as far as flow can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Tissue {
    /// Outside the body, or gas.
    Air,
    /// Fat under the skin.
    Subcutaneous,
    /// Retroperitoneal fat.
    Fat,
    /// The loose layer on the front of the spine in which the chain lies.
    Areolar,
    /// Psoas.
    Psoas,
    /// Other muscle, ligament and tendon.
    Muscle,
    /// Fat of the spinal canal and the foramina.
    Epidural,
    /// Inside the dura.
    Intrathecal,
    /// Intervertebral disc.
    Disc,
    /// Kidney, bowel and other organs.
    Organ,
    /// Bone.
    Bone,
    /// Inside an artery.
    Artery,
    /// Inside a vein.
    Vein,
}

impl Tissue {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Air,
        Self::Subcutaneous,
        Self::Fat,
        Self::Areolar,
        Self::Psoas,
        Self::Muscle,
        Self::Epidural,
        Self::Intrathecal,
        Self::Disc,
        Self::Organ,
        Self::Bone,
        Self::Artery,
        Self::Vein,
    ];

    /// Whether fluid cannot flow through it at all (blood is followed apart).
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Air | Self::Bone | Self::Artery | Self::Vein)
    }

    /// Whether it is the inside of a blood vessel.
    #[must_use]
    pub fn is_vessel(self) -> bool {
        matches!(self, Self::Artery | Self::Vein)
    }

    /// What lies on the face between two tissues.
    #[must_use]
    pub fn between(self, other: Self) -> Option<Sheet> {
        use Tissue as T;
        if self == other {
            return None;
        }
        let either = |f: fn(T) -> bool| f(self) || f(other);
        // Annulus, capsule and dura let nothing through.
        if either(|t| t.is_closed() || matches!(t, T::Disc | T::Organ | T::Intrathecal)) {
            return Some(Sheet::Wall);
        }
        if either(|t| t == T::Psoas) {
            return Some(Sheet::PsoasFascia);
        }
        if either(|t| t == T::Muscle) && !either(|t| t == T::Epidural) {
            return Some(Sheet::MuscleFascia);
        }
        None
    }
}

/// What separates two tissues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sheet {
    /// Lets nothing through and never opens.
    Wall,
    /// The fascia of psoas.
    PsoasFascia,
    /// The fascia of another muscle.
    MuscleFascia,
}

/// How one tissue conducts, stores and absorbs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Medium {
    /// Along x, y and z, m².
    pub permeability_m2: [f64; 3],
    /// Share of the volume that injected fluid can take.
    pub porosity: f64,
    /// Pressure over strain, kPa.
    pub bulk_modulus_kpa: f64,
    /// Of a drug in the tissue's fluid, mm²/s.
    pub diffusivity_mm2_s: f64,
    /// Capillary uptake relative to fat.
    pub perfusion: f64,
}

/// Resistance and strength of a fascia.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fascia {
    /// Thickness over permeability, mm / m².
    pub thickness_over_permeability: f64,
    /// Pressure difference at which it parts, kPa.
    pub opening_kpa: f64,
}

/// All properties of one person's tissues: typical, or one draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Properties {
    media: [Medium; 13],
    /// Of psoas.
    pub psoas_fascia: Fascia,
    /// Of other muscles.
    pub muscle_fascia: Fascia,
    /// Width of the gap that fluid fills between parted layers, mm.
    pub gap_mm: f64,
    /// Mechanical dispersion per length, mm.
    pub dispersivity_mm: f64,
    /// Standard deviation of ln k over the bundles of a muscle: what makes spread in it striated.
    pub fascicle_sd: f64,
    /// Viscosity of tissue fluid and of what is not contrast, mPa s.
    pub viscosity_mpa_s: f64,
    /// What the chain's epineurium and perineurium leave of the outside concentration (bath equivalent).
    pub nerve_partition: f64,
    /// Time constant of the trunk's uptake, s.
    pub trunk_uptake_s: f64,
    /// The same for a spinal nerve with its thicker sheath, s.
    pub root_uptake_s: f64,
}

/// Draws of what is uncertain, each a factor's standard normal deviate, so that draws can be steered one by one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Deviates {
    /// Permeability of the areolar plane (ln).
    pub plane: f64,
    /// Of the plane along the spine over across it (ln).
    pub anisotropy: f64,
    /// Permeability of fat relative to the plane (ln).
    pub fat: f64,
    /// Permeability of muscle (ln).
    pub muscle: f64,
    /// Porosity of the plane.
    pub porosity: f64,
    /// Opening pressure of fascia (ln).
    pub opening: f64,
    /// Permeability of fascia (ln).
    pub fascia: f64,
    /// Bulk modulus (ln).
    pub modulus: f64,
    /// Uptake time of the nerve (ln).
    pub uptake: f64,
    /// Capillary uptake (ln).
    pub perfusion: f64,
    /// Partition into the nerve (ln).
    pub partition: f64,
}

impl Deviates {
    /// What each is called, in the order of [`Self::of`].
    pub const NAMES: [&'static str; 11] = [
        "plane",
        "anisotropy",
        "fat",
        "muscle",
        "porosity",
        "opening",
        "fascia",
        "modulus",
        "uptake",
        "perfusion",
        "partition",
    ];

    /// Independent standard normal draws: the prior.
    #[must_use]
    pub fn draw(stream: Stream) -> Self {
        Self::of(Self::NAMES.map(|name| StandardNormal.sample(&mut stream.named(name).rng())))
    }

    /// From numbers in the order of [`Self::NAMES`].
    #[must_use]
    pub fn of(numbers: [f64; 11]) -> Self {
        let [
            plane,
            anisotropy,
            fat,
            muscle,
            porosity,
            opening,
            fascia,
            modulus,
            uptake,
            perfusion,
            partition,
        ] = numbers;
        Self {
            plane,
            anisotropy,
            fat,
            muscle,
            porosity,
            opening,
            fascia,
            modulus,
            uptake,
            perfusion,
            partition,
        }
    }
}

/// A figure moved along its interval: its ends are ±1.645 standard deviations, on a logarithmic scale, and no draw
/// leaves twice its width.
fn at(key: &str, deviate: f64) -> f64 {
    let figure = figure(key);
    let value = figure.value.unwrap_or(0.0);
    let Some(interval) = figure.interval.filter(|_| deviate != 0.0 && value > 0.0) else { return value };
    let deviate = deviate.clamp(-3.3, 3.3);
    let ratio = if deviate > 0.0 { interval.high / value } else { value / interval.low };
    value * (ratio.ln() * deviate / 1.645).exp()
}

impl Properties {
    /// The middle of every figure.
    #[must_use]
    pub fn typical() -> Self {
        Self::at(&Deviates::default())
    }

    /// One person's tissues.
    #[must_use]
    pub fn draw(stream: Stream) -> Self {
        Self::at(&Deviates::draw(stream))
    }

    /// The properties at given deviates.
    #[must_use]
    pub fn at(d: &Deviates) -> Self {
        let plane = at("spread.permeability.areolar", d.plane);
        let fat = plane * at("spread.permeability.fat_to_areolar", d.fat).min(3.0);
        let muscle = at("spread.permeability.muscle", d.muscle);
        let ratio = at("spread.permeability.muscle_anisotropy", 0.0);
        let along = at("spread.permeability.areolar_anisotropy", d.anisotropy);
        let psoas = [muscle / ratio, muscle / ratio, muscle];
        let loose = at("spread.porosity.areolar", d.porosity).min(0.8);
        let modulus = at("spread.bulk_modulus.fat", d.modulus);
        let stiff = at("spread.bulk_modulus.muscle", d.modulus);
        let diffusivity = at("spread.diffusivity", 0.0);
        let richer = at("spread.perfusion.muscle_to_fat", 0.0);
        let absorbing = at("spread.perfusion.site", d.perfusion);
        let medium =
            |permeability_m2: [f64; 3], porosity: f64, bulk_modulus_kpa: f64, perfusion: f64| Medium {
                permeability_m2,
                porosity,
                bulk_modulus_kpa,
                diffusivity_mm2_s: diffusivity,
                perfusion: perfusion * absorbing,
            };
        let fat_porosity = at("spread.porosity.fat", 0.0);
        let cavity = at("spread.permeability.disc", 0.0);
        let none = medium([0.0; 3], 1.0, stiff, 0.0);
        let media = Tissue::ALL.map(|tissue| match tissue {
            Tissue::Air | Tissue::Bone | Tissue::Artery | Tissue::Vein => none,
            Tissue::Subcutaneous | Tissue::Fat => medium([fat; 3], fat_porosity, modulus, 1.0),
            Tissue::Areolar => medium([plane, plane, plane * along], loose, modulus, 1.0),
            Tissue::Epidural => medium([plane; 3], fat_porosity, modulus, 1.0),
            Tissue::Psoas | Tissue::Muscle => medium(psoas, at("spread.porosity.muscle", 0.0), stiff, richer),
            // One closed cavity, nucleus and ring as one: what it takes is its volume's yielding.
            Tissue::Disc => {
                let holds = at("spread.porosity.disc", 0.0);
                medium([cavity; 3], holds, at("spread.bulk_modulus.disc", 0.0), 0.0)
            }
            Tissue::Organ => medium([muscle / ratio; 3], 0.1, stiff, 3.0 * richer),
            Tissue::Intrathecal => medium([1e-8; 3], 1.0, stiff, 0.0),
        });
        let resistance = at("spread.fascia.thickness", 0.0) / at("spread.fascia.permeability", d.fascia);
        let fascia =
            |key: &str| Fascia { thickness_over_permeability: resistance, opening_kpa: at(key, d.opening) };
        Self {
            media,
            psoas_fascia: fascia("spread.fascia.opening"),
            muscle_fascia: fascia("spread.fascia.opening"),
            gap_mm: at("spread.fascia.gap", 0.0),
            dispersivity_mm: at("spread.dispersivity", 0.0),
            fascicle_sd: at("spread.permeability.fascicle_sd", 0.0),
            viscosity_mpa_s: at("formulary.local_anaesthetic.viscosity", 0.0),
            nerve_partition: at("spread.nerve.partition", d.partition),
            trunk_uptake_s: 60.0 * at("spread.nerve.uptake_time", d.uptake),
            root_uptake_s: 60.0
                * at("spread.nerve.uptake_time", d.uptake)
                * at("spread.nerve.root_to_trunk_time", 0.0),
        }
    }

    /// The medium of a tissue.
    #[must_use]
    pub fn medium(&self, tissue: Tissue) -> &Medium {
        &self.media[tissue as usize]
    }

    /// The medium of a tissue, to change.
    pub fn medium_mut(&mut self, tissue: Tissue) -> &mut Medium {
        &mut self.media[tissue as usize]
    }

    /// The same medium for every tissue that is not closed, and no fascia to speak of: what closed forms are for.
    #[must_use]
    pub fn uniform(medium: Medium, viscosity_mpa_s: f64) -> Self {
        let mut properties = Self::typical();
        for tissue in Tissue::ALL.into_iter().filter(|t| !t.is_closed()) {
            *properties.medium_mut(tissue) = medium;
        }
        properties.viscosity_mpa_s = viscosity_mpa_s;
        properties.dispersivity_mm = 0.0;
        properties.fascicle_sd = 0.0;
        properties
    }

    /// The fascia of a sheet; nothing for a wall.
    #[must_use]
    pub fn fascia(&self, sheet: Sheet) -> Option<&Fascia> {
        match sheet {
            Sheet::Wall => None,
            Sheet::PsoasFascia => Some(&self.psoas_fascia),
            Sheet::MuscleFascia => Some(&self.muscle_fascia),
        }
    }

    pub(crate) fn check(&self) -> Result<(), SpreadError> {
        for tissue in Tissue::ALL.into_iter().filter(|t| !t.is_closed()) {
            let m = self.medium(tissue);
            let [kx, ky, kz] = m.permeability_m2;
            let numbers = [
                ("permeability", kx),
                ("permeability", ky),
                ("permeability", kz),
                ("porosity", m.porosity),
                ("bulk modulus", m.bulk_modulus_kpa),
            ];
            if let Some((quantity, value)) = numbers.into_iter().find(|(_, v)| !(*v > 0.0)) {
                return Err(SpreadError::Property { quantity, tissue, value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typical_property_is_usable_and_draws_differ() {
        Properties::typical().check().unwrap();
        let draw = |seed| Properties::draw(Stream::new(seed));
        draw(3).check().unwrap();
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1), draw(1));
    }

    #[test]
    fn the_typical_areolar_plane_is_the_easiest_way_and_muscle_the_hardest() {
        let p = Properties::typical();
        let k = |t: Tissue| p.medium(t).permeability_m2[2];
        assert!(k(Tissue::Areolar) > k(Tissue::Fat) && k(Tissue::Fat) > k(Tissue::Psoas));
    }

    #[test]
    fn fascia_lies_between_psoas_and_everything_open_and_bone_is_a_wall() {
        assert_eq!(Tissue::Psoas.between(Tissue::Areolar), Some(Sheet::PsoasFascia));
        assert_eq!(Tissue::Areolar.between(Tissue::Psoas), Some(Sheet::PsoasFascia));
        assert_eq!(Tissue::Areolar.between(Tissue::Fat), None);
        assert_eq!(Tissue::Areolar.between(Tissue::Bone), Some(Sheet::Wall));
        assert_eq!(Tissue::Disc.between(Tissue::Psoas), Some(Sheet::Wall));
    }
}
