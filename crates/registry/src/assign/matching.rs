//! Which entry each text goes to.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use crate::assign::SAME_MEANING;
use crate::assign::found::{Found, Group, Row, weight};
use crate::{Centroid, Edits, Entry, Space};

/// At most so many groups are compared by centroid with at most so many entries.
const MOST_COMPARED: usize = 1000;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nowhere.
    Nothing,
    /// To a known entry.
    Entry(usize),
    /// To a new entry, for what remains of a group.
    New(usize),
}

/// What is to be done.
pub(crate) struct Plan {
    /// For each row.
    pub(crate) targets: Vec<Target>,
    /// Entries that become aliases, with their successors.
    pub(crate) retired: Vec<(usize, usize)>,
}

impl Plan {
    pub(crate) fn new<E: Edits>(space: &Space<E>, found: &Found<'_>) -> Self {
        let mut matching = Matching::new(space, found);
        for group in 0..found.groups.len() {
            matching.place(group);
        }
        matching.take_over_new_texts();
        matching.keep_pinned_texts();
        Self { targets: matching.targets, retired: matching.retired }
    }
}

struct Matching<'m, E> {
    found: &'m Found<'m>,
    entries: Vec<&'m Entry<E>>,
    /// For each entry the group with the larger part of its texts.
    homes: Vec<Option<usize>>,
    /// For each entry how many of its texts are in a group.
    present: Vec<usize>,
    targets: Vec<Target>,
    retired: Vec<(usize, usize)>,
    /// Groups, or what remains of them, that no entry follows into.
    unclaimed: Vec<(usize, Vec<usize>)>,
}

impl<'m, E: Edits> Matching<'m, E> {
    fn new(space: &'m Space<E>, found: &'m Found<'m>) -> Self {
        let entries: Vec<&Entry<E>> = space.entries.values().collect();
        let mut homes: Vec<Option<usize>> = vec![None; entries.len()];
        let mut present = vec![0; entries.len()];
        for (index, group) in found.groups.iter().enumerate() {
            for (entry, share) in &group.shares {
                let Some(home) = homes.get_mut(*entry) else {
                    continue;
                };
                let best = home.and_then(|home| found.groups.get(home)?.shares.get(entry));
                // Groups come by smallest hash, which is not that of the smallest shared text.
                let better = best.is_none_or(|best| {
                    (share.weight, best.smallest) > (best.weight, share.smallest)
                });
                if better {
                    *home = Some(index);
                }
            }
            for row in group.rows.iter().filter_map(|row| found.row(*row)) {
                if let Some(count) = row.owner.and_then(|owner| present.get_mut(owner)) {
                    *count += 1;
                }
            }
        }
        let targets = vec![Target::Nothing; found.rows.len()];
        Self { found, entries, homes, present, targets, retired: Vec::new(), unclaimed: Vec::new() }
    }

    /// Gives one group to the entries that follow into it.
    fn place(&mut self, index: usize) {
        let found = self.found;
        let Some(group) = found.groups.get(index) else {
            return;
        };
        let (pinned, others): (Vec<usize>, Vec<usize>) =
            group.shares.keys().partition(|entry| self.is_pinned(**entry));
        let followers = self.followers(index, &pinned, &group.rows);
        match (pinned.as_slice(), followers.as_slice()) {
            ([_], [owner]) => {
                let rivals = self.followers(index, &others, &group.rows);
                self.give(*owner, &group.rows, &rivals);
            }
            // One that is elsewhere for the larger part has been split: it leaves the smaller one.
            ([], _) => self.give_to_oldest(index, group.rows.clone(), &others),
            ([only], []) if !self.is_home(*only, index) => {
                self.give_to_oldest(index, group.rows.clone(), &others);
            }
            (pinned, followers) => self.divide(index, pinned, followers, &others),
        }
    }

    /// Several pinned entries have texts in a group, or one that is too small a part of it to take it over.
    fn divide(&mut self, index: usize, pinned: &[usize], followers: &[usize], others: &[usize]) {
        let found = self.found;
        let Some(group) = found.groups.get(index) else {
            return;
        };
        let mut rest: Vec<usize> = Vec::new();
        for row in &group.rows {
            let owner = found.row(*row).and_then(|row| row.owner);
            match owner.filter(|owner| pinned.contains(owner)) {
                Some(owner) => self.send(*row, Target::Entry(owner)),
                None => rest.push(*row),
            }
        }
        if followers.is_empty() {
            self.give_to_oldest(index, rest, others);
            return;
        }
        let rivals = self.followers(index, others, &group.rows);
        let directions: Vec<(usize, Centroid)> =
            followers.iter().map(|entry| (*entry, self.direction(*entry, group))).collect();
        let mut taken: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for index in rest {
            let Some(row) = found.row(index) else {
                continue;
            };
            let Some(nearest) = nearest(row, &directions) else {
                continue;
            };
            self.send(index, Target::Entry(nearest));
            if let Some(owner) = row.owner {
                *taken.entry((owner, nearest)).or_default() += weight(row);
            }
        }
        for rival in rivals {
            let successors = followers.iter().map(|entry| (taken.get(&(rival, *entry)), *entry));
            // The last of equals is what max_by gives, so the smaller id must compare as the larger.
            let successor =
                successors.max_by(|left, right| left.0.cmp(&right.0).then(right.1.cmp(&left.1)));
            self.retired.extend(successor.map(|(_, successor)| (rival, successor)));
        }
    }

    /// Of the unpinned entries that follow into some rows the one first seen takes them; without any, nobody does yet.
    fn give_to_oldest(&mut self, index: usize, rows: Vec<usize>, others: &[usize]) {
        let rivals = self.followers(index, others, &rows);
        let age = |entry: &&usize| {
            (self.entries.get(**entry).map(|entry| entry.first_seen_at()), **entry)
        };
        match rivals.iter().min_by_key(age).copied() {
            Some(oldest) => self.give(oldest, &rows, &rivals),
            None if rows.is_empty() => {}
            None => {
                for row in &rows {
                    self.send(*row, Target::New(index));
                }
                self.unclaimed.push((index, rows));
            }
        }
    }

    fn give(&mut self, owner: usize, rows: &[usize], rivals: &[usize]) {
        for row in rows {
            self.send(*row, Target::Entry(owner));
        }
        let retired = rivals.iter().filter(|rival| **rival != owner).map(|rival| (*rival, owner));
        self.retired.extend(retired);
    }

    /// Entries whose texts are all gone take over the groups of their meaning whose texts are new.
    fn take_over_new_texts(&mut self) {
        let mut groups: Vec<&(usize, Vec<usize>)> = self
            .unclaimed
            .iter()
            .filter(|(group, rows)| rows.len() > 1 && self.is_new(*group))
            .collect();
        groups.sort_by_key(|(_, rows)| u64::MAX - self.found.weigh(rows));
        groups.truncate(MOST_COMPARED);
        let mut absent: Vec<usize> = (0..self.entries.len())
            .filter(|entry| self.homes.get(*entry).is_none_or(Option::is_none))
            .filter(|entry| {
                self.entries.get(*entry).is_some_and(|entry| !entry.centroid().is_none())
            })
            .collect();
        absent.sort_by_key(|entry| {
            std::cmp::Reverse(self.entries.get(*entry).map(|entry| entry.last_seen_at()))
        });
        absent.truncate(MOST_COMPARED);

        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (group, rows) in &groups {
            let kind = self.found.groups.get(*group).map(|group| group.kind);
            let centroid = self.found.centroid(rows);
            for index in &absent {
                let Some(entry) = self.entries.get(*index) else {
                    continue;
                };
                let similarity = entry.centroid().similarity(&centroid);
                if kind == Some(entry.kind()) && similarity >= SAME_MEANING {
                    pairs.push((similarity, *index, *group));
                }
            }
        }
        let age = |entry: usize| self.entries.get(entry).map(|entry| entry.first_seen_at());
        pairs.sort_by(|left, right| {
            let order = right.0.total_cmp(&left.0).then_with(|| age(left.1).cmp(&age(right.1)));
            order.then(left.1.cmp(&right.1)).then(left.2.cmp(&right.2))
        });
        let rows_of: BTreeMap<usize, Vec<usize>> = self.unclaimed.iter().cloned().collect();
        let (mut taken, mut used) =
            (vec![false; self.found.groups.len()], vec![false; self.entries.len()]);
        for (_, entry, group) in pairs {
            let (Some(taken), Some(used)) = (taken.get_mut(group), used.get_mut(entry)) else {
                continue;
            };
            if !*taken && !*used {
                (*taken, *used) = (true, true);
                self.give(entry, rows_of.get(&group).map_or(&[], Vec::as_slice), &[]);
            }
        }
    }

    /// Texts in no group stay with the pinned entry that has them, or that takes over the one that has them.
    fn keep_pinned_texts(&mut self) {
        let successors: BTreeMap<usize, usize> = self.retired.iter().copied().collect();
        for (index, row) in self.found.rows.iter().enumerate() {
            let owner = row.owner.filter(|_| row.member.group.is_none());
            let owner = owner.map(|owner| successors.get(&owner).copied().unwrap_or(owner));
            if let Some(owner) = owner.filter(|owner| self.is_pinned(*owner)) {
                self.send(index, Target::Entry(owner));
            }
        }
    }

    fn send(&mut self, row: usize, target: Target) {
        if let Some(place) = self.targets.get_mut(row) {
            *place = target;
        }
    }

    fn is_pinned(&self, entry: usize) -> bool {
        self.entries.get(entry).is_some_and(|entry| entry.is_pinned())
    }

    /// Whether less than half of a group is known, and nothing of it from a pinned entry.
    fn is_new(&self, group: usize) -> bool {
        self.found.groups.get(group).is_some_and(|group| {
            let known: u64 = group.shares.values().map(|share| share.weight).sum();
            2 * known < group.weight && !group.shares.keys().any(|entry| self.is_pinned(*entry))
        })
    }

    fn is_home(&self, entry: usize, group: usize) -> bool {
        self.homes.get(entry).copied().flatten() == Some(group)
    }

    /// Which of some entries follow into rows of a group: those at home in it that have enough there.
    fn followers(&self, index: usize, entries: &[usize], rows: &[usize]) -> Vec<usize> {
        let weight = self.found.weigh(rows);
        let centroid = LazyCell::new(|| self.found.centroid(rows));
        let follows = |index: &usize, share: u64| {
            let present = self.present.get(*index).copied().unwrap_or_default();
            self.entries.get(*index).is_some_and(|entry| {
                2 * present >= entry.members().len()
                    || 2 * share >= weight
                    || entry.centroid().similarity(&centroid) >= SAME_MEANING
            })
        };
        let shares = self.found.groups.get(index).map(|group| &group.shares);
        let share = |entry: &usize| Some(shares?.get(entry)?.weight);
        let at_home = entries.iter().copied().filter(|entry| self.is_home(*entry, index));
        at_home.filter(|entry| share(entry).is_some_and(|share| follows(entry, share))).collect()
    }

    /// The remembered direction of an entry, or that of its texts in a group where it has but one.
    fn direction(&self, index: usize, group: &Group) -> Centroid {
        let remembered = self.entries.get(index).map(|entry| entry.centroid());
        remembered.filter(|centroid| !centroid.is_none()).cloned().unwrap_or_else(|| {
            let own =
                |row: &&usize| self.found.row(**row).is_some_and(|row| row.owner == Some(index));
            self.found.centroid(&group.rows.iter().filter(own).copied().collect::<Vec<_>>())
        })
    }
}

impl Found<'_> {
    fn weigh(&self, rows: &[usize]) -> u64 {
        rows.iter().filter_map(|row| self.row(*row)).map(weight).sum()
    }
}

/// The entry with the nearest direction, the smaller id among equals.
fn nearest(row: &Row<'_>, directions: &[(usize, Centroid)]) -> Option<usize> {
    let own = Centroid::of([(row.member.vector, 1)]);
    let mut best: Option<(f64, usize)> = None;
    for (entry, direction) in directions {
        let similarity = own.similarity(direction);
        if best.is_none_or(|(most, _)| similarity > most) {
            best = Some((similarity, *entry));
        }
    }
    best.map(|(_, entry)| entry)
}
