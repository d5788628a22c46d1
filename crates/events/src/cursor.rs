//! One pass over JSON that decodes nothing: where values stand, and whether they are valid.

use serde_json::value::RawValue;

use crate::scan::is_space;
use crate::string_end::string_end;

/// A place in JSON, from which on its values are found one after the other.
///
/// What is found is valid JSON. Where it is not, and in the few cases that a cursor does not know, there is none, and a thorough
/// reader must look, which then also says what is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    /// Offset of the next byte, always at the border of a character.
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the first value of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut cursor = Self { text, at: 0 };
        cursor.skip_space();
        cursor
    }

    /// Whether nothing follows but white space.
    #[must_use]
    pub fn is_at_end(mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Goes through an object. `member` is called behind each name and its colon, and must pass over the value. None for a name
    /// with escapes.
    pub fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.listed(b'{', b'}', |cursor| {
            let name = cursor.plain_name()?;
            member(cursor, name)
        })
    }

    /// Goes through an array. `element` is called before each element, and must pass over it.
    pub fn elements(&mut self, element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.listed(b'[', b']', element)
    }

    fn listed(
        &mut self,
        open: u8,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.take(open)?;
        self.skip_space();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            self.skip_space();
            if self.take(b',').is_none() {
                return self.take(close);
            }
            self.skip_space();
        }
    }

    /// The value that stands here, as it stands there, and how deeply it is nested; none where that is more than 64 deep.
    pub fn value(&mut self) -> Option<(&'a str, usize)> {
        let start = self.at;
        // One bit for each level, the innermost lowest: whether it is an object.
        let (mut objects, mut depth, mut deepest) = (0_u64, 0, 0);
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    if depth == u64::BITS {
                        return None;
                    }
                    depth += 1;
                    deepest = deepest.max(depth);
                    objects = objects << 1 | u64::from(open == b'{');
                    self.skip_space();
                    if self.take(close(objects)).is_none() {
                        if open == b'{' {
                            self.name()?;
                        }
                        continue;
                    }
                    (objects, depth) = (objects >> 1, depth - 1);
                }
                b'"' => drop(self.string()?),
                b'n' => drop(self.literal("null")?),
                b't' => drop(self.literal("true")?),
                b'f' => drop(self.literal("false")?),
                _ => drop(self.number()?),
            }
            // A value ends here.
            loop {
                if depth == 0 {
                    return Some((self.text.get(start..self.at)?, deepest as usize));
                }
                self.skip_space();
                if self.take(b',').is_some() {
                    self.skip_space();
                    if objects & 1 != 0 {
                        self.name()?;
                    }
                    break;
                }
                self.take(close(objects))?;
                (objects, depth) = (objects >> 1, depth - 1);
            }
        }
    }

    /// A name and its colon.
    fn name(&mut self) -> Option<(&'a str, bool)> {
        let name = self.string()?;
        self.skip_space();
        self.take(b':')?;
        self.skip_space();
        Some(name)
    }

    /// A name without escapes, and its colon.
    pub(crate) fn plain_name(&mut self) -> Option<&'a str> {
        let (name, has_escapes) = self.name()?;
        (!has_escapes).then_some(name)
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// All that follows, as bytes: that this is the border of a character need not be looked for.
    pub(crate) fn rest_bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over so many bytes, of which the caller has seen that they are whole characters.
    pub(crate) fn pass_over(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(crate) fn skip_space(&mut self) {
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

    pub(crate) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// What stands between the quotes of a string, and whether it has escapes.
    pub(crate) fn string(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let (end, has_escapes) = string_end(self.text.as_bytes(), self.at)?;
        let inner = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some((inner, has_escapes))
    }

    #[inline]
    pub(crate) fn literal(&mut self, name: &'static str) -> Option<&'static str> {
        let is_there = self.rest_bytes().starts_with(name.as_bytes());
        is_there.then(|| {
            self.at += name.len();
            name
        })
    }

    /// A number, and whether it is whole and of so few plain digits that it is exact as a float.
    pub(crate) fn number(&mut self) -> Option<(&'a str, bool)> {
        let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest_bytes().iter().take_while(|byte| in_number(byte)).count();
        let json = self.text.get(self.at..self.at + length)?;
        self.at += length;
        let is_plain = (1..=15).contains(&length)
            && json.bytes().all(|byte| byte.is_ascii_digit())
            && (length == 1 || !json.starts_with('0'));
        if !is_plain {
            // The grammar of numbers is the library's; not every number is read.
            serde_json::from_str::<&RawValue>(json).ok()?;
        }
        Some((json, is_plain))
    }
}

/// The mark that closes the innermost level.
fn close(objects: u64) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::scan::depth;

    fn whole(text: &str) -> Option<(&str, usize)> {
        let mut cursor = Cursor::new(text);
        let value = cursor.value()?;
        cursor.is_at_end().then_some(value)
    }

    #[test]
    fn members_and_elements_are_found() {
        let mut found = Vec::new();
        let mut cursor = Cursor::new(r#" { "a" : [1, "x]" ,{ }] , "b":null} "#);
        let mut find = |cursor: &mut Cursor<'static>| {
            found.push(cursor.value()?.0);
            Some(())
        };
        let read = cursor.members(|cursor, name| match name {
            "a" => cursor.elements(&mut find),
            _ => find(cursor),
        });
        assert!(read.is_some() && cursor.is_at_end());
        assert_eq!(found, ["1", "\"x]\"", "{ }", "null"]);
        let value = |cursor: &mut Cursor<'_>| cursor.value().map(drop);
        assert!(Cursor::new("[]").elements(value).is_some());
        assert!(Cursor::new("[1,]").elements(value).is_none());
        assert!(Cursor::new(r#"{"\u0061":1}"#).members(|cursor, _| value(cursor)).is_none());
    }

    #[test]
    fn what_is_too_deep_is_left_to_others() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(whole(&nested(64)), Some((nested(64).as_str(), 64)));
        assert_eq!(whole(&nested(65)), None);
    }

    /// Marks and values, whole and broken.
    const PIECES: &[&str] = &[
        "{", "}", "[", "]", ",", ":", " ", "\"a\"", "\"a\":", "\"\\n\"", "\"\\x\"", "\"", "null",
        "nul", "true", "false", "0", "01", "-", "-1.5e3", "12", "\u{1}", "é",
    ];

    fn any_value() -> impl Strategy<Value = String> {
        let leaf =
            prop::sample::select(vec!["1", "-0.5", "null", "true", "\"a]\"", "\"\\\"\"", ""]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
            let member = inner.clone().prop_map(|value| format!("\"a\" :{value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
                prop::collection::vec(member, 0..4)
                    .prop_map(|all| format!("{{{}}}", all.join(","))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_value_is_what_the_json_library_says(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..9).prop_map(|pieces| pieces.concat()),
            value in any_value(),
        ) {
            for text in [&pieces, &value, &format!("{value}{pieces}")] {
                let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
                let expected = is_json.then(|| (text.trim_matches(' '), depth(text.as_bytes())));
                prop_assert_eq!(whole(text), expected, "{}", text);
            }
        }
    }
}
