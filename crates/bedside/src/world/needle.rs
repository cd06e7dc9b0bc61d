//! The world as a needle meets it.

use super::{FIRST_TUBE, Tissue, World};
use rami_anatomy::Structure;
use rami_needle::{HazardDistance, Place, Tissues};
use rami_volume::{Point, Volume, distance, resample};
use rayon::prelude::*;

/// Bulk structures whose distance a needle is told, by their label.
const BULK: &[&str] = &[
    "aorta",
    "inferior_vena_cava",
    "iliac_artery_left",
    "iliac_artery_right",
    "iliac_vena_left",
    "iliac_vena_right",
    "kidney_left",
    "kidney_right",
    "colon",
    "small_bowel",
    "duodenum",
    "liver",
    "spleen",
    "spinal_cord",
];

/// Cells of the distance fields, mm.
const CELL_MM: f64 = 2.0;

/// A labelled hazard with its distance field.
#[derive(Debug, Clone)]
pub(super) struct BulkHazard {
    structure: u32,
    distance_mm: Volume<f32>,
}

impl World {
    /// Computes the distance fields of labelled hazards now, which the first question would do otherwise.
    pub fn prepare(&self) {
        let _ = self.bulk_hazards();
    }

    fn bulk_hazards(&self) -> &[BulkHazard] {
        self.far.get_or_init(|| {
            let Ok(grid) = resample::with_spacing(self.structures.grid(), [CELL_MM; 3]) else {
                return Vec::new();
            };
            let labels = resample::nearest(&self.structures, &grid, 0);
            let ids: Vec<u16> = BULK
                .iter()
                .filter_map(|name| Structure::from_name(name))
                .map(Structure::id)
                .filter(|id| labels.data().contains(id))
                .collect();
            ids.into_par_iter()
                .map(|id| BulkHazard {
                    structure: u32::from(id),
                    distance_mm: distance::signed(&labels, |label| label == id),
                })
                .collect()
        })
    }
}

impl Tissues for World {
    fn at(&self, point_mm: [f64; 3]) -> Place {
        let point = Point::from(point_mm);
        match self.tube_at(&point) {
            Some(tube) => {
                Place { medium: self.tubes[tube].kind.tissue().medium(), structure: FIRST_TUBE + tube as u32 }
            }
            None => {
                let tissue = self.bulk_at(&point);
                // A label names a structure; fat and air beside it do not.
                let structure = match tissue {
                    Tissue::Air | Tissue::Skin | Tissue::Fat | Tissue::RetroperitonealFat => 0,
                    _ => self.structures.at(&point).map_or(0, u32::from),
                };
                Place { medium: tissue.medium(), structure }
            }
        }
    }

    /// Thin structures exactly; labelled ones from fields on cells of 2 mm.
    fn hazards(&self, point_mm: [f64; 3]) -> Vec<HazardDistance> {
        let point = Point::from(point_mm);
        let thin = self.tubes.iter().enumerate().skip(2).map(|(i, tube)| HazardDistance {
            structure: FIRST_TUBE + i as u32,
            distance_mm: tube.distance_mm(&point),
        });
        let bulk = self.bulk_hazards().iter().map(|hazard| HazardDistance {
            structure: hazard.structure,
            distance_mm: hazard.distance_mm.sample(&point, f64::INFINITY),
        });
        let mut all: Vec<HazardDistance> =
            thin.chain(bulk).filter(|hazard| hazard.distance_mm.is_finite()).collect();
        all.sort_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm));
        all
    }
}
