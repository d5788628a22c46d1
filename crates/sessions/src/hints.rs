//! What a session hint is worth: whether it identifies a session alone.

/// From this many characters on a hint may be strong by its look.
const SHORTEST_RANDOM: usize = 20;
/// Changes between letter and digit that make a text look random.
const FEWEST_CHANGES: usize = 4;
/// Hex digits of a UUID, group by group.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Hex digits of a UUID without dashes.
const HEX_DIGITS: usize = 32;

/// Whether a hint identifies a session alone: it holds a UUID or 32 hex digits, or looks random.
///
/// A weak one (`conv-1`) is likely to come from several actors and identifies together with the actor.
pub(crate) fn is_strong(hint: &str) -> bool {
    let bytes = hint.as_bytes();
    holds_hex_run(bytes) || looks_random(bytes) || holds_uuid(bytes)
}

/// The length of the UUID that a text begins with, dashed or not.
fn uuid_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (group, digits) in UUID_GROUPS.into_iter().enumerate() {
        if group > 0 {
            if bytes.get(at) != Some(&b'-') {
                return None;
            }
            at += 1;
        }
        if !bytes.get(at..at + digits)?.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        at += digits;
    }
    Some(at)
}

/// Whether a text is one UUID, with dashes or as 32 hex digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let bare = bytes.len() == HEX_DIGITS && bytes.iter().all(u8::is_ascii_hexdigit);
    bare || uuid_length(bytes) == Some(bytes.len())
}

fn holds_uuid(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|start| bytes.get(start..).is_some_and(|rest| uuid_length(rest).is_some()))
}

fn holds_hex_run(bytes: &[u8]) -> bool {
    let mut run = 0;
    bytes.iter().any(|byte| {
        run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
        run == HEX_DIGITS
    })
}

fn looks_random(bytes: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_change = |pair: &&[u8]| match pair {
        [left, right] => {
            (left.is_ascii_alphabetic() && right.is_ascii_digit())
                || (left.is_ascii_digit() && right.is_ascii_alphabetic())
        }
        _ => false,
    };
    bytes.len() >= SHORTEST_RANDOM
        && bytes.iter().all(allowed)
        && bytes.windows(2).filter(is_change).count() >= FEWEST_CHANGES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (hint, strong)
    const HINTS: &[(&str, bool)] = &[
        ("be3f2275-15a4-4e05-b3cb-b0eeb9109d3a", true),
        ("stdio-BE3F2275-15A4-4E05-B3CB-B0EEB9109D3A", true),
        ("mcp_claude-code_v_1.0.2_be3f2275-15a4-4e05-b3cb-b0eeb9109d3a", true),
        ("be3f227515a44e05b3cbb0eeb9109d3a", true),
        ("session be3f227515a44e05b3cbb0eeb9109d3a of today", true),
        (":be3f227515a44e05b3cbb0eeb9109d3", false),
        (":be3f2275-15a4-4e05-b3cb-b0eeb9109d3", false),
        ("V1StGXR8_Z5jdHi6B-myT", true),
        ("V1StGXR8_Z5jdHi6B-m", false),
        ("V1StGXR8_Z5jdHi6B.myT", false),
        ("user-session-2026-01-31", false),
        ("a1b2c-aaaaaaaaaaaaaaa", true),
        ("a1b2-aaaaaaaaaaaaaaaa", false),
        ("conv-1", false),
        ("默认会话-默认会话-默认会话-默认会话", false),
        ("", false),
    ];

    #[test]
    fn only_unguessable_hints_identify_alone() {
        for (hint, strong) in HINTS {
            assert_eq!(is_strong(hint), *strong, "{hint}");
        }
    }

    #[test]
    fn a_uuid_comes_with_or_without_dashes() {
        assert!(is_uuid("be3f2275-15a4-4e05-b3cb-b0eeb9109d3a"));
        assert!(is_uuid("be3f227515a44e05b3cbb0eeb9109d3a"));
        assert!(!is_uuid("be3f2275-15a4-4e05-b3cb-b0eeb9109d3a0"));
        assert!(!is_uuid("be3f2275-15a4-4e05-b3cb_b0eeb9109d3a"));
    }
}
