//! The store: durable appends of batches of 20, scanning what is in the log and in segments, fetching the events of a session.
//!
//! Appends depend on how fast the disk syncs. All else is read from the system's cache.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_events::Timestamp;
use mcp_insights_store::{Folder, NewEvent, Sequence, Storage, StoredEvent};

const BATCH: usize = 20;

fn events(dump: &str) -> Vec<NewEvent<'_>> {
    let start = 1_700_000_000_000_000;
    dump.lines()
        .zip(0..)
        .map(|(line, number)| NewEvent {
            json: line.as_bytes(),
            event_id: line.get(13..40).unwrap_or_default(),
            kind: "tool_call",
            actor_id: "actor",
            mcp_server_id: None,
            session_id_hint: None,
            tool_name: Some("tool"),
            started_at: Timestamp::from_micros(start + number * 1000),
            duration_ms: Some(40),
            ok: Some(true),
            is_workflow: false,
            replaces: None,
        })
        .collect()
}

fn bench_append(criterion: &mut Criterion) {
    let dump = String::from_utf8(data::dump(data::scaled(2_000), 100)).unwrap();
    let events = events(&dump);
    let batches: Vec<&[NewEvent<'_>]> = events.chunks(BATCH).collect();
    let mut group = criterion.benchmark_group("store/append");
    group.throughput(Throughput::Elements(events.len() as u64));
    for threads in [1, 8] {
        group.bench_function(format!("{threads} threads"), |bencher| {
            let place = tempfile::tempdir().unwrap();
            let folder = Folder::open(place.path()).unwrap();
            bencher.iter(|| {
                let next = AtomicUsize::new(0);
                thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| {
                            while let Some(batch) =
                                batches.get(next.fetch_add(1, Ordering::Relaxed))
                            {
                                folder.append(batch).unwrap();
                            }
                        });
                    }
                });
            });
        });
    }
    group.finish();
}

fn bench_read(criterion: &mut Criterion) {
    let dump = String::from_utf8(data::dump(data::scaled(50_000), 1_000)).unwrap();
    let events = events(&dump);
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path()).unwrap();
    folder.append(&events).unwrap();
    let session: Vec<Sequence> =
        (0..20).map(|number| Sequence(events.len() as u64 / 2 + number * 7)).collect();
    for place in ["log", "segment"] {
        if place == "segment" {
            folder.compact().unwrap();
        }
        let mut group = criterion.benchmark_group(format!("store/{place}"));
        group.throughput(Throughput::Elements(events.len() as u64));
        group.bench_function("scan", |bencher| {
            bencher.iter(|| {
                let count = AtomicUsize::new(0);
                let visit = |records: &[StoredEvent<'_>]| {
                    count.fetch_add(records.len(), Ordering::Relaxed);
                };
                folder.scan(Sequence(0), &visit).unwrap();
                assert_eq!(count.into_inner(), events.len());
            });
        });
        group.throughput(Throughput::Elements(session.len() as u64));
        group.bench_function("fetch", |bencher| {
            bencher.iter(|| folder.fetch(&session).unwrap());
        });
        group.finish();
    }
}

fn bench_compact(criterion: &mut Criterion) {
    let dump = String::from_utf8(data::dump(data::scaled(50_000), 1_000)).unwrap();
    let events = events(&dump);
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("compact", |bencher| {
        bencher.iter_with_setup(
            || {
                let place = tempfile::tempdir().unwrap();
                let folder = Folder::open(place.path()).unwrap();
                folder.append(&events).unwrap();
                (place, folder)
            },
            |(place, folder)| {
                folder.compact().unwrap();
                (place, folder)
            },
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_append, bench_read, bench_compact
}
criterion_main!(benches);
