//! The entries of one sort, topics or search clusters, with the ids that were retired.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};
use mcp_insights_events::Timestamp;
use serde::{Deserialize, Serialize};

use crate::stamp;
use crate::{
    Centroid, Edits, Kind, MemberHash, RegistryError, SearchChange, SearchEdits, TopicChange,
    TopicEdits,
};

/// What is remembered of one topic or search cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<E> {
    id: String,
    kind: Kind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    label: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    edits: E,
    #[serde(with = "stamp")]
    first_seen_at: Timestamp,
    #[serde(with = "stamp")]
    last_seen_at: Timestamp,
    #[serde(default, skip_serializing_if = "Lineage::is_empty")]
    lineage: Lineage,
    members: BTreeSet<MemberHash>,
    #[serde(default, skip_serializing_if = "Centroid::is_none")]
    centroid: Centroid,
}

/// Where an entry comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lineage {
    /// The entry that most of its first members belonged to before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_from: Option<String>,
    /// The entries that it took over, whose ids are aliases of it now.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub absorbed: BTreeSet<String>,
}

impl Lineage {
    fn is_empty(&self) -> bool {
        self.split_from.is_none() && self.absorbed.is_empty()
    }
}

impl<E: Edits> Entry<E> {
    /// Its id, which never changes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What its texts are.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The label generated last; empty where none was.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The key words generated last.
    #[must_use]
    pub fn keywords(&self) -> &[String] {
        &self.keywords
    }

    /// What people changed.
    #[must_use]
    pub fn edits(&self) -> &E {
        &self.edits
    }

    /// When it was seen first, ever.
    #[must_use]
    pub fn first_seen_at(&self) -> Timestamp {
        self.first_seen_at
    }

    /// When it was seen last.
    #[must_use]
    pub fn last_seen_at(&self) -> Timestamp {
        self.last_seen_at
    }

    /// Where it comes from.
    #[must_use]
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// Its texts, ordered by hash: those found last and those that are no longer in the data.
    pub fn members(&self) -> impl ExactSizeIterator<Item = MemberHash> {
        self.members.iter().copied()
    }

    /// The direction of the texts that it had last; none for a single text, which is its own direction.
    #[must_use]
    pub fn centroid(&self) -> &Centroid {
        &self.centroid
    }

    /// Whether an edit holds it: it never dissolves and never becomes an alias.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.edits.pins()
    }
}

/// All entries of one sort, and the ids that merges retired.
#[derive(Clone, Debug, PartialEq)]
pub struct Space<E> {
    pub(crate) entries: BTreeMap<String, Entry<E>>,
    pub(crate) aliases: BTreeMap<String, String>,
    alone: BTreeSet<MemberHash>,
}

impl<E> Default for Space<E> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), aliases: BTreeMap::new(), alone: BTreeSet::new() }
    }
}

impl<E: Edits> Space<E> {
    /// Its entries, ordered by id.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry<E>> {
        self.entries.values()
    }

    /// How many entries it holds, retired ids not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows no id at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The retired ids with what took them over at the time, ordered.
    pub fn aliases(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(retired, successor)| (retired.as_str(), successor.as_str()))
    }

    /// The id that stands for an id now: itself, or what took it over in the end. None for an id never known.
    #[must_use]
    pub fn resolve(&self, id: &str) -> Option<&str> {
        self.entry(id).map(Entry::id)
    }

    /// The entry that an id stands for now.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry<E>> {
        let mut id = id;
        // A chain is shorter than the list of aliases, unless it is a circle.
        for _ in 0..=self.aliases.len() {
            match self.aliases.get(id) {
                Some(successor) => id = successor,
                None => return self.entries.get(id),
            }
        }
        None
    }

    /// For each text the entry that remembers it, as its place in the order of ids; none for a text that is new.
    ///
    /// These are the groups that a new grouping starts from, so that new texts refine topics instead of reshuffling them.
    #[must_use]
    pub fn holders<'t>(
        &self,
        kind: Kind,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Vec<Option<u32>> {
        let members = (0_u32..).zip(self.entries.values());
        let holders: HashMap<MemberHash, u32> = members
            .flat_map(|(place, entry)| entry.members.iter().map(move |member| (*member, place)))
            .collect();
        texts.into_iter().map(|text| holders.get(&MemberHash::of(kind, text)).copied()).collect()
    }

    /// The texts that the last grouping put into no group. They stay in none until the next one.
    #[must_use]
    pub fn alone(&self) -> &BTreeSet<MemberHash> {
        &self.alone
    }

    /// Remembers which texts a grouping put into no group.
    pub fn leave_alone(&mut self, texts: impl IntoIterator<Item = MemberHash>) {
        self.alone = texts.into_iter().collect();
    }

    /// Remembers the generated label and key words of an entry, for the day when it has no texts to make them from.
    pub fn describe(&mut self, id: &str, label: &str, keywords: &[String]) {
        if let Some(entry) = self.entries.get_mut(id) {
            label.clone_into(&mut entry.label);
            keywords.clone_into(&mut entry.keywords);
        }
    }

    pub(crate) fn forget_descriptions(&mut self) {
        for entry in self.entries.values_mut() {
            entry.label.clear();
            entry.keywords.clear();
        }
    }

    /// Lets ids that were given out and never registered stand for the entries that hold their texts now, by a text of each. An id
    /// whose text no entry holds stays unknown.
    pub fn redirect<'i>(&mut self, ids: impl IntoIterator<Item = (&'i str, MemberHash)>) {
        let entries = self.entries.iter();
        let holders: HashMap<MemberHash, String> = entries
            .flat_map(|(id, entry)| entry.members.iter().map(move |member| (*member, id.clone())))
            .collect();
        for (id, text) in ids {
            if let Some(holder) = holders.get(&text)
                && self.resolve(id).is_none()
            {
                self.aliases.insert(id.to_owned(), holder.clone());
            }
        }
    }

    /// Takes an entry over, with its edits, from another space of the same origin, unless its id is known.
    pub fn adopt(&mut self, entry: &Entry<E>) {
        if self.resolve(&entry.id).is_none() {
            self.entries.insert(entry.id.clone(), entry.clone());
        }
    }

    fn entry_mut(&mut self, id: &str) -> Result<&mut Entry<E>, RegistryError> {
        let unknown = || RegistryError::UnknownId { id: id.to_owned() };
        let resolved = self.resolve(id).ok_or_else(unknown)?.to_owned();
        self.entries.get_mut(&resolved).ok_or_else(unknown)
    }

    /// A new entry without members.
    pub(crate) fn begin(
        &mut self,
        id: &str,
        kind: Kind,
        at: Timestamp,
        split_from: Option<String>,
    ) {
        let entry = Entry {
            id: id.to_owned(),
            kind,
            label: String::new(),
            keywords: Vec::new(),
            edits: E::default(),
            first_seen_at: at,
            last_seen_at: at,
            lineage: Lineage { split_from, absorbed: BTreeSet::new() },
            members: BTreeSet::new(),
            centroid: Centroid::default(),
        };
        self.entries.insert(id.to_owned(), entry);
    }

    /// Takes a member out of an entry.
    pub(crate) fn release(&mut self, id: &str, member: MemberHash) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.members.remove(&member);
        }
    }

    /// Gives an entry the members that it has now, beside those that it remembers.
    ///
    /// `grouped` of them are in groups. Where these are less than half of all, they do not stand for the entry, and its
    /// centroid stays, where it has one.
    pub(crate) fn hold(
        &mut self,
        id: &str,
        members: impl IntoIterator<Item = MemberHash>,
        grouped: usize,
        centroid: impl FnOnce() -> Centroid,
        seen: (Timestamp, Timestamp),
    ) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.members.extend(members);
            if entry.members.len() < 2 {
                entry.centroid = Centroid::default();
            } else if entry.centroid.is_none() || 2 * grouped >= entry.members.len() {
                entry.centroid = centroid();
            }
            entry.first_seen_at = entry.first_seen_at.min(seen.0);
            entry.last_seen_at = entry.last_seen_at.max(seen.1);
        }
    }

    /// Makes an entry an alias of another, which gets what it remembers.
    pub(crate) fn retire(&mut self, retired: &str, successor: &str) {
        if retired == successor || !self.entries.contains_key(successor) {
            return;
        }
        let Some(old) = self.entries.remove(retired) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(successor) {
            entry.members.extend(old.members);
            entry.first_seen_at = entry.first_seen_at.min(old.first_seen_at);
            entry.last_seen_at = entry.last_seen_at.max(old.last_seen_at);
            entry.lineage.absorbed.insert(retired.to_owned());
        }
        self.aliases.insert(retired.to_owned(), successor.to_owned());
    }
}

impl Space<TopicEdits> {
    /// Edits the topic that an id stands for.
    ///
    /// # Errors
    /// [`RegistryError::UnknownId`] where the id was never known.
    pub fn edit(
        &mut self,
        id: &str,
        change: TopicChange,
    ) -> Result<&Entry<TopicEdits>, RegistryError> {
        let entry = self.entry_mut(id)?;
        entry.edits.apply(change);
        Ok(entry)
    }
}

impl Space<SearchEdits> {
    /// Edits the search cluster that an id stands for; `edited_at` becomes `at` where that changes anything.
    ///
    /// # Errors
    /// [`RegistryError::UnknownId`] where the id was never known.
    pub fn edit(
        &mut self,
        id: &str,
        change: SearchChange,
        at: Timestamp,
    ) -> Result<&Entry<SearchEdits>, RegistryError> {
        let entry = self.entry_mut(id)?;
        entry.edits.apply(change, at);
        Ok(entry)
    }
}

/// A space as it is written: the ids stand in the entries, in order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "E: Edits")]
pub(crate) struct WrittenSpace<E> {
    entries: Vec<Entry<E>>,
    aliases: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    alone: BTreeSet<MemberHash>,
}

impl<E: Edits> WrittenSpace<E> {
    pub(crate) fn of(space: &Space<E>) -> Self {
        Self {
            entries: space.entries.values().cloned().collect(),
            aliases: space.aliases.clone(),
            alone: space.alone.clone(),
        }
    }

    /// The space, where its parts agree.
    pub(crate) fn check(self) -> Result<Space<E>, RegistryError> {
        let wrong = |what, id: &str| RegistryError::Inconsistent { what, id: id.to_owned() };
        let mut space =
            Space { entries: BTreeMap::new(), aliases: self.aliases, alone: self.alone };
        let mut members: HashSet<MemberHash> = HashSet::new();
        for entry in self.entries {
            if !is_id::<E>(&entry.id) {
                return Err(wrong("the form", &entry.id));
            }
            if !entry.members.iter().all(|member| members.insert(*member)) {
                return Err(wrong("a member that another entry has, too,", &entry.id));
            }
            if let Some(entry) = space.entries.insert(entry.id.clone(), entry) {
                return Err(wrong("a second entry", &entry.id));
            }
        }
        for retired in space.aliases.keys() {
            if !is_id::<E>(retired) || space.entries.contains_key(retired) {
                return Err(wrong("the retirement", retired));
            }
            if space.resolve(retired).is_none() {
                return Err(wrong("the missing successor", retired));
            }
        }
        Ok(space)
    }
}

fn is_id<E: Edits>(id: &str) -> bool {
    id.strip_prefix(E::PREFIX).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
