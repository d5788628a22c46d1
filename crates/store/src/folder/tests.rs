//! Laws and behaviours of a folder, against the storage in memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex as StdMutex;

use proptest::prelude::*;

use super::*;
use crate::Memory;

pub(super) type Outcome = Result<(), Box<dyn Error>>;

/// Sizes at which a handful of events fill several files.
pub(super) const TINY: Limits = Limits {
    log_bytes: 2000,
    log_records: 6,
    log_ahead: 3000,
    segment_events: 12,
    segment_bytes: 1 << 20,
    small_segment: 2,
    row_group: 4,
};

/// An event that can be told from every other.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) json: String,
    pub(super) actor_id: String,
    pub(super) at: i64,
    pub(super) replaces: Option<u64>,
}

impl Given {
    pub(super) fn new(number: usize, actor: usize, at: i64) -> Self {
        let json = format!(r#"{{"event_id":"e{number}","text":"größer"}}"#);
        Self { json, actor_id: format!("actor-{actor}"), at, replaces: None }
    }

    pub(super) fn event(&self) -> NewEvent<'_> {
        NewEvent {
            json: self.json.as_bytes(),
            event_id: "e",
            kind: "tool_call",
            actor_id: &self.actor_id,
            mcp_server_id: Some("server").filter(|_| self.at % 2 == 0),
            session_id_hint: Some("hint").filter(|_| self.at % 3 == 0),
            tool_name: Some("tool").filter(|_| self.at % 5 == 0),
            started_at: Timestamp::from_micros(1_700_000_000_000_000 + self.at),
            duration_ms: Some(self.at as u64).filter(|_| self.at % 2 == 1),
            ok: [None, Some(true), Some(false)][self.at as usize % 3],
            is_workflow: self.at % 7 == 0,
            replaces: self.replaces.map(Sequence),
        }
    }
}

pub(super) fn append(storage: &dyn Storage, given: &[Given]) -> Result<Sequence, StoreError> {
    let events: Vec<NewEvent<'_>> = given.iter().map(Given::event).collect();
    storage.append(&events)
}

/// Everything that a scan shows, and what it says at the end.
pub(super) fn shown(
    storage: &dyn Storage,
    from: u64,
) -> (BTreeMap<u64, String>, Result<(), StoreError>) {
    let seen = StdMutex::new(BTreeMap::new());
    let outcome = storage.scan(Sequence(from), &|records| {
        let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for record in records {
            let json = String::from_utf8_lossy(record.json).into_owned();
            assert!(seen.insert(record.sequence.0, json).is_none(), "a record is shown twice");
        }
    });
    (seen.into_inner().unwrap_or_default(), outcome)
}

pub(super) fn scanned(storage: &dyn Storage) -> Result<BTreeMap<u64, String>, StoreError> {
    let (seen, outcome) = shown(storage, 0);
    outcome.map(|()| seen)
}

#[derive(Clone, Debug)]
enum Action {
    /// Events: actor, time, and whether it replaces a record that is there, and which.
    Append(Vec<(usize, i64, Option<prop::sample::Index>)>),
    Compact,
    Reopen,
    Forget(usize),
}

fn action() -> impl Strategy<Value = Action> {
    let event = (0_usize..4, 0_i64..100, prop::option::weighted(0.2, any::<prop::sample::Index>()));
    prop_oneof![
        6 => prop::collection::vec(event, 0..8).prop_map(Action::Append),
        2 => Just(Action::Compact),
        1 => Just(Action::Reopen),
        1 => (0_usize..4).prop_map(Action::Forget),
    ]
}

/// That a folder shows, finds and counts what the model does.
fn same(folder: &Folder, model: &Memory) -> Result<(), TestCaseError> {
    let failed = |error: StoreError| TestCaseError::fail(error.to_string());
    let expected = scanned(model).map_err(failed)?;
    prop_assert_eq!(&scanned(folder).map_err(failed)?, &expected);
    prop_assert_eq!(folder.next_sequence(), model.next_sequence());
    prop_assert_eq!(folder.usage().map_err(failed)?.events, model.usage().map_err(failed)?.events);
    for sequence in 0..model.next_sequence().0 {
        let (ours, theirs) =
            (folder.fetch(&[Sequence(sequence)]), model.fetch(&[Sequence(sequence)]));
        prop_assert_eq!(ours.ok(), theirs.ok(), "record {}", sequence);
    }
    let mut all: Vec<Sequence> =
        expected.keys().rev().map(|sequence| Sequence(*sequence)).collect();
    all.extend(all.first().copied());
    prop_assert_eq!(folder.fetch(&all).map_err(failed)?, model.fetch(&all).map_err(failed)?);
    if let Some(middle) = expected.keys().nth(expected.len() / 2) {
        let (seen, outcome) = shown(folder, *middle);
        outcome.map_err(failed)?;
        prop_assert_eq!(seen.into_iter().collect::<Vec<_>>(), {
            let rest = expected.range(*middle..);
            rest.map(|(sequence, json)| (*sequence, json.clone())).collect::<Vec<_>>()
        });
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done in whatever order, a folder is what the storage in memory is, for who writes and for who only reads.
    #[test]
    fn a_folder_is_what_the_model_is(actions in prop::collection::vec(action(), 1..24)) {
        let failed = |error: StoreError| TestCaseError::fail(error.to_string());
        let place = tempfile::tempdir()?;
        let model = Memory::default();
        let mut folder = Folder::open_with(place.path(), TINY).map_err(failed)?;
        let reader = Folder::open_read_only(place.path()).map_err(failed)?;
        let mut number = 0;
        for action in actions {
            match action {
                Action::Append(events) => {
                    let mut there: Vec<u64> =
                        scanned(&model).map_err(failed)?.into_keys().collect();
                    let mut given = Vec::new();
                    for (actor, at, replaces) in events {
                        let mut event = Given::new(number, actor, at);
                        if let Some(index) = replaces.filter(|_| !there.is_empty()) {
                            event.replaces = Some(there.swap_remove(index.index(there.len())));
                        }
                        given.push(event);
                        number += 1;
                    }
                    prop_assert_eq!(
                        append(&folder, &given).map_err(failed)?,
                        append(&model, &given).map_err(failed)?
                    );
                }
                Action::Compact => {
                    let (ours, theirs) =
                        (folder.compact().map_err(failed)?, model.compact().map_err(failed)?);
                    prop_assert_eq!(ours.folded, theirs.folded);
                }
                Action::Reopen => {
                    drop(folder);
                    folder = Folder::open_with(place.path(), TINY).map_err(failed)?;
                }
                Action::Forget(actor) => {
                    let actor = format!("actor-{actor}");
                    let dropped = folder.forget_actor(&actor).map_err(failed)?;
                    prop_assert_eq!(
                        dropped.events,
                        model.forget_actor(&actor).map_err(failed)?.events
                    );
                    // Forgetting rewrites, and so compacts.
                    model.compact().map_err(failed)?;
                }
            }
            same(&folder, &model)?;
        }
        prop_assert_eq!(scanned(&reader).map_err(failed)?, scanned(&model).map_err(failed)?);
        same(&reader, &model)?;
    }
}

#[test]
fn many_threads_share_syncs_and_lose_nothing() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    let sequences = StdMutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (folder, sequences) = (&folder, &sequences);
            scope.spawn(move || {
                for batch in 0..20 {
                    let number = thread * 1000 + batch * 10;
                    let given: Vec<Given> = (number..number + 3)
                        .map(|number| Given::new(number, thread, batch as i64))
                        .collect();
                    let first = append(folder, &given).map(|first| first.0);
                    let mut sequences =
                        sequences.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    for (sequence, given) in (first.unwrap_or(u64::MAX - 10)..).zip(given) {
                        sequences.insert(sequence, given.json);
                    }
                }
            });
        }
    });
    let acknowledged = sequences.into_inner().unwrap_or_default();
    assert_eq!(acknowledged.len(), 8 * 20 * 3);
    assert_eq!(scanned(&folder)?, acknowledged);
    drop(folder);
    assert_eq!(scanned(&Folder::open(place.path())?)?, acknowledged);
    Ok(())
}

#[test]
fn a_second_writer_is_refused_and_told_who_writes() -> Outcome {
    let place = tempfile::tempdir()?;
    let first = Folder::open(place.path())?;
    let second = Folder::open(place.path());
    let Err(StoreError::Locked { holder, .. }) = &second else {
        return Err(format!("{second:?}").into());
    };
    assert!(holder.starts_with(&format!("process {} since 20", std::process::id())), "{holder}");
    drop(first);
    Folder::open(place.path())?;
    Ok(())
}

#[test]
fn a_reader_writes_nothing() -> Outcome {
    let place = tempfile::tempdir()?;
    let missing = Folder::open_read_only(&place.path().join("missing"));
    assert!(matches!(missing, Err(StoreError::Io { .. })), "{missing:?}");
    let other = Folder::open_read_only(place.path());
    assert!(matches!(other, Err(StoreError::NotAStore { .. })), "{other:?}");
    append(&Folder::open(place.path())?, &[Given::new(0, 0, 0)])?;
    let reader = Folder::open_read_only(place.path())?;
    let refused = [
        append(&reader, &[Given::new(1, 0, 0)]).map(|_| ()),
        reader.write_document(DocumentName::Keys, b"{}"),
        reader.compact().map(|_| ()),
        reader.forget_actor("a").map(|_| ()),
        reader.drop_before(Timestamp::LATEST).map(|_| ()),
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(StoreError::ReadOnly { .. })), "{outcome:?}");
    }
    assert_eq!(scanned(&reader)?.len(), 1);
    Ok(())
}

#[test]
fn documents_are_replaced_as_a_whole() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    assert_eq!(folder.read_document(DocumentName::Settings)?, None);
    folder.write_document(DocumentName::Settings, b"{\"a\":1}")?;
    folder.write_document(DocumentName::Settings, b"{}")?;
    assert_eq!(folder.read_document(DocumentName::Settings)?, Some(b"{}".to_vec()));
    let reader = Folder::open_read_only(place.path())?;
    folder.write_document(DocumentName::Settings, b"[]")?;
    assert_eq!(reader.read_document(DocumentName::Settings)?, Some(b"[]".to_vec()));
    assert_eq!(folder.usage()?.document_bytes, 2);
    Ok(())
}

#[test]
fn a_long_document_is_read_as_it_was_written() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    let long: Vec<u8> = (0_u32..10_000_000).flat_map(u32::to_le_bytes).collect();
    folder.write_document(DocumentName::Checkpoint, &long)?;
    assert!(folder.read_document(DocumentName::Checkpoint)?.is_some_and(|read| read == long));
    Ok(())
}

#[test]
fn files_of_something_else_are_left_alone() -> Outcome {
    let place = tempfile::tempdir()?;
    fs::write(place.path().join("notes.txt"), "mine")?;
    let opened = Folder::open(place.path());
    assert!(matches!(opened, Err(StoreError::NotAStore { .. })), "{opened:?}");
    assert_eq!(fs::read_dir(place.path())?.count(), 1);
    Ok(())
}

#[test]
fn retention_drops_whole_segments_and_never_a_sequence_twice() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open_with(place.path(), Limits { segment_events: 4, ..TINY })?;
    for round in 0..3 {
        let given: Vec<Given> = (0..4)
            .map(|number| Given::new(round * 10 + number, 0, (round * 10 + number) as i64))
            .collect();
        append(&folder, &given)?;
        folder.compact()?;
    }
    let time = |at: i64| Timestamp::from_micros(1_700_000_000_000_000 + at);
    assert_eq!(folder.drop_before(time(3))?, Dropped::default(), "an event began at 3");
    assert_eq!(folder.drop_before(time(14))?.events, 8);
    assert_eq!(scanned(&folder)?.into_keys().collect::<Vec<_>>(), [8, 9, 10, 11]);
    assert_eq!(folder.drop_before(Timestamp::LATEST)?.events, 4);
    drop(folder);
    let folder = Folder::open_with(place.path(), TINY)?;
    assert_eq!(append(&folder, &[Given::new(99, 0, 0)])?, Sequence(12));
    Ok(())
}

#[test]
fn events_that_are_no_text_are_refused() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    let good = Given::new(0, 0, 0);
    let bad = NewEvent { json: b"\xff", ..good.event() };
    let refused = folder.append(&[good.event(), bad]);
    assert!(matches!(refused, Err(StoreError::Unfit { index: 1, .. })), "{refused:?}");
    assert_eq!(scanned(&folder)?.len(), 0);
    Ok(())
}
