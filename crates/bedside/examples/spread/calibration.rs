//! Prior and posterior: draws of what is uncertain, weighed by what is published and not held aside.

use crate::extents::{Reach, left_trunk, reach};
use crate::gaussian::{self, log_density};
use crate::patient::{LEVELS, tip, trunk, world};
use rami_anatomy::{Side, VertebralLevel};
use rami_bedside::World;
use rami_bedside::inject::course::LOOK_S;
use rami_bedside::inject::fibres::Fibres;
use rami_bedside::inject::ground::Ground;
use rami_bedside::inject::nerves::{Courses, NerveCourse, courses, follow, live_through, nerves};
use rami_bedside::inject::person::{DIMENSIONS, Person, Posterior};
use rami_bedside::inject::sequence::Sequence;
use rami_bedside::world::TubeKind;
use rami_random::Stream;
use rami_random::distributions::{Distribution, StandardNormal};
use rami_spread::{Accuracy, Drive, Fluid, Injection, Properties, Region, Tip, Tissue};
use rayon::prelude::*;
use std::sync::Arc;

const PATIENTS: u64 = 3;
/// Draws of flow by round: from the prior, then twice from what the rounds before left, then from what is taken over.
const ROUNDS: [usize; 4] = [42, 60, 60, 30];
/// Draws of nerves with each flow: they do not change it.
const NERVES: usize = 12;
/// How many deviates change the flow; the rest is the nerve's.
const OF_FLOW: usize = 10;
/// Sayson 1997: 10 ml reach about one body above and one below: from 2 to 3 levels in all.
const SPAN: (f64, f64) = (2.5, 0.4);
/// Evidence C20: bupivacaine 4 to 8 h, lidocaine 1.5 to 3 h, as logarithms of minutes with their spread.
const DURATION: [(f64, f64); 2] = [(5.84, 0.35), (4.85, 0.35)];

/// One draw.
struct Row {
    deviates: [f64; DIMENSIONS],
    person: Person,
    span: f64,
    psoas: f64,
    /// From the first ml to half of what fails of the chain, bupivacaine 0.5 % at L3, min.
    onset: f64,
    /// Bupivacaine 0.5 %, lidocaine 1 %, at L3, min.
    duration: [f64; 2],
    /// A fibres of the genitofemoral nerve half blocked, by level of the needle.
    genitofemoral: [f64; 3],
    /// B and C at least 90 % for 30 min at some level L2–L4, by level of the needle.
    block: [f64; 3],
    /// The same of B or C.
    cut: [f64; 3],
    /// ln of the likelihood.
    fit: f64,
    weight: f64,
}

struct Place {
    tip: Tip,
    region: Arc<Region>,
}

/// A patient with the needles' places.
struct Ready<'w> {
    world: &'w World,
    places: Vec<(Ground<'w>, Place)>,
}

fn ready(world: &World) -> Ready<'_> {
    let places = LEVELS.iter().map(|(level, _)| {
        let ground = Ground::new(world, &trunk(world, *level), Region::REFERENCE_MM).unwrap();
        let tip = tip(world, &ground, *level);
        let region = Arc::new(ground.region(tip.at, Region::REFERENCE_MM, 4.0).unwrap());
        (ground, Place { tip, region })
    });
    Ready { world, places: places.collect() }
}

/// Both drugs at once, which do not see each other: 10 ml of what is bupivacaine 0.5 % and lidocaine 1 %.
fn inject(
    world: &World,
    (ground, place): &(Ground<'_>, Place),
    properties: &Properties,
    people: &[Person],
) -> (Reach, Vec<[Courses; 2]>) {
    let sequence = Sequence::parse("bupivacaine 0.5% 10ml; lidocaine 1% 10ml").unwrap();
    let tips = vec![place.tip.clone()];
    let mut it =
        Injection::new(place.region.clone(), properties.clone(), tips, sequence.solutes(), Accuracy::quick())
            .unwrap();
    let wanted = |kind: TubeKind| matches!(kind, TubeKind::SympatheticTrunk | TubeKind::GenitofemoralNerve);
    let left: Vec<_> = nerves(world, ground, properties)
        .into_iter()
        .filter(|(nerve, _)| nerve.side == Side::Left && wanted(nerve.kind))
        .collect();
    let followed = follow(&mut it, left);
    let chain = it.follow(left_trunk(world, properties));
    let fluid = Fluid { concentration_mg_ml: vec![5.0, 10.0] };
    it.look_every(LOOK_S);
    it.advance(&fluid, 10.0, Drive::Rate(0.2)).unwrap();
    it.look_every(f64::INFINITY);
    let r = reach(world, &it, chain, &place.tip, 0);
    live_through(&mut it, true).unwrap();
    let anaesthetics = sequence.anaesthetics();
    let of = people.iter().map(|person| {
        // What a nerve takes up is in proportion to its partition, so another partition is another K_d.
        let partition = person.properties.nerve_partition / properties.nerve_partition;
        let kd = person.kd_factors.map(|factor| factor * partition);
        [0, 1].map(|drug| {
            let mut only = anaesthetics.clone();
            only[1 - drug] = None;
            courses(&it, &followed, &only, &Fibres::new(&sequence.agents, &only, kd))
        })
    });
    (r, of.collect())
}

/// Draws of one round, weights left to do.
fn draw(ready: &[Ready<'_>], from: &Posterior, round: usize) -> Vec<Row> {
    let one = |n: usize| -> Vec<Row> {
        let stream = Stream::new(7).named("calibration").indexed((1000 * round + n) as u64);
        let normal = |name: &str, count: usize| -> Vec<f64> {
            let mut rng = stream.named(name).rng();
            (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
        };
        let flow = normal("flow", OF_FLOW);
        let nerves = normal("nerve", NERVES * (DIMENSIONS - OF_FLOW));
        let deviates: Vec<[f64; DIMENSIONS]> = nerves
            .chunks(DIMENSIONS - OF_FLOW)
            .map(|own| {
                let z: Vec<f64> = flow.iter().chain(own).copied().collect();
                from.at(&std::array::from_fn(|i| z[i]))
            })
            .collect();
        let people: Vec<Person> = deviates.iter().map(Person::at).collect();
        let patient = &ready[n % ready.len()];
        let outcomes: Vec<_> = patient
            .places
            .iter()
            .map(|place| inject(patient.world, place, &people[0].properties, &people))
            .collect();
        let mean = |f: &dyn Fn(&Reach) -> f64| {
            outcomes.iter().map(|(r, _)| f(r)).sum::<f64>() / outcomes.len() as f64
        };
        let (span, psoas) = (mean(&|r| r.span), mean(&|r| r.psoas));
        let rows = deviates.into_iter().zip(people).enumerate();
        rows.map(|(p, (deviates, person))| {
            let duration = [0, 1].map(|drug| {
                let chain = &outcomes[1].1[p][drug].chain;
                chain.iter().map(|(_, _, c)| c.duration_min).fold(0.0, f64::max)
            });
            let share = |f: &dyn Fn(&Courses) -> bool| -> [f64; 3] {
                std::array::from_fn(|level| f64::from(u8::from(f(&outcomes[level].1[p][0]))))
            };
            let of_chain = |f: &dyn Fn(&NerveCourse) -> bool| {
                share(&|c| {
                    c.chain.iter().any(|(_, level, n)| VertebralLevel::PLANNED.contains(level) && f(n))
                })
            };
            let off = |value: f64, (middle, sd): (f64, f64)| ((value - middle) / sd).powi(2);
            let misfit =
                off(span, SPAN) + (0..2).map(|d| off(duration[d].max(1.0).ln(), DURATION[d])).sum::<f64>();
            Row {
                deviates,
                person,
                span,
                psoas,
                onset: outcomes[1].1[p][0]
                    .chain
                    .iter()
                    .filter_map(|(_, _, c)| c.onset_min)
                    .fold(f64::INFINITY, f64::min),
                duration,
                genitofemoral: share(&|c| c.others.iter().any(|(_, _, n)| n.blocked[0] >= 0.5)),
                block: of_chain(&|n| n.both_min >= 30.0),
                cut: of_chain(&|n| n.either_min >= 30.0),
                fit: -0.5 * misfit,
                weight: 1.0,
            }
        })
        .collect()
    };
    (0..ROUNDS[round]).into_par_iter().map(one).collect::<Vec<_>>().into_iter().flatten().collect()
}

/// Likelihood times prior over the mixture that the draws so far are from.
fn weigh(rows: &mut [Row], from: &[Posterior]) {
    let prior = Posterior::prior();
    let total: usize = ROUNDS[..from.len()].iter().sum();
    for row in rows.iter_mut() {
        let mixture: f64 = from
            .iter()
            .zip(ROUNDS)
            .map(|(q, n)| n as f64 / total as f64 * log_density(q, &row.deviates).exp())
            .sum();
        row.weight = (row.fit + log_density(&prior, &row.deviates)).exp() / mixture.max(1e-300);
    }
}

fn effective(rows: &[Row]) -> f64 {
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    total.powi(2) / rows.iter().map(|r| r.weight * r.weight).sum::<f64>()
}

fn quantiles(mut values: Vec<(f64, f64)>) -> [f64; 3] {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|v| v.1).sum();
    [0.05, 0.5, 0.95].map(|p| {
        let mut sum = 0.0;
        let reached = values.iter().find(|v| {
            sum += v.1;
            sum >= p * total
        });
        reached.map_or(f64::NAN, |v| v.0)
    })
}

pub(crate) fn prior_and_posterior() {
    let worlds: Vec<World> = (1..=PATIENTS).map(world).collect();
    let ready: Vec<Ready<'_>> = worlds.iter().map(ready).collect();
    let mut from = vec![Posterior::prior()];
    let mut rows = draw(&ready, &from[0], 0);
    let first = rows.len();
    weigh(&mut rows, &from);
    let mut gained = vec![effective(&rows)];
    let weighed = |rows: &[Row]| -> Vec<_> { rows.iter().map(|r| (r.deviates, r.weight)).collect() };
    for round in 1..ROUNDS.len() - 1 {
        from.push(gaussian::of(&weighed(&rows), 1.5, 0.2));
        rows.extend(draw(&ready, &from[round], round));
        weigh(&mut rows, &from);
        gained.push(effective(&rows));
    }
    let posterior = gaussian::of(&weighed(&rows), 1.0, 0.0);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data/posterior.toml");
    std::fs::write(data, gaussian::file(&posterior)).unwrap();
    let taken = draw(&ready, &posterior, ROUNDS.len() - 1);
    tell(&rows, &rows[..first], &taken, &gained);
}

fn tell(rows: &[Row], prior: &[Row], taken: &[Row], gained: &[f64]) {
    let rounds = ROUNDS.map(|n| n.to_string());
    println!(
        "## Prior and posterior\n\n\
         {PATIENTS} digital patients in turn, needles at L2, L3 and L4, 10 ml at 0.2 ml/s on 4 mm cells, bupivacaine 0.5 % and\n\
         lidocaine 1 % in the same fluid. {} draws of the tissues from the prior, then {} and {} from normal distributions with the\n\
         mean and 1.5 times the covariance of what was weighed so far (a fifth of the prior's mixed in), each with {NERVES} draws of\n\
         the nerves' partition and K_d. Weights: likelihood times prior over the mixture of the three (importance sampling);\n\
         likelihood Gaussian about {} ± {} levels reached (A15, Sayson 1997) and about the logarithms of the usual durations of a\n\
         block (C20: bupivacaine 4 to 8 h, lidocaine 1.5 to 3 h; recalled, of low confidence). *Taken over*: {} more draws from the\n\
         normal distribution with the posterior's mean and covariance (`crates/bedside/data/posterior.toml`), from which `rami\n\
         inject` and rehearsals draw.\n",
        rounds[0], rounds[1], rounds[2], SPAN.0, SPAN.1, rounds[3]
    );
    println!("| parameter, 5 – 50 – 95 % | prior | posterior | taken over |");
    println!("| --- | --- | --- | --- |");
    let k = |t: Tissue, axis: usize| move |r: &Row| r.person.properties.medium(t).permeability_m2[axis];
    let show = |name: &str, f: &dyn Fn(&Row) -> f64| {
        let word = |v: f64| {
            if v == 0.0 || (0.01..1e4).contains(&v) { format!("{v:.2}") } else { format!("{v:.1e}") }
        };
        let of = |rows: &[Row], weighed: bool| {
            let pairs = rows.iter().map(|r| (f(r), if weighed { r.weight } else { 1.0 }));
            quantiles(pairs.collect()).map(word).join(" – ")
        };
        println!("| {name} | {} | {} | {} |", of(prior, false), of(rows, true), of(taken, false));
    };
    let medium = |r: &Row, t: Tissue| *r.person.properties.medium(t);
    show("permeability of the loose layer along the spine, m²", &k(Tissue::Areolar, 2));
    show("… along over across", &|r| k(Tissue::Areolar, 2)(r) / k(Tissue::Areolar, 0)(r));
    show("fat over loose layer, across", &|r| k(Tissue::Fat, 0)(r) / k(Tissue::Areolar, 0)(r));
    show("muscle over loose layer, along", &|r| k(Tissue::Psoas, 2)(r) / k(Tissue::Areolar, 2)(r));
    show("porosity of the loose layer", &|r| medium(r, Tissue::Areolar).porosity);
    let thickness = rami_evidence::value("spread.fascia.thickness");
    show("permeability of closed fascia, m²", &|r| {
        thickness / r.person.properties.psoas_fascia.thickness_over_permeability
    });
    show("opening of fascia, kPa", &|r| r.person.properties.psoas_fascia.opening_kpa);
    show("opening of fascia × permeability of the loose layer, kPa m²", &|r| {
        r.person.properties.psoas_fascia.opening_kpa * k(Tissue::Areolar, 2)(r)
    });
    show("bulk modulus, kPa", &|r| medium(r, Tissue::Areolar).bulk_modulus_kpa);
    show("capillary uptake, relative", &|r| medium(r, Tissue::Fat).perfusion);
    show("uptake of the trunk, min", &|r| r.person.properties.trunk_uptake_s / 60.0);
    show("partition of the nerve", &|r| r.person.properties.nerve_partition);
    for (n, class) in ["A", "B", "C"].into_iter().enumerate() {
        show(&format!("K_d of {class} fibres, relative"), &|r| r.person.kd_factors[n]);
    }
    show("partition × K_d of B fibres", &|r| r.person.properties.nerve_partition * r.person.kd_factors[1]);
    show("(result) levels reached by 10 ml", &|r| r.span);
    show("(result) onset at L3, bupivacaine 0.5 %, min", &|r| r.onset);
    show("(result) bupivacaine 0.5 % at L3, h", &|r| r.duration[0] / 60.0);
    show("(result) lidocaine 1 % at L3, h", &|r| r.duration[1] / 60.0);
    show("(result) share of the dose in psoas", &|r| r.psoas);
    let gained: Vec<String> = gained.iter().map(|n| format!("{n:.0}")).collect();
    println!(
        "\nEffective draws after each round: {} of {}. One extent identifies ratios at most (of permeabilities, of opening\n\
         pressure to flow) and the porosity; of potency and partition only the product. What hardly moves from prior to posterior is\n\
         not known any better than before.\n",
        gained.join(", "),
        rows.len()
    );
    against(rows, prior, taken);
}

/// What was not weighed in, beside what is published.
fn against(rows: &[Row], prior: &[Row], taken: &[Row]) {
    println!("## Against figures that were not weighed in\n");
    println!("| what, prior → posterior → taken over | needle at L2 | L3 | L4 | published |");
    println!("| --- | --- | --- | --- | --- |");
    let mean = |rows: &[Row], f: &dyn Fn(&Row) -> f64, weighed: bool| {
        let weight = |r: &Row| if weighed { r.weight } else { 1.0 };
        100.0 * rows.iter().map(|r| weight(r) * f(r)).sum::<f64>() / rows.iter().map(weight).sum::<f64>()
    };
    let by_level = |f: &dyn Fn(&Row, usize) -> f64| {
        let at = |n: usize| {
            let f = |r: &Row| f(r, n);
            format!(
                "{:.0} → {:.0} → {:.0} %",
                mean(prior, &f, false),
                mean(rows, &f, true),
                mean(taken, &f, false)
            )
        };
        [0, 1, 2].map(at).join(" | ")
    };
    println!(
        "| genitofemoral nerve blocked (10 ml of 0.5 %) | {} | 0 % at L2, 40 % at L4 (CM9) |",
        by_level(&|r, n| r.genitofemoral[n])
    );
    println!(
        "| way to the skin cut: B or C at least 90 % for 30 min at some level L2–L4 | {} | 66 % at L2, 73 % at L4 by warming (C19), \
         needles as they fell |",
        by_level(&|r, n| r.cut[n])
    );
    println!("| chain blocked as `p_block` counts it: B and C | {} | – |", by_level(&|r, n| r.block[n]));
    println!(
        "\n## What could not be matched, or not be asked\n\n\
         - Success (C19) is of needles as they fell, some of them in psoas or vessels; these tips are all in the right place, so\n  \
           the model's share is that of good needles and must be the higher.\n\
         - Rates of misplacement (CM1, CM2: psoas 21.3 %, vascular 12.5 % of needles) are about where tips end, not about flow:\n  \
           a matter of operator and needle, not of this model.\n\
         - Patterns (A13, A14) are looked at in pictures and tested by their features in `crates/bedside/tests/patterns.rs`, not\n  \
           measured against images.\n\
         - Times of warming (C6, Frank 2000) identify only the sum of the nerve's uptake, its fibres' failing and the body's lag. No\n  \
           uptake of the prior explains them: a bath of many times what blocks blocks within minutes at any of its time constants. So\n  \
           they are not weighed here. The onset law of `rami respond` is fitted to them (`validation/warming.md`); of its half-time the\n  \
           row *onset* is computed (`autonomic.onset.computed` takes the typical block's), and the rest is a lag that every computed\n  \
           course gets on its way to the leg. What that lag is made of is not known.\n\
         - No three-dimensional data of this block exist."
    );
}
