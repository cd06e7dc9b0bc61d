//! Planning space: millimetres in axes that go with the patient's spine.
//!
//! The origin is the centroid of a reference vertebral body and the axes are its own: +x to the patient's left, +y
//! posterior, +z cranial, as in LPS for a person who lies straight. Searching and sampling here, and not on the CT's
//! own grid, is what makes a plan follow the patient: permuted axes, another voxel size, or a turned or mirrored
//! person give the same fields up to interpolation.
//!
//! The lattice has nodes at whole multiples of one spacing, so a mirrored person has a mirrored lattice.

use nalgebra::{Matrix3, Point3, Vector3};
use rami_anatomy::VertebraFrame;
use rami_volume::{Point, Vector};

/// A point of planning space, mm.
pub(crate) type BodyPoint = Point3<f64>;
/// A displacement in planning space, mm.
pub(crate) type BodyVector = Vector3<f64>;

/// The rigid map between planning space and patient space.
#[derive(Debug, Clone)]
pub(crate) struct BodySpace {
    origin: Point,
    axes: Matrix3<f64>,
}

impl BodySpace {
    /// The space whose axes are a vertebra's, with the origin at a point.
    pub(crate) fn new(origin: Point, frame: &VertebraFrame) -> Self {
        let left = -frame.right.into_inner();
        let posterior = -frame.anterior.into_inner();
        Self { origin, axes: Matrix3::from_columns(&[left, posterior, frame.cranial.into_inner()]) }
    }

    pub(crate) fn point(&self, patient: &Point) -> BodyPoint {
        BodyPoint::from(self.axes.tr_mul(&(patient - self.origin)))
    }

    pub(crate) fn vector(&self, patient: &Vector) -> BodyVector {
        self.axes.tr_mul(patient)
    }

    pub(crate) fn to_patient(&self, body: &BodyPoint) -> Point {
        self.origin + self.axes * body.coords
    }

    /// The affine from lattice indices (multiples of `spacing`) to patient space.
    pub(crate) fn lattice_affine(&self, spacing: f64) -> nalgebra::Matrix4<f64> {
        let mut affine = nalgebra::Matrix4::identity();
        affine.fixed_view_mut::<3, 3>(0, 0).copy_from(&(self.axes * spacing));
        affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&self.origin.coords);
        affine
    }
}

/// A box of lattice nodes: `first` and how many along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LatticeBox {
    pub(crate) first: [i32; 3],
    pub(crate) dims: [usize; 3],
}

impl LatticeBox {
    /// The nodes within two corners, both included; nothing when there are none.
    pub(crate) fn between(low: [i32; 3], high: [i32; 3]) -> Option<Self> {
        let mut dims = [0; 3];
        for axis in 0..3 {
            dims[axis] = usize::try_from(high[axis] - low[axis] + 1).ok().filter(|&n| n > 0)?;
        }
        Some(Self { first: low, dims })
    }

    /// The nodes of a box of planning space, widened to whole nodes.
    pub(crate) fn around(low: [f64; 3], high: [f64; 3], spacing: f64) -> Option<Self> {
        Self::between(low.map(|v| (v / spacing).floor() as i32), high.map(|v| (v / spacing).ceil() as i32))
    }

    pub(crate) fn len(&self) -> usize {
        self.dims.iter().product()
    }

    pub(crate) fn last(&self) -> [i32; 3] {
        [0, 1, 2].map(|axis| self.first[axis] + self.dims[axis] as i32 - 1)
    }

    /// This box grown by some nodes on every face, within another.
    pub(crate) fn grown_within(&self, by: i32, limit: &Self) -> Option<Self> {
        let (last, limit_last) = (self.last(), limit.last());
        Self::between(
            [0, 1, 2].map(|axis| (self.first[axis] - by).max(limit.first[axis])),
            [0, 1, 2].map(|axis| (last[axis] + by).min(limit_last[axis])),
        )
    }

    /// Place of a node in the data; the node must lie in the box.
    pub(crate) fn offset(&self, node: [i32; 3]) -> usize {
        let at = [0, 1, 2].map(|axis| (node[axis] - self.first[axis]) as usize);
        at[0] + self.dims[0] * (at[1] + self.dims[1] * at[2])
    }

    /// Where a node is in planning space, mm.
    pub(crate) fn position(node: [i32; 3], spacing: f64) -> BodyPoint {
        BodyPoint::new(
            f64::from(node[0]) * spacing,
            f64::from(node[1]) * spacing,
            f64::from(node[2]) * spacing,
        )
    }
}
