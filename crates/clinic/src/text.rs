//! An assessment as text for a terminal.

use crate::assess::{Assessment, figures};
use crate::data::tidy;
use crate::evidence::Cited;
use crate::rate::Rate;
use crate::safety::Outcome;
use std::fmt::Write;

/// The assessment in words, worst findings first, sources at the end.
#[must_use]
pub fn text(assessment: &Assessment) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, assessment);
    out
}

fn write(out: &mut String, a: &Assessment) -> std::fmt::Result {
    writeln!(out, "{}\n", a.notice)?;
    writeln!(out, "OUTCOME: {}\n", a.outcome.word().to_uppercase())?;
    let indication = &a.indication;
    writeln!(out, "Indication: {} — criteria {}", indication.name, indication.status.word())?;
    if let Some(first) = &indication.first {
        writeln!(out, "  FIRST: {first}")?;
    }
    for criterion in &indication.criteria {
        let found = criterion.found.as_ref().map(|found| format!(" ({found})")).unwrap_or_default();
        writeln!(out, "  [{}] {}{found}", criterion.status.word(), criterion.name)?;
    }
    for scale in &indication.scales {
        writeln!(out, "  {}: {}", scale.name, scale.grade)?;
    }
    for rule in &indication.accuracy {
        writeln!(
            out,
            "  {}: sensitivity {}, specificity {}; likelihood ratio {} when met, {} when not{}",
            rule.rule,
            tidy(rule.sensitivity),
            tidy(rule.specificity),
            tidy(rule.likelihood_ratio_positive),
            significant(rule.likelihood_ratio_negative),
            if rule.is_unverified() { " [unverified]" } else { "" }
        )?;
    }
    statements(out, "Evidence for this block in it", &indication.evidence)?;
    statements(out, "Guidelines and reviews", &indication.guidelines)?;
    for line in &indication.not_known {
        writeln!(out, "  Not known: {line}")?;
    }
    for note in &a.purpose.notes {
        writeln!(out, "  Purpose: {note}")?;
    }
    findings(out, a)?;
    doses(out, a)?;
    risks(out, a)?;
    if !a.missing.is_empty() {
        writeln!(out, "\nMissing from the chart, to be asked for:\n  {}", a.missing.join("\n  "))?;
    }
    writeln!(out, "\nSources (`rami evidence KEY` shows one whole; * unverified, not an instruction):")?;
    for figure in figures(a) {
        let mark = if figure.unverified { "*" } else { " " };
        writeln!(out, " {mark} {}: {}", figure.key, figure.source)?;
    }
    Ok(())
}

fn findings(out: &mut String, a: &Assessment) -> std::fmt::Result {
    for outcome in [Outcome::Stop, Outcome::Caution] {
        let these: Vec<_> = a.findings.iter().filter(|finding| finding.outcome == outcome).collect();
        if !these.is_empty() {
            writeln!(out, "\n{}", outcome.word().to_uppercase())?;
        }
        for finding in these {
            writeln!(out, "  {} — {}. {}", finding.id, finding.why, finding.action)?;
            if let Some(overridden) = &finding.overridden {
                writeln!(out, "    OVERRIDDEN by {overridden}")?;
            }
            for figure in finding
                .evidence
                .iter()
                .filter(|figure| finding.id == "inr" || !figure.conflicts_with.is_empty())
            {
                let mark = if figure.unverified { " [unverified]" } else { "" };
                writeln!(out, "    {}{mark}", figure.statement)?;
            }
        }
    }
    let clear: Vec<&str> =
        a.findings.iter().filter(|f| f.outcome == Outcome::Clear).map(|f| f.id.as_str()).collect();
    writeln!(out, "\nCLEAR\n  {}", clear.join(", "))
}

fn doses(out: &mut String, a: &Assessment) -> std::fmt::Result {
    let doses = &a.doses;
    writeln!(out, "\nLocal anaesthetic ({})", doses.weight_basis)?;
    for line in &doses.lines {
        let given = if line.given { " (given)" } else { "" };
        writeln!(
            out,
            "  {}{given}: {} mg of {} mg, {} %",
            line.syringe,
            tidy(line.mass_mg),
            tidy(line.ceiling_mg),
            tidy(100.0 * line.share)
        )?;
    }
    if !doses.reductions.is_empty() {
        writeln!(
            out,
            "  Ceilings reduced to {} %: {}",
            tidy(100.0 * doses.factor),
            doses.reductions.join(", ")
        )?;
    }
    if let (Some(share), Some(lowest)) = (doses.share, doses.share_by_lowest_figure) {
        writeln!(
            out,
            "  Together {} % of the maximum ({} % by the lowest published figures)",
            tidy(100.0 * share),
            tidy(100.0 * lowest)
        )?;
    }
    writeln!(out, "  Observe for at least {} min (unverified)", tidy(doses.observe_min))?;
    if let Some(card) = &a.lipid_rescue {
        writeln!(
            out,
            "  Lipid rescue for {} kg, 20 % lipid. ASRA: bolus {} ml, then {}. AAGBI: bolus {} ml over 1 min, then {} ml/h. At most {} ml.",
            tidy(card.weight_kg),
            tidy(card.asra_bolus_ml),
            card.asra_infusion,
            tidy(card.aagbi_bolus_ml),
            tidy(card.aagbi_infusion_ml_h),
            tidy(card.maximum_ml)
        )?;
    }
    Ok(())
}

fn risks(out: &mut String, a: &Assessment) -> std::fmt::Result {
    writeln!(out, "\nWhat could go wrong (each source apart; 95 % intervals)")?;
    for risk in &a.risks {
        writeln!(out, "  {}", risk.name)?;
        for rate in &risk.rates {
            writeln!(out, "    {}", percent(rate))?;
        }
        if let Some(none) = &risk.no_rate {
            let bound = risk.at_most.map(|p| {
                let n = rami_evidence::figure("adverse.serious.pooled").n.unwrap_or_default();
                format!(
                    "; none was reported among {n} in small studies, so up to {} % fits (rule of three) [adverse.serious.pooled]",
                    tidy((1000.0 * p).round() / 10.0)
                )
            });
            writeln!(out, "    {none}{}", bound.unwrap_or_default())?;
            for figure in risk.beside.iter().filter(|figure| figure.key != "adverse.serious.pooled") {
                writeln!(out, "      beside it: {}", statement(figure))?;
            }
        }
        for why in &risk.for_this_person {
            writeln!(out, "    for this person: {why}; no figure says by how much it counts")?;
        }
        if let Some(p) = risk.plan_touches {
            writeln!(
                out,
                "    this plan's geometry: touches with probability {} % (beside, not multiplied in)",
                tidy(100.0 * p)
            )?;
        }
    }
    let benefit = &a.benefit;
    writeln!(out, "\nWhat could be gained (quality of evidence: {})", benefit.quality)?;
    for response in benefit.technical.iter().chain(&benefit.relief) {
        writeln!(out, "  {}, {}: {}", response.definition, response.time, percent(&response.rate))?;
    }
    if let Some(none) = &benefit.no_figure {
        writeln!(out, "  {none}")?;
    }
    for figure in &benefit.saline {
        writeln!(out, "  {}", statement(figure))?;
    }
    if let Some(none) = &benefit.no_saline {
        writeln!(out, "  {none}")?;
    }
    Ok(())
}

fn percent(rate: &Rate) -> String {
    format!(
        "{} % ({} to {} %{}; {}) [{}{}]",
        tidy((1000.0 * rate.probability).round() / 10.0),
        tidy((1000.0 * rate.low).round() / 10.0),
        tidy((1000.0 * rate.high).round() / 10.0),
        if rate.approximate { ", approximate" } else { "" },
        rate.observed,
        rate.figure.key,
        if rate.figure.unverified { ", unverified" } else { "" }
    )
}

/// Sentences of figures with their keys, under a heading.
fn statements(out: &mut String, heading: &str, figures: &[Cited]) -> std::fmt::Result {
    if figures.is_empty() {
        return writeln!(out, "  {heading}: none located");
    }
    writeln!(out, "  {heading}:")?;
    figures.iter().try_for_each(|figure| writeln!(out, "    {}", statement(figure)))
}

fn statement(figure: &Cited) -> String {
    let mark = if figure.unverified { ", unverified" } else { "" };
    format!("{} [{}{mark}]", figure.statement, figure.key)
}

/// Two significant digits, for ratios far below one.
fn significant(value: f64) -> String {
    if value >= 0.1 || value == 0.0 {
        tidy(value)
    } else {
        format!("{value:.1e}").parse::<f64>().unwrap_or(value).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_far_below_one_keep_two_digits_and_others_are_said_as_they_are() {
        assert_eq!(
            [0.0, 0.1, 2.35, 0.043_21, 0.000_98].map(significant),
            ["0", "0.1", "2.35", "0.043", "0.00098"]
        );
    }
}
