//! Posted forms as the patches of the facade.

use mcp_insights::api::{FieldError, SearchPatch, TopicPatch};
use serde_json::{Map, Value};

/// What every form carries, and no patch does.
const CSRF_TOKEN: &str = "csrf_token";

/// A field of a form: its name, and how its text becomes the value of a patch.
type Field = (&'static str, fn(&str) -> Result<Value, String>);

const TOPIC: &[Field] = &[("label", label), ("is_unmet_demand", verdict), ("archived", yes_or_no)];
const SEARCH: &[Field] = &[("label", label), ("state", word), ("note", note)];

/// Reads a form that was posted to `/topics/{id}`, from its decoded names and values.
///
/// `label` is a text, and an empty one gives the topic its generated label back; `is_unmet_demand` is `yes`, `no` or `reset`;
/// `archived` is `yes` or `no`; `csrf_token` is passed over. A field that is not there stays as it is.
///
/// # Errors
/// One entry for each unknown field, field that comes again and refused value, as [`TopicPatch::from_json`] tells them.
pub fn topic_patch(form: &[(String, String)]) -> Result<TopicPatch, Vec<FieldError>> {
    read(TOPIC, form).and_then(|body| TopicPatch::from_json(&body))
}

/// Reads a form that was posted to `/searches/{id}`.
///
/// `label` is as in [`topic_patch`]; `state` is a word of the contract; an empty `note` removes the note; `csrf_token` is
/// passed over.
///
/// # Errors
/// As [`topic_patch`].
pub fn search_patch(form: &[(String, String)]) -> Result<SearchPatch, Vec<FieldError>> {
    read(SEARCH, form).and_then(|body| SearchPatch::from_json(&body))
}

/// The body of the patch; its values are checked where all patches are.
fn read(table: &[Field], form: &[(String, String)]) -> Result<Value, Vec<FieldError>> {
    let mut body = Map::new();
    let mut errors = Vec::new();
    for (name, text) in form.iter().filter(|(name, _)| name != CSRF_TOKEN) {
        let value = match table.iter().find(|(field, _)| field == name) {
            None => {
                let names: Vec<&str> = table.iter().map(|(field, _)| *field).collect();
                Err(format!("is no field here; there are {}", names.join(", ")))
            }
            Some(_) if body.contains_key(name) => Err("may be given only once".to_owned()),
            Some((_, read)) => read(text),
        };
        match value {
            Ok(value) => {
                body.insert(name.clone(), value);
            }
            Err(message) => errors.push(FieldError::new(name, message)),
        }
    }
    if errors.is_empty() { Ok(Value::Object(body)) } else { Err(errors) }
}

fn label(text: &str) -> Result<Value, String> {
    Ok(or_null(text.trim()))
}

/// Browsers end the lines of a text with CR LF.
fn note(text: &str) -> Result<Value, String> {
    Ok(or_null(text.replace("\r\n", "\n").trim()))
}

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn word(text: &str) -> Result<Value, String> {
    Ok(text.into())
}

fn yes_or_no(text: &str) -> Result<Value, String> {
    match text {
        "yes" => Ok(true.into()),
        "no" => Ok(false.into()),
        _ => Err("must be yes or no".to_owned()),
    }
}

fn verdict(text: &str) -> Result<Value, String> {
    match text {
        "reset" => Ok(Value::Null),
        text => yes_or_no(text).map_err(|_| "must be one of yes, no, reset".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use mcp_insights::api::SearchState;

    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_of_a_topic_changes_what_it_holds_and_nothing_else() {
        let topic = TopicPatch::default;
        let label = |text: &str| Some(Some(text.to_owned()));
        let rows = [
            (vec![("label", " Refunds ")], TopicPatch { label: label("Refunds"), ..topic() }),
            (vec![("label", "  ")], TopicPatch { label: Some(None), ..topic() }),
            (
                vec![("is_unmet_demand", "yes")],
                TopicPatch { is_unmet_demand: Some(Some(true)), ..topic() },
            ),
            (
                vec![("is_unmet_demand", "no")],
                TopicPatch { is_unmet_demand: Some(Some(false)), ..topic() },
            ),
            (
                vec![("is_unmet_demand", "reset")],
                TopicPatch { is_unmet_demand: Some(None), ..topic() },
            ),
            (
                vec![("csrf_token", "t"), ("archived", "no")],
                TopicPatch { archived: Some(false), ..topic() },
            ),
        ];
        for (pairs, expected) in rows {
            assert_eq!(topic_patch(&form(&pairs)), Ok(expected), "{pairs:?}");
        }
    }

    #[test]
    fn a_form_of_a_search_has_a_state_and_a_note() {
        let patch = search_patch(&form(&[("state", "planned"), ("note", "one\r\ntwo ")]));
        let expected = SearchPatch {
            state: Some(SearchState::Planned),
            note: Some(Some("one\ntwo".to_owned())),
            label: None,
        };
        assert_eq!(patch, Ok(expected));
        let patch = search_patch(&form(&[("note", " \r\n")]));
        assert_eq!(patch, Ok(SearchPatch { note: Some(None), ..SearchPatch::default() }));
    }

    #[test]
    fn what_no_form_sends_is_refused_with_its_field() {
        let long = "x".repeat(121);
        let rows = [
            (vec![("archived", "true")], vec!["archived"]),
            (vec![("is_unmet_demand", ""), ("name", "x")], vec!["is_unmet_demand", "name"]),
            (vec![("archived", "yes"), ("archived", "no")], vec!["archived"]),
            (vec![("label", long.as_str())], vec!["label"]),
            (vec![("label", "a\u{7}b")], vec!["label"]),
            (vec![("csrf_token", "t")], vec!["body"]),
        ];
        for (pairs, expected) in rows {
            let errors = topic_patch(&form(&pairs)).err().unwrap_or_default();
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, expected, "{pairs:?}");
        }
        assert!(search_patch(&form(&[("state", "done")])).is_err());
        assert!(search_patch(&form(&[("archived", "yes")])).is_err());
    }
}
