//! The command `mcp-insights`: from a dump of raw MCP usage events to the insights.
//!
//! [`arguments`] is what the user typed, [`commands`] does it (one file each), [`report`] shows the insights on a
//! terminal or as a page. What the figures are is decided below, in the crate `mcp-insights`; nothing is computed here.

mod arguments;
mod commands;
mod data_folder;
mod exit;
mod failure;
mod messages;
mod output;
mod progress;
mod reading;
mod registry_file;
mod report;
mod vectors_file;

use std::process::ExitCode;

use clap::{ColorChoice, Parser as _};

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Reading asks for memory some twenty times an event: an overview takes a fifteenth less time than with the allocator of glibc, and a
/// twentieth more memory. It gives memory back soon after it is let go of, so that facts and sessions do not add up.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.color {
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        ColorChoice::Auto => {}
    }
    let exit = commands::run(&arguments.command).unwrap_or_else(|failure| {
        if !failure.is_quiet() {
            messages::error(&failure);
        }
        failure.exit()
    });
    Exit::into(exit)
}
