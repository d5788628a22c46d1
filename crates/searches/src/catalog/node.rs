//! Documents as trees, whatever language they are written in.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::CatalogError;
use super::mend::mended;

/// No catalog that makes sense is deeper; each level takes a part of the stack.
const DEEPEST: usize = 120;
/// Bytes of stack for that depth: up to 25,000 a level where the reader of YAML is not optimised.
const STACK: usize = 1 << 24;
/// So many bytes may a document have after its aliases are replaced, for each byte and beside them.
const MOST_EXPANSION: usize = 4;
const LEAST_EXPANDED: usize = 1 << 24;
/// So many values may a YAML document have.
const MOST_VALUES: usize = 1 << 24;

/// A value of a document. What maps and lists hold stays in order, for so do parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    /// Also numbers and truth values, since people do not quote names in YAML. Maps hold it without white space around it,
    /// so that a long blank one that is referred to often is not read each time.
    Text(String),
    List(Vec<Node>),
    /// Of equal keys the first counts.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What a map has under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// What a map has under the first of the keys that it has.
    pub(super) fn get_any(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The text under a key, without white space around it; empty where there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Self::as_text).unwrap_or_default()
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn trimmed(self) -> Self {
        match self {
            Self::Text(text) if text.trim().len() < text.len() => {
                Self::Text(text.trim().to_owned())
            }
            other => other,
        }
    }

    /// The values of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The keys and values of a map; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }
}

/// The JSON documents of a text, one behind the other.
pub(super) fn read_json(text: &str) -> Result<Vec<Node>, CatalogError> {
    read_json_as_it_is(text).or_else(|error| match mended(text) {
        Some(text) => read_json_as_it_is(&text),
        None => Err(error),
    })
}

fn read_json_as_it_is(text: &str) -> Result<Vec<Node>, CatalogError> {
    let bytes_left = Cell::new(bytes_allowed(text));
    let limits = Limits { levels_left: DEEPEST, bytes_left: &bytes_left };
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut documents = Vec::new();
    while reader.end().is_err() {
        documents.push(limits.deserialize(&mut reader).map_err(|error| broken_json(&error))?);
    }
    Ok(documents)
}

fn broken_json(error: &serde_json::Error) -> CatalogError {
    let (line, column) = (error.line(), error.column());
    let what = error.to_string();
    let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what);
    CatalogError::Broken { language: "JSON", what: what.to_owned(), line, column }
}

/// The one YAML document of a text, read on a thread of its own, since the caller may have little stack left.
pub(super) fn read_yaml(text: &str) -> Result<Node, CatalogError> {
    let thread = std::thread::Builder::new().stack_size(STACK);
    std::thread::scope(|scope| {
        let reader = thread
            .spawn_scoped(scope, || read_yaml_here(text))
            .map_err(|error| CatalogError::NoThread(error.to_string()))?;
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn read_yaml_here(text: &str) -> Result<Node, CatalogError> {
    let bytes_left = Cell::new(bytes_allowed(text));
    let limits = Limits { levels_left: DEEPEST, bytes_left: &bytes_left };
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            // The scanner runs ahead of the events that are counted, and takes no stack.
            flow_nesting_limit: 1 << 12,
            max_events: 2 * MOST_VALUES,
            max_nodes: MOST_VALUES,
            max_total_scalar_bytes: usize::MAX,
            // Documents share a few parts often. What they expand to is counted.
            enforce_alias_anchor_ratio: false,
        },
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        // A parameter may be named `on`, a tool `yes`.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |reader| {
        limits.deserialize(reader)
    })
    .map_err(|error| broken_yaml(&error))
}

fn broken_yaml(error: &serde_saphyr::Error) -> CatalogError {
    use serde_saphyr::Error;
    use serde_saphyr::budget::BudgetBreach;

    let place = error.location();
    let number = |number: Option<u64>| number.and_then(|it| usize::try_from(it).ok()).unwrap_or(1);
    let line = number(place.map(|place| place.line()));
    let column = number(place.map(|place| place.column()));
    let mut cause = error.without_snippet();
    while let Error::AliasError { error, .. } = cause {
        cause = error;
    }
    let what = match cause {
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(),
        Error::Budget { .. } => "it is too large, or its aliases expand to too much".to_owned(),
        cause => {
            let what = cause.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            let place = format!(" at line {line}, column {column}");
            what.strip_suffix(&place).unwrap_or(&what).to_owned()
        }
    };
    CatalogError::Broken { language: "YAML", what, line, column }
}

fn too_deep() -> String {
    format!("it is nested more than {DEEPEST} levels deep")
}

/// Reads a [`Node`] that is neither too deep nor, by aliases, too large.
#[derive(Clone, Copy)]
struct Limits<'a> {
    levels_left: usize,
    /// Shared by all levels.
    bytes_left: &'a Cell<usize>,
}

fn bytes_allowed(text: &str) -> usize {
    text.len().saturating_mul(MOST_EXPANSION).saturating_add(LEAST_EXPANDED)
}

impl Limits<'_> {
    fn below<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(E::custom(too_deep())),
        }
    }

    fn text<E: Error>(self, text: String) -> Result<String, E> {
        match self.bytes_left.get().checked_sub(text.len()) {
            Some(left) => {
                self.bytes_left.set(left);
                Ok(text)
            }
            None => Err(E::custom("its aliases expand to too much text")),
        }
    }

    fn scalar<E: Error>(self, value: &(impl ToString + ?Sized)) -> Result<Node, E> {
        self.text(value.to_string()).map(Node::Text)
    }
}

impl<'de> DeserializeSeed<'de> for Limits<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Limits<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map, a list or a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        self.scalar(&value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        self.scalar(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Node, E> {
        self.text(value).map(Node::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Node, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = values.next_element_seed(below)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Node, A::Error> {
        let below = self.below()?;
        let mut entries = Vec::new();
        // The status of an answer is a number in many YAML documents.
        while let Some(key) = values.next_key_seed(below)? {
            let value = values.next_value_seed(below)?.trimmed();
            match key {
                Node::Text(key) => entries.push((key, value)),
                Node::Null => entries.push((String::new(), value)),
                Node::List(_) | Node::Map(_) => {}
            }
        }
        Ok(Node::Map(entries))
    }
}
