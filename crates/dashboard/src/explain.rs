//! What the words of the contract mean, in a sentence each. The definitions are those of the crates that compute them.

use mcp_insights::api::{FailureClass, Flag, GapKind, Outcome, Reason, SearchState};

/// Why a signal counts.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::DeclaredHigh => "The agent said that the user is highly frustrated.",
        Reason::DeclaredMedium => "The agent said that the user is somewhat frustrated.",
        Reason::ErrorStreak => "Three or more calls in a row failed, of one tool or for one cause.",
        Reason::RepeatedCall => {
            "One tool was called with the same input three times or more in a row."
        }
        Reason::RepeatedFailedSearch => "Two or more searches of one turn failed.",
        Reason::CapabilityRequest => "The agent asked for something that the API lacks.",
        Reason::EndedOnError => "The last call failed.",
        Reason::RetryAfterError => "A failed call was tried again and failed again.",
        Reason::ReformulatedSearch => "A failed search was put in other words.",
        Reason::SilentFailure => "A call reported success, and its result says that it failed.",
        Reason::LongSession => "One turn took more than 40 calls.",
    }
}

/// How a session ended.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unmet => {
            "It asked for something that the API lacks, or looked for it and found nothing."
        }
        Outcome::Failed => "Its last tool call failed.",
        Outcome::Succeeded => "Its last tool call worked.",
        Outcome::Unknown => "Nothing tells how it ended.",
    }
}

/// Why a session deserves a second look.
pub(crate) fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::UnmetDemand => {
            "Its outcome is unmet, or one of its topics is marked as unmet demand."
        }
        Flag::CapabilityRequest => "The agent asked for something that the API lacks.",
        Flag::Loop => "One tool was called with the same input three times or more in a row.",
        Flag::SilentFailure => "A call reported success, and its result says that it failed.",
        Flag::SecretDetected => "A text holds the mark of a secret that was removed.",
    }
}

/// What went wrong in a call.
pub(crate) fn failure(class: FailureClass) -> &'static str {
    match class {
        FailureClass::InputSchemaMismatch => "The arguments do not fit the tool's input schema.",
        FailureClass::OutputSchemaViolation => "The result does not fit the tool's output schema.",
        FailureClass::UnknownTool => "There is no tool, method or command of that name.",
        FailureClass::Timeout => "It took too long, or was cancelled for that.",
        FailureClass::Upstream5xx => "Something behind the server answered with a 5xx.",
        FailureClass::TransportFailure => "The connection failed.",
        FailureClass::ResourceNotFound => "What was asked for does not exist.",
        FailureClass::EmptyResult => "It gave nothing where something was due.",
        FailureClass::StateConflict => "The state of the resource forbids it.",
        FailureClass::MissingPrecondition => {
            "Something must be done, configured or installed first."
        }
        FailureClass::AuthOrPermission => "It was not signed in, or not allowed to.",
        FailureClass::EntitlementGap => "The plan or the quota does not cover it.",
        FailureClass::RateLimited => "There were too many requests.",
        FailureClass::InternalError => "Nothing names a cause.",
    }
}

/// What a gap is.
pub(crate) fn gap(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Missing => "Nothing in the catalog does this.",
        GapKind::Undiscoverable => "A tool does this, and the searches did not find it.",
        GapKind::Content => "The searches looked for data, so that they say nothing about the API.",
        GapKind::Unknown => "No catalog says what the API offers.",
    }
}

/// What a state means.
pub(crate) fn state(state: SearchState) -> &'static str {
    match state {
        SearchState::Open => "nobody has decided",
        SearchState::Planned => "it will be built",
        SearchState::Shipped => "it was built",
        SearchState::Dismissed => "it will not be built; leaves the lists",
    }
}
