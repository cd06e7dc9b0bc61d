//! Syringes as people write them.
//!
//! ```text
//! sequence = syringe { ";" syringe }
//! syringe  = AGENT [ STRENGTH ] VOLUME [ "@" RATE ] [ "+ adrenaline" ( "1:" N | NUMBER "ug/ml" ) ]
//! STRENGTH = NUMBER "%"  |  NUMBER "mg/ml"  |  NUMBER [ "mgI/ml" ]   (the last for contrast alone)
//! VOLUME   = NUMBER "ml"        RATE = NUMBER ( "ml/s" | "ml/min" )
//! ```
//!
//! Case does not matter, nor does a space between a number and its unit. A strength stronger than any that is sold is
//! refused: it is nearly always per cent for mg/ml or a lost decimal point.

use crate::{Agent, AgentClass, Dose, FormularyError, agent};
use rami_units::{Mg, MgPerMl, Ml, MlPerSecond, QuantityError, Seconds, percent_to_mg_per_ml};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The largest syringe in use, in ml.
const LARGEST_ML: f64 = 60.0;
/// Faster than any thumb, in ml/s.
const FASTEST_ML_S: f64 = 5.0;

/// An agent at a concentration, a volume, and perhaps the rate it is given at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Syringe {
    /// Which agent.
    pub agent: &'static Agent,
    /// How strong.
    pub content: Content,
    /// How much fluid.
    pub volume: Ml,
    /// How fast, where it was said.
    pub rate: Option<MlPerSecond>,
    /// Adrenaline in the same fluid.
    pub adrenaline: Option<Adrenaline>,
}

/// How strong the fluid is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content {
    /// Drug per ml.
    Drug(MgPerMl),
    /// Iodine per ml.
    Iodine(MgPerMl),
    /// Saline: nothing that counts.
    Inert,
}

/// Adrenaline in µg/ml: 5 is 1:200,000.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adrenaline {
    /// Concentration in µg/ml.
    pub ug_per_ml: f64,
}

/// A syringe that cannot be read, or should not be filled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SyringeError {
    /// Nobody knows the agent.
    #[error(transparent)]
    Agent(#[from] FormularyError),
    /// A number that is not the quantity.
    #[error("in {text:?}: {source}")]
    Quantity {
        /// The syringe as written.
        text: String,
        /// What is wrong with the number.
        source: QuantityError,
    },
    /// Something is missing.
    #[error("{text:?} has no {what}: write for example {example:?}")]
    Missing {
        /// The syringe as written.
        text: String,
        /// What is missing.
        what: &'static str,
        /// How it could look.
        example: &'static str,
    },
    /// A word that fits nowhere.
    #[error(
        "cannot read {word:?} in {text:?}: a syringe is `AGENT STRENGTH VOLUMEml [@RATEml/s] [+ adrenaline 1:200000]`"
    )]
    Word {
        /// The syringe as written.
        text: String,
        /// The word.
        word: String,
    },
    /// Stronger than anything sold.
    #[error(
        "{agent} at {strength} is stronger than any that is sold (at most {strongest}): per cent and mg/ml confused, or a decimal point lost?"
    )]
    TooStrong {
        /// The agent.
        agent: String,
        /// The strength as read.
        strength: String,
        /// The strongest there is.
        strongest: String,
    },
    /// Out of the range of a syringe.
    #[error("{what} of {value} in {text:?} is outside {low} to {high}")]
    Range {
        /// The syringe as written.
        text: String,
        /// Volume or rate.
        what: &'static str,
        /// As read.
        value: f64,
        /// Smallest, exclusive.
        low: f64,
        /// Largest, inclusive.
        high: f64,
    },
}

impl Syringe {
    /// Mass of drug in the syringe; zero for contrast and saline.
    #[must_use]
    pub fn mass(&self) -> Mg {
        match self.content {
            Content::Drug(concentration) => concentration * self.volume,
            Content::Iodine(_) | Content::Inert => Mg::ZERO,
        }
    }

    /// Concentration of drug; zero for contrast and saline.
    #[must_use]
    pub fn drug_concentration(&self) -> MgPerMl {
        match self.content {
            Content::Drug(concentration) => concentration,
            Content::Iodine(_) | Content::Inert => MgPerMl::ZERO,
        }
    }

    /// What the dose ledger must count; nothing for what is not a local anaesthetic.
    #[must_use]
    pub fn dose(&self) -> Option<Dose> {
        self.agent.is_anaesthetic().then(|| Dose {
            agent: self.agent,
            mass: self.mass(),
            adrenaline: self.adrenaline.is_some(),
        })
    }

    /// How long emptying it takes, where a rate was said.
    #[must_use]
    pub fn duration(&self) -> Option<Seconds> {
        self.rate.map(|rate| Seconds::literal(self.volume.get() / rate.get()))
    }
}

/// Reads syringes with `;` between them, in the order they are given.
///
/// # Errors
/// [`SyringeError`] of the first that cannot be read.
pub fn parse_sequence(text: &str) -> Result<Vec<Syringe>, SyringeError> {
    let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err(SyringeError::Missing { text: text.into(), what: "syringe", example: EXAMPLE });
    }
    parts.into_iter().map(str::parse).collect()
}

const EXAMPLE: &str = "bupivacaine 0.25% 10ml @0.2ml/s";

impl FromStr for Syringe {
    type Err = SyringeError;

    fn from_str(text: &str) -> Result<Self, SyringeError> {
        let (body, adrenaline) = split_adrenaline(text)?;
        let tokens = tokens(&body);
        let name: Vec<&str> =
            tokens.iter().take_while(|t| t.number.is_none() && !t.at).map(|t| t.word.as_str()).collect();
        let agent = agent(&name.join(" "))?;
        let mut reader = Reader { text, agent, content: None, volume: None, rate: None };
        for token in &tokens[name.len()..] {
            reader.take(token)?;
        }
        reader.finish(adrenaline)
    }
}

/// A number with its unit, or a word; `at` when it follows `@`.
struct Token {
    word: String,
    number: Option<f64>,
    at: bool,
}

/// Splits at spaces and `@`, and joins a number with the unit that follows it.
fn tokens(text: &str) -> Vec<Token> {
    let spaced = text.to_lowercase().replace('@', " @ ");
    let mut out: Vec<Token> = Vec::new();
    let mut at = false;
    for piece in spaced.split_whitespace() {
        if piece == "@" {
            at = true;
            continue;
        }
        let digits = piece.len() - piece.trim_start_matches(|c: char| "+-.0123456789".contains(c)).len();
        if digits > 0 {
            out.push(Token {
                word: piece[digits..].into(),
                number: piece[..digits].parse().ok().or(Some(f64::NAN)),
                at,
            });
            at = false;
        } else {
            match out.last_mut() {
                Some(last) if last.number.is_some() && last.word.is_empty() && !at => {
                    last.word = piece.into()
                }
                _ => {
                    out.push(Token { word: piece.into(), number: None, at });
                    at = false;
                }
            }
        }
    }
    out
}

/// Fills the fields of one syringe, token by token.
struct Reader<'a> {
    text: &'a str,
    agent: &'static Agent,
    content: Option<Content>,
    volume: Option<Ml>,
    rate: Option<MlPerSecond>,
}

impl Reader<'_> {
    fn take(&mut self, token: &Token) -> Result<(), SyringeError> {
        let contrast = self.agent.class == AgentClass::Contrast;
        let Some(number) = token.number else { return Err(self.unreadable(token)) };
        match (token.word.as_str(), token.at) {
            ("ml/s", true) if self.rate.is_none() => self.rate = Some(self.rate_of(number)?),
            ("ml/min", true) if self.rate.is_none() => self.rate = Some(self.rate_of(number / 60.0)?),
            ("ml", false) if self.volume.is_none() => self.volume = Some(self.volume_of(number)?),
            ("%", false) if self.content.is_none() && !contrast => {
                let concentration = percent_to_mg_per_ml(number).map_err(|e| self.quantity(e))?;
                self.content = Some(Content::Drug(self.strength(concentration)?));
            }
            ("mg/ml", false) if self.content.is_none() && !contrast => {
                let concentration = MgPerMl::new(number).map_err(|e| self.quantity(e))?;
                self.content = Some(Content::Drug(self.strength(concentration)?));
            }
            ("" | "mgi/ml", false) if self.content.is_none() && contrast => {
                let iodine = MgPerMl::new(number).map_err(|e| self.quantity(e))?;
                self.content = Some(Content::Iodine(self.strength(iodine)?));
            }
            _ => return Err(self.unreadable(token)),
        }
        Ok(())
    }

    fn finish(self, adrenaline: Option<Adrenaline>) -> Result<Syringe, SyringeError> {
        let missing = |what, example| SyringeError::Missing { text: self.text.into(), what, example };
        let content = match (self.agent.class, self.content) {
            (AgentClass::Saline, _) => Content::Inert,
            (AgentClass::Contrast, None) => return Err(missing("iodine concentration", "iohexol 300 1ml")),
            (_, None) => return Err(missing("strength", EXAMPLE)),
            (_, Some(content)) => content,
        };
        let volume = self.volume.ok_or_else(|| missing("volume", EXAMPLE))?;
        Ok(Syringe { agent: self.agent, content, volume, rate: self.rate, adrenaline })
    }

    /// Refuses zero, and what is stronger than the strongest in the formulary.
    fn strength(&self, concentration: MgPerMl) -> Result<MgPerMl, SyringeError> {
        let contrast = self.agent.class == AgentClass::Contrast;
        let (scale, unit) = if contrast { (1.0, "mgI/ml") } else { (0.1, "%") };
        let strongest = self.agent.strengths.iter().copied().fold(0.0, f64::max);
        let strength = concentration.get() * scale;
        if strength > strongest * (1.0 + 1e-9) {
            return Err(SyringeError::TooStrong {
                agent: self.agent.name.clone(),
                strength: format!("{strength} {unit}"),
                strongest: format!("{strongest} {unit}"),
            });
        }
        self.range("a strength", strength, strongest)?;
        Ok(concentration)
    }

    fn volume_of(&self, number: f64) -> Result<Ml, SyringeError> {
        let volume = Ml::new(number).map_err(|e| self.quantity(e))?;
        self.range("a volume (ml)", number, LARGEST_ML)?;
        Ok(volume)
    }

    fn rate_of(&self, ml_s: f64) -> Result<MlPerSecond, SyringeError> {
        let rate = MlPerSecond::new(ml_s).map_err(|e| self.quantity(e))?;
        self.range("a rate (ml/s)", ml_s, FASTEST_ML_S)?;
        Ok(rate)
    }

    fn range(&self, what: &'static str, value: f64, high: f64) -> Result<(), SyringeError> {
        if value > 0.0 && value <= high * (1.0 + 1e-9) {
            return Ok(());
        }
        Err(SyringeError::Range { text: self.text.into(), what, value, low: 0.0, high })
    }

    fn quantity(&self, source: QuantityError) -> SyringeError {
        SyringeError::Quantity { text: self.text.into(), source }
    }

    fn unreadable(&self, token: &Token) -> SyringeError {
        let number = token.number.map(|n| n.to_string()).unwrap_or_default();
        SyringeError::Word { text: self.text.into(), word: format!("{number}{}", token.word) }
    }
}

/// Takes `+ adrenaline …` (or `with epinephrine …`) off the end.
fn split_adrenaline(text: &str) -> Result<(String, Option<Adrenaline>), SyringeError> {
    let lower = text.to_lowercase();
    let Some((at, word)) =
        ["adrenaline", "epinephrine"].iter().find_map(|word| lower.find(word).map(|at| (at, *word)))
    else {
        return Ok((lower, None));
    };
    let body = lower[..at].trim_end().trim_end_matches('+').trim_end_matches("with").trim_end().to_string();
    let amount = lower[at + word.len()..].replace([' ', ','], "").replace('µ', "u");
    let ug_per_ml = amount
        .strip_prefix("1:")
        .and_then(|dilution| dilution.parse::<f64>().ok())
        .map(|dilution| 1e6 / dilution)
        .or_else(|| amount.strip_suffix("ug/ml").or_else(|| amount.strip_suffix("mcg/ml"))?.parse().ok())
        .ok_or_else(|| SyringeError::Missing {
            text: text.into(),
            what: "adrenaline concentration",
            example: "lidocaine 1% 10ml + adrenaline 1:200000",
        })?;
    // 1:80,000 is the strongest in dental cartridges.
    if !(ug_per_ml > 0.0 && ug_per_ml <= 12.5) {
        let what = "an adrenaline concentration (µg/ml)";
        return Err(SyringeError::Range { text: text.into(), what, value: ug_per_ml, low: 0.0, high: 12.5 });
    }
    Ok((body, Some(Adrenaline { ug_per_ml })))
}

impl fmt::Display for Syringe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.agent.name)?;
        match self.content {
            Content::Drug(concentration) => write!(f, " {}%", tidy(concentration.get() / 10.0))?,
            Content::Iodine(concentration) => write!(f, " {}", tidy(concentration.get()))?,
            Content::Inert => {}
        }
        write!(f, " {}ml", tidy(self.volume.get()))?;
        if let Some(rate) = self.rate {
            write!(f, " @{}ml/s", tidy(rate.get()))?;
        }
        if let Some(adrenaline) = self.adrenaline {
            write!(f, " + adrenaline {}ug/ml", tidy(adrenaline.ug_per_ml))?;
        }
        Ok(())
    }
}

/// Twelve significant decimals without trailing noise: 0.1 × 3 prints as 0.3.
fn tidy(value: f64) -> f64 {
    (value * 1e12).round() / 1e12
}

/// The form a syringe takes in JSON: the text of the grammar above.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Written(String);

impl From<Syringe> for Written {
    fn from(syringe: Syringe) -> Self {
        Self(syringe.to_string())
    }
}

impl TryFrom<Written> for Syringe {
    type Error = SyringeError;
    fn try_from(text: Written) -> Result<Self, SyringeError> {
        text.0.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Syringe {
        text.parse().unwrap()
    }

    #[test]
    fn the_usual_block_is_twenty_five_milligrams_over_fifty_seconds() {
        let syringe = read("bupivacaine 0.25% 10ml @0.2ml/s");
        assert_eq!(syringe.mass(), Mg::literal(25.0));
        assert_eq!(syringe.duration(), Some(Seconds::literal(50.0)));
        assert!(syringe.dose().is_some_and(|dose| !dose.adrenaline));
    }

    #[test]
    fn contrast_is_iodine_and_counts_as_no_drug() {
        let syringe = read("Omnipaque 300 1 ml");
        assert_eq!(syringe.content, Content::Iodine(MgPerMl::literal(300.0)));
        assert_eq!(syringe.mass(), Mg::ZERO);
        assert!(syringe.dose().is_none());
        assert_eq!(read("saline 10ml").content, Content::Inert);
    }

    #[test]
    fn spaces_case_and_units_are_read_as_written() {
        let plain = read("ropivacaine 0.5% 7ml @0.1ml/s");
        assert_eq!(read("ROPIVACAINE 0.5 % 7 ml @ 0.1 ml/s"), plain);
        assert_eq!(read("ropivacaine 5 mg/ml 7ml @6ml/min"), plain);
        assert_eq!(read("naropin 7ml 0.5% @.1ml/s"), plain);
    }

    #[test]
    fn adrenaline_is_read_both_ways() {
        let one = read("lidocaine 1% 15ml + adrenaline 1:200,000");
        assert_eq!(one, read("lidocaine 1% 15ml with epinephrine 5 ug/ml"));
        assert!(one.dose().unwrap().adrenaline);
    }

    #[test]
    fn a_sequence_keeps_its_order() {
        let sequence = parse_sequence("iohexol 300 1ml @0.2ml/s; bupivacaine 0.25% 10ml @0.2ml/s;").unwrap();
        let names: Vec<_> = sequence.iter().map(|s| s.agent.name.as_str()).collect();
        assert_eq!(names, ["iohexol", "bupivacaine"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("bupivacaine 2.5% 10ml", "stronger than any that is sold"),
            ("bupivacaine 10ml", "no strength"),
            ("bupivacaine 0.25%", "no volume"),
            ("iohexol 1ml", "no iodine concentration"),
            ("bupivacain 0.25% -3ml", "must not be negative"),
            ("bupivacaine 0% 10ml", "outside 0"),
            ("bupivacaine 0.25% 0ml", "outside 0"),
            ("bupivacaine 0.25% 100ml", "outside 0 to 60"),
            ("bupivacaine 0.25% 10ml @9ml/s", "outside 0 to 5"),
            ("bupivacaine 0.25 10ml", "cannot read"),
            ("bupivacaine 0,25% 10ml", "cannot read"),
            ("bupivacaine 0.25% 10ml 5ml", "cannot read"),
            ("bupivacaine 0.2.5% 10ml", "finite"),
            ("lidocaine 1% 10ml + adrenaline", "adrenaline concentration"),
            ("lidocaine 1% 10ml + adrenaline 1:1000", "outside 0 to 12.5"),
            ("procaine 1% 10ml", "no drug or contrast agent is called"),
            ("", "no drug"),
        ] {
            let error = text.parse::<Syringe>().unwrap_err().to_string();
            assert!(error.contains(says), "{text:?} says {error:?}, not {says:?}");
        }
        assert!(parse_sequence(" ; ").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(strength in 1u32..75, volume in 1u32..600, rate in proptest::option::of(1u32..50)) {
            let rate = rate.map(|r| format!(" @{}ml/s", f64::from(r) / 10.0)).unwrap_or_default();
            let text = format!("bupivacaine {}% {}ml{rate}", f64::from(strength) / 100.0, f64::from(volume) / 10.0);
            let syringe = read(&text);
            prop_assert_eq!(read(&syringe.to_string()), syringe.clone());
            let json = serde_json::to_string(&syringe).unwrap();
            prop_assert_eq!(serde_json::from_str::<Syringe>(&json).unwrap(), syringe);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Syringe>();
            let _ = parse_sequence(&text);
        }
    }
}
