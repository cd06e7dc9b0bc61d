//! Contrast in pictures: from the computed concentration where the model of flow has one, else from its points.

use super::{Flowing, Theatre};
use crate::flow::{Compartment, Injection, Look};
use crate::state::{Deposit, State};
use rami_bedside::inject::film::iodine;
use rami_needle::Medium;
use rami_volume::Point;
use rami_xray::{Image, View};

/// Half-life of contrast in tissue, min (assumed).
const HALF_LIFE_MIN: f64 = 20.0;
/// How long contrast is seen in a vessel after the last of it went in, s (assumed: a second or two).
const IN_VESSEL_S: f64 = 1.0;

/// Contrast on its way in one view: the looks of the model as pictures, by share of the syringe; none where it has none.
pub(super) struct Filmed<'p> {
    flowing: Flowing<'p>,
    looks: Vec<(f64, Image<f32>)>,
}

impl Theatre<'_> {
    /// The looks at a deposit's last contrast; none where the model has no concentrations.
    fn looks(&self, deposit: &Deposit) -> std::sync::Arc<Vec<Look>> {
        let last = deposit.fluids.iter().rposition(|fluid| fluid.iodine_mg_ml > 0.0);
        let Some(fluids) = last.and_then(|last| deposit.fluids.get(..=last)) else {
            return Default::default();
        };
        let (tip_mm, direction) = (deposit.tip_mm, deposit.direction);
        let seed = self.setup.seed;
        self.flow.film(self.world, &Injection { tip_mm, direction, fluids, seed })
    }

    /// Contrast that lies in tissue from before, washed out with a half-life. While more of it flows at the last tip, that
    /// tip's own is in the film already.
    pub(super) fn old_contrast(&self, state: &State, view: &View, more_flows: bool) -> Option<Image<f32>> {
        let mut image: Option<Image<f32>> = None;
        let blank = || Image::filled(view.detector().rows, view.detector().columns, 0.0f32);
        let last = state.last_contrast().map(|deposit| deposit.tip_mm);
        for deposit in &state.deposits {
            let washed = |at_s: f64| 0.5f64.powf((state.clock_s - at_s).max(0.0) / 60.0 / HALF_LIFE_MIN);
            let in_vessel = deposit.spread.share(Compartment::Vessel);
            if let Some(look) = self.looks(deposit).last() {
                let here_flows = more_flows && Some(deposit.tip_mm) == last;
                let begun_s =
                    deposit.fluids.iter().rev().find(|f| f.iodine_mg_ml > 0.0).map_or(0.0, |f| f.at_s);
                // What was in a vessel is gone.
                if !here_flows
                    && in_vessel < 0.5
                    && let Ok(shown) = iodine(&look.iodine_mg_ml, view)
                {
                    add(&shown, washed(begun_s) as f32, image.get_or_insert_with(blank));
                }
                continue;
            }
            let iodine_mg: f64 =
                deposit.fluids.iter().map(|f| f.iodine_mg_ml * f.volume_ml * washed(f.at_s)).sum();
            if iodine_mg * (1.0 - in_vessel) > 1.0 {
                let image = image.get_or_insert_with(blank);
                splat(view, &deposit.spread.cloud_mm, iodine_mg * (1.0 - in_vessel), image);
            }
        }
        image
    }

    /// Prepares the film of contrast that flows at the last tip.
    pub(super) fn filmed<'p>(&self, state: &State, flowing: Flowing<'p>, view: &View) -> Filmed<'p> {
        let looks = state.last_contrast().map(|deposit| self.looks(deposit)).unwrap_or_default();
        let looks = looks
            .iter()
            .filter_map(|look| Some((look.share, iodine(&look.iodine_mg_ml, view).ok()?)))
            .collect();
        Filmed { flowing, looks }
    }
}

impl Filmed<'_> {
    /// Adds what is seen `t` seconds after the syringe was begun.
    pub(super) fn add(&self, theatre: &Theatre<'_>, view: &View, t: f64, image: &mut Image<f32>) {
        let flowing = &self.flowing;
        let share = (t / flowing.over_s.max(0.1)).clamp(0.0, 1.0);
        if self.looks.is_empty() {
            return self.points(theatre, view, t, share.max(0.02), image);
        }
        if flowing.in_vessel >= 0.5 && t > flowing.over_s + IN_VESSEL_S {
            return;
        }
        // Straight between looks, from nothing at the begin.
        let after = self.looks.iter().position(|look| look.0 >= share).unwrap_or(self.looks.len() - 1);
        let Some((upper, later)) = self.looks.get(after) else { return };
        let lower = if after == 0 { 0.0 } else { self.looks[after - 1].0 };
        let weight = ((share - lower) / (upper - lower).max(1e-9)).clamp(0.0, 1.0) as f32;
        add(later, weight, image);
        if after > 0 {
            add(&self.looks[after - 1].1, 1.0 - weight, image);
        }
    }

    /// The same for a model without concentrations: in tissue it grows from the tip, in a vessel it runs away along it.
    fn points(&self, theatre: &Theatre<'_>, view: &View, t: f64, share: f64, image: &mut Image<f32>) {
        let flowing = &self.flowing;
        let mut cloud = flowing.spread.cloud_mm.clone();
        let far = |p: &[f64; 3]| (0..3).map(|i| (p[i] - flowing.tip_mm[i]).powi(2)).sum::<f64>();
        cloud.sort_by(|a, b| far(a).total_cmp(&far(b)));
        cloud.truncate(((cloud.len() as f64 * share).ceil() as usize).max(1));
        let outside = flowing.iodine_mg * (1.0 - flowing.in_vessel) * share;
        splat(view, &cloud, outside, image);
        if flowing.in_vessel > 0.0 && t <= flowing.over_s + IN_VESSEL_S {
            // A streak along the vessel, renewed while contrast flows.
            let mut streak = Vec::new();
            for up in [1.0, -1.0] {
                for i in 0..40 {
                    let at = [flowing.tip_mm[0], flowing.tip_mm[1], flowing.tip_mm[2] + up * f64::from(i)];
                    if theatre.world.at(at).medium != Medium::Vessel {
                        break;
                    }
                    streak.push(at);
                }
            }
            splat(view, &streak, flowing.iodine_mg * flowing.in_vessel * 0.15, image);
        }
    }
}

/// Adds a share of one picture to another of the same size.
fn add(of: &Image<f32>, share: f32, to: &mut Image<f32>) {
    to.data_mut().iter_mut().zip(of.data()).for_each(|(sum, value)| *sum += share * value);
}

/// Iodine (mg) spread evenly over points, as mm · g/cm³ on the detector: 1 mg/mm² is 1 mm · g/cm³.
fn splat(view: &View, points: &[[f64; 3]], iodine_mg: f64, image: &mut Image<f32>) {
    if points.is_empty() || !(iodine_mg > 0.0) {
        return;
    }
    let each = iodine_mg / points.len() as f64;
    // A point stands for the fluid about it: 4 mm across.
    const RADIUS_MM: f64 = 2.0;
    let (rows, columns) = (image.rows() as i64, image.columns() as i64);
    for point in points {
        let Some(pixel) = view.project(&Point::new(point[0], point[1], point[2])) else { continue };
        let pixel_mm = view.detector().pixel_mm / pixel.magnification;
        let reach = (RADIUS_MM / pixel_mm).max(0.5);
        let half = reach.ceil() as i64;
        let (r0, c0) = (pixel.row.round() as i64, pixel.column.round() as i64);
        let mut hit = Vec::new();
        for r in (r0 - half)..=(r0 + half) {
            for c in (c0 - half)..=(c0 + half) {
                let d2 = (r as f64 - pixel.row).powi(2) + (c as f64 - pixel.column).powi(2);
                if d2 <= reach * reach + 0.5 && (0..rows).contains(&r) && (0..columns).contains(&c) {
                    hit.push((r * columns + c) as usize);
                }
            }
        }
        if hit.is_empty() {
            continue;
        }
        let amount = (each / (hit.len() as f64 * pixel_mm * pixel_mm)) as f32;
        for index in hit {
            if let Some(value) = image.data_mut().get_mut(index) {
                *value += amount;
            }
        }
    }
}
