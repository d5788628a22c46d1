//! From the parts of a reading to sessions: `Facts::merge_all`, `Facts::deduplicate` and `sessionize`, in this order.
//!
//! Rates are in events.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_calls::{Extractor, Facts, Rules};
use mcp_insights_events::{Input, ReadSettings, read};
use mcp_insights_sessions::{Settings, sessionize};

fn bench_sessionize(criterion: &mut Criterion) {
    let bytes = data::dump(data::scaled(20_000), data::scaled(1_000));
    let input = Input::Bytes { name: "dump".to_owned(), bytes };
    let extractor = Extractor::new(Rules::default());
    let reading = read(vec![input], &ReadSettings::default(), &extractor, &|_| {}).unwrap();
    let (parts, sources) = (reading.parts, reading.sources);

    let mut group = criterion.benchmark_group("sessionize");
    group.throughput(Throughput::Elements(reading.accepted));
    group.bench_function("merge_all", |bencher| {
        bencher.iter_batched(|| parts.clone(), Facts::merge_all, BatchSize::PerIteration);
    });
    let mut facts = Facts::merge_all(parts);
    group.bench_function("deduplicate", |bencher| {
        bencher.iter_batched_ref(
            || facts.clone(),
            |facts| facts.deduplicate(&|places| sources.fetch(places)).unwrap(),
            BatchSize::PerIteration,
        );
    });
    facts.deduplicate(&|places| sources.fetch(places)).unwrap();
    let settings = Settings::default();
    group.bench_function("sessionize", |bencher| {
        bencher.iter_batched(
            || facts.clone(),
            |facts| sessionize(facts, &settings),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_sessionize
}
criterion_main!(benches);
