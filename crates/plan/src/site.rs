//! A place to plan for: one side of one vertebra, in planning space.

use crate::fields::Fields;
use crate::rules::{LOWER_THIRD, STANDOFF_MM, UPPER_THIRD};
use crate::space::{BodyPoint, BodySpace, BodyVector};
use rami_anatomy::{Anatomy, Side, Vertebra, VertebralLevel};
use std::collections::BTreeMap;

/// Distance between targets of the grid search, mm.
const TARGET_GRID_MM: f64 = 2.0;
/// Share of the body's depth, from its front, in which targets are sought.
const DEEPEST_TARGET: f64 = 0.5;
/// Slices of the body's height for the line of its anterior cortex.
const CORTEX_SLICES: usize = 12;

/// A vertebra seen from one side.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) side: Side,
    pub(crate) level: VertebralLevel,
    pub(crate) centroid: BodyPoint,
    /// Away from the midline to this side.
    pub(crate) lateral: BodyVector,
    pub(crate) posterior: BodyVector,
    pub(crate) cranial: BodyVector,
    lower_endplate: (BodyPoint, BodyVector),
    upper_endplate: (BodyPoint, BodyVector),
    /// How far in front of the centroid the front of the body is, by height.
    anterior_cortex_mm: [f64; CORTEX_SLICES],
    /// How far from the midline the lateral border of the pedicle is.
    pub(crate) pedicle_border_mm: Option<f64>,
    pub(crate) transverse_process_tip: Option<BodyPoint>,
    /// [`Site::process_beyond_border`] at every whole degree from 0.
    process_by_degree: Vec<f64>,
    surface: Vec<BodyPoint>,
    pub(crate) chain: Vec<BodyPoint>,
    /// Points of the grid search, a standoff in front of the cortex.
    pub(crate) targets: Vec<BodyPoint>,
    pub(crate) vertebra: Option<usize>,
    pub(crate) psoas: Option<usize>,
}

impl Site {
    /// Everything of a side and level but the fields, which are looked up by [`Site::find_obstacles`].
    pub(crate) fn new(anatomy: &Anatomy, vertebra: &Vertebra, side: Side, space: &BodySpace) -> Self {
        let frame = &vertebra.frame;
        let surface = vertebra.anterolateral_surface.get(side);
        let mut site = Self {
            side,
            level: vertebra.level,
            centroid: space.point(&vertebra.centroid),
            lateral: space.vector(&(frame.right.into_inner() * -side.sign())),
            posterior: space.vector(&-frame.anterior.into_inner()),
            cranial: space.vector(&frame.cranial),
            lower_endplate: (
                space.point(&vertebra.lower_endplate.centre),
                space.vector(&vertebra.lower_endplate.normal),
            ),
            upper_endplate: (
                space.point(&vertebra.upper_endplate.centre),
                space.vector(&vertebra.upper_endplate.normal),
            ),
            anterior_cortex_mm: [0.0; CORTEX_SLICES],
            pedicle_border_mm: None,
            transverse_process_tip: vertebra.transverse_process_tips.get(side).map(|tip| space.point(&tip)),
            process_by_degree: Vec::new(),
            surface: surface.iter().map(|s| space.point(&s.point)).collect(),
            chain: anatomy.chains.get(side).points.iter().map(|p| space.point(&p.mean)).collect(),
            targets: Vec::new(),
            vertebra: None,
            psoas: None,
        };
        site.pedicle_border_mm = vertebra
            .pedicles
            .get(side)
            .map(|pedicle| site.lateral_offset(&space.point(&pedicle.lateral_border)));
        let both = Side::BOTH
            .iter()
            .flat_map(|&either| vertebra.anterolateral_surface.get(either))
            .map(|s| space.point(&s.point));
        site.anterior_cortex_mm = site.cortex_line(both);
        site.targets = site.target_grid(surface, space);
        site.process_by_degree =
            (0..=90).map_while(|degree| site.process_beyond_border(f64::from(degree))).collect();
        site
    }

    pub(crate) fn find_obstacles(&mut self, fields: &Fields) {
        self.vertebra = fields.index_of(&format!("vertebrae_{}", self.level));
        self.psoas = fields.index_of(&format!("iliopsoas_{}", self.side));
    }

    /// Distance from the vertebra's midline towards this side, mm.
    pub(crate) fn lateral_offset(&self, point: &BodyPoint) -> f64 {
        (point - self.centroid).dot(&self.lateral)
    }

    /// Distance in front of the centroid, mm.
    pub(crate) fn anterior_offset(&self, point: &BodyPoint) -> f64 {
        -(point - self.centroid).dot(&self.posterior)
    }

    /// Share of the body's height: 0 at the lower endplate, 1 at the upper.
    pub(crate) fn height_fraction(&self, point: &BodyPoint) -> f64 {
        let above = (point - self.lower_endplate.0).dot(&self.lower_endplate.1);
        let below = (self.upper_endplate.0 - point).dot(&self.upper_endplate.1);
        above / (above + below).max(1.0)
    }

    /// How far in front of the body's front a point is in the true lateral view, mm; negative behind it.
    pub(crate) fn beyond_anterior_cortex(&self, point: &BodyPoint) -> f64 {
        let at = self.height_fraction(point).clamp(0.0, 1.0) * CORTEX_SLICES as f64 - 0.5;
        let low = (at.floor().max(0.0) as usize).min(CORTEX_SLICES - 2);
        let t = (at - low as f64).clamp(0.0, 1.0);
        let line = self.anterior_cortex_mm[low] * (1.0 - t) + self.anterior_cortex_mm[low + 1] * t;
        self.anterior_offset(point) - line
    }

    /// Distance to the nearest measured point of the body's anterolateral surface, mm; infinite where none was measured.
    pub(crate) fn distance_to_surface(&self, point: &BodyPoint) -> f64 {
        self.surface.iter().map(|p| (p - point).norm()).fold(f64::INFINITY, f64::min)
    }

    /// Distance to the trunk's most likely course, mm.
    pub(crate) fn distance_to_chain(&self, point: &BodyPoint) -> f64 {
        if self.chain.is_empty() {
            return f64::INFINITY;
        }
        crate::modelled::distance_to_course(point, &self.chain)
    }

    /// From target to entry, for an obliquity from straight behind to this side and a tilt towards the head, degrees
    /// in the vertebra's own frame.
    pub(crate) fn direction(&self, obliquity_deg: f64, tilt_deg: f64) -> BodyVector {
        let (sin_o, cos_o) = obliquity_deg.to_radians().sin_cos();
        let (sin_t, cos_t) = tilt_deg.to_radians().sin_cos();
        (self.posterior * cos_o + self.lateral * sin_o) * cos_t + self.cranial * sin_t
    }

    /// How far lateral of the body's border the tip of the transverse process appears in a view from this obliquity
    /// (parallel rays in the vertebra's axial plane), mm; nothing without a tip or a surface.
    pub(crate) fn process_beyond_border(&self, obliquity_deg: f64) -> Option<f64> {
        let tip = self.transverse_process_tip?;
        let (sin, cos) = obliquity_deg.to_radians().sin_cos();
        let across = self.lateral * cos - self.posterior * sin;
        let border =
            self.surface.iter().map(|p| (p - self.centroid).dot(&across)).fold(f64::NEG_INFINITY, f64::max);
        border.is_finite().then(|| (tip - self.centroid).dot(&across) - border)
    }

    /// The same, between whole degrees by a straight line: quick enough for a search.
    pub(crate) fn process_beyond_border_about(&self, obliquity_deg: f64) -> Option<f64> {
        let last = self.process_by_degree.len().checked_sub(2)?;
        let at = (obliquity_deg.max(0.0) as usize).min(last);
        let t = obliquity_deg.clamp(0.0, 90.0) - at as f64;
        Some(self.process_by_degree[at] * (1.0 - t) + self.process_by_degree[at + 1] * t)
    }

    /// The obliquity between 0 and 60° at which the tip of the transverse process overlies the body's border.
    pub(crate) fn obliquity_of_overlap(&self) -> Option<f64> {
        let mut before = self.process_beyond_border(0.0)?;
        for half_degree in 1..=120 {
            let at = f64::from(half_degree) / 2.0;
            let here = self.process_beyond_border(at)?;
            if before > 0.0 && here <= 0.0 {
                return Some(at - 0.5 * -here / (before - here).max(1e-9));
            }
            before = here;
        }
        None
    }

    fn cortex_line(&self, surface: impl Iterator<Item = BodyPoint>) -> [f64; CORTEX_SLICES] {
        let mut slices: [Vec<f64>; CORTEX_SLICES] = Default::default();
        for point in surface {
            let slice = (self.height_fraction(&point) * CORTEX_SLICES as f64).floor();
            if slice >= 0.0 && slice < CORTEX_SLICES as f64 {
                slices[slice as usize].push(self.anterior_offset(&point));
            }
        }
        // The 95th percentile, so that one stray voxel does not move the line.
        let mut line: [Option<f64>; CORTEX_SLICES] = [None; CORTEX_SLICES];
        for (value, slice) in line.iter_mut().zip(&mut slices) {
            slice.sort_by(f64::total_cmp);
            *value = slice.get(slice.len().saturating_sub(1) * 95 / 100).copied();
        }
        let known: Vec<(usize, f64)> =
            line.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?))).collect();
        std::array::from_fn(|i| {
            known.iter().min_by_key(|(at, _)| at.abs_diff(i)).map_or(0.0, |&(_, value)| value)
        })
    }

    /// Surface points in the lower and upper third and the front half, thinned to cells of 2 mm of the body's own
    /// axes, each moved out of the bone by the standoff.
    fn target_grid(&self, surface: &[rami_anatomy::SurfacePoint], space: &BodySpace) -> Vec<BodyPoint> {
        let in_third =
            |h: f64| [LOWER_THIRD, UPPER_THIRD].iter().any(|third| (third[0]..=third[1]).contains(&h));
        let mut cells: BTreeMap<[i32; 3], (BodyVector, f64)> = BTreeMap::new();
        for s in surface {
            if !in_third(s.height_fraction) || s.depth_fraction > DEEPEST_TARGET {
                continue;
            }
            let target = space.point(&s.point) + space.vector(&s.normal) * STANDOFF_MM;
            if self.lateral_offset(&target) <= 0.0 {
                continue;
            }
            let from = target - self.centroid;
            let cell = [&self.lateral, &self.posterior, &self.cranial]
                .map(|axis| (from.dot(axis) / TARGET_GRID_MM).floor() as i32);
            let sum = cells.entry(cell).or_insert((BodyVector::zeros(), 0.0));
            sum.0 += target.coords;
            sum.1 += 1.0;
        }
        cells.into_values().map(|(sum, count)| BodyPoint::from(sum / count)).collect()
    }
}

/// Five numbers that make a path: where its tip is in the vertebra's axes, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PathParameters {
    /// Lateral, posterior and cranial of the centroid, mm.
    pub(crate) tip_mm: [f64; 3],
    pub(crate) obliquity_deg: f64,
    pub(crate) tilt_deg: f64,
}

impl PathParameters {
    pub(crate) fn at(site: &Site, target: &BodyPoint, obliquity_deg: f64, tilt_deg: f64) -> Self {
        let from = target - site.centroid;
        let tip_mm = [&site.lateral, &site.posterior, &site.cranial].map(|axis| from.dot(axis));
        Self { tip_mm, obliquity_deg, tilt_deg }
    }

    pub(crate) fn target(&self, site: &Site) -> BodyPoint {
        site.centroid
            + site.lateral * self.tip_mm[0]
            + site.posterior * self.tip_mm[1]
            + site.cranial * self.tip_mm[2]
    }
}
