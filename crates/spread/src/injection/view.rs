//! What can be seen of an injection, on the region's grid.

use super::{Injection, Tip};
use crate::SpreadError;
use crate::vessel::Stream;
use rami_field::Stop;
use rami_volume::Volume;

impl Injection {
    /// mg of a solute per ml of tissue (dissolved, bound, and in the blood of vessels), on the region's grid: what
    /// x-rays see of contrast.
    #[must_use]
    pub fn amount(&self, solute: usize) -> Volume<f32> {
        let mut amount = self.in_tissue(solute);
        for (tip, stream) in self.tips.iter().zip(&self.streams) {
            if let Some(stream) = stream {
                self.paint(tip, stream, solute, amount.data_mut());
            }
        }
        amount
    }

    /// The same without what is in blood, which a cell too coarse for its vessel would else count as its own.
    #[must_use]
    pub fn in_tissue(&self, solute: usize) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let volume = self.flow.h.powi(3);
        let mut data = vec![0.0f32; grid.len()];
        for &cell in self.masses.active() {
            let cell = cell as usize;
            let bound = self.masses.bound[solute].get(cell).copied().unwrap_or(0.0);
            data[cell] = ((self.masses.dissolved[solute][cell] + bound) / volume * 1000.0) as f32;
        }
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// Blood with contrast: along the course of a small vessel, each stretch in the cell it lies in; in a great one the
    /// cells of the vessel downstream, or a tube where the cells are too coarse to show one.
    fn paint(&self, tip: &Tip, stream: &Stream, solute: usize, data: &mut [f32]) {
        let region = &self.region;
        let [ni, nj, nk] = region.grid().dims();
        let h = self.flow.h;
        for (place, mg) in stream.along(solute, 0.25 * h) {
            if let Some(voxel) = region.grid().voxel_at(&place) {
                data[region.grid().offset(voxel)] += (mg * 1000.0 / h.powi(3)) as f32;
            }
        }
        let Some((mut x, from_mm, radius_mm)) = stream.axial(&tip.at) else { return };
        let reach = radius_mm.max(0.6 * h);
        let home = region.grid().to_index(&x)[2].round();
        let mut k = home;
        while k >= 0.0 && k < nk as f64 {
            let per_mm = stream.per_mm(solute, from_mm + (k - home).abs() * h);
            let mut inside: Vec<usize> = Vec::new();
            let (mut sum, mut count) = ([0.0; 2], 0.0);
            for j in 0..nj {
                for i in 0..ni {
                    let cell = region.grid().offset([i, j, k as usize]);
                    let c = region.centre(cell);
                    let d = ((c.x - x.x).powi(2) + (c.y - x.y).powi(2)).sqrt();
                    if region.tissue()[cell] == stream.vessel && d <= 2.0 * reach + h {
                        inside.push(cell);
                        sum = [sum[0] + c.x, sum[1] + c.y];
                        count += 1.0;
                    } else if d <= reach && count == 0.0 {
                        inside.push(cell);
                    }
                }
            }
            if count > 0.0 {
                inside.retain(|c| region.tissue()[*c] == stream.vessel);
                (x.x, x.y) = (sum[0] / count, sum[1] / count);
            }
            let add = per_mm * h * 1000.0 / (inside.len().max(1) as f64 * h.powi(3));
            inside.iter().for_each(|c| data[*c] += add as f32);
            k += stream.direction();
        }
    }

    /// mg/ml of a solute dissolved in the tissue's water, on the region's grid.
    #[must_use]
    pub fn concentration(&self, solute: usize) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let mut data = vec![0.0f32; grid.len()];
        let tissue = self.region.tissue();
        for &cell in self.masses.active() {
            let cell = cell as usize;
            let water = self.flow.water(&self.properties, tissue[cell], cell, self.flow.p[cell]);
            data[cell] = (1000.0 * self.masses.dissolved[solute][cell] / water.max(1e-12)) as f32;
        }
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// Pressure, kPa, on the region's grid.
    #[must_use]
    pub fn pressure(&self) -> Volume<f32> {
        let grid = self.region.grid().clone();
        let data = self.flow.p.iter().map(|p| *p as f32).collect();
        Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, 0.0))
    }

    /// The map of arrival volumes (ml) for one mm³/s steadily through the tips with the fascia as it is now; valid while
    /// no more of it parts.
    ///
    /// # Errors
    /// When the pressure cannot be found.
    pub fn arrival_ml(&mut self) -> Result<Volume<f32>, SpreadError> {
        let sources = self.sources(1.0 / self.tips.len() as f64, self.properties.viscosity_mpa_s);
        let total: f64 = sources.iter().map(|s| s.q).sum();
        let stop = Stop { relative_residual: self.accuracy.residual.min(1e-9), iterations: 400 };
        let p = self.flow.steady(&self.region, &self.properties, &sources, stop)?;
        let (flow, properties, tissue) = (&self.flow, &self.properties, self.region.tissue());
        let water = |cell: usize| flow.water(properties, tissue[cell], cell, 0.0);
        let arrival = crate::arrival_volume(&self.flow.problem, &p, total.max(1e-300), water);
        let grid = self.region.grid().clone();
        let data = arrival.iter().map(|v| (v / 1000.0) as f32).collect();
        Ok(Volume::new(grid.clone(), data).unwrap_or_else(|| Volume::filled(grid, f32::INFINITY)))
    }
}
