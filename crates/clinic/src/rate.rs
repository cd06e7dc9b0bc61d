//! A probability from a published count, with its interval, and what it means among 100 people.

use crate::evidence::{Cited, cite};
use crate::stats::{beta_binomial, beta_quantile, central_95};
use rami_evidence::figure;
use schemars::JsonSchema;
use serde::Serialize;

/// A probability for one more person, from one source.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// The published figure.
    pub figure: Cited,
    /// Posterior mean of the rate.
    pub probability: f64,
    /// Lower end of the 95 % credible interval of the rate.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Fewest to expect among 100 people (95 %, beta-binomial: it includes chance).
    pub fewest_of_100: u32,
    /// Most to expect among 100 people.
    pub most_of_100: u32,
    /// What the source counted, `1 of 26`, or its share and n.
    pub observed: String,
    /// True when the source gives a share and not the events, so that the interval is approximate.
    pub approximate: bool,
}

/// The rate a figure gives; nothing when it has neither events and n nor a share and n.
///
/// `of` replaces the figure's own n, and `complement` asks for the share of those to whom it did not happen.
#[must_use]
pub fn rate(key: &str, of: Option<u32>, complement: bool) -> Option<Rate> {
    let figure = figure(key);
    let n = f64::from(of.or(figure.n)?);
    let share = match (figure.value, figure.unit.as_deref()) {
        (Some(percent), Some("%")) => percent / 100.0,
        (Some(share), Some("1")) if (0.0..=1.0).contains(&share) => share,
        _ => return None,
    };
    let events = figure.events.map_or(share * n, f64::from);
    let events = if complement { n - events } else { events };
    let (a, b) = (events + 0.5, n - events + 0.5);
    // At none or all of n the one-sided end of the interval is the edge itself.
    let low = if events == 0.0 { 0.0 } else { beta_quantile(0.025, a, b) };
    let high = if events == n { 1.0 } else { beta_quantile(0.975, a, b) };
    let (fewest_of_100, most_of_100) = central_95(&beta_binomial(100, a, b));
    let approximate = figure.events.is_none();
    let observed = if approximate {
        format!("{} % of {n}", crate::data::tidy(100.0 * events / n))
    } else {
        format!("{events} of {n}")
    };
    let probability = a / (a + b);
    Some(Rate {
        figure: cite(key),
        probability,
        low,
        high,
        fewest_of_100,
        most_of_100,
        observed,
        approximate,
    })
}

/// The rule of three: none among n, so with 95 % confidence at most about 3/n.
#[must_use]
pub fn rule_of_three(n: u32) -> f64 {
    (3.0 / f64::from(n.max(1))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_stands_on_its_events_and_its_interval_holds_the_share() {
        let rate = rate("adverse.intravascular_contrast", None, false).unwrap();
        assert!((rate.probability - 27.5 / 217.0).abs() < 1e-12);
        assert!(rate.low < 0.125 && rate.high > 0.125 && !rate.approximate);
        // Wilson's interval of the same count is 8.7 to 17.6 %; Jeffreys' agrees to half a per cent at this n.
        assert!((rate.low - 0.087).abs() < 0.005 && (rate.high - 0.176).abs() < 0.005);
        assert!(rate.fewest_of_100 < 12 && rate.most_of_100 > 13);
    }

    #[test]
    fn none_of_fifteen_begins_at_zero_and_leaves_room() {
        let rate = rate("adverse.genitofemoral.l2", None, false).unwrap();
        assert_eq!(rate.low, 0.0);
        assert!((0.10..0.22).contains(&rate.high), "{}", rate.high);
        assert!(rate.probability > 0.0);
    }

    #[test]
    fn the_complement_turns_success_into_failure() {
        let (success, failure) = (
            rate("confirmation.success.l2", None, false).unwrap(),
            rate("confirmation.success.l2", None, true).unwrap(),
        );
        assert!((success.probability + failure.probability - 1.0).abs() < 1e-12);
        assert!((success.low + failure.high - 1.0).abs() < 1e-9);
        assert!(success.approximate);
    }

    #[test]
    fn a_figure_that_is_no_proportion_gives_no_rate() {
        assert!(rate("confirmation.time_to_half", None, false).is_none());
        assert!(rate("adverse.last.this_block", None, false).is_none());
        // A ratio of two has no unit either and is no share.
        assert!(rate("needle.dry_to_lubricated", None, false).is_none());
    }

    #[test]
    fn a_share_without_a_unit_counts_like_per_cent() {
        let rate = rate("criteria.iasp_1994.specificity", None, false).unwrap();
        // 0.41 of 160, Jeffreys' mean.
        assert!((rate.probability - 66.1 / 161.0).abs() < 1e-12 && rate.approximate);
        assert_eq!(rate.observed, "41 % of 160");
    }

    #[test]
    fn the_rule_of_three_is_close_to_the_exact_bound() {
        // Exact: 1 − 0.05^(1/n).
        for n in [50, 172, 1000] {
            let exact = 1.0 - 0.05f64.powf(1.0 / f64::from(n));
            assert!((rule_of_three(n) - exact).abs() < 0.03 * exact + 1e-3, "{n}");
        }
        assert_eq!(rule_of_three(0), 1.0);
    }
}
