//! Every row of a range, for other tools. Synthetic sessions are left out, as in every list.

use mcp_insights_api as api;
use mcp_insights_events::Timestamp;
use mcp_insights_kpis::Window;
use mcp_insights_sessions::Session;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::Error;
use crate::measure::scope::Scope;
use crate::measure::topics::measure;
use crate::queries;
use crate::queries::trace;
use crate::view;

/// Records fetched at once for exports of calls and searches.
const RECORDS_A_BATCH: usize = 50_000;

/// How far an export reaches back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportRange {
    /// Everything held, whatever `now` is.
    All,
    /// The window of a range.
    Window(api::Range),
}

/// A row of an export of one session: what the contract's trace shows, with the session that it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exported<T> {
    /// Id of the session.
    pub session_id: String,
    /// Key of the session.
    pub session_key: String,
    /// The row.
    #[serde(flatten)]
    pub row: T,
}

impl ExportRange {
    pub(crate) fn scope(self, engine: &Engine, now: Timestamp, server: Option<&str>) -> Scope {
        let snapshot = engine.snapshot();
        let window = match self {
            Self::All => Window::of_everything(&snapshot.sessions),
            Self::Window(range) => Window::new(range, now),
        };
        Scope::new(snapshot, window, server)
    }
}

impl Engine {
    /// Every session of a range, oldest first, ties by id.
    pub fn export_sessions(
        &self,
        range: ExportRange,
        now: Timestamp,
        server: Option<&str>,
    ) -> impl Iterator<Item = api::Session> {
        let sessions = indices(self, range, now, server).into_iter();
        sessions.filter_map(move |index| {
            let session = self.snapshot().session(index)?;
            Some(view::session::session(self, index, session))
        })
    }

    /// Every topic with sessions in a range, archived ones too: session count ↓, trend ↓, id.
    #[must_use]
    pub fn export_topics(
        &self,
        range: ExportRange,
        now: Timestamp,
        server: Option<&str>,
    ) -> Vec<api::Topic> {
        let scope = range.scope(self, now, server);
        let all = measure(self.snapshot(), &scope);
        queries::topics::listed(self, &scope, &all, api::TopicSort::Volume, true)
    }

    /// Every tool call of the sessions of a range, session by session, oldest first.
    ///
    /// Events are read again for it; an error ends the export.
    pub fn export_calls(
        &self,
        range: ExportRange,
        now: Timestamp,
        server: Option<&str>,
    ) -> impl Iterator<Item = Result<Exported<api::TraceCall>, Error>> {
        self.export_rows(range, now, server, |trace| trace.tool_calls)
    }

    /// Every search of the sessions of a range, session by session, oldest first.
    ///
    /// Events are read again for it; an error ends the export.
    pub fn export_searches(
        &self,
        range: ExportRange,
        now: Timestamp,
        server: Option<&str>,
    ) -> impl Iterator<Item = Result<Exported<api::TraceSearch>, Error>> {
        self.export_rows(range, now, server, |trace| trace.searches)
    }

    fn export_rows<T: Send>(
        &self,
        range: ExportRange,
        now: Timestamp,
        server: Option<&str>,
        rows: impl Fn(api::Trace) -> Vec<T> + Copy + Sync,
    ) -> impl Iterator<Item = Result<Exported<T>, Error>> {
        let mut failed = false;
        batches(self, indices(self, range, now, server))
            .into_iter()
            .flat_map(move |batch| read_batch(self, &batch, rows))
            // After an error nothing more would be right.
            .take_while(move |row| {
                let go_on = !failed;
                failed |= row.is_err();
                go_on
            })
    }
}

fn indices(engine: &Engine, range: ExportRange, now: Timestamp, server: Option<&str>) -> Vec<u32> {
    let scope = range.scope(engine, now, server);
    scope.sessions(engine.snapshot()).map(|(index, _)| index).collect()
}

/// Sessions in stretches of about as many records as are fetched at once.
fn batches(engine: &Engine, sessions: Vec<u32>) -> Vec<Vec<u32>> {
    let mut batches: Vec<Vec<u32>> = Vec::new();
    let mut records = RECORDS_A_BATCH;
    for index in sessions {
        if records >= RECORDS_A_BATCH {
            batches.push(Vec::new());
            records = 0;
        }
        records += engine.snapshot().session(index).map_or(0, |session| session.events.len());
        if let Some(batch) = batches.last_mut() {
            batch.push(index);
        }
    }
    batches
}

fn read_batch<T: Send>(
    engine: &Engine,
    batch: &[u32],
    rows: impl Fn(api::Trace) -> Vec<T> + Sync,
) -> Vec<Result<Exported<T>, Error>> {
    let snapshot = engine.snapshot();
    let sessions: Vec<(u32, &Session)> =
        batch.iter().filter_map(|index| Some((*index, snapshot.session(*index)?))).collect();
    let places: Vec<_> =
        sessions.iter().flat_map(|(_, session)| trace::places(snapshot, session)).collect();
    let records = match snapshot.sources.fetch(&places) {
        Ok(records) => records,
        Err(error) => return vec![Err(error.into())],
    };
    let mut start = 0;
    let of_session = sessions.into_iter().map(|(index, session)| {
        let end = start + session.events.len();
        let own = records.get(start..end).unwrap_or(&[]);
        start = end;
        (index, session, own)
    });
    let of_session: Vec<_> = of_session.collect();
    of_session
        .into_par_iter()
        .map(|(index, session, records)| {
            let trace = trace::of_session(engine, index, session, records)?;
            let (session_id, session_key) =
                (trace.session.id.clone(), trace.session.session_key.clone());
            Ok(rows(trace)
                .into_iter()
                .map(|row| Exported {
                    session_id: session_id.clone(),
                    session_key: session_key.clone(),
                    row,
                })
                .collect::<Vec<_>>())
        })
        .collect::<Vec<Result<Vec<Exported<T>>, Error>>>()
        .into_iter()
        .flat_map(|rows| match rows {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
        .collect()
}
