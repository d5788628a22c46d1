//! The dashboard over HTTP: signing in, pages, forms.

use mcp_insights::{DocumentName, Storage as _};
use mcp_insights_server::keys::Keys;
use mcp_insights_server::system_time;

use crate::harness::{Reply, Running};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn post(running: &Running, path: &str, cookie: &str, form: &str) -> Reply {
    running.send("POST", path, &[FORM, ("cookie", cookie)], form.as_bytes())
}

fn page(running: &Running, path: &str, cookie: &str) -> Reply {
    running.send("GET", path, &[("cookie", cookie)], b"")
}

/// Signs in and gives the cookie.
#[track_caller]
fn sign_in(running: &Running, key: &str) -> String {
    let reply = post(running, "/sign-in", "", &format!("key={key}"));
    assert_eq!((reply.status, reply.header("location")), (303, Some("/")), "{reply:?}");
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// The token that the forms of a page carry.
fn token(reply: &Reply) -> String {
    let rest = reply.body.split("name=\"csrf_token\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[track_caller]
fn is_page(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").unwrap();
    for part in
        ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[test]
fn every_page_is_for_those_who_are_signed_in() {
    let running = Running::with_events();
    let (topic, search, session) = running.ids();
    let cookie = sign_in(&running, &running.viewer);
    let paths = [
        "/".to_owned(),
        "/?range=30d".to_owned(),
        "/topics?range=90d".to_owned(),
        format!("/topics/{topic}"),
        "/searches".to_owned(),
        format!("/searches/{search}"),
        "/sessions?view=flagged".to_owned(),
        format!("/sessions/{session}"),
    ];
    for path in &paths {
        for stranger in ["", "mcp_insights_session=0123", "other=1"] {
            let reply = page(&running, path, stranger);
            assert_eq!((reply.status, reply.header("location")), (303, Some("/sign-in")), "{path}");
        }
        is_page(&page(&running, path, &cookie), 200);
    }
    is_page(&page(&running, "/topics?range=8d", &cookie), 400);
    is_page(&page(&running, "/topics/top_0", &cookie), 404);
    is_page(&page(&running, "/topics/%ff", &cookie), 400);
    let style = page(&running, "/assets/style.css", "");
    assert_eq!(style.status, 200);
    assert!(style.header("content-type").unwrap().starts_with("text/css"));
}

#[test]
fn only_the_key_of_a_role_signs_in() {
    let running = Running::start();
    is_page(&page(&running, "/sign-in", ""), 200);
    let wrong = format!("{}0", running.viewer);
    for form in [
        String::new(),
        "key=".to_owned(),
        format!("key={wrong}"),
        format!("key={}", running.ingest),
    ] {
        let reply = post(&running, "/sign-in", "", &form);
        is_page(&reply, 401);
        assert!(reply.header("set-cookie").is_none());
        assert!(!reply.body.contains("amt_0") && !reply.body.contains(&wrong));
    }
    let form = format!("key={}", running.viewer);
    let elsewhere = [FORM, ("sec-fetch-site", "cross-site")];
    is_page(&running.send("POST", "/sign-in", &elsewhere, form.as_bytes()), 403);
    let plain = [("content-type", "text/plain")];
    is_page(&running.send("POST", "/sign-in", &plain, form.as_bytes()), 415);
    let behind_tls = [FORM, ("x-forwarded-proto", "https")];
    let reply = running.send("POST", "/sign-in", &behind_tls, form.as_bytes());
    assert!(reply.header("set-cookie").unwrap().ends_with("; Secure"));
}

#[test]
fn forms_edit_for_an_editor_with_the_token_of_his_session() {
    let running = Running::with_events();
    let (topic, search, _) = running.ids();
    let cookie = sign_in(&running, &running.editor);
    let rows = [
        (format!("/topics/{topic}?range=90d"), "label=Shown+now", "Shown now"),
        (format!("/searches/{search}?range=90d"), "note=Soon+there", "Soon there"),
    ];
    for (path, fields, shown) in rows {
        let own = token(&page(&running, &path, &cookie));
        let other = token(&page(&running, "/", &sign_in(&running, &running.editor)));
        for refused in [fields.to_owned(), format!("{fields}&csrf_token={other}")] {
            is_page(&post(&running, &path, &cookie, &refused), 403);
        }
        let form = format!("{fields}&csrf_token={own}");
        let elsewhere = [FORM, ("cookie", cookie.as_str()), ("sec-fetch-site", "same-site")];
        is_page(&running.send("POST", &path, &elsewhere, form.as_bytes()), 403);
        assert!(!page(&running, &path, &cookie).body.contains(shown));
        let reply = post(&running, &path, &cookie, &form);
        let location = format!("{path}&_saved=1");
        assert_eq!((reply.status, reply.header("location")), (303, Some(location.as_str())));
        assert!(page(&running, &location, &cookie).body.contains(shown));
        is_page(&post(&running, &path, &cookie, &format!("colour=red&csrf_token={own}")), 400);
    }
    let own = token(&page(&running, "/", &cookie));
    is_page(
        &post(&running, "/topics/top_0", &cookie, &format!("archived=yes&csrf_token={own}")),
        404,
    );

    let viewer = sign_in(&running, &running.viewer);
    let own = token(&page(&running, "/", &viewer));
    let path = format!("/topics/{topic}");
    is_page(&post(&running, &path, &viewer, &format!("label=No&csrf_token={own}")), 403);
    let stranger = post(&running, &path, "", "label=No");
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/sign-in")));
}

#[test]
fn who_signs_out_or_whose_key_is_revoked_is_signed_out() {
    let running = Running::start();
    let cookie = sign_in(&running, &running.viewer);
    is_page(&post(&running, "/sign-out", &cookie, "csrf_token=0"), 403);
    let own = token(&page(&running, "/", &cookie));
    let reply = post(&running, "/sign-out", &cookie, &format!("csrf_token={own}"));
    assert_eq!((reply.status, reply.header("location")), (303, Some("/sign-in")));
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(page(&running, "/", &cookie).status, 303);

    let cookie = sign_in(&running, &running.viewer);
    assert_eq!(page(&running, "/", &cookie).status, 200);
    let document = running.storage.read_document(DocumentName::Keys).unwrap();
    let mut keys = Keys::from_document(document.as_deref()).unwrap();
    let id = keys.iter().find(|key| key.name == "viewer").unwrap().id.clone();
    keys.revoke(&id, system_time()).unwrap();
    running.storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
    assert_eq!(page(&running, "/", &cookie).status, 303);
}
