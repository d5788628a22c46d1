#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Change, Registry, TopicChange};
use mcp_insights_text::{Background, Embedder, is_function_word, words};
use ndarray::Array2;
use proptest::prelude::*;

use super::*;

/// One number a word; words that begin with `zz` are unknown to it.
struct Words;

impl Embedder for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn dimensions(&self) -> usize {
        997
    }

    fn embed(&self, texts: &[&str]) -> Array2<f32> {
        let mut vectors = Array2::<f32>::zeros((texts.len(), self.dimensions()));
        for (mut row, text) in vectors.outer_iter_mut().zip(texts) {
            for word in words(text).iter().filter(|word| !is_function_word(word)) {
                let place =
                    word.bytes().fold(7_usize, |hash, byte| hash * 31 % 9973 + usize::from(byte));
                row[place % 997] += 1.0;
            }
            let norm = row.dot(&row).sqrt().max(1e-9);
            row /= norm;
        }
        vectors
    }

    fn covers(&self, text: &str) -> bool {
        !words(text).iter().any(|word| word.starts_with("zz"))
    }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn intent<'a>(text: &'a str, sessions: &[u32]) -> Intent<'a> {
    Intent {
        text,
        original: text,
        sessions: sessions.to_vec(),
        first_seen: at(i64::from(sessions.first().copied().unwrap_or_default())),
        last_seen: at(i64::from(sessions.last().copied().unwrap_or_default()) + 1),
    }
}

fn found(intents: &[Intent<'_>], registry: &mut Registry) -> Topics {
    find(intents, &Words, &Settings::default(), &mut registry.topics)
}

const REFUNDS: [&str; 4] = [
    "refund an order of a customer",
    "refund the customer order",
    "refund order for customer today",
    "customer order refund please",
];
const TRAINS: [&str; 4] = [
    "train tickets from beijing to shanghai",
    "find train tickets shanghai beijing",
    "beijing shanghai train tickets tomorrow",
    "cheap train tickets beijing shanghai",
];

fn two_topics() -> Vec<Intent<'static>> {
    (0..)
        .zip(REFUNDS.iter().chain(&TRAINS))
        .map(|(session, text)| intent(text, &[session]))
        .collect()
}

#[test]
fn intents_of_one_meaning_are_one_topic() {
    let topics = found(&two_topics(), &mut Registry::default());
    assert_eq!(topics.len(), 2);
    let of = &topics.topic_of;
    assert!(of[..4].iter().all(|topic| topic.is_some() && *topic == of[0]), "{of:?}");
    assert!(of[4..].iter().all(|topic| topic.is_some() && *topic == of[4]), "{of:?}");
    assert_ne!(of[0], of[4]);
    let refunds = topics.get(of[0].unwrap()).unwrap();
    assert_eq!((refunds.first_seen, refunds.last_seen), (at(0), at(4)));
    assert_eq!(
        refunds.members.iter().copied().collect::<BTreeSet<_>>(),
        BTreeSet::from([0, 1, 2, 3])
    );
}

#[test]
fn one_session_is_no_topic_whatever_it_says() {
    let once = [intent("refund an order", &[5]), intent("refund the order", &[5])];
    assert_eq!(found(&once, &mut Registry::default()).topic_of, [None, None]);
    let twice = [intent("refund an order", &[5, 6])];
    assert_eq!(found(&twice, &mut Registry::default()).topic_of, [Some(0)]);
}

#[test]
fn equal_texts_are_one_and_count_the_sessions_of_both() {
    let topics = found(&[intent("refund", &[1]), intent("refund", &[2])], &mut Registry::default());
    assert_eq!(topics.topic_of, [Some(0), Some(0)]);
    assert_eq!(topics.topics[0].members, [0, 1]);
}

#[test]
fn unknown_words_are_grouped_with_equal_texts_only() {
    let intents = [
        intent("zzrefund order customer", &[1, 2]),
        intent("zzrefund order customer now", &[3]),
        intent("", &[4, 5]),
    ];
    let topics = found(&intents, &mut Registry::default());
    assert_eq!(topics.topic_of, [Some(0), None, None]);
}

#[test]
fn no_intents_are_no_topics() {
    let topics = found(&[], &mut Registry::default());
    assert!(topics.is_empty() && topics.topic_of.is_empty());
}

#[test]
fn known_topic_without_texts_is_still_there() {
    let mut registry = Registry::default();
    let before = found(&two_topics(), &mut registry);
    let after = found(&two_topics()[..4], &mut registry);
    assert_eq!(after.len(), 2);
    let trains = before.get(before.topic_of[4].unwrap()).unwrap();
    let index = after.find(&trains.id, &registry.topics).unwrap();
    let empty = after.get(index).unwrap();
    assert!(empty.members.is_empty());
    assert_eq!((&empty.label, &empty.keywords), (&trains.label, &trains.keywords));
    assert_eq!((empty.first_seen, empty.last_seen), (trains.first_seen, trains.last_seen));
    assert_eq!(after.find("top_never", &registry.topics), None);
}

#[test]
fn pinned_topic_keeps_a_text_of_one_session() {
    let mut registry = Registry::default();
    let intents = [intent("refund", &[1, 2])];
    let id = found(&intents, &mut registry).topics[0].id.clone();
    let change = TopicChange { label: Change::Set("Money".to_owned()), ..TopicChange::default() };
    registry.topics.edit(&id, change).unwrap();
    let topics = found(&[intent("refund", &[3])], &mut registry);
    assert_eq!(topics.topic_of, [Some(0)]);
    let edits = registry.topics.entry(&id).unwrap().edits();
    assert_eq!(topics.topics[0].shown_label(edits), ("Money", LabelSource::Edited));
    assert_eq!(topics.topics[0].shown_label(&TopicEdits::default()).1, LabelSource::Generated);
}

#[test]
fn second_run_with_the_registry_of_the_first_changes_nothing() {
    let mut registry = Registry::default();
    let first = found(&two_topics(), &mut registry);
    let json = registry.to_json();
    assert_eq!(found(&two_topics(), &mut registry), first);
    assert_eq!(registry.to_json(), json);
}

#[test]
fn labels_are_distinct_and_of_the_members_words() {
    let topics = found(&two_topics(), &mut Registry::default());
    let mut labels = BTreeSet::new();
    for topic in &topics.topics {
        let own: BTreeSet<String> = topic
            .members
            .iter()
            .flat_map(|index| words(two_topics()[*index as usize].text))
            .collect();
        let label = words(&topic.label);
        assert!(!label.is_empty() && label.len() <= 6, "{}", topic.label);
        assert!(label.iter().all(|word| own.contains(word)), "{} of {own:?}", topic.label);
        assert!(!is_function_word(&label[0]) && !is_function_word(&label[label.len() - 1]));
        assert!(topic.keywords.len() <= 8);
        labels.insert(topic.label.to_lowercase());
    }
    assert_eq!(labels.len(), topics.len());
}

#[test]
fn another_labeler_takes_the_place_of_key_phrases() {
    struct Same;
    impl Labeler for Same {
        fn candidates(&self, _: &[GroupText<'_>], _: &Background) -> Vec<String> {
            vec!["Same".to_owned()]
        }
    }
    let settings = Settings { labeler: Arc::new(Same), ..Settings::default() };
    let topics = find(&two_topics(), &Words, &settings, &mut Registry::default().topics);
    let labels: BTreeSet<&str> = topics.topics.iter().map(|topic| topic.label.as_str()).collect();
    assert_eq!(labels, BTreeSet::from(["Same", "Same 2"]));
}

#[test]
fn topics_are_compared_by_direction() {
    let topics = found(&two_topics(), &mut Registry::default());
    let [left, right] = topics.topics.as_slice() else { unreachable!("two topics") };
    assert!(left.similarity(&left.centroid) > 0.999);
    assert!(left.similarity(&right.centroid) < 0.5);
}

fn intents() -> impl Strategy<Value = Vec<(String, Vec<u32>)>> {
    const VOCABULARY: &[&str] = &["refund", "order", "train", "ticket", "weather", "zzz"];
    let text = proptest::collection::vec(proptest::sample::select(VOCABULARY), 0..4);
    let sessions = proptest::collection::btree_set(0..9_u32, 1..4);
    let intent = (text, sessions)
        .prop_map(|(words, sessions)| (words.join(" "), sessions.into_iter().collect::<Vec<_>>()));
    proptest::collection::vec(intent, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn order_of_intents_does_not_matter(texts in intents()) {
        let given: Vec<Intent<'_>> = texts.iter().map(|(text, own)| intent(text, own)).collect();
        let turned: Vec<Intent<'_>> = given.iter().rev().cloned().collect();
        let (mut left, mut right) = (Registry::default(), Registry::default());
        let (mut ours, theirs) = (found(&given, &mut left), found(&turned, &mut right));
        prop_assert_eq!(left.to_json(), right.to_json());
        ours.topic_of.reverse();
        prop_assert_eq!(&ours.topic_of, &theirs.topic_of);
        let names = |topics: &Topics| -> Vec<(String, String)> {
            topics.topics.iter().map(|topic| (topic.id.clone(), topic.label.clone())).collect()
        };
        prop_assert_eq!(names(&ours), names(&theirs));
    }

    #[test]
    fn every_topic_has_two_sessions_and_every_member_knows_it(texts in intents()) {
        let given: Vec<Intent<'_>> = texts.iter().map(|(text, own)| intent(text, own)).collect();
        let topics = found(&given, &mut Registry::default());
        let mut of_text: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        for (intent, topic) in given.iter().zip(&topics.topic_of) {
            prop_assert_eq!(of_text.entry(intent.text).or_insert(*topic), topic);
        }
        for (index, topic) in (0..).zip(&topics.topics) {
            let own = topic.members.iter().map(|member| &given[*member as usize]);
            let sessions: BTreeSet<u32> = own.flat_map(|intent| &intent.sessions).copied().collect();
            prop_assert!(topic.members.is_empty() || sessions.len() >= LEAST_SESSIONS);
            for member in &topic.members {
                prop_assert_eq!(topics.topic_of[*member as usize], Some(index));
            }
        }
        let members: usize = topics.topics.iter().map(|topic| topic.members.len()).sum();
        prop_assert_eq!(members, topics.topic_of.iter().flatten().count());
    }
}
