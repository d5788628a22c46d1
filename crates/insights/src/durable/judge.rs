//! Which events are new, and which of two with the same id counts.

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_events::{Event, ReadSettings, canonical_json};
use mcp_insights_store::{Sequence, Storage};

use crate::durable::growing::Leaving;
use crate::durable::known::Known;
use crate::durable::sent::{Sent, SentEvent};
use crate::error::Error;

/// An event that is to be stored.
#[derive(Clone, Copy)]
pub(crate) struct Fresh {
    /// Which batch it is of.
    batch: usize,
    /// Its place there.
    index: usize,
    pub(crate) identity: u128,
    /// The record whose place it takes.
    pub(crate) replaces: Option<Sequence>,
}

impl Fresh {
    /// The event.
    pub(crate) fn of(self, batches: &[Arc<Sent>]) -> Option<SentEvent<'_>> {
        batches.get(self.batch)?.get(self.index)
    }
}

/// What becomes of the events of some batches.
pub(crate) struct Judged {
    pub(crate) fresh: Vec<Fresh>,
    pub(crate) leaving: Vec<Leaving>,
    /// Of each batch how many were known already.
    pub(crate) duplicates: Vec<u64>,
}

impl Judged {
    /// Judges them beside those that a storage holds.
    pub(crate) fn of(
        batches: &[Arc<Sent>],
        known: &Known,
        storage: &dyn Storage,
        bounds: &ReadSettings,
    ) -> Result<Self, Error> {
        let mut leaving: Vec<Leaving> = Vec::new();
        let mut fresh: Vec<Fresh> = Vec::new();
        let mut of_identity: HashMap<u128, usize> = HashMap::new();
        let mut duplicates = vec![0; batches.len()];
        let all = batches.iter().flat_map(|batch| batch.iter());
        let stored: Vec<Sequence> = all.filter_map(|event| known.get(event.identity())).collect();
        let mut held = held(storage, &stored)?;
        for ((number, batch), duplicates) in batches.iter().enumerate().zip(&mut duplicates) {
            for (index, event) in batch.iter().enumerate() {
                let identity = event.identity();
                let replaces = known.get(identity);
                let one = Fresh { batch: number, index, identity, replaces };
                if let Some(stored) = replaces {
                    *duplicates += 1;
                    if !of_identity.contains_key(&identity) {
                        let old = held.get(&stored).map(Vec::as_slice).unwrap_or_default();
                        if !wins(event.json(), old, bounds) {
                            continue;
                        }
                        let json = held.remove(&stored).unwrap_or_default();
                        leaving.push(Leaving { sequence: stored, json });
                    }
                }
                match of_identity.entry(identity) {
                    Entry::Occupied(entry) => {
                        *duplicates += u64::from(replaces.is_none());
                        if let Some(earlier) = fresh.get_mut(*entry.get())
                            && let Some(other) = earlier.of(batches)
                            && wins(event.json(), other.json(), bounds)
                        {
                            *earlier = one;
                        }
                    }
                    Entry::Vacant(entry) => {
                        entry.insert(fresh.len());
                        fresh.push(one);
                    }
                }
            }
        }
        Ok(Self { fresh, leaving, duplicates })
    }
}

/// The JSON of records, all read at once: those of a segment share the pages that must be decoded.
pub(crate) fn held(
    storage: &dyn Storage,
    records: &[Sequence],
) -> Result<HashMap<Sequence, Vec<u8>>, Error> {
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    let json = storage.fetch(records)?;
    Ok(records.iter().copied().zip(json).collect())
}

/// Whether an event takes the place of a stored one with the same identity.
fn wins(json: &[u8], stored: &[u8], bounds: &ReadSettings) -> bool {
    // What is sent again is mostly the same.
    if json == stored {
        return false;
    }
    let Ok(event) = Event::parse(json, bounds) else { return false };
    let Ok(held) = Event::parse(stored, bounds) else { return true };
    event
        .started_at
        .cmp(&held.started_at)
        .then_with(|| canonical_json(json).cmp(&canonical_json(stored)))
        .then_with(|| json.cmp(stored))
        .is_lt()
}
