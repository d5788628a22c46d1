//! `topics`: the list of topics, or what changed in them since an earlier registry.

use std::path::Path;

use mcp_insights_presentation::printable::one_line;

use super::answer;
use crate::arguments::Topics;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};
use crate::reading::{Loaded, load};
use crate::registry_file;

pub(super) fn run(arguments: &Topics) -> Result<Exit, Failure> {
    // Before the reading, which may take long.
    let old = arguments.diff.as_deref().map(old_registry).transpose()?;
    let loaded = load(&arguments.reading, Needs::Figures)?;
    if let (Some(old), Some(path)) = (&old, &arguments.diff)
        && old.embedder().is_some_and(|name| Some(name) != loaded.engine.registry().embedder())
    {
        return Err(Failure::RegistryUnlike { path: path.clone() });
    }
    match old {
        Some(old) => show_differences(&loaded, &old, arguments.json)?,
        None => {
            let now = loaded.now(arguments.window.clock.now)?;
            answer(&loaded.engine.topics(&arguments.query(), now)?, arguments.form)?;
        }
    }
    Ok(loaded.exit())
}

/// A registry that must be there.
fn old_registry(path: &Path) -> Result<mcp_insights::Registry, Failure> {
    let content = std::fs::read_to_string(path)
        .map_err(|error| Failure::RegistryUnread { path: path.to_owned(), error })?;
    registry_file::parse(path, &content)
}

fn show_differences(
    loaded: &Loaded,
    old: &mcp_insights::Registry,
    as_json: bool,
) -> Result<(), Failure> {
    let differences = loaded.engine.registry().topics.differences_from(&old.topics);
    let mut output = Output::stdout();
    for difference in &differences {
        if as_json {
            output.json(difference, Form::Compact)?;
        } else {
            output.text(&format!("{}\n", one_line(&difference.to_string())))?;
        }
    }
    if differences.is_empty() && !as_json {
        output.text("no topic changed\n")?;
    }
    Ok(output.finish()?)
}
