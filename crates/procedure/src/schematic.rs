//! A schematic person of ellipses, boxes and tubes, for teaching cases and tests: exact, small, and with everything in it
//! that can go wrong. Not a person and not drawn from any.
//!
//! LPS mm, the middle of L3 at the origin, the back skin 85 mm behind it. Sizes are round numbers near the evidence
//! (bodies 46 × 34 × 27 mm, discs 10 mm, trunk on the front and side of the bodies).

use crate::action::Stimulus;
use crate::world::{Current, World, medium_name};
use rami_anatomy::Side;
use rami_evidence::value;
use rami_needle::{Medium, Place, Tissues};
use rami_volume::{Ct, Grid, GridError, Point, Volume};
use std::collections::BTreeMap;

/// The schematic person.
#[derive(Debug, Clone)]
pub struct Schematic {
    tubes: Vec<Tube>,
    names: BTreeMap<u32, String>,
}

#[derive(Debug, Clone)]
struct Tube {
    number: u32,
    medium: Medium,
    radius: f64,
    points: Vec<[f64; 3]>,
    low: [f64; 3],
    high: [f64; 3],
}

/// Height of a level's middle; 3 is L3.
fn level_z(level: f64) -> f64 {
    (3.0 - level) * 37.0
}

const BODY: [f64; 2] = [23.0, 17.0];
const NAMES: [(u32, &str); 14] = [
    (1, "vertebrae_L1"),
    (2, "vertebrae_L2"),
    (3, "vertebrae_L3"),
    (4, "vertebrae_L4"),
    (5, "vertebrae_L5"),
    (10, "aorta"),
    (11, "inferior_vena_cava"),
    (12, "iliopsoas_left"),
    (13, "iliopsoas_right"),
    (14, "kidney_left"),
    (15, "kidney_right"),
    (16, "spinal_canal"),
    (17, "colon"),
    (18, "autochthon"),
];

impl Default for Schematic {
    fn default() -> Self {
        Self::new()
    }
}

impl Schematic {
    /// The one there is.
    #[must_use]
    pub fn new() -> Self {
        let mut person = Self {
            tubes: Vec::new(),
            names: NAMES.iter().map(|(n, name)| (*n, (*name).to_owned())).collect(),
        };
        let mut number = 100;
        let mut tube = |name: String, medium: Medium, radius: f64, points: Vec<[f64; 3]>| {
            number += 1;
            let bound = |pick: fn(f64, f64) -> f64, start: f64| {
                [0, 1, 2].map(|axis| points.iter().map(|p| p[axis]).fold(start, pick))
            };
            let low = bound(f64::min, f64::INFINITY).map(|v| v - radius);
            let high = bound(f64::max, f64::NEG_INFINITY).map(|v| v + radius);
            person.names.insert(number, name);
            person.tubes.push(Tube { number, medium, radius, points, low, high });
        };
        for side in Side::BOTH {
            let s = side.sign();
            for level in 1..=4 {
                let z = level_z(f64::from(level));
                let root = vec![
                    [s * 8.0, 28.0, z - 12.0],
                    [s * 18.0, 19.0, z - 18.0],
                    [s * 27.0, 10.0, z - 24.0],
                    [s * 42.0, 0.0, z - 50.0],
                ];
                tube(format!("nerve_root_L{level}_{side}"), Medium::Nerve, 2.2, root);
                let ring = (0..=8)
                    .map(|i| {
                        let angle = std::f64::consts::PI * (-0.42 + 0.72 * f64::from(i) / 8.0);
                        [s * 1.09 * BODY[0] * angle.cos(), 1.09 * BODY[1] * angle.sin(), z]
                    })
                    .collect();
                tube(format!("lumbar_segmental_vessels_L{level}_{side}"), Medium::Vessel, 1.2, ring);
            }
            let ureter = vec![[s * 50.0, -20.0, 40.0], [s * 42.0, -30.0, 0.0], [s * 36.0, -32.0, -90.0]];
            tube(format!("ureter_{side}"), Medium::Urine, 2.5, ureter);
            let nerve = vec![[s * 38.0, 0.0, 20.0], [s * 36.0, -19.0, -18.0], [s * 40.0, -26.0, -90.0]];
            tube(format!("genitofemoral_nerve_{side}"), Medium::Nerve, 0.8, nerve);
        }
        person
    }

    /// Its CT at a spacing, for x-ray pictures.
    ///
    /// # Errors
    /// [`GridError`] when the spacing makes no grid.
    pub fn ct(&self, spacing_mm: f64) -> Result<Ct, GridError> {
        let span = [360.0, 250.0, 260.0];
        let dims = span.map(|length| (length / spacing_mm) as usize);
        let origin = Point::new(-180.0, -150.0, -130.0);
        let grid = Grid::upright(dims, [spacing_mm; 3], origin)?;
        let mut data = Vec::with_capacity(dims.iter().product());
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    let at = [i, j, k].map(|index| index as f64 * spacing_mm);
                    let point = [origin.x + at[0], origin.y + at[1], origin.z + at[2]];
                    data.push(hounsfield(self.at(point).medium));
                }
            }
        }
        let mut ct = Volume::filled(grid, 0);
        ct.data_mut().copy_from_slice(&data);
        Ok(ct)
    }

    fn bone(p: [f64; 3]) -> Option<u32> {
        let [x, y, z] = p;
        for level in 1..=5_u32 {
            let dz = z - level_z(f64::from(level));
            if dz.abs() <= 13.5 {
                let waist = 0.9 + 0.1 * (dz / 13.5).powi(2);
                if (x / (BODY[0] * waist)).powi(2) + (y / (BODY[1] * waist)).powi(2) <= 1.0 {
                    return Some(level);
                }
            }
            let ax = x.abs();
            let pedicle = (9.0..17.0).contains(&ax) && (12.0..30.0).contains(&y) && (dz - 5.0).abs() < 7.0;
            let process = (14.0..42.0).contains(&ax) && (20.0..27.0).contains(&y) && (dz - 5.0).abs() < 4.0;
            let ring = (x * x + (y - 28.0).powi(2)).sqrt();
            let lamina = (8.0..13.0).contains(&ring) && y > 30.0 && dz.abs() < 11.0;
            let spine = ax < 3.0 && (40.0..64.0).contains(&y) && (dz + 5.0).abs() < 9.0;
            if pedicle || process || lamina || spine {
                return Some(level);
            }
        }
        None
    }
}

impl Tissues for Schematic {
    fn at(&self, p: [f64; 3]) -> Place {
        let [x, y, z] = p;
        let place = |medium, structure| Place { medium, structure };
        let out = ((x / 170.0).powi(2) + ((y + 30.0) / 115.0).powi(2)).sqrt();
        if !out.is_finite() || out > 1.0 || z.abs() > 130.0 {
            return Medium::Air.into();
        }
        for tube in &self.tubes {
            if (0..3).all(|a| p[a] >= tube.low[a] && p[a] <= tube.high[a])
                && distance_to(&tube.points, p) <= tube.radius
            {
                return place(tube.medium, tube.number);
            }
        }
        if let Some(level) = Self::bone(p) {
            return place(Medium::Bone, level);
        }
        let canal = (x * x + (y - 28.0).powi(2)).sqrt();
        if canal < 6.0 {
            return place(Medium::CerebrospinalFluid, 16);
        }
        if canal < 8.0 {
            return place(Medium::Fat, 16);
        }
        if (x / 25.0).powi(2) + (y / 19.0).powi(2) <= 1.0 && z.abs() < 100.0 {
            // Between the bodies.
            let nearest =
                (0..5).map(|i| (z - level_z(1.5 + f64::from(i))).abs()).fold(f64::INFINITY, f64::min);
            if nearest <= 5.0 {
                return place(Medium::Disc, 0);
            }
        }
        if (x - 8.0).hypot(y + 34.0) < 9.0 {
            return place(Medium::Vessel, 10);
        }
        if (x + 15.0).hypot(y + 34.0) < 10.0 {
            return place(Medium::Vessel, 11);
        }
        let ax = x.abs();
        for (side, kidney, low) in [(1.0, 14, 74.0), (-1.0, 15, 64.0)] {
            let inside =
                ((x - side * 78.0) / 26.0).powi(2) + ((y - 5.0) / 21.0).powi(2) + ((z - low) / 55.0).powi(2);
            if inside <= 1.0 {
                return place(Medium::Kidney, kidney);
            }
        }
        if ((ax - 42.0) / 17.0).powi(2) + ((y + 1.0) / 21.0).powi(2) <= 1.0 {
            return place(Medium::Psoas, if x > 0.0 { 12 } else { 13 });
        }
        if out > 0.985 {
            return place(Medium::Skin, 0);
        }
        if out > 0.88 {
            return place(Medium::Fat, 0);
        }
        if y < -75.0 {
            return place(Medium::Bowel, 17);
        }
        if (22.0..68.0).contains(&y) && ax < 62.0 {
            return place(Medium::Muscle, 18);
        }
        if y < -6.0 && y > -60.0 && ax < 40.0 { place(Medium::Areolar, 0) } else { place(Medium::Fat, 0) }
    }
}

impl World for Schematic {
    fn name(&self, place: Place) -> String {
        self.names.get(&place.structure).cloned().unwrap_or_else(|| medium_name(place.medium).to_owned())
    }

    fn trunk(&self, side: Side) -> Vec<([f64; 3], f64)> {
        (0..=60)
            .map(|i| {
                let level = 1.5 + 3.5 * f64::from(i) / 60.0;
                ([side.sign() * (21.0 - 0.8 * (level - 2.0)), -14.0, level_z(level)], level)
            })
            .collect()
    }

    fn course(&self, name: &str) -> Vec<[f64; 3]> {
        let Some(tube) = self.tubes.iter().find(|t| self.names.get(&t.number).is_some_and(|n| n == name))
        else {
            return Vec::new();
        };
        tube.points
            .windows(2)
            .flat_map(|pair| {
                (0..10).map(move |i| {
                    let w = f64::from(i) / 10.0;
                    [0, 1, 2].map(|axis| pair[0][axis] * (1.0 - w) + pair[1][axis] * w)
                })
            })
            .collect()
    }

    /// A stand-in: a twitch from I = I₀ + k r² on, r from the surface of a root or of the genitofemoral nerve; tingling from
    /// the same share of it as in 279 ganglia; and bare metal of more than 5 mm dilutes the current over its length.
    fn stimulate(&self, current: &Current) -> Result<Vec<String>, String> {
        let spread = (current.bare_mm / value("procedure.stand_in.bare_tip")).max(1.0);
        let share = match current.mode {
            Stimulus::Motor => 1.0,
            Stimulus::Sensory => value("nerve.drg_sensory_threshold") / value("nerve.drg_motor_threshold"),
        };
        let mut felt: Vec<(f64, String)> = Vec::new();
        for tube in self.tubes.iter().filter(|tube| tube.medium == Medium::Nerve) {
            let r = (distance_to(&tube.points, current.tip_mm) - tube.radius).max(0.0);
            let motor = value("procedure.stand_in.threshold_at_contact")
                + value("procedure.stand_in.threshold_growth") * r * r;
            let threshold = motor * share * spread;
            if current.milliamp < threshold {
                continue;
            }
            let groin = self.names.get(&tube.number).is_some_and(|name| name.contains("genitofemoral"));
            let place = if groin { "groin" } else { "thigh or leg" };
            felt.push((
                threshold,
                match current.mode {
                    Stimulus::Sensory => format!("tingling in the {place}"),
                    Stimulus::Motor => format!("a twitch in the {place}"),
                },
            ));
        }
        felt.sort_by(|a, b| a.0.total_cmp(&b.0));
        felt.dedup_by(|a, b| a.1 == b.1);
        Ok(felt.into_iter().map(|(_, words)| words).collect())
    }
}

fn distance_to(course: &[[f64; 3]], p: [f64; 3]) -> f64 {
    course
        .windows(2)
        .map(|pair| {
            let along = [0, 1, 2].map(|a| pair[1][a] - pair[0][a]);
            let from = [0, 1, 2].map(|a| p[a] - pair[0][a]);
            let dot = |u: [f64; 3], v: [f64; 3]| u.iter().zip(v).map(|(a, b)| a * b).sum::<f64>();
            let t = (dot(from, along) / dot(along, along)).clamp(0.0, 1.0);
            (0..3).map(|a| (from[a] - t * along[a]).powi(2)).sum::<f64>()
        })
        .fold(f64::INFINITY, f64::min)
        .sqrt()
}

fn hounsfield(medium: Medium) -> i16 {
    match medium {
        Medium::Air => -1000,
        Medium::Skin => 20,
        Medium::Fat | Medium::Areolar => -95,
        Medium::Bowel => -200,
        Medium::Bone => 450,
        Medium::Disc => 90,
        Medium::CerebrospinalFluid | Medium::Urine => 10,
        _ => 50,
    }
}
