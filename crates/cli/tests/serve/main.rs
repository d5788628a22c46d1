//! `serve` and what is done beside it, as a script meets them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod commands;
#[cfg(unix)]
mod crash;
mod harness;
mod python_client;
