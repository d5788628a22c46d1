#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::RejectionReason::*;

fn event(extra: &str) -> String {
    format!(r#"{{"event_id":"e1","kind":"tool_call","started_at":"2026-01-01T00:00:00Z"{extra}}}"#)
}

fn refused(json: &[u8]) -> Refusal {
    Event::parse(json, &ReadSettings::default()).unwrap_err()
}

fn check(extra: &str, test: impl Fn(Event<'_>)) {
    let json = event(extra);
    test(Event::parse(json.as_bytes(), &ReadSettings::default()).unwrap());
}

#[test]
fn a_whole_event_is_read_and_borrows_its_texts() {
    let extra = r#","finished_at":"2026-01-01T00:00:01.5Z","duration_ms":7,"ok":false,"error":"no","actor_id":"a",
        "session_id_hint":"s","mcp_server_id":"m","is_workflow":true,"workflow_run_id":"w","script_source":"x",
        "script_source_truncated":false,"result_preview":"r\n","result_truncated":true,"calls":[{"a":1},2],"logs":["x"],
        "search_calls":[],"sdk_field":{"any":[1]},"metadata":{"tool_name":"t","user_intent":"u","agent_thinking":"h",
        "user_frustration":"High","input_preview":"{}","client_name":"c","client_version":"1","capability_request":true,
        "identifier":"i","capabilities":{}}"#;
    check(extra, |event| {
        assert!(matches!(event.event_id, Cow::Borrowed("e1")));
        assert_eq!(event.kind, Kind::ToolCall);
        assert_eq!(
            (event.ok, event.error.as_deref(), event.duration_ms),
            (Some(false), Some("no"), Some(7))
        );
        assert_eq!(event.result_preview.unwrap().decode(), "r\n");
        assert_eq!(event.calls, [r#"{"a":1}"#, "2"]);
        assert_eq!((event.logs.len(), event.search_calls.len()), (1, 0));
        assert_eq!(event.metadata.user_frustration, Some(DeclaredFrustration::High));
        assert!(event.metadata.capability_request && event.is_workflow == Some(true));
        assert!(matches!(event.metadata.client_name, Some(Cow::Borrowed("c"))));
    });
}

#[test]
fn every_reason_of_a_record_is_given() {
    let deep = event(&format!(r#","x":{}{}"#, "[".repeat(128), "]".repeat(128)));
    let rows: [(&[u8], RejectionReason, Option<&str>); 14] = [
        (b"{\"event_id\":\"e1\",\"error\":\"\xff\"}", InvalidUtf8, Some("e1")),
        (br#"{"event_id":"e1","kind":}"#, InvalidJson, Some("e1")),
        (b"oops", InvalidJson, None),
        (b"", InvalidJson, None),
        (br#"{"event_id":"e1"} {}"#, InvalidJson, Some("e1")),
        (b"[1]", NotAnEvent, None),
        (b"null", NotAnEvent, None),
        (br#"{"a":1}"#, NotAnEvent, None),
        (br#"{"event_id":"e1"}"#, MissingField, Some("e1")),
        (br#"{"event_id":" ","kind":"a","started_at":"2026-01-01T00:00:00Z"}"#, MissingField, None),
        (br#"{"event_id":null,"kind":"a","started_at":1}"#, MissingField, None),
        (br#"{"event_id":7,"kind":"a","started_at":"2026-01-01T00:00:00Z"}"#, WrongType, None),
        (
            br#"{"event_id":"e1","kind":"a","started_at":"0001-01-01T00:00:00Z"}"#,
            TimestampOutOfRange,
            Some("e1"),
        ),
        (deep.as_bytes(), TooDeep, Some("e1")),
    ];
    for (json, reason, id) in rows {
        let refusal = refused(json);
        assert_eq!((refusal.reason, refusal.event_id.as_deref()), (reason, id), "{refusal:?}");
    }
}

#[test]
fn a_wrong_type_names_its_field() {
    for (extra, name) in [
        (r#","event_id":[]"#, "event_id"),
        (r#","kind":1"#, "kind"),
        (r#","mcp_server_id":1"#, "mcp_server_id"),
        (r#","actor_id":{}"#, "actor_id"),
        (r#","session_id_hint":true"#, "session_id_hint"),
        (r#","started_at":17"#, "started_at"),
        (r#","started_at":"yesterday""#, "started_at"),
        (r#","started_at":"2026-01-01T00:00:00""#, "started_at"),
        (r#","finished_at":"late""#, "finished_at"),
        (r#","finished_at":1"#, "finished_at"),
        (r#","duration_ms":"12""#, "duration_ms"),
        (r#","ok":"yes""#, "ok"),
        (r#","error":{"message":"no"}"#, "error"),
        (r#","metadata":[]"#, "metadata"),
        (r#","metadata":"x""#, "metadata"),
        (r#","script_source":1"#, "script_source"),
        (r#","script_source_truncated":0"#, "script_source_truncated"),
        (r#","result_truncated":1"#, "result_truncated"),
        (r#","calls":{}"#, "calls"),
        (r#","logs":"x""#, "logs"),
        (r#","search_calls":1"#, "search_calls"),
        (r#","is_workflow":"true""#, "is_workflow"),
        (r#","workflow_run_id":1"#, "workflow_run_id"),
    ] {
        let refusal = refused(event(extra).as_bytes());
        assert_eq!(refusal.reason, WrongType, "{extra}");
        assert!(refusal.detail.starts_with(name), "{extra}: {refusal}");
    }
}

#[test]
fn null_and_blank_are_absent() {
    let extra = r#","actor_id":" ","session_id_hint":"","finished_at":null,"duration_ms":null,"ok":null,"error":"\n",
        "metadata":null,"calls":null,"logs":null,"search_calls":null,"result_preview":null,"is_workflow":null"#;
    check(extra, |event| {
        assert_eq!(event.actor_id, ANONYMOUS);
        assert_eq!((event.session_id_hint, event.error), (None, None));
        assert_eq!(
            (event.ok, event.duration_ms, event.finished_at, event.is_workflow),
            (None, None, None, None)
        );
    });
}

#[test]
fn durations_are_known_or_not() {
    let end = |time: &str| format!(r#","finished_at":"{time}""#);
    for (extra, expected) in [
        (r#","duration_ms":12"#.to_owned(), Some(12)),
        (r#","duration_ms":12.0"#.to_owned(), Some(12)),
        (r#","duration_ms":12.7"#.to_owned(), Some(12)),
        (r#","duration_ms":-1"#.to_owned(), None),
        (r#","duration_ms":-0.5"#.to_owned(), None),
        (r#","duration_ms":604800000"#.to_owned(), Some(604_800_000)),
        (r#","duration_ms":604800001"#.to_owned(), None),
        (r#","duration_ms":1e400"#.to_owned(), None),
        (r#","duration_ms":123456789012345678901234567890"#.to_owned(), None),
        (end("2026-01-01T00:00:01.9999Z"), Some(1999)),
        (end("2025-12-31T23:59:59Z"), None),
        (end("9999-12-31T23:59:59Z"), None),
        (end("0001-01-01T00:00:00Z"), None),
        (end("2025-12-31T23:59:59Z") + r#","duration_ms":5"#, None),
        (end("2026-03-01T00:00:00Z") + r#","duration_ms":5"#, Some(5)),
        (end("2026-01-01T01:00:01+01:00"), Some(1000)),
        (String::new(), None),
    ] {
        check(&extra, |event| assert_eq!(event.duration_ms, expected, "{extra}"));
    }
}

#[test]
fn the_newer_name_wins_where_it_is_not_blank() {
    let rows = [
        (r#""user_intent":"new","intent":"old""#, Some("new")),
        (r#""user_intent":" ","intent":"old""#, Some("old")),
        (r#""user_intent":7,"intent":"old""#, Some("old")),
        (r#""intent":"""#, None),
    ];
    for (fields, expected) in rows {
        check(&format!(r#","metadata":{{{fields}}}"#), |event| {
            assert_eq!(event.metadata.user_intent.as_deref(), expected, "{fields}");
        });
    }
    check(r#","metadata":{"context":"c","frustration_level":"MEDIUM"}"#, |event| {
        assert_eq!(event.metadata.agent_thinking.as_deref(), Some("c"));
        assert_eq!(event.metadata.user_frustration, Some(DeclaredFrustration::Medium));
    });
    check(r#","metadata":{"user_frustration":"furious","frustration_level":"high"}"#, |event| {
        assert_eq!(event.metadata.user_frustration, None);
    });
}

#[test]
fn metadata_of_another_type_counts_as_missing() {
    let extra = r#","metadata":{"tool_name":["x"],"client_name":5,"capability_request":"true","identifier":{}}"#;
    check(extra, |event| {
        let metadata = event.metadata;
        assert_eq!(
            (metadata.tool_name, metadata.client_name, metadata.identifier),
            (None, None, None)
        );
        assert!(!metadata.capability_request);
    });
}

#[test]
fn a_blank_result_is_kept_and_a_blank_input_is_not() {
    check(r#","result_preview":"","metadata":{"input_preview":""}"#, |event| {
        assert_eq!(event.result_preview.unwrap().decode(), "");
        assert_eq!(event.metadata.input_preview, None);
    });
}

#[test]
fn previews_that_are_no_text_stay_json() {
    for (json, expected) in [
        (r#"{ "a":[1] }"#, Some(r#"{ "a":[1] }"#)),
        ("[]", Some("[]")),
        ("0.10", Some("0.10")),
        ("true", Some("true")),
        ("null", None),
    ] {
        check(
            &format!(r#","result_preview":{json},"metadata":{{"input_preview":{json}}}"#),
            |event| {
                assert_eq!(event.result_preview, expected.map(JsonText::from));
                assert_eq!(event.metadata.input_preview.as_deref(), expected);
            },
        );
    }
}

#[test]
fn a_blank_result_stays_and_a_blank_input_is_missing() {
    check(r#","result_preview":"","metadata":{"input_preview":" "}"#, |event| {
        assert_eq!(
            (event.result_preview.as_ref().map(JsonText::decode), event.metadata.input_preview),
            (Some("".into()), None)
        );
    });
    check(r#","result_preview":null"#, |event| assert_eq!(event.result_preview, None));
}

#[test]
fn the_last_of_equal_keys_counts() {
    check(
        r#","actor_id":"a","actor_id":"b","metadata":{"tool_name":"x"},"metadata":{"client_name":"y"}"#,
        |event| {
            assert_eq!(event.actor_id, "b");
            assert_eq!(event.metadata.tool_name, None);
        },
    );
}

#[test]
fn keys_and_texts_may_be_escaped() {
    let extra = r#","act\u006fr_id":"\u00e9","metadata":{"to\u006fl_name":"t"},"error":"half \ud83d","x":1e999"#;
    check(extra, |event| {
        assert_eq!(
            (event.actor_id.as_ref(), event.metadata.tool_name.as_deref()),
            ("é", Some("t"))
        );
        assert_eq!(event.error.as_deref(), Some("half \u{fffd}"));
    });
}

#[test]
fn the_bound_on_bytes_comes_first() {
    let bounds = ReadSettings { max_event_bytes: 60, ..ReadSettings::default() };
    let refusal = Event::parse(event("").as_bytes(), &bounds).unwrap_err();
    assert_eq!((refusal.reason, refusal.event_id.as_deref()), (TooLarge, Some("e1")));
    let exact = ReadSettings { max_event_bytes: event("").len(), ..ReadSettings::default() };
    assert!(Event::parse(event("").as_bytes(), &exact).is_ok());
}

#[test]
fn nesting_up_to_the_bound_is_fine_wherever_it_is() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (before, after, base) in [
        (r#","x":"#, "", 1),
        (r#","metadata":{"x":"#, "}", 2),
        (r#","result_preview":"#, "", 1),
        (r#","metadata":{"input_preview":"#, "}", 2),
        (r#","calls":["#, "]", 2),
        (r#","calls":"#, "", 1),
    ] {
        let of = |levels: usize| event(&format!("{before}{}{after}", nested(levels)));
        assert!(
            Event::parse(of(128 - base).as_bytes(), &ReadSettings::default()).is_ok(),
            "{before}"
        );
        assert_eq!(refused(of(129 - base).as_bytes()).reason, TooDeep, "{before}");
        for levels in [10_000, 1_000_000] {
            assert_eq!(refused(of(levels).as_bytes()).reason, TooDeep, "{before}");
        }
    }
    assert_eq!(refused(nested(1_000_000).as_bytes()).reason, TooDeep);
    assert_eq!(refused("[".repeat(1_000_000).as_bytes()).reason, InvalidJson);
}

#[test]
fn real_events_are_read() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/captures/");
    let mut kinds = [0; 2];
    for name in ["python.raw.ndjson", "typescript.raw.ndjson", "python-0.1.28.raw.ndjson"] {
        let text = std::fs::read_to_string(format!("{root}{name}")).unwrap();
        for line in text.lines() {
            let post: serde_json::Value = serde_json::from_str(line).unwrap();
            for event in post["body"]["events"].as_array().unwrap() {
                let json = event.to_string();
                let parsed = Event::parse(json.as_bytes(), &ReadSettings::default()).unwrap();
                kinds[usize::from(parsed.kind == Kind::ToolCall)] += 1;
                assert_eq!(
                    parsed.metadata.tool_name.as_deref(),
                    event["metadata"]["tool_name"].as_str()
                );
            }
        }
    }
    assert_eq!(kinds, [39, 146]);
}
