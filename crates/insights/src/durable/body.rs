//! The body of a request with events.

use std::fmt;

use mcp_insights_events::Cursor;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;

/// So many events a batch may have: each may be refused, which the answer tells one by one.
pub(crate) const MOST_EVENTS: usize = 100_000;
/// What a body must be.
const BODY: &str = "must be a JSON object with schema_version and events";
/// What its events must be.
pub(crate) const EVENTS: &str = "must be there, as an array";

/// The fields of a body, read in one pass; of a name that stands twice the last one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Body<'a> {
    pub(crate) version: Option<i64>,
    /// One more than [`MOST_EVENTS`] where there are more.
    pub(crate) events: Option<Vec<&'a str>>,
}

impl<'a> Body<'a> {
    /// # Errors
    /// [`Error::Validation`] where it is no object, or its events are no array.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Error> {
        let body = std::str::from_utf8(body).map_err(|error| {
            let before = error.valid_up_to();
            Error::field("body", format!("{BODY}; it is no UTF-8 after {before} bytes"))
        })?;
        match Self::by_cursor(body) {
            Some(read) => Ok(read),
            None => Self::by_library(body),
        }
    }

    /// The fast way; none where the thorough one must look.
    fn by_cursor(body: &'a str) -> Option<Self> {
        let (mut read, mut cursor) = (Self::default(), Cursor::new(body));
        cursor.members(|cursor, name| {
            match name {
                "schema_version" => read.version = whole(cursor.value()?.0),
                "events" => {
                    let mut events = Vec::new();
                    cursor.elements(|cursor| {
                        let (event, _) = cursor.value()?;
                        if events.len() <= MOST_EVENTS {
                            events.push(event);
                        }
                        Some(())
                    })?;
                    read.events = Some(events);
                }
                _ => drop(cursor.value()?),
            }
            Some(())
        })?;
        cursor.is_at_end().then_some(read)
    }

    /// The thorough way, which says what is wrong.
    fn by_library(body: &'a str) -> Result<Self, Error> {
        if !body.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(body).is_ok() {
            return Err(Error::field("body", BODY));
        }
        serde_json::from_str(body).map_err(|error| {
            // The parser's own message may quote the body.
            if error.is_data() {
                return Error::field("events", EVENTS);
            }
            let (line, column) = (error.line(), error.column());
            Error::field("body", format!("{BODY}; it is no JSON at line {line}, column {column}"))
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(body: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Body<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Body<'de>, A::Error> {
                let mut body = Body::default();
                while let Some(name) = fields.next_key()? {
                    match name {
                        Name::Version => {
                            body.version = whole(fields.next_value::<&RawValue>()?.get());
                        }
                        Name::Events => body.events = Some(fields.next_value::<Events<'_>>()?.0),
                        Name::Other => drop(fields.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(body)
            }
        }

        body.deserialize_map(Fields)
    }
}

/// The name of a field of a body.
enum Name {
    Version,
    Events,
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(name: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_bytes<E>(self, name: &[u8]) -> Result<Name, E> {
                Ok(match name {
                    b"schema_version" => Name::Version,
                    b"events" => Name::Events,
                    _ => Name::Other,
                })
            }
        }

        // As a text, a name with half of a surrogate pair would make the body no JSON.
        name.deserialize_bytes(Bytes)
    }
}

/// The elements of an array.
struct Events<'a>(Vec<&'a str>);

impl<'de: 'a, 'a> Deserialize<'de> for Events<'a> {
    fn deserialize<D: Deserializer<'de>>(events: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Events<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Events<'de>, A::Error> {
                let mut events = Vec::new();
                while events.len() <= MOST_EVENTS {
                    let Some(event) = array.next_element::<&RawValue>()? else { break };
                    events.push(event.get());
                }
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Events(events))
            }
        }

        events.deserialize_seq(Elements)
    }
}

/// The whole number that a JSON number is, whatever its form; one beyond all that can be counted is the largest.
fn whole(json: &str) -> Option<i64> {
    let of_float = || {
        let number: f64 = json.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "it stops at the bounds")]
        (number.fract() == 0.0).then_some(number as i64)
    };
    json.parse().ok().or_else(of_float)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_ways_find_the_events() {
        let bodies = [
            r#"{"schema_version":1,"events":[{"a":[1,"]"]}, 2 ,"x"]}"#,
            r#" { "events" : [] , "sdk" : {"name":"x"}, "schema_version" : 1.0 } "#,
            r#"{"events":[1],"events":[2]}"#,
            "{}",
        ];
        for body in bodies {
            let (fast, thorough) = (Body::by_cursor(body), Body::by_library(body).ok());
            assert!(fast.is_some() && fast == thorough, "{body}");
        }
        for body in
            [r#"{"events":{}}"#, r#"{"events":[1}"#, r#"{"events":[01]}"#, "[]", r#"{"a":1} x"#]
        {
            assert!(
                Body::by_cursor(body).is_none() && Body::read(body.as_bytes()).is_err(),
                "{body}"
            );
        }
        let escaped = r#"{"\u0065vents":[1],"schema_version":1}"#;
        assert_eq!(Body::by_cursor(escaped), None);
        assert_eq!(
            Body::read(escaped.as_bytes()).ok().and_then(|body| body.events),
            Some(vec!["1"])
        );
    }

    #[test]
    fn of_too_many_events_one_more_is_kept() {
        let body = format!("{{\"events\":[{}1]}}", "1,".repeat(MOST_EVENTS + 9));
        let read = Body::by_cursor(&body).and_then(|body| body.events);
        assert_eq!(read.map(|events| events.len()), Some(MOST_EVENTS + 1));
    }

    #[test]
    fn what_is_deep_is_left_to_the_thorough_way() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let body = format!("{{\"schema_version\":1,\"events\":[{deep}]}}");
        assert_eq!(Body::by_cursor(&body), None);
        let read = Body::read(body.as_bytes()).ok().and_then(|body| body.events);
        assert_eq!(read, Some(vec![deep.as_str()]));
    }

    proptest! {
        #[test]
        fn both_ways_read_a_body(members in prop::collection::vec(prop::sample::select(vec![
            "\"events\":[]", "\"events\" : [1, {\"a\":[2]} ,null]", "\"events\":[\"x]\"]", "\"schema_version\":1",
            "\"schema_version\":\"1\"", "\"sdk\":{\"events\":[3]}", "\"a\":-0.5e3",
        ]), 0..5)) {
            let body = format!(" {{ {} }} ", members.join(" ,"));
            let fast = Body::by_cursor(&body);
            prop_assert!(fast.is_some(), "{}", body);
            prop_assert_eq!(fast, Body::by_library(&body).ok(), "{}", body);
        }

        #[test]
        fn what_the_fast_way_reads_the_thorough_one_does_too(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", " ", "\"events\"", "\"schema_version\"", "\"a\"", "1", "1.5", "null", "{}", "[]",
                "{\"events\":[", "]}", "{\"schema_version\":1,\"events\":[{}", "\"\\n\"",
            ]), 0..8)
        ) {
            let body = pieces.concat();
            if let Some(fast) = Body::by_cursor(&body) {
                prop_assert_eq!(Some(fast), Body::by_library(&body).ok(), "{}", body);
            }
        }
    }
}
