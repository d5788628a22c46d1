//! What real searches suggest to build, for people to read. The searches of livemcp always find something, so the ones that were
//! given up at once stand for those that found nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;

use mcp_insights::{Accurate, Catalog, ExportRange, KeptVectors, Registry, Timestamp};
use mcp_insights_calls::SearchKind;
use mcp_insights_searches::{
    Cluster, Demand, Evidence, GapKind, Offer, Settings, Suggestion, find, suggest,
};
use mcp_insights_tests::fixtures::{LIVEMCP, engine, path};
use mcp_insights_text::is_function_word;

/// A text with its sessions.
type Searches = BTreeMap<String, Vec<u32>>;

fn abandoned() -> Searches {
    let engine = engine(&[LIVEMCP]);
    let rows = engine.export_searches(ExportRange::All, Timestamp::LATEST, None);
    let mut sessions: BTreeMap<String, u32> = BTreeMap::new();
    let mut searches = Searches::new();
    for row in rows.map(Result::unwrap) {
        let next = u32::try_from(sessions.len()).unwrap();
        let session = *sessions.entry(row.session_id).or_insert(next);
        if row.row.abandoned {
            searches.entry(row.row.query).or_default().push(session);
        }
    }
    searches
}

fn suggestions(searches: &Searches, offer: &Offer) -> Vec<(Cluster, Suggestion)> {
    let at = Timestamp::from_micros(0);
    let demands: Vec<Demand<'_>> = searches
        .iter()
        .map(|(text, sessions)| Demand {
            kind: SearchKind::Discovery,
            text: Some(text),
            servers: Vec::new(),
            count: sessions.len() as u64,
            sessions: sessions.clone(),
            first_seen: at,
            last_seen: at,
        })
        .collect();
    let embedder = KeptVectors::new(std::sync::Arc::new(Accurate));
    let mut registry = Registry::default();
    let settings = Settings::default();
    let clusters = find(&demands, offer, &embedder, &settings, &mut registry.searches);
    let mut found: Vec<(Cluster, Suggestion)> = clusters
        .iter()
        .map(|cluster| {
            let own = cluster.members.iter().map(|member| &demands[*member as usize]);
            let searches = own.clone().map(|demand| demand.count).sum();
            let mut sessions: Vec<u32> = own.flat_map(|demand| demand.sessions.clone()).collect();
            sessions.sort_unstable();
            sessions.dedup();
            let sessions = sessions.len() as u64;
            let evidence = Evidence { searches, sessions, actors: sessions, ..Evidence::default() };
            let suggestion = suggest(cluster, &evidence);
            (cluster.clone(), suggestion)
        })
        .collect();
    found.sort_by(|(left, _), (right, _)| {
        right.members.len().cmp(&left.members.len()).then_with(|| left.id.cmp(&right.id))
    });
    found.truncate(10);
    found
}

fn shown(found: &[(Cluster, Suggestion)]) -> String {
    let mut text = String::new();
    for (cluster, suggestion) in found {
        let name = suggestion.suggested_name.as_deref().unwrap_or("-");
        let sure = suggestion.confidence.unwrap_or_default();
        let Suggestion { kind, title, rationale, .. } = suggestion;
        let near: Vec<&str> =
            suggestion.nearest_tools.iter().map(|near| near.tool_name.as_str()).collect();
        writeln!(
            text,
            "{:>2} {title} | {name} | {kind:?} {sure:.2} | {rationale} | {}",
            cluster.members.len(),
            near.join(", ")
        )
        .unwrap();
    }
    text
}

#[test]
fn suggestions_read_as_a_person_would_write_them() {
    let searches = abandoned();
    assert!(searches.len() > 30, "{}", searches.len());
    let whole = Catalog::read(&std::fs::read(path("livemcp/catalog.json")).unwrap()).unwrap();
    // Every second tool: so that some of what is looked for is missing.
    let half: Catalog = whole.tools().iter().step_by(2).cloned().collect();
    for (name, catalog) in [("whole_catalog", &whole), ("half_of_the_catalog", &half)] {
        let found = suggestions(&searches, &Offer::new(catalog, [], &Accurate));
        for (_, suggestion) in &found {
            let words: Vec<String> = suggestion.title.split(' ').map(str::to_lowercase).collect();
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}");
            assert!(!words.last().is_some_and(|word| is_function_word(word)), "{words:?}");
            if let Some(name) = &suggestion.suggested_name {
                assert_eq!(suggestion.kind, GapKind::Missing);
                assert!(catalog.tools().iter().all(|tool| tool.name != *name), "{name} is there");
            }
        }
        insta::assert_snapshot!(name, shown(&found));
    }
}
