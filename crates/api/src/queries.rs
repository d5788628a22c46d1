//! What the endpoints can be asked. A `Default` query is the contract's default.

use mcp_insights_events::Timestamp;
use mcp_insights_kpis::Range;

use crate::parameters::{self, Parameter, boolean, instant, limit, word};
use crate::{FieldError, Limit};

/// `GET /insights/overview`, `/insights/topics/{id}` and `/insights/searches/{id}`: a window and a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowQuery {
    /// How far the window reaches back.
    pub range: Range,
    /// Only this MCP server.
    pub mcp_server_id: Option<String>,
}

/// `GET /insights/overview`.
pub type OverviewQuery = WindowQuery;

/// `GET /insights/topics`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicsQuery {
    /// How far the window reaches back.
    pub range: Range,
    /// Only this MCP server.
    pub mcp_server_id: Option<String>,
    /// The order.
    pub sort: TopicSort,
    /// Only topics that are unmet demand, or only those that are not.
    pub unmet_demand: Option<bool>,
    /// Only topics first seen at or after this time.
    pub since: Option<Timestamp>,
    /// Archived ones too.
    pub include_archived: bool,
    /// How many.
    pub limit: Limit,
}

/// `GET /insights/searches`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchesQuery {
    /// How far the window reaches back.
    pub range: Range,
    /// Only this MCP server.
    pub mcp_server_id: Option<String>,
    /// How many.
    pub limit: Limit,
}

/// `GET /insights/sessions`. Filters add up: all of them must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionsQuery {
    /// How far the window reaches back.
    pub range: Range,
    /// Only this MCP server.
    pub mcp_server_id: Option<String>,
    /// Which sessions.
    pub view: SessionView,
    /// The order.
    pub sort: SessionSort,
    /// Only sessions with a turn of exactly this declared intent.
    pub intent: Option<String>,
    /// Only sessions with a failed search or a capability request of exactly this text.
    pub search_miss: Option<String>,
    /// Only sessions with a turn in the topic of this id.
    pub topic: Option<String>,
    /// Only sessions with a search or a capability request in the cluster of this id.
    pub search: Option<String>,
    /// How many.
    pub limit: Limit,
    /// [`SessionList::next_cursor`](crate::SessionList::next_cursor) of the page before.
    pub cursor: Option<String>,
}

/// Orders of topics. Ties are broken by the id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TopicSort {
    /// Session count ↓, trend ↓.
    #[default]
    Volume,
    /// Mean frustration ↓, drawn to the overall mean as by three sessions of it; session count ↓.
    Frustration,
    /// Trend ↓, session count ↓.
    Trend,
}

/// Orders of sessions. Ties are broken by the id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionSort {
    /// Start ↓.
    #[default]
    Recent,
    /// Frustration score ↓, start ↓.
    Frustration,
}

/// Views of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionView {
    /// All of them.
    #[default]
    All,
    /// Those of level high.
    HighFrustration,
    /// Those that repeat an earlier one.
    Repeat,
    /// Those with any flag.
    Flagged,
}

impl TopicSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Volume, Self::Frustration, Self::Trend];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Frustration => "frustration",
            Self::Trend => "trend",
        }
    }
}

impl SessionSort {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Recent, Self::Frustration];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Frustration => "frustration",
        }
    }
}

impl SessionView {
    /// Every view.
    pub const ALL: [Self; 4] = [Self::All, Self::HighFrustration, Self::Repeat, Self::Flagged];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::HighFrustration => "high_frustration",
            Self::Repeat => "repeat",
            Self::Flagged => "flagged",
        }
    }
}

/// A row of a table of parameters: its name, the field of the query, and how its text is read.
macro_rules! parameter {
    ($query:ty, $field:ident, $read:expr) => {
        Parameter::<$query> {
            name: stringify!($field),
            set: |query, text| {
                query.$field = $read(text)?;
                Ok(())
            },
        }
    };
}

const WINDOW: &[Parameter<WindowQuery>] =
    &[parameter!(WindowQuery, range, range), parameter!(WindowQuery, mcp_server_id, text)];

const TOPICS: &[Parameter<TopicsQuery>] = &[
    parameter!(TopicsQuery, range, range),
    parameter!(TopicsQuery, mcp_server_id, text),
    parameter!(TopicsQuery, sort, |value| word(&TopicSort::ALL, TopicSort::as_str, value)),
    parameter!(TopicsQuery, unmet_demand, |value| boolean(value).map(Some)),
    parameter!(TopicsQuery, since, |value| instant(value).map(Some)),
    parameter!(TopicsQuery, include_archived, boolean),
    parameter!(TopicsQuery, limit, limit),
];

const SEARCHES: &[Parameter<SearchesQuery>] = &[
    parameter!(SearchesQuery, range, range),
    parameter!(SearchesQuery, mcp_server_id, text),
    parameter!(SearchesQuery, limit, limit),
];

const SESSIONS: &[Parameter<SessionsQuery>] = &[
    parameter!(SessionsQuery, range, range),
    parameter!(SessionsQuery, mcp_server_id, text),
    parameter!(SessionsQuery, view, |value| word(&SessionView::ALL, SessionView::as_str, value)),
    parameter!(SessionsQuery, sort, |value| word(&SessionSort::ALL, SessionSort::as_str, value)),
    parameter!(SessionsQuery, intent, text),
    parameter!(SessionsQuery, search_miss, text),
    parameter!(SessionsQuery, topic, text),
    parameter!(SessionsQuery, search, text),
    parameter!(SessionsQuery, limit, limit),
    parameter!(SessionsQuery, cursor, text),
];

fn range(value: &str) -> Result<Range, String> {
    word(&Range::ALL, Range::as_str, value)
}

/// Any text; none is refused.
fn text(value: &str) -> Result<Option<String>, String> {
    Ok(Some(value.to_owned()))
}

/// The names and values of an endpoint without parameters; those whose names begin with `_` are ignored.
///
/// # Errors
/// One entry for each parameter.
pub fn no_parameters(pairs: &[(String, String)]) -> Result<(), Vec<FieldError>> {
    parameters::read::<()>(&[], pairs)
}

macro_rules! from_pairs {
    ($query:ty, $table:ident) => {
        impl $query {
            /// Reads a query from its decoded names and values; those whose names begin with `_` are ignored.
            ///
            /// # Errors
            /// One entry for each unknown name, name that comes again, and value that the contract does not allow, in
            /// the order of the parameters.
            pub fn from_pairs(pairs: &[(String, String)]) -> Result<Self, Vec<FieldError>> {
                parameters::read($table, pairs)
            }
        }
    };
}

from_pairs!(WindowQuery, WINDOW);
from_pairs!(TopicsQuery, TOPICS);
from_pairs!(SearchesQuery, SEARCHES);
from_pairs!(SessionsQuery, SESSIONS);
