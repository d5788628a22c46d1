//! From events to shares of facts.

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_events::{Collector, Event, Place, TextId, TextTable};
use twox_hash::xxhash3_64::Hasher;

use super::spill::{Spill, Unit};
use crate::{Extractor, Facts};

/// How many shares there are: many, so that those that are in memory at one time are little of all.
pub(super) const SHARES: usize = 32;

/// So many events of a share go into the temporary file together.
const TOGETHER: usize = if cfg!(test) { 8 } else { 128 };

/// Collects facts in [`Shares`](crate::Shares): what an [`Extractor`] gives, divided by which events can be in one session.
///
/// Facts stay in memory up to a number of bytes, and go into a temporary file from there on, in the folder that `TMPDIR` names.
/// Texts always stay, and so do up to 128 events a share of each part. What a part that is dropped took of either is not given back.
#[derive(Clone, Debug)]
pub struct ShareExtractor {
    extractor: Extractor,
    spill: Arc<Spill>,
}

/// The facts of a stretch of input, by share.
#[derive(Clone, Debug)]
pub struct SharesPart {
    pub(crate) texts: TextTable,
    pub(crate) shares: Vec<Open>,
    /// How many events there are of each kind.
    pub(crate) kinds: HashMap<TextId, u64>,
}

/// The part of a share that is being filled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open {
    /// What is not added to any more.
    units: Vec<Unit>,
    /// What came since, whose texts are those of the part.
    facts: Facts,
    /// Bytes of it that were taken from the room in memory.
    taken: usize,
    /// Whether there was no more of that.
    spills: bool,
    /// Of each event a hash of its identity.
    hashes: Vec<u64>,
}

impl ShareExtractor {
    /// One that keeps so many bytes of facts in memory.
    #[must_use]
    pub fn new(extractor: Extractor, bytes_in_memory: usize) -> Self {
        Self { extractor, spill: Arc::new(Spill::after(bytes_in_memory)) }
    }
}

impl Collector for ShareExtractor {
    type Part = SharesPart;

    fn begin(&self) -> SharesPart {
        SharesPart {
            texts: TextTable::default(),
            shares: std::iter::repeat_with(Open::default).take(SHARES).collect(),
            kinds: HashMap::new(),
        }
    }

    fn add(&self, part: &mut SharesPart, event: &Event<'_>, raw: &[u8], place: Place) {
        let SharesPart { texts, shares, kinds } = part;
        let hashes = Hashes::of(event);
        let Some(share) = shares.get_mut(hashes.share) else { return };
        std::mem::swap(texts, &mut share.facts.texts);
        self.extractor.add(&mut share.facts, event, raw, place);
        std::mem::swap(texts, &mut share.facts.texts);
        share.hashes.push(hashes.identity);
        if let Some(fact) = share.facts.events.last() {
            *kinds.entry(fact.kind_name).or_default() += 1;
        }
        if share.facts.events.len().is_multiple_of(TOGETHER) {
            share.make_room(&self.spill);
        }
    }

    fn absorb(&self, whole: &mut SharesPart, part: SharesPart) -> Option<SharesPart> {
        // What went into the file keeps the ids of its texts.
        if !part.shares.iter().all(|share| share.units.is_empty()) {
            return Some(part);
        }
        let ids = whole.texts.absorb(&part.texts);
        for (kind, count) in part.kinds {
            let kind = ids.get(kind.index()).copied().unwrap_or(kind);
            *whole.kinds.entry(kind).or_default() += count;
        }
        for (share, other) in whole.shares.iter_mut().zip(part.shares) {
            let before = share.facts.events.len() / TOGETHER;
            share.facts.take(other.facts, Some(&ids));
            share.taken += other.taken;
            share.hashes.extend(other.hashes);
            if share.facts.events.len() / TOGETHER > before {
                share.make_room(&self.spill);
            }
        }
        None
    }
}

impl Open {
    /// Lets what came since stay in memory, or writes it to the file.
    fn make_room(&mut self, spill: &Arc<Spill>) {
        let bytes = self.facts.bytes();
        if !self.spills && spill.has_room(bytes.saturating_sub(self.taken)) {
            self.taken = bytes;
            return;
        }
        self.spills = true;
        if self.taken > 0 {
            self.taken = 0;
            self.units.push(Unit::Memory(Box::new(std::mem::take(&mut self.facts))));
        } else if let Some(unit) = spill.write(&self.facts) {
            self.units.push(unit);
            self.facts.clear();
        }
    }

    /// The hashes of all events, in the order in which they were added.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// All facts in the order in which they were added, and the hashes of all events.
    pub(crate) fn into_units(self) -> (impl Iterator<Item = Unit>, Vec<u64>) {
        let last = (!self.facts.events.is_empty()).then(|| Unit::Memory(Box::new(self.facts)));
        (self.units.into_iter().chain(last), self.hashes)
    }
}

/// What tells where an event belongs, and which it may be another copy of.
struct Hashes {
    /// Events that can be in one session are in one share: those of one hint, else of one actor, on one server.
    share: usize,
    /// Events of one identity have one hash, and nearly all others have another.
    identity: u64,
}

impl Hashes {
    fn of(event: &Event<'_>) -> Self {
        let server = event.mcp_server_id.as_deref().map_or(0, |id| Hasher::oneshot(id.as_bytes()));
        let hash = |text: &str| Hasher::oneshot_with_seed(server, text.as_bytes());
        let owner = event.session_id_hint.as_deref().unwrap_or(&event.actor_id);
        Self {
            share: usize::try_from(hash(owner) % SHARES as u64).unwrap_or(0),
            identity: hash(&event.event_id),
        }
    }
}
