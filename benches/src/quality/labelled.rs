//! Texts that people labelled.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::QualityError;

/// A text and the label that it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The label.
    pub label: String,
    /// The text as it stands in the file.
    pub text: String,
}

/// Reads a file with one `label<TAB>text` a line, which may be gzip; lines without a tab are left out.
///
/// # Errors
/// Where the file cannot be read or is no UTF-8.
pub fn read(path: &Path) -> Result<Vec<Line>, QualityError> {
    let text =
        contents(path).map_err(|source| QualityError::File { path: path.to_owned(), source })?;
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    Ok(lines.map(|(label, text)| Line { label: label.to_owned(), text: text.to_owned() }).collect())
}

/// The text of a file, which may be gzip.
///
/// # Errors
/// Where the file cannot be read or is no UTF-8.
pub fn contents(path: &Path) -> io::Result<String> {
    let bytes = fs::read(path)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return String::from_utf8(bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    Ok(text)
}

/// The same texts, each with a label that no other has: texts of no topic, which should stay alone.
#[must_use]
pub fn strangers(lines: Vec<Line>) -> Vec<Line> {
    let own = |(place, line): (usize, Line)| Line {
        label: format!("{} {place}", line.label),
        text: line.text,
    };
    lines.into_iter().enumerate().map(own).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn plain_and_packed_files_are_the_same_lines() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let (plain, packed) = (folder.path().join("a.tsv"), folder.path().join("a.tsv.gz"));
        let text = "pay\tI want to pay\nno label\nask\twhat\tis this\n";
        fs::write(&plain, text)?;
        let file = fs::File::create(&packed)?;
        let mut writer = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        writer.write_all(text.as_bytes())?;
        writer.finish()?;
        let line = |label: &str, text: &str| Line { label: label.into(), text: text.into() };
        let expected = vec![line("pay", "I want to pay"), line("ask", "what\tis this")];
        assert_eq!(read(&plain)?, expected);
        assert_eq!(read(&packed)?, expected);
        assert!(read(&folder.path().join("none")).is_err());
        Ok(())
    }

    #[test]
    fn strangers_share_no_label() {
        let line = Line { label: "oos".into(), text: "x".into() };
        let strangers = strangers(vec![line.clone(), line]);
        assert_ne!(strangers[0].label, strangers[1].label);
    }
}
