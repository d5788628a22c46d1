//! Verbs that say the same.

use crate::verbs::{is_verb, is_verb_at_start};

/// Verbs of which a catalog uses one, mostly: the first of equally frequent ones counts.
const FAMILIES: &[&[&str]] = &[
    &["create", "add", "new", "make"],
    &["delete", "remove", "destroy"],
    &["update", "edit", "modify", "patch"],
    &["get", "fetch", "retrieve", "read", "show"],
    &["list", "get all", "enumerate", "browse"],
    &["search", "find", "query", "lookup"],
    &["run", "execute", "invoke"],
    &["send", "post"],
    &["start", "launch", "begin"],
    &["stop", "terminate", "end"],
    &["analyze", "analyse"],
];

/// Families whose verbs are done to one thing, by their first verbs.
const OF_ONE: &[&str] = &["create", "delete", "update"];
/// Families whose verbs give one thing in some catalogs and several in others.
const OF_EITHER: &[&str] = &["get"];
/// Families whose verbs give several things.
const OF_MANY: &[&str] = &["list", "search"];

/// The family of a verb, by its own order.
pub(super) fn family(verb: &str) -> &'static [&'static str] {
    FAMILIES.iter().find(|family| family.contains(&verb)).copied().unwrap_or_default()
}

/// All verbs of all families.
pub(super) fn verbs() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// Whether words begin with a verb, which may be of two words.
pub(super) fn begins_with(words: &[String], verb: &str) -> bool {
    let mut words = words.iter();
    verb.split(' ').all(|part| words.next().is_some_and(|word| word == part))
}

/// To how much something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    One,
    Either,
    Many,
}

impl Reach {
    /// The reach of what begins with a verb; none where the verb does not tell.
    pub(super) fn of(words: &[String]) -> Option<Self> {
        // "get all" before "get".
        let verbs = verbs().filter(|verb| begins_with(words, verb));
        let first = family(verbs.max_by_key(|verb| verb.len())?).first()?;
        match first {
            first if OF_ONE.contains(first) => Some(Self::One),
            first if OF_EITHER.contains(first) => Some(Self::Either),
            first if OF_MANY.contains(first) => Some(Self::Many),
            _ => None,
        }
    }
}

/// How surely a word is what is done: 2 wherever it stands, 1 where it comes first, 0 for a thing.
pub(super) fn strength(word: &str) -> u8 {
    match word {
        word if is_verb(word) => 2,
        word if is_verb_at_start(word) || verbs().any(|verb| verb == word) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_has_one_family() {
        for verb in verbs() {
            assert_eq!(verbs().filter(|other| *other == verb).count(), 1, "{verb}");
        }
    }

    #[test]
    fn verbs_tell_to_how_much_something_is_done() {
        for (name, expected) in [
            ("create invoice", Some(Reach::One)),
            ("read file", Some(Reach::Either)),
            ("get all files", Some(Reach::Many)),
            ("find files", Some(Reach::Many)),
            ("refund invoices", None),
            ("weather forecast", None),
        ] {
            let words: Vec<String> = name.split(' ').map(str::to_owned).collect();
            assert_eq!(Reach::of(&words), expected, "{name}");
        }
    }
}
