//! From the bytes of one record to an [`Event`].

use std::borrow::Cow;
use std::mem::take;

use serde::de::IgnoredAny;

use crate::json::peek_event_id;
use crate::wire::{Entries, Field, MetadataField, MetadataWire, Value, Wire};
use crate::{
    ANONYMOUS, DeclaredFrustration, Event, JsonText, Kind, LONGEST_DURATION_MICROS, Metadata,
    ReadSettings, RejectionReason, Timestamp, TimestampError,
};

/// Why the bytes of one record are no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The reason, of the closed list.
    pub reason: RejectionReason,
    /// The record's `event_id`, where that can be read.
    pub event_id: Option<String>,
    /// What was wrong, in words.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn of_bytes(reason: RejectionReason, detail: String, raw: &[u8]) -> Self {
        Self { reason, event_id: peek_event_id(raw), detail }
    }

    /// A record of so many bytes, of which these are the first.
    pub(crate) fn too_large(length: u64, bounds: &ReadSettings, prefix: &[u8]) -> Self {
        let bound = bounds.max_event_bytes;
        let detail = format!("the record has {length} bytes, more than the bound of {bound}");
        let within = prefix.get(..bound).unwrap_or(prefix);
        Self::of_bytes(RejectionReason::TooLarge, detail, within)
    }
}

impl<'a> Event<'a> {
    /// Reads one event from the bytes of its JSON.
    ///
    /// It looks, in this order, for: too many bytes, bytes that are no UTF-8, text that is no JSON, too deep
    /// nesting, something else than an event, a missing required field, a native field of a wrong type,
    /// a `started_at` outside of the years 2000 to 2100. Unknown fields may hold anything.
    ///
    /// # Errors
    /// A [`Refusal`] with the first of these, and with the `event_id` where that can be read.
    pub fn parse(raw: &'a [u8], bounds: &ReadSettings) -> Result<Event<'a>, Refusal> {
        let text = check_bytes(raw, bounds)?;
        let mut wire = Wire::default();
        read_wire(text, bounds, &mut wire)?;
        finish(&mut wire)
    }
}

/// Reads a record that may turn out to be a container: it then is no event, but may contain some.
pub(crate) fn parse_record<'a>(
    raw: &'a [u8],
    bounds: &ReadSettings,
) -> Result<Option<Event<'a>>, Refusal> {
    let text = check_bytes(raw, bounds)?;
    let mut wire = Wire::default();
    read_wire(text, bounds, &mut wire)?;
    if wire.may_contain { Ok(None) } else { finish(&mut wire).map(Some) }
}

fn check_bytes<'a>(raw: &'a [u8], bounds: &ReadSettings) -> Result<&'a str, Refusal> {
    if raw.len() > bounds.max_event_bytes {
        return Err(Refusal::too_large(raw.len() as u64, bounds, raw));
    }
    // The faster check does not say where it failed.
    simdutf8::basic::from_utf8(raw).or_else(|_| std::str::from_utf8(raw)).map_err(|error| {
        let detail = format!("no UTF-8 after {} bytes of the record", error.valid_up_to());
        Refusal::of_bytes(RejectionReason::InvalidUtf8, detail, raw)
    })
}

fn read_wire<'a>(text: &'a str, bounds: &ReadSettings, wire: &mut Wire<'a>) -> Result<(), Refusal> {
    let raw = text.as_bytes();
    if wire.read(text).is_none() {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            let detail = format!("no JSON: {error} of the record");
            return Err(Refusal::of_bytes(RejectionReason::InvalidJson, detail, raw));
        }
        *wire = Wire::read_thoroughly(text);
    }
    if wire.depth > bounds.max_depth {
        let detail =
            format!("nested {} deep, more than the bound of {}", wire.depth, bounds.max_depth);
        return Err(Refusal::of_bytes(RejectionReason::TooDeep, detail, raw));
    }
    Ok(())
}

/// The event of the fields, which are taken out.
fn finish<'a>(wire: &mut Wire<'a>) -> Result<Event<'a>, Refusal> {
    match judge(wire) {
        Ok((started_at, finished_at)) => Ok(build(wire, started_at, finished_at)),
        Err((reason, detail)) => {
            let event_id = wire.value(Field::EventId).into_text().map(Cow::into_owned);
            Err(Refusal { reason, event_id, detail })
        }
    }
}

type Wrong = (RejectionReason, String);

fn judge(wire: &Wire<'_>) -> Result<(Timestamp, Option<Timestamp>), Wrong> {
    if !wire.is_event {
        let detail = "neither an event nor a container of events: no event_id, kind or started_at";
        return Err((RejectionReason::NotAnEvent, detail.to_owned()));
    }
    let required =
        [("event_id", Field::EventId), ("kind", Field::Kind), ("started_at", Field::StartedAt)];
    if let Some((name, _)) = required.iter().find(|(_, field)| wire.value(*field).is_absent()) {
        return Err((RejectionReason::MissingField, format!("{name} is missing, null or blank")));
    }
    check_types(wire)?;
    let started_at = match text_of(wire.value(Field::StartedAt))
        .map(|text| Timestamp::parse_event_time(&text))
    {
        Some(Ok(time)) => time,
        Some(Err(error @ TimestampError::OutOfRange)) => {
            let detail = format!("started_at {}: {error}", quoted(wire.value(Field::StartedAt)));
            return Err((RejectionReason::TimestampOutOfRange, detail));
        }
        Some(Err(TimestampError::Malformed)) | None => {
            return Err(wrong_time("started_at", wire.value(Field::StartedAt)));
        }
    };
    let finished_at = if wire.value(Field::FinishedAt).is_absent() {
        None
    } else {
        let parsed =
            text_of(wire.value(Field::FinishedAt)).and_then(|text| Timestamp::parse(&text).ok());
        Some(parsed.ok_or_else(|| wrong_time("finished_at", wire.value(Field::FinishedAt)))?)
    };
    Ok((started_at, finished_at))
}

fn check_types(wire: &Wire<'_>) -> Result<(), Wrong> {
    const TEXTS: [(&str, Field); 10] = [
        ("event_id", Field::EventId),
        ("kind", Field::Kind),
        ("mcp_server_id", Field::McpServerId),
        ("actor_id", Field::ActorId),
        ("session_id_hint", Field::SessionIdHint),
        ("started_at", Field::StartedAt),
        ("finished_at", Field::FinishedAt),
        ("error", Field::Error),
        ("workflow_run_id", Field::WorkflowRunId),
        ("script_source", Field::ScriptSource),
    ];
    const FLAGS: [(&str, Field); 4] = [
        ("ok", Field::Ok),
        ("is_workflow", Field::IsWorkflow),
        ("script_source_truncated", Field::ScriptSourceTruncated),
        ("result_truncated", Field::ResultTruncated),
    ];
    let is_text = |field| matches!(wire.value(field), Value::Absent | Value::Text(_));
    let is_flag = |field| matches!(wire.value(field), Value::Absent | Value::Bool(_));
    if let Some((name, field)) = TEXTS.iter().find(|(_, field)| !is_text(*field)) {
        return Err(wrong_type(name, "a text", type_name(wire.value(*field))));
    }
    if let Some((name, field)) = FLAGS.iter().find(|(_, field)| !is_flag(*field)) {
        return Err(wrong_type(name, "true or false", type_name(wire.value(*field))));
    }
    let duration = wire.value(Field::DurationMs);
    if !matches!(duration, Value::Absent | Value::Number(_)) {
        return Err(wrong_type("duration_ms", "a number", type_name(duration)));
    }
    if wire.metadata_is_odd {
        return Err(wrong_type("metadata", "an object", "something else"));
    }
    let arrays =
        [("calls", &wire.calls), ("logs", &wire.logs), ("search_calls", &wire.search_calls)];
    if let Some((name, _)) = arrays.iter().find(|(_, entries)| matches!(entries, Entries::Other)) {
        return Err(wrong_type(name, "an array", "something else"));
    }
    Ok(())
}

fn wrong_type(name: &str, expected: &str, found: &str) -> Wrong {
    (RejectionReason::WrongType, format!("{name} must be {expected}, but is {found}"))
}

fn wrong_time(name: &str, value: Value<'_>) -> Wrong {
    let error = TimestampError::Malformed;
    (RejectionReason::WrongType, format!("{name} {}: {error}", quoted(value)))
}

fn type_name(value: Value<'_>) -> &'static str {
    match value {
        Value::Absent => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::Nested(json) if json.starts_with('[') => "an array",
        Value::Nested(_) => "an object",
    }
}

fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text.text().into_text()),
        _ => None,
    }
}

/// A value for a message, of bounded length.
fn quoted(value: Value<'_>) -> String {
    let text = text_of(value).unwrap_or_default();
    let shown: String = text.chars().take(60).collect();
    format!("{shown:?}")
}

fn build<'a>(
    wire: &mut Wire<'a>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
) -> Event<'a> {
    let duration_ms = duration(wire.value(Field::DurationMs), started_at, finished_at);
    Event {
        event_id: wire.value(Field::EventId).into_text().unwrap_or_default(),
        kind: kind_of(wire.value(Field::Kind).into_text().unwrap_or_default()),
        mcp_server_id: wire.value(Field::McpServerId).into_text(),
        actor_id: wire.value(Field::ActorId).into_text().unwrap_or(Cow::Borrowed(ANONYMOUS)),
        session_id_hint: wire.value(Field::SessionIdHint).into_text(),
        started_at,
        finished_at,
        duration_ms,
        ok: flag(wire.value(Field::Ok)),
        error: wire.value(Field::Error).into_text(),
        is_workflow: flag(wire.value(Field::IsWorkflow)),
        workflow_run_id: wire.value(Field::WorkflowRunId).into_text(),
        metadata: metadata_of(&wire.metadata),
        script_source: long_text(wire.value(Field::ScriptSource)).filter(|text| !text.is_blank()),
        script_source_truncated: flag(wire.value(Field::ScriptSourceTruncated)),
        result_preview: long_text(wire.value(Field::ResultPreview)),
        result_truncated: flag(wire.value(Field::ResultTruncated)),
        calls: array(take(&mut wire.calls)),
        logs: array(take(&mut wire.logs)),
        search_calls: array(take(&mut wire.search_calls)),
    }
}

fn kind_of(kind: Cow<'_, str>) -> Kind<'_> {
    match kind.as_ref() {
        "tool_call" => Kind::ToolCall,
        "execute_script" => Kind::ExecuteScript,
        "session_init" => Kind::SessionInit,
        "actor_identity" => Kind::ActorIdentity,
        _ => Kind::Other(kind),
    }
}

/// Whole milliseconds, rounded down; none where the duration is unknown.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within seven days")]
fn duration(
    given: Value<'_>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
) -> Option<u64> {
    const LONGEST_MS: f64 = (LONGEST_DURATION_MICROS / 1000) as f64;
    let span = finished_at.map(|end| end.micros_since(started_at));
    if span.is_some_and(|micros| micros < 0) {
        return None;
    }
    match given {
        Value::Number(number) => (0.0..=LONGEST_MS).contains(&number).then_some(number as u64),
        _ => {
            let micros = span.filter(|micros| *micros <= LONGEST_DURATION_MICROS)?;
            u64::try_from(micros / 1000).ok()
        }
    }
}

fn metadata_of<'a>(wire: &MetadataWire<'a>) -> Metadata<'a> {
    let frustration = wire
        .value(MetadataField::UserFrustration)
        .into_text()
        .or_else(|| wire.value(MetadataField::FrustrationLevel).into_text());
    Metadata {
        tool_name: wire.value(MetadataField::ToolName).into_text(),
        user_intent: wire
            .value(MetadataField::UserIntent)
            .into_text()
            .or_else(|| wire.value(MetadataField::Intent).into_text()),
        agent_thinking: wire
            .value(MetadataField::AgentThinking)
            .into_text()
            .or_else(|| wire.value(MetadataField::Context).into_text()),
        user_frustration: frustration.as_deref().and_then(frustration_of),
        input_preview: preview(wire.value(MetadataField::InputPreview)),
        input_truncated: wire.value(MetadataField::InputTruncated) == Value::Bool(true),
        client_name: wire.value(MetadataField::ClientName).into_text(),
        client_version: wire.value(MetadataField::ClientVersion).into_text(),
        capability_request: wire.value(MetadataField::CapabilityRequest) == Value::Bool(true),
        identifier: wire.value(MetadataField::Identifier).into_text(),
    }
}

fn frustration_of(text: &str) -> Option<DeclaredFrustration> {
    let words = [
        ("low", DeclaredFrustration::Low),
        ("medium", DeclaredFrustration::Medium),
        ("high", DeclaredFrustration::High),
    ];
    let text = text.trim();
    words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, level)| level)
}

fn preview(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Nested(json) => Some(Cow::Borrowed(json)),
        other => other.into_text(),
    }
}

/// A blank result is kept: a search that gave an empty text found nothing, one without a result is unknown.
fn long_text(value: Value<'_>) -> Option<JsonText<'_>> {
    match value {
        Value::Text(text) => Some(text.text()),
        Value::Nested(json) => Some(JsonText::from(json)),
        Value::Absent | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn flag(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    }
}

fn array<'a>(entries: Entries<'a>) -> Vec<&'a str> {
    match entries {
        Entries::Array(entries) => entries,
        Entries::Absent | Entries::Other => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
