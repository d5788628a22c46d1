//! Whether a line is a value by itself or the beginning of a value over many lines.

use memchr::{memchr, memchr_iter};
use serde::de::IgnoredAny;

use crate::scan::trim;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A value, whole or broken: the next line begins another.
    Line,
    /// The beginning of a value that goes on in the next lines.
    Document,
}

/// Shows what follows in a source.
pub(crate) trait Lookahead {
    /// At least so many bytes from the line's start on, and whether they are all there are.
    fn look(&mut self, count: usize) -> (&[u8], bool);
}

/// How far [`shape`] looks, in steps, so that a broken line costs little.
const STEPS: [usize; 4] = [16 << 10, 256 << 10, 2 << 20, 8 << 20];

/// How many of the following lines are asked.
const LINES_ASKED: usize = 8;

/// Whether a line could go on in the next one: it opens an array or object and does not end with its closing.
pub(crate) fn may_continue(line: &[u8]) -> bool {
    let (line, _) = trim(line);
    match (line.first(), line.last()) {
        (Some(b'{'), last) => last != Some(&b'}') || line.len() == 1,
        (Some(b'['), last) => last != Some(&b']') || line.len() == 1,
        _ => false,
    }
}

/// Tells a value over many lines from a broken line among good ones.
///
/// If the JSON goes on over the line's end, it is a document. Where it breaks, the next lines decide: whole
/// values on lines of their own speak for lines; a comma behind them, or closing brackets in front, for a document.
pub(crate) fn shape(ahead: &mut impl Lookahead) -> Shape {
    for count in STEPS {
        let (window, is_all) = ahead.look(count);
        let is_last = is_all || Some(&count) == STEPS.last();
        if let Some(shape) = shape_of(window, is_all, is_last) {
            return shape;
        }
    }
    Shape::Line
}

fn shape_of(window: &[u8], is_all: bool, is_last: bool) -> Option<Shape> {
    let Some(line_end) = memchr(b'\n', window) else { return is_last.then_some(Shape::Line) };
    let mut values = serde_json::Deserializer::from_slice(window).into_iter::<IgnoredAny>();
    let cut = match values.next() {
        None => return Some(Shape::Line),
        Some(Ok(_)) if values.byte_offset() <= line_end => return Some(Shape::Line),
        Some(Ok(_)) => return Some(Shape::Document),
        Some(Err(error)) => error.is_eof(),
    };
    if cut && !is_all {
        return is_last.then_some(Shape::Document);
    }
    let (line, after) = window.split_at_checked(line_end)?;
    let (whole, parts, asked) = ask_lines(line, after.get(1..).unwrap_or_default(), is_all);
    if asked < LINES_ASKED && !is_last {
        return None;
    }
    Some(if whole > parts || (whole == parts && (whole == 0 || !cut)) {
        Shape::Line
    } else {
        Shape::Document
    })
}

/// How many lines are whole values, how many are parts of one, and how many were asked.
fn ask_lines(first: &[u8], after: &[u8], is_all: bool) -> (usize, usize, usize) {
    let opens = matches!(trim(first).0.last(), Some(b'[' | b'{' | b','));
    let (mut whole, mut parts, mut asked) = (0, usize::from(opens), 0);
    let mut start = 0;
    let ends = memchr_iter(b'\n', after).chain(is_all.then_some(after.len()));
    for end in ends {
        let (line, _) = trim(after.get(start..end).unwrap_or_default());
        start = end + 1;
        if line.is_empty() {
            continue;
        }
        asked += 1;
        let opens_value = matches!(line.first(), Some(b'{' | b'['));
        if opens_value && serde_json::from_slice::<IgnoredAny>(line).is_ok() {
            whole += 1;
        } else if line.last() == Some(&b',')
            || matches!(line.first(), Some(b']' | b'}' | b',' | b'"'))
        {
            parts += 1;
        }
        if asked == LINES_ASKED {
            break;
        }
    }
    (whole, parts, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Whole<'a>(&'a [u8]);

    impl Lookahead for Whole<'_> {
        fn look(&mut self, count: usize) -> (&[u8], bool) {
            (&self.0[..count.min(self.0.len())], count >= self.0.len())
        }
    }

    const A: &str = r#"{"event_id":"a","metadata":{"x":[1]}}"#;

    #[test]
    fn whole_lines_are_lines() {
        for input in [
            A.to_owned(),
            format!("{A}\n{A}\n"),
            format!("[{A}]\n{A}"),
            format!("{A}\n[\n{A}\n]\n"),
        ] {
            assert_eq!(shape(&mut Whole(input.as_bytes())), Shape::Line, "{input}");
        }
    }

    #[test]
    fn values_over_many_lines_are_documents() {
        let long = format!("[\n{}{A}\n]", format!("{A},\n").repeat(10_000));
        for input in [
            format!("[\n{A},\n{A}\n]"),
            format!("[\n{A}\n]"),
            "{\n  \"event_id\": \"a\"\n}\n".to_owned(),
            format!("{{\"schema_version\":1,\"events\":[\n{A},\n{A}\n]}}"),
            format!("{{\"schema_version\":1,\"sdk\":{{\"x\":1}}\n,\"events\":[\n{A}]}}"),
            long,
        ] {
            assert_eq!(shape(&mut Whole(input.as_bytes())), Shape::Document, "{input}");
        }
    }

    #[test]
    fn broken_documents_are_documents() {
        for input in [
            format!("[\n{A},\n{A},\n"),
            format!("[\n{A},\n{A}\n"),
            format!("[\n{A},\n{{\"event_id\": oops}},\n{A}\n]"),
            format!("[\n{A}\n"),
            format!("[{A},\n{A},\n{{bad,\n{A}]"),
            "{\n  \"event_id\": \"a\",\n  \"kind\":\n}".to_owned(),
            format!("{{\"schema_version\":1,\"events\":[\n{A},\n{A}\n}}"),
        ] {
            assert_eq!(shape(&mut Whole(input.as_bytes())), Shape::Document, "{input}");
        }
    }

    #[test]
    fn a_broken_line_before_good_ones_is_a_line() {
        for (cut, after) in
            [(10, 1), (12, 3), (17, 1), (26, 2), (28, 100), (31, 1), (A.len() - 1, 20)]
        {
            let input = format!("{}\n{}", &A[..cut], format!("{A}\n").repeat(after));
            assert_eq!(shape(&mut Whole(input.as_bytes())), Shape::Line, "{input}");
        }
        let broken = format!("{}\n{}\n{A}\n", &A[..10], &A[..12]);
        assert_eq!(shape(&mut Whole(broken.as_bytes())), Shape::Line);
        let alone = format!("{}\n{}\n", &A[..10], &A[..12]);
        assert_eq!(shape(&mut Whole(alone.as_bytes())), Shape::Line);
    }

    #[test]
    fn only_open_lines_may_continue() {
        for line in ["{", "[", "{\"a\":1", "[{}", "[1},", " {\"a\":[ \r"] {
            assert!(may_continue(line.as_bytes()), "{line}");
        }
        for line in ["", "{}", " [1] \r", "oops", "\"a\"", "}"] {
            assert!(!may_continue(line.as_bytes()), "{line}");
        }
    }
}
