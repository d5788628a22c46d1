//! From inputs to a snapshot: read, deduplicate, sessionize, group.

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::{Extractor, Facts, MissKind, SearchKind};
use mcp_insights_events::{Input, Progress, Sources, TextId, Timestamp};
use mcp_insights_registry::{Registry, SearchEdits, Space, TopicEdits};
use mcp_insights_searches::{Clusters, Demand, Tools};
use mcp_insights_sessions::{Outcome, Sessions};
use mcp_insights_topics::{Intent, Topics};

use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;
use crate::snapshot::{Endings, SessionIds, Snapshot, rows};

/// Reads inputs and computes the snapshot; the registry learns the ids of what was found.
pub(crate) fn build(
    inputs: Vec<Input>,
    options: &Options,
    registry: &mut Registry,
    counts_rejections: bool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Snapshot, Error> {
    registry.claim(options.embedder.name())?;
    let (facts, report, sources) = take_in(inputs, options, progress)?;
    let sources = sources.release();
    let sessions = mcp_insights_sessions::sessionize(facts, &options.sessions);

    // Topics and clusters know nothing of each other.
    let Registry { topics: topic_ids, searches: cluster_ids, .. } = registry;
    let ((topics, turn_topics), (clusters, search_clusters, request_clusters)) = rayon::join(
        || find_topics(&sessions, options, topic_ids),
        || find_clusters(&sessions, options, cluster_ids),
    );
    let topic_endings = endings(&sessions, &turn_topics, topics.len());
    let tools = Tools::new(working_tools(&sessions), options.embedder.as_ref());
    let topic_of_intent = topic_of_intent(&sessions, &turn_topics);
    let repeat_of =
        mcp_insights_sessions::repeats(&sessions, &|intent| topic_of_intent.get(&intent).copied());
    Ok(Snapshot {
        ids: SessionIds::of(&sessions.sessions),
        is_repeat: repeat_of.iter().map(Option::is_some).collect(),
        sessions,
        repeat_of,
        topics,
        turn_topics,
        topic_endings,
        clusters,
        tools,
        search_clusters,
        request_clusters,
        report,
        counts_rejections,
        sources,
        options: options.clone(),
    })
}

/// Reads inputs down to one event of each identity.
pub(crate) fn take_in(
    inputs: Vec<Input>,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Facts, ReadReport, Sources), Error> {
    let extractor = Extractor::new(options.rules.clone());
    let reading = mcp_insights_events::read(inputs, &options.read, &extractor, progress)?;
    let mut facts = Facts::merge_all(reading.parts);
    let duplicates = facts.deduplicate(&|places| reading.sources.fetch(places))?;
    let report = ReadReport {
        accepted: facts.events.len() as u64,
        duplicates,
        events_by_kind: events_by_kind(&facts),
        rejections: reading.rejections,
        unreadable: reading.unreadable,
    };
    Ok((facts, report, reading.sources))
}

fn events_by_kind(facts: &Facts) -> Vec<(String, u64)> {
    let mut counts: HashMap<TextId, u64> = HashMap::new();
    for event in &facts.events {
        *counts.entry(event.kind_name).or_default() += 1;
    }
    let mut kinds: Vec<(String, u64)> =
        counts.into_iter().map(|(kind, count)| (facts.texts.get(kind).to_owned(), count)).collect();
    kinds.sort_unstable();
    kinds
}

/// What is known of one distinct text while it is gathered.
struct Gathered {
    /// Verbatim texts with the sessions that have them.
    verbatim: HashMap<TextId, u64>,
    sessions: Vec<u32>,
    count: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

impl Gathered {
    fn new(at: Timestamp) -> Self {
        Self {
            verbatim: HashMap::new(),
            sessions: Vec::new(),
            count: 0,
            first_seen: at,
            last_seen: at,
        }
    }

    /// Counts the text once for a session; sessions come in ascending order.
    fn add(&mut self, session: u32, at: Timestamp) {
        self.count += 1;
        self.first_seen = self.first_seen.min(at);
        self.last_seen = self.last_seen.max(at);
        if self.sessions.last() != Some(&session) {
            self.sessions.push(session);
        }
    }
}

/// Groups the distinct folded intents, and tells for each turn the topic that it is in.
fn find_topics(
    sessions: &Sessions,
    options: &Options,
    ids: &mut Space<TopicEdits>,
) -> (Topics, Vec<Option<u32>>) {
    let mut gathered: HashMap<TextId, Gathered> = HashMap::new();
    for (index, session) in (0_u32..).zip(&sessions.sessions).filter(|(_, row)| !row.is_workflow) {
        for turn in rows(&sessions.turns, &session.turns) {
            let Some(folded) = turn.folded_intent else { continue };
            let entry = gathered.entry(folded).or_insert_with(|| Gathered::new(turn.started_at));
            entry.add(index, turn.started_at);
            if let Some(raw) = turn.raw_intent {
                *entry.verbatim.entry(raw).or_default() += 1;
            }
        }
    }
    let mut distinct: Vec<(TextId, Gathered)> = gathered.into_iter().collect();
    distinct.sort_unstable_by_key(|(folded, _)| sessions.texts.get(*folded));
    let intents: Vec<Intent<'_>> = distinct
        .iter_mut()
        .map(|(folded, gathered)| Intent {
            text: sessions.texts.get(*folded),
            original: most_frequent(sessions, &gathered.verbatim)
                .unwrap_or_else(|| sessions.texts.get(*folded)),
            sessions: std::mem::take(&mut gathered.sessions),
            first_seen: gathered.first_seen,
            last_seen: gathered.last_seen,
        })
        .collect();
    let topics =
        mcp_insights_topics::find(&intents, options.embedder.as_ref(), &options.topics, ids);
    let topic_of: HashMap<TextId, u32> = distinct
        .iter()
        .zip(&topics.topic_of)
        .filter_map(|((folded, _), topic)| topic.map(|topic| (*folded, topic)))
        .collect();
    let synthetic = synthetic_turns(sessions);
    let turn_topics = sessions
        .turns
        .iter()
        .zip(synthetic)
        .map(|(turn, synthetic)| {
            turn.folded_intent.filter(|_| !synthetic).and_then(|text| topic_of.get(&text).copied())
        })
        .collect();
    (topics, turn_topics)
}

/// For each turn whether it is of a synthetic session.
fn synthetic_turns(sessions: &Sessions) -> Vec<bool> {
    let mut synthetic = vec![false; sessions.turns.len()];
    for session in sessions.sessions.iter().filter(|session| session.is_workflow) {
        let range = session.turns.start as usize..session.turns.end as usize;
        if let Some(turns) = synthetic.get_mut(range) {
            turns.fill(true);
        }
    }
    synthetic
}

fn most_frequent<'a>(sessions: &'a Sessions, texts: &HashMap<TextId, u64>) -> Option<&'a str> {
    texts
        .iter()
        .map(|(text, count)| (sessions.texts.get(*text), *count))
        .min_by(|(left, many), (right, more)| more.cmp(many).then(left.cmp(right)))
        .map(|(text, _)| text)
}

/// The topic of each folded intent, for repeats.
fn topic_of_intent(sessions: &Sessions, turn_topics: &[Option<u32>]) -> HashMap<TextId, u32> {
    sessions
        .turns
        .iter()
        .zip(turn_topics)
        .filter_map(|(turn, topic)| Some((turn.folded_intent?, (*topic)?)))
        .collect()
}

/// How the sessions of each topic ended.
fn endings(sessions: &Sessions, turn_topics: &[Option<u32>], topics: usize) -> Vec<Endings> {
    let mut endings = vec![Endings::default(); topics];
    for session in sessions.sessions.iter().filter(|session| !session.is_workflow) {
        let mut of_session: Vec<u32> =
            rows(turn_topics, &session.turns).iter().copied().flatten().collect();
        of_session.sort_unstable();
        of_session.dedup();
        for topic in of_session {
            let Some(ending) = endings.get_mut(topic as usize) else { continue };
            ending.known += u64::from(session.outcome != Outcome::Unknown);
            let bad = matches!(session.outcome, Outcome::Unmet | Outcome::Failed);
            ending.unmet_or_failed += u64::from(bad);
        }
    }
    endings
}

/// What a demand is told apart by: what it looks for, and its exact text. Requests may have no text.
type DemandKey = (SearchKind, Option<TextId>);

/// Groups misses and capability requests, and tells for each search and request the cluster that it is in.
fn find_clusters(
    sessions: &Sessions,
    options: &Options,
    ids: &mut Space<SearchEdits>,
) -> (Clusters, Vec<Option<u32>>, Vec<Option<u32>>) {
    let mut gathered: HashMap<DemandKey, Gathered> = HashMap::new();
    for (index, session) in (0_u32..).zip(&sessions.sessions).filter(|(_, row)| !row.is_workflow) {
        for search in rows(&sessions.searches, &session.searches) {
            if search.miss == Some(MissKind::NoResults) {
                let entry = gathered.entry((search.kind, Some(search.query)));
                entry.or_insert_with(|| Gathered::new(search.at)).add(index, search.at);
            }
        }
        for request in rows(&sessions.requests, &session.requests) {
            let entry = gathered.entry((SearchKind::Discovery, request.text));
            entry.or_insert_with(|| Gathered::new(request.at)).add(index, request.at);
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
            count: gathered.count,
            sessions: std::mem::take(&mut gathered.sessions),
            first_seen: gathered.first_seen,
            last_seen: gathered.last_seen,
        })
        .collect();
    let clusters =
        mcp_insights_searches::find(&demands, options.embedder.as_ref(), &options.searches, ids);
    let cluster_of: HashMap<DemandKey, u32> =
        distinct.iter().map(|(key, _)| *key).zip(clusters.cluster_of.iter().copied()).collect();

    let mut of_search = vec![None; sessions.searches.len()];
    let mut of_request = vec![None; sessions.requests.len()];
    let mut abandoned: Vec<usize> = Vec::new();
    for session in sessions.sessions.iter().filter(|session| !session.is_workflow) {
        let searches = session.searches.start as usize..session.searches.end as usize;
        for index in searches {
            let Some(search) = sessions.searches.get(index) else { continue };
            if search.miss == Some(MissKind::NoResults) {
                let cluster = cluster_of.get(&(search.kind, Some(search.query))).copied();
                set(&mut of_search, index, cluster);
            } else if search.abandoned {
                abandoned.push(index);
            }
        }
        let requests = session.requests.start as usize..session.requests.end as usize;
        for index in requests {
            let Some(request) = sessions.requests.get(index) else { continue };
            let cluster = cluster_of.get(&(SearchKind::Discovery, request.text)).copied();
            set(&mut of_request, index, cluster);
        }
    }
    place_abandoned(sessions, options, &clusters, &abandoned, &mut of_search);
    (clusters, of_search, of_request)
}

/// Names of the tools of which a call worked.
fn working_tools(sessions: &Sessions) -> Vec<&str> {
    let real = sessions.sessions.iter().filter(|session| !session.is_workflow);
    let calls = real.flat_map(|session| rows(&sessions.calls, &session.calls));
    let worked = calls.filter(|call| !call.reported_failure && !call.silent_failure);
    let tools: HashSet<TextId> = worked.filter_map(|call| call.tool).collect();
    tools.into_iter().map(|tool| sessions.texts.get(tool)).collect()
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

/// Start times of all events held, of sessions and of none.
pub(crate) fn event_times(sessions: &Sessions) -> Vec<Timestamp> {
    let members = sessions.events.iter().map(|event| event.started_at);
    members.chain(sessions.unattached.iter().map(|event| event.started_at)).collect()
}
