//! `completions`: what a shell needs to complete the command.

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Completions};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "mcp-insights",
        &mut script,
    );
    let mut output = Output::stdout();
    output.bytes(&script)?;
    output.finish()?;
    Ok(Exit::Done)
}
