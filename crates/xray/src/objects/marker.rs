//! Markers of steel and lead: beads on the skin, letters on the detector.

use crate::View;
use crate::chain::{Layer, Overlay};
use crate::picture::glyph;
use rami_volume::{Point, Vector};

/// A round bead on the skin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// Its middle, LPS mm.
    pub centre: Point,
    /// Its diameter, mm.
    pub diameter_mm: f64,
    /// What it is made of: steel or lead.
    pub layer: Layer,
}

impl Marker {
    /// A steel bead of 3 mm.
    #[must_use]
    pub fn bead(centre: Point) -> Self {
        Self { centre, diameter_mm: 3.0, layer: Layer::Steel }
    }

    /// Millimetres along the ray to a pixel.
    #[must_use]
    pub fn path(&self, view: &View, row: f64, column: f64) -> f64 {
        let ray = view.ray(row, column);
        let (from, d) = (ray.source - self.centre, ray.direction());
        let nearest = -from.dot(&d);
        let gap = (from + d * nearest).norm_squared();
        let half = ((self.diameter_mm / 2.0).powi(2) - gap).max(0.0).sqrt();
        let (enter, leave) = ((nearest - half).max(0.0), (nearest + half).min(ray.length()));
        (leave - enter).max(0.0)
    }

    /// Puts it into what is in the beam.
    pub fn overlay(&self, view: &View, overlay: &mut Overlay) {
        let Some(at) = view.project(&self.centre) else { return };
        let reach = self.diameter_mm * at.magnification / view.detector().pixel_mm + 2.0;
        visit(view, at.row, at.column, [reach; 2], |row, column| {
            let sum: f64 = [(-0.25, -0.25), (-0.25, 0.25), (0.25, -0.25), (0.25, 0.25)]
                .iter()
                .map(|(r, c)| self.path(view, row as f64 + r, column as f64 + c))
                .sum();
            overlay.add(self.layer, row, column, (sum / 4.0) as f32);
        });
    }
}

/// A letter of lead that lies flat, as technicians tape to the detector's cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letter {
    /// The letter.
    pub letter: char,
    /// Its middle, LPS mm.
    pub centre: Point,
    /// Along its lines of writing, a unit vector.
    pub right: Vector,
    /// Against them, a unit vector.
    pub up: Vector,
    /// How tall it is, mm.
    pub height_mm: f64,
    /// How thick the lead is, mm.
    pub thickness_mm: f64,
}

impl Letter {
    /// A letter 15 mm tall and 1 mm thick on the detector's cover, its middle this share of the detector's width to the
    /// right of the middle and this share of its height above it; readable in the picture.
    #[must_use]
    pub fn on_detector(view: &View, letter: char, right: f64, up: f64) -> Self {
        let detector = view.detector();
        let size = |n: usize| n as f64 * detector.pixel_mm;
        let centre = view.pose().detector_centre() - view.towards_detector() * 10.0
            + view.right() * (right * size(detector.columns))
            + view.up() * (up * size(detector.rows));
        Self { letter, centre, right: view.right(), up: view.up(), height_mm: 15.0, thickness_mm: 1.0 }
    }

    /// Puts it into what is in the beam.
    pub fn overlay(&self, view: &View, overlay: &mut Overlay) {
        let dots = glyph(self.letter);
        let dot = self.height_mm / 7.0;
        let normal = self.right.cross(&self.up);
        let Some(at) = view.project(&self.centre) else { return };
        let reach = self.height_mm * at.magnification / view.detector().pixel_mm + 2.0;
        visit(view, at.row, at.column, [reach; 2], |row, column| {
            let ray = view.ray(row as f64, column as f64);
            let slope = ray.direction().dot(&normal);
            if slope.abs() < 1e-6 {
                return;
            }
            let distance = (self.centre - ray.source).dot(&normal) / slope;
            if !(0.0..=ray.length()).contains(&distance) {
                return;
            }
            let on = ray.source + ray.direction() * distance - self.centre;
            let (x, y) = (on.dot(&self.right) / dot + 2.5, 3.5 - on.dot(&self.up) / dot);
            let inside = (0.0..5.0).contains(&x) && (0.0..7.0).contains(&y);
            if inside && dots[y as usize] >> (4 - x as usize) & 1 == 1 {
                overlay.add(Layer::Lead, row, column, (self.thickness_mm / slope.abs()) as f32);
            }
        });
    }
}

/// Pixels within `reach` (rows, columns) of a place.
pub(super) fn visit(view: &View, row: f64, column: f64, reach: [f64; 2], mut each: impl FnMut(usize, usize)) {
    let span = |at: f64, reach: f64, n: usize| {
        let from = (at - reach).floor().clamp(0.0, n as f64) as usize;
        from..((at + reach).ceil() + 1.0).clamp(0.0, n as f64) as usize
    };
    let columns = span(column, reach[1], view.detector().columns);
    for row in span(row, reach[0], view.detector().rows) {
        columns.clone().for_each(|column| each(row, column));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CArmPose, Detector};

    fn view() -> View {
        View::new(CArmPose::prone_ap(Point::origin()), Detector::default()).unwrap()
    }

    #[test]
    fn a_bead_is_as_thick_as_it_is_wide() {
        let bead = Marker::bead(Point::new(20.0, 100.0, -10.0));
        let at = view().project(&bead.centre).unwrap();
        assert!((bead.path(&view(), at.row, at.column) - 3.0).abs() < 1e-9);
        let mut overlay = Overlay::new(&view());
        bead.overlay(&view(), &mut overlay);
        let (mut volume, area) = (0.0, (0.6 / at.magnification).powi(2));
        for row in 0..512 {
            for column in 0..512 {
                volume += f64::from(overlay.path(Layer::Steel, row, column)) * area;
            }
        }
        let ball = std::f64::consts::PI / 6.0 * 27.0;
        // Some 8 pixels across, each the mean of four rays.
        assert!((volume / ball - 1.0).abs() < 0.03, "{volume} mm³ against {ball}");
    }

    #[test]
    fn a_lead_letter_reads_the_right_way_round() {
        let view = view();
        let mut overlay = Overlay::new(&view);
        Letter::on_detector(&view, 'L', -0.4, 0.4).overlay(&view, &mut overlay);
        let middle = (511.0 * 0.5 - 0.4 * 512.0 * (990.0 / 1000.0f64).recip()) as usize;
        let lead = |row: usize, column: usize| overlay.path(Layer::Lead, row, column) > 0.0;
        // The letter is 25 pixels tall: its stem is on the left, its foot at the bottom.
        assert!(lead(middle, middle - 7) && lead(middle + 11, middle + 5));
        assert!(!lead(middle, middle + 5) && !lead(middle - 10, middle + 5));
    }
}
