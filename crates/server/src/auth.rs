//! From the text of a key to who asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mcp_insights::{DocumentName, Storage};
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::keys::{Access, Key, Keys, SecretError, SecretHash, Token, random};
use crate::refusal::Refusal;

/// So long a verified key is believed without a scrypt.
const BELIEVED: Duration = Duration::from_secs(60);
/// Keys whose outcome is remembered at a time.
const REMEMBERED: usize = 4096;
/// Hashes that are computed at a time, each with 16 MiB.
const HASHING: usize = 2;
/// Requests that may wait for their hash.
const WAITING: usize = 64;

const UNKNOWN: &str = "the key is not known here, or was revoked";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) key_id: String,
    pub(crate) key_name: String,
    pub(crate) access: Access,
}

/// Checks keys against the document of the storage.
///
/// A key costs a scrypt once a minute, be it right or wrong. Whether it is still there is looked up each time, in the document as it
/// is then.
#[derive(Clone)]
pub(crate) struct Authenticator(Arc<Shared>);

struct Shared {
    storage: Arc<dyn Storage>,
    book: RwLock<Book>,
    outcomes: Mutex<HashMap<Fingerprint, Outcome>>,
    /// Makes fingerprints differ from process to process, so that nobody can aim at one.
    salt: [u8; 32],
    hashing: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// The keys, and the document that they were read from.
#[derive(Default)]
struct Book {
    content: Option<Vec<u8>>,
    keys: HashMap<String, Key>,
}

type Fingerprint = [u8; 32];

#[derive(Clone, Copy)]
struct Outcome {
    is_right: bool,
    until: Instant,
}

impl Authenticator {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Result<Self, SecretError> {
        Ok(Self(Arc::new(Shared {
            storage,
            book: RwLock::default(),
            outcomes: Mutex::default(),
            salt: random()?,
            hashing: Arc::new(Semaphore::new(HASHING)),
            waiting: AtomicUsize::new(0),
        })))
    }

    /// Who has this key.
    ///
    /// # Errors
    /// 401 where it is no key, an unknown or a revoked one; 503 where keys cannot be read, or too many wait to be checked.
    pub(crate) async fn authenticate(&self, text: &str) -> Result<Caller, Refusal> {
        let token = Token::parse(text).ok_or_else(|| {
            Refusal::unauthenticated("that is no key: a key is amt_<key-id>_<secret>")
        })?;
        let fingerprint = self.0.fingerprint(text);
        let this = self.clone();
        let fresh = spawn_blocking(move || this.0.refresh()).await;
        fresh.map_err(|_| Refusal::internal())??;
        let is_right = match self.0.remembered(&fingerprint) {
            Some(is_right) => is_right,
            None => self.verify(token.clone(), fingerprint).await?,
        };
        let caller = if is_right { self.0.caller(&token.id) } else { None };
        caller.ok_or_else(|| Refusal::unauthenticated(UNKNOWN))
    }

    /// Who has the key of this id, where it is still there.
    pub(crate) async fn still_there(&self, key_id: &str) -> Result<Option<Caller>, Refusal> {
        let this = self.clone();
        let fresh = spawn_blocking(move || this.0.refresh()).await;
        fresh.map_err(|_| Refusal::internal())??;
        Ok(self.0.caller(key_id))
    }

    /// Computes the hash, off the threads that serve, and only so many at a time.
    async fn verify(&self, token: Token, fingerprint: Fingerprint) -> Result<bool, Refusal> {
        let _waiting = Waiting::enter(&self.0.waiting)?;
        let permit = Arc::clone(&self.0.hashing).acquire_owned().await;
        let permit = permit.map_err(|_| Refusal::internal())?;
        // Another request with the same key may have been first.
        if let Some(is_right) = self.0.remembered(&fingerprint) {
            return Ok(is_right);
        }
        let secret = self.0.book.read().keys.get(&token.id).map(|key| key.secret().clone());
        let checked = spawn_blocking(move || {
            let _permit = permit;
            let is_known = secret.is_some();
            // An unknown id costs what a known one does.
            secret.unwrap_or_else(SecretHash::of_nothing).is_of(&token.secret) && is_known
        });
        let is_right = checked.await.map_err(|_| Refusal::internal())?;
        self.0.remember(fingerprint, is_right);
        Ok(is_right)
    }
}

impl Shared {
    fn fingerprint(&self, text: &str) -> Fingerprint {
        Sha256::new().chain_update(self.salt).chain_update(text).finalize().into()
    }

    /// Reads the keys again where their document has changed.
    fn refresh(&self) -> Result<(), Refusal> {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the keys cannot be read");
            Refusal::unavailable("keys cannot be checked now; the server's log says why")
        };
        let content =
            self.storage.read_document(DocumentName::Keys).map_err(|error| unreadable(&error))?;
        if self.book.read().content == content {
            return Ok(());
        }
        let keys = Keys::from_document(content.as_deref()).map_err(|error| unreadable(&error))?;
        let keys = keys.iter().map(|key| (key.id.clone(), key.clone())).collect();
        *self.book.write() = Book { content, keys };
        // A key that was wrong may be right now.
        self.outcomes.lock().clear();
        Ok(())
    }

    fn remembered(&self, fingerprint: &Fingerprint) -> Option<bool> {
        let outcome = self.outcomes.lock().get(fingerprint).copied()?;
        (outcome.until > Instant::now()).then_some(outcome.is_right)
    }

    fn remember(&self, fingerprint: Fingerprint, is_right: bool) {
        let now = Instant::now();
        let mut outcomes = self.outcomes.lock();
        if outcomes.len() >= REMEMBERED {
            // Wrong keys, of which there may be any number, make room for right ones.
            outcomes.retain(|_, outcome| outcome.is_right && outcome.until > now);
        }
        outcomes.insert(fingerprint, Outcome { is_right, until: now + BELIEVED });
    }

    fn caller(&self, key_id: &str) -> Option<Caller> {
        let book = self.book.read();
        let key = book.keys.get(key_id).filter(|key| key.revoked_at.is_none())?;
        Some(Caller {
            key_id: key.id.clone(),
            key_name: key.name.clone(),
            access: key.access.clone(),
        })
    }
}

/// A place among those who wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Self, Refusal> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let place = Self(count);
        if before < WAITING {
            Ok(place)
        } else {
            Err(Refusal::unavailable("too many keys wait to be checked"))
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use mcp_insights::api::{ErrorCode, Role};
    use mcp_insights::{Memory, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp::EARLIEST;

    fn setup() -> (Arc<Memory>, Authenticator, Keys, String) {
        let storage = Arc::new(Memory::default());
        let mut keys = Keys::default();
        let made = keys.create(Access::Role(Role::Viewer), "desk", NOW).unwrap();
        storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
        let authenticator = Authenticator::new(storage.clone()).unwrap();
        (storage, authenticator, keys, made.key)
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn a_right_key_is_known_and_costs_one_hash() {
        let (_, authenticator, keys, key) = setup();
        runtime().block_on(async {
            let caller = authenticator.authenticate(&key).await.unwrap();
            assert_eq!(caller.key_id, keys.iter().next().unwrap().id);
            assert_eq!(caller.access, Access::Role(Role::Viewer));
            let started = Instant::now();
            for _ in 0..100 {
                authenticator.authenticate(&key).await.unwrap();
            }
            let a_hash = {
                let started = Instant::now();
                SecretHash::of_nothing().is_of("x");
                started.elapsed()
            };
            assert!(started.elapsed() < 50 * a_hash, "{:?} {a_hash:?}", started.elapsed());
        });
    }

    #[test]
    fn a_wrong_secret_an_unknown_id_and_no_key_are_refused_alike() {
        let (_, authenticator, _, key) = setup();
        let wrong = format!("{}0", key.trim_end_matches(|letter: char| letter.is_ascii_hexdigit()));
        runtime().block_on(async {
            for text in [wrong.as_str(), "amt_0123456789abcdef_0", "hello", ""] {
                let refusal = authenticator.authenticate(text).await.unwrap_err();
                assert_eq!(refusal.body.error.code, ErrorCode::Unauthenticated, "{text}");
            }
        });
    }

    #[test]
    fn a_revoked_key_is_refused_at_once() {
        let (storage, authenticator, mut keys, key) = setup();
        runtime().block_on(async {
            let caller = authenticator.authenticate(&key).await.unwrap();
            keys.revoke(&caller.key_id, NOW).unwrap();
            storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
            assert!(authenticator.authenticate(&key).await.is_err());
            assert_eq!(authenticator.still_there(&caller.key_id).await, Ok(None));
        });
    }

    #[test]
    fn a_key_that_comes_later_is_known_at_once() {
        let (storage, authenticator, mut keys, _) = setup();
        let made = keys.create(Access::Role(Role::Owner), "late", NOW).unwrap();
        runtime().block_on(async {
            assert!(authenticator.authenticate(&made.key).await.is_err());
            storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
            assert!(authenticator.authenticate(&made.key).await.is_ok());
        });
    }

    #[test]
    fn a_broken_document_opens_nothing() {
        let (storage, authenticator, _, key) = setup();
        runtime().block_on(async {
            authenticator.authenticate(&key).await.unwrap();
            storage.write_document(DocumentName::Keys, b"{").unwrap();
            let refusal = authenticator.authenticate(&key).await.unwrap_err();
            assert_eq!(refusal.body.error.code, ErrorCode::Unavailable);
        });
    }
}
