//! Sessions: one agent conversation each, with its turns, retries, frustration and outcome.
//!
//! Begin with [`sessionize`]: it groups the [`Facts`](mcp_insights_calls::Facts) of many events into [`Sessions`], flat
//! columns of everything that the insights count. [`repeats`] then says which session comes back to an earlier one,
//! and [`detail`] analyses one session again for its trace, with the events behind each [`Reason`] for frustration.
//!
//! ```
//! use mcp_insights_calls::{Extractor, Rules};
//! use mcp_insights_events::{Collector, Event, Place, ReadSettings};
//! use mcp_insights_sessions::{Outcome, Reason, Settings, sessionize};
//!
//! let event = |second: u8, result: &str| {
//!     format!(
//!         r#"{{"event_id":"e{second}","kind":"tool_call","session_id_hint":"conv-1","ok":true,
//!              "started_at":"2026-01-31T08:00:0{second}Z","result_preview":{result:?},
//!              "metadata":{{"tool_name":"refund","user_intent":"Refund order 4711"}}}}"#
//!     )
//! };
//! let extractor = Extractor::new(Rules::default());
//! let mut facts = extractor.begin();
//! for json in [event(0, r#"{"refunded":true}"#), event(1, r#"{"error":"Card not found"}"#)] {
//!     let event = Event::parse(json.as_bytes(), &ReadSettings::default())?;
//!     extractor.add(&mut facts, &event, json.as_bytes(), Place { source: 0, length: 0, offset: 0 });
//! }
//!
//! let sessions = sessionize(facts, &Settings::default());
//! let session = &sessions.sessions[0];
//! assert_eq!((session.event_count, session.turns.len()), (2, 1));
//! assert_eq!(session.outcome, Outcome::Failed, "the last call failed, though silently");
//! let reasons: Vec<Reason> = session.frustration.reasons.iter().collect();
//! assert_eq!(reasons, [Reason::EndedOnError, Reason::SilentFailure]);
//! assert_eq!(session.frustration.score, 3250); // 1 - (1 - .25) * (1 - .10)
//! # Ok::<(), mcp_insights_events::Refusal>(())
//! ```
//!
//! The way of the data is: `order` and `hints` say which events stand together and how, `parts` cuts them where they
//! lay idle, `identity` names what results, `grouping` does all three; `conversation` lays a session out flat with its
//! turns, and `retries`, `loops`, `similar`, `abandoned`, `signals`, `frustration` and `outcome` each hold one rule of
//! `analysis`, which serves the columns and the traces alike.
//!
//! A million events in 150,000 sessions take about two thirds of a second on two cores. The sessions depend on the set of
//! events alone: not on their order, not on how they were split, not on the number of threads.

mod abandoned;
mod actors;
mod analysis;
mod clients;
mod column;
mod columns;
mod conversation;
mod detail;
mod frustration;
mod grouping;
mod hints;
mod identity;
mod intents;
mod kept;
mod known_texts;
mod live;
mod loops;
mod model;
mod order;
mod outcome;
mod parts;
mod queries;
mod repeats;
mod retries;
mod sessionize;
mod sessions;
mod settings;
mod signals;
mod similar;
#[cfg(test)]
mod tests;

pub use actors::{Actor, Identity};
pub use column::Column;
pub use detail::{CallDetail, Detail, Evidence, SearchDetail, detail};
pub use grouping::group_of;
pub use identity::session_number;
pub use kept::{Kept, Unreadable};
pub use known_texts::KnownTexts;
pub use model::{
    Call, Flag, Flags, Frustration, Group, IntentSource, Level, MemberEvent, Outcome, Reason,
    Reasons, Request, Search, Session, Turn, UnattachedEvent,
};
pub use queries::{CommonWords, WordCounts};
pub use repeats::{LONGEST_AGO_MICROS, repeats};
pub use sessionize::{sessionize, sessionize_groups, sessionize_shares};
pub use sessions::{Replaced, Sessions};
pub use settings::Settings;
