//! The log: one JSON object a line.

use std::panic;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Registry, fmt};

/// A subscriber that writes JSON: what was answered, by path of the router, status, time and id of the key, and what the server
/// does by itself. No key, no header, no query and no event is ever in it.
pub fn subscriber<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().json().flatten_event(true).with_target(false).with_writer(writer);
    Registry::default().with(LevelFilter::INFO).with(lines)
}

/// Logs the place of a panic in place of its message, which may quote anything.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a thread panicked");
    }));
}
