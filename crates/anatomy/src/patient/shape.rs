//! Signed distances of the few analytic shapes a person is built of.
//!
//! Each shape gives two functions, negative inside and in millimetres: [`Shape::distance`], whose gradient on the
//! surface has length one (first-order exact where it matters, at the edge), and [`Shape::bound`], whose magnitude is
//! never more than how far the surface is, so that a block of voxels can be skipped when the bound at its middle exceeds
//! its radius. Far from a shape the bound is the distance to a simple shape around it; near it, it is an implicit
//! function divided by the most that function changes in a millimetre there. A test samples both promises.
//!
//! Sources: distances to round cones, boxes and ellipsoids follow the usual implicit-surface forms (Hart 1996, Visual
//! Computer 12:527); the polynomial smooth minimum is Quilez's quadratic one.

use nalgebra::{Matrix3, Vector3};
use std::sync::Arc;

/// A point or direction, LPS mm, in the precision of rendering.
pub(crate) type V = Vector3<f32>;
/// Rows are local axes.
pub(crate) type M = Matrix3<f32>;

/// Voxels along the side of a block.
pub(crate) const SIDE: usize = 8;
/// Voxels of a block.
pub(crate) const BLOCK: usize = SIDE * SIDE * SIDE;

/// Where the voxels of a block are.
pub(crate) struct Points {
    pub(crate) x: [f32; BLOCK],
    pub(crate) y: [f32; BLOCK],
    pub(crate) z: [f32; BLOCK],
}

/// One analytic shape.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// A sphere swept along a segment while its radius changes.
    Cone(Cone),
    /// An ellipsoid in any orientation.
    Ellipsoid(Ellipsoid),
    /// An elliptic cross-section swept along a segment.
    Tube(Tube),
    /// A plate of changing height and thickness with round edges.
    Plate(Plate),
    /// The body of a vertebra or a disc.
    Body(Arc<Body>),
    /// The trunk, or a layer in it.
    Trunk(Layer),
    /// Everything on one side of a plane.
    HalfSpace(HalfSpace),
}

macro_rules! each {
    ($self:ident, $shape:ident => $value:expr) => {
        match $self {
            Shape::Cone($shape) => $value,
            Shape::Ellipsoid($shape) => $value,
            Shape::Tube($shape) => $value,
            Shape::Plate($shape) => $value,
            Shape::Body($shape) => $value,
            Shape::Trunk($shape) => $value,
            Shape::HalfSpace($shape) => $value,
        }
    };
}

impl Shape {
    /// Signed distance, first-order exact at the surface, mm.
    pub(crate) fn distance(&self, p: V) -> f32 {
        each!(self, shape => shape.distance(p.x, p.y, p.z))
    }

    /// Signed bound: the surface is at least this far away.
    pub(crate) fn bound(&self, p: V) -> f32 {
        each!(self, shape => shape.bound(p.x, p.y, p.z))
    }

    /// A point in or about the shape for three or four numbers from -1 to 1; none for shapes without an end.
    #[cfg(test)]
    pub(crate) fn sample(&self, at: [f32; 4]) -> Option<V> {
        let [a, b, c, d] = at;
        let u = 0.5 * (d + 1.0);
        Some(match self {
            Self::Cone(s) => s.a + s.ab * u + V::new(a, b, c) * (s.ra + u * s.dr),
            Self::Ellipsoid(s) => s.centre + s.axes.transpose() * V::new(a, b, c).component_div(&s.inverse),
            Self::Tube(s) => {
                s.a + s.ab * u
                    + s.e1 * (a * (s.ra.0 + u * s.dr.0))
                    + s.e2 * (b * (s.ra.1 + u * s.dr.1))
                    + s.axis * (0.5 * c * s.ra.0.min(s.ra.1))
            }
            Self::Plate(s) => {
                let l = u * s.length;
                let r = s.radius.0 + l * s.radius.1;
                s.a + s.axis * l + s.up * (a * (s.height.0 + l * s.height.1 + r)) + s.across * (b * r)
            }
            Self::Body(s) => s.centre + s.axes.transpose() * V::new(a, b, c).component_mul(&s.around()),
            Self::Trunk(_) | Self::HalfSpace(_) => return None,
        })
    }

    /// Distances at the points of a block. One loop a shape, so that the compiler can vectorise it.
    pub(crate) fn fill(&self, points: &Points, out: &mut [f32; BLOCK]) {
        each!(self, shape => {
            for i in 0..BLOCK {
                out[i] = shape.distance(points.x[i], points.y[i], points.z[i]);
            }
        });
    }
}

/// The polynomial smooth minimum: rounds the valley where two shapes meet over a width `k`.
#[inline(always)]
pub(crate) fn smooth_min(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0);
    a.min(b) - h * h / (4.0 * k)
}

/// A sphere swept along a segment while its radius changes linearly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cone {
    a: V,
    ab: V,
    inverse_length2: f32,
    ra: f32,
    dr: f32,
    lipschitz: f32,
}

impl Cone {
    pub(crate) fn new(a: V, b: V, ra: f32, rb: f32) -> Self {
        let ab = b - a;
        let length = ab.norm().max(1e-3);
        let dr = rb - ra;
        Self {
            a,
            ab,
            inverse_length2: 1.0 / (length * length),
            ra,
            dr,
            lipschitz: (1.0 + (dr / length).powi(2)).sqrt(),
        }
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (x, y, z) = (x - self.a.x, y - self.a.y, z - self.a.z);
        let u = ((x * self.ab.x + y * self.ab.y + z * self.ab.z) * self.inverse_length2).clamp(0.0, 1.0);
        let (x, y, z) = (x - u * self.ab.x, y - u * self.ab.y, z - u * self.ab.z);
        ((x * x + y * y + z * z).sqrt() - (self.ra + u * self.dr)) / self.lipschitz
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        self.distance(x, y, z)
    }
}

/// An ellipsoid in any orientation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ellipsoid {
    centre: V,
    axes: M,
    inverse: V,
    smallest: f32,
}

impl Ellipsoid {
    /// `axes` has the directions of the three radii as rows.
    pub(crate) fn new(centre: V, axes: M, radii: V) -> Self {
        Self { centre, axes, inverse: radii.map(|r| 1.0 / r), smallest: radii.min() }
    }

    #[inline(always)]
    fn scaled(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        let (x, y, z) = (x - self.centre.x, y - self.centre.y, z - self.centre.z);
        let m = &self.axes;
        let u = (m.m11 * x + m.m12 * y + m.m13 * z) * self.inverse.x;
        let v = (m.m21 * x + m.m22 * y + m.m23 * z) * self.inverse.y;
        let w = (m.m31 * x + m.m32 * y + m.m33 * z) * self.inverse.z;
        let (gu, gv, gw) = (u * self.inverse.x, v * self.inverse.y, w * self.inverse.z);
        ((u * u + v * v + w * w).sqrt(), (gu * gu + gv * gv + gw * gw).sqrt())
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (g, gradient) = self.scaled(x, y, z);
        (g - 1.0) * (g + 1e-6) / (gradient + 1e-6 * self.inverse.x)
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        (self.scaled(x, y, z).0 - 1.0) * self.smallest
    }
}

/// An elliptic cross-section swept along a segment; both radii change linearly, the ends are round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tube {
    a: V,
    ab: V,
    inverse_length2: f32,
    e1: V,
    e2: V,
    axis: V,
    ra: (f32, f32),
    dr: (f32, f32),
    /// Most that the circumscribed cone's and the section's own function change in a millimetre.
    steepest: (f32, f32),
}

impl Tube {
    /// `e1` is made perpendicular to the segment; radii `(along e1, across)` at both ends.
    pub(crate) fn new(a: V, b: V, e1: V, ra: (f32, f32), rb: (f32, f32)) -> Self {
        let ab = b - a;
        let length = ab.norm().max(1e-3);
        let axis = ab / length;
        let e1 = (e1 - axis * e1.dot(&axis)).normalize();
        let e2 = axis.cross(&e1);
        let dr = (rb.0 - ra.0, rb.1 - ra.1);
        let taper = dr.0.abs().max(dr.1.abs()) / length;
        // Where the section is r times the smaller radius, with r = 1 on its surface, the larger half axis is shrunk to
        // the smaller; how fast that changes along the tube is most at the largest radius.
        let largest = ra.0.max(ra.1).max(rb.0).max(rb.1);
        let least_wide = ra.0.min(rb.0).max(ra.1.min(rb.1));
        let along = taper + largest * (dr.0.abs() + dr.1.abs()) / (length * least_wide);
        let steepest = ((1.0 + taper * taper).sqrt(), (1.0 + along * along).sqrt());
        Self { a, ab, inverse_length2: 1.0 / (length * length), e1, e2, axis, ra, dr, steepest }
    }

    #[inline(always)]
    fn scaled(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        let (x, y, z) = (x - self.a.x, y - self.a.y, z - self.a.z);
        let u = ((x * self.ab.x + y * self.ab.y + z * self.ab.z) * self.inverse_length2).clamp(0.0, 1.0);
        let (x, y, z) = (x - u * self.ab.x, y - u * self.ab.y, z - u * self.ab.z);
        let i1 = 1.0 / (self.ra.0 + u * self.dr.0);
        let i2 = 1.0 / (self.ra.1 + u * self.dr.1);
        let i3 = i1.max(i2);
        let p = (x * self.e1.x + y * self.e1.y + z * self.e1.z) * i1;
        let q = (x * self.e2.x + y * self.e2.y + z * self.e2.z) * i2;
        let s = (x * self.axis.x + y * self.axis.y + z * self.axis.z) * i3;
        let (gp, gq, gs) = (p * i1, q * i2, s * i3);
        ((p * p + q * q + s * s).sqrt(), (gp * gp + gq * gq + gs * gs).sqrt())
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (g, gradient) = self.scaled(x, y, z);
        (g - 1.0) * (g + 1e-6) / (gradient + 1e-6)
    }

    #[inline(always)]
    fn bound(&self, px: f32, py: f32, pz: f32) -> f32 {
        let (x, y, z) = (px - self.a.x, py - self.a.y, pz - self.a.z);
        let u = ((x * self.ab.x + y * self.ab.y + z * self.ab.z) * self.inverse_length2).clamp(0.0, 1.0);
        let (x, y, z) = (x - u * self.ab.x, y - u * self.ab.y, z - u * self.ab.z);
        let (r1, r2) = (self.ra.0 + u * self.dr.0, self.ra.1 + u * self.dr.1);
        let beyond = (x * x + y * y + z * z).sqrt() - r1.max(r2);
        if beyond > 0.0 {
            return beyond / self.steepest.0;
        }
        (self.scaled(px, py, pz).0 - 1.0) * r1.min(r2) / self.steepest.1
    }
}

/// A plate: a trapezium from `a` to `b`, `half heights` along `up`, thickened by a radius that changes along it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plate {
    a: V,
    axis: V,
    up: V,
    across: V,
    length: f32,
    height: (f32, f32),
    radius: (f32, f32),
    lipschitz: f32,
}

impl Plate {
    /// From `a` to `b`; the plate's half height (flat part and edge) and half thickness at both ends.
    pub(crate) fn new(a: V, b: V, up: V, half_height: (f32, f32), half_thickness: (f32, f32)) -> Self {
        let ab = b - a;
        let length = ab.norm().max(1e-3);
        let axis = ab / length;
        let up = (up - axis * up.dot(&axis)).normalize();
        let flat = |h: f32, r: f32| (h - r).max(0.0);
        let ha = flat(half_height.0, half_thickness.0);
        let hb = flat(half_height.1, half_thickness.1);
        let slope = ((hb - ha).abs() + (half_thickness.1 - half_thickness.0).abs()) / length;
        Self {
            a,
            axis,
            up,
            across: axis.cross(&up),
            length,
            height: (ha, (hb - ha) / length),
            radius: (half_thickness.0, (half_thickness.1 - half_thickness.0) / length),
            lipschitz: (1.0 + slope * slope).sqrt(),
        }
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (x, y, z) = (x - self.a.x, y - self.a.y, z - self.a.z);
        let along = x * self.axis.x + y * self.axis.y + z * self.axis.z;
        let up = x * self.up.x + y * self.up.y + z * self.up.z;
        let across = x * self.across.x + y * self.across.y + z * self.across.z;
        let u = along.clamp(0.0, self.length);
        let over = along - u;
        let above = (up.abs() - (self.height.0 + u * self.height.1)).max(0.0);
        ((over * over + above * above + across * across).sqrt() - (self.radius.0 + u * self.radius.1))
            / self.lipschitz
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        self.distance(x, y, z)
    }
}

/// A vertebral body or a disc, in its own axes (x left, y posterior, z cranial).
///
/// The cross-section at relative height t (-1 lower endplate, +1 upper) is the curve X² + Y² + m·X·Y = 1 with
/// X = (x/a(t))², Y = (y/b(t))²: an ellipse for m = 2, squarer below. The half axes go from the waist to the endplates
/// as 0.7 t² + 0.3 t⁸, so that the sides are concave and the rims stand out; the endplates are hollow by `hollow`
/// in the middle.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// Middle.
    pub(crate) centre: V,
    /// Rows: left, posterior, cranial.
    pub(crate) axes: M,
    /// Half width and half depth at the waist.
    pub(crate) waist: (f32, f32),
    /// Half width and half depth at the upper rim.
    pub(crate) upper: (f32, f32),
    /// Half width and half depth at the lower rim.
    pub(crate) lower: (f32, f32),
    /// Half height at y = 0 up and down.
    pub(crate) height: (f32, f32),
    /// Slope of the endplates along y, up and down.
    pub(crate) slope: (f32, f32),
    /// Depth of the endplates' hollow up and down, mm (negative: bulging, as for a disc).
    pub(crate) hollow: (f32, f32),
    /// Squareness: 2 an ellipse, 0 a superellipse of exponent 4.
    pub(crate) mix: f32,
    /// Rounding of the rim, mm.
    pub(crate) rounding: f32,
}

impl Body {
    /// Half sizes of the box around it, in its own axes.
    #[inline(always)]
    fn around(&self) -> V {
        let ends = (self.upper.1 - self.waist.1).abs().max((self.lower.1 - self.waist.1).abs());
        let deep = self.upper.1.max(self.lower.1).max(self.waist.1) + 0.7 * ends;
        let slope = self.slope.0.abs().max(self.slope.1.abs());
        let bulge = (-self.hollow.0).max(-self.hollow.1).max(0.0);
        V::new(
            self.upper.0.max(self.lower.0).max(self.waist.0),
            deep,
            self.height.0.max(self.height.1) + slope * deep + bulge,
        )
    }

    /// Most that the function behind [`Body::bound`] changes in a millimetre within the box: of the sides by the change
    /// of the section with height (at most 3.8 times the flare, over half the least thickness), of the ends by their
    /// slope and hollow.
    #[inline(always)]
    fn steepest(&self) -> f32 {
        let half = self.around();
        let smallest = self.waist.0.min(self.waist.1).min(self.upper.1).min(self.lower.1);
        let flare = |of: fn(&(f32, f32)) -> f32| {
            (of(&self.upper) - of(&self.waist)).abs().max((of(&self.lower) - of(&self.waist)).abs())
        };
        let (wide, deep) = (flare(|r| r.0), flare(|r| r.1));
        let wedge = (self.slope.0 - self.slope.1).abs();
        let least = (self.height.0 + self.height.1 - wedge * half.y).max(1.0);
        // Within the box the scaled radius is at most about 1.5.
        let up = 3.8 * 1.5 * (wide + 1.7 * deep) / smallest * (2.0 / least);
        let tilt = up * (1.0 + half.z / least) * wedge;
        let side = (1.0 + up * up + tilt * tilt).sqrt();
        let slope = self.slope.0.abs().max(self.slope.1.abs());
        let hollow = self.hollow.0.abs().max(self.hollow.1.abs());
        let end = (1.0 + slope * slope).sqrt() + 2.0 * hollow * side / smallest;
        side.max(end)
    }

    /// Half axes and shift of the cross-section at a relative height.
    #[inline(always)]
    fn section(&self, t: f32) -> (f32, f32, f32) {
        let t2 = t * t;
        let t8 = t2 * t2 * t2 * t2;
        let s = 0.7 * t2 + 0.3 * t8;
        let end = if t > 0.0 { self.upper } else { self.lower };
        let a = self.waist.0 + (end.0 - self.waist.0) * s;
        let b = self.waist.1 + (end.1 - self.waist.1) * s;
        // The back wall is nearly straight: most of the waist's loss of depth is at the front.
        (a, b, (end.1 - b) * 0.7)
    }

    #[inline(always)]
    fn parts(&self, x: f32, y: f32, z: f32) -> (f32, f32, f32, f32) {
        let (x, y, z) = (x - self.centre.x, y - self.centre.y, z - self.centre.z);
        let m = &self.axes;
        let lx = m.m11 * x + m.m12 * y + m.m13 * z;
        let ly = m.m21 * x + m.m22 * y + m.m23 * z;
        let lz = m.m31 * x + m.m32 * y + m.m33 * z;
        let upper = self.height.0 + self.slope.0 * ly;
        let lower = -self.height.1 + self.slope.1 * ly;
        let t = ((2.0 * lz - upper - lower) / (upper - lower).max(1.0)).clamp(-1.0, 1.0);
        let (a, b, shift) = self.section(t);
        let (u, v) = (lx / a, (ly - shift) / b);
        let (u2, v2) = (u * u, v * v);
        let g = (u2 * u2 + v2 * v2 + self.mix * u2 * v2).sqrt().sqrt();
        let half = self.mix * 0.5;
        let g3 = (g * g * g).max(1e-6);
        let (gx, gy) = (u * (u2 + half * v2) / (a * g3), v * (v2 + half * u2) / (b * g3));
        let side = (g - 1.0) / (gx * gx + gy * gy).sqrt().max(0.5 / a.max(b));
        let hollow = (1.0 - g * g).max(0.0);
        let end = (lz - upper + self.hollow.0 * hollow).max(lower + self.hollow.1 * hollow - lz);
        (side, end, g, a.min(b))
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (side, end, _, _) = self.parts(x, y, z);
        -smooth_min(-side * 0.95, -end * 0.97, self.rounding)
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        let p = self.axes * (V::new(x, y, z) - self.centre);
        let beyond = p.abs() - self.around();
        let beyond = beyond.x.max(beyond.y).max(beyond.z);
        if beyond > 0.0 {
            return beyond;
        }
        let (_, end, g, smallest) = self.parts(x, y, z);
        // `parts` gives the smaller half axis of the section here; that of the whole body is less.
        let smallest = smallest.min(self.waist.0).min(self.waist.1);
        -smooth_min(-(g - 1.0) * smallest, -end, self.rounding) / self.steepest()
    }
}

/// Everything on the side of a plane that its normal does not point to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HalfSpace {
    /// Unit normal, outwards.
    pub(crate) normal: V,
    /// Distance of the plane from the origin along the normal.
    pub(crate) offset: f32,
}

impl HalfSpace {
    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        self.normal.x * x + self.normal.y * y + self.normal.z * z - self.offset
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        self.distance(x, y, z)
    }
}

/// The outline of the trunk: at each height a superellipse with a furrow over the spine, tabled every 5 mm.
#[derive(Debug, Clone)]
pub(crate) struct Trunk {
    /// Height of the first row.
    pub(crate) z0: f32,
    /// Each row: half width, middle y, half depth.
    pub(crate) rows: Vec<[f32; 3]>,
    /// Depth of the furrow along the back, mm.
    pub(crate) furrow: f32,
    /// How x of the midline moves with height (scoliosis), a row each.
    pub(crate) midline: Vec<f32>,
}

/// Height between the rows of a [`Trunk`], mm.
pub(crate) const ROW_MM: f32 = 5.0;

/// Squareness of the trunk's outline, between an ellipse (2) and a box: flat back and belly, full flanks.
pub(crate) const OUTLINE_MIX: f32 = 0.9;

/// A layer of the trunk: its outline moved inwards by a thickness that depends on the direction.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// The outline.
    pub(crate) trunk: Arc<Trunk>,
    /// Depth under the skin at the front, the flanks and the back, mm.
    pub(crate) depth: [f32; 3],
    /// Extra depth at the back for each mm below z = 0 (the fat pad over the loins), and the most of it.
    pub(crate) loin: (f32, f32),
}

impl Layer {
    #[inline(always)]
    fn parts(&self, x: f32, y: f32, z: f32) -> (f32, f32, f32, f32) {
        let trunk = &*self.trunk;
        let s = ((z - trunk.z0) / ROW_MM).clamp(0.0, (trunk.rows.len() - 2) as f32);
        let row = s as usize;
        let f = s - row as f32;
        let (r0, r1) = (&trunk.rows[row], &trunk.rows[row + 1]);
        let a = r0[0] + f * (r1[0] - r0[0]);
        let c = r0[1] + f * (r1[1] - r0[1]);
        let b = r0[2] + f * (r1[2] - r0[2]);
        let x = x - trunk.midline[row] - f * (trunk.midline[row + 1] - trunk.midline[row]);
        let furrow = trunk.furrow / (1.0 + x * x / 500.0);
        let y = if y > c { y + furrow * ((y - c) / b).min(1.0) } else { y };
        let (u, v) = (x / a, (y - c) / b);
        let (u2, v2) = (u * u, v * v);
        let mix = OUTLINE_MIX;
        let g = (u2 * u2 + v2 * v2 + mix * u2 * v2).sqrt().sqrt();
        let g3 = (g * g * g).max(1e-6);
        let half = mix * 0.5;
        let (gx, gy) = (u * (u2 + half * v2) / (a * g3), v * (v2 + half * u2) / (b * g3));
        let slope = (gx * gx + gy * gy).sqrt().max(0.5 / a);
        // Front, flank and back share the thickness by the direction of the outline's normal.
        let n = gy / slope;
        let back = (n.max(0.0)).powi(2);
        let front = (n.min(0.0)).powi(2);
        let loin = (-z * self.loin.0).clamp(0.0, self.loin.1);
        let depth = self.depth[0] * front
            + (self.depth[2] + loin) * back
            + self.depth[1] * (1.0 - front - back).max(0.0);
        (g, 1.0 / slope, depth, a.min(b))
    }

    #[inline(always)]
    fn distance(&self, x: f32, y: f32, z: f32) -> f32 {
        let (g, scale, depth, _) = self.parts(x, y, z);
        (g - 1.0) * scale + depth
    }

    #[inline(always)]
    fn bound(&self, x: f32, y: f32, z: f32) -> f32 {
        let (g, scale, depth, smallest) = self.parts(x, y, z);
        // The layer's depth changes with direction. At the axis the outline's slope vanishes and with it the measure of
        // distance: the surface is never further than the smaller half axis.
        (((g - 1.0) * scale + depth) * 0.5).max(-0.5 * smallest)
    }
}
