//! From inputs to a snapshot: read, deduplicate, sessionize, group.

use std::cmp::Reverse;
use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_calls::{Extractor, ShareExtractor, Shares};
use mcp_insights_events::{Input, Place, Progress, Sources, TextId, Timestamp};
use mcp_insights_registry::{Registry, Space, TopicEdits};
use mcp_insights_searches::Offer;
use mcp_insights_sessions::{Column, Outcome, Sessions, sessionize_shares};
use mcp_insights_topics::{Intent, Topic, Topics};
use rayon::prelude::*;

use crate::demand;
use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;
use crate::snapshot::{Endings, Snapshot, Times, by_id, cluster_times, rows};

/// Reads inputs and computes the snapshot; the registry learns the ids of what was found.
pub(crate) fn build(
    inputs: Vec<Input>,
    options: &Options,
    registry: &mut Registry,
    counts_rejections: bool,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Snapshot, Error> {
    registry.claim(options.embedder.name())?;
    let (shares, report, sources) = take_in(inputs, options, progress)?;
    let account = Account {
        rejected: counts_rejections.then_some(report.rejections.len() as u64),
        duplicates: Some(report.duplicates),
        report,
    };
    let sessions = sessionize_shares(shares, &options.sessions)?;
    let sources = sources.release();
    Ok(assemble(sessions, account, sources, options, registry, Grouping::Cluster).0)
}

/// What became of the records of a reading.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) report: ReadReport,
    /// Records refused; none where they were not counted.
    pub(crate) rejected: Option<u64>,
    /// Events dropped as duplicates; none where they were not counted.
    pub(crate) duplicates: Option<u64>,
}

/// Whether intents and failed searches are grouped anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// They are, from the groups of the registry on.
    Cluster,
    /// They join the groups of the registry, or none.
    #[cfg(feature = "store")]
    Assign,
}

/// Computes the snapshot of sessions, and gives the offer that failed searches were compared with.
pub(crate) fn assemble(
    sessions: Sessions,
    account: Account,
    sources: Sources,
    options: &Options,
    registry: &mut Registry,
    grouping: Grouping,
) -> (Snapshot, Offer) {
    let Registry { topics: topic_ids, searches: cluster_ids, .. } = registry;
    // Topics and clusters know nothing of each other, and clusters take longer.
    let ((topics, turn_topics, topic_endings, repeat_of, ids), clustered) = rayon::join(
        || {
            let (topics, turn_topics) = find_topics(&sessions, options, topic_ids, grouping);
            let topic_of_intent = topic_of_intent(&sessions, &turn_topics);
            let topic_of = |intent| topic_of_intent.get(&intent).copied();
            let ((endings, repeat_of), ids) = rayon::join(
                || {
                    rayon::join(
                        || endings(&sessions, &turn_topics, topics.len()),
                        || mcp_insights_sessions::repeats(&sessions, &topic_of),
                    )
                },
                || by_id(&sessions),
            );
            (topics, turn_topics, endings, repeat_of, ids)
        },
        || {
            let offer = demand::offer(&sessions, options);
            let (clusters, of_search, of_request) =
                demand::find_clusters(&sessions, &offer, options, cluster_ids, grouping);
            let used = demand::used_nearest(&sessions, &clusters, &of_search, &of_request);
            (offer, clusters, of_search, of_request, used)
        },
    );
    let (offer, clusters, search_clusters, request_clusters, used_nearest) = clustered;
    let times = |topic: &Topic| Times { first: topic.first_seen, last: topic.last_seen };
    let snapshot = Snapshot {
        ids,
        sessions,
        repeat_of: repeat_of.into(),
        topic_times: topics.topics.iter().map(times).collect(),
        topics: Arc::new(topics),
        turn_topics,
        topic_endings,
        cluster_times: cluster_times(&clusters),
        clusters: Arc::new(clusters),
        used_nearest: Arc::new(used_nearest),
        search_clusters,
        request_clusters,
        account,
        sources: Arc::new(sources),
        options: Arc::new(options.clone()),
    };
    (snapshot, offer)
}

/// Reads inputs down to one event of each identity.
pub(crate) fn take_in(
    inputs: Vec<Input>,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Shares, ReadReport, Sources), Error> {
    let extractor = Extractor::new(options.rules.clone());
    let extractor = ShareExtractor::new(extractor, options.facts_in_memory);
    let reading = mcp_insights_events::read(inputs, &options.read, &extractor, progress)?;
    let mut shares = Shares::merge(reading.parts);
    let fetch = |places: &[Place]| reading.sources.fetch(places).map_err(Error::from);
    let duplicates = shares.deduplicate(&fetch)?;
    let report = ReadReport {
        accepted: shares.len() as u64,
        duplicates,
        events_by_kind: shares.kinds(),
        rejections: reading.rejections,
        unreadable: reading.unreadable,
    };
    Ok((shares, report, reading.sources))
}

/// What is known of one distinct text while it is gathered.
pub(crate) struct Gathered {
    /// Verbatim texts with the sessions that have them.
    verbatim: HashMap<TextId, u64>,
    pub(crate) sessions: Vec<u32>,
    pub(crate) count: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
}

impl Gathered {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            verbatim: HashMap::new(),
            sessions: Vec::new(),
            count: 0,
            first_seen: at,
            last_seen: at,
        }
    }

    /// Counts the text once for a session; sessions come in ascending order.
    pub(crate) fn add(&mut self, session: u32, at: Timestamp) {
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
    grouping: Grouping,
) -> (Topics, Column<Option<u32>>) {
    let mut gathered: HashMap<TextId, Gathered> = HashMap::new();
    for (index, session) in sessions.numbered().filter(|(_, row)| !row.is_workflow) {
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
    let embedder = options.embedder.as_ref();
    let topics = match grouping {
        Grouping::Cluster => mcp_insights_topics::find(&intents, embedder, &options.topics, ids),
        #[cfg(feature = "store")]
        Grouping::Assign => mcp_insights_topics::assign(&intents, embedder, &options.topics, ids),
    };
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
    for session in sessions.iter().filter(|session| session.is_workflow) {
        let range = session.turns.start as usize..session.turns.end as usize;
        if let Some(turns) = synthetic.get_mut(range) {
            turns.fill(true);
        }
    }
    synthetic
}

/// The text that shows how its words are written: the most frequent, if possible one that does not shout, then the one with the fewest
/// capital letters.
fn most_frequent<'a>(sessions: &'a Sessions, texts: &HashMap<TextId, u64>) -> Option<&'a str> {
    let texts = texts.iter().map(|(text, count)| (sessions.texts.get(*text), *count));
    let (text, _) = texts.min_by_key(|(text, count)| {
        let capitals = text.chars().filter(|letter| letter.is_uppercase()).count();
        let shouts = capitals > 0 && !text.chars().any(char::is_lowercase);
        (shouts, Reverse(*count), capitals, *text)
    })?;
    Some(text)
}

/// The topic of each folded intent, for repeats.
fn topic_of_intent(sessions: &Sessions, turn_topics: &Column<Option<u32>>) -> HashMap<TextId, u32> {
    sessions
        .turns
        .iter()
        .zip(turn_topics.iter())
        .filter_map(|(turn, topic)| Some((turn.folded_intent?, (*topic)?)))
        .collect()
}

/// How the sessions of each topic ended.
fn endings(sessions: &Sessions, turn_topics: &Column<Option<u32>>, topics: usize) -> Vec<Endings> {
    let mut endings = vec![Endings::default(); topics];
    for session in sessions.iter().filter(|session| !session.is_workflow) {
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

/// So many sessions are worth a task of their own.
pub(crate) const SESSIONS_A_TASK: usize = 4_096;

/// Start times of all events held, of sessions and of none.
pub(crate) fn event_times(sessions: &Sessions) -> Vec<Timestamp> {
    let of_session = |row: &u32| {
        let session = sessions.get(*row);
        let events = session.map_or(&[][..], |session| rows(&sessions.events, &session.events));
        events.iter().map(|event| event.started_at)
    };
    let of_many = |rows: &[u32]| rows.iter().flat_map(of_session).collect::<Vec<_>>();
    let times: Vec<Vec<Timestamp>> =
        sessions.rows().par_chunks(SESSIONS_A_TASK).map(of_many).collect();
    let mut times = times.concat();
    times.extend(sessions.loose().map(|event| event.started_at));
    times
}
