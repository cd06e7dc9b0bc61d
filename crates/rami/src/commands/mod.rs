//! One file a command, each with its `Args` and `run`.

pub(crate) mod assess;
pub(crate) mod body;
pub(crate) mod decide;
pub(crate) mod demo;
pub(crate) mod evidence;
pub(crate) mod follow_up;
pub(crate) mod import;
pub(crate) mod inject;
pub(crate) mod map;
pub(crate) mod nerve;
pub(crate) mod phantom;
pub(crate) mod pk;
pub(crate) mod plan;
pub(crate) mod rehearse;
pub(crate) mod replay;
pub(crate) mod respond;
pub(crate) mod serve;
pub(crate) mod xray;
