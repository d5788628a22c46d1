//! One file a command.

mod completions;
mod doctor;
mod export;
mod forget_actor;
mod import;
mod keys;
mod man;
mod overview;
mod report;
mod search;
mod searches;
mod serve;
mod sessions;
mod settings;
mod topic;
mod topics;
mod trace;
mod validate;

use serde::Serialize;

use crate::arguments::Command;
use crate::arguments::reading::Form;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Does what was asked for.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Report(arguments) => report::run(arguments),
        Command::Overview(arguments) => overview::run(arguments),
        Command::Topics(arguments) => topics::run(arguments),
        Command::Topic(arguments) => topic::run(arguments),
        Command::Searches(arguments) => searches::run(arguments),
        Command::Search(arguments) => search::run(arguments),
        Command::Sessions(arguments) => sessions::run(arguments),
        Command::Trace(arguments) => trace::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Keys(arguments) => keys::run(arguments),
        Command::Settings(arguments) => settings::run(arguments),
        Command::ForgetActor(arguments) => forget_actor::run(arguments),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
    }
}

/// Prints one answer.
fn answer(value: &impl Serialize, form: Form) -> Result<(), Failure> {
    let mut output = Output::stdout();
    output.json(value, form.meaning())?;
    Ok(output.finish()?)
}
