//! Everything that is known of the events of a storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_insights_calls::{EventFact, Extractor, Facts};
use mcp_insights_events::{Collector, Event, Sources};
use mcp_insights_registry::Registry;
use mcp_insights_store::{DocumentName, Sequence, Storage, StoredEvent};
use parking_lot::Mutex;

use crate::build::{Account, Grouping, assemble};
use crate::durable::checkpoint;
use crate::durable::growing::{Basis, Growing, Leaving};
use crate::durable::judge::held;
use crate::durable::known::Known;
use crate::durable::raw::{place, sequence};
use crate::durable::sent::{Sent, identity};
use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;

/// The events of a storage, and what is computed of them.
pub(crate) struct State {
    storage: Arc<dyn Storage>,
    options: Options,
    pub(crate) known: Known,
    pub(crate) growing: Growing,
    /// The first record that the checkpoint it began with has not seen.
    pub(crate) kept: Sequence,
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

    /// Whether a storage has no other events.
    fn is_all(&self, storage: &dyn Storage) -> Result<bool, Error> {
        // This looks into it anew, and tells what is damaged.
        storage.scan(self.next, &|_| {})?;
        let events = storage.usage()?.events;
        Ok(storage.next_sequence() == self.next && events == self.events())
    }

    /// How many events.
    pub(crate) fn events(&self) -> u64 {
        self.basis.kinds.values().sum()
    }
}

/// So many records at most are left for [`Begun::caught_up`], where they do not come faster than they are taken in.
const FEW: usize = 100;
const ROUNDS: usize = 4;

impl State {
    /// Begins with everything that a storage has: what was computed up to its checkpoint, and the events since.
    pub(crate) fn load(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let registry = registry(storage.as_ref(), &options)?;
        match checkpoint::read(storage.as_ref(), &options)? {
            Some(taken) => Self::after(taken, registry, storage, options),
            None => Self::read(registry, storage, options),
        }
    }

    /// The engine over everything that a storage has, which never grows.
    pub(crate) fn engine(storage: Arc<dyn Storage>, options: Options) -> Result<Engine, Error> {
        let registry = registry(storage.as_ref(), &options)?;
        if let Some(taken) = checkpoint::read(storage.as_ref(), &options)? {
            if taken.is_all(storage.as_ref())? {
                return Ok(taken.basis.engine(&options, registry, &storage));
            }
            if storage.next_sequence() != taken.next {
                return Ok(Self::after(taken, registry, storage, options)?.growing.engine());
            }
        }
        let taken = Taken::read(storage.as_ref(), &options)?;
        Ok(taken.basis.engine(&options, registry, &storage))
    }

    /// Begins with what was taken in, and takes in the events since.
    fn after(
        taken: Taken,
        registry: Registry,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<Self, Error> {
        let seen = taken.next;
        let begun = Begun::of(taken, registry.clone(), Arc::clone(&storage), options.clone());
        if let Some(mut state) = begun.caught_up()? {
            if storage.next_sequence() != seen {
                state.growing.retell();
            }
            return Ok(state);
        }
        Self::read(registry, storage, options)
    }

    /// Begins with everything that a storage has, read anew.
    pub(crate) fn read(
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
        Self { storage, options, known, growing, kept: next }
    }

    /// Takes in what is stored already. After an error everything must be read again.
    fn catch_up(&mut self, stored: &[(Sequence, Vec<u8>)]) -> Result<(), Error> {
        let events = stored.iter().map(|(sequence, json)| (*sequence, json.as_slice()));
        let (sent, sequences) = Sent::read(events, &self.options.read, self.growing.extractor());
        let (mut joining, mut replaced) = (Vec::with_capacity(stored.len()), Vec::new());
        for (sequence, event) in sequences.into_iter().zip(sent.iter()) {
            replaced.extend(self.known.insert(event.identity(), sequence));
            joining.extend(event.joining(sequence));
        }
        let mut held = held(self.storage.as_ref(), &replaced)?;
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
    /// Whether everything must be read again, as an event could not be taken in.
    is_broken: bool,
}

impl Begun {
    pub(crate) fn of(
        taken: Taken,
        registry: Registry,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Self {
        let next = taken.next;
        Self { next, state: State::of(taken, registry, storage, options), is_broken: false }
    }

    /// Its ids and edits.
    pub(crate) fn registry(&self) -> &Registry {
        self.state.growing.registry()
    }

    /// Takes in most of the events since, while others come, so that few are left for whoever makes batches wait for the rest.
    pub(crate) fn nearer(mut self) -> Result<Self, Error> {
        for _ in 0..ROUNDS {
            let later = self.later()?;
            let Some((last, _)) = later.last().filter(|_| later.len() > FEW) else { break };
            self.next = Sequence(last.0 + 1);
            if self.state.catch_up(&later).is_err() {
                self.is_broken = true;
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
    pub(crate) fn caught_up(self) -> Result<Option<State>, Error> {
        let before = self.state.storage.usage()?.events;
        let later = self.later()?;
        let mut state = self.state;
        let is_current = !self.is_broken && state.catch_up(&later).is_ok();
        // Records can be set aside or dropped beside the engine. Where another process writes, more may have come meanwhile.
        let held = before..=state.storage.usage()?.events;
        Ok((is_current && held.contains(&state.growing.events())).then_some(state))
    }
}

/// The ids and edits of a storage.
fn registry(storage: &dyn Storage, options: &Options) -> Result<Registry, Error> {
    let mut registry = match storage.read_document(DocumentName::Registry)? {
        Some(json) => Registry::from_json(&String::from_utf8_lossy(&json))?,
        None => Registry::default(),
    };
    registry.claim(options.embedder.name())?;
    Ok(registry)
}

/// Stores ids and edits.
pub(crate) fn write_registry(storage: &dyn Storage, registry: &Registry) -> Result<(), Error> {
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
