//! What the server tells of itself, in the Prometheus text format.

use std::time::{Duration, Instant};

use mcp_insights::Status;
use mcp_insights::api::IngestReport;
use parking_lot::Mutex;
use prometheus::{
    Encoder as _, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};

/// The type of [`Metrics::render`]'s text.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    batches: IntCounter,
    accepted: IntCounter,
    duplicates: IntCounter,
    rejected: IntCounterVec,
    events: IntGauge,
    segments: IntGauge,
    bytes: IntGaugeVec,
    snapshot_age: Gauge,
    shown: Mutex<Shown>,
}

/// The version of the newest snapshot that was asked, and since when.
struct Shown {
    version: Option<u64>,
    since: Instant,
}

impl Metrics {
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let one = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "mcp_insights_http_request_duration_seconds",
                "Time from a request's head to the answer, by endpoint",
            )
            .buckets(BUCKETS.to_vec()),
            &["endpoint", "method"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        let bytes = IntGaugeVec::new(
            Opts::new("mcp_insights_store_bytes", "Bytes of the storage, by part"),
            &["part"],
        )?;
        registry.register(Box::new(bytes.clone()))?;
        let snapshot_age = Gauge::new(
            "mcp_insights_snapshot_age_seconds",
            "Time since queries began to be answered from the newest snapshot",
        )?;
        registry.register(Box::new(snapshot_age.clone()))?;
        Ok(Self {
            requests: counter(
                "mcp_insights_http_requests_total",
                "Requests answered, by endpoint and status",
                &["endpoint", "method", "status"],
            )?,
            durations,
            batches: one("mcp_insights_ingest_batches_total", "Batches taken in")?,
            accepted: one(
                "mcp_insights_ingest_events_accepted_total",
                "Events taken in, duplicates included",
            )?,
            duplicates: one(
                "mcp_insights_ingest_events_duplicate_total",
                "Events taken in whose id was known already",
            )?,
            rejected: counter(
                "mcp_insights_ingest_events_rejected_total",
                "Events refused, by reason",
                &["reason"],
            )?,
            events: gauge("mcp_insights_events", "Events held")?,
            segments: gauge("mcp_insights_store_segments", "Segments of the storage")?,
            bytes,
            snapshot_age,
            shown: Mutex::new(Shown { version: None, since: Instant::now() }),
            registry,
        })
    }

    /// Counts an answered request. `endpoint` is a path of the router, never one that was asked for.
    pub(crate) fn request(&self, endpoint: &str, method: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[endpoint, method, &status.to_string()]).inc();
        self.durations.with_label_values(&[endpoint, method]).observe(took.as_secs_f64());
    }

    /// Counts a batch.
    pub(crate) fn ingest(&self, report: &IngestReport) {
        self.batches.inc();
        self.accepted.inc_by(report.accepted);
        self.duplicates.inc_by(report.duplicate_count);
        for event in &report.rejected {
            // The words of the contract are those of its JSON.
            let reason = serde_json::to_value(event.reason).unwrap_or_default();
            self.rejected.with_label_values(&[reason.as_str().unwrap_or_default()]).inc();
        }
    }

    /// Notes that a query is answered from the snapshot of a version.
    pub(crate) fn shows(&self, version: u64) {
        let mut shown = self.shown.lock();
        if shown.version.is_none_or(|known| known < version) {
            *shown = Shown { version: Some(version), since: Instant::now() };
        }
    }

    /// Everything, with the engine as it stands.
    pub(crate) fn render(&self, status: &Status) -> Result<Vec<u8>, prometheus::Error> {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let usage = &status.usage;
        self.events.set(whole(status.events));
        self.segments.set(whole(usage.segments));
        let parts = [
            ("segments", usage.segment_bytes),
            ("log", usage.log_bytes),
            ("documents", usage.document_bytes),
        ];
        for (part, bytes) in parts {
            self.bytes.with_label_values(&[part]).set(whole(bytes));
        }
        self.snapshot_age.set(self.shown.lock().since.elapsed().as_secs_f64());
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
