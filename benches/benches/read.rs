//! Reading events: `mcp_insights_events::read` with the `Extractor`, from a file as it is and from one packed with gzip.
//!
//! Both rates are in bytes of the unpacked NDJSON. The files are in the system's cache, so no disk is measured.

#![expect(clippy::unwrap_used, reason = "a bench without data shall stop")]

mod data;

use std::io::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::Compression;
use flate2::write::GzEncoder;
use mcp_insights_calls::{Extractor, Rules};
use mcp_insights_events::{Input, ReadSettings, read};
use tempfile::NamedTempFile;

fn bench_read(criterion: &mut Criterion) {
    let dump = data::dump(data::scaled(20_000), data::scaled(1_000));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&dump).unwrap();
    let files = [("ndjson", file(&dump)), ("gzip", file(&gzip.finish().unwrap()))];

    let extractor = Extractor::new(Rules::default());
    let settings = ReadSettings::default();
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(dump.len() as u64));
    for (container, file) in &files {
        group.bench_function(*container, |bencher| {
            bencher.iter_with_large_drop(|| {
                let input = Input::Path(file.path().to_owned());
                read(vec![input], &settings, &extractor, &|_| {}).unwrap()
            });
        });
    }
    group.finish();
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

criterion_group! {
    name = benches;
    config = data::criterion();
    targets = bench_read
}
criterion_main!(benches);
