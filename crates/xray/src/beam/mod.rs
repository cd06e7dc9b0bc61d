//! The beam: what leaves the tube, and how matter weakens it.

mod nist;
mod spectrum;

pub use spectrum::{Filtration, Spectrum};

/// What stands in the beam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// Liquid water, and soft tissue in water-equivalent millimetres.
    Water,
    /// Cortical bone of ICRU Report 44.
    CorticalBone,
    /// Filters.
    Aluminium,
    /// Filters.
    Copper,
    /// Stainless steel: needles, markers.
    Steel,
    /// The element; in contrast medium its grams per cubic centimetre count.
    Iodine,
    /// The scintillator.
    CaesiumIodide,
    /// The target.
    Tungsten,
    /// Letters and shutters.
    Lead,
    /// Dry air.
    Air,
}

impl Material {
    fn column(self) -> usize {
        match self {
            Self::Water => 1,
            Self::CorticalBone => 2,
            Self::Aluminium => 3,
            Self::Copper => 4,
            Self::Steel => 5,
            Self::Iodine => 6,
            Self::CaesiumIodide => 7,
            Self::Tungsten => 8,
            Self::Lead => 9,
            Self::Air => 10,
        }
    }

    /// Density, g/cm³ (NIST; steel AISI 304). Iodine is counted by its own mass per volume of contrast medium, so 1.
    #[must_use]
    pub fn density(self) -> f64 {
        match self {
            Self::Water | Self::Iodine => 1.0,
            Self::CorticalBone => 1.92,
            Self::Aluminium => 2.699,
            Self::Copper => 8.96,
            Self::Steel => 7.93,
            Self::CaesiumIodide => 4.51,
            Self::Tungsten => 19.3,
            Self::Lead => 11.35,
            Self::Air => 1.205e-3,
        }
    }

    /// Linear attenuation coefficient at a photon energy, 1/mm.
    #[must_use]
    pub fn per_mm(self, kev: f64) -> f64 {
        coefficient(self.column(), kev) * self.density() / 10.0
    }
}

/// Mass energy-absorption coefficient of air, cm²/g: fluence to kerma.
fn air_energy_absorption(kev: f64) -> f64 {
    coefficient(11, kev)
}

/// Straight lines between the tabulated points on double-logarithmic paper, as NIST advises; 10 to 150 keV.
fn coefficient(column: usize, kev: f64) -> f64 {
    let table = &nist::TABLE;
    let kev = kev.clamp(table[0][0], table[table.len() - 1][0]);
    let above = table.partition_point(|row| row[0] < kev).clamp(1, table.len() - 1);
    let (a, b) = (&table[above - 1], &table[above]);
    let share = (kev / a[0]).ln() / (b[0] / a[0]).ln();
    (a[column].ln() + share * (b[column] / a[column]).ln()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_centimetres_of_water_and_a_millimetre_of_steel_attenuate_as_by_hand() {
        // NIST at 60 keV: water 0.2059 cm²/g, iron-like steel 1.19 cm²/g · 7.93 g/cm³.
        let water = (-Material::Water.per_mm(60.0) * 200.0).exp();
        // Four figures of μ make four parts in a thousand here.
        assert!((water / (-0.2059f64 * 20.0).exp() - 1.0).abs() < 4e-3, "{water}");
        let steel = (-Material::Steel.per_mm(60.0)).exp();
        assert!((steel / (-1.19f64 * 7.93 * 0.1).exp() - 1.0).abs() < 2e-3, "{steel}");
    }

    #[test]
    fn iodine_jumps_at_its_k_edge() {
        assert!(Material::Iodine.per_mm(33.5) > 4.0 * Material::Iodine.per_mm(33.0));
    }
}
