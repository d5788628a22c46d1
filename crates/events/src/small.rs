//! The parts of small sources, put together.

use std::sync::{Mutex, PoisonError};

use crate::Collector;

/// Parts that hold what several sources gave, each with the number of its first source. There are as many as threads add at a time.
pub(crate) struct SmallParts<P>(Mutex<Vec<(u32, P)>>);

impl<P> Default for SmallParts<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P> SmallParts<P> {
    /// Adds the part of a source that was read as a whole; gives it back where the collector keeps it apart.
    pub(crate) fn add<C: Collector<Part = P>>(
        &self,
        collector: &C,
        source: u32,
        part: P,
    ) -> Option<P> {
        let whole = self.parts().pop();
        let (whole, apart) = match whole {
            None => ((source, part), None),
            Some((first, mut whole)) => {
                let apart = collector.absorb(&mut whole, part);
                ((first.min(source), whole), apart)
            }
        };
        self.parts().push(whole);
        apart
    }

    pub(crate) fn into_parts(self) -> Vec<(u32, P)> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, Vec<(u32, P)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
