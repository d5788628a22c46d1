//! `overview`: KPIs, trends, breakdowns and the first topics and failed searches.

use super::answer;
use crate::arguments::Overview;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Overview) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let now = loaded.now(arguments.window.clock.now)?;
    answer(&loaded.engine.overview(&arguments.window.overview_query(), now)?, arguments.form)?;
    Ok(loaded.exit())
}
