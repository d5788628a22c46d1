//! From counts to figures: rates, changes, quantiles, names and order.

use std::cmp::Reverse;

use mcp_insights_events::{TextId, TextTable};
use mcp_insights_sessions::Sessions;

use crate::counts::Counts;
use crate::exact::{Ratio, change_pct, rate, trend_score};
use crate::figures::{
    Breakdowns, ClientBreakdown, CountKpi, Coverage, FailureBreakdown, Figures, Kpis, LatencyKpi,
    RateKpi, ToolBreakdown, Trend, TrendPoint, Trends,
};
use crate::partial::Partial;
use crate::sketch::Sketch;

/// Rows of a breakdown.
const MOST_ROWS: usize = 10;

const MEDIAN: u64 = 50;
const P95: u64 = 95;

impl Partial {
    /// The figures of what was counted. `sessions` is the data set that was counted; its texts are read.
    #[must_use]
    pub fn finish(&self, sessions: &Sessions) -> Figures {
        let mut now = Counts::default();
        for point in &self.points {
            now.merge(point);
        }
        Figures {
            kpis: self.kpis(&now),
            trends: self.trends(),
            breakdowns: self.breakdowns(&sessions.texts),
            coverage: self.coverage(&now),
        }
    }

    fn kpis(&self, now: &Counts) -> Kpis {
        let reaches_back =
            self.held.oldest.is_some_and(|oldest| oldest <= self.window.previous_start);
        let pair = Pair { now, previous: reaches_back.then_some(&self.previous) };
        Kpis {
            sessions: pair.count(|counts| counts.sessions.all),
            actors: count_kpi(
                self.actors.len() as u64,
                reaches_back.then_some(self.previous_actors.len() as u64),
            ),
            tool_calls: pair.count(|counts| counts.calls.all),
            error_rate: pair.rate(|counts| (counts.calls.errors, counts.calls.all)),
            silent_failures: pair.count(|counts| counts.calls.silent_failures),
            silent_failure_rate: pair
                .rate(|counts| (counts.calls.silent_failures, counts.calls.all)),
            searches: pair.count(|counts| counts.searches.all),
            failed_searches: pair.count(|counts| counts.searches.failed),
            search_miss_rate: pair
                .rate(|counts| (counts.searches.failed, counts.searches.known_result())),
            high_frustration_rate: pair
                .rate(|counts| (counts.sessions.high_frustration, counts.sessions.all)),
            repeat_rate: pair.rate(|counts| (counts.sessions.repeats, counts.sessions.all)),
            success_rate: pair
                .rate(|counts| (counts.sessions.succeeded, counts.sessions.known_outcome)),
            capability_requests: pair.count(|counts| counts.capability_requests),
            latency_p50_ms: pair.latency(MEDIAN),
            latency_p95_ms: pair.latency(P95),
        }
    }

    fn trends(&self) -> Trends {
        let points = self.window.buckets().into_iter().zip(&self.points);
        let point = |(bucket, counts): (crate::window::Bucket, &Counts)| TrendPoint {
            start: bucket.start,
            end: bucket.end,
            partial: bucket.partial,
            sessions: counts.sessions.all,
            tool_calls: counts.calls.all,
            errors: counts.calls.errors,
            silent_failures: counts.calls.silent_failures,
            searches: counts.searches.all,
            failed_searches: counts.searches.failed,
            high_frustration_sessions: counts.sessions.high_frustration,
            latency_p95_ms: percentile(&counts.calls.latencies, P95),
        };
        Trends { bucket: self.window.range.bucket_length(), points: points.map(point).collect() }
    }

    fn breakdowns(&self, texts: &TextTable) -> Breakdowns {
        Breakdowns {
            tools: self.tools(texts),
            clients: self.clients(texts),
            failure_classes: self.failure_classes(texts),
        }
    }

    fn tools(&self, texts: &TextTable) -> Vec<ToolBreakdown> {
        let called = self.tools.iter().filter(|(_, tool)| tool.calls.all > 0);
        let mut tools: Vec<_> = called.map(|(name, tool)| (texts.get(*name), tool)).collect();
        tools.sort_unstable_by_key(|(name, tool)| (Reverse(tool.calls.all), *name));
        let row = |(name, tool): (&str, &crate::counts::ToolCounts)| ToolBreakdown {
            tool_name: name.to_owned(),
            calls: tool.calls.all,
            errors: tool.calls.errors,
            silent_failures: tool.calls.silent_failures,
            latency_p50_ms: percentile(&tool.calls.latencies, MEDIAN),
            latency_p95_ms: percentile(&tool.calls.latencies, P95),
            sessions: tool.sessions,
        };
        tools.into_iter().take(MOST_ROWS).map(row).collect()
    }

    fn clients(&self, texts: &TextTable) -> Vec<ClientBreakdown> {
        let name = |name: &Option<TextId>| name.map(|name| texts.get(name));
        let mut clients: Vec<_> =
            self.clients.iter().map(|(id, client)| (name(id), client)).collect();
        // The unknown client comes after those of as many sessions.
        clients.sort_unstable_by_key(|(name, client)| {
            (Reverse(client.sessions), name.is_none(), *name)
        });
        let row = |(name, client): (Option<&str>, &crate::counts::ClientCounts)| ClientBreakdown {
            client_name: name.map(str::to_owned),
            sessions: client.sessions,
            tool_calls: client.calls,
            errors: client.errors,
        };
        clients.into_iter().take(MOST_ROWS).map(row).collect()
    }

    fn failure_classes(&self, texts: &TextTable) -> Vec<FailureBreakdown> {
        let mut classes: Vec<_> =
            self.failures.iter().filter(|(_, counts)| counts.calls > 0).collect();
        classes.sort_unstable_by_key(|(class, counts)| (Reverse(counts.calls), class.as_str()));
        let example = |wanted| {
            self.failure_texts
                .iter()
                .filter(|((class, _), _)| *class == wanted)
                .map(|((_, text), count)| (Reverse(*count), texts.get(*text)))
                .min()
                .map(|(_, text)| text.to_owned())
        };
        classes
            .into_iter()
            .take(MOST_ROWS)
            .map(|(class, counts)| FailureBreakdown {
                class: *class,
                count: counts.calls,
                sessions: counts.sessions,
                example: example(*class),
            })
            .collect()
    }

    fn coverage(&self, now: &Counts) -> Coverage {
        Coverage {
            accepted: self.held.events,
            rejected: None,
            duplicates: None,
            history_start: self.held.oldest,
            data_through: self.held.newest,
            events: self.events,
            excluded_workflow_events: self.excluded_workflow_events,
            sessions: now.sessions.all,
            no_intent_sessions: now.sessions.no_intent,
            declared_intent_rate: rate(now.sessions.declared_intent, now.sessions.all),
            known_outcome_rate: rate(now.sessions.known_outcome, now.sessions.all),
            attributed_call_rate: rate(now.attributed_calls, now.calls.all),
            unknown_result_searches: now.searches.unknown_result,
        }
    }
}

/// The counts of a window, and those of the one before where the data reaches back to its start.
struct Pair<'a> {
    now: &'a Counts,
    previous: Option<&'a Counts>,
}

impl Pair<'_> {
    fn count(&self, of: impl Fn(&Counts) -> u64) -> CountKpi {
        count_kpi(of(self.now), self.previous.map(&of))
    }

    fn rate(&self, of: impl Fn(&Counts) -> (u64, u64)) -> RateKpi {
        let ratio = |counts: &Counts| {
            let (numerator, denominator) = of(counts);
            Ratio::new(numerator, denominator)
        };
        let (now, previous) = (ratio(self.now), self.previous.and_then(ratio));
        RateKpi {
            value: now.map(Ratio::rounded),
            previous: previous.map(Ratio::rounded),
            change_pct: change(now, previous),
        }
    }

    fn latency(&self, per_cent: u64) -> LatencyKpi {
        let (now, previous) = (&self.now.calls, self.previous.map(|previous| &previous.calls));
        LatencyKpi {
            value: percentile(&now.latencies, per_cent),
            previous: previous.and_then(|previous| percentile(&previous.latencies, per_cent)),
            change_pct: change(
                middle(&now.latencies, per_cent),
                previous.and_then(|previous| middle(&previous.latencies, per_cent)),
            ),
        }
    }
}

fn count_kpi(value: u64, previous: Option<u64>) -> CountKpi {
    let change_pct = change(Some(Ratio::whole(value)), previous.map(Ratio::whole));
    CountKpi { value, previous, change_pct }
}

fn change(now: Option<Ratio>, previous: Option<Ratio>) -> Option<f64> {
    change_pct(now?, previous?)
}

fn percentile(sketch: &Sketch, per_cent: u64) -> Option<u64> {
    sketch.quantile(per_cent, 100)
}

/// The value at a percentile before it is rounded: the middle of its bucket.
fn middle(sketch: &Sketch, per_cent: u64) -> Option<Ratio> {
    sketch.estimate(per_cent, 100).map(|estimate| Ratio {
        numerator: u128::from(estimate.low) + u128::from(estimate.high),
        denominator: 2,
    })
}

/// The trend of a count of sessions: how it stands to the count of the previous window, and how it went.
///
/// The score is `(now - previous) / sqrt(now + previous)`, the difference in units of its own chance: for counts that
/// come by chance (Poisson) the variance of the difference is the sum. So a jump from 1 to 3 ranks below one from 100
/// to 150. `previous` is none where the previous window begins before the data does.
///
/// ```
/// use mcp_insights_kpis::trend;
///
/// let growing = trend(150, Some(100), vec![70, 80]);
/// assert_eq!(growing.score, Some(3.1623));
/// assert_eq!(growing.change_pct, Some(50.0));
/// assert_eq!(trend(3, Some(1), vec![3]).score, Some(1.0));
/// assert_eq!(trend(3, None, vec![3]).score, None);
/// ```
#[must_use]
pub fn trend(now: u64, previous: Option<u64>, sparkline: Vec<u64>) -> Trend {
    Trend {
        previous,
        change_pct: change(Some(Ratio::whole(now)), previous.map(Ratio::whole)),
        score: previous.map(|previous| trend_score(now, previous)),
        sparkline,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use mcp_insights_calls::FailureClass;
    use mcp_insights_sessions::{IntentSource, Outcome};

    use super::*;
    use crate::history::ServerFilter;
    use crate::sample::{self, DAY, Sketched, Step, data, now};
    use crate::window::{Range, Window};

    fn figures_of(range: Range, sketched: &[Sketched]) -> Figures {
        let (sessions, is_repeat) = data(sketched);
        let window = Window::new(range, now());
        Partial::collect(&sessions, &sample::repeats(&is_repeat), &window, ServerFilter::All)
            .finish(&sessions)
    }

    fn figures(sketched: &[Sketched]) -> Figures {
        figures_of(Range::Week, sketched)
    }

    fn works(minute: i64, tool: &'static str) -> (i64, Step) {
        (minute, Step::Works(tool, 100))
    }

    #[test]
    fn a_previous_window_from_before_the_data_is_unknown() {
        let early = Sketched::new("ann", &[works(-14 * DAY + 1, "read")]);
        let kpis = figures(&[early, Sketched::new("bob", &[works(-1, "read")])]).kpis;
        assert_eq!((kpis.sessions.value, kpis.sessions.previous), (1, None));
        assert_eq!(kpis.latency_p50_ms.previous, None);
        assert_eq!(kpis.sessions.change_pct, None);

        let early = Sketched::new("ann", &[works(-14 * DAY, "read")]);
        let kpis = figures(&[early, Sketched::new("bob", &[works(-1, "read")])]).kpis;
        assert_eq!((kpis.sessions.value, kpis.sessions.previous), (1, Some(1)));
        assert_eq!(kpis.sessions.change_pct, Some(0.0));
        assert_eq!(kpis.latency_p50_ms.previous, Some(100));
    }

    #[test]
    fn history_is_that_of_the_server_asked_for() {
        let old = Sketched { server: "two", ..Sketched::new("ann", &[works(-30 * DAY, "read")]) };
        let new = Sketched::new("ann", &[works(-1, "read")]);
        let (sessions, is_repeat) = data(&[old, new]);
        let window = Window::new(Range::Week, now());
        let previous = |filter| {
            let partial =
                Partial::collect(&sessions, &sample::repeats(&is_repeat), &window, filter);
            partial.finish(&sessions).kpis.sessions.previous
        };
        assert_eq!(previous(ServerFilter::All), Some(0));
        assert_eq!(previous(ServerFilter::Only(sessions.texts.find("one").unwrap())), None);
        assert_eq!(previous(ServerFilter::Nothing), None);
    }

    #[test]
    fn rates_of_nothing_are_unknown_and_counts_of_nothing_are_0() {
        let Figures { kpis, trends, breakdowns, coverage } = figures(&[]);
        assert_eq!((kpis.sessions.value, kpis.sessions.previous), (0, None));
        assert_eq!((kpis.error_rate.value, kpis.success_rate.value), (None, None));
        assert_eq!(kpis.latency_p95_ms.value, None);
        assert_eq!(trends.points.len(), 8);
        assert!(breakdowns.tools.is_empty() && breakdowns.clients.is_empty());
        assert_eq!((coverage.accepted, coverage.history_start), (0, None));
        assert_eq!(coverage.declared_intent_rate, None);
    }

    #[test]
    fn every_rate_has_its_own_divisor() {
        let steps = [
            works(-9, "read"),
            (-8, Step::Fails("read", FailureClass::Timeout, "timed out")),
            (-7, Step::FailsSilently("read")),
            (-6, Step::Searches(Some(0))),
            (-5, Step::SearchBreaks),
            (-4, Step::Searches(Some(3))),
            (-3, Step::Searches(None)),
            (-2, Step::Asks),
        ];
        let first = Sketched {
            outcome: Outcome::Succeeded,
            intent: IntentSource::Declared,
            score: 5500,
            ..Sketched::new("ann", &steps)
        };
        let second = Sketched {
            outcome: Outcome::Failed,
            intent: IntentSource::Inferred,
            repeats: true,
            ..Sketched::new("ann", &[works(-9, "list")])
        };
        let third = Sketched::new("bob", &[works(-9, "list")]);
        let Figures { kpis, coverage, .. } = figures(&[first, second, third]);
        let count = [kpis.sessions, kpis.actors, kpis.tool_calls, kpis.silent_failures]
            .map(|kpi| kpi.value);
        assert_eq!(count, [3, 2, 5, 1]);
        let count =
            [kpis.searches, kpis.failed_searches, kpis.capability_requests].map(|kpi| kpi.value);
        assert_eq!(count, [4, 2, 1]);
        assert_eq!(kpis.error_rate.value, Some(0.2));
        assert_eq!(kpis.silent_failure_rate.value, Some(0.2));
        assert_eq!(kpis.search_miss_rate.value, Some(0.6667));
        assert_eq!(kpis.high_frustration_rate.value, Some(0.3333));
        assert_eq!(kpis.repeat_rate.value, Some(0.3333));
        assert_eq!(kpis.success_rate.value, Some(0.5));
        assert_eq!(kpis.latency_p50_ms.value, Some(100));
        assert_eq!(coverage.declared_intent_rate, Some(0.3333));
        assert_eq!(coverage.known_outcome_rate, Some(0.6667));
        // Three of the five calls stand in the turn with a declared intent.
        assert_eq!(coverage.attributed_call_rate, Some(0.6));
        assert_eq!((coverage.unknown_result_searches, coverage.no_intent_sessions), (1, 1));
        assert_eq!((coverage.events, coverage.accepted), (10, 10));
    }

    #[test]
    fn tools_are_ordered_by_calls_and_name_and_cut_at_ten() {
        const TOOLS: [&str; 12] = ["l", "k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a"];
        let mut steps: Vec<_> = TOOLS.iter().map(|tool| works(-5, tool)).collect();
        steps.push(works(-4, "l"));
        let tools = figures(&[Sketched::new("ann", &steps)]).breakdowns.tools;
        let names: Vec<&str> = tools.iter().map(|tool| tool.tool_name.as_str()).collect();
        assert_eq!(names, ["l", "a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        assert_eq!((tools[0].calls, tools[0].sessions, tools[0].latency_p50_ms), (2, 1, Some(100)));
    }

    #[test]
    fn a_tool_called_only_after_the_window_is_not_listed() {
        let steps = [works(-5, "read"), works(5, "write")];
        let tools = figures(&[Sketched::new("ann", &steps)]).breakdowns.tools;
        assert_eq!(tools.len(), 1);
        assert_eq!(tools[0].tool_name, "read");
    }

    #[test]
    fn the_unknown_client_is_the_last_of_its_equals() {
        let of =
            |client, minute| Sketched { client, ..Sketched::new("ann", &[works(minute, "read")]) };
        // The last one started before the window, and calls in it.
        let across = Sketched {
            client: Some("aider"),
            ..Sketched::new("ann", &[works(-8 * DAY, "read"), works(-1, "read")])
        };
        let rows = figures(&[of(None, -5), of(Some("zed"), -4), of(Some("cline"), -3), across])
            .breakdowns
            .clients;
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.client_name.as_deref(), row.sessions, row.tool_calls))
            .collect();
        let expected =
            [(Some("cline"), 1, 1), (Some("zed"), 1, 1), (None, 1, 1), (Some("aider"), 0, 1)];
        assert_eq!(rows, expected);
    }

    #[test]
    fn failure_classes_show_their_most_frequent_text_the_smaller_of_equals() {
        use FailureClass::{AuthOrPermission, InternalError, Timeout};
        let steps = [
            (-9, Step::Fails("read", Timeout, "b: timed out")),
            (-8, Step::Fails("read", Timeout, "a: timed out")),
            (-7, Step::FailsSilently("read")),
            (-6, Step::FailsSilently("read")),
            (-5, Step::Fails("read", AuthOrPermission, "z")),
            (-4, Step::Fails("read", AuthOrPermission, "y")),
            (-3, Step::Fails("read", AuthOrPermission, "z")),
        ];
        let rows = figures(&[Sketched::new("ann", &steps)]).breakdowns.failure_classes;
        let rows: Vec<_> =
            rows.iter().map(|row| (row.class, row.count, row.example.as_deref())).collect();
        let expected = [
            (AuthOrPermission, 3, Some("z")),
            (InternalError, 2, None),
            (Timeout, 2, Some("a: timed out")),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn latencies_change_by_their_unrounded_values() {
        let slow = |millis| move |minute| (minute, Step::Works("read", millis));
        let sketched = [
            Sketched::new("ann", &[slow(1000)(-30 * DAY)]),
            Sketched::new("ann", &[slow(1000)(-10 * DAY)]),
            Sketched::new("ann", &[slow(2000)(-1)]),
        ];
        let latency = figures(&sketched).kpis.latency_p95_ms;
        // 1000 lies in 1000..=1007, 2000 in 2000..=2015; their middles are 1003.5 and 2007.5.
        assert_eq!((latency.value, latency.previous), (Some(2008), Some(1004)));
        assert_eq!(latency.change_pct, Some(100.05));
    }

    #[test]
    fn a_trend_without_a_previous_count_has_no_score() {
        let trend = trend(3, None, vec![1, 2]);
        assert_eq!((trend.score, trend.change_pct, trend.previous), (None, None, None));
        assert_eq!(super::trend(0, Some(0), vec![0]).score, Some(0.0));
        assert_eq!(super::trend(0, Some(0), vec![0]).change_pct, None);
        assert_eq!(super::trend(0, Some(4), vec![0]).change_pct, Some(-100.0));
    }
}
