//! The fast way to the fields: one pass over the text that decodes nothing.
//!
//! It reads valid records only. Whatever it does not know it leaves to the thorough reader, which also says what is
//! wrong.

use super::{Entries, Field, MetadataField, MetadataWire, Quoted, Value, Wire};
use crate::cursor::Cursor;

/// A name is compared in words of eight bytes: so many where it is short, else so many.
const SHORT: usize = 2;
const LONG: usize = 4;

/// A name as it stands before a value, and what it names.
struct Name<N> {
    quoted: &'static str,
    names: N,
    words: [u64; LONG],
    /// All ones where the name has a byte.
    masks: [u64; LONG],
}

impl<N> Name<N> {
    const fn new(quoted: &'static str, names: N) -> Self {
        let (mut words, mut masks) = ([0; LONG], [0; LONG]);
        let mut at = 0;
        while at < quoted.len() {
            let (word, shift) = (at / 8, at % 8 * 8);
            words[word] |= (quoted.as_bytes()[at] as u64) << shift;
            masks[word] |= (u8::MAX as u64) << shift;
            at += 1;
        }
        Self { quoted, names, words, masks }
    }

    /// Whether it is what these bytes begin with.
    #[inline]
    fn begins(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.first_chunk::<{ 8 * LONG }>() else {
            return bytes.starts_with(self.quoted.as_bytes());
        };
        // With no branch for a byte, and no call.
        let differs = |count: usize| {
            let words = bytes.as_chunks().0.iter().zip(&self.words).zip(&self.masks);
            words.take(count).fold(0, |differs, ((word, own), mask)| {
                differs | ((u64::from_le_bytes(*word) ^ own) & mask)
            })
        };
        let differs = if self.quoted.len() <= 8 * SHORT { differs(SHORT) } else { differs(LONG) };
        differs == 0
    }
}

/// The names of an event in the order in which the official clients write them. Where the next one stands there it is not looked up;
/// any other order is read as well.
const NAMES: &[Name<Field>] = &[
    Name::new("\"event_id\":", Field::EventId),
    Name::new("\"kind\":", Field::Kind),
    Name::new("\"actor_id\":", Field::ActorId),
    Name::new("\"session_id_hint\":", Field::SessionIdHint),
    Name::new("\"started_at\":", Field::StartedAt),
    Name::new("\"finished_at\":", Field::FinishedAt),
    Name::new("\"duration_ms\":", Field::DurationMs),
    Name::new("\"ok\":", Field::Ok),
    Name::new("\"error\":", Field::Error),
    Name::new("\"metadata\":", Field::Metadata),
    Name::new("\"script_source\":", Field::ScriptSource),
    Name::new("\"script_source_truncated\":", Field::ScriptSourceTruncated),
    Name::new("\"result_preview\":", Field::ResultPreview),
    Name::new("\"result_truncated\":", Field::ResultTruncated),
    Name::new("\"calls\":", Field::Calls),
    Name::new("\"logs\":", Field::Logs),
    Name::new("\"search_calls\":", Field::SearchCalls),
];

/// The same of `metadata`.
const METADATA_NAMES: &[Name<MetadataField>] = &[
    Name::new("\"tool_name\":", MetadataField::ToolName),
    Name::new("\"user_intent\":", MetadataField::UserIntent),
    Name::new("\"agent_thinking\":", MetadataField::AgentThinking),
    Name::new("\"user_frustration\":", MetadataField::UserFrustration),
    Name::new("\"intent\":", MetadataField::Intent),
    Name::new("\"context\":", MetadataField::Context),
    Name::new("\"frustration_level\":", MetadataField::FrustrationLevel),
    Name::new("\"input_preview\":", MetadataField::InputPreview),
    Name::new("\"capability_request\":", MetadataField::CapabilityRequest),
    Name::new("\"client_name\":", MetadataField::ClientName),
    Name::new("\"client_version\":", MetadataField::ClientVersion),
];

/// Reads the fields of an object into `wire`; none where the thorough reader must look.
pub(super) fn read<'a>(text: &'a str, wire: &mut Wire<'a>) -> Option<()> {
    let mut cursor = Cursor::new(text);
    wire.depth = 1;
    cursor.object(NAMES, Field::of, |cursor, field| {
        wire.note(field);
        if let Some(slot) = wire.slot(field) {
            if let Some(text) = cursor.text()? {
                *slot = Value::Text(text);
                return Some(());
            }
            let value = cursor.other_value()?;
            *slot =
                if matches!(field, Field::ResultPreview) { value.kept() } else { value.read()? };
            wire.depth = wire.depth.max(1 + value.depth());
        } else if let Some(entries) = wire.entries(field) {
            let (read, deepest) = cursor.entries()?;
            *entries = read;
            wire.depth = wire.depth.max(1 + deepest);
        } else if matches!(field, Field::Metadata) {
            let deepest = cursor.metadata(&mut wire.metadata)?;
            wire.depth = wire.depth.max(1 + deepest);
        } else {
            let deepest = match cursor.text()? {
                Some(_) => 0,
                None => cursor.other_value()?.depth(),
            };
            wire.depth = wire.depth.max(1 + deepest);
        }
        Some(())
    })?;
    cursor.is_at_end().then_some(())
}

/// A value other than a text, as it stands there.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Null,
    Bool(&'a str),
    /// A number of plain digits, few enough to be exact.
    Whole(u64, &'a str),
    Number(&'a str),
    /// An array or an object, and how deeply it is nested.
    Nested(&'a str, usize),
}

impl<'a> Seen<'a> {
    fn depth(self) -> usize {
        match self {
            Self::Nested(_, depth) => depth,
            _ => 0,
        }
    }

    /// The value; none where the thorough reader must look.
    fn read(self) -> Option<Value<'a>> {
        Some(match self {
            Self::Null => Value::Absent,
            Self::Bool(json) => Value::Bool(json == "true"),
            #[expect(clippy::cast_precision_loss, reason = "few digits")]
            Self::Whole(number, _) => Value::Number(number as f64),
            Self::Number(json) => Value::Number(json.parse().ok()?),
            Self::Nested(json, _) => Value::Nested(json),
        })
    }

    /// The value as the JSON that came.
    fn kept(self) -> Value<'a> {
        match self {
            Self::Null => Value::Absent,
            Self::Bool(json)
            | Self::Whole(_, json)
            | Self::Number(json)
            | Self::Nested(json, _) => Value::Nested(json),
        }
    }
}

impl<'a> Cursor<'a> {
    /// An object: `member` is called behind each name and its colon, and takes the value. `names` are those that are likely, in
    /// order; `of` tells what any name names.
    fn object<N: Copy>(
        &mut self,
        names: &[Name<N>],
        of: fn(&str) -> N,
        mut member: impl FnMut(&mut Self, N) -> Option<()>,
    ) -> Option<()> {
        self.take(b'{')?;
        self.skip_space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        let mut likely = names;
        loop {
            let name = self.likely_name(&mut likely);
            let name = match name {
                Some(name) => name,
                None => self.any_name(of)?,
            };
            self.skip_space();
            member(self, name)?;
            // Mostly no white space stands here.
            if self.take(b',').is_none() {
                self.skip_space();
                if self.take(b',').is_none() {
                    return self.take(b'}');
                }
            }
            self.skip_space();
        }
    }

    /// The next likely name, where it or the one behind it stands there.
    fn likely_name<N: Copy>(&mut self, likely: &mut &[Name<N>]) -> Option<N> {
        let rest = self.rest_bytes();
        let (next, later) = likely.split_first()?;
        let (name, later) = if next.begins(rest) {
            (next, later)
        } else {
            later.split_first().filter(|(second, _)| second.begins(rest))?
        };
        self.pass_over(name.quoted.len());
        *likely = later;
        Some(name.names)
    }

    /// Whatever name stands there.
    fn any_name<N>(&mut self, of: fn(&str) -> N) -> Option<N> {
        // A name with an escape may still be a known one.
        self.plain_name().map(of)
    }

    /// The text that stands here; within it none where it is another value.
    fn text(&mut self) -> Option<Option<Quoted<'a>>> {
        if self.peek()? != b'"' {
            return Some(None);
        }
        let (inner, has_escapes) = self.string()?;
        Some(Some(Quoted { inner, has_escapes }))
    }

    /// A value that is no text.
    #[inline]
    fn other_value(&mut self) -> Option<Seen<'a>> {
        match self.peek()? {
            b'{' | b'[' => self.value().map(|(json, depth)| Seen::Nested(json, depth)),
            b'n' => self.literal("null").map(|_| Seen::Null),
            b't' => self.literal("true").map(Seen::Bool),
            b'f' => self.literal("false").map(Seen::Bool),
            b'0'..=b'9' | b'-' => Some(match self.number()? {
                (json, true) => Seen::Whole(json.parse().ok()?, json),
                (json, false) => Seen::Number(json),
            }),
            _ => None,
        }
    }

    /// An array of entries, and how deeply it is nested; anything else but null the thorough reader names.
    fn entries(&mut self) -> Option<(Entries<'a>, usize)> {
        match self.peek()? {
            b'n' => self.literal("null").map(|_| (Entries::Absent, 0)),
            b'[' => {
                let (mut entries, mut deepest) = (Vec::new(), 0);
                self.elements(|cursor| {
                    let (entry, depth) = cursor.value()?;
                    entries.push(entry);
                    deepest = deepest.max(depth);
                    Some(())
                })?;
                Some((Entries::Array(entries), 1 + deepest))
            }
            _ => None,
        }
    }

    /// Reads the known fields of `metadata`, and tells how deeply it is nested.
    fn metadata(&mut self, fields: &mut MetadataWire<'a>) -> Option<usize> {
        // Of a key that stands twice the last value counts.
        *fields = MetadataWire::default();
        if self.literal("null").is_some() {
            return Some(0);
        }
        let mut deepest = 1;
        self.object(METADATA_NAMES, MetadataField::of, |cursor, field| {
            if let Some(text) = cursor.text()? {
                if let Some(slot) = fields.slot(field) {
                    *slot = Value::Text(text);
                }
                return Some(());
            }
            let value = cursor.other_value()?;
            deepest = deepest.max(1 + value.depth());
            if let Some(slot) = fields.slot(field) {
                let is_kept = matches!(field, MetadataField::InputPreview);
                *slot = if is_kept { value.kept() } else { value.read()? };
            }
            Some(())
        })?;
        Some(deepest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    /// Marks and values, whole and broken.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\"",
        "\\",
        "[]",
        "{}",
        "[]x",
        "{}}",
        "null",
        "true",
        "tru",
        "0",
        "01",
        "-",
        "1.",
        "1e400",
        "12",
        "1.5e3",
        "+1",
        "\u{1}",
        "\"a\"",
        "\"\\n\"",
        "\"\\x\"",
        "\"\\ud800\"",
    ];

    const MEMBERS: &[&str] = &[
        "\"event_id\":\"e\"",
        "\"event_id\":7",
        "\"metadata\":{\"intent\":\"x\"}",
        "\"metadata\":{\"intent\":null,\"tool_name\":\"x\",\"x\":null,\"input_preview\":null}",
        "\"metadata\":null",
        "\"event_id\":null",
        "\"result_preview\":null",
        "\"calls\":null",
        "\"error\" : null ",
        "\"unknown\":null",
        "\"calls\":[1,{\"a\":[]}]",
        "\"result_preview\":{\"a\":[[]]}",
        "\"result_preview\":\"a\\tb\"",
        "\"ok\":true",
        "\"\\u006fk\":false",
        "\"unknown\":[[[]]]",
        "\"duration_ms\":12.5",
    ];

    fn any_text() -> impl Strategy<Value = String> {
        let pieces = prop::collection::vec(prop::sample::select([PIECES, MEMBERS].concat()), 0..9);
        let members = prop::collection::vec(prop::sample::select(MEMBERS), 0..6);
        prop_oneof![
            pieces.prop_map(|pieces| pieces.concat()),
            members.prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_is_json_and_reads_as_the_thorough_reader_has_it(text in any_text()) {
            let mut wire = Wire::default();
            if read(&text, &mut wire).is_some() {
                prop_assert!(serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{}", text);
                let thorough = Wire::read_thoroughly(&text);
                prop_assert_eq!(format!("{wire:?}").replace("Escaped", ""), format!("{thorough:?}").replace("Escaped", ""));
            }
        }
    }
}
