//! The population: a joint distribution of adults, from `crates/evidence/data/population.toml`.
//!
//! Sex, then age; stature given sex; body mass index log-normal given sex, with a slow rise with age; everything else
//! given those, by linear relations and independent residuals, except where a correlation is stated: the two vessels'
//! levels, and the trunk's offsets along a side. Draws further than 2.5 standard deviations are pulled in, so that no
//! one is built whom the shapes do not cover. Row `i` of seed `s` is a pure function of both.

use super::traits::{Sex, Traits};
use crate::{BySide, Side};
use rami_evidence::{figure, value};
use rami_random::distributions::{Distribution, StandardNormal};
use rami_random::{RngExt, Stream};
use rayon::prelude::*;
use std::sync::OnceLock;

/// What is already known of a person; the rest is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Known {
    /// Sex.
    pub sex: Option<Sex>,
    /// Stature, cm.
    pub height_cm: Option<f64>,
    /// Weight, kg.
    pub weight_kg: Option<f64>,
    /// Age, years.
    pub age_y: Option<f64>,
}

/// Which published distances the trunk is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrunkSource {
    /// Cadavers: means of B2.1, spread of B2.2.
    #[default]
    Cadaver,
    /// Magnetic resonance of the healthy young: B2.3.
    Mri,
}

/// Why a person cannot be drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BodyError {
    /// A measure is outside what can be built.
    #[error("{what} of {value} {unit} is outside {low} to {high} {unit}; no adult is built from it")]
    OutOfRange {
        /// Which measure.
        what: &'static str,
        /// What was given.
        value: f64,
        /// Its unit.
        unit: &'static str,
        /// Lowest that is taken.
        low: f64,
        /// Highest that is taken.
        high: f64,
    },
}

fn check(what: &'static str, value: f64, unit: &'static str, low: f64, high: f64) -> Result<(), BodyError> {
    if value.is_finite() && value >= low && value <= high {
        Ok(())
    } else {
        // As a person would write it, not as a quotient of floats comes out.
        let value = (100.0 * value).round() / 100.0;
        Err(BodyError::OutOfRange { what, value, unit, low, high })
    }
}

/// A mean and a standard deviation.
#[derive(Clone, Copy)]
struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    fn of(key: &str) -> Self {
        let figure = figure(key);
        let mean = figure.value.unwrap_or(0.0);
        Self { mean, sd: figure.interval.map_or(0.0, |i| 0.5 * (i.high - i.low)) }
    }

    fn at(self, z: f64) -> f64 {
        self.mean + self.sd * z
    }
}

/// The figures of the distribution, looked up once.
struct Table {
    share_female: f64,
    age: Normal,
    stature: [Normal; 2],
    bmi: [Normal; 2],
    vertebra: Normal,
    lordosis: Normal,
    coronal: Normal,
    psoas: Normal,
    psoas_age_loss: f64,
    bifurcation: Normal,
    confluence: Normal,
    level_correlation: f64,
    aorta_radius: [Normal; 2],
    aorta_left: Normal,
    ivc_radius: Normal,
    aorta_gap: [Normal; 2],
    ivc_gap: [f64; 2],
    kidney_pole_right: Normal,
    kidney_left_higher: Normal,
    kidney_length: Normal,
    kidney_prone: [Normal; 2],
    ganglia: Normal,
    cadaver: [Normal; 3],
    mri: [Normal; 3],
    trunk_correlation: f64,
    back_fat: [Normal; 2],
    girth: [Normal; 2],
    cancellous: Normal,
    cancellous_loss: f64,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let p = |key: &str| Normal::of(&format!("population.{key}"));
        let sexes = |key: &str| [p(&format!("{key}.female")), p(&format!("{key}.male"))];
        let levels = ["l2_3", "l3_4", "l4_5"];
        Table {
            share_female: value("population.share_female"),
            age: p("age"),
            stature: sexes("stature"),
            bmi: sexes("bmi"),
            vertebra: p("vertebra.ratio"),
            lordosis: p("lordosis"),
            coronal: p("coronal"),
            psoas: p("psoas_ratio"),
            psoas_age_loss: value("population.psoas_age_loss"),
            bifurcation: p("aortic_bifurcation_level"),
            confluence: p("ivc_confluence_level"),
            level_correlation: value("population.vessel_level_correlation"),
            aorta_radius: sexes("aorta_radius"),
            aorta_left: p("aorta_left"),
            ivc_radius: p("ivc_radius"),
            aorta_gap: [
                Normal::of("anatomy.aorta_disc_gap.female.l2_3"),
                Normal::of("anatomy.aorta_disc_gap.male.l2_3"),
            ],
            ivc_gap: [value("anatomy.vena_cava_gap.l4_5"), value("anatomy.vena_cava_gap.l2")],
            kidney_pole_right: p("kidney_pole_right"),
            kidney_left_higher: p("kidney_left_higher"),
            kidney_length: p("kidney_length"),
            kidney_prone: [p("kidney_prone.left"), p("kidney_prone.right")],
            ganglia: Normal { mean: value("anatomy.ganglia_per_side"), sd: value("population.ganglia_sd") },
            cadaver: levels.map(|l| Normal {
                mean: value(&format!("anatomy.trunk_to_psoas.{l}")),
                sd: value(&format!("population.trunk_to_psoas_sd.{l}")),
            }),
            mri: levels.map(|l| Normal::of(&format!("anatomy.trunk_to_psoas_left_mri.{l}"))),
            trunk_correlation: value("population.trunk_level_correlation"),
            back_fat: sexes("back_fat"),
            girth: sexes("girth"),
            cancellous: p("cancellous.age_30"),
            cancellous_loss: value("population.cancellous.loss"),
        }
    })
}

/// Draws the `row`-th adult of a seed, given what is known.
///
/// # Errors
/// [`BodyError`] when a known measure, or the body mass index they give, is impossible.
pub fn draw(seed: u64, row: u64, known: Known, trunk: TrunkSource) -> Result<Traits, BodyError> {
    let t = table();
    let stream = Stream::new(seed).named("population").indexed(row);
    let mut rng = stream.rng();
    let mut z = || {
        let z: f64 = StandardNormal.sample(&mut rng);
        z.clamp(-2.5, 2.5)
    };
    // Every number is drawn whether it is known or not, so that knowing one leaves the others as they were.
    let mut drawn = [0.0; 34];
    drawn.iter_mut().for_each(|value| *value = z());
    let mut next = drawn.into_iter();
    let mut z = || next.next().unwrap_or(0.0);

    let uniform: f64 = stream.named("sex").rng().random();
    let sex = known.sex.unwrap_or(if uniform < t.share_female { Sex::Female } else { Sex::Male });
    let s = sex.pick(0, 1);
    let age_y = known.age_y.unwrap_or(t.age.at(z()).clamp(18.0, 90.0));
    check("an age", age_y, "y", 18.0, 100.0)?;
    let stature = t.stature[s].at(z());
    let height_cm = known.height_cm.unwrap_or(stature);
    check("a height", height_cm, "cm", 140.0, 210.0)?;
    let spread = (1.0 + t.bmi[s].sd / t.bmi[s].mean).ln();
    let bmi = t.bmi[s].mean * (spread * z() + 0.002 * (age_y - 50.0)).exp();
    let weight_kg = known.weight_kg.unwrap_or(bmi.clamp(16.5, 45.0) * (height_cm / 100.0).powi(2));
    check("a weight", weight_kg, "kg", 30.0, 250.0)?;
    let bmi = weight_kg / (height_cm / 100.0).powi(2);
    check("a body mass index", bmi, "kg/m²", 15.0, 55.0)?;

    let vertebra_ratio = t.vertebra.at(z());
    let lordosis_deg = t.lordosis.at(z());
    let coronal_deg = t.coronal.at(z());
    let psoas_ratio =
        t.psoas.at(z()) * (1.0 - t.psoas_age_loss * ((age_y - 40.0) / 10.0).max(0.0)) * sex.pick(0.93, 1.07);
    let (a, b) = (z(), z());
    let r = t.level_correlation;
    let aortic_bifurcation_level = t.bifurcation.at(a).clamp(2.9, 5.0);
    let ivc_confluence_level =
        t.confluence.at(r * a + (1.0 - r * r).sqrt() * b).clamp(aortic_bifurcation_level + 0.15, 5.6);
    let aorta_radius_mm = t.aorta_radius[s].at(z()) * (1.0 + 0.002 * (age_y - 50.0));
    let ivc_radius_mm = t.ivc_radius.at(z());
    let aorta_gap_mm = t.aorta_gap[s].at(z()).max(0.6);
    let aorta_left_mm = t.aorta_left.at(z());
    let ivc_z = z();
    let ivc_gap_mm = [t.ivc_gap[0] + 0.3 * ivc_z.abs(), (t.ivc_gap[1] + 1.5 * ivc_z).max(1.0)];
    let right_pole = t.kidney_pole_right.at(z());
    let kidney_pole_mm = BySide { left: right_pole + t.kidney_left_higher.at(z()), right: right_pole };
    let kidney_length_mm = t.kidney_length.at(z()) * (0.6 + 0.4 * height_cm / 168.0);
    let kidney_prone_mm = BySide { left: t.kidney_prone[0].at(z()), right: t.kidney_prone[1].at(z()) };
    let ganglia = BySide::from_fn(|_| t.ganglia.at(z()).round().clamp(2.0, 6.0) as u8);
    let rows = match trunk {
        TrunkSource::Cadaver => &t.cadaver,
        TrunkSource::Mri => &t.mri,
    };
    let rho = t.trunk_correlation;
    let trunk_to_psoas_mm = BySide::from_fn(|_: Side| {
        let mut before = z();
        [0, 1, 2].map(|i| {
            if i > 0 {
                before = rho * before + (1.0 - rho * rho).sqrt() * z();
            }
            rows[i].at(before)
        })
    });
    let back_fat_mm = (t.back_fat[s].at(z()) + sex.pick(1.0, 0.8) * (bmi - 25.0)).max(4.0);
    let girth_ratio = 1.0 + t.girth[s].sd / t.girth[s].mean * z();
    let cancellous_hu =
        (t.cancellous.at(z()) - t.cancellous_loss * ((age_y - 30.0) / 10.0).max(0.0)).max(45.0);
    Ok(Traits {
        seed: seed ^ row.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        sex,
        age_y,
        height_cm,
        weight_kg,
        vertebra_ratio,
        lordosis_deg,
        coronal_deg,
        psoas_ratio,
        aortic_bifurcation_level,
        ivc_confluence_level,
        aorta_radius_mm,
        ivc_radius_mm,
        aorta_gap_mm,
        aorta_left_mm,
        ivc_gap_mm,
        kidney_pole_mm,
        kidney_length_mm,
        kidney_prone_mm,
        ganglia,
        trunk_to_psoas_mm,
        back_fat_mm,
        girth_ratio,
        cancellous_hu,
    })
}

/// Draws rows `0..count` of a seed, in parallel; the result does not depend on threads.
///
/// # Errors
/// As [`draw`].
pub fn draw_many(seed: u64, count: u64, known: Known, trunk: TrunkSource) -> Result<Vec<Traits>, BodyError> {
    (0..count).into_par_iter().map(|row| draw(seed, row, known, trunk)).collect()
}

/// Columns of the table, in order.
pub const COLUMNS: [&str; 34] = [
    "seed",
    "sex",
    "age_y",
    "height_cm",
    "weight_kg",
    "vertebra_ratio",
    "lordosis_deg",
    "coronal_deg",
    "psoas_ratio",
    "aortic_bifurcation_level",
    "ivc_confluence_level",
    "aorta_radius_mm",
    "ivc_radius_mm",
    "aorta_gap_mm",
    "aorta_left_mm",
    "ivc_gap_l4_5_mm",
    "ivc_gap_l2_mm",
    "kidney_pole_left_mm",
    "kidney_pole_right_mm",
    "kidney_length_mm",
    "kidney_prone_left_mm",
    "kidney_prone_right_mm",
    "ganglia_left",
    "ganglia_right",
    "trunk_to_psoas_left_l2_3_mm",
    "trunk_to_psoas_left_l3_4_mm",
    "trunk_to_psoas_left_l4_5_mm",
    "trunk_to_psoas_right_l2_3_mm",
    "trunk_to_psoas_right_l3_4_mm",
    "trunk_to_psoas_right_l4_5_mm",
    "back_fat_mm",
    "girth_ratio",
    "cancellous_hu",
    "bmi",
];

impl Traits {
    /// Numbers of the row after seed and sex, in the order of [`COLUMNS`] (the last column, the body mass index, is
    /// derived).
    #[must_use]
    pub fn numbers(&self) -> [f64; 31] {
        let (l, r) = (&self.trunk_to_psoas_mm.left, &self.trunk_to_psoas_mm.right);
        [
            self.age_y,
            self.height_cm,
            self.weight_kg,
            self.vertebra_ratio,
            self.lordosis_deg,
            self.coronal_deg,
            self.psoas_ratio,
            self.aortic_bifurcation_level,
            self.ivc_confluence_level,
            self.aorta_radius_mm,
            self.ivc_radius_mm,
            self.aorta_gap_mm,
            self.aorta_left_mm,
            self.ivc_gap_mm[0],
            self.ivc_gap_mm[1],
            self.kidney_pole_mm.left,
            self.kidney_pole_mm.right,
            self.kidney_length_mm,
            self.kidney_prone_mm.left,
            self.kidney_prone_mm.right,
            f64::from(self.ganglia.left),
            f64::from(self.ganglia.right),
            l[0],
            l[1],
            l[2],
            r[0],
            r[1],
            r[2],
            self.back_fat_mm,
            self.girth_ratio,
            self.cancellous_hu,
        ]
    }
}

/// What a row of a table may hold besides age and body: name, unit, least, most, and places among its numbers.
#[allow(clippy::type_complexity)] // a table, read once
const POSSIBLE: [(&str, &str, f64, f64, &[usize]); 16] = [
    ("a ratio of vertebral size", "", 0.7, 1.4, &[3]),
    ("a lordosis", "°", -10.0, 100.0, &[4]),
    ("a lean of the spine", "°", -30.0, 30.0, &[5]),
    ("a ratio of psoas", "", 0.2, 3.0, &[6]),
    ("a level of fork or confluence", "", 2.0, 6.5, &[7, 8]),
    ("a radius of a great vessel", "mm", 3.0, 25.0, &[9, 10]),
    ("a gap beside a great vessel", "mm", -5.0, 40.0, &[11, 13, 14]),
    ("the aorta's distance from the midline", "mm", -30.0, 60.0, &[12]),
    ("a height of a kidney's pole", "mm", -250.0, 250.0, &[15, 16]),
    ("a length of a kidney", "mm", 60.0, 180.0, &[17]),
    ("a movement of a kidney when prone", "mm", -80.0, 80.0, &[18, 19]),
    ("a number of ganglia", "", 1.0, 8.0, &[20, 21]),
    ("a distance from trunk to psoas", "mm", -10.0, 40.0, &[22, 23, 24, 25, 26, 27]),
    ("a thickness of fat behind the spine", "mm", 0.5, 200.0, &[28]),
    ("a ratio of girth", "", 0.4, 2.5, &[29]),
    ("a density of cancellous bone", "HU", 10.0, 600.0, &[30]),
];

impl Traits {
    /// The row with these numbers, in the order of [`COLUMNS`] after seed and sex.
    ///
    /// # Errors
    /// [`BodyError`] when a measure is impossible.
    pub fn from_numbers(seed: u64, sex: Sex, n: &[f64; 31]) -> Result<Self, BodyError> {
        check("an age", n[0], "y", 18.0, 100.0)?;
        check("a height", n[1], "cm", 140.0, 210.0)?;
        check("a weight", n[2], "kg", 30.0, 250.0)?;
        check("a body mass index", n[2] / (n[1] / 100.0).powi(2), "kg/m²", 15.0, 55.0)?;
        // Wider than any draw, and narrow enough that no organ turns inside out.
        for (what, unit, low, high, places) in POSSIBLE {
            places.iter().try_for_each(|&place| check(what, n[place], unit, low, high))?;
        }
        Ok(Self {
            seed,
            sex,
            age_y: n[0],
            height_cm: n[1],
            weight_kg: n[2],
            vertebra_ratio: n[3],
            lordosis_deg: n[4],
            coronal_deg: n[5],
            psoas_ratio: n[6],
            aortic_bifurcation_level: n[7],
            ivc_confluence_level: n[8],
            aorta_radius_mm: n[9],
            ivc_radius_mm: n[10],
            aorta_gap_mm: n[11],
            aorta_left_mm: n[12],
            ivc_gap_mm: [n[13], n[14]],
            kidney_pole_mm: BySide { left: n[15], right: n[16] },
            kidney_length_mm: n[17],
            kidney_prone_mm: BySide { left: n[18], right: n[19] },
            ganglia: BySide { left: n[20] as u8, right: n[21] as u8 },
            trunk_to_psoas_mm: BySide { left: [n[22], n[23], n[24]], right: [n[25], n[26], n[27]] },
            back_fat_mm: n[28],
            girth_ratio: n[29],
            cancellous_hu: n[30],
        })
    }
}

/// The table as CSV with a header; numbers are written so that they read back exactly.
#[must_use]
pub fn to_csv(rows: &[Traits]) -> String {
    let mut out = COLUMNS.join(",");
    out.push('\n');
    for row in rows {
        out += &format!("{},{}", row.seed, row.sex);
        for number in row.numbers() {
            out += &format!(",{number}");
        }
        out += &format!(",{:.3}\n", row.bmi());
    }
    out
}

/// Why a row of a table cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableError {
    /// The header is not that of a population.
    #[error("the first line is not the header of a population table ({0} columns are wanted)", COLUMNS.len())]
    Header,
    /// There is no such row.
    #[error("row {row} is not there: the table has {rows} rows, counted from 0")]
    Row {
        /// Asked for.
        row: usize,
        /// There.
        rows: usize,
    },
    /// A value is not of its column's kind.
    #[error("row {row}, column {column}: {text:?} is not a value of it")]
    Value {
        /// Which row, from 0.
        row: usize,
        /// Which column.
        column: &'static str,
        /// What is there.
        text: String,
    },
    /// A measure is impossible.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// Reads one row of a table written by [`to_csv`].
///
/// # Errors
/// [`TableError`].
pub fn from_csv(text: &str, row: usize) -> Result<Traits, TableError> {
    let mut lines = text.lines();
    if lines.next().is_none_or(|header| header.trim_end() != COLUMNS.join(",")) {
        return Err(TableError::Header);
    }
    let rows = text.lines().count() - 1;
    let line = lines.nth(row).ok_or(TableError::Row { row, rows })?;
    let cells: Vec<&str> = line.trim_end().split(',').collect();
    let cell = |i: usize| cells.get(i).copied().unwrap_or("");
    let wrong = |i: usize| TableError::Value { row, column: COLUMNS[i], text: cell(i).to_owned() };
    let seed = cell(0).parse().map_err(|_| wrong(0))?;
    let sex = cell(1).parse().map_err(|_| wrong(1))?;
    let mut n = [0.0; 31];
    for (i, value) in n.iter_mut().enumerate() {
        *value = cell(i + 2).parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| wrong(i + 2))?;
    }
    Ok(Traits::from_numbers(seed, sex, &n)?)
}
