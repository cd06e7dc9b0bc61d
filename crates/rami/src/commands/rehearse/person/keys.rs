//! Single keys, read from a terminal that does not wait for the end of a line.

use super::commands::Meaning;
use rami_procedure::action::Action;
use rami_procedure::operator::Seen;
use rami_procedure::session::Aim;
use std::io::{IsTerminal, Read, stdin};
use std::process::{Command, Stdio};

pub(super) const HELP: &str = "\
    up / down  push or pull 1 mm      PgUp / PgDn  10 mm       left / right  turn the hub 45°     f  half round
    space      one picture            p  AP   t  tunnel   l  lateral   v  live for 1 s   i  needle in   o  out
    a          aspirate               c  1 ml of contrast, live   d  2 ml of drug   k  ask   m  monitor   r  feet
    :          type again             q  end";

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Character(char),
}

/// A terminal in single-key mode; dropping it sets the terminal as it was.
pub(super) struct Keyboard {
    before: String,
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Keyboard {
    /// Nothing where standard input is no terminal, or there is no `stty`.
    pub(super) fn new() -> Option<Self> {
        if !stdin().is_terminal() {
            return None;
        }
        let before = stty(&["-g"])?;
        stty(&["-icanon", "-echo", "min", "1", "time", "0"])?;
        Some(Self { before })
    }

    /// The next key that means something; nothing at the end of input.
    pub(super) fn read(&mut self) -> Option<Key> {
        let mut input = stdin().lock();
        let mut byte = || {
            let mut one = [0u8; 1];
            matches!(input.read(&mut one), Ok(1)).then_some(one[0])
        };
        loop {
            return Some(match byte()? {
                0x1b => match (byte()?, byte()?) {
                    (b'[' | b'O', b'A') => Key::Up,
                    (b'[' | b'O', b'B') => Key::Down,
                    (b'[' | b'O', b'C') => Key::Right,
                    (b'[' | b'O', b'D') => Key::Left,
                    (b'[', digit @ (b'5' | b'6')) => {
                        byte()?;
                        if digit == b'5' { Key::PageUp } else { Key::PageDown }
                    }
                    _ => continue,
                },
                0x04 => return None,
                character if character.is_ascii() => Key::Character(char::from(character)),
                _ => continue,
            });
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        stty(&[self.before.as_str()]);
    }
}

/// What a key means.
pub(super) fn meaning(key: Key, aim: &Aim, seen: &Seen<'_>) -> Result<Meaning, String> {
    let typed = |line: &str| super::commands::read(line, aim, seen);
    let one = |action: Action| Ok(Meaning::Do(vec![action]));
    match key {
        Key::Up => one(Action::Advance { mm: 1.0 }),
        Key::Down => one(Action::Withdraw { mm: 1.0 }),
        Key::PageUp => one(Action::Advance { mm: 10.0 }),
        Key::PageDown => one(Action::Withdraw { mm: 10.0 }),
        Key::Left => one(Action::Rotate { deg: -45.0 }),
        Key::Right => one(Action::Rotate { deg: 45.0 }),
        Key::Character(character) => match character {
            ' ' => typed("shot"),
            'f' => one(Action::Rotate { deg: 180.0 }),
            'p' => typed("ap"),
            't' => typed("tunnel"),
            'l' => typed("side"),
            'v' => typed("live 1"),
            'i' => typed("insert"),
            'o' => typed("out"),
            'a' => typed("aspirate"),
            'c' => typed("inject contrast 1 live"),
            'd' => typed("inject drug 2 blind"),
            'k' => typed("ask"),
            'm' => typed("vitals"),
            'r' => typed("temp"),
            ':' => Ok(Meaning::Lines),
            'q' => Ok(Meaning::Quit),
            'h' | '?' => Ok(Meaning::Tell(HELP.to_owned())),
            '\n' | '\r' => Ok(Meaning::Do(Vec::new())),
            other => Err(format!("{other:?} means nothing; ? lists the keys")),
        },
    }
}
