//! What the tests of the durable engine share: events to take in, and what an engine answers, in the words that it can be compared by.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

use std::sync::{Arc, LazyLock};

use mcp_insights::{DurableEngine, Engine, Options, Storage};
use serde_json::{Value, json};

use crate::answers::answers;
use crate::fixtures::{CAPTURES, LIVEMCP, events};

/// How many of the sample are known already: one that a client sent again, and one more.
pub const DUPLICATES: u64 = 2;

/// Real events of each client, and one of them once more with a later time: the earlier one wins, whichever comes first.
#[must_use]
pub fn sample() -> Vec<Value> {
    let mut sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(200).collect();
    sample.extend(events(&CAPTURES[..4]).into_iter().take(150));
    let mut again = sample[0].clone();
    again["started_at"] = Value::from("2025-07-07T07:25:55.343Z");
    sample.push(again);
    sample
}

/// What a client sends.
#[must_use]
pub fn body(events: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"schema_version": 1, "events": events})).unwrap()
}

/// The answers without the count of duplicates, which a durable engine does not keep.
#[must_use]
pub fn comparable(engine: &Engine) -> Vec<Value> {
    let lines = answers(engine);
    let (answers, registry) = lines.split_once("\n{\n").unwrap();
    let mut answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    answers[0]["coverage"]["duplicates"] = Value::Null;
    answers.push(Value::from(registry));
    answers
}

/// Options that share their vectors, so that each text is embedded once for all tests.
#[must_use]
pub fn options() -> &'static Options {
    static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
    &OPTIONS
}

/// An engine over a storage.
#[must_use]
pub fn open<S: Storage + 'static>(storage: &Arc<S>) -> DurableEngine {
    DurableEngine::with_storage(storage.clone(), options().clone()).unwrap()
}

/// Everything that an engine answers, all sessions and topics among it.
#[must_use]
pub fn everything(engine: &Engine) -> String {
    let (now, all) = (engine.default_now().unwrap(), mcp_insights::ExportRange::All);
    let mut everything = answers(engine);
    for session in engine.export_sessions(all, now, None) {
        everything.push_str(&serde_json::to_string(&session).unwrap());
        everything.push('\n');
    }
    for topic in engine.export_topics(all, now, None) {
        everything.push_str(&serde_json::to_string(&topic).unwrap());
        everything.push('\n');
    }
    everything
}

/// The same without what is told anew only now and then, or when an engine is opened: names of and verdicts on clusters of
/// failed searches, what is similar to them (abandoned searches among it), and the registry.
#[must_use]
pub fn exact(engine: &Engine) -> Vec<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                let is_cluster = members.contains_key("suggested_gap");
                for name in [
                    "suggested_gap",
                    "related_searches",
                    "related_topics",
                    "related_failed_searches",
                ] {
                    members.remove(name);
                }
                if is_cluster {
                    members.remove("label");
                    members.remove("abandoned_count");
                }
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let everything = everything(engine);
    let answers = everything.lines().filter(|line| line.starts_with("{\""));
    let mut answers: Vec<Value> = answers.map(|line| serde_json::from_str(line).unwrap()).collect();
    answers.iter_mut().for_each(strip);
    answers
}

/// Around where two texts first differ: a failure must not print all of them.
#[must_use]
pub fn difference(left: &str, right: &str) -> Option<(String, String)> {
    let same = left.bytes().zip(right.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let around = same.saturating_sub(300)..text.len().min(same + 300);
        String::from_utf8_lossy(&text.as_bytes()[around]).into_owned()
    };
    (left != right).then(|| (around(left), around(right)))
}
