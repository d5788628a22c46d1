//! What a cluster says that the API lacks.

use mcp_insights_calls::SearchKind;
use serde::{Deserialize, Serialize};

use crate::verbs::is_verb_at_start;
use crate::{Cluster, NearTool, Verdict, priority};

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
    /// Share of all its sessions that called the nearest tool with success after their search.
    pub used: f64,
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
    /// Neither can be said: no catalog was given, or the texts say nothing that could be compared with one.
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
pub fn suggest(cluster: &Cluster, evidence: &Evidence) -> Suggestion {
    let is_content = cluster.kind == SearchKind::Content;
    let verdict = cluster.log_odds.map(|odds| {
        // What no tool is near to is missing, however likely an undiscoverable gap was thought to be.
        let odds = if cluster.nearest.is_empty() { odds.min(0.0) } else { odds };
        Verdict::of(odds, evidence.used)
    });
    let kind = match verdict {
        _ if is_content => GapKind::Content,
        None => GapKind::Unknown,
        Some(verdict) => verdict.kind,
    };
    let exists = kind == GapKind::Undiscoverable;
    let missing_words = if exists { cluster.missing_words.clone() } else { Vec::new() };
    let mut rationale = rationale(evidence, is_content);
    if let (true, Some(tool)) = (exists, cluster.nearest.first()) {
        rationale.push(' ');
        rationale.push_str(&advice(&tool.tool_name, &cluster.title, &missing_words));
    }
    Suggestion {
        kind,
        title: cluster.title.clone(),
        suggested_name: cluster.suggested_name.clone().filter(|_| !exists),
        rationale,
        confidence: verdict.map(|verdict| verdict.confidence),
        priority: priority(
            evidence.sessions,
            evidence.actors,
            evidence.mean_frustration.unwrap_or(0.0),
            evidence.trend_score,
        ),
        missing_words,
        nearest_tools: cluster.nearest.clone(),
    }
}

/// What to do about a tool that was not found: a sentence that is ready for its description.
fn advice(tool: &str, title: &str, missing_words: &[String]) -> String {
    let first = title.split(' ').next().unwrap_or_default();
    // "SSO setup" stays as it is.
    let is_word = first.chars().skip(1).all(char::is_lowercase);
    let wish =
        if is_word { title.replacen(first, &first.to_lowercase(), 1) } else { title.to_owned() };
    let use_it = if is_verb_at_start(&first.to_lowercase()) { "to" } else { "for" };
    let words = if missing_words.is_empty() {
        String::new()
    } else {
        format!(" ({})", missing_words.join(", "))
    };
    format!("{tool} seems to do this: its description could say \"Use it {use_it} {wish}{words}\".")
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
        (1, 0) => "it did not end unmet or failed".to_owned(),
        (1, _) => "it ended unmet or failed".to_owned(),
        (sessions, gave_up) => {
            format!("{} of these sessions ended unmet or failed", percent(gave_up, sessions))
        }
    };
    format!("{demand} in {sessions} of {actors}; {ending}.")
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
                "12 searches found nothing and 3 capability requests asked for it in 9 sessions of 5 actors; \
                 67 % of these sessions ended unmet or failed.",
            ),
            (
                one,
                false,
                "1 capability request asked for it in 1 session of 1 actor; it ended unmet or failed.",
            ),
            (
                Evidence { searches: 1, sessions: 2, actors: 2, ..none },
                true,
                "1 search for data found nothing in 2 sessions of 2 actors; 0 % of these sessions ended unmet or failed.",
            ),
        ] {
            assert_eq!(rationale(&evidence, is_content), text);
        }
    }

    #[test]
    fn advice_is_a_sentence_for_the_description() {
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (title, missing, said) in [
            ("Refund invoices", words(&["bulk"]), "Use it to refund invoices (bulk)"),
            ("Weather forecast", words(&["a", "b"]), "Use it for weather forecast (a, b)"),
            ("SSO setup", words(&[]), "Use it for SSO setup"),
        ] {
            let advice = advice("x", title, &missing);
            assert_eq!(
                advice,
                format!("x seems to do this: its description could say \"{said}\".")
            );
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
