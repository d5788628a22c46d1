//! What the typed options mean: the settings of a reading, and the queries of the facade.

use std::path::Path;

use mcp_insights::{Options, TraceAccess, api};

use super::choices::{
    self, Encoder, ExportRange, OnOff, OnOffAuto, SearchState, SessionSort, SessionView, Traces,
};
use super::reading::{Form, Reading, Window};
use super::{Search, Searches, Sessions, Topic, Topics};
use crate::output;

/// What a command needs of raw events after the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Figures,
    /// The events themselves.
    RawEvents,
}

impl From<choices::Role> for api::Role {
    fn from(role: choices::Role) -> Self {
        match role {
            choices::Role::Viewer => Self::Viewer,
            choices::Role::Editor => Self::Editor,
            choices::Role::Admin => Self::Admin,
            choices::Role::Owner => Self::Owner,
        }
    }
}

/// Name of standard input.
const STANDARD_INPUT: &str = "-";

impl Reading {
    /// The settings that the engine reads with, but for the embedder.
    pub(crate) fn options(&self, needs: Needs) -> Options {
        let mut options = Options::default();
        options.read.strict = self.strict;
        options.read.traces = self.trace_access(needs);
        if let Some(bytes) = self.max_event_bytes {
            options.read.max_event_bytes = bytes;
        }
        if let Some(depth) = self.max_depth {
            options.read.max_depth = depth;
        }
        options.sessions.idle_gap_micros = self.idle_gap;
        options.sessions.hinted_idle_gap_micros = self.hinted_idle_gap;
        options.rules.search_include.clone_from(&self.search_tool);
        options.rules.search_exclude.clone_from(&self.not_search_tool);
        options
    }

    /// How raw events are found again: as asked for, else as the command and the input need it.
    fn trace_access(&self, needs: Needs) -> TraceAccess {
        match (self.traces, needs) {
            (Some(Traces::Reread), _) => TraceAccess::Reread,
            (Some(Traces::Spill), _) => TraceAccess::Spill,
            (Some(Traces::None), _) | (None, Needs::Figures) => TraceAccess::None,
            // What streams by cannot be read twice.
            (None, Needs::RawEvents) if self.paths.iter().any(|path| streams(path)) => {
                TraceAccess::Spill
            }
            (None, Needs::RawEvents) => TraceAccess::Reread,
        }
    }

    /// The options, as words of a command line, without which the same input gives other sessions or ids.
    pub(crate) fn words(&self) -> Vec<String> {
        let defaults = mcp_insights::Options::default();
        let mut words = Vec::new();
        let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
        if self.idle_gap != defaults.sessions.idle_gap_micros {
            add("--idle-gap", format!("{}s", self.idle_gap / 1_000_000));
        }
        if self.hinted_idle_gap != defaults.sessions.hinted_idle_gap_micros {
            add("--hinted-idle-gap", format!("{}s", self.hinted_idle_gap / 1_000_000));
        }
        if let Some(bytes) = self.max_event_bytes {
            add("--max-event-bytes", bytes.to_string());
        }
        if let Some(depth) = self.max_depth {
            add("--max-depth", depth.to_string());
        }
        if let Some(data) = &self.data {
            add("--data", data.display().to_string());
        }
        if self.encoder == Some(Encoder::Fast) {
            add("--encoder", "fast".to_owned());
        }
        if let Some(registry) = &self.registry {
            add("--registry", registry.display().to_string());
        }
        for catalog in &self.catalog {
            add("--catalog", catalog.display().to_string());
        }
        for tool in &self.search_tool {
            add("--search-tool", tool.clone());
        }
        for tool in &self.not_search_tool {
            add("--not-search-tool", tool.clone());
        }
        words
    }
}

/// Whether a path gives its bytes only once: standard input, a pipe, a device.
fn streams(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
        || path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir())
}

impl Form {
    /// How JSON is written.
    pub(crate) fn meaning(self) -> output::Form {
        output::Form::pretty(self.pretty)
    }
}

impl From<choices::Range> for api::Range {
    fn from(range: choices::Range) -> Self {
        match range {
            choices::Range::Day => Self::Day,
            choices::Range::Week => Self::Week,
            choices::Range::Month => Self::Month,
            choices::Range::Quarter => Self::Quarter,
        }
    }
}

impl ExportRange {
    /// What the facade calls it.
    pub(crate) fn meaning(self) -> mcp_insights::ExportRange {
        use mcp_insights::ExportRange::{All, Window};
        match self {
            Self::All => All,
            Self::Day => Window(api::Range::Day),
            Self::Week => Window(api::Range::Week),
            Self::Month => Window(api::Range::Month),
            Self::Quarter => Window(api::Range::Quarter),
        }
    }
}

impl OnOff {
    /// As a truth value.
    pub(crate) fn meaning(self) -> bool {
        self == Self::True
    }
}

impl OnOffAuto {
    /// The value to set; none gives it back to the engine.
    fn meaning(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Auto => None,
        }
    }
}

impl Window {
    /// The query of a window.
    pub(crate) fn query(&self) -> api::WindowQuery {
        api::WindowQuery { range: self.range().into(), mcp_server_id: self.mcp_server_id.clone() }
    }

    /// The query of the overview.
    pub(crate) fn overview_query(&self) -> api::OverviewQuery {
        api::OverviewQuery { range: self.range().into(), mcp_server_id: self.mcp_server_id.clone() }
    }
}

impl Topics {
    /// The query of the list.
    pub(crate) fn query(&self) -> api::TopicsQuery {
        api::TopicsQuery {
            range: self.window.range().into(),
            mcp_server_id: self.window.mcp_server_id.clone(),
            sort: match self.sort {
                choices::TopicSort::Volume => api::TopicSort::Volume,
                choices::TopicSort::Frustration => api::TopicSort::Frustration,
                choices::TopicSort::Trend => api::TopicSort::Trend,
            },
            unmet_demand: self.unmet_demand.map(OnOff::meaning),
            since: self.since,
            include_archived: self.include_archived.meaning(),
            limit: limit(self.limit),
        }
    }
}

impl Searches {
    /// The query of the list.
    pub(crate) fn query(&self) -> api::SearchesQuery {
        api::SearchesQuery {
            range: self.window.range().into(),
            mcp_server_id: self.window.mcp_server_id.clone(),
            limit: limit(self.limit),
        }
    }
}

impl Sessions {
    /// The query of the list.
    pub(crate) fn query(&self) -> api::SessionsQuery {
        api::SessionsQuery {
            range: self.window.range().into(),
            mcp_server_id: self.window.mcp_server_id.clone(),
            view: match self.view {
                SessionView::All => api::SessionView::All,
                SessionView::HighFrustration => api::SessionView::HighFrustration,
                SessionView::Repeat => api::SessionView::Repeat,
                SessionView::Flagged => api::SessionView::Flagged,
            },
            sort: match self.sort {
                SessionSort::Recent => api::SessionSort::Recent,
                SessionSort::Frustration => api::SessionSort::Frustration,
            },
            intent: self.intent.clone(),
            search_miss: self.search_miss.clone(),
            topic: self.topic.clone(),
            search: self.search.clone(),
            limit: limit(self.limit),
            cursor: self.cursor.clone(),
        }
    }
}

impl Topic {
    /// The edit, where one is given.
    pub(crate) fn patch(&self) -> Option<api::TopicPatch> {
        self.edits().then(|| api::TopicPatch {
            label: edited(self.set_label.as_ref(), self.clear_label),
            is_unmet_demand: self.set_unmet_demand.map(OnOffAuto::meaning),
            archived: match (self.archive, self.unarchive) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
        })
    }
}

impl Search {
    /// The edit, where one is given.
    pub(crate) fn patch(&self) -> Option<api::SearchPatch> {
        self.edits().then(|| api::SearchPatch {
            state: self.set_state.map(|state| match state {
                SearchState::Open => api::SearchState::Open,
                SearchState::Planned => api::SearchState::Planned,
                SearchState::Shipped => api::SearchState::Shipped,
                SearchState::Dismissed => api::SearchState::Dismissed,
            }),
            note: edited(self.note.as_ref(), self.clear_note),
            label: edited(self.set_label.as_ref(), self.clear_label),
        })
    }
}

/// A field of a patch: absent, null, or a text.
fn edited(text: Option<&String>, clear: bool) -> Option<Option<String>> {
    if clear { Some(None) } else { text.map(|text| Some(text.clone())) }
}

/// The limit of a list; the parser has let nothing else through.
pub(crate) fn limit(rows: u32) -> api::Limit {
    usize::try_from(rows).ok().and_then(api::Limit::new).unwrap_or_default()
}
