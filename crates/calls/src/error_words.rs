//! The words of an error text, in the one form that wordings are compared with.

/// So much of the beginning of an error text is read, in bytes: it says what failed.
const BEGINNING: usize = 3_072;

/// So much of its end: the last line of a trace says why.
const END: usize = 1_024;

/// The text in lower case, names split into words, URLs and paths left out, white space folded, with a full stop at
/// its end. Of a long text the middle is left out, which lists what the error has little to do with.
pub(crate) fn error_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len().min(BEGINNING + END) + 2);
    if text.len() <= BEGINNING + END {
        add(&mut words, text);
    } else {
        add(&mut words, text.get(..boundary(text, BEGINNING)).unwrap_or(""));
        push(&mut words, ' ');
        add(&mut words, text.get(boundary(text, text.len() - END)..).unwrap_or(""));
    }
    let end = words.trim_end().len();
    words.truncate(end);
    if !words.ends_with('.') {
        words.push('.');
    }
    words
}

/// The border of a character at or behind an offset.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn add(words: &mut String, text: &str) {
    let mut rest = text;
    let mut before = ' ';
    loop {
        // Most of an error is words in lower case, which stay as they are.
        let plain = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let (word, after) = rest.split_at_checked(plain).unwrap_or_default();
        words.push_str(word);
        before = word.chars().next_back().unwrap_or(before);
        let mut characters = after.chars();
        let Some(character) = characters.next() else { return };
        let next = characters.clone().next();
        rest = characters.as_str();
        let begins_path = match character {
            ':' => rest.starts_with("//"),
            '/' => !before.is_alphanumeric() && next.is_some_and(|next| !next.is_whitespace()),
            _ => false,
        };
        if begins_path {
            rest = rest.trim_start_matches(|next| !ends_path(next));
            push(words, '#');
            before = '#';
            continue;
        }
        match character {
            // A line break as JSON writes it.
            '\\' if matches!(next, Some('n' | 'r' | 't')) => {
                rest = characters.as_str().get(1..).unwrap_or_default();
                push(words, ' ');
                before = ' ';
                continue;
            }
            '_' | '-' if before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric) => {
                push(words, ' ');
            }
            '\u{2018}' | '\u{2019}' => push(words, '\''),
            _ if character.is_whitespace() => push(words, ' '),
            _ if character.is_ascii() => {
                if character.is_ascii_uppercase() && before.is_lowercase() {
                    push(words, ' ');
                }
                push(words, character.to_ascii_lowercase());
            }
            _ => {
                if character.is_uppercase() && before.is_lowercase() {
                    push(words, ' ');
                }
                character.to_lowercase().for_each(|lower| push(words, lower));
            }
        }
        before = character;
    }
}

fn ends_path(character: char) -> bool {
    character.is_whitespace() || "\"'`<>()[]{},;\\".contains(character)
}

fn push(words: &mut String, character: char) {
    if character != ' ' || !(words.is_empty() || words.ends_with(' ')) {
        words.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_and_places_left_out() {
        let rows = [
            ("a\\nb", "a b."),
            ("ax://y b", "ax# b."),
            ("a/b é/x", "a/b é/x."),
            ("aB a\u{2019}s", "a b a's."),
            ("NOT_FOUND", "not found."),
            ("FileNotFoundError:  x", "file not found error: x."),
            ("rate-limit hit.", "rate limit hit."),
            ("GET https://a.example/timeout/x?y=1 failed", "get https# failed."),
            ("open '/srv/quota/denied.txt' now", "open '#' now."),
            ("Allow: /?hl=de&rd=ssl$ all", "allow: # all."),
            ("read and/or write", "read and/or write."),
            ("first\\nTimeout\nthird", "first timeout third."),
            ("doesn\u{2019}t exist", "doesn't exist."),
            ("error -32602", "error -32602."),
            ("", "."),
        ];
        for (text, expected) in rows {
            assert_eq!(error_words(text), expected, "{text}");
        }
    }

    #[test]
    fn of_a_long_text_the_beginning_and_the_end_are_read() {
        let text = format!(
            "Failed at once {} dns {} TimeoutError",
            "é ".repeat(4_000),
            "ü ".repeat(4_000)
        );
        let words = error_words(&text);
        assert!(
            words.starts_with("failed at once é é") && words.ends_with("ü timeout error."),
            "{words}"
        );
        assert!(!words.contains("dns") && words.len() <= BEGINNING + END + 2);
    }
}
