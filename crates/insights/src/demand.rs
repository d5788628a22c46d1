//! What users looked for in vain, and what there is that could serve it.

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::{MissKind, SearchKind};
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_registry::{SearchEdits, Space};
use mcp_insights_searches::{Clusters, Demand, Offer};
use mcp_insights_sessions::{Column, Sessions};
use rayon::prelude::*;

use crate::build::{Gathered, Grouping, SESSIONS_A_TASK};
use crate::options::Options;
use crate::snapshot::rows;

/// The tools that there are: of the catalog, and those of which a call worked. What looks for tools is none of them: it
/// serves no wish.
pub(crate) fn offer(sessions: &Sessions, options: &Options) -> Offer {
    let real = || sessions.iter().filter(|session| !session.is_workflow);
    // How each tool was seen, by the place of its name.
    let mut seen = vec![Seen::default(); sessions.texts.len()];
    let mut tools: Vec<TextId> = Vec::new();
    for call in real().flat_map(|session| rows(&sessions.calls, &session.calls)) {
        let Some(tool) = call.tool else { continue };
        let Some(seen) = seen.get_mut(tool.index()) else { continue };
        if !std::mem::replace(&mut seen.is_called, true) {
            tools.push(tool);
        }
        seen.looks_for_tool |= call.looks_for_tool;
        seen.worked |= !call.reported_failure && !call.silent_failure;
    }
    let named = |is_wanted: fn(&Seen) -> bool| -> HashSet<&str> {
        let wanted = tools.iter().filter(|tool| seen.get(tool.index()).is_some_and(is_wanted));
        wanted.map(|tool| sessions.texts.get(*tool)).collect()
    };
    let finders = named(|seen| seen.looks_for_tool);
    let worked = named(|seen| seen.worked && !seen.looks_for_tool);
    let tools = options.catalog.tools().iter();
    let catalog = tools.filter(|tool| !finders.contains(tool.name.as_str())).cloned().collect();
    Offer::new(&catalog, worked, options.embedder.as_ref()).with_servers(servers(sessions))
}

/// What calls show of a tool.
#[derive(Clone, Copy, Default)]
struct Seen {
    is_called: bool,
    looks_for_tool: bool,
    worked: bool,
}

/// What a demand is told apart by: what it looks for, and its exact text. Requests may have no text.
type DemandKey = (SearchKind, Option<TextId>);

/// Groups misses and capability requests, and tells for each search and request the cluster that it is in.
pub(crate) fn find_clusters(
    sessions: &Sessions,
    offer: &Offer,
    options: &Options,
    ids: &mut Space<SearchEdits>,
    grouping: Grouping,
) -> (Clusters, Column<Option<u32>>, Column<Option<u32>>) {
    let mut gathered: HashMap<DemandKey, Gathered> = HashMap::new();
    // The servers that were asked, none among them where a session names none.
    let mut asked: HashMap<DemandKey, HashSet<Option<TextId>>> = HashMap::new();
    // Where each stands, and where abandoned searches do.
    let (mut searches, mut requests, mut abandoned) = (Vec::new(), Vec::new(), Vec::new());
    for (index, session) in sessions.numbered().filter(|(_, row)| !row.is_workflow) {
        let mut note = |key: DemandKey| {
            asked.entry(key).or_default().insert(session.server);
        };
        let own = rows(&sessions.searches, &session.searches);
        for (place, search) in (session.searches.start as usize..).zip(own) {
            if search.miss == Some(MissKind::NoResults) {
                let key = (search.kind, Some(search.query));
                note(key);
                let entry = gathered.entry(key);
                entry.or_insert_with(|| Gathered::new(search.at)).add(index, search.at);
                searches.push((place, key));
            } else if search.abandoned {
                abandoned.push(place);
            }
        }
        let own = rows(&sessions.requests, &session.requests);
        for (place, request) in (session.requests.start as usize..).zip(own) {
            let key = (SearchKind::Discovery, request.text);
            note(key);
            let entry = gathered.entry(key);
            entry.or_insert_with(|| Gathered::new(request.at)).add(index, request.at);
            requests.push((place, key));
        }
    }
    let text = |id: &Option<TextId>| id.map(|id| sessions.texts.get(id));
    let mut distinct: Vec<(DemandKey, Gathered)> = gathered.into_iter().collect();
    distinct.sort_unstable_by_key(|((kind, query), _)| (*kind, text(query)));
    let demands: Vec<Demand<'_>> = distinct
        .iter_mut()
        .map(|((kind, query), gathered)| Demand {
            kind: *kind,
            text: text(query),
            servers: asked.get(&(*kind, *query)).map_or_else(Vec::new, |servers| {
                let named: Option<Vec<&str>> = servers
                    .iter()
                    .map(|server| server.map(|server| sessions.texts.get(server)))
                    .collect();
                named.unwrap_or_default()
            }),
            count: gathered.count,
            sessions: std::mem::take(&mut gathered.sessions),
            first_seen: gathered.first_seen,
            last_seen: gathered.last_seen,
        })
        .collect();
    let embedder = options.embedder.as_ref();
    let settings = &options.searches;
    let mut clusters = match grouping {
        Grouping::Cluster => mcp_insights_searches::find(&demands, offer, embedder, settings, ids),
        #[cfg(feature = "store")]
        Grouping::Assign => mcp_insights_searches::assign(&demands, offer, embedder, settings, ids),
    };
    // Nobody asks by demand any more.
    let cluster_of = std::mem::take(&mut clusters.cluster_of);
    let cluster_of: HashMap<DemandKey, u32> =
        distinct.iter().map(|(key, _)| *key).zip(cluster_of).collect();

    let mut of_search = vec![None; sessions.searches.len()];
    for (place, key) in searches {
        set(&mut of_search, place, cluster_of.get(&key).copied());
    }
    let mut of_request = vec![None; sessions.requests.len()];
    for (place, key) in requests {
        set(&mut of_request, place, cluster_of.get(&key).copied());
    }
    place_abandoned(sessions, options, &clusters, &abandoned, &mut of_search);
    (clusters, of_search.into(), of_request.into())
}

/// Gives each abandoned search the cluster of its meaning, where there is one.
fn place_abandoned(
    sessions: &Sessions,
    options: &Options,
    clusters: &Clusters,
    abandoned: &[usize],
    of_search: &mut [Option<u32>],
) {
    let query = |index: &usize| sessions.searches.get(*index).map(|search| search.query);
    let mut distinct: Vec<TextId> = abandoned.iter().filter_map(query).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let texts: Vec<&str> = distinct.iter().map(|text| sessions.texts.get(*text)).collect();
    let nearest = clusters.nearest(&texts, options.embedder.as_ref(), &options.searches);
    for index in abandoned {
        let text = query(index).and_then(|text| distinct.binary_search(&text).ok());
        let cluster = text.and_then(|text| nearest.get(text).copied().flatten());
        set(of_search, *index, cluster);
    }
}

fn set<T>(column: &mut [T], index: usize, value: T) {
    if let Some(row) = column.get_mut(index) {
        *row = value;
    }
}

/// Names of the MCP servers that events name.
pub(crate) fn servers(sessions: &Sessions) -> Vec<&str> {
    let named: HashSet<TextId> = sessions.iter().filter_map(|session| session.server).collect();
    named.into_iter().map(|server| sessions.texts.get(server)).collect()
}

/// For each cluster the share of its sessions that called its nearest tool with success after they had asked.
pub(crate) fn used_nearest(
    sessions: &Sessions,
    clusters: &Clusters,
    of_search: &Column<Option<u32>>,
    of_request: &Column<Option<u32>>,
) -> Vec<f64> {
    let nearest: Vec<Option<TextId>> = clusters
        .iter()
        .map(|cluster| sessions.texts.find(&cluster.nearest.first()?.tool_name))
        .collect();
    let tool_of = |cluster: &u32| nearest.get(*cluster as usize).copied().flatten();
    let count = |rows: &[u32]| count_use(sessions, rows, of_search, of_request, &tool_of);
    let rows = sessions.rows();
    let counts = if rows.len() <= SESSIONS_A_TASK {
        // No other thread is asked for so few.
        count(&rows)
    } else {
        rows.par_chunks(SESSIONS_A_TASK).map(count).reduce(HashMap::new, |mut all, more| {
            for (cluster, (asked, used)) in more {
                let own: &mut (u32, u32) = all.entry(cluster).or_default();
                *own = (own.0 + asked, own.1 + used);
            }
            all
        })
    };
    let share = |cluster: u32| {
        let (asked, used) = counts.get(&cluster).copied().unwrap_or_default();
        f64::from(used) / f64::from(asked.max(1))
    };
    (0_u32..).zip(clusters.iter()).map(|(cluster, _)| share(cluster)).collect()
}

/// How many of some sessions asked for what a cluster is about, and how many of those then called its nearest tool with success.
fn count_use(
    sessions: &Sessions,
    some: &[u32],
    of_search: &Column<Option<u32>>,
    of_request: &Column<Option<u32>>,
    tool_of: &impl Fn(&u32) -> Option<TextId>,
) -> HashMap<u32, (u32, u32)> {
    let mut counts: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut asked: HashMap<u32, Timestamp> = HashMap::new();
    // When a tool was last called with success, of those that are nearest to what a session asked for.
    let mut last: HashMap<TextId, Option<Timestamp>> = HashMap::new();
    let some = some.iter().filter_map(|row| sessions.get(*row));
    for session in some.filter(|session| !session.is_workflow) {
        asked.clear();
        let misses = rows(&sessions.searches, &session.searches)
            .iter()
            .zip(rows(of_search, &session.searches))
            .filter(|(search, _)| search.miss == Some(MissKind::NoResults))
            .map(|(search, cluster)| (search.at, *cluster));
        let requests = rows(&sessions.requests, &session.requests)
            .iter()
            .zip(rows(of_request, &session.requests))
            .map(|(request, cluster)| (request.at, *cluster));
        for (at, cluster) in misses.chain(requests) {
            let Some(cluster) = cluster else { continue };
            let first = asked.entry(cluster).or_insert(at);
            *first = at.min(*first);
        }
        if asked.is_empty() {
            continue;
        }
        last.clear();
        last.extend(asked.keys().filter_map(tool_of).map(|tool| (tool, None)));
        // In order of time.
        for call in rows(&sessions.calls, &session.calls) {
            let known = call.tool.and_then(|tool| last.get_mut(&tool));
            if let Some(last) = known.filter(|_| !call.reported_failure && !call.silent_failure) {
                *last = Some(call.started_at);
            }
        }
        for (cluster, at) in &asked {
            let last = tool_of(cluster).and_then(|tool| last.get(&tool).copied().flatten());
            let used = last.is_some_and(|last| last >= *at);
            let (all, with_use) = counts.entry(*cluster).or_default();
            *all += 1;
            *with_use += u32::from(used);
        }
    }
    counts
}
