//! Which sessions new events may change.

use std::ops::Range;

use hashbrown::HashMap;
use mcp_insights_events::Timestamp;
use mcp_insights_sessions::{Group, Session, Sessions, Settings, UnattachedEvent};

/// The rows of the sessions and loose events of each group.
pub(super) struct Homes(HashMap<Group, Home>);

/// Rows in order of time. Sessions of a group follow each other and never overlap.
#[derive(Default)]
struct Home {
    sessions: Vec<u32>,
    unattached: Vec<u32>,
}

/// The time from the start of the first to the end of the last of some events of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

impl Reach {
    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    /// By so much longer on both sides.
    fn wider(self, micros: i64) -> Self {
        Self { first: self.first.plus_micros(-micros), last: self.last.plus_micros(micros) }
    }
}

/// What is made anew.
#[derive(Default)]
pub(super) struct Retired {
    /// Rows of sessions.
    pub(super) sessions: Vec<u32>,
    /// Rows of loose events.
    pub(super) unattached: Vec<u32>,
    /// Where these stand in their homes.
    places: Vec<(Group, Places)>,
}

/// Ranges in order, none of which touches another.
struct Places {
    sessions: Vec<Range<usize>>,
    unattached: Vec<Range<usize>>,
}

impl Retired {
    /// How much it is.
    pub(super) fn rows(&self) -> usize {
        self.sessions.len() + self.unattached.len()
    }
}

impl Homes {
    pub(super) fn of(sessions: &Sessions) -> Self {
        let mut homes: HashMap<Group, Home> = HashMap::new();
        for (row, session) in sessions.numbered() {
            homes.entry(session.group).or_default().sessions.push(row);
        }
        for (row, event) in (0_u32..).zip(sessions.unattached.iter()) {
            if let Some(group) = event.group {
                homes.entry(group).or_default().unattached.push(row);
            }
        }
        for home in homes.values_mut() {
            home.unattached.sort_by_key(|row| unattached(sessions, *row).map(|one| one.started_at));
        }
        Self(homes)
    }

    /// The sessions and loose events that may be others when events of these groups come or go, each within its reach.
    ///
    /// Events only change sessions that lie within the idle gap of them, and events that make no session can move between sessions that
    /// lie within twice the gap. Of a group with a hint the first session is made anew as well: its id is another than it would be if it
    /// were a later one.
    pub(super) fn retired<'g>(
        &self,
        touched: impl IntoIterator<Item = (&'g Group, &'g Vec<Reach>)>,
        sessions: &Sessions,
        settings: &Settings,
    ) -> Retired {
        let mut retired = Retired::default();
        for (group, reaches) in touched {
            let Some(home) = self.0.get(group) else { continue };
            let gap = match group.hint {
                Some(_) => settings.hinted_idle_gap_micros,
                None => settings.idle_gap_micros,
            };
            let near = reaches.iter().map(|reach| home.near(*reach, sessions, gap.max(0)));
            let (own, loose): (Vec<_>, Vec<_>) = near.unzip();
            // Before the first one is looked at: ranges that touch may go together.
            let mut own = joined(own);
            if group.hint.is_some() {
                own = with_first(own, home.sessions.len());
            }
            let places = Places { sessions: own, unattached: joined(loose) };
            for range in &places.sessions {
                retired.sessions.extend(home.sessions.get(range.clone()).unwrap_or_default());
            }
            for range in &places.unattached {
                retired.unattached.extend(home.unattached.get(range.clone()).unwrap_or_default());
            }
            retired.places.push((*group, places));
        }
        retired
    }

    /// Lets go of what is made anew.
    pub(super) fn leave(&mut self, retired: &Retired) {
        for (group, places) in &retired.places {
            let Some(home) = self.0.get_mut(group) else { continue };
            // From behind, so that the other places stay what they are.
            for range in places.sessions.iter().rev() {
                home.sessions.drain(range.clone());
            }
            for range in places.unattached.iter().rev() {
                home.unattached.drain(range.clone());
            }
            if home.sessions.is_empty() && home.unattached.is_empty() {
                self.0.remove(group);
            }
        }
    }

    /// Takes the sessions and loose events of some rows in.
    pub(super) fn enter(&mut self, sessions: &Sessions, new: Range<u32>, loose: Range<u32>) {
        for row in new {
            let Some(session) = sessions.get(row) else { continue };
            let own = &mut self.0.entry(session.group).or_default().sessions;
            let is_earlier = |other: &Session| other.started_at <= session.started_at;
            let place = own.partition_point(|row| sessions.get(*row).is_some_and(is_earlier));
            own.insert(place, row);
        }
        for row in loose {
            let Some(event) = unattached(sessions, row) else { continue };
            let Some(group) = event.group else { continue };
            let own = &mut self.0.entry(group).or_default().unattached;
            let is_earlier = |other: &UnattachedEvent| other.started_at <= event.started_at;
            let place =
                own.partition_point(|row| unattached(sessions, *row).is_some_and(is_earlier));
            own.insert(place, row);
        }
    }
}

impl Home {
    /// The places of what may change within a reach.
    fn near(&self, reach: Reach, sessions: &Sessions, gap: i64) -> (Range<usize>, Range<usize>) {
        let within = |reach: Reach| {
            let has_ended = |session: &Session| session.ended_at < reach.first;
            let has_begun = |session: &Session| session.started_at <= reach.last;
            let start =
                self.sessions.partition_point(|row| sessions.get(*row).is_some_and(has_ended));
            let end =
                self.sessions.partition_point(|row| sessions.get(*row).is_some_and(has_begun));
            start..end.max(start)
        };
        let joined = within(reach.wider(gap));
        let ends = self.sessions.get(joined).unwrap_or_default();
        let ends = [ends.first(), ends.last()].into_iter().flatten();
        let reach = ends.filter_map(|row| sessions.get(*row)).fold(reach, |reach, session| {
            reach.with(Reach { first: session.started_at, last: session.ended_at })
        });
        let reach = reach.wider(gap.saturating_mul(2));
        let time = |row: &u32| unattached(sessions, *row).map(|event| event.started_at);
        let start = self.unattached.partition_point(|row| time(row) < Some(reach.first));
        let end = self.unattached.partition_point(|row| time(row) <= Some(reach.last));
        (within(reach), start..end.max(start))
    }
}

/// The same places in ranges that are in order and do not touch.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The same with the first of so many places, and where that was among them and all of its range may go, with the one that is the first
/// then.
fn with_first(mut ranges: Vec<Range<usize>>, places: usize) -> Vec<Range<usize>> {
    let gone = ranges.first().filter(|range| range.start == 0).map_or(0, |range| range.end);
    ranges.push(0..(gone + 1).min(places));
    joined(ranges)
}

fn unattached(sessions: &Sessions, row: u32) -> Option<&UnattachedEvent> {
    sessions.unattached.get(row as usize)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use mcp_insights_calls::{Extractor, Facts};
    use mcp_insights_events::{Collector, Event, Place, ReadSettings};
    use mcp_insights_sessions::sessionize;

    use super::*;

    /// Sessions of one actor an hour apart, with a hint or without.
    fn sessions(hint: Option<&str>) -> Sessions {
        let extractor = Extractor::default();
        let mut facts = Facts::default();
        for hour in 0..9 {
            let json = serde_json::json!({"event_id": format!("e{hour}"), "kind": "tool_call", "actor_id": "ann",
                "session_id_hint": hint, "started_at": format!("2026-01-31T0{hour}:00:00Z")})
            .to_string();
            let event = Event::parse(json.as_bytes(), &ReadSettings::default()).unwrap();
            let place = Place { source: 0, length: 0, offset: hour };
            extractor.add(&mut facts, &event, json.as_bytes(), place);
        }
        sessionize(facts, &settings(1_800_000_000))
    }

    fn settings(gap: i64) -> Settings {
        Settings { idle_gap_micros: gap, hinted_idle_gap_micros: gap, ..Settings::default() }
    }

    /// How many sessions are made anew for events within the sessions that begin with some hours.
    fn retired(hint: Option<&str>, hours: &[u32], gap: i64) -> usize {
        let sessions = sessions(hint);
        let touched = || hours.iter().filter_map(|hour| sessions.get(*hour));
        let reach = |session: &Session| Reach { first: session.started_at, last: session.ended_at };
        let reaches: Vec<Reach> = touched().map(reach).collect();
        let group = touched().next().unwrap().group;
        let homes = Homes::of(&sessions);
        homes.retired([(&group, &reaches)], &sessions, &settings(gap)).sessions.len()
    }

    #[test]
    fn of_a_long_history_few_sessions_are_made_anew() {
        const GAP: i64 = 1_800_000_000;
        // Its neighbours lie within twice the gap.
        assert_eq!(retired(None, &[4], GAP), 3);
        assert_eq!(retired(None, &[1, 2, 7], GAP), 7, "not what lies between");
        assert_eq!(retired(Some("conv-1"), &[4], GAP), 4, "and the first one");
        assert_eq!(retired(Some("conv-1"), &[0], GAP), 3, "and the one that may be the first then");
        assert_eq!(retired(Some("conv-1"), &[7, 1], GAP), 7);
        assert_eq!(retired(None, &[4], i64::MAX), 9, "without a gap all belong together");
    }
}
