//! One event as a line of JSON, as the SDKs send it.

use super::json::{Escapes, cut, push_number, push_string};

/// What the official SDKs keep of a text, in bytes.
pub(crate) const PREVIEW_BYTES: usize = 8_192;

/// What one session's events have in common.
pub(crate) struct Sender {
    /// Python stamps have six decimals and ASCII previews; TypeScript three, and MCP envelopes.
    pub(crate) python: bool,
    /// Whether a TypeScript server gives its results as `structuredContent` too.
    pub(crate) structured: bool,
    pub(crate) server: Option<String>,
    pub(crate) actor: String,
    pub(crate) hint: Option<String>,
    pub(crate) client: Option<(&'static str, &'static str)>,
    /// Whether each call names the client, not the `session_init` alone.
    pub(crate) client_on_calls: bool,
    /// Whether the client declares the user's frustration.
    pub(crate) declares_frustration: bool,
    pub(crate) workflow: Option<String>,
}

impl Sender {
    pub(crate) fn escapes(&self) -> Escapes {
        if self.python { Escapes::Ascii } else { Escapes::Utf8 }
    }

    /// A result value (JSON) as this SDK previews it.
    pub(crate) fn result(&self, value: &str) -> String {
        if self.python {
            return value.to_owned();
        }
        let mut out = String::with_capacity(value.len() * 2 + 64);
        out.push_str("{\"content\":[{\"type\":\"text\",\"text\":");
        push_string(&mut out, value, Escapes::Utf8);
        if self.structured {
            out.push_str("}],\"structuredContent\":");
            out.push_str(value);
            out.push('}');
        } else {
            out.push_str("}]}");
        }
        out
    }

    /// A plain text as this SDK previews it; `failed` adds the mark of a failed call.
    pub(crate) fn text_result(&self, text: &str, failed: bool) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        if self.python && !failed {
            push_string(&mut out, text, Escapes::Ascii);
            return out;
        }
        out.push_str("{\"content\":[{\"type\":\"text\",\"text\":");
        push_string(&mut out, text, self.escapes());
        out.push_str(if failed { "}],\"isError\":true}" } else { "}]}" });
        out
    }
}

/// One event's own fields.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    pub(crate) id: String,
    pub(crate) kind: &'a str,
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) ok: bool,
    pub(crate) error: Option<String>,
    pub(crate) tool: &'a str,
    pub(crate) intent: Option<&'a str>,
    pub(crate) thinking: Option<&'a str>,
    pub(crate) frustration: Option<&'a str>,
    pub(crate) input: &'a str,
    pub(crate) capability_request: bool,
    pub(crate) identifier: Option<String>,
    pub(crate) script: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) calls: String,
    pub(crate) logs: String,
    pub(crate) search_calls: String,
}

impl Draft<'_> {
    /// The event as JSON in one line, without a line end.
    pub(crate) fn line(mut self, sender: &Sender) -> String {
        let mut out = String::with_capacity(1_400);
        let truncated = self.result.as_mut().is_some_and(|result| cut(result, PREVIEW_BYTES));
        out.push_str("{\"event_id\":\"");
        out.push_str(&self.id);
        out.push_str("\",\"kind\":\"");
        out.push_str(self.kind);
        out.push_str("\",\"actor_id\":\"");
        out.push_str(&sender.actor);
        out.push_str("\",\"session_id_hint\":");
        let hint = if self.kind == "actor_identity" { None } else { sender.hint.as_deref() };
        push_optional(&mut out, hint);
        if let Some(server) = &sender.server {
            out.push_str(",\"mcp_server_id\":\"");
            out.push_str(server);
            out.push('"');
        }
        if let Some(run) = &sender.workflow {
            out.push_str(",\"is_workflow\":true,\"workflow_run_id\":\"");
            out.push_str(run);
            out.push('"');
        }
        out.push_str(",\"started_at\":\"");
        push_time(&mut out, self.start, sender.python);
        out.push_str("\",\"finished_at\":\"");
        push_time(&mut out, self.start + self.duration, sender.python);
        out.push_str("\",\"duration_ms\":");
        push_number(&mut out, self.duration / 1000);
        out.push_str(if self.ok { ",\"ok\":true,\"error\":" } else { ",\"ok\":false,\"error\":" });
        push_optional(&mut out, self.error.as_deref());
        out.push_str(",\"metadata\":{");
        self.push_metadata(&mut out, sender);
        out.push_str("},\"script_source\":");
        self.push_script(&mut out, sender);
        out.push_str(",\"script_source_truncated\":false,\"result_preview\":");
        push_optional(&mut out, self.result.as_deref());
        out.push_str(if truncated {
            ",\"result_truncated\":true"
        } else {
            ",\"result_truncated\":false"
        });
        for (name, list) in
            [("calls", &self.calls), ("logs", &self.logs), ("search_calls", &self.search_calls)]
        {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":[");
            out.push_str(list);
            out.push(']');
        }
        out.push('}');
        out
    }

    fn push_metadata(&self, out: &mut String, sender: &Sender) {
        match self.kind {
            "session_init" => {
                push_member(out, "client_name", sender.client.map(|(name, _)| name));
                push_member(out, "client_version", sender.client.map(|(_, version)| version));
                out.push_str(
                    "\"protocol_version\":\"2025-11-25\",\"capabilities\":{},\"user_agent\":null",
                );
                return;
            }
            "actor_identity" => {
                push_member(out, "identifier", self.identifier.as_deref());
                out.pop();
                return;
            }
            _ => {}
        }
        push_member(out, "tool_name", Some(self.tool));
        push_member(out, "user_intent", self.intent);
        push_member(out, "agent_thinking", self.thinking);
        if sender.declares_frustration {
            push_member(out, "user_frustration", self.frustration);
        }
        push_member(out, "intent", self.intent);
        push_member(out, "context", self.thinking);
        push_member(out, "input_preview", Some(self.input));
        if sender.client_on_calls {
            push_member(out, "client_name", sender.client.map(|(name, _)| name));
            push_member(out, "client_version", sender.client.map(|(_, version)| version));
            out.push_str("\"protocol_version\":\"2026-07-28\",");
        }
        if self.capability_request {
            out.push_str("\"capability_request\":true,");
        }
        out.pop();
    }

    fn push_script(&self, out: &mut String, sender: &Sender) {
        if let Some(script) = &self.script {
            push_string(out, script, sender.escapes());
        } else if self.kind == "tool_call" {
            out.push_str("\"MCP tool call: ");
            out.push_str(self.tool);
            out.push_str("\\n\\nInput:\\n");
            let from = out.len();
            push_string(out, self.input, Escapes::Utf8);
            out.remove(from);
        } else {
            out.push_str("null");
        }
    }
}

fn push_optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => push_string(out, text, Escapes::Utf8),
        None => out.push_str("null"),
    }
}

fn push_member(out: &mut String, name: &str, text: Option<&str>) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    push_optional(out, text);
    out.push(',');
}

/// RFC 3339 in UTC; the civil date by Howard Hinnant's algorithm (`days_from_civil` turned around).
pub(crate) fn push_time(out: &mut String, micros: u64, six_decimals: bool) {
    let seconds = micros / 1_000_000;
    let shifted = seconds / 86_400 + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let fraction = micros % 1_000_000;
    for (number, digits, after) in [
        (year, 4, "-"),
        (month, 2, "-"),
        (day, 2, "T"),
        (seconds / 3_600 % 24, 2, ":"),
        (seconds / 60 % 60, 2, ":"),
        (seconds % 60, 2, "."),
        if six_decimals { (fraction, 6, "Z") } else { (fraction / 1_000, 3, "Z") },
    ] {
        let mut unit = 10_u64.pow(digits - 1);
        while unit > 0 {
            out.push(char::from(b'0' + (number / unit % 10) as u8));
            unit /= 10;
        }
        out.push_str(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_civil_date() {
        for (micros, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_827_696_123_456, "2000-02-29T12:34:56.123456Z"),
            (1_782_863_999_999_999, "2026-06-30T23:59:59.999999Z"),
        ] {
            let mut out = String::new();
            push_time(&mut out, micros, true);
            assert_eq!(out, expected);
        }
    }
}
