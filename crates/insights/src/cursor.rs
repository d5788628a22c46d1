//! Cursors of the session list: where a page ended, and what the list was filtered by.

use mcp_insights_events::Timestamp;
use sha2::{Digest, Sha256};

/// The place after which the next page begins. A cursor pins the end of the window and the filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// End of the window of the first page.
    pub(crate) window_end: Timestamp,
    /// Fingerprint of the filters and the order.
    pub(crate) filters: u64,
    /// Id of the last session of the page before.
    pub(crate) last_session: String,
}

impl Cursor {
    /// The cursor as the text that a client sends back.
    pub(crate) fn encode(&self) -> String {
        format!("c1-{:x}-{:016x}-{}", self.window_end.micros(), self.filters, self.last_session)
    }

    /// Reads a cursor; none where the text is none that [`Cursor::encode`] gives.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '-');
        if parts.next() != Some("c1") {
            return None;
        }
        let cursor = Self {
            window_end: Timestamp::from_micros(i64::from_str_radix(parts.next()?, 16).ok()?),
            filters: u64::from_str_radix(parts.next()?, 16).ok()?,
            last_session: parts.next()?.to_owned(),
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
            last_session: "ses_0a".to_owned(),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn other_texts_are_no_cursor() {
        for text in
            ["", "c1", "c1-0-0-ses_0a", "c2-0-0000000000000000-ses_0a", "c1-x-0000000000000000-s"]
        {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_filter_is_not_an_empty_one() {
        assert_ne!(fingerprint(&[None]), fingerprint(&[Some("")]));
        assert_ne!(fingerprint(&[Some("ab"), Some("c")]), fingerprint(&[Some("a"), Some("bc")]));
    }
}
