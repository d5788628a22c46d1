//! Widths of texts in columns of a terminal, which Han letters and emoji fill two of.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a text fills.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most so many columns; what was cut shows as `…`.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = cut(text, columns.saturating_sub(1)).trim_end().to_owned();
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// The text in lines of at most so many columns, broken at spaces where there are any; a last line that does not hold
/// the rest ends in `…`.
pub(crate) fn wrap(text: &str, columns: usize, most_lines: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 >= most_lines || width(rest) <= columns {
            lines.push(fit(rest, columns));
            break;
        }
        let head = cut(rest, columns);
        let after = rest.get(head.len()..).unwrap_or_default();
        // A word that would be cut goes to the next line as a whole, unless it fills this one.
        let end = if after.starts_with(' ') { Some(head.len()) } else { head.rfind(' ') };
        let end = end.filter(|end| *end > 0).unwrap_or(head.len());
        let (line, next) = rest.split_at(end);
        lines.push(line.trim_end().to_owned());
        rest = next.trim_start();
    }
    lines
}

/// The longest front of a text that fills at most so many columns, not cut within a letter and its marks.
fn cut(text: &str, columns: usize) -> &str {
    let mut end = 0;
    let mut filled = 0;
    let mut joined = false;
    for (start, letter) in text.char_indices() {
        let own = letter.width().unwrap_or(0);
        if own > 0 && !joined {
            // What follows a joiner belongs to the letter before it.
            if filled + own > columns {
                break;
            }
            filled += own;
        }
        joined = letter == '\u{200d}';
        end = start + letter.len_utf8();
    }
    let front = text.get(..end).unwrap_or_default();
    if front.is_empty() && columns > 0 && width(text) <= columns { text } else { front }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_letters_fill_two_columns() {
        assert_eq!(width("北京"), 4);
        assert_eq!(fit("北京到上海", 10), "北京到上海");
        assert_eq!(fit("北京到上海", 8), "北京到…");
        assert_eq!(fit("北京到上海", 7), "北京到…");
        assert_eq!(fit("北京到上海", 6), "北京…");
    }

    #[test]
    fn marks_stay_with_their_letter() {
        let text = "e\u{301}e\u{301}e\u{301}";
        assert_eq!(width(text), 3);
        assert_eq!(fit(text, 2), "e\u{301}…");
        assert!(width(&fit("👩\u{200d}🚀 to the moon", 6)) <= 6);
    }

    #[test]
    fn nothing_is_wider_than_asked_for() {
        for text in ["plain words", "北京到上海", "a👩‍🚀b👩‍🚀c", "mixed 北 and e\u{301}"]
        {
            for columns in 0..12 {
                assert!(width(&fit(text, columns)) <= columns, "{text} in {columns}");
            }
        }
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three four", 9, 5), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrap("abcdefghij", 4, 5), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("北京到上海", 5, 5), ["北京", "到上", "海"]);
        assert_eq!(wrap("  ", 5, 5), Vec::<String>::new());
    }
}
