//! Idle cuts: which part of a conversation an event belongs to.

use mcp_insights_events::Timestamp;

/// What the cuts look at of one event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Timestamp,
    pub(crate) is_work: bool,
}

/// A part of a conversation without a long pause. Parts of one conversation follow each other and never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Start of its first work event.
    pub(crate) started_at: Timestamp,
    /// Latest end of a work event.
    pub(crate) ended_at: Timestamp,
}

/// Cuts conversations; kept between calls so that a conversation costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// The parts of the conversation that was cut last, in order.
    pub(crate) parts: Vec<Part>,
    /// For each of its events the part that it belongs to.
    pub(crate) part_of: Vec<Option<u32>>,
}

impl Cuts {
    /// Cuts the events of one conversation, given in event order, where nothing went on for more than `gap`.
    ///
    /// Work makes the parts. Other events join the first part that has not ended before them, where that begins
    /// within the gap, else the last part that ended within the gap before them, else none.
    pub(crate) fn cut(&mut self, events: impl Iterator<Item = Moment> + Clone, gap_micros: i64) {
        let gap = gap_micros.max(0);
        self.parts.clear();
        self.part_of.clear();
        for event in events.clone() {
            let part = event.is_work.then(|| self.extend(event, gap));
            self.part_of.push(part);
        }
        for (event, part) in events.zip(&mut self.part_of) {
            if part.is_none() {
                *part = nearest(&self.parts, event.started_at, gap);
            }
        }
    }

    fn extend(&mut self, event: Moment, gap: i64) -> u32 {
        match self.parts.last_mut() {
            Some(part) if event.started_at.micros_since(part.ended_at) <= gap => {
                part.ended_at = part.ended_at.max(event.ended_at);
            }
            _ => self.parts.push(Part { started_at: event.started_at, ended_at: event.ended_at }),
        }
        number(self.parts.len() - 1)
    }
}

fn nearest(parts: &[Part], time: Timestamp, gap: i64) -> Option<u32> {
    let next = parts.partition_point(|part| part.ended_at < time);
    let starts_soon = |part: &Part| part.started_at.micros_since(time) <= gap;
    if parts.get(next).is_some_and(starts_soon) {
        return Some(number(next));
    }
    let previous = next.checked_sub(1)?;
    let ended = parts.get(previous)?.ended_at;
    (time.micros_since(ended) <= gap).then(|| number(previous))
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: i64 = 30;

    fn cut(events: &[(i64, i64, bool)]) -> (Vec<(i64, i64)>, Vec<Option<u32>>) {
        let moments = events.iter().map(|(start, end, is_work)| Moment {
            started_at: Timestamp::from_micros(*start),
            ended_at: Timestamp::from_micros(*end),
            is_work: *is_work,
        });
        let mut cuts = Cuts::default();
        cuts.cut(moments, GAP);
        let micros = |part: &Part| (part.started_at.micros(), part.ended_at.micros());
        (cuts.parts.iter().map(micros).collect(), cuts.part_of)
    }

    #[test]
    fn a_pause_of_exactly_the_gap_does_not_cut() {
        assert_eq!(cut(&[(0, 5, true), (35, 35, true)]).0, [(0, 35)]);
        assert_eq!(cut(&[(0, 5, true), (36, 36, true)]).0, [(0, 5), (36, 36)]);
    }

    #[test]
    fn the_latest_end_counts_not_the_last_one() {
        assert_eq!(cut(&[(0, 100, true), (10, 11, true), (120, 121, true)]).0, [(0, 121)]);
    }

    #[test]
    fn other_events_neither_create_nor_extend_nor_bridge() {
        assert_eq!(cut(&[(0, 0, false)]), (vec![], vec![None]));
        let (parts, part_of) = cut(&[(0, 0, true), (20, 20, false), (40, 40, true)]);
        assert_eq!(parts, [(0, 0), (40, 40)]);
        assert_eq!(part_of, [Some(0), Some(1), Some(1)], "the part that has not ended comes first");
    }

    #[test]
    fn an_event_before_the_first_part_joins_it_within_the_gap() {
        assert_eq!(cut(&[(0, 0, false), (30, 31, true)]).1, [Some(0), Some(0)]);
        assert_eq!(cut(&[(0, 0, false), (31, 31, true)]).1, [None, Some(0)]);
    }

    #[test]
    fn an_event_joins_the_part_that_ended_before_where_the_next_is_far() {
        let events = [(0, 0, true), (10, 10, false), (50, 50, false), (99, 99, true)];
        assert_eq!(cut(&events).1, [Some(0), Some(0), None, Some(1)]);
    }

    #[test]
    fn an_event_at_the_end_of_a_part_belongs_to_it() {
        let events = [(0, 10, true), (10, 10, false), (11, 11, false)];
        assert_eq!(cut(&events).1, [Some(0), Some(0), Some(0)]);
    }

    #[test]
    fn a_negative_gap_counts_as_none() {
        let moment = |start| Moment {
            started_at: Timestamp::from_micros(start),
            ended_at: Timestamp::from_micros(start),
            is_work: true,
        };
        let mut cuts = Cuts::default();
        cuts.cut([moment(1), moment(1), moment(2)].into_iter(), -5);
        assert_eq!(cuts.part_of, [Some(0), Some(0), Some(1)]);
    }
}
