//! Who the actors are.

use hashbrown::HashMap;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::TextId;
use mcp_insights_sessions::SharedMap;
use serde::{Deserialize, Serialize};

/// An actor on a server.
type Actor = (Option<TextId>, TextId);

/// The `actor_identity`s of each actor in the order of events, each with what it says: the newest counts, and where that goes
/// the one before it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Actor, Vec<Said>)>", into = "Vec<(Actor, Vec<Said>)>")]
pub(crate) struct Identities(HashMap<Actor, Vec<Said>>);

/// The place of an event, and its identifier.
type Said = (Place, TextId);

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
        for (actor, said) in facts.events.iter().filter_map(|event| said(facts, event)) {
            identities.0.entry(actor).or_default().push(said);
        }
        identities.0.values_mut().for_each(|said| said.sort_unstable());
        identities
    }

    /// Takes note of an event.
    pub(super) fn note(
        &mut self,
        facts: &Facts,
        event: &EventFact,
        identifiers: &mut SharedMap<Actor, TextId>,
    ) {
        let Some((actor, said)) = said(facts, event) else { return };
        let all = self.0.entry(actor).or_default();
        let place = all.partition_point(|earlier| *earlier < said);
        if place == all.len() {
            identifiers.insert(actor, said.1);
        }
        all.insert(place, said);
    }

    /// Takes note that an event is gone.
    pub(super) fn forget(
        &mut self,
        facts: &Facts,
        event: &EventFact,
        identifiers: &mut SharedMap<Actor, TextId>,
    ) {
        let Some((actor, said)) = said(facts, event) else { return };
        let Some(all) = self.0.get_mut(&actor) else { return };
        let Ok(place) = all.binary_search(&said) else { return };
        all.remove(place);
        match all.last() {
            None => {
                self.0.remove(&actor);
                identifiers.remove(actor);
            }
            Some((_, identifier)) if place == all.len() => identifiers.insert(actor, *identifier),
            Some(_) => {}
        }
    }
}

/// What an event says of its actor, where it is one that does.
fn said(facts: &Facts, event: &EventFact) -> Option<(Actor, Said)> {
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
    Some(((event.server, event.actor), (place, identifier)))
}

impl From<Vec<(Actor, Vec<Said>)>> for Identities {
    fn from(said: Vec<(Actor, Vec<Said>)>) -> Self {
        Self(said.into_iter().collect())
    }
}

impl From<Identities> for Vec<(Actor, Vec<Said>)> {
    fn from(identities: Identities) -> Self {
        let mut said: Self = identities.0.into_iter().collect();
        said.sort_unstable();
        said
    }
}
