//! The structure of JSON, without recursion and without reading what the values say.

use memchr::memchr3;

/// What a piece of input did to a [`ValueScan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value goes on in the next piece.
    More,
    /// The value ends before this index of the piece.
    Done(usize),
    /// No JSON value holds the byte at this index of the piece.
    Broken(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Structure,
    Text,
    Escape,
    Scalar,
}

/// Finds the end of one value, fed piece by piece. It judges brackets and quotes only:
/// whether the value is valid JSON is for the parser to say.
#[derive(Clone, Debug)]
pub(crate) struct ValueScan {
    depth: u64,
    opener: u8,
    state: State,
}

impl ValueScan {
    /// Begins at the first byte of a value.
    pub(crate) const fn new() -> Self {
        Self { depth: 0, opener: 0, state: State::Before }
    }

    /// Begins within an object that was opened already.
    pub(crate) const fn within_object() -> Self {
        Self { depth: 1, opener: b'{', state: State::Structure }
    }

    /// Whether the end of the input is an end of the value, too.
    pub(crate) fn may_end(&self) -> bool {
        self.state == State::Scalar
    }

    /// Takes the next piece of the input.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            match self.state {
                State::Escape => self.state = State::Text,
                State::Text => {
                    let rest = piece.get(at..).unwrap_or_default();
                    let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else { return Step::More };
                    at += found;
                    match rest.get(found) {
                        Some(b'\\') => self.state = State::Escape,
                        // A string of JSON holds no line break: what follows is not part of it.
                        Some(b'\n') => return Step::Broken(at),
                        _ if self.depth == 0 => return Step::Done(at + 1),
                        _ => self.state = State::Structure,
                    }
                }
                State::Scalar => {
                    if matches!(byte, b',' | b']' | b'}' | b':' | b'[' | b'{' | b'"')
                        || is_space(byte)
                    {
                        return Step::Done(at);
                    }
                }
                State::Before => {
                    self.opener = byte;
                    self.state = match byte {
                        b'{' | b'[' => {
                            self.depth = 1;
                            State::Structure
                        }
                        b'"' => State::Text,
                        b'}' | b']' | b',' | b':' => return Step::Broken(at),
                        _ => State::Scalar,
                    };
                }
                State::Structure => match byte {
                    b'"' => self.state = State::Text,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            let fits = (self.opener == b'{') == (byte == b'}');
                            return if fits { Step::Done(at + 1) } else { Step::Broken(at) };
                        }
                    }
                    _ => {}
                },
            }
            at += 1;
        }
        Step::More
    }
}

/// Whether JSON counts a byte as white space.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What some programs put in front of UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes without white space around them, and how many were cut in front.
pub(crate) fn trim(bytes: &[u8]) -> (&[u8], usize) {
    let start = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(start, |last| last + 1);
    (bytes.get(start..end).unwrap_or_default(), start)
}

/// A line without white space around it, and without the byte-order mark that stands in front where files were put together.
pub(crate) fn trim_line(bytes: &[u8]) -> (&[u8], usize) {
    let (line, skipped) = trim(bytes);
    let Some(marked) = line.strip_prefix(BYTE_ORDER_MARK) else { return (line, skipped) };
    let (line, behind) = trim(marked);
    (line, skipped + BYTE_ORDER_MARK.len() + behind)
}

/// The length of the value at the start of the bytes, where it ends in them.
pub(crate) fn value_length(bytes: &[u8]) -> Option<usize> {
    let mut scan = ValueScan::new();
    match scan.feed(bytes) {
        Step::Done(length) => Some(length),
        Step::More if scan.may_end() => Some(bytes.len()),
        Step::More | Step::Broken(_) => None,
    }
}

/// How deeply arrays and objects are nested; a value that is neither has the depth 0.
pub(crate) fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let rest = bytes.get(at..).unwrap_or_default();
                // In broken JSON the last string may have no end.
                at += value_length(rest).unwrap_or(rest.len()).max(1);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_its_brackets_close() {
        for (input, length) in [
            (r#"{"a":[1,{"b":"}]"}]} tail"#, 20),
            (r#"[] []"#, 2),
            (r#""a\"b" ,"#, 6),
            ("12.5,3", 4),
            ("true", 4),
        ] {
            assert_eq!(value_length(input.as_bytes()), Some(length), "{input}");
        }
        for input in ["{", "[1,2", r#""open"#, r#"{"a":"b\"}"#, "[}", ",", "\"a\nb\""] {
            assert_eq!(value_length(input.as_bytes()), None, "{input}");
        }
    }

    #[test]
    fn any_split_of_the_input_gives_the_same_end() {
        let input = br#"{"a":"x\\\"{","b":[{},[]],"c":null} rest"#;
        for split in 0..34 {
            let mut scan = ValueScan::new();
            assert_eq!(scan.feed(&input[..split]), Step::More, "{split}");
            assert_eq!(scan.feed(&input[split..]), Step::Done(35 - split), "{split}");
        }
    }

    #[test]
    fn depth_counts_no_brackets_within_strings() {
        assert_eq!(depth(br#"{"a":"[[[[\"[","b":[{}]}"#), 3);
        assert_eq!(depth(b"1"), 0);
        assert_eq!(depth("[".repeat(1_000_000).as_bytes()), 1_000_000);
    }
}
