//! What a Hounsfield number is made of.
//!
//! A CT number says how strongly a voxel attenuates relative to water, r = max(0, 1 + HU/1000), at the energy of the
//! scanner. Two materials are told apart: below [`BONE_ONSET_HU`] everything is water-like of density r; above it the
//! excess is mineral. The bone basis counts millimetres of dense cortical bone per millimetre of tissue, so that a
//! mixture of marrow or water and mineral lies on a straight line (the bilinear curve; Schneider U, Pedroni E, Lomax A,
//! Phys Med Biol 1996;41:111). r itself is exact in both: r = water + r_bone · bone.

/// Hounsfield units above which a voxel holds mineral: the upper end of soft tissue and blood without contrast.
pub const BONE_ONSET_HU: f64 = 100.0;

/// Hounsfield units of dense cortical bone, the bone basis at 1 mm per mm: density 1.92 g/cm³ (ICRU 44 cortical bone).
pub(crate) const CORTICAL_BONE_HU: f64 = 1600.0;

/// Attenuation relative to water at the scanner's energy.
pub type Radiodensity = f32;

/// Attenuation of a voxel relative to water, never negative.
#[must_use]
pub fn radiodensity(hu: f32) -> Radiodensity {
    (1.0 + hu / 1000.0).max(0.0)
}

/// Millimetres of cortical bone in each millimetre of tissue: 0 below the onset, then proportional.
#[must_use]
pub fn bone_mm_per_mm(hu: f32) -> f32 {
    ((hu - BONE_ONSET_HU as f32) / (CORTICAL_BONE_HU - BONE_ONSET_HU) as f32).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn air_is_nothing_water_is_one_and_cortex_is_bone() {
        assert_eq!(radiodensity(-1024.0), 0.0);
        assert_eq!(radiodensity(0.0), 1.0);
        assert_eq!(bone_mm_per_mm(60.0), 0.0);
        assert_eq!(bone_mm_per_mm(CORTICAL_BONE_HU as f32), 1.0);
    }
}
