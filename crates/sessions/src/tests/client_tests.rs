//! Where a session's client comes from.

use super::builder::{call, event};
use super::{Made, only, text};

const STATELESS: &str = "mcp_Claude Code_v_2.0.14_be3f2275-15a4-4e05-b3cb-b0eeb9109d3a";

fn client(events: &[Made]) -> (Option<String>, Option<String>) {
    let (sessions, session) = only(events);
    let owned = |id| text(&sessions, id).map(str::to_owned);
    (owned(session.client_name), owned(session.client_version))
}

fn by(mut made: Made, name: &'static str, version: Option<&'static str>) -> Made {
    made.client = Some((name, version));
    made
}

fn pair(name: &str, version: Option<&str>) -> (Option<String>, Option<String>) {
    (Some(name.to_owned()), version.map(str::to_owned))
}

#[test]
fn the_first_call_that_names_a_client_decides() {
    let events = [
        by(event("session_init", 0), "zed", Some("9")),
        call("t", 1),
        by(call("t", 2), "cursor-vscode", Some("1.2")),
        by(call("t", 3), "codex", Some("0.1")),
    ];
    assert_eq!(client(&events), pair("cursor", Some("1.2")));
}

#[test]
fn name_and_version_come_from_one_place() {
    let events =
        [by(event("session_init", 0), "zed", Some("9")), by(call("t", 1), "My Agent", None)];
    assert_eq!(client(&events), pair("My Agent", None));
}

#[test]
fn the_opening_names_it_where_no_call_does() {
    let events = [by(event("session_init", 0), "Visual Studio Code", Some("1.99")), call("t", 1)];
    assert_eq!(client(&events), pair("vscode", Some("1.99")));
    let events = [by(event("actor_identity", 0), "Visual Studio Code", None), call("t", 1)];
    assert_eq!(client(&events), (None, None), "an identity is no opening");
}

#[test]
fn a_stateless_id_names_it_where_nothing_else_does() {
    let hinted = |made: Made| made.of("ann", Some(STATELESS));
    assert_eq!(client(&[hinted(call("t", 0))]), pair("claude-code", Some("2.0.14")));
    let events = [hinted(by(call("t", 0), "codex", None))];
    assert_eq!(client(&events), pair("codex", None));
    assert_eq!(client(&[call("t", 0)]), (None, None));
}
