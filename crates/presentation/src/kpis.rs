//! The KPIs as rows: name, figures, and whether the change is a good one.

use mcp_insights_api as api;

use super::figures;

/// One KPI as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it counts, for those who ask.
    pub meaning: &'static str,
    /// In this window.
    pub value: String,
    /// In the window before.
    pub previous: String,
    /// Change in per cent.
    pub change: Option<f64>,
    /// What to think of the change.
    pub verdict: Verdict,
    /// Whether it is among the few that are looked at first.
    pub headline: bool,
}

impl Row {
    fn headline(self) -> Self {
        Self { headline: true, ..self }
    }
}

/// What to think of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It went where one wants it.
    Better,
    /// It went where nobody wants it.
    Worse,
    /// It did not change, is unknown, or says neither.
    Neither,
}

/// Where one wants a figure to go.
#[derive(Clone, Copy)]
enum Wanted {
    Up,
    Down,
    Either,
}

impl Verdict {
    fn of(wanted: Wanted, change: Option<f64>) -> Self {
        let change = change.unwrap_or(0.0);
        match wanted {
            Wanted::Up if change > 0.0 => Self::Better,
            Wanted::Up if change < 0.0 => Self::Worse,
            Wanted::Down if change < 0.0 => Self::Better,
            Wanted::Down if change > 0.0 => Self::Worse,
            _ => Self::Neither,
        }
    }

    /// The verdict in a word; empty where there is none.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Neither => "",
        }
    }
}

/// The direction of a change as an arrow.
pub fn arrow(change: Option<f64>) -> &'static str {
    match change {
        Some(change) if change > 0.0 => "▲",
        Some(change) if change < 0.0 => "▼",
        Some(_) => "=",
        None => "",
    }
}

/// All KPIs of an overview, in the order in which they are shown.
pub fn rows(kpis: &api::Kpis) -> Vec<Row> {
    use Wanted::{Down, Either, Up};
    vec![
        count("Sessions", "agent conversations that started in the window", &kpis.sessions, Up)
            .headline(),
        count("Actors", "distinct actors of these sessions", &kpis.actors, Up),
        count("Tool calls", "calls of tools, those inside scripts included", &kpis.tool_calls, Up),
        rate(
            "Success rate",
            "sessions whose last call worked, of those with a known outcome",
            &kpis.success_rate,
            Up,
        )
        .headline(),
        rate("Error rate", "tool calls that reported a failure", &kpis.error_rate, Down).headline(),
        count(
            "Silent failures",
            "tool calls that reported success with a result that says they failed",
            &kpis.silent_failures,
            Down,
        ),
        rate(
            "Silent failure rate",
            "silent failures, of all tool calls",
            &kpis.silent_failure_rate,
            Down,
        ),
        count("Searches", "all searches, whatever they found", &kpis.searches, Either),
        count(
            "Failed searches",
            "searches that broke or found nothing",
            &kpis.failed_searches,
            Down,
        ),
        rate(
            "Search miss rate",
            "failed searches, of those with a known result",
            &kpis.search_miss_rate,
            Down,
        )
        .headline(),
        count(
            "Capability requests",
            "times an agent asked for something that the API lacks",
            &kpis.capability_requests,
            Down,
        ),
        rate("High frustration", "sessions at level high", &kpis.high_frustration_rate, Down)
            .headline(),
        rate(
            "Repeats",
            "sessions that come back to an earlier one of the same actor",
            &kpis.repeat_rate,
            Down,
        ),
        latency(
            "Latency, median",
            "of the tool calls that have a duration",
            &kpis.latency_p50_ms,
            Down,
        ),
        latency("Latency, p95", "95 of 100 tool calls are faster", &kpis.latency_p95_ms, Down)
            .headline(),
    ]
}

fn count(name: &'static str, meaning: &'static str, kpi: &api::CountKpi, wanted: Wanted) -> Row {
    let previous = kpi.previous.map_or_else(unknown, figures::count);
    row(name, meaning, figures::count(kpi.value), previous, kpi.change_pct, wanted)
}

fn rate(name: &'static str, meaning: &'static str, kpi: &api::RateKpi, wanted: Wanted) -> Row {
    row(
        name,
        meaning,
        figures::percent(kpi.value),
        figures::percent(kpi.previous),
        kpi.change_pct,
        wanted,
    )
}

fn latency(
    name: &'static str,
    meaning: &'static str,
    kpi: &api::LatencyKpi,
    wanted: Wanted,
) -> Row {
    row(
        name,
        meaning,
        figures::millis(kpi.value),
        figures::millis(kpi.previous),
        kpi.change_pct,
        wanted,
    )
}

fn row(
    name: &'static str,
    meaning: &'static str,
    value: String,
    previous: String,
    change: Option<f64>,
    wanted: Wanted,
) -> Row {
    Row {
        name,
        meaning,
        value,
        previous,
        change,
        verdict: Verdict::of(wanted, change),
        headline: false,
    }
}

fn unknown() -> String {
    figures::UNKNOWN.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_errors_are_worse_and_more_sessions_better() {
        let rows = [
            (Wanted::Up, Some(1.0), Verdict::Better),
            (Wanted::Up, Some(-1.0), Verdict::Worse),
            (Wanted::Down, Some(1.0), Verdict::Worse),
            (Wanted::Down, Some(-1.0), Verdict::Better),
            (Wanted::Either, Some(1.0), Verdict::Neither),
            (Wanted::Up, Some(0.0), Verdict::Neither),
            (Wanted::Down, None, Verdict::Neither),
        ];
        for (wanted, change, verdict) in rows {
            assert_eq!(Verdict::of(wanted, change), verdict);
        }
    }
}
