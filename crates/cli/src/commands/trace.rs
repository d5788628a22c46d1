//! `trace`: one session in full.

use super::answer;
use crate::arguments::Trace;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Trace) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::RawEvents)?;
    answer(&loaded.engine.trace(&arguments.id)?, arguments.form)?;
    Ok(loaded.exit())
}
