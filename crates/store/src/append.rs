//! Group commit: callers that append at the same time share one write and one sync.
//!
//! A caller puts its batch into a queue and asks for the tail of the log. Whoever gets it writes all that is queued; the others
//! find, when their turn comes, that it is done.

use std::fs::File;
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};

use crate::layout::Layout;
use crate::limits::Limits;
use crate::log::file::{Log, Place};
use crate::log::format::{self, GROUP, RECORD};
use crate::log::index::Index;
use crate::log::writer::{Tail, create};
use crate::record;
use crate::state::State;
use crate::{NewEvent, Sequence, StoreError};

/// Batches that wait are written together up to this size.
const GROUP_BYTES: usize = 16 << 20;
/// The largest batch.
const LARGEST: usize = 1 << 30;

/// The writing end of the log.
#[derive(Debug)]
pub(crate) struct Appender {
    limits: Limits,
    queue: Mutex<Vec<Arc<Batch>>>,
    /// None until something is written after opening or rotating.
    tail: Mutex<Option<Tail<Arc<File>>>>,
}

/// The events of one caller, encoded.
#[derive(Debug)]
struct Batch {
    records: Vec<u8>,
    /// Where payloads stand in `records`, and what each replaces.
    places: Vec<(Place, Option<u64>)>,
    /// The first sequence.
    outcome: OnceLock<Result<u64, StoreError>>,
}

impl Appender {
    pub(crate) fn new(limits: Limits, tail: Option<Tail<Arc<File>>>) -> Self {
        Self { limits, queue: Mutex::default(), tail: Mutex::new(tail) }
    }

    /// Makes events durable and part of the state.
    pub(crate) fn append(
        &self,
        layout: &Layout,
        state: &RwLock<State>,
        events: &[NewEvent<'_>],
    ) -> Result<Sequence, StoreError> {
        if events.is_empty() {
            return Ok(Sequence(state.read().next));
        }
        let batch = Arc::new(encode(events)?);
        self.queue.lock().push(Arc::clone(&batch));
        let mut tail = self.tail.lock();
        loop {
            match batch.outcome.get() {
                Some(Ok(first)) => return Ok(Sequence(*first)),
                Some(Err(error)) => return Err(same(error)),
                None => self.write_next(&mut tail, layout, state),
            }
        }
    }

    /// Closes the newest log file, if it has records, and gives every closed one. The next append begins a new file.
    pub(crate) fn rotate(&self, state: &RwLock<State>) -> Vec<Arc<Log>> {
        let mut tail = self.tail.lock();
        let mut logs = state.read().logs.clone();
        if logs.last().is_some_and(|log| log.len() == 0) && tail.is_some() {
            logs.pop();
        } else if let Some(tail) = tail.take() {
            close(tail, logs.last());
        }
        logs
    }

    /// Writes a group of batches from the front of the queue.
    fn write_next(
        &self,
        tail: &mut Option<Tail<Arc<File>>>,
        layout: &Layout,
        state: &RwLock<State>,
    ) {
        let batches: Vec<Arc<Batch>> = {
            let mut queue = self.queue.lock();
            let mut bytes = 0;
            let fits = queue.iter().take_while(|batch| {
                let first = bytes == 0;
                bytes += batch.records.len();
                first || bytes <= GROUP_BYTES
            });
            let count = fits.count();
            queue.drain(..count).collect()
        };
        match self.write_group(tail, layout, state, &batches) {
            Ok(mut first) => {
                for batch in &batches {
                    let _ = batch.outcome.set(Ok(first));
                    first += batch.places.len() as u64;
                }
            }
            Err(error) => {
                for batch in &batches {
                    let _ = batch.outcome.set(Err(same(&error)));
                }
            }
        }
    }

    fn write_group(
        &self,
        tail: &mut Option<Tail<Arc<File>>>,
        layout: &Layout,
        state: &RwLock<State>,
        batches: &[Arc<Batch>],
    ) -> Result<u64, StoreError> {
        let (first, records_in_file) = {
            let state = state.read();
            (state.next, state.logs.last().map_or(0, |log| log.len()))
        };
        let full = |tail: &Tail<_>| {
            tail.end() >= self.limits.log_bytes || records_in_file >= self.limits.log_records
        };
        if let Some(full) = tail.take_if(|tail| full(tail)) {
            let log = state.read().logs.last().cloned();
            close(full, log.as_ref());
        }
        if tail.is_none() {
            let (new, file) = create(layout, &self.limits, first)?;
            let log = Log::empty(new.path().to_owned(), file, first);
            state.write().logs.push(Arc::new(log));
            *tail = Some(new);
        }
        let Some(tail) = tail.as_mut() else { return Ok(first) };

        let length: usize = batches.iter().map(|batch| batch.records.len()).sum();
        let count: usize = batches.iter().map(|batch| batch.places.len()).sum();
        let mut bytes = Vec::with_capacity(GROUP + length);
        bytes.extend(format::group_header(length as u32, count as u32, first));
        for batch in batches {
            bytes.extend(&batch.records);
        }
        let mut start = tail.append(&bytes)? + GROUP as u64;

        let mut state = state.write();
        let state = &mut *state;
        let Some(log) = state.logs.last_mut() else { return Ok(first) };
        // A reader that holds the log keeps what it has.
        let log = Arc::make_mut(log);
        let replaced =
            batches.iter().flat_map(|batch| &batch.places).filter_map(|(_, replaces)| *replaces);
        let replaced: Vec<u64> = replaced.collect();
        if !replaced.is_empty() {
            Arc::make_mut(&mut state.replaced).extend(replaced);
        }
        let mut sequence = first;
        for batch in batches {
            for (place, replaces) in &batch.places {
                let place = Place { offset: start + place.offset, length: place.length };
                log.push(sequence, place, *replaces);
                sequence += 1;
            }
            start += batch.records.len() as u64;
        }
        log.end = tail.end();
        state.next = sequence;
        Ok(first)
    }
}

/// Ends the newest log file.
fn close(tail: Tail<Arc<File>>, log: Option<&Arc<Log>>) {
    let index = log.and_then(|log| Index::of(log)?.encode());
    tail.finish(&index.unwrap_or_default());
}

fn encode(events: &[NewEvent<'_>]) -> Result<Batch, StoreError> {
    let mut length = 0;
    for (index, event) in events.iter().enumerate() {
        length += RECORD + record::encoded_length(event);
        if length > LARGEST {
            return Err(StoreError::Unfit { index, problem: "makes it larger than 1 GiB" });
        }
        if std::str::from_utf8(event.json).is_err() {
            return Err(StoreError::Unfit { index, problem: "is no UTF-8" });
        }
    }
    let mut records = Vec::with_capacity(length);
    let mut places = Vec::with_capacity(events.len());
    for event in events {
        let length = record::encoded_length(event) as u32;
        let offset = (records.len() + RECORD) as u64;
        format::push_record(&mut records, length, |bytes| record::encode(event, bytes));
        places.push((Place { offset, length }, event.replaces.map(|replaced| replaced.0)));
    }
    Ok(Batch { records, places, outcome: OnceLock::new() })
}

/// An error once more, for each of the callers whose write failed.
fn same(error: &StoreError) -> StoreError {
    use std::io;
    match error {
        StoreError::Io { action, path, error } => {
            let error = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            };
            StoreError::Io { action, path: path.clone(), error }
        }
        error => {
            let error = io::Error::other(error.to_string());
            StoreError::Io { action: "write", path: "log".into(), error }
        }
    }
}
