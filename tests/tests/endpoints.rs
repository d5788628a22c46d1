//! Every endpoint over real events: the shape is the contract's, the figures add up, and snapshots fix the bytes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use mcp_insights::api::{
    OverviewQuery, Range, SearchesQuery, SessionSort, SessionView, SessionsQuery, TopicSort,
    TopicsQuery, WindowQuery,
};
use mcp_insights::{Engine, Error, Input, Options, Registry, Timestamp};
use mcp_insights_tests::contract;
use mcp_insights_tests::fixtures::{CAPTURES, LIVEMCP, engine, now};
use serde::Serialize;
use serde_json::json;

fn check<T: Serialize>(schema: &str, answer: &T) {
    let json = serde_json::to_value(answer).unwrap();
    let violations = contract::violations(schema, &json);
    assert!(violations.is_empty(), "{schema}: {violations:?}");
}

fn engines() -> Vec<Engine> {
    let mut all = CAPTURES.to_vec();
    all.push(LIVEMCP);
    vec![engine(&[LIVEMCP]), engine(&CAPTURES), engine(&all), engine(&[CAPTURES[6]])]
}

/// A `now` for an engine without events too.
fn some_now(engine: &Engine) -> Timestamp {
    engine.default_now().unwrap_or(Timestamp::EARLIEST)
}

#[test]
fn every_answer_has_the_shape_of_the_contract() {
    for engine in engines() {
        let now = some_now(&engine);
        for range in Range::ALL {
            for server in [None, Some("nobody".to_owned())] {
                let window = WindowQuery { range, mcp_server_id: server.clone() };
                check("Overview", &engine.overview(&window, now).unwrap());
                for sort in TopicSort::ALL {
                    let query = TopicsQuery {
                        range,
                        mcp_server_id: server.clone(),
                        sort,
                        ..TopicsQuery::default()
                    };
                    let topics = engine.topics(&query, now).unwrap();
                    check("TopicList", &topics);
                    for topic in &topics.topics {
                        check("TopicDetail", &engine.topic(&topic.id, &window, now).unwrap());
                    }
                }
                let query = SearchesQuery {
                    range,
                    mcp_server_id: server.clone(),
                    ..SearchesQuery::default()
                };
                let searches = engine.searches(&query, now).unwrap();
                check("SearchList", &searches);
                for search in &searches.searches {
                    check("SearchDetail", &engine.search(&search.id, &window, now).unwrap());
                }
                for (view, sort) in
                    SessionView::ALL.into_iter().zip(SessionSort::ALL.into_iter().cycle())
                {
                    let query = SessionsQuery {
                        range,
                        view,
                        sort,
                        mcp_server_id: server.clone(),
                        ..SessionsQuery::default()
                    };
                    check("SessionList", &engine.sessions(&query, now).unwrap());
                }
            }
        }
    }
}

#[test]
fn every_trace_has_the_shape_of_the_contract_and_agrees_with_its_session() {
    for engine in engines() {
        for session in every_session(&engine) {
            let trace = engine.trace(&session.id).unwrap();
            check("Trace", &trace);
            assert_eq!(trace.session, session);
            assert_eq!(trace.tool_calls.len() as u64, session.tool_call_count);
            assert_eq!(trace.searches.len() as u64, session.search_count);
            assert_eq!(trace.capability_requests.len() as u64, session.capability_request_count);
            let silent = trace.tool_calls.iter().filter(|call| call.silent_failure).count();
            assert_eq!(silent as u64, session.silent_failure_count);
            let failed = trace.searches.iter().filter(|search| search.failed).count();
            assert_eq!(failed as u64, session.failed_search_count);
            let reasons: Vec<_> =
                trace.classifications.frustration.reasons.iter().map(|row| row.reason).collect();
            assert_eq!(reasons, session.frustration.reasons);
            assert!(
                trace
                    .classifications
                    .frustration
                    .reasons
                    .iter()
                    .all(|row| !row.event_ids.is_empty())
            );
        }
    }
}

fn every_session(engine: &Engine) -> Vec<mcp_insights::api::Session> {
    engine.export_sessions(mcp_insights::ExportRange::All, some_now(engine), None).collect()
}

#[test]
fn points_add_up_to_the_kpis() {
    for engine in engines() {
        let now = some_now(&engine);
        for range in Range::ALL {
            let overview =
                engine.overview(&OverviewQuery { range, mcp_server_id: None }, now).unwrap();
            let points = &overview.trends.points;
            let kpis = &overview.kpis;
            assert_eq!(points.iter().map(|point| point.sessions).sum::<u64>(), kpis.sessions.value);
            assert_eq!(
                points.iter().map(|point| point.tool_calls).sum::<u64>(),
                kpis.tool_calls.value
            );
            assert_eq!(points.iter().map(|point| point.searches).sum::<u64>(), kpis.searches.value);
            assert_eq!(
                points.iter().map(|point| point.failed_searches).sum::<u64>(),
                kpis.failed_searches.value
            );
            assert_eq!(
                points.iter().map(|point| point.silent_failures).sum::<u64>(),
                kpis.silent_failures.value
            );
            assert_eq!(points.first().map(|point| point.start), Some(overview.window.start));
            assert_eq!(points.last().map(|point| point.end), Some(overview.window.end));
            assert!(points.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}

#[test]
fn sessions_divide_into_those_with_a_topic_without_and_without_an_intent() {
    for engine in engines() {
        let now = some_now(&engine);
        for range in Range::ALL {
            let topics =
                engine.topics(&TopicsQuery { range, ..TopicsQuery::default() }, now).unwrap();
            let parts = topics.with_topic_sessions
                + topics.unclustered_sessions
                + topics.no_intent_sessions;
            assert_eq!(parts, topics.sessions);
            for topic in &topics.topics {
                assert_eq!(topic.trend.sparkline.iter().sum::<u64>(), topic.session_count);
            }
        }
    }
}

#[test]
fn pages_of_sessions_are_the_list_cut() {
    let engine = engine(&[LIVEMCP]);
    let now = now(&engine);
    for sort in SessionSort::ALL {
        let all = SessionsQuery {
            range: Range::Month,
            sort,
            limit: mcp_insights::api::Limit::MOST,
            ..SessionsQuery::default()
        };
        let whole = engine.sessions(&all, now).unwrap();
        let mut paged = Vec::new();
        let mut query =
            SessionsQuery { limit: mcp_insights::api::Limit::new(7).unwrap(), ..all.clone() };
        loop {
            // A later clock does not move the pages.
            let page = engine
                .sessions(&query, now.plus_micros(paged.len() as i64 * 3_600_000_000))
                .unwrap();
            assert_eq!(page.total, whole.total);
            paged.extend(page.sessions);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        // The first page had no cursor, and time had not moved.
        assert_eq!(paged, whole.sessions);
    }
}

#[test]
fn the_next_page_begins_where_the_last_one_ended_whatever_has_moved_since() {
    let event = |id: &str, session: &str, hour: u32| {
        json!({
            "event_id": id, "kind": "tool_call", "session_id_hint": session, "actor_id": "a",
            "started_at": format!("2026-05-01T{hour:02}:00:00Z"), "metadata": {"tool_name": "t"},
        })
    };
    let first = [event("1", "one", 6), event("2", "two", 7), event("3", "three", 8)];
    let engine = |events: &[serde_json::Value]| {
        Engine::from_events(events.to_vec(), Registry::default()).unwrap()
    };
    let now = Timestamp::parse("2026-05-01T12:00:00Z").unwrap();
    let limit = mcp_insights::api::Limit::new(1).unwrap();
    let page = |engine: &Engine, cursor: Option<String>| {
        let query = SessionsQuery { limit, cursor, ..SessionsQuery::default() };
        let page = engine.sessions(&query, now).unwrap();
        (page.sessions[0].session_key.clone(), page.next_cursor)
    };
    let (newest, cursor) = page(&engine(&first), None);
    assert_eq!(newest, "three");
    let mut moved = first.to_vec();
    moved.push(event("4", "three", 5));
    for later in [moved.as_slice(), &first[..2]] {
        assert_eq!(page(&engine(later), cursor.clone()).0, "two");
    }
}

#[test]
fn a_cursor_of_other_filters_is_refused() {
    let engine = engine(&[LIVEMCP]);
    let now = now(&engine);
    let limit = mcp_insights::api::Limit::new(1).unwrap();
    let query = SessionsQuery { limit, ..SessionsQuery::default() };
    let cursor = engine.sessions(&query, now).unwrap().next_cursor;
    let other = SessionsQuery { cursor, range: Range::Month, ..query };
    let Err(error @ Error::Validation(_)) = engine.sessions(&other, now) else {
        panic!("accepted")
    };
    check("Error", &error.body());
}

#[test]
fn filters_find_what_the_lists_show() {
    let engine = engine(&[LIVEMCP]);
    let now = now(&engine);
    let month = WindowQuery { range: Range::Month, mcp_server_id: None };
    let sessions = |query: SessionsQuery| {
        engine.sessions(&SessionsQuery { range: Range::Month, ..query }, now).unwrap()
    };
    for topic in engine
        .topics(&TopicsQuery { range: Range::Month, ..TopicsQuery::default() }, now)
        .unwrap()
        .topics
    {
        let found =
            sessions(SessionsQuery { topic: Some(topic.id.clone()), ..SessionsQuery::default() });
        assert_eq!(found.total, topic.session_count);
        for sample in &topic.sample_intents {
            let found = sessions(SessionsQuery {
                intent: Some(sample.text.clone()),
                ..SessionsQuery::default()
            });
            assert_eq!(found.total, sample.sessions);
        }
    }
    let searches = engine
        .searches(&SearchesQuery { range: Range::Month, ..SearchesQuery::default() }, now)
        .unwrap();
    assert!(searches.total > 0);
    for search in searches.searches {
        let found =
            sessions(SessionsQuery { search: Some(search.id.clone()), ..SessionsQuery::default() });
        assert_eq!(found.total, search.session_count);
        let detail = engine.search(&search.id, &month, now).unwrap();
        assert_eq!(detail.search, search);
        for query in &search.queries {
            let found = sessions(SessionsQuery {
                search_miss: Some(query.text.clone()),
                ..SessionsQuery::default()
            });
            assert!(found.total > 0, "{}", query.text);
        }
    }
    for unknown in ["", "top_nothing"] {
        let found =
            sessions(SessionsQuery { topic: Some(unknown.to_owned()), ..SessionsQuery::default() });
        assert_eq!(found.total, 0);
    }
}

#[test]
fn ids_never_known_are_not_found() {
    let engine = engine(&[LIVEMCP]);
    let now = now(&engine);
    let window = WindowQuery::default();
    let errors = [
        engine.topic("top_nothing", &window, now).err(),
        engine.search("sch_nothing", &window, now).err(),
        engine.trace("ses_nothing").err(),
    ];
    for error in errors {
        let error = error.unwrap();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
        check("Error", &error.body());
    }
}

#[test]
fn groups_of_the_previous_window_are_listed_also_where_the_data_covers_it_in_part() {
    let event = |id: &str, day: &str| {
        json!({
            "event_id": id, "kind": "tool_call", "session_id_hint": id, "started_at": format!("2026-05-{day}T09:00:00Z"),
            "metadata": {"tool_name": "search_docs", "intent": "cancel my order", "input_preview": "{\"query\":\"cancel order\"}"},
            "result_preview": "[]",
        })
    };
    let now = Timestamp::parse("2026-06-06T20:00:00Z").unwrap();
    // The previous window begins on the 23rd: once within the data, once before it.
    for (first, previous) in [("20", Some(2)), ("27", None)] {
        let events = [event("a", first), event("b", "28"), event("c", "29")];
        let engine = Engine::from_events(events, Registry::default()).unwrap();
        let topics = engine.topics(&TopicsQuery::default(), now).unwrap().topics;
        let searches = engine.searches(&SearchesQuery::default(), now).unwrap().searches;
        let listed: Vec<_> =
            topics.iter().map(|topic| (topic.session_count, topic.trend.previous)).collect();
        assert_eq!(listed, [(0, previous)], "topics, from {first}");
        let listed: Vec<_> =
            searches.iter().map(|search| (search.session_count, search.trend.previous)).collect();
        assert_eq!(listed, [(0, previous)], "searches, from {first}");
    }
}

#[test]
fn a_trace_shows_what_json_allows_and_few_can_hold() {
    let deep = "[".repeat(126) + &"]".repeat(126);
    let record = format!(
        r#"{{"event_id":"e","kind":"execute_script","started_at":"2026-05-01T09:00:00Z","result_preview":"cut \ud83d",
            "metadata":{{"big":1e999,"deep":{deep},"k\ud83d":"\ude00"}},"calls":[{{"name":"t","x":"\ud83d"}}],"other":[-1e400]}}"#
    );
    let other = r#"{"event_id":"f","kind":"tool_call","session_id_hint":"h","started_at":"2026-05-01T09:00:00Z","metadata":{"tool_name":"t"}}"#;
    let bytes = format!("{}\n{other}\n", record.replace('\n', "")).into_bytes();
    let inputs = vec![Input::Bytes { name: "dump".to_owned(), bytes }];
    let engine = Engine::read(inputs, &Options::default(), Registry::default(), &|_| {}).unwrap();
    assert_eq!(engine.read_report().accepted, 2);
    let mut shown = Vec::new();
    for session in every_session(&engine) {
        let trace = engine.trace(&session.id).unwrap();
        check("Trace", &trace);
        shown.extend(trace.events);
    }
    let event = shown.iter().find(|event| event.event_id == "e").unwrap();
    assert_eq!(shown.len(), 2);
    assert_eq!(event.result_preview.as_deref(), Some("cut \u{fffd}"));
    assert_eq!(event.metadata["big"], "1e999");
    assert!(event.metadata["deep"].is_array());
    assert_eq!(event.metadata["k\u{fffd}"], "\u{fffd}");
    assert_eq!(event.calls, [json!({"name": "t", "x": "\u{fffd}"})]);
    assert_eq!(event.unknown["other"], json!(["-1e400"]));
}

#[test]
fn one_who_shouts_does_not_name_a_topic() {
    let event = |number: u32, intent: String| {
        json!({
            "event_id": number.to_string(), "kind": "tool_call", "session_id_hint": number.to_string(),
            "started_at": "2026-05-01T09:00:00Z", "metadata": {"tool_name": "t", "intent": intent},
        })
    };
    let mut events = vec![event(0, "REFUND ORDER 7".to_owned())];
    events.extend((1..5).map(|number| event(number, format!("refund order 100{number}"))));
    let engine = Engine::from_events(events, Registry::default()).unwrap();
    let topics = engine.topics(&TopicsQuery::default(), now(&engine)).unwrap().topics;
    let labels: Vec<_> = topics.iter().map(|topic| topic.label.as_str()).collect();
    assert_eq!(labels, ["Refund order"]);
}

#[test]
fn synthetic_sessions_are_in_no_list_but_their_trace_is_readable() {
    let engine = engine(&CAPTURES);
    let overview = engine.overview(&OverviewQuery::default(), now(&engine)).unwrap();
    assert!(overview.coverage.excluded_workflow_events > 0);
    let listed = every_session(&engine);
    assert!(
        listed.iter().all(|session| session.client_name.as_deref() != Some("armature-workflow"))
    );
}

#[test]
fn snapshots_fix_the_bytes() {
    for (name, fixtures) in [("livemcp", vec![LIVEMCP]), ("captures", CAPTURES.to_vec())] {
        let engine = engine(&fixtures);
        let now = now(&engine);
        let limit = mcp_insights::api::Limit::new(3).unwrap();
        insta::assert_json_snapshot!(
            format!("{name}_overview"),
            engine.overview(&OverviewQuery::default(), now).unwrap()
        );
        insta::assert_json_snapshot!(
            format!("{name}_topics"),
            engine.topics(&TopicsQuery { limit, ..TopicsQuery::default() }, now).unwrap()
        );
        insta::assert_json_snapshot!(
            format!("{name}_searches"),
            engine.searches(&SearchesQuery { limit, ..SearchesQuery::default() }, now).unwrap()
        );
        let sessions = engine
            .sessions(
                &SessionsQuery {
                    limit,
                    sort: SessionSort::Frustration,
                    ..SessionsQuery::default()
                },
                now,
            )
            .unwrap();
        insta::assert_json_snapshot!(format!("{name}_sessions"), sessions);
        let mut trace = engine.trace(&sessions.sessions[2].id).unwrap();
        // The events themselves stand in the fixture.
        trace.events.truncate(2);
        insta::assert_json_snapshot!(format!("{name}_trace"), trace);
    }
}
