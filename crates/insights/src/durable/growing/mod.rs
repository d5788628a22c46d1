//! A snapshot that takes in more events, and costs what is new.
//!
//! New events can only change sessions of their groups (see [`group_of`]) that lie near them in time (`homes`). The facts of these are at
//! hand, or read again from the storage; the sessions are made anew and put in the place of the old ones. Everything that depends on
//! sessions is then mended where these changed. What comes out is what [`assemble`](crate::build::assemble) makes of all events, but for
//! names of and verdicts on clusters of failed searches and what is similar to them, which are told anew now and then.

mod demand;
mod homes;
mod identities;
mod repeats;
mod topics;
mod words;

pub(crate) use demand::Told;
pub(crate) use identities::Identities;

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::{EventFact, Extractor, Facts};
use mcp_insights_events::{Collector, Event, ReadSettings, Sources, TextId};
use mcp_insights_registry::{MemberHash, Registry};
use mcp_insights_searches::Offer;
use mcp_insights_sessions::{
    Group, KnownTexts, Sessions, group_of, session_number, sessionize, sessionize_groups,
};
use mcp_insights_store::{Sequence, Storage};

use crate::build::{Grouping, assemble};
use crate::durable::growing::demand::DemandState;
use crate::durable::growing::homes::{Homes, Reach, Retired};
use crate::durable::growing::repeats::Interests;
use crate::durable::growing::topics::TopicState;
use crate::durable::growing::words::Words;
use crate::durable::raw::{StoredRaw, place, sequence};
use crate::durable::sent::{Joining, Translated};
use crate::durable::state::account;
use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;
use crate::snapshot::Snapshot;

/// So many events are kept at hand with everything that is known of them; then all are let go, and read again when they are
/// touched.
const MOST_AT_HAND: usize = 50_000;

/// A record whose place another one takes.
pub(crate) struct Leaving {
    pub(crate) sequence: Sequence,
    pub(crate) json: Vec<u8>,
}

/// The snapshot of sessions of a storage, and the offer. `shown` are its ids, which get those of clusters that they lack.
fn shown_of(
    sessions: Sessions,
    kinds: &BTreeMap<String, u64>,
    options: &Options,
    shown: &mut Registry,
    storage: &Arc<dyn Storage>,
) -> (Snapshot, Offer) {
    let sources = Sources::kept(Arc::new(StoredRaw(Arc::clone(storage))));
    let (mut snapshot, offer) =
        assemble(sessions, account(kinds), sources, options, shown, Grouping::Assign);
    snapshot.sessions.texts.settle();
    (snapshot, offer)
}

/// The snapshot as it stands, and what is needed to mend it.
pub(crate) struct Growing {
    storage: Arc<dyn Storage>,
    extractor: Extractor,
    /// The ids and edits as they stand in the storage.
    registry: Registry,
    /// The same with the clusters of one that new events brought.
    shown: Arc<Registry>,
    snapshot: Snapshot,
    homes: Homes,
    /// The facts at hand.
    facts: Facts,
    /// Where in them the event of a record is.
    at_hand: HashMap<Sequence, u32>,
    kinds: BTreeMap<String, u64>,
    identities: Identities,
    known_texts: KnownTexts,
    words: Words,
    topics: TopicState,
    interests: Interests,
    demand: DemandState,
}

/// What a snapshot grows from.
#[derive(Clone)]
pub(crate) struct Basis {
    pub(crate) sessions: Sessions,
    pub(crate) identities: Identities,
    /// How many events there are of each kind.
    pub(crate) kinds: BTreeMap<String, u64>,
}

impl Basis {
    /// The engine over it, which never grows.
    pub(crate) fn engine(
        self,
        options: &Options,
        mut registry: Registry,
        storage: &Arc<dyn Storage>,
    ) -> Engine {
        let Self { sessions, kinds, .. } = self;
        let (snapshot, _) = shown_of(sessions, &kinds, options, &mut registry, storage);
        Engine::new(snapshot, Arc::new(registry))
    }

    /// That of facts, one event of each identity.
    pub(crate) fn of(facts: Facts, options: &Options) -> Self {
        Self {
            identities: Identities::of(&facts),
            kinds: kinds(&facts),
            sessions: sessionize(facts, &options.sessions),
        }
    }
}

impl Growing {
    /// Begins with events of a storage.
    pub(crate) fn new(
        basis: Basis,
        options: &Options,
        registry: Registry,
        storage: Arc<dyn Storage>,
    ) -> Self {
        let Basis { sessions, identities, kinds } = basis;
        let mut shown = registry.clone();
        let (snapshot, offer) = shown_of(sessions, &kinds, options, &mut shown, &storage);
        let sessions = &snapshot.sessions;
        let mut known_texts = KnownTexts::default();
        let ((homes, words), (topics, (interests, demand))) = rayon::join(
            || rayon::join(|| Homes::of(sessions), || Words::of(&snapshot, &mut known_texts)),
            || {
                rayon::join(
                    || TopicState::of(&snapshot, &registry),
                    || {
                        rayon::join(
                            || Interests::of(&snapshot),
                            || DemandState::with(&snapshot, offer),
                        )
                    },
                )
            },
        );
        Self {
            storage,
            extractor: Extractor::new(options.rules.clone()),
            identities,
            known_texts,
            words,
            topics,
            interests,
            demand,
            facts: Facts { texts: sessions.texts.clone(), ..Facts::default() },
            registry,
            shown: Arc::new(shown),
            snapshot,
            homes,
            at_hand: HashMap::new(),
            kinds,
        }
    }

    /// What it can grow from again, which costs a few pointers and the identities of actors.
    pub(crate) fn basis(&self) -> Basis {
        Basis {
            sessions: self.snapshot.sessions.clone(),
            identities: self.identities.clone(),
            kinds: self.kinds.clone(),
        }
    }

    /// The ids of clusters that are shown and not registered, each with a text of it.
    pub(crate) fn unregistered(&self) -> Vec<(String, MemberHash)> {
        let shown =
            self.shown.searches.entries().chain(self.snapshot.clusters.entries_of_admitted());
        shown
            .filter(|entry| self.registry.searches.entry(entry.id()).is_none())
            .filter_map(|entry| Some((entry.id().to_owned(), entry.members().next()?)))
            .collect()
    }

    /// The engine as it stands.
    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.snapshot.clone(), Arc::clone(&self.shown))
    }

    /// Of what events may be made up.
    pub(crate) fn bounds(&self) -> &ReadSettings {
        &self.snapshot.options.read
    }

    /// What events are read with.
    pub(crate) fn extractor(&self) -> &Extractor {
        &self.extractor
    }

    /// Events held.
    pub(crate) fn events(&self) -> u64 {
        self.snapshot.account.report.accepted
    }

    /// The ids and edits as they stand in the storage.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Ids and edits have changed, and nothing else.
    pub(crate) fn edited(&mut self, registry: Registry) {
        self.registry = registry;
        Arc::make_mut(&mut self.shown).topics = self.registry.topics.clone();
        self.retell();
    }

    /// Takes events in, some of which take the places of others. After an error this is of no more use, and everything must be
    /// read again.
    pub(crate) fn join(
        &mut self,
        joining: &[Joining<'_>],
        leaving: &[Leaving],
    ) -> Result<(), Error> {
        let mut touched: BTreeMap<Group, Vec<Reach>> = BTreeMap::new();
        let mut touch = |group: Group, event: &EventFact| {
            let reach =
                Reach { first: event.started_at, last: event.ended_at.max(event.started_at) };
            touched.entry(group).or_default().push(reach);
        };
        let mut loose_gone: HashSet<Sequence> = HashSet::new();
        let gone: HashSet<Sequence> = leaving.iter().map(|one| one.sequence).collect();
        if self.facts.events.len() > MOST_AT_HAND {
            self.let_go();
        }
        let bounds = &self.snapshot.options.read;
        for one in leaving {
            let Ok(event) = Event::parse(&one.json, bounds) else { continue };
            let mut left = self.extractor.begin();
            left.texts = std::mem::take(&mut self.facts.texts);
            self.extractor.add(&mut left, &event, &one.json, place(one.sequence, &one.json));
            self.facts.texts = std::mem::take(&mut left.texts);
            let Some(fact) = left.events.get(0) else { continue };
            self.identities.forget(&left, fact, &mut self.snapshot.sessions.identifiers);
            match group_of(&self.facts.texts, fact) {
                None => drop(loose_gone.insert(one.sequence)),
                Some(group) => touch(group, fact),
            }
            if let Some(count) = self.kinds.get_mut(self.facts.texts.get(fact.kind_name)) {
                *count = count.saturating_sub(1);
            }
        }
        let mut joined: Vec<u32> = Vec::with_capacity(joining.len());
        let mut texts = Translated::default();
        for event in joining {
            let index = narrow(self.facts.events.len());
            event.join(&mut self.facts, &mut texts);
            let Some(fact) = self.facts.events.last() else { continue };
            let kind = self.facts.texts.get(fact.kind_name);
            *self.kinds.entry(kind.to_owned()).or_default() += 1;
            self.identities.note(&self.facts, fact, &mut self.snapshot.sessions.identifiers);
            if let Some(group) = group_of(&self.facts.texts, fact) {
                touch(group, fact);
            }
            self.at_hand.insert(event.sequence, index);
            joined.push(index);
        }
        let mut retired = self.retired(&touched);
        let mut members = self.take_up(&retired, &gone)?;
        let mut made = self.sessionize(members.iter().chain(&joined));
        let changed =
            self.words.change(&self.snapshot, &mut self.known_texts, &retired.sessions, &made);
        if !changed.is_empty() {
            // Other searches of these tools are similar, or no more.
            let common = self.words.common(&self.snapshot, &made, &changed);
            for row in self.words.affected(&self.snapshot, &self.known_texts, &changed, &common) {
                let Some(session) = self.snapshot.session(row) else { continue };
                let reach = Reach { first: session.started_at, last: session.ended_at };
                touched.entry(session.group).or_default().push(reach);
            }
            self.snapshot.sessions.common_words = common;
            let before = retired.rows();
            retired = self.retired(&touched);
            if retired.rows() > before || self.words.are_searched(&made, &changed) {
                members = self.take_up(&retired, &gone)?;
                made = self.sessionize(members.iter().chain(&joined));
            }
        }
        self.put(retired, &loose_gone, made);
        self.snapshot.account = account(&self.kinds);
        Ok(())
    }

    /// Lets go of the facts at hand.
    fn let_go(&mut self) {
        self.facts = Facts { texts: std::mem::take(&mut self.facts.texts), ..Facts::default() };
        self.at_hand.clear();
    }

    /// Where the facts are of the events that are made into sessions anew; those that are not at hand are read again.
    fn take_up(&mut self, retired: &Retired, gone: &HashSet<Sequence>) -> Result<Vec<u32>, Error> {
        let sessions = &self.snapshot.sessions;
        let own = retired.sessions.iter().filter_map(|row| sessions.get(*row));
        let own = own.flat_map(|session| sessions.events.rows(&session.events));
        let own = own.map(|event| event.place);
        let loose =
            retired.unattached.iter().filter_map(|row| sessions.unattached.get(*row as usize));
        let places = own.chain(loose.map(|event| event.place));
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for sequence in places.map(sequence).filter(|sequence| !gone.contains(sequence)) {
            match self.at_hand.get(&sequence) {
                Some(index) => found.push(*index),
                None => missing.push(sequence),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        missing.sort_unstable();
        let records = self.storage.fetch(&missing)?;
        for (sequence, json) in missing.iter().zip(&records) {
            if let Ok(event) = Event::parse(json, &self.snapshot.options.read) {
                let index = narrow(self.facts.events.len());
                self.extractor.add(&mut self.facts, &event, json, place(*sequence, json));
                self.at_hand.insert(*sequence, index);
                found.push(index);
            }
        }
        Ok(found)
    }

    /// The sessions of facts at hand.
    fn sessionize<'m>(&mut self, members: impl Iterator<Item = &'m u32>) -> Sessions {
        let chosen: Vec<EventFact> =
            members.filter_map(|index| self.facts.events.get(*index as usize).copied()).collect();
        let all = std::mem::replace(&mut self.facts.events, chosen.into());
        let settings = &self.snapshot.options.sessions;
        let common_words = &self.snapshot.sessions.common_words;
        let made =
            sessionize_groups(&mut self.facts, common_words, &mut self.known_texts, settings);
        self.facts.events = all;
        made
    }

    /// What is made anew where events of groups have come or gone.
    fn retired(&self, touched: &BTreeMap<Group, Vec<Reach>>) -> Retired {
        let settings = &self.snapshot.options.sessions;
        self.homes.retired(touched, &self.snapshot.sessions, settings)
    }

    /// The rows of loose events of no group.
    fn loose_rows(&self, records: &HashSet<Sequence>) -> Vec<u32> {
        if records.is_empty() {
            return Vec::new();
        }
        let rows = (0_u32..).zip(self.snapshot.sessions.unattached.iter());
        let gone = rows.filter(|(_, event)| records.contains(&sequence(event.place)));
        gone.map(|(row, _)| row).collect()
    }

    /// Puts new sessions in the place of the old ones, leaves loose events out, and mends what depends on them.
    fn put(&mut self, retired: Retired, loose_gone: &HashSet<Sequence>, made: Sessions) {
        self.homes.leave(&retired);
        let Retired { sessions: gone, unattached: mut gone_unattached, .. } = retired;
        gone_unattached.extend(self.loose_rows(loose_gone));
        self.topics.leave(&mut self.snapshot, &gone);
        let mut stirred = self.interests.leave(&self.snapshot, &gone);
        self.demand.leave(&self.snapshot, &gone);

        let new = self.snapshot.sessions.replace(&gone, &gone_unattached, made);
        let sessions = &self.snapshot.sessions;
        self.homes.enter(sessions, new.sessions.clone(), new.unattached.clone());
        for row in new.sessions.clone() {
            if let Some(number) = sessions.get(row).and_then(|one| session_number(&one.id)) {
                self.snapshot.ids.insert(number, row);
            }
        }
        self.topics.enter(&mut self.snapshot, new.sessions.clone());
        new.sessions.clone().for_each(|_| self.snapshot.repeat_of.push(None));
        stirred.extend(self.interests.enter(&self.snapshot, new.sessions.clone()));
        self.interests.mend(&mut self.snapshot, stirred);

        self.demand.enter(&mut self.snapshot, new.sessions);
        if self.demand.is_due() && self.demand.is_small() {
            self.retell();
        }
    }

    /// Whether names of and verdicts on clusters of failed searches are to be told anew.
    pub(crate) fn wants_retelling(&self) -> bool {
        self.demand.is_due()
    }

    /// What they are [told](Told::of) of.
    pub(crate) fn untold(&self) -> (Snapshot, Registry) {
        (self.snapshot.clone(), self.registry.clone())
    }

    /// Takes what was told beside it, with the sessions that came meanwhile. False where everything was read again meanwhile.
    pub(crate) fn adopt(&mut self, told: Told) -> bool {
        if !told.is_of(&self.snapshot) {
            return false;
        }
        let seen = told.put(&mut self.demand, &mut self.snapshot, &mut self.shown);
        let end = self.snapshot.sessions.end();
        self.demand.enter(&mut self.snapshot, seen..end);
        true
    }

    /// Tells names and verdicts anew.
    pub(crate) fn retell(&mut self) {
        let told = Told::of(self.snapshot.clone(), &self.registry);
        self.adopt(told);
    }
}

/// How many events there are of each kind.
fn kinds(facts: &Facts) -> BTreeMap<String, u64> {
    let mut counts: HashMap<TextId, u64> = HashMap::new();
    for event in facts.events.iter() {
        *counts.entry(event.kind_name).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| (facts.texts.get(kind).to_owned(), count)).collect()
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
