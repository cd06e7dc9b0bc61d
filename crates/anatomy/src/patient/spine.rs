//! The spine: sizes of vertebrae by level, and the frames that everything else is placed in.
//!
//! Vertebrae are stacked from the middle of L3, which is the origin of patient space. In the sagittal plane each is
//! inclined by θ (front end up positive); from one to the next θ changes by half of both bodies' wedge and by the
//! wedge of the disc between them, so that L1 to S1 add up to the lordosis asked for. Scoliosis tilts and turns the
//! levels by smooth curves along the spine. Lengths in mm, angles in radians inside, degrees in [`Traits`].
//!
//! Sizes: rows B5.1–B5.5 of the evidence where they exist (mean of both sexes, then the sex scale), the rest from
//! `population.vertebra.*` (recalled or assumed, said there).

use super::traits::Traits;
use super::variant::Variant;
use nalgebra::{Matrix3, Point3, Vector3};

/// Axes and origin of a vertebra, in f64: rows are left, posterior, cranial.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) origin: Point3<f64>,
    pub(crate) axes: Matrix3<f64>,
}

impl Frame {
    /// Patient coordinates of a point in local (left, posterior, cranial) coordinates.
    pub(crate) fn point(&self, x: f64, y: f64, z: f64) -> Point3<f64> {
        self.origin + self.axes.transpose() * Vector3::new(x, y, z)
    }

    /// Patient direction of a local direction.
    pub(crate) fn direction(&self, x: f64, y: f64, z: f64) -> Vector3<f64> {
        self.axes.transpose() * Vector3::new(x, y, z)
    }

    /// Local coordinates of a patient point.
    pub(crate) fn local(&self, p: &Point3<f64>) -> Vector3<f64> {
        self.axes * (p - self.origin)
    }
}

/// Sizes of one vertebra, mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VertebraSize {
    pub(crate) upper_width: f64,
    pub(crate) upper_depth: f64,
    pub(crate) lower_width: f64,
    pub(crate) lower_depth: f64,
    pub(crate) waist_width: f64,
    pub(crate) waist_depth: f64,
    pub(crate) anterior_height: f64,
    pub(crate) posterior_height: f64,
    /// Disc below, in the middle.
    pub(crate) disc: f64,
    pub(crate) pedicle_width: f64,
    pub(crate) pedicle_height: f64,
    pub(crate) canal_width: f64,
    pub(crate) canal_depth: f64,
    /// Tip to tip of the transverse processes.
    pub(crate) transverse_span: f64,
    /// From the back of the canal to the tip.
    pub(crate) spinous_length: f64,
    pub(crate) spinous_height: f64,
    /// Half the distance between the facet joints below.
    pub(crate) facet_x: f64,
    /// Angle of the facet joints below to the sagittal plane, degrees.
    pub(crate) facet_deg: f64,
}

impl VertebraSize {
    /// Height in the middle between the rims.
    pub(crate) fn height(&self) -> f64 {
        0.5 * (self.anterior_height + self.posterior_height)
    }

    /// Mean depth of the endplates.
    pub(crate) fn depth(&self) -> f64 {
        0.5 * (self.upper_depth + self.lower_depth)
    }

    /// Angle between the endplates, radians, positive for a body taller in front.
    pub(crate) fn wedge(&self) -> f64 {
        ((self.anterior_height - self.posterior_height) / self.depth()).atan()
    }

    /// Local y of the back wall of the body in the middle.
    pub(crate) fn back(&self) -> f64 {
        0.5 * self.depth()
    }
}

/// A vertebra in its place.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// `L3` and so on; `L6` for a sixth lumbar vertebra.
    pub(crate) name: &'static str,
    /// Number in the label map.
    pub(crate) label: u16,
    pub(crate) size: VertebraSize,
    pub(crate) frame: Frame,
    /// Turn of the endplates against the middle plane, radians.
    pub(crate) half_wedge: f64,
}

/// Vertebrae from T11 down to S1 (the last).
#[derive(Debug, Clone)]
pub(crate) struct Spine {
    pub(crate) levels: Vec<Level>,
    /// Linear size of the skeleton against the mean of both sexes.
    pub(crate) scale: f64,
}

const NAMES: [(&str, u16); 8] =
    [("T11", 33), ("T12", 32), ("L1", 31), ("L2", 30), ("L3", 29), ("L4", 28), ("L5", 27), ("S1", 26)];

/// Index of L1 in [`Spine::levels`].
pub(crate) const L1: usize = 2;

fn published(row: &str, level: &str) -> f64 {
    rami_evidence::value(&format!("anatomy.{row}.{}", level.to_lowercase()))
}

/// Means of both sexes. Rows: lower width, lower depth, anterior height, disc below, pedicle width, pedicle height,
/// canal width, canal depth, transverse span, spinous length, spinous height, facet x, facet angle.
fn table(level: &str) -> Vec<f64> {
    let figure =
        |what: &str| rami_evidence::value(&format!("population.vertebra.{what}.{}", level.to_lowercase()));
    [
        "lower_width",
        "lower_depth",
        "anterior_height",
        "disc_height",
        "pedicle_width",
        "pedicle_height",
        "canal_width",
        "canal_depth",
        "transverse_span",
        "spinous_length",
        "spinous_height",
        "facet_half_distance",
        "facet_angle",
    ]
    .into_iter()
    .map(figure)
    .collect()
}

/// Mean sizes of both sexes, before the scales of sex and stature.
fn mean_size(level: &str) -> VertebraSize {
    let t = table(level);
    let (upper_width, upper_depth, posterior_height) = if level.starts_with('L') {
        (
            published("upper_endplate_width", level),
            published("upper_endplate_depth", level),
            published("posterior_body_height", level),
        )
    } else {
        let own = |what: &str| {
            rami_evidence::value(&format!("population.vertebra.{what}.{}", level.to_lowercase()))
        };
        (own("upper_width"), own("upper_depth"), own("posterior_height"))
    };
    let waist = |figure: &str, a: f64, b: f64| rami_evidence::value(figure) * 0.5 * (a + b);
    VertebraSize {
        upper_width,
        upper_depth,
        lower_width: t[0],
        lower_depth: t[1],
        waist_width: waist("population.vertebra.waist_width_ratio", upper_width, t[0]),
        waist_depth: waist("population.vertebra.waist_depth_ratio", upper_depth, t[1]),
        anterior_height: t[2],
        posterior_height,
        disc: t[3],
        pedicle_width: t[4],
        pedicle_height: t[5],
        canal_width: t[6],
        canal_depth: t[7],
        transverse_span: t[8],
        spinous_length: t[9],
        spinous_height: t[10],
        facet_x: t[11],
        facet_deg: t[12],
    }
}

/// Sizes for a person: the sex scale of B5.5 about the mean of both, and stature by its exponent.
fn sized(mean: VertebraSize, depth: f64, height: f64) -> VertebraSize {
    VertebraSize {
        upper_width: mean.upper_width * depth,
        upper_depth: mean.upper_depth * depth,
        lower_width: mean.lower_width * depth,
        lower_depth: mean.lower_depth * depth,
        waist_width: mean.waist_width * depth,
        waist_depth: mean.waist_depth * depth,
        anterior_height: mean.anterior_height * height,
        posterior_height: mean.posterior_height * height,
        disc: mean.disc * height,
        pedicle_width: mean.pedicle_width * depth,
        pedicle_height: mean.pedicle_height * height,
        canal_width: mean.canal_width * (0.5 + 0.5 * depth),
        canal_depth: mean.canal_depth * (0.5 + 0.5 * depth),
        transverse_span: mean.transverse_span * depth,
        spinous_length: mean.spinous_length * depth,
        spinous_height: mean.spinous_height * height,
        facet_x: mean.facet_x * (0.5 + 0.5 * depth),
        facet_deg: mean.facet_deg,
    }
}

/// Share of the discs' total wedge from L1/2 down to L5/S1.
const DISC_SHARE: [f64; 5] = [0.08, 0.13, 0.19, 0.26, 0.34];

impl Spine {
    /// The spine of a person; `lordosis_deg` as they lie.
    pub(crate) fn new(traits: &Traits, variant: Option<Variant>, lordosis_deg: f64) -> Self {
        let (depth_scale, height_scale) = traits.skeleton_scales();
        let six = variant == Some(Variant::Transitional);
        let disc_loss = if variant == Some(Variant::Spondylosis) { 0.55 } else { 1.0 };
        let mut levels: Vec<Level> = Vec::new();
        for (name, label) in NAMES {
            let mut mean = mean_size(name);
            if name.starts_with('L') && name != "L1" {
                mean.disc *= disc_loss;
            }
            let mut push = |name, label, mean| {
                let size = sized(mean, depth_scale, height_scale);
                let frame = Frame { origin: Point3::origin(), axes: Matrix3::identity() };
                levels.push(Level { name, label, size, frame, half_wedge: 0.5 * size.wedge() });
            };
            if six && name == "S1" {
                // A lumbarised first sacral segment: squarer than L5, a shallow disc below it, short wide processes.
                let l5 = mean_size("L5");
                let extra = VertebraSize {
                    anterior_height: 28.0,
                    posterior_height: 24.5,
                    disc: 6.0,
                    transverse_span: l5.transverse_span + 6.0,
                    spinous_length: 16.0,
                    ..l5
                };
                push("L6", 26, extra);
                push("S1", 25, mean);
            } else {
                push(name, label, mean);
            }
        }
        let mut spine = Self { levels, scale: depth_scale };
        spine.stack(traits, variant, lordosis_deg.to_radians());
        spine
    }

    /// Index of the first sacral segment.
    pub(crate) fn sacral(&self) -> usize {
        self.levels.len() - 1
    }

    fn stack(&mut self, traits: &Traits, variant: Option<Variant>, lordosis: f64) {
        let n = self.levels.len();
        let s1 = n - 1;
        // Wedge of the disc below each level.
        let bodies: f64 = (L1..s1).map(|i| 2.0 * self.levels[i].half_wedge).sum();
        let discs = lordosis - bodies;
        let lumbar = s1 - L1;
        let mut disc_wedge = vec![-0.01; n];
        for i in L1..s1 {
            let share = if lumbar == 5 {
                DISC_SHARE[i - L1]
            } else {
                // Six discs: the table stretched over them.
                [0.07, 0.11, 0.16, 0.21, 0.25, 0.20][i - L1]
            };
            disc_wedge[i] = discs * share;
        }
        self.levels[0].half_wedge = -0.02;
        self.levels[1].half_wedge = -0.015;
        self.levels[s1].half_wedge = 0.0;
        let middle = L1 + 2;
        let mut theta = vec![0.0; n];
        // The trunk balances so that the middle of L3 leans a little back, as the whole curve demands.
        theta[middle] = 0.04 + 0.15 * (lordosis - 0.9);
        let turn =
            |levels: &[Level], i: usize| levels[i].half_wedge + disc_wedge[i] + levels[i + 1].half_wedge;
        for i in middle..s1 {
            theta[i + 1] = theta[i] - turn(&self.levels, i);
        }
        for i in (0..middle).rev() {
            theta[i] = theta[i + 1] + turn(&self.levels, i);
        }
        let cobb = if variant == Some(Variant::Scoliosis) {
            26f64.to_radians()
        } else {
            traits.coronal_deg.to_radians()
        };
        for (i, level) in self.levels.iter_mut().enumerate() {
            // One full curve from T11 to S1: tilt is its slope, rotation follows the side-bend at the apex.
            let s = (i as f64 - middle as f64 + 0.5) / 4.5;
            let coronal = 0.5 * cobb * (std::f64::consts::FRAC_PI_2 * s).sin();
            let axial = 0.6 * cobb * (std::f64::consts::FRAC_PI_2 * s).cos().max(0.0);
            level.frame.axes = axes(theta[i], coronal, axial);
        }
        for i in middle..s1 {
            let gap = self.step(i);
            self.levels[i + 1].frame.origin = self.levels[i].frame.origin - gap;
        }
        for i in (0..middle).rev() {
            let gap = self.step(i);
            self.levels[i].frame.origin = self.levels[i + 1].frame.origin + gap;
        }
    }

    /// From the middle of the level below to the middle of this one.
    fn step(&self, i: usize) -> Vector3<f64> {
        let (a, b) = (&self.levels[i], &self.levels[i + 1]);
        let up = |level: &Level| level.frame.direction(0.0, 0.0, 1.0);
        up(a) * (0.5 * a.size.height())
            + (up(a) + up(b)).normalize() * a.size.disc
            + up(b) * (0.5 * b.size.height())
    }

    /// A point at a fractional level (1 the middle of L1, 2.5 the disc L2/3, 6 the first sacral segment), offset in
    /// the frames there: left, posterior, cranial, mm.
    pub(crate) fn place(&self, level: f64, x: f64, y: f64, z: f64) -> Point3<f64> {
        let s = level + (L1 as f64 - 1.0);
        let i = (s.floor().max(0.0) as usize).min(self.levels.len() - 2);
        let f = s - i as f64;
        let a = self.levels[i].frame.point(x, y, z);
        let b = self.levels[i + 1].frame.point(x, y, z);
        a + (b - a) * f
    }

    /// Axes at a fractional level.
    pub(crate) fn axes_at(&self, level: f64) -> Matrix3<f64> {
        let s = level + (L1 as f64 - 1.0);
        let i = (s.floor().max(0.0) as usize).min(self.levels.len() - 2);
        let f = (s - i as f64).clamp(0.0, 1.0);
        let m = self.levels[i].frame.axes * (1.0 - f) + self.levels[i + 1].frame.axes * f;
        let z = m.row(2).transpose().normalize();
        let x = m.row(0).transpose();
        let x = (x - z * x.dot(&z)).normalize();
        Matrix3::from_rows(&[x.transpose(), z.cross(&x).transpose(), z.transpose()])
    }

    /// A size interpolated at a fractional level.
    pub(crate) fn size_at(&self, level: f64, of: impl Fn(&VertebraSize) -> f64) -> f64 {
        let s = (level + (L1 as f64 - 1.0)).clamp(0.0, (self.levels.len() - 1) as f64);
        let i = (s.floor() as usize).min(self.levels.len() - 2);
        let f = s - i as f64;
        of(&self.levels[i].size) * (1.0 - f) + of(&self.levels[i + 1].size) * f
    }

    /// Fractional level whose middle has this height: the inverse of `place(level, 0, 0, 0).z`.
    pub(crate) fn level_at_z(&self, z: f64) -> f64 {
        let z_of = |i: usize| self.levels[i].frame.origin.z;
        let mut i = 0;
        while i + 2 < self.levels.len() && z_of(i + 1) > z {
            i += 1;
        }
        i as f64 + (z_of(i) - z) / (z_of(i) - z_of(i + 1)) - (L1 as f64 - 1.0)
    }
}

/// Rows left, posterior, cranial of a frame inclined in the sagittal plane, tilted in the coronal and turned.
fn axes(sagittal: f64, coronal: f64, axial: f64) -> Matrix3<f64> {
    let sagittal = nalgebra::Rotation3::from_axis_angle(&Vector3::x_axis(), -sagittal);
    let coronal = nalgebra::Rotation3::from_axis_angle(&Vector3::y_axis(), coronal);
    let axial = nalgebra::Rotation3::from_axis_angle(&Vector3::z_axis(), axial);
    (coronal * axial * sagittal).matrix().transpose()
}
