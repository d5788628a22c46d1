//! What entries hold: texts, known by their hashes.

use std::fmt;

use mcp_insights_events::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::xxhash3_64::Hasher;

/// What a text is. Texts of two kinds are never in one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A folded intent.
    Intent,
    /// A folded text that looked for what the API can do.
    Discovery,
    /// A folded text that looked for data behind the API.
    Content,
    /// A capability request that says nothing; its text is empty.
    WordlessRequest,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Discovery => "discovery",
            Self::Content => "content",
            Self::WordlessRequest => "wordless_request",
        }
    }
}

/// A text with its kind as a number: xxh3 of both, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberHash(u64);

impl MemberHash {
    /// The hash of a folded text of a kind.
    #[must_use]
    pub fn of(kind: Kind, text: &str) -> Self {
        Self(Hasher::oneshot([kind.name().as_bytes(), &[0], text.as_bytes()].concat().as_slice()))
    }
}

impl fmt::Display for MemberHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl Serialize for MemberHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemberHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let is_plain = digits.len() == 16
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        u64::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| is_plain)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a member is 16 lower-case hexadecimal digits"))
    }
}

/// One distinct text as found now, with the group that it was put into.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// What it is.
    pub kind: Kind,
    /// The folded text; no two members share kind and text.
    pub text: &'a str,
    /// Its unit vector; empty or zero where it has none.
    pub vector: &'a [f32],
    /// How much it weighs where a group comes apart: its sessions.
    pub weight: u32,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// The group that it was found in, any number; none where it belongs nowhere. Equal numbers of two kinds are two groups.
    pub group: Option<u32>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn one_text_of_two_kinds_is_two_members() {
        let (left, right) =
            (MemberHash::of(Kind::Discovery, "refund"), MemberHash::of(Kind::Content, "refund"));
        assert_ne!(left, right);
        assert_eq!(left, MemberHash::of(Kind::Discovery, "refund"));
    }

    #[test]
    fn hash_is_written_as_sixteen_digits_and_read_back() {
        let json = serde_json::to_string(&MemberHash(10)).unwrap();
        assert_eq!(json, "\"000000000000000a\"");
        assert_eq!(serde_json::from_str::<MemberHash>(&json).unwrap(), MemberHash(10));
        for broken in ["\"a\"", "\"000000000000000A\"", "\"+00000000000000a\"", "7"] {
            assert!(serde_json::from_str::<MemberHash>(broken).is_err(), "{broken}");
        }
    }
}
