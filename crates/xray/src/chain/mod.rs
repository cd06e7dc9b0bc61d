//! From paths through the patient to the picture on the screen: exposure, scatter, noise, processing.

mod coarse;
mod display;
mod field;
mod fluoroscope;
mod noise;
mod overlay;
pub(crate) mod quick;
mod response;
mod scatter;
mod settings;
mod still;

pub use display::{Display, subtract};
pub use fluoroscope::{Fluoroscope, Shot};
pub use overlay::{Layer, Overlay};
pub use response::Response;
pub use scatter::{Grid, Scatter};
pub use settings::Settings;
pub use still::{Anatomy, Exposure};
