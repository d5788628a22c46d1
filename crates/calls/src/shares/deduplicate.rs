//! One event of each identity.

use hashbrown::hash_table::{Entry, HashTable};
use mcp_insights_events::{Place, TextId, Timestamp, canonical_json};
use rayon::prelude::*;

use super::{Share, Shares, SpillError};
use crate::EventFact;

/// Gives the raw JSON of events by their places, in the order asked for.
type Fetch<'f, E> = dyn Fn(&[Place]) -> Result<Vec<Vec<u8>>, E> + 'f;

/// What tells of an event whether it has the identity of another, and which of the two stays.
struct Suspect {
    server: Option<TextId>,
    id: Box<str>,
    started_at: Timestamp,
    fingerprint: u64,
    place: Place,
    kind: TextId,
    /// Its number among the events of all shares.
    number: u32,
}

impl Shares {
    /// Keeps one event of each identity, which is the MCP server and the `event_id`, and returns how many it dropped.
    ///
    /// The smaller by `started_at`, then by the JSON as received with its keys sorted, then by its bytes, stays; so what stays does not
    /// depend on the order of the events. Only events of one identity and one time that differ in their bytes are
    /// fetched, all at once. The calls and searches of dropped events remain in their columns without an event.
    ///
    /// It takes a hundred bytes of memory for each event that shares its identity. Once done, nothing is left to drop.
    ///
    /// # Errors
    /// Those of `fetch`, which is asked for the raw JSON of events, and where the temporary file cannot be read; then nothing
    /// has been dropped.
    pub fn deduplicate<E>(&mut self, fetch: &Fetch<'_, E>) -> Result<u64, E>
    where
        E: From<SpillError>,
    {
        let suspects = std::mem::take(&mut self.suspects);
        let dropped = self.keep_one_of_each(&suspects, fetch);
        if dropped.is_err() {
            self.suspects = suspects;
        }
        dropped
    }

    fn keep_one_of_each<E>(&mut self, suspects: &[u32], fetch: &Fetch<'_, E>) -> Result<u64, E>
    where
        E: From<SpillError>,
    {
        if suspects.is_empty() {
            return Ok(0);
        }
        let mut suspects = self.known_of(suspects)?;
        suspects.sort_unstable_by(|left, right| left.identity().cmp(&right.identity()));
        let groups: Vec<&[Suspect]> = suspects
            .chunk_by(|left, right| left.identity() == right.identity())
            .filter(|group| group.len() > 1)
            .collect();
        let kept = kept(&groups, fetch)?;
        let mut dropped: Vec<(u32, TextId)> = Vec::new();
        for (group, kept) in groups.iter().zip(kept) {
            let others = group.iter().filter(|suspect| suspect.number != kept);
            dropped.extend(others.map(|suspect| (suspect.number, suspect.kind)));
        }
        for (_, kind) in &dropped {
            if let Some(count) = self.kinds.get_mut(kind) {
                *count = count.saturating_sub(1);
            }
        }
        dropped.sort_unstable();
        let mut first = 0;
        let mut rest = dropped.as_slice();
        for share in &mut self.shares {
            let end = first + narrow(share.hashes.len());
            let own = rest.partition_point(|(number, _)| *number < end);
            let (own, others) = rest.split_at(own);
            share.dropped = own.iter().map(|(number, _)| number - first).collect();
            (first, rest) = (end, others);
        }
        Ok(dropped.len() as u64)
    }

    /// What is known of events, given by their numbers in order.
    fn known_of(&mut self, numbers: &[u32]) -> Result<Vec<Suspect>, SpillError> {
        let mut first = 0;
        let mut rest = numbers;
        let mut tasks: Vec<(&mut Share, u32, &[u32])> = Vec::new();
        for share in &mut self.shares {
            let end = first + narrow(share.hashes.len());
            let (own, others) = rest.split_at(rest.partition_point(|number| *number < end));
            if !own.is_empty() {
                tasks.push((share, first, own));
            }
            (first, rest) = (end, others);
        }
        let suspects = tasks.into_par_iter().map(|(share, first, own)| {
            share.look(|facts| {
                own.iter()
                    .filter_map(|number| {
                        let event = facts.events.get((number - first) as usize)?;
                        Some(Suspect::of(event, facts.id(event), *number))
                    })
                    .collect::<Vec<_>>()
            })
        });
        Ok(suspects.collect::<Result<Vec<_>, SpillError>>()?.into_iter().flatten().collect())
    }
}

/// The numbers of events whose hash another event has, in order.
///
/// Each thread looks at hashes of its own.
pub(super) fn with_equal_hashes(hashes: &[u64]) -> Vec<u32> {
    let threads = rayon::current_num_threads() as u64;
    let found = (0..threads).into_par_iter().map(|thread| {
        let usual = usize::try_from(threads).map_or(0, |threads| hashes.len() / threads.max(1));
        let mut firsts: HashTable<u32> = HashTable::with_capacity(usual);
        let hash_of = |number: &u32| hashes.get(*number as usize).copied().unwrap_or_default();
        let mut equal = Vec::new();
        let own = (0_u32..).zip(hashes).filter(|(_, hash)| (*hash >> 32) % threads == thread);
        for (number, hash) in own {
            match firsts.entry(*hash, |first| hash_of(first) == *hash, hash_of) {
                Entry::Occupied(first) => equal.extend([*first.get(), number]),
                Entry::Vacant(place) => drop(place.insert(number)),
            }
        }
        equal
    });
    let mut found: Vec<u32> = found.flatten().collect();
    found.par_sort_unstable();
    found.dedup();
    found
}

impl Suspect {
    fn of(event: &EventFact, id: &str, number: u32) -> Self {
        Self {
            server: event.server,
            id: id.into(),
            started_at: event.started_at,
            fingerprint: event.fingerprint,
            place: event.place,
            kind: event.kind_name,
            number,
        }
    }

    fn identity(&self) -> (Option<TextId>, &str) {
        (self.server, &self.id)
    }
}

/// Of each group of one identity the number of the event that stays.
fn kept<E>(groups: &[&[Suspect]], fetch: &Fetch<'_, E>) -> Result<Vec<u32>, E> {
    let candidates: Vec<Vec<&Suspect>> = groups.iter().map(|group| candidates(group)).collect();
    let contested = candidates.iter().filter(|candidates| candidates.len() > 1).flatten();
    let places: Vec<Place> = contested.map(|suspect| suspect.place).collect();
    let mut fetched = if places.is_empty() { Vec::new() } else { fetch(&places)? }.into_iter();
    let kept = candidates.iter().map(|candidates| {
        let [first, rest @ ..] = candidates.as_slice() else { return None };
        if rest.is_empty() {
            return Some(first.number);
        }
        let canonical = |suspect: &&Suspect| {
            let raw = fetched.next().unwrap_or_default();
            (canonical_json(&raw), raw, suspect.place, suspect.number)
        };
        candidates.iter().map(canonical).min().map(|(.., number)| number)
    });
    Ok(kept.flatten().collect())
}

/// Of the events of one identity the earliest; of equal bytes one, the first by place.
fn candidates(group: &[Suspect]) -> Vec<&Suspect> {
    let earliest = group.iter().map(|suspect| suspect.started_at).min();
    let mut candidates: Vec<&Suspect> =
        group.iter().filter(|suspect| Some(suspect.started_at) == earliest).collect();
    candidates.sort_by_key(|suspect| (suspect.fingerprint, suspect.place));
    candidates.dedup_by_key(|suspect| suspect.fingerprint);
    candidates
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
