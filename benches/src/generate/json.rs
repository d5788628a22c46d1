//! Writing JSON text fast: objects by hand, strings escaped.

/// How non-ASCII characters are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Escapes {
    /// As they are (TypeScript).
    Utf8,
    /// As `\uXXXX` (Python's `json.dumps`).
    Ascii,
}

/// Appends `text` as a JSON string with its quotes.
pub(crate) fn push_string(out: &mut String, text: &str, escapes: Escapes) {
    out.push('"');
    push_escaped(out, text, escapes);
    out.push('"');
}

fn push_escaped(out: &mut String, text: &str, escapes: Escapes) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let special = byte == b'"'
            || byte == b'\\'
            || byte < 0x20
            || (escapes == Escapes::Ascii && byte >= 0x80);
        if !special {
            continue;
        }
        if at < plain {
            continue; // The middle of a character that is written already.
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0..0x20 => push_unit(out, u16::from(byte)),
            _ => {
                if let Some(character) = text[at..].chars().next() {
                    plain = at + character.len_utf8();
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        push_unit(out, *unit);
                    }
                }
            }
        }
    }
    out.push_str(&text[plain..]);
}

fn push_unit(out: &mut String, unit: u16) {
    out.push_str("\\u");
    for place in (0..4).rev() {
        out.push(char::from(b"0123456789abcdef"[usize::from((unit >> (4 * place)) & 15)]));
    }
}

/// Appends a whole number.
pub(crate) fn push_number(out: &mut String, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().copied().map(char::from));
}

/// The text up to `bytes`, cut at a character boundary; whether it was cut.
pub(crate) fn cut(text: &mut String, bytes: usize) -> bool {
    if text.len() <= bytes {
        return false;
    }
    let mut at = bytes;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    text.truncate(at);
    true
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn escaped_strings_read_back_as_they_were() {
        for text in ["", "plain", "a\"b\\c\nd\te\u{1}f", "Größe 課題 🙂 end", "🙂"] {
            for escapes in [Escapes::Utf8, Escapes::Ascii] {
                let mut out = String::new();
                push_string(&mut out, text, escapes);
                assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
                assert!(escapes == Escapes::Utf8 || out.is_ascii());
            }
        }
    }

    #[test]
    fn a_cut_keeps_characters_whole() {
        let mut text = "ab🙂".to_owned();
        assert!(cut(&mut text, 4));
        assert_eq!(text, "ab");
        assert!(!cut(&mut text, 4));
    }
}
