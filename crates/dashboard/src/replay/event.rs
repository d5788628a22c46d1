//! One event: what the agent thought, what it called, what it got, and what to think of that.

use maud::{Markup, html};
use mcp_insights::api::{Reason, TraceCall, TraceEvent, TraceLog, TraceRequest, TraceSearch};
use mcp_insights_presentation::figures::{count, counted, millis};
use mcp_insights_presentation::html::parts::said;
use mcp_insights_presentation::phrases;
use serde_json::{Map, Value};

use super::Replay;
use super::index::{Parts, Placed, anchor, reason_anchor};
use super::verdict::Verdict;
use crate::explain;
use crate::parts::{clusters, long_text};

pub(super) fn write(replay: &Replay<'_>, index: usize) -> Markup {
    let trace = replay.trace;
    let (Some(event), Some(parts)) = (trace.events.get(index), replay.index.parts.get(index))
    else {
        return html! {};
    };
    if is_quiet(event, parts) {
        return quiet(replay, index, event);
    }
    let verdict = parts.call.as_ref().map(|placed| placed.verdict);
    let own = parts.call.as_ref().map(|placed| placed.call);
    html! {
        li id=(anchor(index, None)) class={ "event " (verdict.map_or("plain", Verdict::class)) } {
            div.event-head {
                h3 {
                    @if let Some(placed) = &parts.call { span.number { (placed.number) } " " }
                    (name(event, own))
                }
                (state(parts))
                p.when { (when(replay, event)) @if let Some(took) = event.duration_ms { " · took " (millis(Some(took))) } }
            }
            @if let Some(placed) = &parts.call { (why(replay, placed)) }
            @else { (behind(replay, replay.index.reasons(&event.event_id))) }
            dl.steps {
                @if let Some(thought) = thought(event, own) { dt { "Thought" } dd { (long_text::prose(&thought)) } }
                (asked(replay, &parts.requests))
                @if let Some(input) = input(event, own) {
                    dt { "Called" }
                    dd {
                        (long_text::verbatim(&input))
                        @if event.script_source_truncated == Some(true) { p.remark { "Cut by the client." } }
                    }
                }
                (got(event, own, event.result_truncated == Some(true)))
                (searched(replay, &parts.searches))
                (logged(&parts.logs))
            }
            @if !parts.inner.is_empty() {
                ol.inner { @for placed in &parts.inner { (inner(replay, placed)) } }
            }
            (further(event))
        }
    }
}

/// Whether an event says nothing but that it happened.
fn is_quiet(event: &TraceEvent, parts: &Parts<'_>) -> bool {
    let opens = matches!(event.kind.as_str(), "session_init" | "actor_identity");
    opens && parts.call.is_none() && parts.searches.is_empty() && parts.requests.is_empty()
}

fn quiet(replay: &Replay<'_>, index: usize, event: &TraceEvent) -> Markup {
    let text = |name: &str| event.metadata.get(name).and_then(Value::as_str).unwrap_or_default();
    html! {
        li.event.quiet id=(anchor(index, None)) {
            @if event.kind == "actor_identity" { "The actor is " (said(text("identifier"))) }
            @else { "The client connected: " (said(text("client_name"))) " " (said(text("client_version"))) }
            span.when { " · " (when(replay, event)) }
            (further(event))
        }
    }
}

/// How long after the start of the session.
fn when(replay: &Replay<'_>, event: &TraceEvent) -> Markup {
    let after = event.started_at.micros_since(replay.trace.session.started_at) / 1000;
    let told = match u64::try_from(after) {
        Ok(after) => format!("+{}", millis(Some(after))),
        Err(_) => format!("−{}", millis(Some(after.unsigned_abs()))),
    };
    html! { time datetime=(event.started_at.to_string()) title=(event.started_at.to_string()) { (told) } }
}

fn name(event: &TraceEvent, call: Option<&TraceCall>) -> Markup {
    let tool = call.and_then(|call| call.tool_name.as_deref());
    let tool = tool.or_else(|| event.metadata.get("tool_name").and_then(Value::as_str));
    html! {
        @match (tool, event.kind.as_str()) {
            (Some(tool), _) => (said(tool)),
            (None, "execute_script") => "Script",
            (None, kind) => (said(&mcp_insights_presentation::figures::words(kind))),
        }
    }
}

/// Badges that say how it went.
fn state(parts: &Parts<'_>) -> Markup {
    let missed = parts.searches.iter().filter(|search| search.failed).count() as u64;
    let failed = parts.inner.iter().filter(|placed| placed.verdict.failed()).count() as u64;
    html! {
        p.badges {
            @if let Some(placed) = &parts.call { (call_badges(placed)) }
            @if !parts.requests.is_empty() { " " span.badge.warn { "capability request" } }
            @if missed > 0 { " " span.badge.warn { (counted(missed, "failed search", "failed searches")) } }
            @if !parts.inner.is_empty() { " " span.badge { (counted(parts.inner.len() as u64, "call", "calls")) " inside" } }
            @if failed > 0 { " " span.badge.bad { (count(failed)) " failed" } }
        }
    }
}

fn call_badges(placed: &Placed<'_>) -> Markup {
    let class = match placed.verdict {
        Verdict::Failed => "badge bad",
        Verdict::Silent => "badge warn",
        Verdict::Worked => "badge good",
        Verdict::Unknown => "badge",
    };
    html! {
        span class=(class) { (placed.verdict.word()) }
        @if let Some(failure) = placed.call.failure_class { " " span.badge { (phrases::word(&failure)) } }
        @if placed.call.retry_of.is_some() { " " span.badge { "retry" } }
    }
}

/// Why a call counts as a failure, and which signals it is behind.
fn why(replay: &Replay<'_>, placed: &Placed<'_>) -> Markup {
    let call = placed.call;
    let reasons = replay.index.reasons(&call.event_id);
    let retried = call.retry_of.as_deref().and_then(|id| replay.index.place(id));
    html! {
        @if placed.verdict.failed() {
            div.why {
                p {
                    strong { "Why it counts as a failure: " }
                    (placed.verdict.explanation())
                    @if let Some(class) = call.failure_class {
                        " Cause: " em { (phrases::word(&class)) } ". " (explain::failure(class))
                    }
                }
                @if let Some(place) = retried { p { "It tries " a href=(replay.href(place.event, &place.anchor)) { (place.name) } " again." } }
                (behind(replay, reasons))
                @if let Some(next) = replay.index.next_failure(placed.number) {
                    p.next { a href=(replay.href(next.event, &next.anchor)) { "Next failure: call " (next.number) } }
                }
            }
        } @else {
            @if let Some(place) = retried { p.remark { "It tries " a href=(replay.href(place.event, &place.anchor)) { (place.name) } " again, and works." } }
            (behind(replay, reasons))
        }
    }
}

/// Links to the signals.
fn behind(replay: &Replay<'_>, reasons: &[Reason]) -> Markup {
    html! {
        @if !reasons.is_empty() {
            p.behind {
                "Counts towards "
                @for (index, reason) in reasons.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href=(replay.href_of_judgement(&reason_anchor(*reason))) { (phrases::word(reason)) }
                }
            }
        }
    }
}

/// What the agent thought before it. Requests are no calls, so that their text is looked for under its names.
fn thought(event: &TraceEvent, call: Option<&TraceCall>) -> Option<String> {
    let of_event = || {
        let names = ["agent_thinking", "context"].iter();
        names
            .filter_map(|name| event.metadata.get(*name)?.as_str())
            .find(|text| !text.trim().is_empty())
    };
    call.and_then(|call| call.agent_thinking.as_deref()).or_else(of_event).map(str::to_owned)
}

fn input(event: &TraceEvent, call: Option<&TraceCall>) -> Option<String> {
    let preview = || event.metadata.get("input_preview").and_then(Value::as_str).map(str::to_owned);
    let of_call = || call.and_then(|call| call.input_preview.clone());
    let script = event.script_source.clone().filter(|_| event.kind == "execute_script");
    script.or_else(of_call).or_else(preview).or_else(|| event.script_source.clone())
}

/// What came back.
fn got(event: &TraceEvent, call: Option<&TraceCall>, cut: bool) -> Markup {
    let error = call.and_then(|call| call.error.as_deref()).or(event.error.as_deref());
    let result =
        call.and_then(|call| call.result_preview.as_deref()).or(event.result_preview.as_deref());
    result_of(error, result, cut)
}

fn result_of(error: Option<&str>, result: Option<&str>, cut: bool) -> Markup {
    html! {
        @if let Some(error) = error { dt.bad { "Error" } dd.error { (long_text::verbatim(error)) } }
        @match result {
            Some(result) => {
                dt { "Got" }
                dd { (long_text::verbatim(result)) @if cut { p.remark { "Cut by the client." } } }
            }
            None => @if error.is_none() { dt { "Got" } dd { p.remark { "no result was sent" } } }
        }
    }
}

fn asked(replay: &Replay<'_>, requests: &[&TraceRequest]) -> Markup {
    html! {
        @for request in requests {
            dt.warn { "Asked for" }
            dd {
                @match &request.text { Some(text) => (long_text::prose(text)), None => { p.remark { "something that its input does not show" } } }
                (cluster(replay, request.cluster_id.as_deref()))
            }
        }
    }
}

fn searched(replay: &Replay<'_>, searches: &[&TraceSearch]) -> Markup {
    html! {
        @if !searches.is_empty() {
            dt { "Searched" }
            dd {
                ul.found {
                    @for search in searches {
                        li {
                            "“" (said(&search.query)) "” "
                            span class=(if search.failed { "bad" } else { "remark" }) { (found(search)) }
                            @if search.abandoned { " " span.badge.warn { "abandoned for a similar one" } }
                            " " (cluster(replay, search.cluster_id.as_deref()))
                        }
                    }
                }
            }
        }
    }
}

fn found(search: &TraceSearch) -> String {
    match (search.miss_kind, search.result_count) {
        (Some(mcp_insights::api::MissKind::Error), _) => "broke".to_owned(),
        (Some(mcp_insights::api::MissKind::NoResults), _) => "found nothing".to_owned(),
        (None, Some(number)) => format!("found {}", count(number)),
        (None, None) => "what it found cannot be read".to_owned(),
    }
}

fn cluster(replay: &Replay<'_>, id: Option<&str>) -> Markup {
    html! {
        @if let Some(id) = id {
            @let label = replay.context.engine.label_of_search(id);
            span.remark { "failed search " (clusters::link(replay.context, id, label.as_deref().unwrap_or(id))) }
        }
    }
}

fn logged(logs: &[&TraceLog]) -> Markup {
    html! {
        @if !logs.is_empty() {
            dt { "Logged" }
            dd {
                ul.logs {
                    @for log in logs {
                        li { @if let Some(level) = &log.level { span.remark { (said(level)) } " " } (long_text::verbatim(&log.message)) }
                    }
                }
            }
        }
    }
}

/// A call inside of a script.
fn inner(replay: &Replay<'_>, placed: &Placed<'_>) -> Markup {
    let call = placed.call;
    html! {
        li id=(placed.anchor) class={ "event " (placed.verdict.class()) } {
            div.event-head {
                h4 {
                    span.number { (placed.number) } " "
                    @match &call.tool_name { Some(tool) => (said(tool)), None => "unnamed" }
                }
                p.badges { (call_badges(placed)) }
                @if let Some(took) = call.duration_ms { p.when { "took " (millis(Some(took))) } }
            }
            (why(replay, placed))
            dl.steps {
                @if let Some(input) = &call.input_preview { dt { "Called" } dd { (long_text::verbatim(input)) } }
                (result_of(call.error.as_deref(), call.result_preview.as_deref(), false))
            }
        }
    }
}

/// Fields that stand elsewhere on the page.
const SHOWN: [&str; 12] = [
    "tool_name",
    "user_intent",
    "intent",
    "agent_thinking",
    "context",
    "user_frustration",
    "frustration_level",
    "input_preview",
    "client_name",
    "client_version",
    "capability_request",
    "identifier",
];

/// What else came with the event, as it came.
fn further(event: &TraceEvent) -> Markup {
    let metadata = event
        .metadata
        .iter()
        .filter(|(name, value)| !SHOWN.contains(&name.as_str()) && !value.is_null());
    let fields: Map<String, Value> =
        metadata.chain(&event.unknown).map(|(name, value)| (name.clone(), value.clone())).collect();
    if fields.is_empty() {
        return html! {};
    }
    let text = Value::Object(fields).to_string();
    let text = crate::json_text::indented(&text).unwrap_or(text);
    html! {
        details.further {
            summary { "Further fields" }
            pre { code { bdi { (mcp_insights_presentation::printable::in_lines(&text)) } } }
        }
    }
}
