//! Sides and vertebral levels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The patient's left or right, never the screen's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The patient's left: +x in LPS.
    Left,
    /// The patient's right: -x in LPS.
    Right,
}

impl Side {
    /// Both sides, left first.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// +1 for left, -1 for right: the sign of LPS x on this side.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Left => 1.0,
            Self::Right => -1.0,
        }
    }

    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// `left` or `right`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of a thing for each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BySide<T> {
    /// The patient's left.
    pub left: T,
    /// The patient's right.
    pub right: T,
}

impl<T> BySide<T> {
    /// One made for each side.
    pub fn from_fn(mut f: impl FnMut(Side) -> T) -> Self {
        Self { left: f(Side::Left), right: f(Side::Right) }
    }

    /// The one on a side.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// The one on a side, to change.
    pub fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

/// A vertebral level from T11 to S1, cranial first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names say it
pub enum VertebralLevel {
    T11,
    T12,
    L1,
    L2,
    L3,
    L4,
    L5,
    S1,
}

impl VertebralLevel {
    /// All of them, cranial first.
    pub const ALL: [Self; 8] =
        [Self::T11, Self::T12, Self::L1, Self::L2, Self::L3, Self::L4, Self::L5, Self::S1];
    /// The lumbar five, cranial first.
    pub const LUMBAR: [Self; 5] = [Self::L1, Self::L2, Self::L3, Self::L4, Self::L5];
    /// The levels a block is planned at.
    pub const PLANNED: [Self; 3] = [Self::L2, Self::L3, Self::L4];

    /// `L3` and so on.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::T11 => "T11",
            Self::T12 => "T12",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
            Self::L5 => "L5",
            Self::S1 => "S1",
        }
    }

    /// The next level towards the feet, if there is one in view.
    #[must_use]
    pub fn caudal(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }

    /// The next level towards the head, if there is one in view.
    #[must_use]
    pub fn cranial(self) -> Option<Self> {
        (self as usize).checked_sub(1).map(|i| Self::ALL[i])
    }
}

impl fmt::Display for VertebralLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for VertebralLevel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("{text:?} is not a vertebral level from T11 to S1"))
    }
}
