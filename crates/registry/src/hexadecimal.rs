//! Bytes as lower-case hexadecimal digits.

/// Writes the two digits of a byte.
pub(crate) fn push(text: &mut String, byte: u8) {
    for half in [byte >> 4, byte & 15] {
        text.extend(char::from_digit(half.into(), 16));
    }
}
