//! `rami pk`: plasma concentration of a local anaesthetic after one injection.

use super::body::Common;
use crate::exit::{Failure, Outcome};
use anyhow::anyhow;
use rami_body::pharmacokinetics::{PkOptions, PkReport, Site};
use rami_body::{Distribution, Person};
use rami_units::{Kg, Mg, Minutes, Seconds};
use std::io::Write;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Local anaesthetic: lidocaine, bupivacaine, levobupivacaine or ropivacaine
    #[arg(long)]
    drug: String,
    /// Mass of drug in mg
    #[arg(long, value_name = "MG", allow_hyphen_values = true)]
    dose_mg: f64,
    /// Where it goes
    #[arg(long, value_enum, default_value = "retroperitoneal")]
    site: Place,
    /// Age in years
    #[arg(long, value_name = "YEARS", default_value_t = 45.0, allow_hyphen_values = true)]
    age: f64,
    /// Liver function: 1 healthy, 0 end-stage disease
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, allow_hyphen_values = true)]
    liver: f64,
    /// Alpha-1-acid glycoprotein, times normal
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, allow_hyphen_values = true)]
    aag: f64,
    /// Days since major surgery, which raises alpha-1-acid glycoprotein; multiplies `--aag`
    #[arg(long, value_name = "DAYS", default_value_t = 0.0, allow_hyphen_values = true)]
    days_after_surgery: f64,
    /// The solution holds adrenaline
    #[arg(long)]
    adrenaline: bool,
    /// Share of the dose that enters a vessel
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, allow_hyphen_values = true)]
    intravascular_fraction: f64,
    /// How long the injection takes, in s; matters for what enters a vessel
    #[arg(long, value_name = "S", default_value_t = 20.0, allow_hyphen_values = true)]
    over_s: f64,
    /// How long plasma is followed, in min
    #[arg(long, value_name = "MIN", default_value_t = 360.0, allow_hyphen_values = true)]
    minutes: f64,
    /// People in the population behind the quantiles; 0 for the typical person alone
    #[arg(long, value_name = "N", default_value_t = 200)]
    population: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Place {
    Retroperitoneal,
    Epidural,
    Iv,
}

impl Args {
    fn days_after_surgery(&self) -> Result<f64, Failure> {
        let days = self.days_after_surgery;
        if (0.0..=30.0).contains(&days) {
            return Ok(days);
        }
        Err(anyhow!(
            "--days-after-surgery of {days} is not between 0 and 30: leave it out for a person who was not operated on"
        )
        .into())
    }

    fn options(&self) -> Result<PkOptions, Failure> {
        Ok(PkOptions {
            drug: self.drug.clone(),
            dose: Mg::new(self.dose_mg)?,
            site: match self.site {
                Place::Retroperitoneal => Site::Retroperitoneal,
                Place::Epidural => Site::Epidural,
                Place::Iv => Site::Iv,
            },
            person: Person {
                weight: Kg::new(self.common.weight)?,
                age_years: self.age,
                liver_function: self.liver,
                aag_ratio: self.aag * Person::glycoprotein_after_surgery(self.days_after_surgery()?),
            },
            adrenaline: self.adrenaline,
            intravascular_fraction: self.intravascular_fraction,
            over: Seconds::new(self.over_s)?.into(),
            horizon: Minutes::new(self.minutes)?,
            absorbed: None,
            population: self.population,
            seed: self.common.seed,
        })
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = args.options()?.run()?;
    args.common.print(&report, &report.warnings, |out, report| write_report(out, report))
}

fn write_report(out: &mut impl Write, report: &PkReport) -> std::io::Result<()> {
    let place = match report.site {
        Site::Retroperitoneal => "retroperitoneal",
        Site::Epidural => "epidural",
        Site::Iv => "into a vein",
    };
    writeln!(out, "{} {} mg, {place}, {} kg", report.drug, report.dose_mg, report.weight_kg)?;
    writeln!(
        out,
        "  venous    total {:.3} mg/L at {:.1} min, free {:.4} mg/L",
        report.c_max_mg_l, report.t_max_min, report.free_c_max_mg_l
    )?;
    writeln!(
        out,
        "  arterial  total {:.3} mg/L at {:.1} min, free {:.4} mg/L",
        report.arterial_c_max_mg_l, report.arterial_t_max_min, report.free_arterial_c_max_mg_l
    )?;
    let toxicity = &report.toxicity;
    writeln!(
        out,
        "  brain     free {:.4} mg/L: {:.0} % of the {:.2} mg/L at which volunteers had first signs",
        report.free_brain_c_max_mg_l,
        100.0 * toxicity.share_of_cns_threshold,
        toxicity.cns_threshold_free_mg_l
    )?;
    writeln!(out, "  {}", toxicity.statement)?;
    if let Some(population) = &report.population {
        let line = |d: &Distribution| format!("{:.3} ({:.3} to {:.3})", d.median, d.q05, d.q95);
        writeln!(out, "  {} people, seed {}: median (5 % to 95 %)", population.n, population.seed)?;
        writeln!(
            out,
            "    c_max {} mg/L, free arterial {} mg/L",
            line(&population.c_max_mg_l),
            line(&population.free_arterial_c_max_mg_l)
        )?;
        writeln!(out, "    t_max {} min", line(&population.t_max_min))?;
    }
    writeln!(out, "\n  t min   venous  arterial  free arterial  mg/L")?;
    // Times are sums of steps: a quarter of an hour is met to rounding only.
    let quarter = |t_min: f64| (t_min / 15.0 - (t_min / 15.0).round()).abs() < 1e-6;
    for point in report.curve.iter().filter(|p| quarter(p.t_min)) {
        writeln!(
            out,
            "  {:5.0}  {:7.3}  {:8.3}  {:13.4}",
            point.t_min, point.venous_mg_l, point.arterial_mg_l, point.free_arterial_mg_l
        )?;
    }
    Ok(())
}
