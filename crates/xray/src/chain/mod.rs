//! From paths through the patient to the picture on the screen: exposure, scatter, noise, processing.

mod coarse;
mod display;
mod fluoroscope;
mod noise;
mod response;
mod scatter;

pub use display::{Display, subtract};
pub use fluoroscope::{Anatomy, Exposure, Fluoroscope, Settings, Shot};
pub use response::Response;
pub use scatter::{Grid, Scatter};
