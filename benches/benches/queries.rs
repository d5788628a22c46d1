//! The queries of the engine, each over the default window of about 20,000 events.
//!
//! `topic` and `search` ask for the first of their lists, `trace` for the longest session on the first page; it reads
//! that session's events again.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use criterion::{Criterion, criterion_group, criterion_main};
use mcp_insights::{Engine, Input, Options, Registry, api};

fn bench_queries(criterion: &mut Criterion) {
    let bytes = data::dump(data::scaled(20_000), data::scaled(1_000));
    let input = Input::Bytes { name: "dump".to_owned(), bytes };
    let engine =
        Engine::read(vec![input], &Options::default(), Registry::default(), &|_| {}).unwrap();
    let now = engine.default_now().unwrap();
    let window = api::WindowQuery::default();
    let (topics, searches, sessions) =
        (api::TopicsQuery::default(), api::SearchesQuery::default(), api::SessionsQuery::default());
    let topic = engine.topics(&topics, now).unwrap().topics.swap_remove(0).id;
    let search = engine.searches(&searches, now).unwrap().searches.swap_remove(0).id;
    let page = engine.sessions(&sessions, now).unwrap().sessions;
    let longest = page.into_iter().max_by_key(|session| session.event_count).unwrap().id;

    let mut group = criterion.benchmark_group("queries");
    group.bench_function("overview", |bencher| {
        bencher.iter_with_large_drop(|| engine.overview(&window, now).unwrap());
    });
    group.bench_function("topics", |bencher| {
        bencher.iter_with_large_drop(|| engine.topics(&topics, now).unwrap());
    });
    group.bench_function("topic", |bencher| {
        bencher.iter_with_large_drop(|| engine.topic(&topic, &window, now).unwrap());
    });
    group.bench_function("searches", |bencher| {
        bencher.iter_with_large_drop(|| engine.searches(&searches, now).unwrap());
    });
    group.bench_function("search", |bencher| {
        bencher.iter_with_large_drop(|| engine.search(&search, &window, now).unwrap());
    });
    group.bench_function("sessions", |bencher| {
        bencher.iter_with_large_drop(|| engine.sessions(&sessions, now).unwrap());
    });
    group.bench_function("trace", |bencher| {
        bencher.iter_with_large_drop(|| engine.trace(&longest).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_queries
}
criterion_main!(benches);
