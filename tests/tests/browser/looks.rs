//! Whether pages can be read: on a phone, in light and in dark.

use serde::Deserialize;

use crate::harness::Running;
use crate::page::{DESK, PHONE, Page, Scheme};
use crate::pages::{every_page, signed_in};

const WIDE: &str = include_str!("wide.js");
const CONTRAST: &str = include_str!("contrast.js");

#[derive(Debug, Deserialize)]
struct Contrast {
    /// Texts that were looked at.
    looked: usize,
    /// Those that stand out too little.
    weak: Vec<String>,
    /// The colour of the ground.
    ground: String,
    /// The contrast of body text on it.
    body: f64,
}

/// What of a page reaches beyond a phone's width.
fn wide(page: &mut Page) -> Vec<String> {
    page.evaluate(WIDE)
}

/// Every page, and those that say what went wrong.
fn paths(running: &Running) -> Vec<String> {
    let pages = every_page(running, "90d").into_iter().map(|(path, _)| path);
    pages.chain(["/sign-in", "/topics/top_0", "/topics?range=8d"].map(str::to_owned)).collect()
}

#[test]
fn no_table_is_cut() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    let find = "[...document.querySelectorAll('.scroll')]
        .filter(table => table.scrollWidth > table.clientWidth)
        .map(table => `${table.getAttribute('aria-label')}: ${table.scrollWidth} of ${table.clientWidth}`)";
    let mut cut = Vec::new();
    for width in [DESK, 1024, PHONE] {
        page.set_width(width);
        for path in &paths(&running) {
            page.go(path);
            let found: Vec<String> = page.evaluate(find);
            cut.extend(found.into_iter().map(|table| format!("{path}: {table}")));
        }
    }
    assert!(cut.is_empty(), "{cut:#?}");
    // The control: a table that is too wide for the phone.
    page.go("/topics?range=90d");
    page.evaluate::<()>(
        "document.querySelector('td').insertAdjacentHTML('beforeend', '<svg width=\"400\"></svg>')",
    );
    assert_eq!(page.evaluate::<Vec<String>>(find).len(), 1);
}

#[test]
fn no_page_scrolls_sideways_on_a_phone() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    let pages = paths(&running);
    page.set_width(PHONE);
    for path in &pages {
        page.go(path);
        let wide = wide(&mut page);
        assert!(wide.is_empty(), "{path}: {wide:#?}");
        // Nobody looks for a way that stands beside the screen.
        let is_cut =
            "[...document.querySelectorAll('nav')].some(nav => nav.scrollWidth > nav.clientWidth)";
        assert!(!page.evaluate::<bool>(is_cut), "{path}: the navigation is cut");
    }
    // What would be too wide is seen.
    page.evaluate::<()>(
        "document.querySelector('h1').insertAdjacentHTML('afterend', '<svg width=\"400\"></svg>')",
    );
    assert!(wide(&mut page).iter().any(|element| element.contains("svg")));
}

#[test]
fn every_text_stands_out_in_light_and_dark() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    let pages = paths(&running);
    for width in [DESK, PHONE] {
        page.set_width(width);
        for path in &pages {
            page.go(path);
            let grounds = [Scheme::Light, Scheme::Dark].map(|scheme| {
                page.set_scheme(scheme);
                let found: Contrast = page.evaluate(CONTRAST);
                assert!(found.looked > 5, "{path}: {found:?}");
                assert!(found.weak.is_empty(), "{path}, {scheme:?}: {:#?}", found.weak);
                assert!(found.body >= 4.5, "{path}, {scheme:?}: {}", found.body);
                found.ground
            });
            assert_ne!(grounds[0], grounds[1], "{path}");
        }
    }
    // A text that can hardly be read is seen.
    page.evaluate::<()>("document.querySelector('h1').insertAdjacentHTML('afterend', '<svg><text fill=\"#444\">dim</text></svg>')");
    let found: Contrast = page.evaluate(CONTRAST);
    assert!(found.weak.iter().any(|text| text.ends_with("dim")), "{found:?}");
}
