//! `GET /insights/overview`.

use mcp_insights_api as api;
use mcp_insights_events::Timestamp;
use mcp_insights_kpis::{Partial, Window};
use rayon::join;

use crate::engine::Engine;
use crate::measure::scope::Scope;
use crate::measure::topics::measure;
use crate::queries::{searches, topics};

/// The first so many topics and clusters are part of the overview.
const MOST: usize = 5;

/// KPIs, trends, breakdowns and the first topics and failed searches.
pub(crate) fn overview(
    engine: &Engine,
    query: &api::OverviewQuery,
    now: Timestamp,
) -> api::Overview {
    let snapshot = engine.snapshot();
    let window = Window::new(query.range, now);
    let scope = Scope::new(snapshot, window, query.mcp_server_id.as_deref());
    let is_repeat = |row| snapshot.is_repeat(row);
    let collect = || {
        Partial::collect(&snapshot.sessions, &is_repeat, &window, scope.server)
            .finish(&snapshot.sessions)
    };
    let list_topics = || {
        let all = measure(snapshot, &scope);
        topics::listed(engine, &scope, &all, api::TopicSort::Volume, false)
    };
    let (mut top_topics, (mut top_searches, figures)) =
        join(list_topics, || join(|| searches::listed(engine, &scope), collect));
    top_topics.truncate(MOST);
    top_searches.truncate(MOST);
    let account = &snapshot.account;
    // What was refused or dropped belongs to no one server.
    let of_all_servers = query.mcp_server_id.is_none();
    api::Overview {
        window,
        coverage: figures.coverage.with_reading(
            account.rejected.filter(|_| of_all_servers),
            account.duplicates.filter(|_| of_all_servers),
        ),
        kpis: figures.kpis,
        trends: figures.trends,
        breakdowns: figures.breakdowns,
        top_topics,
        top_failed_searches: top_searches,
    }
}
