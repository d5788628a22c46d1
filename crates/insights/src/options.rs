//! How an engine reads and computes.

use std::sync::Arc;

use mcp_insights_calls::Rules;
use mcp_insights_events::ReadSettings;
use mcp_insights_searches::Catalog;
use mcp_insights_text::{Accurate, Embedder, KeptVectors};

/// The settings of an [`Engine`](crate::Engine). The defaults suit most data.
#[derive(Clone)]
pub struct Options {
    /// Bounds on records, what a refused record does, and whether traces can be asked for.
    pub read: ReadSettings,
    /// Which tools count as search tools, and how much of a text is analysed.
    pub rules: Rules,
    /// So many bytes of what events say stay in memory while they are read; what is more goes into a temporary file, in the
    /// folder that `TMPDIR` names, until sessions are made of it. Texts always stay in memory, and so do sessions.
    pub facts_in_memory: usize,
    /// The idle gaps that cut sessions.
    pub sessions: mcp_insights_sessions::Settings,
    /// How intents become topics.
    pub topics: mcp_insights_topics::Settings,
    /// How failed searches become clusters.
    pub searches: mcp_insights_searches::Settings,
    /// What the API offers: with a catalog, failed searches are told apart into what is missing and what was only not
    /// found. Without one it is empty, and that stays unknown.
    pub catalog: Catalog,
    /// What turns texts into vectors: by default [`Accurate`], which embeds each text once for all engines that share
    /// these options. A registry remembers the name of its embedder: ids of two never mix.
    pub embedder: Arc<dyn Embedder>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read: ReadSettings::default(),
            rules: Rules::default(),
            facts_in_memory: 384 << 20,
            sessions: mcp_insights_sessions::Settings::default(),
            topics: mcp_insights_topics::Settings::default(),
            searches: mcp_insights_searches::Settings::default(),
            catalog: Catalog::default(),
            embedder: Arc::new(KeptVectors::new(Arc::new(Accurate))),
        }
    }
}
