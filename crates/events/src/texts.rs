//! A table of distinct texts, so that an event carries four bytes instead of a string.

use std::num::NonZeroU32;

use hashbrown::hash_table::{Entry, HashTable};
use twox_hash::xxhash3_64::Hasher;

/// The place of a text in one [`TextTable`]. Ids of different tables have nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(NonZeroU32);

impl TextId {
    /// The place as an index from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    fn from_index(index: usize) -> Self {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
    }
}

/// Distinct texts, each kept once, in order of first arrival.
#[derive(Clone, Debug, Default)]
pub struct TextTable {
    bytes: String,
    ends: Vec<usize>,
    index: HashTable<TextId>,
}

impl TextTable {
    /// The id of a text, which is added where it is new.
    pub fn intern(&mut self, text: &str) -> TextId {
        let hash = hash(text);
        let (bytes, ends) = (&mut self.bytes, &mut self.ends);
        let equal = |id: &TextId| slice(bytes, ends, *id) == text;
        match self.index.entry(hash, equal, |id| hash_of(bytes, ends, *id)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = TextId::from_index(ends.len());
                entry.insert(id);
                bytes.push_str(text);
                ends.push(bytes.len());
                id
            }
        }
    }

    /// The id of a text, where it is in the table.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.index.find(hash(text), |id| self.get(*id) == text).copied()
    }

    /// The text of an id of this table; empty for an id of another table.
    #[must_use]
    pub fn get(&self, id: TextId) -> &str {
        slice(&self.bytes, &self.ends, id)
    }

    /// How many distinct texts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Every id with its text, in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (TextId, &str)> {
        (0..self.len()).map(|index| {
            let id = TextId::from_index(index);
            (id, self.get(id))
        })
    }

    /// Adds the texts of another table; the result maps its ids, by index, to ids of this one.
    pub fn absorb(&mut self, other: &Self) -> Vec<TextId> {
        other.iter().map(|(_, text)| self.intern(text)).collect()
    }
}

fn slice<'a>(bytes: &'a str, ends: &[usize], id: TextId) -> &'a str {
    let index = id.index();
    let start = if index == 0 { 0 } else { ends.get(index - 1).copied().unwrap_or(0) };
    ends.get(index).and_then(|end| bytes.get(start..*end)).unwrap_or("")
}

fn hash_of(bytes: &str, ends: &[usize], id: TextId) -> u64 {
    hash(slice(bytes, ends, id))
}

fn hash(text: &str) -> u64 {
    Hasher::oneshot(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id() {
        let mut table = TextTable::default();
        let (first, second) = (table.intern("refund"), table.intern("invoice"));
        assert_eq!(table.intern("refund"), first);
        assert_ne!(first, second);
        assert_eq!((table.get(second), table.len()), ("invoice", 2));
        assert_eq!(table.find("nothing"), None);
    }

    #[test]
    fn absorbing_maps_every_id() {
        let (mut left, mut right) = (TextTable::default(), TextTable::default());
        left.intern("a");
        let ids = [right.intern("b"), right.intern("a"), right.intern("")];
        let map = left.absorb(&right);
        for id in ids {
            assert_eq!(left.get(map[id.index()]), right.get(id));
        }
        assert_eq!(left.len(), 3);
    }
}
