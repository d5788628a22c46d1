//! Who the actors are.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::TextId;

use crate::order;

/// For each (MCP server, actor) the identifier of the newest `actor_identity`, in event order. Synthetic ones say
/// nothing about real actors and are left out.
pub(crate) fn identifiers(facts: &Facts) -> HashMap<(Option<TextId>, TextId), TextId> {
    let mut newest: HashMap<(Option<TextId>, TextId), (&EventFact, TextId)> = HashMap::new();
    for event in &facts.events {
        let Some(identifier) = event.identifier else {
            continue;
        };
        if event.kind != EventKind::ActorIdentity || event.is_workflow {
            continue;
        }
        match newest.entry((event.server, event.actor)) {
            Entry::Vacant(entry) => {
                entry.insert((event, identifier));
            }
            Entry::Occupied(mut entry) => {
                if order::compare(facts, entry.get().0, event).is_lt() {
                    entry.insert((event, identifier));
                }
            }
        }
    }
    newest.into_iter().map(|(actor, (_, identifier))| (actor, identifier)).collect()
}
