//! A record of the log as bytes.
//!
//! ```text
//! replaces     u64 little-endian; the largest value: none
//! started_at   i64, microseconds since 1970, UTC
//! duration_ms  u64; the largest value: unknown
//! flags        u8: 1 `ok` is known, 2 `ok`, 4 workflow, 8 has a server, 16 has a session hint, 32 has a tool
//! texts        event_id, kind, actor_id, then server, hint and tool where the flags say so; each u32 length and UTF-8
//! json         the rest
//! ```

use mcp_insights_events::Timestamp;

use crate::{NewEvent, Sequence};

const NONE: u64 = u64::MAX;

const OK_KNOWN: u8 = 1;
const OK: u8 = 2;
const WORKFLOW: u8 = 4;
const SERVER: u8 = 8;
const HINT: u8 = 16;
const TOOL: u8 = 32;

/// Bytes that [`encode`] writes.
pub(crate) fn encoded_length(event: &NewEvent<'_>) -> usize {
    let texts = [Some(event.event_id), Some(event.kind), Some(event.actor_id)].into_iter().chain([
        event.mcp_server_id,
        event.session_id_hint,
        event.tool_name,
    ]);
    25 + texts.flatten().map(|text| 4 + text.len()).sum::<usize>() + event.json.len()
}

/// Writes a record. No text may be longer than a `u32` can say, which the caller has checked with [`encoded_length`].
pub(crate) fn encode(event: &NewEvent<'_>, bytes: &mut Vec<u8>) {
    bytes.extend(event.replaces.map_or(NONE, |replaced| replaced.0).to_le_bytes());
    bytes.extend(event.started_at.micros().to_le_bytes());
    bytes.extend(event.duration_ms.unwrap_or(NONE).to_le_bytes());
    let flags = [
        (event.ok.is_some(), OK_KNOWN),
        (event.ok == Some(true), OK),
        (event.is_workflow, WORKFLOW),
        (event.mcp_server_id.is_some(), SERVER),
        (event.session_id_hint.is_some(), HINT),
        (event.tool_name.is_some(), TOOL),
    ];
    bytes.push(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum());
    let optional = [event.mcp_server_id, event.session_id_hint, event.tool_name];
    let texts = [event.event_id, event.kind, event.actor_id];
    for text in texts.into_iter().chain(optional.into_iter().flatten()) {
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.extend(event.json);
}

/// Reads a record; none where the bytes are no record.
pub(crate) fn decode(bytes: &[u8]) -> Option<NewEvent<'_>> {
    let mut rest = bytes;
    let replaces = u64::from_le_bytes(take(&mut rest)?);
    let started_at = i64::from_le_bytes(take(&mut rest)?);
    let duration_ms = u64::from_le_bytes(take(&mut rest)?);
    let [flags] = take(&mut rest)?;
    let event_id = text(&mut rest)?;
    let kind = text(&mut rest)?;
    let actor_id = text(&mut rest)?;
    let mut optional =
        |flag| if flags & flag == 0 { Some(None) } else { text(&mut rest).map(Some) };
    let mcp_server_id = optional(SERVER)?;
    let session_id_hint = optional(HINT)?;
    let tool_name = optional(TOOL)?;
    Some(NewEvent {
        json: rest,
        event_id,
        kind,
        actor_id,
        mcp_server_id,
        session_id_hint,
        tool_name,
        started_at: Timestamp::from_micros(started_at),
        duration_ms: Some(duration_ms).filter(|duration| *duration != NONE),
        ok: (flags & OK_KNOWN != 0).then_some(flags & OK != 0),
        is_workflow: flags & WORKFLOW != 0,
        replaces: Some(replaces).filter(|replaced| *replaced != NONE).map(Sequence),
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = u32::from_le_bytes(take(rest)?);
    let (head, tail) = rest.split_at_checked(length as usize)?;
    *rest = tail;
    std::str::from_utf8(head).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Everything that differs from one record to another.
    fn fields(event: &NewEvent<'_>) -> String {
        format!("{event:?}")
    }

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was_written(
            texts in prop::array::uniform3(".{0,20}"),
            optional in prop::array::uniform3(prop::option::of(".{0,20}")),
            json in prop::collection::vec(any::<u8>(), 0..200),
            numbers in (any::<i64>(), prop::option::of(0..NONE), prop::option::of(0..NONE)),
            flags in (any::<Option<bool>>(), any::<bool>()),
        ) {
            let event = NewEvent {
                json: &json,
                event_id: &texts[0],
                kind: &texts[1],
                actor_id: &texts[2],
                mcp_server_id: optional[0].as_deref(),
                session_id_hint: optional[1].as_deref(),
                tool_name: optional[2].as_deref(),
                started_at: Timestamp::from_micros(numbers.0),
                duration_ms: numbers.1,
                ok: flags.0,
                is_workflow: flags.1,
                replaces: numbers.2.map(Sequence),
            };
            let mut bytes = Vec::new();
            encode(&event, &mut bytes);
            prop_assert_eq!(bytes.len(), encoded_length(&event));
            prop_assert_eq!(decode(&bytes).map(|read| fields(&read)), Some(fields(&event)));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(event) = decode(&bytes) {
                prop_assert!(event.json.len() <= bytes.len());
            }
        }
    }
}
