//! `scale`: what embedding, grouping and labelling many distinct texts costs.

use std::error::Error;
use std::time::Instant;

use clap::{Args, ValueEnum};
use mcp_insights_benches::generate::distinct_intents;
use mcp_insights_benches::quality::costs;
use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::{
    Accurate, Background, Embedder, Fast, GroupText, KeyPhraseLabeler, NamelessGroup, fold,
    name_groups,
};

#[derive(Args)]
pub(crate) struct Scale {
    /// Distinct texts, recombined from real ones (may be repeated)
    #[arg(long, value_name = "N", default_values_t = [10_000, 50_000, 200_000])]
    texts: Vec<usize>,
    /// What embeds them
    #[arg(long, value_enum, default_value = "fast")]
    encoder: Encoder,
}

#[derive(Clone, Copy, ValueEnum)]
enum Encoder {
    Accurate,
    Fast,
}

pub(crate) fn run(options: &Scale) -> Result<(), Box<dyn Error>> {
    let embedder: &dyn Embedder = match options.encoder {
        Encoder::Accurate => &Accurate,
        Encoder::Fast => &Fast,
    };
    // The weights are read on first use, which is no cost of the texts.
    let _ = embedder.embed(&["warm up"]);
    println!(
        "{:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}",
        "texts", "embed s", "rows s", "near s", "graph s", "Leiden s", "label s", "topics", "peak"
    );
    for count in &options.texts {
        let texts = distinct_intents(*count, 1)?;
        let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
        let (vectors, embed) = timed(|| embedder.embed(&folded));
        let stages = costs(&vectors, &Settings::default());
        let groups = cluster(vectors.view(), &vec![1; vectors.nrows()], &Settings::default());
        let (names, label) = timed(|| labels(&folded, &groups));
        println!(
            "{:>9} {embed:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {label:>8.2} {:>8} {:>10}",
            folded.len(),
            stages.prepare,
            stages.nearest,
            stages.graph,
            stages.communities,
            names.len(),
            peak()
        );
    }
    Ok(())
}

fn labels(folded: &[&str], groups: &[Option<u32>]) -> Vec<String> {
    let number = groups.iter().flatten().max().map_or(0, |largest| *largest as usize + 1);
    let mut of_group = vec![NamelessGroup::default(); number];
    for (text, group) in folded.iter().zip(groups) {
        if let Some(group) = group.and_then(|group| of_group.get_mut(group as usize)) {
            group.texts.push(GroupText { folded: text, original: text, weight: 1 });
        }
    }
    let background = Background::from_texts(folded.iter().map(|text| (*text, 1)));
    name_groups(&of_group, &KeyPhraseLabeler, &background, &[], "Other requests")
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let done = what();
    (done, begin.elapsed().as_secs_f64())
}

/// The most memory that the process has held, where the system says so.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{:.2} GB", kib as f64 * 1024.0 / 1e9))
}
