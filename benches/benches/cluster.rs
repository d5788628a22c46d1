//! Grouping texts: `cluster` over the `HashedNgrams` vectors of some 4,000 distinct intents, all of weight 1.
//!
//! The rate is in texts; folding and embedding them is not measured.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::collections::BTreeSet;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::{Embedder, HashedNgrams, fold};
use serde_json::Value;

fn bench_cluster(criterion: &mut Criterion) {
    let intents = intents();
    let texts: Vec<&str> = intents.iter().map(String::as_str).collect();
    let vectors = HashedNgrams.embed(&texts);
    let weights = vec![1; texts.len()];
    let settings = Settings::default();

    let mut group = criterion.benchmark_group("cluster");
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function(BenchmarkId::from_parameter(texts.len()), |bencher| {
        bencher.iter(|| cluster(vectors.view(), &weights, &settings));
    });
    group.finish();
}

/// The distinct folded intents of a dump that is long enough to hold nearly all that it draws from.
fn intents() -> BTreeSet<String> {
    let dump = data::dump(data::scaled(80_000), data::scaled(4_000));
    let lines = dump.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let events = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    let intents = events.filter_map(|event| event["metadata"]["user_intent"].as_str().map(fold));
    intents.filter(|intent| !intent.is_empty()).collect()
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_cluster
}
criterion_main!(benches);
