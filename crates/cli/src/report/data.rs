//! The report: the answers of the facade that it is made of, and where they come from. Every renderer reads this and
//! nothing else.

use mcp_insights::{Engine, Error, ExportRange, ReadReport, Timestamp, Tool, api};
use serde::{Deserialize, Serialize};

use super::reopen::Reopen;

/// What every renderer shows.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The end of the window; none where the input holds no event and no time was given.
    pub(crate) now: Option<Timestamp>,
    /// Where `now` comes from.
    pub(crate) now_source: NowSource,
    /// What was read.
    pub(crate) input: Input,
    /// The answers; none where there is no `now`.
    #[serde(flatten)]
    pub(crate) answers: Option<Answers>,
    /// How to come back for more.
    #[serde(skip)]
    pub(crate) reopen: Reopen,
}

/// Where a `now` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NowSource {
    /// `--now`.
    Given,
    /// The end of the hour of the newest event that is not alone in its time.
    NewestEvent,
    /// There is no event to tell.
    None,
}

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    /// The paths as given.
    pub(crate) paths: Vec<String>,
    /// Files and streams that the paths stand for.
    pub(crate) sources: u64,
    /// Events held, each id once.
    pub(crate) accepted: u64,
    /// Events dropped because their id was held already.
    pub(crate) duplicates: u64,
    /// Records refused.
    pub(crate) rejected: u64,
    /// Files that could not be read.
    pub(crate) unreadable: Vec<String>,
    /// Events by kind as received.
    pub(crate) events_by_kind: Vec<(String, u64)>,
}

/// The answers of the facade.
#[derive(Debug, Serialize)]
pub(crate) struct Answers {
    /// KPIs, trends and breakdowns.
    pub(crate) overview: api::Overview,
    /// Topics by volume.
    pub(crate) topics: api::TopicList,
    /// Failed searches by priority.
    pub(crate) searches: api::SearchList,
    /// Sessions by frustration.
    pub(crate) worst_sessions: api::SessionList,
    /// What a catalog says that there is, against what was used; none without a catalog.
    pub(crate) catalog: Option<CatalogUse>,
}

/// The tools of the catalog, and those of calls that it lacks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CatalogUse {
    /// Tools of the catalog; of one name one.
    pub(crate) tool_count: u64,
    /// Of these, the ones that were called in the window.
    pub(crate) called_count: u64,
    /// The first tools: missed demand, failures, calls.
    pub(crate) tools: Vec<Tool>,
}

impl CatalogUse {
    fn of(mut tools: Vec<Tool>, limit: usize) -> Option<Self> {
        let in_catalog = || tools.iter().filter(|tool| tool.in_catalog);
        let tool_count = in_catalog().count() as u64;
        let called_count = in_catalog().filter(|tool| tool.call_count > 0).count() as u64;
        tools.truncate(limit);
        (tool_count > 0).then_some(Self { tool_count, called_count, tools })
    }
}

impl Input {
    /// What a reading of so many sources gave.
    pub(crate) fn new(paths: Vec<String>, sources: usize, report: &ReadReport) -> Self {
        Self {
            paths,
            sources: sources as u64,
            accepted: report.accepted,
            duplicates: report.duplicates,
            rejected: report.rejections.len() as u64,
            unreadable: report.unreadable.iter().map(|file| file.source.clone()).collect(),
            events_by_kind: report.events_by_kind.clone(),
        }
    }
}

/// What the answers are asked for.
pub(crate) struct Question {
    /// Length of the window.
    pub(crate) range: api::Range,
    /// Only this MCP server.
    pub(crate) mcp_server_id: Option<String>,
    /// Rows of each list.
    pub(crate) limit: api::Limit,
}

impl Answers {
    /// Asks the engine everything that the report shows.
    pub(crate) fn ask(engine: &Engine, question: &Question, now: Timestamp) -> Result<Self, Error> {
        let Question { range, mcp_server_id, limit } = question;
        let (range, limit) = (*range, *limit);
        let server = || mcp_server_id.clone();
        let overview = api::OverviewQuery { range, mcp_server_id: server() };
        let topics =
            api::TopicsQuery { range, mcp_server_id: server(), limit, ..Default::default() };
        let searches = api::SearchesQuery { range, mcp_server_id: server(), limit };
        let sessions = api::SessionsQuery {
            range,
            mcp_server_id: server(),
            sort: api::SessionSort::Frustration,
            limit,
            ..Default::default()
        };
        Ok(Self {
            overview: engine.overview(&overview, now)?,
            topics: engine.topics(&topics, now)?,
            searches: engine.searches(&searches, now)?,
            worst_sessions: engine.sessions(&sessions, now)?,
            catalog: CatalogUse::of(
                engine.tools(ExportRange::Window(range), now, mcp_server_id.as_deref()),
                limit.get(),
            ),
        })
    }

    /// The sessions with any frustration, worst first.
    pub(crate) fn frustrated(&self) -> impl Iterator<Item = &api::Session> {
        self.worst_sessions.sessions.iter().filter(|session| session.frustration.score > 0.0)
    }
}
