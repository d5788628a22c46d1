//! What was computed of the events up to a record, kept so that opening need not compute it again.
//!
//! The document [`DocumentName::Checkpoint`]: a head, then sections. Nothing is lost with it: where it is missing, damaged, of
//! another version or made with other options, everything is read from the events.
//!
//! ```text
//! 8 bytes   "mcpin.cp"
//! 8 bytes   what it was made with: a hash of the format, the version and the options that sessions depend on
//! 8 bytes   xxh3 of everything behind
//! 8 bytes   the first record that it has not seen
//! 8 bytes   xxh3 of the record before: of a log that was damaged or put back, numbers of records come again
//! 8 bytes   number of sections n
//! n × 8     their lengths
//! …         the sections: kinds and identities as JSON; records ordered by identity, 24 bytes each; then sessions as `Kept` has them
//! ```
//!
//! All numbers are little-endian.

use std::collections::BTreeMap;
use std::path::Path;

use mcp_insights_sessions::{Kept, Sessions};
use mcp_insights_store::{DocumentName, Documents, Folder, Sequence, Storage};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::durable::growing::{Basis, Identities};
use crate::durable::known::Known;
use crate::durable::state::Taken;
use crate::error::Error;
use crate::options::Options;

const MAGIC: &[u8; 8] = b"mcpin.cp";
/// To be raised with every change of what is kept, and of what sessions are made of events.
const FORMAT: u32 = 3;
/// Bytes of a record: its identity and its sequence.
const RECORD: usize = 16 + 8;
/// Where what the checksum covers begins.
const CHECKED: usize = 24;

#[derive(Serialize, Deserialize)]
struct Head {
    kinds: BTreeMap<String, u64>,
    identities: Identities,
}

/// Keeps what has been taken in, in the place of what was kept before.
pub(crate) fn write(taken: &Taken, options: &Options, storage: &dyn Storage) -> Result<(), Error> {
    let last = last_before(taken.next, storage);
    // Where it cannot be put into bytes nothing is kept, which costs time later and nothing else.
    let Some(bytes) = to_bytes(taken, last, options) else { return remove(storage) };
    Ok(storage.write_document(DocumentName::Checkpoint, &bytes)?)
}

/// Removes what was kept.
pub(crate) fn remove(storage: &dyn Storage) -> Result<(), Error> {
    if storage.document_len(DocumentName::Checkpoint)?.unwrap_or(0) == 0 {
        return Ok(());
    }
    Ok(storage.write_document(DocumentName::Checkpoint, &[])?)
}

/// What was kept, where it is of use for the storage as it stands now.
pub(crate) fn read(storage: &dyn Storage, options: &Options) -> Result<Option<Taken>, Error> {
    let Some(bytes) = storage.read_document(DocumentName::Checkpoint)? else { return Ok(None) };
    // A reader may see an older state of the events than of the documents.
    let kept = of_bytes(&bytes, options).filter(|(taken, last)| {
        is_near(taken, storage.next_sequence()) && last_before(taken.next, storage) == *last
    });
    Ok(kept.map(|(taken, _)| taken))
}

/// How many of the records that the checkpoint of a folder has seen are beyond the last one that is held. Whoever removed files of the
/// log took them away: of files that are not there the folder itself cannot tell.
///
/// # Errors
/// [`Error::Store`] where the folder cannot be opened.
pub fn missing_records(folder: &Path) -> Result<u64, Error> {
    // Before the events: a process that writes keeps no checkpoint of records that are not there.
    let kept = Documents::open_read_only(folder)?.read(DocumentName::Checkpoint)?;
    let seen = kept.as_deref().and_then(seen);
    let held = Folder::open_read_only(folder)?.next_sequence();
    Ok(seen.map_or(0, |seen| seen.0.saturating_sub(held.0)))
}

/// The first record that a checkpoint has not seen, whatever it was made with.
fn seen(bytes: &[u8]) -> Option<Sequence> {
    let rest = &mut bytes.strip_prefix(MAGIC)?;
    number(rest)?;
    let is_whole = number(rest)? == XxHash3_64::oneshot(rest);
    is_whole.then(|| number(rest).map(Sequence)).flatten()
}

/// A hash of the record before a record; 0 where it is not held.
fn last_before(next: Sequence, storage: &dyn Storage) -> u64 {
    let last = next.0.checked_sub(1).map(Sequence);
    let records = last.and_then(|last| storage.fetch(&[last]).ok()).unwrap_or_default();
    records.first().map_or(0, |json| XxHash3_64::oneshot(json))
}

/// Whether so few events have come since that taking them in one by one is cheaper than reading everything.
fn is_near(taken: &Taken, next: Sequence) -> bool {
    let since = next.0.checked_sub(taken.next.0);
    since.is_some_and(|since| since <= LEAST_OVERDUE.max(taken.events() / 4))
}

/// Checkpoints of fewer events than these are worth nothing: reading them takes a moment.
const LEAST: u64 = 10_000;
const LEAST_OVERDUE: u64 = 4 * LEAST;

/// Whether it takes longer to take `since` events in than to keep a checkpoint of all of them.
pub(crate) fn is_worth_it(events: u64, since: u64) -> bool {
    since >= LEAST.max(events / 64)
}

/// Whether it is time for another checkpoint, `since` events after the last one.
pub(crate) fn is_due(events: u64, since: u64) -> bool {
    since >= LEAST.max(events / 16)
}

fn to_bytes(taken: &Taken, last: u64, options: &Options) -> Option<Vec<u8>> {
    let Taken { basis, known, next } = taken;
    let Kept { texts, shared, parts } = basis.sessions.keep().ok()?;
    let head = Head { kinds: basis.kinds.clone(), identities: basis.identities.clone() };
    let mut sections = vec![serde_json::to_vec(&head).ok()?, records(known), texts, shared];
    sections.extend(parts);
    let total: usize = sections.iter().map(Vec::len).sum();
    let mut bytes = Vec::with_capacity(CHECKED + 24 + 8 * sections.len() + total);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&made_with(options).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&next.0.to_le_bytes());
    bytes.extend_from_slice(&last.to_le_bytes());
    bytes.extend_from_slice(&(sections.len() as u64).to_le_bytes());
    for section in &sections {
        bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
    }
    for section in sections {
        bytes.extend_from_slice(&section);
    }
    let sum = XxHash3_64::oneshot(bytes.get(CHECKED..)?);
    bytes.get_mut(16..CHECKED)?.copy_from_slice(&sum.to_le_bytes());
    Some(bytes)
}

fn of_bytes(bytes: &[u8], options: &Options) -> Option<(Taken, u64)> {
    let rest = &mut bytes.strip_prefix(MAGIC)?;
    if number(rest)? != made_with(options) || number(rest)? != XxHash3_64::oneshot(rest) {
        return None;
    }
    let (next, last) = (Sequence(number(rest)?), number(rest)?);
    let lengths: Vec<u64> = (0..number(rest)?).map(|_| number(rest)).collect::<Option<_>>()?;
    let mut sections = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (section, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        sections.push(section);
        *rest = behind;
    }
    let [head, known, texts, shared, parts @ ..] = sections.as_slice() else { return None };
    let (sessions, known) =
        rayon::join(|| Sessions::restore(texts, shared, parts), || known_of(known));
    let Head { kinds, identities } = serde_json::from_slice(head).ok()?;
    let basis = Basis { sessions: sessions.ok()?, identities, kinds };
    Some((Taken { basis, known, next }, last))
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

/// The record of each identity, ordered by identity.
fn records(known: &Known) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(known.len() * RECORD);
    for (identity, Sequence(record)) in known.sorted() {
        bytes.extend_from_slice(&identity.to_le_bytes());
        bytes.extend_from_slice(&record.to_le_bytes());
    }
    bytes
}

fn known_of(bytes: &[u8]) -> Known {
    let (records, _) = bytes.as_chunks::<RECORD>();
    Known::of_sorted(records, |record: &[u8; RECORD]| {
        let (identity, sequence) = record.split_at(16);
        let sequence = sequence.first_chunk().copied().unwrap_or_default();
        let identity = identity.first_chunk().copied().unwrap_or_default();
        (u128::from_le_bytes(identity), Sequence(u64::from_le_bytes(sequence)))
    })
}

/// A hash of everything beside the events that decides what sessions there are.
fn made_with(options: &Options) -> u64 {
    let Options { read, rules, sessions, .. } = options;
    let bounds = (read.max_event_bytes, read.max_depth);
    let all = format!("{FORMAT} {} {bounds:?} {rules:?} {sessions:?}", env!("CARGO_PKG_VERSION"));
    XxHash3_64::oneshot(all.as_bytes())
}
