//! How many rows a list may have.

use std::fmt;

/// The most rows that a list answers with: 1..500, 50 where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit(u16);

impl Limit {
    /// The most that can be asked for.
    pub const MOST: Self = Self(500);

    /// A limit of so many rows; none outside of 1..500, which is never clamped.
    #[must_use]
    pub fn new(rows: usize) -> Option<Self> {
        let rows = u16::try_from(rows).ok()?;
        (1..=Self::MOST.0).contains(&rows).then_some(Self(rows))
    }

    /// So many rows.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
