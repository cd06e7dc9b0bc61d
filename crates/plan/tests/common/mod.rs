//! A person made of ellipses and boxes, whose anatomy is known exactly, in any place, posture of the grid and voxel
//! size. Everything is stated in the person's own axes: origin at the centroid of L3, +x left, +y posterior, +z
//! cranial, mm.

#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed
#![allow(dead_code)] // not every test uses every part

use nalgebra::{Matrix3, Rotation3, Unit};
use rami_anatomy::{
    Anatomy, BySide, Chain, ChainPoint, EndplatePlane, HazardKind, LevelCount, ModelledHazard, Pedicle,
    Posture, Side, Skin, Structure, StructureMap, SurfacePoint, Vertebra, VertebraFrame, VertebralLevel,
};
use rami_volume::{Affine, Ct, Grid, Labels, Point, Vector, Volume};
use std::collections::BTreeMap;

/// How the person is made and scanned.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) spacing: [f64; 3],
    pub(crate) rotation: Rotation3<f64>,
    pub(crate) shift: Vector,
    /// Left and right exchanged.
    pub(crate) mirrored: bool,
    /// The grid's axes run the other way.
    pub(crate) flipped_axes: bool,
    pub(crate) posture: Posture,
    /// Structures left out of the labels.
    pub(crate) without: Vec<&'static str>,
    /// A wall of bowel across both flanks behind, so that nothing is safe.
    pub(crate) walled_in: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            spacing: [3.0; 3],
            rotation: Rotation3::identity(),
            shift: Vector::zeros(),
            mirrored: false,
            flipped_axes: false,
            posture: Posture::Prone,
            without: Vec::new(),
            walled_in: false,
        }
    }
}

const BODY_HALF: [f64; 2] = [23.0, 17.5];
const BODY_HALF_HEIGHT: f64 = 13.5;
const LEVEL_PITCH: f64 = 36.0;
const TRUNK_ANGLE_DEG: f64 = 48.0;
const SKIN_HALF: [f64; 2] = [170.0, 105.0];
const SKIN_CENTRE_Y: f64 = -20.0;

fn level_z(level: VertebralLevel) -> f64 {
    (VertebralLevel::L3 as i32 - level as i32) as f64 * LEVEL_PITCH
}

fn waist(z: f64) -> f64 {
    1.0 - 0.08 * (1.0 - (z / BODY_HALF_HEIGHT).powi(2)).max(0.0)
}

fn in_box(p: &Point, low: [f64; 3], high: [f64; 3]) -> bool {
    (0..3).all(|axis| (low[axis]..=high[axis]).contains(&p[axis]))
}

fn in_ellipsoid(p: &Point, centre: [f64; 3], half: [f64; 3]) -> bool {
    (0..3).map(|axis| ((p[axis] - centre[axis]) / half[axis]).powi(2)).sum::<f64>() <= 1.0
}

fn in_vertebra(p: &Point) -> bool {
    let x = p.x.abs();
    let body = p.z.abs() <= BODY_HALF_HEIGHT
        && (p.x / BODY_HALF[0]).powi(2) + (p.y / BODY_HALF[1]).powi(2) <= waist(p.z).powi(2);
    let pedicle = in_box(&Point::new(x, p.y, p.z), [11.0, 8.0, 0.0], [19.0, 32.0, 11.0]);
    let arch = in_box(&Point::new(x, p.y, p.z), [0.0, 32.0, -9.0], [21.0, 40.0, 9.0]);
    let spinous = in_box(&Point::new(x, p.y, p.z), [0.0, 38.0, -9.0], [4.0, 64.0, 6.0]);
    let (from, to) = (Point::new(17.0, 26.0, 5.0), Point::new(40.0, 32.0, 5.0));
    let along = to - from;
    let q = Point::new(x, p.y, p.z);
    let t = ((q - from).dot(&along) / along.norm_squared()).clamp(0.0, 1.0);
    let process = (q - (from + along * t)).norm() <= 4.0;
    body || pedicle || arch || spinous || process
}

impl Person {
    /// Name of the structure at a point of the unmirrored person, if any.
    fn structure(&self, p: &Point) -> Option<&'static str> {
        let side = |left: &'static str, right: &'static str| if p.x > 0.0 { left } else { right };
        let x = p.x.abs();
        for level in VertebralLevel::LUMBAR {
            if in_vertebra(&Point::new(p.x, p.y, p.z - level_z(level))) {
                return Some(match level {
                    VertebralLevel::L1 => "vertebrae_L1",
                    VertebralLevel::L2 => "vertebrae_L2",
                    VertebralLevel::L3 => "vertebrae_L3",
                    VertebralLevel::L4 => "vertebrae_L4",
                    _ => "vertebrae_L5",
                });
            }
        }
        let tube =
            |cx: f64, cy: f64, rx: f64, ry: f64| ((p.x - cx) / rx).powi(2) + ((p.y - cy) / ry).powi(2) <= 1.0;
        if tube(0.0, 25.0, 7.0, 6.5) {
            return Some("spinal_cord");
        }
        if tube(3.0, -30.0, 9.0, 9.0) {
            return Some("aorta");
        }
        if tube(-19.0, -32.0, 9.0, 8.0) {
            return Some("inferior_vena_cava");
        }
        if in_ellipsoid(&Point::new(x, p.y, p.z), [68.0, 8.0, 82.0], [26.0, 22.0, 55.0]) {
            return Some(side("kidney_left", "kidney_right"));
        }
        if self.walled_in && in_box(&Point::new(x, p.y, p.z), [26.0, 44.0, -140.0], [165.0, 52.0, 140.0]) {
            return Some("colon");
        }
        let psoas = Point::new(x, p.y, 0.0);
        if in_ellipsoid(&psoas, [39.0, 2.0, 0.0], [14.0, 17.0, 1.0]) {
            return Some(side("iliopsoas_left", "iliopsoas_right"));
        }
        if in_ellipsoid(&psoas, [33.0, 54.0, 0.0], [25.0, 18.0, 1.0]) {
            return Some(side("autochthon_left", "autochthon_right"));
        }
        if in_ellipsoid(&psoas, [105.0, -35.0, 0.0], [22.0, 20.0, 1.0]) {
            return Some("colon");
        }
        if in_ellipsoid(p, [0.0, -85.0, -30.0], [65.0, 30.0, 70.0]) {
            return Some("small_bowel");
        }
        if in_ellipsoid(p, [-30.0, -60.0, 40.0], [16.0, 10.0, 40.0]) {
            return Some("duodenum");
        }
        if in_ellipsoid(p, [-95.0, -50.0, 125.0], [60.0, 55.0, 45.0]) {
            return Some("liver");
        }
        in_ellipsoid(p, [110.0, -5.0, 135.0], [25.0, 40.0, 35.0]).then_some("spleen")
    }

    /// From the person's own axes to patient space.
    pub(crate) fn place(&self, p: &Point) -> Point {
        let x = if self.mirrored { -p.x } else { p.x };
        self.rotation * Point::new(x, p.y, p.z) + self.shift
    }

    /// From patient space to the person's own axes.
    pub(crate) fn own(&self, p: &Point) -> Point {
        let q = self.rotation.inverse() * (p - self.shift);
        Point::new(if self.mirrored { -q.x } else { q.x }, q.y, q.z)
    }

    fn vector(&self, v: Vector) -> Vector {
        self.rotation * Vector::new(if self.mirrored { -v.x } else { v.x }, v.y, v.z)
    }

    fn grid(&self) -> Grid {
        let (low, high) = ([-190.0, -150.0, -150.0], [190.0, 120.0, 150.0]);
        let mut box_low = [f64::INFINITY; 3];
        let mut box_high = [f64::NEG_INFINITY; 3];
        for corner in 0..8 {
            let p: [f64; 3] =
                std::array::from_fn(|axis| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] });
            let placed = self.place(&Point::from(p));
            for axis in 0..3 {
                box_low[axis] = box_low[axis].min(placed[axis]);
                box_high[axis] = box_high[axis].max(placed[axis]);
            }
        }
        let dims: [usize; 3] = std::array::from_fn(|axis| {
            ((box_high[axis] - box_low[axis]) / self.spacing[axis]).ceil() as usize + 1
        });
        if !self.flipped_axes {
            return Grid::upright(dims, self.spacing, Point::from(box_low)).unwrap();
        }
        // Index axes cranial, right, anterior, each running the other way.
        let mut affine = Affine::identity();
        affine.fixed_view_mut::<3, 1>(0, 0).copy_from(&(Vector::z() * self.spacing[2]));
        affine.fixed_view_mut::<3, 1>(0, 1).copy_from(&(-Vector::x() * self.spacing[0]));
        affine.fixed_view_mut::<3, 1>(0, 2).copy_from(&(-Vector::y() * self.spacing[1]));
        let far = |axis: usize| box_low[axis] + (dims[axis] as f64 - 1.0) * self.spacing[axis];
        affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&Vector::new(far(0), far(1), box_low[2]));
        Grid::new([dims[2], dims[0], dims[1]], affine).unwrap()
    }

    pub(crate) fn make(&self) -> (Ct, Anatomy) {
        let grid = self.grid();
        let mut labels = vec![0u16; grid.len()];
        let mut hu = vec![-1000i16; grid.len()];
        let mut skin = vec![0f32; grid.len()];
        let mut body = vec![0u8; grid.len()];
        for at in 0..grid.len() {
            let p = self.own(&grid.to_lps(grid.voxel(at).map(|v| v as f64)));
            let r = (p.x / SKIN_HALF[0]).hypot((p.y - SKIN_CENTRE_Y) / SKIN_HALF[1]);
            skin[at] = ((r - 1.0) * SKIN_HALF[1]) as f32;
            if r > 1.0 {
                continue;
            }
            body[at] = 1;
            hu[at] = -100;
            if let Some(name) =
                self.structure(&p).map(|name| if self.mirrored { mirrored_name(name) } else { name })
                && !self.without.contains(&name)
            {
                labels[at] = Structure::from_name(name).unwrap().id();
                hu[at] = if name.starts_with("vertebrae") { 400 } else { 45 };
            }
        }
        let volume = |data| Volume::new(grid.clone(), data).unwrap();
        let (structures, _) = StructureMap::new(Labels::new(grid.clone(), labels).unwrap(), &BTreeMap::new());
        let anatomy = Anatomy {
            structures,
            posture: self.posture,
            skin: Skin {
                body: Volume::new(grid.clone(), body).unwrap(),
                distance_mm: Volume::new(grid.clone(), skin).unwrap(),
                back_cut_off: false,
                flank_cut_off: BySide::default(),
            },
            vertebrae: VertebralLevel::LUMBAR
                .into_iter()
                .map(|level| (level, self.vertebra(level)))
                .collect(),
            count: LevelCount {
                from_sacrum: VertebralLevel::LUMBAR.into_iter().rev().collect(),
                from_ribs: VertebralLevel::LUMBAR.to_vec(),
                agree: true,
            },
            chains: BySide::from_fn(|side| self.chain(side)),
            modelled: self.hazards(),
            iliac_crest_line_z_mm: Some(self.place(&Point::new(0.0, 0.0, -50.0)).z),
            warnings: Vec::new(),
        };
        (volume(hu), anatomy)
    }

    /// A point of the ellipse of the body, out by some millimetres; angle from lateral towards the front.
    fn on_body(&self, level: VertebralLevel, side: f64, angle_deg: f64, z: f64, out: f64) -> (Point, Vector) {
        let (sin, cos) = angle_deg.to_radians().sin_cos();
        let w = waist(z);
        let normal = Vector::new(cos / BODY_HALF[0], -sin / BODY_HALF[1], 0.0).normalize();
        let p = Point::new(BODY_HALF[0] * w * cos, -BODY_HALF[1] * w * sin, z) + normal * out;
        (Point::new(p.x * side, p.y, p.z + level_z(level)), Vector::new(normal.x * side, normal.y, 0.0))
    }

    /// The patient's side as the sign of x in the person's own axes.
    fn own_sign(&self, side: Side) -> f64 {
        side.sign() * if self.mirrored { -1.0 } else { 1.0 }
    }

    fn vertebra(&self, level: VertebralLevel) -> Vertebra {
        let at = |x: f64, y: f64, z: f64| self.place(&Point::new(x, y, z + level_z(level)));
        let unit = |v: Vector| Unit::new_normalize(self.rotation * v);
        let endplate = |z: f64| EndplatePlane {
            centre: at(0.0, 0.0, z),
            normal: unit(Vector::z()),
            width_mm: 2.0 * BODY_HALF[0],
            depth_mm: 2.0 * BODY_HALF[1],
        };
        let surface = |side: Side| {
            let mut points = Vec::new();
            for z in -13..=13 {
                for degree in (0..=88).step_by(2) {
                    let (p, n) =
                        self.on_body(level, self.own_sign(side), f64::from(degree), f64::from(z), 0.0);
                    points.push(SurfacePoint {
                        point: self.place(&p),
                        normal: Unit::new_normalize(self.vector(n)),
                        height_fraction: (f64::from(z) + BODY_HALF_HEIGHT) / (2.0 * BODY_HALF_HEIGHT),
                        depth_fraction: (p.y + BODY_HALF[1]) / (2.0 * BODY_HALF[1]),
                    });
                }
            }
            points
        };
        Vertebra {
            level,
            centroid: at(0.0, 0.0, 0.0),
            canal_centre: at(0.0, 25.0, 0.0),
            frame: VertebraFrame {
                right: unit(-Vector::x()),
                anterior: unit(-Vector::y()),
                cranial: unit(Vector::z()),
            },
            upper_endplate: endplate(BODY_HALF_HEIGHT),
            lower_endplate: endplate(-BODY_HALF_HEIGHT),
            waist_width_mm: 2.0 * BODY_HALF[0] * waist(0.0),
            waist_depth_mm: 2.0 * BODY_HALF[1] * waist(0.0),
            height_mm: 2.0 * BODY_HALF_HEIGHT,
            pedicles: BySide::from_fn(|side| {
                let s = self.own_sign(side);
                Some(Pedicle {
                    centre: at(15.0 * s, 20.0, 5.5),
                    lateral_border: at(19.0 * s, 20.0, 5.5),
                    width_mm: 8.0,
                    height_mm: 11.0,
                })
            }),
            transverse_process_tips: BySide::from_fn(|side| Some(at(44.0 * self.own_sign(side), 33.0, 5.0))),
            spinous_process_tip: Some(at(0.0, 64.0, -2.0)),
            anterolateral_surface: BySide::from_fn(surface),
            body_voxels: Vec::new(),
            truncated: false,
        }
    }

    fn chain(&self, side: Side) -> Chain {
        let mut points = Vec::new();
        for step in 0..=70 {
            let z = f64::from(70 - 2 * step);
            let level = VertebralLevel::LUMBAR
                .into_iter()
                .min_by(|a, b| (level_z(*a) - z).abs().total_cmp(&(level_z(*b) - z).abs()))
                .unwrap();
            let (p, _) =
                self.on_body(VertebralLevel::L3, self.own_sign(side), TRUNK_ANGLE_DEG, BODY_HALF_HEIGHT, 3.0);
            points.push(ChainPoint {
                mean: self.place(&Point::new(p.x, p.y, z)),
                covariance: Matrix3::identity() * 4.0,
                level,
                ganglia_per_mm: 0.03,
            });
        }
        Chain { points, correlation_length_mm: 30.0 }
    }

    fn hazards(&self) -> Vec<ModelledHazard> {
        let mut hazards = Vec::new();
        for side in Side::BOTH {
            let s = self.own_sign(side);
            let course = |points: &[[f64; 3]]| {
                points.iter().map(|&[x, y, z]| self.place(&Point::new(x * s, y, z))).collect::<Vec<_>>()
            };
            hazards.push(ModelledHazard {
                kind: HazardKind::Ureter,
                side,
                level: None,
                course: course(&[[45.0, -18.0, 60.0], [40.0, -22.0, -100.0]]),
                radius_mm: 2.5,
                sd_mm: 5.0,
                sweep_mm: Vector::zeros(),
                evidence: vec![],
            });
            for level in VertebralLevel::LUMBAR {
                let z = level_z(level);
                hazards.push(ModelledHazard {
                    kind: HazardKind::NerveRoot,
                    side,
                    level: Some(level),
                    course: course(&[[10.0, 22.0, z - 8.0], [24.0, 16.0, z - 14.0], [36.0, 4.0, z - 40.0]]),
                    radius_mm: 2.0,
                    sd_mm: 2.0,
                    sweep_mm: Vector::zeros(),
                    evidence: vec![],
                });
            }
        }
        hazards
    }
}

fn mirrored_name(name: &'static str) -> &'static str {
    match name {
        "kidney_left" => "kidney_right",
        "kidney_right" => "kidney_left",
        "iliopsoas_left" => "iliopsoas_right",
        "iliopsoas_right" => "iliopsoas_left",
        "autochthon_left" => "autochthon_right",
        "autochthon_right" => "autochthon_left",
        other => other,
    }
}

/// A point of a plan.
pub(crate) fn point(mm: [f64; 3]) -> Point {
    Point::from(mm)
}
