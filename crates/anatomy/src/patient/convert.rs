//! From the f64 of construction to the f32 of rendering.

use super::shape::{M, V};
use nalgebra::{Matrix3, Point3, Vector3};

/// A point.
pub(crate) fn v(p: &Point3<f64>) -> V {
    V::new(p.x as f32, p.y as f32, p.z as f32)
}

/// A direction.
pub(crate) fn d(p: &Vector3<f64>) -> V {
    V::new(p.x as f32, p.y as f32, p.z as f32)
}

/// Rows of axes.
pub(crate) fn matrix(m: &Matrix3<f64>) -> M {
    m.map(|value| value as f32)
}
