//! Who stores events, and what he knows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mcp_insights_registry::Registry;
use mcp_insights_store::{NewEvent, Sequence, Storage};
use parking_lot::MutexGuard;

use crate::durable::growing::Growing;
use crate::durable::joiner::{Joiner, Point, Stored};
use crate::durable::judge::Judged;
use crate::durable::known::Known;
use crate::durable::sent::Sent;
use crate::durable::state::{Begun, State, Taken, write_registry};
use crate::error::Error;
use crate::options::Options;

/// What is needed to store events. What they mean is joined to what is computed beside it, by the [`Joiner`].
pub(crate) struct Writer {
    storage: Arc<dyn Storage>,
    options: Options,
    known: Known,
    joiner: Arc<Joiner>,
    /// Whether it is not known what is stored, so that it must be read again.
    is_unsure: bool,
    /// Whether events are stored that are to join [later](Joins::Later).
    lags: bool,
}

/// When stored events join what is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joins {
    /// In a moment, event by event, which costs what is new.
    Soon,
    /// When everything is read again, which is cheaper where much is new.
    Later,
}

/// What became of batches.
pub(crate) struct Outcome {
    /// Of each how many of its events were known already.
    pub(crate) duplicates: Vec<u64>,
    /// Up to where events join before all of them are seen.
    pub(crate) seen_at: Point,
}

impl Writer {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        options: Options,
        known: Known,
        joiner: Arc<Joiner>,
    ) -> Self {
        Self { storage, options, known, joiner, is_unsure: false, lags: false }
    }

    /// What is computed of everything stored so far. What waits to join does so first; where something could not, everything is read again.
    pub(crate) fn growing(&mut self) -> Result<MutexGuard<'_, Growing>, Error> {
        if !self.is_whole() {
            self.reload()?;
        }
        Ok(self.joiner.growing())
    }

    /// Changes that, and shows it where it has changed.
    pub(crate) fn change(
        &mut self,
        change: impl FnOnce(&mut Growing) -> bool,
    ) -> Result<(), Error> {
        drop(self.growing()?);
        // A panic would leave half of the change.
        self.is_unsure = true;
        let mut growing = self.joiner.growing();
        if change(&mut growing) {
            self.joiner.publish(&growing);
        }
        self.is_unsure = false;
        Ok(())
    }

    /// Whether it has all that is stored, when what waits to join has done so.
    pub(crate) fn is_whole(&self) -> bool {
        drop(self.joiner.growing());
        !self.is_unsure && !self.lags && !self.joiner.is_broken()
    }

    /// What is stored is about to change, so that it must be read again, unless it [did not](Self::is_unchanged).
    pub(crate) fn is_changing(&mut self) {
        self.is_unsure = true;
    }

    /// What is stored did not change.
    pub(crate) fn is_unchanged(&mut self) {
        self.is_unsure = false;
    }

    /// What has been taken in, for a checkpoint or to be grouped anew.
    pub(crate) fn taken(&mut self) -> Result<Taken, Error> {
        let basis = self.growing()?.basis();
        Ok(Taken { basis, known: self.known.clone(), next: self.storage.next_sequence() })
    }

    /// Stores the events of batches. They are durable when it returns.
    pub(crate) fn store(
        &mut self,
        batches: Vec<Arc<Sent>>,
        joins: Joins,
    ) -> Result<Outcome, Error> {
        let lags = self.lags && joins == Joins::Soon;
        if self.is_unsure || lags || self.joiner.is_broken() {
            self.reload()?;
        }
        let (storage, bounds) = (self.storage.as_ref(), &self.options.read);
        let judged = Judged::of(&batches, &self.known, storage, bounds)?;
        let Judged { fresh, leaving, duplicates } = judged;
        if fresh.is_empty() {
            return Ok(Outcome { duplicates, seen_at: self.joiner.last_queued() });
        }
        if !leaving.is_empty() {
            // What joins before may still read what is replaced, which tidying up then removes.
            self.joiner.wait_for(self.joiner.last_queued());
        }
        let rows = fresh.iter().filter_map(|one| Some(one.of(&batches)?.row(one.replaces)));
        let rows: Vec<NewEvent<'_>> = rows.collect();
        // A panic would leave open whether they are, and whether they join.
        self.is_unsure = true;
        let stored = self.storage.append(&rows);
        self.is_unsure = stored.is_ok();
        let first = stored?;
        for (sequence, one) in (first.0..).map(Sequence).zip(&fresh) {
            self.known.insert(one.identity, sequence);
        }
        let mut is_joining = true;
        match joins {
            Joins::Soon => {
                is_joining = self.joiner.push(Stored { batches, fresh, first, leaving });
            }
            Joins::Later => self.lags = true,
        }
        self.is_unsure = false;
        if !is_joining {
            self.try_to_reload();
        }
        Ok(Outcome { duplicates, seen_at: self.joiner.last_queued() })
    }

    /// Reads everything again, and shows it.
    pub(crate) fn reload(&mut self) -> Result<(), Error> {
        self.is_unsure = true;
        let registry = self.joiner.growing().registry().clone();
        let state = State::read(registry, Arc::clone(&self.storage), self.options.clone())?;
        self.take(state);
        Ok(())
    }

    /// The same where nobody is to be told that it fails, as what was sent is durable. Who tries it the next time is.
    pub(crate) fn try_to_reload(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.reload()));
        self.joiner.release();
    }

    fn take(&mut self, state: State) {
        self.known = state.known;
        self.joiner.replace(state.growing);
        self.is_unsure = false;
        self.lags = false;
    }

    /// Stores ids and edits, and shows them.
    pub(crate) fn keep_registry(&mut self, registry: Registry) -> Result<(), Error> {
        write_registry(self.storage.as_ref(), &registry)?;
        self.change(|growing| {
            growing.edited(registry);
            true
        })
    }

    /// What has begun anew takes the place of what there is, with the events that came meanwhile, and is shown.
    pub(crate) fn adopt(&mut self, begun: Begun) -> Result<(), Error> {
        let registry = begun.registry().clone();
        let state = match begun.caught_up()? {
            Some(state) => state,
            // What cannot be taken in event by event is read again.
            None => State::read(registry, Arc::clone(&self.storage), self.options.clone())?,
        };
        write_registry(self.storage.as_ref(), state.growing.registry())?;
        self.take(state);
        Ok(())
    }
}
