//! A map of which clones are cheap.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;

/// The newer part is joined with the older one when it has grown to this share of it, and to this many.
const SHARE: usize = 16;
const LEAST: usize = 256;

/// A map whose clones share most of it.
#[derive(Clone, Debug)]
pub struct SharedMap<K, V> {
    older: Arc<HashMap<K, V>>,
    /// What was set since; none where it was removed.
    newer: HashMap<K, Option<V>>,
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { older: Arc::default(), newer: HashMap::new() }
    }
}

impl<K, V> From<HashMap<K, V>> for SharedMap<K, V> {
    fn from(map: HashMap<K, V>) -> Self {
        Self { older: Arc::new(map), newer: HashMap::new() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.newer.get(key).map_or_else(|| self.older.get(key), Option::as_ref)
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
        self.newer.insert(key, value);
        if self.newer.len() >= LEAST.max(self.older.len() / SHARE) {
            let older = Arc::make_mut(&mut self.older);
            for (key, value) in std::mem::take(&mut self.newer) {
                match value {
                    Some(value) => drop(older.insert(key, value)),
                    None => drop(older.remove(&key)),
                }
            }
        }
    }

    /// Every key with its value, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let older = self.older.iter().filter(|(key, _)| !self.newer.contains_key(*key));
        let newer = self.newer.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
        older.chain(newer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_later_counts() {
        let mut map: SharedMap<u32, u32> =
            (0..1000).map(|key| (key, key)).collect::<HashMap<_, _>>().into();
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
        let mut map: SharedMap<u32, u32> =
            (0..1000).map(|key| (key, key)).collect::<HashMap<_, _>>().into();
        let before = map.clone();
        for key in 0..600 {
            map.remove(key);
            assert_eq!((map.get(&key), map.iter().count()), (None, 999 - key as usize));
        }
        map.insert(7, 8);
        assert_eq!((map.get(&7), before.get(&7), map.iter().count()), (Some(&8), Some(&7), 401));
    }
}
