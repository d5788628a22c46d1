//! What the text of a search says, apart from the form that its tool wants.

use mcp_insights_text::fold;

/// A tag longer than this is no tag.
const LONGEST_TAG: usize = 200;

/// The names of the two fields of a routing query: where to look, and for what.
const WHERE: &str = "server:";
const WHAT: &str = "tool:";

/// A query as people would read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// All its words, without tags and names of fields.
    pub(crate) words: String,
    /// The part that says what is wanted.
    pub(crate) wish: String,
}

/// Reads a query: tags such as `<tool_assistant>` are dropped, and of `server: … tool: …` the names of the fields.
pub(crate) fn read(text: &str) -> Reading {
    let text = without_tags(text);
    let start = text.trim_start();
    let has_form = field(start, 0, WHERE) || field(start, 0, WHAT);
    if !has_form {
        return Reading { words: text.trim().to_owned(), wish: text.trim().to_owned() };
    }
    let (mut words, mut wish) = (Vec::new(), Vec::new());
    let mut wanted = false;
    let (mut place, mut from) = (0, 0);
    let mut parts: Vec<(bool, &str)> = Vec::new();
    while place < start.len() {
        let name = [WHERE, WHAT].into_iter().find(|name| field(start, place, name));
        if let Some(name) = name {
            parts.push((wanted, start.get(from..place).unwrap_or_default()));
            wanted = name == WHAT;
            place += name.len();
            from = place;
        } else {
            place += 1;
        }
    }
    parts.push((wanted, start.get(from..).unwrap_or_default()));
    for (wanted, part) in parts {
        let part = part.trim();
        words.extend(Some(part).filter(|part| !part.is_empty()));
        wish.extend(Some(part).filter(|part| wanted && !part.is_empty()));
    }
    let words = words.join(" ");
    let wish = if wish.is_empty() { words.clone() } else { wish.join(" ") };
    Reading { words, wish }
}

/// What a search is compared by: its words without tags and names of fields, folded.
#[must_use]
pub fn asked(text: &str) -> String {
    fold(&read(text).words)
}

/// Whether the name of a field stands at a byte of a text, where a word may begin.
fn field(text: &str, place: usize, name: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = place == 0
        || bytes.get(place - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let end = place + name.len();
    begins && bytes.get(place..end).is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes()))
}

/// The text with a space in place of each tag of markup.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        kept.push_str(before);
        if let Some(length) = tag_length(tag) {
            kept.push(' ');
            rest = tag.get(length..).unwrap_or_default();
        } else {
            kept.push('<');
            rest = tag.get(1..).unwrap_or_default();
        }
    }
    kept.push_str(rest);
    kept
}

/// Bytes of the tag that a text begins with, which is `<name …>` or `</name>`.
fn tag_length(text: &str) -> Option<usize> {
    let inside = text.get(1..)?;
    let name = inside.strip_prefix('/').unwrap_or(inside);
    if !name.starts_with(|character: char| character.is_ascii_alphabetic()) {
        return None;
    }
    let end = inside.bytes().take(LONGEST_TAG).position(|byte| matches!(byte, b'<' | b'>'))?;
    (inside.as_bytes().get(end) == Some(&b'>')).then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_by_their_words() {
        for (text, words, wish) in [
            ("refund bulk", "refund bulk", "refund bulk"),
            ("server: file system tool: read file", "file system read file", "read file"),
            (
                "<tool_assistant>\nserver: web\ntool: fetch page\n</tool_assistant>",
                "web fetch page",
                "fetch page",
            ),
            ("Server: x Tool: y", "x y", "y"),
            ("tool: get stock price", "get stock price", "get stock price"),
            ("server: maps", "maps", "maps"),
            ("which server: a or b", "which server: a or b", "which server: a or b"),
            ("a < b and c > d", "a < b and c > d", "a < b and c > d"),
            ("server: 天气 tool: 预报", "天气 预报", "预报"),
            ("server: tool:", "", ""),
            ("<", "<", "<"),
            ("", "", ""),
        ] {
            let expected = Reading { words: words.to_owned(), wish: wish.to_owned() };
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
