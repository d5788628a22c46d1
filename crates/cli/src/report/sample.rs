//! A small report made by hand, with what is hard to show: long and foreign texts, texts that attack, unknown figures.

use mcp_insights::Timestamp;
use serde::de::DeserializeOwned;

use super::data::{Answers, Input, NowSource, Report};
use super::reopen::Reopen;

const ANSWERS: &str = include_str!("sample.json");

/// The report of the answers in `sample.json`.
pub(crate) fn report() -> Report {
    let answers: serde_json::Value = serde_json::from_str(ANSWERS).unwrap();
    let paths = vec!["dumps/march 2026".to_owned(), "late.ndjson.gz".to_owned()];
    Report {
        now: Timestamp::parse("2026-03-09T10:00:00Z").ok(),
        now_source: NowSource::NewestEvent,
        input: Input {
            sources: 4,
            accepted: 1234,
            duplicates: 3,
            rejected: 2,
            ..input(paths.clone())
        },
        answers: Some(Answers {
            overview: part(&answers, "overview"),
            topics: part(&answers, "topics"),
            searches: part(&answers, "searches"),
            worst_sessions: part(&answers, "worst_sessions"),
            catalog: part(&answers, "catalog"),
        }),
        reopen: Reopen { paths, options: Vec::new() },
    }
}

/// The report of an input without events.
pub(crate) fn empty() -> Report {
    Report {
        now: None,
        now_source: NowSource::None,
        input: input(vec!["empty.ndjson".to_owned()]),
        answers: None,
        reopen: Reopen::default(),
    }
}

/// The report of a window in which nothing happened.
pub(crate) fn quiet() -> Report {
    let mut report = report();
    if let Some(answers) = &mut report.answers {
        answers.topics.topics.clear();
        answers.searches.searches.clear();
        answers.worst_sessions.sessions.clear();
        answers.catalog = None;
        let overview = &mut answers.overview;
        overview.breakdowns.tools.clear();
        overview.breakdowns.clients.clear();
        overview.breakdowns.failure_classes.clear();
        overview.kpis.sessions.previous = None;
        for point in &mut overview.trends.points {
            (point.sessions, point.tool_calls, point.errors, point.failed_searches) = (0, 0, 0, 0);
            point.latency_p95_ms = None;
        }
    }
    report
}

fn input(paths: Vec<String>) -> Input {
    Input {
        paths,
        sources: 1,
        accepted: 0,
        duplicates: 0,
        rejected: 0,
        unreadable: Vec::new(),
        events_by_kind: Vec::new(),
    }
}

fn part<T: DeserializeOwned>(answers: &serde_json::Value, name: &str) -> T {
    serde_json::from_value(answers[name].clone()).unwrap()
}
