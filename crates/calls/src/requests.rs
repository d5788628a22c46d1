//! What a capability request asks for.

use crate::inputs::Input;
use crate::json::{Json, Object};

/// Names of arguments that hold the text of a request, the likeliest first.
pub(crate) const REQUEST_ARGUMENTS: &[&str] = &[
    "capability",
    "capability_request",
    "request",
    "feature",
    "feedback",
    "description",
    "text",
    "message",
    "query",
    "title",
    "summary",
    "need",
    "details",
    "content",
    "body",
];

/// The text of a request: that of the likeliest argument, else the longest text among the arguments.
pub(crate) fn request_text(input: &Input<'_>) -> Option<String> {
    let text = match input.object() {
        Some(arguments) => {
            named_text(arguments, REQUEST_ARGUMENTS).or_else(|| longest_text(arguments))
        }
        None => input.plain().filter(|text| !text.trim().is_empty()),
    };
    text.map(str::to_owned)
}

/// The first of these arguments that is a text and not blank.
pub(crate) fn named_text<'o>(arguments: &'o Object<'_>, names: &[&str]) -> Option<&'o str> {
    names
        .iter()
        .filter_map(|name| arguments.get(name).and_then(Json::text))
        .find(|text| !text.trim().is_empty())
}

/// The longest argument that is a text and not blank, which is the only one where there is one; the first of equals.
pub(crate) fn longest_text<'o>(arguments: &'o Object<'_>) -> Option<&'o str> {
    let mut longest: Option<&str> = None;
    for text in arguments.members.iter().filter_map(|(_, value)| value.text()) {
        if !text.trim().is_empty() && longest.is_none_or(|before| text.len() > before.len()) {
            longest = Some(text);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> Option<String> {
        request_text(&Input::read(input, false))
    }

    #[test]
    fn the_likeliest_argument_is_the_text() {
        for (place, name) in REQUEST_ARGUMENTS.iter().enumerate() {
            let later = REQUEST_ARGUMENTS.get(place + 1).unwrap_or(&"zzz");
            let input = format!(r#"{{"{later}":"something much longer","{name}":"bulk export"}}"#);
            assert_eq!(request(&input).as_deref(), Some("bulk export"), "{name}");
        }
    }

    #[test]
    fn other_arguments_serve_where_none_is_likely() {
        let rows = [
            (r#"{"wish":"bulk export","urgency":3}"#, Some("bulk export")),
            (r#"{"area":"billing","wish":"export all invoices"}"#, Some("export all invoices")),
            (r#"{"capability":" ","wish":"bulk export"}"#, Some("bulk export")),
            ("bulk export please", Some("bulk export please")),
            ("\"bulk export\"", Some("bulk export")),
            (r#"{"capability":"bulk exp"#, Some("bulk exp")),
            (r#"{"urgency":3}"#, None),
            ("{}", None),
            ("[]", None),
            ("", None),
        ];
        for (input, expected) in rows {
            assert_eq!(request(input).as_deref(), expected, "{input}");
        }
    }
}
