//! Infusions beside the site in `validation/pharmacokinetics.md`.

use rami_body::pharmacokinetics::DrugModel;
use rami_body::{Person, Variation};
use std::f64::consts::LN_2;
use std::fmt::Write;

/// Drug, mg at once, mg/h, hours, key of the published figure, whether the person was operated on.
const ROWS: &[(&str, f64, f64, f64, &str, bool)] = &[
    ("ropivacaine", 10.0, 10.0, 21.0, "pharmacokinetics.c_max.epidural_infusion.ropivacaine_10", false),
    ("ropivacaine", 20.0, 20.0, 21.0, "pharmacokinetics.c_max.epidural_infusion.ropivacaine_20", false),
    ("ropivacaine", 30.0, 30.0, 21.0, "pharmacokinetics.c_max.epidural_infusion.ropivacaine_30", false),
    ("bupivacaine", 25.0, 25.0, 21.0, "pharmacokinetics.c_max.epidural_infusion.bupivacaine_25", false),
    ("ropivacaine", 150.0, 24.0, 48.0, "pharmacokinetics.c_max.psoas_catheter.ropivacaine", true),
    ("ropivacaine", 50.0, 20.0, 72.0, "plasma.after_surgery.total_20_mg_h", true),
    ("ropivacaine", 50.0, 30.0, 72.0, "plasma.after_surgery.total_30_mg_h", true),
];

/// Long infusions: absorption of the bolus and of every later drop, typical person.
pub(crate) fn table(out: &mut String) {
    out.push_str(
        "\n## Infusions\n\nTypical person, epidural absorption. The epidural bolus of the volunteers is taken as an hour's dose (10 \
         mL of the infused strength; assumed), that of the last two rows as 50 mg (50 or 75 published). *With glycoprotein*: it rises \
         after the operation in a straight line to twice its value at 72 h (published beside the last two rows, so their rise is \
         their own and their totals were not used), and volumes and clearance follow free drug. Nothing else was set from these.\n\n\
         | study | bolus mg, then mg/h | published total mg/L | predicted mg/L | ratio | with glycoprotein, total | ratio | free |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for &(drug, bolus_mg, mg_h, hours, key, operated) in ROWS {
        let published = rami_evidence::value(key);
        let plain = at_the_end(drug, bolus_mg, mg_h, hours, false).0;
        let after = if operated {
            let (total, free) = at_the_end(drug, bolus_mg, mg_h, hours, true);
            format!("{total:.2} | {:.2} | {free:.3}", total / published)
        } else {
            "– | – | –".to_owned()
        };
        let name = key.trim_start_matches("pharmacokinetics.c_max.").trim_start_matches("plasma.");
        let _ = writeln!(
            out,
            "| {name} | {bolus_mg}, {mg_h} | {published:.2} | {plain:.2} | {:.2} | {after} |",
            plain / published
        );
    }
    let free = |dose: &str| rami_evidence::value(&format!("plasma.after_surgery.free_{dose}_mg_h"));
    let _ = writeln!(
        out,
        "\nAfter surgery free ropivacaine levelled off at {:.2} and {:.2} mg/L (20 and 30 mg/h), which the last column meets: what \
         decides about toxicity comes out. Totals stay too low because the patients bound more than twice a volunteer's share: total \
         over free was {:.0} and {:.0} there and is {:.0} in a volunteer here before an operation. Glycoprotein of people who need a \
         new joint is high before the operation too, and no value of it is on the stored page. `rami pk --days-after-surgery D` \
         applies the rise to one injection, `--aag` any other value.",
        free("20"),
        free("30"),
        rami_evidence::value("plasma.after_surgery.total_20_mg_h") / free("20"),
        rami_evidence::value("plasma.after_surgery.total_30_mg_h") / free("30"),
        1.0 / rami_evidence::value("pharmacokinetics.ropivacaine.free_fraction"),
    );
}

/// Total and free venous plasma at the end, mg/L.
fn at_the_end(drug: &str, bolus_mg: f64, mg_h: f64, hours: f64, operated: bool) -> (f64, f64) {
    let model = DrugModel::of(drug).unwrap();
    let site = model.absorption;
    let paths = [(site.fast_fraction, site.fast_half_life), (site.slow_fraction, site.slow_half_life)];
    let rates = paths.map(|(_, half)| LN_2 / half);
    let person = |t_min: f64| {
        let aag_ratio = if operated { Person::glycoprotein_after_surgery(t_min / 1440.0) } else { 1.0 };
        model.in_person(&Person { aag_ratio, ..Person::typical() }, &Variation::NONE)
    };
    // mg at the site (fast, slow), in the central and in the outer compartment; midpoint rule, 0.05 min; glycoprotein hourly.
    let h = 0.05;
    let per_hour = (60.0 / h) as usize;
    let mut y = [paths[0].0 * bolus_mg, paths[1].0 * bolus_mg, 0.0, 0.0];
    let mut now = person(0.0);
    for step in 0..(hours * 60.0 / h) as usize {
        if step % per_hour == 0 {
            now = person(step as f64 * h);
        }
        let body = now.disposition;
        let slope = |y: [f64; 4]| {
            let (c1, c2) = (y[2] / body.v1_l, y[3] / body.v2_l);
            let exchange = body.q_l_min * (c1 - c2);
            [
                paths[0].0 * mg_h / 60.0 - rates[0] * y[0],
                paths[1].0 * mg_h / 60.0 - rates[1] * y[1],
                rates[0] * y[0] + rates[1] * y[1] - body.cl_l_min * c1 - exchange,
                exchange,
            ]
        };
        let half = slope(y);
        let middle = [0, 1, 2, 3].map(|i| y[i] + 0.5 * h * half[i]);
        let full = slope(middle);
        y = [0, 1, 2, 3].map(|i| y[i] + h * full[i]);
    }
    let total = y[2] / now.disposition.v1_l;
    (total, now.binding.free(total))
}
