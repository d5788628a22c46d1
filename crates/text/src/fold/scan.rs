//! One walk over a text that copies words and puts placeholders in place of values.

use super::kinds::{KINDS, MONTHS, has_words, joined};
use std::borrow::Cow;

use crate::placeholder::Placeholder;

/// What is folded; it decides about quotes, paths and status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Intents and queries, in lower case.
    Request,
    /// Error texts.
    Error,
}

/// Characters of a quoted value; what is longer is a message or several sentences.
const QUOTED_VALUE: usize = 64;

/// The text, white space and quotes already plain, with its values replaced.
pub(super) fn replace_values(text: &str, style: Style) -> String {
    let mut scan = Scan {
        text,
        at: 0,
        out: String::with_capacity(text.len()),
        last: None,
        in_json: false,
        style,
    };
    while scan.at < text.len() {
        scan.step();
    }
    scan.out
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    out: String,
    /// The last placeholder written and where it ends in `out`.
    last: Option<(Placeholder, usize)>,
    /// After the first `{` of an error text quotes are structure.
    in_json: bool,
    style: Style,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether the character before is no letter or digit, so that a value may begin here.
    fn begins(&self) -> bool {
        self.at == 0
            || self
                .text
                .as_bytes()
                .get(self.at - 1)
                .is_none_or(|byte| !byte.is_ascii_alphanumeric())
    }

    fn step(&mut self) {
        let Some(first) = self.rest().chars().next() else {
            self.at = self.text.len();
            return;
        };
        if first == ' ' {
            return self.copy(1);
        }
        if let Some(length) = self.plain_word() {
            return self.copy(length);
        }
        if self.at_chunk_start()
            && let Some((placeholder, length)) = self.address_or_path()
        {
            return self.put(placeholder, length);
        }
        match first {
            '<' => match Placeholder::at_start_of(self.rest()) {
                Some(placeholder) => self.put(placeholder, placeholder.text().len()),
                None => self.copy(1),
            },
            '"' | '\'' | '`' => match self.quoted(first) {
                0 => self.copy(1),
                length => self.put(Placeholder::Quoted, length),
            },
            '#' | '+' | '-' if self.is_sign() => self.sign(),
            _ if first.is_ascii_alphanumeric() => self.word(),
            _ => {
                self.in_json |= first == '{' && self.style == Style::Error;
                self.copy(first.len_utf8());
            }
        }
    }

    /// Bytes of a run of ASCII letters up to a space or the end, as most words are: no value begins in it. A month before a number
    /// is left to [`word`](Self::word).
    fn plain_word(&self) -> Option<usize> {
        let bytes = self.rest().as_bytes();
        let length = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let is_plain = match bytes.get(length..)? {
            [] | [b' '] => true,
            [b' ', next, ..] => !next.is_ascii_digit(),
            _ => false,
        };
        (is_plain && length > 0).then_some(length)
    }

    fn copy(&mut self, length: usize) {
        let end = self.at + length;
        self.out.push_str(self.text.get(self.at..end).unwrap_or_default());
        self.at = end;
    }

    /// Writes a placeholder for the next `length` bytes; one of the same kind right before takes it in.
    fn put(&mut self, placeholder: Placeholder, length: usize) {
        self.at += length;
        let bracketed = matches!(
            (self.out.chars().next_back(), self.rest().chars().next()),
            (Some('('), Some(')')) | (Some('['), Some(']'))
        );
        if bracketed && self.style == Style::Request {
            self.out.pop();
            self.at += 1;
        }
        if let Some((last, end)) = self.last {
            let between = self.out.get(end..).unwrap_or_default();
            if last == placeholder
                && (between.chars().all(|sign| " ,-/&+".contains(sign)) || between == " and ")
            {
                self.out.truncate(end);
                return;
            }
        }
        self.out.push_str(placeholder.text());
        self.last = Some((placeholder, self.out.len()));
    }

    fn at_chunk_start(&self) -> bool {
        self.at == 0
            || self.text.as_bytes().get(self.at - 1).is_some_and(|byte| {
                matches!(byte, b' ' | b'(' | b'[' | b'<' | b'=' | b',' | b':' | b'"' | b'\'')
            })
    }

    /// URL, e-mail address or file path at the start of a chunk, up to the white space or quote that ends it.
    fn address_or_path(&self) -> Option<(Placeholder, usize)> {
        let rest = self.rest();
        let ends = |byte: u8| matches!(byte, b' ' | b'"' | b'<' | b'>' | b'`');
        let end = rest.bytes().position(ends).unwrap_or(rest.len());
        let chunk = rest.get(..end)?;
        // Most chunks are words, which hold none of the marks that each of the three needs.
        let may_be = |byte: u8| matches!(byte, b'/' | b'\\' | b'@');
        if !chunk.bytes().any(may_be) && !chunk.starts_with("www.") {
            return None;
        }
        let chunk = chunk.trim_end_matches(|sign| ".,;:!?)]}'*".contains(sign));
        let is_path = self.style == Style::Error && !self.in_json;
        if is_url(chunk) {
            Some((Placeholder::Url, chunk.len()))
        } else if let Some(length) = email(chunk) {
            Some((Placeholder::Email, length))
        } else if is_path && path(chunk) {
            Some((Placeholder::Path, chunk.len()))
        } else {
            None
        }
    }

    /// Length of the quoted value that begins here, quotes included; 0 where the sign is none that opens a value.
    fn quoted(&self, quote: char) -> usize {
        if self.in_json || !self.begins() {
            return 0;
        }
        let rest = self.rest().get(1..).unwrap_or_default();
        let mut before = ' ';
        for (count, (at, character)) in rest.char_indices().enumerate() {
            if count > QUOTED_VALUE {
                return 0;
            }
            if character == quote {
                let after = rest.get(at + 1..).and_then(|after| after.chars().next());
                let closes = before != ' ' && after.is_none_or(|after| !after.is_alphanumeric());
                if closes {
                    return at + 2;
                }
                // An apostrophe within a word of the value.
                if quote != '\'' || before == ' ' {
                    return 0;
                }
            }
            before = character;
        }
        0
    }

    /// `#1234`, `-5`, `+49`: a sign that belongs to a number after white space.
    fn is_sign(&self) -> bool {
        self.at_chunk_start()
            && match self.rest().as_bytes() {
                [b'#', next, ..] => {
                    next.is_ascii_alphanumeric() && self.value_at(self.at + 1).is_some()
                }
                [_, next, ..] => next.is_ascii_digit(),
                _ => false,
            }
    }

    /// Drops the sign; but a status keeps its own (`error -32602`).
    fn sign(&mut self) {
        self.at += 1;
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if self.style == Style::Error && self.is_status(digits) {
            self.at -= 1;
            self.copy(1);
        }
    }

    fn value_at(&self, at: usize) -> Option<(Placeholder, usize)> {
        let bytes = self.text.as_bytes().get(at..)?;
        KINDS.iter().find_map(|&(placeholder, length_of)| match length_of(bytes) {
            0 => None,
            length => Some((placeholder, length)),
        })
    }

    /// A run of ASCII letters and digits: a value, a month with its day, or a word.
    fn word(&mut self) {
        let bytes = self.rest().as_bytes();
        let run = joined(bytes);
        let has_digit = bytes.get(..run).unwrap_or_default().iter().any(u8::is_ascii_digit);
        if let Some(length) = self.calendar_day() {
            return self.put(Placeholder::Date, length);
        }
        // Only an address in hexadecimal may begin with a group of letters.
        if (has_digit || bytes.get(run) == Some(&b':'))
            && let Some((placeholder, length)) =
                self.value_at(self.at).filter(|&(_, length)| self.is_value(length))
        {
            if self.style == Style::Error && self.is_status(length) {
                return self.copy(length);
            }
            return self.put(placeholder, length);
        }
        // In a run of several words the groups are looked at one by one.
        let group = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        self.copy(if has_digit && has_words(bytes.get(..run).unwrap_or_default()) {
            group
        } else {
            run
        });
    }

    /// Right after `word.`, `word-` or `word_` (`python3.11`, `v1.2.3`) a value has three or more digits.
    fn is_value(&self, length: usize) -> bool {
        let bytes = self.text.as_bytes();
        let before = |back: usize| {
            self.at.checked_sub(back).and_then(|at| bytes.get(at)).copied().unwrap_or_default()
        };
        let inside = matches!(before(1), b'.' | b'-' | b'_') && before(2).is_ascii_alphanumeric();
        let value = bytes.get(self.at..self.at + length).unwrap_or_default();
        !inside || value.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
    }

    /// `January 5th, 2025`, `5 Jan 2025`, `June 2025`: a month with a day or a year.
    fn calendar_day(&self) -> Option<usize> {
        let rest = self.rest();
        let (first, length) = next_word(rest)?;
        let is_digit = |character: char| character.is_ascii_digit();
        if !first.starts_with(is_digit) {
            let after = rest.get(length..)?;
            let after = after.strip_prefix(' ').or_else(|| after.strip_prefix(". "))?;
            // Few words stand before a number, and fewer are a month.
            if !after.starts_with(is_digit) || !is_month(first) {
                return None;
            }
            let skipped = rest.len() - after.len();
            let (second, second_length) = next_word(after)?;
            let end = skipped + second_length;
            if is_day(second) {
                Some(end + year_after(rest.get(end..)?))
            } else {
                is_year(second).then_some(end)
            }
        } else if is_day(first) {
            let after = rest.get(length..)?;
            let after = after.strip_prefix(" of ").or_else(|| after.strip_prefix([' ', '-']))?;
            let skipped = rest.len() - after.len();
            let (second, second_length) = next_word(after)?;
            let end = skipped + second_length;
            is_month(second).then(|| end + rest.get(end..).map_or(0, year_after))
        } else {
            None
        }
    }

    /// A number that names a kind of failure: three digits from 100 to 599, or a JSON-RPC code, after such a word as
    /// `status` or `HTTP`.
    fn is_status(&self, length: usize) -> bool {
        let code = self.rest().get(..length).unwrap_or_default();
        let is_code = match code.len() {
            3 => code.starts_with(['1', '2', '3', '4', '5']),
            5 => code.starts_with("32"),
            _ => false,
        };
        let before = self.out.trim_end_matches(|sign| " :=\"'(-#".contains(sign));
        let word =
            before.rsplit(|sign: char| !sign.is_ascii_alphanumeric()).next().unwrap_or_default();
        is_code && STATUS_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
    }
}

/// Words after which a number is a status and no value.
const STATUS_WORDS: &[&str] = &["code", "error", "errorcode", "http", "status", "statuscode"];

fn next_word(text: &str) -> Option<(&str, usize)> {
    let length = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (length > 0).then(|| (text.get(..length).unwrap_or_default(), length))
}

fn is_month(word: &str) -> bool {
    (3..=9).contains(&word.len()) && MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word))
}

fn is_day(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (day, ending) = word.split_at_checked(digits).unwrap_or_default();
    matches!(digits, 1 | 2)
        && day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
        && ["", "st", "nd", "rd", "th"].iter().any(|known| known.eq_ignore_ascii_case(ending))
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bytes of a year after a day: ` 2025`, `, 2025`, `-2025`.
fn year_after(text: &str) -> usize {
    [", ", " ", "-"]
        .iter()
        .find_map(|mark| {
            let (word, length) = next_word(text.strip_prefix(mark)?)?;
            is_year(word).then_some(mark.len() + length)
        })
        .unwrap_or(0)
}

fn is_url(chunk: &str) -> bool {
    if let Some((scheme, rest)) = chunk.split_once("://") {
        return !scheme.is_empty()
            && !rest.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    }
    let Some((host, path)) = chunk.split_once('/') else {
        return chunk.len() > 4 && chunk.starts_with("www.");
    };
    chunk.starts_with("www.")
        || (!path.is_empty() && DOMAINS.iter().any(|domain| host.ends_with(domain)))
}

/// Top-level domains after which a path makes a URL of it even without a scheme.
const DOMAINS: &[&str] =
    &[".ai", ".app", ".co", ".com", ".dev", ".edu", ".gov", ".io", ".net", ".org"];

/// Length of the e-mail address that the chunk begins with.
fn email(chunk: &str) -> Option<usize> {
    let (name, domain) = chunk.split_once('@')?;
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte));
    let length = domain
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
        .count();
    let domain = domain.get(..length)?.trim_end_matches(['.', '-']);
    (is_name && domain.contains('.') && !domain.starts_with('.'))
        .then_some(name.len() + 1 + domain.len())
}

/// The text with `<path>` for each file path in it.
pub(crate) fn without_paths(text: &str) -> Cow<'_, str> {
    if !text.contains(['/', '\\']) {
        return Cow::Borrowed(text);
    }
    let ends = |sign: char| sign.is_whitespace() || "\"<>`".contains(sign);
    let mut found = String::with_capacity(text.len());
    for chunk in text.split_inclusive(ends) {
        let from_path = chunk.trim_start_matches(|sign| "([='\"".contains(sign));
        let own = from_path.trim_end_matches(|sign| ends(sign) || ".,;:!?)]}'*".contains(sign));
        if path(own) {
            found.push_str(chunk.get(..chunk.len() - from_path.len()).unwrap_or_default());
            found.push_str(Placeholder::Path.text());
            found.push_str(from_path.get(own.len()..).unwrap_or_default());
        } else {
            found.push_str(chunk);
        }
    }
    Cow::Owned(found)
}

/// An absolute path, one of the home or working folder, a drive's, or a relative one that ends in a file with an extension.
fn path(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~-".contains(byte);
    match bytes {
        [b'/', next, ..] if is_letter(next) => true,
        [b'~', b'/', _, ..] | [b'.', b'/', _, ..] | [b'.', b'.', b'/', _, ..] => true,
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        _ => {
            let file = chunk.rsplit(['/', '\\']).next().unwrap_or_default();
            let name = file.split(':').next().unwrap_or_default();
            file.len() < chunk.len()
                && name.rsplit_once('.').is_some_and(|(stem, extension)| {
                    !stem.is_empty()
                        && (1..=5).contains(&extension.len())
                        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
                        && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_value_begins_in_a_plain_word(
            text in prop::collection::vec(prop::sample::select(&[
                "May", "may", " ", " ", "5", "2025", "www.", "www", "a", "re-run", "x_y", "/", "'", "ab:cd", ".", "(", "é", "Jan. ", "of",
            ]), 0..8).prop_map(|pieces| pieces.concat()),
            style in prop::sample::select(&[Style::Request, Style::Error]),
        ) {
            for (at, _) in text.char_indices() {
                let scan = Scan { text: &text, at, out: String::new(), last: None, in_json: false, style };
                if let Some(length) = scan.plain_word() {
                    prop_assert_eq!(joined(scan.rest().as_bytes()), length);
                    prop_assert!(scan.address_or_path().is_none() && scan.calendar_day().is_none(), "{}", scan.rest());
                }
            }
        }
    }
}
