//! Typed commands.

use rami_anatomy::VertebralLevel;
use rami_procedure::action::{Action, Pattern, Sedation, Watch};
use rami_procedure::complication::{Complication, catalogue};
use rami_procedure::operator::{Seen, prepare, remedy};
use rami_procedure::session::Aim;

pub(super) const HELP: &str = "\
A block, typed. Nothing here is advice for the care of a person.
 before   prepare                 consent to numb skin, by the book, in one go
          or one by one: consent | check ITEM | sedation none|minimal|moderate | prone | monitor | acclimatise MIN
                         temp | clean | drape | draw LABEL CONTENT | timeout SIDE LEVEL | correct SIDE | numb ML
 plan     plan                    entry, target, needle and tunnel view of the plan
 x-ray    ap | tunnel | side      turn the C-arm              carm PRIMARY SECONDARY   to any angle
          shot                    one picture                 live SECONDS             the pedal
 needle   insert                  at the planned entry        + MM | - MM              push, pull
          turn DEG                the hub                     aim X,Y,Z                point a shallow needle at a target
          out                     take it out                 motor|sensory MA         stimulate
 fluid    aspirate                pull the syringe            inject LABEL ML [blind|spot|live|subtracted]
          call PATTERN            say what the contrast showed (call ? lists them)
 person   ask | vitals            talk, monitor               temp | leg               both feet, somatic examination
          wait SECONDS            let time pass               observe MINUTES          in recovery
 trouble  see NAME                name a complication (see ? lists them)
          treat REMEDY            right dose by weight        treat REMEDY DOSE        your dose (treat ? lists them)
 end      judge yes|no            did the block work          home                     checks, discharge, telephone
          follow DAY              telephone                   quit                     end here
 also     keys                    single keys for needle and C-arm        help | ?     this again
          { ... }                 any action as JSON, as in session.jsonl
Pictures are written to frames/ in --out as they are taken.";

/// What a line or key means.
pub(super) enum Meaning {
    /// Things to do.
    Do(Vec<Action>),
    /// Something to read.
    Tell(String),
    /// From now on single keys.
    Keys,
    /// From now on lines.
    Lines,
    /// The end.
    Quit,
}

impl Meaning {
    /// What a key's meaning is called, for those who press it.
    pub(super) fn echo(&self) -> String {
        match self {
            Self::Do(actions) => actions
                .iter()
                .map(|action| match action {
                    Action::Advance { mm } => format!("push {mm} mm"),
                    Action::Withdraw { mm } => format!("pull {mm} mm"),
                    Action::Rotate { deg } => format!("turn {deg}°"),
                    other => other.name().replace('_', " "),
                })
                .collect::<Vec<_>>()
                .join(", "),
            Self::Lines => "typing again".to_owned(),
            Self::Quit => "quit".to_owned(),
            Self::Tell(_) | Self::Keys => String::new(),
        }
    }
}

/// The words of a line.
struct Words<'l>(Vec<&'l str>);

impl<'l> Words<'l> {
    fn at(&self, index: usize) -> Result<&'l str, String> {
        self.0.get(index).copied().ok_or_else(|| format!("{:?} needs more; type help", self.0.join(" ")))
    }

    fn number(&self, index: usize) -> Result<f64, String> {
        let word = self.at(index)?;
        word.parse().map_err(|_| format!("{word:?} is no number"))
    }

    fn rest(&self, index: usize) -> String {
        self.0.get(index..).unwrap_or_default().join(" ")
    }
}

/// A name of one of a type's values, as documents write it.
fn named<T: serde::de::DeserializeOwned>(what: &str, word: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(word.to_lowercase()))
        .map_err(|_| format!("{word:?} is no {what}"))
}

/// What a line means.
pub(super) fn read(line: &str, aim: &Aim, seen: &Seen<'_>) -> Result<Meaning, String> {
    if line.is_empty() {
        return Ok(Meaning::Do(Vec::new()));
    }
    if line.starts_with('{') {
        let action: Action = serde_json::from_str(line).map_err(|error| error.to_string())?;
        return Ok(Meaning::Do(vec![action]));
    }
    let words = Words(line.split_whitespace().collect());
    let side = seen.setup.side;
    let one = |action: Action| Ok(Meaning::Do(vec![action]));
    match words.at(0)? {
        "help" | "?" => Ok(Meaning::Tell(HELP.to_owned())),
        "keys" => Ok(Meaning::Keys),
        "quit" | "exit" => Ok(Meaning::Quit),
        "plan" => Ok(Meaning::Tell(plan(aim))),
        "prepare" => Ok(Meaning::Do(prepare::before(seen.setup, aim.entry_mm, &prepare::SYRINGES))),
        "consent" => one(Action::Consent { given: words.at(1).ok() != Some("no") }),
        "check" => one(Action::Check { item: words.at(1)?.to_owned() }),
        "sedation" => {
            one(Action::RecordSedation { level: named::<Sedation>("depth of sedation", words.at(1)?)? })
        }
        "prone" => one(Action::PositionProne),
        "monitor" => one(Action::AttachMonitoring),
        "acclimatise" => one(Action::Acclimatise { minutes: words.number(1)? }),
        "clean" => one(Action::PrepareSkin),
        "drape" => one(Action::Drape),
        "draw" => one(Action::DrawUp { label: words.at(1)?.to_owned(), content: words.rest(2) }),
        "timeout" => one(Action::TimeOut {
            side: named("side (left or right)", words.at(1)?)?,
            level: level(words.at(2)?)?,
        }),
        "correct" => one(Action::CorrectSide { side: named("side (left or right)", words.at(1)?)? }),
        "numb" => one(Action::NumbSkin {
            label: "skin".to_owned(),
            volume_ml: words.number(1)?,
            at_mm: aim.entry_mm,
        }),
        "ap" => one(Action::MoveCArm { primary_deg: 180.0, secondary_deg: 0.0 }),
        "tunnel" => one(Action::MoveCArm { primary_deg: aim.primary_deg, secondary_deg: aim.secondary_deg }),
        "side" | "lateral" => one(Action::MoveCArm { primary_deg: 90.0 * side.sign(), secondary_deg: 0.0 }),
        "carm" => one(Action::MoveCArm { primary_deg: words.number(1)?, secondary_deg: words.number(2)? }),
        "shot" => one(Action::Shot),
        "live" => one(Action::Live { seconds: words.number(1)?, pulses_per_s: 8.0 }),
        "insert" => one(Action::InsertNeedle {
            needle: aim.needle.clone(),
            entry_mm: aim.entry_mm,
            direction: [0, 1, 2].map(|axis| aim.target_mm[axis] - aim.entry_mm[axis]),
            bevel_deg: 0.0,
        }),
        "+" => one(Action::Advance { mm: words.number(1)? }),
        "-" => one(Action::Withdraw { mm: words.number(1)? }),
        "turn" => one(Action::Rotate { deg: words.number(1)? }),
        "aim" => {
            let point: Vec<f64> = words.rest(1).split([',', ' ']).filter_map(|w| w.parse().ok()).collect();
            let [x, y, z] = point[..] else { return Err("aim needs a point, x,y,z in mm".to_owned()) };
            let from = aim.entry_mm;
            one(Action::Redirect { direction: [x - from[0], y - from[1], z - from[2]] })
        }
        "motor" | "sensory" => {
            one(Action::Stimulate { mode: named("stimulus", words.at(0)?)?, milliamp: words.number(1)? })
        }
        "out" => one(Action::RemoveNeedle),
        "aspirate" => one(Action::Aspirate),
        "inject" => {
            let label = words.at(1)?.to_owned();
            let watch = match words.at(3) {
                Ok(word) => named::<Watch>("way to watch (blind, spot, live, subtracted)", word)?,
                Err(_) if label == "contrast" => Watch::Live,
                Err(_) => Watch::Blind,
            };
            one(Action::Inject { label, volume_ml: words.number(2)?, rate_ml_s: 0.2, watch })
        }
        "call" if words.at(1)? == "?" => Ok(Meaning::Tell(list(
            Pattern::ALL.iter().map(|pattern| (name(pattern), pattern.appearance().to_owned())),
        ))),
        "call" => one(Action::CallPattern { pattern: named("pattern; `call ?` lists them", words.at(1)?)? }),
        "ask" => one(Action::Ask),
        "vitals" => one(Action::CheckVitals),
        "wait" => one(Action::Wait { seconds: words.number(1)? }),
        "temp" => one(Action::ReadTemperatures),
        "leg" => one(Action::ExamineSomatic),
        "observe" => one(Action::Observe { minutes: words.number(1)? }),
        "see" if words.at(1)? == "?" => {
            Ok(Meaning::Tell(list(catalogue().iter().map(|entry| (name(&entry.id), entry.name.clone())))))
        }
        "see" => one(Action::Recognise {
            complication: named::<Complication>("complication; `see ?` lists them", words.at(1)?)?,
        }),
        "treat" if words.at(1)? == "?" => Ok(Meaning::Tell(remedies())),
        "treat" => one(Action::Treat { with: treatment(&words, seen.setup.person.weight_kg)? }),
        "judge" => one(Action::JudgeBlock { worked: words.at(1)? == "yes" }),
        "home" => Ok(Meaning::Do(prepare::home())),
        "follow" => one(Action::FollowUp { day: words.number(1)? }),
        other => Err(format!("{other:?} is nothing one can do here; type help")),
    }
}

fn level(word: &str) -> Result<VertebralLevel, String> {
    serde_json::from_value(serde_json::Value::String(word.to_uppercase()))
        .map_err(|_| format!("{word:?} is no level; L2, L3 or L4"))
}

/// A remedy in the right dose, or in the dose that is typed after it.
fn treatment(words: &Words<'_>, weight_kg: f64) -> Result<rami_procedure::Remedy, String> {
    let word = words.at(1)?;
    let unknown = || format!("{word:?} is no remedy; `treat ?` lists them");
    let usual = remedy(word, weight_kg).ok_or_else(unknown)?;
    let Ok(dose) = words.number(2) else { return Ok(usual) };
    let mut value = serde_json::to_value(usual).map_err(|error| error.to_string())?;
    let fields = value.as_object_mut().ok_or_else(unknown)?;
    let Some(first) = fields.keys().find(|key| *key != "remedy").cloned() else {
        return Err(format!("{word} has no dose"));
    };
    fields.insert(first, dose.into());
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn remedies() -> String {
    let mut names: Vec<&str> = catalogue()
        .iter()
        .flat_map(|entry| entry.response.iter().chain(&entry.helps).chain(&entry.harms))
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    format!("    {}", names.join(", "))
}

fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn list(items: impl Iterator<Item = (String, String)>) -> String {
    items.map(|(name, text)| format!("    {name:<24} {text}")).collect::<Vec<_>>().join("\n")
}

fn plan(aim: &Aim) -> String {
    let point = |p: [f64; 3]| format!("{:.1}, {:.1}, {:.1}", p[0], p[1], p[2]);
    let length = (0..3).map(|i| (aim.entry_mm[i] - aim.target_mm[i]).powi(2)).sum::<f64>().sqrt();
    format!(
        "    entry {} mm, target {} mm (LPS): {length:.0} mm from skin to target\n    needle {}; tunnel view primary {:.1}°, \
         secondary {:.1}°",
        point(aim.entry_mm),
        point(aim.target_mm),
        aim.needle,
        aim.primary_deg,
        aim.secondary_deg
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_procedure::setup::{Phase, Setup};
    use rami_procedure::state::State;

    fn aim() -> Aim {
        Aim {
            entry_mm: [68.0, 75.0, -8.0],
            target_mm: [21.0, -13.0, -8.0],
            primary_deg: 152.0,
            secondary_deg: 0.0,
            needle: "22G-150-chiba".to_owned(),
        }
    }

    fn means(line: &str) -> Result<Meaning, String> {
        let setup = Setup::default();
        let state = State::new(&setup);
        let seen = Seen {
            setup: &setup,
            clock_s: 0.0,
            phase: Phase::Consent,
            c_arm: &state.c_arm,
            radiation: &state.radiation,
            depth_mm: None,
            share_of_maximum: 0.0,
            events: Vec::new(),
            refused: None,
        };
        read(line, &aim(), &seen)
    }

    #[test]
    fn every_command_of_the_help_is_understood() {
        for line in [
            "prepare",
            "consent",
            "check identity",
            "sedation minimal",
            "prone",
            "monitor",
            "acclimatise 20",
            "temp",
            "clean",
            "drape",
            "draw drug bupivacaine 0.25% 12ml",
            "timeout left L3",
            "correct left",
            "numb 3",
            "plan",
            "ap",
            "tunnel",
            "side",
            "carm 150 -5",
            "shot",
            "live 2",
            "insert",
            "+ 10",
            "- 5",
            "turn 180",
            "aim 20,-13,-8",
            "out",
            "motor 2",
            "sensory 0.5",
            "aspirate",
            "inject contrast 1",
            "inject drug 2 blind",
            "call psoas",
            "call ?",
            "ask",
            "vitals",
            "leg",
            "wait 30",
            "observe 10",
            "see toxicity",
            "see ?",
            "treat lipid_bolus",
            "treat adrenaline 50",
            "treat ?",
            "judge yes",
            "home",
            "follow 7",
            "quit",
            "keys",
            "help",
            "{\"do\":\"shot\"}",
            "",
        ] {
            assert!(means(line).is_ok(), "{line}: {:?}", means(line).err());
        }
    }

    #[test]
    fn what_is_not_understood_says_so_and_a_dose_that_is_typed_is_given() {
        for line in [
            "dance",
            "+",
            "+ far",
            "see nothing",
            "treat kindness",
            "timeout up L3",
            "call wonderful",
            "carm 3",
        ] {
            assert!(means(line).is_err_and(|why| !why.is_empty()), "{line}");
        }
        let Ok(Meaning::Do(actions)) = means("treat adrenaline 500") else { panic!("not read") };
        assert_eq!(
            actions,
            [Action::Treat { with: rami_procedure::Remedy::Adrenaline { ug: 500.0 } }],
            "too much is the operator's to give"
        );
    }
}
