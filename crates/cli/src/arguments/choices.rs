//! Options that are one of a few words. The words are the contract's.

use clap::ValueEnum;

/// What turns texts into vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Encoder {
    /// A neural encoder of six layers: the best topics, some two thousand new texts a second
    #[default]
    Accurate,
    /// Static word vectors: a hundred times faster, for hundreds of thousands of distinct texts
    Fast,
}

impl Encoder {
    /// As it is given on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Read
    Viewer,
    /// Read and edit
    Editor,
    /// Run the organisation
    Admin,
    /// Own it
    Owner,
}

/// Length of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Range {
    /// The last 24 hours
    #[value(name = "24h")]
    Day,
    /// The last 7 days
    #[value(name = "7d")]
    Week,
    /// The last 30 days
    #[value(name = "30d")]
    Month,
    /// The last 90 days
    #[value(name = "90d")]
    Quarter,
}

/// Length of the window of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportRange {
    /// Everything in the input
    All,
    /// The last 24 hours
    #[value(name = "24h")]
    Day,
    /// The last 7 days
    #[value(name = "7d")]
    Week,
    /// The last 30 days
    #[value(name = "30d")]
    Month,
    /// The last 90 days
    #[value(name = "90d")]
    Quarter,
}

/// Rows that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportRows {
    /// The contract's Session
    Sessions,
    /// Tool calls of traces, with session_id and session_key
    Calls,
    /// Searches of traces, with session_id and session_key
    Searches,
    /// The contract's Topic
    Topics,
    /// Tools of the catalog and of calls: found, called, failed, missed by searches, confused with others
    Tools,
}

/// Order of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopicSort {
    /// Most sessions first
    Volume,
    /// Most frustration first
    Frustration,
    /// Strongest growth first
    Trend,
}

/// Which sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionView {
    /// All of them
    All,
    /// Those whose frustration is high
    #[value(name = "high_frustration", alias = "high-frustration")]
    HighFrustration,
    /// Those that repeat an earlier one
    Repeat,
    /// Those with a flag
    Flagged,
}

/// Order of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionSort {
    /// Newest first
    Recent,
    /// Most frustration first
    Frustration,
}

/// State of a cluster of failed searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchState {
    /// Nobody has decided
    Open,
    /// It will be built
    Planned,
    /// It was built
    Shipped,
    /// It will not be built; it leaves the lists
    Dismissed,
}

/// `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    /// Yes
    True,
    /// No
    False,
}

/// `true`, `false` or `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOffAuto {
    /// It is, whatever the engine finds
    True,
    /// It is not, whatever the engine finds
    False,
    /// As the engine finds
    Auto,
}

/// How raw events are found again for traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Traces {
    /// Read again from the files, which must not change
    Reread,
    /// From a temporary copy
    Spill,
    /// Not at all
    None,
}
