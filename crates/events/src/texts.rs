//! A table of distinct texts, so that an event carries four bytes instead of a string.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::hash_table::{Entry, HashTable};
use serde::{Deserialize, Serialize};
use twox_hash::xxhash3_64::Hasher;

/// The place of a text in one [`TextTable`]. Ids of different tables have nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
///
/// A table can be [settled](TextTable::settle): then a clone shares the texts and costs a few pointers, and what either of
/// the two adds from then on is its own.
#[derive(Clone, Debug, Default)]
pub struct TextTable {
    /// Texts that other tables may share, in order.
    shared: Vec<Arc<Stretch>>,
    /// The texts after those.
    own: Stretch,
}

/// Texts in order of arrival, from a number on.
#[derive(Clone, Debug, Default)]
struct Stretch {
    /// How many texts stand before these.
    first: usize,
    bytes: String,
    ends: Vec<usize>,
    index: HashTable<TextId>,
}

impl Stretch {
    fn intern(&mut self, text: &str, hash: u64) -> TextId {
        let Self { first, bytes, ends, index } = self;
        let first = *first;
        // As bytes: characters of texts need not be looked for.
        let equal = |id: &TextId| {
            let range = range(ends, id.index() - first);
            range.and_then(|range| bytes.as_bytes().get(range)) == Some(text.as_bytes())
        };
        let rehash = |id: &TextId| self::hash(slice(bytes, ends, id.index() - first));
        match index.entry(hash, equal, rehash) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = TextId::from_index(first + ends.len());
                entry.insert(id);
                bytes.push_str(text);
                ends.push(bytes.len());
                id
            }
        }
    }

    fn find(&self, text: &str, hash: u64) -> Option<TextId> {
        self.index.find(hash, |id| self.get(id.index()) == text).copied()
    }

    /// A text by its number in the table.
    fn get(&self, number: usize) -> &str {
        number.checked_sub(self.first).map_or("", |index| slice(&self.bytes, &self.ends, index))
    }

    fn end(&self) -> usize {
        self.first + self.ends.len()
    }

    /// Takes the texts that follow.
    fn append(&mut self, next: &Self) {
        for number in next.first..next.end() {
            let text = next.get(number);
            self.intern(text, hash(text));
        }
    }
}

impl TextTable {
    /// The id of a text, which is added where it is new.
    pub fn intern(&mut self, text: &str) -> TextId {
        let hash = hash(text);
        if let Some(id) = self.find_shared(text, hash) {
            return id;
        }
        self.own.intern(text, hash)
    }

    /// The id of a text, which is likely the one of `likely`, an id of this table: then it need not be looked for.
    pub fn intern_again(&mut self, text: &str, likely: Option<TextId>) -> TextId {
        match likely {
            Some(likely) if self.get(likely) == text => likely,
            _ => self.intern(text),
        }
    }

    /// The id of a text, where it is in the table.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<TextId> {
        let hash = hash(text);
        self.find_shared(text, hash).or_else(|| self.own.find(text, hash))
    }

    fn find_shared(&self, text: &str, hash: u64) -> Option<TextId> {
        self.shared.iter().find_map(|stretch| stretch.find(text, hash))
    }

    /// The text of an id of this table; empty for an id of another table.
    #[must_use]
    pub fn get(&self, id: TextId) -> &str {
        let number = id.index();
        if number >= self.own.first {
            return self.own.get(number);
        }
        let place = self.shared.partition_point(|stretch| stretch.end() <= number);
        self.shared.get(place).map_or("", |stretch| stretch.get(number))
    }

    /// How many distinct texts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.end()
    }

    /// Whether it holds no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// Makes clones cheap, until texts are added. Ids stay.
    ///
    /// A stretch of new texts is joined with those before it that are not far longer, so that there are few; over many calls
    /// each text is moved some log n times.
    pub fn settle(&mut self) {
        if self.own.ends.is_empty() {
            return;
        }
        let first = self.own.end();
        let mut last = std::mem::replace(&mut self.own, Stretch { first, ..Stretch::default() });
        while self.shared.last().is_some_and(|before| before.ends.len() <= 2 * last.ends.len()) {
            let Some(before) = self.shared.pop() else { break };
            let mut joined = Arc::unwrap_or_clone(before);
            joined.append(&last);
            last = joined;
        }
        self.shared.push(Arc::new(last));
    }
}

fn slice<'a>(bytes: &'a str, ends: &[usize], index: usize) -> &'a str {
    range(ends, index).and_then(|range| bytes.get(range)).unwrap_or("")
}

fn range(ends: &[usize], index: usize) -> Option<Range<usize>> {
    let start = if index == 0 { 0 } else { ends.get(index - 1).copied()? };
    ends.get(index).map(|end| start..*end)
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
    fn what_was_likely_is_not_added_again() {
        let mut table = TextTable::default();
        let first = table.intern_again("refund", None);
        assert_eq!(table.intern_again("refund", Some(first)), first);
        let second = table.intern_again("invoice", Some(first));
        assert_eq!((table.get(second), table.len()), ("invoice", 2));
        assert_eq!(table.intern_again("refund", Some(second)), first);
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

    #[test]
    fn a_settled_table_is_shared_and_goes_on() {
        let mut table = TextTable::default();
        let mut ids = Vec::new();
        for round in 0..20 {
            for number in 0..=round {
                ids.push(table.intern(&format!("{round}-{number}")));
            }
            table.settle();
        }
        assert!(table.shared.len() < 6, "stretches are joined");
        let mut clone = table.clone();
        let (new, other) = (table.intern("new"), clone.intern("other"));
        assert_eq!(new, other, "both follow on the same texts");
        assert_eq!((table.get(new), clone.get(other)), ("new", "other"));
        let texts =
            (0..20).flat_map(|round| (0..=round).map(move |number| format!("{round}-{number}")));
        for (id, text) in ids.iter().zip(texts) {
            assert_eq!((table.get(*id), table.find(&text)), (text.as_str(), Some(*id)));
            assert_eq!(clone.intern(&text), *id);
        }
        assert_eq!((table.len(), table.iter().count()), (211, 211));
        table.settle();
        assert_eq!(table.get(new), "new");
    }
}
