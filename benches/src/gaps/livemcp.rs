//! Real searches of agents for tools: the tool that the session called next is the answer.

use std::collections::BTreeMap;

use serde_json::Value;

/// A search, and what the session called next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Its text.
    pub query: String,
    /// Server and name of the tool that was called next; none where the session called none.
    pub answer: Option<(String, String)>,
}

/// The searches of events, given one JSON a line in order of time within each session.
///
/// # Errors
/// Where a line is no JSON.
pub fn routed(lines: &str) -> Result<Vec<Routed>, serde_json::Error> {
    let mut open: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut found: Vec<Routed> = Vec::new();
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line)?;
        let session = event["session_id_hint"].as_str().unwrap_or_default();
        let waiting = open.entry(session.to_owned()).or_default();
        let searches = event["search_calls"].as_array().map_or(&[][..], Vec::as_slice);
        for search in searches {
            waiting.push(found.len());
            let query = search["query"].as_str().unwrap_or_default().to_owned();
            found.push(Routed { query, answer: None });
        }
        let metadata = &event["metadata"];
        if let (Some(server), Some(tool), true) =
            (metadata["server_name"].as_str(), metadata["tool_name"].as_str(), searches.is_empty())
        {
            for search in waiting.drain(..) {
                found[search].answer = Some((server.to_owned(), tool.to_owned()));
            }
        }
    }
    Ok(found)
}

/// The part of three that a server belongs to: parts are left out of the catalog in turn.
#[must_use]
pub fn third(server: &str) -> usize {
    server.bytes().fold(0_usize, |sum, byte| (sum * 31 + usize::from(byte)) % 1_000_003) % 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_waits_for_the_next_call_of_its_session() -> Result<(), serde_json::Error> {
        let lines = [
            r#"{"session_id_hint":"a","metadata":{"tool_name":"route"},"search_calls":[{"query":"x"}]}"#,
            r#"{"session_id_hint":"b","metadata":{"tool_name":"route"},"search_calls":[{"query":"y"}]}"#,
            r#"{"session_id_hint":"a","metadata":{"tool_name":"route"},"search_calls":[{"query":"z"}]}"#,
            r#"{"session_id_hint":"a","metadata":{"tool_name":"t","server_name":"s"},"search_calls":[]}"#,
        ];
        let found = routed(&lines.join("\n"))?;
        let answer = Some(("s".to_owned(), "t".to_owned()));
        let answers: Vec<_> = found.iter().map(|routed| routed.answer.clone()).collect();
        assert_eq!(answers, [answer.clone(), None, answer]);
        Ok(())
    }
}
