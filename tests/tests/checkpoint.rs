//! What a durable engine spares itself: what a checkpoint keeps, and what is looked up together. It never changes an answer.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use mcp_insights::{
    DocumentName, DurableEngine, Engine, Folder, Options, Storage, TraceAccess, Upkeep,
};
use mcp_insights_tests::answers::answers;
use mcp_insights_tests::fixtures::{LIVEMCP, events};
use mcp_insights_tests::storage::Watched;
use serde_json::{Value, json};

fn options() -> Options {
    static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
    OPTIONS.clone()
}

fn open_with(storage: &Arc<Watched>, options: Options) -> DurableEngine {
    DurableEngine::with_storage(storage.clone(), options).unwrap()
}

fn open(storage: &Arc<Watched>) -> DurableEngine {
    open_with(storage, options())
}

fn ingest(engine: &DurableEngine, events: &[Value]) {
    let body = json!({"schema_version": 1, "events": events}).to_string();
    engine.ingest(body.as_bytes(), None).unwrap();
}

/// A storage whose engine has taken in 300 events and kept 250 of them.
fn kept() -> (Arc<Watched>, Vec<Value>) {
    let sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(300).collect();
    let storage = Arc::new(Watched::default());
    let engine = open(&storage);
    ingest(&engine, &sample[..200]);
    engine.recluster().unwrap();
    ingest(&engine, &sample[200..250]);
    engine.checkpoint().unwrap();
    ingest(&engine, &sample[250..]);
    (storage, sample)
}

/// So many events of one session that says nothing.
fn many(events: usize) -> Vec<Value> {
    let event = |number: usize| {
        let (hour, minute, second) = (number / 3600, number / 60 % 60, number % 60);
        json!({"event_id": number.to_string(), "kind": "session_init", "actor_id": "ann",
            "started_at": format!("2026-01-01T{hour:02}:{minute:02}:{second:02}Z")})
    };
    (0..events).map(event).collect()
}

#[test]
fn only_what_came_since_is_read() {
    let (storage, sample) = kept();
    let reopened = open(&storage);
    assert_eq!(storage.scanned_from(), 250);
    let with = answers(&reopened.snapshot());
    assert_eq!(reopened.snapshot().read_report().accepted, sample.len() as u64);
    storage.write_document(DocumentName::Checkpoint, &[]).unwrap();
    let without = answers(&open(&storage).snapshot());
    assert_eq!(storage.scanned_from(), 0);
    assert_eq!(with, without);
}

#[test]
fn what_came_before_is_still_known() {
    let (storage, sample) = kept();
    let reopened = open(&storage);
    ingest(&reopened, &sample);
    assert_eq!(reopened.snapshot().read_report().accepted, sample.len() as u64);
    let mut earlier = sample[0].clone();
    earlier["started_at"] = Value::from("2020-01-01T00:00:00Z");
    ingest(&reopened, &[earlier]);
    let expected = answers(&reopened.snapshot());
    assert_eq!(expected, answers(&open(&storage).snapshot()));
    assert_eq!(storage.scanned_from(), 250, "a replaced record is no reason to read everything");
}

#[test]
fn one_that_is_damaged_or_made_with_other_options_is_not_trusted() {
    let (storage, _) = kept();
    let expected = answers(&open(&storage).snapshot());
    let whole = storage.kept();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        storage.write_document(DocumentName::Checkpoint, &damaged).unwrap();
        assert_eq!(expected, answers(&open(&storage).snapshot()), "byte {at}");
        assert_eq!(storage.scanned_from(), 0, "byte {at}");
        storage.write_document(DocumentName::Checkpoint, &whole[..at]).unwrap();
        assert_eq!(expected, answers(&open(&storage).snapshot()), "{at} bytes");
        assert_eq!(storage.scanned_from(), 0, "{at} bytes");
    }
    storage.write_document(DocumentName::Checkpoint, &whole).unwrap();
    let mut other = options();
    other.read.traces = TraceAccess::None;
    open_with(&storage, other.clone());
    assert_eq!(storage.scanned_from(), 250, "sessions do not depend on it");
    other.sessions.hinted_idle_gap_micros = 1;
    open_with(&storage, other);
    assert_eq!(storage.scanned_from(), 0);
}

#[test]
fn one_that_counts_records_that_are_gone_is_not_trusted() {
    let (storage, sample) = kept();
    // Beside the engine, as a repair does it.
    let dropped = storage.forget_actor(sample[0]["actor_id"].as_str().unwrap()).unwrap();
    assert!(dropped.events > 0);
    let reopened = open(&storage);
    assert_eq!(storage.scanned_from(), 0);
    assert_eq!(reopened.snapshot().read_report().accepted, sample.len() as u64 - dropped.events);
}

#[test]
fn one_of_another_log_is_not_trusted_though_it_has_as_many_records() {
    let (storage, sample) = kept();
    let other = Arc::new(Watched::default());
    let turned: Vec<Value> = sample.into_iter().rev().collect();
    ingest(&open(&other), &turned);
    let expected = answers(&open(&other).snapshot());
    other.write_document(DocumentName::Checkpoint, &storage.kept()).unwrap();
    assert_eq!(expected, answers(&open(&other).snapshot()));
    assert_eq!(other.scanned_from(), 0);
}

#[test]
fn who_only_reads_gets_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let open = || DurableEngine::open(folder.path(), options()).unwrap();
    let same = |when: &str| {
        let read = Engine::open_read_only(folder.path(), options()).unwrap();
        let expected = answers(&open().snapshot());
        assert_eq!(answers(&read), expected, "{when}");
    };
    let sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(300).collect();
    let engine = open();
    ingest(&engine, &sample[..250]);
    engine.recluster().unwrap();
    drop(engine);
    same("nothing is kept");
    open().checkpoint().unwrap();
    same("all is kept");
    ingest(&open(), &sample[250..]);
    same("some came since");
    open().checkpoint().unwrap();
    let actor = sample[0]["actor_id"].as_str().unwrap();
    assert!(Folder::open(folder.path()).unwrap().forget_actor(actor).unwrap().events > 0);
    same("some were forgotten beside it");
}

#[test]
fn one_serves_also_while_another_process_writes() {
    let (storage, sample) = kept();
    storage.is_written.store(true, Ordering::Relaxed);
    let reopened = open(&storage);
    assert_eq!(storage.scanned_from(), 250);
    assert_eq!(reopened.snapshot().read_report().accepted, sample.len() as u64);
}

#[test]
fn an_event_that_is_replaced_while_everything_is_read_is_there() {
    let (storage, sample) = kept();
    storage.write_document(DocumentName::Checkpoint, &[]).unwrap();
    let mut earlier = sample[0].clone();
    earlier["started_at"] = Value::from("2020-01-01T00:00:00Z");
    *storage.replacement.lock() = Some(earlier.to_string().into_bytes());
    let reader = open(&storage).snapshot();
    assert_eq!(reader.read_report().accepted, sample.len() as u64);
    assert_eq!(answers(&reader), answers(&open(&storage).snapshot()));
}

#[test]
fn nothing_of_a_forgotten_actor_is_kept() {
    let (storage, sample) = kept();
    let actor = sample[0]["actor_id"].as_str().unwrap();
    let holds_actor =
        |bytes: &[u8]| bytes.windows(actor.len()).any(|window| window == actor.as_bytes());
    assert!(holds_actor(&storage.kept()));
    let engine = open(&storage);
    let read = storage.documents_read.load(Ordering::Relaxed);
    engine.forget_actor(actor).unwrap();
    assert_eq!(storage.documents_read.load(Ordering::Relaxed), read, "it may be long");
    assert!(storage.kept().is_empty());
    engine.checkpoint().unwrap();
    assert!(!storage.kept().is_empty() && !holds_actor(&storage.kept()));
}

#[test]
fn nothing_of_an_actor_is_kept_whom_the_storage_forgot_before_it_failed() {
    let (storage, sample) = kept();
    let actor = sample[0]["actor_id"].as_str().unwrap();
    let engine = open(&storage);
    storage.forgets_halfway.store(true, Ordering::Relaxed);
    assert!(engine.forget_actor(actor).is_err());
    assert!(storage.kept().is_empty());
    engine.checkpoint().unwrap();
    let kept = storage.kept();
    assert!(!kept.is_empty());
    assert!(!kept.windows(actor.len()).any(|window| window == actor.as_bytes()));
}

#[test]
fn it_says_when_it_is_time() {
    let (storage, _) = kept();
    let engine = open(&storage);
    assert!(!engine.wants_checkpoint(), "so few events are read in a moment");
    let before = storage.kept();
    engine.checkpoint().unwrap();
    let after = storage.kept();
    assert_ne!(before, after);
    engine.checkpoint().unwrap();
    assert_eq!(after, storage.kept());
}

#[test]
fn one_is_kept_when_an_engine_that_took_much_in_is_dropped() {
    for (events, is_kept) in [(9_999, false), (10_000, true)] {
        let storage: Arc<Watched> = Arc::default();
        let engine = open(&storage);
        ingest(&engine, &many(events));
        let clone = engine.clone();
        drop(engine);
        assert!(storage.kept().is_empty(), "the engine is still there");
        drop(clone);
        assert_eq!(!storage.kept().is_empty(), is_kept);
        let reopened = open(&storage);
        assert_eq!(storage.scanned_from(), if is_kept { 10_000 } else { 0 });
        assert_eq!(reopened.status().unwrap().events, events as u64);
    }
}

#[test]
fn upkeep_does_what_is_due_and_then_nothing() {
    let sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(250).collect();
    let nothing = Upkeep::default();
    for (events, due) in [
        (sample, Upkeep { grouped: true, ..nothing }),
        // One session without an intent: there is nothing to group.
        (many(10_000), Upkeep { kept: true, ..nothing }),
    ] {
        let engine = open(&Arc::default());
        assert_eq!(engine.upkeep().unwrap(), nothing);
        ingest(&engine, &events);
        assert_eq!(engine.upkeep().unwrap(), due);
        assert_eq!(engine.snapshot().registry().topics.is_empty(), !due.grouped);
        for _ in 0..2 {
            assert_eq!(engine.upkeep().unwrap(), nothing);
        }
    }
}

#[test]
fn what_is_sent_again_is_looked_up_at_once() {
    let storage: Arc<Watched> = Arc::default();
    let engine = open(&storage);
    let sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(60).collect();
    ingest(&engine, &sample);
    let before = storage.fetches.load(Ordering::Relaxed);
    let body = json!({"schema_version": 1, "events": sample}).to_string();
    let report = engine.ingest(body.as_bytes(), None).unwrap();
    assert_eq!((report.accepted, report.duplicate_count), (60, 60));
    assert_eq!(storage.fetches.load(Ordering::Relaxed) - before, 1);
}
