//! Quantities as types, so that milligrams cannot be added to millilitres.
//!
//! Public boundaries of the clinical rooms speak in these; hot loops use bare floats with the unit in the name.
//! Each quantity has one constructor that refuses what cannot be a number of that thing ([`QuantityError`]),
//! [`get`](Mm::get) for the bare value, and serialises as a bare number (the unit is in the key, as in `depth_mm`).

#![warn(missing_docs)]

mod convert;
mod quantity;

pub use convert::{body_mass_index, ideal_body_weight, percent_to_mg_per_ml};
pub use quantity::{
    Celsius, CelsiusPerMinute, Centimetres, Degrees, Kg, KiloPascal, Litres, LitresPerMinute, Mg, MgPerKg,
    MgPerL, MgPerMl, MilliAmp, MilliVolts, Minutes, Ml, MlPerSecond, Mm, Ohm, QuantityError, Seconds, Volts,
};
