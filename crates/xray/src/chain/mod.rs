//! From paths through the patient to the picture on the screen: exposure, scatter, noise, processing.

mod coarse;
mod display;
mod field;
mod fluoroscope;
mod noise;
mod overlay;
mod response;
mod scatter;
mod settings;
mod still;
pub(crate) mod wide;

pub use display::{Display, subtract};
pub use fluoroscope::{Fluoroscope, Shot};
pub use overlay::{Layer, Overlay};
pub use response::Response;
pub use scatter::{Grid, Scatter};
pub use settings::Settings;
pub use still::{Anatomy, Exposure};
