//! A storage for tests that fails, panics or waits where it is told to.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use mcp_insights::api::Organization;
use mcp_insights::{
    Compacted, DocumentName, Dropped, DurableEngine, Fast, Memory, NewEvent, Options, Sequence,
    Storage, StoreError, StoredEvent, Timestamp, Usage,
};
use parking_lot::Mutex;

use crate::app::App;

/// What goes wrong.
#[derive(Debug)]
pub(crate) enum Fault {
    Error,
    Panic,
    /// It waits until the other end is dropped.
    Wait(mpsc::Receiver<()>),
}

/// Works like [`Memory`] where nothing else was asked for. Its clones are the same storage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faulty(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    memory: Memory,
    faults: Mutex<HashMap<&'static str, Fault>>,
    calls: Mutex<HashMap<&'static str, usize>>,
}

impl Faulty {
    /// A server's state over it.
    pub(crate) fn app(&self) -> Arc<App> {
        Arc::new(App::new(self.engine(), organization()).unwrap())
    }

    pub(crate) fn engine(&self) -> DurableEngine {
        let options = Options { embedder: Arc::new(Fast), ..Options::default() };
        DurableEngine::with_storage(Arc::new(self.clone()), options).unwrap()
    }

    /// From now on, a method goes wrong.
    pub(crate) fn fails(&self, method: &'static str, fault: Fault) {
        self.0.faults.lock().insert(method, fault);
    }

    /// From now on, it works again.
    pub(crate) fn works(&self, method: &str) {
        self.0.faults.lock().remove(method);
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.0.calls.lock().get(method).copied().unwrap_or(0)
    }

    fn go(&self, method: &'static str) -> Result<&Memory, StoreError> {
        *self.0.calls.lock().entry(method).or_default() += 1;
        let mut faults = self.0.faults.lock();
        match faults.get(method) {
            None => Ok(&self.0.memory),
            Some(Fault::Error) => {
                Err(StoreError::Unfit { index: 0, problem: "is none, as a test wishes" })
            }
            Some(Fault::Panic) => panic!("as a test wishes"),
            Some(Fault::Wait(_)) => {
                let Some(Fault::Wait(until)) = faults.remove(method) else { unreachable!() };
                drop(faults);
                // An error says that the other end is gone.
                let _ = until.recv();
                Ok(&self.0.memory)
            }
        }
    }
}

/// Whose keys those of tests are.
fn organization() -> Organization {
    crate::ServerOptions::default().organization
}

impl Storage for Faulty {
    fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
        self.go("append")?.append(events)
    }

    fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
        self.go("fetch")?.fetch(sequences)
    }

    fn scan(
        &self,
        from: Sequence,
        visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
    ) -> Result<(), StoreError> {
        self.go("scan")?.scan(from, visit)
    }

    fn next_sequence(&self) -> Sequence {
        self.0.memory.next_sequence()
    }

    fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
        self.go("read_document")?.read_document(name)
    }

    fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
        self.go("write_document")?.write_document(name, content)
    }

    fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError> {
        self.go("drop_before")?.drop_before(time)
    }

    fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError> {
        self.go("forget_actor")?.forget_actor(actor_id)
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        self.go("compact")?.compact()
    }

    fn usage(&self) -> Result<Usage, StoreError> {
        self.go("usage")?.usage()
    }
}
