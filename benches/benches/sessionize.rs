//! From the parts of a reading to sessions: `Shares::merge`, `Shares::deduplicate` and `sessionize_shares`, in this order.
//!
//! Rates are in events.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::error::Error;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_calls::{Extractor, Rules, ShareExtractor, Shares};
use mcp_insights_events::{Input, Place, ReadSettings, read};
use mcp_insights_sessions::{Settings, sessionize_shares};

fn bench_sessionize(criterion: &mut Criterion) {
    let bytes = data::dump(data::scaled(20_000), data::scaled(1_000));
    let input = Input::Bytes { name: "dump".to_owned(), bytes };
    let extractor = ShareExtractor::new(Extractor::new(Rules::default()), usize::MAX);
    let reading = read(vec![input], &ReadSettings::default(), &extractor, &|_| {}).unwrap();
    let (parts, sources) = (reading.parts, reading.sources);

    let mut group = criterion.benchmark_group("sessionize");
    group.throughput(Throughput::Elements(reading.accepted));
    group.bench_function("merge", |bencher| {
        bencher.iter_batched(|| parts.clone(), Shares::merge, BatchSize::PerIteration);
    });
    let mut shares = Shares::merge(parts);
    let fetch = |places: &[Place]| -> Result<_, Box<dyn Error>> { Ok(sources.fetch(places)?) };
    group.bench_function("deduplicate", |bencher| {
        bencher.iter_batched_ref(
            || shares.clone(),
            |shares| shares.deduplicate(&fetch).unwrap(),
            BatchSize::PerIteration,
        );
    });
    shares.deduplicate(&fetch).unwrap();
    let settings = Settings::default();
    group.bench_function("sessionize", |bencher| {
        bencher.iter_batched(
            || shares.clone(),
            |shares| sessionize_shares(shares, &settings).unwrap(),
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
