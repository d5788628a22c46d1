//! Sessions with texts instead of ids, to compare those of two tables.

use std::fmt::Write;

use mcp_insights_events::TextId;

use crate::Sessions;

/// Every column, line by line.
pub(crate) fn resolved(sessions: &Sessions) -> String {
    let text = |id: Option<TextId>| id.map(|id| sessions.texts.get(id));
    let mut out = String::new();
    let mut line = |line: String| writeln!(out, "{line}").unwrap();
    for session in &sessions.sessions {
        let mut plain = session.clone();
        let named = [plain.server.take(), plain.client_name.take(), plain.client_version.take()];
        let ranges = (
            (plain.turns.clone(), plain.events.clone(), plain.calls.clone()),
            (plain.searches.clone(), plain.requests.clone()),
        );
        line(format!(
            "{} {} {:?} {:?} {} {} {} {} {} {:?} {:?} {:?} {} {ranges:?} {} {}",
            plain.id,
            plain.key,
            named.map(text),
            text(Some(plain.actor)),
            plain.started_at,
            plain.ended_at,
            plain.event_count,
            plain.ok_count,
            plain.error_count,
            plain.intent_source,
            plain.frustration,
            plain.outcome,
            plain.is_workflow,
            plain.flags.iter().count(),
            plain.flags.iter().map(|flag| format!("{flag:?} ")).collect::<String>(),
        ));
    }
    for turn in &sessions.turns {
        let mut plain = *turn;
        let texts = [plain.raw_intent.take(), plain.folded_intent.take()];
        line(format!("{plain:?} {:?}", texts.map(text)));
    }
    for event in &sessions.events {
        line(format!("{event:?}"));
    }
    for call in &sessions.calls {
        let mut plain = *call;
        let texts = [plain.tool.take(), plain.failure_text.take()];
        line(format!("{plain:?} {:?}", texts.map(text)));
    }
    for search in &sessions.searches {
        line(format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
            search.at,
            search.turn,
            search.source,
            search.kind,
            text(Some(search.query)),
            search.result_count,
            search.miss,
            search.abandoned
        ));
    }
    for request in &sessions.requests {
        line(format!("{:?} {:?} {:?}", request.at, request.turn, text(request.text)));
    }
    for event in &sessions.unattached {
        line(format!("{:?} {:?} {}", event.started_at, text(event.server), event.is_workflow));
    }
    let mut identifiers: Vec<String> = sessions
        .identifiers
        .iter()
        .map(|((server, actor), who)| {
            format!("{:?} {:?} {:?}", text(*server), text(Some(*actor)), text(Some(*who)))
        })
        .collect();
    identifiers.sort();
    line(identifiers.join("\n"));
    line(format!("{:?}", sessions.common_words));
    out
}
