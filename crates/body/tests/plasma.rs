//! What the plasma model promises.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use proptest::prelude::*;
use rami_body::pharmacokinetics::disposition::Disposition;
use rami_body::pharmacokinetics::first_pass::bolus;
use rami_body::pharmacokinetics::toxicity::Handling;
use rami_body::pharmacokinetics::{Absorbed, DrugModel, PkOptions, PkReport, Site};
use rami_body::{BodyError, Person, Variation};
use rami_units::{Kg, Mg, Minutes};

const DRUGS: [&str; 4] = ["lidocaine", "bupivacaine", "levobupivacaine", "ropivacaine"];

fn ask(drug: &str, mg: f64, site: Site) -> PkOptions {
    PkOptions {
        drug: drug.into(),
        dose: Mg::new(mg).unwrap(),
        site,
        person: Person::typical(),
        adrenaline: false,
        intravascular_fraction: 0.0,
        over: Minutes::literal(1.0 / 3.0),
        horizon: Minutes::literal(360.0),
        absorbed: None,
        population: 0,
        seed: 1,
    }
}

fn run(drug: &str, mg: f64, site: Site) -> PkReport {
    ask(drug, mg, site).run().unwrap()
}

#[test]
fn the_closed_form_and_the_differential_equations_agree() {
    let times: Vec<f64> = (1..=72).map(|i| f64::from(i) * 10.0).collect();
    for name in DRUGS {
        let drug = DrugModel::of(name).unwrap();
        let impulse = drug.disposition.impulse();
        let ode = drug.disposition.by_integration(drug.absorption.inputs(100.0), &times);
        for (t, c) in times.iter().zip(ode) {
            // The integrator's own error is 1e-12 a step over some 1e3 steps.
            let closed = drug.absorption.concentration(&impulse, 100.0, *t);
            assert!((closed - c).abs() < 1e-9, "{name} at {t}: {closed} against {c}");
        }
    }
}

#[test]
fn the_closed_form_holds_where_an_absorption_rate_meets_a_disposition_rate() {
    let body = Disposition { v1_l: 30.0, q_l_min: 0.4, v2_l: 40.0, cl_l_min: 0.5 };
    let impulse = body.impulse();
    for rate in [impulse.rate[0], impulse.rate[1] * (1.0 + 1e-13)] {
        let closed = Disposition::first_order(&impulse, 50.0, rate, 90.0);
        let ode = body.by_integration([(50.0, rate), (0.0, 1.0)], &[90.0]);
        assert!((closed - ode[0]).abs() < 1e-9, "{closed} against {}", ode[0]);
    }
}

#[test]
fn peaks_are_those_of_the_independent_solution() {
    // Epidural, closed form and scipy's ODE solver: to the digits printed there.
    for (drug, mg, c_max, t_max) in [("lidocaine", 100.0, 0.5535, 21.9), ("bupivacaine", 25.0, 0.1463, 20.5)]
    {
        let report = run(drug, mg, Site::Epidural);
        assert!((report.c_max_mg_l - c_max).abs() < 1e-4, "{drug}: {}", report.c_max_mg_l);
        assert!((report.t_max_min - t_max).abs() < 0.1, "{drug}: {}", report.t_max_min);
    }
}

#[test]
fn implied_half_lives_and_volumes_are_the_published_ones() {
    for (drug, vss, half_life) in [
        ("lidocaine", 99.0, 100.0),
        ("bupivacaine", 68.0, 143.0),
        ("levobupivacaine", 56.0, 196.0),
        ("ropivacaine", 41.0, 108.0),
    ] {
        let body = DrugModel::of(drug).unwrap().disposition;
        // Burm's volume and half-lives were fitted apart and agree to 3 %; the others are constructed to agree.
        assert!((body.vss_l() / vss - 1.0).abs() < 0.035, "{drug}: Vss {}", body.vss_l());
        assert!((body.half_lives()[1] / half_life - 1.0).abs() < 0.005, "{drug}: {:?}", body.half_lives());
    }
}

#[test]
fn sixty_milligrams_of_ropivacaine_in_a_vein_give_signs_in_nearly_everyone() {
    let mut question = ask("ropivacaine", 60.0, Site::Iv);
    question.population = 500;
    let report = question.run().unwrap();
    assert!(
        report.toxicity.cns_signs_expected,
        "share of threshold {}",
        report.toxicity.share_of_cns_threshold
    );
    // 15 of 15 volunteers: the lower end of the 95 % Wilson interval is 0.796.
    let population = report.population.unwrap();
    let share = population.share_over_cns_threshold;
    assert!(share > 0.796, "share {share}");
    // Their mean venous peak, from which nothing was set. The volume of the lungs is assumed: its range moves the peak by a
    // quarter either way.
    assert!((report.c_max_mg_l / 4.48 - 1.0).abs() < 0.25, "{}", report.c_max_mg_l);
    assert!(
        (population.c_max_mg_l.q05..population.c_max_mg_l.q95).contains(&4.48),
        "{:?}",
        population.c_max_mg_l
    );
}

#[test]
fn a_hundred_milligrams_of_bupivacaine_in_a_vein_are_not_harmless() {
    let report = run("bupivacaine", 100.0, Site::Iv);
    assert!(report.toxicity.cns_signs_expected);
    assert_eq!(report.toxicity.handling, Handling::IntravascularRisk);
    assert!(report.free_arterial_c_max_mg_l > 3.0 * 0.3, "free arterial {}", report.free_arterial_c_max_mg_l);
    // What a plain two-compartment bolus would say: the whole dose in V1 at once.
    let drug = DrugModel::of("bupivacaine").unwrap();
    assert!(drug.binding.free(100.0 / drug.disposition.v1_l) < 0.3);
}

#[test]
fn a_trace_in_a_vessel_is_a_risk_whatever_the_curve_says() {
    let mut question = ask("bupivacaine", 25.0, Site::Retroperitoneal);
    question.intravascular_fraction = 0.02;
    let report = question.run().unwrap();
    assert!(!report.toxicity.cns_signs_expected);
    assert_eq!(report.toxicity.handling, Handling::IntravascularRisk);
}

#[test]
fn the_usual_block_stays_far_below_the_threshold() {
    let report = run("bupivacaine", 25.0, Site::Retroperitoneal);
    assert!(report.toxicity.share_of_cns_threshold < 0.1, "{}", report.toxicity.share_of_cns_threshold);
    assert_eq!(report.toxicity.handling, Handling::UsualObservation);
    assert!(report.warnings.iter().any(|w| w.contains("no plasma study after this block")));
}

#[test]
fn adrenaline_makes_the_peak_lower_and_later() {
    let plain = run("ropivacaine", 100.0, Site::Epidural);
    let slowed = PkOptions { adrenaline: true, ..ask("ropivacaine", 100.0, Site::Epidural) }.run().unwrap();
    assert!(slowed.c_max_mg_l < 0.9 * plain.c_max_mg_l && slowed.t_max_min > 1.1 * plain.t_max_min);
}

#[test]
fn more_glycoprotein_raises_total_and_leaves_free_bupivacaine_nearly_unchanged() {
    let person = Person { aag_ratio: 2.0, ..Person::typical() };
    let usual = run("bupivacaine", 50.0, Site::Epidural);
    let raised = PkOptions { person, ..ask("bupivacaine", 50.0, Site::Epidural) }.run().unwrap();
    assert!(raised.c_max_mg_l > 1.5 * usual.c_max_mg_l);
    // After surgery free bupivacaine was "unchanged": 15 % is what the well-stirred liver leaves.
    assert!((raised.free_c_max_mg_l / usual.free_c_max_mg_l - 1.0).abs() < 0.15);
}

#[test]
fn glycoprotein_doubles_in_three_days_after_surgery() {
    let ratio = Person::glycoprotein_after_surgery;
    assert_eq!((ratio(0.0), ratio(1.5), ratio(3.0), ratio(9.0)), (1.0, 1.5, 2.0, 2.0));
}

#[test]
fn an_end_stage_liver_lengthens_the_half_life_about_fourfold() {
    let person = Person { liver_function: 0.0, ..Person::typical() };
    let drug = DrugModel::of("ropivacaine").unwrap();
    let half_life = |p: &Person| drug.in_person(p, &Variation::NONE).disposition.half_lives()[1];
    let ratio = half_life(&person) / half_life(&Person::typical());
    // Published: × 4.2, not used here; clearance × 0.4 and Vss × 1.59 in one compartment would give 4.0.
    assert!((3.4..=4.6).contains(&ratio), "{ratio}");
}

#[test]
fn a_computed_absorption_curve_takes_the_place_of_the_two_paths() {
    let drug = DrugModel::of("bupivacaine").unwrap();
    let inputs = drug.absorption.inputs(25.0);
    let t: Vec<f64> = (0..=4000).map(|i| f64::from(i) * 0.1).collect();
    let absorbed = |t: f64| inputs.iter().map(|(mass, rate)| mass * (1.0 - (-rate * t).exp())).sum::<f64>();
    let curve = Absorbed::new(t.clone(), t.iter().map(|&t| absorbed(t)).collect()).unwrap();
    let computed =
        PkOptions { absorbed: Some(curve), ..ask("bupivacaine", 25.0, Site::Epidural) }.run().unwrap();
    // Straight lines of 0.1 min against exponentials with rates up to 0.1 per min: relative error (0.01)²/12.
    assert!((computed.c_max_mg_l / 0.1463 - 1.0).abs() < 1e-3, "{}", computed.c_max_mg_l);
    assert!(Absorbed::new(vec![0.0, 1.0, 1.0], vec![0.0, 1.0, 2.0]).is_err());
    assert!(Absorbed::new(vec![0.0, 1.0], vec![0.0, f64::NAN]).is_err());
}

#[test]
fn a_population_depends_on_the_seed_and_not_on_threads() {
    let question = PkOptions { population: 64, ..ask("ropivacaine", 50.0, Site::Retroperitoneal) };
    let one =
        rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| question.run()).unwrap();
    let two =
        rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap().install(|| question.run()).unwrap();
    assert_eq!(one, two);
    let other = PkOptions { seed: 2, ..question }.run().unwrap();
    assert_ne!(other.population, one.population);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let refused = |question: PkOptions| question.run().unwrap_err().to_string();
    assert!(refused(ask("bupivacaine", 0.0, Site::Epidural)).starts_with("dose of 0 mg"));
    assert!(refused(ask("mepivacaine", 50.0, Site::Epidural)).contains("no plasma model of mepivacaine"));
    assert!(refused(ask("bupivicaine", 50.0, Site::Epidural)).contains("did you mean bupivacaine"));
    let light = PkOptions {
        person: Person { weight: Kg::literal(3.0), ..Person::typical() },
        ..ask("lidocaine", 50.0, Site::Iv)
    };
    assert!(refused(light).starts_with("weight of 3 kg"));
    let share = PkOptions { intravascular_fraction: f64::NAN, ..ask("lidocaine", 50.0, Site::Epidural) };
    assert!(matches!(share.run(), Err(BodyError::OutOfRange { what: "intravascular fraction", .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn twice_the_dose_is_twice_the_total_and_at_least_twice_the_free(mg in 1.0..200.0, drug in 0usize..4) {
        let (one, two) = (run(DRUGS[drug], mg, Site::Epidural), run(DRUGS[drug], 2.0 * mg, Site::Epidural));
        prop_assert!((two.c_max_mg_l / one.c_max_mg_l - 2.0).abs() < 1e-9);
        prop_assert!(two.free_c_max_mg_l >= 2.0 * one.free_c_max_mg_l * (1.0 - 1e-9));
    }

    #[test]
    fn mass_in_the_body_never_exceeds_the_dose(mg in 5.0..100.0, drug in 0usize..4) {
        // Area under the curve of what returns to the heart × clearance is what has been eliminated.
        let drug = DrugModel::of(DRUGS[drug]).unwrap().in_person(&Person::typical(), &Variation::NONE);
        let times: Vec<f64> = (0..100).map(|i| f64::from(i) * 0.05).chain((5..=4000).map(f64::from)).collect();
        let returning = bolus(&drug, mg, 1.0 / 3.0, &times).mixed_venous;
        let area: f64 =
            (1..times.len()).map(|i| 0.5 * (returning[i - 1] + returning[i]) * (times[i] - times[i - 1])).sum();
        let cleared = area * drug.disposition.cl_l_min;
        // Trapezia on the bolus grid err by a few parts in a thousand; the tail after 4000 min is below 1e-6.
        prop_assert!((cleared / mg - 1.0).abs() < 0.01, "{}", cleared / mg);
    }
}
