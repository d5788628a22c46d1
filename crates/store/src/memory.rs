//! A storage that lives as long as its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mcp_insights_events::Timestamp;

use crate::{
    Compacted, DocumentName, Dropped, NewEvent, Sequence, Storage, StoreError, StoredEvent, Usage,
};

/// So many records are shown at once.
const BATCH: usize = 1024;

/// Keeps everything in memory: for tests, and for embedders whose events are durable elsewhere.
#[derive(Debug, Default)]
pub struct Memory(RwLock<Content>);

#[derive(Debug, Default)]
struct Content {
    next: u64,
    records: BTreeMap<u64, Record>,
    replaced: BTreeSet<u64>,
    documents: BTreeMap<DocumentName, Vec<u8>>,
}

#[derive(Debug)]
struct Record {
    json: Vec<u8>,
    actor_id: String,
    started_at: Timestamp,
}

impl Memory {
    fn read(&self) -> RwLockReadGuard<'_, Content> {
        // Every change is whole before the next begins, so what a panic left behind is sound.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn drop_where(&mut self, goes: impl Fn(&Record) -> bool) -> Dropped {
        let mut dropped = Dropped::default();
        let Self { records, replaced, .. } = self;
        records.retain(|sequence, record| {
            let goes = goes(record);
            if goes {
                dropped.events += u64::from(!replaced.remove(sequence));
                dropped.bytes += record.json.len() as u64;
            }
            !goes
        });
        dropped
    }
}

impl Storage for Memory {
    fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
        let mut content = self.write();
        let first = Sequence(content.next);
        for event in events {
            let record = Record {
                json: event.json.to_vec(),
                actor_id: event.actor_id.to_owned(),
                started_at: event.started_at,
            };
            let sequence = content.next;
            content.records.insert(sequence, record);
            content.replaced.extend(event.replaces.map(|replaced| replaced.0));
            content.next += 1;
        }
        Ok(first)
    }

    fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
        let content = self.read();
        sequences
            .iter()
            .map(|sequence| {
                let record = content.records.get(&sequence.0);
                let record = record.ok_or(StoreError::UnknownSequence(sequence.0))?;
                Ok(record.json.clone())
            })
            .collect()
    }

    fn scan(
        &self,
        from: Sequence,
        visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
    ) -> Result<(), StoreError> {
        let content = self.read();
        let live = content
            .records
            .range(from.0..)
            .filter(|(sequence, _)| !content.replaced.contains(sequence));
        let records: Vec<StoredEvent<'_>> = live
            .map(|(sequence, record)| StoredEvent {
                sequence: Sequence(*sequence),
                json: &record.json,
            })
            .collect();
        records.chunks(BATCH).for_each(visit);
        Ok(())
    }

    fn next_sequence(&self) -> Sequence {
        Sequence(self.read().next)
    }

    fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read().documents.get(&name).cloned())
    }

    fn document_len(&self, name: DocumentName) -> Result<Option<u64>, StoreError> {
        Ok(self.read().documents.get(&name).map(|content| content.len() as u64))
    }

    fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
        self.write().documents.insert(name, content.to_vec());
        Ok(())
    }

    fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError> {
        Ok(self.write().drop_where(|record| record.started_at < time))
    }

    fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError> {
        Ok(self.write().drop_where(|record| record.actor_id == actor_id))
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        let mut content = self.write();
        let replaced = std::mem::take(&mut content.replaced);
        let before = content.records.len();
        content.records.retain(|sequence, _| !replaced.contains(sequence));
        let folded = (before - content.records.len()) as u64;
        Ok(Compacted { folded, ..Compacted::default() })
    }

    fn usage(&self) -> Result<Usage, StoreError> {
        let content = self.read();
        let mut usage = Usage::default();
        for (sequence, record) in &content.records {
            // What was replaced is all that tidying up takes away.
            let is_live = !content.replaced.contains(sequence);
            let bytes = if is_live { &mut usage.segment_bytes } else { &mut usage.log_bytes };
            *bytes += record.json.len() as u64;
            usage.events += u64::from(is_live);
        }
        Ok(Usage {
            document_bytes: content.documents.values().map(|document| document.len() as u64).sum(),
            ..usage
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn event<'a>(json: &'a str, actor_id: &'a str, replaces: Option<Sequence>) -> NewEvent<'a> {
        NewEvent {
            json: json.as_bytes(),
            event_id: "e",
            kind: "tool_call",
            actor_id,
            mcp_server_id: None,
            session_id_hint: None,
            tool_name: None,
            started_at: Timestamp::from_micros(1_700_000_000_000_000),
            duration_ms: None,
            ok: None,
            is_workflow: false,
            replaces,
        }
    }

    fn scanned(memory: &Memory) -> Vec<u64> {
        let seen = Mutex::new(Vec::new());
        let visit = |records: &[StoredEvent<'_>]| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.extend(records.iter().map(|record| record.sequence.0));
        };
        assert!(memory.scan(Sequence(0), &visit).is_ok());
        seen.into_inner().unwrap_or_default()
    }

    #[test]
    fn what_was_replaced_is_shown_no_more_and_goes_with_compaction() -> Result<(), StoreError> {
        let memory = Memory::default();
        assert_eq!(memory.append(&[event("1", "a", None), event("2", "b", None)])?, Sequence(0));
        assert_eq!(memory.append(&[event("3", "a", Some(Sequence(0)))])?, Sequence(2));
        assert_eq!(scanned(&memory), [1, 2]);
        assert_eq!(memory.fetch(&[Sequence(2), Sequence(0)])?, [b"3", b"1"]);
        assert_eq!(memory.compact()?.folded, 1);
        assert!(matches!(memory.fetch(&[Sequence(0)]), Err(StoreError::UnknownSequence(0))));
        assert_eq!((memory.next_sequence(), memory.usage()?.events), (Sequence(3), 2));
        Ok(())
    }

    #[test]
    fn an_actor_goes_with_all_his_events() -> Result<(), StoreError> {
        let memory = Memory::default();
        memory.append(&[event("1", "a", None), event("2", "b", None)])?;
        memory.append(&[event("3", "a", Some(Sequence(0)))])?;
        assert_eq!(memory.forget_actor("a")?.events, 1, "the replaced one is counted no more");
        assert_eq!(scanned(&memory), [1]);
        Ok(())
    }
}
