//! Edits of topics and search clusters. An absent field stays as it is; null gives it back to the engine.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::{FieldError, SearchState};

/// The longest label, in characters.
const LONGEST_LABEL: usize = 120;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// `PATCH /insights/topics/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicPatch {
    /// A label; `Some(None)`: the generated one.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub label: Option<Option<String>>,
    /// Whether it is unmet demand, held against what is detected; `Some(None)`: as detected.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub is_unmet_demand: Option<Option<bool>>,
    /// Whether it is off the lists.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// `PATCH /insights/searches/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchPatch {
    /// What became of it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub state: Option<SearchState>,
    /// A note; `Some(None)`: none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub note: Option<Option<String>>,
    /// A label; `Some(None)`: the generated one.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub label: Option<Option<String>>,
}

/// A field that is there, be it null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A field of a patch: its name, and how its value enters the patch.
struct Field<P> {
    name: &'static str,
    set: fn(&mut P, &Value) -> Result<(), String>,
}

/// A row of a table of fields: the field of the patch, and how its value is read.
macro_rules! field {
    ($patch:ty, $field:ident, $read:expr) => {
        Field::<$patch> {
            name: stringify!($field),
            set: |patch, value| {
                patch.$field = Some($read(value)?);
                Ok(())
            },
        }
    };
}

const TOPIC: &[Field<TopicPatch>] = &[
    field!(TopicPatch, label, |value| nullable(value, label)),
    field!(TopicPatch, is_unmet_demand, |value| nullable(value, boolean)),
    field!(TopicPatch, archived, boolean),
];

const SEARCH: &[Field<SearchPatch>] = &[
    field!(SearchPatch, state, state),
    field!(SearchPatch, note, |value| nullable(value, note)),
    field!(SearchPatch, label, |value| nullable(value, label)),
];

impl TopicPatch {
    /// Reads a patch from a JSON body. Its label is as it will be kept: trimmed, and composed (NFC).
    ///
    /// # Errors
    /// One entry for each unknown field and each refused value: a label that then has not 1..120 characters or holds a
    /// control character, a value of another type; and one for a body that is no object or has no field.
    pub fn from_json(body: &Value) -> Result<Self, Vec<FieldError>> {
        read(TOPIC, body)
    }

    /// Checks a patch that was made in code, as [`TopicPatch::from_json`] does.
    ///
    /// # Errors
    /// As [`TopicPatch::from_json`].
    pub fn checked(&self) -> Result<Self, Vec<FieldError>> {
        Self::from_json(&as_json(self))
    }
}

impl SearchPatch {
    /// Reads a patch from a JSON body. Its label is as it will be kept: trimmed, and composed (NFC).
    ///
    /// # Errors
    /// As [`TopicPatch::from_json`]; a note of more than 2000 characters is refused too.
    pub fn from_json(body: &Value) -> Result<Self, Vec<FieldError>> {
        read(SEARCH, body)
    }

    /// Checks a patch that was made in code, as [`SearchPatch::from_json`] does.
    ///
    /// # Errors
    /// As [`SearchPatch::from_json`].
    pub fn checked(&self) -> Result<Self, Vec<FieldError>> {
        Self::from_json(&as_json(self))
    }
}

/// A patch as a body. Texts, words and booleans can always be written.
fn as_json(patch: &impl Serialize) -> Value {
    serde_json::to_value(patch).unwrap_or_default()
}

fn read<P: Default>(table: &[Field<P>], body: &Value) -> Result<P, Vec<FieldError>> {
    let names = || table.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
    let Value::Object(body) = body else {
        return Err(vec![FieldError::new("body", format!("must be an object of {}", names()))]);
    };
    if body.is_empty() {
        return Err(vec![FieldError::new(
            "body",
            format!("must have at least one of {}", names()),
        )]);
    }
    let mut patch = P::default();
    let mut errors = Vec::new();
    for (name, value) in body {
        let outcome = match table.iter().find(|field| field.name == name) {
            Some(field) => (field.set)(&mut patch, value),
            None => Err(format!("is no field here; there are {}", names())),
        };
        if let Err(message) = outcome {
            errors.push(FieldError::new(name, message));
        }
    }
    if errors.is_empty() { Ok(patch) } else { Err(errors) }
}

fn nullable<T>(value: &Value, read: fn(&Value) -> Result<T, String>) -> Result<Option<T>, String> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn state(value: &Value) -> Result<SearchState, String> {
    let text = value.as_str().unwrap_or_default();
    crate::parameters::word(&SearchState::ALL, SearchState::as_str, text)
}

fn label(value: &Value) -> Result<String, String> {
    let refused = || {
        format!(
            "must be a text of 1 to {LONGEST_LABEL} characters without control characters, or null"
        )
    };
    let label: String = value.as_str().ok_or_else(refused)?.trim().nfc().collect();
    let fits = (1..=LONGEST_LABEL).contains(&label.chars().count());
    if fits && !label.contains(char::is_control) { Ok(label) } else { Err(refused()) }
}

fn note(value: &Value) -> Result<String, String> {
    value
        .as_str()
        .filter(|note| note.chars().count() <= LONGEST_NOTE)
        .map(str::to_owned)
        .ok_or_else(|| format!("must be a text of at most {LONGEST_NOTE} characters, or null"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(errors: &[FieldError]) -> Vec<&str> {
        errors.iter().map(|error| error.field.as_str()).collect()
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let patch = TopicPatch::from_json(&json!({"label": null, "archived": true})).unwrap();
        let expected =
            TopicPatch { label: Some(None), is_unmet_demand: None, archived: Some(true) };
        assert_eq!(patch, expected);
        assert_eq!(serde_json::to_value(&patch).unwrap(), json!({"label": null, "archived": true}));
        let read: TopicPatch = serde_json::from_value(json!({"is_unmet_demand": false})).unwrap();
        assert_eq!(read.is_unmet_demand, Some(Some(false)));
        let read: SearchPatch = serde_json::from_value(json!({"note": null})).unwrap();
        assert_eq!(read, SearchPatch { note: Some(None), ..SearchPatch::default() });
    }

    #[test]
    fn a_label_is_kept_trimmed_and_composed() {
        let patch = TopicPatch::from_json(&json!({"label": " \u{2003}Cafe\u{301}\n"})).unwrap();
        assert_eq!(patch.label, Some(Some("Caf\u{e9}".to_owned())));
        let patch = SearchPatch { label: patch.label, ..SearchPatch::default() };
        assert_eq!(patch.checked().unwrap(), patch);
    }

    #[test]
    fn a_label_has_1_to_120_characters_without_controls() {
        // 120 characters once composed, though 240 as they came.
        assert!(TopicPatch::from_json(&json!({"label": "e\u{301}".repeat(120)})).is_ok());
        for label in ["", "  \t ", "a\tb", "a\nb", "a\u{0}b", "a\u{85}b", &"x".repeat(121)] {
            let errors = TopicPatch::from_json(&json!({"label": label})).unwrap_err();
            assert_eq!(fields(&errors), ["label"], "{label:?}");
        }
    }

    #[test]
    fn a_note_has_at_most_2000_characters() {
        assert!(SearchPatch::from_json(&json!({"note": "\u{e9}".repeat(2000)})).is_ok());
        assert!(SearchPatch::from_json(&json!({"note": "x".repeat(2001)})).is_err());
    }

    #[test]
    fn what_is_no_patch_is_refused_with_the_field_that_is_wrong() {
        let rows = [
            (json!([]), vec!["body"]),
            (json!("label"), vec!["body"]),
            (json!({}), vec!["body"]),
            (json!({"label": 7}), vec!["label"]),
            (json!({"archived": null}), vec!["archived"]),
            (json!({"archived": "true"}), vec!["archived"]),
            (json!({"is_unmet_demand": 1}), vec!["is_unmet_demand"]),
            (json!({"archived": true, "name": "x", "label": ""}), vec!["label", "name"]),
            (json!({"state": "open"}), vec!["state"]),
        ];
        for (body, expected) in rows {
            let errors = TopicPatch::from_json(&body).unwrap_err();
            assert_eq!(fields(&errors), expected, "{body}");
        }
        for body in [json!({"state": null}), json!({"state": "done"}), json!({"state": 1})] {
            assert_eq!(fields(&SearchPatch::from_json(&body).unwrap_err()), ["state"], "{body}");
        }
        assert!(TopicPatch::default().checked().is_err());
        assert!(SearchPatch::default().checked().is_err());
    }
}
