//! The query of a request.

use axum::http::Uri;
use mcp_insights::api::FieldError;
use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

/// The decoded names and values of a query, in their order.
///
/// # Errors
/// 400 where one is no UTF-8 once decoded: texts are compared byte for byte.
pub(crate) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Refusal> {
    decode(uri.query().unwrap_or_default())
}

/// Reads a text of `name=value&…`, which the body of a form is too.
pub(crate) fn decode(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = Vec::new();
    let mut errors = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decoded(name), decoded(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            (Some(name), None) => errors.push(FieldError::new(name, "must be UTF-8")),
            (None, _) => errors.push(FieldError::new("query", "must have names in UTF-8")),
        }
    }
    if errors.is_empty() { Ok(pairs) } else { Err(Refusal::validation(errors)) }
}

fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_byte_for_byte() {
        let rows: [(&str, &[(&str, &str)]); 4] = [
            ("", &[]),
            ("a=1&&b", &[("a", "1"), ("b", "")]),
            ("a=x+y%2B%26&a=%C3%BC%0A", &[("a", "x y+&"), ("a", "ü\n")]),
            ("a=b=c&%5f=1&a=100%", &[("a", "b=c"), ("_", "1"), ("a", "100%")]),
        ];
        for (text, expected) in rows {
            let read = decode(text).unwrap();
            let read: Vec<(&str, &str)> =
                read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let fields = |text: &str| {
            let details = decode(text).unwrap_err().body.error.details.unwrap();
            details.field_errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(fields("intent=%ff&%fe=1"), ["intent", "query"]);
    }
}
