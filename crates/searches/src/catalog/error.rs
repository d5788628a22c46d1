//! What may be wrong with a catalog.

/// Why a catalog cannot be read: what is wrong, where, and what to give instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// Nothing is in it.
    #[error("the catalog is empty; {FORMS}")]
    Empty,
    /// It is packed with gzip or zstd.
    #[error("the catalog is compressed; give it unpacked")]
    Compressed,
    /// It is no text, or text in another encoding.
    #[error("the catalog is not UTF-8 at line {line}, column {column}; save it as UTF-8")]
    NotUtf8 {
        /// The line of the first byte that is wrong, from 1.
        line: usize,
        /// The column of that byte in bytes, from 1.
        column: usize,
    },
    /// Its JSON or YAML is broken, too deep, or expands to too much.
    #[error(
        "the catalog is no {language} that can be read: {what} at line {line}, column {column}; {FORMS}"
    )]
    Broken {
        /// What it looks like: `JSON` or `YAML`.
        language: &'static str,
        /// What is wrong.
        what: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It looks like a table and is not one of tools.
    #[error("line {line} of the catalog {what}; {FORMS}")]
    Table {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A tool has no name.
    #[error("{place} of the catalog has no name; give each tool a `name` that is not empty")]
    Nameless {
        /// Which it is, such as "tool 3 of server `mail`".
        place: String,
    },
    /// It is a document, but of another kind.
    #[error("the catalog is {what}, which lists no tools; {FORMS}")]
    OtherKind {
        /// What it is, such as "a map with the keys `a`, `b`".
        what: String,
    },
    /// It is an OpenAPI document that offers nothing.
    #[error(
        "the OpenAPI document has no operation under `paths`; give the document that has them, with its parts in one file"
    )]
    NoOperations,
    /// The references of an OpenAPI document stand for more text than is sensible.
    #[error(
        "the references of the OpenAPI document expand to too much at {place}; give one with less shared between operations"
    )]
    Expands {
        /// The operation at which it was too much.
        place: String,
    },
    /// The system has no thread left to read it.
    #[error("cannot start a thread to read the catalog: {0}; try again with fewer other processes")]
    NoThread(String),
}

/// What can be read, at the end of messages.
const FORMS: &str = "give the answer of tools/list (JSON, or one JSON document a line), a list of tools with `name` and \
                     `description` (JSON, YAML or CSV), or an OpenAPI document (JSON or YAML)";
