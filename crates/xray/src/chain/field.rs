//! How brightly the beam lights the detector without a patient: shutters with soft edges, inverse square, heel.

use super::settings::Settings;
use crate::View;
use crate::beam::Spectrum;
use std::ops::Range;

/// Where the shutters stand before the focus, mm (assumed: an ordinary C-arm's).
const SHUTTERS_MM: f64 = 250.0;

/// The lit field: shares of full light along rows and columns, and the pixels that get any.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) rows: Vec<f32>,
    pub(super) columns: Vec<f32>,
    /// Rows and columns between the shutters, to half light.
    pub(super) lit: (Range<usize>, Range<usize>),
}

impl Field {
    pub(super) fn new(settings: &Settings, view: &View) -> Self {
        let detector = view.detector();
        let penumbra_mm = settings.focal_spot_mm * (view.pose().sid - SHUTTERS_MM).max(0.0) / SHUTTERS_MM;
        let width = (penumbra_mm / detector.pixel_mm).max(1e-6);
        let share = |n: usize, mm: Option<f64>| -> (Vec<f32>, Range<usize>) {
            let Some(half) = mm.map(|mm| mm / detector.pixel_mm / 2.0) else { return (vec![1.0; n], 0..n) };
            let middle = n as f64 / 2.0;
            // A square focal spot over a straight edge: light rises in a straight line.
            let light = |i: usize| {
                let inside = half - (i as f64 + 0.5 - middle).abs();
                (inside / width + 0.5).clamp(0.0, 1.0) as f32
            };
            let end = |at: f64| at.round().clamp(0.0, n as f64) as usize;
            ((0..n).map(light).collect(), end(middle - half)..end(middle + half))
        };
        let [w, h] = settings.collimator_mm.map_or([None, None], |[w, h]| [Some(w), Some(h)]);
        let (mut rows, lit_rows) = share(detector.rows, h);
        let (columns, lit_columns) = share(detector.columns, w);
        if settings.heel {
            let middle = (detector.rows as f64 - 1.0) / 2.0;
            for (i, light) in rows.iter_mut().enumerate() {
                let angle = ((middle - i as f64) * detector.pixel_mm / view.pose().sid).atan();
                *light *= Spectrum::heel(angle.to_degrees()) as f32;
            }
        }
        Self { rows, columns, lit: (lit_rows, lit_columns) }
    }

    /// Area that is lit, in pixels, weighed with the light.
    pub(super) fn area(&self) -> f64 {
        let sum = |v: &[f32]| v.iter().map(|s| f64::from(*s)).sum::<f64>();
        sum(&self.rows) * sum(&self.columns)
    }
}
