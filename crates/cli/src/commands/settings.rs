//! `settings`: how long events are kept, what a server bears. A running server reads them again.

use mcp_insights::{ChangeError, DocumentName, Documents, Settings, SettingsError};

use crate::arguments::Settings as Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};

/// Why the settings are not changed.
enum Refused {
    Document(SettingsError),
    Value(String),
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let settings = if arguments.set.is_empty() {
        let documents = Documents::open_read_only(&arguments.data)?;
        Settings::from_document(documents.read(DocumentName::Settings)?.as_deref())?
    } else {
        change(arguments)?
    };
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&settings, Form::Compact)?;
    } else {
        let lines: String =
            settings.rows().map(|(name, value)| format!("{name:<26}  {value}\n")).collect();
        output.text(&lines)?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

fn change(arguments: &Arguments) -> Result<Settings, Failure> {
    let documents = Documents::open(&arguments.data)?;
    let changed = documents.change(DocumentName::Settings, |content| {
        let mut settings = Settings::from_document(content).map_err(Refused::Document)?;
        for (name, value) in &arguments.set {
            settings.set(name, value).map_err(Refused::Value)?;
        }
        Ok((settings.to_document(), settings))
    });
    changed.map_err(|error| match error {
        ChangeError::Store(error) => Failure::Store(error),
        ChangeError::Refused(Refused::Document(error)) => Failure::Settings(error),
        ChangeError::Refused(Refused::Value(problem)) => Failure::Setting(problem),
    })
}
