//! Instants to the microsecond, as the registry writes them: cut to milliseconds they would order otherwise.

use mcp_insights_events::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

fn write(time: Timestamp) -> String {
    let shown = time.to_string();
    let milliseconds = shown.strip_suffix('Z').unwrap_or(&shown);
    format!("{milliseconds}{:03}Z", time.micros().rem_euclid(1000))
}

pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write(*time))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    Timestamp::parse(&text).map_err(serde::de::Error::custom)
}

/// The same for an instant that may be missing.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Serializer, Timestamp, write};

    #[expect(clippy::ref_option, reason = "serde asks with a reference")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_str(&write(*time)),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Timestamp::parse(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn microseconds_survive() {
        for micros in [0, 1_700_000_000_123_456, 1_700_000_000_000_001] {
            let time = Timestamp::from_micros(micros);
            assert_eq!(Timestamp::parse(&write(time)).unwrap(), time);
        }
    }
}
