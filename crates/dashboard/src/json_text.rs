//! JSON as people read it: the text itself, indented. Nothing is parsed into values, so that order, numbers and
//! escapes stay as they came.

use serde::de::IgnoredAny;

/// The text indented, where it is a JSON object or array; none for any other text.
pub(crate) fn indented(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if in_text {
            out.push(letter);
            match letter {
                '\\' => out.extend(letters.next()),
                '"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' => {
                in_text = true;
                out.push(letter);
            }
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(char::is_ascii_whitespace).is_some() {}
                match letters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => out.push(letter),
        }
    }
    Some(out)
}

/// Deep JSON is not moved out of sight.
const DEEPEST: usize = 12;

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth.min(DEEPEST) {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_as_it_came() {
        let text = r#" {"b":1.50,"a":[ ],"t":"x, {y}: \"z\"\\","l":[1,{"k":null}]} "#;
        let expected = "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"t\": \"x, {y}: \\\"z\\\"\\\\\",\n  \"l\": [\n    1,\n    {\n      \"k\": null\n    }\n  ]\n}";
        assert_eq!(indented(text).as_deref(), Some(expected));
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in ["", "text", "12", "\"a\"", "{\"a\":", "{} {}", "[1,]"] {
            assert_eq!(indented(text), None, "{text}");
        }
    }
}
