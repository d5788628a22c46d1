//! Which tools search, and for what: rules over the words of a tool's name.

use std::cell::RefCell;

use mcp_insights_text::name_words;

use crate::memo::Memo;
use crate::{Rules, SearchKind};

/// A tool with one of these words in its name searches.
const SEARCH_WORDS: &[&str] =
    &["search", "find", "lookup", "grep", "discover", "retrieve", "route"];

/// So does one with this word and none of [`QUERY_LANGUAGE_WORDS`].
const QUERY_WORD: &str = "query";

/// A `query` beside one of these is a statement to run, not a search.
const QUERY_LANGUAGE_WORDS: &[&str] = &["sql", "database", "run", "execute"];

/// A search tool with one of these words looks for what the API can do, any other for data behind it.
const DISCOVERY_WORDS: &[&str] = &[
    "tool",
    "tools",
    "api",
    "apis",
    "sdk",
    "docs",
    "doc",
    "documentation",
    "reference",
    "capability",
    "capabilities",
    "method",
    "methods",
    "endpoint",
    "endpoints",
    "help",
    "route",
];

/// A search tool with one of these words looks for a tool, not for something to read.
const TOOL_WORDS: &[&str] = &[
    "tool",
    "tools",
    "capability",
    "capabilities",
    "method",
    "methods",
    "endpoint",
    "endpoints",
    "route",
];

/// Arguments that hold the text of a search, in order of precedence.
pub(crate) const QUERY_ARGUMENTS: &[&str] = &[
    "query",
    "q",
    "search",
    "search_query",
    "keywords",
    "keyword",
    "term",
    "pattern",
    "text",
    "question",
];

/// Members that hold the text of an entry of `search_calls`, in order of precedence.
pub(crate) const QUERY_MEMBERS: &[&str] = &["query", "q", "text", "search", "pattern", "keywords"];

/// What the name of a tool says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ToolName {
    /// Whether the name is that of a search tool.
    pub(crate) searches: bool,
    /// What it looks for, if it searches.
    pub(crate) kind: SearchKind,
    /// Whether it looks for a tool, if it searches.
    pub(crate) looks_for_tool: bool,
}

/// How a tool came to be a search tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Searches {
    /// It is none.
    No,
    /// Its name says so: its text stands in one of [`QUERY_ARGUMENTS`].
    ByName,
    /// The caller says so: any text among its arguments serves.
    ByRule,
}

/// Whether a tool is a search tool by its name and the caller's lists.
pub(crate) fn searches(name: &str, said: ToolName, rules: &Rules) -> Searches {
    let listed = |list: &[String]| list.iter().any(|listed| listed == name);
    if listed(&rules.search_exclude) {
        Searches::No
    } else if listed(&rules.search_include) {
        Searches::ByRule
    } else if said.searches {
        Searches::ByName
    } else {
        Searches::No
    }
}

impl ToolName {
    /// Reads a name.
    pub(crate) fn read(name: &str) -> Self {
        thread_local! {
            static READ: RefCell<Memo<ToolName>> = RefCell::default();
        }
        READ.with_borrow_mut(|read| *read.get(name, |name| Self::of_words(&name_words(name))))
    }

    fn of_words(words: &[String]) -> Self {
        let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let queries = any(&[QUERY_WORD]) && !any(QUERY_LANGUAGE_WORDS);
        Self {
            searches: any(SEARCH_WORDS) || queries,
            kind: if any(DISCOVERY_WORDS) { SearchKind::Discovery } else { SearchKind::Content },
            looks_for_tool: any(TOOL_WORDS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_word_makes_a_search_tool() {
        for word in SEARCH_WORDS.iter().chain([&QUERY_WORD]) {
            assert!(ToolName::read(&format!("{word}_issues")).searches, "{word}");
        }
        for name in ["issues", "research_topic", "finder", "get_queries", ""] {
            assert!(!ToolName::read(name).searches, "{name}");
        }
    }

    #[test]
    fn a_query_language_is_no_search() {
        for word in QUERY_LANGUAGE_WORDS {
            assert!(!ToolName::read(&format!("{word}_query")).searches, "{word}");
            assert!(ToolName::read(&format!("{word}_search")).searches, "{word}");
        }
    }

    #[test]
    fn every_discovery_word_makes_a_discovery_search() {
        for word in DISCOVERY_WORDS {
            let name = ToolName::read(&format!("search-{word}"));
            assert_eq!((name.searches, name.kind), (true, SearchKind::Discovery), "{word}");
        }
        assert_eq!(ToolName::read("searchIssues").kind, SearchKind::Content);
    }

    #[test]
    fn every_tool_word_looks_for_a_tool() {
        for word in TOOL_WORDS {
            assert!(ToolName::read(&format!("find_{word}")).looks_for_tool, "{word}");
        }
        for name in ["searchDocs", "search_api_reference", "search_help"] {
            assert!(!ToolName::read(name).looks_for_tool, "{name}");
        }
    }

    #[test]
    fn lists_beat_names_and_exclusion_beats_inclusion() {
        let rules = Rules {
            search_include: vec!["ask".into(), "both".into()],
            search_exclude: vec!["search_web".into(), "both".into()],
            ..Rules::default()
        };
        let how = |name: &str| searches(name, ToolName::read(name), &rules);
        assert_eq!(how("ask"), Searches::ByRule);
        assert_eq!(how("both"), Searches::No);
        assert_eq!(how("search_web"), Searches::No);
        assert_eq!(how("search_issues"), Searches::ByName);
        assert_eq!(how("get_issue"), Searches::No);
    }
}
