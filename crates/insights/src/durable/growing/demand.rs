//! When what was looked for in vain must be found anew.

use hashbrown::HashSet;
use mcp_insights_events::TextId;
use mcp_insights_sessions::Sessions;

use crate::snapshot::Snapshot;

/// What the offer was made of.
#[derive(Default)]
pub(super) struct Demand {
    tools: HashSet<ToolUse>,
    servers: HashSet<Option<TextId>>,
}

/// What one call says of a tool: that it works, that it looks for tools.
#[derive(PartialEq, Eq, Hash)]
struct ToolUse {
    tool: TextId,
    worked: bool,
    looks_for_tool: bool,
}

impl Demand {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut demand = Self::default();
        let rows = snapshot.sessions.rows();
        demand.note(&snapshot.sessions, rows.iter().copied());
        demand
    }

    /// Whether any of some sessions looked for something in vain, or asked for something.
    pub(super) fn asks(&self, sessions: &Sessions, mut rows: impl Iterator<Item = u32>) -> bool {
        rows.any(|row| {
            let session = sessions.get(row).filter(|session| !session.is_workflow);
            session.is_some_and(|session| {
                let mut searches = sessions.searches.rows(&session.searches).iter();
                !session.requests.is_empty()
                    || searches.any(|search| search.miss.is_some() || search.abandoned)
            })
        })
    }

    /// Takes note of what the sessions used; true where anything of it is new.
    pub(super) fn note(
        &mut self,
        sessions: &Sessions,
        rows: impl IntoIterator<Item = u32>,
    ) -> bool {
        let mut is_new = false;
        for session in rows.into_iter().filter_map(|row| sessions.get(row)) {
            is_new |= self.servers.insert(session.server);
            if session.is_workflow {
                continue;
            }
            for call in sessions.calls.rows(&session.calls) {
                let Some(tool) = call.tool else { continue };
                let worked = !call.reported_failure && !call.silent_failure;
                let looks_for_tool = call.looks_for_tool;
                is_new |= self.tools.insert(ToolUse { tool, worked, looks_for_tool });
            }
        }
        is_new
    }
}
