//! Counting: one pass over sessions and what happened in them.

use mcp_insights_calls::FailureClass;
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_sessions::{MemberEvent, Session, Sessions};
use rayon::prelude::*;

use crate::counts::Counts;
use crate::history::{ServerFilter, ends, rows};
use crate::partial::Partial;
use crate::window::{Place, Places, Window};

/// Sessions that one task counts before its partial merges into the others.
pub(crate) const SESSIONS_A_TASK: usize = 8192;

impl Partial {
    /// Counts everything that the overview shows of a window and the one before.
    ///
    /// Sessions count by their start; calls, searches, capability requests and events by their own time. Synthetic
    /// sessions count nowhere but in `excluded_workflow_events`. `is_repeat` says of the session of a row whether it repeats
    /// an earlier one.
    #[must_use]
    pub fn collect(
        sessions: &Sessions,
        is_repeat: &(dyn Fn(u32) -> bool + Sync),
        window: &Window,
        filter: ServerFilter,
    ) -> Self {
        let rows = sessions.rows();
        let mut partial = rows
            .par_chunks(SESSIONS_A_TASK)
            .map(|rows| {
                let mut counting = Counting::new(sessions, window);
                for row in rows {
                    let session = sessions.get(*row);
                    if let Some(session) = session.filter(|one| filter.holds(one.server)) {
                        counting.add(session, is_repeat(*row));
                    }
                }
                counting.partial
            })
            .reduce(
                || Self::empty(window),
                |mut all, part| {
                    all.merge(part);
                    all
                },
            );
        for event in sessions.loose().filter(|event| filter.holds(event.server)) {
            partial.held.add(1, event.started_at, event.started_at);
            partial.add_events(u64::from(window.contains(event.started_at)), event.is_workflow);
        }
        partial
    }

    fn add_events(&mut self, events: u64, synthetic: bool) {
        if synthetic {
            self.excluded_workflow_events += events;
        } else {
            self.events += events;
        }
    }

    /// Where something that happened at a place counts, if anywhere.
    fn counts_at(&mut self, place: Place) -> Option<&mut Counts> {
        match place {
            Place::Bucket(bucket) => self.points.get_mut(bucket),
            Place::Previous => Some(&mut self.previous),
            Place::Outside => None,
        }
    }
}

/// A partial that grows, with what the pass needs beside it.
struct Counting<'a> {
    sessions: &'a Sessions,
    places: Places,
    partial: Partial,
    /// Tools and failure classes of the session at hand.
    tools: Vec<TextId>,
    classes: Vec<FailureClass>,
}

impl<'a> Counting<'a> {
    fn new(sessions: &'a Sessions, window: &Window) -> Self {
        Self {
            sessions,
            places: window.places(),
            partial: Partial::empty(window),
            tools: Vec::new(),
            classes: Vec::new(),
        }
    }

    fn add(&mut self, session: &Session, is_repeat: bool) {
        self.add_events(session);
        // Nothing of a session happens before its first or after its last work event, but for events that are no work.
        let window = self.places.window;
        let reached = session.started_at < window.end && session.ended_at >= window.previous_start;
        if session.is_workflow || !reached {
            return;
        }
        self.add_session(session, is_repeat);
        self.add_calls(session);
        self.add_searches_and_requests(session);
    }

    fn add_events(&mut self, session: &Session) {
        let events = rows(&self.sessions.events, &session.events);
        let Some((first, last)) = ends(events) else {
            return;
        };
        self.partial.held.add(events.len() as u64, first, last);
        let window = self.places.window;
        let within = if window.contains(first) && window.contains(last) {
            events.len()
        } else {
            let before = |end: Timestamp| {
                events.partition_point(|event: &MemberEvent| event.started_at < end)
            };
            before(window.end) - before(window.start)
        };
        self.partial.add_events(within as u64, session.is_workflow);
    }

    fn add_session(&mut self, session: &Session, is_repeat: bool) {
        let place = self.places.of(session.started_at);
        if let Some(counts) = self.partial.counts_at(place) {
            counts.sessions.add(session, is_repeat);
        }
        match place {
            Place::Bucket(_) => {
                self.partial.actors.insert(session.actor);
                self.partial.clients.entry(session.client_name).or_default().sessions += 1;
                self.add_tools_and_classes(session);
            }
            Place::Previous => {
                self.partial.previous_actors.insert(session.actor);
            }
            Place::Outside => {}
        }
    }

    /// Counts the session once for each tool and failure class of its calls, whenever these were.
    fn add_tools_and_classes(&mut self, session: &Session) {
        self.tools.clear();
        self.classes.clear();
        for call in rows(&self.sessions.calls, &session.calls) {
            // Runs of one tool are the common case.
            if call.tool.is_some() && self.tools.last() != call.tool.as_ref() {
                self.tools.extend(call.tool);
            }
            self.classes.extend(call.failure_class);
        }
        self.tools.sort_unstable();
        self.tools.dedup();
        self.classes.sort_unstable();
        self.classes.dedup();
        for tool in &self.tools {
            self.partial.tools.entry(*tool).or_default().sessions += 1;
        }
        for class in &self.classes {
            self.partial.failures.entry(*class).or_default().sessions += 1;
        }
    }

    fn add_calls(&mut self, session: &Session) {
        let turns = rows(&self.sessions.turns, &session.turns);
        let (mut calls, mut errors) = (0, 0);
        for call in rows(&self.sessions.calls, &session.calls) {
            let place = self.places.of(call.started_at);
            let Some(counts) = self.partial.counts_at(place) else {
                continue;
            };
            counts.calls.add(call);
            if place == Place::Previous {
                continue;
            }
            let turn = call.turn.and_then(|turn| turns.get(turn as usize));
            counts.attributed_calls +=
                u64::from(turn.is_some_and(|turn| turn.raw_intent.is_some()));
            calls += 1;
            errors += u64::from(call.reported_failure);
            if let Some(tool) = call.tool {
                self.partial.tools.entry(tool).or_default().calls.add(call);
            }
            if let Some(class) = call.failure_class {
                self.partial.failures.entry(class).or_default().calls += 1;
                if let Some(text) = call.failure_text {
                    *self.partial.failure_texts.entry((class, text)).or_default() += 1;
                }
            }
        }
        if calls > 0 {
            let client = self.partial.clients.entry(session.client_name).or_default();
            client.calls += calls;
            client.errors += errors;
        }
    }

    fn add_searches_and_requests(&mut self, session: &Session) {
        for search in rows(&self.sessions.searches, &session.searches) {
            if let Some(counts) = self.partial.counts_at(self.places.of(search.at)) {
                counts.searches.add(search);
            }
        }
        for request in rows(&self.sessions.requests, &session.requests) {
            if let Some(counts) = self.partial.counts_at(self.places.of(request.at)) {
                counts.capability_requests += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::sample::{self, DAY, Sketched, Step, add_unattached, data, now, part};
    use crate::window::Range;

    fn week() -> Window {
        Window::new(Range::Week, now())
    }

    fn collect(data: &(Sessions, Vec<bool>)) -> Partial {
        Partial::collect(&data.0, &sample::repeats(&data.1), &week(), ServerFilter::All)
    }

    fn merged(mut left: Partial, right: &Partial) -> Partial {
        left.merge(right.clone());
        left
    }

    #[test]
    fn a_session_counts_by_its_start_and_its_calls_by_their_own_time() {
        let across = [(-8 * DAY, Step::Works("read", 5)), (-6 * DAY, Step::Works("read", 5))];
        let beyond = [(-1, Step::Works("list", 5)), (1, Step::Works("write", 5))];
        let partial =
            collect(&data(&[Sketched::new("ann", &across), Sketched::new("bob", &beyond)]));
        let sessions: u64 = partial.points.iter().map(|point| point.sessions.all).sum();
        let calls: u64 = partial.points.iter().map(|point| point.calls.all).sum();
        assert_eq!((sessions, calls), (1, 2));
        assert_eq!((partial.previous.sessions.all, partial.previous.calls.all), (1, 1));
        assert_eq!((partial.actors.len(), partial.previous_actors.len()), (1, 1));
    }

    #[test]
    fn synthetic_sessions_count_nowhere_but_as_left_out() {
        let steps = [(-DAY, Step::Works("read", 5)), (-DAY, Step::Searches(Some(0)))];
        let synthetic =
            Sketched { synthetic: true, init_before: Some(1), ..Sketched::new("ann", &steps) };
        let (mut sessions, is_repeat) = data(&[synthetic]);
        add_unattached(&mut sessions, -DAY, true);
        add_unattached(&mut sessions, -DAY, false);
        add_unattached(&mut sessions, -8 * DAY, true);
        let partial = collect(&(sessions, is_repeat));
        assert_eq!((partial.events, partial.excluded_workflow_events), (1, 4));
        assert_eq!(partial.held.events, 6);
        assert_eq!(partial.points, Partial::empty(&week()).points);
        assert!(
            partial.tools.is_empty() && partial.clients.is_empty() && partial.actors.is_empty()
        );
    }

    #[test]
    fn an_event_before_the_first_work_of_its_session_counts_by_its_own_time() {
        // The session starts after now; its session_init lies before.
        let late = Sketched {
            init_before: Some(2),
            ..Sketched::new("ann", &[(1, Step::Works("read", 5))])
        };
        let partial = collect(&data(&[late]));
        assert_eq!(partial.events, 1);
        assert_eq!(partial.actors.len(), 0);
    }

    #[test]
    fn a_session_counts_once_for_each_tool_and_class_that_it_has() {
        use mcp_insights_calls::FailureClass::Timeout;
        let steps = [
            (-9, Step::Fails("read", Timeout, "timed out")),
            (-8, Step::Works("list", 1)),
            (-7, Step::Fails("read", Timeout, "timed out")),
        ];
        let partial = collect(&data(&[Sketched::new("ann", &steps)]));
        let tools: Vec<(u64, u64)> =
            partial.tools.values().map(|tool| (tool.calls.all, tool.sessions)).collect();
        assert!(tools.contains(&(2, 1)) && tools.contains(&(1, 1)), "{tools:?}");
        assert_eq!(
            partial.failures.get(&Timeout).map(|class| (class.calls, class.sessions)),
            Some((2, 1))
        );
    }

    /// The counts of the window, told the long way round.
    fn plain(sessions: &Sessions) -> [u64; 6] {
        let window = week();
        let real = || sessions.sessions.iter().filter(|session| !session.is_workflow);
        let started = || real().filter(|session| window.contains(session.started_at));
        let calls = || {
            real()
                .flat_map(|session| rows(&sessions.calls, &session.calls))
                .filter(|call| window.contains(call.started_at))
        };
        let searches = real()
            .flat_map(|session| rows(&sessions.searches, &session.searches))
            .filter(|search| window.contains(search.at));
        let events = real()
            .flat_map(|session| rows(&sessions.events, &session.events))
            .filter(|event| window.contains(event.started_at));
        let actors: HashSet<TextId> = started().map(|session| session.actor).collect();
        [
            started().count() as u64,
            actors.len() as u64,
            calls().count() as u64,
            calls().filter(|call| call.reported_failure).count() as u64,
            searches.count() as u64,
            events.count() as u64,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn parts_merge_to_the_whole_in_any_order(data in sample::any_data()) {
            let whole = collect(&data);
            let thirds = [0, 1, 2].map(|third| collect(&part(&data, |number| number % 3 == third)));
            let [one, two, three] = &thirds;
            prop_assert_eq!(&merged(merged(one.clone(), two), three), &whole);
            prop_assert_eq!(&merged(one.clone(), &merged(two.clone(), three)), &whole);
            prop_assert_eq!(&merged(merged(three.clone(), two), one), &whole);
            prop_assert_eq!(&merged(Partial::empty(&week()), &whole), &whole);
            prop_assert_eq!(&merged(whole.clone(), &Partial::empty(&week())), &whole);
        }

        #[test]
        fn one_pass_counts_what_there_is(data in sample::any_data()) {
            let figures = collect(&data).finish(&data.0);
            let kpis = &figures.kpis;
            let errors = figures.trends.points.iter().map(|point| point.errors).sum();
            let unattached = data.0.unattached.iter();
            let unattached = unattached
                .filter(|event| week().contains(event.started_at) && !event.is_workflow)
                .count() as u64;
            let counted = [
                kpis.sessions.value,
                kpis.actors.value,
                kpis.tool_calls.value,
                errors,
                kpis.searches.value,
                figures.coverage.events - unattached,
            ];
            prop_assert_eq!(counted, plain(&data.0));
        }

        #[test]
        fn servers_add_up_to_all_of_them(data in sample::any_data()) {
            let (sessions, is_repeat) = &data;
            let collect = |filter| Partial::collect(sessions, &sample::repeats(is_repeat), &week(), filter);
            let mut sum = collect(ServerFilter::Nothing);
            prop_assert_eq!(&sum, &Partial::empty(&week()));
            for name in ["one", "two"] {
                if let Some(id) = sessions.texts.find(name) {
                    sum.merge(collect(ServerFilter::Only(id)));
                }
            }
            prop_assert_eq!(&sum, &collect(ServerFilter::All));
        }

        #[test]
        fn points_add_up_to_the_kpis(data in sample::any_data()) {
            let figures = collect(&data).finish(&data.0);
            let sum = |of: fn(&crate::TrendPoint) -> u64| -> u64 {
                figures.trends.points.iter().map(of).sum()
            };
            let kpis = &figures.kpis;
            prop_assert_eq!(sum(|point| point.sessions), kpis.sessions.value);
            prop_assert_eq!(sum(|point| point.tool_calls), kpis.tool_calls.value);
            prop_assert_eq!(sum(|point| point.silent_failures), kpis.silent_failures.value);
            prop_assert_eq!(sum(|point| point.searches), kpis.searches.value);
            prop_assert_eq!(sum(|point| point.failed_searches), kpis.failed_searches.value);
            let errors = crate::rate(sum(|point| point.errors), kpis.tool_calls.value);
            prop_assert_eq!(errors, kpis.error_rate.value);
            let high = sum(|point| point.high_frustration_sessions);
            prop_assert_eq!(crate::rate(high, kpis.sessions.value), kpis.high_frustration_rate.value);
        }
    }
}
