//! What a reading gave, beside the events themselves.

use mcp_insights_events::{Input, Progress, Rejection, Unreadable};

use crate::build::take_in;
use crate::{Error, Options};

/// The account of a reading: what was taken, what was refused and why.
#[derive(Clone, Debug, Default)]
pub struct ReadReport {
    /// Events held, each id once.
    pub accepted: u64,
    /// Events dropped because their id was held already.
    pub duplicates: u64,
    /// Events held by kind as received, by name.
    pub events_by_kind: Vec<(String, u64)>,
    /// Every refused record, by source and offset.
    pub rejections: Vec<Rejection>,
    /// Files inside given folders that could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl ReadReport {
    /// Reads inputs for the account alone: nothing is analysed, embedded or grouped.
    ///
    /// # Errors
    /// As [`Engine::read`](crate::Engine::read), registries aside.
    pub fn of(
        inputs: Vec<Input>,
        options: &Options,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, Error> {
        take_in(inputs, options, progress).map(|(_, report, _)| report)
    }
}
