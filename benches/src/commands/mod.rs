//! The measurements of the command, one file each.

pub(crate) mod gaps;
#[cfg(feature = "store")]
pub(crate) mod ingest;
pub(crate) mod instructions;
pub(crate) mod quality;
pub(crate) mod scale;
