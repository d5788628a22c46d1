//! What was counted so far: the mergeable middle between a request and its figures.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::FailureClass;
use mcp_insights_events::TextId;

use crate::counts::{ClientCounts, Counts, FailureCounts, FailureText, ToolCounts};
use crate::history::Held;
use crate::window::Window;

/// Everything that the overview counts, of some of the sessions of one data set.
///
/// Partials of one window, filter and data set merge in any order and grouping to the same partial; the empty one
/// changes nothing. [`Partial::collect`](Self::collect) counts, [`Partial::finish`](Self::finish) gives the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    pub(crate) window: Window,
    pub(crate) held: Held,
    /// One a bucket of the window. The KPIs are their sum, so that the points add up.
    pub(crate) points: Vec<Counts>,
    pub(crate) previous: Counts,
    pub(crate) actors: HashSet<TextId>,
    pub(crate) previous_actors: HashSet<TextId>,
    pub(crate) events: u64,
    pub(crate) excluded_workflow_events: u64,
    pub(crate) tools: HashMap<TextId, ToolCounts>,
    pub(crate) clients: HashMap<Option<TextId>, ClientCounts>,
    pub(crate) failures: HashMap<FailureClass, FailureCounts>,
    pub(crate) failure_texts: HashMap<FailureText, u64>,
}

impl Partial {
    /// Nothing, of a window.
    #[must_use]
    pub fn empty(window: &Window) -> Self {
        Self {
            window: *window,
            held: Held::default(),
            points: vec![Counts::default(); window.buckets().len()],
            previous: Counts::default(),
            actors: HashSet::new(),
            previous_actors: HashSet::new(),
            events: 0,
            excluded_workflow_events: 0,
            tools: HashMap::new(),
            clients: HashMap::new(),
            failures: HashMap::new(),
            failure_texts: HashMap::new(),
        }
    }

    /// Adds what another partial of the same window, filter and data set has counted of other sessions.
    pub fn merge(&mut self, other: Self) {
        debug_assert_eq!(self.window, other.window, "partials of one window merge");
        self.held.merge(other.held);
        for (point, more) in self.points.iter_mut().zip(&other.points) {
            point.merge(more);
        }
        self.previous.merge(&other.previous);
        self.actors.extend(other.actors);
        self.previous_actors.extend(other.previous_actors);
        self.events += other.events;
        self.excluded_workflow_events += other.excluded_workflow_events;
        merge_map(&mut self.tools, other.tools, ToolCounts::merge);
        merge_map(&mut self.clients, other.clients, ClientCounts::merge);
        merge_map(&mut self.failures, other.failures, FailureCounts::merge);
        merge_map(&mut self.failure_texts, other.failure_texts, |count, more| *count += more);
    }
}

fn merge_map<K: Eq + Hash, V: Default>(
    map: &mut HashMap<K, V>,
    other: HashMap<K, V>,
    merge: impl Fn(&mut V, &V),
) {
    for (key, value) in other {
        merge(map.entry(key).or_default(), &value);
    }
}
