//! Who the actors are.

use hashbrown::HashMap;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::TextId;
use mcp_insights_sessions::SharedMap;
use serde::{Deserialize, Serialize};

/// An actor on a server.
type Actor = (Option<TextId>, TextId);

/// The place in the order of events of the `actor_identity` that counts for each actor: the newest.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Actor, Place)>", into = "Vec<(Actor, Place)>")]
pub(crate) struct Identities(HashMap<Actor, Place>);

/// The order of events (DESIGN: start, kind, end, event id), of events of one kind. Times are microseconds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    started_at: i64,
    ended_at: i64,
    id: Box<str>,
    fingerprint: u64,
}

impl Identities {
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut identities = Self(HashMap::new());
        for event in facts.events.iter() {
            identities.newest(facts, event);
        }
        identities
    }

    /// Takes note of an event.
    pub(super) fn note(
        &mut self,
        facts: &Facts,
        event: &EventFact,
        identifiers: &mut SharedMap<Actor, TextId>,
    ) {
        if let Some(identifier) = self.newest(facts, event) {
            identifiers.insert((event.server, event.actor), identifier);
        }
    }

    /// The identifier of an event, where it is the newest that says who its actor is.
    fn newest(&mut self, facts: &Facts, event: &EventFact) -> Option<TextId> {
        let identifier = event.identifier?;
        if event.kind != EventKind::ActorIdentity || event.is_workflow {
            return None;
        }
        let place = Place {
            started_at: event.started_at.micros(),
            ended_at: event.ended_at.micros(),
            id: facts.id(event).into(),
            fingerprint: event.fingerprint,
        };
        let actor = (event.server, event.actor);
        if self.0.get(&actor).is_some_and(|newest| *newest > place) {
            return None;
        }
        self.0.insert(actor, place);
        Some(identifier)
    }
}

impl From<Vec<(Actor, Place)>> for Identities {
    fn from(places: Vec<(Actor, Place)>) -> Self {
        Self(places.into_iter().collect())
    }
}

impl From<Identities> for Vec<(Actor, Place)> {
    fn from(identities: Identities) -> Self {
        let mut places: Self = identities.0.into_iter().collect();
        places.sort_unstable();
        places
    }
}
