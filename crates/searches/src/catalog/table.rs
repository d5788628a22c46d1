//! Catalogs as tables.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::CatalogTool;
use super::error::CatalogError;

/// What separates columns, most telling first.
const SEPARATORS: &[u8] = b"\t,;";

/// What columns may be called.
const NAME: &[&str] = &["name", "tool", "tool_name"];
const DESCRIPTION: &[&str] = &["description"];
const SERVER: &[&str] = &["server", "server_name", "mcp_server_id"];

/// Where the columns stand.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    description: usize,
    server: Option<usize>,
}

/// The tools of a table whose header names the columns, or that has just a name and a description in each line.
pub(super) fn tools(text: &str) -> Result<Vec<CatalogTool>, CatalogError> {
    let header = SEPARATORS.iter().find_map(|separator| {
        let first = records(text, *separator).next()?.ok()?;
        Some((*separator, Columns::of_header(&first)?))
    });
    match header {
        Some((separator, columns)) => read(records(text, separator).skip(1), columns, false),
        None => {
            let columns = Columns { name: 0, description: 1, server: None };
            read(records(text, separator_without_header(text)?), columns, true)
        }
    }
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = csv::Result<StringRecord>> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(separator).has_headers(false).flexible(true).trim(Trim::All);
    builder.from_reader(text.as_bytes()).into_records()
}

/// The separator that makes two columns of the first line.
fn separator_without_header(text: &str) -> Result<u8, CatalogError> {
    let columns =
        |separator| records(text, separator).next().and_then(Result::ok).map(|it| it.len());
    let mut separators = SEPARATORS.iter().copied();
    separators.find(|separator| columns(*separator) == Some(2)).ok_or_else(|| CatalogError::Table {
        line: 1,
        what: "has neither two columns nor the columns `name` and `description`".to_owned(),
    })
}

fn read(
    records: impl Iterator<Item = csv::Result<StringRecord>>,
    columns: Columns,
    has_two: bool,
) -> Result<Vec<CatalogTool>, CatalogError> {
    let mut tools = Vec::new();
    for record in records {
        let record = record.map_err(|error| CatalogError::Table {
            line: error.position().map_or(1, csv::Position::line),
            what: format!("is no record of a table: {error}"),
        })?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(1, csv::Position::line);
        if has_two && record.len() != 2 {
            let what = format!("has {} columns, not a name and a description", record.len());
            return Err(CatalogError::Table { line, what });
        }
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let server = columns.server.map(cell).filter(|server| !server.is_empty());
        let (name, description) = (cell(columns.name), cell(columns.description));
        if name.is_empty() {
            return Err(CatalogError::Nameless { place: format!("the tool in line {line}") });
        }
        tools.push(CatalogTool { server, name, description, parameters: Vec::new() });
    }
    Ok(tools)
}

impl Columns {
    fn of_header(header: &StringRecord) -> Option<Self> {
        let place = |names: &[&str]| {
            header.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()))
        };
        Some(Self { name: place(NAME)?, description: place(DESCRIPTION)?, server: place(SERVER) })
    }
}
