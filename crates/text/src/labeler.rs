//! Names for groups of texts: made of their own words, and different for every group of a list.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use rayon::prelude::*;

use crate::circumstances::stands_before_others;
use crate::phrases::{GroupPhrases, Label};
use crate::spans::common_span;
use crate::tokens::{Token, tokens, without_possessive};
use crate::{Background, is_function_word, stem, words};

/// A label has at most so many words.
const MOST_WORDS: usize = 6;
/// A label has at most so many characters, as one that a person gives.
const LONGEST_LABEL: usize = 120;
/// A text that has no word of its own is shown, cut to so many characters.
const MOST_CHARACTERS: usize = 60;
/// So many phrases of each sort are asked for.
const CANDIDATES: usize = 8;

/// One distinct text of a group.
#[derive(Clone, Copy, Debug)]
pub struct GroupText<'a> {
    /// The folded text, whose words the label is made of.
    pub folded: &'a str,
    /// A verbatim text behind it, which shows how its words are written.
    pub original: &'a str,
    /// How much it counts: its sessions.
    pub weight: u32,
}

/// Names a group of texts. A language model can stand behind it.
pub trait Labeler: Send + Sync {
    /// Names for a group, best first. The first that no larger group has taken is used, so several are better than one.
    ///
    /// `background` knows how common words are over all groups. The answer must depend on the arguments alone.
    fn candidates(&self, texts: &[GroupText<'_>], background: &Background) -> Vec<String>;
}

/// Names a group by the phrases that most of its texts share.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyPhraseLabeler;

impl Labeler for KeyPhraseLabeler {
    fn candidates(&self, texts: &[GroupText<'_>], background: &Background) -> Vec<String> {
        let folded: Vec<(&str, u32)> =
            texts.iter().map(|text| (text.folded, text.weight)).collect();
        let group = GroupPhrases::of(&folded, background);
        let writing = Writing::of(texts);
        let mut labels = group.best_labels(CANDIDATES);
        // A lone word, and words that never follow each other, read better in what is said around them.
        let needs_words = |label: &&Label<'_>| label.stems.len() == 1 || label.stands_apart;
        let spoken = labels
            .first()
            .filter(needs_words)
            .and_then(|label| {
                // Spans know no compounds: each of their words has to be there.
                let stems: Vec<&str> =
                    label.stems.iter().flat_map(|stem| stem.split('-')).collect();
                common_span(&folded, &stems)
            })
            .map(|span| writing.write(&span));
        lengthen(&mut labels);
        let mut phrases: Vec<String> = labels.into_iter().map(|label| label.text).collect();
        phrases.extend(group.key_phrases(CANDIDATES));
        let own = group.keywords(CANDIDATES);
        phrases.extend(own.windows(2).map(|pair| pair.join(" ")));
        phrases.extend(texts.iter().take(CANDIDATES).map(|text| first_thought(text.folded)));
        phrases.extend(own);
        let mut tidy: Vec<String> = spoken.into_iter().collect();
        let mut rests: Vec<String> = Vec::new();
        for phrase in &phrases {
            let Some(label) = writing.tidy(phrase) else { continue };
            // One word of several says less than what other candidates say.
            let is_rest = !label.contains(' ') && phrase.trim().contains(' ');
            let place = if is_rest { &mut rests } else { &mut tidy };
            if !place.contains(&label) {
                place.push(label);
            }
        }
        rests.retain(|rest| !tidy.contains(rest));
        tidy.extend(rests);
        if tidy.is_empty() {
            tidy.extend(texts.iter().filter_map(|text| shorten(text.original)).take(1));
        }
        tidy
    }
}

/// Puts the best label that says more than a lone first word before it.
fn lengthen(labels: &mut [Label<'_>]) {
    let Some([word]) = labels.first().map(|label| label.stems.as_slice()) else { return };
    let longer = |label: &Label<'_>| label.stems.len() > 1 && label.stems.contains(word);
    if let Some(place) = labels.iter().position(longer) {
        labels.get_mut(..=place).unwrap_or_default().rotate_right(1);
    }
}

/// The words of a text up to the first break behind two that carry a topic; values are left out.
fn first_thought(text: &str) -> String {
    let mut thought: Vec<String> = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Word(word) => thought.push(word.replace('_', " ")),
            Token::Placeholder | Token::Hyphen => {}
            Token::Break => {
                let topical = thought.iter().filter(|word| !is_function_word(&word.to_lowercase()));
                if topical.count() > 1 {
                    break;
                }
            }
        }
    }
    thought.join(" ")
}

/// A group to be named.
#[derive(Clone, Debug, Default)]
pub struct NamelessGroup<'a> {
    /// Its texts, those that count most first.
    pub texts: Vec<GroupText<'a>>,
    /// The name to keep where it has no texts now, and may be empty.
    pub remembered: &'a str,
}

impl NamelessGroup<'_> {
    fn weight(&self) -> u64 {
        self.texts.iter().map(|text| u64::from(text.weight.max(1))).sum()
    }
}

/// Names all groups of a list, in the order given, each differently from all others and from `taken`: in a word that is no function
/// word, whatever the case, form and order.
///
/// The heaviest group chooses first, among equals the one that stands first. A group takes its first candidate that is
/// free; where none is, the first joined with words of another, and in the end a number. One without candidates is
/// called `fallback`.
#[must_use]
pub fn name_groups(
    groups: &[NamelessGroup<'_>],
    labeler: &dyn Labeler,
    background: &Background,
    taken: &[&str],
    fallback: &str,
) -> Vec<String> {
    let candidates: Vec<Candidates> = groups
        .par_iter()
        .map(|group| match (group.texts.is_empty(), group.remembered) {
            (true, "") => Vec::new(),
            (true, remembered) => vec![remembered.to_owned()],
            (false, _) => labeler.candidates(&group.texts, background),
        })
        .map(|names| Candidates::new(names, fallback))
        .collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|index| Reverse(groups.get(*index).map_or(0, NamelessGroup::weight)));
    let mut taken: Taken = taken.iter().map(|label| (meaning(label), 2)).collect();
    let mut names = vec![String::new(); groups.len()];
    for index in order {
        let (Some(own), Some(name)) = (candidates.get(index), names.get_mut(index)) else {
            continue;
        };
        *name = own.choose(&mut taken);
    }
    names
}

/// The [`meaning`]s of the names that are taken, each with the number that it is to be counted on from.
type Taken = HashMap<String, u32>;

/// What a name says, whatever the forms and order of its words: the stems of those that are no function words, ordered. Names that
/// differ in no more are no help to who has to tell them apart (`Change oil`, `Oil changes`).
fn meaning(label: &str) -> String {
    let words = words(label);
    let mut stems: Vec<&str> =
        words.iter().filter(|word| !is_function_word(word)).map(|word| stem(word)).collect();
    stems.sort_unstable();
    if stems.is_empty() { label.to_lowercase() } else { stems.join(" ") }
}

/// Whether a name has no word but those of another.
fn is_part(label: &str, whole: &str) -> bool {
    let (label, whole) = (meaning(label), meaning(whole));
    let whole: Vec<&str> = whole.split(' ').collect();
    label.split(' ').all(|stem| whole.contains(&stem))
}

/// The names that a group may have.
struct Candidates {
    first: String,
    /// What the first says. It is found out beforehand, as most groups get the first.
    meaning: String,
    others: Vec<String>,
}

impl Candidates {
    fn new(names: Vec<String>, fallback: &str) -> Self {
        let mut names = names.into_iter();
        let first = names.next().unwrap_or_else(|| fallback.to_owned());
        Self { meaning: meaning(&first), first, others: names.collect() }
    }

    /// The first name that is free. Where the first is taken, parts of it and lone words come behind those that say something else.
    fn choose(&self, taken: &mut Taken) -> String {
        let Self { first, meaning, others } = self;
        if take_meaning(taken, meaning.clone()) {
            return first.clone();
        }
        let joined = others.iter().filter_map(|other| join(first, other));
        let says_else = |other: &&String| other.contains(' ') && !is_part(other, first);
        let named = others
            .iter()
            .filter(says_else)
            .cloned()
            .chain(joined)
            .chain(others.iter().filter(|other| !says_else(other)).cloned())
            .find(|label| take_name(taken, label));
        named.unwrap_or_else(|| {
            let from = taken.get(meaning).copied().unwrap_or(2);
            let numbered = (from..).map(|number| (number, format!("{first} {number}")));
            let (number, label) = numbered
                .into_iter()
                .find(|(_, label)| take_name(taken, label))
                .unwrap_or_else(|| (from, first.clone()));
            taken.insert(meaning.clone(), number.saturating_add(1));
            label
        })
    }
}

/// Takes a name, where nobody has one of its meaning.
fn take_name(taken: &mut Taken, label: &str) -> bool {
    take_meaning(taken, meaning(label))
}

/// Takes the names of a meaning, where nobody has one.
fn take_meaning(taken: &mut Taken, meaning: String) -> bool {
    match taken.entry(meaning) {
        Entry::Occupied(_) => false,
        Entry::Vacant(entry) => {
            entry.insert(2);
            true
        }
    }
}

/// "Refund order: invoice": a label with the words of another that it lacks.
fn join(first: &str, other: &str) -> Option<String> {
    let own = words(first);
    let more: Vec<String> = words(other)
        .into_iter()
        .filter(|word| !own.contains(word) && !is_function_word(word))
        .filter(|word| !stands_before_others(word))
        .filter(|word| word.chars().count() <= MOST_CHARACTERS)
        .take(2)
        .collect();
    (!more.is_empty()).then(|| format!("{first}: {}", more.join(" ")))
}

/// How the texts of a group write their words: `PDF`, `GitHub`.
struct Writing {
    forms: BTreeMap<String, String>,
}

impl Writing {
    fn of(texts: &[GroupText<'_>]) -> Self {
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for text in texts {
            let mut begins = true;
            for token in text.original.split_whitespace() {
                for part in token.split(|character: char| !character.is_alphanumeric()) {
                    if part.is_empty() {
                        continue;
                    }
                    // The capital of a sentence says nothing about its word.
                    let form = if begins && !part.chars().skip(1).any(char::is_uppercase) {
                        part.to_lowercase()
                    } else {
                        part.to_owned()
                    };
                    begins = false;
                    let forms = counts.entry(part.to_lowercase()).or_default();
                    *forms.entry(form).or_default() += u64::from(text.weight.max(1));
                }
                begins = token.ends_with(['.', '!', '?', ':', '\n']);
            }
        }
        let mut written = BTreeMap::new();
        for (word, forms) in counts {
            // Of equals the smallest in byte order would be the loudest: lower case wins instead.
            if let Some((form, _)) = forms
                .into_iter()
                .max_by(|left, right| left.1.cmp(&right.1).then(left.0.cmp(&right.0)))
                && form != word
            {
                written.insert(word, form);
            }
        }
        Self { forms: written }
    }

    /// A phrase without function words at its ends, words at its end that others should follow, and doubled words; short, in readable
    /// case.
    fn tidy(&self, phrase: &str) -> Option<String> {
        let mut kept: Vec<&str> = Vec::new();
        for word in phrase.split_whitespace() {
            let lower = word.to_lowercase();
            let doubled = kept.iter().any(|before| before.to_lowercase() == lower);
            if (!doubled || is_function_word(&lower)) && kept.last() != Some(&word) {
                kept.push(word);
            }
        }
        let is_function = |word: &&str| is_function_word(&word.to_lowercase());
        let start = kept.iter().position(|word| !is_function(word))?;
        let mut kept: Vec<&str> = kept.into_iter().skip(start).take(MOST_WORDS).collect();
        let hangs = |word: &&str| is_function(word) || stands_before_others(&word.to_lowercase());
        while kept.len() > 1 && kept.last().is_some_and(hangs) {
            kept.pop();
        }
        let label = self.write(&kept.join(" "));
        Some(cut(&label, LONGEST_LABEL).to_owned())
    }

    /// The words as the texts write them, also within compounds and possessives.
    fn write(&self, phrase: &str) -> String {
        let mut text = String::with_capacity(phrase.len());
        for word in phrase.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            for (place, part) in word.split('-').enumerate() {
                if place > 0 {
                    text.push('-');
                }
                let bare = without_possessive(part);
                text.push_str(self.forms.get(&bare.to_lowercase()).map_or(bare, String::as_str));
                text.push_str(part.get(bare.len()..).unwrap_or_default());
            }
        }
        capitalize(&text)
    }
}

/// The text with its first letter as a capital, unless its first word has one inside (`iPhone`).
fn capitalize(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if !first_word.chars().skip(1).any(char::is_uppercase) => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

fn shorten(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String =
        cut(&text, MOST_CHARACTERS).chars().filter(|character| !character.is_control()).collect();
    let shown = shown.trim_end();
    (!shown.is_empty()).then(|| capitalize(shown))
}

/// The first characters of a text.
fn cut(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(candidates: &[&str]) -> Vec<String> {
        candidates.iter().map(|&text| text.to_owned()).collect()
    }

    fn text<'a>(folded: &'a str, original: &'a str) -> GroupText<'a> {
        GroupText { folded, original, weight: 2 }
    }

    fn names(groups: &[Vec<String>], taken: &[&str]) -> Vec<String> {
        let mut taken = taken.iter().map(|label| (meaning(label), 2)).collect();
        let candidates = groups.iter().map(|names| Candidates::new(names.clone(), "Other"));
        candidates.map(|candidates| candidates.choose(&mut taken)).collect()
    }

    #[test]
    fn next_candidate_is_used_where_the_first_is_taken() {
        let groups = [own(&["Refund", "Refund order"]), own(&["refund", "Refund invoice"])];
        assert_eq!(names(&groups, &[]), ["Refund", "Refund invoice"]);
    }

    #[test]
    fn names_of_the_same_words_are_one() {
        let groups = [own(&["Change oil"]), own(&["Oil changes", "Oil", "Oil of car"])];
        assert_eq!(names(&groups, &[]), ["Change oil", "Oil of car"]);
        // A part, or a lone word, only where nothing else is left.
        let groups = [own(&["Credit score"]), own(&["Credit score", "Score", "Improve score"])];
        assert_eq!(names(&groups, &[]), ["Credit score", "Improve score"]);
        let groups = [own(&["Credit score"]), own(&["Credit score", "Score"])];
        assert_eq!(names(&groups, &[]), ["Credit score", "Score"]);
    }

    #[test]
    fn names_given_by_hand_are_not_generated_again() {
        assert_eq!(names(&[own(&["Refund", "Money back"])], &["REFUND"]), ["Money back"]);
    }

    #[test]
    fn words_come_before_numbers() {
        let same = own(&["Refund", "Order"]);
        let groups = vec![same; 5];
        let expected = ["Refund", "Refund: order", "Order", "Refund 2", "Refund 3"];
        assert_eq!(names(&groups, &[]), expected);
        assert_eq!(names(&[vec![], vec![]], &[]), ["Other", "Other 2"]);
    }

    struct FirstWord;

    impl Labeler for FirstWord {
        fn candidates(&self, texts: &[GroupText<'_>], _: &Background) -> Vec<String> {
            texts.iter().map(|text| text.folded.to_owned()).collect()
        }
    }

    #[test]
    fn heaviest_group_chooses_first() {
        let light = GroupText { weight: 1, ..text("refund", "refund") };
        let groups = [
            NamelessGroup { texts: vec![light, text("late order", "late order")], remembered: "" },
            NamelessGroup { texts: vec![text("refund", ""), text("invoice", "")], remembered: "" },
            NamelessGroup { texts: Vec::new(), remembered: "Invoice" },
            NamelessGroup::default(),
        ];
        let names = name_groups(&groups, &FirstWord, &Background::default(), &[], "Other");
        assert_eq!(names, ["late order", "refund", "Invoice", "Other"]);
    }

    #[test]
    fn a_label_is_short_whatever_its_words_are() {
        let long = "a".repeat(100_000);
        let label = Writing::of(&[]).tidy(&format!("refund {long} order"));
        assert_eq!(label.map(|label| label.len()), Some(LONGEST_LABEL));
        assert_eq!(join("Refund", &long), None);
        assert_eq!(shorten(&long).map(|label| label.len()), Some(MOST_CHARACTERS));
    }

    #[test]
    fn labels_are_tidy() {
        let writing =
            Writing::of(&[text("", "Read the PDF on GitHub"), text("", "PDF from the GitHub")]);
        for (phrase, label) in [
            ("the read pdf of the", Some("Read PDF")),
            ("pdf pdf github", Some("PDF GitHub")),
            ("github's pdf", Some("GitHub's PDF")),
            ("sign-on github-pdf", Some("Sign-on GitHub-PDF")),
            ("of the", None),
            ("find the latest", Some("Find")),
            ("value based on the", Some("Value")),
            ("latest news", Some("Latest news")),
            ("latest", Some("Latest")),
            ("a b one two three four five of six seven", Some("B one two three four five")),
        ] {
            assert_eq!(writing.tidy(phrase).as_deref(), label, "{phrase}");
        }
    }

    #[test]
    fn first_thought_is_words_without_values() {
        for (text, thought) in [
            ("refund order <number> for <email> please, and more", "refund order for please"),
            ("ok, so refund, invoices. more", "ok so refund invoices"),
            ("查询黄道吉日 (query auspicious dates)", "查询黄道吉日 query auspicious dates"),
            ("run execute_command", "run execute command"),
            ("<number>", ""),
        ] {
            assert_eq!(first_thought(text), thought, "{text}");
        }
    }

    #[test]
    fn a_lone_word_comes_with_another_of_its_texts() {
        let texts = [text("docx", "docx"), text("read docx", "read docx"), text("docx", "docx")];
        assert_eq!(
            KeyPhraseLabeler.candidates(&texts, &Background::default())[..2],
            ["Read docx", "Docx"]
        );
    }

    #[test]
    fn group_of_one_text_without_words_shows_the_text() {
        let texts = [text("", "  ???\n !!! ")];
        assert_eq!(KeyPhraseLabeler.candidates(&texts, &Background::default()), ["??? !!!"]);
    }
}
