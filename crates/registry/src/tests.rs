#![expect(clippy::unwrap_used, reason = "tests")]

use mcp_insights_events::Timestamp;

use super::*;

fn registry() -> Registry {
    let member = |kind, text| Member {
        kind,
        text,
        vector: &[1.0, 0.0],
        weight: 1,
        first_seen: Timestamp::from_micros(1_700_000_000_123_456),
        last_seen: Timestamp::from_micros(1_700_000_000_123_457),
        group: Some(0),
    };
    let mut registry = Registry::default();
    registry.claim("test-1").unwrap();
    registry.topics.assign(&[member(Kind::Intent, "refund"), member(Kind::Intent, "money back")]);
    let found = registry.searches.assign(&[member(Kind::Content, "login bug")]);
    let change = SearchChange { state: Change::Set(State::Shipped), ..SearchChange::default() };
    registry
        .searches
        .edit(&found.ids[0], change, Timestamp::from_micros(1_800_000_000_000_000))
        .unwrap();
    registry
}

#[test]
fn json_is_readable_and_the_same_each_time() {
    let json = registry().to_json();
    assert_eq!(json, registry().to_json());
    assert_eq!(Registry::from_json(&json).unwrap(), registry());
    for part in [
        "\"version\": 1",
        "\"embedder\": \"test-1\"",
        "\"state\": \"shipped\"",
        "\"first_seen_at\": \"2023-11-14T22:13:20.123456Z\"",
        "\"kind\": \"content\"",
        "\"centroid\": \"7f00\"",
    ] {
        assert!(json.contains(part), "{part} is not in {json}");
    }
}

#[test]
fn other_versions_are_refused() {
    for (version, found) in [("2", 2), ("0", 0), ("18446744073709551615", u64::MAX)] {
        let json =
            registry().to_json().replace("\"version\": 1", &format!("\"version\": {version}"));
        let error = Registry::from_json(&json).unwrap_err();
        assert!(
            matches!(error, RegistryError::Version { found: own, .. } if own == found),
            "{error}"
        );
    }
    assert!(matches!(
        Registry::from_json("{\"version\": 2, \"new\": []}"),
        Err(RegistryError::Version { found: 2, known: 1 })
    ));
}

#[test]
fn other_files_are_refused() {
    for text in
        ["", "{}", "[]", "null", "{\"version\": \"1\"}", "{\"version\": 1}", "{\"version\": 1.5}"]
    {
        let refused = matches!(Registry::from_json(text), Err(RegistryError::Malformed(_)));
        assert!(refused, "{text}");
    }
    let more = registry().to_json().replacen("\"embedder\"", "\"more\": 1, \"embedder\"", 1);
    assert!(matches!(Registry::from_json(&more), Err(RegistryError::Malformed(_))));
}

#[test]
fn contradictions_are_refused() {
    let json = registry().to_json();
    let topic = registry().topics.entries().next().unwrap().id().to_owned();
    let aliases = "\"aliases\": {}";
    for (from, to) in [
        (aliases, format!("\"aliases\": {{\"{topic}\": \"top_1\"}}")),
        (aliases, "\"aliases\": {\"top_1\": \"top_2\"}".to_owned()),
        (aliases, "\"aliases\": {\"top_1\": \"top_2\", \"top_2\": \"top_1\"}".to_owned()),
        (aliases, format!("\"aliases\": {{\"sch_1\": \"{topic}\"}}")),
        (topic.as_str(), "topic".to_owned()),
        (topic.as_str(), "top_".to_owned()),
        (topic.as_str(), "top_ä".to_owned()),
    ] {
        assert!(json.contains(from));
        let error = Registry::from_json(&json.replacen(from, &to, 1)).unwrap_err();
        assert!(matches!(error, RegistryError::Inconsistent { .. }), "{to}: {error}");
    }
    let good = json.replacen(aliases, &format!("\"aliases\": {{\"top_1\": \"{topic}\"}}"), 1);
    assert_eq!(Registry::from_json(&good).unwrap().topics.resolve("top_1"), Some(topic.as_str()));
}

#[test]
fn member_in_two_entries_is_refused() {
    let mut value: serde_json::Value = serde_json::from_str(&registry().to_json()).unwrap();
    let entries = value["topics"]["entries"].as_array_mut().unwrap();
    let mut second = entries[0].clone();
    second["id"] = "top_2".into();
    entries.push(second);
    let error = Registry::from_json(&value.to_string()).unwrap_err();
    assert!(error.to_string().contains("a member that another entry has"), "{error}");
}

#[test]
fn ids_of_two_embedders_never_mix() {
    let mut registry = registry();
    registry.claim("test-1").unwrap();
    let error = registry.claim("test-2").unwrap_err();
    assert!(
        error.to_string().contains("test-1") && error.to_string().contains("test-2"),
        "{error}"
    );
    let mut empty = Registry::default();
    empty.claim("test-1").unwrap();
    empty.claim("test-2").unwrap();
    assert_eq!(empty.embedder(), Some("test-2"));
}

#[test]
fn edit_time_moves_only_where_something_changes() {
    let mut registry = registry();
    let id = registry.searches.entries().next().unwrap().id().to_owned();
    let mut edit = |change, at| {
        let entry = registry.searches.edit(&id, change, Timestamp::from_micros(at)).unwrap();
        (entry.edits().edited_at.map(Timestamp::micros), entry.is_pinned())
    };
    let shipped = SearchChange { state: Change::Set(State::Shipped), ..SearchChange::default() };
    assert_eq!(edit(shipped, 5), (Some(1_800_000_000_000_000), true));
    let note = SearchChange { note: Change::Set("soon".to_owned()), ..SearchChange::default() };
    assert_eq!(edit(note, 6), (Some(6), true));
    let back =
        SearchChange { note: Change::Reset, state: Change::Set(State::Open), label: Change::Keep };
    assert_eq!(edit(back, 7), (Some(7), false));
}
