//! Worked examples: one made-up person per indication, in `charts/`.

use super::Indication;

/// Every indication with the chart of its worked example, as TOML.
pub const EXAMPLES: [(Indication, &str); 7] = [
    (Indication::Crps, include_str!("../../charts/crps.toml")),
    (Indication::LowBackPain, include_str!("../../charts/low_back_pain.toml")),
    (Indication::ArterialInsufficiency, include_str!("../../charts/arterial_insufficiency.toml")),
    (Indication::Raynaud, include_str!("../../charts/raynaud.toml")),
    (Indication::PhantomLimb, include_str!("../../charts/phantom_limb.toml")),
    (Indication::PostHerpeticPain, include_str!("../../charts/post_herpetic_pain.toml")),
    (Indication::Hyperhidrosis, include_str!("../../charts/hyperhidrosis.toml")),
];

/// The worked example of one indication.
#[must_use]
pub fn example(indication: Indication) -> &'static str {
    EXAMPLES.iter().find(|(of, _)| *of == indication).map_or("", |(_, chart)| chart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chart;

    #[test]
    fn every_indication_has_an_example_that_is_of_it() {
        for indication in Indication::ALL {
            assert_eq!(Chart::from_toml(example(indication)).unwrap().complaint.indication, indication);
        }
    }
}
