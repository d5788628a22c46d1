//! Cursors of the session list: where a page ended, and what the list was filtered by.

use mcp_insights_events::Timestamp;
use sha2::{Digest, Sha256};

/// The last moment of the last year that RFC 3339 can write.
const LATEST_MICROS: i64 = 253_402_300_799_999_999;

/// The place after which the next page begins. A cursor pins the end of the window and the filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// End of the window of the first page.
    pub(crate) window_end: Timestamp,
    /// Fingerprint of the filters and the order.
    pub(crate) filters: u64,
    /// The last session of the page before.
    pub(crate) last: Position,
}

/// Where a session stood in a list. It is a place of its own: the session may have moved or gone since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The score by which the list is sorted; 0 where it is not.
    pub(crate) score: u16,
    /// When it began.
    pub(crate) started_at: Timestamp,
    /// Its id.
    pub(crate) id: String,
}

impl Cursor {
    /// The cursor as the text that a client sends back.
    pub(crate) fn encode(&self) -> String {
        let Self { window_end, filters, last } = self;
        let (end, start) = (window_end.micros(), last.started_at.micros());
        format!("c2-{end:x}-{filters:016x}-{:x}-{start:x}-{}", last.score, last.id)
    }

    /// Reads a cursor; none where the text is none that [`Cursor::encode`] gives.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, '-');
        if parts.next() != Some("c2") {
            return None;
        }
        let time = |text: &str| {
            let micros = i64::from_str_radix(text, 16).ok()?;
            (0..=LATEST_MICROS).contains(&micros).then(|| Timestamp::from_micros(micros))
        };
        let cursor = Self {
            window_end: time(parts.next()?)?,
            filters: u64::from_str_radix(parts.next()?, 16).ok()?,
            last: Position {
                score: u16::from_str_radix(parts.next()?, 16).ok()?,
                started_at: time(parts.next()?)?,
                id: parts.next()?.to_owned(),
            },
        };
        (cursor.encode() == text).then_some(cursor)
    }
}

/// A fingerprint of filter values; none and empty are different values.
pub(crate) fn fingerprint(values: &[Option<&str>]) -> u64 {
    let mut hash = Sha256::new();
    for value in values {
        match value {
            Some(text) => {
                hash.update((text.len() as u64 + 1).to_le_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update(0_u64.to_le_bytes()),
        }
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        let cursor = Cursor {
            window_end: Timestamp::EARLIEST,
            filters: fingerprint(&[Some("7d"), None]),
            last: Position {
                score: 2_500,
                started_at: Timestamp::from_micros(946_684_800_000_001),
                id: "ses_0a".to_owned(),
            },
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn other_texts_are_no_cursor() {
        for text in [
            "",
            "c2",
            "c1-0-0000000000000000-ses_0a",
            "c2-0-0-0-0-ses_0a",
            "c2-x-0000000000000000-0-0-ses_0a",
            "c2-0-0000000000000000-10000-0-ses_0a",
            "c2-7fffffffffffffff-0000000000000000-0-0-ses_0a",
            "c2--1-0000000000000000-0-0-ses_0a",
        ] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_filter_is_not_an_empty_one() {
        assert_ne!(fingerprint(&[None]), fingerprint(&[Some("")]));
        assert_ne!(fingerprint(&[Some("ab"), Some("c")]), fingerprint(&[Some("a"), Some("bc")]));
    }
}
