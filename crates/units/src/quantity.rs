//! The newtypes, made by one macro so that each behaves the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number that cannot be the quantity it was offered as.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// NaN or infinite.
    #[error("{quantity} must be a finite number of {unit}, not {value}")]
    NotFinite {
        /// What was asked for, for example `dose`.
        quantity: &'static str,
        /// Its unit.
        unit: &'static str,
        /// What was given.
        value: f64,
    },
    /// Below zero where the quantity has no meaning below zero.
    #[error("{quantity} must not be negative: got {value} {unit}")]
    Negative {
        /// What was asked for.
        quantity: &'static str,
        /// Its unit.
        unit: &'static str,
        /// What was given.
        value: f64,
    },
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $quantity:literal, $unit:literal, signed: $signed:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// Zero of this quantity.
            pub const ZERO: Self = Self(0.0);
            /// The unit as it is printed.
            pub const UNIT: &'static str = $unit;

            /// Checks and wraps a number.
            ///
            /// # Errors
            /// [`QuantityError::NotFinite`] for NaN and infinities; [`QuantityError::Negative`] below zero,
            /// where the quantity has no meaning there.
            pub fn new(value: f64) -> Result<Self, QuantityError> {
                if !value.is_finite() {
                    return Err(QuantityError::NotFinite { quantity: $quantity, unit: $unit, value });
                }
                if !$signed && value < 0.0 {
                    return Err(QuantityError::Negative { quantity: $quantity, unit: $unit, value });
                }
                Ok(Self(value))
            }

            /// A constant known to be right when it is written.
            ///
            /// # Panics
            /// At compile time, when a `const` is given a value [`new`](Self::new) would refuse.
            #[must_use]
            pub const fn literal(value: f64) -> Self {
                assert!(value.is_finite(), "a literal quantity must be finite");
                assert!($signed || value >= 0.0, "a literal of this quantity must not be negative");
                Self(value)
            }

            /// The bare number, in the unit of the type.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match f.precision() {
                    Some(digits) => write!(f, "{:.*} {}", digits, self.0, $unit),
                    None => write!(f, "{} {}", self.0, $unit),
                }
            }
        }

        impl TryFrom<f64> for $name {
            type Error = QuantityError;
            fn try_from(value: f64) -> Result<Self, QuantityError> {
                Self::new(value)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }

        /// The difference as a bare number in this unit: it may be negative where the quantity may not.
        impl Sub for $name {
            type Output = f64;
            fn sub(self, other: Self) -> f64 {
                self.0 - other.0
            }
        }

        /// How many times the other fits: a bare ratio.
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
    };
}

quantity!(
    /// A length or a coordinate in millimetres.
    Mm, "length", "mm", signed: true);
quantity!(
    /// A stature in centimetres.
    Centimetres, "height", "cm", signed: false);
quantity!(
    /// A volume in millilitres.
    Ml, "volume", "ml", signed: false);
quantity!(
    /// A volume of distribution in litres.
    Litres, "volume of distribution", "L", signed: false);
quantity!(
    /// A clearance in litres per minute.
    LitresPerMinute, "clearance", "L/min", signed: false);
quantity!(
    /// An injection rate in millilitres per second.
    MlPerSecond, "injection rate", "ml/s", signed: false);
quantity!(
    /// A mass of drug in milligrams.
    Mg, "dose", "mg", signed: false);
quantity!(
    /// A dose per body mass.
    MgPerKg, "dose per body mass", "mg/kg", signed: false);
quantity!(
    /// A concentration in the syringe or tissue.
    MgPerMl, "concentration", "mg/ml", signed: false);
quantity!(
    /// A concentration in plasma.
    MgPerL, "plasma concentration", "mg/L", signed: false);
quantity!(
    /// A body mass in kilograms.
    Kg, "weight", "kg", signed: false);
quantity!(
    /// A temperature in degrees Celsius.
    Celsius, "temperature", "°C", signed: true);
quantity!(
    /// A rate of warming.
    CelsiusPerMinute, "rate of warming", "°C/min", signed: true);
quantity!(
    /// A stimulation current.
    MilliAmp, "current", "mA", signed: false);
quantity!(
    /// A stimulation voltage.
    Volts, "voltage", "V", signed: false);
quantity!(
    /// An electrode impedance.
    Ohm, "impedance", "ohm", signed: false);
quantity!(
    /// A pressure.
    KiloPascal, "pressure", "kPa", signed: true);
quantity!(
    /// A time in minutes.
    Minutes, "time", "min", signed: true);
quantity!(
    /// A time in seconds.
    Seconds, "time", "s", signed: true);
quantity!(
    /// An angle at a human interface.
    Degrees, "angle", "°", signed: true);

macro_rules! product {
    ($a:ident * $b:ident = $c:ident) => {
        impl Mul<$b> for $a {
            type Output = $c;
            fn mul(self, other: $b) -> $c {
                $c(self.0 * other.0)
            }
        }
        impl Mul<$a> for $b {
            type Output = $c;
            fn mul(self, other: $a) -> $c {
                $c(self.0 * other.0)
            }
        }
        impl Div<$b> for $c {
            type Output = $a;
            fn div(self, other: $b) -> $a {
                $a(self.0 / other.0)
            }
        }
    };
}

product!(MgPerMl * Ml = Mg);
product!(MgPerL * Litres = Mg);
product!(MgPerKg * Kg = Mg);
product!(MlPerSecond * Seconds = Ml);
product!(CelsiusPerMinute * Minutes = Celsius);
product!(Ohm * MilliAmp = MilliVolts);

quantity!(
    /// A voltage in millivolts, what ohms times milliamperes come out as.
    MilliVolts, "voltage", "mV", signed: true);

impl MilliVolts {
    /// The same voltage in volts.
    #[must_use]
    pub fn volts(self) -> Volts {
        Volts(self.0.abs() / 1000.0)
    }
}

impl From<Seconds> for Minutes {
    fn from(seconds: Seconds) -> Self {
        Self(seconds.0 / 60.0)
    }
}

impl From<Minutes> for Seconds {
    fn from(minutes: Minutes) -> Self {
        Self(minutes.0 * 60.0)
    }
}

impl Neg for Mm {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Degrees {
    /// The angle in radians, for the mathematics inside.
    #[must_use]
    pub fn radians(self) -> f64 {
        self.0.to_radians()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concentration_times_a_volume_is_a_dose() {
        let dose = MgPerMl::literal(2.5) * Ml::literal(10.0);
        assert_eq!(dose, Mg::literal(25.0));
        assert_eq!(dose / Ml::literal(10.0), MgPerMl::literal(2.5));
    }

    #[test]
    fn a_dose_refuses_what_is_not_a_dose() {
        assert_eq!(Mg::new(-1.0).unwrap_err().to_string(), "dose must not be negative: got -1 mg");
        assert!(Mg::new(f64::NAN).is_err());
        assert!(Celsius::new(-5.0).is_ok());
        assert!(Ml::new(f64::INFINITY).is_err());
    }

    #[test]
    fn reading_back_what_was_written_gives_the_same_quantity_and_refuses_a_bad_one() {
        let written = serde_json::to_string(&Ml::literal(7.25)).unwrap();
        assert_eq!(written, "7.25");
        assert_eq!(serde_json::from_str::<Ml>(&written).unwrap(), Ml::literal(7.25));
        assert!(serde_json::from_str::<Ml>("-1").is_err());
    }

    #[test]
    fn ohms_and_milliamperes_make_millivolts() {
        assert_eq!((Ohm::literal(300.0) * MilliAmp::literal(2.0)).volts(), Volts::literal(0.6));
    }
}
