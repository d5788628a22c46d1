//! Edits give the next engine, survive in the registry, and need no new clustering.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mcp_insights::api::{
    Limit, Range, SearchPatch, SearchState, SearchesQuery, TopicPatch, TopicsQuery, WindowQuery,
};
use mcp_insights::{Engine, Error, Input, Options, Registry};
use mcp_insights_tests::fixtures::{LIVEMCP, engine, now, path};

fn topics(engine: &Engine) -> Vec<mcp_insights::api::Topic> {
    let query = TopicsQuery { range: Range::Month, limit: Limit::MOST, ..TopicsQuery::default() };
    engine.topics(&query, now(engine)).unwrap().topics
}

fn again(registry: &Registry) -> Engine {
    let registry = Registry::from_json(&registry.to_json()).unwrap();
    Engine::read(vec![Input::Path(path(LIVEMCP))], &Options::default(), registry, &|_| {}).unwrap()
}

#[test]
fn a_label_set_by_hand_survives_in_the_registry() {
    let engine = engine(&[LIVEMCP]);
    let id = topics(&engine)[0].id.clone();
    let patch = TopicPatch {
        label: Some(Some("  Papers \u{65}\u{301} ".to_owned())),
        ..TopicPatch::default()
    };
    let (next, detail) = engine.update_topic(&id, &patch, now(&engine)).unwrap();
    assert_eq!(detail.topic.label, "Papers \u{e9}");
    assert_eq!(topics(&engine)[0].label_source, mcp_insights::api::LabelSource::Generated);
    let kept = again(next.registry()).topic(&id, &WindowQuery::default(), now(&engine)).unwrap();
    assert_eq!(kept.topic.label, "Papers \u{e9}");
    let reset = TopicPatch { label: Some(None), ..TopicPatch::default() };
    let (_, detail) = next.update_topic(&id, &reset, now(&engine)).unwrap();
    assert_eq!(detail.topic.label, topics(&engine)[0].label);
}

#[test]
fn an_archived_topic_leaves_the_list_and_not_the_shares() {
    let engine = engine(&[LIVEMCP]);
    let before = topics(&engine);
    let patch = TopicPatch { archived: Some(true), ..TopicPatch::default() };
    let (next, detail) = engine.update_topic(&before[0].id, &patch, now(&engine)).unwrap();
    assert!(detail.topic.archived);
    assert_eq!(topics(&next), before[1..]);
    let query =
        TopicsQuery { range: Range::Month, include_archived: true, ..TopicsQuery::default() };
    let all = next.topics(&query, now(&engine)).unwrap();
    assert_eq!(all.total, before.len() as u64);
}

#[test]
fn unmet_demand_set_by_hand_flags_the_sessions_when_asked() {
    let engine = engine(&[LIVEMCP]);
    let topic = topics(&engine)[0].clone();
    let patch = TopicPatch { is_unmet_demand: Some(Some(true)), ..TopicPatch::default() };
    let (next, detail) = engine.update_topic(&topic.id, &patch, now(&engine)).unwrap();
    assert_eq!(
        detail.topic.unmet_demand_source,
        Some(mcp_insights::api::UnmetDemandSource::Manual)
    );
    assert!(
        detail
            .sample_sessions
            .iter()
            .all(|session| session.flags.contains(&mcp_insights::api::Flag::UnmetDemand))
    );
    let patch = TopicPatch { is_unmet_demand: Some(Some(false)), ..TopicPatch::default() };
    let (_, detail) = next.update_topic(&topic.id, &patch, now(&engine)).unwrap();
    assert!(!detail.topic.is_unmet_demand);
    assert_eq!(
        detail.topic.unmet_demand_source,
        Some(mcp_insights::api::UnmetDemandSource::Manual)
    );
}

#[test]
fn a_dismissed_search_leaves_the_list_and_stays_readable() {
    let engine = engine(&[LIVEMCP]);
    let query = SearchesQuery { range: Range::Month, ..SearchesQuery::default() };
    let before = engine.searches(&query, now(&engine)).unwrap();
    let id = before.searches[0].id.clone();
    let patch = SearchPatch {
        state: Some(SearchState::Dismissed),
        note: Some(Some("no".to_owned())),
        ..SearchPatch::default()
    };
    let (next, detail) = engine.update_search(&id, &patch, now(&engine)).unwrap();
    assert_eq!(detail.search.edited_at, Some(now(&engine)));
    assert_eq!(next.searches(&query, now(&engine)).unwrap().total, before.total - 1);
    let kept = again(next.registry()).search(&id, &WindowQuery::default(), now(&engine)).unwrap();
    assert_eq!(
        (kept.search.state, kept.search.note.as_deref()),
        (SearchState::Dismissed, Some("no"))
    );
}

#[test]
fn a_patch_of_nothing_is_refused() {
    let engine = engine(&[LIVEMCP]);
    let id = topics(&engine)[0].id.clone();
    for patch in [
        TopicPatch::default(),
        TopicPatch { label: Some(Some(" ".to_owned())), ..TopicPatch::default() },
    ] {
        let error = engine.update_topic(&id, &patch, now(&engine)).err().unwrap();
        assert!(matches!(error, Error::Validation(_)), "{error}");
    }
    let unknown = engine.update_topic(
        "top_nothing",
        &TopicPatch { archived: Some(true), ..TopicPatch::default() },
        now(&engine),
    );
    assert!(matches!(unknown.err().unwrap(), Error::NotFound { .. }));
}
