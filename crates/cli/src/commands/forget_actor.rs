//! `forget-actor`: every event of an actor out of a folder of data.

use serde::Serialize;

use crate::arguments::ForgetActor;
use crate::data_folder::{self, DataFolder};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::progress::Meter;
use mcp_insights::Options;
use mcp_insights_presentation::figures::counted;

pub(super) fn run(arguments: &ForgetActor) -> Result<Exit, Failure> {
    // A folder that is not there is not made.
    let encoder = data_folder::encoder(&arguments.data, None)?;
    let meter = Meter::start();
    let folder = DataFolder::open(&arguments.data, Some(encoder), Options::default(), &meter)?;
    let dropped = folder.engine.forget_actor(&arguments.id)?;
    meter.finish();
    let mut output = Output::stdout();
    if arguments.json {
        let account = Account { events: dropped.events, bytes: dropped.bytes };
        output.json(&account, Form::Compact)?;
    } else {
        output.text(&format!("{} dropped\n", counted(dropped.events, "event", "events")))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// What was dropped.
#[derive(Serialize)]
struct Account {
    events: u64,
    bytes: u64,
}
