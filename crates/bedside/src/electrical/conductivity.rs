//! Conductivity of tissue below 1 kHz, S/m along left, posterior and cranial.
//!
//! Muscle is anisotropic along the body (psoas and the muscles of the back run so): with the ratio r along to across
//! and the mean σ over directions, `σ_across = σ r^(−1/3)`, `σ_along = σ r^(2/3)`.
//! Limits: fibres of the muscles of the abdominal wall, which run otherwise, are treated alike; no frequency.

use crate::world::Tissue;
use rami_evidence::value;

/// Conductivities by tissue number.
#[derive(Debug, Clone)]
pub(crate) struct Conductivities([[f64; 3]; Tissue::ALL.len()]);

impl Conductivities {
    pub(crate) fn published() -> Self {
        let ratio = value("conductivity.muscle_anisotropy");
        let muscle = value("nerve.sigma_muscle");
        let across = muscle * ratio.powf(-1.0 / 3.0);
        let muscle = [across, across, muscle * ratio.powf(2.0 / 3.0)];
        let (fat, wet) = ([value("nerve.sigma_fat"); 3], [value("conductivity.organ"); 3]);
        Self(Tissue::ALL.map(|tissue| match tissue {
            // A millionth of body fluid: all but an insulator, and the solver keeps its footing.
            Tissue::Air | Tissue::Gas => [1e-6; 3],
            Tissue::Fat | Tissue::RetroperitonealFat => fat,
            Tissue::Muscle | Tissue::Psoas => muscle,
            Tissue::CorticalBone => [value("nerve.sigma_cortical_bone"); 3],
            Tissue::CancellousBone => [value("nerve.sigma_cancellous_bone"); 3],
            Tissue::Disc => [value("conductivity.disc"); 3],
            Tissue::CerebrospinalFluid => [value("conductivity.cerebrospinal_fluid"); 3],
            Tissue::Blood => [value("nerve.sigma_blood"); 3],
            Tissue::Urine => [value("conductivity.urine"); 3],
            // A screw beside the tip: a conductor as good as the grid can carry.
            Tissue::Metal => [10.0; 3],
            Tissue::Skin | Tissue::Kidney | Tissue::Bowel | Tissue::Organ | Tissue::Nerve => wet,
        }))
    }

    pub(crate) fn of(&self, tissue: Tissue) -> [f64; 3] {
        self.0[usize::from(tissue.number())]
    }
}
