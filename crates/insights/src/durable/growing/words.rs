//! The words that most queries of a tool hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use mcp_insights_events::TextId;
use mcp_insights_sessions::{CommonWords, KnownTexts, Search, Sessions, WordCounts};

use crate::snapshot::Snapshot;

/// Counts the words of queries while sessions come and go.
pub(super) struct Words(WordCounts);

/// A tool; none where searches name none.
type Tool = Option<TextId>;

impl Words {
    pub(super) fn of(snapshot: &Snapshot, texts: &mut KnownTexts) -> Self {
        let mut counts = WordCounts::default();
        let sessions = &snapshot.sessions;
        let rows = sessions.rows();
        let searches = rows.iter().flat_map(|row| counted(sessions, *row));
        let chars = snapshot.options.sessions.analysed_chars;
        counts.add(&sessions.texts, texts, searches, chars);
        Self(counts)
    }

    /// Sessions leave and others come; gives the tools whose common words are others now.
    pub(super) fn change(
        &mut self,
        snapshot: &Snapshot,
        texts: &mut KnownTexts,
        gone: &[u32],
        new: &Sessions,
    ) -> BTreeSet<Tool> {
        let mut tools: BTreeSet<Tool> = BTreeSet::new();
        for search in gone.iter().flat_map(|row| counted(&snapshot.sessions, *row)) {
            self.0.remove(texts, search);
            tools.insert(search.tool);
        }
        let rows = new.rows();
        let searches = || rows.iter().flat_map(|row| counted(new, *row));
        let chars = snapshot.options.sessions.analysed_chars;
        self.0.add(&new.texts, texts, searches(), chars);
        tools.extend(searches().map(|search| search.tool));
        let known = &snapshot.sessions.common_words;
        tools.retain(|tool| {
            let name = tool.map(|tool| new.texts.get(tool));
            self.0.common(*tool) != known.of(name)
        });
        tools
    }

    /// The common words, with those of some tools as they are counted now.
    pub(super) fn common(
        &mut self,
        snapshot: &Snapshot,
        new: &Sessions,
        tools: &BTreeSet<Tool>,
    ) -> Arc<CommonWords> {
        let mut common = snapshot.sessions.common_words.as_ref().clone();
        for tool in tools {
            let name = tool.map(|tool| new.texts.get(tool));
            common = common.with_tool(name, self.0.common(*tool));
        }
        Arc::new(common)
    }

    /// The rows of all sessions of which other searches are similar when the common words of some tools are others.
    pub(super) fn affected(
        &self,
        snapshot: &Snapshot,
        texts: &KnownTexts,
        tools: &BTreeSet<Tool>,
        common: &CommonWords,
    ) -> Vec<u32> {
        let sessions = &snapshot.sessions;
        let is_affected = |session: &mcp_insights_sessions::Session| {
            let searches = sessions.searches.rows(&session.searches);
            let before = &sessions.common_words;
            searches.iter().any(|search| tools.contains(&search.tool))
                && texts.are_similar_otherwise(&sessions.texts, searches, before, common)
        };
        let affected = sessions.numbered().filter(|(_, session)| is_affected(session));
        affected.map(|(row, _)| row).collect()
    }

    /// Whether any of some sessions searched with any of some tools.
    pub(super) fn are_searched(&self, sessions: &Sessions, tools: &BTreeSet<Tool>) -> bool {
        sessions.searches.iter().any(|search| tools.contains(&search.tool))
    }
}

/// The searches of a session that count: none of a synthetic one.
fn counted(sessions: &Sessions, row: u32) -> &[Search] {
    let session = sessions.get(row).filter(|session| !session.is_workflow);
    session.map_or(&[], |session| sessions.searches.rows(&session.searches))
}
