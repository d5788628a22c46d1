//! Every page opens, and the browser has nothing to complain about.

use mcp_insights::Options;
use mcp_insights_tests::fixtures::{CAPTURES, LIVEMCP};
use serde_json::Value;

use crate::harness::{Running, options, recent};
use crate::page::Page;

/// A server that holds all real sessions, those of official clients among them.
pub(crate) fn holding_all(options: Options) -> Running {
    Running::holding(&[recent(&[LIVEMCP]), recent(&CAPTURES)].concat(), options)
}

/// Such a server, and a page of it where someone is signed in; none where there is no browser.
pub(crate) fn signed_in(key: impl Fn(&Running) -> &str) -> Option<(Running, Page)> {
    let mut page = Page::open()?;
    let running = holding_all(options().clone());
    page.turn_to(&running);
    sign_in(&mut page, key(&running));
    Some((running, page))
}

#[track_caller]
pub(crate) fn sign_in(page: &mut Page, key: &str) {
    page.go("/sign-in");
    page.fill("#key", key);
    let loaded = page.load(|page| page.click(".sign-in button"));
    assert_eq!((loaded.status, page.path().as_str()), (200, "/"), "{loaded:?}");
}

/// A path of every page over a range, and what its heading says or begins with.
pub(crate) fn every_page(running: &Running, range: &str) -> Vec<(String, String)> {
    let list = |path: &str, more: &str| {
        running.get(&running.viewer, &format!("/insights{path}?range={range}{more}")).json()
    };
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    let topic = &list("/topics", "")["topics"][0];
    let search = &list("/searches", "")["searches"][0];
    let flagged = &list("/sessions", "&view=flagged&sort=frustration")["sessions"];
    let mut flagged = flagged.as_array().unwrap().iter();
    let session = flagged.find(|session| session["topic_ids"][0].is_string()).unwrap();
    let (topic_id, search_id, session_id) =
        (text(topic, "id"), text(search, "id"), text(session, "id"));
    let filter = session["topic_ids"][0].as_str().unwrap();
    let intent: String = text(session, "raw_intent").chars().take(20).collect();
    let page = |path: String, heading: String| (format!("{path}?range={range}"), heading);
    vec![
        page("/".to_owned(), "Overview".to_owned()),
        page("/topics".to_owned(), "Topics".to_owned()),
        page(format!("/topics/{topic_id}"), text(topic, "label")),
        page("/searches".to_owned(), "Failed searches".to_owned()),
        page(format!("/searches/{search_id}"), text(search, "label")),
        (format!("/sessions?range={range}&view=flagged&topic={filter}"), "Sessions".to_owned()),
        page(format!("/sessions/{session_id}"), intent),
    ]
}

#[test]
fn every_page_opens_without_a_complaint_with_scripts_and_without() {
    let Some((running, mut page)) = signed_in(|running| &running.viewer) else { return };
    let pages = every_page(&running, "30d");
    for scripts in [true, false] {
        page.set_scripts(scripts);
        for (path, heading) in &pages {
            let loaded = page.go(path);
            assert_eq!(loaded.status, 200, "{path}");
            assert!(loaded.complaints.is_empty(), "{path}: {:?}", loaded.complaints);
            let shown: String = page.evaluate("document.querySelector('h1').innerText");
            assert!(shown.starts_with(heading), "{path}: {shown}");
            // The style sheet is there and let through.
            let rules: usize = page.evaluate("document.styleSheets[0].cssRules.length");
            assert!(rules > 100, "{path}: {rules}");
        }
        let loaded = page.go("/topics/top_0");
        assert_eq!(loaded.status, 404);
    }
}

#[test]
fn what_breaks_the_policy_or_throws_is_noticed() {
    let Some((_running, mut page)) = signed_in(|running| &running.viewer) else { return };
    let rows = [
        (
            "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
            "script-src",
        ),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:1/a.png'}))",
            "img-src",
        ),
        ("fetch('/healthz').catch(() => {})", "connect-src"),
        ("console.error('an error')", "an error"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
    ];
    for (act, named) in rows {
        let loaded = page.go("/");
        assert!(loaded.complaints.is_empty(), "{:?}", loaded.complaints);
        page.evaluate::<Value>(&format!("(() => {{ {act}; return null; }})()"));
        let complaints = page.complaints();
        assert!(
            complaints.iter().any(|complaint| complaint.contains(named)),
            "{act}: {complaints:?}"
        );
    }
}
