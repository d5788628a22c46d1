//! The write-ahead log: what was accepted and is in no segment yet.
//!
//! [`format`] says how a log file looks and reads one, damaged or not; [`index`] is where a closed one says what stands in it; [`file`] finds
//! records in it; [`writer`] appends to it.

pub(crate) mod file;
pub(crate) mod format;
pub(crate) mod index;
pub(crate) mod writer;
