//! Texts end to end.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Rows;

/// A text of an [`Arena`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Offset of its first byte.
    pub start: u64,
    /// Length in bytes.
    pub length: u32,
}

/// Texts end to end, each found by where it stands.
#[derive(Clone, Debug, Default)]
pub struct Arena(Rows<u8>);

impl Arena {
    /// Appends a text.
    pub fn push(&mut self, text: &str) -> Span {
        let start = self.0.append_together(text.as_bytes().iter().copied()) as u64;
        Span { start, length: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    /// The text of a span; empty for a span of another arena.
    #[must_use]
    pub fn get(&self, span: Span) -> &str {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let bytes = self.0.range(start..start.saturating_add(span.length as usize));
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// Bytes of all texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text, or only empty ones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the texts of another arena; their spans move by what was there before.
    pub fn append(&mut self, other: Self) {
        self.0.append(other.0);
    }

    /// Lets go of the texts.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// As bytes.
impl Serialize for Arena {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Arena {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <&[u8]>::deserialize(deserializer)?;
        std::str::from_utf8(bytes).map_err(D::Error::custom)?;
        Ok(Self(bytes.to_vec().into()))
    }
}
