//! Keys: who may ask and who may send. The document [`DocumentName::Keys`] holds them with hashes of their secrets.
//!
//! [`DocumentName::Keys`]: mcp_insights::DocumentName::Keys

mod secret;
mod token;

use mcp_insights::Timestamp;
use mcp_insights::api::Role;
use serde::{Deserialize, Serialize};

pub use secret::SecretError;
pub(crate) use secret::{SecretHash, random, random_word};
pub(crate) use token::Token;

/// The longest name of a key or MCP server, in characters.
const LONGEST_NAME: usize = 200;

/// Every key of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    version: u32,
    keys: Vec<Key>,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The part of the key that is no secret.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked; a revoked key opens nothing.
    pub revoked_at: Option<Timestamp>,
    secret: SecretHash,
}

/// What a key may do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Ask, and edit where the role allows it.
    Role(Role),
    /// Send events, which are written to this MCP server.
    Ingest {
        /// Its id.
        mcp_server_id: String,
    },
}

/// A key that was just made. Its text is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// The key itself: `amt_<key-id>_<secret>`.
    pub key: String,
}

/// Why keys cannot be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The document is none.
    #[error(
        "keys.json cannot be understood: {0}; restore it from a copy, or remove it and create keys anew"
    )]
    Broken(String),
    /// The document was written by another version.
    #[error("keys.json has version {0}, and this program reads version {known}; use a newer version", known = Keys::VERSION)]
    Version(u32),
    /// A name that is none.
    #[error("{0} must have 1 to {LONGEST_NAME} characters, none of them a control character")]
    Name(&'static str),
    /// No key of this id.
    #[error("there is no key {0}; `mcp-insights keys list` names them")]
    Unknown(String),
    /// There is no secret to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self { version: Self::VERSION, keys: Vec::new() }
    }
}

impl Keys {
    /// The version of the document.
    pub const VERSION: u32 = 1;

    /// Reads the content of the document; no keys where there is none.
    ///
    /// # Errors
    /// [`KeysError::Broken`] and [`KeysError::Version`].
    pub fn from_document(content: Option<&[u8]>) -> Result<Self, KeysError> {
        let Some(content) = content else { return Ok(Self::default()) };
        let keys: Self = serde_json::from_slice(content).map_err(|error| {
            // The parser's own message may quote what it read.
            KeysError::Broken(format!("line {}, column {}", error.line(), error.column()))
        })?;
        if keys.version == Self::VERSION { Ok(keys) } else { Err(KeysError::Version(keys.version)) }
    }

    /// The content of the document.
    #[must_use]
    pub fn to_document(&self) -> Vec<u8> {
        // Texts, words and numbers can always be written.
        let mut content = serde_json::to_vec_pretty(self).unwrap_or_default();
        content.push(b'\n');
        content
    }

    /// Every key, in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Key> {
        self.keys.iter()
    }

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeysError::Name`] where the name, or that of the MCP server, is none; [`KeysError::Secret`].
    pub fn create(
        &mut self,
        access: Access,
        name: &str,
        now: Timestamp,
    ) -> Result<NewKey, KeysError> {
        check_name("the name of a key", name)?;
        if let Access::Ingest { mcp_server_id } = &access {
            check_name("the id of an MCP server", mcp_server_id)?;
        }
        let token = Token::random()?;
        self.keys.push(Key {
            id: token.id.clone(),
            name: name.to_owned(),
            access,
            created_at: now,
            revoked_at: None,
            secret: SecretHash::of(&token.secret)?,
        });
        Ok(NewKey { key: token.to_string(), id: token.id })
    }

    /// Revokes a key for good. One that was revoked stays so.
    ///
    /// # Errors
    /// [`KeysError::Unknown`] where there is no such key.
    pub fn revoke(&mut self, id: &str, now: Timestamp) -> Result<(), KeysError> {
        let found = self.keys.iter_mut().find(|key| key.id == id);
        let key = found.ok_or_else(|| KeysError::Unknown(id.to_owned()))?;
        key.revoked_at.get_or_insert(now);
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Keys {
    type Item = &'a Key;
    type IntoIter = std::slice::Iter<'a, Key>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Key {
    pub(crate) fn secret(&self) -> &SecretHash {
        &self.secret
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), KeysError> {
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    let is_name = fits && !name.contains(char::is_control) && !name.trim().is_empty();
    if is_name { Ok(()) } else { Err(KeysError::Name(what)) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::EARLIEST;

    #[test]
    fn a_key_is_kept_without_its_secret() {
        let mut keys = Keys::default();
        let made = keys.create(Access::Role(Role::Editor), "desk", NOW).unwrap();
        let token = Token::parse(&made.key).unwrap();
        assert_eq!(token.id, made.id);
        let document = keys.to_document();
        assert!(!String::from_utf8_lossy(&document).contains(&token.secret));
        assert!(!format!("{made:?}{keys:?}").contains(&token.secret));
        let read = Keys::from_document(Some(&document)).unwrap();
        assert_eq!(read, keys);
        assert!(read.iter().next().unwrap().secret().is_of(&token.secret));
        assert!(!read.iter().next().unwrap().secret().is_of("another"));
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let mut keys = Keys::default();
        let ingest = || Access::Ingest { mcp_server_id: "shop".to_owned() };
        let first = keys.create(ingest(), "shop", NOW).unwrap();
        let second = keys.create(ingest(), "shop", NOW).unwrap();
        assert_ne!(first.id, second.id);
        assert_ne!(first.key, second.key);
    }

    #[test]
    fn a_revoked_key_stays_revoked_as_it_was() {
        let mut keys = Keys::default();
        let made = keys.create(Access::Role(Role::Viewer), "v", NOW).unwrap();
        keys.revoke(&made.id, NOW).unwrap();
        keys.revoke(&made.id, NOW.plus_micros(1)).unwrap();
        assert_eq!(keys.iter().next().unwrap().revoked_at, Some(NOW));
        assert_eq!(keys.revoke("0", NOW), Err(KeysError::Unknown("0".to_owned())));
    }

    #[test]
    fn names_are_texts_of_some_length() {
        for name in ["", "  ", "a\nb", &"x".repeat(201)] {
            let refused = Keys::default().create(Access::Role(Role::Viewer), name, NOW);
            assert!(matches!(refused, Err(KeysError::Name(_))), "{name:?}");
            let ingest = Access::Ingest { mcp_server_id: name.to_owned() };
            let refused = Keys::default().create(ingest, "name", NOW);
            assert!(matches!(refused, Err(KeysError::Name(_))), "{name:?}");
        }
    }

    #[test]
    fn a_broken_document_is_told_without_its_content() {
        let broken = Keys::from_document(Some(br#"{"version":1,"keys":"amt_hidden"}"#));
        let message = broken.unwrap_err().to_string();
        assert!(message.contains("line 1") && !message.contains("hidden"), "{message}");
        let newer = Keys::from_document(Some(br#"{"version":2,"keys":[]}"#));
        assert_eq!(newer, Err(KeysError::Version(2)));
    }
}
