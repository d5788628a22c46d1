//! One text for one JSON value.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use twox_hash::xxhash3_64::Hasher;

use crate::json::{decode, elements, members};

/// The JSON with its keys sorted by code point on every level, compact, numbers as received.
///
/// Of a key that stands twice the last value counts. Texts are written with as few escapes as JSON allows,
/// so that two writers of one value agree. None where the bytes are no JSON.
/// It needs memory of the order of the record, however deep that is nested.
#[must_use]
pub fn canonical_json(raw: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(raw).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len());
    // Open work, last first: a stack of its own, because JSON may be nested deeper than a thread's stack.
    let mut open = vec![Piece::Value(text.trim())];
    while let Some(piece) = open.pop() {
        match piece {
            Piece::Mark(mark) => out.push(mark),
            Piece::Key(key) => {
                write_text(&mut out, &key);
                out.push(':');
            }
            Piece::Value(value) if value.starts_with('{') => {
                out.push('{');
                open.push(Piece::Mark('}'));
                let mut pairs: Vec<_> = members(value).collect();
                // The sort is stable, so that the last of equal keys stays last.
                pairs.sort_by(|left, right| left.0.cmp(&right.0));
                let mut later: Option<Cow<'_, str>> = None;
                let before = open.len();
                for (key, value) in pairs.into_iter().rev() {
                    if later.as_ref() == Some(&key) {
                        continue;
                    }
                    if open.len() > before {
                        open.push(Piece::Mark(','));
                    }
                    open.push(Piece::Value(value));
                    open.push(Piece::Key(key.clone()));
                    later = Some(key);
                }
            }
            Piece::Value(value) if value.starts_with('[') => {
                out.push('[');
                open.push(Piece::Mark(']'));
                let items: Vec<_> = elements(value).collect();
                for (number, item) in items.into_iter().rev().enumerate() {
                    if number > 0 {
                        open.push(Piece::Mark(','));
                    }
                    open.push(Piece::Value(item));
                }
            }
            Piece::Value(value) => match decode(value) {
                Some(text) => write_text(&mut out, &text),
                None => out.push_str(value),
            },
        }
    }
    Some(out)
}

enum Piece<'a> {
    Value(&'a str),
    Key(Cow<'a, str>),
    Mark(char),
}

fn write_text(out: &mut String, text: &str) {
    // Writing a text to memory cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A 64-bit hash (XXH3) of the bytes, the same on every machine.
#[must_use]
pub fn fingerprint(raw: &[u8]) -> u64 {
    Hasher::oneshot(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_on_every_level_and_numbers_stay() {
        let raw = br#" {"b":[ {"z":1.50,"a":1e3} , -0 ],"a":"x\u0041\/","B":{},"e":[] } "#;
        let expected = r#"{"B":{},"a":"xA/","b":[{"a":1e3,"z":1.50},-0],"e":[]}"#;
        assert_eq!(canonical_json(raw).as_deref(), Some(expected));
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let raw = br#"{"a":1,"b":2,"a":3,"a":4}"#;
        assert_eq!(canonical_json(raw).as_deref(), Some(r#"{"a":4,"b":2}"#));
    }

    #[test]
    fn deep_json_needs_no_stack() {
        let raw = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
        assert_eq!(canonical_json(raw.as_bytes()).as_deref(), Some(raw.as_str()));
    }

    #[test]
    fn what_is_no_json_has_no_canonical_form() {
        for raw in [&b"{"[..], b"", b"{} {}", b"\xff", b"{'a':1}"] {
            assert_eq!(canonical_json(raw), None);
        }
    }

    #[test]
    fn the_fingerprint_is_xxh3() {
        // XXH3 64 of nothing, from the reference implementation.
        assert_eq!(fingerprint(b""), 0x2d06_8005_38d3_94c2);
    }
}
