//! Texts to vectors: each embedder over the same 256 distinct folded intents.
//!
//! The rate is in texts; folding them is not measured. The weights are read before.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::collections::BTreeSet;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_text::{Accurate, Embedder, Fast, HashedNgrams, fold};
use serde_json::Value;

fn bench_embed(criterion: &mut Criterion) {
    let intents = intents();
    let texts: Vec<&str> = intents.iter().map(String::as_str).take(256).collect();
    let mut group = criterion.benchmark_group("embed");
    group.throughput(Throughput::Elements(texts.len() as u64));
    let embedders: [(&str, &dyn Embedder); 3] =
        [("accurate", &Accurate), ("fast", &Fast), ("hashed-ngrams", &HashedNgrams)];
    for (name, embedder) in embedders {
        embedder.embed(texts.get(..1).unwrap_or_default());
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_with_large_drop(|| embedder.embed(&texts));
        });
    }
    group.finish();
}

/// The distinct folded intents of a dump that is long enough to hold some thousands.
fn intents() -> BTreeSet<String> {
    let dump = data::dump(data::scaled(20_000), data::scaled(4_000));
    let lines = dump.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let events = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    let intents = events.filter_map(|event| event["metadata"]["user_intent"].as_str().map(fold));
    intents.filter(|intent| !intent.is_empty()).collect()
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_embed
}
criterion_main!(benches);
