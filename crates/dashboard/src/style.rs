//! The style sheet of the dashboard: that of every page, and what only the dashboard has.

use mcp_insights_presentation::STYLE as SHARED;

const OWN: &str = include_str!("style.css");
const LENGTH: usize = SHARED.len() + OWN.len();

static BYTES: [u8; LENGTH] = {
    let mut bytes = [0; LENGTH];
    let (shared, own) = bytes.split_at_mut(SHARED.len());
    shared.copy_from_slice(SHARED.as_bytes());
    own.copy_from_slice(OWN.as_bytes());
    bytes
};

/// The style sheet, `text/css; charset=utf-8`, for `GET /assets/style.css`.
pub const STYLE: &str = match std::str::from_utf8(&BYTES) {
    Ok(style) => style,
    // Two texts make a text.
    Err(_) => "",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_is_whole_and_needs_nothing_from_elsewhere() {
        assert_eq!(STYLE, format!("{SHARED}{OWN}"));
        for reference in ["http:", "https:", "url(", "@import"] {
            assert!(!STYLE.contains(reference), "{reference}");
        }
        assert_eq!(STYLE.matches('{').count(), STYLE.matches('}').count());
    }
}
