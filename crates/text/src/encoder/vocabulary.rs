//! WordPiece: words to the ids of the longest pieces that a vocabulary has.
//!
//! The same ids as the "uncased" tokenizer of BERT gives (Devlin et al. 2019), of which `tokenizers` is the implementation
//! that we compare with. Two things differ: what looks like a special token in a text (`[SEP]`) is none, since a text shall
//! not steer the model; and characters that are newer than its Unicode tables are what Unicode says.

use hashbrown::HashTable;
use twox_hash::XxHash3_64;

use super::weights::WeightsError;
use super::words::{Piece, pieces};

/// What a word is that no pieces make up.
pub(super) const UNKNOWN: u32 = 1;
/// What every text begins with.
pub(super) const START: u32 = 2;
/// What every text ends with.
pub(super) const END: u32 = 3;

/// The tokens that a vocabulary begins with.
const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/// Marks a piece that goes on with a word.
const CONTINUATION: &str = "##";

/// Bytes of a token with its line feed, about.
const USUAL_LINE: usize = 8;

/// Longer words are unknown, in characters.
const LONGEST_WORD: usize = 100;

/// A vocabulary, for looking up by bytes.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// All tokens without their marks, one behind the other.
    text: String,
    table: HashTable<Entry>,
    /// Bytes of the longest token.
    longest: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    length: u32,
    id: u32,
    continues: bool,
}

impl Vocabulary {
    /// Reads tokens in the order of their ids, a line each.
    pub(super) fn read(lines: &str) -> Result<Self, WeightsError> {
        if !lines.lines().take(SPECIAL.len()).eq(SPECIAL) {
            return Err(WeightsError::Vocabulary("it does not begin with the special tokens"));
        }
        if !lines.ends_with('\n') {
            return Err(WeightsError::Vocabulary("its last line is cut"));
        }
        let mut vocabulary = Self {
            text: String::with_capacity(lines.len()),
            table: HashTable::with_capacity(lines.len() / USUAL_LINE),
            longest: 0,
        };
        for (id, token) in lines.trim_end_matches('\n').split('\n').enumerate().skip(SPECIAL.len())
        {
            let (token, continues) =
                token.strip_prefix(CONTINUATION).map_or((token, false), |rest| (rest, true));
            vocabulary.add(token, continues, id)?;
        }
        Ok(vocabulary)
    }

    fn add(&mut self, token: &str, continues: bool, id: usize) -> Result<(), WeightsError> {
        if token.is_empty() || self.find(token.as_bytes(), continues).is_some() {
            return Err(WeightsError::Vocabulary("a token is empty or twice there"));
        }
        let too_long = |_| WeightsError::Vocabulary("it is too long");
        let start = u32::try_from(self.text.len()).map_err(too_long)?;
        let length = u32::try_from(token.len()).map_err(too_long)?;
        let entry = Entry { start, length, id: u32::try_from(id).map_err(too_long)?, continues };
        self.text.push_str(token);
        self.longest = self.longest.max(token.len());
        let text = self.text.as_bytes();
        self.table.insert_unique(hash(token.as_bytes(), continues), entry, |entry| {
            hash(entry.token(text), entry.continues)
        });
        Ok(())
    }

    /// Tokens, special ones included.
    pub(super) fn len(&self) -> usize {
        self.table.len() + SPECIAL.len()
    }

    fn find(&self, token: &[u8], continues: bool) -> Option<u32> {
        let text = self.text.as_bytes();
        let is_it = |entry: &Entry| entry.continues == continues && entry.token(text) == token;
        self.table.find(hash(token, continues), is_it).map(|entry| entry.id)
    }

    /// Adds the ids of a text's pieces, until there are `most` of them. Placeholders of `fold` are left out.
    pub(super) fn encode(&self, text: &str, most: usize, scratch: &mut String, ids: &mut Vec<u32>) {
        let most = ids.len().saturating_add(most);
        pieces(text, scratch, &mut |piece| {
            if let Piece::Word(word) | Piece::Punctuation(word) = piece
                && ids.len() < most
            {
                self.encode_word(word, ids);
                ids.truncate(most);
            }
        });
    }

    /// Whether at least half of a text's words are known. Numbers and placeholders are not; punctuation does not count.
    pub(super) fn covers(&self, text: &str) -> bool {
        let (mut known, mut all) = (0, 0);
        let mut ids = Vec::new();
        pieces(text, &mut String::new(), &mut |piece| match piece {
            Piece::Placeholder => all += 1,
            Piece::Punctuation(_) => {}
            Piece::Word(word) => {
                ids.clear();
                self.encode_word(word, &mut ids);
                all += 1;
                known += usize::from(ids != [UNKNOWN] && word.chars().any(char::is_alphabetic));
            }
        });
        known > 0 && 2 * known >= all
    }

    /// Adds the longest piece that a word begins with, then the longest that goes on, and so forth; [`UNKNOWN`] where none does.
    fn encode_word(&self, word: &str, ids: &mut Vec<u32>) {
        let before = ids.len();
        if word.len() > LONGEST_WORD && word.chars().nth(LONGEST_WORD).is_some() {
            ids.push(UNKNOWN);
            return;
        }
        let mut rest = word;
        while !rest.is_empty() {
            let Some((id, length)) = self.longest_piece(rest, rest.len() < word.len()) else {
                ids.truncate(before);
                ids.push(UNKNOWN);
                return;
            };
            ids.push(id);
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn longest_piece(&self, text: &str, continues: bool) -> Option<(u32, usize)> {
        let longest = text.len().min(self.longest);
        (1..=longest).rev().find_map(|length| {
            let id = self.find(text.get(..length)?.as_bytes(), continues)?;
            Some((id, length))
        })
    }
}

impl Entry {
    fn token(self, text: &[u8]) -> &[u8] {
        let start = self.start as usize;
        text.get(start..start + self.length as usize).unwrap_or_default()
    }
}

fn hash(token: &[u8], continues: bool) -> u64 {
    XxHash3_64::oneshot_with_seed(u64::from(continues), token)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const LINES: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\nrefund\nre\n##fund\n##s\n?\norder\nд\n##а\n退\n1\n##2\n";

    fn ids(text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        Vocabulary::read(LINES).unwrap().encode(text, 8, &mut String::new(), &mut ids);
        ids
    }

    #[test]
    fn the_longest_pieces_win() {
        assert_eq!(ids("refund refunds refundsfund"), [4, 4, 7, 4, 7, 6]);
        assert_eq!(ids("reorder"), [UNKNOWN]);
        assert_eq!(ids("re"), [5]);
        assert_eq!(ids("да退да?"), [10, 11, 12, 10, 11, 8]);
    }

    #[test]
    fn placeholders_are_left_out_and_separate() {
        assert_eq!(ids("refund<number>s <url>?"), [4, UNKNOWN, 8]);
        assert_eq!(ids("<number> <date>"), [0; 0]);
    }

    #[test]
    fn special_tokens_are_not_read_from_a_text() {
        assert_eq!(ids("[SEP]"), [UNKNOWN; 3]);
    }

    #[test]
    fn words_of_more_than_100_characters_are_unknown() {
        assert_eq!(ids(&format!("re{}", "s".repeat(98))).len(), 8);
        assert_eq!(ids(&format!("re{}", "s".repeat(99))), [UNKNOWN]);
    }

    #[test]
    fn texts_are_cut_at_the_most() {
        assert_eq!(ids(&"order ".repeat(20)), [9; 8]);
    }

    /// Text, whether it is covered.
    const COVERED: &[(&str, bool)] = &[
        ("", false),
        ("???", false),
        ("<number>", false),
        ("12", false),
        ("<number> <url> refund", false),
        ("refund <number>", true),
        ("refund order 12", true),
        ("refund qqq", true),
        ("refund qqq qqq", false),
        ("退", true),
        ("款", false),
    ];

    #[test]
    fn texts_are_covered_as_the_table_says() {
        let vocabulary = Vocabulary::read(LINES).unwrap();
        for &(text, covered) in COVERED {
            assert_eq!(vocabulary.covers(text), covered, "{text}");
        }
    }

    #[test]
    fn broken_vocabularies_are_refused() {
        for lines in [
            "",
            "refund\n",
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\nrefund",
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n\nb\n",
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n",
        ] {
            assert!(Vocabulary::read(lines).is_err(), "{lines:?}");
        }
    }
}
