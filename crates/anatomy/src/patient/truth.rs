//! The exact geometry of a digital patient, as the document `truth.json`. It is for judging; no plan may read it.

use super::layout::Layout;
use super::nerves::{Nerves, Segmental};
use super::spine::{L1, Level};
use super::traits::Traits;
use super::variant::Variant;
use super::vertebra::{pedicle_x, pedicle_z};
use crate::{BySide, Posture, Side};
use nalgebra::{Point3, Vector3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::f64::consts::PI;

/// LPS mm.
type P = [f64; 3];

/// `truth.json`: what is where in a digital patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Truth {
    /// `rami.truth/1`.
    pub schema: String,
    /// The row they were grown from.
    pub traits: Traits,
    /// Departure from ordinary anatomy, if any.
    pub variant: Option<Variant>,
    /// How they lie.
    pub posture: Posture,
    /// Vertebrae by name, T11 to S1 (and L6 where there is one).
    pub vertebrae: BTreeMap<String, VertebraTruth>,
    /// Both sympathetic trunks with their ganglia.
    pub chain: BySide<TrunkTruth>,
    /// Preganglionic (white) rami communicantes.
    pub white_rami: Vec<SegmentalTruth>,
    /// Postganglionic (grey) rami communicantes.
    pub grey_rami: Vec<SegmentalTruth>,
    /// Spinal nerves from the sac through their foramina.
    pub nerve_roots: Vec<SegmentalTruth>,
    /// Genitofemoral nerves.
    pub genitofemoral_nerve: BySide<GenitofemoralTruth>,
    /// Lateral femoral cutaneous nerves.
    pub lateral_femoral_cutaneous_nerve: BySide<CourseTruth>,
    /// Ureters.
    pub ureter: BySide<CourseTruth>,
    /// Lumbar arteries around the waists.
    pub lumbar_arteries: Vec<SegmentalTruth>,
    /// Lumbar veins around the waists.
    pub lumbar_veins: Vec<SegmentalTruth>,
    /// Middle line of the aorta.
    pub aorta: CourseTruth,
    /// Middle line of the inferior vena cava; its section is 1.16 by 0.85 of the radius across and deep.
    pub inferior_vena_cava: CourseTruth,
    /// Where the aorta divides, and at which level (4 the middle of L4).
    pub aortic_bifurcation: VesselLevel,
    /// Where the common iliac veins meet.
    pub ivc_confluence: VesselLevel,
    /// Kidneys.
    pub kidney: BySide<KidneyTruth>,
    /// Fascia as sheets of points.
    pub fascia: Vec<Sheet>,
    /// Height of the line between the tops of the iliac crests, mm.
    pub iliac_crest_line_z_mm: f64,
}

/// A vertebra.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VertebraTruth {
    /// Number in the label map.
    pub label: u16,
    /// Middle of the body.
    pub centroid_mm: P,
    /// To the patient's right.
    pub right: P,
    /// To the front.
    pub anterior: P,
    /// To the head, normal to the mean of the endplates.
    pub cranial: P,
    /// Upper endplate.
    pub upper_endplate: EndplateTruth,
    /// Lower endplate.
    pub lower_endplate: EndplateTruth,
    /// Width at the waist, mm.
    pub waist_width_mm: f64,
    /// Depth at the waist, mm.
    pub waist_depth_mm: f64,
    /// Height of the front, mm.
    pub anterior_height_mm: f64,
    /// Height of the back, mm.
    pub posterior_height_mm: f64,
    /// Distance of the rims in the middle, mm.
    pub height_mm: f64,
    /// Mean distance of the hollow endplates over their central four fifths, mm.
    pub central_height_mm: f64,
    /// Pedicles.
    pub pedicle: BySide<PedicleTruth>,
    /// Tips of the transverse processes.
    pub transverse_process_tip_mm: BySide<P>,
    /// Tip of the spinous process.
    pub spinous_process_tip_mm: P,
}

/// An endplate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndplateTruth {
    /// Middle of its rim's plane.
    pub centre_mm: P,
    /// Cranial normal.
    pub normal: P,
    /// Right to left, mm.
    pub width_mm: f64,
    /// Front to back, mm.
    pub depth_mm: f64,
    /// Right to left 2.5 mm inside the rim's plane, where the outline on a CT is read, mm.
    pub inner_width_mm: f64,
    /// Front to back there, mm.
    pub inner_depth_mm: f64,
}

/// A pedicle at its narrowest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct PedicleTruth {
    pub centre_mm: P,
    pub lateral_border_mm: P,
    pub width_mm: f64,
    pub height_mm: f64,
}

/// One side's trunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrunkTruth {
    /// Along its middle, cranial first.
    pub points_mm: Vec<P>,
    /// Fractional level of each point: 1 the middle of L1, 2.5 the disc L2/3.
    pub levels: Vec<f64>,
    /// Radius between ganglia, mm.
    pub radius_mm: f64,
    /// Its ganglia.
    pub ganglia: Vec<GanglionTruth>,
}

/// A ganglion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GanglionTruth {
    /// Its middle.
    pub centre_mm: P,
    /// Vertebra whose middle is nearest along the trunk.
    pub level: String,
    /// Along the trunk, mm.
    pub length_mm: f64,
    /// Across it, mm.
    pub width_mm: f64,
}

/// Something of one level and side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct SegmentalTruth {
    pub level: String,
    pub side: Side,
    pub points_mm: Vec<P>,
    pub radius_mm: f64,
}

/// A tube.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct CourseTruth {
    pub points_mm: Vec<P>,
    pub radius_mm: f64,
}

/// A genitofemoral nerve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct GenitofemoralTruth {
    pub points_mm: Vec<P>,
    pub radius_mm: f64,
    /// Where it pierces the fascia of psoas.
    pub exit_mm: P,
}

/// A place along a great vessel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct VesselLevel {
    pub point_mm: P,
    pub level: f64,
}

/// A kidney.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub struct KidneyTruth {
    pub centre_mm: P,
    pub lower_pole_mm: P,
    pub hilum_mm: P,
    pub length_mm: f64,
}

/// A sheet: rows of points, neighbouring rows and columns joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sheet {
    /// `psoas_fascia_left` and so on.
    pub name: String,
    /// Rows of points.
    pub rows_mm: Vec<Vec<P>>,
}

fn p(point: &Point3<f64>) -> P {
    [point.x, point.y, point.z].map(|c| (c * 1000.0).round() / 1000.0)
}

fn direction(d: &Vector3<f64>) -> P {
    [d.x, d.y, d.z]
}

fn points(points: &[Point3<f64>]) -> Vec<P> {
    points.iter().map(p).collect()
}

pub(crate) fn truth(layout: &Layout, nerves: &Nerves) -> Truth {
    let spine = &layout.spine;
    let name = |i: usize| spine.levels[i].name.to_owned();
    let segmental = |list: &[Segmental], radius_mm: f64| {
        list.iter()
            .map(|s| SegmentalTruth {
                level: name(s.level),
                side: s.side,
                points_mm: points(&s.course),
                radius_mm,
            })
            .collect()
    };
    let side_course = |list: &BySide<Vec<Point3<f64>>>, radius_mm: f64| {
        BySide::from_fn(|side| CourseTruth { points_mm: points(list.get(side)), radius_mm })
    };
    Truth {
        schema: "rami.truth/1".into(),
        traits: layout.traits.clone(),
        variant: layout.variant,
        posture: layout.posture,
        vertebrae: spine.levels.iter().map(|level| (level.name.to_owned(), vertebra(level))).collect(),
        chain: BySide::from_fn(|side| {
            let trunk = nerves.trunks.get(side);
            TrunkTruth {
                points_mm: points(&trunk.points),
                levels: trunk.levels.iter().map(|l| (l * 100.0).round() / 100.0).collect(),
                radius_mm: super::nerves::TRUNK_RADIUS_MM,
                ganglia: trunk
                    .ganglia
                    .iter()
                    .map(|g| GanglionTruth {
                        centre_mm: p(&g.centre),
                        level: name((L1 + (g.level.round().max(1.0) as usize) - 1).min(spine.sacral())),
                        length_mm: g.length,
                        width_mm: g.width,
                    })
                    .collect(),
            }
        }),
        white_rami: segmental(&nerves.white_rami, 0.5),
        grey_rami: segmental(&nerves.grey_rami, 0.5),
        nerve_roots: segmental(&nerves.roots, 2.2),
        genitofemoral_nerve: BySide::from_fn(|side| GenitofemoralTruth {
            points_mm: points(nerves.genitofemoral.get(side)),
            radius_mm: 0.8,
            exit_mm: p(nerves.genitofemoral_exit.get(side)),
        }),
        lateral_femoral_cutaneous_nerve: side_course(&nerves.lateral_femoral_cutaneous, 0.8),
        ureter: BySide::from_fn(|side| CourseTruth {
            points_mm: points(&layout.ureters.get(side).points),
            radius_mm: super::ureter::RADIUS_MM,
        }),
        lumbar_arteries: segmental(&nerves.arteries, 1.1),
        lumbar_veins: segmental(&nerves.veins, 1.5),
        aorta: CourseTruth {
            points_mm: points(&layout.aorta.points),
            radius_mm: layout.traits.aorta_radius_mm,
        },
        inferior_vena_cava: CourseTruth {
            points_mm: points(&layout.ivc.points),
            radius_mm: layout.traits.ivc_radius_mm,
        },
        aortic_bifurcation: VesselLevel {
            point_mm: p(&layout.bifurcation),
            level: layout.traits.aortic_bifurcation_level,
        },
        ivc_confluence: VesselLevel {
            point_mm: p(&layout.confluence),
            level: layout.traits.ivc_confluence_level,
        },
        kidney: BySide::from_fn(|side| {
            let kidney = layout.kidneys.get(side);
            KidneyTruth {
                centre_mm: p(&kidney.centre),
                lower_pole_mm: p(&kidney.lower_pole),
                hilum_mm: p(&kidney.hilum),
                length_mm: 2.0 * kidney.radii.z,
            }
        }),
        fascia: fascia(layout),
        iliac_crest_line_z_mm: super::pelvis::crest_top(layout),
    }
}

fn vertebra(level: &Level) -> VertebraTruth {
    let size = &level.size;
    let f = &level.frame;
    let (px, pz) = (pedicle_x(level), pedicle_z(level));
    let slope = (size.anterior_height - size.posterior_height) / (2.0 * size.depth());
    // The section grows from the waist to the rim as the shape of the body does.
    let t = 1.0 - 2.0 * 2.5 / size.height();
    let flare = 0.7 * t.powi(2) + 0.3 * t.powi(8);
    let inner = |rim: f64, waist: f64| waist + (rim - waist) * flare;
    let body = super::vertebra::body_shape(level);
    // Over four fifths of the radius 1 - r² is 0.68 on average.
    let hollow = 0.68 * f64::from(body.hollow.0 + body.hollow.1);
    let endplate = |top: bool| {
        let sign = if top { 1.0 } else { -1.0 };
        EndplateTruth {
            centre_mm: p(&f.point(0.0, 0.0, sign * 0.5 * size.height())),
            normal: direction(&f.direction(0.0, sign * slope, 1.0).normalize()),
            width_mm: if top { size.upper_width } else { size.lower_width },
            depth_mm: if top { size.upper_depth } else { size.lower_depth },
            inner_width_mm: inner(if top { size.upper_width } else { size.lower_width }, size.waist_width),
            inner_depth_mm: inner(if top { size.upper_depth } else { size.lower_depth }, size.waist_depth),
        }
    };
    // The waist loses more depth in front than behind: the middle of the body lies a little back.
    let shift = 0.7 * 0.73 * 0.5 * (size.depth() - size.waist_depth);
    VertebraTruth {
        label: level.label,
        centroid_mm: p(&f.point(0.0, shift, 0.0)),
        right: direction(&f.direction(-1.0, 0.0, 0.0)),
        anterior: direction(&f.direction(0.0, -1.0, 0.0)),
        cranial: direction(&f.direction(0.0, 0.0, 1.0)),
        upper_endplate: endplate(true),
        lower_endplate: endplate(false),
        waist_width_mm: size.waist_width,
        waist_depth_mm: size.waist_depth,
        anterior_height_mm: size.anterior_height,
        posterior_height_mm: size.posterior_height,
        height_mm: size.height(),
        central_height_mm: size.height() - hollow,
        pedicle: BySide::from_fn(|side| {
            let s = side.sign();
            let y = size.back() + 1.0;
            PedicleTruth {
                centre_mm: p(&f.point(s * px, y, pz - 0.5)),
                lateral_border_mm: p(&f.point(s * (px + 0.5 * size.pedicle_width), y, pz - 0.5)),
                width_mm: size.pedicle_width,
                height_mm: size.pedicle_height,
            }
        }),
        transverse_process_tip_mm: BySide::from_fn(|side| p(&super::vertebra::transverse_tip(level, side))),
        spinous_process_tip_mm: p(&super::vertebra::spinous_tip(level)),
    }
}

/// Fascia of psoas (its front half) and of the kidneys, as grids of points.
fn fascia(layout: &Layout) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for side in Side::BOTH {
        let s = side.sign();
        let rows_mm = (0..=16)
            .map(|i| {
                let level = 1.0 + 0.25 * f64::from(i);
                let m = layout.psoas_at(level);
                (0..=16)
                    .map(|j| {
                        let angle = PI * (-0.05 + 1.10 * f64::from(j) / 16.0);
                        // From the outer edge over the front to the inner.
                        p(&layout.spine.place(
                            level,
                            s * (m.x + m.rx * angle.cos()),
                            m.y - m.ry * angle.sin(),
                            0.0,
                        ))
                    })
                    .collect()
            })
            .collect();
        sheets.push(Sheet { name: format!("psoas_fascia_{side}"), rows_mm });
        let kidney = layout.kidneys.get(side);
        let (centre, axes, r) = super::tissues::renal_fascia(kidney, side);
        let rows_mm = (0..=12)
            .map(|i| {
                let polar = PI * f64::from(i) / 12.0;
                (0..=24)
                    .map(|j| {
                        let around = 2.0 * PI * f64::from(j) / 24.0;
                        let local = Vector3::new(
                            r.x * polar.sin() * around.cos(),
                            r.y * polar.sin() * around.sin(),
                            r.z * polar.cos(),
                        );
                        p(&(centre + axes.transpose() * local))
                    })
                    .collect()
            })
            .collect();
        sheets.push(Sheet { name: format!("renal_fascia_{side}"), rows_mm });
    }
    sheets
}
