//! How far fluid reaches, by volume and level, and on finer cells.

use crate::patient::{LEVELS, tip, trunk, world};
use crate::pictures;
use rami_anatomy::Side;
use rami_bedside::World;
use rami_bedside::inject::ground::Ground;
use rami_bedside::inject::person::Person;
use rami_spread::{
    Accuracy, Drive, Fluid, Injection, NervePath, Properties, Region, Solute, Tip, Tissue, Uptake,
};
use std::sync::Arc;

const VOLUMES: [f64; 4] = [1.0, 5.0, 10.0, 20.0];
/// Of the strongest concentration.
const REACHED: f32 = 0.1;

pub(crate) struct Reach {
    /// In vertebral levels.
    pub(crate) span: f64,
    pub(crate) mm: f64,
    highest: f64,
    lowest: f64,
    pub(crate) psoas: f64,
    /// To the side of the trunk, away from the midline, mm.
    sideways: f64,
    /// Beside the trunk, mean within a level of the tip, mg/ml.
    chain: f64,
    kpa: f64,
    parted: f64,
}

/// What an injection has reached now.
pub(crate) fn reach(world: &World, it: &Injection, chain: usize, tip: &Tip, solute: usize) -> Reach {
    let region = it.region();
    let (c, amount) = (it.concentration(solute), it.amount(solute));
    let strongest = c.data().iter().copied().fold(0.0, f32::max);
    let (mut low, mut high, mut z, mut sideways) = (f64::MAX, f64::MIN, (f64::MAX, f64::MIN), 0.0f64);
    let (mut psoas, mut all) = (0.0, 0.0);
    for (cell, &value) in c.data().iter().enumerate() {
        let mg = f64::from(amount.data()[cell]);
        all += mg;
        if region.tissue()[cell] == Tissue::Psoas {
            psoas += mg;
        }
        if value > REACHED * strongest {
            let p = region.centre(cell);
            let level = world.levels.level_of(&p);
            (low, high) = (low.min(level), high.max(level));
            z = (z.0.min(p.z), z.1.max(p.z));
            sideways = sideways.max(p.x - tip.at.x);
        }
    }
    let h = region.grid().spacing()[2];
    let middle = world.levels.level_of(&tip.at);
    let (path, peak) = (it.nerve(chain).0, &it.nerve_peak(chain)[solute]);
    let near: Vec<f64> = path
        .points
        .iter()
        .zip(peak)
        .filter(|(p, _)| (world.levels.level_of(p) - middle).abs() < 1.0)
        .map(|(_, c)| f64::from(*c))
        .collect();
    let state = it.state();
    Reach {
        span: high - low + h / 36.0,
        mm: z.1 - z.0 + h,
        highest: low,
        lowest: high,
        psoas: psoas / f64::max(all, 1e-12),
        sideways: sideways + 0.5 * h,
        chain: near.iter().sum::<f64>() / near.len().max(1) as f64,
        kpa: state.tip_kpa,
        parted: state.parted_mm2,
    }
}

/// The left trunk, as a nerve to follow.
pub(crate) fn left_trunk(world: &World, properties: &Properties) -> NervePath {
    NervePath {
        name: "chain".into(),
        points: world.trunks.get(Side::Left).points.clone(),
        within: Vec::new(),
        uptake_s: properties.trunk_uptake_s,
        partition: properties.nerve_partition,
    }
    .resampled(1.0)
    .within(|_| Tissue::Areolar)
}

fn start(world: &World, region: &Arc<Region>, tip: &Tip) -> (Injection, usize) {
    let properties = Person::typical().properties;
    let drug = vec![Solute::drug("bupivacaine", Uptake::biphasic(0.298, 7.0, 362.0))];
    let path = left_trunk(world, &properties);
    let mut it =
        Injection::new(region.clone(), properties, vec![tip.clone()], drug, Accuracy::default()).unwrap();
    let chain = it.follow(path);
    (it, chain)
}

/// 1, 5, 10 and 20 ml at L2, L3 and L4 of the default patient.
pub(crate) fn by_volume() {
    let world = world(1);
    println!("## Extents by volume and level, the middle of the posterior, 2 mm cells\n");
    println!("The default digital patient (seed 1), bupivacaine 0.25 % at 0.2 ml/s.\n");
    println!(
        "| level | ml | along the spine mm | levels | from–to | to the side mm | share in psoas | tip kPa | parted mm² |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut tiles = Vec::new();
    for (level, name) in LEVELS {
        let ground = Ground::new(&world, &trunk(&world, level), Region::REFERENCE_MM).unwrap();
        let tip = tip(&world, &ground, level);
        let region = Arc::new(ground.region(tip.at, Region::REFERENCE_MM, 2.0).unwrap());
        let (mut it, chain) = start(&world, &region, &tip);
        let mut given = 0.0;
        for volume in VOLUMES {
            it.advance(&Fluid::of(1, Some(0), 2.5), volume - given, Drive::Rate(0.2)).unwrap();
            given = volume;
            let r = reach(&world, &it, chain, &tip, 0);
            println!(
                "| {name} | {volume} | {:.0} | {:.1} | {:.1}–{:.1} | {:.0} | {:.0} % | {:.1} | {:.0} |",
                r.mm,
                r.span,
                r.highest,
                r.lowest,
                r.sideways,
                100.0 * r.psoas,
                r.kpa,
                // No minus before a nought.
                r.parted + 0.0
            );
            tiles.push(pictures::Tile::of(&world, &it, &tip, format!("{name} {volume} ML")));
        }
    }
    pictures::write(&tiles, VOLUMES.len());
    println!(
        "\nLevels count 1 for the middle of L1. Published (evidence A15, Sayson 1997): 10 ml reach about one body above and one\n\
         below, 2 to 3 levels in all. Contrast of 0.5 to 3 ml (A12) outlines the plane near the tip only.\n\n\
         ![coronal](spread/coronal.png) ![axial](spread/axial.png)\n\n\
         Slices through the tip as the flow model has the tissue (bone white, discs and vessels light, muscle dark grey, fat\n\
         nearly black), with the lines of a tenth and a half of the strongest concentration; the trunk is dotted, the tip a\n\
         cross. Patient's right is at the left; coronal pictures have cranial up, axial ones the front up.\n"
    );
}

/// The front and the chain's concentration on 4, 2 and 1 mm cells.
pub(crate) fn convergence() {
    let world = world(1);
    let small = [84.0, 84.0, 144.0];
    println!("## Convergence at L3, 10 ml, the middle of the posterior\n");
    println!("| cells mm | cells | along the spine mm | chain within a level, mean mg/ml | share in psoas |");
    println!("| --- | --- | --- | --- | --- |");
    let ground = Ground::new(&world, &trunk(&world, LEVELS[1].0), small).unwrap();
    let tip = tip(&world, &ground, LEVELS[1].0);
    let (mut fronts, mut chains) = (Vec::new(), Vec::new());
    for h in [4.0, 2.0, 1.0] {
        let region = Arc::new(ground.region(tip.at, small, h).unwrap());
        let (mut it, chain) = start(&world, &region, &tip);
        it.advance(&Fluid::of(1, Some(0), 2.5), 10.0, Drive::Rate(0.2)).unwrap();
        let r = reach(&world, &it, chain, &tip, 0);
        println!(
            "| {h} | {} | {:.1} | {:.3} | {:.1} % |",
            region.grid().len(),
            r.mm,
            r.chain,
            100.0 * r.psoas
        );
        fronts.push(r.mm);
        chains.push(r.chain);
    }
    // Order from three grids where they approach from one side; first order where they do not.
    let richardson = |v: &[f64]| {
        let (a, b) = (v[1] - v[0], v[2] - v[1]);
        let ratio = a / b;
        if ratio > 1.2 { (v[2] + b / (ratio - 1.0), ratio.log2()) } else { (v[2] + b, 1.0) }
    };
    let ((front, p), (mg, q)) = (richardson(&fronts), richardson(&chains));
    println!(
        "\nRichardson estimates: {front:.0} mm (order {p:.1}), {mg:.2} mg/ml (order {q:.1}; 1.0 is taken where the three do not\n\
         approach from one side). On 4 mm cells the front is {:.0} % and the chain's concentration {:.0} % off these. What\n\
         converges slowly is the tissue, not the flow: the loose layer is a few millimetres thick, and each cell size votes\n\
         anew which cells are in it. The closed forms of `docs/numerics/spread.md` converge with the orders given there.\n",
        100.0 * (fronts[0] / front - 1.0).abs(),
        100.0 * (chains[0] / mg - 1.0).abs()
    );
}
