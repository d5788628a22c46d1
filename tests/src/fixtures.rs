//! The fixtures, and engines over them.

use std::path::PathBuf;

use mcp_insights::{Engine, Input, Options, Registry, Timestamp};

/// Real sessions of agents: 909 events.
pub const LIVEMCP: &str = "livemcp/events.ndjson.gz";

/// What official clients sent: captured POSTs.
pub const CAPTURES: [&str; 7] = [
    "captures/python.raw.ndjson",
    "captures/python-0.1.28.raw.ndjson",
    "captures/python-0.1.42-handshake-client.raw.ndjson",
    "captures/typescript.raw.ndjson",
    "captures/python-burst.raw.ndjson",
    "captures/typescript-burst.raw.ndjson",
    "captures/typescript-doctor.raw.ndjson",
];

/// Where a fixture stands.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// An engine over fixtures.
///
/// # Panics
/// Where one cannot be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its fixture has to fail")]
pub fn engine(names: &[&str]) -> Engine {
    let inputs = names.iter().map(|name| Input::Path(path(name))).collect();
    Engine::read(inputs, &Options::default(), Registry::default(), &|_| {}).expect("a fixture")
}

/// The `now` of an engine.
///
/// # Panics
/// Where it holds no event.
#[must_use]
#[expect(clippy::expect_used, reason = "fixtures hold events")]
pub fn now(engine: &Engine) -> Timestamp {
    engine.default_now().expect("fixtures hold events")
}

/// The lines of a fixture, decompressed.
///
/// # Panics
/// Where it cannot be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its fixture has to fail")]
pub fn lines(name: &str) -> Vec<String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path(name)).expect("a fixture");
    let mut text = String::new();
    let mut reader: Box<dyn std::io::Read> = if name.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    reader.read_to_string(&mut text).expect("a text");
    text.lines().map(str::to_owned).collect()
}

/// Every event of fixtures, taken out of its batches, as JSON.
///
/// # Panics
/// Where a fixture is no JSON.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its fixture has to fail")]
pub fn events(names: &[&str]) -> Vec<serde_json::Value> {
    let mut events = Vec::new();
    for line in names.iter().flat_map(|name| lines(name)) {
        let mut value: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        match value.pointer_mut("/body/events").and_then(serde_json::Value::as_array_mut) {
            Some(batch) => events.append(batch),
            None => events.push(value),
        }
    }
    events
}
