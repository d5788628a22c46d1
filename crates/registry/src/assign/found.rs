//! What was found now, in an order that depends on content alone, beside what is known of it.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::{Centroid, Edits, Kind, Member, MemberHash, Space};

/// One distinct text found now.
pub(crate) struct Row<'a> {
    pub(crate) hash: MemberHash,
    pub(crate) member: &'a Member<'a>,
    /// The entry that has it, as an index into [`Found::ids`].
    pub(crate) owner: Option<usize>,
}

/// What an entry has in a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) weight: u64,
    /// The smallest hash of its texts there.
    pub(crate) smallest: MemberHash,
}

/// A group as it was found.
pub(crate) struct Group {
    pub(crate) kind: Kind,
    /// Its rows, ordered by hash.
    pub(crate) rows: Vec<usize>,
    pub(crate) weight: u64,
    /// The entries with texts in it.
    pub(crate) shares: BTreeMap<usize, Share>,
}

impl Group {
    /// The entry that most of its texts belonged to before.
    pub(crate) fn largest_share(&self) -> Option<usize> {
        let largest =
            self.shares.iter().min_by_key(|(entry, share)| (u64::MAX - share.weight, **entry));
        largest.map(|(entry, _)| *entry)
    }
}

/// Everything found now.
pub(crate) struct Found<'a> {
    /// The known ids, ordered, so that the smaller index is the smaller id.
    pub(crate) ids: Vec<String>,
    /// The hash of each member given.
    pub(crate) hashes: Vec<MemberHash>,
    /// The distinct texts, ordered by hash.
    pub(crate) rows: Vec<Row<'a>>,
    /// The groups, ordered by their smallest hash.
    pub(crate) groups: Vec<Group>,
}

impl<'a> Found<'a> {
    pub(crate) fn new<E: Edits>(space: &Space<E>, members: &'a [Member<'a>]) -> Self {
        let ids: Vec<String> = space.entries.keys().cloned().collect();
        let mut owners: HashMap<MemberHash, usize> = HashMap::new();
        for (index, entry) in space.entries.values().enumerate() {
            owners.extend(entry.members().map(|member| (member, index)));
        }
        let hashes: Vec<MemberHash> =
            members.iter().map(|member| MemberHash::of(member.kind, member.text)).collect();
        let row = |(member, hash): (&'a Member<'a>, &MemberHash)| Row {
            hash: *hash,
            member,
            owner: owners.get(hash).copied(),
        };
        let mut rows: Vec<Row<'a>> = members.iter().zip(&hashes).map(row).collect();
        rows.sort_by_key(|row| (row.hash, row.member.group.is_none()));
        rows.dedup_by_key(|row| row.hash);

        let mut places: HashMap<(Kind, u32), usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let Some(number) = row.member.group else {
                continue;
            };
            let kind = row.member.kind;
            let place = *places.entry((kind, number)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Group { kind, rows: Vec::new(), weight: 0, shares: BTreeMap::new() });
            }
            if let Some(group) = groups.get_mut(place) {
                let weight = weight(row);
                group.rows.push(index);
                group.weight += weight;
                if let Some(owner) = row.owner {
                    let none = Share { weight: 0, smallest: row.hash };
                    group.shares.entry(owner).or_insert(none).weight += weight;
                }
            }
        }
        Self { ids, hashes, rows, groups }
    }

    pub(crate) fn row(&self, index: usize) -> Option<&Row<'a>> {
        self.rows.get(index)
    }

    /// The direction of some rows.
    pub(crate) fn centroid(&self, rows: &[usize]) -> Centroid {
        let rows = rows.iter().filter_map(|index| self.row(*index));
        Centroid::of(rows.map(|row| (row.member.vector, row.member.weight)))
    }
}

/// A text weighs something even where no session is counted for it.
pub(crate) fn weight(row: &Row<'_>) -> u64 {
    u64::from(row.member.weight.max(1))
}
