//! What all benches share: their dumps and how long they measure.

use std::time::Duration;

use criterion::Criterion;
use mcp_insights_benches::generate::{Generator, Settings};

/// Events, or intents, of a bench; a tenth of them in debug builds, where benches are run once to see that they work.
pub(crate) const fn scaled(number: u64) -> u64 {
    if cfg!(debug_assertions) { number / 10 } else { number }
}

/// A dump as NDJSON, the same in every run.
pub(crate) fn dump(events: u64, distinct_intents: u64) -> Vec<u8> {
    let distinct_intents = distinct_intents as usize;
    let mut dump = Vec::new();
    let generator = Generator::new(Settings { events, distinct_intents, ..Settings::default() });
    generator.write(&mut dump).unwrap();
    dump
}

/// Short measurements, so that all benches take about two minutes.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}
