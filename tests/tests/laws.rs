//! Laws: an engine is a function of the set of events. Order, split, container and threads do not matter.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use mcp_insights::api::{OverviewQuery, SessionsQuery};
use mcp_insights::{Engine, Input, Options, Registry};
use mcp_insights_tests::answers::answers;
use mcp_insights_tests::fixtures::{CAPTURES, LIVEMCP, events, now};
use proptest::prelude::*;
use serde_json::Value;

/// Some real events of each client, and a duplicate of one id with another time.
fn sample() -> Vec<Value> {
    let mut sample: Vec<Value> = events(&[LIVEMCP]).into_iter().take(160).collect();
    sample.extend(events(&CAPTURES[..4]).into_iter().take(200));
    let mut again = sample[0].clone();
    again["started_at"] = Value::from("2025-07-07T07:25:55.343Z");
    sample.push(again);
    sample
}

/// A way to write events down.
#[derive(Clone, Copy, Debug)]
enum Container {
    Lines,
    Array,
    Batch,
    BatchLines,
    Captured,
}

/// A way to compress them.
#[derive(Clone, Copy, Debug)]
enum Compression {
    Plain,
    Gzip,
    Zstandard,
}

fn write(events: &[Value], container: Container) -> Vec<u8> {
    let batch = |events: &[Value]| serde_json::json!({"schema_version": 1, "events": events});
    let lines =
        |values: Vec<Value>| values.iter().map(|value| format!("{value}\n")).collect::<String>();
    match container {
        Container::Lines => lines(events.to_vec()).into_bytes(),
        Container::Array => serde_json::to_vec_pretty(events).unwrap(),
        Container::Batch => serde_json::to_vec_pretty(&batch(events)).unwrap(),
        Container::BatchLines => lines(events.chunks(3).map(batch).collect()).into_bytes(),
        Container::Captured => {
            let posts = events.chunks(5).map(|chunk| serde_json::json!({"received_at": "2026-01-01T00:00:00Z", "headers": {}, "body": batch(chunk)}));
            lines(posts.collect()).into_bytes()
        }
    }
}

fn compress(bytes: Vec<u8>, compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Plain => bytes,
        Compression::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstandard => zstd::encode_all(bytes.as_slice(), 1).unwrap(),
    }
}

fn read(inputs: Vec<Vec<u8>>, threads: usize) -> Engine {
    read_with(inputs, threads, &Options::default())
}

fn read_with(inputs: Vec<Vec<u8>>, threads: usize, options: &Options) -> Engine {
    let inputs = inputs.into_iter().enumerate();
    let inputs = inputs
        .map(|(index, bytes)| Input::Bytes { name: format!("part {index}"), bytes })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| Engine::read(inputs, options, Registry::default(), &|_| {})).unwrap()
}

fn container() -> impl Strategy<Value = (Container, Compression)> {
    use Container::*;
    (
        prop::sample::select(vec![Lines, Array, Batch, BatchLines, Captured]),
        prop::sample::select(vec![Compression::Plain, Compression::Gzip, Compression::Zstandard]),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_split_container_and_threads_do_not_matter(
        order in Just((0..sample().len()).collect::<Vec<usize>>()).prop_shuffle(),
        cuts in prop::collection::vec((0..400_usize, container()), 1..5),
        threads in prop::sample::select(vec![1_usize, 2, 8]),
    ) {
        let sample = sample();
        let expected = answers(&read(vec![write(&sample, Container::Lines)], 1));
        let shuffled: Vec<Value> = order.iter().map(|index| sample[*index].clone()).collect();
        let mut places: Vec<usize> = cuts.iter().map(|(place, _)| (*place).min(shuffled.len())).collect();
        places.sort_unstable();
        places.push(shuffled.len());
        let mut start = 0;
        let mut inputs = Vec::new();
        let mut ways = cuts.iter().map(|(_, way)| *way).cycle();
        for end in places {
            let (container, compression) = ways.next().unwrap();
            inputs.push(compress(write(&shuffled[start..end], container), compression));
            start = end;
        }
        prop_assert_eq!(answers(&read(inputs, threads)), expected);
    }
}

#[test]
fn events_in_memory_and_in_files_give_the_same_answers() {
    let sample = sample();
    let in_memory = Engine::from_events(sample.clone(), Registry::default()).unwrap();
    let read = read(vec![write(&sample, Container::Lines)], 2);
    let without_reading = |text: String| text.replace("\"rejected\":null", "\"rejected\":0");
    assert_eq!(without_reading(answers(&in_memory)), answers(&read));
}

#[test]
fn what_does_not_fit_into_memory_gives_the_same_answers() {
    let mut sample: Vec<Value> = Vec::new();
    for copy in 0..4 {
        for (number, mut event) in events(&[LIVEMCP]).into_iter().enumerate() {
            // Every hundredth is a duplicate.
            let id =
                if number % 100 == 0 { number.to_string() } else { format!("{number} {copy}") };
            event["event_id"] = Value::from(id);
            // Few hints, of which each has enough events for the temporary file.
            event["session_id_hint"] = Value::from(format!("hint {}", number % 3));
            sample.push(event);
        }
    }
    let bytes = write(&sample, Container::Lines);
    let with_memory = |facts_in_memory: usize, threads: usize| {
        let options = Options { facts_in_memory, ..Options::default() };
        answers(&read_with(vec![bytes.clone()], threads, &options))
    };
    let expected = with_memory(usize::MAX, 1);
    assert_eq!(with_memory(0, 1), expected);
    assert_eq!(with_memory(200_000, 2), expected);
}

#[test]
fn a_registry_keeps_every_id() {
    let sample = sample();
    let first = Engine::from_events(sample.clone(), Registry::default()).unwrap();
    let registry = Registry::from_json(&first.registry().to_json()).unwrap();
    let again = Engine::from_events(sample, registry).unwrap();
    assert_eq!(answers(&first), answers(&again));
}

#[test]
fn of_two_events_that_say_the_same_in_other_bytes_one_stays_whatever_comes_first() {
    let event = |arguments: &str| {
        format!(
            r#"{{"event_id":"e","kind":"execute_script","started_at":"2026-01-01T00:00:00Z","calls":[{{"name":"t","args":{arguments}}}]}}"#
        )
        .into_bytes()
    };
    let (one, other) = (event(r#"{"b":1,"a":2}"#), event(r#"{"a":2, "b":1}"#));
    let engines = [[one.clone(), other.clone()], [other, one]].map(|inputs| read(inputs.into(), 1));
    let calls = engines.map(|engine| {
        let session =
            engine.sessions(&SessionsQuery::default(), now(&engine)).unwrap().sessions.remove(0);
        engine.trace(&session.id).unwrap().tool_calls
    });
    assert_eq!(calls[0], calls[1]);
    assert_eq!(
        calls[0][0].input_preview.as_deref(),
        Some(r#"{"a":2, "b":1}"#),
        "the smaller bytes"
    );
}

#[test]
fn the_smaller_of_two_events_with_one_id_stays() {
    let event = |ok: bool, thinking: &str| {
        serde_json::json!({
            "event_id": "e", "kind": "tool_call", "started_at": "2026-01-01T00:00:00Z", "ok": ok,
            "metadata": {"tool_name": "t", "agent_thinking": thinking},
        })
    };
    // With sorted keys the two differ first in `metadata`.
    let (small, large) = (event(true, "a"), event(false, "b"));
    for events in [[small.clone(), large.clone()], [large, small]] {
        let engine = Engine::from_events(events, Registry::default()).unwrap();
        let overview = engine.overview(&OverviewQuery::default(), now(&engine)).unwrap();
        assert_eq!(overview.kpis.error_rate.value, Some(0.0));
        assert_eq!(overview.coverage.duplicates, Some(1));
    }
}
