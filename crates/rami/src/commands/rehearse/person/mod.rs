//! A theatre of text: one types what one does, or presses keys, and reads what comes of it.

mod commands;
mod keys;
mod screen;

pub(super) use screen::thumbnail;

use commands::Meaning;
use keys::Keyboard;
use rami_procedure::action::Action;
use rami_procedure::operator::{Operator, Seen};
use rami_procedure::session::Aim;
use rami_report::session::told;
use std::collections::VecDeque;
use std::io::{BufRead, IsTerminal, Write, stdin};
use std::path::{Path, PathBuf};

pub(super) struct Person {
    aim: Aim,
    out: PathBuf,
    queue: VecDeque<Action>,
    /// Keys are read one by one from a terminal, once asked for.
    keyboard: Option<Keyboard>,
}

impl Person {
    pub(super) fn new(aim: &Aim, out: &Path) -> Self {
        eprintln!("{}", commands::HELP);
        if stdin().is_terminal() {
            eprintln!("Type `keys` to steer the needle and the C-arm with single keys.");
        }
        Self { aim: aim.clone(), out: out.to_owned(), queue: VecDeque::new(), keyboard: None }
    }

    /// What came of the last action.
    fn tell(&mut self, seen: &Seen<'_>) {
        for event in &seen.events {
            if let Some(words) = told(event) {
                eprintln!("    {words}");
            }
        }
        if let Some(refusal) = &seen.refused {
            eprintln!("    No: {}.", refusal.why);
            eprintln!("    First: {}.", refusal.first);
            if !self.queue.is_empty() {
                eprintln!("    ({} more steps of that command are left out)", self.queue.len());
            }
            self.queue.clear();
        }
    }

    /// The next line or key as actions; nothing at the end.
    fn ask(&mut self, seen: &Seen<'_>) -> Option<Vec<Action>> {
        eprint!("{} > ", screen::status(seen));
        let _ = std::io::stderr().flush();
        let meaning = match &mut self.keyboard {
            Some(keyboard) => match keyboard.read() {
                Some(key) => {
                    let meaning = keys::meaning(key, &self.aim, seen);
                    eprintln!("{}", meaning.as_ref().map_or_else(|why| why.clone(), Meaning::echo));
                    meaning
                }
                None => return None,
            },
            None => {
                let mut line = String::new();
                if stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
                    eprintln!();
                    return None;
                }
                // A stray key leaves control characters in a line.
                let line: String = line.chars().filter(|c| !c.is_control()).collect();
                commands::read(line.trim(), &self.aim, seen)
            }
        };
        match meaning {
            Ok(Meaning::Do(actions)) => Some(actions),
            Ok(Meaning::Tell(text)) => {
                eprintln!("{text}");
                Some(Vec::new())
            }
            Ok(Meaning::Keys) => {
                self.keyboard = Keyboard::new();
                eprintln!(
                    "{}",
                    if self.keyboard.is_some() {
                        keys::HELP
                    } else {
                        "    keys need a terminal; type commands"
                    }
                );
                Some(Vec::new())
            }
            Ok(Meaning::Lines) => {
                self.keyboard = None;
                Some(Vec::new())
            }
            Ok(Meaning::Quit) => None,
            Err(why) => {
                eprintln!("    {why}");
                Some(Vec::new())
            }
        }
    }
}

impl Operator for Person {
    fn next(&mut self, seen: &Seen<'_>) -> Option<Action> {
        self.tell(seen);
        loop {
            if let Some(action) = self.queue.pop_front() {
                return Some(action);
            }
            match self.ask(seen) {
                Some(actions) => self.queue.extend(actions),
                None => {
                    self.keyboard = None;
                    eprintln!("ended; record, score and report are in {}", self.out.display());
                    return None;
                }
            }
        }
    }
}
