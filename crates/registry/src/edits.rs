//! What people changed by hand. An entry with an edit is pinned.

use mcp_insights_events::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::stamp;

/// The edits that an entry can carry.
pub trait Edits: Clone + Default + PartialEq + Serialize + DeserializeOwned {
    /// What the ids of such entries begin with.
    const PREFIX: &'static str;

    /// Whether any edit holds, which pins the entry.
    fn pins(&self) -> bool;

    /// The label set by hand.
    fn label(&self) -> Option<&str>;

    /// Everything else that can be set by hand, by name, and to what it is set; none where it is not.
    fn marks(&self) -> Vec<(&'static str, Option<String>)>;
}

/// Edits of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TopicEdits {
    /// The label set by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it is unmet demand, set by hand; `false` holds too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_unmet_demand: Option<bool>,
    /// Whether it leaves the lists.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// What became of a search cluster.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody decided anything: no edit.
    #[default]
    Open,
    /// It will be built.
    Planned,
    /// It was built.
    Shipped,
    /// It will not be built; it leaves the lists.
    Dismissed,
}

impl State {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

/// Edits of a search cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchEdits {
    /// The label set by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What became of it.
    #[serde(skip_serializing_if = "State::is_open")]
    pub state: State,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When an edit last changed something; it stays when the edits themselves are taken back, and pins nothing.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
}

impl Edits for TopicEdits {
    const PREFIX: &'static str = "top_";

    fn pins(&self) -> bool {
        self.label.is_some() || self.is_unmet_demand.is_some() || self.archived
    }

    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    fn marks(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("is_unmet_demand", self.is_unmet_demand.map(|is_unmet| is_unmet.to_string())),
            ("archived", self.archived.then(|| true.to_string())),
        ]
    }
}

impl Edits for SearchEdits {
    const PREFIX: &'static str = "sch_";

    fn pins(&self) -> bool {
        self.label.is_some() || self.state != State::Open || self.note.is_some()
    }

    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    fn marks(&self) -> Vec<(&'static str, Option<String>)> {
        let state = match self.state {
            State::Open => None,
            State::Planned => Some("planned"),
            State::Shipped => Some("shipped"),
            State::Dismissed => Some("dismissed"),
        };
        vec![("state", state.map(str::to_owned)), ("note", self.note.clone())]
    }
}

/// What happens to one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It goes back to the engine.
    Reset,
    /// It gets this value.
    Set(T),
}

impl<T> Change<T> {
    pub(crate) fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Reset => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

/// An edit of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicChange {
    /// The label.
    pub label: Change<String>,
    /// Whether it is unmet demand.
    pub is_unmet_demand: Change<bool>,
    /// Whether it leaves the lists; resetting it is `false`.
    pub archived: Change<bool>,
}

/// An edit of a search cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchChange {
    /// The label.
    pub label: Change<String>,
    /// What became of it; resetting it is `open`.
    pub state: Change<State>,
    /// The note.
    pub note: Change<String>,
}

impl TopicEdits {
    pub(crate) fn apply(&mut self, change: TopicChange) {
        change.label.apply(&mut self.label);
        change.is_unmet_demand.apply(&mut self.is_unmet_demand);
        let mut archived = Some(self.archived);
        change.archived.apply(&mut archived);
        self.archived = archived.unwrap_or_default();
    }
}

impl SearchEdits {
    pub(crate) fn apply(&mut self, change: SearchChange, at: Timestamp) {
        let before = self.clone();
        change.label.apply(&mut self.label);
        change.note.apply(&mut self.note);
        let mut state = Some(self.state);
        change.state.apply(&mut state);
        self.state = state.unwrap_or_default();
        if *self != before {
            self.edited_at = Some(at);
        }
    }
}
