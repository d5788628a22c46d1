//! The facts of many events in shares, of which few are in memory at a time.
//!
//! A share holds all events that can be in one session with any of its own. So sessions are made share by share, and only
//! what they have in common, such as texts, must be at hand for all of them.

mod collect;
mod deduplicate;
mod spill;

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_events::{TextId, TextTable};

use collect::{Open, SHARES};
pub use collect::{ShareExtractor, SharesPart};
use deduplicate::with_equal_hashes;
pub use spill::SpillError;
use spill::Unit;

use crate::Facts;

/// The facts of a set of events, in shares.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    texts: TextTable,
    kinds: HashMap<TextId, u64>,
    shares: Vec<Share>,
    /// The numbers of events that may share their identity with another, in order, until they were looked at.
    suspects: Vec<u32>,
}

/// Facts of events, of which none can be in a session with any of another share.
#[derive(Clone, Debug, Default)]
pub struct Share {
    texts: TextTable,
    units: Vec<Translated>,
    /// Of each event a hash of its identity.
    hashes: Vec<u64>,
    /// The events that do not count, by number, in order.
    dropped: Vec<u32>,
}

/// For each id of a text of a part the id among the texts of all.
type Ids = Arc<Vec<TextId>>;

/// Facts, and what makes their ids of texts those of all; nothing where they are.
#[derive(Clone, Debug)]
struct Translated {
    unit: Unit,
    ids: Option<Ids>,
}

impl Shares {
    /// Merges the parts of a reading. No facts are moved, and ids of texts are translated when a share is taken up.
    ///
    /// It takes some twenty bytes of memory an event, to find those that may share their identity.
    #[must_use]
    pub fn merge(mut parts: Vec<SharesPart>) -> Self {
        // The part with most texts gives the ids.
        parts.sort_by_key(|part| std::cmp::Reverse(part.texts.len()));
        let mut whole = Self {
            shares: std::iter::repeat_with(Share::default).take(SHARES).collect(),
            ..Self::default()
        };
        let texts_and_shares = |part: SharesPart| ((part.texts, part.kinds), part.shares);
        let (texts, parts): (Vec<_>, Vec<Vec<Open>>) =
            parts.into_iter().map(texts_and_shares).unzip();
        let (ids, suspects) = rayon::join(
            || {
                texts
                    .into_iter()
                    .map(|(texts, kinds)| whole.take_texts(texts, kinds))
                    .collect::<Vec<_>>()
            },
            || with_equal_hashes(&hashes(&parts)),
        );
        whole.suspects = suspects;
        for (shares, ids) in parts.into_iter().zip(ids) {
            for (share, open) in whole.shares.iter_mut().zip(shares) {
                let (units, hashes) = open.into_units();
                share.units.extend(units.map(|unit| Translated { unit, ids: ids.clone() }));
                share.hashes.extend(hashes);
            }
        }
        // Each share knows all texts, which costs a few pointers.
        whole.texts.settle();
        for share in &mut whole.shares {
            share.texts = whole.texts.clone();
        }
        whole
    }

    /// Takes the texts of a part among those of all, and its counts of kinds. None where the ids of its texts are those of all.
    fn take_texts(&mut self, texts: TextTable, kinds: HashMap<TextId, u64>) -> Option<Ids> {
        let ids = if self.texts.is_empty() {
            self.texts = texts;
            None
        } else {
            Some(Arc::new(self.texts.absorb(&texts)))
        };
        for (kind, count) in kinds {
            let kind = ids.as_ref().and_then(|ids| ids.get(kind.index()).copied()).unwrap_or(kind);
            *self.kinds.entry(kind).or_default() += count;
        }
        ids
    }

    /// How many events count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shares.iter().map(|share| share.hashes.len() - share.dropped.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events by kind, as received, sorted.
    #[must_use]
    pub fn kinds(&self) -> Vec<(String, u64)> {
        let counts = self.kinds.iter().filter(|(_, count)| **count > 0);
        let mut kinds: Vec<(String, u64)> =
            counts.map(|(kind, count)| (self.texts.get(*kind).to_owned(), *count)).collect();
        kinds.sort_unstable();
        kinds
    }

    /// The texts of all shares, and the shares.
    #[must_use]
    pub fn into_parts(self) -> (TextTable, Vec<Share>) {
        (self.texts, self.shares)
    }
}

impl Share {
    /// Whether it never had events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    fn is_in_memory(&self) -> bool {
        self.units.iter().all(|unit| unit.unit.is_in_memory())
    }

    /// Its facts, with the texts of all shares.
    ///
    /// # Errors
    /// Where the temporary file cannot be read.
    pub fn into_facts(mut self) -> Result<Facts, SpillError> {
        self.taken()
    }

    /// A copy of its facts.
    fn facts(&self) -> Result<Facts, SpillError> {
        let units = self.units.iter();
        self.joined(units.map(|Translated { unit, ids }| Ok((unit.facts()?, ids.clone()))))
    }

    /// Looks at its facts. Of those that are in memory as a whole no copy is made, and what is changed of them stays so.
    ///
    /// # Errors
    /// Where the temporary file cannot be read.
    pub fn look<R>(&mut self, look: impl FnOnce(&mut Facts) -> R) -> Result<R, SpillError> {
        if !self.is_in_memory() {
            return Ok(look(&mut self.facts()?));
        }
        let mut facts = self.taken()?;
        let seen = look(&mut facts);
        facts.texts = TextTable::default();
        let mut is_dropped = numbered(&self.dropped);
        self.hashes.retain(|_| !is_dropped());
        drop(is_dropped);
        self.dropped.clear();
        self.units = vec![Translated { unit: Unit::Memory(Box::new(facts)), ids: None }];
        Ok(seen)
    }

    /// Its facts, which it has no more.
    fn taken(&mut self) -> Result<Facts, SpillError> {
        let units = std::mem::take(&mut self.units).into_iter();
        self.joined(units.map(|Translated { unit, ids }| Ok((unit.into_facts()?, ids))))
    }

    fn joined(
        &self,
        units: impl Iterator<Item = Result<(Facts, Option<Ids>), SpillError>>,
    ) -> Result<Facts, SpillError> {
        let mut whole = Facts::default();
        for unit in units {
            let (facts, ids) = unit?;
            whole.take(facts, ids.as_deref().map(Vec::as_slice));
        }
        if !self.dropped.is_empty() {
            let mut is_dropped = numbered(&self.dropped);
            whole.events.retain(|_| !is_dropped());
        }
        whole.texts = self.texts.clone();
        Ok(whole)
    }
}

/// The hashes of all events in the order of their numbers: share by share, of each those of one part after the other.
fn hashes(parts: &[Vec<Open>]) -> Vec<u64> {
    let of_share = |share| parts.iter().filter_map(move |shares| shares.get(share));
    let opens = (0..SHARES).flat_map(of_share);
    opens.flat_map(|open: &Open| open.hashes().iter().copied()).collect()
}

/// Tells of 0, 1, 2 and so on, one a call, whether they are among numbers in order.
fn numbered(numbers: &[u32]) -> impl FnMut() -> bool {
    let mut numbers = numbers.iter().copied().peekable();
    let mut next = 0;
    move || {
        next += 1;
        numbers.next_if_eq(&(next - 1)).is_some()
    }
}

#[cfg(test)]
mod tests;
