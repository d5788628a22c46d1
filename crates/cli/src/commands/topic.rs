//! `topic`: one topic; an edit of it is kept in the registry.

use super::answer;
use crate::arguments::Topic;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading::load;

pub(super) fn run(arguments: &Topic) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let now = loaded.now(arguments.window.clock.now)?;
    let id = &arguments.id;
    let found = match arguments.patch() {
        Some(patch) => {
            let (edited, found) = loaded.engine.update_topic(id, &patch, now)?;
            // The edit is kept before it is shown: what was printed is true.
            loaded.save(&edited)?;
            found
        }
        None => loaded.engine.topic(id, &arguments.window.query(), now)?,
    };
    answer(&found, arguments.form)?;
    Ok(loaded.exit())
}
