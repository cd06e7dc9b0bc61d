//! Drug and contrast in space while they are given and through the hours after, as surfaces and dots to draw.

use crate::surface::{Surface, at_level};
use rami_anatomy::BySide;
use rami_procedure::State;
use rami_procedure::flow::hours::{Field, Moment as Computed};
use rami_volume::Volume;
use schemars::JsonSchema;
use serde::Serialize;

/// Surfaces are where so much of the strongest amount of the whole block lies: the outermost first.
const SHELLS: [f32; 3] = [0.02, 0.1, 0.4];
/// Dots that stand for the most of it that there ever was.
const DOTS: f64 = 300.0;

/// Where the fluid of a block lies, and what it blocks, from the first ml to the last hour.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Hours {
    /// `rami.hours/1`.
    pub(crate) schema: String,
    /// What a reader must know of the model.
    pub(crate) statement: String,
    /// By the clock.
    pub(crate) moments: Vec<Moment>,
}

/// A moment of the injection or of the hours after it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Moment {
    /// On the clock of the block.
    pub(crate) at_s: f64,
    /// Since the first ml of drug; nothing before it, or without any.
    pub(crate) since_drug_min: Option<f64>,
    /// What is being given, where something is.
    pub(crate) giving: Option<Giving>,
    /// Local anaesthetic.
    pub(crate) drug: Lying,
    /// Iodine.
    pub(crate) contrast: Lying,
    /// Share of the outflow that fails at L2, L3 and L4 by the model of nerves: B or C fibres, whichever fail more.
    pub(crate) blocked: BySide<[f64; 3]>,
}

/// A syringe that is being emptied.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Giving {
    pub(crate) agent: String,
    pub(crate) volume_ml: f64,
}

/// What lies in the tissue.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Lying {
    /// All of it; what is absorbed is gone.
    pub(crate) mass_mg: f64,
    /// The most in a ml of tissue.
    pub(crate) most_mg_ml: f64,
    /// The outermost first.
    pub(crate) shells: Vec<Shell>,
    /// Places with equal shares, LPS mm: fewer when less is left.
    pub(crate) dots_mm: Vec<[f64; 3]>,
}

/// A surface, to be asked for by its number.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Shell {
    pub(crate) surface: usize,
    /// Inside it there is more than this in a ml of tissue.
    pub(crate) mg_ml: f64,
}

/// The document and the surfaces that it numbers.
pub(super) struct Drawn {
    pub(super) document: Hours,
    pub(super) surfaces: Vec<Vec<u8>>,
}

type Pick = fn(&Field) -> &Volume<f32>;

impl Drawn {
    /// Draws all moments of a block.
    pub(super) fn of(moments: &[Computed], state: &State, model: &str) -> Self {
        let drug: Pick = |field| &field.drug_mg_ml;
        let iodine: Pick = |field| &field.iodine_mg_ml;
        let mut surfaces = Vec::new();
        let scales = [drug, iodine].map(|pick| Scale::of(moments, pick));
        let first_s = state.first_drug_s();
        let moments = moments
            .iter()
            .map(|moment| Moment {
                at_s: moment.at_s,
                since_drug_min: first_s.map(|s| (moment.at_s - s) / 60.0).filter(|minutes| *minutes >= 0.0),
                giving: moment
                    .during
                    .as_ref()
                    .map(|(agent, volume_ml)| Giving { agent: agent.clone(), volume_ml: *volume_ml }),
                drug: lying(moment, drug, &scales[0], &mut surfaces),
                contrast: lying(moment, iodine, &scales[1], &mut surfaces),
                blocked: moment.blocked,
            })
            .collect();
        let statement = rami_procedure::flow::credibility(model).to_owned();
        Self { document: Hours { schema: "rami.hours/1".to_owned(), statement, moments }, surfaces }
    }
}

/// The most of it that there ever is, so that one scale serves all moments.
struct Scale {
    most_mg_ml: f32,
    most_mg: f64,
}

impl Scale {
    fn of(moments: &[Computed], pick: Pick) -> Self {
        let mut scale = Self { most_mg_ml: 0.0, most_mg: 0.0 };
        for moment in moments {
            let fields = || moment.fields.iter().map(pick);
            scale.most_mg_ml = fields().map(strongest).fold(scale.most_mg_ml, f32::max);
            scale.most_mg = scale.most_mg.max(fields().map(mass_mg).sum());
        }
        scale
    }
}

fn strongest(field: &Volume<f32>) -> f32 {
    field.data().iter().copied().fold(0.0, f32::max)
}

fn mass_mg(field: &Volume<f32>) -> f64 {
    field.data().iter().map(|v| f64::from(*v)).sum::<f64>() * field.grid().voxel_volume() / 1000.0
}

fn lying(moment: &Computed, pick: Pick, scale: &Scale, surfaces: &mut Vec<Vec<u8>>) -> Lying {
    let mut out = Lying::default();
    if !(scale.most_mg > 0.0) {
        return out;
    }
    let per_dot = scale.most_mg / DOTS;
    for field in moment.fields.iter().map(pick) {
        out.mass_mg += mass_mg(field);
        out.most_mg_ml = out.most_mg_ml.max(f64::from(strongest(field)));
        dots(field, per_dot, &mut out.dots_mm);
    }
    for share in SHELLS {
        let level = share * scale.most_mg_ml;
        let mut shell = Surface::default();
        moment.fields.iter().map(pick).for_each(|field| shell.add(&at_level(field, level)));
        if !shell.is_empty() {
            out.shells.push(Shell { surface: surfaces.len(), mg_ml: f64::from(level) });
            surfaces.push(shell.bytes());
        }
    }
    out
}

/// A dot for every so many mg, somewhere in its cell.
fn dots(field: &Volume<f32>, per_dot_mg: f64, out: &mut Vec<[f64; 3]>) {
    let grid = field.grid();
    let ml = grid.voxel_volume() / 1000.0;
    let mut waiting = 0.5 * per_dot_mg;
    for (offset, value) in field.data().iter().enumerate() {
        waiting += f64::from(*value) * ml;
        while waiting >= per_dot_mg {
            waiting -= per_dot_mg;
            let n = out.len();
            let voxel = grid.voxel(offset);
            let p = grid.to_lps([0, 1, 2].map(|axis| voxel[axis] as f64 + within(n, axis)));
            out.push([p.x, p.y, p.z].map(|v| (v * 10.0).round() / 10.0));
        }
    }
}

/// Evenly spread over −½ to ½ (multiples of the plastic number's powers).
fn within(n: usize, axis: usize) -> f64 {
    const STEPS: [f64; 3] = [0.819_172_513_396_164_4, 0.671_043_606_703_789_2, 0.549_700_477_901_970_3];
    (n as f64 * STEPS[axis]).fract() - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::{Grid, Point};

    fn ball(radius: f64, mg_ml: f32) -> Volume<f32> {
        let grid = Grid::upright([30, 30, 50], [4.0; 3], Point::origin()).unwrap();
        let middle = Point::new(60.0, 60.0, 100.0);
        let data = (0..grid.len()).map(|o| {
            let p = grid.to_lps(grid.voxel(o).map(|v| v as f64));
            if (p - middle).norm() <= radius { mg_ml } else { 0.0 }
        });
        Volume::new(grid.clone(), data.collect()).unwrap()
    }

    #[test]
    fn what_is_left_is_drawn_on_one_scale() {
        let moment = |at_s: f64, drug: Volume<f32>| Computed {
            at_s,
            during: None,
            fields: vec![Field { iodine_mg_ml: Volume::filled(drug.grid().clone(), 0.0), drug_mg_ml: drug }],
            blocked: BySide::from_fn(|_| [0.0; 3]),
        };
        let state = State::new(&rami_procedure::Setup::default());
        let all =
            [moment(0.0, ball(20.0, 1.0)), moment(60.0, ball(20.0, 0.2)), moment(120.0, ball(20.0, 0.01))];
        let drawn = Drawn::of(&all, &state, "computed");
        let [first, second, third] = [0, 1, 2].map(|i| drawn.document.moments[i].drug.clone());
        assert_eq!([first.shells.len(), second.shells.len(), third.shells.len()], [3, 2, 0]);
        assert_eq!(drawn.surfaces.len(), 5);
        assert_eq!(first.shells[0].mg_ml, second.shells[0].mg_ml);
        assert!((first.mass_mg / second.mass_mg - 5.0).abs() < 1e-4);
        assert!(first.dots_mm.len().abs_diff(300) <= 1 && second.dots_mm.len().abs_diff(60) <= 1);
        let far = first.dots_mm.iter().map(|p| (Point::from(*p) - Point::new(60.0, 60.0, 100.0)).norm());
        assert!(far.fold(0.0, f64::max) < 24.0);
        assert!(
            drawn.document.moments.iter().all(|m| m.contrast.shells.is_empty() && m.contrast.mass_mg == 0.0)
        );
    }
}
