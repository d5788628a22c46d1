//! The arguments of a call: whether they were cut, what they hash to, which of them is a text.

use std::borrow::Cow;

use twox_hash::xxhash3_64::Hasher;

use crate::Argument;
use crate::json::{Json, Object};

/// The arguments of a call, read.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    text: &'a str,
    json: Option<Json<'a>>,
    /// Whether something of it is missing, so that it equals nothing.
    pub(crate) is_cut: bool,
}

/// What the arguments of a call hash to. Equal JSON has equal hashes, however it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    /// Of the whole input; none where it was cut.
    pub(crate) input: Option<u64>,
    /// Of each top-level argument, sorted by name; empty where the input was cut.
    pub(crate) arguments: Vec<Argument>,
}

impl<'a> Input<'a> {
    /// Reads the arguments of a call; `says_cut` is what the client says of them.
    pub(crate) fn read(text: &'a str, says_cut: bool) -> Self {
        let json = Json::read(text);
        let is_cut = says_cut
            || match &json {
                Some(json) => json.is_cut(),
                None => text.trim_start().starts_with(['{', '[']),
            };
        Self { text, json, is_cut }
    }

    /// A script, which is no JSON even where it begins like one.
    pub(crate) fn of_script(text: &'a str, is_cut: bool) -> Self {
        Self { text, json: None, is_cut }
    }

    /// The arguments by name, where there are any.
    pub(crate) fn object(&self) -> Option<&Object<'a>> {
        self.json.as_ref().and_then(Json::object)
    }

    /// What is left where the input is no JSON, or a single text.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.json {
            Some(json) => json.text(),
            None => Some(self.text),
        }
    }

    /// The hashes of the input; no input and `{}` hash alike.
    pub(crate) fn digest(&self) -> Digest {
        if self.is_cut {
            return Digest::default();
        }
        let mut bytes = Vec::new();
        let input = match &self.json {
            None if self.text.trim().is_empty() => return Digest::of_nothing(),
            None => {
                bytes.push(b'x');
                bytes.extend_from_slice(self.text.as_bytes());
                Hasher::oneshot(&bytes)
            }
            Some(Json::Null) => return Digest::of_nothing(),
            Some(Json::Object(object)) => return Digest::of_arguments(object),
            Some(json) => {
                write(&mut bytes, json);
                Hasher::oneshot(&bytes)
            }
        };
        Digest { input: Some(input), arguments: Vec::new() }
    }
}

impl Digest {
    /// Of a call without arguments.
    pub(crate) fn of_nothing() -> Self {
        Self { input: Some(Hasher::oneshot(b"")), arguments: Vec::new() }
    }

    fn of_arguments(object: &Object<'_>) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        let mut arguments: Vec<Argument> = Vec::with_capacity(object.members.len());
        let mut add = |name: &str, value: &Json<'_>| {
            bytes.clear();
            write(&mut bytes, value);
            let name = Hasher::oneshot(name.as_bytes());
            arguments.push(Argument { name, value: Hasher::oneshot(&bytes) });
        };
        if object.members.len() > MOST_COMPARED {
            sorted(object).into_iter().for_each(|(name, value)| add(name, value));
        } else {
            let mut members = object.members.as_slice();
            while let Some(((name, value), later)) = members.split_first() {
                if later.iter().all(|(other, _)| other != name) {
                    add(name, value);
                }
                members = later;
            }
        }
        arguments.sort_unstable();
        bytes.clear();
        for argument in &arguments {
            bytes.extend_from_slice(&argument.name.to_le_bytes());
            bytes.extend_from_slice(&argument.value.to_le_bytes());
        }
        Self { input: Some(Hasher::oneshot(&bytes)), arguments }
    }
}

/// Room for what most arguments come to, in bytes.
const USUAL_BYTES: usize = 256;

/// Names of so many arguments are compared with each other; those of more are sorted.
const MOST_COMPARED: usize = 16;

/// The members by name; of a name that stands twice the last one.
fn sorted<'o, 'a>(object: &'o Object<'a>) -> Vec<(&'o Cow<'a, str>, &'o Json<'a>)> {
    let mut members: Vec<_> =
        object.members.iter().rev().map(|(name, value)| (name, value)).collect();
    // The sort is stable: of equal names the last one as written stands first, and stays.
    members.sort_by_key(|(name, _)| *name);
    members.dedup_by_key(|(name, _)| *name);
    members
}

/// Bytes that are equal exactly where two values are: every value begins with its kind and its length.
fn write(bytes: &mut Vec<u8>, json: &Json<'_>) {
    match json {
        Json::Null => bytes.push(b'n'),
        Json::Bool(value) => bytes.push(if *value { b't' } else { b'f' }),
        Json::Number(text) => {
            // 1, 1.0 and 1e0 are one number; a long whole number is more than a float can tell apart.
            bytes.push(b'#');
            match (text.parse::<i128>(), json.number()) {
                (Ok(number), _) => bytes.extend_from_slice(&number.to_le_bytes()),
                (_, Some(number)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
                    bytes.extend_from_slice(&(number as i128).to_le_bytes());
                }
                (_, Some(number)) => bytes.extend_from_slice(&number.to_bits().to_le_bytes()),
                (_, None) => write_text(bytes, text),
            }
        }
        Json::Text(text) => write_text(bytes, &text.text),
        Json::Array(array) => {
            bytes.push(b'[');
            bytes.extend_from_slice(&array.items.len().to_le_bytes());
            for item in &array.items {
                write(bytes, item);
            }
        }
        Json::Object(object) => {
            let members = sorted(object);
            bytes.push(b'{');
            bytes.extend_from_slice(&members.len().to_le_bytes());
            for (name, value) in members {
                write_text(bytes, name);
                write(bytes, value);
            }
        }
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(b'"');
    bytes.extend_from_slice(&text.len().to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Input::read(text, false).digest()
    }

    #[test]
    fn equal_inputs_hash_alike_however_they_are_written() {
        let rows = [
            (
                r#"{"a":1,"b":{"x":[1,2],"y":"é"}}"#,
                r#" { "b" : {"y":"\u00e9", "x":[1,2.0]}, "a":1e0 } "#,
            ),
            ("{}", ""),
            ("{}", "null"),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            ("[1,2]", "[1, 2]"),
        ];
        for (left, right) in rows {
            assert_eq!(digest(left), digest(right), "{left}");
            assert!(digest(left).input.is_some(), "{left}");
        }
    }

    #[test]
    fn other_inputs_hash_apart() {
        let rows = [
            (r#"{"a":1}"#, r#"{"a":"1"}"#),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            (r#"{"a":null}"#, "{}"),
            (r#"{"a":["b","c"]}"#, r#"{"a":["bc"]}"#),
            (r#"{"a":9007199254740993}"#, r#"{"a":9007199254740992}"#),
            (r#"{"a":[{}]}"#, r#"{"a":[[]]}"#),
            ("[]", "{}"),
            ("plain words", "other words"),
            ("\"x\"", "x"),
        ];
        for (left, right) in rows {
            assert_ne!(digest(left), digest(right), "{left}");
        }
    }

    #[test]
    fn arguments_are_sorted_by_the_hash_of_their_name() {
        let arguments = digest(r#"{"query":"x","limit":5,"offset":0}"#).arguments;
        assert_eq!(arguments.len(), 3);
        assert!(arguments.is_sorted());
        assert_eq!(arguments, digest(r#"{"offset":0,"query":"x","limit":5}"#).arguments);
        assert!(digest("plain words").arguments.is_empty());
    }

    #[test]
    fn a_cut_input_equals_nothing() {
        for (text, says_cut) in
            [(r#"{"body":"abc"#, false), ("[1,2", false), (r#"{"a":1}"#, true), ("{broken", false)]
        {
            let input = Input::read(text, says_cut);
            assert!(input.is_cut, "{text}");
            assert_eq!(input.digest(), Digest::default(), "{text}");
        }
        for text in ["{}", "", "plain words", "[1]", "\"text\"", "7"] {
            assert!(!Input::read(text, false).is_cut, "{text}");
        }
    }
}
