//! What the one writer knows.

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_calls::{Extractor, Facts};
use mcp_insights_events::{Collector, Event, Kind, ReadSettings, Sources, canonical_json};
use mcp_insights_registry::Registry;
use mcp_insights_store::{DocumentName, NewEvent, Sequence, Storage, StoredEvent};
use parking_lot::Mutex;
use twox_hash::XxHash3_128;

use crate::build::{self, Account, Grouping, assemble};
use crate::durable::raw::{StoredRaw, place};
use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;

/// Everything that is needed to take in events and make the next snapshot.
pub(crate) struct State {
    storage: Arc<dyn Storage>,
    options: Options,
    /// The ids and edits as they stand in the storage.
    pub(crate) registry: Registry,
    /// One event of each identity.
    facts: Facts,
    /// The record of each identity.
    known: HashMap<u128, Sequence>,
}

/// What a snapshot is made of.
pub(crate) struct Draft {
    storage: Arc<dyn Storage>,
    options: Options,
    registry: Registry,
    facts: Facts,
}

/// An event that is about to be stored.
struct Fresh<'a> {
    identity: u128,
    event: Event<'a>,
    json: &'a [u8],
    replaces: Option<Sequence>,
}

impl State {
    /// Reads everything that a storage has.
    pub(crate) fn load(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let mut registry = match storage.read_document(DocumentName::Registry)? {
            Some(json) => Registry::from_json(&String::from_utf8_lossy(&json))?,
            None => Registry::default(),
        };
        registry.claim(options.embedder.name())?;
        let facts = scan(storage.as_ref(), &options)?;
        let known = facts
            .events
            .iter()
            .map(|event| {
                let server = event.server.map(|server| facts.texts.get(server));
                (identity(server, facts.id(event)), Sequence(event.place.offset))
            })
            .collect();
        Ok(Self { storage, options, registry, facts, known })
    }

    /// Stores the events of batches, each a list of JSON texts that are events, and gives for each batch how many were known
    /// already. They are durable when it returns.
    pub(crate) fn store(&mut self, batches: &[&[Vec<u8>]]) -> Result<Vec<u64>, Error> {
        let first = self.storage.next_sequence().0;
        let mut fresh: Vec<Fresh<'_>> = Vec::new();
        let mut of_identity: HashMap<u128, usize> = HashMap::new();
        let mut duplicates = vec![0; batches.len()];
        let bounds = &self.options.read;
        for (batch, duplicates) in batches.iter().zip(&mut duplicates) {
            for json in *batch {
                // It was parsed when it was accepted.
                let Ok(event) = Event::parse(json, bounds) else { continue };
                let identity = identity(event.mcp_server_id.as_deref(), &event.event_id);
                let mut replaces = None;
                if let Some(stored) = self.known.get(&identity) {
                    *duplicates += 1;
                    if !of_identity.contains_key(&identity) {
                        let old = self.storage.fetch(&[*stored])?;
                        let old = old.first().map_or(&[][..], Vec::as_slice);
                        if !wins(&event, json, old, bounds) {
                            continue;
                        }
                    }
                    replaces = Some(*stored);
                }
                match of_identity.entry(identity) {
                    Entry::Occupied(entry) => {
                        *duplicates += u64::from(replaces.is_none());
                        if let Some(earlier) = fresh.get_mut(*entry.get())
                            && wins(&event, json, earlier.json, bounds)
                        {
                            *earlier = Fresh { identity, event, json, replaces };
                        }
                    }
                    Entry::Vacant(entry) => {
                        entry.insert(fresh.len());
                        fresh.push(Fresh { identity, event, json, replaces });
                    }
                }
            }
        }
        if fresh.is_empty() {
            return Ok(duplicates);
        }
        let rows: Vec<NewEvent<'_>> = fresh.iter().map(Fresh::row).collect();
        let stored = self.storage.append(&rows)?;
        debug_assert_eq!(stored.0, first, "there is one writer");
        let replaced: Vec<u64> = fresh.iter().filter_map(|one| Some(one.replaces?.0)).collect();
        if !replaced.is_empty() {
            self.facts.events.retain(|event| !replaced.contains(&event.place.offset));
        }
        let extractor = Extractor::new(self.options.rules.clone());
        for (sequence, one) in (stored.0..).map(Sequence).zip(&fresh) {
            extractor.add(&mut self.facts, &one.event, one.json, place(sequence, one.json));
            self.known.insert(one.identity, sequence);
        }
        Ok(duplicates)
    }

    /// Everything that the next snapshot is made of.
    pub(crate) fn draft(&self) -> Draft {
        Draft {
            storage: Arc::clone(&self.storage),
            options: self.options.clone(),
            registry: self.registry.clone(),
            facts: self.facts.clone(),
        }
    }

    /// Stores ids and edits.
    pub(crate) fn keep_registry(&mut self, registry: Registry) -> Result<(), Error> {
        self.storage.write_document(DocumentName::Registry, registry.to_json().as_bytes())?;
        self.registry = registry;
        Ok(())
    }

    /// Events held, each identity once.
    pub(crate) fn events(&self) -> u64 {
        self.facts.events.len() as u64
    }
}

impl Draft {
    /// The engine; texts join the groups of the registry.
    pub(crate) fn engine(self) -> Engine {
        self.grouped(Grouping::Assign)
    }

    /// The ids after everything was grouped anew, from the groups of the registry on.
    pub(crate) fn regrouped(self) -> Registry {
        self.grouped(Grouping::Cluster).registry().clone()
    }

    fn grouped(mut self, grouping: Grouping) -> Engine {
        let account = Account {
            report: ReadReport {
                accepted: self.facts.events.len() as u64,
                events_by_kind: build::events_by_kind(&self.facts),
                ..ReadReport::default()
            },
            rejected: None,
            duplicates: None,
        };
        let sources = Sources::kept(Arc::new(StoredRaw(self.storage)));
        let registry = &mut self.registry;
        let snapshot = assemble(self.facts, account, sources, &self.options, registry, grouping);
        Engine::new(snapshot, self.registry)
    }
}

impl Fresh<'_> {
    fn row(&self) -> NewEvent<'_> {
        let event = &self.event;
        NewEvent {
            json: self.json,
            event_id: &event.event_id,
            kind: match &event.kind {
                Kind::ToolCall => "tool_call",
                Kind::ExecuteScript => "execute_script",
                Kind::SessionInit => "session_init",
                Kind::ActorIdentity => "actor_identity",
                Kind::Other(name) => name,
            },
            actor_id: &event.actor_id,
            mcp_server_id: event.mcp_server_id.as_deref(),
            session_id_hint: event.session_id_hint.as_deref(),
            tool_name: event.metadata.tool_name.as_deref(),
            started_at: event.started_at,
            duration_ms: event.duration_ms,
            ok: event.ok,
            is_workflow: event.is_workflow == Some(true),
            replaces: self.replaces,
        }
    }
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

/// Whether an event takes the place of a stored one with the same identity.
fn wins(event: &Event<'_>, json: &[u8], stored: &[u8], bounds: &ReadSettings) -> bool {
    let Ok(held) = Event::parse(stored, bounds) else { return true };
    event
        .started_at
        .cmp(&held.started_at)
        .then_with(|| canonical_json(json).cmp(&canonical_json(stored)))
        .is_lt()
}

fn identity(server: Option<&str>, event_id: &str) -> u128 {
    let mut bytes = Vec::with_capacity(event_id.len() + server.map_or(0, str::len) + 9);
    if let Some(server) = server {
        bytes.push(1);
        bytes.extend_from_slice(&(server.len() as u64).to_le_bytes());
        bytes.extend_from_slice(server.as_bytes());
    } else {
        bytes.push(0);
    }
    bytes.extend_from_slice(event_id.as_bytes());
    XxHash3_128::oneshot(&bytes)
}
