//! A map of which clones are cheap.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;

/// The newer part is joined with the older one when it has grown to this share of it, and to this many.
const SHARE: usize = 16;
const LEAST: usize = 256;

/// A map whose clones share most of it. Nothing is ever removed; what is set later counts.
#[derive(Clone, Debug)]
pub struct SharedMap<K, V> {
    older: Arc<HashMap<K, V>>,
    newer: HashMap<K, V>,
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
        self.newer.get(key).or_else(|| self.older.get(key))
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        self.newer.insert(key, value);
        if self.newer.len() >= LEAST.max(self.older.len() / SHARE) {
            let newer = std::mem::take(&mut self.newer);
            Arc::make_mut(&mut self.older).extend(newer);
        }
    }

    /// Every key with its value, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let older = self.older.iter().filter(|(key, _)| !self.newer.contains_key(*key));
        older.chain(&self.newer)
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
}
