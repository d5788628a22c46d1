//! `sessions`: the list of sessions.

use super::answer;
use crate::arguments::Sessions;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Sessions) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let now = loaded.now(arguments.window.clock.now)?;
    answer(&loaded.engine.sessions(&arguments.query(), now)?, arguments.form)?;
    Ok(loaded.exit())
}
