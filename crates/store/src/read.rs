//! Reads records out of a state: by sequence, or all of them.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::log::file::Log;
use crate::segment::read::Segment;
use crate::state::State;
use crate::{Sequence, StoreError, StoredEvent};

/// So many records are shown at once.
const BATCH: usize = 1024;

/// Something that one thread reads: a log file, or a row group of a segment.
enum Task<'a> {
    Log(&'a Arc<Log>),
    Group(&'a Arc<Segment>, usize),
    /// A segment of which not even the row groups can be told.
    Unreadable(StoreError),
}

/// Shows every live record from a sequence on. What cannot be read keeps nothing else from being shown, and is told at the end.
pub(crate) fn scan(
    state: &State,
    from: Sequence,
    visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
) -> Result<(), StoreError> {
    let mut tasks = Vec::new();
    for segment in state.segments.iter().filter(|segment| segment.entry.last >= from.0) {
        match segment.row_groups() {
            Ok(groups) => tasks.extend((0..groups).map(|group| Task::Group(segment, group))),
            Err(error) => tasks.push(Task::Unreadable(error)),
        }
    }
    tasks.extend(state.logs.iter().filter(|log| log.next > from.0).map(Task::Log));
    // All of them run, whatever fails; of the failures the first in order is told.
    let outcomes: Vec<Result<(), StoreError>> = tasks
        .into_par_iter()
        .map(|task| match task {
            Task::Log(log) => scan_log(state, log, from, visit),
            Task::Group(segment, group) => scan_group(state, segment, group, from, visit),
            Task::Unreadable(error) => Err(error),
        })
        .collect();
    outcomes.into_iter().collect::<Result<(), StoreError>>()?;
    state.first_damage()
}

fn scan_log(
    state: &State,
    log: &Log,
    from: Sequence,
    visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
) -> Result<(), StoreError> {
    let bytes = log.bytes()?;
    let mut batch = Vec::with_capacity(BATCH);
    let mut outcome = Ok(());
    for (sequence, place) in log.records() {
        if sequence < from.0 || state.replaced.contains(&sequence) {
            continue;
        }
        let payload = log.payload_in(&bytes, place);
        match payload.and_then(|payload| log.decode(payload)) {
            Ok(event) => {
                batch.push(StoredEvent { sequence: Sequence(sequence), json: event.json });
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
        if batch.len() == BATCH {
            visit(&batch);
            batch.clear();
        }
    }
    if !batch.is_empty() {
        visit(&batch);
    }
    outcome
}

fn scan_group(
    state: &State,
    segment: &Segment,
    group: usize,
    from: Sequence,
    visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
) -> Result<(), StoreError> {
    if *segment.sequences(group)?.end() < from.0 {
        return Ok(());
    }
    let sequences = segment.read_sequences(group)?;
    segment.visit_events(group, BATCH, |row, events| {
        let rows = sequences.get(row..).unwrap_or_default().iter().zip(events);
        let live = rows
            .filter(|(sequence, _)| **sequence >= from.0 && !state.replaced.contains(sequence))
            .map(|(sequence, event)| StoredEvent {
                sequence: Sequence(*sequence),
                json: event.data(),
            });
        let live: Vec<StoredEvent<'_>> = live.collect();
        if !live.is_empty() {
            visit(&live);
        }
    })
}

/// The JSON of records, in the order asked for.
pub(crate) fn fetch(state: &State, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut wanted: Vec<u64> = sequences.iter().map(|sequence| sequence.0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = HashMap::with_capacity(wanted.len());
    let log_start = wanted.partition_point(|sequence| *sequence < state.manifest.log_start);
    let (in_segments, in_logs) = wanted.split_at(log_start);
    for sequence in in_logs {
        let log = state.logs.partition_point(|log| log.first <= *sequence).checked_sub(1);
        let log = log.and_then(|log| state.logs.get(log));
        let place = log.and_then(|log| Some((log, log.place(*sequence)?)));
        let (log, place) = place.ok_or(StoreError::UnknownSequence(*sequence))?;
        let payload = log.payload(place)?;
        found.insert(*sequence, log.decode(&payload)?.json.to_vec());
    }
    let parts: Vec<(&Arc<Segment>, &[u64])> = state
        .segments
        .iter()
        .map(|segment| {
            let start = in_segments.partition_point(|sequence| *sequence < segment.entry.first);
            let end = in_segments.partition_point(|sequence| *sequence <= segment.entry.last);
            (segment, in_segments.get(start..end).unwrap_or_default())
        })
        .filter(|(_, wanted)| !wanted.is_empty())
        .collect();
    let parts: Result<Vec<HashMap<u64, Vec<u8>>>, StoreError> =
        parts.into_par_iter().map(|(segment, wanted)| segment.fetch(wanted)).collect();
    found.extend(parts?.into_iter().flatten());
    sequences
        .iter()
        .map(|sequence| {
            found.get(&sequence.0).cloned().ok_or(StoreError::UnknownSequence(sequence.0))
        })
        .collect()
}
