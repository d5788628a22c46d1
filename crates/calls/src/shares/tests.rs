#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_events::{Collector, Place, canonical_json};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{self, capture, crowded, event_json, livemcp, meaning, parse, place};
use crate::{Extractor, Rules};

/// Why events cannot be fetched or facts cannot be read.
#[derive(Debug)]
enum Failed {
    Fetch(usize),
    Spill,
}

impl From<SpillError> for Failed {
    fn from(_: SpillError) -> Self {
        Self::Spill
    }
}

/// Shares of parts of so many events, with so many bytes in memory; places number the events of all.
fn shares(events: &[String], sizes: &[usize], bytes_in_memory: usize) -> Shares {
    let extractor = ShareExtractor::new(Extractor::new(Rules::default()), bytes_in_memory);
    Shares::merge(fixture::parts(&extractor, events, sizes))
}

/// What shares mean, whatever event is in which.
fn meaning_of(shares: Shares) -> Vec<String> {
    let (_, shares) = shares.into_parts();
    let mut events: Vec<String> =
        shares.into_iter().flat_map(|share| meaning(&share.into_facts().unwrap())).collect();
    events.sort_unstable();
    events
}

/// What events mean that are extracted one by one.
fn expected(events: &[String]) -> Vec<String> {
    let extractor = Extractor::new(Rules::default());
    let mut facts = extractor.begin();
    for (number, raw) in events.iter().enumerate() {
        extractor.add(&mut facts, &parse(raw), raw.as_bytes(), place(number, raw));
    }
    meaning(&facts)
}

#[test]
fn facts_mean_the_same_in_memory_and_in_a_file() {
    let mut events = livemcp();
    events.extend(capture("typescript.raw.ndjson"));
    let whole = expected(&events);
    for bytes in [0, 200_000, usize::MAX] {
        for sizes in [&[][..], &[1000, 0, 1, 400]] {
            let shares = shares(&events, sizes, bytes);
            assert_eq!(shares.len(), events.len());
            let in_file = shares
                .shares
                .iter()
                .flat_map(|share| &share.units)
                .filter(|unit| !unit.unit.is_in_memory())
                .count();
            assert_eq!(in_file > 0, bytes < usize::MAX, "{in_file} units in the file");
            let kinds: u64 = shares.kinds().iter().map(|(_, count)| count).sum();
            assert_eq!(kinds, events.len() as u64);
            for share in &shares.shares {
                let copy = meaning(&share.facts().unwrap());
                assert_eq!(copy, meaning(&share.clone().into_facts().unwrap()));
            }
            assert_eq!(meaning_of(shares), whole, "{bytes} bytes, parts of {sizes:?}");
        }
    }
}

#[test]
fn events_of_one_hint_or_actor_share() {
    let event = |number: usize, fields: Value| {
        let mut all = json!({"event_id": format!("e{number}"), "mcp_server_id": "s"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        event_json(&all)
    };
    let mut events = Vec::new();
    for number in 0..50 {
        events
            .push(event(number, json!({"actor_id": format!("a{number}"), "session_id_hint": "h"})));
        events.push(event(100 + number, json!({"actor_id": "a"})));
    }
    let (_, shares) = shares(&events, &[], usize::MAX).into_parts();
    let mut filled: Vec<usize> =
        shares.iter().map(|share| share.hashes.len()).filter(|count| *count > 0).collect();
    filled.sort_unstable();
    assert!(filled == [50, 50] || filled == [100], "{filled:?}");
}

#[test]
fn where_no_file_can_be_written_facts_stay_in_memory() {
    let spill = Arc::new(super::spill::Spill::full());
    let mut facts = Extractor::new(Rules::default()).begin();
    let raw = event_json(&json!({}));
    Extractor::new(Rules::default()).add(&mut facts, &parse(&raw), raw.as_bytes(), place(0, &raw));
    assert!(spill.write(&facts).is_none());
}

#[test]
fn parts_that_are_put_together_mean_the_same() {
    let mut events = livemcp();
    events.extend(capture("typescript.raw.ndjson"));
    let whole = expected(&events);
    for bytes in [0, 200_000, usize::MAX] {
        let extractor = ShareExtractor::new(Extractor::new(Rules::default()), bytes);
        let mut small = fixture::parts(&extractor, &events, &[20; 100]).into_iter();
        let mut parts = vec![small.next().unwrap()];
        for part in small {
            let apart = extractor.absorb(&mut parts[0], part);
            parts.extend(apart);
        }
        // Some have gone into the file by themselves.
        assert!(parts.len() < 60 && (bytes < usize::MAX || parts.len() == 1), "{}", parts.len());
        let shares = Shares::merge(parts);
        let kinds: u64 = shares.kinds().iter().map(|(_, count)| count).sum();
        assert_eq!(kinds, events.len() as u64);
        assert_eq!(meaning_of(shares), whole, "{bytes} bytes");
    }
}

proptest! {
    #[test]
    fn the_order_of_parts_does_not_change_the_meaning(events in crowded(), sizes in prop::collection::vec(0usize..6, 0..8)) {
        prop_assert_eq!(meaning_of(shares(&events, &sizes, usize::MAX)), expected(&events));
    }

    #[test]
    fn the_smallest_of_an_identity_stays_in_any_order(events in crowded(), seed in any::<prop::sample::Index>()) {
        let mut expected: BTreeMap<(String, String), (String, String, String)> = BTreeMap::new();
        for raw in &events {
            let value: Value = serde_json::from_str(raw).unwrap();
            let identity = (value["mcp_server_id"].to_string(), value["event_id"].to_string());
            let rank = (value["started_at"].to_string(), canonical_json(raw.as_bytes()).unwrap(), raw.clone());
            let kept = expected.entry(identity).or_insert_with(|| rank.clone());
            *kept = rank.min(kept.clone());
        }
        let expected: BTreeSet<String> = expected.into_values().map(|(.., raw)| raw).collect();
        let mut turned = events.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
        }
        for events in [events, turned] {
            let mut shares = shares(&events, &[3, 1, 4], usize::MAX);
            let raw = |place: &Place| events[usize::try_from(place.offset).unwrap()].clone();
            let fetch = |places: &[Place]| -> Result<Vec<Vec<u8>>, Failed> {
                Ok(places.iter().map(|place| raw(place).into_bytes()).collect())
            };
            let dropped = shares.deduplicate(&fetch).unwrap();
            prop_assert_eq!(dropped as usize + shares.len(), events.len());
            let kinds: u64 = shares.kinds().iter().map(|(_, count)| count).sum();
            prop_assert_eq!(kinds as usize, shares.len());
            let kept: Vec<String> = shares
                .into_parts()
                .1
                .into_iter()
                .flat_map(|share| {
                    let facts = share.into_facts().unwrap();
                    let kept: Vec<String> =
                        facts.events.iter().map(|event| raw(&event.place)).collect();
                    kept
                })
                .collect();
            prop_assert_eq!(kept.len(), expected.len());
            prop_assert_eq!(&kept.into_iter().collect::<BTreeSet<_>>(), &expected);
        }
    }
}

#[test]
fn only_real_conflicts_are_fetched() {
    let first = event_json(&json!({"event_id": "same"}));
    let later =
        event_json(&json!({"event_id": "same", "started_at": "2026-01-01T00:00:00.000001Z"}));
    let other = event_json(&json!({"event_id": "other"}));
    let events = [first.clone(), later, first.clone(), other];
    let mut without_conflict = shares(&events, &[1, 1, 1, 1], usize::MAX);
    let refuse = |places: &[Place]| Err(Failed::Fetch(places.len()));
    assert_eq!(without_conflict.deduplicate(&refuse).unwrap(), 2);
    assert_eq!(meaning_of(without_conflict), expected(&[first.clone(), events[3].clone()]));

    let conflict = event_json(&json!({"event_id": "same", "actor_id": "b"}));
    let events = [first, conflict];
    let mut contested = shares(&events, &[], usize::MAX);
    assert!(matches!(contested.deduplicate(&refuse), Err(Failed::Fetch(2))));
    assert_eq!(meaning_of(contested.clone()), expected(&events), "nothing was dropped");
    let fetch = |places: &[Place]| -> Result<Vec<Vec<u8>>, Failed> {
        let raw = places.iter().map(|place| &events[usize::try_from(place.offset).unwrap()]);
        Ok(raw.map(|raw| raw.clone().into_bytes()).collect())
    };
    assert_eq!(
        contested.deduplicate(&fetch).unwrap(),
        1,
        "what was refused can be asked for again"
    );
    assert_eq!(contested.deduplicate(&refuse).unwrap(), 0, "nothing is left to drop");
    assert_eq!((contested.len(), contested.kinds().len()), (1, 1));
}

#[test]
fn what_is_dropped_stays_out() {
    let events: Vec<String> = livemcp();
    let twice: Vec<String> = events.iter().chain(&events).cloned().collect();
    for bytes in [0, 200_000, usize::MAX] {
        let mut shares = shares(&twice, &[700, 900], bytes);
        let refuse = |places: &[Place]| Err(Failed::Fetch(places.len()));
        assert_eq!(shares.deduplicate(&refuse).unwrap(), events.len() as u64);
        for share in &mut shares.shares {
            let seen = share.look(|facts| facts.events.len()).unwrap();
            assert_eq!(seen, share.hashes.len() - share.dropped.len());
        }
        assert_eq!(shares.len(), events.len());
        assert_eq!(meaning_of(shares), expected(&events));
    }
}
