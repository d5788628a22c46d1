//! The engine: one immutable snapshot, a registry of ids and edits, and a method for each endpoint.

use std::sync::Arc;

use mcp_insights_api as api;
use mcp_insights_events::{Input, Progress, Timestamp};
use mcp_insights_registry::{Registry, SearchEdits, TopicEdits};

use crate::build;
use crate::clock;
use crate::error::Error;
use crate::options::Options;
use crate::report::ReadReport;
use crate::snapshot::Snapshot;

/// Insights over one set of events.
///
/// An engine never changes: queries take `&self` and are pure functions of (events, registry, query, `now`), so it can
/// be shared between threads and cloned for the price of two pointers. An edit gives the next engine.
///
/// `now` is always an argument. A window is `[now - range, now)`.
#[derive(Clone)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    registry: Arc<Registry>,
}

impl Engine {
    /// An engine over events that the caller holds, with default [`Options`] but for traces, which stay in memory.
    ///
    /// A value that is no event is refused and listed in [`Engine::read_report`]; it takes no other with it.
    ///
    /// # Errors
    /// [`Error::Registry`] where the registry belongs to another embedder, [`Error::Serialize`] where a value cannot
    /// be written as JSON.
    pub fn from_events(
        events: impl IntoIterator<Item = serde_json::Value>,
        registry: Registry,
    ) -> Result<Self, Error> {
        Self::from_events_with(events, &Options::default(), registry)
    }

    /// As [`Engine::from_events`], with options of the caller's.
    ///
    /// # Errors
    /// As [`Engine::from_events`]; [`Error::Read`] for the first refused value where the options are strict.
    pub fn from_events_with(
        events: impl IntoIterator<Item = serde_json::Value>,
        options: &Options,
        registry: Registry,
    ) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        for event in events {
            serde_json::to_writer(&mut bytes, &event)?;
            bytes.push(b'\n');
        }
        let input = Input::Bytes { name: "events".to_owned(), bytes };
        Self::build(vec![input], options, registry, false, &|_| {})
    }

    /// An engine over files, folders, streams or bytes.
    ///
    /// Records that are refused do not stop the reading (unless [`ReadSettings::strict`](crate::ReadSettings) says so);
    /// [`Engine::read_report`] lists them. `progress` is called now and then, from any thread.
    ///
    /// # Errors
    /// [`Error::Read`] where an input cannot be read at all, [`Error::Registry`] where the registry belongs to another
    /// embedder, [`Error::Source`] where a source changes while it is read.
    pub fn read(
        inputs: Vec<Input>,
        options: &Options,
        registry: Registry,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, Error> {
        Self::build(inputs, options, registry, true, progress)
    }

    fn build(
        inputs: Vec<Input>,
        options: &Options,
        mut registry: Registry,
        counts_rejections: bool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, Error> {
        let snapshot = build::build(inputs, options, &mut registry, counts_rejections, progress)?;
        Ok(Self { snapshot: Arc::new(snapshot), registry: Arc::new(registry) })
    }

    #[cfg(feature = "store")]
    pub(crate) fn new(snapshot: Snapshot, registry: Arc<Registry>) -> Self {
        Self { snapshot: Arc::new(snapshot), registry }
    }

    /// What the reading took and refused.
    #[must_use]
    pub fn read_report(&self) -> &ReadReport {
        &self.snapshot.account.report
    }

    /// The ids and edits, with what this engine added to them. Give it to the next engine, so that ids survive.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A `now` for a caller without a clock: the end of the hour of the newest event that has another in the 48 hours
    /// before it. One event in a thousand, and at least one, may be passed over as the work of a skewed clock. None
    /// without events.
    #[must_use]
    pub fn default_now(&self) -> Option<Timestamp> {
        clock::default_now(build::event_times(&self.snapshot.sessions))
    }

    /// The MCP servers that sessions name, ordered.
    #[must_use]
    pub fn servers(&self) -> Vec<String> {
        let mut servers: Vec<String> = crate::demand::servers(&self.snapshot.sessions)
            .into_iter()
            .map(str::to_owned)
            .collect();
        servers.sort_unstable();
        servers
    }

    /// The label of a topic, edited or generated; none for an id that was never known.
    #[must_use]
    pub fn label_of_topic(&self, id: &str) -> Option<String> {
        self.topic_label(self.find_topic(id)?)
    }

    /// The label of a search cluster, edited or generated; none for an id that was never known.
    #[must_use]
    pub fn label_of_search(&self, id: &str) -> Option<String> {
        let cluster = self.snapshot.clusters.get(self.find_cluster(id)?)?;
        Some(cluster.shown_label(&self.search_edits(&cluster.id)).to_owned())
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The index of the topic that an id stands for.
    pub(crate) fn find_topic(&self, id: &str) -> Option<u32> {
        self.snapshot.topics.find(id, &self.registry.topics)
    }

    /// The index of the search cluster that an id stands for.
    pub(crate) fn find_cluster(&self, id: &str) -> Option<u32> {
        self.snapshot.clusters.find(id, &self.registry.searches)
    }

    /// The id of a topic.
    pub(crate) fn topic_id(&self, topic: u32) -> Option<String> {
        self.snapshot.topics.get(topic).map(|topic| topic.id.clone())
    }

    /// The id of a search cluster.
    pub(crate) fn cluster_id(&self, cluster: u32) -> Option<String> {
        self.snapshot.clusters.get(cluster).map(|cluster| cluster.id.clone())
    }

    /// The label of a topic, edited or generated.
    pub(crate) fn topic_label(&self, topic: u32) -> Option<String> {
        let topic = self.snapshot.topics.get(topic)?;
        Some(topic.shown_label(&self.topic_edits(&topic.id)).0.to_owned())
    }

    /// What people changed on a topic.
    pub(crate) fn topic_edits(&self, id: &str) -> TopicEdits {
        self.registry.topics.entry(id).map(|entry| entry.edits().clone()).unwrap_or_default()
    }

    /// What people changed on a search cluster.
    pub(crate) fn search_edits(&self, id: &str) -> SearchEdits {
        self.registry.searches.entry(id).map(|entry| entry.edits().clone()).unwrap_or_default()
    }

    /// Whether a topic is unmet demand: as set by hand, else by how its sessions ended over all time.
    pub(crate) fn is_unmet_demand(&self, topic: u32) -> bool {
        let by_hand = self.snapshot.topics.get(topic).and_then(|topic| {
            let edits = self.registry.topics.entry(&topic.id)?.edits();
            edits.is_unmet_demand
        });
        let detected = || {
            let endings =
                self.snapshot.topic_endings.get(topic as usize).copied().unwrap_or_default();
            mcp_insights_topics::unmet_demand(endings.known, endings.unmet_or_failed)
        };
        by_hand.unwrap_or_else(detected)
    }

    /// The same snapshot under another registry.
    pub(crate) fn with_registry(&self, registry: Registry) -> Self {
        Self { snapshot: Arc::clone(&self.snapshot), registry: Arc::new(registry) }
    }

    /// `GET /insights/overview`.
    ///
    /// # Errors
    /// [`Error::Validation`] where the query has a value that it must not have.
    pub fn overview(
        &self,
        query: &api::OverviewQuery,
        now: Timestamp,
    ) -> Result<api::Overview, Error> {
        Ok(crate::queries::overview::overview(self, query, now))
    }

    /// `GET /insights/topics`.
    ///
    /// # Errors
    /// [`Error::Validation`] where the query has a value that it must not have.
    pub fn topics(
        &self,
        query: &api::TopicsQuery,
        now: Timestamp,
    ) -> Result<api::TopicList, Error> {
        crate::queries::topics::list(self, query, now)
    }

    /// `GET /insights/topics/{id}`. A retired id answers with the topic that took it over.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an id that was never known.
    pub fn topic(
        &self,
        id: &str,
        query: &api::WindowQuery,
        now: Timestamp,
    ) -> Result<api::TopicDetail, Error> {
        crate::queries::topics::detail(self, id, query, now)
    }

    /// `GET /insights/searches`.
    ///
    /// # Errors
    /// [`Error::Validation`] where the query has a value that it must not have.
    pub fn searches(
        &self,
        query: &api::SearchesQuery,
        now: Timestamp,
    ) -> Result<api::SearchList, Error> {
        crate::queries::searches::list(self, query, now)
    }

    /// `GET /insights/searches/{id}`. A retired id answers with the cluster that took it over.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an id that was never known.
    pub fn search(
        &self,
        id: &str,
        query: &api::WindowQuery,
        now: Timestamp,
    ) -> Result<api::SearchDetail, Error> {
        crate::queries::searches::detail(self, id, query, now)
    }

    /// `GET /insights/sessions`. A cursor in the query pins the end of the window, whatever `now` is.
    ///
    /// # Errors
    /// [`Error::Validation`] where the query has a value that it must not have, a cursor of other filters among them.
    pub fn sessions(
        &self,
        query: &api::SessionsQuery,
        now: Timestamp,
    ) -> Result<api::SessionList, Error> {
        crate::queries::sessions::list(self, query, now)
    }

    /// `GET /insights/sessions/{id}/trace`: one session in full, synthetic or not.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown id, [`Error::Source`] where the events were not kept or their source changed.
    pub fn trace(&self, id: &str) -> Result<api::Trace, Error> {
        crate::queries::trace::trace(self, id)
    }

    /// `PATCH /insights/topics/{id}`: the next engine, and the topic after the edit over the default range.
    ///
    /// Nothing is clustered again. This engine stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown id, [`Error::Validation`] for a patch that is none.
    pub fn update_topic(
        &self,
        id: &str,
        patch: &api::TopicPatch,
        now: Timestamp,
    ) -> Result<(Self, api::TopicDetail), Error> {
        let next = crate::edit::topic(self, id, patch)?;
        let topic = next.topic(id, &api::WindowQuery::default(), now)?;
        Ok((next, topic))
    }

    /// `PATCH /insights/searches/{id}`: the next engine, and the cluster after the edit over the default range.
    ///
    /// # Errors
    /// As [`Engine::update_topic`].
    pub fn update_search(
        &self,
        id: &str,
        patch: &api::SearchPatch,
        now: Timestamp,
    ) -> Result<(Self, api::SearchDetail), Error> {
        let next = crate::edit::search(self, id, patch, now)?;
        let search = next.search(id, &api::WindowQuery::default(), now)?;
        Ok((next, search))
    }
}
