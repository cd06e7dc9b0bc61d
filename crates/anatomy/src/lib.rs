//! What a person's CT and labels say about the anatomy of the block, and what must be inferred beside them.
//!
//! [`Structure`] and [`StructureMap`] are what labels say is where. [`Anatomy`] is the *belief*: vertebral levels with
//! their frames, skin, the sympathetic chain as a curve with uncertainty, and hazards that no label carries. It is
//! all that planning may see. Nothing here knows of x-rays or needles.

pub mod accuracy;
pub mod belief;
mod census;
mod chain;
mod checks;
mod hazard;
mod infer;
mod levels;
mod local;
pub mod patient;
mod prior;
mod side;
mod skin;
mod stations;
mod strays;
mod structure;
mod vertebra;

pub use belief::{
    Anatomy, Chain, ChainPoint, EndplatePlane, HazardKind, LevelCount, ModelledHazard, Pedicle, Posture,
    Skin, SurfacePoint, Vertebra, VertebraFrame, Warning, WarningKind,
};
pub use checks::REQUIRED as REQUIRED_LABELS;
pub use infer::{AnatomyError, InferOptions, infer};
pub use prior::TrunkPrior;
pub use side::{BySide, Side, VertebralLevel};
pub use skin::skin;
pub use structure::{Structure, StructureMap};
