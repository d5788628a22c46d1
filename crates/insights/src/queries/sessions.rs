//! `GET /insights/sessions`.

use std::cmp::Reverse;

use mcp_insights_api as api;
use mcp_insights_calls::MissKind;
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_kpis::Window;
use mcp_insights_sessions::{Level, Session};

use crate::cursor::{Cursor, Position, fingerprint};
use crate::engine::Engine;
use crate::error::Error;
use crate::measure::scope::Scope;
use crate::snapshot::{Snapshot, rows};
use crate::view;

/// The page that a query asks for.
pub(crate) fn list(
    engine: &Engine,
    query: &api::SessionsQuery,
    now: Timestamp,
) -> Result<api::SessionList, Error> {
    let snapshot = engine.snapshot();
    let cursor = query.cursor.as_deref().map(|text| read_cursor(text, query)).transpose()?;
    let end = cursor.as_ref().map_or(now, |cursor| cursor.window_end);
    let window = Window::new(query.range, end);
    let scope = Scope::new(snapshot, window, query.mcp_server_id.as_deref());
    let filter = Filter::new(engine, query);
    let mut matches: Vec<(u32, &Session)> = scope
        .sessions(snapshot)
        .filter(|(index, session)| {
            filter.as_ref().is_some_and(|filter| filter.holds(engine, *index, session))
        })
        .collect();
    matches.sort_unstable_by_key(|(_, session)| order(query.sort, session));
    let total = matches.len() as u64;
    let start = match &cursor {
        None => 0,
        Some(Cursor { last, .. }) => {
            let last: Order<'_> = (Reverse(last.score), Reverse(last.started_at), &last.id);
            matches.partition_point(|(_, session)| order(query.sort, session) <= last)
        }
    };
    let limit = query.limit.get();
    let page = matches.get(start..matches.len().min(start + limit)).unwrap_or(&[]);
    let more = start + page.len() < matches.len();
    let next_cursor = page.last().filter(|_| more).map(|(_, session)| {
        let (Reverse(score), Reverse(started_at), id) = order(query.sort, session);
        let last = Position { score, started_at, id: id.to_owned() };
        Cursor { window_end: end, filters: filters(query), last }.encode()
    });
    let sessions =
        page.iter().map(|(index, session)| view::session::session(engine, *index, session));
    Ok(api::SessionList { window, sessions: sessions.collect(), total, next_cursor })
}

/// Sort key: descending time comes as a reversed key, so that one ascending sort serves both orders.
type Order<'a> = (Reverse<u16>, Reverse<Timestamp>, &'a str);

fn order(sort: api::SessionSort, session: &Session) -> Order<'_> {
    let score = match sort {
        api::SessionSort::Recent => 0,
        api::SessionSort::Frustration => session.frustration.score,
    };
    (Reverse(score), Reverse(session.started_at), &session.id)
}

fn filters(query: &api::SessionsQuery) -> u64 {
    fingerprint(&[
        Some(query.range.as_str()),
        query.mcp_server_id.as_deref(),
        Some(query.view.as_str()),
        Some(query.sort.as_str()),
        query.intent.as_deref(),
        query.search_miss.as_deref(),
        query.topic.as_deref(),
        query.search.as_deref(),
    ])
}

fn read_cursor(text: &str, query: &api::SessionsQuery) -> Result<Cursor, Error> {
    let cursor = Cursor::decode(text)
        .ok_or_else(|| Error::field("cursor", "is none that a list has given as next_cursor"))?;
    if cursor.filters == filters(query) {
        Ok(cursor)
    } else {
        Err(Error::field("cursor", "belongs to other filters; ask again without it"))
    }
}

/// The filters of a query, looked up in the snapshot.
struct Filter {
    view: api::SessionView,
    intent: Option<TextId>,
    search_miss: Option<TextId>,
    topic: Option<u32>,
    search: Option<u32>,
}

impl Filter {
    /// None where a filter names something that no session can have.
    fn new(engine: &Engine, query: &api::SessionsQuery) -> Option<Self> {
        let texts = &engine.snapshot().sessions.texts;
        Some(Self {
            view: query.view,
            intent: known(query.intent.as_deref(), |text| texts.find(text))?,
            search_miss: known(query.search_miss.as_deref(), |text| texts.find(text))?,
            topic: known(query.topic.as_deref(), |id| engine.find_topic(id))?,
            search: known(query.search.as_deref(), |id| engine.find_cluster(id))?,
        })
    }

    fn holds(&self, engine: &Engine, index: u32, session: &Session) -> bool {
        let snapshot = engine.snapshot();
        self.in_view(engine, index, session)
            && self.intent.is_none_or(|text| has_intent(snapshot, session, text))
            && self.search_miss.is_none_or(|text| has_miss(snapshot, session, text))
            && self.topic.is_none_or(|topic| snapshot.session_topics(session).contains(&topic))
            && self
                .search
                .is_none_or(|cluster| snapshot.session_clusters(session).contains(&cluster))
    }

    fn in_view(&self, engine: &Engine, index: u32, session: &Session) -> bool {
        match self.view {
            api::SessionView::All => true,
            api::SessionView::HighFrustration => session.frustration.level() == Level::High,
            api::SessionView::Repeat => engine.snapshot().is_repeat(index),
            api::SessionView::Flagged => !view::session::flags(engine, session).is_empty(),
        }
    }
}

/// A filter that is absent holds for all (`Some(None)`); one of an unknown value for none (`None`).
fn known<T>(value: Option<&str>, find: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => find(value).map(Some),
    }
}

fn has_intent(snapshot: &Snapshot, session: &Session, text: TextId) -> bool {
    rows(&snapshot.sessions.turns, &session.turns).iter().any(|turn| turn.raw_intent == Some(text))
}

fn has_miss(snapshot: &Snapshot, session: &Session, text: TextId) -> bool {
    let columns = &snapshot.sessions;
    let searches = rows(&columns.searches, &session.searches);
    let missed = |miss: Option<MissKind>| miss.is_some();
    searches.iter().any(|search| missed(search.miss) && search.query == text)
        || rows(&columns.requests, &session.requests)
            .iter()
            .any(|request| request.text == Some(text))
}
