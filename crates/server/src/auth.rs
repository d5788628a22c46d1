//! From the text of a key to who asks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use mcp_insights::{DocumentName, Storage};
use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::keys::{Access, Key, Keys, SecretError, Token, random};
use crate::refusal::Refusal;

/// Hashes that are computed at a time, each with 16 MiB.
const HASHING: usize = 2;
/// Requests that may wait for a hash of one key.
const WAITING: usize = 1024;

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
/// A right key costs one scrypt, as long as the process lives and the key stays as it is; then its secret is known from any other. A
/// wrong secret is told by a checksum, and an unknown id has nothing to be hashed for. So whoever sends wrong keys, however many,
/// keeps no right one waiting. Whether a key is still there is looked up each time, in the document as it is then.
#[derive(Clone)]
pub(crate) struct Authenticator(Arc<Shared>);

struct Shared {
    storage: Arc<dyn Storage>,
    book: RwLock<Book>,
    /// The next reading of the document.
    readings: AtomicU64,
    /// Makes fingerprints differ from process to process, so that nobody can aim at one.
    salt: [u8; 32],
    hashing: Arc<Semaphore>,
}

/// The keys, and the document that they were read from.
#[derive(Default)]
struct Book {
    content: Option<Vec<u8>>,
    keys: HashMap<String, Arc<Known>>,
    /// The last reading that found this content. One that was begun before it says nothing new.
    reading: AtomicU64,
}

type Fingerprint = [u8; 32];

/// A key as it is in the document, and what was learnt of it. When it changes there, another takes its place.
struct Known {
    key: Key,
    /// Of the text that was found right. No other is.
    right: OnceLock<Fingerprint>,
    /// One hash of a key at a time, so that each key has its turn.
    turn: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Authenticator {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Result<Self, SecretError> {
        Ok(Self(Arc::new(Shared {
            storage,
            book: RwLock::default(),
            readings: AtomicU64::new(0),
            salt: random()?,
            hashing: Arc::new(Semaphore::new(HASHING)),
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
        self.refresh().await?;
        let unknown = || Refusal::unauthenticated(UNKNOWN);
        let known = self.0.known(&token.id).ok_or_else(unknown)?;
        let fingerprint = self.0.fingerprint(text);
        if self.is_right(&known, token.secret, fingerprint).await? {
            Ok(known.caller())
        } else {
            Err(unknown())
        }
    }

    /// Who has the key of this id, where it is still there.
    pub(crate) async fn still_there(&self, key_id: &str) -> Result<Option<Caller>, Refusal> {
        self.refresh().await?;
        Ok(self.0.known(key_id).map(|known| known.caller()))
    }

    async fn refresh(&self) -> Result<(), Refusal> {
        let this = self.clone();
        spawn_blocking(move || this.0.refresh()).await.map_err(|_| Refusal::internal())?
    }

    /// Whether a secret is that of a key. A hash is computed off the threads that serve, and only so many at a time.
    async fn is_right(
        &self,
        known: &Arc<Known>,
        secret: String,
        fingerprint: Fingerprint,
    ) -> Result<bool, Refusal> {
        if let Some(is_right) = known.remembers(&fingerprint) {
            return Ok(is_right);
        }
        if known.key.secret().rules_out(&secret) {
            return Ok(false);
        }
        let _waiting = Waiting::enter(&known.waiting)?;
        let turn = permit(&known.turn).await?;
        // Another request with the same key may have been first.
        if let Some(is_right) = known.remembers(&fingerprint) {
            return Ok(is_right);
        }
        let place = permit(&self.0.hashing).await?;
        let known = Arc::clone(known);
        let checked = spawn_blocking(move || {
            let _held = (turn, place);
            let is_right = known.key.secret().is_of(&secret);
            if is_right {
                // Whoever was first has found the same.
                let _ = known.right.set(fingerprint);
            }
            is_right
        });
        checked.await.map_err(|_| Refusal::internal())
    }
}

pub(crate) async fn permit(
    of: &Arc<Semaphore>,
) -> Result<tokio::sync::OwnedSemaphorePermit, Refusal> {
    Arc::clone(of).acquire_owned().await.map_err(|_| Refusal::internal())
}

impl Shared {
    fn fingerprint(&self, text: &str) -> Fingerprint {
        Sha256::new().chain_update(self.salt).chain_update(text).finalize().into()
    }

    /// Reads the keys again where their document has changed. Keys that are as they were keep what was learnt of them.
    fn refresh(&self) -> Result<(), Refusal> {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the keys cannot be read");
            Refusal::unavailable("keys cannot be checked now; the server's log says why")
        };
        let reading = 1 + self.readings.fetch_add(1, Ordering::SeqCst);
        let content =
            self.storage.read_document(DocumentName::Keys).map_err(|error| unreadable(&error))?;
        {
            let book = self.book.read();
            if book.content == content {
                book.reading.fetch_max(reading, Ordering::SeqCst);
                return Ok(());
            }
        }
        let keys = Keys::from_document(content.as_deref()).map_err(|error| unreadable(&error))?;
        self.book.write().turn_to(content, &keys, reading);
        Ok(())
    }

    /// The key of an id, where it is there and not revoked.
    fn known(&self, key_id: &str) -> Option<Arc<Known>> {
        let book = self.book.read();
        book.keys.get(key_id).filter(|known| known.key.revoked_at.is_none()).cloned()
    }
}

impl Book {
    fn turn_to(&mut self, content: Option<Vec<u8>>, keys: &Keys, reading: u64) {
        if reading < *self.reading.get_mut() {
            return;
        }
        let known = |key: &Key| match self.keys.get(&key.id) {
            Some(known) if known.key == *key => Arc::clone(known),
            _ => Arc::new(Known::new(key.clone())),
        };
        let keys = keys.iter().map(|key| (key.id.clone(), known(key))).collect();
        *self = Self { content, keys, reading: AtomicU64::new(reading) };
    }
}

impl Known {
    fn new(key: Key) -> Self {
        Self {
            key,
            right: OnceLock::new(),
            turn: Arc::new(Semaphore::new(1)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Whether a text is the right one, where that one is known.
    fn remembers(&self, fingerprint: &Fingerprint) -> Option<bool> {
        self.right.get().map(|right| right.ct_eq(fingerprint).into())
    }

    fn caller(&self) -> Caller {
        Caller {
            key_id: self.key.id.clone(),
            key_name: self.key.name.clone(),
            access: self.key.access.clone(),
        }
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
    use std::time::Instant;

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

    fn id_of(key: &str) -> String {
        Token::parse(key).unwrap().id
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
                keys.iter().next().unwrap().secret().is_of("x");
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
    fn wrong_keys_however_many_keep_no_right_one_waiting() {
        let (_, authenticator, keys, key) = setup();
        let id = &keys.iter().next().unwrap().id;
        runtime().block_on(async {
            let mut wrong = tokio::task::JoinSet::new();
            for number in 0..4 * WAITING {
                let known_id = if number % 2 == 0 { id } else { "0123456789abcdef" };
                let text = format!("amt_{known_id}_{number}");
                let authenticator = authenticator.clone();
                wrong.spawn(async move { authenticator.authenticate(&text).await });
            }
            tokio::task::yield_now().await;
            assert_eq!(authenticator.authenticate(&key).await.unwrap().key_id, *id);
            while let Some(refused) = wrong.join_next().await {
                let refusal = refused.unwrap().unwrap_err();
                assert_eq!(refusal.body.error.code, ErrorCode::Unauthenticated);
            }
        });
    }

    #[test]
    fn a_key_is_hashed_anew_only_where_its_own_entry_changed() {
        let (storage, authenticator, mut keys, key) = setup();
        let is_known_right = || {
            let known = authenticator.0.known(&id_of(&key)).unwrap();
            known.right.get().is_some()
        };
        runtime().block_on(async {
            authenticator.authenticate(&key).await.unwrap();
            keys.create(Access::Role(Role::Owner), "another", NOW).unwrap();
            storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
            authenticator.refresh().await.unwrap();
            assert!(is_known_right());
            let renamed = String::from_utf8(keys.to_document()).unwrap().replace("desk", "door");
            storage.write_document(DocumentName::Keys, renamed.as_bytes()).unwrap();
            authenticator.refresh().await.unwrap();
            assert!(!is_known_right());
            assert_eq!(authenticator.authenticate(&key).await.unwrap().key_name, "door");
        });
    }

    #[test]
    fn what_an_overtaken_reading_or_hash_found_counts_for_nothing() {
        let (storage, authenticator, mut keys, key) = setup();
        runtime().block_on(async {
            // A hash that is computed while the key changes.
            authenticator.refresh().await.unwrap();
            let before = authenticator.0.known(&id_of(&key)).unwrap();
            let old = keys.clone();
            keys.revoke(&id_of(&key), NOW).unwrap();
            storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
            authenticator.refresh().await.unwrap();
            let secret = Token::parse(&key).unwrap().secret;
            let fingerprint = authenticator.0.fingerprint(&key);
            assert!(authenticator.is_right(&before, secret, fingerprint).await.unwrap());
            assert!(authenticator.authenticate(&key).await.is_err());
            // A reading that was begun before the change and comes to its end after it.
            authenticator.0.book.write().turn_to(Some(old.to_document()), &old, 1);
            assert_eq!(authenticator.0.known(&id_of(&key)).map(|known| known.caller()), None);
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
