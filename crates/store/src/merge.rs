//! Rows of several segments and log files in one order, without those that are to go.

use std::collections::HashSet;
use std::sync::Arc;
use std::vec;

use bytes::Bytes;

use crate::StoreError;
use crate::log::file::{Log, Place};
use crate::segment::read::Segment;
use crate::segment::row::Row;

/// Which rows go.
#[derive(Debug)]
pub(crate) struct Filter<'a> {
    /// Those that another took the place of.
    pub(crate) replaced: HashSet<u64>,
    /// Those of this actor.
    pub(crate) without: Option<&'a str>,
}

/// What became of rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Rows that came out of a log and stay.
    pub(crate) from_logs: u64,
    /// Rows that went because they were replaced.
    pub(crate) replaced: u64,
    /// Other rows that went because of their actor.
    pub(crate) forgotten: u64,
}

impl Filter<'_> {
    /// Whether a segment holds a row that goes.
    pub(crate) fn takes_from(&self, segment: &Segment) -> Result<bool, StoreError> {
        let range = segment.entry.first..=segment.entry.last;
        let any_replaced = self.replaced.iter().any(|sequence| range.contains(sequence));
        if !any_replaced && self.without.is_none() {
            return Ok(false);
        }
        for group in 0..segment.row_groups()? {
            if let Some(actor) = self.without {
                let actors = segment.read_actors(group)?;
                if actors.iter().any(|found| found.data() == actor.as_bytes()) {
                    return Ok(true);
                }
            }
            if any_replaced {
                let sequences = segment.read_sequences(group)?;
                if sequences.iter().any(|sequence| self.replaced.contains(sequence)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn keeps(&self, sequence: u64, actor_id: &[u8], tally: &mut Tally) -> bool {
        if self.replaced.contains(&sequence) {
            tally.replaced += 1;
            return false;
        }
        if self.without.is_some_and(|actor| actor.as_bytes() == actor_id) {
            tally.forgotten += 1;
            return false;
        }
        true
    }
}

/// The rows of segments and log files, by (`started_at`, `sequence`).
pub(crate) struct Merge<'a> {
    filter: &'a Filter<'a>,
    sources: Vec<(Row, Source<'a>)>,
    tally: Tally,
}

enum Source<'a> {
    Logs(LogRows<'a>),
    Segment(SegmentRows<'a>),
}

struct LogRows<'a> {
    logs: &'a [Arc<Log>],
    /// When it began, its sequence, which log it stands in, and where.
    order: vec::IntoIter<(i64, u64, usize, Place)>,
}

struct SegmentRows<'a> {
    segment: &'a Segment,
    next_group: usize,
    rows: vec::IntoIter<Row>,
}

impl<'a> Merge<'a> {
    pub(crate) fn new(
        segments: &'a [Arc<Segment>],
        logs: &'a [Arc<Log>],
        filter: &'a Filter<'a>,
    ) -> Result<Self, StoreError> {
        let mut merge = Self { filter, sources: Vec::new(), tally: Tally::default() };
        let in_logs = LogRows::new(logs, filter, &mut merge.tally)?;
        merge.add(Source::Logs(in_logs))?;
        for segment in segments {
            let rows = Vec::new().into_iter();
            merge.add(Source::Segment(SegmentRows { segment, next_group: 0, rows }))?;
        }
        Ok(merge)
    }

    fn add(&mut self, mut source: Source<'a>) -> Result<(), StoreError> {
        let first = source.next(self.filter, &mut self.tally)?;
        self.sources.extend(first.map(|first| (first, source)));
        Ok(())
    }

    /// The next row; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, StoreError> {
        // There are a handful of sources.
        let sources = self.sources.iter_mut().enumerate();
        let Some((index, (row, source))) = sources.min_by_key(|(_, (row, _))| row.order()) else {
            return Ok(None);
        };
        match source.next(self.filter, &mut self.tally)? {
            Some(next) => Ok(Some(std::mem::replace(row, next))),
            None => Ok(Some(self.sources.swap_remove(index).0)),
        }
    }

    /// What became of the rows so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }
}

impl Source<'_> {
    fn next(&mut self, filter: &Filter<'_>, tally: &mut Tally) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Logs(rows) => rows.next(),
            Self::Segment(rows) => rows.next(filter, tally),
        }
    }
}

impl<'a> LogRows<'a> {
    fn new(
        logs: &'a [Arc<Log>],
        filter: &Filter<'_>,
        tally: &mut Tally,
    ) -> Result<Self, StoreError> {
        let mut order = Vec::new();
        for (index, log) in logs.iter().enumerate() {
            let bytes = log.bytes()?;
            for (sequence, place) in log.records() {
                let event = log.decode(log.payload_in(&bytes, place)?)?;
                if filter.keeps(sequence, event.actor_id.as_bytes(), tally) {
                    order.push((event.started_at.micros(), sequence, index, place));
                }
            }
        }
        tally.from_logs += order.len() as u64;
        order.sort_unstable_by_key(|(started_at, sequence, _, _)| (*started_at, *sequence));
        Ok(Self { logs, order: order.into_iter() })
    }

    fn next(&mut self) -> Result<Option<Row>, StoreError> {
        let next = self.order.next();
        let next =
            next.and_then(|(_, sequence, log, place)| Some((sequence, self.logs.get(log)?, place)));
        let Some((sequence, log, place)) = next else { return Ok(None) };
        let payload = Bytes::from(log.payload(place)?);
        let event = log.decode(&payload)?;
        Ok(Some(Row::of_record(sequence, &event, &payload)))
    }
}

impl SegmentRows<'_> {
    fn next(&mut self, filter: &Filter<'_>, tally: &mut Tally) -> Result<Option<Row>, StoreError> {
        loop {
            for row in self.rows.by_ref() {
                if filter.keeps(row.sequence, row.actor_id.data(), tally) {
                    return Ok(Some(row));
                }
            }
            if self.next_group == self.segment.row_groups()? {
                return Ok(None);
            }
            self.rows = self.segment.read_rows(self.next_group)?.into_iter();
            self.next_group += 1;
        }
    }
}
