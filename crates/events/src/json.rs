//! Small readers of JSON that need no tree: members of an object, texts, the `event_id` of a broken record.

use std::borrow::Cow;

use crate::marks::STEP;
use crate::scan::{Step, ValueScan, is_space, value_length};
use crate::string_end::copy_to_escape;

/// The members of an object, in order: decoded key, value as received. See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
}

/// Iterates over the members of an object whose JSON is known to be valid, or over nothing where it is no object.
///
/// A key is decoded as the texts of an event are: half a surrogate pair in it becomes U+FFFD.
#[must_use]
pub fn members(object: &str) -> Members<'_> {
    Members { rest: object.trim_start().strip_prefix('{').unwrap_or_default() }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        let (key, rest) = split_value(start)?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let (value, rest) = split_value(rest)?;
        self.rest = rest;
        Some((decode(key)?, value))
    }
}

/// The elements of an array, in order, as received. See [`elements`].
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    rest: &'a str,
}

/// Iterates over the elements of an array whose JSON is known to be valid, or over nothing where it is no array.
#[must_use]
pub(crate) fn elements(array: &str) -> Elements<'_> {
    Elements { rest: array.trim_start().strip_prefix('[').unwrap_or_default() }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        let (value, rest) = split_value(start)?;
        self.rest = rest;
        Some(value)
    }
}

fn split_value(text: &str) -> Option<(&str, &str)> {
    let length = value_length(text.as_bytes())?;
    Some((text.get(..length)?, text.get(length..)?))
}

/// One character of a string's JSON: how many bytes it takes there, and what it stands for.
///
/// Half a surrogate pair, which a client that cuts texts by UTF-16 units leaves, becomes U+FFFD.
pub(crate) fn decode_char(text: &str) -> Option<(usize, char)> {
    let first = text.chars().next()?;
    if first != '\\' {
        return Some((first.len_utf8(), first));
    }
    match single(*text.as_bytes().get(1)?) {
        Some(decoded) => Some((2, char::from(decoded))),
        None => decode_unit(text),
    }
}

/// What one byte behind a backslash stands for.
fn single(escape: u8) -> Option<u8> {
    Some(match escape {
        b'"' | b'\\' | b'/' => escape,
        b'b' => 0x8,
        b'f' => 0xc,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// What `\u` and four digits stand for, or two of them that are a surrogate pair.
fn decode_unit(text: &str) -> Option<(usize, char)> {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        // `from_str_radix` would take a sign.
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)
    };
    let high = unit(0)?;
    if (0xD800..0xDC00).contains(&high)
        && let Some(Ok(whole)) = unit(6).and_then(|low| char::decode_utf16([high, low]).next())
    {
        return Some((12, whole));
    }
    Some((6, char::from_u32(u32::from(high)).unwrap_or(char::REPLACEMENT_CHARACTER)))
}

/// What stands between the quotes of a string's JSON.
pub(crate) fn inner(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

/// The text of a string's JSON, quotes included.
pub(crate) fn decode(json: &str) -> Option<Cow<'_, str>> {
    decode_inner(inner(json)?)
}

/// The text of a string's JSON without its quotes.
pub(crate) fn decode_inner(inner: &str) -> Option<Cow<'_, str>> {
    let bytes = inner.as_bytes();
    if memchr::memchr(b'\\', bytes).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    // No escape is shorter than what it stands for.
    let mut text = vec![0; bytes.len() + STEP];
    let (mut rest, mut at) = (text.as_mut_slice(), 0);
    loop {
        let plain = copy_to_escape(bytes.get(at..)?, rest)?;
        at += plain;
        rest = rest.get_mut(plain..)?;
        let Some(escape) = bytes.get(at + 1) else { break };
        let (taken, written) = match single(*escape) {
            Some(byte) => {
                *rest.first_mut()? = byte;
                (2, 1)
            }
            None => {
                let (taken, character) = decode_unit(inner.get(at..)?)?;
                (taken, character.encode_utf8(rest).len())
            }
        };
        at += taken;
        rest = rest.get_mut(written..)?;
    }
    let unused = rest.len();
    text.truncate(text.len() - unused);
    (at == bytes.len()).then_some(Cow::Owned(String::from_utf8(text).ok()?))
}

/// The `event_id` at the top of a record that is broken, cut off or no UTF-8, where it can be read.
pub(crate) fn peek_event_id(record: &[u8]) -> Option<String> {
    let mut rest = trim_front(record).strip_prefix(b"{")?;
    let mut found = None;
    loop {
        rest = trim_front(rest);
        rest = rest.strip_prefix(b",").map_or(rest, trim_front);
        let Some((key, after)) = split(rest) else { return found };
        let Some(after) = trim_front(after).strip_prefix(b":") else { return found };
        let Some((value, after)) = split(trim_front(after)) else { return found };
        if key == b"\"event_id\"" {
            found = std::str::from_utf8(value)
                .ok()
                .and_then(decode)
                .filter(|id| !id.trim().is_empty())
                .map(Cow::into_owned);
        }
        rest = after;
    }
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // A number that the end of the input cuts may go on: it has no end here.
    match ValueScan::new().feed(bytes) {
        Step::Done(length) => bytes.split_at_checked(length),
        Step::More | Step::Broken(_) => None,
    }
}

fn trim_front(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn texts_decode_as_json_says() {
        for (json, text) in [
            (r#""plain""#, "plain"),
            (r#""a\n\t\"\\\/\b\f\r""#, "a\n\t\"\\/\u{8}\u{c}\r"),
            (r#""caf\u00e9 \ud83d\ude00!""#, "café 😀!"),
            (r#""cut \ud83d""#, "cut \u{fffd}"),
            (r#""low \ude00 x""#, "low \u{fffd} x"),
        ] {
            assert_eq!(decode(json).unwrap(), text, "{json}");
        }
        assert_eq!(decode(r#""\u+123""#), None);
    }

    #[test]
    fn members_and_elements_are_taken_as_received() {
        let pairs: Vec<_> = members(r#" { "a" : 1.0 , "b\n":[ {} ],"c":"x,}" } "#).collect();
        let keys: Vec<_> = pairs.iter().map(|(key, value)| (key.as_ref(), *value)).collect();
        assert_eq!(keys, [("a", "1.0"), ("b\n", "[ {} ]"), ("c", r#""x,}""#)]);
        assert_eq!(elements("[1, [2,3] ,\"]\"]").collect::<Vec<_>>(), ["1", "[2,3]", "\"]\""]);
        assert_eq!(elements("[]").count() + members("{}").count(), 0);
    }

    #[test]
    fn the_id_of_a_broken_record_is_found() {
        for record in [
            &br#"{"event_id":"e1","kind":"#[..],
            br#"{"metadata":{"event_id":"inner"},"event_id":"e1","x":oops]"#,
            b"{\"event_id\":\"e1\",\"error\":\"\xff\"}",
            br#"{"event_id":"e1""#,
        ] {
            assert_eq!(peek_event_id(record).as_deref(), Some("e1"));
        }
        for record in
            [&br#"{"event_id":"e1"#[..], b"[]", b"", br#"{"event_id":7}"#, br#"{"event_id":" "}"#]
        {
            assert_eq!(peek_event_id(record), None);
        }
    }
}
