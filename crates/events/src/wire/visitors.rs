//! The fast way to the fields: one pass of serde over the text, which borrows what has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Entries, Field, MetadataWire, Value, Wire};
use crate::scan::depth;

pub(super) struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
        let mut wire = Wire { depth: 1, ..Wire::default() };
        while let Some(FieldKey(field)) = map.next_key()? {
            wire.note(field);
            if let Some(slot) = wire.slot(field) {
                *slot = map.next_value()?;
                wire.needs_thorough |= matches!(slot, Value::Nested(_));
                // Only what is neither text nor null is kept as the JSON that came.
                let kept = matches!(field, Field::ResultPreview)
                    && matches!(wire.result_preview, Value::Bool(_) | Value::Number(_));
                wire.needs_thorough |= kept;
            } else if let Some(entries) = wire.entries(field) {
                let (read, deepest) = map.next_value::<EntriesRead<'de>>()?.into_parts();
                *entries = read;
                wire.depth = wire.depth.max(1 + deepest);
            } else if matches!(field, Field::Metadata) {
                let read: MetadataRead<'de> = map.next_value()?;
                wire.metadata = read.fields;
                wire.metadata_is_odd = read.is_odd;
                wire.needs_thorough |= read.needs_thorough;
                wire.depth = wire.depth.max(1 + read.depth);
            } else {
                wire.depth = wire.depth.max(1 + skipped_depth(&mut map)?);
            }
        }
        Ok(wire)
    }
}

/// Skips a value and says how deeply it is nested, which costs a second look at arrays and objects only.
fn skipped_depth<'de, A: MapAccess<'de>>(map: &mut A) -> Result<usize, A::Error> {
    let skipped: &'de RawValue = map.next_value()?;
    Ok(raw_depth(skipped))
}

fn raw_depth(raw: &RawValue) -> usize {
    match raw.get().as_bytes() {
        [b'{' | b'[', ..] => depth(raw.get().as_bytes()),
        _ => 0,
    }
}

struct FieldKey(Field);

impl<'de> Deserialize<'de> for FieldKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = FieldKey;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }
            fn visit_str<E>(self, name: &str) -> Result<FieldKey, E> {
                Ok(FieldKey(Field::of(name)))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

/// Any key: a borrowed text where it has no escapes.
struct AnyKey<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for AnyKey<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = AnyKey<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<AnyKey<'de>, E> {
                Ok(AnyKey(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<AnyKey<'de>, E> {
                Ok(AnyKey(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<Value<'de>, E> {
                Ok(Value::Absent)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
                Ok(Value::Bool(value))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "exact for every duration that is known"
            )]
            fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value as f64))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "exact for every duration that is known"
            )]
            fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Nested(""))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
                while map.next_entry::<AnyKey<'de>, IgnoredAny>()?.is_some() {}
                Ok(Value::Nested(""))
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct EntriesRead<'a> {
    entries: Entries<'a>,
    depth: usize,
}

impl<'a> EntriesRead<'a> {
    fn into_parts(self) -> (Entries<'a>, usize) {
        (self.entries, self.depth)
    }
}

impl<'de> Deserialize<'de> for EntriesRead<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = EntriesRead<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }
            fn visit_unit<E>(self) -> Result<EntriesRead<'de>, E> {
                Ok(EntriesRead { entries: Entries::Absent, depth: 0 })
            }
            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<EntriesRead<'de>, A::Error> {
                let (mut entries, mut depth) = (Vec::new(), 0);
                while let Some(entry) = seq.next_element::<&'de RawValue>()? {
                    depth = depth.max(raw_depth(entry));
                    entries.push(entry);
                }
                Ok(EntriesRead { entries: Entries::Array(entries), depth: depth + 1 })
            }
        }
        // Anything else is an error here, which the thorough reader then names.
        deserializer.deserialize_any(EntriesVisitor)
    }
}

#[derive(Default)]
struct MetadataRead<'a> {
    fields: MetadataWire<'a>,
    is_odd: bool,
    needs_thorough: bool,
    depth: usize,
}

impl<'de> Deserialize<'de> for MetadataRead<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetadataVisitor;
        impl<'de> Visitor<'de> for MetadataVisitor {
            type Value = MetadataRead<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_unit<E>(self) -> Result<MetadataRead<'de>, E> {
                Ok(MetadataRead::default())
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<MetadataRead<'de>, A::Error> {
                let mut read = MetadataRead { depth: 1, ..MetadataRead::default() };
                while let Some(AnyKey(key)) = map.next_key()? {
                    if let Some(slot) = read.fields.slot(&key) {
                        *slot = map.next_value()?;
                        let kept = key == "input_preview"
                            && !matches!(slot, Value::Text(_) | Value::Absent);
                        read.needs_thorough |= kept || matches!(slot, Value::Nested(_));
                    } else {
                        read.depth = read.depth.max(1 + skipped_depth(&mut map)?);
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_any(MetadataVisitor)
    }
}
