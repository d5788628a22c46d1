//! Texts to vectors: each embedder over the same 256 distinct folded intents.
//!
//! The rate is in texts; folding them is not measured. The weights are read before.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_benches::generate::distinct_intents;
use mcp_insights_text::{Accurate, Embedder, Fast, HashedNgrams, fold};

/// Texts of one measurement.
const TEXTS: usize = 256;

fn bench_embed(criterion: &mut Criterion) {
    let folded: Vec<String> =
        distinct_intents(TEXTS, 1).unwrap().iter().map(|text| fold(text)).collect();
    let texts: Vec<&str> = folded.iter().map(String::as_str).collect();
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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).without_plots();
    targets = bench_embed
}
criterion_main!(benches);
