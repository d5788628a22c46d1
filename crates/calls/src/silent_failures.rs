//! Results that say that their call failed though the client reported success.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use mcp_insights_events::JsonText;

use crate::json::{Json, Object};
use crate::result_counts::begins;

/// A text that begins so, whatever the case, says that the call failed.
const FAILURE_STARTS: &[&str] = &[
    "error:",
    "error executing",
    "error calling",
    "failed to",
    "failure:",
    "exception:",
    "traceback (",
    "tool call timed out",
    "request failed",
    "access denied",
    "permission denied",
    "unauthorized",
];

/// Members that name an error where they are not empty.
const ERROR_MEMBERS: &[&str] = &["error", "errors"];

/// Members that say that the call failed where they are `false`.
const SUCCESS_MEMBERS: &[&str] = &["success", "ok"];

/// Values of `status` that say so, whatever the case, beside one of [`DETAIL_MEMBERS`]: a build that failed is data.
const FAILED_STATUSES: &[&str] = &["error", "failed", "failure"];

/// Members that say what went wrong.
const DETAIL_MEMBERS: &[&str] = &["message", "detail", "details", "reason"];

/// An object with a failed status has at most so many members.
const MOST_STATUS_MEMBERS: usize = 4;

/// A value that speaks for its object has at most so many members.
const MOST_INNER_MEMBERS: usize = 3;

/// Members that may hold a code beside the text.
const CODE_MEMBERS: &[&str] = &["code", "statusCode", "status_code", "status", "error"];

/// Longest failure text that is kept, in bytes.
const LONGEST_TEXT: usize = 4_096;

/// What a result says of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// In words.
    pub(crate) text: Option<String>,
    /// As a code: JSON-RPC or HTTP.
    pub(crate) code: Option<i64>,
}

impl Said {
    pub(crate) fn of_text(text: &str) -> Self {
        let text = text.trim();
        Self { text: (!text.is_empty()).then(|| shortened(text).to_owned()), code: None }
    }

    /// Takes from another saying what this one lacks.
    pub(crate) fn fill_from(&mut self, other: Self) {
        self.text = self.text.take().or(other.text);
        self.code = self.code.or(other.code);
    }
}

/// Whether a text says at its beginning that the call failed.
pub(crate) fn text_fails(text: &str) -> bool {
    let text = text.trim_start();
    FAILURE_STARTS.iter().any(|start| begins(text, start))
}

/// Whether an object itself says that the call failed.
pub(crate) fn object_fails(object: &Object<'_>) -> bool {
    let is = |name: &str, expected: bool| object.get(name) == Some(&Json::Bool(expected));
    let is_set = |name: &&str| object.get(name).is_some_and(|value| !value.is_empty());
    is("isError", true)
        || ERROR_MEMBERS.iter().any(is_set)
        || SUCCESS_MEMBERS.iter().any(|name| is(name, false))
        || (has_failed_status(object)
            && has_at_most(object, MOST_STATUS_MEMBERS)
            && DETAIL_MEMBERS.iter().any(is_set))
}

/// What a result says of a failure, where it itself, all of its `results`, or a small object in it says so.
pub(crate) fn fails(object: &Object<'_>) -> Option<Said> {
    if object_fails(object) {
        return Some(said_by(object));
    }
    if object.is_cut {
        // A part speaks for the whole only where the rest of it is known.
        return None;
    }
    if let Some(results) = object.get("results").and_then(Json::array)
        && results.items.iter().all(|entry| failing_object(entry).is_some())
        && let Some(first) = results.items.first().and_then(failing_object)
    {
        return Some(said_by(first));
    }
    let mut inner = object.members.iter().filter_map(|(_, value)| failing_object(value));
    inner.find(|inner| has_at_most(inner, MOST_INNER_MEMBERS)).map(said_by)
}

fn failing_object<'o, 'a>(json: &'o Json<'a>) -> Option<&'o Object<'a>> {
    json.object().filter(|object| object_fails(object))
}

fn has_failed_status(object: &Object<'_>) -> bool {
    let status = object.get("status").and_then(Json::text);
    status.is_some_and(|status| {
        FAILED_STATUSES.iter().any(|failed| status.trim().eq_ignore_ascii_case(failed))
    })
}

/// Of an object that breaks off it is not known how many members it has.
fn has_at_most(object: &Object<'_>, most: usize) -> bool {
    !object.is_cut && object.members.len() <= most
}

/// What an object says of a failure: its texts, and its code.
pub(crate) fn said_by(object: &Object<'_>) -> Said {
    let mut texts: Vec<String> = Vec::new();
    for name in ERROR_MEMBERS.iter().chain(DETAIL_MEMBERS) {
        if let Some(text) = object.get(name).and_then(|value| text_of(value, 3))
            && !texts.iter().any(|before| before.contains(&text))
        {
            texts.retain(|before| !text.contains(before.as_str()));
            texts.push(text);
        }
    }
    let text = (!texts.is_empty()).then(|| shortened(&texts.join(": ")).to_owned());
    Said { text, code: code_of(object) }
}

fn code_of(object: &Object<'_>) -> Option<i64> {
    let inner = object.get("error").and_then(Json::object);
    inner.into_iter().chain([object]).find_map(|object| {
        CODE_MEMBERS.iter().find_map(|name| match object.get(name)? {
            Json::Number(text) => text.parse().ok(),
            Json::Text(text) => text.text.parse().ok(),
            _ => None,
        })
    })
}

fn text_of(json: &Json<'_>, depth: u32) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match json {
        Json::Text(text) => {
            let text = text.text.trim();
            (!text.is_empty()).then(|| shortened(text).to_owned())
        }
        Json::Array(array) => array.items.iter().find_map(|item| text_of(item, depth)),
        Json::Object(object) => {
            let names =
                DETAIL_MEMBERS.iter().chain(ERROR_MEMBERS).chain(&["msg", "title", "code", "type"]);
            names.filter_map(|name| object.get(name)).find_map(|value| text_of(value, depth))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

fn shortened(text: &str) -> &str {
    (LONGEST_TEXT.saturating_sub(3)..=LONGEST_TEXT)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or(text)
}

/// A result that may say that its call failed; most results hold none of the words, and are not even decoded.
pub(crate) fn failing<'r>(result: &'r JsonText<'_>) -> Option<Cow<'r, str>> {
    if result.escaped().is_some_and(|escaped| !may_fail_escaped(escaped)) {
        return None;
    }
    let text = result.decode();
    may_fail(&text).then_some(text)
}

/// Whether a text may say that its call failed, told without reading it.
///
/// It looks for what every rule above needs: an error or a failed status, a `false` beside a `success` or `ok`, the
/// beginning of a text, or an ASCII letter written as an escape, which could be any of these.
pub(crate) fn may_fail(text: &str) -> bool {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[', '"']) {
        return text_fails(trimmed);
    }
    holds(&WORDS, text)
}

/// As [`may_fail`], of a text with the escapes of its JSON, and `true` where they might hide something.
fn may_fail_escaped(escaped: &str) -> bool {
    let trimmed = escaped.trim_start();
    if trimmed.starts_with(['{', '[']) || trimmed.starts_with("\\\"") {
        return holds(&ESCAPED_WORDS, escaped);
    }
    let beginning = trimmed.as_bytes().iter().take(LONGEST_START);
    beginning.clone().any(|byte| *byte == b'\\') || text_fails(trimmed)
}

/// So many bytes of memory stay with a thread from text to text.
const MOST_KEPT: usize = 64 << 10;

fn holds(words: &Option<AhoCorasick>, text: &str) -> bool {
    thread_local! {
        static LOWER: RefCell<Vec<u8>> = RefCell::default();
    }
    let Some(words) = words else { return true };
    // Words of one case are found many bytes at a time; a search that knows both cases takes four times as long.
    LOWER.with_borrow_mut(|lower| {
        lower.clear();
        lower.shrink_to(MOST_KEPT);
        lower.extend_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        let (mut succeeds, mut is_false) = (false, false);
        for found in words.find_iter(lower.as_slice()) {
            match found.pattern().as_usize() {
                0 => is_false = true,
                1 | 2 => succeeds = true,
                _ => return true,
            }
            if succeeds && is_false {
                return true;
            }
        }
        false
    })
}

/// No beginning in [`FAILURE_STARTS`] is longer.
const LONGEST_START: usize = 32;

/// `false`, and what it must stand beside, come first; the escapes of letters last.
const FAILURE_WORDS: &[&str] = &[
    "false",
    "success",
    "\"ok",
    "rror",
    "fail",
    "exception:",
    "traceback (",
    "timed out",
    "denied",
    "unauthorized",
    "\\u004",
    "\\u005",
    "\\u006",
    "\\u007",
];

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| automaton(&[]));

/// Of a text with its escapes, where marks and spaces may be written as one, too.
static ESCAPED_WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| automaton(&["\\u002", "\\u003"]));

fn automaton(more: &[&str]) -> Option<AhoCorasick> {
    // The vector search stands before no other kind of match.
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::DFA));
    builder.build(FAILURE_WORDS.iter().chain(more)).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn said(text: &str) -> Option<Said> {
        let said = fails(Json::read(text).unwrap().object().unwrap());
        assert!(said.is_none() || may_fail(text), "{text}");
        said
    }

    fn text(text: &str) -> Option<String> {
        said(text).and_then(|said| said.text)
    }

    #[test]
    fn every_beginning_of_a_text_fails_it() {
        for start in FAILURE_STARTS {
            for text in [format!("{start} x"), format!("\n {} x", start.to_uppercase())] {
                assert!(text_fails(&text) && may_fail(&text), "{text}");
                let wrapped = serde_json::json!({"content": [{"text": text}]}).to_string();
                assert!(may_fail(&wrapped), "{wrapped}");
            }
            assert!(!text_fails(&format!("no {start}")), "{start}");
        }
        assert!(!text_fails("Errors are explained here"));
    }

    #[test]
    fn every_member_that_says_so_fails_its_object() {
        let rows = [
            (r#"{"isError":true}"#, true),
            (r#"{"isError":false}"#, false),
            (r#"{"isError":"true"}"#, false),
            (r#"{"error":"boom"}"#, true),
            (r#"{"error":{"code":4}}"#, true),
            (r#"{"error":true}"#, true),
            (r#"{"error":" "}"#, false),
            (r#"{"error":null,"errors":[]}"#, false),
            (r#"{"error":false}"#, false),
            (r#"{"error":{}}"#, false),
            (r#"{"errors":["boom"]}"#, true),
            (r#"{"success":false}"#, true),
            (r#"{"success":true}"#, false),
            (r#"{"success":"false"}"#, false),
            (r#"{"ok":false}"#, true),
            (r#"{"ok":true,"closed":false}"#, false),
        ];
        for (text, expected) in rows {
            assert_eq!(said(text).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn a_failed_status_needs_a_detail_and_few_members() {
        for status in FAILED_STATUSES {
            for detail in DETAIL_MEMBERS {
                let text = format!(r#"{{"status":"{status}","{detail}":"boom","a":1,"b":2}}"#);
                assert!(said(&text).is_some(), "{text}");
                let many =
                    format!(r#"{{"status":"{status}","{detail}":"boom","a":1,"b":2,"c":3}}"#);
                assert!(said(&many).is_none(), "{many}");
            }
            assert!(said(&format!(r#"{{"status":"{status}","id":7}}"#)).is_none());
        }
        assert!(said(r#"{"status":"done","message":"boom"}"#).is_none());
        assert!(said(r#"{"status":"failed","message":"boom","log":"a lo"#).is_none());
    }

    #[test]
    fn one_level_down_all_results_or_a_small_object_must_say_so() {
        let rows = [
            (r#"{"results":[{"success":false,"error":"a"},{"error":"b"}],"x":1}"#, true),
            (r#"{"results":[{"success":false},{"id":1}]}"#, false),
            (r#"{"results":[]}"#, false),
            (r#"{"results":["error"]}"#, false),
            (r#"{"results":[{"error":"a"},{"source":"b"#, false),
            (r#"{"address":{"error":"a"},"places":[{"id":1"#, false),
            (r#"{"error":"a","places":[{"id":1"#, true),
            (r#"{"items":[{"error":"a"}]}"#, false),
            (r#"{"data":{"error":"a","b":1,"c":2},"x":1,"y":2}"#, true),
            (r#"{"data":{"error":"a","b":1,"c":2,"d":3}}"#, false),
            (r#"{"data":{"status":"failed","message":"a"}}"#, true),
            (r#"{"a":{"b":{"error":"c"}}}"#, false),
        ];
        for (text, expected) in rows {
            assert_eq!(said(text).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn what_went_wrong_is_read_from_every_usual_shape() {
        let rows = [
            (r#"{"error":"boom"}"#, Some("boom")),
            (r#"{"error":{"code":-32602,"message":"boom"}}"#, Some("boom")),
            (
                r#"{"error":"not_found","message":"No such issue"}"#,
                Some("not_found: No such issue"),
            ),
            (r#"{"error":"boom","message":"a boom!"}"#, Some("a boom!")),
            (r#"{"errors":[{"message":"boom"},{"message":"bang"}]}"#, Some("boom")),
            (r#"{"success":false,"detail":[{"msg":"field required"}]}"#, Some("field required")),
            (r#"{"success":false,"reason":"boom"}"#, Some("boom")),
            (r#"{"error":{"code":"NOT_FOUND"}}"#, Some("NOT_FOUND")),
            (r#"{"results":[{"success":false,"error":"boom"}]}"#, Some("boom")),
            (r#"{"data":{"error":"boom"}}"#, Some("boom")),
            (r#"{"success":false}"#, None),
        ];
        for (row, expected) in rows {
            assert_eq!(text(row).as_deref(), expected, "{row}");
        }
    }

    #[test]
    fn codes_are_read() {
        let rows = [
            (r#"{"error":{"code":-32602,"message":"boom"}}"#, Some(-32602)),
            (r#"{"error":true,"statusCode":404}"#, Some(404)),
            (r#"{"error":503}"#, Some(503)),
            (r#"{"error":true,"code":"429"}"#, Some(429)),
            (r#"{"error":true}"#, None),
        ];
        for (row, expected) in rows {
            assert_eq!(said(row).and_then(|said| said.code), expected, "{row}");
        }
    }

    #[test]
    fn results_without_a_word_of_failure_are_not_read() {
        let rows = [
            (r#"{"results":[{"title":"Webhooks"}],"ok":true}"#, false),
            (r#"{"closed":false,"title":"Dark mode"}"#, false),
            (r#"{"title":"\u8ab2\u00e9"}"#, false),
            (r#"{"\u0065rror":"x"}"#, true),
            (r#"{"ok" : false}"#, true),
            (r#"{"content":[{"text":"{\"success\":false}"}]}"#, true),
            ("plain text about an error", false),
        ];
        for (text, expected) in rows {
            assert_eq!(may_fail(text), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let long = "é".repeat(LONGEST_TEXT);
        let said = Said::of_text(&format!("a{long}")).text.unwrap();
        assert_eq!(said.len(), LONGEST_TEXT - 1);
    }
}
