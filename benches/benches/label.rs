//! Groups of texts to names: the background of all texts, and the names of their groups.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_insights_benches::generate::distinct_intents;
use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::{
    Background, Embedder, Fast, GroupText, KeyPhraseLabeler, NamelessGroup, fold, name_groups,
};

/// Distinct texts to group and name.
const TEXTS: usize = 2_000;

fn bench_label(criterion: &mut Criterion) {
    let originals = distinct_intents(TEXTS, 1).unwrap();
    let folded: Vec<String> = originals.iter().map(|text| fold(text)).collect();
    let texts: Vec<&str> = folded.iter().map(String::as_str).collect();
    let vectors = Fast.embed(&texts);
    let group_of = cluster(vectors.view(), &vec![1; texts.len()], &Settings::default());
    let number = group_of.iter().flatten().max().map_or(0, |largest| *largest as usize + 1);
    let mut groups = vec![NamelessGroup::default(); number];
    for ((folded, original), group) in texts.iter().zip(&originals).zip(&group_of) {
        if let Some(group) = group.and_then(|group| groups.get_mut(group as usize)) {
            group.texts.push(GroupText { folded, original, weight: 1 });
        }
    }
    let background = Background::from_texts(texts.iter().map(|text| (*text, 1)));

    let mut group = criterion.benchmark_group("label");
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function("background", |bencher| {
        bencher
            .iter_with_large_drop(|| Background::from_texts(texts.iter().map(|text| (*text, 1))));
    });
    group.bench_function("name_groups", |bencher| {
        bencher.iter_with_large_drop(|| {
            name_groups(&groups, &KeyPhraseLabeler, &background, &[], "Other requests")
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).without_plots();
    targets = bench_label
}
criterion_main!(benches);
