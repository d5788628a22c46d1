#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// The value as `serde_json` knows it: closed where it was cut.
fn closed(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(text) => serde_json::from_str(text).unwrap(),
        Json::Text(text) => Value::String(text.text.to_string()),
        Json::Array(array) => Value::Array(array.items.iter().map(closed).collect()),
        Json::Object(object) => Value::Object(
            object.members.iter().map(|(name, value)| (name.to_string(), closed(value))).collect(),
        ),
    }
}

fn read(text: &str) -> Option<Value> {
    Json::read(text).as_ref().map(closed)
}

#[test]
fn cut_json_is_closed() {
    let rows: &[(&str, &str)] = &[
        (r#"{"total":57,"results":[{"title":"Re"#, r#"{"total":57,"results":[{"title":"Re"}]}"#),
        (r#"{"total":5"#, "{}"),
        (r#"{"total":57,"#, r#"{"total":57}"#),
        (r#"{"total":57,"res"#, r#"{"total":57}"#),
        (r#"{"total":57,"results""#, r#"{"total":57}"#),
        (r#"{"total":57,"results":"#, r#"{"total":57}"#),
        (r#"["a","b","c"#, r#"["a","b","c"]"#),
        (r#"["a",tru"#, r#"["a"]"#),
        (r#"["a",-"#, r#"["a"]"#),
        (r"[1.", "[]"),
        (r#"["\u8ab2\u98"#, "[\"\u{8ab2}\"]"),
        (r#"["\ud83d\ude0"#, r#"[""]"#),
        (r#"["\ud83d"#, r#"[""]"#),
        (r#"["a\"#, r#"["a"]"#),
        ("[", "[]"),
        ("[{", "[{}]"),
    ];
    for (text, expected) in rows {
        let json = Json::read(text).unwrap();
        assert!(json.is_cut(), "{text}");
        assert_eq!(closed(&json), serde_json::from_str::<Value>(expected).unwrap(), "{text}");
    }
}

#[test]
fn what_breaks_the_grammar_is_no_json() {
    for text in [
        "",
        " ",
        "[see below]",
        "{name} is unknown",
        "[1 2",
        "{\"a\" 1",
        "tru",
        "[01]",
        "nothing",
        "[1] and",
        "\"a\" b",
        "[\"\\x\"]",
        "-",
        "[INFO",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read(&deep), None);
}

#[test]
fn what_other_writers_write_is_read() {
    assert_eq!(read(r#"["\ud83d x"]"#).unwrap(), serde_json::json!(["\u{fffd} x"]));
    assert_eq!(read("[NaN,-Infinity,Infinity]").unwrap(), serde_json::json!([null, null, null]));
    assert_eq!(read(" 42 ").unwrap(), serde_json::json!(42));
}

#[test]
fn counts_are_whole_numbers() {
    let count = |text| Json::read(text).unwrap().count();
    assert_eq!(count("57"), Some(57));
    assert_eq!(count("57.0"), Some(57));
    assert_eq!(count("18446744073709551615"), Some(u64::MAX));
    for text in ["-1", "0.5", "1e300", "1e999", "\"57\"", "true"] {
        assert_eq!(count(text), None, "{text}");
    }
}

/// Any JSON value of a few levels.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        // Eighths are written and read exactly, whatever the parser.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "\\PC{0,6}|[\"\\\\\n\u{1f600}é]{0,4}".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-c\"]{0,2}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Whether a value is the beginning of another one.
fn begins(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::String(part), Value::String(whole)) => whole.starts_with(part.as_str()),
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len()
                && part.iter().zip(whole).all(|(part, whole)| begins(part, whole))
        }
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| begins(part, whole)))
        }
        _ => part == whole,
    }
}

/// As Python writes it.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// The value with the first item of each array only.
fn outlined(json: &Value) -> Value {
    match json {
        Value::Array(items) => Value::Array(items.iter().take(1).map(outlined).collect()),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), outlined(value))).collect(),
        ),
        json => json.clone(),
    }
}

/// How many items each array has that is in no other.
fn counts(json: &Json<'_>) -> Vec<Option<u64>> {
    match json {
        Json::Array(array) => vec![array.count()],
        Json::Object(object) => {
            object.members.iter().flat_map(|(_, value)| counts(value)).collect()
        }
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn an_outline_has_first_items_and_counts_the_others(value in any_json(), cut in any::<prop::sample::Index>()) {
        let whole = ascii(&value.to_string());
        for text in [whole.as_str(), &whole[..cut.index(whole.len() + 1)], &format!("{whole}]")] {
            let (read, outline) = (Json::read(text), Json::outline(text));
            prop_assert_eq!(outline.as_ref().map(closed), read.as_ref().map(|json| outlined(&closed(json))));
            prop_assert_eq!(outline.as_ref().map(counts), read.as_ref().map(counts));
            prop_assert_eq!(outline.map(|json| json.is_cut()), read.map(|json| json.is_cut()));
        }
    }

    #[test]
    fn whole_json_reads_as_itself(value in any_json()) {
        for text in [value.to_string(), ascii(&value.to_string())] {
            let json = Json::read(&text).unwrap();
            prop_assert!(!json.is_cut());
            prop_assert_eq!(closed(&json), value.clone());
        }
    }

    #[test]
    fn every_beginning_closes_to_a_beginning(value in any_json()) {
        for text in [value.to_string(), ascii(&value.to_string())] {
            for (end, _) in text.char_indices() {
                let json = Json::read(&text[..end]);
                let number = matches!(value, Value::Number(_));
                if let Some(json) = json && !number {
                    prop_assert!(json.is_cut());
                    prop_assert!(begins(&closed(&json), &value), "{} of {}", &text[..end], text);
                } else if text.starts_with(['[', '{', '"']) {
                    prop_assert_eq!(end, 0);
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC*") {
        let _ = Json::read(&text);
    }
}
