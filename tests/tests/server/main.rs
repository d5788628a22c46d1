//! The server over real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dashboard;
mod errors;
mod harness;
mod ingest;
mod insights;
mod limits;
mod secrets;
