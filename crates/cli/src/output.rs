//! Standard output: rows of JSON, or a page for people.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

/// Standard output, buffered; JSON rows go out as the bytes that serde_json gives, each with a line feed.
pub(crate) struct Output {
    sink: BufWriter<io::StdoutLock<'static>>,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One line without spaces: the answer byte for byte.
    Compact,
    /// Indented, for people.
    Pretty,
}

impl Form {
    /// Indented or not.
    pub(crate) fn pretty(pretty: bool) -> Self {
        if pretty { Self::Pretty } else { Self::Compact }
    }
}

impl Output {
    /// Takes standard output.
    pub(crate) fn stdout() -> Self {
        Self { sink: BufWriter::with_capacity(1 << 16, io::stdout().lock()) }
    }

    /// Writes one value as JSON and a line feed.
    pub(crate) fn json(&mut self, value: &impl Serialize, form: Form) -> io::Result<()> {
        match form {
            Form::Compact => serde_json::to_writer(&mut self.sink, value)?,
            Form::Pretty => serde_json::to_writer_pretty(&mut self.sink, value)?,
        }
        self.sink.write_all(b"\n")
    }

    /// Writes a text as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.sink.write_all(text.as_bytes())
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sink.write_all(bytes)
    }

    /// Sends out what is still held.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Prints a styled page; the styles go where standard output shows none.
pub(crate) fn styled(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
