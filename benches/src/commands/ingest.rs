//! `ingest`: how fast a durable engine takes events in, and how fast it answers meanwhile.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use clap::Args;
use mcp_insights::api::{OverviewQuery, Range, SessionsQuery};
use mcp_insights::{DurableEngine, Fast, Folder, KeptVectors, Memory, Options, Storage, Timestamp};

/// Takes a dump in by batches, and asks beside it.
#[derive(Args)]
pub(crate) struct Ingest {
    /// Events as NDJSON, as `generate` writes them
    file: PathBuf,
    /// An empty folder to write to; without it the events stay in memory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Events in a batch
    #[arg(long, value_name = "N", default_value_t = 20)]
    batch: usize,
    /// Threads that send batches
    #[arg(long, value_name = "N", default_value_t = 1)]
    senders: usize,
    /// Ask all the while: the overview and the newest sessions, in turn
    #[arg(long)]
    ask: bool,
    /// Group anew after so many events
    #[arg(long, value_name = "N")]
    recluster_after: Option<usize>,
}

/// Runs it.
///
/// # Errors
/// Where the file cannot be read or the events cannot be taken in.
pub(crate) fn run(options: &Ingest) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(&options.file)?;
    let lines: Vec<&str> = text.lines().collect();
    let storage: Arc<dyn Storage> = match &options.data {
        Some(folder) => Arc::new(Folder::open(folder)?),
        None => Arc::new(Memory::default()),
    };
    let embedder = Arc::new(KeptVectors::new(Arc::new(Fast)));
    let engine = DurableEngine::with_storage(storage, Options { embedder, ..Options::default() })?;
    let (first, rest) = lines.split_at(options.recluster_after.unwrap_or(0).min(lines.len()));
    for lines in first.chunks(10_000) {
        engine.ingest(&body(lines), None)?;
    }
    if !first.is_empty() {
        engine.recluster()?;
    }
    let now = engine.snapshot().default_now().unwrap_or(Timestamp::LATEST);
    println!(
        "{:>10} {:>9} {:>9} {:>9} {:>9}",
        "events", "events/s", "p50 ms", "p99 ms", "worst ms"
    );
    if options.ask {
        let idle = ask_until(&RwLock::new(false), &engine, now, Some(200));
        print_times("asking, idle", &idle);
    }
    let done = RwLock::new(false);
    let failed = AtomicBool::new(false);
    let begun = Instant::now();
    let (asked, took) = std::thread::scope(|scope| {
        let asker = options.ask.then(|| scope.spawn(|| ask_until(&done, &engine, now, None)));
        scope.spawn(|| tend_until(&done, &engine));
        for (number, tenth) in rest.chunks(rest.len().div_ceil(10).max(1)).enumerate() {
            let began = Instant::now();
            let mut times = send(&engine, tenth, options, &failed);
            let speed = tenth.len() as f64 / began.elapsed().as_secs_f64();
            times.sort_unstable();
            let events = first.len() + (number + 1) * tenth.len();
            println!("{events:>10} {speed:>9.0} {}", quantiles(&times));
        }
        // Whoever asks now sees all of them.
        drop(engine.snapshot());
        let took = begun.elapsed();
        *done.write().unwrap_or_else(PoisonError::into_inner) = true;
        (asker.and_then(|asker| asker.join().ok()), took)
    });
    if let Some(asked) = asked {
        print_times("asking beside", &asked);
    }
    println!("{} events in {:.3} s", rest.len(), took.as_secs_f64());
    if failed.load(Ordering::Relaxed) { Err("a batch was not taken in".into()) } else { Ok(()) }
}

/// Sends lines in batches from several threads, and gives the time that each batch took.
fn send(
    engine: &DurableEngine,
    lines: &[&str],
    options: &Ingest,
    failed: &AtomicBool,
) -> Vec<Duration> {
    let batches: Vec<&[&str]> = lines.chunks(options.batch.max(1)).collect();
    let share = batches.len().div_ceil(options.senders.max(1)).max(1);
    std::thread::scope(|scope| {
        let senders: Vec<_> = batches
            .chunks(share)
            .map(|batches| {
                scope.spawn(move || {
                    let mut times = Vec::with_capacity(batches.len());
                    for batch in batches {
                        let body = body(batch);
                        let began = Instant::now();
                        if engine.ingest(&body, None).is_err() {
                            failed.store(true, Ordering::Relaxed);
                        }
                        times.push(began.elapsed());
                    }
                    times
                })
            })
            .collect();
        senders.into_iter().filter_map(|sender| sender.join().ok()).flatten().collect()
    })
}

/// Tells names and verdicts anew when it is time, as a server does, which looks less often.
fn tend_until(done: &RwLock<bool>, engine: &DurableEngine) {
    while !*done.read().unwrap_or_else(PoisonError::into_inner) {
        // What fails here makes the next batch fail.
        if engine.wants_refresh().unwrap_or(false) {
            let _ = engine.refresh();
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Asks until it is done, or so many times.
fn ask_until(
    done: &RwLock<bool>,
    engine: &DurableEngine,
    now: Timestamp,
    most: Option<usize>,
) -> Vec<Duration> {
    let overview = OverviewQuery { range: Range::Week, ..OverviewQuery::default() };
    let sessions = SessionsQuery::default();
    let mut times = Vec::new();
    while most.is_none_or(|most| times.len() < most)
        && !*done.read().unwrap_or_else(PoisonError::into_inner)
    {
        let began = Instant::now();
        let snapshot = engine.snapshot();
        let answered = if times.len().is_multiple_of(2) {
            snapshot.overview(&overview, now).is_ok()
        } else {
            snapshot.sessions(&sessions, now).is_ok()
        };
        if answered {
            times.push(began.elapsed());
        }
    }
    times.sort_unstable();
    times
}

fn body(lines: &[&str]) -> Vec<u8> {
    format!(r#"{{"schema_version":1,"events":[{}]}}"#, lines.join(",")).into_bytes()
}

fn print_times(what: &str, times: &[Duration]) {
    println!("{what:>20} {}", quantiles(times));
}

fn quantiles(times: &[Duration]) -> String {
    let at = |share: f64| {
        let place = (times.len().saturating_sub(1) as f64 * share) as usize;
        times.get(place).map_or(0.0, Duration::as_secs_f64) * 1e3
    };
    format!("{:>9.2} {:>9.2} {:>9.2}", at(0.5), at(0.99), at(1.0))
}
