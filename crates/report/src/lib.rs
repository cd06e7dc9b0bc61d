//! Documents and pictures from typed results.
//!
//! [`Picture`] is a raster one can draw lines and words on; [`slice`] cuts a CT along any plane with its structures
//! outlined; [`plan`] reports a plan, [`session`] a rehearsed block; [`html`] holds the parts every document shares. Nothing here knows how a result was computed, and nothing
//! touches a file: a document is a string, a picture is the bytes of a PNG.

pub mod html;
pub mod map;
pub mod plan;
mod raster;
pub mod session;
pub mod slice;

pub use raster::{Anchor, Colour, Picture, PictureError, Stroke};
