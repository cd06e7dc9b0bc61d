//! The ureters: from the pelvis of the kidney along psoas into the pelvis.
//!
//! How far from the great vessels one lies at each disc is drawn from what was measured on 108 people
//! (`anatomy.ureter_to_vessel_left`, `…_right`): far out on the muscle at L2/3, nearer to its medial edge at L4/5, closer to
//! the vessels on the right, and nowhere the same in two people. Depth follows from that: on the front of the muscle, medial
//! of its foremost line behind the peritoneum that spans from there to the vessel.

use super::layout::{Course, Kidney, Layout, stepped};
use super::tissues::kidney_axes;
use crate::Side;
use crate::prior::along;
use nalgebra::{Point3, Vector3};
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};

/// Radius, mm.
pub(crate) const RADIUS_MM: f64 = 2.0;
/// Its middle off the fascia of psoas, mm.
const OFF_PSOAS_MM: f64 = 3.5;
/// Furthest aside of psoas, mm: there the kidney and the colon begin.
const FURTHEST_ASIDE_MM: f64 = 12.0;
/// Share of the variation of its distance from the vessels that is the same at all discs; the rest differs from disc to disc.
/// Assumed: nobody has published how it hangs together.
const COMMON: f64 = 0.8;

impl Layout {
    pub(super) fn ureter(&self, side: Side) -> Course {
        let s = side.sign();
        let kidney = self.kidneys.get(side);
        let start = kidney.hilum;
        let mut rng = Stream::new(self.traits.seed).named("ureter").named(side.name()).rng();
        let mut normal =
            || -> f64 { Distribution::<f64>::sample(&StandardNormal, &mut rng).clamp(-2.2, 2.2) };
        let common = normal();
        let own = [normal(), normal(), normal()];
        let topic = match side {
            Side::Left => "anatomy.ureter_to_vessel_left",
            Side::Right => "anatomy.ureter_to_vessel_right",
        };
        let wanted = |level: f64| {
            let t = (level - 2.5).clamp(0.0, 2.0);
            let low = (t as usize).min(1);
            let own = own[low] + (t - low as f64) * (own[low + 1] - own[low]);
            let law = along(topic, level);
            law.mean + law.sd * (COMMON * common + (1.0 - COMMON * COMMON).sqrt() * own)
        };
        let from = self.spine.level_at_z(kidney.lower_pole.z.min(start.z - 15.0)).clamp(1.6, 4.4);
        let mut points = vec![start + Vector3::new(-s * 6.0, -2.0, -6.0)];
        let mut level = from;
        while level < 5.1 {
            points.push(self.on_psoas(side, level, wanted(level)));
            level += 0.35;
        }
        let sacral = self.spine.levels[self.spine.sacral()].frame.origin;
        let k = self.spine.scale;
        // In front of the common iliac vessels, then into the pelvis on the inner side of the external ones.
        for [x, y, z] in
            [[38.0, -51.0, -6.0], [34.0, -40.0, -28.0], [33.0, -25.0, -52.0], [36.0, -12.0, -92.0]]
        {
            points.push(sacral + Vector3::new(s * x * k, y * k, z * k));
        }
        let mut course = stepped(&Course::new(points, RADIUS_MM), 4.0);
        // Medial of the kidney, once it has left its pelvis.
        for p in &mut course.points {
            for _ in 0..60 {
                if p.z > start.z - 10.0 || beside(kidney, side, p) > RADIUS_MM + 1.5 {
                    break;
                }
                p.x -= s * 0.5;
            }
        }
        course
    }

    /// The place before psoas at a level whose wall is this far from the great vessels, mm.
    fn on_psoas(&self, side: Side, level: f64, wanted: f64) -> Point3<f64> {
        let s = side.sign();
        let p = self.psoas_at(level);
        let front = p.y - p.ry - OFF_PSOAS_MM;
        let vessel = self.nearest_vessel(side, level);
        let at = |x: f64| {
            let across = ((x - p.x) / p.rx).min(0.9);
            let y = if across >= 0.0 {
                p.y - p.ry * (1.0 - across * across).sqrt() - OFF_PSOAS_MM
            } else {
                // From the front of the muscle to the middle of the vessel.
                let way = ((p.x - x) / (p.x - vessel.0).max(1.0)).min(1.0);
                front + way * (vessel.1.min(front) - front)
            };
            self.spine.place(level, s * x, y, 0.0)
        };
        let (mut x, last) = (vessel.0, p.x + p.rx + FURTHEST_ASIDE_MM);
        while x < last && self.to_vessels(&at(x)) < wanted.max(1.0) + RADIUS_MM {
            x += 0.25;
        }
        at(x)
    }

    /// Across (towards the side) and depth of the great vessel of a side at a level, in the frame there.
    fn nearest_vessel(&self, side: Side, level: f64) -> (f64, f64) {
        let middle = self.spine.place(level, 0.0, 0.0, 0.0);
        let courses = [&self.aorta, &self.ivc, self.iliac_arteries.get(side), self.iliac_veins.get(side)];
        courses
            .into_iter()
            .filter_map(|course| {
                course.points.iter().min_by(|a, b| (a.z - middle.z).abs().total_cmp(&(b.z - middle.z).abs()))
            })
            .filter(|p| (p.z - middle.z).abs() < 10.0)
            .map(|p| (side.sign() * (p.x - middle.x), p.y - middle.y))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, -30.0))
    }

    /// Distance to the wall of the nearest great vessel, mm.
    fn to_vessels(&self, p: &Point3<f64>) -> f64 {
        let wall = super::corridor::to_course;
        let iliac = [&self.iliac_arteries, &self.iliac_veins];
        let iliac = iliac.into_iter().flat_map(|pair| [&pair.left, &pair.right]);
        // The cava is wider than deep: its width is what stands towards psoas.
        wall(&self.aorta, p, 1.0)
            .min(wall(&self.ivc, p, 1.16))
            .min(iliac.map(|c| wall(c, p, 1.0)).fold(f64::MAX, f64::min))
    }
}

/// Distance to the surface of a kidney, to first order, mm.
fn beside(kidney: &Kidney, side: Side, p: &Point3<f64>) -> f64 {
    let d = (kidney_axes(kidney, side) * (p - kidney.centre)).component_div(&kidney.radii);
    let g = d.norm().max(1e-6);
    // The gradient of the scaled radius.
    let slope = d.component_div(&kidney.radii).norm() / g;
    (g - 1.0) / slope.max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Posture;
    use crate::patient::population::{self, Known, TrunkSource};

    #[test]
    fn ureters_lie_as_far_from_the_great_vessels_as_in_people_and_as_differently() {
        let people: Vec<Layout> = (0..300)
            .map(|row| {
                let traits = population::draw(8, row, Known::default(), TrunkSource::Cadaver).unwrap();
                Layout::new(&traits, None, Posture::Prone)
            })
            .collect();
        for side in Side::BOTH {
            for (disc, level) in [("l2_3", 2.5), ("l3_4", 3.5), ("l4_5", 4.5)] {
                let published = rami_evidence::figure(&format!("anatomy.ureter_to_vessel_{side}.{disc}"));
                let (mean, interval) = (published.value.unwrap(), published.interval.unwrap());
                let sd = 0.5 * (interval.high - interval.low);
                let found: Vec<f64> = people
                    .iter()
                    .filter_map(|layout| {
                        let z = layout.z(level);
                        let p =
                            layout.ureters.get(side).points.windows(2).find(|w| w[0].z >= z && w[1].z < z)?;
                        let t = (p[0].z - z) / (p[0].z - p[1].z);
                        Some(layout.to_vessels(&(p[0] + (p[1] - p[0]) * t)) - RADIUS_MM)
                    })
                    .collect();
                let n = found.len() as f64;
                let m = found.iter().sum::<f64>() / n;
                let s = (found.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n).sqrt();
                println!("{side} {disc}: {m:.1} ± {s:.1}, published {mean:.1} ± {sd:.1}, {n} people");
                // Psoas, kidney and the vessels themselves cut the law's tails off, nearer and further away.
                assert!(n > 250.0 && (m - mean).abs() < 0.5 * sd, "{side} {disc}: {m:.1} for {mean:.1} mm");
                assert!((0.55..1.1).contains(&(s / sd)), "{side} {disc}: ± {s:.1} for ± {sd:.1} mm");
            }
        }
    }
}
