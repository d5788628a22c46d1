//! How fast one thread parses events, and all threads read a file: `cargo run --release --example parse_speed`.
//!
//! The events are those of `fixtures/livemcp`, again and again.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use mcp_insights_events::{Collector, Event, Input, Place, ReadSettings, read};

struct Count;

impl Collector for Count {
    type Part = u64;
    fn begin(&self) -> u64 {
        0
    }
    fn add(&self, part: &mut u64, _: &Event<'_>, _: &[u8], _: Place) {
        *part += 1;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/livemcp/events.ndjson.gz");
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(File::open(fixture)?).read_to_end(&mut content)?;
    let lines: Vec<&[u8]> =
        content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let settings = ReadSettings::default();

    let start = Instant::now();
    let rounds = 200;
    let mut accepted = 0_u64;
    for _ in 0..rounds {
        accepted +=
            lines.iter().filter(|line| Event::parse(line, &settings).is_ok()).count() as u64;
    }
    report("Event::parse, one thread", accepted, content.len() * rounds, start);

    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("events.ndjson");
    let array = folder.path().join("array.json");
    let packed = folder.path().join("events.ndjson.gz");
    let text = content.repeat(rounds);
    File::create(&plain)?.write_all(&text)?;
    let mut file = File::create(&array)?;
    let joined: Vec<u8> = [b"[", lines.join(&b","[..]).as_slice()].concat();
    for round in 0..rounds {
        file.write_all(if round == 0 { &joined } else { &joined[1..] })?;
        file.write_all(if round + 1 == rounds { b"]" } else { b"," })?;
    }
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(&packed)?, flate2::Compression::fast());
    encoder.write_all(&text)?;
    encoder.finish()?;
    for (name, path) in
        [("lines", plain), ("one array on one line", array), ("lines in gzip", packed)]
    {
        let start = Instant::now();
        let reading = read(vec![Input::Path(path)], &settings, &Count, &|_| {})?;
        report(name, reading.parts.iter().sum(), text.len(), start);
        assert!(reading.rejections.is_empty(), "{:?}", reading.rejections.first());
    }
    Ok(())
}

fn report(name: &str, events: u64, bytes: usize, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let (rate, speed) = (events as f64 / seconds, bytes as f64 / 1e6 / seconds);
    println!("{name}: {events} events, {seconds:.2} s, {rate:.0} events/s, {speed:.0} MB/s");
}
