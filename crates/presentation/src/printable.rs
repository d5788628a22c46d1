//! Texts of strangers, made safe to show: agents and servers write them, and a terminal obeys what it prints.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Letters that steer the direction of writing, and so can make a line read as what it is not.
const DIRECTION_MARKS: [std::ops::RangeInclusive<char>; 3] =
    ['\u{200e}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];

/// The text on one line: white space runs become one space, control letters are shown as `\u{1b}`.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            gap = !line.is_empty();
            continue;
        }
        if gap {
            line.push(' ');
            gap = false;
        }
        push(&mut line, letter);
    }
    line
}

/// The text with its control letters shown as `\u{1b}`, white space included.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        push(&mut safe, letter);
    }
    Cow::Owned(safe)
}

/// The text in its lines: line feeds and tabs stay, other control letters are shown as `\u{1b}`.
pub fn in_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\t' => lines.push(letter),
            _ => push(&mut lines, letter),
        }
    }
    lines
}

fn push(line: &mut String, letter: char) {
    if is_unsafe(letter) {
        // Writing to a string cannot fail.
        let _ = write!(line, "\\u{{{:x}}}", u32::from(letter));
    } else {
        line.push(letter);
    }
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control() || DIRECTION_MARKS.iter().any(|marks| marks.contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(one_line("a\u{1b}[31mred\u{7}"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(one_line("c1 \u{9b}31m"), "c1 \\u{9b}31m");
        assert_eq!(escaped("path\u{1b}]0;title\nx"), "path\\u{1b}]0;title\\u{a}x");
    }

    #[test]
    fn a_text_of_many_lines_takes_one() {
        assert_eq!(one_line("  one\r\n\ttwo\n\n three  "), "one two three");
    }

    #[test]
    fn a_text_in_lines_keeps_them_and_nothing_else_that_steers() {
        assert_eq!(in_lines("one\r\n\ttwo\rx\u{1b}[2J\n"), "one\n\ttwo\\u{d}x\\u{1b}[2J\n");
    }

    #[test]
    fn direction_marks_are_shown_and_scripts_stay() {
        assert_eq!(one_line("gpj\u{202e}exe"), "gpj\\u{202e}exe");
        assert_eq!(one_line("北京 到 上海 مرحبا"), "北京 到 上海 مرحبا");
    }
}
