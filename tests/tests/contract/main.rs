//! The types of `api` against the contract: fields, their order, their words, and what a query may ask.

#![expect(clippy::unwrap_used, reason = "tests")]

mod ordered;
mod parameters;
mod samples;
mod words;

use mcp_insights_tests::contract;
use serde_json::Value;

use samples::Sample;

fn value(sample: &Sample) -> Value {
    serde_json::from_str(&sample.text).unwrap()
}

#[test]
fn every_object_of_the_contract_has_a_type() {
    let document = contract::document();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap();
    let objects: Vec<&str> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("type").is_some_and(|kind| kind == "object"))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut covered: Vec<&str> = samples::full().iter().map(|sample| sample.schema).collect();
    covered.sort_unstable();
    assert_eq!(covered, objects);
}

#[test]
fn every_answer_holds_to_the_contract() {
    for sample in samples::full().iter().chain(&samples::sparse()) {
        let violations = contract::violations(sample.schema, &value(sample));
        assert!(violations.is_empty(), "{}: {violations:#?}\n{}", sample.schema, sample.text);
    }
}

#[test]
fn every_answer_can_be_read_again() {
    for sample in samples::full().iter().chain(&samples::sparse()) {
        assert!(sample.returns, "{}: {}", sample.schema, sample.text);
    }
}

#[test]
fn unknown_values_are_null_and_never_left_out() {
    for (full, sparse) in samples::full().iter().zip(&samples::sparse()) {
        // Patches tell absent from null; `sdk` and `details` may be absent.
        let may_be_absent = ["TopicPatch", "SearchPatch", "IngestRequest"].contains(&full.schema);
        let (full_value, sparse_value) = (value(full), value(sparse));
        if !may_be_absent {
            let names =
                |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&full_value), names(&sparse_value), "{}", full.schema);
        }
    }
}

#[test]
fn no_number_has_noise_behind_its_decimals() {
    for sample in samples::full() {
        assert!(
            !sample.text.contains("000000") && !sample.text.contains("999999"),
            "{}",
            sample.text
        );
    }
}

/// What may be dropped, by schema and place (`*` stands for any index), and everything inside of what the contract
/// leaves open.
const MAY_BE_DROPPED: &[(&str, &str)] = &[
    ("Error", "/error/details"),
    ("IngestRequest", "/sdk"),
    ("IngestRequest", "/sdk/language"),
    ("IngestRequest", "/sdk/version"),
    ("TopicPatch", "/label"),
    ("TopicPatch", "/is_unmet_demand"),
    ("TopicPatch", "/archived"),
    ("SearchPatch", "/state"),
    ("SearchPatch", "/note"),
    ("SearchPatch", "/label"),
    ("Trace", "/events/*/future"),
];

const OPEN: &[(&str, &str)] = &[
    ("IngestRequest", "/events/*/"),
    ("Trace", "/events/*/future"),
    ("Trace", "/events/*/metadata/"),
    ("Trace", "/events/*/calls/*/"),
    ("Trace", "/events/*/search_calls/*/"),
];

#[test]
fn dropping_any_field_is_noticed() {
    for sample in samples::full() {
        let validator = contract::validator(sample.schema);
        let value = value(&sample);
        for place in fields(&value) {
            let mut dropped = value.clone();
            let (object, name) = field(&mut dropped, &place);
            object.remove(&name).unwrap();
            let pattern = pattern(&place);
            let allowed = MAY_BE_DROPPED.contains(&(sample.schema, pattern.as_str()))
                || is_open(sample.schema, &pattern);
            assert_eq!(validator.is_valid(&dropped), allowed, "{} without {place}", sample.schema);
        }
    }
}

#[test]
fn renaming_any_field_is_noticed() {
    for sample in samples::full() {
        let validator = contract::validator(sample.schema);
        let value = value(&sample);
        for place in fields(&value) {
            let mut renamed = value.clone();
            let (object, name) = field(&mut renamed, &place);
            let moved = object.remove(&name).unwrap();
            object.insert(format!("{name}_renamed"), moved);
            let allowed = is_open(sample.schema, &pattern(&place));
            assert_eq!(
                validator.is_valid(&renamed),
                allowed,
                "{} with {place} renamed",
                sample.schema
            );
        }
    }
}

fn is_open(schema: &str, pattern: &str) -> bool {
    OPEN.iter().any(|(name, prefix)| *name == schema && pattern.starts_with(prefix))
}

/// The place of every field of every object in a value, as JSON pointers.
fn fields(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value, bool)> = match value {
        Value::Object(object) => {
            object.iter().map(|(name, child)| (name.clone(), child, true)).collect()
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, child)| (index.to_string(), child, false))
            .collect(),
        _ => Vec::new(),
    };
    let mut places = Vec::new();
    for (name, child, is_field) in children {
        if is_field {
            places.push(format!("/{name}"));
        }
        places.extend(fields(child).iter().map(|place| format!("/{name}{place}")));
    }
    places
}

/// The object that holds the field at a place, and the field's name.
fn field<'a>(
    value: &'a mut Value,
    place: &str,
) -> (&'a mut serde_json::Map<String, Value>, String) {
    let (object, name) = place.rsplit_once('/').unwrap();
    (value.pointer_mut(object).unwrap().as_object_mut().unwrap(), name.to_owned())
}

/// A place with `*` for every index.
fn pattern(place: &str) -> String {
    let is_index = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> =
        place.split('/').map(|part| if is_index(part) { "*" } else { part }).collect();
    parts.join("/")
}
