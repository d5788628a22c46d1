//! `topics`: the list of topics.

use super::answer;
use crate::arguments::Topics;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Topics) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let now = loaded.now(arguments.window.clock.now)?;
    answer(&loaded.engine.topics(&arguments.query(), now)?, arguments.form)?;
    Ok(loaded.exit())
}
