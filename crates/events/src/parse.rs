//! From the bytes of one record to an [`Event`].

use std::borrow::Cow;
use std::mem::take;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::json::peek_event_id;
use crate::wire::{Entries, MetadataWire, Value, Wire};
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
    std::str::from_utf8(raw).map_err(|error| {
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
            let event_id = wire.event_id.into_text().map(Cow::into_owned);
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
        [("event_id", &wire.event_id), ("kind", &wire.kind), ("started_at", &wire.started_at)];
    if let Some((name, _)) = required.iter().find(|(_, value)| value.is_absent()) {
        return Err((RejectionReason::MissingField, format!("{name} is missing, null or blank")));
    }
    check_types(wire)?;
    let started_at = match text_of(&wire.started_at).map(|text| Timestamp::parse_event_time(&text))
    {
        Some(Ok(time)) => time,
        Some(Err(error @ TimestampError::OutOfRange)) => {
            let detail = format!("started_at {}: {error}", quoted(&wire.started_at));
            return Err((RejectionReason::TimestampOutOfRange, detail));
        }
        Some(Err(TimestampError::Malformed)) | None => {
            return Err(wrong_time("started_at", &wire.started_at));
        }
    };
    let finished_at = if wire.finished_at.is_absent() {
        None
    } else {
        let parsed = text_of(&wire.finished_at).and_then(|text| Timestamp::parse(&text).ok());
        Some(parsed.ok_or_else(|| wrong_time("finished_at", &wire.finished_at))?)
    };
    Ok((started_at, finished_at))
}

fn check_types(wire: &Wire<'_>) -> Result<(), Wrong> {
    let texts = [
        ("event_id", &wire.event_id),
        ("kind", &wire.kind),
        ("mcp_server_id", &wire.mcp_server_id),
        ("actor_id", &wire.actor_id),
        ("session_id_hint", &wire.session_id_hint),
        ("started_at", &wire.started_at),
        ("finished_at", &wire.finished_at),
        ("error", &wire.error),
        ("workflow_run_id", &wire.workflow_run_id),
        ("script_source", &wire.script_source),
    ];
    let flags = [
        ("ok", &wire.ok),
        ("is_workflow", &wire.is_workflow),
        ("script_source_truncated", &wire.script_source_truncated),
        ("result_truncated", &wire.result_truncated),
    ];
    let arrays =
        [("calls", &wire.calls), ("logs", &wire.logs), ("search_calls", &wire.search_calls)];
    let is_text = |value: &Value<'_>| matches!(value, Value::Absent | Value::Text(_));
    let is_flag = |value: &Value<'_>| matches!(value, Value::Absent | Value::Bool(_));
    if let Some((name, value)) = texts.iter().find(|(_, value)| !is_text(value)) {
        return Err(wrong_type(name, "a text", type_name(value)));
    }
    if let Some((name, value)) = flags.iter().find(|(_, value)| !is_flag(value)) {
        return Err(wrong_type(name, "true or false", type_name(value)));
    }
    if !matches!(wire.duration_ms, Value::Absent | Value::Number(_)) {
        return Err(wrong_type("duration_ms", "a number", type_name(&wire.duration_ms)));
    }
    if wire.metadata_is_odd {
        return Err(wrong_type("metadata", "an object", "something else"));
    }
    if let Some((name, _)) = arrays.iter().find(|(_, entries)| matches!(entries, Entries::Other)) {
        return Err(wrong_type(name, "an array", "something else"));
    }
    Ok(())
}

fn wrong_type(name: &str, expected: &str, found: &str) -> Wrong {
    (RejectionReason::WrongType, format!("{name} must be {expected}, but is {found}"))
}

fn wrong_time(name: &str, value: &Value<'_>) -> Wrong {
    let error = TimestampError::Malformed;
    (RejectionReason::WrongType, format!("{name} {}: {error}", quoted(value)))
}

fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Absent => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::Nested(json) if json.starts_with('[') => "an array",
        Value::Nested(_) => "an object",
    }
}

fn text_of<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Text(text) => Some(text.text().into_text()),
        _ => None,
    }
}

/// A value for a message, of bounded length.
fn quoted(value: &Value<'_>) -> String {
    let text = text_of(value).unwrap_or_default();
    let shown: String = text.chars().take(60).collect();
    format!("{shown:?}")
}

fn build<'a>(
    wire: &mut Wire<'a>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
) -> Event<'a> {
    let duration_ms = duration(&wire.duration_ms, started_at, finished_at);
    Event {
        event_id: wire.event_id.into_text().unwrap_or_default(),
        kind: kind_of(wire.kind.into_text().unwrap_or_default()),
        mcp_server_id: wire.mcp_server_id.into_text(),
        actor_id: wire.actor_id.into_text().unwrap_or(Cow::Borrowed(ANONYMOUS)),
        session_id_hint: wire.session_id_hint.into_text(),
        started_at,
        finished_at,
        duration_ms,
        ok: flag(&wire.ok),
        error: wire.error.into_text(),
        is_workflow: flag(&wire.is_workflow),
        workflow_run_id: wire.workflow_run_id.into_text(),
        metadata: metadata_of(&wire.metadata),
        script_source: long_text(wire.script_source).filter(|text| !text.is_blank()),
        script_source_truncated: flag(&wire.script_source_truncated),
        result_preview: long_text(wire.result_preview),
        result_truncated: flag(&wire.result_truncated),
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
    given: &Value<'_>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
) -> Option<u64> {
    const LONGEST_MS: f64 = (LONGEST_DURATION_MICROS / 1000) as f64;
    let span = finished_at.map(|end| end.micros_since(started_at));
    if span.is_some_and(|micros| micros < 0) {
        return None;
    }
    match given {
        Value::Number(number) => (0.0..=LONGEST_MS).contains(number).then_some(*number as u64),
        _ => {
            let micros = span.filter(|micros| *micros <= LONGEST_DURATION_MICROS)?;
            u64::try_from(micros / 1000).ok()
        }
    }
}

fn metadata_of<'a>(wire: &MetadataWire<'a>) -> Metadata<'a> {
    let frustration =
        wire.user_frustration.into_text().or_else(|| wire.frustration_level.into_text());
    Metadata {
        tool_name: wire.tool_name.into_text(),
        user_intent: wire.user_intent.into_text().or_else(|| wire.intent.into_text()),
        agent_thinking: wire.agent_thinking.into_text().or_else(|| wire.context.into_text()),
        user_frustration: frustration.as_deref().and_then(frustration_of),
        input_preview: preview(wire.input_preview),
        input_truncated: wire.input_truncated == Value::Bool(true),
        client_name: wire.client_name.into_text(),
        client_version: wire.client_version.into_text(),
        capability_request: wire.capability_request == Value::Bool(true),
        identifier: wire.identifier.into_text(),
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

fn flag(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

fn array<'a>(entries: Entries<'a>) -> Vec<&'a RawValue> {
    match entries {
        Entries::Array(entries) => entries,
        Entries::Absent | Entries::Other => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
