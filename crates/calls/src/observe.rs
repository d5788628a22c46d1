//! From an event to what it says.

use std::borrow::Cow;
use std::sync::LazyLock;

use mcp_insights_events::{Event, JsonText, Kind};
use memchr::memmem;

use crate::entries::{CallEntry, SearchEntry, log_line};
use crate::failures::classify_with_code;
use crate::inputs::{Digest, Input};
use crate::requests::{longest_text, named_text, request_text};
use crate::results::{ResultReading, read_result};
use crate::search_tools::{QUERY_ARGUMENTS, Searches, ToolName, searches};
use crate::silent_failures::{Said, failing};
use crate::{
    CapabilityRequest, LogLine, MissKind, Observation, Rules, Search, SearchKind, SearchSource,
    ToolCall,
};

/// What clients put in the place of a secret, up to its name.
const SECRET_MARKER: &[u8] = b"[redacted:";

/// Everything that an event says: its tool calls, searches and capability request.
///
/// It depends on the event and the rules alone. An event that is no work says nothing but whether it holds a secret.
/// It takes a few microseconds; only results that may say that their call failed, and those of searches, are read.
#[must_use]
pub fn observe<'a>(event: &'a Event<'a>, rules: &Rules) -> Observation<'a> {
    let mut observation = read(event, rules).observation;
    observation.has_secret = has_secret(event);
    observation
}

/// The log lines of an event, in order: entries of `logs[]` that are objects or plain texts.
#[must_use]
pub fn log_lines<'a>(event: &'a Event<'a>) -> Vec<LogLine<'a>> {
    event.logs.iter().filter_map(|raw| log_line(raw)).collect()
}

/// Whether a marker of a removed secret stands in the bytes of an event.
pub(crate) fn has_secret_in(raw: &[u8]) -> bool {
    static MARKER: LazyLock<memmem::Finder<'static>> =
        LazyLock::new(|| memmem::Finder::new(SECRET_MARKER));
    MARKER.find(raw).is_some()
}

fn has_secret(event: &Event<'_>) -> bool {
    let metadata = &event.metadata;
    let long = [&event.script_source, &event.result_preview];
    let texts = [
        &event.error,
        &metadata.user_intent,
        &metadata.agent_thinking,
        &metadata.input_preview,
        &metadata.identifier,
        &metadata.tool_name,
    ];
    let entries = event.calls.iter().chain(&event.logs).chain(&event.search_calls);
    long.into_iter().flatten().any(|text| has_secret_in(text.decode().as_bytes()))
        || texts.into_iter().flatten().any(|text| has_secret_in(text.as_bytes()))
        || entries.into_iter().any(|raw| has_secret_in(raw.as_bytes()))
}

/// An observation without the look for secrets, and what its calls were given.
#[derive(Debug, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) observation: Observation<'a>,
    /// Of each call.
    pub(crate) digests: Vec<Digest>,
}

/// Reads an event.
pub(crate) fn read<'a>(event: &'a Event<'a>, rules: &Rules) -> Reading<'a> {
    let mut reading = Reading::default();
    if !event.is_work() {
        return reading;
    }
    let is_call = match &event.kind {
        Kind::ToolCall if event.metadata.capability_request => {
            reading.observation.request = request(event);
            return reading;
        }
        Kind::ToolCall => true,
        Kind::ExecuteScript => event.calls.is_empty(),
        Kind::SessionInit | Kind::ActorIdentity | Kind::Other(_) => false,
    };
    if is_call {
        // A vector that grows begins with room for several.
        reading.observation.calls.reserve_exact(1);
        reading.digests.reserve_exact(1);
        reading.add(event_call(event), rules);
    } else if event.kind == Kind::ExecuteScript {
        for (entry, raw) in event.calls.iter().enumerate() {
            reading.add(entry_call(entry, CallEntry::read(raw)), rules);
        }
    }
    if !event.search_calls.is_empty() {
        let observation = &mut reading.observation;
        observation.searches =
            event.search_calls.iter().map(|raw| entry_search(raw, is_call)).collect();
        if is_call {
            observation.calls.iter_mut().for_each(|call| call.looks_for_tool = true);
        }
    }
    reading
}

/// A capability request that did not fail.
fn request<'a>(event: &'a Event<'a>) -> Option<CapabilityRequest<'a>> {
    if event.reports_failure() {
        return None;
    }
    if event.ok == Some(true)
        && let Some(result) = event.result_preview.as_ref().and_then(failing)
        && read_result(&result, is_cut(event), false).failure.is_some()
    {
        return None;
    }
    let input = event.metadata.input_preview.as_deref().unwrap_or("");
    let text = request_text(&Input::read(input, event.metadata.input_truncated));
    Some(CapabilityRequest { text: text.map(Cow::Owned) })
}

fn is_cut(event: &Event<'_>) -> bool {
    event.result_truncated == Some(true)
}

/// A call as received, and whether the client says that its texts were cut.
struct Received<'a> {
    call: ToolCall<'a>,
    /// Whether its input is a script, which is no JSON even where it begins like one.
    is_script: bool,
    result_is_cut: bool,
}

fn event_call<'a>(event: &'a Event<'a>) -> Received<'a> {
    let borrow = |text: &'a Option<Cow<'a, str>>| text.as_deref().map(Cow::Borrowed);
    let metadata = &event.metadata;
    let mut call = ToolCall {
        entry: None,
        tool_name: borrow(&metadata.tool_name),
        ok: event.ok,
        reported_failure: event.reports_failure(),
        error: borrow(&event.error),
        duration_ms: event.duration_ms,
        input: borrow(&metadata.input_preview),
        input_truncated: metadata.input_truncated,
        result: event.result_preview.clone(),
        ..ToolCall::default()
    };
    let is_script = event.kind == Kind::ExecuteScript && call.input.is_none();
    if is_script {
        // What a script is given is itself.
        call.input = event.script_source.clone().map(JsonText::into_text);
        call.input_truncated |= event.script_source_truncated == Some(true);
    }
    Received { call, is_script, result_is_cut: is_cut(event) }
}

fn entry_call(entry: usize, received: CallEntry<'_>) -> Received<'_> {
    let call = ToolCall {
        entry: u32::try_from(entry).ok(),
        tool_name: received.name,
        ok: received.ok,
        reported_failure: received.ok == Some(false) || received.has_error,
        error: received.error,
        duration_ms: received.duration_ms,
        input: received.input,
        result: received.result.map(JsonText::from),
        ..ToolCall::default()
    };
    Received { call, is_script: false, result_is_cut: false }
}

fn entry_search(json: &str, is_call: bool) -> Search<'_> {
    let SearchEntry { query, count, has_error } = SearchEntry::read(json);
    Search {
        source: SearchSource::SearchCalls,
        kind: SearchKind::Discovery,
        call: is_call.then_some(0),
        query,
        result_count: count,
        miss: miss(has_error, count),
    }
}

fn miss(broke: bool, count: Option<u64>) -> Option<MissKind> {
    match count {
        _ if broke => Some(MissKind::Error),
        Some(0) => Some(MissKind::NoResults),
        _ => None,
    }
}

impl<'a> Reading<'a> {
    fn add(&mut self, received: Received<'a>, rules: &Rules) {
        let Received { mut call, is_script, result_is_cut } = received;
        let number = u32::try_from(self.observation.calls.len()).ok();
        let (digest, query) = {
            let text = call.input.as_deref().unwrap_or("");
            let input = if is_script {
                Input::of_script(text, call.input_truncated)
            } else {
                Input::read(text, call.input_truncated)
            };
            call.input_truncated = input.is_cut;
            (input.digest(), query(call.tool_name.as_deref(), &input, rules))
        };
        let count = call.judge(query.is_some(), result_is_cut);
        if let Some((text, name)) = query {
            call.is_search = true;
            call.looks_for_tool = name.looks_for_tool;
            self.observation.searches.push(Search {
                source: SearchSource::ToolCall,
                kind: name.kind,
                call: number,
                query: Cow::Owned(text),
                result_count: count.filter(|_| !call.failed()),
                miss: miss(call.failed(), count),
            });
        }
        self.observation.calls.push(call);
        self.digests.push(digest);
    }
}

/// What a call of a search tool looks for; none where it is none.
fn query(tool: Option<&str>, input: &Input<'_>, rules: &Rules) -> Option<(String, ToolName)> {
    let tool = tool?;
    let name = ToolName::read(tool);
    let how = searches(tool, name, rules);
    let arguments = input.object();
    let named = |arguments| named_text(arguments, QUERY_ARGUMENTS);
    let text = match how {
        Searches::No => None,
        Searches::ByName => arguments.and_then(named),
        Searches::ByRule => match arguments {
            Some(arguments) => named(arguments).or_else(|| longest_text(arguments)),
            None => input.plain().filter(|text| !text.trim().is_empty()),
        },
    };
    Some((text?.to_owned(), name))
}

impl ToolCall<'_> {
    /// Reads the result where anything depends on it, and says why the call failed where it did. Returns how much it
    /// holds, where the call is a search.
    fn judge(&mut self, is_search: bool, result_is_cut: bool) -> Option<u64> {
        let explains = self.reported_failure && self.error.is_none();
        let told = self.result.as_ref().and_then(|result| {
            if explains || (is_search && !self.reported_failure) {
                Some(result.decode())
            } else if self.reported_failure {
                None
            } else {
                failing(result)
            }
        });
        let reading = told.map_or_else(ResultReading::default, |result| {
            read_result(&result, result_is_cut, self.reported_failure)
        });
        self.silent_failure =
            !self.reported_failure && self.ok == Some(true) && reading.failure.is_some();
        if self.failed() {
            let Said { text, code } = reading.failure.unwrap_or_default();
            let text = match &self.error {
                Some(error) => Some(error.to_string()),
                None => text,
            };
            self.failure_class = Some(classify_with_code(text.as_deref().unwrap_or(""), code));
            self.failure_text = text.map(Cow::Owned);
        }
        reading.count
    }
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
