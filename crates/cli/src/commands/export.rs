//! `export`: every row of one kind, a line each.

use mcp_insights::Timestamp;
use serde::Serialize;

use crate::arguments::Export;
use crate::arguments::choices::{ExportRange, ExportRows};
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::reading::{Loaded, load};

pub(super) fn run(arguments: &Export) -> Result<Exit, Failure> {
    let needs = match arguments.rows {
        ExportRows::Sessions | ExportRows::Topics | ExportRows::Tools => Needs::Figures,
        ExportRows::Calls | ExportRows::Searches => Needs::RawEvents,
    };
    let loaded = load(&arguments.reading, needs)?;
    let now = now(arguments, &loaded)?;
    let engine = &loaded.engine;
    let range = arguments.range.meaning();
    let server = arguments.mcp_server_id.as_deref();
    match arguments.rows {
        ExportRows::Sessions => rows(engine.export_sessions(range, now, server).map(Ok))?,
        ExportRows::Topics => rows(engine.export_topics(range, now, server).into_iter().map(Ok))?,
        ExportRows::Tools => rows(engine.tools(range, now, server).into_iter().map(Ok))?,
        ExportRows::Calls => rows(engine.export_calls(range, now, server))?,
        ExportRows::Searches => rows(engine.export_searches(range, now, server))?,
    }
    Ok(loaded.exit())
}

/// Now; an export of everything from nothing needs none.
fn now(arguments: &Export, loaded: &Loaded) -> Result<Timestamp, Failure> {
    match loaded.now(arguments.clock.now) {
        Err(Failure::NoEvents) if arguments.range == ExportRange::All => Ok(Timestamp::LATEST),
        now => now,
    }
}

fn rows<T: Serialize>(
    rows: impl Iterator<Item = Result<T, mcp_insights::Error>>,
) -> Result<(), Failure> {
    let mut output = Output::stdout();
    for row in rows {
        output.json(&row?, Form::Compact)?;
    }
    Ok(output.finish()?)
}
