//! What the durable engine promises, one test a promise; `durable_laws.rs` has its laws.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mcp_insights::api::{
    IngestReport, SearchPatch, SearchesQuery, TopicPatch, TopicsQuery, WindowQuery,
};
use mcp_insights::{
    DurableEngine, Embedder, Engine, Error, Fast, Input, KeptVectors, Memory, Options, Registry,
    RejectionReason, Storage,
};
use mcp_insights_tests::answers::answers;
use mcp_insights_tests::durable::{
    DUPLICATES, body, comparable, everything, exact, open, options, sample,
};
use mcp_insights_tests::fixtures::{CAPTURES, LIVEMCP, events, path};
use mcp_insights_tests::storage::Watched;
use serde_json::{Value, json};

/// Texts that a grouping leaves alone, however near they are to a topic, are in no topic afterwards.
#[test]
fn a_grouping_shows_what_it_found_whatever_the_encoder() {
    let events = events(&[LIVEMCP]);
    for embedder in [Arc::new(Fast) as Arc<dyn Embedder>, options().embedder.clone()] {
        let options = Options { embedder, ..Options::default() };
        let storage = Arc::<Memory>::default();
        let engine = DurableEngine::with_storage(storage.clone(), options.clone()).unwrap();
        engine.ingest(&body(&events), None).unwrap();
        engine.recluster().unwrap();
        let at_once =
            Engine::from_events_with(events.clone(), &options, Registry::default()).unwrap();
        assert!(comparable(&engine.snapshot()) == comparable(&at_once));
        let reopened = DurableEngine::with_storage(storage, options).unwrap();
        assert!(everything(&engine.snapshot()) == everything(&reopened.snapshot()));
    }
}

#[test]
fn what_was_acknowledged_is_seen_at_once() {
    let engine = open(&Arc::<Memory>::default());
    let sample = sample();
    let report = engine.ingest(&body(&sample), None).unwrap();
    let accepted = sample.len() as u64;
    let expected = IngestReport {
        accepted,
        rejected: Vec::new(),
        duplicate_count: DUPLICATES,
        schema_version: 1,
    };
    assert_eq!(report, expected);
    assert_eq!(engine.snapshot().read_report().accepted, accepted - DUPLICATES);
    let again = engine.ingest(&body(&sample[..5]), None).unwrap();
    assert_eq!((again.accepted, again.duplicate_count), (5, 5));
    assert_eq!(engine.snapshot().read_report().accepted, accepted - DUPLICATES);
}

#[test]
fn what_the_storage_refuses_is_not_seen() {
    let storage = Arc::new(Watched::default());
    let engine = open(&storage);
    let sample = sample();
    engine.ingest(&body(&sample[..40]), None).unwrap();
    let before = everything(&engine.snapshot());
    let mut replacing = sample[0].clone();
    replacing["started_at"] = Value::from("2020-01-01T00:00:00Z");
    let batch = [&[replacing], &sample[40..60]].concat();
    storage.is_full.store(true, Ordering::Relaxed);
    let scans = storage.scans.load(Ordering::Relaxed);
    for _ in 0..2 {
        assert!(matches!(engine.ingest(&body(&batch), None), Err(Error::Ingest(_))));
        assert!(before == everything(&engine.snapshot()));
    }
    storage.is_full.store(false, Ordering::Relaxed);
    let report = engine.ingest(&body(&batch), None).unwrap();
    assert_eq!((report.accepted, report.duplicate_count), (21, 1));
    assert_eq!(storage.scans.load(Ordering::Relaxed), scans, "nothing has to be read again");
    assert!(everything(&engine.snapshot()) == everything(&open(&storage).snapshot()));
}

#[test]
fn batches_of_many_threads_are_all_there() {
    let engine = open(&Arc::<Memory>::default());
    let sample = sample();
    std::thread::scope(|scope| {
        for batch in sample.chunks(20) {
            scope.spawn(|| engine.ingest(&body(batch), None).unwrap());
        }
    });
    assert_eq!(engine.snapshot().read_report().accepted, sample.len() as u64 - DUPLICATES);
    // Those who waited were read by who sent them, those in turn by who joined them.
    let in_turn = open(&Arc::<Memory>::default());
    for batch in sample.chunks(20) {
        in_turn.ingest(&body(batch), None).unwrap();
    }
    assert!(exact(&engine.snapshot()) == exact(&in_turn.snapshot()));
}

#[test]
fn a_large_batch_makes_what_small_ones_make() {
    let (large, small) = (open(&Arc::<Memory>::default()), open(&Arc::<Memory>::default()));
    let sample = events(&[LIVEMCP]);
    assert!(sample.len() > 600, "{}", sample.len());
    large.ingest(&body(&sample), None).unwrap();
    for batch in sample.chunks(20) {
        small.ingest(&body(batch), None).unwrap();
    }
    assert!(exact(&large.snapshot()) == exact(&small.snapshot()));
}

#[test]
fn a_bound_key_writes_to_its_server() {
    let engine = open(&Arc::<Memory>::default());
    engine.ingest(&body(&sample()[..20]), Some("shop")).unwrap();
    let snapshot = engine.snapshot();
    let now = snapshot.default_now().unwrap();
    let sessions = snapshot.sessions(&mcp_insights::api::SessionsQuery::default(), now).unwrap();
    assert!(!sessions.sessions.is_empty());
    assert!(sessions.sessions.iter().all(|row| row.mcp_server_id.as_deref() == Some("shop")));
}

#[test]
fn of_two_events_that_say_the_same_in_other_bytes_one_stays_whatever_comes_first() {
    let event = |arguments: &str| {
        format!(
            r#"{{"event_id":"e","kind":"execute_script","started_at":"2026-01-01T00:00:00Z","calls":[{{"name":"t","args":{arguments}}}]}}"#
        )
    };
    let events = [event(r#"{"b":1,"a":2}"#), event(r#"{"a":2, "b":1}"#)];
    let answers = [[0, 1], [1, 0]].map(|order| {
        let engine = open(&Arc::<Memory>::default());
        for event in order.map(|number| &events[number]) {
            let body = format!(r#"{{"schema_version":1,"events":[{event}]}}"#);
            engine.ingest(body.as_bytes(), None).unwrap();
        }
        everything(&engine.snapshot())
    });
    let kept = json!(r#"{"a":2, "b":1}"#).to_string();
    assert!(answers[0].contains(&kept), "as where both are read at once");
    assert!(answers[0] == answers[1]);
}

#[test]
fn edits_outlive_a_restart() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    engine.ingest(&body(&sample()), None).unwrap();
    engine.recluster().unwrap();
    let now = engine.snapshot().default_now().unwrap();
    let quarter = mcp_insights::api::Range::Quarter;
    let topics = TopicsQuery { range: quarter, ..TopicsQuery::default() };
    let id = engine.snapshot().topics(&topics, now).unwrap().topics[0].id.clone();
    let patch: TopicPatch = serde_json::from_value(json!({"label": "Renamed"})).unwrap();
    assert_eq!(engine.update_topic(&id, &patch, now).unwrap().topic.label, "Renamed");
    let missing = engine.update_topic("top_0", &patch, now);
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let before = answers(&engine.snapshot());
    assert!(before.contains("Renamed"));
    assert_eq!(before, answers(&open(&storage).snapshot()));
}

#[test]
fn a_failed_search_can_be_edited_before_anything_is_grouped() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    let asked = json!({
        "event_id": "e1", "kind": "tool_call", "started_at": "2026-03-01T09:00:00Z", "ok": true,
        "session_id_hint": "conv-1",
        "metadata": {"tool_name": "request_capability", "capability_request": true,
            "input_preview": "{\"capability\":\"export invoices as PDF\"}"},
    });
    engine.ingest(&body(&[asked]), None).unwrap();
    let now = engine.snapshot().default_now().unwrap();
    let query = mcp_insights::api::SearchesQuery::default();
    let id = engine.snapshot().searches(&query, now).unwrap().searches[0].id.clone();
    let patch: SearchPatch = serde_json::from_value(json!({"state": "planned"})).unwrap();
    engine.update_search(&id, &patch, now).unwrap();
    let before = answers(&engine.snapshot());
    assert!(before.contains("planned"));
    assert_eq!(before, answers(&open(&storage).snapshot()));
}

#[test]
fn an_id_of_a_cluster_that_came_with_new_events_answers_after_a_grouping() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    engine.ingest(&body(&in_vain(0..20)), None).unwrap();
    engine.recluster().unwrap();
    let said = |number: usize, query: &str| {
        json!({
            "event_id": format!("n{number}"), "kind": "tool_call", "session_id_hint": format!("new-{number}"),
            "started_at": "2026-03-01T09:00:00Z", "result_preview": "[]",
            "metadata": {"tool_name": "search_docs", "input_preview": json!({"query": query}).to_string()},
        })
    };
    let queries = [
        "bulk refund invoices",
        "refund invoices in bulk",
        "refund many invoices at once",
        "bulk refunds of invoices",
        "refund a lot of invoices",
        "invoice refunds, all at once",
    ];
    let mut ids = std::collections::BTreeSet::new();
    for (number, query) in queries.into_iter().enumerate() {
        engine.ingest(&body(&[said(number, query)]), None).unwrap();
        let engine = engine.snapshot();
        let list =
            engine.searches(&SearchesQuery::default(), engine.default_now().unwrap()).unwrap();
        ids.extend(list.searches.into_iter().map(|search| search.id));
    }
    engine.recluster().unwrap();
    let left = engine
        .snapshot()
        .searches(&SearchesQuery::default(), engine.snapshot().default_now().unwrap())
        .unwrap()
        .total;
    assert!((left as usize) < ids.len(), "some have merged");
    for engine in [engine.snapshot(), open(&storage).snapshot()] {
        let now = engine.default_now().unwrap();
        for id in &ids {
            assert!(engine.search(id, &WindowQuery::default(), now).is_ok(), "{id}");
        }
    }
}

#[test]
fn an_import_reads_what_the_engine_reads() {
    let engine = open(&Arc::<Memory>::default());
    let files = || [LIVEMCP, CAPTURES[0]].iter().map(|name| Input::Path(path(name))).collect();
    let imported = engine.import(files(), None, &|_| {}).unwrap();
    let read = Engine::read(files(), options(), Registry::default(), &|_| {}).unwrap();
    assert_eq!(imported.accepted - imported.duplicates, read.read_report().accepted);
    engine.recluster().unwrap();
    let mut expected = comparable(&read);
    expected[0]["coverage"]["rejected"] = Value::Null;
    assert_eq!(comparable(&engine.snapshot()), expected);
    // A small one is taken in event by event.
    let more = vec![Input::Path(path(CAPTURES[1]))];
    let more = engine.import(more, None, &|_| {}).unwrap();
    assert!(more.accepted > more.duplicates);
    assert_eq!(
        engine.snapshot().read_report().accepted,
        read.read_report().accepted + more.accepted - more.duplicates
    );
    let again = engine.import(files(), None, &|_| {}).unwrap();
    assert_eq!((again.accepted, again.duplicates), (imported.accepted, imported.accepted));
}

#[test]
fn an_import_tells_which_events_a_server_makes_too_large() {
    let event = |id: &str| {
        format!(r#"{{"event_id":"{id}","kind":"tool_call","started_at":"2026-03-01T08:00:00Z"}}"#)
    };
    let long = "e".repeat(40);
    let mut options = options().clone();
    options.read.max_event_bytes = event(&long).len();
    let engine = DurableEngine::with_storage(Arc::<Memory>::default(), options).unwrap();
    let dump = format!("{}\n{}\n", event("short"), event(&long));
    let input = || vec![Input::Bytes { name: "dump".to_owned(), bytes: dump.clone().into() }];
    let imported = engine.import(input(), Some("s"), &|_| {}).unwrap();
    assert_eq!(imported.rejections.len(), 1);
    let refused = &imported.rejections[0];
    assert_eq!(
        (refused.source.as_str(), refused.offset),
        ("dump", event("short").len() as u64 + 1)
    );
    assert_eq!(refused.event_id.as_ref(), Some(&long));
    assert_eq!(refused.reason, RejectionReason::TooLarge);
    assert_eq!((imported.accepted, engine.status().unwrap().events), (1, 1));
    let imported = engine.import(input(), None, &|_| {}).unwrap();
    assert_eq!((imported.accepted, imported.rejections.len()), (2, 0));
}

#[test]
fn rows_that_were_replaced_do_not_pile_up() {
    let engine = open(&Arc::<Memory>::default());
    let event = |number: u32| {
        json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "ok": !number.is_multiple_of(9),
            "session_id_hint": "conv-1", "started_at": format!("2026-03-01T{:02}:{:02}:00Z", number / 60, number % 60),
            "metadata": {"tool_name": "refund", "user_intent": format!("Refund an order, part {}", number / 20)},
        })
    };
    engine.ingest(&body(&[event(0)]), None).unwrap();
    assert!(!engine.wants_compact().unwrap());
    for number in 1..150 {
        engine.ingest(&body(&[event(number)]), None).unwrap();
    }
    assert!(engine.wants_compact().unwrap());
    let before = exact(&engine.snapshot());
    engine.compact().unwrap();
    assert!(!engine.wants_compact().unwrap());
    assert!(before == exact(&engine.snapshot()));
    let report = engine.ingest(&body(&[event(3), event(150)]), None).unwrap();
    assert_eq!((report.accepted, report.duplicate_count), (2, 1));
    assert_eq!(engine.snapshot().read_report().accepted, 151);
}

#[test]
fn it_says_when_it_is_time_to_group() {
    let engine = open(&Arc::<Memory>::default());
    assert!(!engine.wants_recluster());
    engine.ingest(&body(&sample()[..100]), None).unwrap();
    assert!(engine.wants_recluster(), "it was never grouped");
    engine.recluster().unwrap();
    assert!(!engine.wants_recluster());
    engine.ingest(&body(&sample()), None).unwrap();
    assert!(engine.wants_recluster(), "the events have doubled");
}

/// Sessions that look for something different in vain, each.
fn in_vain(sessions: std::ops::Range<u32>) -> Vec<Value> {
    let search = |number: u32| {
        json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "ok": true,
            "session_id_hint": format!("conv-{number}"), "started_at": "2026-03-01T09:00:00Z",
            "metadata": {"tool_name": "search_docs", "input_preview": format!("{{\"query\":\"export plan {number}{number}x\"}}")},
            "result_preview": "[]",
        })
    };
    sessions.map(search).collect()
}

#[test]
fn names_and_verdicts_are_told_anew_when_it_is_time() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    engine.ingest(&body(&in_vain(0..100)), None).unwrap();
    engine.ingest(&body(&in_vain(100..300)), None).unwrap();
    assert!(!engine.wants_refresh().unwrap(), "few are told at once");
    engine.ingest(&body(&in_vain(300..330)), None).unwrap();
    assert!(!engine.wants_refresh().unwrap(), "a tenth is not enough");
    engine.ingest(&body(&in_vain(300..330)), None).unwrap();
    assert!(!engine.wants_refresh().unwrap(), "what is sent again is not new");
    engine.ingest(&body(&in_vain(330..350)), None).unwrap();
    assert!(engine.wants_refresh().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| engine.refresh().unwrap());
        for number in 350..380 {
            engine.ingest(&body(&in_vain(number..number + 1)), None).unwrap();
        }
    });
    assert!(!engine.wants_refresh().unwrap());
    assert!(exact(&engine.snapshot()) == exact(&open(&storage).snapshot()));
    engine.refresh().unwrap();
    assert!(everything(&engine.snapshot()) == everything(&open(&storage).snapshot()));
}

#[test]
fn who_an_actor_is_follows_what_replaces_and_what_is_replaced() {
    let identity = |id: &str, actor: &str, hint: Option<&str>, minute: u32, name: &str| {
        json!({
            "event_id": id, "kind": "actor_identity", "actor_id": actor, "session_id_hint": hint,
            "started_at": format!("2026-03-01T10:{minute:02}:00Z"), "metadata": {"identifier": name},
        })
    };
    let call = |actor: &str| {
        json!({
            "event_id": format!("call-{actor}"), "kind": "tool_call", "actor_id": actor, "ok": true,
            "started_at": "2026-03-01T09:00:00Z", "session_id_hint": format!("conv-{actor}"),
            "metadata": {"tool_name": "refund"},
        })
    };
    let storage = Arc::new(Watched::default());
    let engine = open(&storage);
    let names = || {
        let snapshot = engine.snapshot();
        let now = snapshot.default_now().unwrap();
        let all = mcp_insights::ExportRange::All;
        let sessions: Vec<_> = snapshot.export_sessions(all, now, None).collect();
        let mut names: Vec<Option<String>> =
            sessions.into_iter().map(|session| session.actor_identifier).collect();
        names.sort_unstable();
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    engine.ingest(&body(&[call("a"), call("b")]), None).unwrap();
    let scans = storage.scans.load(Ordering::Relaxed);
    for (event, expected) in [
        (identity("1", "a", None, 10, "ann"), "ann"),
        (identity("2", "a", Some("conv-a"), 20, "anna"), "anna"),
        // The newest is replaced by an earlier one.
        (identity("2", "a", Some("conv-a"), 5, "annie"), "ann"),
        // One of another actor takes the place of the only one that is left after it.
        (identity("1", "b", None, 4, "bob"), "annie bob"),
        (identity("2", "b", None, 3, "bobby"), "bob"),
        (identity("1", "b", None, 2, "rob"), "bobby"),
    ] {
        engine.ingest(&body(std::slice::from_ref(&event)), None).unwrap();
        assert_eq!(names(), expected, "{event}");
        assert_eq!(storage.scans.load(Ordering::Relaxed), scans, "nothing is read again");
        let reopened = DurableEngine::with_storage(storage.clone(), options().clone()).unwrap();
        assert!(exact(&engine.snapshot()) == exact(&reopened.snapshot()), "{event}");
        storage.scans.store(scans, Ordering::Relaxed);
    }
}

#[test]
fn words_that_become_common_change_what_is_similar() {
    let search = |session: u32, number: u32, query: String| {
        json!({
            "event_id": format!("e{session}-{number}"), "kind": "tool_call", "ok": true,
            "session_id_hint": format!("conv-{session}"),
            "started_at": format!("2026-03-01T09:{:02}:{:02}Z", session % 60, number),
            "metadata": {"tool_name": "search_docs", "input_preview": json!({"query": query}).to_string()},
            "result_preview": "[]",
        })
    };
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    for session in 0..20 {
        // The two share one word of five, which more and more of all queries hold.
        let shared = if session < 5 { "filler" } else { "export" };
        let first = search(session, 0, format!("{shared} alpha{session} beta{session}"));
        let second = search(
            session,
            1,
            format!("{} gamma{session}", if session == 0 { "export alpha0" } else { shared }),
        );
        engine.ingest(&body(&[first, second]), None).unwrap();
        assert!(exact(&engine.snapshot()) == exact(&open(&storage).snapshot()), "{session}");
    }
}

#[test]
fn what_comes_while_all_is_grouped_is_there() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    engine.ingest(&body(&sample()), None).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                engine.recluster().unwrap();
            }
        });
        for round in 0..60 {
            let mut batch = in_vain(20 * round..20 * (round + 1));
            // One that is there already, and begins earlier.
            batch.extend(sample().into_iter().skip(round as usize).take(1).map(|mut event| {
                event["started_at"] = Value::from("2025-07-01T00:00:00Z");
                event
            }));
            engine.ingest(&body(&batch), None).unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert!(exact(&engine.snapshot()) == exact(&open(&storage).snapshot()));
}

#[test]
fn a_grouping_lets_go_of_vectors_that_no_event_needs() {
    let vectors = Arc::new(KeptVectors::new(Arc::new(Fast)));
    let embedder = Arc::clone(&vectors) as Arc<dyn Embedder>;
    let options = Options { embedder, ..Options::default() };
    let engine = DurableEngine::with_storage(Arc::<Memory>::default(), options).unwrap();
    let written = || {
        let mut bytes = Vec::new();
        vectors.write(&mut bytes).unwrap();
        bytes.len()
    };
    engine.ingest(&body(&sample()[..100]), None).unwrap();
    engine.recluster().unwrap();
    engine.recluster().unwrap();
    let needed = written();
    vectors.embed(&["a text of no event"]);
    assert!(written() > needed);
    // It was asked for since the last grouping, and not since the next.
    engine.recluster().unwrap();
    let computed = vectors.computed();
    engine.recluster().unwrap();
    assert_eq!(written(), needed);
    assert_eq!(vectors.computed(), computed, "what events need is still there");
}

#[test]
fn an_actor_can_be_forgotten() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    let sample = sample();
    engine.ingest(&body(&sample), None).unwrap();
    let actor = sample[0]["actor_id"].as_str().unwrap();
    let dropped = engine.forget_actor(actor).unwrap();
    assert!(dropped.events > 0);
    let left = engine.snapshot().read_report().accepted;
    assert_eq!(left + dropped.events, sample.len() as u64 - DUPLICATES);
    let bytes = answers(&engine.snapshot());
    assert!(!bytes.contains(actor));
    assert_eq!(bytes, answers(&open(&storage).snapshot()));
}

#[test]
fn no_word_of_a_forgotten_actor_is_left() {
    let storage = Arc::<Memory>::default();
    let engine = open(&storage);
    let said = |actor: &str, number: u32, intent: &str, query: &str| {
        json!({
            "event_id": format!("{actor}-{number}"), "kind": "tool_call", "actor_id": actor,
            "session_id_hint": format!("{actor}-{number}"), "started_at": "2026-03-01T09:00:00Z", "result_preview": "[]",
            "metadata": {"tool_name": "search_docs", "intent": intent, "input_preview": json!({"query": query}).to_string()},
        })
    };
    let mut events = Vec::new();
    for number in 0..3 {
        events.push(said("ann", number, "cancel the xylophone lessons", "xylophone lessons"));
        events.push(said("bob", number, "refund an invoice", "invoice refund"));
    }
    engine.ingest(&body(&events), None).unwrap();
    engine.recluster().unwrap();
    engine.ingest(&body(&[said("ann", 9, "tune a xylophone", "xylophone tuner")]), None).unwrap();
    let registry = || {
        let json = storage.read_document(mcp_insights::DocumentName::Registry).unwrap().unwrap();
        String::from_utf8(json).unwrap().to_lowercase()
    };
    assert!(registry().contains("xylophone") && registry().contains("invoice"));
    engine.forget_actor("ann").unwrap();
    for engine in [engine.snapshot(), open(&storage).snapshot()] {
        let shown = everything(&engine).to_lowercase();
        assert!(!shown.contains("xylophone") && shown.contains("invoice"));
    }
    assert!(!registry().contains("xylophone") && registry().contains("invoice"));
}

#[test]
fn a_grouping_brings_no_forgotten_actor_back() {
    let engine = open(&Arc::<Memory>::default());
    let sample = sample();
    engine.ingest(&body(&sample), None).unwrap();
    let actor = sample[0]["actor_id"].as_str().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| (0..3).for_each(|_| engine.recluster().unwrap()));
        scope.spawn(|| engine.forget_actor(actor).unwrap());
    });
    assert!(!everything(&engine.snapshot()).contains(actor));
}
