//! What the guide says in numbers: what may get better and what may go wrong, each source apart, with its range.

use super::guide::{Writer, said};
use super::icons::icon_array;
use crate::rate::Rate;
use crate::risk::Risk;
use rami_evidence::value;
use rami_pdf::{Block, Cell, Figure, Table};

/// Harms drawn as icon arrays: those with a rate that a person would want to picture.
const DRAWN: &[&str] = &["any_transient", "leg_numbness", "vasovagal", "failure"];

impl Writer<'_> {
    pub(super) fn gain(&self) -> Vec<Block> {
        let w = self.words;
        let benefit = &self.assessment.benefit;
        let mut blocks = vec![
            said(w.condition(self.id).gain.as_str()),
            said(w.fill("quality", &[("quality", w.quality(self.id))])),
            self.paragraph("icon_legend"),
        ];
        // What the person feels comes before what the team measures.
        let relief: Vec<Figure> = benefit
            .relief
            .iter()
            .enumerate()
            .map(|(i, response)| {
                self.figure(&format!("gain-{i}"), w.benefit(&response.rate.figure.key), &response.rate)
            })
            .collect();
        blocks.push(Block::Heading { level: 3, text: w.text("gain_relief_h").into() });
        if relief.is_empty() {
            blocks.push(self.paragraph("gain_none"));
        } else {
            blocks.push(Block::Figures(relief));
        }
        if !benefit.saline.is_empty() {
            let hours = |key: &str| value(key).round().to_string();
            let (saline, drug) = (hours("efficacy.saline.duration"), hours("efficacy.anaesthetic.duration"));
            let told = w.fill("gain_saline", &[("saline", &saline), ("drug", &drug)]);
            let unchecked = benefit.saline.iter().any(|figure| figure.unverified);
            blocks.push(said(if unchecked { format!("{told} {}", w.text("unchecked")) } else { told }));
        } else {
            blocks.push(self.paragraph("gain_no_saline"));
        }
        let warm = benefit.technical.iter().enumerate().map(|(i, response)| {
            let level = level_of(&response.rate.figure.key).unwrap_or_default();
            let title = self.of_the_part(&w.fill("gain_warm", &[("level", &level)]));
            self.figure(&format!("gain-warm-{i}"), &title, &response.rate)
        });
        blocks.push(Block::Heading { level: 3, text: w.text("gain_warm_h").into() });
        blocks.push(Block::Figures(warm.collect()));
        blocks
    }

    /// An icon array with its title and what it says in words, both ways round.
    fn figure(&self, id: &str, title: &str, rate: &Rate) -> Figure {
        let w = self.words;
        let (low, high) = (rate.fewest_of_100, rate.most_of_100);
        let texts =
            [of_100(rate.probability), of_100(1.0 - rate.probability), low.to_string(), high.to_string()];
        let places: Vec<(&str, &str)> =
            ["best", "rest", "low", "high"].into_iter().zip(texts.iter().map(String::as_str)).collect();
        let told = w.fill("icon_best", &places);
        let mut rough = String::new();
        for (said, key) in [(rate.approximate, "icon_approximate"), (rate.figure.unverified, "unchecked")] {
            if said {
                rough = format!("{rough} {}", w.text(key));
            }
        }
        Figure {
            id: id.into(),
            title: title.into(),
            drawing: icon_array(low, high),
            alternative: format!("{title}. {told}"),
            caption: vec![format!("{told}{rough}"), w.fill("icon_key", &places)],
        }
    }

    pub(super) fn harm(&self) -> Vec<Block> {
        let w = self.words;
        let risks = &self.assessment.risks;
        let drawn = risks.iter().filter(|risk| DRAWN.contains(&risk.id.as_str())).filter_map(|risk| {
            // Where sources are of several levels, the worst is drawn and the table has all.
            let worst = risk.rates.iter().max_by(|a, b| a.probability.total_cmp(&b.probability))?;
            Some(self.figure(&format!("harm-{}", risk.id), &self.of_the_part(w.harm(&risk.id)), worst))
        });
        let rows = risks
            .iter()
            .map(|risk| {
                vec![Cell::line(self.of_the_part(w.harm(&risk.id))), Cell::Lines(self.how_often(risk))]
            })
            .collect();
        let table = Table {
            caption: w.text("harm_table").into(),
            head: vec![w.text("harm_column").into(), w.text("harm_rate_column").into()],
            widths: vec![1.0, 1.3],
            rows,
        };
        vec![self.paragraph("harm_intro"), Block::Figures(drawn.collect()), Block::Table(table)]
    }

    fn how_often(&self, risk: &Risk) -> Vec<String> {
        let w = self.words;
        let mut lines: Vec<String> = risk
            .rates
            .iter()
            .map(|rate| {
                let (low, high) = (rate.fewest_of_100.to_string(), rate.most_of_100.to_string());
                let best = of_100(rate.probability);
                let told = w.fill("harm_range", &[("best", &best), ("low", &low), ("high", &high)]);
                let told =
                    if rate.figure.unverified { format!("{told}. {}", w.text("unchecked")) } else { told };
                match level_of(&rate.figure.key) {
                    Some(level) => format!("{level}: {told}"),
                    None => told,
                }
            })
            .collect();
        if lines.is_empty() {
            lines.push(match risk.at_most {
                Some(p) => {
                    let n = rami_evidence::figure("adverse.serious.pooled").n.unwrap_or_default().to_string();
                    w.fill("harm_bound", &[("n", &n), ("share", &of_100(p))])
                }
                None => w.text("harm_no_rate").into(),
            });
        }
        if let Some(p) = risk.plan_touches {
            // Nobody is helped by "about 0 of 100": a path may still wander further than any that was drawn.
            let (key, what) = (if p < 0.01 { "harm_plan_rare" } else { "harm_plan" }, w.touch(&risk.id));
            lines.push(w.fill(key, &[("what", what), ("share", &of_100(p))]));
        }
        lines
    }
}

/// A probability as a number out of 100: whole, or "<1" and ">99" at the ends that are not reached.
fn of_100(p: f64) -> String {
    let hundredths = 100.0 * p;
    if hundredths > 0.0 && hundredths < 1.0 {
        "<1".into()
    } else if hundredths < 100.0 && hundredths > 99.0 {
        ">99".into()
    } else {
        format!("{hundredths:.0}")
    }
}

fn level_of(key: &str) -> Option<String> {
    let last = key.rsplit('.').next()?;
    (last.len() == 2 && last.starts_with('l')).then(|| last.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_100_never_says_none_or_all_of_what_is_not() {
        let said = [0.0, 0.004, 0.01, 0.5, 0.99, 0.996, 1.0].map(of_100);
        assert_eq!(said, ["0", "<1", "1", "50", "99", ">99", "100"]);
    }

    #[test]
    fn a_level_is_the_last_part_of_a_key_and_nothing_like_it() {
        let said = ["plan.l3", "harm.last", "harm.ct", "l"].map(level_of);
        assert_eq!(said, [Some("L3".to_owned()), None, None, None]);
    }
}
