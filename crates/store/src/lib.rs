//! Durable events and small documents.
//!
//! A [`Storage`] keeps the raw JSON of accepted events, each under a [`Sequence`] that never changes, and a handful of small
//! [documents](DocumentName). It knows nothing of what events mean: what sessions and topics follow from them is the
//! facade's, which reads them again when it opens.

mod memory;
mod storage;

pub use memory::Memory;
pub use storage::{
    Compacted, DocumentName, Dropped, NewEvent, Sequence, Storage, StoreError, StoredEvent, Usage,
};
