//! Texts: folding, words, vectors, phrases and names.
//!
//! Everything here is a function of its arguments alone: no clock, no chance, no order of threads or of texts changes a
//! result. Start with [`fold()`]: it makes one text of all that ask for the same, and is what topics are made of.
//!
//! | to | use |
//! | --- | --- |
//! | know whether two requests are the same | [`fold()`] |
//! | group error texts | [`fold_error`] |
//! | compare texts word by word | [`words`], [`name_words`], [`is_function_word`] |
//! | compare texts by meaning or likeness | an [`Embedder`]: [`Accurate`], [`Fast`], [`HashedNgrams`] |
//! | say what a group of texts is about | [`labels`], [`key_phrases`], [`keywords`] against a [`Background`] |
//! | name the groups of a list, each differently | [`name_groups`] with a [`Labeler`] |
//!
//! ```
//! use mcp_insights_text::{Background, Embedder, HashedNgrams, fold, labels};
//!
//! let asked = ["Refund order 1234", "refund my order!", "What's the weather in Paris?"];
//! let folded: Vec<String> = asked.iter().map(|text| fold(text)).collect();
//! assert_eq!(folded, ["refund order <number>", "refund my order", "what's the weather in paris"]);
//!
//! let texts: Vec<&str> = folded.iter().map(String::as_str).collect();
//! let vectors = HashedNgrams.embed(&texts);
//! assert!(vectors.row(0).dot(&vectors.row(1)) > vectors.row(0).dot(&vectors.row(2)));
//!
//! let background = Background::from_texts(texts.iter().map(|text| (*text, 1)));
//! assert_eq!(labels(&[(texts[0], 1), (texts[1], 1)], &background, 1), ["refund order"]);
//! ```
//!
//! # What it costs
//! For a text of ten words on one core: folding 1 microsecond, phrases some 6, its vector by [`Accurate`] some 800 and 1.5 KiB,
//! by [`Fast`] 2 and 1 KiB, by [`HashedNgrams`] 12 and 1.5 KiB. Embedders and [`Background::from_texts`] use all cores.
//!
//! # Other scripts
//! Letters of any script make words. Those written without spaces (Han, Kana, Thai) are compared by pairs of characters; stems
//! and function words are English.

mod background;
mod circumstances;
mod clauses;
mod compounds;
mod embed;
mod encoder;
mod fold;
mod function_words;
mod kept;
mod labeler;
mod phrases;
mod placeholder;
mod spans;
mod tokens;

pub use background::Background;
pub use embed::{Embedder, HashedNgrams};
pub use encoder::{Accurate, Fast};
pub use fold::{fold, fold_error};
pub use kept::{KeptVectors, KeptVectorsError};
pub use labeler::{GroupText, KeyPhraseLabeler, Labeler, NamelessGroup, name_groups};
pub use phrases::{key_phrases, keywords, labels};
pub use tokens::{is_function_word, name_words, stem, words};
