//! A seeded generator of realistic event dumps.
//!
//! It writes native events as NDJSON, in about the order in which a collector would receive them: sessions of several
//! clients side by side, intents by Zipf's law over real requests, calls with inputs and results in the shapes of the
//! official SDKs, errors, silent failures, retries, searches that find nothing, capability requests, scripts, skewed
//! clocks and records that were sent twice. Equal settings give equal bytes, on every machine.

mod answer;
mod event;
mod intents;
mod json;
mod plan;
mod random;
mod session;
mod words;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use intents::Intents;
use plan::Plan;
use random::Random;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Lines with events, duplicates included.
    pub events: u64,
    /// Distinct intents to draw from. All of them appear where there are at least some 20 events to an intent.
    pub distinct_intents: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// MCP servers; with 1 the events name none, as the SDKs send them.
    pub servers: u64,
    /// The days that the events span, ending with 30 June 2026.
    pub days: u64,
    /// Lines that are no event, in addition.
    pub malformed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            events: 20_000,
            distinct_intents: 1_000,
            seed: 1,
            servers: 1,
            days: 14,
            malformed: 0,
        }
    }
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// Lines with events.
    pub events: u64,
    /// Lines that are no event.
    pub malformed: u64,
    /// Bytes, line ends included.
    pub bytes: u64,
}

/// Writes dumps; see the module's page.
///
/// ```
/// use mcp_insights_benches::generate::{Generator, Settings};
///
/// let mut dump = Vec::new();
/// let written = Generator::new(Settings { events: 100, ..Settings::default() }).write(&mut dump)?;
/// assert_eq!(written.events, 100);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    settings: Settings,
}

impl Generator {
    /// A generator of dumps with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Writes the dump.
    ///
    /// # Errors
    /// Where `out` refuses a write.
    pub fn write(&self, out: &mut impl Write) -> io::Result<Written> {
        self.write_with(out, &mut |_| {})
    }

    /// Writes the dump and tells how many events are written, now and then.
    ///
    /// # Errors
    /// Where `out` refuses a write.
    pub fn write_with(
        &self,
        out: &mut impl Write,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<Written> {
        let settings = &self.settings;
        let mut plan = Plan::new(settings)?;
        let mut waiting: BinaryHeap<Reverse<(u64, u64, String)>> = BinaryHeap::new();
        let mut sink = Sink::new(settings, out, progress);
        let mut planned = 0;
        let mut arrivals = Vec::new();
        while planned < settings.events {
            let start = plan.start(planned);
            while let Some(Reverse((at, _, _))) = waiting.peek() {
                if *at >= start {
                    break;
                }
                if let Some(Reverse((_, _, line))) = waiting.pop() {
                    sink.event(&line)?;
                }
            }
            plan.session(start, planned, &mut arrivals);
            for arrival in arrivals.drain(..) {
                waiting.push(Reverse((arrival.at, planned, arrival.line)));
                planned += 1;
            }
        }
        while let Some(Reverse((_, _, line))) = waiting.pop() {
            sink.event(&line)?;
        }
        sink.finish()
    }
}

/// Takes lines until the dump is full; scatters malformed ones between them.
struct Sink<'a, W> {
    out: &'a mut W,
    progress: &'a mut dyn FnMut(u64),
    written: Written,
    events: u64,
    malformed: u64,
}

const MALFORMED: &[&[u8]] = &[
    b"{\"event_id\":\"cut\",\"kind\":\"tool_call\",\"started_at\":\"2026-06-20T10:",
    b"not json at all",
    b"{\"kind\":\"tool_call\",\"started_at\":\"2026-06-20T10:00:00Z\"}",
    b"{\"event_id\":\"typed\",\"kind\":7,\"started_at\":\"2026-06-20T10:00:00Z\"}",
    b"{\"event_id\":\"year\",\"kind\":\"tool_call\",\"started_at\":\"9999-06-20T10:00:00Z\"}",
    b"{\"event_id\":\"utf8 \xff\xfe\",\"kind\":\"tool_call\",\"started_at\":\"2026-06-20T10:00:00Z\"}",
    b"42",
];

impl<'a, W: Write> Sink<'a, W> {
    fn new(settings: &Settings, out: &'a mut W, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            out,
            progress,
            written: Written::default(),
            events: settings.events,
            malformed: settings.malformed,
        }
    }

    fn event(&mut self, line: &str) -> io::Result<()> {
        if self.written.events == self.events {
            return Ok(());
        }
        self.line(line.as_bytes())?;
        self.written.events += 1;
        // As many malformed lines as belong to this share of the events.
        let due = u128::from(self.malformed) * u128::from(self.written.events)
            / u128::from(self.events.max(1));
        while u128::from(self.written.malformed) < due {
            self.line(MALFORMED[self.written.malformed as usize % MALFORMED.len()])?;
            self.written.malformed += 1;
        }
        if self.written.events.is_multiple_of(20_000) {
            (self.progress)(self.written.events);
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.out.write_all(line)?;
        self.out.write_all(b"\n")?;
        self.written.bytes += line.len() as u64 + 1;
        Ok(())
    }

    fn finish(self) -> io::Result<Written> {
        self.out.flush()?;
        Ok(self.written)
    }
}

/// So many distinct intents: real requests, then the same with names and places; equal arguments give equal texts.
///
/// # Errors
/// None that is expected: the texts come with the crate.
pub fn distinct_intents(count: usize, seed: u64) -> io::Result<Vec<String>> {
    let intents = Intents::new(count, &mut Random::new(seed))?;
    Ok((0..count).map(|number| intents.text(number)).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
