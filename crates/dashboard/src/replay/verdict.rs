//! Whether a call worked, and how that is known.

use mcp_insights::api::TraceCall;

/// Whether a call worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It failed, and the client says so.
    Failed,
    /// It failed, and only its result says so.
    Silent,
    /// It worked, as far as anyone says.
    Worked,
    /// Nobody says.
    Unknown,
}

impl Verdict {
    /// The verdict on a call, as the outcome of a session judges it.
    pub(crate) fn of(call: &TraceCall) -> Self {
        if call.silent_failure {
            Self::Silent
        } else if call.ok == Some(false) || call.error.is_some() {
            Self::Failed
        } else if call.ok.is_some() {
            Self::Worked
        } else {
            Self::Unknown
        }
    }

    /// Whether it failed.
    pub(crate) fn failed(self) -> bool {
        matches!(self, Self::Failed | Self::Silent)
    }

    /// In a word or two.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Silent => "silent failure",
            Self::Worked => "worked",
            Self::Unknown => "not reported",
        }
    }

    /// The class of the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Silent => "silent",
            Self::Worked => "worked",
            Self::Unknown => "unreported",
        }
    }

    /// How that is known; empty where there is nothing to explain.
    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::Failed => "The client reported that it failed.",
            Self::Silent => {
                "The client reported success, and the result itself says that it failed."
            }
            Self::Worked | Self::Unknown => "",
        }
    }
}
