//! `searches`: the list of clusters of failed searches.

use super::answer;
use crate::arguments::Searches;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Searches) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let now = loaded.now(arguments.window.clock.now)?;
    answer(&loaded.engine.searches(&arguments.query(), now)?, arguments.form)?;
    Ok(loaded.exit())
}
