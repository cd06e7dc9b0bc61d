//! One draw of what the belief leaves open.
//!
//! ```text
//! trunk    x(s) = mean(s) + C(s)^½ z(s),   z a stationary Gaussian process along the trunk with
//!          correlation exp(−(Δs/ℓ)²), ℓ the belief's correlation length
//! ganglia  a Poisson-free draw: as many as the expected number, rounded at random, at the quantiles of the belief's
//!          density jittered by up to half a step, so that they neither coincide nor bunch
//! hazards  course + across(σ z), one z each; arteries and veins of a bundle side by side
//! ```
//!
//! C^½ is the symmetric root, and a side's draw is mirrored with it, so a mirrored person with the other side's stream
//! has the mirrored trunk. What comes out in bone, disc or a great vessel is pushed out along the distance's slope.
//!
//! Rami and the lateral femoral cutaneous nerve are not in the belief. Rami are laid from the nearest ganglion round
//! the waist to the root of their level; the cutaneous nerve from the second root across psoas to the iliac fossa.
//! Both are descriptive courses (assumed). Limits: independent hazards; no doubled trunks.

use super::levels::{LevelScale, VertebraMark};
use super::truth::endplate;
use super::tube::{Ganglion, Trunk, Tube, TubeKind};
use crate::BedsideError;
use nalgebra::Matrix3;
use rami_anatomy::{Anatomy, BySide, HazardKind, ModelledHazard, Side, VertebralLevel};
use rami_evidence::value;
use rami_random::distributions::StandardNormal;
use rami_random::{Rng, RngExt, Stream};
use rami_volume::crop::{VoxelBox, crop};
use rami_volume::{Point, Vector, Volume, distance};

/// Radius of the trunk between ganglia, mm (assumed: a flat cord 1 to 2.5 mm across).
const TRUNK_RADIUS_MM: f64 = 1.0;
/// Radii of rami, of the small somatic nerves, of a lumbar artery and of a vein, mm (assumed).
const RAMUS_RADIUS_MM: f64 = 0.5;
const CUTANEOUS_RADIUS_MM: f64 = 0.8;
const ARTERY_RADIUS_MM: f64 = 1.1;
const VEIN_RADIUS_MM: f64 = 1.5;

pub(super) fn levels(anatomy: &Anatomy) -> Result<LevelScale, BedsideError> {
    let marks = anatomy
        .vertebrae
        .values()
        .map(|v| VertebraMark {
            level: v.level,
            centroid: v.centroid,
            right: v.frame.right.into_inner(),
            anterior: v.frame.anterior.into_inner(),
            cranial: v.frame.cranial.into_inner(),
            upper: endplate(&v.upper_endplate),
            lower: endplate(&v.lower_endplate),
        })
        .collect();
    LevelScale::new(marks)
}

/// Distance fields about the trunks: of bone, discs and great vessels together, and of bone and discs alone.
pub(super) struct Obstacles(Option<[Volume<f32>; 2]>);

impl Obstacles {
    pub(super) fn new(anatomy: &Anatomy) -> Self {
        let labels = anatomy.structures.labels();
        let grid = labels.grid();
        let spine = |id: u16| matches!(id, 25..=33 | 204);
        let solid = |id: u16| spine(id) || matches!(id, 52 | 63 | 65..=68);
        let indices: Vec<[f64; 3]> = Side::BOTH
            .iter()
            .flat_map(|&side| &anatomy.chains.get(side).points)
            .map(|p| grid.to_index(&p.mean))
            .collect();
        if indices.is_empty() {
            return Self(None);
        }
        let end = |axis: usize, low: bool| {
            let all = indices.iter().map(|i| i[axis]);
            let v = if low { all.fold(f64::INFINITY, f64::min) } else { all.fold(0.0, f64::max) };
            (v.max(0.0).round() as usize).min(grid.dims()[axis] - 1)
        };
        let part = VoxelBox {
            low: std::array::from_fn(|a| end(a, true)),
            high: std::array::from_fn(|a| end(a, false) + 1),
        };
        let near = crop(labels, part.grown(grid, 40.0)).ok();
        Self(near.map(|near| [distance::signed(&near, solid), distance::signed(&near, spine)]))
    }

    /// Moves a point out until it is `margin_mm` from everything solid; where a vessel lies on the bone, off the bone.
    fn clear(&self, point: Point, margin_mm: f64) -> Point {
        let Some([solid, spine]) = &self.0 else { return point };
        out_of(spine, out_of(solid, point, margin_mm), margin_mm)
    }
}

fn out_of(field: &Volume<f32>, point: Point, margin_mm: f64) -> Point {
    let at = |p: &Point| field.sample(p, 1e3);
    let mut p = point;
    for _ in 0..24 {
        let d = at(&p);
        if d >= margin_mm {
            break;
        }
        let h = 1.0;
        let slope = Vector::new(
            at(&(p + Vector::x() * h)) - at(&(p - Vector::x() * h)),
            at(&(p + Vector::y() * h)) - at(&(p - Vector::y() * h)),
            at(&(p + Vector::z() * h)) - at(&(p - Vector::z() * h)),
        );
        let Some(out) = slope.try_normalize(1e-6) else { break };
        p += out * (margin_mm - d + 0.1).min(2.0);
    }
    p
}

/// A standard normal for each coordinate.
fn normals(rng: &mut impl Rng) -> Vector {
    Vector::new(rng.sample(StandardNormal), rng.sample(StandardNormal), rng.sample(StandardNormal))
}

/// A Gaussian process with unit variance and correlation exp(−(Δs/ℓ)²) at the places `along` (mm, rising): white noise
/// on knots a sixth of ℓ apart, smoothed with a Gaussian of standard deviation ℓ/2.
fn process(along: &[f64], length_mm: f64, rng: &mut impl Rng) -> Vec<Vector> {
    let h = 0.5 * length_mm.max(1.0);
    let step = h / 3.0;
    let end = along.last().copied().unwrap_or(0.0);
    let knots: Vec<(f64, Vector)> = (0..=((end + 8.0 * h) / step).ceil() as usize)
        .map(|n| (n as f64 * step - 4.0 * h, normals(rng)))
        .collect();
    along
        .iter()
        .map(|&s| {
            let (mut sum, mut squares) = (Vector::zeros(), 0.0);
            for (at, z) in &knots {
                let w = (-0.5 * ((s - at) / h).powi(2)).exp();
                sum += z * w;
                squares += w * w;
            }
            sum / squares.sqrt()
        })
        .collect()
}

/// The symmetric square root of a covariance.
pub(crate) fn root(covariance: &Matrix3<f64>) -> Matrix3<f64> {
    let eigen = covariance.symmetric_eigen();
    let roots = eigen.eigenvalues.map(|v| v.max(0.0).sqrt());
    eigen.eigenvectors * Matrix3::from_diagonal(&roots) * eigen.eigenvectors.transpose()
}

pub(super) fn trunk(
    anatomy: &Anatomy,
    side: Side,
    levels: &LevelScale,
    obstacles: &Obstacles,
    stream: Stream,
) -> Trunk {
    let chain = anatomy.chains.get(side);
    let means: Vec<Point> = chain.points.iter().map(|p| p.mean).collect();
    let along = lengths(&means);
    let mut rng = stream.named("trunk").named(side.name()).rng();
    let z = process(&along, chain.correlation_length_mm, &mut rng);
    let points: Vec<Point> = chain
        .points
        .iter()
        .zip(&z)
        .map(|(p, z)| {
            let mirrored = Vector::new(side.sign() * z.x, z.y, z.z);
            obstacles.clear(p.mean + root(&p.covariance) * mirrored, TRUNK_RADIUS_MM + 0.3)
        })
        .collect();
    let fractional: Vec<f64> = rising(points.iter().map(|p| levels.level_of(p)).collect());
    // Expected number of ganglia up to each point.
    let mut expected = vec![0.0; points.len()];
    for i in 1..points.len() {
        let density = 0.5 * (chain.points[i].ganglia_per_mm + chain.points[i - 1].ganglia_per_mm);
        expected[i] = expected[i - 1] + density * (along[i] - along[i - 1]);
    }
    let total = expected.last().copied().unwrap_or(0.0);
    let count = (total + rng.random::<f64>()).floor().clamp(1.0, 6.0);
    let mut figure = |key: &str, limits: [f64; 2]| {
        let sd = 0.25 * (limits[1] - limits[0]);
        let n: f64 = rng.sample(StandardNormal);
        (value(key) + sd * n).clamp(limits[0], limits[1])
    };
    let mut ganglia = Vec::new();
    for n in 0..count as usize {
        let (length_mm, width_mm) =
            (figure("anatomy.ganglion_length", [5.0, 15.0]), figure("anatomy.ganglion_width", [2.0, 6.0]));
        let jitter = (figure("anatomy.ganglion_length", [5.0, 15.0]) - 10.0) / 10.0;
        let quantile = total * (n as f64 + 0.5 + jitter.clamp(-0.4, 0.4)) / count;
        let i = expected.partition_point(|&e| e < quantile).min(points.len().saturating_sub(1));
        if let Some(&on) = points.get(i) {
            let centre = obstacles.clear(on, 0.5 * width_mm);
            ganglia.push(Ganglion { centre, level: fractional[i], length_mm, width_mm });
        }
    }
    Trunk { points, levels: fractional, radius_mm: TRUNK_RADIUS_MM, ganglia }
}

/// Makes a sequence strictly rising, where noise made it step back.
fn rising(mut values: Vec<f64>) -> Vec<f64> {
    for i in 1..values.len() {
        values[i] = values[i].max(values[i - 1] + 1e-6);
    }
    values
}

fn lengths(points: &[Point]) -> Vec<f64> {
    let mut along = vec![0.0; points.len()];
    for i in 1..points.len() {
        along[i] = along[i - 1] + (points[i] - points[i - 1]).norm();
    }
    along
}

/// A course moved across itself by one draw.
fn displaced(
    hazard: &ModelledHazard,
    obstacles: &Obstacles,
    margin_mm: f64,
    extra: Vector,
    stream: Stream,
) -> Vec<Point> {
    // Sides share no stream, and a mirrored side is drawn mirrored.
    let z = normals(&mut stream.named(&hazard.name()).rng());
    let sweep = normals(&mut stream.named(&hazard.name()).named("person").rng()).x;
    let shift = Vector::new(hazard.side.sign() * z.x, z.y, z.z) * hazard.sd_mm + hazard.sweep_mm * sweep;
    let course = &hazard.course;
    (0..course.len())
        .map(|i| {
            let (a, b) = (course[i.saturating_sub(1)], course[(i + 1).min(course.len() - 1)]);
            let along = (b - a).try_normalize(1e-9).unwrap_or_else(Vector::z);
            let across = shift - along * shift.dot(&along);
            obstacles.clear(course[i] + across + extra, margin_mm)
        })
        .collect()
}

/// Everything thin but the trunks.
pub(super) fn tubes(
    anatomy: &Anatomy,
    trunks: &BySide<Trunk>,
    obstacles: &Obstacles,
    stream: Stream,
) -> Vec<Tube> {
    let mut tubes = Vec::new();
    for hazard in &anatomy.modelled {
        let tube = |kind: TubeKind, points: Vec<Point>, radius_mm: f64| Tube {
            kind,
            side: hazard.side,
            level: hazard.level,
            points,
            radius_mm,
        };
        let course = |margin: f64, extra: Vector| displaced(hazard, obstacles, margin, extra, stream);
        match hazard.kind {
            HazardKind::Ureter => {
                tubes.push(tube(TubeKind::Ureter, course(2.0, Vector::zeros()), hazard.radius_mm));
            }
            HazardKind::NerveRoot => {
                tubes.push(tube(TubeKind::NerveRoot, course(0.5, Vector::zeros()), hazard.radius_mm));
            }
            HazardKind::GenitofemoralNerve => tubes.push(tube(
                TubeKind::GenitofemoralNerve,
                course(1.0, Vector::zeros()),
                CUTANEOUS_RADIUS_MM,
            )),
            HazardKind::LumbarSegmentalVessels => {
                let artery = course(ARTERY_RADIUS_MM, Vector::zeros());
                tubes.push(tube(TubeKind::LumbarArtery, artery, ARTERY_RADIUS_MM));
                // The vein runs just above its artery.
                let vein = course(VEIN_RADIUS_MM, Vector::new(0.0, 0.0, ARTERY_RADIUS_MM + VEIN_RADIUS_MM));
                tubes.push(tube(TubeKind::LumbarVein, vein, VEIN_RADIUS_MM));
            }
            HazardKind::PleuralRecess | HazardKind::RenalArtery | HazardKind::RenalVein => {}
        }
    }
    let own: Vec<Tube> =
        Side::BOTH.iter().flat_map(|&side| unbelieved(side, trunks, &tubes, obstacles)).collect();
    tubes.extend(own);
    tubes.retain(|tube| tube.points.len() >= 2);
    tubes
}

/// Rami and the lateral femoral cutaneous nerve, which the belief does not have.
fn unbelieved(side: Side, trunks: &BySide<Trunk>, tubes: &[Tube], obstacles: &Obstacles) -> Vec<Tube> {
    let find = |kind: TubeKind, level: VertebralLevel| {
        tubes.iter().find(|t| t.kind == kind && t.side == side && t.level == Some(level))
    };
    let trunk = trunks.get(side);
    let mut out = Vec::new();
    for (n, level) in VertebralLevel::LUMBAR.into_iter().enumerate() {
        let wanted = n as f64 + 1.0;
        let Some(root) = find(TubeKind::NerveRoot, level) else { continue };
        // The mouth of the foramen.
        let Some(&mouth) = root.points.get(2) else { continue };
        let ganglion = trunk
            .ganglia
            .iter()
            .min_by(|a, b| (a.level - wanted).abs().total_cmp(&(b.level - wanted).abs()))
            .map(|g| g.centre)
            .or_else(|| trunk.at_level(wanted));
        let Some(ganglion) = ganglion else { continue };
        // White rami come from the first two lumbar nerves only.
        let kinds: &[(TubeKind, f64)] = if level <= VertebralLevel::L2 {
            &[(TubeKind::GreyRamus, -3.0), (TubeKind::WhiteRamus, 3.5)]
        } else {
            &[(TubeKind::GreyRamus, -3.0)]
        };
        for &(kind, above) in kinds {
            let mut points = vec![ganglion];
            if let Some(vessels) = find(TubeKind::LumbarArtery, level) {
                // The part of the way round the waist that lies behind the trunk.
                let behind = vessels.points.iter().filter(|p| p.y > ganglion.y + 2.0 && p.y < mouth.y);
                points.extend(
                    behind.map(|p| obstacles.clear(p + Vector::new(0.0, 0.0, above), RAMUS_RADIUS_MM + 0.3)),
                );
            }
            points.push(mouth);
            out.push(Tube { kind, side, level: Some(level), points, radius_mm: RAMUS_RADIUS_MM });
        }
    }
    let from = find(TubeKind::NerveRoot, VertebralLevel::L2).and_then(|root| root.points.last().copied());
    if let Some(from) = from {
        // Down and out across psoas, then along the iliac fossa forwards.
        let points = [[0.0, 0.0, 0.0], [14.0, 2.0, -32.0], [36.0, 0.0, -58.0], [60.0, -26.0, -92.0]]
            .map(|[out, back, up]| from + Vector::new(side.sign() * out, back, up));
        out.push(Tube {
            kind: TubeKind::LateralFemoralCutaneousNerve,
            side,
            level: None,
            points: points.into(),
            radius_mm: CUTANEOUS_RADIUS_MM,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_has_unit_variance_and_the_correlation_it_was_asked_for() {
        let along: Vec<f64> = (0..=10).map(|i| f64::from(i) * 10.0).collect();
        let (mut variance, mut near, mut far) = (0.0, 0.0, 0.0);
        let n = 4000;
        for seed in 0..n {
            let z = process(&along, 30.0, &mut Stream::new(7).indexed(seed).rng());
            variance += z[5].x * z[5].x / n as f64;
            near += z[4].x * z[5].x / n as f64;
            far += z[2].x * z[5].x / n as f64;
        }
        // exp(−(10/30)²) = 0.895 and exp(−1) = 0.368; 4000 draws give a correlation to 0.016.
        assert!((variance - 1.0).abs() < 0.07, "{variance}");
        assert!((near - 0.895).abs() < 0.07 && (far - 0.368).abs() < 0.07, "{near} {far}");
    }

    #[test]
    fn the_root_of_a_covariance_squared_is_the_covariance_and_mirrors_with_it() {
        let c = Matrix3::new(9.0, 2.0, -1.0, 2.0, 4.0, 0.5, -1.0, 0.5, 1.0);
        assert!((root(&c) * root(&c) - c).norm() < 1e-12);
        let m = Matrix3::from_diagonal(&Vector::new(-1.0, 1.0, 1.0));
        assert!((root(&(m * c * m)) - m * root(&c) * m).norm() < 1e-12);
    }
}
