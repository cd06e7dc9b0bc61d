//! Things in the beam that are not the anatomy: needles, media, markers, a hand, the table.

mod hand;
mod marker;
mod medium;
mod needle;
mod table;

pub use hand::Hand;
pub use marker::{Letter, Marker};
pub use medium::Medium;
pub use needle::{Bevel, Needle};
pub use table::Table;
