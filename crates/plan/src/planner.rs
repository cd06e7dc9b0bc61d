//! From a belief to a plan.

use crate::assess::Assessor;
use crate::brick::Segment;
use crate::choice;
use crate::cost::{Scorer, Textbook};
use crate::document::{
    ChainNode, FrameAxes, InputFile, LevelGeometry, ModelledHazardNode, Plan, SCHEMA, SearchEffort,
};
use crate::fields::{Fields, SPACING_MM};
use crate::give_way;
use crate::options::PlanOptions;
use crate::probability::Draws;
use crate::requirements::{self, PlanError};
use crate::rules::NEEDLE_LENGTHS_MM;
use crate::search::{self, Cone, SiteSearch};
use crate::site::Site;
use crate::space::{BodySpace, LatticeBox};
use rami_anatomy::{Anatomy, BySide, Posture, Side, Vertebra, VertebralLevel};
use rami_volume::Ct;
use rayon::prelude::*;

/// How far from the targets paths are followed: to the side, back, and towards head and feet, mm.
const REACH_LATERAL_MM: f64 = 190.0;
const REACH_POSTERIOR_MM: f64 = 200.0;
const REACH_ALONG_MM: f64 = 80.0;
/// Room beyond the targets towards the front and the midline, mm: what clearances are told apart in.
const ROOM_MM: f64 = 35.0;
/// Keys of the figures every plan rests on.
const EVIDENCE: &[&str] = &[
    "technique.c_arm_oblique",
    "technique.level_single_needle",
    "technique.target_lateral_view",
    "technique.target_lateral_window",
    "technique.target_ap_view",
    "technique.needle_error.mri",
    "technique.needle.trial",
    "anatomy.lumbar_vessels_at_waist",
    "anatomy.disc_wider_than_body",
    "anatomy.genitofemoral_block.l2",
    "anatomy.genitofemoral_block.l4",
    "anatomy.kidney_moves_prone",
    "misplacement.psoas",
    "misplacement.intravascular",
    "planning.bowel_posture",
    "planning.entry_error",
    "planning.genitofemoral_block.l3",
    "planning.kidney_breathing",
    "planning.kidney_posture",
    "planning.label_boundary",
    "planning.pleura_breathing",
    "planning.skin_posture",
    "planning.tip_error_per_axis",
    "planning.ureter_posture",
];

const DISCLAIMER: &str = "Rami is research and teaching software, not a medical device. Nothing here is advice for the care of a person. \
     The sympathetic chain, ureters, nerve roots, segmental and renal vessels and discs are inferred or modelled, not seen.";

/// Plans a block.
///
/// # Errors
/// [`PlanError`]: what was asked cannot be answered on this CT. A plan in which nothing is safe is no error.
pub fn plan(
    ct: &Ct,
    anatomy: &Anatomy,
    inputs: Vec<InputFile>,
    options: &PlanOptions,
) -> Result<Plan, PlanError> {
    options.check()?;
    requirements::check(anatomy, options)?;
    let prepared = Prepared::new(anatomy, options)?;
    let fields = &prepared.fields;
    let draws = Draws::new(
        fields,
        options.human_error,
        anatomy.posture == Posture::Prone,
        options.seed,
        options.draws,
    );
    let few = draws.first(give_way::DRAWS);
    let assessor = Assessor { ct, anatomy, fields, draws: &draws, options };
    let searches: Vec<SiteSearch> =
        prepared.sites.par_iter().map(|site| give_way::search_site(site, &assessor, &few, options)).collect();
    let mut effort = SearchEffort::default();
    let mut candidates = Vec::new();
    for (site, search) in prepared.sites.iter().zip(&searches) {
        effort.paths_decided += search.decided;
        effort.paths_free += search.free;
        let mut of_site: Vec<_> =
            search.best.par_iter().map(|found| assessor.candidate(site, &found.path, &found.score)).collect();
        of_site.sort_by(|a, b| b.safe.cmp(&a.safe).then(a.cost.total_cmp(&b.cost)));
        candidates.extend(of_site);
    }
    choice::mark_pareto(&mut candidates);
    let trade_off = choice::trade_off(&candidates, options);
    let (chosen, verdict) = choice::choose(&candidates, &trade_off, options);
    Ok(Plan {
        schema: SCHEMA.to_owned(),
        warnings: requirements::warnings(anatomy, options),
        verdict,
        chosen,
        side: options.side,
        searched_levels: options.levels(),
        needles: options.needles,
        needle_length_mm: options.needle_length_mm,
        candidates,
        trade_off,
        levels: anatomy.vertebrae.iter().map(|(&level, vertebra)| (level, geometry(vertebra))).collect(),
        level_count: anatomy.count.clone(),
        chain: BySide::from_fn(|side| chain(anatomy, side)),
        modelled_hazards: anatomy.modelled.iter().map(hazard).collect(),
        iliac_crest_line_z_mm: anatomy.iliac_crest_line_z_mm,
        posture: anatomy.posture,
        human_error: options.human_error,
        seed: options.seed,
        draws: options.draws,
        search: effort,
        inputs,
        evidence: evidence(anatomy),
        rami_version: env!("CARGO_PKG_VERSION").to_owned(),
        disclaimer: DISCLAIMER.to_owned(),
    })
}

/// Fields and sites, before any search.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) fields: Fields,
    pub(crate) sites: Vec<Site>,
}

impl Prepared {
    pub(crate) fn new(anatomy: &Anatomy, options: &PlanOptions) -> Result<Self, PlanError> {
        let levels: Vec<&Vertebra> =
            options.levels().iter().filter_map(|level| anatomy.vertebrae.get(level)).collect();
        // The lattice goes with one vertebra: L3 where it is in view, so that any choice of level shares it.
        let Some(reference) = anatomy.vertebrae.get(&VertebralLevel::L3).or_else(|| levels.first().copied())
        else {
            return Err(PlanError::LevelNotInView { level: VertebralLevel::L3, in_view: Vec::new() });
        };
        let space = BodySpace::new(reference.centroid, &reference.frame);
        let mut sites = Vec::new();
        for &side in options.side.sides() {
            for vertebra in &levels {
                let site = Site::new(anatomy, vertebra, side, &space);
                if site.targets.is_empty() {
                    return Err(PlanError::NoTarget { level: vertebra.level, side });
                }
                sites.push(site);
            }
        }
        let region = region(anatomy, &space, &sites);
        let fields = Fields::build(anatomy, space, region);
        sites.iter_mut().for_each(|site| site.find_obstacles(&fields));
        let prepared = Self { fields, sites };
        match Side::BOTH.into_iter().find(|&side| prepared.lacks_the_flank(anatomy, side)) {
            Some(side) => Err(PlanError::CutOff { place: format!("{side} flank") }),
            None => Ok(prepared),
        }
    }
}

impl Prepared {
    /// Whether the field of view cuts this flank so that a textbook needle's way to the skin leaves the CT.
    fn lacks_the_flank(&self, anatomy: &Anatomy, side: Side) -> bool {
        let reach = NEEDLE_LENGTHS_MM[NEEDLE_LENGTHS_MM.len() - 1];
        let ways = Textbook::new().oblique_range_deg;
        *anatomy.skin.flank_cut_off.get(side)
            && self.sites.iter().filter(|site| site.side == side).any(|site| {
                let nearest = site
                    .targets
                    .iter()
                    .min_by(|a, b| site.distance_to_chain(a).total_cmp(&site.distance_to_chain(b)));
                nearest.is_some_and(|target| {
                    ways.into_iter().any(|obliquity| {
                        let way = Segment::new(target, &site.direction(obliquity, 0.0), reach);
                        self.fields.skin.way_out(&way).is_none()
                    })
                })
            })
    }
}

/// The box of planning space in which paths and what is near them lie, as far as the CT reaches.
fn region(anatomy: &Anatomy, space: &BodySpace, sites: &[Site]) -> LatticeBox {
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    let mut include = |p: [f64; 3]| {
        for axis in 0..3 {
            low[axis] = low[axis].min(p[axis]);
            high[axis] = high[axis].max(p[axis]);
        }
    };
    for site in sites {
        let out = site.side.sign();
        for target in &site.targets {
            include([
                target.x - out * (target.x.abs() + ROOM_MM),
                target.y - ROOM_MM,
                target.z - REACH_ALONG_MM,
            ]);
            include([
                target.x + out * REACH_LATERAL_MM,
                target.y + REACH_POSTERIOR_MM,
                target.z + REACH_ALONG_MM,
            ]);
        }
    }
    let corners = anatomy.structures.labels().grid().corners().map(|corner| space.point(&corner));
    for axis in 0..3 {
        let bound = |pick: fn(f64, f64) -> f64, start: f64| corners.iter().map(|c| c[axis]).fold(start, pick);
        low[axis] = low[axis].max(bound(f64::min, f64::INFINITY) - SPACING_MM);
        high[axis] = high[axis].min(bound(f64::max, f64::NEG_INFINITY) + SPACING_MM);
    }
    // A vertebra in view lies in the CT, so the box is never empty; two nodes an axis are what sampling needs.
    LatticeBox::around(low, high, SPACING_MM)
        .filter(|nodes| nodes.dims.iter().all(|&n| n >= 2))
        .unwrap_or(LatticeBox { first: [0; 3], dims: [2; 3] })
}

fn geometry(vertebra: &Vertebra) -> LevelGeometry {
    let frame = &vertebra.frame;
    LevelGeometry {
        centroid_mm: vertebra.centroid.into(),
        frame: FrameAxes {
            right: frame.right.into_inner().into(),
            anterior: frame.anterior.into_inner().into(),
            cranial: frame.cranial.into_inner().into(),
        },
        width_mm: vertebra.upper_endplate.width_mm,
        depth_mm: vertebra.upper_endplate.depth_mm,
        height_mm: vertebra.height_mm,
        waist_width_mm: vertebra.waist_width_mm,
        waist_depth_mm: vertebra.waist_depth_mm,
        transverse_process_tip_mm: BySide::from_fn(|side| {
            vertebra.transverse_process_tips.get(side).map(Into::into)
        }),
        pedicle_lateral_border_mm: BySide::from_fn(|side| {
            vertebra.pedicles.get(side).map(|pedicle| pedicle.lateral_border.into())
        }),
        spinous_process_tip_mm: vertebra.spinous_process_tip.map(Into::into),
        truncated: vertebra.truncated,
    }
}

fn chain(anatomy: &Anatomy, side: Side) -> Vec<ChainNode> {
    let nodes = anatomy.chains.get(side).points.iter();
    nodes
        .map(|point| ChainNode {
            point_mm: point.mean.into(),
            sd_mm: point.covariance.symmetric_eigenvalues().max().max(0.0).sqrt(),
            level: point.level,
        })
        .collect()
}

fn hazard(hazard: &rami_anatomy::ModelledHazard) -> ModelledHazardNode {
    ModelledHazardNode {
        name: hazard.name(),
        course_mm: hazard.course.iter().map(|&point| point.into()).collect(),
        radius_mm: hazard.radius_mm,
        sd_mm: hazard.largest_sd_mm(),
        evidence: hazard.evidence.iter().map(|&key| key.to_owned()).collect(),
    }
}

fn evidence(anatomy: &Anatomy) -> Vec<String> {
    let mut keys: Vec<String> = EVIDENCE.iter().map(|&key| key.to_owned()).collect();
    keys.extend(anatomy.modelled.iter().flat_map(|hazard| hazard.evidence.iter().map(|&key| key.to_owned())));
    keys.sort();
    keys.dedup();
    keys
}

/// The stages of the search one by one, for benchmarks: fields are built once, then paths are decided and scored.
#[derive(Debug)]
pub struct SearchBench {
    prepared: Prepared,
    longest_needle_mm: f64,
}

impl SearchBench {
    /// Fields and sites for these options.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn new(anatomy: &Anatomy, options: &PlanOptions) -> Result<Self, PlanError> {
        options.check()?;
        Ok(Self {
            prepared: Prepared::new(anatomy, options)?,
            longest_needle_mm: options.longest_needle_mm(),
        })
    }

    /// Paths in all cones of all sites.
    #[must_use]
    pub fn paths(&self) -> usize {
        self.prepared.sites.iter().map(|site| site.targets.len() * Cone::of(site).directions.len()).sum()
    }

    /// Decides every path; how many are free.
    #[must_use]
    pub fn decide(&self) -> usize {
        self.free().iter().flatten().map(Vec::len).sum()
    }

    /// For each site and target, the directions that are free.
    #[must_use]
    pub fn free(&self) -> Vec<Vec<Vec<u32>>> {
        let reach = Scorer::new(&self.prepared.fields, self.longest_needle_mm).longest_path_mm();
        let decide = |site: &Site| search::decide(site, &Cone::of(site), &self.prepared.fields, reach);
        self.prepared.sites.iter().map(decide).collect()
    }

    /// Scores every free path against every structure; how many were scored.
    #[must_use]
    pub fn score(&self, free: &[Vec<Vec<u32>>]) -> usize {
        let scorer = Scorer::new(&self.prepared.fields, self.longest_needle_mm);
        let sites = self.prepared.sites.iter().zip(free);
        sites.map(|(site, free)| search::score(site, &Cone::of(site), free, &scorer, false).len()).sum()
    }
}
