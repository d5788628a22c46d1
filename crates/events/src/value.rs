//! JSON as a tree, whatever it holds.

use serde_json::Value;

use crate::json::{decode, elements, members};

/// What [`serde_json`] reads: deeper values would be lost on most who read what is written of them.
const DEEPEST: usize = 127;

/// The value of a JSON text that is known to be valid, of a member of an event.
///
/// JSON allows what no [`Value`] holds. Half a surrogate pair, which a client that cuts texts by UTF-16 units leaves, becomes U+FFFD as
/// in the texts of an [`Event`](crate::Event). A number beyond all floats, and what is nested deeper than 127 levels, stands in the
/// value as a text, which is its JSON as received.
#[must_use]
pub fn value(json: &str) -> Value {
    // Nearly all are such.
    serde_json::from_str(json).unwrap_or_else(|_| tolerant(json, DEEPEST))
}

fn tolerant(json: &str, levels: usize) -> Value {
    let received = || Value::String(json.to_owned());
    match json.as_bytes().first() {
        Some(b'{' | b'[') if levels == 0 => received(),
        Some(b'{') => members(json)
            .map(|(key, value)| (key.into_owned(), tolerant(value, levels - 1)))
            .collect(),
        Some(b'[') => elements(json).map(|element| tolerant(element, levels - 1)).collect(),
        Some(b'"') => decode(json).map_or_else(received, Value::from),
        _ => serde_json::from_str(json).unwrap_or_else(|_| received()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_value_holds_stands_there_as_what_comes_closest() {
        let rows = [
            (r#"{"a":[1,2.5,null,true,"x"]}"#, json!({"a": [1, 2.5, null, true, "x"]})),
            (r#"["cut \ud83d"]"#, json!(["cut \u{fffd}"])),
            (r#"{"k\ude00":{"b":"\n"}}"#, json!({"k\u{fffd}": {"b": "\n"}})),
            (r#"[ 1e999 , -1e999, 1 ]"#, json!(["1e999", "-1e999", 1])),
            (r#""\ud83d\ude00\ud83d""#, json!("\u{1f600}\u{fffd}")),
            ("1e999", json!("1e999")),
            (r#"{"a":1,"a":"\ud83d"}"#, json!({"a": "\u{fffd}"})),
        ];
        for (received, expected) in rows {
            assert_eq!(value(received), expected, "{received}");
        }
    }

    #[test]
    fn what_is_deep_is_kept_as_its_json() {
        let nested = |levels: usize, inner: &str| {
            format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels))
        };
        let innermost = |json: &str| {
            let mut value = value(json);
            while let Value::Array(items) = value {
                value = items.into_iter().next().unwrap_or_default();
            }
            value
        };
        assert_eq!(innermost(&nested(DEEPEST, "7")), 7);
        assert_eq!(innermost(&nested(DEEPEST + 1, "7")), "[7]");
        assert_eq!(innermost(&nested(100_000, "")), nested(100_000 - DEEPEST, ""));
    }
}
