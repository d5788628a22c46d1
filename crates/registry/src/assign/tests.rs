#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::{Change, Entry, Kind, Registry, TopicChange, TopicEdits};

/// A text with its group; one letter decides its direction.
#[derive(Clone, Debug)]
struct Text {
    text: String,
    vector: Vec<f32>,
    weight: u32,
    seen: (i64, i64),
    group: Option<u32>,
}

impl Text {
    fn new(text: &str, group: Option<u32>) -> Self {
        let first = text.bytes().next().unwrap_or_default();
        let angle = f32::from(first % 8) * std::f32::consts::FRAC_PI_8;
        let vector = vec![angle.cos(), angle.sin()];
        Self { text: text.to_owned(), vector, weight: 1, seen: (100, 200), group }
    }

    fn member(&self) -> Member<'_> {
        Member {
            kind: Kind::Intent,
            text: &self.text,
            vector: &self.vector,
            weight: self.weight,
            first_seen: Timestamp::from_micros(self.seen.0),
            last_seen: Timestamp::from_micros(self.seen.1),
            group: self.group,
        }
    }
}

type Topics = Space<TopicEdits>;

/// Assigns groups given as words; the ids of the words.
fn assign(space: &mut Topics, groups: &[&[&str]]) -> BTreeMap<String, String> {
    let texts: Vec<Text> = (0..)
        .zip(groups)
        .flat_map(|(number, group)| group.iter().map(move |text| Text::new(text, Some(number))))
        .collect();
    assign_texts(space, &texts)
}

fn assign_texts(space: &mut Topics, texts: &[Text]) -> BTreeMap<String, String> {
    let members: Vec<Member<'_>> = texts.iter().map(Text::member).collect();
    let found = space.assign(&members);
    texts
        .iter()
        .zip(&found.of)
        .filter_map(|(text, place)| {
            Some((text.text.clone(), found.ids[(*place)? as usize].clone()))
        })
        .collect()
}

fn pin(space: &mut Topics, id: &str) {
    let change = TopicChange { label: Change::Set("By hand".to_owned()), ..TopicChange::default() };
    space.edit(id, change).unwrap();
}

fn seen(mut text: Text, first: i64, last: i64) -> Text {
    text.seen = (first, last);
    text
}

#[test]
fn growing_group_keeps_its_id() {
    let mut space = Topics::default();
    let before = assign(&mut space, &[&["a1", "a2"], &["b1"]]);
    let after = assign(&mut space, &[&["b1", "b2"], &["a1", "a2", "a3"]]);
    assert_eq!(before["a1"], after["a3"]);
    assert_eq!(before["b1"], after["b2"]);
    assert_eq!(space.len(), 2);
}

#[test]
fn split_leaves_the_id_with_the_heavier_part() {
    let mut space = Topics::default();
    let id = assign(&mut space, &[&["a1", "a2", "a3"]])["a1"].clone();
    let mut heavy = Text::new("a3", Some(1));
    heavy.weight = 5;
    let light = [Text::new("a1", Some(0)), Text::new("a2", Some(0))];
    let after = assign_texts(&mut space, &[&light[..], &[heavy]].concat());
    assert_eq!(after["a3"], id);
    assert_ne!(after["a1"], id);
    let part = space.entry(&after["a1"]).unwrap();
    assert_eq!(part.lineage().split_from.as_deref(), Some(id.as_str()));
}

#[test]
fn equal_parts_are_told_apart_by_their_texts() {
    let mut space = Topics::default();
    let id = assign(&mut space, &[&["a1", "a2"]])["a1"].clone();
    let after = assign(&mut space, &[&["a1"], &["a2"]]);
    let smaller =
        ["a1", "a2"].into_iter().min_by_key(|text| MemberHash::of(Kind::Intent, text)).unwrap();
    assert_eq!(after[smaller], id);
}

#[test]
fn merge_keeps_the_earlier_topic_and_the_other_becomes_an_alias() {
    let mut space = Topics::default();
    let texts = [
        seen(Text::new("a1", Some(0)), 50, 60),
        seen(Text::new("b1", Some(1)), 40, 70),
        seen(Text::new("c1", Some(2)), 90, 95),
    ];
    let before = assign_texts(&mut space, &texts);
    let after = assign(&mut space, &[&["a1", "b1", "c1"]]);
    assert_eq!(after["a1"], before["b1"]);
    for retired in ["a1", "c1"] {
        assert_eq!(space.resolve(&before[retired]), Some(before["b1"].as_str()));
    }
    let entry = space.entry(&before["a1"]).unwrap();
    assert_eq!(entry.lineage().absorbed.len(), 2);
    assert_eq!(entry.first_seen_at().micros(), 40);
    assert_eq!(entry.last_seen_at().micros(), 200);
}

#[test]
fn merged_ids_follow_chains() {
    let mut space = Topics::default();
    let texts = [
        seen(Text::new("a1", Some(0)), 30, 60),
        seen(Text::new("b1", Some(1)), 20, 60),
        seen(Text::new("c1", Some(2)), 10, 60),
    ];
    let before = assign_texts(&mut space, &texts);
    assign(&mut space, &[&["a1", "b1"], &["c1"]]);
    assign(&mut space, &[&["a1", "b1", "c1"]]);
    assert_eq!(space.resolve(&before["a1"]), Some(before["c1"].as_str()));
    assert_eq!(space.resolve("top_never"), None);
    pin(&mut space, &before["a1"]);
    assert!(space.entry(&before["c1"]).unwrap().is_pinned(), "an alias edits its successor");
}

#[test]
fn pinned_topic_absorbs_older_ones() {
    let mut space = Topics::default();
    let texts = [seen(Text::new("a1", Some(0)), 90, 95), seen(Text::new("b1", Some(1)), 10, 95)];
    let before = assign_texts(&mut space, &texts);
    pin(&mut space, &before["a1"]);
    let after = assign(&mut space, &[&["a1", "b1"]]);
    assert_eq!(after["b1"], before["a1"]);
    assert_eq!(space.resolve(&before["b1"]), Some(before["a1"].as_str()));
}

#[test]
fn two_pinned_topics_divide_the_group_that_holds_both() {
    let mut space = Topics::default();
    let before = assign(&mut space, &[&["a1", "a2"], &["c1", "c2"], &["d1"]]);
    pin(&mut space, &before["a1"]);
    pin(&mut space, &before["c1"]);
    let after = assign(&mut space, &[&["a1", "a2", "a3", "c1", "c2", "c3", "d1"]]);
    for text in ["a1", "a2", "a3"] {
        assert_eq!(after[text], before["a1"], "{text}");
    }
    for text in ["c1", "c2", "c3", "d1"] {
        assert_eq!(after[text], before["c1"], "{text}");
    }
    assert_eq!(space.resolve(&before["d1"]), Some(before["c1"].as_str()));
}

#[test]
fn texts_without_direction_go_to_the_smaller_pinned_id() {
    let mut space = Topics::default();
    let before = assign(&mut space, &[&["a1", "a2"], &["c1", "c2"]]);
    pin(&mut space, &before["a1"]);
    pin(&mut space, &before["c1"]);
    let mut texts: Vec<Text> =
        ["a1", "a2", "c1", "c2", "x"].iter().map(|text| Text::new(text, Some(0))).collect();
    texts.last_mut().unwrap().vector.clear();
    let after = assign_texts(&mut space, &texts);
    assert_eq!(&after["x"], (&before["a1"]).min(&before["c1"]));
}

#[test]
fn pinned_topic_without_texts_stays_known() {
    let mut space = Topics::default();
    let id = assign(&mut space, &[&["a1"]])["a1"].clone();
    pin(&mut space, &id);
    let after = assign(&mut space, &[&["e1"]]);
    assert!(!after.values().any(|other| *other == id));
    assert_eq!(space.resolve(&id), Some(id.as_str()));
    assert!(space.entry(&id).unwrap().is_pinned());
}

#[test]
fn texts_that_belong_nowhere_stay_with_their_pinned_topic_only() {
    let mut space = Topics::default();
    let before = assign(&mut space, &[&["a1", "a2"], &["b1", "b2"]]);
    pin(&mut space, &before["a1"]);
    let loose: Vec<Text> = ["a1", "b1", "e1"].iter().map(|text| Text::new(text, None)).collect();
    let after = assign_texts(&mut space, &loose);
    assert_eq!(after, BTreeMap::from([("a1".to_owned(), before["a1"].clone())]));
    let again = assign(&mut space, &[&["b1", "b2"]]);
    assert_eq!(again["b1"], before["b1"], "a topic that had dissolved comes back under its id");
}

#[test]
fn one_stray_text_does_not_take_a_group_over() {
    for pinned in [false, true] {
        let mut space = Topics::default();
        let old = [
            seen(Text::new("a1", Some(0)), 1, 2),
            seen(Text::new("a2", Some(0)), 1, 2),
            seen(Text::new("a3", Some(0)), 1, 2),
            Text::new("e1", Some(1)),
            Text::new("e2", Some(1)),
        ];
        let before = assign_texts(&mut space, &old);
        if pinned {
            pin(&mut space, &before["a1"]);
        }
        // Of the old topic one text is left in the data, among those of another.
        let after = assign(&mut space, &[&["a1", "e1", "e2"]]);
        assert_eq!(after["e1"], before["e1"]);
        assert_eq!(after["a1"] == before["a1"], pinned, "a pinned topic keeps its text");
        assert_eq!(space.resolve(&before["a1"]), Some(before["a1"].as_str()));
    }
}

#[test]
fn same_meaning_in_new_words_keeps_its_id() {
    let mut space = Topics::default();
    let before = assign(&mut space, &[&["a1", "a2"], &["e1", "e2"]]);
    let after = assign(&mut space, &[&["a3", "a4"], &["c3", "c4"]]);
    assert_eq!(after["a3"], before["a1"]);
    assert!(!before.values().any(|id| *id == after["c3"]));
}

#[test]
fn first_seen_stays_when_old_events_are_dropped() {
    let mut space = Topics::default();
    let text = Text::new("a1", Some(0));
    let id = assign_texts(&mut space, &[seen(text.clone(), 10, 20)])["a1"].clone();
    assign_texts(&mut space, &[seen(text, 15, 30)]);
    let entry = space.entry(&id).unwrap();
    assert_eq!((entry.first_seen_at().micros(), entry.last_seen_at().micros()), (10, 30));
}

#[test]
fn same_words_of_two_kinds_are_never_one_entry() {
    let mut registry = Registry::default();
    let text = Text::new("a1", Some(0));
    let of = |kind| Member { kind, ..text.member() };
    let found = registry.searches.assign(&[of(Kind::Discovery), of(Kind::Content)]);
    assert_eq!(found.ids.len(), 2);
    assert_ne!(found.of[0], found.of[1]);
}

#[test]
fn edits_that_are_all_taken_back_unpin() {
    let mut space = Topics::default();
    let id = assign(&mut space, &[&["a1"]])["a1"].clone();
    let set = TopicChange {
        label: Change::Set("x".to_owned()),
        is_unmet_demand: Change::Set(false),
        archived: Change::Set(true),
    };
    assert!(space.edit(&id, set).unwrap().is_pinned());
    let some =
        TopicChange { label: Change::Reset, archived: Change::Reset, ..TopicChange::default() };
    assert!(space.edit(&id, some).unwrap().is_pinned(), "false by hand holds, too");
    let rest = TopicChange { is_unmet_demand: Change::Reset, ..TopicChange::default() };
    assert!(!space.edit(&id, rest).unwrap().is_pinned());
    assert!(space.edit("top_never", TopicChange::default()).is_err());
}

/// What a few runs do: each gives texts to groups, and pins some topics afterwards.
fn runs() -> impl Strategy<Value = Vec<(Vec<Text>, Vec<usize>)>> {
    let text = (0..14_usize, proptest::option::weighted(0.9, 0..5_u32), 1..4_u32, 0..50_i64);
    let texts = proptest::collection::vec(text, 1..14).prop_map(|texts| {
        let mut distinct = BTreeMap::new();
        for (name, group, weight, first) in texts {
            let name = format!("{}{}", char::from(b'a' + (name % 7) as u8), name / 7);
            let text = Text { weight, seen: (first, first + 9), ..Text::new(&name, group) };
            distinct.entry(name).or_insert(text);
        }
        distinct.into_values().collect::<Vec<_>>()
    });
    proptest::collection::vec((texts, proptest::collection::vec(0..8_usize, 0..3)), 1..6)
}

/// Plays the runs; what the registry is then, with every id that was ever given.
fn play(runs: &[(Vec<Text>, Vec<usize>)]) -> (Topics, BTreeSet<String>) {
    let mut space = Topics::default();
    let mut given = BTreeSet::new();
    for (texts, pins) in runs {
        given.extend(assign_texts(&mut space, texts).into_values());
        let ids: Vec<String> = space.entries().map(|entry| entry.id().to_owned()).collect();
        for number in pins {
            if let Some(id) = ids.get(number % ids.len().max(1)) {
                pin(&mut space, id);
            }
        }
    }
    (space, given)
}

fn pinned(space: &Topics) -> BTreeSet<String> {
    space.entries().filter(|entry| entry.is_pinned()).map(|entry| entry.id().to_owned()).collect()
}

fn all_members(space: &Topics) -> Vec<MemberHash> {
    let mut members: Vec<MemberHash> = space.entries().flat_map(Entry::members).collect();
    members.sort_unstable();
    members
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn assigning_again_changes_nothing(runs in runs(), (last, _) in runs().prop_map(|runs| runs[0].clone())) {
        let (mut space, _) = play(&runs);
        let first = assign_texts(&mut space, &last);
        let once = space.clone();
        let second = assign_texts(&mut space, &last);
        prop_assert_eq!(first, second);
        prop_assert_eq!(once, space);
    }

    #[test]
    fn order_and_group_numbers_do_not_matter(runs in runs(), last in runs().prop_map(|runs| runs[0].0.clone())) {
        let (mut space, _) = play(&runs);
        let mut other = space.clone();
        let turned: Vec<Text> = last
            .iter()
            .rev()
            .map(|text| Text { group: text.group.map(|group| 1000 - group), ..text.clone() })
            .collect();
        prop_assert_eq!(assign_texts(&mut space, &last), assign_texts(&mut other, &turned));
        prop_assert_eq!(space, other);
    }

    #[test]
    fn every_text_is_kept_once(runs in runs()) {
        let (space, _) = play(&runs);
        let grouped = runs.iter().flat_map(|(texts, _)| texts).filter(|text| text.group.is_some());
        let expected: BTreeSet<MemberHash> =
            grouped.map(|text| MemberHash::of(Kind::Intent, &text.text)).collect();
        prop_assert_eq!(all_members(&space), expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_id_ever_given_resolves(runs in runs()) {
        let (space, given) = play(&runs);
        for id in given {
            prop_assert!(space.resolve(&id).is_some(), "{}", id);
        }
        for entry in space.entries().filter(|entry| !entry.is_pinned()) {
            prop_assert!(entry.members().len() > 0, "{} holds nothing", entry.id());
        }
    }

    #[test]
    fn pins_hold(runs in runs(), last in runs().prop_map(|runs| runs[0].0.clone())) {
        let (mut space, _) = play(&runs);
        let before = pinned(&space);
        let owners: BTreeMap<MemberHash, String> = space
            .entries()
            .flat_map(|entry| entry.members().map(|member| (member, entry.id().to_owned())))
            .collect();
        let after = assign_texts(&mut space, &last);
        prop_assert_eq!(&before, &pinned(&space));
        // Texts of two pinned topics never end up in one of these two.
        for id in &before {
            let others = after.iter().filter(|(_, owner)| *owner == id).filter_map(|(text, _)| {
                owners.get(&MemberHash::of(Kind::Intent, text))
            });
            for other in others {
                prop_assert!(other == id || !before.contains(other));
            }
        }
    }

    #[test]
    fn groups_without_pins_stay_as_found(runs in runs(), last in runs().prop_map(|runs| runs[0].0.clone())) {
        let unpinned: Vec<_> = runs.into_iter().map(|(texts, _)| (texts, Vec::new())).collect();
        let (mut space, _) = play(&unpinned);
        let after = assign_texts(&mut space, &last);
        for left in &last {
            prop_assert_eq!(after.contains_key(&left.text), left.group.is_some());
            for right in last.iter().filter(|right| right.group.is_some()) {
                let together = left.group == right.group;
                prop_assert_eq!(together, after.get(&left.text) == after.get(&right.text));
            }
        }
    }

    #[test]
    fn json_round_trip_is_exact(runs in runs()) {
        let registry = Registry { topics: play(&runs).0, ..Registry::default() };
        let json = registry.to_json();
        let read = Registry::from_json(&json).unwrap();
        prop_assert_eq!(&read, &registry);
        prop_assert_eq!(read.to_json(), json);
    }
}
