//! What a cluster says that the API lacks.

use mcp_insights_calls::SearchKind;
use serde::{Deserialize, Serialize};

use crate::{Cluster, NearTool, Tools, priority};

/// What was counted of a cluster in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Searches that came back empty.
    pub searches: u64,
    /// Capability requests.
    pub requests: u64,
    /// Sessions with any of these.
    pub sessions: u64,
    /// Distinct actors of these sessions.
    pub actors: u64,
    /// Of these sessions, the ones that ended unmet or failed.
    pub gave_up: u64,
    /// Mean frustration score of these sessions, 0 to 1; none without sessions.
    pub mean_frustration: Option<f64>,
    /// The score of the trend of these sessions; none where it is unknown.
    pub trend_score: Option<f64>,
}

/// What kind of a gap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapKind {
    /// Nothing in the catalog does this.
    Missing,
    /// Something in the catalog does this, but the search did not find it.
    Undiscoverable,
    /// The searches looked for data, so they say nothing about the API.
    Content,
    /// No catalog was given, so neither can be said.
    Unknown,
}

/// What to build, or why it was not found.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What kind of a gap it is: without a catalog content or unknown.
    pub kind: GapKind,
    /// What is asked for in plain words.
    pub title: String,
    /// A name for it; none for content.
    pub suggested_name: Option<String>,
    /// One or two sentences with the counts behind it.
    pub rationale: String,
    /// The probability that the kind is right; none for unknown and content.
    pub confidence: Option<f64>,
    /// How urgent it is: [`priority`].
    pub priority: f64,
    /// Words that agents use and the description of the tool lacks; empty but for undiscoverable.
    pub missing_words: Vec<String>,
    /// At most 3 known tools that are nearest: similarity ↓, name; empty for content.
    pub nearest_tools: Vec<NearTool>,
}

/// What a cluster says that the API lacks, given what was counted of it in a window.
#[must_use]
pub fn suggest(cluster: &Cluster, evidence: &Evidence, tools: &Tools) -> Suggestion {
    let is_content = cluster.kind == SearchKind::Content;
    Suggestion {
        kind: if is_content { GapKind::Content } else { GapKind::Unknown },
        title: cluster.title.clone(),
        suggested_name: cluster.suggested_name.clone(),
        rationale: rationale(evidence, is_content),
        confidence: None,
        priority: priority(
            evidence.sessions,
            evidence.actors,
            evidence.mean_frustration.unwrap_or(0.0),
            evidence.trend_score,
        ),
        missing_words: Vec::new(),
        nearest_tools: if is_content { Vec::new() } else { tools.nearest(cluster) },
    }
}

fn rationale(evidence: &Evidence, is_content: bool) -> String {
    if evidence.sessions == 0 {
        return "Nobody looked for this in the window.".to_owned();
    }
    let what = if is_content { "search for data" } else { "search" };
    let whats = if is_content { "searches for data" } else { "searches" };
    let searches = format!("{} found nothing", count(evidence.searches, what, whats));
    let requests = format!(
        "{} asked for it",
        count(evidence.requests, "capability request", "capability requests")
    );
    let demand = match (evidence.searches, evidence.requests) {
        (_, 0) => searches,
        (0, _) => requests,
        _ => format!("{searches} and {requests}"),
    };
    let sessions = count(evidence.sessions, "session", "sessions");
    let actors = count(evidence.actors, "actor", "actors");
    let ending = match (evidence.sessions, evidence.gave_up) {
        (1, 0) => "It did not end unmet or failed.".to_owned(),
        (1, _) => "It ended unmet or failed.".to_owned(),
        (sessions, gave_up) => {
            format!("{} of these sessions ended unmet or failed.", percent(gave_up, sessions))
        }
    };
    format!("{demand} in {sessions} of {actors}. {ending}")
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A share in whole percent, half up.
fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    format!("{} %", (200 * part + whole) / (2 * whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rationale_gives_its_counts() {
        let none = Evidence::default();
        let many =
            Evidence { searches: 12, requests: 3, sessions: 9, actors: 5, gave_up: 6, ..none };
        let one = Evidence { requests: 1, sessions: 1, actors: 1, gave_up: 1, ..none };
        for (evidence, is_content, text) in [
            (none, false, "Nobody looked for this in the window."),
            (
                many,
                false,
                "12 searches found nothing and 3 capability requests asked for it in 9 sessions of 5 actors. \
                 67 % of these sessions ended unmet or failed.",
            ),
            (
                one,
                false,
                "1 capability request asked for it in 1 session of 1 actor. It ended unmet or failed.",
            ),
            (
                Evidence { searches: 1, sessions: 2, actors: 2, ..none },
                true,
                "1 search for data found nothing in 2 sessions of 2 actors. 0 % of these sessions ended unmet or failed.",
            ),
        ] {
            assert_eq!(rationale(&evidence, is_content), text);
        }
    }

    #[test]
    fn shares_are_rounded_half_up() {
        for (part, whole, text) in
            [(0, 3, "0 %"), (1, 3, "33 %"), (2, 3, "67 %"), (1, 200, "1 %"), (3, 3, "100 %")]
        {
            assert_eq!(percent(part, whole), text);
        }
    }
}
