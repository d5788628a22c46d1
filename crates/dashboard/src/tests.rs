//! Tests over whole pages: what all of them promise.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use mcp_insights::{Engine, api};
use serde_json::json;

use crate::testing::{
    addresses, captures, hostile, livemcp, main, now, of_events, page, page_for, values, viewer_as,
};
use crate::{Page, error, sign_in};

/// Every page of the fixtures, and of events of which every text attacks, with its address.
fn rendered() -> &'static [(&'static Engine, Vec<(String, String)>)] {
    static RENDERED: OnceLock<Vec<(&'static Engine, Vec<(String, String)>)>> = OnceLock::new();
    RENDERED.get_or_init(|| {
        let engines = [livemcp(), captures(), hostile()].into_iter();
        let of_engine = |engine| {
            let html = |address: String| {
                let html = page(engine, &address).html;
                (address, html)
            };
            (engine, addresses(engine).into_iter().map(html).collect())
        };
        engines.map(of_engine).collect()
    })
}

fn pages() -> impl Iterator<Item = (&'static String, &'static String)> {
    rendered().iter().flat_map(|(_, pages)| pages.iter().map(|(address, html)| (address, html)))
}

#[test]
fn every_page_of_the_fixtures_renders() {
    for (engine, fewest) in [(livemcp(), 100), (captures(), 8), (hostile(), 8)] {
        let addresses = addresses(engine);
        assert!(addresses.len() >= fewest, "{addresses:?}");
        for address in addresses {
            let rendered = page(engine, &address);
            assert_eq!(rendered.status, 200, "{address}");
            assert_eq!(rendered.html.matches("<h1>").count(), 1, "{address}");
            assert!(rendered.html.ends_with("</html>"), "{address}");
        }
    }
}

#[test]
fn the_fixtures_show_every_part_of_a_replay() {
    let sessions: String = [livemcp(), captures()]
        .into_iter()
        .flat_map(|engine| {
            let of_session = |address: &String| address.starts_with("/sessions/");
            addresses(engine)
                .into_iter()
                .filter(of_session)
                .map(|address| page(engine, &address).html)
        })
        .collect();
    for part in [
        "Thought</dt>",
        "Called</dt>",
        "Got</dt>",
        "Error</dt>",
        "Searched</dt>",
        "Asked for</dt>",
        "silent failure</span>",
        "the result itself says that it failed",
        "Next failure: call ",
        "Counts towards ",
        "It tries ",
        "No signal of frustration",
        "Turn 2</h2>",
    ] {
        assert!(sessions.contains(part), "{part}");
    }
}

#[test]
fn every_link_leads_to_a_page_or_an_anchor_that_is_there() {
    for (engine, pages) in rendered() {
        let mut links: BTreeMap<String, &String> = BTreeMap::new();
        for (address, html) in pages {
            let ids: BTreeSet<String> = values(html, "id").into_iter().collect();
            for href in values(html, "href").into_iter().filter(|href| !href.starts_with("data:")) {
                if let Some(id) = href.strip_prefix('#') {
                    assert!(ids.contains(id), "{href} of {address}");
                } else if href != "/assets/style.css" {
                    links.entry(href).or_insert(address);
                }
            }
        }
        assert!(links.len() > 40, "{}", links.len());
        for (href, from) in links {
            assert_eq!(page(engine, &href).status, 200, "{href} of {from}");
            assert!(!href.contains('#'), "{href} of {from}");
        }
    }
}

#[test]
fn forms_lead_to_where_the_server_takes_them() {
    for (address, html) in pages() {
        for form in html.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let action = values(&format!(" {form}"), "action").remove(0);
            let path = action.split('?').next().unwrap_or_default();
            if form.starts_with("method=\"post\"") || form.contains(" method=\"post\"") {
                let known = path == "/sign-out"
                    || matches!(Page::of_path(path), Some(Page::Topic(_) | Page::Search(_)));
                assert!(known, "{action} of {address}");
                assert!(form.contains("name=\"csrf_token\" value=\"token-1\""), "{address}");
            } else {
                assert!(Page::of_path(path).is_some(), "{action} of {address}");
                assert!(!form.contains("csrf_token"), "a token in an address: {address}");
            }
        }
    }
}

#[test]
fn texts_of_strangers_stay_texts() {
    for address in addresses(hostile()) {
        let html = page(hostile(), &address).html;
        for forbidden in ["<script", "<b ", "<b>", "=alert(2)>"] {
            assert!(!html.contains(forbidden), "{forbidden:?} on {address}");
        }
        // What a form sends back is sent as it is, and not shown.
        let mut parts = html.split(" value=\"");
        let first = parts.next().unwrap_or_default();
        let shown = parts.filter_map(|part| part.split_once('"')).map(|(_, shown)| shown);
        for shown in std::iter::once(first).chain(shown) {
            assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?} on {address}");
        }
        let is_session = address.starts_with("/sessions/");
        assert!(!is_session || html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{address}");
    }
}

#[test]
fn a_hostile_query_is_shown_and_does_nothing() {
    let attack = "%3Cscript%3Ealert(1)%3C/script%3E%22%3E";
    for address in [
        format!("/sessions?intent={attack}&mcp_server_id={attack}&topic={attack}&search={attack}"),
        format!("/sessions?{attack}={attack}&view={attack}"),
        format!("/topics?since={attack}&limit={attack}"),
        format!("/?mcp_server_id={attack}"),
    ] {
        let html = page(livemcp(), &address).html;
        assert!(!html.contains("<script"), "{address}");
        assert!(html.contains("&lt;script&gt;"), "{address}");
    }
}

#[test]
fn pages_stand_under_the_strict_policy() {
    let beside = [sign_in(Some("no")).html, error(404, "Not found", "no such page", None).html];
    for html in pages().map(|(_, html)| html).chain(&beside) {
        // Texts and values are escaped, so that what looks like markup is markup.
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for forbidden in ["script", "style>", "iframe", "object", "base "] {
                assert!(!tag.starts_with(forbidden), "{tag}");
            }
            for forbidden in [" style=", " onclick=", " onload=", " srcset=", "http-equiv"] {
                assert!(!tag.contains(forbidden), "{tag}");
            }
            assert!(!tag.contains(" src="), "{tag}");
        }
    }
}

#[test]
fn names_of_elements_are_unique_and_those_that_are_named_exist() {
    for (address, html) in pages() {
        let ids = values(html, "id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?} on {address}");
        for attribute in ["for", "aria-labelledby", "aria-describedby"] {
            for named in values(html, attribute) {
                for id in named.split(' ') {
                    assert!(unique.contains(&id.to_owned()), "{attribute}={id} on {address}");
                }
            }
        }
    }
}

#[test]
fn tables_charts_and_fields_say_what_they_are() {
    for (address, html) in pages() {
        assert_eq!(html.matches("<caption>").count(), html.matches("<table>").count());
        for cell in html.split("<th").skip(1).filter(|rest| rest.starts_with([' ', '>'])) {
            let cell = cell.split('>').next().unwrap_or_default();
            assert!(cell.contains("scope=\""), "{cell} on {address}");
        }
        for chart in html.split("<svg ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let told = chart.contains("aria-label") || chart.contains("aria-hidden");
            assert!(told, "{chart} on {address}");
        }
        let labels: BTreeSet<String> = values(html, "for").into_iter().collect();
        for kind in ["<input ", "<select ", "<textarea "] {
            for field in html.split(kind).skip(1).filter_map(|rest| rest.split('>').next()) {
                let field = format!(" {field}");
                let hidden = field.contains(" type=\"hidden\"");
                let labelled = values(&field, "id").iter().any(|id| labels.contains(id));
                assert!(hidden || labelled, "{field} on {address}");
            }
        }
    }
}

#[test]
fn headings_skip_no_level() {
    for (address, html) in pages() {
        let levels = html.split("<h").skip(1).filter_map(|rest| {
            let level = rest.chars().next()?.to_digit(10)?;
            rest[1..].starts_with([' ', '>']).then_some(level)
        });
        let mut above = 0;
        for level in levels {
            assert!(level <= above + 1, "h{level} below h{above} on {address}");
            above = level;
        }
    }
}

#[test]
fn filters_that_hold_are_named_and_can_be_dropped() {
    let engine = captures();
    for (parameter, list) in [("topic", "/topics/"), ("search", "/searches/")] {
        let all = addresses(engine);
        let found = all.iter().find_map(|address| address.strip_prefix(list)).unwrap();
        let id = found.split('?').next().unwrap_or_default();
        let title = page(engine, &format!("{list}{id}")).html;
        let title = title.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        let html = page(engine, &format!("/sessions?range=90d&{parameter}={id}")).html;
        let active =
            html.split("<ul class=\"active\"").nth(1).unwrap().split("</ul>").next().unwrap();
        assert!(active.contains(title), "{title} in {active}");
        assert_eq!(values(active, "href"), ["/sessions?range=90d"]);
    }
}

#[test]
fn forms_are_shown_to_those_who_may_edit() {
    let address = |part: &str| {
        let prefix = format!("{part}/");
        let all = addresses(captures());
        all.into_iter().find(|address| address.starts_with(&prefix)).unwrap()
    };
    let fields = [
        (address("/topics"), vec!["label", "is_unmet_demand", "archived"]),
        (address("/searches"), vec!["state", "note", "label"]),
    ];
    for (address, fields) in fields {
        for (role, shown) in [
            (api::Role::Viewer, false),
            (api::Role::Editor, true),
            (api::Role::Admin, true),
            (api::Role::Owner, true),
        ] {
            let html = page_for(captures(), &address, &viewer_as(role)).html;
            for field in &fields {
                let field = format!("name=\"{field}\"");
                assert_eq!(html.contains(&field), shown, "{field} of {address} for {role:?}");
            }
            let posts = if shown { 4 } else { 1 };
            assert_eq!(html.matches("method=\"post\"").count(), posts, "{address} for {role:?}");
        }
    }
}

#[test]
fn what_a_form_of_a_page_sends_is_taken() {
    let engine = captures();
    let all = addresses(engine);
    let id = |part: &str| {
        let address = all.iter().find_map(|address| address.strip_prefix(part)).unwrap();
        address.split('?').next().unwrap_or_default().to_owned()
    };
    let form = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (topic, search) = (id("/topics/"), id("/searches/"));

    let patch = crate::topic_patch(&form(&[("label", "Webhooks <b>")])).unwrap();
    let (engine, _) = engine.update_topic(&topic, &patch, now(engine)).unwrap();
    let patch = crate::topic_patch(&form(&[("is_unmet_demand", "no")])).unwrap();
    let (engine, _) = engine.update_topic(&topic, &patch, now(&engine)).unwrap();
    let html = page(&engine, &format!("/topics/{topic}?_saved=1")).html;
    assert!(html.contains("<h1><bdi>Webhooks &lt;b&gt;</bdi></h1>"));
    assert!(html.contains("Use the generated label"));
    assert!(html.contains("value=\"no\" checked"));
    assert!(html.contains("<p class=\"done\" role=\"status\">Saved.</p>"));
    assert!(!page(&engine, &format!("/topics/{topic}")).html.contains("Saved."));

    let patch = crate::topic_patch(&form(&[("archived", "yes")])).unwrap();
    let (engine, _) = engine.update_topic(&topic, &patch, now(&engine)).unwrap();
    assert!(page(&engine, &format!("/topics/{topic}")).html.contains("Put back on the lists"));
    assert!(!page(&engine, "/topics?range=90d").html.contains(&topic));
    let archived = page(&engine, "/topics?range=90d&include_archived=true").html;
    assert!(archived.contains(&topic) && archived.contains(">archived</span>"));

    let patch =
        crate::search_patch(&form(&[("state", "planned"), ("note", "soon\r\n<b>")])).unwrap();
    let (engine, _) = engine.update_search(&search, &patch, now(&engine)).unwrap();
    let html = page(&engine, &format!("/searches/{search}")).html;
    assert!(html.contains("value=\"planned\" checked"));
    assert!(html.contains(">soon\n&lt;b&gt;</textarea>"));
    assert!(html.contains(">planned</span>"));
}

#[test]
fn choosers_keep_the_other_parameters() {
    let topic = addresses(livemcp())
        .iter()
        .find_map(|address| {
            address
                .strip_prefix("/topics/")
                .map(|id| id.split('?').next().unwrap_or_default().to_owned())
        })
        .unwrap();
    let asked = format!("range=30d&view=flagged&sort=frustration&topic={topic}&limit=20");
    let html = page(livemcp(), &format!("/sessions?{asked}")).html;
    let links = values(&html, "href");
    for changed in [
        asked.replace("30d", "90d"),
        asked.replace("flagged", "repeat"),
        asked.replace("=frustration", "=recent"),
    ] {
        assert!(links.contains(&format!("/sessions?{changed}")), "{changed}");
    }
    assert!(
        links.contains(&"/sessions?range=30d&view=flagged&sort=frustration&limit=20".to_owned())
    );
    // Other pages take the scope along, and nothing else.
    assert!(links.contains(&"/topics?range=30d".to_owned()));
    assert!(links.contains(&format!("/topics/{topic}?range=30d")));

    // A form sends along what it has no field for.
    let form = html.split("class=\"filters\"").nth(1).unwrap().split("</form>").next().unwrap();
    for hidden in ["range", "view", "sort"] {
        assert!(form.contains(&format!("type=\"hidden\" name=\"{hidden}\"")), "{hidden}");
    }
    for once in ["topic", "search", "intent", "search_miss", "limit"] {
        assert_eq!(form.matches(&format!("name=\"{once}\"")).count(), 1, "{once}");
    }
    assert!(form.contains(&format!("value=\"{topic}\" selected")));
}

#[test]
fn a_server_is_chosen_among_those_there_are() {
    let call = |server: &str, id: &str| {
        json!({
            "event_id": id, "kind": "tool_call", "actor_id": "a", "mcp_server_id": server, "started_at": "2026-03-01T09:00:00Z",
            "ok": true, "metadata": {"tool_name": "get_order", "user_intent": format!("ask {server}")},
        })
    };
    let engine = of_events(vec![call("shop", "1"), call("billing", "2"), call("billing", "3")]);
    let html = page(&engine, "/sessions?range=90d&mcp_server_id=shop&view=all").html;
    let form = html.split("class=\"server\"").nth(1).unwrap().split("</form>").next().unwrap();
    assert!(
        form.contains(
            "<option value=\"\">all 2</option><option value=\"billing\">billing</option>"
        )
    );
    assert!(form.contains("<option value=\"shop\" selected>shop</option>"));
    assert!(form.contains("type=\"hidden\" name=\"range\" value=\"90d\""));
    assert!(form.contains("type=\"hidden\" name=\"view\" value=\"all\""));
    assert!(html.contains("ask shop") && !html.contains("ask billing"));
    // The empty choice of a form asks for all of them.
    let html = page(&engine, "/sessions?mcp_server_id=&range=90d&topic=&intent=").html;
    assert!(html.contains("ask shop") && html.contains("ask billing"));
}

#[test]
fn paging_shows_every_session_once() {
    let mut seen = Vec::new();
    let mut next = Some("/sessions?range=90d&limit=20".to_owned());
    while let Some(address) = next {
        let html = page(livemcp(), &address).html;
        let table = html.split("<table>").nth(1).unwrap();
        let links = values(table, "href").into_iter();
        seen.extend(links.filter(|href| href.starts_with("/sessions/")));
        let last = html.split("rel=\"next\"").nth(1);
        next = last.map(|link| values(link, "href").remove(0));
    }
    let unique: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (95, 95));
}

#[test]
fn a_query_that_is_refused_is_told_and_can_be_mended() {
    for (address, told) in [
        ("/?range=1y", "range</bdi></code> <bdi>must be one of 24h, 7d, 30d, 90d"),
        ("/topics?limit=0", "limit</bdi></code> <bdi>must be a whole number from 1 to 500"),
        ("/topics?since=yesterday", "must be an RFC 3339 time"),
        ("/searches?sort=volume", "is no parameter here"),
        ("/sessions?view=best&nosuch=1", "must be one of all, high_frustration, repeat, flagged"),
        ("/sessions?cursor=x", "is none that a list has given"),
    ] {
        let rendered = page(livemcp(), address);
        assert_eq!(rendered.status, 400, "{address}");
        assert!(rendered.html.contains(told), "{address}");
    }
    let html = page(livemcp(), "/topics?since=yesterday").html;
    assert!(html.contains("name=\"since\" value=\"yesterday\""));
}

#[test]
fn unknown_ids_are_not_found() {
    for address in ["/topics/top_no", "/searches/sch_no", "/sessions/ses_no", "/sessions/%3Cb%3E"] {
        let rendered = page(livemcp(), address);
        assert_eq!(rendered.status, 404, "{address}");
        assert!(rendered.html.contains("role=\"alert\""), "{address}");
    }
}

#[test]
fn paths_have_at_most_one_page() {
    let rows = [
        ("/", Some(Page::Overview)),
        ("/topics", Some(Page::Topics)),
        ("/topics/top_1", Some(Page::Topic("top_1"))),
        ("/searches/sch_1", Some(Page::Search("sch_1"))),
        ("/sessions/ses_1", Some(Page::Session("ses_1"))),
        ("/sessions/", None),
        ("/sessions/ses_1/trace", None),
        ("/nosuch", None),
        ("/nosuch/1", None),
        ("//", None),
        ("", None),
        ("topics", None),
    ];
    for (path, page) in rows {
        assert_eq!(Page::of_path(path), page, "{path}");
    }
}

#[test]
fn a_session_is_replayed_turn_by_turn() {
    let call = |number: u64, ok: bool, more: serde_json::Value| {
        let mut event = json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "actor_id": "a1", "session_id_hint": "conv-1",
            "started_at": format!("2026-03-01T09:00:0{number}Z"), "duration_ms": 400, "ok": ok,
            "metadata": {
                "tool_name": "create_refund", "user_intent": "Refund an order", "agent_thinking": "I try it.",
                "input_preview": "{\"id\":7}",
            },
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let engine = of_events(vec![
        call(1, false, json!({"error": "HTTP 503 from the backend"})),
        call(
            2,
            true,
            json!({"result_preview": "{\"success\":false,\"error\":\"order 7 does not exist\"}"}),
        ),
        json!({
            "event_id": "e3", "kind": "execute_script", "actor_id": "a1", "session_id_hint": "conv-1", "ok": true,
            "started_at": "2026-03-01T09:00:05Z", "metadata": {"user_intent": "Look into it"}, "script_source": "find()",
            "calls": [{"name": "find_order", "args": {"id": 7}, "ok": true, "result": {"id": 7}}],
            "search_calls": [{"query": "refund", "result_count": 0}], "logs": [{"level": "warn", "message": "slow"}],
            "result_preview": "done",
        }),
    ]);
    let session = addresses(&engine).into_iter().find(|address| address.starts_with("/sessions/"));
    let path = session.unwrap().split('?').next().unwrap_or_default().to_owned();
    insta::assert_snapshot!(main(&page(&engine, &path).html));
}

#[test]
fn a_long_session_comes_on_pages_that_point_at_each_other() {
    let call = |number: u64| {
        json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "actor_id": "a1", "session_id_hint": "conv-1",
            "started_at": format!("2026-03-01T09:{:02}:{:02}Z", number / 60, number % 60),
            "ok": number % 150 != 7, "error": (number % 150 == 7).then_some("timeout"),
            "metadata": {"tool_name": "t", "user_intent": if number < 250 { "Refund an order" } else { "List the invoices" }, "user_frustration": "high"},
        })
    };
    let engine = of_events((0..450).map(call).collect());
    let all = addresses(&engine);
    let session = all.iter().find(|address| address.starts_with("/sessions/")).unwrap();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    let mut next = Some(session.clone());
    while let Some(address) = next {
        let html = page(&engine, &address).html;
        next = html.split("rel=\"next\"").nth(1).map(|link| values(link, "href").remove(0));
        pages.insert(address, html);
    }
    assert_eq!(pages.len(), 3);
    let shown: usize = pages.values().map(|html| html.matches("<li id=\"event-").count()).sum();
    assert_eq!(shown, 450);
    let mut across = 0;
    for html in pages.values() {
        for href in values(html, "href")
            .into_iter()
            .filter(|href| href.contains('#') && !href.starts_with("data:"))
        {
            let (address, id) = href.split_once('#').unwrap();
            let there = if address.is_empty() || id == "main" { html } else { &pages[address] };
            across += usize::from(!address.is_empty());
            assert!(there.contains(&format!(" id=\"{id}\"")), "{href}");
        }
    }
    assert!(across > 450, "{across}");
    let second = &pages[&format!("{session}&_page=2")];
    assert!(second.contains("Turn 1, continued</h2>") && second.contains(">Turn 2</h2>"));
    // Beyond the last page is the last.
    let last = page(&engine, &format!("{session}&_page=99")).html;
    assert_eq!(&last, &pages[&format!("{session}&_page=3")]);
    assert_eq!(page(&engine, &format!("{session}&_page=x")).html, pages[session]);
}

#[test]
fn a_session_whose_events_are_gone_is_not_available() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let event = json!({
        "event_id": "1", "kind": "tool_call", "actor_id": "a", "started_at": "2026-03-01T09:00:00Z", "ok": true,
        "metadata": {"tool_name": "get_order", "user_intent": "ask"},
    });
    std::fs::write(&path, event.to_string()).unwrap();
    let engine = crate::testing::of_file(&path);
    let all = addresses(&engine);
    let session = all.iter().find(|address| address.starts_with("/sessions/")).unwrap();
    assert_eq!(page(&engine, session).status, 200);
    std::fs::remove_file(&path).unwrap();
    let rendered = page(&engine, session);
    assert_eq!(rendered.status, 503);
    assert!(rendered.html.contains("<h1>Not available now</h1>"));
}

#[test]
fn a_window_without_events_says_so() {
    let engine = of_events(Vec::new());
    let now = api::Timestamp::parse("2026-03-09T10:00:00Z").unwrap();
    let rendered = crate::render(&engine, Page::Overview, &[], &crate::testing::viewer(), now);
    assert_eq!(rendered.status, 200);
    insta::assert_snapshot!(main(&rendered.html));
    for page in [Page::Topics, Page::Searches, Page::Sessions] {
        let rendered = crate::render(&engine, page, &[], &crate::testing::viewer(), now);
        assert!(rendered.html.contains("class=\"empty\""), "{page:?}");
    }
}
