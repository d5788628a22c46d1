//! Similar searches: a Jaccard index of at least .25 over their telling words.

use hashbrown::HashMap;

/// Whether two queries are similar, by their words in order. Queries without telling words resemble nothing.
pub(crate) fn are_similar(left: &[u64], right: &[u64]) -> bool {
    let (mut left_rest, mut right_rest, mut shared) = (left, right, 0_usize);
    while let ([first, left_tail @ ..], [second, right_tail @ ..]) = (left_rest, right_rest) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => left_rest = left_tail,
            std::cmp::Ordering::Greater => right_rest = right_tail,
            std::cmp::Ordering::Equal => {
                shared += 1;
                (left_rest, right_rest) = (left_tail, right_tail);
            }
        }
    }
    is_enough(shared, left.len(), right.len())
}

/// Whether the shared words are at least a quarter of the union.
fn is_enough(shared: usize, left: usize, right: usize) -> bool {
    shared > 0 && 4 * shared >= left + right - shared
}

/// The searches of one session, to ask which resemble which without comparing all with all.
#[derive(Debug, Default)]
pub(crate) struct Resemblance<'w> {
    groups: Vec<Group<'w>>,
    group_of: Vec<Option<u32>>,
    /// For each word the groups that hold it.
    holders: HashMap<u64, Vec<u32>>,
}

/// Searches with the same telling words.
#[derive(Debug)]
struct Group<'w> {
    words: &'w [u64],
    /// Places of its searches, in order.
    members: Vec<u32>,
}

impl<'w> Resemblance<'w> {
    /// Takes the telling words of each search in order.
    pub(crate) fn of(searches: &[&'w [u64]]) -> Self {
        let mut this = Self::default();
        let mut known: HashMap<&[u64], u32> = HashMap::new();
        for (place, words) in (0_u32..).zip(searches.iter().copied()) {
            if words.is_empty() {
                this.group_of.push(None);
                continue;
            }
            let next = crate::conversation::narrow(this.groups.len());
            let group = *known.entry(words).or_insert(next);
            if group == next {
                this.groups.push(Group { words, members: Vec::new() });
                for word in words {
                    this.holders.entry(*word).or_default().push(group);
                }
            }
            if let Some(group) = this.groups.get_mut(group as usize) {
                group.members.push(place);
            }
            this.group_of.push(Some(group));
        }
        this
    }

    /// The first search after one that is similar to it, of those that are `wanted`.
    ///
    /// Costs as much as there are searches that share a word with it, equal ones counted once while wanted.
    pub(crate) fn first_after(&self, place: u32, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let own = self.group(place)?;
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for holder in own.words.iter().filter_map(|word| self.holders.get(word)).flatten() {
            *shared.entry(*holder).or_insert(0) += 1;
        }
        shared
            .into_iter()
            .filter_map(|(other, shared)| {
                let other = self.groups.get(other as usize)?;
                if !is_enough(shared, own.words.len(), other.words.len()) {
                    return None;
                }
                let later = other.members.partition_point(|member| *member <= place);
                other.members.get(later..)?.iter().copied().find(|member| wanted(*member))
            })
            .min()
    }

    /// A number that searches with the same telling words share; none without such words.
    pub(crate) fn number(&self, place: u32) -> Option<u32> {
        self.group_of.get(place as usize).copied().flatten()
    }

    fn group(&self, place: u32) -> Option<&Group<'w>> {
        self.groups.get(self.number(place)? as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quarter_of_the_union_is_enough() {
        assert!(are_similar(&[1, 2], &[2, 3, 4]));
        assert!(!are_similar(&[1, 2], &[2, 3, 4, 5]));
        assert!(are_similar(&[7], &[7]));
        assert!(!are_similar(&[1], &[2]));
        assert!(!are_similar(&[], &[]));
    }

    proptest! {
        #[test]
        fn asking_for_one_equals_comparing_with_all(
            searches in prop::collection::vec(prop::collection::btree_set(0_u64..9, 0..5), 0..14),
            wanted in prop::collection::vec(any::<bool>(), 14),
        ) {
            let searches: Vec<Vec<u64>> =
                searches.into_iter().map(|words| words.into_iter().collect()).collect();
            let words: Vec<&[u64]> = searches.iter().map(Vec::as_slice).collect();
            let resemblance = Resemblance::of(&words);
            for place in 0..words.len() {
                let expected = (place + 1..words.len())
                    .find(|other| wanted[*other] && are_similar(words[place], words[*other]));
                let found = resemblance.first_after(place as u32, |other| wanted[other as usize]);
                prop_assert_eq!(found.map(|found| found as usize), expected);
            }
        }
    }
}
