//! Who the actors are.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_calls::{EventKind, Facts};
use mcp_insights_events::{TextId, Timestamp};

/// An actor on a server.
type Actor = (Option<TextId>, TextId);

/// For each actor the identifier of the newest `actor_identity`, in event order. Synthetic ones say nothing about real actors and
/// are left out.
#[derive(Debug, Default)]
pub(crate) struct Identifiers(HashMap<Actor, (Place, TextId)>);

/// The place of an event in the order of those of one kind: start, end, event id, fingerprint.
type Place = (Timestamp, Timestamp, Box<str>, u64);

impl Identifiers {
    /// Those that events name.
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut newest = Self::default();
        for event in facts.events.iter() {
            let Some(identifier) = event.identifier else { continue };
            if event.kind == EventKind::ActorIdentity && !event.is_workflow {
                let id = facts.id(event).into();
                let place = (event.started_at, event.ended_at, id, event.fingerprint);
                newest.add((event.server, event.actor), (place, identifier));
            }
        }
        newest
    }

    /// Takes those of other events.
    pub(crate) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(actor, named)| self.add(actor, named));
    }

    /// The identifier of each actor.
    pub(crate) fn into_map(self) -> HashMap<Actor, TextId> {
        self.0.into_iter().map(|(actor, (_, identifier))| (actor, identifier)).collect()
    }

    fn add(&mut self, actor: Actor, named: (Place, TextId)) {
        match self.0.entry(actor) {
            Entry::Vacant(entry) => {
                entry.insert(named);
            }
            Entry::Occupied(mut entry) => {
                if entry.get().0 < named.0 {
                    entry.insert(named);
                }
            }
        }
    }
}
