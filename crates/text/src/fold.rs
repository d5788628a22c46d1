//! Folding: two texts that differ only in values and spelling become one.

mod kinds;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::tokens::{compatible, lower};
pub(crate) use scan::without_paths;
use scan::{Style, replace_values};

/// A text as a key: equal for texts that ask for the same but for the values in them.
///
/// Characters are NFKC and lower case, white space runs are one space, punctuation at both ends and quotes or
/// brackets around the whole or around a single value are dropped. Values become placeholders:
///
/// | value | placeholder |
/// | --- | --- |
/// | numbers, ids (`ORD-1234`, UUIDs, long hexadecimal), IP addresses | `<number>` |
/// | dates, times | `<date>` |
/// | quoted values of up to 64 characters | `<quoted>` |
/// | URLs | `<url>` |
/// | e-mail addresses | `<email>` |
///
/// Several values of one kind in a row are one. Words with few digits (`s3`, `oauth2`, `2fa`, `h264`) are no ids.
/// A text that is blank gives `""`, every other text something. Folding again changes nothing:
/// `fold(&fold(text)) == fold(text)`.
///
/// About a microsecond for a text of ten words.
///
/// ```
/// use mcp_insights_text::fold;
/// assert_eq!(fold("Refund order  5678!"), "refund order <number>");
/// assert_eq!(fold("refund order #ORD-1234"), fold("Refund order 5678"));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let (mut folded, mut is_final) = fold_once(text);
    // Values can come to light when others have gone: a quote is short enough once the URL in it is.
    // Every round that changes something replaces characters by placeholders, so few are needed.
    for _ in 0..8 {
        if is_final {
            break;
        }
        let (again, unchanged) = fold_once(&folded);
        is_final = unchanged || again == folded;
        folded = again;
    }
    folded
}

/// An error text without what differs from call to call, for grouping and for showing as an example.
///
/// Wording and case stay. Numbers, ids, memory and IP addresses, dates, URLs, e-mail addresses, quoted values and
/// file paths become the placeholders of [`fold()`] and `<path>`; white space runs are one space. Status codes stay
/// (`HTTP 404`, `status code 503`), and so do the quotes of JSON, which hold keys and messages. Of a Python traceback the last line
/// is taken: it says what went wrong. The result has at most 200 characters.
///
/// One or two microseconds.
///
/// ```
/// use mcp_insights_text::fold_error;
/// assert_eq!(fold_error("Task 'a1b2' timed out after 300 s at 0x7f3a2b"),
///     "Task <quoted> timed out after <number> s at <number>");
/// ```
#[must_use]
pub fn fold_error(text: &str) -> String {
    let text = text.trim();
    let text = match text.get(..TRACEBACK.len()) {
        Some(start) if start.eq_ignore_ascii_case(TRACEBACK) => {
            text.lines().next_back().unwrap_or(text)
        }
        _ => text,
    };
    let text = cut(text, ERROR_READ);
    let mut folded = replace_values(&spaced(&compatible(text)), Style::Error);
    let end = cut(&folded, ERROR_KEPT).trim_end().len();
    folded.truncate(end);
    folded
}

const TRACEBACK: &str = "traceback (most recent call last)";

/// Characters of an error text that are looked at: what is cut away later may be long values.
const ERROR_READ: usize = 600;

/// Characters of a folded error text.
const ERROR_KEPT: usize = 200;

fn cut(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The text folded, and whether it had nothing to be replaced: then it is its own folding.
fn fold_once(text: &str) -> (String, bool) {
    let lowered = lowered(text);
    let spelled = spaced(&lowered);
    let bare = without_wrapping(&spelled);
    let replaced = replace_values(bare, Style::Request);
    if replaced == bare {
        return (replaced, true);
    }
    let trimmed = without_wrapping(&replaced);
    (if trimmed.len() == replaced.len() { replaced } else { trimmed.to_owned() }, false)
}

fn lowered(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    // Lower case may not be NFKC again (capitals with marks), hence twice.
    Cow::Owned(compatible(&lower(&compatible(text))).into_owned())
}

/// One space for a run of white space, none at the ends; typographic quotes become plain ones, and invisible
/// characters disappear.
fn spaced(text: &str) -> Cow<'_, str> {
    if is_spaced(text) {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.chars() {
        let plain = match character {
            '‘' | '’' | '‛' | '′' => '\'',
            '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => continue,
            _ if character.is_whitespace() || character.is_control() => {
                gap = true;
                continue;
            }
            other => other,
        };
        if std::mem::take(&mut gap) && !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push(plain);
    }
    Cow::Owned(spaced)
}

/// Whether a text is plain ASCII without white space that is to go, as most are.
fn is_spaced(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        if !matches!(byte, b' '..=b'~') || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    text.is_empty() || before != b' '
}

/// The text without punctuation at its ends and without quotes around the whole of it; the text itself where
/// nothing else would be left.
fn without_wrapping(text: &str) -> &str {
    let mut bare = text;
    loop {
        let mut inner = bare.trim_start_matches(is_leading).trim_end_matches(is_trailing);
        for (open, close) in PAIRS {
            if let Some(within) =
                inner.strip_prefix(open).and_then(|inner| inner.strip_suffix(close))
                && !within.contains([open, close])
                && !within.trim().is_empty()
            {
                inner = within;
            }
        }
        if inner.is_empty() {
            return if bare.is_empty() { text } else { bare };
        }
        if inner.len() == bare.len() {
            return bare;
        }
        bare = inner;
    }
}

/// What may stand around a whole text and mean nothing there.
const PAIRS: [(char, char); 6] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('(', ')'), ('[', ']'), ('{', '}')];

fn is_leading(character: char) -> bool {
    character == ' ' || ".,;:!?-*>•–—¿¡。、|".contains(character)
}

fn is_trailing(character: char) -> bool {
    character == ' ' || ".,;:!?-…–—。、|".contains(character)
}
