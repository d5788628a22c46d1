//! New ids, made from content so that a run without a registry gives the same ones.

use sha2::{Digest, Sha256};

use crate::{Edits, Kind, Space, hexadecimal};

/// 80 bits: with a million entries, two meet by chance once in two trillion registries.
const DIGITS: usize = 20;

/// An id that a space does not know yet, from the text that a group began with.
pub(crate) fn unused<E: Edits>(space: &Space<E>, kind: Kind, text: &str) -> String {
    let mut attempt: u64 = 0;
    loop {
        let id = make(E::PREFIX, kind, text, attempt);
        if !space.entries.contains_key(&id) && !space.aliases.contains_key(&id) {
            return id;
        }
        attempt += 1;
    }
}

fn make(prefix: &str, kind: Kind, text: &str, attempt: u64) -> String {
    let mut digest = Sha256::new();
    digest.update(kind.name().as_bytes());
    digest.update([0]);
    digest.update(text.as_bytes());
    if attempt > 0 {
        digest.update([0]);
        digest.update(attempt.to_be_bytes());
    }
    let mut id = prefix.to_owned();
    for byte in digest.finalize().iter().take(DIGITS / 2) {
        hexadecimal::push(&mut id, *byte);
    }
    id
}

#[cfg(test)]
mod tests {
    use mcp_insights_events::Timestamp;

    use super::*;
    use crate::TopicEdits;

    #[test]
    fn id_is_long_plain_and_of_its_text_alone() {
        let space = Space::<TopicEdits>::default();
        let id = unused(&space, Kind::Intent, "refund");
        assert_eq!(id, unused(&space, Kind::Intent, "refund"));
        assert_eq!(id.len(), 4 + DIGITS);
        assert!(id.starts_with("top_"));
        assert_ne!(id, unused(&space, Kind::Intent, "invoice"));
    }

    #[test]
    fn known_ids_are_never_given_again() {
        let mut space = Space::<TopicEdits>::default();
        let first = unused(&space, Kind::Intent, "refund");
        space.begin(&first, Kind::Intent, Timestamp::default(), None);
        let second = unused(&space, Kind::Intent, "refund");
        assert_ne!(first, second);
        space.aliases.insert(second.clone(), first.clone());
        let third = unused(&space, Kind::Intent, "refund");
        assert!(third != first && third != second);
    }
}
