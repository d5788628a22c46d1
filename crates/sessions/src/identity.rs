//! Keys and ids of sessions.

use mcp_insights_events::Timestamp;
use sha2::{Digest, Sha256};

/// What makes a session the one that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// The MCP server.
    pub(crate) server: Option<&'a str>,
    /// How its events belong together.
    pub(crate) kind: Kind<'a>,
}

/// How the events of a session belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A hint that identifies alone. The time is that of the first event of a later part.
    Strong { hint: &'a str, later_part: Option<Timestamp> },
    /// A hint that identifies together with the actor.
    Weak { hint: &'a str, actor: &'a str, later_part: Option<Timestamp> },
    /// No hint: the actor and the time of the first event.
    Fallback { actor: &'a str, first: Timestamp },
}

impl Identity<'_> {
    /// The key as people read it. Two sessions may share one (a weak hint of two actors).
    pub(crate) fn key(&self) -> Box<str> {
        match self.kind {
            Kind::Strong { hint, later_part } | Kind::Weak { hint, later_part, .. } => {
                match later_part {
                    None => hint.into(),
                    Some(first) => format!("{hint}#{first}").into(),
                }
            }
            Kind::Fallback { actor, first } => format!("fallback:{actor}:{first}").into(),
        }
    }

    /// The id: `ses_` and 128 bits of a SHA-256 in base 62.
    ///
    /// The hash takes each part with its length and its kind, not the key: a hint that looks like the key of
    /// another session must not get its id, and two parts may begin within one millisecond.
    pub(crate) fn id(&self) -> Box<str> {
        let mut hash = Sha256::new();
        let mut add = |tag: u8, bytes: &[u8]| {
            hash.update([tag]);
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        if let Some(server) = self.server {
            add(b'm', server.as_bytes());
        }
        let later_part = match self.kind {
            Kind::Strong { hint, later_part } => {
                add(b's', hint.as_bytes());
                later_part
            }
            Kind::Weak { hint, actor, later_part } => {
                add(b'w', hint.as_bytes());
                add(b'a', actor.as_bytes());
                later_part
            }
            Kind::Fallback { actor, first } => {
                add(b'f', actor.as_bytes());
                Some(first)
            }
        };
        if let Some(time) = later_part {
            add(b't', &time.micros().to_le_bytes());
        }
        let digest = hash.finalize();
        let number =
            digest.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        format!("ses_{}", base62(number)).into()
    }
}

/// 22 digits, enough for 128 bits.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number in the id of a session, by which ids differ; none for a text that is no such id.
#[must_use]
pub fn session_number(id: &str) -> Option<u128> {
    let digits = id.strip_prefix("ses_").filter(|digits| digits.len() == 22)?;
    digits.bytes().try_fold(0_u128, |number, byte| {
        let digit = VALUES.get(usize::from(byte)).filter(|value| **value < 62)?;
        number.checked_mul(62)?.checked_add(u128::from(*digit))
    })
}

/// The value of each byte as a digit; 62 for one that is none.
const VALUES: [u8; 256] = {
    let mut values = [62; 256];
    let mut value = 0;
    while value < 62 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

fn base62(mut number: u128) -> String {
    let mut text = [b'0'; 22];
    for place in text.iter_mut().rev() {
        let digit = usize::try_from(number % 62).unwrap_or(0);
        *place = DIGITS.get(digit).copied().unwrap_or(b'0');
        number /= 62;
    }
    text.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn time(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn keys_read_as_the_contract_says() {
        let first = Timestamp::parse("2026-01-31T08:00:00.1239Z").unwrap();
        let key = |kind| Identity { server: None, kind }.key();
        assert_eq!(&*key(Kind::Strong { hint: "h", later_part: None }), "h");
        assert_eq!(
            &*key(Kind::Weak { hint: "h", actor: "a", later_part: Some(first) }),
            "h#2026-01-31T08:00:00.123Z"
        );
        assert_eq!(
            &*key(Kind::Fallback { actor: "a", first }),
            "fallback:a:2026-01-31T08:00:00.123Z"
        );
    }

    #[test]
    fn sessions_that_differ_have_different_ids() {
        let first = Timestamp::parse("2026-01-31T08:00:00Z").unwrap();
        let kinds = [
            Kind::Strong { hint: "h", later_part: None },
            Kind::Strong { hint: "h", later_part: Some(first) },
            Kind::Strong { hint: "h", later_part: Some(first.plus_micros(1)) },
            Kind::Strong { hint: "h#2026-01-31T08:00:00.000Z", later_part: None },
            Kind::Strong { hint: "fallback:a:2026-01-31T08:00:00.000Z", later_part: None },
            Kind::Weak { hint: "h", actor: "a", later_part: None },
            Kind::Weak { hint: "h", actor: "b", later_part: None },
            Kind::Weak { hint: "ha", actor: "", later_part: None },
            Kind::Weak { hint: "h", actor: "a", later_part: Some(first) },
            Kind::Fallback { actor: "a", first },
            Kind::Fallback { actor: "a", first: first.plus_micros(1) },
            Kind::Fallback { actor: "h", first },
        ];
        let servers = [None, Some(""), Some("s")];
        let mut ids: Vec<Box<str>> = servers
            .into_iter()
            .flat_map(|server| kinds.map(|kind| Identity { server, kind }.id()))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), servers.len() * kinds.len());
    }

    #[test]
    fn an_id_never_changes_between_versions() {
        let kind = Kind::Weak { hint: "conv-1", actor: "a", later_part: Some(time(7)) };
        let id = Identity { server: Some("s"), kind }.id();
        assert_eq!(id.len(), 26);
        assert!(id.strip_prefix("ses_").unwrap().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(&*id, PINNED);
    }

    const PINNED: &str = "ses_52dwntxDYsQRq33CDoYQHy";

    #[test]
    fn an_id_holds_its_number() {
        for number in [0, 61, 62, u128::MAX] {
            assert_eq!(session_number(&format!("ses_{}", base62(number))), Some(number));
        }
        for other in [
            "",
            "ses_",
            "ses_1",
            "top_0000000000000000000000",
            "ses_zzzzzzzzzzzzzzzzzzzzzz",
            "ses_000000000000000000000-",
            "ses_00000000000000000000é",
        ] {
            assert_eq!(session_number(other), None, "{other}");
        }
    }
}
