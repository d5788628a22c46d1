//! Which pieces of a text are values: a table of kinds, each with the function that knows one at the start of a
//! text. All of them look at ASCII only, so that a byte is a character.

use crate::placeholder::Placeholder;

/// Kinds of values, the more particular first: the first that knows the piece decides. A function gives the length
/// of the value that the text begins with, 0 for none. They are asked where a run of ASCII letters and digits
/// begins; the value must not end within one.
pub(super) const KINDS: &[(Placeholder, fn(&[u8]) -> usize)] = &[
    (Placeholder::Date, date),
    (Placeholder::Date, clock),
    (Placeholder::Number, uuid),
    (Placeholder::Number, address),
    (Placeholder::Number, hexadecimal_literal),
    (Placeholder::Number, measure),
    (Placeholder::Number, number),
    (Placeholder::Number, id),
];

/// Units that are written right after a number. Single letters are left out: `4k`, `3d`, `2x` are words.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "bn", "cm", "eur", "ft", "gb", "gbp", "ghz", "gib", "hr", "hrs", "hz", "kb", "kg", "khz", "kib", "km", "kwh",
    "lb", "lbs", "mb", "mbps", "mg", "mhz", "mib", "min", "mins", "ml", "mm", "mph", "ms", "nd", "px", "rd", "sec",
    "secs", "st", "tb", "th", "usd",
];

/// Months as a date writes them.
pub(super) const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn from(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or_default()
}

/// Whether a value may end here: no letter or digit follows.
fn ends(text: &[u8], at: usize) -> bool {
    !byte(text, at).is_ascii_alphanumeric()
}

fn whole(text: &[u8], length: usize) -> usize {
    if length > 0 && ends(text, length) { length } else { 0 }
}

/// `2025-07-21`, `2025/7/21`, `21.07.2025`, `7/21/25`, `2025-07`, each perhaps with a time: `2025-07-21T10:00:00.5Z`.
fn date(text: &[u8]) -> usize {
    let first = digits(text);
    let mark = byte(text, first);
    if !matches!(first, 1 | 2 | 4) || !matches!(mark, b'-' | b'/' | b'.') {
        return 0;
    }
    let second = digits(from(text, first + 1));
    if !matches!(second, 1 | 2) {
        return 0;
    }
    let month_end = first + 1 + second;
    let third = if byte(text, month_end) == mark { digits(from(text, month_end + 1)) } else { 0 };
    let day_end = month_end + 1 + third;
    let is_full = match (first, third) {
        (4, 1 | 2) | (1 | 2, 4) => true,
        // 1.2.34 is a version and 1-2-34 a number of something.
        (1 | 2, 2) => mark == b'/',
        _ => false,
    };
    if is_full {
        let separated = usize::from(matches!(byte(text, day_end), b't' | b'T' | b' '));
        let time = if separated > 0 { clock(from(text, day_end + separated)) } else { 0 };
        return if time > 0 { day_end + separated + time } else { whole(text, day_end) };
    }
    if (first, second, third, mark) == (4, 2, 0, b'-') { whole(text, month_end) } else { 0 }
}

/// `10:30`, `9:05:12.250`, `10:30pm`, `5 pm`, `5pm`, with `Z` or an offset after the seconds.
fn clock(text: &[u8]) -> usize {
    let hours = digits(text);
    if !matches!(hours, 1 | 2) {
        return 0;
    }
    let mut end = hours;
    let mut parts = 1;
    while parts < 3 && byte(text, end) == b':' && digits(from(text, end + 1)) == 2 {
        end += 3;
        parts += 1;
    }
    if parts == 3 && matches!(byte(text, end), b'.' | b',') && digits(from(text, end + 1)) > 0 {
        end += 1 + digits(from(text, end + 1));
    }
    let half = usize::from(byte(text, end) == b' ');
    if matches!(byte(text, end + half).to_ascii_lowercase(), b'a' | b'p')
        && byte(text, end + half + 1).eq_ignore_ascii_case(&b'm')
        && ends(text, end + half + 2)
    {
        return end + half + 2;
    }
    if parts == 1 {
        return 0;
    }
    if byte(text, end).eq_ignore_ascii_case(&b'z') && ends(text, end + 1) {
        return end + 1;
    }
    if matches!(byte(text, end), b'+' | b'-') {
        let offset = digits(from(text, end + 1));
        let colon = usize::from(offset == 2 && byte(text, end + 3) == b':');
        if offset == 4 || (offset == 2 && colon == 0) {
            return whole(text, end + 1 + offset);
        }
        if colon == 1 && digits(from(text, end + 4)) == 2 {
            return whole(text, end + 6);
        }
    }
    whole(text, end)
}

fn uuid(text: &[u8]) -> usize {
    let mut end = 0;
    for (index, group) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if index > 0 {
            if byte(text, end) != b'-' {
                return 0;
            }
            end += 1;
        }
        if !from(text, end).iter().take(group).all(u8::is_ascii_hexdigit)
            || text.len() < end + group
        {
            return 0;
        }
        end += group;
    }
    whole(text, end)
}

/// An IPv6 address: four or more groups of up to four hexadecimal digits between colons.
fn address(text: &[u8]) -> usize {
    let mut end = 0;
    let mut colons = 0;
    loop {
        let group = from(text, end).iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if group > 4 {
            return 0;
        }
        end += group;
        if byte(text, end) != b':'
            || !(byte(text, end + 1) == b':' || byte(text, end + 1).is_ascii_hexdigit())
        {
            break;
        }
        colons += 1;
        end += 1;
    }
    if colons >= 3 { whole(text, end) } else { 0 }
}

/// `0x7f3a2b`.
fn hexadecimal_literal(text: &[u8]) -> usize {
    if byte(text, 0) != b'0' || !byte(text, 1).eq_ignore_ascii_case(&b'x') {
        return 0;
    }
    let length = from(text, 2).iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if length == 0 { 0 } else { whole(text, 2 + length) }
}

/// The digits of `500mb`, `3rd`, `20.5kg`: the unit is left standing.
fn measure(text: &[u8]) -> usize {
    let length = decimal(text);
    let unit = from(text, length);
    let letters = unit.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let unit = unit.get(..letters).unwrap_or_default();
    let known = UNITS.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(unit));
    if length > 0 && known && ends(text, length + letters) { length } else { 0 }
}

/// `7`, `1,234.56`, `1.2.3`, `192.168.0.1`.
fn number(text: &[u8]) -> usize {
    whole(text, decimal(text))
}

fn decimal(text: &[u8]) -> usize {
    let mut end = digits(text);
    if end == 0 {
        return 0;
    }
    while matches!(byte(text, end), b'.' | b',') {
        let more = digits(from(text, end + 1));
        if more == 0 {
            break;
        }
        end += 1 + more;
    }
    end
}

/// `ORD-1234`, `INV0042`, `cus_9s6XKzkNRiz8i3`, `3f2a9c81`: letters and digits that nobody would read as a word.
///
/// A run of letters, digits, hyphens and underscores with at most one group of nothing but letters is an id where it
/// has four or more digits in a row; or three that are set off from its letters (`ENG-512`, not `h264`); or changes at least
/// three times between letter and digit over eight or more of them; or is hexadecimal, of eight or more with two digits.
fn id(text: &[u8]) -> usize {
    let length = joined(text);
    let run = text.get(..length).unwrap_or_default();
    if !has_words(run) {
        return if is_id(run) { length } else { 0 };
    }
    let group = run.split(is_joint).next().unwrap_or_default();
    if is_id(group) { group.len() } else { 0 }
}

/// Whether a run holds two or more groups of nothing but letters, as `report-2024-final` does.
pub(super) fn has_words(run: &[u8]) -> bool {
    run.split(is_joint).filter(|group| group.iter().all(u8::is_ascii_alphabetic)).count() > 1
}

fn is_joint(byte: &u8) -> bool {
    matches!(byte, b'-' | b'_')
}

/// Bytes of the run of letters, digits and single joints between them.
pub(super) fn joined(text: &[u8]) -> usize {
    let mut end = 0;
    loop {
        end += from(text, end).iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if is_joint(&byte(text, end)) && byte(text, end + 1).is_ascii_alphanumeric() {
            end += 1;
        } else {
            return end;
        }
    }
}

fn is_id(run: &[u8]) -> bool {
    let signs = || run.iter().filter(|byte| !is_joint(byte));
    let digits = signs().filter(|byte| byte.is_ascii_digit()).count();
    let longest =
        run.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or_default();
    let letters = signs().count() - digits;
    if digits == 0 || letters == 0 {
        return false;
    }
    let changes = signs()
        .zip(signs().skip(1))
        .filter(|(a, b)| a.is_ascii_digit() != b.is_ascii_digit())
        .count();
    let set_off = !run.iter().zip(run.iter().skip(1)).any(|(a, b)| {
        a.is_ascii_alphanumeric()
            && b.is_ascii_alphanumeric()
            && a.is_ascii_digit() != b.is_ascii_digit()
    });
    let hexadecimal = signs().all(u8::is_ascii_hexdigit);
    let length = letters + digits;
    longest >= 4
        || (longest == 3 && set_off)
        || (changes >= 3 && length >= 8)
        || (hexadecimal && length >= 8 && digits >= 2)
}
