//! Catalogs as tables.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::CatalogTool;
use super::error::CatalogError;

/// What separates columns, most telling first.
const SEPARATORS: &[u8] = b"\t,;";

/// What columns may be called.
const NAME: &[&str] = &["name", "tool", "tool_name"];
const DESCRIPTION: &[&str] = &["description"];
/// What counts where no column has descriptions.
const SUMMARY: &[&str] = &["summary"];
const SERVER: &[&str] = &["server", "server_name", "mcp_server_id"];

/// Where the columns stand.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    description: Option<usize>,
    server: Option<usize>,
}

/// The tools of a table whose header names the columns, or that has just a name and a description in each line.
pub(super) fn tools(text: &str) -> Result<Vec<CatalogTool>, CatalogError> {
    let (lines_before, text) = without_comments(text);
    let header = SEPARATORS.iter().find_map(|separator| {
        let first = records(text, *separator).next()?.ok()?;
        Some((*separator, Columns::of_header(&first)?))
    });
    match header {
        Some((separator, columns)) => {
            read(records(text, separator).skip(1), columns, false, lines_before)
        }
        None => {
            let columns = Columns { name: 0, description: Some(1), server: None };
            let separator = separator_without_header(text, lines_before)?;
            read(records(text, separator), columns, true, lines_before)
        }
    }
}

/// A table without the comments in front, and how many lines they take.
fn without_comments(text: &str) -> (u64, &str) {
    let mut lines = 0;
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        let comment = line.trim().strip_prefix('#').map(str::trim_start);
        // A first column may be called `#`.
        let is_comment = comment.is_some_and(|words| !words.starts_with([',', ';']))
            && !line.trim_start().starts_with("#\t");
        if !is_comment && !line.trim().is_empty() {
            break;
        }
        lines += 1;
        rest = after;
    }
    (lines, rest)
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = csv::Result<StringRecord>> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(separator).has_headers(false).flexible(true).trim(Trim::All);
    builder.from_reader(text.as_bytes()).into_records()
}

/// The separator that makes two columns of the first line.
fn separator_without_header(text: &str, lines_before: u64) -> Result<u8, CatalogError> {
    let columns =
        |separator| records(text, separator).next().and_then(Result::ok).map(|it| it.len());
    let mut separators = SEPARATORS.iter().copied();
    separators.find(|separator| columns(*separator) == Some(2)).ok_or_else(|| CatalogError::Table {
        line: lines_before + 1,
        what: "has neither two columns nor a column `name`".to_owned(),
    })
}

fn read(
    records: impl Iterator<Item = csv::Result<StringRecord>>,
    columns: Columns,
    has_two: bool,
    lines_before: u64,
) -> Result<Vec<CatalogTool>, CatalogError> {
    let line = |place: Option<&csv::Position>| lines_before + place.map_or(1, csv::Position::line);
    let mut tools = Vec::new();
    for record in records {
        let record = record.map_err(|error| CatalogError::Table {
            line: line(error.position()),
            what: format!("is no record of a table: {error}"),
        })?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = line(record.position());
        if has_two && record.len() != 2 {
            let what = format!("has {} columns, not a name and a description", record.len());
            return Err(CatalogError::Table { line, what });
        }
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let server = columns.server.map(cell).filter(|server| !server.is_empty());
        let name = cell(columns.name);
        let description = columns.description.map(cell).unwrap_or_default();
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
        let description = place(DESCRIPTION).or_else(|| place(SUMMARY));
        Some(Self { name: place(NAME)?, description, server: place(SERVER) })
    }
}
