//! Intents: which texts mean the same, and what an intent is inferred from where none is declared.

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::{EventFact, Facts, Note};
use mcp_insights_events::{TextId, TextTable};
use mcp_insights_text::fold;
use rayon::prelude::*;

use crate::conversation::narrow;
use crate::grouping::LEAST_SHARED;
use crate::known_texts::KnownTexts;

/// An intent inferred from names takes this many of them: what came first says most of what was wanted.
const MOST_NAMES: usize = 24;

/// The declared intents of a set of events, folded, each distinct text once.
#[derive(Debug, Default)]
pub(crate) struct Intents {
    classes: HashMap<TextId, Option<u32>>,
    folded: Vec<String>,
}

impl Intents {
    /// Folds declared intents.
    pub(crate) fn of(texts: &TextTable, declared: HashSet<TextId>, analysed_chars: usize) -> Self {
        let mut declared: Vec<TextId> = declared.into_iter().collect();
        declared.sort_unstable();
        let folded: Vec<String> = declared
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|id| fold(beginning(texts.get(*id), analysed_chars)))
            .collect();
        let mut intents = Self::default();
        let mut class_of: HashMap<String, u32> = HashMap::new();
        for (id, text) in declared.into_iter().zip(folded) {
            let class = (!text.is_empty()).then(|| {
                *class_of.entry_ref(text.as_str()).or_insert_with(|| {
                    intents.folded.push(text.clone());
                    narrow(intents.folded.len() - 1)
                })
            });
            intents.classes.insert(id, class);
        }
        intents
    }

    /// Those whose folded texts are known, with the id of the folded text of each class.
    pub(crate) fn known(known: &KnownTexts, declared: HashSet<TextId>) -> (Self, Vec<TextId>) {
        let mut declared: Vec<TextId> = declared.into_iter().collect();
        declared.sort_unstable();
        let (mut intents, mut folded) = (Self::default(), Vec::new());
        let mut class_of: HashMap<TextId, u32> = HashMap::new();
        for intent in declared {
            let class = known.folded(intent).map(|text| {
                *class_of.entry(text).or_insert_with(|| {
                    folded.push(text);
                    narrow(folded.len() - 1)
                })
            });
            intents.classes.insert(intent, class);
        }
        (intents, folded)
    }

    /// The class of a declared intent: equal for texts that fold alike, none where folding leaves nothing.
    pub(crate) fn class(&self, intent: TextId) -> Option<u32> {
        self.classes.get(&intent).copied().flatten()
    }

    /// The folded text of each class.
    pub(crate) fn folded(&self) -> &[String] {
        &self.folded
    }
}

/// The intents that work declares.
pub(crate) fn declared(facts: &Facts) -> HashSet<TextId> {
    let work = facts.events.iter().filter(|event| event.is_work);
    work.filter_map(|event| event.intent).collect()
}

/// The folded intent of work that declares none: the first thought that leaves something, else the names of what
/// was called, in order, each once.
pub(crate) fn inferred<'a>(
    facts: &Facts,
    work: impl Iterator<Item = &'a EventFact> + Clone,
    analysed_chars: usize,
) -> Option<String> {
    let thought = work.clone().find_map(|event| match event.note {
        Some(Note::Thinking(span)) => {
            let text = fold(beginning(facts.note(span), analysed_chars));
            (!text.is_empty()).then_some(text)
        }
        _ => None,
    });
    thought.or_else(|| {
        let mut names: Vec<&str> = Vec::new();
        let all = work.filter_map(|event| match event.note {
            Some(Note::Names(span)) => Some(facts.note(span)),
            _ => None,
        });
        for name in all.flat_map(str::split_whitespace) {
            if names.len() == MOST_NAMES {
                break;
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let text = fold(beginning(&names.join(" "), analysed_chars));
        (!text.is_empty()).then_some(text)
    })
}

/// The first so many characters of a text.
pub(crate) fn beginning(text: &str, characters: usize) -> &str {
    // A character is at least a byte, so most texts need no count.
    if text.len() <= characters {
        return text;
    }
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_a_character() {
        assert_eq!(beginning("日本語", 2), "日本");
        assert_eq!(beginning("日本語", 3), "日本語");
        assert_eq!(beginning("abc", 9), "abc");
        assert_eq!(beginning("abc", 0), "");
    }
}
