//! What the detector makes of the beam behind the patient.
//!
//! An energy-integrating caesium iodide scintillator absorbs η(E) = 1 − exp(−μ_CsI d) of the photons, and each gives a
//! signal in proportion to its energy. Behind W mm of water and B mm of bone, per mAs and mm² at 1 m,
//!
//!   S = ∫ N(E) exp(−μ_w W − μ_b B) E η dE   (keV),   variance / S = ∫ N e E² η dE / ∫ N e E η dE   (keV).
//!
//! ln S and the variance per signal are tabulated over (W, B) and interpolated; steel, iodine and lead weaken S by factors
//! tabulated over (their thickness, how much water-equivalent the beam has passed). K-fluorescence escape and Swank
//! noise are left out (the variance is some 10 % too small above 33 keV).

use crate::beam::{Filtration, Material, Spectrum};

/// Thickness of the scintillator, mm of solid CsI: 0.6 mm at a packing of 0.75.
const SCINTILLATOR_MM: f64 = 0.45;
/// How much attenuation, in mm of water at the scanner's energy, one mm of the bone basis stands for.
pub(super) const WATER_PER_BONE: f32 = 2.6;

const WATER_STEP: f32 = 5.0;
const WATER_STEPS: usize = 141;
const BONE_STEP: f32 = 2.5;
const BONE_STEPS: usize = 81;
const DYNAMIC_STEPS: usize = 65;

/// The detector's answer at one tube voltage.
#[derive(Debug, Clone)]
pub struct Response {
    kvp: f64,
    kerma_per_mas: f64,
    /// (ln S, variance / S) over water (fast) and bone.
    open: Vec<[f32; 2]>,
    steel: Weakening,
    iodine: Weakening,
    lead: Weakening,
}

/// ln of the weakening by a thickness, over (thickness, water-equivalent passed).
#[derive(Debug, Clone)]
struct Weakening {
    step: f32,
    table: Vec<f32>,
}

impl Response {
    /// The answer to a beam.
    #[must_use]
    pub fn new(kvp: f64, filtration: Filtration) -> Self {
        let beam = Spectrum::tungsten(kvp, filtration);
        let bins: Vec<Bin> = beam
            .bins()
            .filter(|(_, n)| *n > 0.0)
            .map(|(kev, n)| Bin {
                signal: n / 100.0 * kev * absorbed(kev),
                kev,
                water: Material::Water.per_mm(kev),
                bone: Material::CorticalBone.per_mm(kev),
                steel: Material::Steel.per_mm(kev),
                iodine: Material::Iodine.per_mm(kev),
                lead: Material::Lead.per_mm(kev),
            })
            .collect();
        // exp(−μ t) at every step of every material, once: what stands behind both is a product.
        let powers = |steps: usize, step: f32, mu: fn(&Bin) -> f64| -> Vec<Vec<f64>> {
            (0..steps)
                .map(|i| bins.iter().map(|b| (-mu(b) * i as f64 * f64::from(step)).exp()).collect())
                .collect()
        };
        let behind_water: Vec<Vec<f64>> = powers(WATER_STEPS, WATER_STEP, |b| b.water)
            .into_iter()
            .map(|row| row.iter().zip(&bins).map(|(p, b)| p * b.signal).collect())
            .collect();
        let behind_bone = powers(BONE_STEPS, BONE_STEP, |b| b.bone);
        let kev: Vec<f64> = bins.iter().map(|b| b.kev).collect();
        let open = behind_bone
            .iter()
            .flat_map(|bone| behind_water.iter().map(move |water| (water, bone)))
            .map(|(water, bone)| {
                let (mut s, mut v) = (0.0, 0.0);
                for ((w, b), e) in water.iter().zip(bone).zip(&kev) {
                    s += w * b;
                    v += w * b * e;
                }
                [s.max(1e-30).ln() as f32, (v / s.max(1e-30)) as f32]
            })
            .collect();
        let whole: Vec<f64> = behind_water.iter().map(|row| row.iter().sum::<f64>().max(1e-300)).collect();
        let weakening = |step: f32, mu: fn(&Bin) -> f64| Weakening {
            step,
            table: powers(DYNAMIC_STEPS, step, mu)
                .iter()
                .flat_map(|through| {
                    behind_water.iter().zip(&whole).map(move |(row, all)| (through, row, all))
                })
                .map(|(through, row, all)| {
                    let rest: f64 = through.iter().zip(row).map(|(t, r)| t * r).sum();
                    (rest.max(1e-300) / all).ln() as f32
                })
                .collect(),
        };
        Self {
            kvp: beam.kvp(),
            kerma_per_mas: beam.air_kerma(),
            open,
            steel: weakening(0.15, |b| b.steel),
            iodine: weakening(0.25, |b| b.iodine),
            lead: weakening(0.05, |b| b.lead),
        }
    }

    /// Signal of a beam that hits the detector as it is, keV per mAs and mm² at 1 m.
    pub(super) fn signal_of(beam: &Spectrum) -> f64 {
        beam.bins().map(|(kev, n)| n / 100.0 * kev * absorbed(kev)).sum()
    }

    /// Peak voltage, kV.
    #[must_use]
    pub fn kvp(&self) -> f64 {
        self.kvp
    }

    /// Air kerma at 1 m without a patient, mGy per mAs.
    #[must_use]
    pub fn kerma_per_mas(&self) -> f64 {
        self.kerma_per_mas
    }

    /// (ln of the signal in keV per mAs and mm² at 1 m, its variance per signal in keV) behind a total path and a bone
    /// path, mm, as projectors measure them.
    #[inline]
    #[must_use]
    pub fn open(&self, total_mm: f32, bone_mm: f32) -> (f32, f32) {
        let water = (total_mm - WATER_PER_BONE * bone_mm).max(0.0) / WATER_STEP;
        let bone = bone_mm.max(0.0) / BONE_STEP;
        let (w, b) = (water.min((WATER_STEPS - 1) as f32 - 1e-3), bone.min((BONE_STEPS - 1) as f32 - 1e-3));
        let (i, j) = (w as usize, b as usize);
        let (fw, fb) = (w - i as f32, b - j as f32);
        let at = j * WATER_STEPS + i;
        let (Some(low), Some(high)) =
            (self.open[at..].first_chunk::<2>(), self.open[at + WATER_STEPS..].first_chunk::<2>())
        else {
            return (f32::MIN, 0.0);
        };
        let mix = |k: usize| {
            let a = low[0][k] + (low[1][k] - low[0][k]) * fw;
            let b = high[0][k] + (high[1][k] - high[0][k]) * fw;
            a + (b - a) * fb
        };
        (mix(0), mix(1))
    }

    /// The same for a row of pixels.
    pub(super) fn row(&self, total: &[f32], bone: &[f32], ln_signal: &mut [f32], variance: &mut [f32]) {
        for (((total, bone), ln), g) in total.iter().zip(bone).zip(ln_signal).zip(variance) {
            (*ln, *g) = self.open(*total, *bone);
        }
    }

    /// ln of the weakening by steel (mm) behind this much water-equivalent (mm).
    #[must_use]
    pub fn steel(&self, mm: f32, total_mm: f32) -> f32 {
        self.steel.at(mm, total_mm)
    }

    /// ln of the weakening by iodine (mm · g/cm³: 10 mm of 200 mg/ml is 2) behind this much water-equivalent (mm).
    #[must_use]
    pub fn iodine(&self, mm_g: f32, total_mm: f32) -> f32 {
        self.iodine.at(mm_g, total_mm)
    }

    /// ln of the weakening by lead (mm) behind this much water-equivalent (mm).
    #[must_use]
    pub fn lead(&self, mm: f32, total_mm: f32) -> f32 {
        self.lead.at(mm, total_mm)
    }
}

/// Share of photons that the scintillator absorbs.
fn absorbed(kev: f64) -> f64 {
    1.0 - (-Material::CaesiumIodide.per_mm(kev) * SCINTILLATOR_MM).exp()
}

struct Bin {
    signal: f64,
    kev: f64,
    water: f64,
    bone: f64,
    steel: f64,
    iodine: f64,
    lead: f64,
}

impl Weakening {
    fn at(&self, mm: f32, total_mm: f32) -> f32 {
        let x = (total_mm / WATER_STEP).clamp(0.0, (WATER_STEPS - 1) as f32 - 1e-3);
        let y = (mm / self.step).clamp(0.0, (DYNAMIC_STEPS - 1) as f32 - 1e-3);
        let (i, j) = (x as usize, y as usize);
        let (fx, fy) = (x - i as f32, y - j as f32);
        let value = |i: usize, j: usize| self.table.get(j * WATER_STEPS + i).copied().unwrap_or(0.0);
        let low = value(i, j) + (value(i + 1, j) - value(i, j)) * fx;
        let high = value(i, j + 1) + (value(i + 1, j + 1) - value(i, j + 1)) * fx;
        low + (high - low) * fy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_integral_between_its_points() {
        let response = Response::new(80.0, Filtration::default());
        let beam = Spectrum::tungsten(80.0, Filtration::default());
        for (water, bone) in [(0.0f32, 0.0f32), (183.0, 0.0), (211.7, 23.3), (97.0, 61.0)] {
            let behind = beam.clone().through(Material::Water, f64::from(water));
            let exact = Response::signal_of(&behind.through(Material::CorticalBone, f64::from(bone)));
            let got = f64::from(response.open(water + WATER_PER_BONE * bone, bone).0);
            assert!(
                (got - exact.ln()).abs() < 3e-3,
                "{water} mm water, {bone} mm bone: ln {got}, exact {}",
                exact.ln()
            );
        }
    }

    #[test]
    fn steel_hardens_the_beam_so_the_second_millimetre_stops_less() {
        let response = Response::new(80.0, Filtration::default());
        let (one, two) = (response.steel(1.0, 200.0), response.steel(2.0, 200.0));
        assert!(one < -0.5 && two > 2.0 * one, "{one}, {two}");
    }
}
