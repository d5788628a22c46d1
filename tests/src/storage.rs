//! A storage to test an engine on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use mcp_insights::{
    Compacted, DocumentName, Dropped, Memory, NewEvent, Sequence, Storage, StoreError, StoredEvent,
    Timestamp, Usage,
};
use parking_lot::Mutex;

/// One in memory that tells what was asked of it, and does what a test wishes.
#[derive(Debug, Default)]
pub struct Watched {
    inner: Memory,
    scanned_from: AtomicU64,
    /// How often all of it was read.
    pub scans: AtomicU64,
    /// Whether somebody else appends an event while it is read.
    pub is_written: AtomicBool,
    /// What somebody else puts in the place of the first record, once, when it is about to be read.
    pub replacement: Mutex<Option<Vec<u8>>>,
    /// How often a document was read.
    pub documents_read: AtomicU64,
    /// How often records were looked up.
    pub fetches: AtomicU64,
    /// Whether it takes no event.
    pub is_full: AtomicBool,
    /// Whether it forgets, and then fails.
    pub forgets_halfway: AtomicBool,
}

const OTHER: NewEvent<'static> = NewEvent {
    json: br#"{"event_id":"other","kind":"tool_call","started_at":"2026-03-01T09:00:00Z"}"#,
    event_id: "other",
    kind: "tool_call",
    actor_id: "unknown",
    mcp_server_id: None,
    session_id_hint: None,
    tool_name: None,
    started_at: Timestamp::EARLIEST,
    duration_ms: None,
    ok: None,
    is_workflow: false,
    replaces: None,
};

impl Storage for Watched {
    fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(StoreError::Unfit { index: 0, problem: "is one too many" });
        }
        self.inner.append(events)
    }

    fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        self.inner.fetch(sequences)
    }

    fn scan(
        &self,
        from: Sequence,
        visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
    ) -> Result<(), StoreError> {
        self.scanned_from.store(from.0, Ordering::Relaxed);
        self.scans.fetch_add(1, Ordering::Relaxed);
        if let Some(json) = self.replacement.lock().take() {
            self.inner.append(&[NewEvent { json: &json, replaces: Some(Sequence(0)), ..OTHER }])?;
        }
        self.inner.scan(from, visit)?;
        if self.is_written.load(Ordering::Relaxed) {
            self.inner.append(&[OTHER])?;
        }
        Ok(())
    }

    fn next_sequence(&self) -> Sequence {
        self.inner.next_sequence()
    }

    fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
        self.documents_read.fetch_add(1, Ordering::Relaxed);
        self.inner.read_document(name)
    }

    fn document_len(&self, name: DocumentName) -> Result<Option<u64>, StoreError> {
        self.inner.document_len(name)
    }

    fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
        self.inner.write_document(name, content)
    }

    fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError> {
        self.inner.drop_before(time)
    }

    fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError> {
        let dropped = self.inner.forget_actor(actor_id)?;
        if self.forgets_halfway.load(Ordering::Relaxed) {
            return Err(StoreError::Unfit { index: 0, problem: "is not all" });
        }
        Ok(dropped)
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        self.inner.compact()
    }

    fn usage(&self) -> Result<Usage, StoreError> {
        self.inner.usage()
    }
}

impl Watched {
    /// The record from which on it was last read.
    #[must_use]
    pub fn scanned_from(&self) -> u64 {
        self.scanned_from.load(Ordering::Relaxed)
    }

    /// The checkpoint; empty where there is none.
    #[must_use]
    pub fn kept(&self) -> Vec<u8> {
        self.inner.read_document(DocumentName::Checkpoint).ok().flatten().unwrap_or_default()
    }
}
