//! What a current at a needle tip excites.
//!
//! - [`threshold`]: the least current that makes a fibre fire, from the full cable.
//! - [`curves`]: strength–duration (Weiss, Lapicque) and current–distance.
//! - [`reading`]: from a single fibre's threshold to what a person reports, in mA and V.

pub mod curves;
pub mod reading;
pub mod threshold;
