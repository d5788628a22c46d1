//! Who the actors are.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::{TextId, Timestamp};
use serde::{Deserialize, Serialize};

/// An actor on a server.
pub type Actor = (Option<TextId>, TextId);

/// What an `actor_identity` says of its actor. Those of one actor are ordered as events are, and the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    #[serde(with = "mcp_insights_events::micros")]
    started_at: Timestamp,
    #[serde(with = "mcp_insights_events::micros")]
    ended_at: Timestamp,
    event_id: Box<str>,
    fingerprint: u64,
    /// Who the actor is.
    pub identifier: TextId,
}

impl Identity {
    /// That of an event, and of whom it speaks; none where it does not. A synthetic one says nothing about real actors.
    #[must_use]
    pub fn of(facts: &Facts, event: &EventFact) -> Option<(Actor, Self)> {
        let identifier = event.identifier?;
        if event.kind != EventKind::ActorIdentity || event.is_workflow {
            return None;
        }
        let identity = Self {
            started_at: event.started_at,
            ended_at: event.ended_at,
            event_id: facts.id(event).into(),
            fingerprint: event.fingerprint,
            identifier,
        };
        Some(((event.server, event.actor), identity))
    }
}

/// For each actor the newest `actor_identity`.
#[derive(Debug, Default)]
pub(crate) struct Identifiers(HashMap<Actor, Identity>);

impl Identifiers {
    /// Those that events name.
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut newest = Self::default();
        for (actor, identity) in facts.events.iter().filter_map(|event| Identity::of(facts, event))
        {
            newest.add(actor, identity);
        }
        newest
    }

    /// Takes those of other events.
    pub(crate) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(actor, identity)| self.add(actor, identity));
    }

    /// The identifier of each actor.
    pub(crate) fn into_map(self) -> HashMap<Actor, TextId> {
        self.0.into_iter().map(|(actor, identity)| (actor, identity.identifier)).collect()
    }

    fn add(&mut self, actor: Actor, identity: Identity) {
        match self.0.entry(actor) {
            Entry::Vacant(entry) => {
                entry.insert(identity);
            }
            Entry::Occupied(mut entry) => {
                if *entry.get() < identity {
                    entry.insert(identity);
                }
            }
        }
    }
}
