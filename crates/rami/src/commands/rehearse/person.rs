//! A theatre of text: one types what one does, and reads what comes of it.

use rami_procedure::action::Action;
use rami_procedure::operator::{Operator, Seen, prepare, script::in_words};
use rami_procedure::session::Aim;
use std::collections::VecDeque;
use std::io::{BufRead, Write, stdin};
use std::path::{Path, PathBuf};

const HELP: &str = "\
Type an action and its numbers, or its JSON as in session.jsonl:
  prepare             consent to numb skin, by the book      plan           what the plan says
  ap | tunnel | side  turn the C-arm                         shot           one picture
  live SECONDS        the pedal                              insert         needle at the planned entry
  + MM | - MM         push, pull                             turn DEG       turn the hub
  aspirate            pull the syringe                       inject LABEL ML  contrast is watched live
  call PATTERN        prevertebral, psoas, vascular, ...     ask | vitals   talk, monitor
  wait SECONDS        let time pass                          temp | leg     temperatures, somatic examination
  see NAME            name a complication                    treat REMEDY   e.g. call_for_help, lipid_bolus
  out                 needle out                             observe MINUTES
  judge yes|no        did the block work                     home           checks, discharge, telephone
  quit                end here
Pictures are in the folder frames of --out as they are taken.";

pub(super) struct Person {
    aim: Aim,
    out: PathBuf,
    queue: VecDeque<Action>,
}

impl Person {
    pub(super) fn new(aim: &Aim, out: &Path) -> Self {
        eprintln!("{HELP}");
        Self { aim: aim.clone(), out: out.to_owned(), queue: VecDeque::new() }
    }

    /// The actions that a line means.
    fn read(&self, line: &str, seen: &Seen<'_>) -> Result<Vec<Action>, String> {
        if line.starts_with('{') {
            return serde_json::from_str(line).map(|action| vec![action]).map_err(|error| error.to_string());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| -> Result<f64, String> {
            let word = words.get(index).ok_or_else(|| format!("{} needs a number", words.join(" ")))?;
            word.parse().map_err(|_| format!("{word} is no number"))
        };
        let json = |value: serde_json::Value| {
            serde_json::from_value::<Action>(value)
                .map(|action| vec![action])
                .map_err(|error| error.to_string())
        };
        let named = |index: usize| words.get(index).copied().unwrap_or_default();
        let aim = &self.aim;
        Ok(match named(0) {
            "prepare" => prepare::before(seen.setup, aim.entry_mm, &prepare::SYRINGES),
            "plan" => {
                eprintln!("{aim:?}");
                Vec::new()
            }
            "ap" => vec![Action::MoveCArm { primary_deg: 180.0, secondary_deg: 0.0 }],
            "tunnel" => {
                vec![Action::MoveCArm { primary_deg: aim.primary_deg, secondary_deg: aim.secondary_deg }]
            }
            "side" => {
                vec![Action::MoveCArm { primary_deg: 90.0 * seen.setup.side.sign(), secondary_deg: 0.0 }]
            }
            "shot" => vec![Action::Shot],
            "live" => vec![Action::Live { seconds: number(1)?, pulses_per_s: 8.0 }],
            "insert" => vec![Action::InsertNeedle {
                needle: aim.needle.clone(),
                entry_mm: aim.entry_mm,
                direction: [0, 1, 2].map(|axis| aim.target_mm[axis] - aim.entry_mm[axis]),
                bevel_deg: 0.0,
            }],
            "+" => vec![Action::Advance { mm: number(1)? }],
            "-" => vec![Action::Withdraw { mm: number(1)? }],
            "turn" => vec![Action::Rotate { deg: number(1)? }],
            "aspirate" => vec![Action::Aspirate],
            "inject" => json(serde_json::json!({
                "do": "inject", "label": named(1), "volume_ml": number(2)?, "rate_ml_s": 0.2,
                "watch": if named(1) == "contrast" { "live" } else { "blind" },
            }))?,
            "call" => json(serde_json::json!({ "do": "call_pattern", "pattern": named(1) }))?,
            "ask" => vec![Action::Ask],
            "vitals" => vec![Action::CheckVitals],
            "wait" => vec![Action::Wait { seconds: number(1)? }],
            "temp" => vec![Action::ReadTemperatures],
            "leg" => vec![Action::ExamineSomatic],
            "see" => json(serde_json::json!({ "do": "recognise", "complication": named(1) }))?,
            "treat" => match rami_procedure::operator::remedy(named(1), seen.setup.person.weight_kg) {
                Some(with) => vec![Action::Treat { with }],
                None => return Err(format!("no remedy is called {:?}", named(1))),
            },
            "out" => vec![Action::RemoveNeedle],
            "observe" => vec![Action::Observe { minutes: number(1)? }],
            "judge" => vec![Action::JudgeBlock { worked: named(1) == "yes" }],
            "home" => prepare::home(),
            "help" | "?" => {
                eprintln!("{HELP}");
                Vec::new()
            }
            other => return Err(format!("{other:?} is nothing one can do here; type help")),
        })
    }
}

impl Operator for Person {
    fn next(&mut self, seen: &Seen<'_>) -> Option<Action> {
        for event in &seen.events {
            if let Some(words) = in_words(event) {
                eprintln!("    {words}");
            }
        }
        if let Some(refusal) = &seen.refused {
            eprintln!("    no: {refusal}");
            self.queue.clear();
        }
        loop {
            if let Some(action) = self.queue.pop_front() {
                return Some(action);
            }
            let minutes = seen.clock_s / 60.0;
            let depth = seen.depth_mm.map_or_else(String::new, |mm| format!(" needle {mm:.0} mm"));
            eprint!("[{minutes:.1} min{depth}] > ");
            let _ = std::io::stderr().flush();
            let mut line = String::new();
            if stdin().lock().read_line(&mut line).unwrap_or(0) == 0 || line.trim() == "quit" {
                eprintln!("ended; the record is in {}", self.out.display());
                return None;
            }
            match self.read(line.trim(), seen) {
                _ if line.trim().is_empty() => {}
                Ok(actions) => self.queue.extend(actions),
                Err(why) => eprintln!("    {why}"),
            }
        }
    }
}
