//! Catalogs from bytes, their form told by what is in them.

use super::error::CatalogError;
use super::node::{read_json, read_yaml};
use super::{Catalog, listing, table};

impl Catalog {
    /// Reads a catalog: the answer of `tools/list`, a list of tools in JSON, YAML or CSV, or an OpenAPI document. Of tools
    /// with one server and one name the one that says most stays.
    ///
    /// ```
    /// use mcp_insights_searches::Catalog;
    /// let catalog = Catalog::read(b"name,description\nget_invoice,Reads one invoice")?;
    /// assert_eq!(catalog.tools()[0].name, "get_invoice");
    /// # Ok::<(), mcp_insights_searches::CatalogError>(())
    /// ```
    ///
    /// # Errors
    /// Where the bytes are in none of these forms, or a tool has no name.
    pub fn read(bytes: &[u8]) -> Result<Self, CatalogError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if PACKED.iter().any(|magic| bytes.starts_with(magic)) {
            return Err(CatalogError::Compressed);
        }
        let text =
            std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
        if text.trim().is_empty() {
            return Err(CatalogError::Empty);
        }
        let tools = match Language::of(text) {
            Language::Json => listing::tools(&read_json(text)?)?,
            Language::Yaml => listing::tools(&[read_yaml(text)?])?,
            Language::Table => table::tools(text)?,
        };
        Ok(tools.into_iter().collect())
    }
}

/// What gzip and zstd begin with.
const PACKED: [&[u8]; 2] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"];

fn not_utf8(bytes: &[u8], place: usize) -> CatalogError {
    let before = bytes.get(..place).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    CatalogError::NotUtf8 { line, column: place - line_start + 1 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Json,
    Yaml,
    Table,
}

impl Language {
    /// What the first line that is no comment looks like.
    fn of(text: &str) -> Self {
        if text.trim_start().starts_with(['{', '[']) {
            return Self::Json;
        }
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.find(|line| !line.starts_with('#')).unwrap_or_default();
        let begins_yaml = ["---", "%YAML", "- ", "? "].iter().any(|start| first.starts_with(start))
            || first == "-";
        if begins_yaml || is_key(first) { Self::Yaml } else { Self::Table }
    }
}

/// Whether a line begins with a key of YAML, and not with the first column of a table.
fn is_key(line: &str) -> bool {
    let after = match line.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            line.get(1..).and_then(|rest| rest.split_once(quote)).map(|(_, after)| after)
        }
        _ => line.find([',', '\t', ';', ':']).and_then(|end| line.get(end..)),
    };
    let value = after.and_then(|after| after.strip_prefix(':'));
    value.is_some_and(|value| value.is_empty() || value.starts_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_told_by_the_first_line() {
        for (text, expected) in [
            (" \n{", Language::Json),
            ("[]", Language::Json),
            ("openapi: 3.0.0", Language::Yaml),
            ("# comment\n\n\"openapi\" : 1", Language::Table),
            ("# comment\n\n\"openapi\": 1", Language::Yaml),
            ("'a, b': c", Language::Yaml),
            ("tools:", Language::Yaml),
            ("---\na", Language::Yaml),
            ("- name: a", Language::Yaml),
            ("? a\n: b", Language::Yaml),
            ("-\n  name: a", Language::Yaml),
            ("name,description", Language::Table),
            ("a,b: c", Language::Table),
            ("a;b: c", Language::Table),
            ("docs:search,b", Language::Table),
            ("\"a: b\",c", Language::Table),
            ("\"a", Language::Table),
            ("<html>", Language::Table),
        ] {
            assert_eq!(Language::of(text), expected, "{text}");
        }
    }
}
