//! Sessions as bytes, so that they need not be made again.

use std::sync::Arc;

use mcp_insights_events::{TextId, TextTable};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::columns::{Columns, concatenate, extend};
use crate::{CommonWords, Session, Sessions, UnattachedEvent};

/// Sessions in one part: few enough for all threads to have work, many enough to be few parts.
const IN_A_PART: usize = 1 << 15;

/// All that counts of [`Sessions`], as bytes.
///
/// The bytes mean something to the very version that wrote them, and must come back as they were: put a version and a checksum
/// around them.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The texts.
    pub texts: Vec<u8>,
    /// What belongs to no one session.
    pub shared: Vec<u8>,
    /// The sessions with all that happened in them, in order.
    pub parts: Vec<Vec<u8>>,
}

/// Bytes that are no kept sessions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are no kept sessions: {0}")]
pub struct Unreadable(#[from] postcard::Error);

/// What belongs to no one session.
#[derive(Serialize, Deserialize)]
struct SharedPart {
    unattached: Vec<UnattachedEvent>,
    identifiers: Vec<((Option<TextId>, TextId), TextId)>,
    common_words: CommonWords,
}

impl Sessions {
    /// What counts of these sessions, as bytes. What was replaced stays out.
    ///
    /// # Errors
    /// None are known: writing to memory does not fail.
    pub fn keep(&self) -> Result<Kept, Unreadable> {
        let texts: Vec<&str> = self.texts.iter().map(|(_, text)| text).collect();
        let mut identifiers: Vec<_> =
            self.identifiers.iter().map(|(actor, name)| (*actor, *name)).collect();
        identifiers.sort_unstable();
        let shared = SharedPart {
            unattached: self.loose().copied().collect(),
            identifiers,
            common_words: self.common_words.as_ref().clone(),
        };
        let parts = self
            .rows()
            .par_chunks(IN_A_PART)
            .map(|rows| Ok(postcard::to_allocvec(&self.part(rows))?))
            .collect::<Result<_, Unreadable>>()?;
        Ok(Kept {
            texts: postcard::to_allocvec(&texts)?,
            shared: postcard::to_allocvec(&shared)?,
            parts,
        })
    }

    /// The same without what was replaced, which takes no memory any more.
    #[must_use]
    pub fn compact(&self) -> Self {
        let parts = self.rows().par_chunks(IN_A_PART).map(|rows| self.part(rows)).collect();
        Self {
            texts: self.texts.clone(),
            unattached: self.loose().copied().collect(),
            identifiers: self.identifiers.clone(),
            common_words: Arc::clone(&self.common_words),
            ..concatenate(parts)
        }
    }

    fn part(&self, rows: &[u32]) -> Columns {
        let mut part = Columns::default();
        for session in rows.iter().filter_map(|row| self.get(*row)) {
            let turns = extend(&mut part.turns, of(self.turns.rows(&session.turns)));
            let events = extend(&mut part.events, of(self.events.rows(&session.events)));
            let calls = extend(&mut part.calls, of(self.calls.rows(&session.calls)));
            let searches = extend(&mut part.searches, of(self.searches.rows(&session.searches)));
            let requests = extend(&mut part.requests, of(self.requests.rows(&session.requests)));
            let session = session.clone();
            part.sessions.push(Session { turns, events, calls, searches, requests, ..session });
        }
        part
    }

    /// The sessions that [`Sessions::keep`] kept, with their texts under the same ids.
    ///
    /// # Errors
    /// [`Unreadable`] where these are none.
    pub fn restore<B: AsRef<[u8]> + Sync>(
        texts: &[u8],
        shared: &[u8],
        parts: &[B],
    ) -> Result<Self, Unreadable> {
        let (texts, (shared, parts)) = rayon::join(
            || table(texts),
            || {
                let parts: Result<Vec<Columns>, Unreadable> =
                    parts.par_iter().map(|part| Ok(postcard::from_bytes(part.as_ref())?)).collect();
                (postcard::from_bytes::<SharedPart>(shared), parts)
            },
        );
        let SharedPart { unattached, identifiers, common_words } = shared?;
        Ok(Self {
            texts: texts?,
            unattached: unattached.into(),
            identifiers: identifiers.into_iter().collect(),
            common_words: Arc::new(common_words),
            ..concatenate(parts?)
        })
    }
}

fn of<T: Copy>(rows: &[T]) -> impl Iterator<Item = T> {
    rows.iter().copied()
}

fn table(bytes: &[u8]) -> Result<TextTable, Unreadable> {
    let mut table = TextTable::default();
    for text in postcard::from_bytes::<Vec<&str>>(bytes)? {
        table.intern(text);
    }
    table.settle();
    Ok(table)
}
