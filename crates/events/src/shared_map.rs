//! A map of which clones are cheap.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;

/// What was set last is copied by every clone, up to so many keys.
const RECENT: usize = 64;

/// A map whose clones share most of it.
///
/// What was set last stands before what was set earlier, in maps of their own. They are joined so that each is more than twice as
/// large as the next: there are few, and over many calls each key is moved some log n times.
#[derive(Clone, Debug)]
pub struct SharedMap<K, V> {
    /// The oldest and largest first; none for what was removed.
    older: Vec<Arc<HashMap<K, Option<V>>>>,
    recent: HashMap<K, Option<V>>,
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { older: Vec::new(), recent: HashMap::new() }
    }
}

impl<K: Eq + Hash, V> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = entries.into_iter().map(|(key, value)| (key, Some(value))).collect();
        Self { older: vec![Arc::new(map)], recent: HashMap::new() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.newest_first().find_map(|map| map.get(key))?.as_ref()
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        self.set(key, Some(value));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: K) {
        self.set(key, None);
    }

    fn set(&mut self, key: K, value: Option<V>) {
        self.recent.insert(key, value);
        if self.recent.len() < RECENT {
            return;
        }
        let mut last = std::mem::take(&mut self.recent);
        while self.older.last().is_some_and(|before| before.len() <= 2 * last.len()) {
            let Some(before) = self.older.pop() else { break };
            let mut joined = Arc::unwrap_or_clone(before);
            joined.extend(last);
            last = joined;
        }
        if self.older.is_empty() {
            last.retain(|_, value| value.is_some());
        }
        self.older.push(Arc::new(last));
    }

    fn newest_first(&self) -> impl Iterator<Item = &HashMap<K, Option<V>>> {
        std::iter::once(&self.recent).chain(self.older.iter().rev().map(AsRef::as_ref))
    }

    /// Every key with its value, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.newest_first().enumerate().flat_map(move |(place, map)| {
            let is_newest = move |key: &K| {
                !self.newest_first().take(place).any(|newer| newer.contains_key(key))
            };
            map.iter()
                .filter_map(|(key, value)| Some((key, value.as_ref()?)))
                .filter(move |(key, _)| is_newest(key))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_later_counts() {
        let mut map: SharedMap<u32, u32> = (0..1000).map(|key| (key, key)).collect();
        let before = map.clone();
        for key in 500..1500 {
            map.insert(key, key + 1);
        }
        assert_eq!(
            (map.get(&499), map.get(&500), map.get(&1499)),
            (Some(&499), Some(&501), Some(&1500))
        );
        assert_eq!((before.get(&500), before.get(&1499)), (Some(&500), None));
        assert_eq!((map.iter().count(), before.iter().count()), (1500, 1000));
    }

    #[test]
    fn what_is_removed_is_gone() {
        let mut map: SharedMap<u32, u32> = (0..1000).map(|key| (key, key)).collect();
        let before = map.clone();
        for key in 0..600 {
            map.remove(key);
            assert_eq!((map.get(&key), map.iter().count()), (None, 999 - key as usize));
        }
        map.insert(7, 8);
        assert_eq!((map.get(&7), before.get(&7), map.iter().count()), (Some(&8), Some(&7), 401));
    }

    #[test]
    fn there_are_few_maps_and_what_is_gone_leaves_them() {
        let mut map: SharedMap<u32, u32> = SharedMap::default();
        for key in 0..10_000 {
            map.insert(key, key);
            map.remove(key);
            assert!(map.older.len() <= 9, "each is more than twice as large as the next");
        }
        assert_eq!(map.iter().count(), 0);
        assert!(map.older.iter().map(|map| map.len()).sum::<usize>() < 10_000);
    }
}
