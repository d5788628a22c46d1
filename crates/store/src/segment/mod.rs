//! Segments: immutable Parquet files of what was moved out of the log.
//!
//! [`schema`] names their columns, [`write`] writes one from rows in order, [`read`] reads one.

pub(crate) mod read;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod write;
