//! The record of each identity.

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_store::Sequence;
use rayon::prelude::*;

/// So many maps share the identities: filled one after the other, each stays in the cache.
const SHARES: usize = 256;

/// The record of each identity, which is a hash of 128 bits.
///
/// A clone shares the maps, each until either of the two adds to it: who is cloned while he takes in pays bit by bit.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// By the highest byte of the identity.
    shares: Vec<Arc<HashMap<u128, Sequence>>>,
}

impl Default for Known {
    fn default() -> Self {
        Self { shares: vec![Arc::default(); SHARES] }
    }
}

impl Known {
    /// The record of an identity.
    pub(crate) fn get(&self, identity: u128) -> Option<Sequence> {
        self.shares.get(share(identity))?.get(&identity).copied()
    }

    /// Sets the record of an identity, and gives the one before.
    pub(crate) fn insert(&mut self, identity: u128, record: Sequence) -> Option<Sequence> {
        Arc::make_mut(self.shares.get_mut(share(identity))?).insert(identity, record)
    }

    /// Every identity with its record, ordered.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (u128, Sequence)> {
        self.shares.iter().flat_map(|share| {
            let mut records: Vec<(u128, Sequence)> =
                share.iter().map(|(identity, record)| (*identity, *record)).collect();
            records.sort_unstable();
            records
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.shares.iter().map(|share| share.len()).sum()
    }

    /// The same again from [ordered](Self::sorted) records.
    pub(crate) fn of_sorted<T: Sync>(records: &[T], read: fn(&T) -> (u128, Sequence)) -> Self {
        let ends: Vec<usize> = (0..SHARES)
            .map(|number| records.partition_point(|record| share(read(record).0) <= number))
            .collect();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let ranges: Vec<_> = starts.zip(&ends).map(|(start, end)| start..*end).collect();
        let shares = ranges
            .into_par_iter()
            .map(|range| {
                let records = records.get(range).unwrap_or(&[]);
                let mut share = HashMap::with_capacity(records.len());
                share.extend(records.iter().map(read));
                Arc::new(share)
            })
            .collect();
        Self { shares }
    }
}

impl FromIterator<(u128, Sequence)> for Known {
    fn from_iter<I: IntoIterator<Item = (u128, Sequence)>>(records: I) -> Self {
        let mut known = Self::default();
        for (identity, record) in records {
            known.insert(identity, record);
        }
        known
    }
}

fn share(identity: u128) -> usize {
    usize::from(identity.to_be_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sorted_makes_the_same_again() {
        let identity = |number: u64| twox_hash::XxHash3_128::oneshot(&number.to_le_bytes());
        let known: Known = (0..2000).map(|number| (identity(number), Sequence(number))).collect();
        let sorted: Vec<_> = known.sorted().collect();
        assert!(sorted.is_sorted() && sorted.len() == 2000 && known.len() == 2000);
        let mut again = Known::of_sorted(&sorted, |record| *record);
        for number in 0..2000 {
            assert_eq!(again.get(identity(number)), Some(Sequence(number)));
        }
        assert_eq!(again.get(identity(2000)), None);
        let before = again.clone();
        assert_eq!(again.insert(identity(7), Sequence(9)), Some(Sequence(7)));
        assert_eq!(again.sorted().count(), 2000);
        assert_eq!(before.get(identity(7)), Some(Sequence(7)), "a clone keeps what it had");
    }
}
