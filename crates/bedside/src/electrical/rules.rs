//! The rules of the evidence on what a response means. They contradict each other, and no rule here decides between
//! them.

use rami_evidence::value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule says of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSays {
    /// What was found is the wanted sign of the trunk.
    WantedSign,
    /// The place is accepted.
    Accept,
    /// The place is rejected.
    Reject,
    /// The rule does not apply to what was found.
    NotMet,
    /// The stimulus needed to apply it was not given.
    NotTested,
}

impl std::fmt::Display for RuleSays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WantedSign => "the wanted sign",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::NotMet => "not met",
            Self::NotTested => "not tested",
        })
    }
}

/// A rule applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedRule {
    /// Row of the evidence.
    pub row: String,
    /// What it demands.
    pub rule: String,
    /// What it says here.
    pub says: RuleSays,
    /// Why.
    pub reason: String,
}

/// What was found, in volts at the generator.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Found {
    /// Least voltage at which tingling is felt anywhere, at 50 Hz.
    pub(crate) sensory_v: Option<f64>,
    /// The same in buttock or leg.
    pub(crate) buttock_leg_v: Option<f64>,
    /// The same in groin or thigh.
    pub(crate) groin_thigh_v: Option<f64>,
    /// Least voltage at which a muscle twitches, at 2 Hz.
    pub(crate) motor_v: Option<f64>,
    /// Impedance at the tip.
    pub(crate) impedance_ohm: f64,
    /// Highest voltage given at 50 Hz; none if that was not tried.
    pub(crate) sensory_up_to_v: Option<f64>,
    /// Highest voltage given at 2 Hz; none if that was not tried.
    pub(crate) motor_up_to_v: Option<f64>,
}

/// All three, and the conflicts between what they say.
pub(crate) fn apply(found: &Found) -> (Vec<AppliedRule>, Vec<String>) {
    let rules = [wanted_sign(found), no_motor(found), common(found)];
    let mut conflicts = Vec::new();
    if rules[0].says == RuleSays::WantedSign && rules[2].says == RuleSays::Reject {
        conflicts.push(
            "A28 takes tingling at this voltage as the wanted sign of the trunk; A30 rejects a tip that gives it, as \
             too near a somatic nerve. The evidence does not settle which is right (A28 rests on two patients, A30 on \
             convention), so both are shown and neither is applied."
                .to_owned(),
        );
    }
    if rules[1].says == RuleSays::Accept && rules[2].says == RuleSays::Reject {
        conflicts.push(
            "A29 accepts this tip, because no muscle twitched; A30 rejects it for what was felt or for the ratio of \
             motor to sensory threshold."
                .to_owned(),
        );
    }
    (rules.into(), conflicts)
}

fn rule(row: &str, rule: String, says: RuleSays, reason: String) -> AppliedRule {
    AppliedRule { row: row.to_owned(), rule, says, reason }
}

fn wanted_sign(found: &Found) -> AppliedRule {
    let (volts, ohm) = (value("technique.mapping.sensory_threshold"), value("technique.mapping.impedance"));
    let demands = format!(
        "tingling in the same side's buttock or leg below {volts} V at 50 Hz, impedance at most {ohm} ohm"
    );
    let (says, reason) = match (found.sensory_up_to_v, found.buttock_leg_v) {
        (None, _) => (RuleSays::NotTested, "no 50 Hz stimulus was given".to_owned()),
        (_, Some(v)) if v < volts && found.impedance_ohm <= ohm => {
            (RuleSays::WantedSign, format!("felt at {v:.2} V with {:.0} ohm", found.impedance_ohm))
        }
        (_, Some(v)) if v < volts => (
            RuleSays::NotMet,
            format!("felt at {v:.2} V, but the impedance is {:.0} ohm", found.impedance_ohm),
        ),
        (_, Some(v)) => (RuleSays::NotMet, format!("first felt there at {v:.2} V")),
        (Some(top), None) => (RuleSays::NotMet, format!("nothing felt there up to {top:.2} V")),
    };
    rule("A28", demands, says, reason)
}

fn no_motor(found: &Found) -> AppliedRule {
    let volts = value("technique.mapping.motor_safe");
    let demands = format!("no motor response up to {volts:.1} V at 2 Hz");
    let (says, reason) = match (found.motor_up_to_v, found.motor_v) {
        (None, _) => (RuleSays::NotTested, "no 2 Hz stimulus was given".to_owned()),
        (_, Some(v)) if v <= volts => (RuleSays::Reject, format!("twitch at {v:.2} V")),
        (Some(top), _) if top < volts => {
            (RuleSays::NotTested, format!("the ramp ended at {top:.2} V, below what the rule asks for"))
        }
        _ => (RuleSays::Accept, format!("no twitch up to {volts:.1} V")),
    };
    rule("A29", demands, says, reason)
}

fn common(found: &Found) -> AppliedRule {
    let sensory = value("technique.mapping.reject_sensory_below");
    let motor = value("technique.mapping.reject_motor_below");
    let demands = format!(
        "reject if groin or thigh feel less than {sensory} V at 50 Hz, or a muscle twitches below {motor} V at 2 Hz or below twice the sensory threshold"
    );
    let twice = found.sensory_v.map(|v| 2.0 * v);
    let (says, reason) = if let Some(v) = found.groin_thigh_v.filter(|&v| v < sensory) {
        (RuleSays::Reject, format!("groin or thigh felt {v:.2} V"))
    } else if let Some(v) = found.motor_v.filter(|&v| v < motor) {
        (RuleSays::Reject, format!("twitch at {v:.2} V"))
    } else if let (Some(v), Some(twice)) = (found.motor_v, twice.filter(|&t| found.motor_v < Some(t))) {
        (RuleSays::Reject, format!("twitch at {v:.2} V, below twice the sensory threshold ({twice:.2} V)"))
    } else if found.sensory_up_to_v.is_none_or(|top| top < sensory)
        || found.motor_up_to_v.is_none_or(|top| top < motor)
    {
        (RuleSays::NotTested, format!("needs 50 Hz up to {sensory} V and 2 Hz up to {motor} V"))
    } else {
        (RuleSays::Accept, "nothing below its limits".to_owned())
    };
    rule("A30", demands, says, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried() -> Found {
        Found {
            impedance_ohm: 250.0,
            sensory_up_to_v: Some(3.0),
            motor_up_to_v: Some(3.0),
            ..Found::default()
        }
    }

    #[test]
    fn tingling_in_the_thigh_at_little_voltage_is_wanted_by_one_rule_and_rejected_by_another() {
        let found =
            Found { sensory_v: Some(0.6), buttock_leg_v: Some(0.6), groin_thigh_v: Some(0.6), ..tried() };
        let (rules, conflicts) = apply(&found);
        assert_eq!(rules[0].says, RuleSays::WantedSign);
        assert_eq!(rules[2].says, RuleSays::Reject);
        assert!(conflicts.iter().any(|c| c.contains("A28") && c.contains("A30")));
    }

    #[test]
    fn a_tingling_groin_is_no_sign_of_the_trunk() {
        let found = Found { sensory_v: Some(0.6), groin_thigh_v: Some(0.6), ..tried() };
        let (rules, conflicts) = apply(&found);
        assert_eq!((rules[0].says, rules[2].says), (RuleSays::NotMet, RuleSays::Reject));
        assert!(!conflicts.iter().any(|c| c.contains("A28")));
    }

    #[test]
    fn silence_up_to_the_limits_is_accepted_without_conflict_and_a_short_ramp_is_not_enough() {
        let (rules, conflicts) = apply(&tried());
        assert_eq!((rules[1].says, rules[2].says), (RuleSays::Accept, RuleSays::Accept));
        assert!(conflicts.is_empty());
        let short = Found { motor_up_to_v: Some(1.0), ..tried() };
        assert_eq!(apply(&short).0[1].says, RuleSays::NotTested);
        assert_eq!(apply(&short).0[2].says, RuleSays::NotTested);
    }

    #[test]
    fn a_twitch_below_twice_the_sensory_threshold_is_rejected() {
        let found = Found { sensory_v: Some(1.4), motor_v: Some(2.5), ..tried() };
        let (rules, _) = apply(&found);
        assert_eq!(rules[2].says, RuleSays::Reject);
        assert_eq!(rules[1].says, RuleSays::Accept);
    }
}
