//! One event of each identity.

use hashbrown::hash_table::{Entry, HashTable};
use mcp_insights_events::{Place, canonical_json};
use rayon::prelude::*;
use twox_hash::xxhash3_64::Hasher;

use crate::{EventFact, Facts};

/// Gives the raw JSON of events by their places, in the order asked for.
type Fetch<'f, E> = dyn Fn(&[Place]) -> Result<Vec<Vec<u8>>, E> + 'f;

impl Facts {
    /// Keeps one event of each identity, which is the MCP server and the `event_id`, and returns how many it dropped.
    ///
    /// The smaller by `started_at`, then by the JSON as received with its keys sorted, stays; so what stays does not
    /// depend on the order of the events. Only events of one identity and one time that differ in their bytes are
    /// fetched, all at once. The calls and searches of dropped events remain in their columns without an event.
    ///
    /// It takes one hash of each identity, and some twenty bytes of memory an event.
    ///
    /// # Errors
    /// Those of `fetch`, which is asked for the raw JSON of events; then nothing has been dropped.
    pub fn deduplicate<E>(&mut self, fetch: &Fetch<'_, E>) -> Result<u64, E> {
        let mut copies = self.copies();
        if copies.is_empty() {
            return Ok(0);
        }
        copies.sort_unstable();
        let groups: Vec<Vec<u32>> = copies
            .chunk_by(|left, right| left.0 == right.0)
            .map(|group| {
                let first = group.iter().map(|(first, _)| *first).take(1);
                first.chain(group.iter().map(|(_, copy)| *copy)).collect()
            })
            .collect();
        let kept = self.kept(&groups, fetch)?;
        let mut is_dropped = vec![false; self.events.len()];
        for (group, kept) in groups.iter().zip(kept) {
            for event in group.iter().filter(|event| **event != kept) {
                if let Some(is_dropped) = is_dropped.get_mut(*event as usize) {
                    *is_dropped = true;
                }
            }
        }
        let before = self.events.len();
        let mut is_dropped = is_dropped.into_iter();
        self.events.retain(|_| !is_dropped.next().unwrap_or(false));
        Ok((before - self.events.len()) as u64)
    }

    /// Every event that has the identity of one before it, behind the first of these.
    ///
    /// Each thread looks at identities of its own, told apart by their hashes.
    fn copies(&self) -> Vec<(u32, u32)> {
        let hashes: Vec<u64> =
            self.events.par_iter().map(|event| self.identity_hash(event)).collect();
        let shares = rayon::current_num_threads() as u64;
        let copies = (0..shares)
            .into_par_iter()
            .map(|share| self.copies_among(&hashes, |hash| (hash >> 32) % shares == share, shares));
        copies.collect::<Vec<_>>().concat()
    }

    /// The copies among the events whose hash is one's own, which is one of so many shares of all.
    fn copies_among(
        &self,
        hashes: &[u64],
        is_own: impl Fn(u64) -> bool,
        shares: u64,
    ) -> Vec<(u32, u32)> {
        let mut copies = Vec::new();
        let usual = usize::try_from(shares).map_or(0, |shares| hashes.len() / shares.max(1));
        let mut firsts: HashTable<u32> = HashTable::with_capacity(usual);
        let hash_of = |event: &u32| hashes.get(*event as usize).copied().unwrap_or_default();
        for (number, event) in (0u32..).zip(&self.events) {
            let hash = hash_of(&number);
            if !is_own(hash) {
                continue;
            }
            let same = |first: &u32| {
                self.events.get(*first as usize).is_some_and(|first| {
                    first.server == event.server && self.id(first) == self.id(event)
                })
            };
            match firsts.entry(hash, same, hash_of) {
                Entry::Occupied(first) => copies.push((*first.get(), number)),
                Entry::Vacant(place) => drop(place.insert(number)),
            }
        }
        copies
    }

    fn identity_hash(&self, event: &EventFact) -> u64 {
        let server = event.server.map_or(0, |server| server.index() as u64 + 1);
        Hasher::oneshot_with_seed(server, self.id(event).as_bytes())
    }

    /// Of each group the event that stays.
    fn kept<E>(&self, groups: &[Vec<u32>], fetch: &Fetch<'_, E>) -> Result<Vec<u32>, E> {
        let candidates: Vec<Vec<u32>> = groups.iter().map(|group| self.candidates(group)).collect();
        let contested = || candidates.iter().filter(|candidates| candidates.len() > 1).flatten();
        let places: Vec<Place> = contested().filter_map(|event| self.place(*event)).collect();
        let mut fetched = if places.is_empty() { Vec::new() } else { fetch(&places)? }.into_iter();
        let kept = candidates.iter().map(|candidates| {
            let [first, rest @ ..] = candidates.as_slice() else { return None };
            if rest.is_empty() {
                return Some(*first);
            }
            let canonical = |event: &u32| {
                let raw = fetched.next().unwrap_or_default();
                let json = canonical_json(&raw);
                (json.map_or(raw, String::into_bytes), self.place(*event), *event)
            };
            candidates.iter().map(canonical).min().map(|(_, _, event)| event)
        });
        Ok(kept.flatten().collect())
    }

    /// Of the events of one identity the earliest; of equal bytes one, the first by place.
    fn candidates(&self, group: &[u32]) -> Vec<u32> {
        let fact = |event: &u32| self.events.get(*event as usize);
        let earliest = group.iter().filter_map(fact).map(|event| event.started_at).min();
        let mut candidates: Vec<u32> = group
            .iter()
            .filter(|event| fact(event).map(|event| event.started_at) == earliest)
            .copied()
            .collect();
        candidates.sort_by_key(|event| fact(event).map(|event| (event.fingerprint, event.place)));
        candidates.dedup_by_key(|event| fact(event).map(|event| event.fingerprint));
        candidates
    }

    fn place(&self, event: u32) -> Option<Place> {
        self.events.get(event as usize).map(|event| event.place)
    }
}
