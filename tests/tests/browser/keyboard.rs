//! The dashboard without a mouse.

use serde::Deserialize;

use crate::page::{DESK, Key, PHONE, Page};
use crate::pages::{every_page, signed_in};

const FOCUS: &str = include_str!("focus.js");
/// A long page is walked through so far.
const MOST_TABS: usize = 100;

#[derive(Debug, Deserialize)]
struct Focus {
    name: String,
    href: String,
    /// Why it cannot be seen; empty where it can.
    hidden: String,
}

/// Presses the tab key; none where the page has come to its end. What has the focus shows that.
#[track_caller]
fn tab(page: &mut Page) -> Option<Focus> {
    page.press(Key::Tab);
    let focus: Option<Focus> = page.evaluate(FOCUS);
    assert_eq!(focus.as_ref().map_or("", |focus| &focus.hidden), "", "{focus:?}");
    focus
}

/// Tabs on until something is reached.
#[track_caller]
fn tab_to(page: &mut Page, wanted: impl Fn(&Focus) -> bool) -> Focus {
    loop {
        let focus = tab(page).unwrap();
        if wanted(&focus) {
            return focus;
        }
    }
}

#[test]
fn the_keyboard_leads_from_the_overview_to_a_replay() {
    let Some((_running, mut page)) = signed_in(|running| &running.viewer) else { return };
    page.go("/?range=90d");
    let first = tab(&mut page).unwrap();
    assert_eq!((first.name.as_str(), first.href.as_str()), ("Skip to the content", "#main"));
    tab_to(&mut page, |focus| focus.name == "Sessions");
    page.load(|page| page.press(Key::Enter));
    assert_eq!(page.path(), "/sessions?range=90d");

    // The link that skips the navigation leads behind it.
    tab(&mut page).unwrap();
    page.press(Key::Enter);
    let behind = tab(&mut page).unwrap();
    assert!(!["mcp-insights", "Overview"].contains(&behind.name.as_str()), "{behind:?}");
    let session = tab_to(&mut page, |focus| focus.href.starts_with("/sessions/"));
    let loaded = page.load(|page| page.press(Key::Enter));
    assert_eq!(loaded.status, 200);
    assert_eq!(page.path(), session.href);
    assert!(page.evaluate::<usize>("document.querySelectorAll('.event').length") > 0);
}

#[test]
fn the_focus_can_be_seen_wherever_it_goes() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    for width in [DESK, PHONE] {
        page.set_width(width);
        for (path, _) in every_page(&running, "90d") {
            page.go(&path);
            let steps = (0..MOST_TABS).take_while(|_| tab(&mut page).is_some()).count();
            assert!(steps > 10, "{path}: {steps}");
        }
    }
}
