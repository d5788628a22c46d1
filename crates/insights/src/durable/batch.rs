//! Batches of events as SDKs post them.

use std::borrow::Cow;

use mcp_insights_api::{FieldError, RejectedEvent};
use mcp_insights_events::{Event, ReadSettings, RejectionReason, members};

use crate::durable::body::{Body, EVENTS, MOST_EVENTS};
use crate::durable::sent::Sent;
use crate::error::Error;

/// The one version of batches that is read.
const SCHEMA_VERSION: i64 = 1;

/// The body of a request that is a batch: the JSON of its events, each bound to its server.
#[derive(Debug)]
pub(crate) struct Bound<'a> {
    version: i64,
    events: Vec<Cow<'a, str>>,
}

impl<'a> Bound<'a> {
    /// Reads a body; its events are written to `server`, where that is given.
    ///
    /// # Errors
    /// [`Error::Validation`] where the body as a whole is no batch.
    pub(crate) fn read(body: &'a [u8], server: Option<&str>) -> Result<Self, Error> {
        let Body { version, events } = Body::read(body)?;
        let lacks_events = events.is_none();
        let (Some(version), Some(events)) = (version, events) else {
            let faults = [
                (version.is_none(), "schema_version", "must be there, as a whole number"),
                (lacks_events, "events", EVENTS),
            ];
            let faults = faults.into_iter().filter(|(is_wrong, ..)| *is_wrong);
            return Err(Error::Validation(
                faults.map(|(_, field, message)| FieldError::new(field, message)).collect(),
            ));
        };
        if events.len() > MOST_EVENTS {
            let most = format!("must be at most {MOST_EVENTS}; send the others in another batch");
            return Err(Error::field("events", most));
        }
        let bound = |json| match server {
            Some(server) => bind(json, server),
            None => Cow::Borrowed(json),
        };
        Ok(Self { version, events: events.into_iter().map(bound).collect() })
    }

    /// Reads it event by event.
    pub(crate) fn parse(&self, bounds: &ReadSettings) -> Batch<'_> {
        let mut batch = Batch::default();
        for json in &self.events {
            batch.add(json, self.version, bounds);
        }
        batch
    }
}

/// A batch, judged event by event.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    /// Each event that is one.
    pub(crate) sent: Sent,
    /// The same, as they were read.
    pub(crate) parsed: Vec<Event<'a>>,
    /// The others, in the order of the batch.
    pub(crate) rejected: Vec<RejectedEvent>,
}

impl<'a> Batch<'a> {
    fn add(&mut self, json: &'a str, version: i64, bounds: &ReadSettings) {
        let (event_id, reason) = match Event::parse(json.as_bytes(), bounds) {
            Ok(event) if version == SCHEMA_VERSION => {
                self.sent.add(&event, json.as_bytes());
                self.parsed.push(event);
                return;
            }
            Ok(event) => {
                (Some(event.event_id.into_owned()), RejectionReason::UnsupportedSchemaVersion)
            }
            Err(refusal) if version == SCHEMA_VERSION => (refusal.event_id, refusal.reason),
            Err(refusal) => (refusal.event_id, RejectionReason::UnsupportedSchemaVersion),
        };
        self.rejected.push(RejectedEvent { event_id, reason });
    }
}

/// The event, which is valid JSON, with another `mcp_server_id`; all other values stay as they were received, byte for byte. What is no
/// object stays as it is.
pub(crate) fn bind<'a>(json: &'a str, server: &str) -> Cow<'a, str> {
    if !json.trim_start().starts_with('{') {
        return Cow::Borrowed(json);
    }
    let name = serde_json::Value::from(server).to_string();
    let mut bound = String::with_capacity(json.len() + name.len() + 20);
    bound.push_str("{\"mcp_server_id\":");
    bound.push_str(&name);
    for (key, value) in members(json).filter(|(key, _)| key != "mcp_server_id") {
        bound.push(',');
        bound.push_str(&serde_json::Value::from(key.as_ref()).to_string());
        bound.push(':');
        bound.push_str(value);
    }
    bound.push('}');
    Cow::Owned(bound)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use RejectionReason::{MissingField, NotAnEvent, UnsupportedSchemaVersion};

    use super::*;

    const EVENT: &str =
        r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-01-31T08:00:00Z"}"#;

    /// The events of a body, and the ids and reasons of what it refuses.
    type Read = (Vec<Vec<u8>>, Vec<(Option<String>, RejectionReason)>);

    fn read(body: &str) -> Result<Read, Error> {
        let bound = Bound::read(body.as_bytes(), None)?;
        let Batch { sent, rejected, .. } = bound.parse(&ReadSettings::default());
        let events = sent.iter().map(|event| event.json().to_vec()).collect();
        let rejected = rejected.into_iter().map(|one| (one.event_id, one.reason)).collect();
        Ok((events, rejected))
    }

    #[test]
    fn a_bad_event_takes_no_good_one_with_it() -> Result<(), Error> {
        let (events, rejected) = read(&format!(
            r#"{{"schema_version":1,"sdk":{{}},"events":[7,{EVENT},{{"event_id":"e2","kind":"tool_call"}}]}}"#
        ))?;
        assert_eq!(events, [EVENT.as_bytes()]);
        assert_eq!(rejected, [(None, NotAnEvent), (Some("e2".to_owned()), MissingField)]);
        Ok(())
    }

    #[test]
    fn of_another_version_every_event_is_refused() -> Result<(), Error> {
        let (events, rejected) = read(&format!(r#"{{"schema_version":2,"events":[{EVENT},7]}}"#))?;
        let version = UnsupportedSchemaVersion;
        assert_eq!(rejected, [(Some("e1".to_owned()), version), (None, version)]);
        assert!(events.is_empty());
        Ok(())
    }

    #[test]
    fn a_version_is_a_whole_number_in_any_form_and_other_fields_are_not_read() {
        for (version, is_known) in
            [("1", true), ("1.0", true), ("1e0", true), ("99999999999999999999", false)]
        {
            let body =
                format!(r#"{{"\ud83d":[1e999],"schema_version":{version},"events":[{EVENT}]}}"#);
            assert_eq!(read(&body).unwrap().0.len(), usize::from(is_known), "{version}");
        }
        assert!(read(&format!(r#"{{"schema_version":1.5,"events":[{EVENT}]}}"#)).is_err());
    }

    #[test]
    fn more_events_than_an_answer_could_tell_of_are_no_batch() {
        let of = |count: usize| {
            format!(r#"{{"schema_version":1,"events":[{}1]}}"#, "1,".repeat(count - 1))
        };
        assert_eq!(read(&of(MOST_EVENTS)).unwrap().1.len(), MOST_EVENTS);
        assert!(matches!(read(&of(MOST_EVENTS + 1)), Err(Error::Validation(_))));
    }

    #[test]
    fn what_is_no_batch_is_told_field_by_field() {
        let fields = |body: &str| match read(body) {
            Err(Error::Validation(errors)) => {
                errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
            }
            Err(error) => vec![error.to_string()],
            Ok(_) => vec!["it is a batch".to_owned()],
        };
        assert_eq!(fields("{}"), ["schema_version", "events"]);
        assert_eq!(fields(r#"{"schema_version":"1","events":[]}"#), ["schema_version"]);
        assert_eq!(fields(r#"{"schema_version":1,"events":{}}"#), ["events"]);
        assert_eq!(fields("[]"), ["body"]);
        assert_eq!(fields(""), ["body"]);
    }

    #[test]
    fn binding_changes_nothing_but_the_server() {
        let rows = [
            (r#"{"a": 1.0, "b":"\u0041"}"#, r#"{"mcp_server_id":"s\"1","a":1.0,"b":"\u0041"}"#),
            (r#"{"mcp_server_id":"x","a":[ 1 ]}"#, r#"{"mcp_server_id":"s\"1","a":[ 1 ]}"#),
            ("{}", r#"{"mcp_server_id":"s\"1"}"#),
            ("[1]", "[1]"),
            (
                r#" {"\ud83d":1,"mcp_server_id":"x"}"#,
                "{\"mcp_server_id\":\"s\\\"1\",\"\u{fffd}\":1}",
            ),
        ];
        for (json, expected) in rows {
            assert_eq!(bind(json, "s\"1"), expected);
        }
    }
}
