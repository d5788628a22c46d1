//! The fields of a record as they came, before any of them is judged.

use std::borrow::Cow;

use crate::JsonText;
use crate::json::{elements, inner, members};
use crate::scan::depth;

mod fast;

/// A text as it stands between its quotes. It owns nothing, so that a record's fields are moved and dropped for nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quoted<'a> {
    pub(crate) inner: &'a str,
    pub(crate) has_escapes: bool,
}

impl<'a> Quoted<'a> {
    pub(crate) fn text(self) -> JsonText<'a> {
        JsonText::of_inner(self.inner, self.has_escapes)
    }

    pub(crate) fn is_blank(self) -> bool {
        // Few texts need more than a look at their first byte: neither white space nor the beginning of an escape.
        let first = self.inner.as_bytes().first();
        let is_visible = first.is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'\\');
        !is_visible && self.text().is_blank()
    }
}

/// One value as far as a native field can hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value<'a> {
    /// Absent or null.
    #[default]
    Absent,
    Bool(bool),
    /// A number; one too large for a float is infinite.
    Number(f64),
    Text(Quoted<'a>),
    /// An array or an object, or what else is kept as the JSON that came.
    Nested(&'a str),
}

impl<'a> Value<'a> {
    /// The text, where it is one that is not blank.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) if text.is_blank() => None,
            Self::Text(Quoted { inner, has_escapes: false }) => Some(Cow::Borrowed(inner)),
            Self::Text(text) => Some(text.text().into_text()),
            _ => None,
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(text) => text.is_blank(),
            _ => false,
        }
    }
}

/// The known fields of `metadata`.
#[derive(Debug, Default)]
pub(crate) struct MetadataWire<'a>([Value<'a>; MetadataField::Unknown as usize]);

impl<'a> MetadataWire<'a> {
    pub(crate) fn value(&self, field: MetadataField) -> Value<'a> {
        self.0.get(field as usize).copied().unwrap_or_default()
    }

    fn slot(&mut self, field: MetadataField) -> Option<&mut Value<'a>> {
        self.0.get_mut(field as usize)
    }
}

/// An array of a record, each entry as received.
#[derive(Debug, Default)]
pub(crate) enum Entries<'a> {
    /// Absent or null.
    #[default]
    Absent,
    Array(Vec<&'a str>),
    /// Something else than an array.
    Other,
}

/// The known fields of a record.
#[derive(Debug, Default)]
pub(crate) struct Wire<'a> {
    values: [Value<'a>; Field::Metadata as usize],
    pub(crate) metadata: MetadataWire<'a>,
    /// Whether `metadata` is something else than an object or null.
    pub(crate) metadata_is_odd: bool,
    pub(crate) calls: Entries<'a>,
    pub(crate) logs: Entries<'a>,
    pub(crate) search_calls: Entries<'a>,
    /// Whether `event_id`, `kind` or `started_at` stands there, null or not.
    pub(crate) is_event: bool,
    /// Whether a key of a container stands before any key of an event.
    pub(crate) may_contain: bool,
    /// The deepest nesting seen, the record itself included.
    pub(crate) depth: usize,
}

/// A name at the top of a record. Those of [`Value`]s come first: their numbers are their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    EventId,
    Kind,
    StartedAt,
    McpServerId,
    ActorId,
    SessionIdHint,
    FinishedAt,
    DurationMs,
    Ok,
    Error,
    IsWorkflow,
    WorkflowRunId,
    ScriptSource,
    ScriptSourceTruncated,
    ResultPreview,
    ResultTruncated,
    Metadata,
    Calls,
    Logs,
    SearchCalls,
    Container,
    Unknown,
}

impl Field {
    fn of(name: &str) -> Self {
        match name {
            "event_id" => Self::EventId,
            "kind" => Self::Kind,
            "mcp_server_id" => Self::McpServerId,
            "actor_id" => Self::ActorId,
            "session_id_hint" => Self::SessionIdHint,
            "started_at" => Self::StartedAt,
            "finished_at" => Self::FinishedAt,
            "duration_ms" => Self::DurationMs,
            "ok" => Self::Ok,
            "error" => Self::Error,
            "is_workflow" => Self::IsWorkflow,
            "workflow_run_id" => Self::WorkflowRunId,
            "script_source" => Self::ScriptSource,
            "script_source_truncated" => Self::ScriptSourceTruncated,
            "result_preview" => Self::ResultPreview,
            "result_truncated" => Self::ResultTruncated,
            "metadata" => Self::Metadata,
            "calls" => Self::Calls,
            "logs" => Self::Logs,
            "search_calls" => Self::SearchCalls,
            "events" | "body" => Self::Container,
            _ => Self::Unknown,
        }
    }
}

impl<'a> Wire<'a> {
    /// Notes what a key says about the record.
    #[inline]
    fn note(&mut self, field: Field) {
        match field {
            Field::EventId | Field::Kind | Field::StartedAt => self.is_event = true,
            // The same order of keys decides for a container that is too large for memory: see `EVENT_KEYS`.
            Field::Container if !self.is_event && self.value(Field::ActorId).is_absent() => {
                self.may_contain = true;
            }
            _ => {}
        }
    }

    pub(crate) fn value(&self, field: Field) -> Value<'a> {
        self.values.get(field as usize).copied().unwrap_or_default()
    }

    fn slot(&mut self, field: Field) -> Option<&mut Value<'a>> {
        self.values.get_mut(field as usize)
    }

    fn entries(&mut self, field: Field) -> Option<&mut Entries<'a>> {
        Some(match field {
            Field::Calls => &mut self.calls,
            Field::Logs => &mut self.logs,
            Field::SearchCalls => &mut self.search_calls,
            _ => return None,
        })
    }

    /// Reads the fields in one pass; none where the thorough reader must look.
    ///
    /// It fills what is there: the fields take a kilobyte, which is not moved about.
    pub(crate) fn read(&mut self, text: &'a str) -> Option<()> {
        fast::read(text, self)
    }

    /// Reads the fields of an object whose JSON is known to be valid, also where it holds numbers or
    /// halves of surrogate pairs that Rust has no value for.
    pub(crate) fn read_thoroughly(text: &'a str) -> Self {
        let mut wire = Self { depth: depth(text.as_bytes()), ..Self::default() };
        for (key, json) in members(text) {
            let field = Field::of(&key);
            wire.note(field);
            if let Some(slot) = wire.slot(field) {
                let is_kept = matches!(field, Field::ResultPreview);
                *slot = if is_kept { preview_of(json) } else { value_of(json) };
            } else if let Some(entries) = wire.entries(field) {
                *entries = entries_of(json);
            } else if matches!(field, Field::Metadata) {
                wire.metadata_is_odd = !(json.starts_with('{') || json == "null");
                wire.metadata = MetadataWire::default();
                for (key, json) in members(json) {
                    let field = MetadataField::of(&key);
                    if let Some(slot) = wire.metadata.slot(field) {
                        let is_kept = matches!(field, MetadataField::InputPreview);
                        *slot = if is_kept { preview_of(json) } else { value_of(json) };
                    }
                }
            }
        }
        wire
    }
}

/// A name of `metadata`, in the order of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetadataField {
    ToolName,
    UserIntent,
    Intent,
    AgentThinking,
    Context,
    UserFrustration,
    FrustrationLevel,
    InputPreview,
    InputTruncated,
    ClientName,
    ClientVersion,
    CapabilityRequest,
    Identifier,
    Unknown,
}

impl MetadataField {
    fn of(name: &str) -> Self {
        match name {
            "tool_name" => Self::ToolName,
            "user_intent" => Self::UserIntent,
            "intent" => Self::Intent,
            "agent_thinking" => Self::AgentThinking,
            "context" => Self::Context,
            "user_frustration" => Self::UserFrustration,
            "frustration_level" => Self::FrustrationLevel,
            "input_preview" => Self::InputPreview,
            "input_truncated" => Self::InputTruncated,
            "client_name" => Self::ClientName,
            "client_version" => Self::ClientVersion,
            "capability_request" => Self::CapabilityRequest,
            "identifier" => Self::Identifier,
            _ => Self::Unknown,
        }
    }
}

fn value_of(json: &str) -> Value<'_> {
    match json.as_bytes().first() {
        None | Some(b'n') => Value::Absent,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') => inner(json).map_or(Value::Absent, |inner| {
            Value::Text(Quoted { inner, has_escapes: inner.contains('\\') })
        }),
        Some(b'{' | b'[') => Value::Nested(json),
        Some(_) => Value::Number(json.parse().unwrap_or(f64::NAN)),
    }
}

/// A preview that is no text stays the JSON that came.
fn preview_of(json: &str) -> Value<'_> {
    match value_of(json) {
        value @ (Value::Absent | Value::Text(_)) => value,
        _ => Value::Nested(json),
    }
}

fn entries_of(json: &str) -> Entries<'_> {
    if json.starts_with('[') {
        Entries::Array(elements(json).collect())
    } else if json == "null" {
        Entries::Absent
    } else {
        Entries::Other
    }
}
