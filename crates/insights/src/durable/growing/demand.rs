//! What was looked for in vain, while sessions come and go.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_calls::{MissKind, SearchKind};
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_registry::{Registry, SearchEdits, Space};
use mcp_insights_searches::{Demand, Offer};
use mcp_insights_sessions::Session;

use crate::build::Grouping;
use crate::snapshot::{Snapshot, Times, cluster_times, rows};

/// It is time to assign everything anew, with names and verdicts, when so much of all demand is new.
const SHARE: u64 = 8;
/// Where so few sessions have demand, that is done at once.
const FEW: u64 = 200;

/// What a demand is told apart by: what it looks for, and its exact text. Requests may have no text.
type Key = (SearchKind, Option<TextId>);

/// What is needed to put new demands into clusters.
pub(super) struct DemandState {
    offer: Offer,
    clusters: HashMap<Key, Option<u32>>,
    /// The clusters of abandoned searches by their text.
    abandoned: HashMap<TextId, Option<u32>>,
    /// Sessions with demand when everything was assigned, and how many more there are since.
    asking: u64,
    since: i64,
}

/// Everything assigned anew, with names and verdicts.
pub(crate) struct Told {
    snapshot: Snapshot,
    /// What is registered, and the clusters that it lacks.
    searches: Space<SearchEdits>,
    state: DemandState,
}

impl Told {
    /// That of a snapshot. `registered` are the ids as they stand in the storage.
    pub(crate) fn of(mut snapshot: Snapshot, registered: &Registry) -> Self {
        let (sessions, options) = (&snapshot.sessions, &snapshot.options);
        let offer = crate::demand::offer(sessions, options);
        let mut searches = registered.searches.clone();
        let (clusters, of_search, of_request) = crate::demand::find_clusters(
            sessions,
            &offer,
            options,
            &mut searches,
            Grouping::Assign,
        );
        let used = crate::demand::used_nearest(sessions, &clusters, &of_search, &of_request);
        snapshot.cluster_times = cluster_times(&clusters);
        snapshot.clusters = Arc::new(clusters);
        snapshot.used_nearest = Arc::new(used);
        snapshot.search_clusters = of_search;
        snapshot.request_clusters = of_request;
        Self { state: DemandState::with(&snapshot, offer), searches, snapshot }
    }

    /// Whether a snapshot has grown from the one that this was made of: its sources stay the same as long as it grows.
    pub(super) fn is_of(&self, snapshot: &Snapshot) -> bool {
        Arc::ptr_eq(&self.snapshot.sources, &snapshot.sources)
    }

    /// Takes the place of what a snapshot had, and says how many rows of sessions it has seen.
    pub(super) fn put(
        self,
        demand: &mut DemandState,
        snapshot: &mut Snapshot,
        shown: &mut Arc<Registry>,
    ) -> u32 {
        let Self { snapshot: told, searches, state } = self;
        snapshot.cluster_times = told.cluster_times;
        snapshot.clusters = told.clusters;
        snapshot.used_nearest = told.used_nearest;
        snapshot.search_clusters = told.search_clusters;
        snapshot.request_clusters = told.request_clusters;
        Arc::make_mut(shown).searches = searches;
        *demand = state;
        told.sessions.end()
    }
}

impl DemandState {
    pub(super) fn with(snapshot: &Snapshot, offer: Offer) -> Self {
        let mut state = Self {
            offer,
            clusters: HashMap::new(),
            abandoned: HashMap::new(),
            asking: 0,
            since: 0,
        };
        for session in snapshot.sessions.iter().filter(|session| !session.is_workflow) {
            state.learn(snapshot, session);
            state.asking += u64::from(asks(snapshot, session));
        }
        state
    }

    /// Takes note of the clusters that a session's demands are in.
    fn learn(&mut self, snapshot: &Snapshot, session: &Session) {
        let searches = rows(&snapshot.sessions.searches, &session.searches);
        for (search, cluster) in
            searches.iter().zip(rows(&snapshot.search_clusters, &session.searches))
        {
            if search.miss == Some(MissKind::NoResults) {
                self.clusters.insert((search.kind, Some(search.query)), *cluster);
            } else if search.abandoned {
                self.abandoned.insert(search.query, *cluster);
            }
        }
        let requests = rows(&snapshot.sessions.requests, &session.requests);
        for (request, cluster) in
            requests.iter().zip(rows(&snapshot.request_clusters, &session.requests))
        {
            self.clusters.insert((SearchKind::Discovery, request.text), *cluster);
        }
    }

    /// Whether it is time to [assign everything anew](Told).
    pub(super) fn is_due(&self) -> bool {
        u64::try_from(self.since).is_ok_and(|since| since > 0 && since * SHARE > self.asking)
    }

    /// Whether so little is known that all of it can be assigned anew at once.
    pub(super) fn is_small(&self) -> bool {
        self.asking < FEW
    }

    /// Sessions are about to leave.
    pub(super) fn leave(&mut self, snapshot: &Snapshot, gone: &[u32]) {
        self.since -= asking(snapshot, gone.iter().copied());
    }

    /// Puts the demands of new sessions into clusters.
    pub(super) fn enter(&mut self, snapshot: &mut Snapshot, new: Range<u32>) {
        self.since += asking(snapshot, new.clone());
        let (searches, requests) =
            (snapshot.search_clusters.len(), snapshot.request_clusters.len());
        let mut of_search = vec![None; snapshot.sessions.searches.len() - searches];
        let mut of_request = vec![None; snapshot.sessions.requests.len() - requests];
        for row in new {
            let is_live = snapshot.sessions.is_live(row);
            let session = snapshot.session(row).filter(|row| is_live && !row.is_workflow);
            let Some(session) = session.cloned() else { continue };
            for index in session.searches.clone() {
                let Some(search) = snapshot.sessions.searches.get(index as usize).copied() else {
                    continue;
                };
                let cluster = if search.miss == Some(MissKind::NoResults) {
                    let key = (search.kind, Some(search.query));
                    self.cluster(snapshot, &session, key, search.at)
                } else if search.abandoned {
                    self.cluster_of_meaning(snapshot, search.query)
                } else {
                    None
                };
                if let Some(place) = of_search.get_mut(index as usize - searches) {
                    *place = cluster;
                }
            }
            for index in session.requests.clone() {
                let Some(request) = snapshot.sessions.requests.get(index as usize).copied() else {
                    continue;
                };
                let key = (SearchKind::Discovery, request.text);
                let cluster = self.cluster(snapshot, &session, key, request.at);
                if let Some(place) = of_request.get_mut(index as usize - requests) {
                    *place = cluster;
                }
            }
        }
        snapshot.search_clusters.append(of_search);
        snapshot.request_clusters.append(of_request);
    }

    fn cluster(
        &mut self,
        snapshot: &mut Snapshot,
        session: &Session,
        key: Key,
        at: Timestamp,
    ) -> Option<u32> {
        let known = self.clusters.get(&key).copied();
        let cluster = known.unwrap_or_else(|| self.admit(snapshot, session, key, at));
        let times = cluster.and_then(|cluster| snapshot.cluster_times.get_mut(cluster as usize));
        if let Some(times) = times {
            times.first = times.first.min(at);
            times.last = times.last.max(at);
        }
        cluster
    }

    fn admit(
        &mut self,
        snapshot: &mut Snapshot,
        session: &Session,
        key: Key,
        at: Timestamp,
    ) -> Option<u32> {
        let texts = &snapshot.sessions.texts;
        let demand = Demand {
            kind: key.0,
            text: key.1.map(|text| texts.get(text)),
            servers: session.server.map(|server| texts.get(server)).into_iter().collect(),
            count: 1,
            sessions: vec![0],
            first_seen: at,
            last_seen: at,
        };
        let (embedder, settings) = (snapshot.options.embedder.as_ref(), &snapshot.options.searches);
        let clusters = Arc::make_mut(&mut snapshot.clusters);
        let cluster = clusters.admit(&demand, &self.offer, embedder, settings);
        snapshot.cluster_times.resize(clusters.len(), Times { first: at, last: at });
        self.clusters.insert(key, cluster);
        cluster
    }

    fn cluster_of_meaning(&mut self, snapshot: &Snapshot, query: TextId) -> Option<u32> {
        *self.abandoned.entry(query).or_insert_with(|| {
            let (text, options) = (snapshot.sessions.texts.get(query), &snapshot.options);
            let embedder = options.embedder.as_ref();
            snapshot.clusters.nearest(&[text], embedder, &options.searches).pop().flatten()
        })
    }
}

/// How many sessions of some rows have demand.
fn asking(snapshot: &Snapshot, rows: impl Iterator<Item = u32>) -> i64 {
    let live = rows.filter(|row| snapshot.sessions.is_live(*row));
    let sessions = live.filter_map(|row| snapshot.session(row));
    sessions.map(|session| i64::from(asks(snapshot, session))).sum()
}

/// Whether a session looked for something in vain, or asked for something.
fn asks(snapshot: &Snapshot, session: &Session) -> bool {
    let mut searches = rows(&snapshot.sessions.searches, &session.searches).iter();
    !session.is_workflow
        && (!session.requests.is_empty()
            || searches.any(|search| search.miss == Some(MissKind::NoResults)))
}
