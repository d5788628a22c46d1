//! One full value of every schema of the contract, and one in which everything that may be unknown is.

use mcp_insights_api as api;
use mcp_insights_api::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A value of a schema as the API's types write it.
pub(crate) struct Sample {
    /// The schema.
    pub(crate) schema: &'static str,
    /// The value as JSON.
    pub(crate) text: String,
    /// Whether reading the JSON gives the value again.
    pub(crate) returns: bool,
}

fn sample<T: Serialize + DeserializeOwned + PartialEq>(schema: &'static str, value: &T) -> Sample {
    let text = serde_json::to_string(value).unwrap();
    let returns = serde_json::from_str::<T>(&text).is_ok_and(|again| again == *value);
    Sample { schema, text, returns }
}

/// Whether optional values are there.
#[derive(Clone, Copy)]
struct Fill(bool);

impl Fill {
    fn some<T>(self, value: T) -> Option<T> {
        self.0.then_some(value)
    }

    fn list<T>(self, values: impl IntoIterator<Item = T>) -> Vec<T> {
        if self.0 { values.into_iter().collect() } else { Vec::new() }
    }
}

/// Values with every optional part there.
pub(crate) fn full() -> Vec<Sample> {
    all(Fill(true))
}

/// Values with every optional part unknown or empty.
pub(crate) fn sparse() -> Vec<Sample> {
    all(Fill(false))
}

fn all(fill: Fill) -> Vec<Sample> {
    vec![
        sample("Window", &window()),
        sample("CountKpi", &count(fill)),
        sample("RateKpi", &rate(fill)),
        sample("LatencyKpi", &latency(fill)),
        sample("Trend", &trend(fill)),
        sample("ToolUse", &tool_use()),
        sample("Frustration", &frustration(fill)),
        sample("FrustrationDetail", &frustration_detail(fill)),
        sample("Error", &error(fill)),
        sample("Org", &org(fill)),
        sample("IngestRequest", &ingest_request(fill)),
        sample("IngestReport", &ingest_report(fill)),
        sample("Session", &session(fill)),
        sample("SessionList", &session_list(fill)),
        sample("Topic", &topic(fill)),
        sample("TopicList", &topic_list(fill)),
        sample("TopicDetail", &topic_detail(fill)),
        sample("TopicPatch", &topic_patch(fill)),
        sample("SuggestedGap", &suggested_gap(fill)),
        sample("SearchCluster", &search_cluster(fill)),
        sample("SearchPatch", &search_patch(fill)),
        sample("SearchList", &search_list(fill)),
        sample("SearchDetail", &search_detail(fill)),
        sample("Coverage", &coverage(fill)),
        sample("Overview", &overview(fill)),
        sample("Trace", &trace(fill)),
    ]
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn noon() -> Timestamp {
    time("2026-01-31T12:00:00.250Z")
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn window() -> api::Window {
    api::Window::new(api::Range::Week, noon())
}

fn count(fill: Fill) -> api::CountKpi {
    api::CountKpi { value: 3, previous: fill.some(2), change_pct: fill.some(50.0) }
}

fn rate(fill: Fill) -> api::RateKpi {
    let (value, previous) = (fill.some(0.3333), fill.some(0.5));
    api::RateKpi { value, previous, change_pct: fill.some(-33.33) }
}

fn latency(fill: Fill) -> api::LatencyKpi {
    api::LatencyKpi { value: fill.some(120), previous: fill.some(100), change_pct: fill.some(20.0) }
}

fn trend(fill: Fill) -> api::Trend {
    api::Trend {
        previous: fill.some(1),
        change_pct: fill.some(200.0),
        score: fill.some(1.0),
        sparkline: vec![0, 3],
    }
}

fn tool_use() -> api::ToolUse {
    api::ToolUse { tool_name: text("invoices.list"), calls: 4, errors: 1 }
}

fn frustration(fill: Fill) -> api::Frustration {
    api::Frustration {
        score: 0.4,
        level: api::Level::Medium,
        reasons: fill.list([api::Reason::DeclaredMedium, api::Reason::SilentFailure]),
    }
}

fn frustration_detail(fill: Fill) -> api::FrustrationDetail {
    api::FrustrationDetail {
        score: 0.25,
        level: api::Level::Low,
        reasons: fill.list([api::ReasonEvidence {
            reason: api::Reason::EndedOnError,
            event_ids: vec![text("e2")],
        }]),
    }
}

fn error(fill: Fill) -> api::ErrorBody {
    let fields = fill.list([api::FieldError::new("limit", "must be a whole number from 1 to 500")]);
    api::ErrorBody::new(api::ErrorCode::ValidationFailed, "limit is refused", fields)
}

fn org(fill: Fill) -> api::Org {
    api::Org {
        organization: api::Organization {
            id: text("org_1"),
            slug: text("acme"),
            name: text("Acme"),
        },
        actor: api::Actor {
            api_key_id: text("key_1"),
            api_key_name: text("dashboard"),
            user_profile_id: fill.some(text("user_1")),
            role: api::Role::Editor,
            email: fill.some(text("someone@example.com")),
        },
    }
}

fn ingest_request(fill: Fill) -> api::IngestRequest {
    api::IngestRequest {
        schema_version: 1,
        events: fill.list([json!({"event_id": "e1", "anything": [1]})]),
        sdk: fill.some(api::Sdk { language: Some(text("python")), version: Some(text("0.1.28")) }),
    }
}

fn ingest_report(fill: Fill) -> api::IngestReport {
    api::IngestReport {
        accepted: 7,
        rejected: vec![api::RejectedEvent {
            event_id: fill.some(text("e9")),
            reason: api::RejectionReason::TimestampOutOfRange,
        }],
        duplicate_count: 1,
        schema_version: api::IngestReport::SCHEMA_VERSION,
    }
}

fn session(fill: Fill) -> api::Session {
    api::Session {
        id: text("ses_0a1B"),
        mcp_server_id: fill.some(text("billing")),
        session_key: text("conv-1"),
        actor_id: text("anonymous"),
        actor_identifier: fill.some(text("someone@example.com")),
        client_name: fill.some(text("claude")),
        client_version: fill.some(text("1.2.0")),
        started_at: noon(),
        ended_at: noon().plus_micros(1_500_000),
        duration_ms: 1500,
        raw_intent: fill.some(text("refund the last three invoices")),
        intent_source: api::IntentSource::Declared,
        topic_ids: fill.list([text("top_1")]),
        event_count: 3,
        ok_count: 2,
        error_count: 1,
        tool_call_count: 2,
        silent_failure_count: 0,
        search_count: 1,
        failed_search_count: 1,
        capability_request_count: 1,
        frustration: frustration(fill),
        outcome: api::Outcome::Unmet,
        is_repeat: fill.0,
        repeat_of: fill.some(text("ses_09")),
        flags: fill.list([api::Flag::UnmetDemand, api::Flag::CapabilityRequest]),
        tools: fill.list([text("invoices.list")]),
    }
}

fn session_list(fill: Fill) -> api::SessionList {
    api::SessionList {
        window: window(),
        sessions: fill.list([session(fill)]),
        total: 1,
        next_cursor: fill.some(text("c1-0")),
    }
}

fn topic(fill: Fill) -> api::Topic {
    api::Topic {
        id: text("top_1"),
        label: text("Refund invoices"),
        label_source: api::LabelSource::Generated,
        keywords: fill.list([text("refund")]),
        is_unmet_demand: true,
        unmet_demand_source: fill.some(api::UnmetDemandSource::Detected),
        archived: false,
        session_count: 3,
        share: fill.some(0.3333),
        actor_count: 2,
        intent_count: 2,
        tool_call_count: 4,
        error_rate: fill.some(0.25),
        success_rate: fill.some(0.5),
        frustration: fill.some(0.4),
        trend: trend(fill),
        first_seen_at: fill.some(noon()),
        last_seen_at: fill.some(noon()),
        sample_intents: fill.list([api::SampleIntent { text: text("refund it"), sessions: 2 }]),
        top_tools: fill.list([tool_use()]),
    }
}

fn topic_list(fill: Fill) -> api::TopicList {
    api::TopicList {
        window: window(),
        topics: fill.list([topic(fill)]),
        total: 1,
        sessions: 9,
        with_topic_sessions: 3,
        unclustered_sessions: 4,
        no_intent_sessions: 2,
    }
}

fn topic_detail(fill: Fill) -> api::TopicDetail {
    api::TopicDetail {
        window: window(),
        topic: topic(fill),
        sample_sessions: fill.list([session(fill)]),
        related_failed_searches: fill.list([search_cluster(fill)]),
    }
}

/// A patch is never empty; the sparse one gives everything back to the engine.
fn topic_patch(fill: Fill) -> api::TopicPatch {
    api::TopicPatch {
        label: Some(fill.some(text("Refunds"))),
        is_unmet_demand: Some(fill.some(false)),
        archived: fill.some(true),
    }
}

fn search_patch(fill: Fill) -> api::SearchPatch {
    api::SearchPatch {
        state: fill.some(api::SearchState::Planned),
        note: Some(fill.some(text("in the next release"))),
        label: Some(fill.some(text("Bulk refunds"))),
    }
}

fn suggested_gap(fill: Fill) -> api::SuggestedGap {
    api::SuggestedGap {
        kind: api::GapKind::Undiscoverable,
        title: text("Refund invoices in bulk"),
        suggested_name: fill.some(text("refunds.bulk_create")),
        rationale: text("3 sessions of 2 actors looked for it."),
        confidence: fill.some(0.9),
        priority: 0.61,
        missing_words: fill.list([text("bulk")]),
        nearest_tools: fill
            .list([api::NearestTool { tool_name: text("refunds.create"), similarity: 0.7 }]),
    }
}

fn search_cluster(fill: Fill) -> api::SearchCluster {
    api::SearchCluster {
        id: text("sch_1"),
        label: text("Bulk refunds"),
        search_kind: api::SearchKind::Discovery,
        state: api::SearchState::Open,
        note: fill.some(text("asked for twice")),
        edited_at: fill.some(noon()),
        queries: fill.list([api::QueryCount { text: text("refund all"), count: 2 }]),
        demand_count: 3,
        search_count: 2,
        abandoned_count: 1,
        capability_request_count: 1,
        session_count: 3,
        actor_count: 2,
        frustration: fill.some(0.4),
        trend: trend(fill),
        first_seen_at: fill.some(noon()),
        last_seen_at: fill.some(noon()),
        suggested_gap: suggested_gap(fill),
    }
}

fn search_list(fill: Fill) -> api::SearchList {
    api::SearchList { window: window(), searches: fill.list([search_cluster(fill)]), total: 1 }
}

fn search_detail(fill: Fill) -> api::SearchDetail {
    api::SearchDetail {
        window: window(),
        search: search_cluster(fill),
        sample_sessions: fill.list([session(fill)]),
        related_topics: fill.list([topic(fill)]),
    }
}

fn coverage(fill: Fill) -> api::Coverage {
    api::Coverage {
        accepted: 10,
        rejected: fill.some(1),
        duplicates: fill.some(0),
        history_start: fill.some(noon()),
        data_through: fill.some(noon()),
        events: 9,
        excluded_workflow_events: 1,
        sessions: 3,
        no_intent_sessions: 1,
        declared_intent_rate: fill.some(0.6667),
        known_outcome_rate: fill.some(1.0),
        attributed_call_rate: fill.some(0.0),
        unknown_result_searches: 0,
    }
}

fn kpis(fill: Fill) -> api::Kpis {
    api::Kpis {
        sessions: count(fill),
        actors: count(fill),
        tool_calls: count(fill),
        error_rate: rate(fill),
        silent_failures: count(fill),
        silent_failure_rate: rate(fill),
        searches: count(fill),
        failed_searches: count(fill),
        search_miss_rate: rate(fill),
        high_frustration_rate: rate(fill),
        repeat_rate: rate(fill),
        success_rate: rate(fill),
        capability_requests: count(fill),
        latency_p50_ms: latency(fill),
        latency_p95_ms: latency(fill),
    }
}

fn trends(fill: Fill) -> api::Trends {
    let point = api::TrendPoint {
        start: noon(),
        end: noon().plus_micros(1_000_000),
        partial: true,
        sessions: 1,
        tool_calls: 2,
        errors: 1,
        silent_failures: 0,
        searches: 1,
        failed_searches: 1,
        high_frustration_sessions: 0,
        latency_p95_ms: fill.some(120),
    };
    api::Trends { bucket: api::BucketLength::Day, points: fill.list([point]) }
}

fn breakdowns(fill: Fill) -> api::Breakdowns {
    api::Breakdowns {
        tools: vec![api::ToolBreakdown {
            tool_name: text("invoices.list"),
            calls: 2,
            errors: 1,
            silent_failures: 0,
            latency_p50_ms: fill.some(100),
            latency_p95_ms: fill.some(120),
            sessions: 1,
        }],
        clients: vec![api::ClientBreakdown {
            client_name: fill.some(text("claude")),
            sessions: 1,
            tool_calls: 2,
            errors: 1,
        }],
        failure_classes: vec![api::FailureBreakdown {
            class: api::FailureClass::Upstream5xx,
            count: 1,
            sessions: 1,
            example: fill.some(text("502 bad gateway")),
        }],
    }
}

fn overview(fill: Fill) -> api::Overview {
    api::Overview {
        window: window(),
        coverage: coverage(fill),
        kpis: kpis(fill),
        trends: trends(fill),
        breakdowns: breakdowns(fill),
        top_topics: fill.list([topic(fill)]),
        top_failed_searches: fill.list([search_cluster(fill)]),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn trace_event(fill: Fill) -> api::TraceEvent {
    api::TraceEvent {
        event_id: text("e1"),
        kind: text("tool_call"),
        mcp_server_id: fill.some(text("billing")),
        actor_id: text("anonymous"),
        session_id_hint: fill.some(text("conv-1")),
        started_at: noon(),
        finished_at: fill.some(noon()),
        duration_ms: fill.some(120),
        ok: fill.some(false),
        error: fill.some(text("502 bad gateway")),
        is_workflow: fill.some(false),
        workflow_run_id: fill.some(text("run_1")),
        metadata: if fill.0 { object(&json!({"tool_name": "invoices.list"})) } else { Map::new() },
        script_source: fill.some(text("invoices.list()")),
        script_source_truncated: fill.some(false),
        result_preview: fill.some(text("502")),
        result_truncated: fill.some(false),
        calls: fill.list([json!({"name": "invoices.list"})]),
        logs: fill.list([json!("a line")]),
        search_calls: fill.list([json!({"query": "refund all", "result_count": 0})]),
        unknown: if fill.0 { object(&json!({"future": {"field": 1}})) } else { Map::new() },
    }
}

fn trace(fill: Fill) -> api::Trace {
    api::Trace {
        session: session(fill),
        turns: vec![api::TraceTurn {
            index: 0,
            raw_intent: fill.some(text("refund the last three invoices")),
            topic_id: fill.some(text("top_1")),
            declared_frustration: fill.some(api::DeclaredFrustration::Medium),
            started_at: noon(),
            event_ids: vec![text("e1")],
        }],
        events: vec![trace_event(fill)],
        tool_calls: vec![api::TraceCall {
            event_id: text("e1#0"),
            turn: fill.some(0),
            tool_name: fill.some(text("invoices.list")),
            ok: fill.some(false),
            silent_failure: false,
            error: fill.some(text("502 bad gateway")),
            failure_class: fill.some(api::FailureClass::Upstream5xx),
            started_at: noon(),
            duration_ms: fill.some(120),
            agent_thinking: fill.some(text("list them first")),
            input_preview: fill.some(text("{}")),
            result_preview: fill.some(text("502")),
            retry_of: fill.some(text("e0")),
        }],
        searches: vec![api::TraceSearch {
            event_id: text("e1"),
            turn: fill.some(0),
            at: noon(),
            source: api::SearchSource::SearchCalls,
            search_kind: api::SearchKind::Content,
            query: text("refund all"),
            result_count: fill.some(0),
            failed: fill.0,
            miss_kind: fill.some(api::MissKind::NoResults),
            abandoned: false,
            cluster_id: fill.some(text("sch_1")),
        }],
        capability_requests: vec![api::TraceRequest {
            event_id: text("e2"),
            turn: fill.some(0),
            at: noon(),
            text: fill.some(text("bulk refunds")),
            cluster_id: fill.some(text("sch_1")),
        }],
        logs: vec![api::TraceLog {
            event_id: text("e1"),
            at: fill.some(noon()),
            level: fill.some(text("warn")),
            message: text("slow"),
        }],
        classifications: api::Classifications {
            outcome: api::Outcome::Unmet,
            frustration: frustration_detail(fill),
            failure_classes: fill
                .list([api::ClassCount { class: api::FailureClass::Timeout, count: 1 }]),
            topics: fill
                .list([api::TraceTopic { id: text("top_1"), label: text("Refund invoices") }]),
            unmet_demand: true,
        },
    }
}
