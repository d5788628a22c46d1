//! Grouping texts: `cluster` over the `HashedNgrams` vectors of some 4,000 distinct intents, all of weight 1, then each
//! stage of it over some 10,000 rows made from these.
//!
//! The rate is in texts; folding and embedding them is not measured.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::collections::BTreeSet;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_benches::quality::vectors::many;
use mcp_insights_cluster::{Settings, cluster, stages};
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

    let rows = many(vectors.view(), data::scaled(10_000) as usize, 1);
    let prepared = stages::prepare(rows.view());
    let nearest = prepared.nearest(&settings);
    let graph = nearest.graph();
    let mut group = criterion.benchmark_group("cluster_stages");
    group.throughput(Throughput::Elements(rows.nrows() as u64));
    group.bench_function("prepare", |bencher| bencher.iter(|| stages::prepare(rows.view())));
    group.bench_function("nearest", |bencher| bencher.iter(|| prepared.nearest(&settings)));
    group.bench_function("graph", |bencher| bencher.iter(|| nearest.graph()));
    group.bench_function("leiden", |bencher| bencher.iter(|| graph.communities(&settings)));
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
