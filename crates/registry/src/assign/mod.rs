//! From the groups found now to the ids that they have always had.

mod found;
mod matching;

use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_events::Timestamp;

use crate::assign::found::{Found, Row};
use crate::assign::matching::{Plan, Target};
use crate::{Centroid, Edits, Member, MemberHash, Space, id};

/// Cosine from which the centroids of two groups say that they mean the same.
///
/// Of the topics that people drew in BANKING77, CLINC150 and MetaTool, with vectors of all-MiniLM-L6-v2, one in thirty has another
/// within .9, and one in two to ten within .8; two halves of one topic of 20 texts each have a median of .94 to .97.
const SAME_MEANING: f64 = 0.9;

/// Where each text ended up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The ids that have texts now, ordered.
    pub ids: Vec<String>,
    /// For each member given, in the order given: the place of its id in `ids`, or none.
    pub of: Vec<Option<u32>>,
}

impl<E: Edits> Space<E> {
    /// Gives each group found now its id, and remembers it.
    ///
    /// The order of the members does not matter, nor do the numbers of their groups; doing the same again changes
    /// nothing. No text is ever forgotten: one that is not in the data, or in no group, stays with the entry that had it.
    ///
    /// # Whose texts are known
    /// - An entry follows the larger part of its texts (weight, then the part with the smaller hash), where at least half
    ///   of its texts are in the data, or they are at least half of the group's weight, or both centroids have a cosine of
    ///   at least .9: one stray text of an old entry does not take a group over.
    /// - Of several entries that follow into one group the one first seen keeps its id (then the smaller id); the others
    ///   become aliases of it. A group that no entry follows into gets a new id, made from the text first seen in it.
    /// - An edited entry is pinned. It takes the group over whatever its age, and is there even without texts. Its texts that
    ///   now belong nowhere stay with it. Where texts of two or more pinned entries are in one group, each keeps its own,
    ///   and the group's other texts go to the nearest centroid (then the smaller id) of those that follow into it. So the
    ///   result may have other groups than were found.
    ///
    /// # Whose texts are new
    /// Where nothing of an entry is found in any group, it takes over a group that no entry follows into, whose centroid has a
    /// cosine of at least .9 with its own; the most similar pair comes first. Such a group has at least two texts, less than
    /// half of its weight is known, and nothing of it from a pinned entry. The 1,000 heaviest such groups and the 1,000
    /// entries seen last take part.
    pub fn assign(&mut self, members: &[Member<'_>]) -> Assignment {
        let found = Found::new(self, members);
        let plan = Plan::new(self, &found);
        let fresh = self.begin_new(&found, &plan);
        let targets: Vec<Option<String>> = plan
            .targets
            .iter()
            .map(|target| match target {
                Target::Nothing => None,
                Target::Entry(entry) => found.ids.get(*entry).cloned(),
                Target::New(group) => fresh.get(group).cloned(),
            })
            .collect();
        let retired: Vec<(String, String)> = plan
            .retired
            .iter()
            .filter_map(|(old, new)| {
                Some((found.ids.get(*old)?.clone(), found.ids.get(*new)?.clone()))
            })
            .collect();
        self.apply(&found, &targets, &retired);
        answer(&found, &targets)
    }

    /// New entries for the groups that no entry follows into.
    fn begin_new(&mut self, found: &Found<'_>, plan: &Plan) -> BTreeMap<usize, String> {
        let mut new_groups: BTreeMap<usize, Vec<&Row<'_>>> = BTreeMap::new();
        for (row, target) in found.rows.iter().zip(&plan.targets) {
            if let Target::New(group) = target {
                new_groups.entry(*group).or_default().push(row);
            }
        }
        let mut founders: Vec<(Timestamp, &str, usize)> = new_groups
            .iter()
            .filter_map(|(group, rows)| {
                let founder =
                    rows.iter().map(|row| (row.member.first_seen, row.member.text)).min()?;
                Some((founder.0, founder.1, *group))
            })
            .collect();
        founders.sort_unstable();
        let mut fresh = BTreeMap::new();
        for (at, text, group) in founders {
            let Some(row) = new_groups.get(&group).and_then(|rows| rows.first()) else {
                continue;
            };
            let id = id::unused(self, row.member.kind, text);
            let from = found.groups.get(group).and_then(found::Group::largest_share);
            let from = from.and_then(|entry| found.ids.get(entry)).cloned();
            self.begin(&id, row.member.kind, at, from);
            fresh.insert(group, id);
        }
        fresh
    }

    fn apply(
        &mut self,
        found: &Found<'_>,
        targets: &[Option<String>],
        retired: &[(String, String)],
    ) {
        let mut holdings: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
        for (row, target) in found.rows.iter().zip(targets) {
            let Some(target) = target else { continue };
            holdings.entry(target).or_default().push(row);
            let owner = row.owner.and_then(|owner| found.ids.get(owner));
            if let Some(owner) = owner.filter(|owner| *owner != target) {
                self.release(owner, row.hash);
            }
        }
        for (old, new) in retired {
            self.retire(old, new);
        }
        for (id, rows) in holdings {
            let first = rows.iter().map(|row| row.member.first_seen).min().unwrap_or_default();
            let last = rows.iter().map(|row| row.member.last_seen).max().unwrap_or_default();
            let grouped: Vec<&Member<'_>> =
                rows.iter().map(|row| row.member).filter(|member| member.group.is_some()).collect();
            let centroid =
                || Centroid::of(grouped.iter().map(|member| (member.vector, member.weight)));
            let hashes = rows.iter().map(|row| row.hash);
            self.hold(id, hashes, grouped.len(), centroid, (first, last));
        }
    }
}

fn answer(found: &Found<'_>, targets: &[Option<String>]) -> Assignment {
    let ids: Vec<String> =
        targets.iter().flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let place =
        |id: &String| ids.binary_search(id).ok().and_then(|place| u32::try_from(place).ok());
    let of_row: Vec<Option<u32>> =
        targets.iter().map(|target| target.as_ref().and_then(place)).collect();
    let of = |hash: &MemberHash| {
        let row = found.rows.binary_search_by_key(hash, |row| row.hash).ok()?;
        of_row.get(row).copied().flatten()
    };
    let of = found.hashes.iter().map(of).collect();
    Assignment { ids, of }
}

#[cfg(test)]
mod tests;
