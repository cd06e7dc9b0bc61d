//! Conditions of the person, one row each: what a change of the worked chart makes of one finding, and what it asks for.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_clinic::chart::Chart;
use rami_clinic::safety::Outcome::{self, Caution, Clear, Stop};
use rami_clinic::{Assessment, Status, assess};

const CRPS: &str = include_str!("../charts/crps.toml");
const ARTERIES: &str = include_str!("../charts/arterial_insufficiency.toml");
const BACK: &str = include_str!("../charts/low_back_pain.toml");

fn of(text: &str) -> Assessment {
    assess(&Chart::from_toml(text).unwrap_or_else(|error| panic!("{error}")), None).unwrap()
}

/// What is replaced by what, which finding, what becomes of it, and the field it asks for where it does.
type Row = (&'static str, &'static str, &'static str, Outcome, &'static str);

fn check(chart: &str, rows: &[Row]) {
    for (from, to, id, expected, asks) in rows {
        assert!(chart.contains(from), "{from}");
        let assessment = of(&chart.replacen(from, to, 1));
        let finding = assessment.findings.iter().find(|finding| finding.id == *id);
        let finding = finding.unwrap_or_else(|| panic!("{to:?}: no finding {id}"));
        assert_eq!(finding.outcome, *expected, "{to:?}: {id}: {}", finding.why);
        assert_eq!(finding.action.is_empty(), *expected == Clear, "{to:?}: what to do about {id}");
        if asks.is_empty() {
            assert!(!finding.asks, "{to:?}: {id}");
        } else {
            assert!(finding.missing.iter().any(|field| field == asks), "{to:?}: {:?}", finding.missing);
            assert!(assessment.missing.iter().any(|field| field == asks), "{to:?}");
        }
    }
}

#[test]
fn every_condition_of_the_person_has_its_outcome() {
    check(
        CRPS,
        &[
            ("infection_at_site = false", "infection_at_site = true", "infection_at_site", Stop, ""),
            ("infection_at_site = false", "", "infection_at_site", Caution, "health.infection_at_site"),
            ("tumour_at_site = false", "tumour_at_site = true", "tumour_at_site", Stop, ""),
            ("tumour_at_site = false", "", "tumour_at_site", Caution, "health.tumour_at_site"),
            ("vascular_anomaly = false", "vascular_anomaly = true", "vascular_anomaly", Stop, ""),
            ("bleeding_disorder = false", "bleeding_disorder = true", "bleeding_disorder", Stop, ""),
            ("high_bleeding_risk = false", "high_bleeding_risk = true", "high_bleeding_risk", Caution, ""),
            ("systemic_infection = false", "systemic_infection = true", "systemic_infection", Caution, ""),
            ("hypovolaemia = false", "hypovolaemia = true", "hypovolaemia", Caution, ""),
            ("heart_block = false", "heart_block = true", "heart_block", Caution, ""),
            ("heart_block = false", "heart_block = false", "heart_block", Clear, ""),
            ("can_lie_prone = true", "can_lie_prone = false", "can_lie_prone", Caution, ""),
            ("can_lie_prone = true", "can_lie_prone = true", "can_lie_prone", Clear, ""),
            ("can_lie_prone = true", "", "can_lie_prone", Caution, "health.can_lie_prone"),
            ("can_lie_still = true", "can_lie_still = false", "can_lie_still", Caution, ""),
            ("can_lie_still = true", "can_lie_still = true", "can_lie_still", Clear, ""),
            ("can_lie_still = true", "", "can_lie_still", Caution, "health.can_lie_still"),
            ("implant = \"none\"", "implant = \"none\"", "implanted_device", Clear, ""),
            ("implant = \"none\"", "implant = \"pacemaker\"", "implanted_device", Caution, ""),
            ("implant = \"none\"", "implant = \"defibrillator\"", "implanted_device", Caution, ""),
            ("implant = \"none\"", "implant = \"stimulator\"", "implanted_device", Caution, ""),
            ("implant = \"none\"", "", "implanted_device", Caution, "health.implant"),
        ],
    );
}

#[test]
fn consent_and_side_stop_until_they_are_given() {
    check(
        CRPS,
        &[
            ("given = true", "given = true", "consent", Clear, ""),
            ("given = true", "given = false", "consent", Stop, ""),
            ("given = true", "given = true\nwithdrawn = true", "consent", Stop, ""),
            ("given = true", "given = true\nwithdrawn = false", "consent", Clear, ""),
            ("given = true", "", "consent", Stop, "consent.given"),
            ("side = \"left\"", "", "side", Stop, "complaint.side"),
            ("side_confirmed = true", "side_confirmed = false", "side", Stop, "consent.side_confirmed"),
            ("side_confirmed = true", "side_confirmed = true", "side", Clear, ""),
            ("given = true", "given = true\nvessel_contrast = \"none_seen\"", "vessel_contrast", Clear, ""),
            ("given = true", "given = true\nvessel_contrast = \"cleared\"", "vessel_contrast", Clear, ""),
            ("given = true", "given = true\nvessel_contrast = \"uncleared\"", "vessel_contrast", Stop, ""),
        ],
    );
}

#[test]
fn the_only_kidney_counts_on_the_side_of_the_block() {
    check(
        CRPS,
        &[
            ("\"two\"", "\"only_left\"", "solitary_kidney", Caution, ""),
            ("\"two\"", "\"only_right\"", "solitary_kidney", Clear, ""),
            ("solitary_kidney = \"two\"", "", "solitary_kidney", Caution, "health.solitary_kidney"),
        ],
    );
    let unknown = CRPS.replace("side = \"left\"", "").replace("\"two\"", "\"only_left\"");
    let finding = of(&unknown).findings.into_iter().find(|f| f.id == "solitary_kidney").unwrap();
    assert!(finding.outcome == Caution && finding.missing == ["complaint.side"]);
}

#[test]
fn pregnancy_is_asked_about_where_it_is_possible() {
    check(
        CRPS,
        &[
            ("pregnant = false", "pregnant = true", "pregnancy", Caution, ""),
            ("pregnant = false", "", "pregnancy", Caution, "health.pregnant"),
            ("pregnant = false", "pregnant = false", "pregnancy", Clear, ""),
        ],
    );
    let aged = |age: &str, sex: &str| {
        let text = CRPS
            .replace("pregnant = false", "")
            .replace("age_years = 44", age)
            .replace("sex = \"female\"", sex);
        of(&text).findings.into_iter().find(|f| f.id == "pregnancy").unwrap().outcome
    };
    assert_eq!(aged("age_years = 55.9", "sex = \"female\""), Caution);
    assert_eq!(aged("age_years = 56", "sex = \"female\""), Clear);
    assert_eq!(aged("age_years = 30", "sex = \"male\""), Clear);
    assert_eq!(aged("age_years = 70", ""), Caution, "of unknown sex");
    assert_eq!(aged("", "sex = \"female\""), Caution, "of unknown age");
}

#[test]
fn the_ceilings_are_for_adults() {
    check(
        CRPS,
        &[
            ("age_years = 44", "age_years = 17.9", "age", Stop, ""),
            ("age_years = 44", "age_years = 18", "age", Clear, ""),
            ("age_years = 44", "", "age", Caution, "person.age_years"),
        ],
    );
}

#[test]
fn a_threatened_leg_waits_for_the_vascular_opinion() {
    check(
        ARTERIES,
        &[
            ("rest_pain = true", "rest_pain = true", "limb_threatened", Stop, "arteries.vascular_opinion"),
            (
                "rest_pain = true",
                "rest_pain = true\nvascular_opinion = false",
                "limb_threatened",
                Stop,
                "arteries.vascular_opinion",
            ),
            ("rest_pain = true", "rest_pain = true\nvascular_opinion = true", "limb_threatened", Caution, ""),
        ],
    );
    let bare = |findings: &str| {
        let text = format!(
            "schema = \"rami.chart/1\"\n[complaint]\nindication = \"arterial_insufficiency\"\n[arteries]\n{findings}\n"
        );
        let found = of(&text).findings;
        let outcome = |id: &str| found.iter().find(|f| f.id == id).unwrap().outcome;
        (outcome("limb_threatened"), outcome("acute_ischaemia"))
    };
    assert_eq!(bare(""), (Caution, Caution));
    assert_eq!(bare("rest_pain = false\ntissue_loss = \"none\"\nsudden_onset = false"), (Clear, Clear));
    assert_eq!(bare("rest_pain = false\ntissue_loss = \"minor\"\nsudden_onset = true"), (Stop, Stop));
    assert_eq!(bare("rest_pain = false"), (Caution, Caution), "a sore may still be there");
    let other = of(CRPS).findings;
    assert!(other.iter().all(|f| f.id != "limb_threatened" && f.id != "red_flags"), "only where it is asked");
}

#[test]
fn a_red_flag_of_back_pain_stops() {
    assert!(BACK.contains("red_flags = false"));
    check(
        BACK,
        &[
            ("red_flags = false", "red_flags = true", "red_flags", Stop, ""),
            ("red_flags = false", "red_flags = false", "red_flags", Clear, ""),
            ("red_flags = false", "", "red_flags", Caution, "back_pain.red_flags"),
        ],
    );
    let flagged = BACK.replace("red_flags = false", "red_flags = true");
    assert!(of(&flagged).indication.first.is_some_and(|first| first.contains("red flag")));
    assert!(of(BACK).indication.first.is_none());
    // A red flag of the back is not a matter of another complaint.
    let other = flagged.replace("indication = \"low_back_pain\"", "indication = \"phantom_limb\"");
    assert!(of(&other).indication.first.is_none());
}

#[test]
fn a_thinner_entered_twice_alike_is_one_and_unlike_is_a_contradiction() {
    let entry = |name: &str, hours: u32| {
        format!("\n[[medication]]\nname = \"{name}\"\nhours_since_last_dose = {hours}\n")
    };
    let read = |second: String| {
        Chart::from_toml(&(CRPS.replace("no_blood_thinners = true", "") + &entry("apixaban", 80) + &second))
    };
    let alike = read(entry("Eliquis", 80));
    assert!(alike.is_ok(), "{alike:?}");
    assert!(read(entry("Eliquis", 8)).unwrap_err().to_string().contains("twice"));
}

#[test]
fn adrenaline_is_cautioned_where_blood_flow_is_the_problem() {
    let with = |indication: &str, syringe: &str| {
        let text = CRPS
            .replace("indication = \"crps\"", &format!("indication = \"{indication}\""))
            .replace("bupivacaine 0.25% 10ml", syringe);
        of(&text).findings.into_iter().find(|f| f.id == "adrenaline").unwrap().outcome
    };
    let (plain, mixed) = ("bupivacaine 0.25% 10ml", "bupivacaine 0.25% 10ml + adrenaline 1:200000");
    for indication in ["arterial_insufficiency", "raynaud"] {
        assert_eq!((with(indication, plain), with(indication, mixed)), (Clear, Caution), "{indication}");
    }
    assert_eq!((with("crps", plain), with("crps", mixed)), (Clear, Clear));
}

#[test]
fn the_toe_must_be_cold_enough_and_used_to_the_room() {
    check(
        CRPS,
        &[
            ("toe_c = 26.5", "", "baseline_temperature", Caution, "baseline.toe_c"),
            ("acclimatised_min = 20", "", "baseline_temperature", Caution, "baseline.acclimatised_min"),
            ("acclimatised_min = 20", "acclimatised_min = 20", "baseline_temperature", Clear, ""),
            ("toe_c = 26.5", "toe_c = 33", "baseline_temperature", Caution, ""),
        ],
    );
}

#[test]
fn a_dose_needs_a_plan_a_weight_and_what_slows_the_drug() {
    let all = "syringes = [\"lidocaine 1% 3ml\", \"iohexol 300 1ml\", \"bupivacaine 0.25% 10ml\"]";
    check(
        CRPS,
        &[
            (all, "", "dose", Caution, "dosing.syringes"),
            ("frail = false", "", "dose", Caution, "health.frail"),
            ("liver_disease = false", "", "dose", Caution, "health.liver_disease"),
            ("heart_disease = false", "", "dose", Caution, "health.heart_disease"),
            ("height_cm = 166", "", "dose", Caution, "person.height_cm"),
        ],
    );
    let given = of(&CRPS.replace(all, "given = [\"bupivacaine 0.25% 10ml\"]"));
    assert_eq!(given.doses.lines.len(), 1, "what was given counts where nothing more is planned");
    assert!(given.doses.lines[0].given && given.doses.share.unwrap() > 0.1);
    // Without a sex, an ideal weight is the lower one, a woman's, and the sex is asked for.
    let heavy = CRPS.replace("weight_kg = 68", "weight_kg = 110");
    let (woman, unknown) = (of(&heavy).doses, of(&heavy.replace("sex = \"female\"", "")).doses);
    let man = of(&heavy.replace("sex = \"female\"", "sex = \"male\"").replace("pregnant = false", "")).doses;
    assert_eq!(unknown.weight_kg, woman.weight_kg);
    assert!(unknown.missing.contains(&"person.sex".to_owned()) && man.weight_kg > woman.weight_kg);
}

#[test]
fn each_anaesthetic_has_its_most_for_a_day() {
    let given = |drug: &str, ml: &str| {
        let four = format!("\"{drug} 0.5% 20ml\", ").repeat(3);
        let text = CRPS.replace("[dosing]", &format!("[dosing]\ngiven = [{four}\"{drug} 0.5% {ml}ml\"]"));
        let text = text.replace("\"lidocaine 1% 3ml\", \"iohexol 300 1ml\", \"bupivacaine 0.25% 10ml\"", "");
        of(&text).doses.over_in_a_day
    };
    // 300 mg and 100 mg are 400 mg, the most for 24 hours.
    for drug in ["bupivacaine", "levobupivacaine"] {
        assert!(given(drug, "20").is_empty(), "{drug}");
        assert_eq!(given(drug, "20.2"), [drug]);
    }
    assert!(given("ropivacaine", "20.2").is_empty(), "no most for a day is in the evidence");
}

/// Every chart once whole and once without each of its answers: what a criterion lacks is asked for by its field, and nothing
/// that is known is asked for.
#[test]
fn criteria_ask_for_what_they_lack_and_for_nothing_else() {
    let mut asked = std::collections::BTreeSet::new();
    for chart in [CRPS, ARTERIES, BACK, include_str!("../charts/raynaud.toml")] {
        let lines: Vec<&str> = chart.lines().collect();
        for without in std::iter::once(None).chain((0..lines.len()).map(Some)) {
            let rest = lines.iter().enumerate().filter(|(at, _)| Some(*at) != without).map(|(_, line)| *line);
            // Some answers cannot be left out, and a section without its head is no chart.
            let Ok(chart) = Chart::from_toml(&rest.collect::<Vec<_>>().join("\n")) else { continue };
            for criterion in assess(&chart, None).unwrap().indication.criteria {
                let unknown = criterion.status == Status::Unknown;
                let what = without.map_or("", |at| lines[at]);
                assert_eq!(unknown, !criterion.missing.is_empty(), "without {what:?}: {criterion:?}");
                if let Some((field, _)) = what.split_once(" = ").filter(|_| unknown) {
                    asked.extend(criterion.missing.into_iter().filter(|path| path.ends_with(field)));
                }
            }
        }
    }
    for field in
        ["crps.no_better_diagnosis", "crps.signs.oedema", "arteries.sudden_onset", "raynaud.turns_blue"]
    {
        assert!(asked.contains(field), "{field} is never asked for; these are: {asked:?}");
    }
}
