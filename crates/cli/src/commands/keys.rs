//! `keys`: who may ask and who may send. A running server sees at once what changes here.

use std::fmt::Write as _;
use std::path::Path;

use mcp_insights::api::Role;
use mcp_insights::{ChangeError, DocumentName, Documents, Timestamp};
use mcp_insights_server::keys::{Access, Key, Keys, KeysError, NewKey};
use mcp_insights_server::system_time;
use serde::Serialize;

use crate::arguments::{CreateKey, Keys as Arguments, KeysCommand, ListKeys, RevokeKey};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};
use mcp_insights_presentation::printable::one_line;

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        KeysCommand::Create(arguments) => create(arguments),
        KeysCommand::List(arguments) => list(arguments),
        KeysCommand::Revoke(arguments) => revoke(arguments),
    }
}

fn create(arguments: &CreateKey) -> Result<Exit, Failure> {
    let (access, usual_name) = match (&arguments.role, &arguments.mcp_server) {
        (Some(role), _) => {
            let role = Role::from(*role);
            (Access::Role(role), word(&role))
        }
        (None, server) => {
            let server = server.clone().unwrap_or_default();
            (Access::Ingest { mcp_server_id: server.clone() }, server)
        }
    };
    let name = arguments.name.clone().unwrap_or(usual_name);
    let sends = matches!(access, Access::Ingest { .. });
    let key = change(&arguments.data, |keys| keys.create(access, &name, system_time()))?;
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&key, Form::Compact)?;
    } else {
        output.text(&in_words(&key, sends, &arguments.data))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

fn in_words(key: &NewKey, sends: bool, data: &Path) -> String {
    let mut text = format!("{}\n\nIt is shown this once; only its hash is kept.", key.key);
    // Writing to a string cannot fail.
    let _ = if sends {
        write!(text, " An SDK takes it as ANALYTICS_INGEST_API_KEY.")
    } else {
        write!(text, " Sign in with it, or send it as `Authorization: Bearer …`.")
    };
    let data = one_line(&data.display().to_string());
    let _ = writeln!(text, "\nTo revoke it: mcp-insights keys revoke {} --data {data}", key.id);
    text
}

fn list(arguments: &ListKeys) -> Result<Exit, Failure> {
    let content = Documents::open_read_only(&arguments.data)?.read(DocumentName::Keys)?;
    let keys = Keys::from_document(content.as_deref())?;
    let rows: Vec<Row<'_>> = keys.iter().map(Row::of).collect();
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&rows, Form::Compact)?;
    } else if rows.is_empty() {
        output.text("there are no keys yet; `mcp-insights keys create` makes one\n")?;
    } else {
        let lines: String = rows.iter().map(Row::in_words).collect();
        output.text(&lines)?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

fn revoke(arguments: &RevokeKey) -> Result<Exit, Failure> {
    // A folder that is not there has no keys to revoke, and is not made for it.
    Documents::open_read_only(&arguments.data)?;
    change(&arguments.data, |keys| keys.revoke(&arguments.id, system_time()))?;
    let mut output = Output::stdout();
    output.text(&format!("{} opens nothing any more\n", one_line(&arguments.id)))?;
    output.finish()?;
    Ok(Exit::Done)
}

/// Changes the keys of a folder.
fn change<T>(
    folder: &Path,
    change: impl FnOnce(&mut Keys) -> Result<T, KeysError>,
) -> Result<T, Failure> {
    let changed = Documents::open(folder)?.change(DocumentName::Keys, |content| {
        let mut keys = Keys::from_document(content)?;
        let outcome = change(&mut keys)?;
        Ok((keys.to_document(), outcome))
    });
    changed.map_err(|error| match error {
        ChangeError::Store(error) => Failure::Store(error),
        ChangeError::Refused(error) => Failure::Keys(error),
    })
}

/// A key for machines.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    role: Option<Role>,
    mcp_server_id: Option<&'a str>,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

impl<'a> Row<'a> {
    fn of(key: &'a Key) -> Self {
        let (role, mcp_server_id) = match &key.access {
            Access::Role(role) => (Some(*role), None),
            Access::Ingest { mcp_server_id } => (None, Some(mcp_server_id.as_str())),
        };
        let Key { id, name, created_at, revoked_at, .. } = key;
        Self { id, name, role, mcp_server_id, created_at: *created_at, revoked_at: *revoked_at }
    }

    fn in_words(&self) -> String {
        let access = match (&self.role, self.mcp_server_id) {
            (Some(role), _) => word(role),
            (None, server) => format!("events of {}", one_line(server.unwrap_or_default())),
        };
        let revoked = match self.revoked_at {
            Some(time) => format!(", revoked {time}"),
            None => String::new(),
        };
        let name = one_line(self.name);
        format!("{}  {access:<12}  {name}  (made {}{revoked})\n", self.id, self.created_at)
    }
}

/// The word of the contract.
fn word(role: &Role) -> String {
    match serde_json::to_value(role) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
