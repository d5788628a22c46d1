//! The text of a key.

use std::fmt;

use super::secret::{SecretError, hex, random, random_word};

const PREFIX: &str = "amt_";
/// Longer texts are no keys, whoever made them.
const LONGEST: usize = 256;

/// A key as it is sent: `amt_<key-id>_<secret>`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Token {
    /// A new key: an id of 64 random bits and a secret of 256.
    pub(crate) fn random() -> Result<Self, SecretError> {
        Ok(Self { id: hex(&random::<8>()?), secret: random_word()? })
    }

    /// Reads a key; none where the text has not the form of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_alphanumeric())
        };
        (text.len() <= LONGEST && is_word(id) && is_word(secret))
            .then(|| Self { id: id.to_owned(), secret: secret.to_owned() })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}_{}", self.id, self.secret)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let token = Token::random().unwrap();
        assert_eq!((token.id.len(), token.secret.len()), (16, 64));
        assert!(Token::parse(&token.to_string()).unwrap() == token);
    }

    #[test]
    fn what_has_another_form_is_no_key() {
        let long = format!("amt_a_{}", "b".repeat(300));
        for text in
            ["", "amt_", "amt_a", "amt_a_", "amt__b", "amx_a_b", "amt_a_b_c", "amt_a_ü", &long]
        {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
