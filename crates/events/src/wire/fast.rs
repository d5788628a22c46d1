//! The fast way to the fields: one pass over the text that decodes nothing.
//!
//! It reads valid records only. Whatever it does not know it leaves to the thorough reader, which also says what is
//! wrong.

use serde_json::value::RawValue;

use super::{Entries, Field, MetadataField, MetadataWire, Quoted, Value, Wire};
use crate::scan::{depth, is_space};
use crate::string_end::string_end;

/// So many bytes are compared at once with a likely name, which has no more.
const NAME: usize = 32;

/// A name as it stands before a value, and what it names.
struct Name<N> {
    quoted: &'static str,
    names: N,
    bytes: [u8; NAME],
    /// All ones where the name has a byte.
    mask: [u8; NAME],
}

impl<N> Name<N> {
    const fn new(quoted: &'static str, names: N) -> Self {
        let (mut bytes, mut mask) = ([0; NAME], [0; NAME]);
        let mut at = 0;
        while at < quoted.len() {
            (bytes[at], mask[at]) = (quoted.as_bytes()[at], u8::MAX);
            at += 1;
        }
        Self { quoted, names, bytes, mask }
    }

    /// Whether it is what these bytes begin with.
    fn begins(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.first_chunk::<NAME>() else {
            return bytes.starts_with(self.quoted.as_bytes());
        };
        // With no branch for a byte, and no call.
        let pairs = bytes.iter().zip(&self.bytes).zip(&self.mask);
        pairs.fold(0, |differs, ((byte, own), mask)| differs | ((byte ^ own) & mask)) == 0
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
    let mut cursor = Cursor { text, at: 0 };
    wire.depth = 1;
    cursor.skip_space();
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
    cursor.skip_space();
    (cursor.at == text.len()).then_some(())
}

/// A value other than a text, as it stands there.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Null,
    Bool(&'a str),
    /// A number of plain digits, few enough to be exact.
    Whole(u64, &'a str),
    Number(&'a str),
    Nested(&'a str),
}

impl<'a> Seen<'a> {
    fn depth(self) -> usize {
        match self {
            Self::Nested("[]" | "{}") => 1,
            Self::Nested(json) => depth(json.as_bytes()),
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
            Self::Nested(json) => Value::Nested(json),
        })
    }

    /// The value as the JSON that came.
    fn kept(self) -> Value<'a> {
        match self {
            Self::Null => Value::Absent,
            Self::Bool(json) | Self::Whole(_, json) | Self::Number(json) | Self::Nested(json) => {
                Value::Nested(json)
            }
        }
    }
}

struct Cursor<'a> {
    text: &'a str,
    /// Offset of the next byte, always at the border of a character.
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        // No white space is greater than a space, and clients write none.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_spaces();
        }
    }

    #[cold]
    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

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
            self.skip_space();
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
            self.skip_space();
        }
    }

    /// The next likely name, where it or the one behind it stands there.
    fn likely_name<N: Copy>(&mut self, likely: &mut &[Name<N>]) -> Option<N> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let (next, later) = likely.split_first()?;
        let (name, later) = if next.begins(rest) {
            (next, later)
        } else {
            later.split_first().filter(|(second, _)| second.begins(rest))?
        };
        self.at += name.quoted.len();
        *likely = later;
        Some(name.names)
    }

    /// Whatever name stands there.
    fn any_name<N>(&mut self, of: fn(&str) -> N) -> Option<N> {
        // A name with an escape may still be a known one.
        let (name, false) = self.string()? else { return None };
        self.skip_space();
        self.take(b':')?;
        Some(of(name))
    }

    /// What stands between the quotes of a string, and whether it has escapes.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let (end, has_escapes) = string_end(self.text.as_bytes(), self.at)?;
        let inner = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some((inner, has_escapes))
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
    fn other_value(&mut self) -> Option<Seen<'a>> {
        match self.peek()? {
            b'{' | b'[' => self.nested().map(Seen::Nested),
            b'n' => self.literal("null").map(|_| Seen::Null),
            b't' => self.literal("true").map(Seen::Bool),
            b'f' => self.literal("false").map(Seen::Bool),
            b'0'..=b'9' | b'-' => self.number(),
            _ => None,
        }
    }

    fn literal(&mut self, name: &'static str) -> Option<&'a str> {
        let found = self.rest().get(..name.len()).filter(|found| *found == name)?;
        self.at += name.len();
        Some(found)
    }

    fn number(&mut self) -> Option<Seen<'a>> {
        let rest = self.rest();
        let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.as_bytes().iter().position(|byte| !in_number(byte)).unwrap_or(rest.len());
        let json = rest.get(..length)?;
        self.at += length;
        let is_plain = (1..=15).contains(&length)
            && json.bytes().all(|byte| byte.is_ascii_digit())
            && (length == 1 || !json.starts_with('0'));
        if is_plain {
            return Some(Seen::Whole(json.parse().ok()?, json));
        }
        // The grammar of numbers is the library's; not every number is read.
        serde_json::from_str::<&RawValue>(json).ok()?;
        Some(Seen::Number(json))
    }

    /// An array or an object as it stands there.
    fn nested(&mut self) -> Option<&'a str> {
        if let Some(empty @ ("[]" | "{}")) = self.rest().get(..2) {
            self.at += 2;
            return Some(empty);
        }
        self.by_library::<&RawValue>().map(RawValue::get)
    }

    fn by_library<T: serde::Deserialize<'a>>(&mut self) -> Option<T> {
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<T>();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    /// An array of entries, and how deeply it is nested; anything else but null the thorough reader names.
    fn entries(&mut self) -> Option<(Entries<'a>, usize)> {
        match self.peek()? {
            b'n' => self.literal("null").map(|_| (Entries::Absent, 0)),
            b'[' if self.rest().starts_with("[]") => {
                self.at += 2;
                Some((Entries::Array(Vec::new()), 1))
            }
            b'[' => {
                let entries = self.by_library::<Vec<&'a RawValue>>()?;
                let depths = entries.iter().map(|entry| match entry.get().as_bytes() {
                    json @ [b'{' | b'[', ..] => depth(json),
                    _ => 0,
                });
                let deepest = depths.max().unwrap_or(0);
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
