//! Where injected fluid and drug go in tissue, with time.
//!
//! A live procedure steps an [`Injection`]:
//!
//! ```text
//! let region = Arc::new(Region::around(tip, Region::REFERENCE_MM, 2.0, prone, |p| tissue_at(p))?);
//! let solutes = vec![iohexol, bupivacaine];                       // all that may be injected, named once
//! let mut injection = Injection::new(region, Properties::typical(), vec![Tip::at(tip)], solutes, Accuracy::default())?;
//! let chain = injection.follow(NervePath { .. });                 // nerves that take up drug
//! let contrast = Fluid::of(2, Some(0), 300.0);
//! while injection.state().delivered_ml < 1.0 {
//!     let state = injection.advance(&contrast, 0.1, Drive::Rate(0.2))?;   // rate, pressures, held back, occluded
//!     let iodine = injection.amount(0);                           // mg per ml of tissue on the region's grid: for x-ray
//! }
//! injection.wait(30.0)?;                                          // relaxes, sinks, diffuses, is absorbed
//! injection.snapshot();                                           // nerves: bath-equivalent mg/ml along each path
//! let map = injection.arrival_ml()?;                              // ml until the front arrives, fascia as it is now
//! let balance = injection.balance(1);                             // where the mg are
//! ```
//!
//! - [`Tissue`], [`Properties`]: what fluid flows through, typical or one draw ([`Deviates`]); [`Region`]: where.
//! - `flow`: pressure with storage and fascia that parts; [`Bore`]: the tip, far smaller than a cell.
//! - `transport`: solutes carried, spread, bound and absorbed; [`arrival_volume`]: the front for all volumes at once.
//! - [`Solute`], [`Fluid`], [`Uptake`]; [`NervePath`]: what nerves take up; `vessel`: a tip in blood.
//!
//! The room knows nothing of nerve fibres, needles' paths or x-rays. Units inside: mm, s, kPa, mm³/s, mg; at the
//! interface ml and mg/ml. Method and tests: `docs/numerics/spread.md`.

#![warn(missing_docs)]

mod arrival;
mod error;
mod flow;
mod fluid;
mod injection;
mod nerve_path;
mod region;
mod tissue;
mod transport;
mod vessel;
mod well;

pub use arrival::arrival_volume;
pub use error::SpreadError;
pub use flow::GAP_SHARE;
pub use fluid::{Fluid, Solute, Uptake};
pub use injection::{Accuracy, Balance, Drive, Injection, State, Tip};
pub use nerve_path::{NervePath, NerveSnapshot};
pub use region::Region;
pub use tissue::{Deviates, Fascia, Medium, Properties, Sheet, Tissue};
pub use well::Bore;
