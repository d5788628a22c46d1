//! Laws of the durable engine: whatever the batches and restarts, it answers as one that was given all events at once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mcp_insights::{DurableEngine, Engine, Memory, Registry};
use mcp_insights_tests::durable::{
    body, comparable, difference, everything, exact, open, options, sample,
};
use mcp_insights_tests::storage::Watched;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What is done after a batch.
#[derive(Clone, Copy, Debug)]
enum Then {
    Nothing,
    Reopen,
    Recluster,
    Refresh,
    Checkpoint,
    /// The next batch is refused by the storage at first.
    Full,
}

/// An event of few groups, its times in steps of ten minutes: some pauses are as long as the idle gap.
fn of_few_groups() -> impl Strategy<Value = Value> {
    let at = |step: u32| {
        format!("2026-01-0{}T{:02}:{:02}:00Z", 1 + step / 144, step / 6 % 24, step % 6 * 10)
    };
    let hints = [None, Some("conv-1"), Some("be3f2275-15a4-4e05-b3cb-b0eeb9109d3a")];
    let hints = prop::sample::select(hints.to_vec());
    (0_u32..60, 0_u32..300, 0_u32..8, 0_u32..5, hints).prop_map(
        move |(id, start, length, kind, hint)| {
            let is_init = kind == 0;
            json!({
                "event_id": format!("e{id}"),
                "kind": if is_init { "session_init" } else { "tool_call" },
                "actor_id": if id % 9 == 0 { "ben" } else { "ann" },
                "session_id_hint": hint,
                "started_at": at(start),
                "finished_at": at(start + length.saturating_sub(4)),
                "metadata": {
                    // It shows which session an event that is no work belongs to.
                    "client_name": if is_init { Some(format!("client {id}")) } else { None },
                    "tool_name": "get_page",
                    "input_preview": json!({"page": start % 3}).to_string(),
                },
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Of a long history only what lies near new events is made anew.
    #[test]
    fn long_histories_grow_as_they_are_made_at_once(
        batches in prop::collection::vec(prop::collection::vec(of_few_groups(), 1..8), 1..20),
    ) {
        let mut options = options().clone();
        options.sessions.hinted_idle_gap_micros = options.sessions.idle_gap_micros;
        let open = || {
            DurableEngine::with_storage(Arc::new(Memory::default()), options.clone()).unwrap()
        };
        let engine = open();
        let mut all = Vec::new();
        for batch in batches {
            engine.ingest(&body(&batch), None).unwrap();
            all.extend(batch);
            let at_once = open();
            at_once.ingest(&body(&all), None).unwrap();
            let is_same = exact(&engine.snapshot()) == exact(&at_once.snapshot());
            prop_assert!(is_same, "after {} events", all.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn batches_and_restarts_do_not_matter(
        // Not the events, so that a failure does not print them all.
        order in Just((0..sample().len()).collect::<Vec<usize>>()).prop_shuffle(),
        in_order in any::<bool>(),
        sizes in prop::collection::vec(
            (1_usize..60, prop::sample::select(vec![
                Then::Nothing, Then::Nothing, Then::Reopen, Then::Recluster, Then::Refresh,
                Then::Checkpoint, Then::Checkpoint, Then::Full, Then::Full,
            ])),
            1..14,
        ),
    ) {
        let mut order = order;
        if in_order {
            order.sort_unstable();
        }
        let sample = sample();
        let order: Vec<Value> = order.into_iter().map(|row| sample[row].clone()).collect();
        let storage = Arc::new(Watched::default());
        let mut engine = open(&storage);
        let mut rest = order.as_slice();
        let mut clusterings = 0;
        for (size, then) in sizes.into_iter().chain([(usize::MAX, Then::Nothing)]) {
            let (batch, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            if storage.is_full.load(Ordering::Relaxed) {
                let before = exact(&engine.snapshot());
                // Nothing is stored of what is known already.
                let duplicates = engine.ingest(&body(batch), None).map(|told| told.duplicate_count);
                prop_assert!(duplicates.is_err() || duplicates.unwrap() == batch.len() as u64);
                prop_assert!(before == exact(&engine.snapshot()));
                storage.is_full.store(false, Ordering::Relaxed);
            }
            let report = engine.ingest(&body(batch), None).unwrap();
            prop_assert_eq!(report.accepted, batch.len() as u64);
            if let Then::Recluster = then {
                engine.recluster().unwrap();
                clusterings += 1;
            }
            if let Then::Checkpoint = then {
                engine.checkpoint().unwrap();
            }
            storage.is_full.store(matches!(then, Then::Full), Ordering::Relaxed);
            let reopened = open(&storage);
            prop_assert!(exact(&engine.snapshot()) == exact(&reopened.snapshot()));
            if let Then::Refresh = then {
                engine.refresh().unwrap();
                let (grown, read) = (everything(&engine.snapshot()), everything(&reopened.snapshot()));
                prop_assert_eq!(difference(&grown, &read), None);
            }
            if let Then::Reopen = then {
                engine = reopened;
            }
        }
        if clusterings > 0 {
            return Ok(());
        }
        engine.recluster().unwrap();
        let at_once = Engine::from_events_with(order, options(), Registry::default()).unwrap();
        prop_assert!(comparable(&engine.snapshot()) == comparable(&at_once));
        let (grown, read) = (everything(&engine.snapshot()), everything(&open(&storage).snapshot()));
        prop_assert_eq!(difference(&grown, &read), None);
    }
}
