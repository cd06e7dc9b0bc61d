//! What is said about a path once it has been found.

use crate::brick::Segment;
use crate::cost::{Score, Textbook, outside};
use crate::crossing;
use crate::document::{ApLandmark, Candidate, Landmarks, LateralLandmark, Nearness, ObliqueLandmark, Third};
use crate::fields::Fields;
use crate::options::PlanOptions;
use crate::probability::Draws;
use crate::rules::{
    FURTHEST_FROM_SURFACE_MM, HUB_ROOM_MM, HazardClass, NEEDLE_LENGTHS_MM, OVERLIES_MM, Prices,
};
use crate::site::{PathParameters, Site};
use crate::space::BodyPoint;
use crate::words::in_words;
use rami_anatomy::Anatomy;
use rami_volume::{Ct, Point};
use rami_xray::CArmPose;
use std::collections::BTreeMap;

/// Shortfall of a margin that is still called kept, mm: below what the fields resolve.
const MARGIN_TOLERANCE_MM: f64 = 0.1;

/// Everything that assessing needs, whatever the path.
pub(crate) struct Assessor<'a> {
    pub(crate) ct: &'a Ct,
    pub(crate) anatomy: &'a Anatomy,
    pub(crate) fields: &'a Fields,
    pub(crate) draws: &'a Draws,
    pub(crate) options: &'a PlanOptions,
}

/// Whether a touch of this counts as harm: everything forbidden but what the needle is slid along.
pub(crate) fn is_harm(class: HazardClass) -> bool {
    class.rule().forbidden && !matches!(class, HazardClass::Bone | HazardClass::Disc)
}

impl Assessor<'_> {
    /// Ends of a path in patient space: entry and target.
    pub(crate) fn ends(&self, site: &Site, path: &PathParameters, score: &Score) -> (Point, Point) {
        let tip = path.target(site);
        let entry = tip + site.direction(path.obliquity_deg, path.tilt_deg) * score.depth;
        (self.fields.space.to_patient(&entry), self.fields.space.to_patient(&tip))
    }

    /// Names of forbidden labels whose voxels the path touches.
    pub(crate) fn touched_labels(&self, site: &Site, path: &PathParameters, score: &Score) -> Vec<String> {
        let (entry, target) = self.ends(site, path, score);
        crossing::forbidden(&crossing::tissue_lengths(self.anatomy, self.ct, &entry, &target))
    }

    /// Structures that a path touches more often than this share of what is allowed, by these draws.
    pub(crate) fn over_limit(
        &self,
        site: &Site,
        draws: &Draws,
        path: &PathParameters,
        score: &Score,
        share: f64,
    ) -> Vec<usize> {
        let (entry, _) = self.ends(site, path, score);
        let (touches, _) =
            draws.touch(self.fields, &self.fields.space.point(&entry), &path.target(site), is_harm);
        let obstacles = self.fields.obstacles.iter().zip(&touches).enumerate();
        obstacles
            .filter(|(_, (obstacle, touch))| {
                let rule = obstacle.class.rule();
                rule.forbidden && rule.probability_limit < 1.0 && touch.p > share * rule.probability_limit
            })
            .map(|(index, _)| index)
            .collect()
    }

    /// The candidate that a path is.
    pub(crate) fn candidate(&self, site: &Site, path: &PathParameters, score: &Score) -> Candidate {
        let (entry, target) = self.ends(site, path, score);
        let tip = path.target(site);
        let entry_body = self.fields.space.point(&entry);
        let segment = Segment::new(&tip, &site.direction(path.obliquity_deg, path.tilt_deg), score.depth);
        let clearances: Vec<f64> =
            self.fields.obstacles.iter().map(|obstacle| obstacle.clearance(&segment)).collect();
        let (touches, any) = self.draws.touch(self.fields, &entry_body, &tip, is_harm);
        let by_name = |values: &dyn Fn(usize) -> f64| -> BTreeMap<String, f64> {
            self.fields.obstacles.iter().enumerate().map(|(i, o)| (o.name.clone(), values(i))).collect()
        };
        let crosses = crossing::tissue_lengths(self.anatomy, self.ct, &entry, &target);
        let pose = CArmPose::tunnel(target, entry, target).unwrap_or_else(|| CArmPose::prone_ap(target));
        let chain = site.distance_to_chain(&tip);
        let height = site.height_fraction(&tip);
        let mut candidate = Candidate {
            level: site.level,
            side: site.side,
            entry_mm: entry.into(),
            target_mm: target.into(),
            depth_mm: score.depth,
            needle_length_mm: self.needle_length(score.depth),
            lateral_offset_mm: site.lateral_offset(&entry_body),
            entry_above_iliac_crest_mm: self.anatomy.iliac_crest_line_z_mm.map(|z| entry.z - z),
            primary_angle_deg: pose.primary_angle,
            secondary_angle_deg: pose.secondary_angle,
            view_in_words: pose.in_words(),
            obliquity_deg: path.obliquity_deg,
            tilt_deg: path.tilt_deg,
            third: if height < 0.5 { Third::Lower } else { Third::Upper },
            height_fraction: height,
            target_to_bone_mm: site.vertebra.map(|v| self.fields.obstacles[v].field.at(&tip)),
            distance_to_chain_mm: chain.is_finite().then_some(chain),
            landmarks: landmarks(site, path),
            clearance_mm: by_name(&|i| clearances[i]),
            closest: self.closest(&clearances),
            crosses_mm: crosses,
            hit_probability: by_name(&|i| touches[i].p),
            hit_probability_se: by_name(&|i| touches[i].standard_error),
            any_hit_probability: any.p,
            cost: score.cost + any.p * Prices::CERTAIN_HIT,
            safe: false,
            refusals: Vec::new(),
            pareto_optimal: false,
        };
        candidate.refusals = self.refusals(&candidate, score);
        candidate.refusals.extend(off_the_surface(site, &tip));
        candidate.safe = candidate.refusals.is_empty();
        candidate
    }

    fn needle_length(&self, depth: f64) -> f64 {
        self.options.needle_length_mm.unwrap_or_else(|| {
            NEEDLE_LENGTHS_MM
                .into_iter()
                .find(|length| *length >= depth + HUB_ROOM_MM)
                .unwrap_or(NEEDLE_LENGTHS_MM[NEEDLE_LENGTHS_MM.len() - 1])
        })
    }

    fn closest(&self, clearances: &[f64]) -> Vec<Nearness> {
        let mut closest: Vec<Nearness> = self
            .fields
            .obstacles
            .iter()
            .zip(clearances)
            .filter(|(obstacle, _)| obstacle.class.rule().forbidden)
            .map(|(obstacle, &clearance_mm)| Nearness {
                name: obstacle.name.clone(),
                class: obstacle.class,
                clearance_mm,
                margin_mm: obstacle.class.rule().margin_mm,
                modelled: obstacle.modelled_sd_mm.is_some(),
            })
            .collect();
        closest.sort_by(|a, b| a.clearance_mm.total_cmp(&b.clearance_mm));
        closest
    }

    fn refusals(&self, candidate: &Candidate, score: &Score) -> Vec<String> {
        let mut refusals = Vec::new();
        if !score.reaches_skin {
            refusals.push("the way out leaves the CT before it reaches the skin".to_owned());
        }
        if candidate.depth_mm + HUB_ROOM_MM > candidate.needle_length_mm + MARGIN_TOLERANCE_MM {
            refusals.push(format!(
                "it is {:.0} mm deep, and a needle of {:.0} mm leaves less than {HUB_ROOM_MM:.0} mm at the hub",
                candidate.depth_mm, candidate.needle_length_mm
            ));
        }
        for near in &candidate.closest {
            if near.clearance_mm < near.margin_mm - MARGIN_TOLERANCE_MM {
                let name = in_words(&near.name);
                refusals.push(if near.clearance_mm <= 0.0 {
                    format!("it runs {:.1} mm inside {name}", -near.clearance_mm)
                } else {
                    format!(
                        "it passes {name} at {:.1} mm, and {:.1} mm is the least allowed",
                        near.clearance_mm, near.margin_mm
                    )
                });
            }
        }
        for name in crossing::forbidden(&candidate.crosses_mm) {
            refusals.push(format!("it touches voxels labelled {}", in_words(&name)));
        }
        for obstacle in &self.fields.obstacles {
            let p = candidate.hit_probability.get(&obstacle.name).copied().unwrap_or(0.0);
            let limit = obstacle.class.rule().probability_limit;
            if p > limit {
                refusals.push(format!(
                    "it would touch {} in {:.0} % of attempts, and {:.1} % is the most allowed",
                    in_words(&obstacle.name),
                    p * 100.0,
                    limit * 100.0
                ));
            }
        }
        // What the search itself forbids: the waist, the far side of the midline, angles beyond its cone.
        if refusals.is_empty() && score.violation > MARGIN_TOLERANCE_MM.powi(2) {
            refusals.push(
                "no path within the searched angles and thirds of the body keeps every margin".to_owned(),
            );
        }
        refusals
    }
}

/// Why a tip is not beside the front half of its body, where the trunk can be; nothing where it is.
fn off_the_surface(site: &Site, tip: &BodyPoint) -> Option<String> {
    let gap = site.distance_to_surface(tip);
    let behind = -site.anterior_offset(tip);
    if gap.is_finite() && gap > FURTHEST_FROM_SURFACE_MM {
        Some(format!("its tip would lie {gap:.0} mm from the surface of the body of {}", site.level))
    } else if behind > 0.0 {
        Some(format!("its tip would lie {behind:.0} mm behind the middle of the body of {}", site.level))
    } else {
        None
    }
}

fn landmarks(site: &Site, path: &PathParameters) -> Landmarks {
    let textbook = Textbook::new();
    let tip = path.target(site);
    let process = site.process_beyond_border(path.obliquity_deg);
    let beyond = site.beyond_anterior_cortex(&tip);
    let from_midline = site.lateral_offset(&tip);
    let medial = site.pedicle_border_mm.map(|border| border - from_midline);
    let is_oblique = outside(path.obliquity_deg, textbook.oblique_range_deg) == 0.0;
    Landmarks {
        oblique: ObliqueLandmark {
            holds: is_oblique && process.is_some_and(|offset| offset.abs() <= OVERLIES_MM),
            process_beyond_border_mm: process,
            obliquity_of_overlap_deg: site.obliquity_of_overlap(),
        },
        lateral: LateralLandmark {
            holds: outside(beyond, textbook.lateral_window_mm) == 0.0,
            beyond_anterior_cortex_mm: beyond,
        },
        ap: ApLandmark {
            holds: from_midline > 0.0 && medial.is_some_and(|medial| medial >= 0.0),
            medial_of_pedicle_border_mm: medial,
            from_midline_mm: from_midline,
        },
    }
}
