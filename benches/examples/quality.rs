//! How well clustering finds what people labelled: AMI, V-measure and more for texts with labels.
//!
//! ```text
//! cargo run --release -p mcp-insights-benches --example quality -- [--most N] [--half even|odd] FILE...
//! ```
//!
//! A file has one `label<TAB>text` a line and may be gzip. `--half` takes the even or the odd lines (counted from 0): settings are chosen on
//! the even ones. `--most` takes so many texts, drawn by their hash. Texts in no group count as groups of one. The second
//! line of a file is k-means, told the true number of groups.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use mcp_insights_benches::agreement::{agreement, each_alone};
use mcp_insights_benches::k_means::k_means;
use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::{Embedder, HashedNgrams, fold};

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    most: Option<usize>,
    #[arg(long)]
    half: Option<Half>,
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Half {
    Even,
    Odd,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    println!("set, method: texts, groups, alone | AMI V homogeneity completeness ARI | seconds");
    for file in &arguments.files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lines = read(file)?;
        let mut texts: Vec<(&str, String)> = lines
            .lines()
            .enumerate()
            .filter(|(line, _)| {
                arguments.half.is_none_or(|half| (line % 2 == 0) == (half == Half::Even))
            })
            .filter_map(|(_, line)| line.split_once('\t'))
            .map(|(label, text)| (label, fold(text)))
            .collect();
        texts.sort_by_cached_key(|(label, text)| (mixed(text), *label));
        texts.truncate(arguments.most.unwrap_or(usize::MAX));
        let labels: Vec<&str> = texts.iter().map(|(label, _)| *label).collect();
        let folded: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
        let vectors = HashedNgrams.embed(&folded);

        let begin = Instant::now();
        let groups = cluster(vectors.view(), &vec![1; folded.len()], &Settings::default());
        print(&name, "cluster", &labels, &groups, begin);

        let begin = Instant::now();
        let true_number = labels.iter().collect::<BTreeSet<_>>().len();
        let groups: Vec<Option<u32>> =
            k_means(&vectors, true_number)?.into_iter().map(Some).collect();
        print(&name, "k-means", &labels, &groups, begin);
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<String, Box<dyn Error>> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(String::from_utf8(bytes)?);
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    Ok(text)
}

/// FNV-1a, mixed once more: an order that has nothing to do with the words.
fn mixed(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn print(name: &str, method: &str, labels: &[&str], groups: &[Option<u32>], begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    let found = agreement(labels, &each_alone(groups));
    let number = groups.iter().flatten().collect::<BTreeSet<_>>().len();
    let alone = groups.iter().filter(|group| group.is_none()).count();
    println!(
        "{name}, {method}: {}, {number}, {alone} | {:.3} {:.3} {:.3} {:.3} {:.3} | {seconds:.2}",
        labels.len(),
        found.adjusted_mutual_information,
        found.v_measure,
        found.homogeneity,
        found.completeness,
        found.adjusted_rand,
    );
}
