//! What a result says, once the wrappings of clients and servers are off.

use crate::json::{Json, Object};
use crate::result_counts::{count_in_array, count_in_object, count_in_text};
use crate::silent_failures::{Said, fails, object_fails, said_by, text_fails};

/// So many wrappings are taken off a result.
const WRAPPINGS: u32 = 3;

/// Members of the result of a tool as the protocol defines it. An object with others is data of its own.
const ENVELOPE_MEMBERS: &[&str] = &["content", "structuredContent", "isError", "_meta", "meta"];

/// What a result says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResultReading {
    /// What it says of a failure, where it says that the call failed.
    pub(crate) failure: Option<Said>,
    /// How much a search found, by this result.
    pub(crate) count: Option<u64>,
}

/// Reads a result. `is_cut` is what the client says of it, `failed` whether the call is known to have failed, so
/// that whatever the result says is said of the failure.
pub(crate) fn read_result(text: &str, is_cut: bool, failed: bool) -> ResultReading {
    // Items of arrays behind the first never say that there is a failure where the others say none, and of a count nothing. But they
    // say more of one, and may say that there is none after all: all of `results` have to fail.
    let outline = Layers { in_outline: true, left: WRAPPINGS };
    let whole = Layers { in_outline: false, ..outline };
    if failed {
        return read_text(text, is_cut, failed, whole);
    }
    match read_text(text, is_cut, failed, outline) {
        ResultReading { failure: Some(_), .. } => read_text(text, is_cut, failed, whole),
        reading => reading,
    }
}

/// How the layers of a result are read, and how many wrappings may be left.
#[derive(Clone, Copy)]
struct Layers {
    /// Whether of an array the first item only is read.
    in_outline: bool,
    left: u32,
}

impl Layers {
    fn read(self, text: &str) -> Option<Json<'_>> {
        if self.in_outline { Json::outline(text) } else { Json::read(text) }
    }

    /// For what is inside of a wrapping; none where that is not to be taken off.
    fn inner(self) -> Option<Self> {
        Some(Self { left: self.left.checked_sub(1)?, ..self })
    }
}

fn read_text(text: &str, is_cut: bool, failed: bool, layers: Layers) -> ResultReading {
    match layers.read(text) {
        Some(json) => read_json(&json, is_cut, failed, layers),
        None => read_plain(text, is_cut, failed),
    }
}

fn read_plain(text: &str, is_cut: bool, failed: bool) -> ResultReading {
    let failure = (failed || text_fails(text)).then(|| Said::of_text(text));
    ResultReading { failure, count: count_in_text(text, is_cut) }
}

fn read_json(json: &Json<'_>, is_cut: bool, failed: bool, layers: Layers) -> ResultReading {
    match json {
        Json::Text(text) => match layers.inner() {
            Some(inner) => read_text(&text.text, text.is_cut || is_cut, failed, inner),
            None => read_plain(&text.text, text.is_cut || is_cut, failed),
        },
        Json::Object(object) => read_object(object, is_cut, failed, layers),
        Json::Array(array) => {
            ResultReading { failure: failed.then(Said::default), count: count_in_array(array) }
        }
        Json::Null => ResultReading { failure: failed.then(Said::default), count: Some(0) },
        Json::Bool(_) | Json::Number(_) => {
            ResultReading { failure: failed.then(Said::default), count: None }
        }
    }
}

fn read_object(object: &Object<'_>, is_cut: bool, failed: bool, layers: Layers) -> ResultReading {
    let failed = failed || object_fails(object);
    let inner = layers.inner().and_then(|inner| unwrap(object, is_cut, failed, inner));
    if let Some(mut inner) = inner {
        if let Some(failure) = &mut inner.failure {
            failure.fill_from(said_by(object));
        }
        return inner;
    }
    let failure = if failed { Some(said_by(object)) } else { fails(object) };
    ResultReading { failure, count: count_in_object(object) }
}

/// What is inside of an envelope; none where the object is none.
fn unwrap(
    object: &Object<'_>,
    is_cut: bool,
    failed: bool,
    layers: Layers,
) -> Option<ResultReading> {
    if let Some(structured) = object.get("structuredContent").filter(|json| **json != Json::Null) {
        let mut inner = read_json(structured, is_cut, failed, layers);
        if let Some(failure) = &mut inner.failure
            && failure.text.is_none()
        {
            failure.text = first_text(object).map(|(text, _)| text.to_owned());
        }
        return Some(inner);
    }
    let (text, text_is_cut) = first_text(object)?;
    let is_cut = is_cut || text_is_cut;
    match layers.read(text) {
        Some(json) => Some(read_json(&json, is_cut, failed, layers)),
        None if is_envelope(object) => Some(read_plain(text, is_cut, failed)),
        None => None,
    }
}

/// The text of the first block of `content`, and whether it breaks off.
fn first_text<'o>(object: &'o Object<'_>) -> Option<(&'o str, bool)> {
    let block = object.get("content")?.array()?.items.first()?.object()?;
    match block.get("text")? {
        Json::Text(text) => Some((&text.text, text.is_cut)),
        _ => None,
    }
}

fn is_envelope(object: &Object<'_>) -> bool {
    object.members.iter().all(|(name, _)| ENVELOPE_MEMBERS.contains(&name.as_ref()))
}

#[cfg(test)]
mod tests {
    use mcp_insights_events::{Event, ReadSettings};
    use proptest::prelude::*;

    use super::*;
    use crate::silent_failures::{failing, may_fail};

    fn envelope(text: &str) -> String {
        serde_json::json!({"content": [{"type": "text", "text": text}]}).to_string()
    }

    fn count(text: &str) -> Option<u64> {
        read_result(text, false, false).count
    }

    fn failure(text: &str) -> Option<String> {
        read_result(text, false, false).failure.map(|said| said.text.unwrap_or_default())
    }

    #[test]
    fn wrappings_are_taken_off() {
        let results = r#"{"total":2,"results":[{},{}]}"#;
        assert_eq!(count(results), Some(2));
        assert_eq!(count(&envelope(results)), Some(2));
        assert_eq!(count(&serde_json::json!(results).to_string()), Some(2));
        assert_eq!(count(&envelope(&envelope(results))), Some(2));
        assert_eq!(count(&envelope(&envelope(&envelope(results)))), Some(2));
        assert_eq!(count(&envelope(&envelope(&envelope(&envelope(results))))), Some(1));
        let structured = format!(
            r#"{{"content":[{{"type":"text","text":"7"}}],"structuredContent":{results}}}"#
        );
        assert_eq!(count(&structured), Some(2));
        let empty =
            r#"{"content":[{"type":"text","text":"{\"total\":2}"}],"structuredContent":null}"#;
        assert_eq!(count(empty), Some(2));
    }

    #[test]
    fn text_in_an_envelope_is_read_as_text() {
        assert_eq!(count(&envelope("No results for x")), Some(0));
        assert_eq!(count(&envelope("Found three pages")), None);
        assert_eq!(count(&envelope("")), Some(0));
        assert_eq!(failure(&envelope("Error: boom")).as_deref(), Some("Error: boom"));
        let data = r#"{"title":"x","content":[{"text":"Error: a page about errors"}],"count":3}"#;
        assert_eq!((failure(data), count(data)), (None, Some(3)));
    }

    #[test]
    fn an_envelope_that_says_so_fails_with_its_text() {
        let text =
            r#"{"isError":true,"content":[{"type":"text","text":"Project 'nope' not found"}]}"#;
        assert_eq!(failure(text).as_deref(), Some("Project 'nope' not found"));
        let json =
            r#"{"isError":true,"content":[{"type":"text","text":"{\"message\":\"boom\"}"}]}"#;
        assert_eq!(failure(json).as_deref(), Some("boom"));
        let both = r#"{"isError":true,"structuredContent":{"id":1},"content":[{"type":"text","text":"boom"}]}"#;
        assert_eq!(failure(both).as_deref(), Some("boom"));
        assert_eq!(failure(r#"{"isError":true,"content":[]}"#).as_deref(), Some(""));
    }

    #[test]
    fn a_cut_result_is_read_as_far_as_it_goes() {
        let rows: &[(&str, Option<u64>)] = &[
            (r#"{"total":57,"results":[{"title":"Re"#, Some(57)),
            (r#"{"results":[{"title":"a"},{"title":"b"},{"tit"#, Some(2)),
            (r#"{"results":[{"title":"a"#, Some(1)),
            (r#"{"results":["#, None),
            (r#"{"resu"#, None),
            (r#"["00000;web","00001;web","000"#, Some(2)),
            ("[", None),
            (r#"{"content":[{"type":"text","text":"{\"total\":57,\"results\":[{\"ti"#, Some(57)),
            (r#"{"content":[{"type":"text","text":"[\"00000;web\",\"0000"#, Some(1)),
            (r#"{"content":[{"type":"text","text":""#, None),
            (r#""{\"total\": 57, \"res"#, Some(57)),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(read_result(text, true, false).count, *expected, "{text}");
        }
        let cut = r#"{"content":[{"type":"text","text":"Error executing tool x: bo"#;
        assert_eq!(failure(cut).as_deref(), Some("Error executing tool x: bo"));
    }

    #[test]
    fn python_escapes_are_read() {
        let text = r#"{"query":"\u8ab2\u984c","total":0,"results":[]}"#;
        assert_eq!(count(text), Some(0));
        assert_eq!(failure("{\"\\u0065rror\":\"\\u8ab2\"}").as_deref(), Some("\u{8ab2}"));
    }

    #[test]
    fn of_a_call_known_to_have_failed_everything_is_said_of_the_failure() {
        let said = |text: &str| read_result(text, false, true).failure.and_then(|said| said.text);
        assert_eq!(said("quite plain").as_deref(), Some("quite plain"));
        assert_eq!(said(&envelope("quite plain")).as_deref(), Some("quite plain"));
        assert_eq!(said(r#"{"detail":"no such board"}"#).as_deref(), Some("no such board"));
        assert_eq!(said("[1]"), None);
    }

    /// Results made of what the rules look for.
    fn any_result() -> impl Strategy<Value = serde_json::Value> {
        let words = [
            "",
            "x",
            "failed",
            "FAILURE",
            "Error: x",
            "\nUnauthorized: x",
            "permission denied",
            "{\"ok\":false}",
        ];
        let names = [
            "error", "errors", "isError", "success", "ok", "status", "message", "results", "data",
            "text",
        ];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::Bool),
            prop::sample::select(words.to_vec()).prop_map(serde_json::Value::from),
        ];
        let names = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::Array),
                prop::collection::vec((names.clone(), inner.clone()), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
                inner.prop_map(
                    |inner| serde_json::json!({"content": [{"text": inner.to_string()}]})
                ),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_outline_of_a_result_says_what_the_whole_does(result in any_result(), cut in any::<prop::sample::Index>(), failed in any::<bool>()) {
            let whole = result.to_string();
            let cut = whole.get(..cut.index(whole.len() + 1)).unwrap_or("");
            for text in [whole.as_str(), cut] {
                let layers = Layers { in_outline: false, left: WRAPPINGS };
                prop_assert_eq!(read_result(text, false, failed), read_text(text, false, failed, layers), "{}", text);
            }
        }

        #[test]
        fn no_failure_slips_past_the_look_for_words(result in any_result(), cut in any::<prop::sample::Index>()) {
            let whole = result.to_string();
            let cut = whole.get(..cut.index(whole.len() + 1)).unwrap_or("");
            for text in [whole.as_str(), cut] {
                prop_assert!(read_result(text, false, false).failure.is_none() || may_fail(text), "{}", text);
                let json = serde_json::json!({"event_id": "e", "kind": "tool_call",
                    "started_at": "2026-01-31T08:00:00Z", "result_preview": text}).to_string();
                let event = Event::parse(json.as_bytes(), &ReadSettings::default());
                let result = event.ok().and_then(|event| event.result_preview).unwrap_or_default();
                prop_assert_eq!(failing(&result).is_some(), may_fail(text), "{}", text);
            }
        }
    }
}
