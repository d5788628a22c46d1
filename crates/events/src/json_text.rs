//! Long texts of a record, which most readers never look into.

use std::borrow::Cow;

use crate::json::decode_inner;

/// A text of an event, with its escapes still in it until it is decoded: most results are never read.
#[derive(Clone, Debug)]
pub struct JsonText<'a>(Form<'a>);

#[derive(Clone, Debug)]
enum Form<'a> {
    Decoded(Cow<'a, str>),
    /// What stands between the quotes of valid JSON, with at least one escape.
    Escaped(&'a str),
}

impl<'a> JsonText<'a> {
    /// What stands between the quotes of a string of valid JSON.
    pub(crate) fn of_inner(inner: &'a str, has_escapes: bool) -> Self {
        Self(if has_escapes { Form::Escaped(inner) } else { Form::Decoded(Cow::Borrowed(inner)) })
    }

    /// The text. This takes time and memory where it has escapes.
    #[must_use]
    pub fn decode(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Decoded(text) => Cow::Borrowed(text),
            Form::Escaped(inner) => decoded(inner),
        }
    }

    /// The text, without a copy where it has no escapes.
    #[must_use]
    pub fn into_text(self) -> Cow<'a, str> {
        match self.0 {
            Form::Decoded(text) => text,
            Form::Escaped(inner) => decoded(inner),
        }
    }

    /// The text with the escapes of its JSON, where it has any; none where it has none.
    #[must_use]
    pub fn escaped(&self) -> Option<&str> {
        match self.0 {
            Form::Decoded(_) => None,
            Form::Escaped(inner) => Some(inner),
        }
    }

    /// Whether there is nothing but white space in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match &self.0 {
            Form::Decoded(text) => text.trim().is_empty(),
            // Only an escape may still stand for white space.
            Form::Escaped(inner) => {
                inner.trim_start().starts_with('\\') && decoded(inner).trim().is_empty()
            }
        }
    }
}

impl Default for JsonText<'_> {
    fn default() -> Self {
        Self::from("")
    }
}

impl<'a> From<&'a str> for JsonText<'a> {
    fn from(text: &'a str) -> Self {
        Self(Form::Decoded(Cow::Borrowed(text)))
    }
}

impl<'a> From<Cow<'a, str>> for JsonText<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(Form::Decoded(text))
    }
}

/// Two are equal where they say the same.
impl PartialEq for JsonText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.decode() == other.decode()
    }
}

impl Eq for JsonText<'_> {}

fn decoded(inner: &str) -> Cow<'_, str> {
    // What is not valid does not come here; it would stay as it was.
    decode_inner(inner).unwrap_or(Cow::Borrowed(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_with_and_without_escapes() {
        let escaped = JsonText::of_inner(r#"{\"a\":\"caf\u00e9\"}"#, true);
        assert_eq!(escaped.decode(), r#"{"a":"café"}"#);
        assert_eq!(escaped, JsonText::from(r#"{"a":"café"}"#));
        assert_eq!(escaped.escaped(), Some(r#"{\"a\":\"caf\u00e9\"}"#));
        assert_eq!(JsonText::of_inner("plain", false).escaped(), None);
        assert_eq!(escaped.into_text(), r#"{"a":"café"}"#);
    }

    #[test]
    fn blank_is_told_with_escapes_too() {
        let rows = [
            (r" \n\t ", true, true),
            (r"\u00a0", true, true),
            (r"\n x", true, false),
            (r" x\n", true, false),
            (r"\u0061", true, false),
            ("  ", false, true),
            ("", false, true),
            ("x", false, false),
        ];
        for (inner, has_escapes, expected) in rows {
            assert_eq!(JsonText::of_inner(inner, has_escapes).is_blank(), expected, "{inner:?}");
        }
    }
}
