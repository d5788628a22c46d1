//! Entries of `calls[]`, `search_calls[]` and `logs[]`. No client attests their shape, so they are read tolerantly:
//! every name that is in use counts, and an entry of another shape is still an entry.

use std::borrow::Cow;

use mcp_insights_events::{LONGEST_DURATION_MICROS, Timestamp, members};

use crate::LogLine;
use crate::json::{Json, Object};
use crate::result_counts::count_in_entry;
use crate::search_tools::QUERY_MEMBERS;
use crate::silent_failures::said_by;

const NAME_MEMBERS: &[&str] = &["name", "tool", "tool_name"];
const INPUT_MEMBERS: &[&str] = &["args", "arguments", "input"];
const RESULT_MEMBERS: &[&str] = &["result", "output"];
const MESSAGE_MEMBERS: &[&str] = &["message", "text"];
const TIME_MEMBERS: &[&str] = &["at", "timestamp"];

/// One entry of `calls[]`, as received.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallEntry<'a> {
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) ok: Option<bool>,
    /// Whether an error is set, with or without a text.
    pub(crate) has_error: bool,
    pub(crate) error: Option<Cow<'a, str>>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) input: Option<Cow<'a, str>>,
    pub(crate) result: Option<Cow<'a, str>>,
}

/// One entry of `search_calls[]`, as received.
#[derive(Clone, Debug)]
pub(crate) struct SearchEntry<'a> {
    pub(crate) query: Cow<'a, str>,
    pub(crate) count: Option<u64>,
    pub(crate) has_error: bool,
}

impl<'a> CallEntry<'a> {
    pub(crate) fn read(json: &'a str) -> Self {
        let Some(members) = Members::read(json) else {
            return Self { name: text(json), ..Self::default() };
        };
        let error = members.get("error").and_then(Json::read).filter(|json| !json.is_empty());
        Self {
            name: NAME_MEMBERS.iter().find_map(|name| text(members.get(name)?)),
            ok: members.get("ok").and_then(boolean),
            has_error: error.is_some(),
            error: error.and_then(error_text),
            duration_ms: members.get("duration_ms").and_then(milliseconds),
            input: INPUT_MEMBERS.iter().find_map(|name| text_or_json(members.get(name)?)),
            result: RESULT_MEMBERS.iter().find_map(|name| result(members.get(name)?)),
        }
    }
}

impl<'a> SearchEntry<'a> {
    pub(crate) fn read(json: &'a str) -> Self {
        match Json::read(json) {
            Some(Json::Text(text)) => Self { query: text.text, count: None, has_error: false },
            Some(Json::Object(object)) => Self {
                query: query(&object),
                count: count_in_entry(&object),
                has_error: object.get("error").is_some_and(|error| !error.is_empty())
                    || object.get("ok") == Some(&Json::Bool(false)),
            },
            _ => Self { query: Cow::Borrowed(""), count: None, has_error: false },
        }
    }
}

/// The text of a search: the first member that is a text, or a list of keywords, and not blank.
fn query<'a>(object: &Object<'a>) -> Cow<'a, str> {
    let texts = QUERY_MEMBERS.iter().filter_map(|name| match object.get(name)? {
        Json::Text(text) => Some(text.text.clone()),
        Json::Array(keywords) => {
            let keywords: Vec<_> = keywords.items.iter().filter_map(Json::text).collect();
            Some(Cow::Owned(keywords.join(" ")))
        }
        _ => None,
    });
    texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// One entry of `logs[]`; none where it says nothing.
pub(crate) fn log_line(json: &str) -> Option<LogLine<'_>> {
    let Some(members) = Members::read(json) else {
        let message = text_or_json(json)?;
        return Some(LogLine { at: None, level: None, message });
    };
    let message = MESSAGE_MEMBERS.iter().find_map(|name| text_or_json(members.get(name)?));
    Some(LogLine {
        at: TIME_MEMBERS.iter().find_map(|name| Timestamp::parse(&text(members.get(name)?)?).ok()),
        level: members.get("level").and_then(text),
        // Of an entry without a known text nothing is hidden.
        message: message.unwrap_or(Cow::Borrowed(json)),
    })
}

fn error_text(error: Json<'_>) -> Option<Cow<'_, str>> {
    match error {
        Json::Text(text) => Some(text.text),
        Json::Object(object) => said_by(&object).text.map(Cow::Owned),
        Json::Array(array) => array.items.into_iter().find_map(error_text),
        Json::Number(number) => Some(Cow::Borrowed(number)),
        Json::Null | Json::Bool(_) => None,
    }
}

/// A text that is not blank.
fn text(json: &str) -> Option<Cow<'_, str>> {
    if !json.starts_with('"') {
        return None;
    }
    Json::read(json)?.into_text().filter(|text| !text.trim().is_empty())
}

/// A text that is not blank, or the JSON of anything else but `null`.
fn text_or_json(json: &str) -> Option<Cow<'_, str>> {
    match json {
        "null" => None,
        json if json.starts_with('"') => text(json),
        json => Some(Cow::Borrowed(json)),
    }
}

/// As [`text_or_json`], but an empty result says something.
fn result(json: &str) -> Option<Cow<'_, str>> {
    if json.starts_with('"') { Json::read(json)?.into_text() } else { text_or_json(json) }
}

fn boolean(json: &str) -> Option<bool> {
    json.parse().ok()
}

/// Whole milliseconds, cut off; none below zero or above seven days, as of an event.
fn milliseconds(json: &str) -> Option<u64> {
    let number: f64 = json.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "seven days are far below 2^53")]
    let longest = (LONGEST_DURATION_MICROS / 1_000) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    (0.0..=longest).contains(&number).then_some(number as u64)
}

/// The members of an object, each as received.
struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Members<'a> {
    /// None where the value is no object.
    fn read(json: &'a str) -> Option<Self> {
        json.starts_with('{').then(|| Self(members(json).collect()))
    }

    /// Of a name that stands twice the last one.
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, json)| *json)
    }
}
