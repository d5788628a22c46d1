#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::FailureClass;
use crate::fixture::{capture, event_json, livemcp, parse};

/// Says of the observation of an event what is asked.
fn of<R>(fields: &Value, say: impl FnOnce(&Observation<'_>) -> R) -> R {
    let raw = event_json(fields);
    say(&observe(&parse(&raw), &Rules::default()))
}

type SearchRow = (SearchKind, Option<u32>, String, Option<u64>, Option<MissKind>);

fn searches_of(fields: &Value) -> Vec<SearchRow> {
    of(fields, |observation| {
        let row = |search: &Search<'_>| {
            (search.kind, search.call, search.query.to_string(), search.result_count, search.miss)
        };
        observation.searches.iter().map(row).collect()
    })
}

fn tool(name: &str, input: &Value) -> Value {
    json!({"tool_name": name, "input_preview": input.to_string()})
}

#[test]
fn a_tool_call_is_one_call() {
    let metadata = tool("get_issue", &json!({"id": 7}));
    let fields = json!({"metadata": metadata, "duration_ms": 12, "result_preview": "{\"id\":7}"});
    of(&fields, |observation| {
        let call = &observation.calls[0];
        assert_eq!((observation.calls.len(), call.entry), (1, None));
        assert_eq!(call.tool_name.as_deref(), Some("get_issue"));
        assert_eq!((call.ok, call.duration_ms), (Some(true), Some(12)));
        assert_eq!(call.input.as_deref(), Some("{\"id\":7}"));
        assert_eq!(call.result, Some("{\"id\":7}".into()));
        assert!(!call.failed() && !call.is_search && !call.looks_for_tool && !call.input_truncated);
        assert_eq!((call.failure_class, call.failure_text.as_deref()), (None, None));
    });
}

#[test]
fn entries_of_a_script_are_its_calls() {
    let calls = json!([
        {"name": "a", "args": {"x": 1}, "ok": true, "duration_ms": 3.9, "result": {"error": "boom"}},
        {"tool": "b", "arguments": "{\"x\":1}", "ok": false, "error": {"message": "Issue 7 not found"}},
        {"tool_name": "c", "input": null, "error": "Request timed out", "output": "x", "duration_ms": -1},
        "d",
        7,
        null,
    ]);
    of(&json!({"kind": "execute_script", "calls": calls}), |observation| {
        let row = |call: &ToolCall<'_>| {
            let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
            (
                text(&call.tool_name),
                call.ok,
                text(&call.input),
                call.duration_ms,
                call.failure_class,
            )
        };
        let rows: Vec<_> = observation.calls.iter().map(row).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            rows,
            [
                (
                    name("a"),
                    Some(true),
                    name("{\"x\":1}"),
                    Some(3),
                    Some(FailureClass::InternalError)
                ),
                (
                    name("b"),
                    Some(false),
                    name("{\"x\":1}"),
                    None,
                    Some(FailureClass::ResourceNotFound)
                ),
                (name("c"), None, None, None, Some(FailureClass::Timeout)),
                (name("d"), None, None, None, None),
                (None, None, None, None, None),
                (None, None, None, None, None),
            ]
        );
        assert!(observation.calls[0].silent_failure && observation.calls[1].reported_failure);
        let entries: Vec<_> = observation.calls.iter().map(|call| call.entry).collect();
        assert_eq!(entries, [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]);
    });
}

#[test]
fn a_script_without_entries_is_a_call_itself() {
    let fields =
        json!({"kind": "execute_script", "calls": [], "script_source": "[a, b] = await run()"});
    of(&fields, |observation| {
        let call = &observation.calls[0];
        assert_eq!((call.entry, call.tool_name.as_deref()), (None, None));
        assert_eq!(call.input.as_deref(), Some("[a, b] = await run()"));
        assert!(!call.input_truncated);
    });
    let fields = json!({"kind": "execute_script", "metadata": {"tool_name": "run"}, "script_source": "x",
        "script_source_truncated": true});
    of(&fields, |observation| {
        assert_eq!(observation.calls[0].tool_name.as_deref(), Some("run"));
        assert!(observation.calls[0].input_truncated);
    });
}

#[test]
fn other_events_are_no_calls() {
    for kind in ["session_init", "actor_identity", "heartbeat"] {
        let fields = json!({"kind": kind, "metadata": {"tool_name": "search_docs"}});
        of(&fields, |observation| {
            assert!(observation.calls.is_empty() && observation.searches.is_empty());
        });
    }
    // Entries of a tool call are no calls of their own.
    let fields = json!({"calls": [{"name": "a"}, {"name": "b"}]});
    of(&fields, |observation| assert_eq!(observation.calls.len(), 1));
}

#[test]
fn a_capability_request_is_no_call_and_no_search() {
    let metadata = json!({"tool_name": "search_docs", "capability_request": true,
        "input_preview": "{\"query\":\"bulk export\"}"});
    of(&json!({"metadata": metadata}), |observation| {
        let request = observation.request.as_ref().unwrap();
        assert_eq!(request.text.as_deref(), Some("bulk export"));
        assert!(observation.calls.is_empty() && observation.searches.is_empty());
    });
    let failed = [
        json!({"metadata": metadata, "ok": false}),
        json!({"metadata": metadata, "error": "boom"}),
        json!({"metadata": metadata, "result_preview": "{\"success\":false}"}),
    ];
    for fields in failed {
        of(&fields, |observation| {
            assert!(observation.request.is_none() && observation.calls.is_empty());
        });
    }
    of(&json!({"metadata": {"capability_request": true}}), |observation| {
        assert_eq!(observation.request.as_ref().unwrap().text, None);
    });
}

#[test]
fn calls_of_search_tools_are_searches() {
    use MissKind::*;
    use SearchKind::*;
    let docs = tool("search_docs", &json!({"limit": 3, "query": "sso"}));
    let rows = [
        (
            json!({"metadata": docs, "result_preview": "{\"total\":0}"}),
            (Discovery, Some(0), Some(NoResults)),
        ),
        (json!({"metadata": docs, "result_preview": "{\"total\":3}"}), (Discovery, Some(3), None)),
        (json!({"metadata": docs, "result_preview": "see below"}), (Discovery, None, None)),
        (json!({"metadata": docs, "result_preview": ""}), (Discovery, Some(0), Some(NoResults))),
        (json!({"metadata": docs}), (Discovery, None, None)),
        (json!({"metadata": docs, "ok": false}), (Discovery, None, Some(Error))),
        (
            json!({"metadata": docs, "result_preview": "{\"error\":\"x\",\"results\":[]}"}),
            (Discovery, None, Some(Error)),
        ),
        (
            json!({"metadata": tool("find-issues", &json!({"q": "sso"})), "result_preview": "[]"}),
            (Content, Some(0), Some(NoResults)),
        ),
    ];
    for (fields, (kind, count, miss)) in rows {
        let expected = (kind, Some(0), "sso".to_owned(), count, miss);
        assert_eq!(searches_of(&fields), [expected], "{fields}");
    }
    let none = [
        tool("search_docs", &json!({"limit": 3})),
        tool("search_docs", &json!({"query": " "})),
        tool("search_docs", &json!({"query": 7})),
        tool("list_docs", &json!({"query": "sso"})),
        tool("run_sql_query", &json!({"query": "select 1"})),
    ];
    for metadata in none {
        assert_eq!(searches_of(&json!({"metadata": metadata})), [], "{metadata}");
    }
}

#[test]
fn every_query_argument_is_read() {
    for name in QUERY_ARGUMENTS {
        let fields = json!({"metadata": tool("lookup", &json!({*name: "sso"}))});
        assert_eq!(searches_of(&fields)[0].2, "sso", "{name}");
    }
}

#[test]
fn entries_of_search_calls_are_searches_and_the_call_is_none() {
    use MissKind::*;
    let entries = json!([
        {"query": "a", "results": []},
        {"q": "b", "total": 3},
        {"text": "c", "error": "boom", "result_count": 0},
        {"search": "d", "error": null},
        {"pattern": "e", "results": [1, 2]},
        {"keywords": ["f", "g"]},
        "h",
        7,
    ]);
    let metadata = tool("search_docs", &json!({"query": "outer"}));
    let found = searches_of(&json!({"metadata": metadata, "search_calls": entries}));
    let row =
        |query: &str, count, miss| (SearchKind::Discovery, Some(0), query.to_owned(), count, miss);
    let expected = [
        row("a", Some(0), Some(NoResults)),
        row("b", Some(3), None),
        row("c", Some(0), Some(Error)),
        row("d", None, None),
        row("e", Some(2), None),
        row("f g", None, None),
        row("h", None, None),
        row("", None, None),
    ];
    assert_eq!(found, expected);
    of(&json!({"search_calls": ["x"], "metadata": {"tool_name": "run"}}), |observation| {
        let call = &observation.calls[0];
        assert!(call.looks_for_tool && !call.is_search);
    });
}

#[test]
fn searches_of_a_script_belong_to_its_entries_or_to_none() {
    let calls = json!([{"name": "a"}, {"name": "search_tools", "args": {"query": "x"}}]);
    let found = searches_of(&json!({"kind": "execute_script", "calls": calls}));
    assert_eq!(found, [(SearchKind::Discovery, Some(1), "x".to_owned(), None, None)]);
    let found =
        searches_of(&json!({"kind": "execute_script", "calls": calls, "search_calls": ["y"]}));
    assert_eq!(found, [(SearchKind::Discovery, None, "y".to_owned(), None, None)]);
    let found = searches_of(&json!({"kind": "heartbeat", "search_calls": ["y"]}));
    assert_eq!(found, [(SearchKind::Discovery, None, "y".to_owned(), None, None)]);
}

#[test]
fn listed_tools_search_with_any_text() {
    let rules = Rules {
        search_include: vec!["ask".into()],
        search_exclude: vec!["search".into()],
        ..Rules::default()
    };
    let rows = [
        ("ask", "{\"topic\":\"sso\"}", 1),
        ("ask", "sso", 1),
        ("search", "{\"query\":\"sso\"}", 0),
    ];
    for (name, input, expected) in rows {
        let raw = event_json(&json!({"metadata": {"tool_name": name, "input_preview": input}}));
        assert_eq!(observe(&parse(&raw), &rules).searches.len(), expected, "{name}");
    }
}

#[test]
fn only_a_reported_success_fails_silently() {
    let preview = "{\"error\":\"Issue 7 not found\"}";
    let rows = [(json!(true), true), (json!(null), false), (json!(false), false)];
    for (ok, silent) in rows {
        of(&json!({"ok": ok, "result_preview": preview}), |observation| {
            assert_eq!(observation.calls[0].silent_failure, silent, "{ok}");
        });
    }
    // A reported failure without a text is explained by its result.
    of(&json!({"ok": false, "result_preview": preview}), |observation| {
        let call = &observation.calls[0];
        assert_eq!(call.failure_text.as_deref(), Some("Issue 7 not found"));
        assert_eq!(call.failure_class, Some(FailureClass::ResourceNotFound));
        assert_eq!(call.error, None);
    });
}

#[test]
fn a_marker_in_any_text_is_a_secret() {
    let marker = "key [redacted:github-token] end";
    let rows = [
        json!({"error": marker}),
        json!({"result_preview": marker}),
        json!({"script_source": marker}),
        json!({"metadata": {"user_intent": marker}}),
        json!({"metadata": {"agent_thinking": marker}}),
        json!({"metadata": {"input_preview": marker}}),
        json!({"kind": "execute_script", "calls": [{"args": {"a": marker}}]}),
        json!({"logs": [marker]}),
        json!({"search_calls": [{"query": marker}]}),
    ];
    for fields in rows {
        assert!(has_secret_in(event_json(&fields).as_bytes()), "{fields}");
        of(&fields, |observation| assert!(observation.has_secret, "{fields}"));
    }
    of(&json!({"error": "redacted"}), |observation| assert!(!observation.has_secret));
}

#[test]
fn log_lines_are_read_from_every_shape() {
    let logs = json!([
        {"level": "warn", "message": "slow", "at": "2026-01-01T00:00:01.5Z"},
        {"text": "done", "timestamp": "yesterday"},
        "plain",
        {"step": 3},
        "",
        null,
    ]);
    let raw = event_json(&json!({"kind": "execute_script", "logs": logs}));
    let event = parse(&raw);
    let lines: Vec<_> = log_lines(&event)
        .into_iter()
        .map(|line| {
            (
                line.at.map(|at| at.to_string()),
                line.level.map(Cow::into_owned),
                line.message.into_owned(),
            )
        })
        .collect();
    let at = Some("2026-01-01T00:00:01.500Z".to_owned());
    let expected = [
        (at, Some("warn".to_owned()), "slow".to_owned()),
        (None, None, "done".to_owned()),
        (None, None, "plain".to_owned()),
        (None, None, "{\"step\":3}".to_owned()),
    ];
    assert_eq!(lines, expected);
}

/// What the events of a fixture say, counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    open: usize,
    silent: usize,
    classes: BTreeMap<FailureClass, usize>,
    /// Entries of `search_calls`, and calls of search tools.
    searches: [usize; 2],
    found_nothing: Vec<String>,
    unknown: usize,
    broken: usize,
    requests: Vec<String>,
    secrets: usize,
}

fn see(events: &[String]) -> Seen {
    let mut seen = Seen::default();
    for raw in events {
        let event = parse(raw);
        let observation = observe(&event, &Rules::default());
        seen.secrets += usize::from(observation.has_secret);
        for call in &observation.calls {
            seen.open += usize::from(call.reported_failure);
            seen.silent += usize::from(call.silent_failure);
            assert_eq!(call.failure_class.is_some(), call.failed());
            if let Some(class) = call.failure_class {
                *seen.classes.entry(class).or_default() += 1;
            }
        }
        for search in &observation.searches {
            seen.searches[usize::from(search.source == SearchSource::ToolCall)] += 1;
            match search.miss {
                Some(MissKind::NoResults) => seen.found_nothing.push(search.query.to_string()),
                Some(MissKind::Error) => seen.broken += 1,
                None => seen.unknown += usize::from(search.result_count.is_none()),
            }
        }
        if let Some(request) = observation.request {
            seen.requests.push(request.text.unwrap_or_default().into_owned());
        }
    }
    seen
}

#[test]
fn real_sessions_say_what_their_readme_counts() {
    use FailureClass::*;
    let seen = see(&livemcp());
    assert_eq!((seen.open, seen.silent), (104, 54));
    let classes = [
        (InputSchemaMismatch, 50),
        (UnknownTool, 2),
        (Timeout, 22),
        (Upstream5xx, 2),
        (TransportFailure, 4),
        (ResourceNotFound, 15),
        (StateConflict, 2),
        (MissingPrecondition, 35),
        (AuthOrPermission, 11),
        (RateLimited, 7),
        // "Failed to retrieve cryptocurrency data" and "INTERNAL_ERROR" name no cause.
        (InternalError, 8),
    ];
    assert_eq!(seen.classes, BTreeMap::from(classes));
    assert_eq!(seen.searches, [283, 57]);
    // Two searches of a news site gave a blank text, three of a folder said that they found nothing.
    let found_nothing = [
        "ChatGPT OpenAI GPT-4 Claude Gemini LLM 2024",
        "exchange.docx",
        ".docx",
        "exchange",
        "machine learning deep learning AI news",
    ];
    assert_eq!(seen.found_nothing, found_nothing);
    assert_eq!((seen.broken, seen.unknown), (7, 28));
}

#[test]
fn searches_by_meaning_always_find_something() {
    let counts: Vec<(Option<u64>, Option<MissKind>)> = livemcp()
        .iter()
        .flat_map(|raw| {
            let event = parse(raw);
            let searches = observe(&event, &Rules::default()).searches;
            let entries =
                searches.into_iter().filter(|search| search.source == SearchSource::SearchCalls);
            entries.map(|search| (search.result_count, search.miss)).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(counts.iter().filter(|(_, miss)| *miss == Some(MissKind::NoResults)).count(), 0);
    assert_eq!(counts.iter().filter(|(_, miss)| *miss == Some(MissKind::Error)).count(), 1);
    assert_eq!(counts.iter().filter(|(count, _)| *count > Some(0)).count(), 282);
}

#[test]
fn both_clients_show_the_same_empty_searches_and_requests() {
    let found_nothing = [
        "SAML SSO setup",
        "SSO Okta",
        "OIDC login",
        "enterprise identity",
        "comment importer des tickets",
        "\u{8ab2}\u{984c}\u{306e}\u{30a4}\u{30f3}\u{30dd}\u{30fc}\u{30c8}",
        "gantt chart timeline",
        "quota",
    ];
    let requests = [
        "Configure single sign-on for the workspace",
        "Grant the caller admin rights to delete a project",
        "Show issues on a timeline",
        "Raise the rate limit",
    ];
    for (name, timeouts) in [
        ("python.raw.ndjson", 1),
        ("python-0.1.42-handshake-client.raw.ndjson", 0),
        ("python-0.1.28.raw.ndjson", 0),
        ("typescript.raw.ndjson", 0),
    ] {
        let mut seen = see(&capture(name));
        assert_eq!(seen.classes.remove(&FailureClass::Timeout).unwrap_or(0), timeouts, "{name}");
        let expected = Seen {
            open: 6 + timeouts,
            silent: 0,
            classes: BTreeMap::from([
                (FailureClass::InputSchemaMismatch, 1),
                (FailureClass::ResourceNotFound, 2),
                (FailureClass::AuthOrPermission, 3),
            ]),
            searches: [0, 18],
            found_nothing: found_nothing.map(str::to_owned).to_vec(),
            unknown: 0,
            broken: 0,
            requests: requests.map(str::to_owned).to_vec(),
            secrets: 1,
        };
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn a_preview_cut_by_a_client_still_counts() {
    for name in ["python.raw.ndjson", "typescript.raw.ndjson"] {
        let events = capture(name);
        let raw = events.iter().find(|raw| raw.contains("\"result_truncated\":true")).unwrap();
        let event = parse(raw);
        let preview = event.result_preview.as_ref().unwrap().decode();
        assert_eq!(
            (preview.len(), serde_json::from_str::<Value>(&preview).is_err()),
            (8_192, true)
        );
        let count = read_result(&preview, true, false).count.unwrap();
        assert!((150..250).contains(&count), "{name}: {count}");
    }
}
