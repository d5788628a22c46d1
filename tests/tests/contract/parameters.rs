//! Query parameters: each endpoint reads exactly what the contract names for it.

use mcp_insights_api as api;
use mcp_insights_tests::contract;
use serde_json::Value;

type Pairs = [(String, String)];
type Read = fn(&Pairs) -> Result<(), Vec<api::FieldError>>;

/// Whether a query is read, whatever it says.
macro_rules! reads {
    ($query:ty) => {
        |pairs| <$query>::from_pairs(pairs).map(drop)
    };
}

/// Every endpoint with query parameters of its own, and what reads them.
const ENDPOINTS: &[(&str, Read)] = &[
    ("/insights/overview", reads!(api::OverviewQuery)),
    ("/insights/topics", reads!(api::TopicsQuery)),
    ("/insights/topics/{id}", reads!(api::WindowQuery)),
    ("/insights/searches", reads!(api::SearchesQuery)),
    ("/insights/searches/{id}", reads!(api::WindowQuery)),
    ("/insights/sessions", reads!(api::SessionsQuery)),
    ("/insights/sessions/{id}/trace", api::no_parameters),
    ("/org", api::no_parameters),
    ("/openapi", api::no_parameters),
];

/// The query parameters of `GET` on a path, by name.
fn parameters(document: &Value, path: &str) -> Vec<(String, Value)> {
    let get =
        document.pointer("/paths").unwrap().get(path).and_then(|path| path.get("get")).unwrap();
    let named = get.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let resolve = |parameter: Value| match parameter.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).cloned().unwrap(),
        None => parameter,
    };
    let schema = |parameter: &Value| {
        let schema = parameter.get("schema").cloned().unwrap();
        resolve(schema)
    };
    named
        .into_iter()
        .map(resolve)
        .filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"))
        .map(|parameter| {
            let name = parameter.get("name").and_then(Value::as_str).unwrap();
            (name.to_owned(), schema(&parameter))
        })
        .collect()
}

/// Values that a schema allows, and values that it does not.
fn values(schema: &Value) -> (Vec<String>, Vec<String>) {
    let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        let allowed = allowed.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        return (allowed, words(&["", "no such word", "ALL", "7D", " 7d"]));
    }
    let is = |kind: &str| schema.get("type").is_some_and(|value| value == kind);
    if is("integer") {
        let bound = |name: &str| schema.get(name).and_then(Value::as_i64).unwrap();
        let (least, most) = (bound("minimum"), bound("maximum"));
        let mut refused = vec![(least - 1).to_string(), (most + 1).to_string()];
        refused.extend(words(&[
            "",
            "-1",
            "+5",
            " 5",
            "05",
            "5.0",
            "1e2",
            "many",
            "99999999999999999999",
        ]));
        return (vec![least.to_string(), most.to_string()], refused);
    }
    if is("boolean") {
        return (words(&["true", "false"]), words(&["", "1", "yes", "True"]));
    }
    if schema.get("format").is_some_and(|format| format == "date-time") {
        let allowed = words(&["2026-01-31T08:00:00Z", "2026-01-31T08:00:00.125+01:00"]);
        return (allowed, words(&["", "2026-01-31", "2026-01-31T08:00:00", "now"]));
    }
    assert!(is("string"), "a parameter of a new type: {schema}");
    (words(&["", "any text", "ünïcode&=%"]), Vec::new())
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn every_endpoint_reads_its_parameters_and_refuses_their_wrong_values() {
    let document = contract::document();
    for (path, read) in ENDPOINTS {
        for (name, schema) in parameters(&document, path) {
            let (allowed, refused) = values(&schema);
            for value in allowed {
                assert_eq!(read(&[pair(&name, &value)]), Ok(()), "{path}?{name}={value}");
            }
            for value in refused {
                let errors = read(&[pair(&name, &value)]).unwrap_err();
                let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
                assert_eq!(fields, [name.as_str()], "{path}?{name}={value}");
            }
        }
    }
}

#[test]
fn every_endpoint_refuses_what_it_does_not_know_and_what_comes_twice() {
    let document = contract::document();
    for (path, read) in ENDPOINTS {
        let known = parameters(&document, path);
        // Parameters of the other endpoints, too, are unknown here.
        for (other, _) in ENDPOINTS {
            for (name, _) in parameters(&document, other) {
                if known.iter().all(|(own, _)| *own != name) {
                    assert!(read(&[pair(&name, "7d")]).is_err(), "{path}?{name}");
                }
            }
        }
        for (name, schema) in &known {
            let value = &values(schema).0[0];
            let errors = read(&[pair(name, value), pair(name, value)]).unwrap_err();
            assert_eq!(errors.len(), 1, "{path}?{name}&{name}");
        }
        assert_eq!(read(&[pair("_", "1"), pair("_cache", "1"), pair("_", "2")]), Ok(()), "{path}");
    }
}

#[test]
fn defaults_are_those_of_the_contract() {
    let document = contract::document();
    let default = |path: &str, name: &str| {
        let found = parameters(&document, path).into_iter().find(|(own, _)| own == name);
        found.and_then(|(_, schema)| schema.get("default").cloned()).unwrap()
    };
    let topics = api::TopicsQuery::default();
    assert_eq!(default("/insights/topics", "range"), topics.range.as_str());
    assert_eq!(default("/insights/topics", "sort"), topics.sort.as_str());
    assert_eq!(default("/insights/topics", "include_archived"), topics.include_archived);
    assert_eq!(default("/insights/topics", "limit"), topics.limit.get());
    let sessions = api::SessionsQuery::default();
    assert_eq!(default("/insights/sessions", "view"), sessions.view.as_str());
    assert_eq!(default("/insights/sessions", "sort"), sessions.sort.as_str());
}
