//! Texts a second of the encoders over a file of texts: the last column of each line.
//!
//! `cargo run --release -p mcp-insights-text --example embed_speed -- accurate TEXTS [ROUNDS] [VECTORS_OUT]`
//!
//! Prints the rate of the best of some rounds. Threads are those of rayon (`RAYON_NUM_THREADS`). VECTORS_OUT gets the vectors
//! as little-endian f32.

#![expect(clippy::unwrap_used, reason = "an example without its input shall stop")]

use std::time::Instant;

use mcp_insights_text::{Accurate, Embedder, Fast, HashedNgrams};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let embedder: &dyn Embedder = match arguments[0].as_str() {
        "accurate" => &Accurate,
        "fast" => &Fast,
        _ => &HashedNgrams,
    };
    let content = std::fs::read_to_string(&arguments[1]).unwrap();
    let texts: Vec<&str> =
        content.lines().filter_map(|line| line.split('\t').next_back()).collect();
    let rounds: usize = arguments.get(2).map_or(3, |rounds| rounds.parse().unwrap());
    let start = Instant::now();
    embedder.embed(&texts[..1]);
    let first = start.elapsed();
    let seconds = (0..rounds).map(|_| {
        let start = Instant::now();
        std::hint::black_box(embedder.embed(&texts));
        start.elapsed().as_secs_f64()
    });
    let best = seconds.fold(f64::INFINITY, f64::min);
    println!(
        "{} {:.0} texts/s, {} texts, first use {first:?}",
        embedder.name(),
        texts.len() as f64 / best,
        texts.len()
    );
    if let Some(path) = arguments.get(3) {
        let vectors = embedder.embed(&texts);
        let bytes: Vec<u8> = vectors.iter().flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(path, bytes).unwrap();
    }
}
