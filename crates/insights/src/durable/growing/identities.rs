//! Who the actors are.

use hashbrown::HashMap;
use mcp_insights_calls::{EventFact, Facts};
use mcp_insights_events::{SharedMap, TextId};
use mcp_insights_sessions::{Actor, Identity};
use serde::{Deserialize, Serialize};

/// The identities of each actor in the order of events: the newest counts, and where that goes the one before it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(Actor, Vec<Identity>)>", into = "Vec<(Actor, Vec<Identity>)>")]
pub(crate) struct Identities(HashMap<Actor, Vec<Identity>>);

impl Identities {
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut identities = Self(HashMap::new());
        for (actor, identity) in facts.events.iter().filter_map(|event| Identity::of(facts, event))
        {
            identities.0.entry(actor).or_default().push(identity);
        }
        identities.0.values_mut().for_each(|all| all.sort_unstable());
        identities
    }

    /// Takes note of an event.
    pub(super) fn note(
        &mut self,
        facts: &Facts,
        event: &EventFact,
        identifiers: &mut SharedMap<Actor, TextId>,
    ) {
        let Some((actor, identity)) = Identity::of(facts, event) else { return };
        let all = self.0.entry(actor).or_default();
        let place = all.partition_point(|earlier| *earlier < identity);
        if place == all.len() {
            identifiers.insert(actor, identity.identifier);
        }
        all.insert(place, identity);
    }

    /// Takes note that an event is gone.
    pub(super) fn forget(
        &mut self,
        facts: &Facts,
        event: &EventFact,
        identifiers: &mut SharedMap<Actor, TextId>,
    ) {
        let Some((actor, identity)) = Identity::of(facts, event) else { return };
        let Some(all) = self.0.get_mut(&actor) else { return };
        let Ok(place) = all.binary_search(&identity) else { return };
        all.remove(place);
        match all.last() {
            None => {
                self.0.remove(&actor);
                identifiers.remove(actor);
            }
            Some(newest) if place == all.len() => identifiers.insert(actor, newest.identifier),
            Some(_) => {}
        }
    }
}

impl From<Vec<(Actor, Vec<Identity>)>> for Identities {
    fn from(identities: Vec<(Actor, Vec<Identity>)>) -> Self {
        Self(identities.into_iter().collect())
    }
}

impl From<Identities> for Vec<(Actor, Vec<Identity>)> {
    fn from(identities: Identities) -> Self {
        let mut ordered: Self = identities.0.into_iter().collect();
        ordered.sort_unstable();
        ordered
    }
}
