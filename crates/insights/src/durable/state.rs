//! What the one writer knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_calls::{EventFact, Extractor, Facts};
use mcp_insights_events::{Collector, Event, ReadSettings, Sources, canonical_json};
use mcp_insights_registry::Registry;
use mcp_insights_store::{DocumentName, NewEvent, Sequence, Storage, StoredEvent};
use parking_lot::Mutex;

use crate::build::{Account, Grouping, assemble};
use crate::durable::beside::{Beside, or_panic};
use crate::durable::checkpoint;
use crate::durable::growing::{Basis, Growing, Joining, Leaving};
use crate::durable::known::Known;
use crate::durable::raw::{place, sequence};
use crate::durable::ready::{Parsed, Ready, Sent, identity};
use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;

/// Everything that is needed to take in events.
pub(crate) struct State {
    storage: Arc<dyn Storage>,
    options: Options,
    known: Known,
    pub(crate) growing: Growing,
    /// The first record that the checkpoint it began with has not seen.
    pub(crate) kept: Sequence,
    /// Whether it has to be read again before it is of any use: that failed.
    is_broken: bool,
    /// Whether events are stored that it is to take in [later](TakenIn::Later).
    lags: bool,
    /// Whether the storage refused the last events.
    is_refused: bool,
}

/// The events of a storage, up to a record.
pub(crate) struct Taken {
    pub(crate) basis: Basis,
    pub(crate) known: Known,
    /// The first record that it has not seen.
    pub(crate) next: Sequence,
}

impl Taken {
    /// Reads all events of a storage.
    fn read(storage: &dyn Storage, options: &Options) -> Result<Self, Error> {
        let facts = scan(storage, options)?;
        let next = storage.next_sequence();
        Ok(Self { known: records(&facts), basis: Basis::of(facts, options), next })
    }

    /// The same without rows of sessions that were replaced.
    pub(crate) fn compact(mut self) -> Self {
        self.basis.sessions = self.basis.sessions.compact();
        self
    }

    /// Groups what was taken in, from the groups of a registry on, which learns what is found.
    pub(crate) fn group(&self, options: &Options, registry: &mut Registry) {
        let sessions = self.basis.sessions.clone();
        let account = account(&self.basis.kinds);
        assemble(sessions, account, Sources::none(), options, registry, Grouping::Cluster);
    }

    /// How many events.
    pub(crate) fn events(&self) -> u64 {
        self.basis.kinds.values().sum()
    }
}

/// So many records at most are left for [`Begun::caught_up`], where they do not come faster than they are taken in.
const FEW: usize = 100;
const ROUNDS: usize = 4;

/// When stored events are taken into the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakenIn {
    /// Event by event, which costs what is new.
    AtOnce,
    /// When everything is read again, which is cheaper where much is new.
    Later,
}

/// An event that is about to be stored.
#[derive(Clone, Copy)]
struct Fresh<'a> {
    event: Sent<'a>,
    replaces: Option<Sequence>,
}

/// What becomes of the events of some batches.
struct Judged<'b> {
    fresh: Vec<Fresh<'b>>,
    leaving: Vec<Leaving>,
    /// Of each batch how many were known already.
    duplicates: Vec<u64>,
}

impl State {
    /// Begins with everything that a storage has: what was computed up to its checkpoint, and the events since.
    pub(crate) fn load(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let mut registry = match storage.read_document(DocumentName::Registry)? {
            Some(json) => Registry::from_json(&String::from_utf8_lossy(&json))?,
            None => Registry::default(),
        };
        registry.claim(options.embedder.name())?;
        if let Some(taken) = checkpoint::read(storage.as_ref(), &options)? {
            let (storage, registry, seen) = (Arc::clone(&storage), registry.clone(), taken.next);
            let begun = Begun::of(taken, registry, Arc::clone(&storage), options.clone());
            if let Some(mut state) = begun.caught_up()? {
                if storage.next_sequence() != seen {
                    state.growing.retell();
                }
                return Ok(state);
            }
        }
        Self::read(registry, storage, options)
    }

    /// Begins with everything that a storage has, read anew.
    fn read(
        registry: Registry,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<Self, Error> {
        let taken = Taken::read(storage.as_ref(), &options)?;
        Ok(Self { kept: Sequence(0), ..Self::of(taken, registry, storage, options) })
    }

    fn of(taken: Taken, registry: Registry, storage: Arc<dyn Storage>, options: Options) -> Self {
        let Taken { basis, known, next } = taken;
        let growing = Growing::new(basis, &options, registry, Arc::clone(&storage));
        Self {
            storage,
            options,
            known,
            growing,
            kept: next,
            is_broken: false,
            lags: false,
            is_refused: false,
        }
    }

    /// Whether it holds what is stored.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_broken && !self.lags
    }

    /// What is stored is about to change, so that it must be read again, unless it [did not](Self::is_unchanged).
    pub(crate) fn is_changing(&mut self) {
        self.is_broken = true;
    }

    /// What is stored did not change.
    pub(crate) fn is_unchanged(&mut self) {
        self.is_broken = false;
    }

    /// What has been taken in, for a checkpoint or to be grouped anew.
    pub(crate) fn taken(&self) -> Taken {
        Taken {
            basis: self.growing.basis(),
            known: self.known.clone(),
            next: self.storage.next_sequence(),
        }
    }

    /// Stores the events of batches, and gives for each batch how many were known already. They are durable when it returns, and where they are taken in at once the state shows them.
    ///
    /// The state takes them in while they are written, and takes them back where that fails. That costs memory until the state is tidied
    /// up, so from then on the disk comes first until it works again.
    pub(crate) fn store(
        &mut self,
        batches: &[Vec<Sent<'_>>],
        taken_in: TakenIn,
        beside: &Beside,
    ) -> Result<Vec<u64>, Error> {
        if self.is_broken || (self.lags && taken_in == TakenIn::AtOnce) {
            self.reload()?;
        }
        let Judged { fresh, leaving, duplicates } = self.judge(batches)?;
        if fresh.is_empty() {
            return Ok(duplicates);
        }
        let rows: Vec<NewEvent<'_>> = fresh.iter().map(|one| one.event.row(one.replaces)).collect();
        // Nobody else writes, so it is known which records they will be.
        let first = self.storage.next_sequence();
        let joining: Vec<Joining<'_>> = (first.0..)
            .map(Sequence)
            .zip(&fresh)
            .map(|(sequence, one)| Joining { sequence, event: one.event })
            .collect();
        let (storage, growing) = (self.storage.as_ref(), &mut self.growing);
        let append = || storage.append(&rows);
        let mut join = || match taken_in {
            TakenIn::Later => true,
            TakenIn::AtOnce => growing.join(&joining, &leaving).is_ok(),
        };
        let first_stored = if self.is_refused { Some(append()?) } else { None };
        self.lags |= taken_in == TakenIn::Later;
        // A panic would leave half of it taken in.
        self.is_broken = true;
        let (stored, joined) = match first_stored {
            Some(stored) => (Ok(Ok(stored)), join()),
            None => {
                let (joined, stored) = beside.run(join, append);
                (stored, or_panic(joined))
            }
        };
        self.is_refused = !matches!(stored, Ok(Ok(_)));
        let stored = match stored {
            Ok(Ok(stored)) => stored,
            failed => {
                let is_as_before =
                    taken_in == TakenIn::Later || (joined && self.take_back(&joining, &leaving));
                self.is_broken = !is_as_before;
                if self.is_broken {
                    self.reload()?;
                }
                return Ok(or_panic(failed).map(|_| duplicates)?);
            }
        };
        self.is_broken = false;
        for one in &joining {
            self.known.insert(one.event.identity(), one.sequence);
        }
        if !joined || stored != first {
            self.reload()?;
        }
        Ok(duplicates)
    }

    /// Which events of batches are to be stored, and what they take the place of.
    fn judge<'b>(&self, batches: &[Vec<Sent<'b>>]) -> Result<Judged<'b>, Error> {
        let mut leaving: Vec<Leaving> = Vec::new();
        let mut fresh: Vec<Fresh<'_>> = Vec::new();
        let mut of_identity: HashMap<u128, usize> = HashMap::new();
        let mut duplicates = vec![0; batches.len()];
        let bounds = &self.options.read;
        let replaced = batches.iter().flatten();
        let known: Vec<Sequence> =
            replaced.filter_map(|event| self.known.get(event.identity())).collect();
        let mut held = self.held(&known)?;
        for (batch, duplicates) in batches.iter().zip(&mut duplicates) {
            for event in batch.iter().copied() {
                let one = Fresh { event, replaces: self.known.get(event.identity()) };
                if let Some(stored) = one.replaces {
                    *duplicates += 1;
                    if !of_identity.contains_key(&event.identity()) {
                        let old = held.get(&stored).map(Vec::as_slice).unwrap_or_default();
                        if !wins(event.json(), old, bounds) {
                            continue;
                        }
                        let json = held.remove(&stored).unwrap_or_default();
                        leaving.push(Leaving { sequence: stored, json });
                    }
                }
                match of_identity.entry(event.identity()) {
                    Entry::Occupied(entry) => {
                        *duplicates += u64::from(one.replaces.is_none());
                        if let Some(earlier) = fresh.get_mut(*entry.get())
                            && wins(event.json(), earlier.event.json(), bounds)
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
        Ok(Judged { fresh, leaving, duplicates })
    }

    /// Takes back what joined and brings back what left for it. False where everything must be read again.
    fn take_back(&mut self, joined: &[Joining<'_>], left: &[Leaving]) -> bool {
        let leaving: Vec<Leaving> = joined
            .iter()
            .map(|one| Leaving { sequence: one.sequence, json: one.event.json().to_vec() })
            .collect();
        let back = left.iter().map(|one| (one.sequence, one.json.as_slice()));
        let (back, sequences) = self.ready(back);
        self.growing.join(&joining(&back, &sequences), &leaving).is_ok()
    }

    /// Stored events, read, and the records that they are.
    fn ready<'r>(
        &self,
        records: impl Iterator<Item = (Sequence, &'r [u8])>,
    ) -> (Ready, Vec<Sequence>) {
        let (mut ready, mut sequences) = (Ready::default(), Vec::new());
        for (sequence, json) in records {
            if let Ok(event) = Event::parse(json, &self.options.read) {
                ready.add(self.growing.extractor(), &Parsed::new(event, json));
                sequences.push(sequence);
            }
        }
        (ready, sequences)
    }

    /// The JSON of records, all read at once: those of a segment share the pages that must be decoded.
    fn held(&self, records: &[Sequence]) -> Result<HashMap<Sequence, Vec<u8>>, Error> {
        if records.is_empty() {
            return Ok(HashMap::new());
        }
        let json = self.storage.fetch(records)?;
        Ok(records.iter().copied().zip(json).collect())
    }

    /// Reads everything again.
    pub(crate) fn reload(&mut self) -> Result<(), Error> {
        self.is_broken = true;
        let registry = self.growing.registry().clone();
        *self = Self::read(registry, Arc::clone(&self.storage), self.options.clone())?;
        Ok(())
    }

    /// Stores ids and edits.
    pub(crate) fn keep_registry(&mut self, registry: Registry) -> Result<(), Error> {
        write_registry(self.storage.as_ref(), &registry)?;
        self.growing.edited(registry);
        Ok(())
    }

    /// What has begun anew takes the place of this, with the events that came meanwhile.
    pub(crate) fn adopt(&mut self, begun: Begun) -> Result<(), Error> {
        let registry = begun.state.growing.registry().clone();
        write_registry(self.storage.as_ref(), &registry)?;
        *self = match begun.caught_up()? {
            Some(state) => state,
            // The ids are stored by now: what cannot be taken in event by event is read again with them.
            None => Self::read(registry, Arc::clone(&self.storage), self.options.clone())?,
        };
        Ok(())
    }

    /// Takes in what is stored already. After an error everything must be read again.
    fn catch_up(&mut self, stored: &[(Sequence, Vec<u8>)]) -> Result<(), Error> {
        let stored = stored.iter().map(|(sequence, json)| (*sequence, json.as_slice()));
        let (ready, sequences) = self.ready(stored);
        let joining = joining(&ready, &sequences);
        let mut replaced = Vec::new();
        for one in &joining {
            replaced.extend(self.known.insert(one.event.identity(), one.sequence));
        }
        let mut held = self.held(&replaced)?;
        let leaving: Vec<Leaving> = replaced
            .into_iter()
            .filter_map(|sequence| Some(Leaving { sequence, json: held.remove(&sequence)? }))
            .collect();
        self.growing.join(&joining, &leaving)
    }
}

/// A state with the events up to a record, which has still to take in those since.
pub(crate) struct Begun {
    state: State,
    next: Sequence,
}

impl Begun {
    pub(crate) fn of(
        taken: Taken,
        registry: Registry,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Self {
        Self { next: taken.next, state: State::of(taken, registry, storage, options) }
    }

    /// Takes in most of the events since, while others come, so that few are left for whoever makes batches wait for the rest.
    pub(crate) fn nearer(mut self) -> Result<Self, Error> {
        for _ in 0..ROUNDS {
            let later = self.later()?;
            let Some((last, _)) = later.last().filter(|_| later.len() > FEW) else { break };
            self.next = Sequence(last.0 + 1);
            if self.state.catch_up(&later).is_err() {
                self.state.is_broken = true;
                break;
            }
        }
        Ok(self)
    }

    /// The records since, in order.
    fn later(&self) -> Result<Vec<(Sequence, Vec<u8>)>, Error> {
        let later: Mutex<Vec<(Sequence, Vec<u8>)>> = Mutex::default();
        self.state.storage.scan(self.next, &|records: &[StoredEvent<'_>]| {
            later.lock().extend(records.iter().map(|one| (one.sequence, one.json.to_vec())));
        })?;
        let mut later = later.into_inner();
        later.sort_unstable();
        Ok(later)
    }

    /// Takes in the events since; none where everything must be read.
    fn caught_up(self) -> Result<Option<State>, Error> {
        let before = self.state.storage.usage()?.events;
        let later = self.later()?;
        let mut state = self.state;
        let is_current = !state.is_broken && state.catch_up(&later).is_ok();
        // Records can be set aside or dropped beside the engine. Where another process writes, more may have come meanwhile.
        let held = before..=state.storage.usage()?.events;
        Ok((is_current && held.contains(&state.growing.events())).then_some(state))
    }
}

fn write_registry(storage: &dyn Storage, registry: &Registry) -> Result<(), Error> {
    Ok(storage.write_document(DocumentName::Registry, registry.to_json().as_bytes())?)
}

/// The account of events that are stored, by kind: what was refused or known is not.
pub(crate) fn account(kinds: &BTreeMap<String, u64>) -> Account {
    Account {
        report: ReadReport {
            accepted: kinds.values().sum(),
            events_by_kind: kinds
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(kind, count)| (kind.clone(), *count))
                .collect(),
            ..ReadReport::default()
        },
        rejected: None,
        duplicates: None,
    }
}

/// The record of each identity.
fn records(facts: &Facts) -> Known {
    let record = |event: &EventFact| {
        let server = event.server.map(|server| facts.texts.get(server));
        (identity(server, facts.id(event)), sequence(event.place))
    };
    facts.events.iter().map(record).collect()
}

/// The facts of everything stored.
fn scan(storage: &dyn Storage, options: &Options) -> Result<Facts, Error> {
    let parts: Mutex<Vec<Facts>> = Mutex::default();
    let extractor = Extractor::new(options.rules.clone());
    storage.scan(Sequence(0), &|records: &[StoredEvent<'_>]| {
        let mut part = extractor.begin();
        for record in records {
            // Only events are ever stored; one that bounds refuse now stays out.
            if let Ok(event) = Event::parse(record.json, &options.read) {
                let place = place(record.sequence, record.json);
                extractor.add(&mut part, &event, record.json, place);
            }
        }
        parts.lock().push(part);
    })?;
    Ok(Facts::merge_all(parts.into_inner()))
}

fn joining<'a>(ready: &'a Ready, sequences: &[Sequence]) -> Vec<Joining<'a>> {
    let events = sequences.iter().zip(ready.iter());
    events.map(|(sequence, event)| Joining { sequence: *sequence, event }).collect()
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
