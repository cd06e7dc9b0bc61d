//! A signed distance field on a box of lattice nodes, and what a straight segment meets in it.
//!
//! Values are millimetres, negative inside. Between nodes they are interpolated trilinearly; outside the box, and
//! beyond the cap, the distance counts as the cap: whatever is that far cannot touch the path or the cost. Since a
//! distance changes by at most a millimetre per millimetre of way, a walk along a segment may skip as far as the
//! field allows (sphere tracing; Hart, The Visual Computer 1996;12:527).

use crate::space::{BodyPoint, BodyVector, LatticeBox};

/// Shortest step of a walk, mm: half the finest thing that is modelled (a nerve root of 2 mm).
const SHORTEST_STEP: f32 = 1.0;

/// A straight piece of way: start, unit direction, length (mm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) start: [f32; 3],
    pub(crate) direction: [f32; 3],
    pub(crate) length: f32,
}

impl Segment {
    pub(crate) fn new(start: &BodyPoint, direction: &BodyVector, length: f64) -> Self {
        let single = |v: &[f64]| [v[0] as f32, v[1] as f32, v[2] as f32];
        Self {
            start: single(start.coords.as_slice()),
            direction: single(direction.as_slice()),
            length: length as f32,
        }
    }

    /// How far apart two segments are at the end where they are further apart, mm.
    pub(crate) fn furthest_end(&self, other: &Self) -> f32 {
        let gap = |a: [f32; 3], b: [f32; 3]| (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f32>().sqrt();
        let end = |s: &Self| [0, 1, 2].map(|axis| s.start[axis] + s.length * s.direction[axis]);
        gap(self.start, other.start).max(gap(end(self), end(other)))
    }
}

/// Signed distances to one structure.
#[derive(Debug, Clone)]
pub(crate) struct Brick {
    nodes: LatticeBox,
    low: [f32; 3],
    high: [f32; 3],
    inverse_spacing: f32,
    /// Distance that stands for everything further away, mm.
    pub(crate) cap: f32,
    data: Vec<f32>,
}

impl Brick {
    /// A field of these values, `cap` beyond them. There must be one value a node and at least two nodes an axis.
    pub(crate) fn new(nodes: LatticeBox, spacing: f64, cap: f32, data: Vec<f32>) -> Self {
        debug_assert_eq!(data.len(), nodes.len());
        let last = nodes.last();
        Self {
            nodes,
            low: nodes.first.map(|v| (f64::from(v) * spacing) as f32),
            high: last.map(|v| (f64::from(v) * spacing) as f32),
            inverse_spacing: (1.0 / spacing) as f32,
            cap,
            data,
        }
    }

    /// The same field, with everything beyond `cap` counted as that far.
    pub(crate) fn with_cap(mut self, cap: f32) -> Self {
        self.data.iter_mut().for_each(|value| *value = value.min(cap));
        self.cap = cap;
        self
    }

    pub(crate) fn nodes(&self) -> &LatticeBox {
        &self.nodes
    }

    pub(crate) fn data(&self) -> &[f32] {
        &self.data
    }

    pub(crate) fn at(&self, point: &BodyPoint) -> f64 {
        f64::from(self.sample([point.x as f32, point.y as f32, point.z as f32]))
    }

    /// The distance at a point, mm.
    #[inline]
    pub(crate) fn sample(&self, p: [f32; 3]) -> f32 {
        let v = [0, 1, 2].map(|axis| (p[axis] - self.low[axis]) * self.inverse_spacing);
        if !(0..3).all(|axis| v[axis] >= 0.0 && v[axis] <= (self.nodes.dims[axis] - 1) as f32) {
            return self.cap;
        }
        self.interpolate(v)
    }

    /// The distance at lattice coordinates counted from the first node, which are in the box but for rounding.
    #[inline(always)]
    fn interpolate(&self, v: [f32; 3]) -> f32 {
        let dims = &self.nodes.dims;
        let base = [0, 1, 2].map(|axis| (v[axis] as i32).clamp(0, dims[axis] as i32 - 2));
        let f = [0, 1, 2].map(|axis| v[axis] - base[axis] as f32);
        let base = base.map(|b| b as usize);
        let (row, slab) = (dims[0], dims[0] * dims[1]);
        let o = base[0] + row * base[1] + slab * base[2];
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let along_x = |o: usize| match self.data.get(o..o + 2) {
            Some(&[a, b]) => mix(a, b, f[0]),
            _ => self.cap,
        };
        let (c00, c10) = (along_x(o), along_x(o + row));
        let (c01, c11) = (along_x(o + slab), along_x(o + slab + row));
        mix(mix(c00, c10, f[1]), mix(c01, c11, f[1]), f[2])
    }

    /// The distance along a segment, for millimetres along it within what [`Brick::clip`] gave.
    #[inline(always)]
    fn along<'a>(&'a self, segment: &Segment) -> impl Fn(f32) -> f32 + 'a {
        let scale = self.inverse_spacing;
        let start = [0, 1, 2].map(|axis| (segment.start[axis] - self.low[axis]) * scale);
        let step = segment.direction.map(|d| d * scale);
        move |t| self.interpolate([start[0] + t * step[0], start[1] + t * step[1], start[2] + t * step[2]])
    }

    /// The part of a segment that lies in the box, if any: from and to, mm along it.
    #[inline]
    fn clip(&self, segment: &Segment) -> Option<(f32, f32)> {
        let (mut from, mut to) = (0f32, segment.length);
        for axis in 0..3 {
            let (s, d) = (segment.start[axis], segment.direction[axis]);
            if d.abs() < 1e-6 {
                if s < self.low[axis] || s > self.high[axis] {
                    return None;
                }
                continue;
            }
            let (a, b) = ((self.low[axis] - s) / d, (self.high[axis] - s) / d);
            from = from.max(a.min(b));
            to = to.min(a.max(b));
        }
        (from <= to).then_some((from, to))
    }

    /// Smallest distance along a segment, exact (to the step) where it is below `enough`, else at least `enough`.
    #[inline]
    pub(crate) fn least_along(&self, segment: &Segment, enough: f32) -> f32 {
        let Some((mut t, to)) = self.clip(segment) else { return self.cap };
        let distance = self.along(segment);
        let mut least = self.cap;
        loop {
            let d = distance(t);
            least = least.min(d);
            if t >= to {
                return least;
            }
            t = (t + (d - least.min(enough)).max(SHORTEST_STEP)).min(to);
        }
    }

    /// Whether the field is nowhere below zero along a segment.
    #[inline]
    pub(crate) fn is_free(&self, segment: &Segment) -> bool {
        let Some((mut t, to)) = self.clip(segment) else { return true };
        let distance = self.along(segment);
        loop {
            let d = distance(t);
            if d < 0.0 {
                return false;
            }
            if t >= to {
                return true;
            }
            t = (t + d.max(SHORTEST_STEP)).min(to);
        }
    }

    /// Length of a segment inside the structure, mm. The border is a ramp a millimetre to each side, which makes the
    /// length a smooth function of the segment.
    #[inline]
    pub(crate) fn length_inside(&self, segment: &Segment) -> f32 {
        let Some((mut t, to)) = self.clip(segment) else { return 0.0 };
        let distance = self.along(segment);
        let mut inside = 0.0;
        while t < to {
            let d = distance(t);
            let step = (d.abs() - 1.0).max(SHORTEST_STEP).min(to - t);
            inside += step * (0.5 - 0.5 * d).clamp(0.0, 1.0);
            t += step;
        }
        inside
    }

    /// First point along a segment where the field rises above zero, mm along it; nothing if it never does, or if
    /// the segment leaves the box first.
    pub(crate) fn way_out(&self, segment: &Segment) -> Option<f32> {
        let (mut t, to) = self.clip(segment)?;
        let distance = self.along(segment);
        let mut before = t;
        loop {
            let d = distance(t);
            if d >= 0.0 {
                break;
            }
            if t >= to {
                return None;
            }
            before = t;
            t = (t - d.min(-SHORTEST_STEP)).min(to);
        }
        // Bisect to a hundredth of a millimetre.
        let (mut inside, mut outside) = (before, t);
        while outside - inside > 0.01 {
            let middle = 0.5 * (inside + outside);
            if distance(middle) < 0.0 { inside = middle } else { outside = middle }
        }
        Some(outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ball of 10 mm at the origin.
    fn ball() -> Brick {
        let nodes = LatticeBox::between([-30; 3], [30; 3]).unwrap();
        let mut data = Vec::new();
        for k in -30..=30 {
            for j in -30..=30 {
                for i in -30..=30 {
                    data.push(LatticeBox::position([i, j, k], 1.0).coords.norm() as f32 - 10.0);
                }
            }
        }
        Brick::new(nodes, 1.0, 20.0, data)
    }

    fn along_x(y: f64) -> Segment {
        Segment::new(&BodyPoint::new(-40.0, y, 0.0), &BodyVector::x(), 80.0)
    }

    #[test]
    fn the_clearance_of_a_ball_is_how_far_a_line_passes_it() {
        for y in [0.0, 4.0, 10.0, 13.5, 19.0] {
            let least = ball().least_along(&along_x(y), 25.0);
            // Steps of 1 mm past a ball of 10 mm cost at most 0.5² / 2 / 10; trilinear interpolation a little more.
            assert!((f64::from(least) - (y - 10.0)).abs() < 0.06, "{least} for a line at {y}");
        }
        assert!(ball().is_free(&along_x(10.2)) && !ball().is_free(&along_x(9.8)));
    }

    #[test]
    fn the_length_inside_a_ball_is_its_chord() {
        for y in [0.0, 3.0, 6.0, 8.0f64] {
            let chord = 2.0 * (100.0 - y * y).sqrt();
            let inside = f64::from(ball().length_inside(&along_x(y)));
            // The ramp of 1 mm at a border met at an angle, and steps of 1 mm.
            assert!((inside - chord).abs() < 0.8, "{inside} for a chord of {chord}");
        }
        assert!(ball().length_inside(&along_x(15.0)) < 1e-6);
    }

    #[test]
    fn the_way_out_ends_at_the_surface() {
        let out =
            ball().way_out(&Segment::new(&BodyPoint::new(2.0, 0.0, 0.0), &BodyVector::x(), 60.0)).unwrap();
        assert!((out - 8.0).abs() < 0.03, "{out}");
        let short = Segment::new(&BodyPoint::origin(), &BodyVector::x(), 5.0);
        assert!(ball().way_out(&short).is_none());
    }
}
