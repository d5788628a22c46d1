//! The dashboard in a real browser: headless Chromium, where there is one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod devtools;
mod edits;
#[expect(dead_code, reason = "the tests over HTTP use more of it")]
#[path = "../server/harness.rs"]
mod harness;
mod keyboard;
mod looks;
mod page;
mod pages;
mod pictures;
mod signing_in;
