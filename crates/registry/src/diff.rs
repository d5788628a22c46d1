//! What has changed between two states of a registry, for people to read.

use std::collections::BTreeMap;
use std::fmt;

use hashbrown::HashMap;
use serde::Serialize;

use crate::{Edits, Entry, MemberHash, Space};

/// One change. Counts are distinct texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// An entry that was not there.
    New {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
        /// Its texts.
        texts: usize,
        /// The entry that most of its first texts came from.
        split_from: Option<String>,
    },
    /// An entry that another took over; its id is an alias now.
    Merged {
        /// The retired id.
        id: String,
        /// Its last label.
        label: String,
        /// What stands for it now.
        into: String,
    },
    /// An entry that is in neither the entries nor the aliases: the two are no states of one registry.
    Missing {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
    },
    /// Another label, by hand or generated.
    Relabelled {
        /// Its id.
        id: String,
        /// The label before.
        from: String,
        /// The label now.
        to: String,
    },
    /// Something else was set by hand, or is so no more.
    Edited {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
        /// What: a field of its edits, as the registry names it.
        field: &'static str,
        /// What it was set to; none where it was not.
        from: Option<String>,
        /// What it is set to; none where it is not.
        to: Option<String>,
    },
    /// Texts that were nowhere before.
    Grown {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
        /// How many.
        texts: usize,
    },
    /// Texts that moved between two entries that both were there and are there.
    Moved {
        /// Where they were.
        from: String,
        /// Where they are.
        to: String,
        /// How many.
        texts: usize,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = |count: &usize| {
            if *count == 1 { "1 text".to_owned() } else { format!("{count} texts") }
        };
        match self {
            Self::New { id, label, texts: count, split_from } => {
                write!(formatter, "+ {id} {label:?}: new, {}", texts(count))?;
                split_from.as_ref().map_or(Ok(()), |from| write!(formatter, ", split from {from}"))
            }
            Self::Merged { id, label, into } => {
                write!(formatter, "- {id} {label:?}: merged into {into}")
            }
            Self::Missing { id, label } => {
                write!(formatter, "- {id} {label:?}: not known any more")
            }
            Self::Relabelled { id, from, to } => {
                write!(formatter, "~ {id}: label {from:?} is now {to:?}")
            }
            Self::Edited { id, label, field, from: _, to: Some(to) } => {
                write!(formatter, "~ {id} {label:?}: {field} was set to {to:?}")
            }
            Self::Edited { id, label, field, from, to: None } => {
                let from = from.as_deref().unwrap_or_default();
                write!(formatter, "~ {id} {label:?}: {field} is no longer set to {from:?}")
            }
            Self::Grown { id, label, texts: count } => {
                write!(formatter, "~ {id} {label:?}: {} more", texts(count))
            }
            Self::Moved { from, to, texts: count } => {
                write!(formatter, "~ {to}: {} moved here from {from}", texts(count))
            }
        }
    }
}

impl<E: Edits> Space<E> {
    /// What has changed since an earlier state, sorted by what happened, then by id.
    ///
    /// ```
    /// use mcp_insights_registry::Registry;
    /// let (old, new) = (Registry::default(), Registry::default());
    /// assert_eq!(new.topics.differences_from(&old.topics), []);
    /// ```
    #[must_use]
    pub fn differences_from(&self, old: &Self) -> Vec<Difference> {
        let (mut new, mut merged, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let (mut relabelled, mut edited, mut grown) = (Vec::new(), Vec::new(), Vec::new());
        let before: HashMap<MemberHash, &str> = old
            .entries()
            .flat_map(|entry| entry.members().map(|member| (member, entry.id())))
            .collect();
        let mut moved: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for entry in self.entries() {
            let (id, label) = (entry.id().to_owned(), shown(entry).to_owned());
            let was = old.entries.get(entry.id());
            let marks = was.map(|was| was.edits().clone()).unwrap_or_default().marks();
            let marks = marks.into_iter().zip(entry.edits().marks());
            edited.extend(marks.filter(|(from, to)| from != to).map(|((_, from), (field, to))| {
                Difference::Edited { id: id.clone(), label: label.clone(), field, from, to }
            }));
            let Some(was) = was else {
                let split_from = entry.lineage().split_from.clone();
                new.push(Difference::New { id, label, texts: entry.members().len(), split_from });
                continue;
            };
            if shown(was) != label {
                let from = shown(was).to_owned();
                relabelled.push(Difference::Relabelled { id: id.clone(), from, to: label.clone() });
            }
            let mut fresh = 0;
            for member in entry.members() {
                match before.get(&member) {
                    None => fresh += 1,
                    Some(from) if *from != entry.id() && self.entries.contains_key(*from) => {
                        *moved.entry((from, entry.id())).or_default() += 1;
                    }
                    Some(_) => {}
                }
            }
            if fresh > 0 {
                grown.push(Difference::Grown { id, label, texts: fresh });
            }
        }
        for entry in old.entries().filter(|entry| !self.entries.contains_key(entry.id())) {
            let (id, label) = (entry.id().to_owned(), shown(entry).to_owned());
            match self.resolve(entry.id()) {
                Some(into) => merged.push(Difference::Merged { id, label, into: into.to_owned() }),
                None => missing.push(Difference::Missing { id, label }),
            }
        }
        let moved = moved.into_iter().map(|((from, to), texts)| Difference::Moved {
            from: from.to_owned(),
            to: to.to_owned(),
            texts,
        });
        [new, merged, missing, relabelled, edited, grown]
            .into_iter()
            .flatten()
            .chain(moved)
            .collect()
    }
}

fn shown<E: Edits>(entry: &Entry<E>) -> &str {
    entry.edits().label().unwrap_or(entry.label())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use mcp_insights_events::Timestamp;

    use super::*;
    use crate::{Change, Kind, Member, Registry, TopicChange};

    /// A registry after texts were found in groups, one after the other.
    fn after(rounds: &[&[(&str, u32)]]) -> Registry {
        let at = Timestamp::from_micros(1);
        let mut registry = Registry::default();
        for round in rounds {
            let members: Vec<Member<'_>> = round
                .iter()
                .map(|&(text, group)| Member {
                    kind: Kind::Intent,
                    text,
                    vector: &[],
                    weight: 1,
                    first_seen: at,
                    last_seen: at,
                    group: Some(group),
                })
                .collect();
            let found = registry.topics.assign(&members);
            for id in &found.ids {
                registry.topics.describe(id, &format!("label of {}", round.len()), &[]);
            }
        }
        registry
    }

    #[test]
    fn every_change_is_told() {
        let first: &[(&str, u32)] =
            &[("a", 0), ("b", 0), ("c", 0), ("d", 1), ("e", 1), ("f", 1), ("g", 2), ("h", 2)];
        let second: &[(&str, u32)] = &[
            ("a", 0),
            ("b", 0),
            ("c", 1),
            ("d", 1),
            ("e", 1),
            ("f", 1),
            ("x", 0),
            ("g", 1),
            ("h", 1),
            ("y", 5),
            ("z", 5),
        ];
        let (old, new) = (after(&[first]), after(&[first, second]));
        let changes = new.topics.differences_from(&old.topics);
        let kinds: Vec<&str> = changes
            .iter()
            .map(|change| match change {
                Difference::New { texts, .. } => {
                    assert_eq!(*texts, 2);
                    "new"
                }
                Difference::Merged { .. } => "merged",
                Difference::Missing { .. } => "missing",
                Difference::Relabelled { from, to, .. } => {
                    assert_eq!((from.as_str(), to.as_str()), ("label of 8", "label of 11"));
                    "relabelled"
                }
                Difference::Edited { .. } => "edited",
                Difference::Grown { texts, .. } => {
                    assert_eq!(*texts, 1);
                    "grown"
                }
                Difference::Moved { texts, .. } => {
                    assert_eq!(*texts, 1);
                    "moved"
                }
            })
            .collect();
        assert_eq!(kinds, ["new", "merged", "relabelled", "relabelled", "grown", "moved"]);
        assert!(new.topics.differences_from(&new.topics).is_empty());
        let strangers =
            after(&[first]).topics.differences_from(&after(&[&[("q", 0), ("r", 0)]]).topics);
        assert!(matches!(strangers.last(), Some(Difference::Missing { .. })), "{strangers:?}");
    }

    #[test]
    fn what_is_set_by_hand_is_told_and_what_is_taken_back() {
        let old = after(&[&[("a", 0), ("b", 0)]]);
        let mut new = old.clone();
        let id = old.topics.entries().next().unwrap().id().to_owned();
        let set = TopicChange {
            is_unmet_demand: Change::Set(false),
            archived: Change::Set(true),
            ..TopicChange::default()
        };
        new.topics.edit(&id, set).unwrap();
        let lines = |changes: Vec<Difference>| -> Vec<String> {
            changes.iter().map(|change| change.to_string().replace(&id, "ID")).collect()
        };
        assert_eq!(
            lines(new.topics.differences_from(&old.topics)),
            [
                r#"~ ID "label of 2": is_unmet_demand was set to "false""#,
                r#"~ ID "label of 2": archived was set to "true""#
            ]
        );
        assert_eq!(
            lines(old.topics.differences_from(&new.topics)),
            [
                r#"~ ID "label of 2": is_unmet_demand is no longer set to "false""#,
                r#"~ ID "label of 2": archived is no longer set to "true""#
            ]
        );
    }

    #[test]
    fn a_change_reads_as_a_line() {
        let change = Difference::New {
            id: "top_1".into(),
            label: "Refunds".into(),
            texts: 1,
            split_from: Some("top_0".into()),
        };
        assert_eq!(change.to_string(), "+ top_1 \"Refunds\": new, 1 text, split from top_0");
        let change = Difference::Moved { from: "top_0".into(), to: "top_1".into(), texts: 2 };
        assert_eq!(change.to_string(), "~ top_1: 2 texts moved here from top_0");
    }
}
