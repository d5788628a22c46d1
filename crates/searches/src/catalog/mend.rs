//! JSON that other programs write and its reader refuses.

/// The same text with what no text or number can hold replaced, place by place: halves of surrogate pairs, which cut texts
/// end with, and numbers such as `1e999`. None where there is nothing of that.
pub(super) fn mended(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut is_mended = false;
    let mut in_text = false;
    let mut place = 0;
    while let Some(rest) = text.as_bytes().get(place..).filter(|rest| !rest.is_empty()) {
        let (length, replacement) = match rest {
            [b'"', ..] => {
                in_text = !in_text;
                (1, None)
            }
            [b'\\', b'u', ..] if in_text => match (surrogate(rest), rest.get(6..).map(surrogate)) {
                (Some(Half::High), Some(Some(Half::Low))) => (12, None),
                (Some(_), _) => (6, Some(r"\ufffd")),
                (None, _) => (2, None),
            },
            [b'\\', ..] if in_text => (2, None),
            [b'-' | b'0'..=b'9', ..] if !in_text => {
                let length = rest.iter().take_while(|byte| is_of_number(**byte)).count();
                let number = text.get(place..place + length).and_then(|it| it.parse::<f64>().ok());
                (length, number.filter(|number| number.is_infinite()).map(|_| "0"))
            }
            _ => (1, None),
        };
        if let (Some(replacement), Some(old)) = (replacement, bytes.get_mut(place..place + length))
        {
            old.fill(b' ');
            old.iter_mut().zip(replacement.bytes()).for_each(|(old, new)| *old = new);
            is_mended = true;
        }
        place += length;
    }
    String::from_utf8(bytes).ok().filter(|_| is_mended)
}

enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair an escape is.
fn surrogate(escape: &[u8]) -> Option<Half> {
    let digits = escape.strip_prefix(br"\u")?.get(..4)?;
    match u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_can_hold_is_replaced() {
        for (text, expected) in [
            (r#"["é", 1e9, -2.5, "1e999", "\ud83d\ude00", "\\ud83d", "\"1e999"]"#, None),
            (r#"["é\ud83d", "\uDE00x"]"#, Some(r#"["é\ufffd", "\ufffdx"]"#)),
            (r#"["\ud83d\ud83d\ude00"]"#, Some(r#"["\ufffd\ud83d\ude00"]"#)),
            (r"[1e999, -1e999]", Some("[0    , 0     ]")),
            (r#"["\u"#, None),
            ("\"\\", None),
        ] {
            assert_eq!(mended(text).as_deref(), expected, "{text}");
        }
    }
}
