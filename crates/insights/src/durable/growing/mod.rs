//! A snapshot that takes in more events, and costs what is new.
//!
//! New events touch the groups that they belong to (see [`group_of`]). The facts of these groups are at hand, or read again
//! from the storage; their sessions are made anew and put in the place of the old ones. Everything that depends on sessions
//! is then mended where these changed. What comes out is what [`assemble`](crate::build::assemble) makes of all events, but for
//! names of and verdicts on clusters of failed searches and what is similar to them, which are told anew now and then.

mod demand;
mod identities;
mod repeats;
mod topics;
mod words;

pub(crate) use demand::Told;
pub(crate) use identities::Identities;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::{EventFact, Extractor, Facts};
use mcp_insights_events::{Collector, Event, Sources, TextId};
use mcp_insights_registry::{MemberHash, Registry};
use mcp_insights_sessions::{
    Group, KnownTexts, Sessions, group_of, session_number, sessionize, sessionize_groups,
};
use mcp_insights_store::{Sequence, Storage};

use crate::build::{Grouping, assemble};
use crate::durable::growing::demand::DemandState;
use crate::durable::growing::repeats::Interests;
use crate::durable::growing::topics::TopicState;
use crate::durable::growing::words::Words;
use crate::durable::raw::{StoredRaw, place, sequence};
use crate::durable::state::account;
use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;
use crate::snapshot::Snapshot;

/// So many events are kept at hand with everything that is known of them; then all are let go, and read again when they are
/// touched.
const MOST_AT_HAND: usize = 50_000;

/// An event that joins.
pub(crate) struct Joining<'a> {
    pub(crate) sequence: Sequence,
    pub(crate) json: &'a [u8],
    pub(crate) event: &'a Event<'a>,
}

/// A record whose place another one takes.
pub(crate) struct Leaving {
    pub(crate) sequence: Sequence,
    pub(crate) json: Vec<u8>,
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
    /// Rows of the sessions and loose events of each group.
    homes: HashMap<Group, Home>,
    /// The facts at hand.
    facts: Facts,
    /// The places in them of the events of each group that is at hand as a whole.
    at_hand: HashMap<Group, Vec<u32>>,
    kinds: BTreeMap<String, u64>,
    identities: Identities,
    known_texts: KnownTexts,
    words: Words,
    topics: TopicState,
    interests: Interests,
    demand: DemandState,
}

#[derive(Default)]
struct Home {
    sessions: Vec<u32>,
    unattached: Vec<u32>,
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
        let account = account(&kinds);
        let sources = Sources::kept(Arc::new(StoredRaw(Arc::clone(&storage))));
        let mut shown = registry.clone();
        let mut snapshot =
            assemble(sessions, account, sources, options, &mut shown, Grouping::Assign);
        snapshot.sessions.texts.settle();
        let sessions = &snapshot.sessions;
        let mut known_texts = KnownTexts::default();
        let ((homes, words), (topics, (interests, demand))) = rayon::join(
            || rayon::join(|| homes(sessions), || Words::of(&snapshot, &mut known_texts)),
            || {
                rayon::join(
                    || TopicState::of(&snapshot, &registry),
                    || rayon::join(|| Interests::of(&snapshot), || DemandState::of(&snapshot)),
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
        let shown = self.shown.searches.entries().chain(self.snapshot.clusters.all_admitted());
        shown
            .filter(|entry| self.registry.searches.entry(entry.id()).is_none())
            .filter_map(|entry| Some((entry.id().to_owned(), entry.members().next()?)))
            .collect()
    }

    /// The engine as it stands.
    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.snapshot.clone(), Arc::clone(&self.shown))
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
        let mut touched: BTreeSet<Group> = BTreeSet::new();
        let mut loose_gone: HashSet<Sequence> = HashSet::new();
        let gone: HashSet<u64> = leaving.iter().map(|one| one.sequence.0).collect();
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
                None => loose_gone.insert(one.sequence),
                Some(group) => touched.insert(group),
            };
            if let Some(count) = self.kinds.get_mut(self.facts.texts.get(fact.kind_name)) {
                *count = count.saturating_sub(1);
            }
        }
        let mut of_group: HashMap<Group, Vec<u32>> = HashMap::new();
        let mut loose: Vec<u32> = Vec::new();
        for one in joining {
            let index = narrow(self.facts.events.len());
            self.extractor.add(&mut self.facts, one.event, one.json, place(one.sequence, one.json));
            let Some(fact) = self.facts.events.last() else { continue };
            let kind = self.facts.texts.get(fact.kind_name);
            *self.kinds.entry(kind.to_owned()).or_default() += 1;
            self.identities.note(&self.facts, fact, &mut self.snapshot.sessions.identifiers);
            match group_of(&self.facts.texts, fact) {
                None => loose.push(index),
                Some(group) => {
                    touched.insert(group);
                    of_group.entry(group).or_default().push(index);
                }
            }
        }
        for group in &touched {
            self.take_up(*group)?;
            let members = self.at_hand.entry(*group).or_default();
            let events = &self.facts.events;
            members.retain(|index| {
                let fact = events.get(*index as usize);
                fact.is_some_and(|fact| !gone.contains(&sequence(fact.place).0))
            });
            members.extend(of_group.remove(group).unwrap_or_default());
        }
        let mut made = self.sessionize(&touched, &loose);
        let retired = self.retired(&touched);
        let changed = self.words.change(&self.snapshot, &mut self.known_texts, &retired.0, &made);
        if !changed.is_empty() {
            // Other searches of these tools are similar, or no more.
            let common = self.words.common(&self.snapshot, &made, &changed);
            let others = self.words.affected(&self.snapshot, &self.known_texts, &changed, &common);
            self.snapshot.sessions.common_words = common;
            let before = touched.len();
            touched.extend(others);
            if touched.len() > before || self.words.are_searched(&made, &changed) {
                for group in &touched {
                    self.take_up(*group)?;
                }
                made = self.sessionize(&touched, &loose);
            }
        }
        self.put(&touched, &loose_gone, made);
        self.snapshot.account = account(&self.kinds);
        Ok(())
    }

    /// Lets go of the facts at hand.
    fn let_go(&mut self) {
        self.facts = Facts { texts: std::mem::take(&mut self.facts.texts), ..Facts::default() };
        self.at_hand.clear();
    }

    /// Reads the events of a group again, where they are not at hand.
    fn take_up(&mut self, group: Group) -> Result<(), Error> {
        if self.at_hand.contains_key(&group) {
            return Ok(());
        }
        let sessions = &self.snapshot.sessions;
        let mut sequences: Vec<Sequence> = Vec::new();
        if let Some(home) = self.homes.get(&group) {
            for row in &home.sessions {
                let Some(session) = sessions.get(*row) else { continue };
                let members = sessions.events.rows(&session.events);
                sequences.extend(members.iter().map(|event| sequence(event.place)));
            }
            let unattached =
                home.unattached.iter().filter_map(|row| sessions.unattached.get(*row as usize));
            sequences.extend(unattached.map(|event| sequence(event.place)));
        }
        sequences.sort_unstable();
        let records = self.storage.fetch(&sequences)?;
        let first = narrow(self.facts.events.len());
        for (sequence, json) in sequences.iter().zip(&records) {
            if let Ok(event) = Event::parse(json, &self.snapshot.options.read) {
                self.extractor.add(&mut self.facts, &event, json, place(*sequence, json));
            }
        }
        let last = narrow(self.facts.events.len());
        self.at_hand.insert(group, (first..last).collect());
        Ok(())
    }

    /// The sessions of groups that are at hand, and loose events.
    fn sessionize(&mut self, groups: &BTreeSet<Group>, loose: &[u32]) -> Sessions {
        let members = groups.iter().filter_map(|group| self.at_hand.get(group)).flatten();
        let chosen: Vec<EventFact> = members
            .chain(loose)
            .filter_map(|index| self.facts.events.get(*index as usize).copied())
            .collect();
        let all = std::mem::replace(&mut self.facts.events, chosen.into());
        let settings = &self.snapshot.options.sessions;
        let common_words = &self.snapshot.sessions.common_words;
        let made =
            sessionize_groups(&mut self.facts, common_words, &mut self.known_texts, settings);
        self.facts.events = all;
        made
    }

    /// The rows of sessions and loose events of groups.
    fn retired(&self, groups: &BTreeSet<Group>) -> (Vec<u32>, Vec<u32>) {
        let homes = || groups.iter().filter_map(|group| self.homes.get(group));
        (
            homes().flat_map(|home| home.sessions.iter().copied()).collect(),
            homes().flat_map(|home| home.unattached.iter().copied()).collect(),
        )
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

    /// Puts the new sessions of groups in the place of the old ones, leaves loose events out, and mends what depends on them.
    fn put(&mut self, groups: &BTreeSet<Group>, loose_gone: &HashSet<Sequence>, made: Sessions) {
        let (gone, mut gone_unattached) = self.retired(groups);
        gone_unattached.extend(self.loose_rows(loose_gone));
        for group in groups {
            self.homes.remove(group);
        }
        self.topics.leave(&mut self.snapshot, &gone);
        let mut stirred = self.interests.leave(&self.snapshot, &gone);
        self.demand.leave(&self.snapshot, &gone);

        let new = self.snapshot.sessions.replace(&gone, &gone_unattached, made);
        let sessions = &self.snapshot.sessions;
        for row in new.sessions.clone() {
            let Some(session) = sessions.get(row) else { continue };
            self.homes.entry(session.group).or_default().sessions.push(row);
            if let Some(number) = session_number(&session.id) {
                self.snapshot.ids.insert(number, row);
            }
        }
        for row in new.unattached.clone() {
            let event = sessions.unattached.get(row as usize);
            if let Some(group) = event.and_then(|event| event.group) {
                self.homes.entry(group).or_default().unattached.push(row);
            }
        }
        self.topics.enter(&mut self.snapshot, new.sessions.clone());
        let rows = new.sessions.len();
        self.snapshot.repeat_of.append(vec![None; rows]);
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

/// Rows of the sessions and loose events of each group.
fn homes(sessions: &Sessions) -> HashMap<Group, Home> {
    let mut homes: HashMap<Group, Home> = HashMap::new();
    for (row, session) in sessions.numbered() {
        homes.entry(session.group).or_default().sessions.push(row);
    }
    for (row, event) in (0_u32..).zip(sessions.unattached.iter()) {
        if let Some(group) = event.group {
            homes.entry(group).or_default().unattached.push(row);
        }
    }
    homes
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
