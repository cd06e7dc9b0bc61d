//! What could be gained: that the block takes, and that pain eases, apart; each by its source's own definition and time.

use crate::evidence::{Cited, cite_all};
use crate::indication::{Indication, facts};
use crate::rate::{Rate, rate};
use schemars::JsonSchema;
use serde::Serialize;

/// A share of people, as one source counted it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Response {
    /// What counted as a response.
    pub definition: String,
    /// When it was measured.
    pub time: String,
    /// The share, with its interval.
    pub rate: Rate,
}

/// What could be gained in one indication.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Benefit {
    /// That the leg warms: technical success.
    pub technical: Vec<Response>,
    /// That pain eases, by source. Empty when there is no figure.
    pub relief: Vec<Response>,
    /// `no figure`, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_figure: Option<String>,
    /// What saline did, and anaesthetic in the same study.
    pub saline: Vec<Cited>,
    /// `no study compared…`, where saline was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_saline: Option<String>,
    /// Quality of the evidence in words.
    pub quality: String,
    /// Why technical success does not mean relief.
    pub apart: Vec<Cited>,
}

/// What could be gained by the block in this indication.
#[must_use]
pub fn benefit(indication: Indication) -> Benefit {
    let facts = facts(indication);
    let technical = [("confirmation.success.l2", "L2"), ("confirmation.success.l4", "L4")]
        .iter()
        .filter_map(|(key, level)| {
            Some(Response {
                definition: format!("the leg warms and other signs show, at {level}"),
                time: "after the block".into(),
                rate: rate(key, None, false)?,
            })
        })
        .collect();
    let relief: Vec<Response> = facts
        .benefit
        .iter()
        .filter_map(|figure| {
            let rate = rate(&figure.key, figure.of, false)?;
            Some(Response { definition: figure.definition.clone(), time: figure.time.clone(), rate })
        })
        .collect();
    let apart = [
        "confirmation.warming_vs_relief.nam",
        "confirmation.warming_vs_relief.van_eijs",
        "confirmation.warming_vs_relief.neurolysis",
        "confirmation.warming_vs_relief.tran",
    ];
    Benefit {
        no_figure: relief.is_empty().then(|| "no figure for relief of pain by this block".into()),
        technical,
        relief,
        no_saline: facts
            .saline
            .is_empty()
            .then(|| "no study compared this block with saline in this condition: how much of any relief saline would give is not known".into()),
        saline: cite_all(&facts.saline),
        quality: facts.quality.clone(),
        apart: cite_all(&apart),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crps_has_every_source_apart_and_the_saline_figure_beside() {
        let benefit = benefit(Indication::Crps);
        assert_eq!(benefit.relief.len(), 6);
        assert!(benefit.saline.iter().any(|figure| figure.key == "efficacy.saline.peak_relief"));
        assert_eq!(benefit.technical.len(), 2);
        assert!(benefit.no_saline.is_none() && benefit.no_figure.is_none());
    }

    #[test]
    fn where_there_is_no_figure_it_says_so() {
        for indication in [
            Indication::LowBackPain,
            Indication::Raynaud,
            Indication::PhantomLimb,
            Indication::PostHerpeticPain,
        ] {
            let benefit = benefit(indication);
            assert!(benefit.relief.is_empty() && benefit.no_figure.is_some());
            assert!(benefit.saline.is_empty() && benefit.no_saline.is_some());
        }
    }
}
