//! What an engine with a catalog says of failed searches and of tools.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mcp_insights::api::{GapKind, SearchesQuery};
use mcp_insights::{
    Catalog, Confusion, Engine, ExportRange, Input, Options, Registry, Timestamp, Tool,
};
use mcp_insights_tests::contract;
use serde_json::{Value, json};

const CATALOG: &str = r#"[
  {"name": "create_refund", "description": "Refunds a paid invoice to the customer"},
  {"name": "list_invoices", "description": "Lists the invoices of a customer"},
  {"name": "get_weather", "description": "Tells the weather of a city", "server": "weather"}
]"#;

/// A call of a tool in a session, at a second.
fn call(session: &str, second: u32, tool: &str, input: &Value, result: &Value) -> Value {
    json!({
        "event_id": format!("{session}-{second}"), "kind": "tool_call", "session_id_hint": session, "ok": true,
        "actor_id": format!("actor of {session}"), "mcp_server_id": "billing",
        "started_at": format!("2026-01-31T08:00:{second:02}Z"), "duration_ms": 10,
        "metadata": {"tool_name": tool, "input_preview": input.to_string(), "user_intent": "Give the money back"},
        "result_preview": result.to_string(),
    })
}

fn search(session: &str, second: u32, query: &str, results: &Value) -> Value {
    call(session, second, "search_tools", &json!({ "query": query }), &json!({"results": results}))
}

fn events() -> Vec<Value> {
    let (failed, done) = (json!({"error": "unknown invoice"}), json!({"done": true}));
    let none = json!([]);
    let mut events = Vec::new();
    for session in ["a", "b", "c"] {
        events.push(search(session, 0, "refund a paid invoice", &none));
        events.push(search(session, 1, "rotate a picture clockwise", &none));
    }
    // Found by the search, failed, left for another.
    events.push(search("d", 0, "refund invoice", &json!([{"name": "create_refund"}])));
    events.push(call("d", 2, "create_refund", &json!({"invoice": 1}), &failed));
    events.push(call("d", 4, "void_invoice", &json!({"invoice": 1}), &done));
    // Failed, but tried again: not left.
    events.push(call("e", 0, "create_refund", &json!({"invoice": 1}), &failed));
    events.push(call("e", 1, "list_invoices", &json!({"page": 1}), &done));
    events.push(call("e", 2, "create_refund", &json!({"invoice": 2}), &done));
    events
}

fn engine(catalog: &str) -> Engine {
    of_events(&events(), catalog)
}

fn of_events(events: &[Value], catalog: &str) -> Engine {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let input = Input::Bytes { name: "test".to_owned(), bytes: lines.join("\n").into_bytes() };
    let catalog = Catalog::read(catalog.as_bytes()).unwrap();
    let options = Options { catalog, ..Options::default() };
    Engine::read(vec![input], &options, Registry::default(), &|_| {}).unwrap()
}

fn tools(engine: &Engine) -> Vec<Tool> {
    engine.tools(ExportRange::All, Timestamp::LATEST, None)
}

#[test]
fn what_exists_is_told_from_what_is_missing() {
    let engine = engine(CATALOG);
    let now = engine.default_now().unwrap();
    let list = engine.searches(&SearchesQuery::default(), now).unwrap();
    let violations = contract::violations("SearchList", &serde_json::to_value(&list).unwrap());
    assert!(violations.is_empty(), "{violations:?}");
    let gap = |word: &str| {
        let found = list.searches.iter().find(|search| search.suggested_gap.title.contains(word));
        found.unwrap().suggested_gap.clone()
    };
    let exists = gap("Refund");
    assert_eq!((exists.kind, &exists.suggested_name), (GapKind::Undiscoverable, &None));
    assert_eq!(exists.nearest_tools[0].tool_name, "create_refund");
    assert!(exists.confidence > Some(0.5));
    let missing = gap("Rotate");
    assert_eq!(missing.kind, GapKind::Missing);
    assert_eq!(missing.suggested_name.as_deref(), Some("rotate_picture_clockwise"));
    assert!(missing.confidence > Some(0.5) && missing.missing_words.is_empty());
}

#[test]
fn each_tool_shows_how_it_was_found_called_missed_and_left() {
    let tools = tools(&engine(CATALOG));
    let tool = |name: &str| tools.iter().find(|tool| tool.tool_name == name).unwrap();
    let refund = tool("create_refund");
    assert_eq!(tools[0], *refund, "missed demand comes first");
    assert_eq!((refund.call_count, refund.session_count, refund.actor_count), (3, 2, 2));
    assert_eq!((refund.found_count, refund.silent_failure_count), (1, 2));
    assert_eq!((refund.missed_demand_count, refund.missed_search_ids.len()), (3, 1));
    assert_eq!(refund.confused_with, [Confusion { tool_name: "void_invoice".into(), count: 1 }]);
    assert!(!tool("void_invoice").in_catalog && tool("list_invoices").in_catalog);
    let weather = tool("get_weather");
    assert_eq!((weather.call_count, weather.servers.as_slice()), (0, &["weather".to_owned()][..]));
    let names: Vec<&str> = tools.iter().map(|tool| tool.tool_name.as_str()).collect();
    assert_eq!(
        names,
        ["create_refund", "search_tools", "list_invoices", "void_invoice", "get_weather"]
    );
}

#[test]
fn what_looks_for_tools_is_neither_an_answer_nor_an_alternative() {
    let catalog = CATALOG.replace(
        "get_weather",
        "search_tools\", \"description\": \"Searches for tools of billing\"}, {\"name\": \"get_weather",
    );
    let mut events = events();
    events.push(search("f", 0, "search for tools of billing", &json!([])));
    // A script that searches and calls at once: its call is no search.
    let mut script = call("g", 0, "run", &json!({}), &json!(null));
    script["kind"] = json!("execute_script");
    script["calls"] = json!([{"name": "create_refund", "ok": true}]);
    script["search_calls"] = json!([{"query": "refund", "count": 3}]);
    events.push(script);
    let engine = of_events(&events, &catalog);
    let tools = tools(&engine);
    let tool = |name: &str| tools.iter().find(|tool| tool.tool_name == name).unwrap();
    assert_eq!(tool("create_refund").found_count, 1);
    assert_eq!(tool("search_tools").missed_demand_count, 0);
    assert!(tool("search_tools").in_catalog);
    let list = engine.searches(&SearchesQuery::default(), engine.default_now().unwrap()).unwrap();
    for search in list.searches {
        let nearest = search.suggested_gap.nearest_tools;
        assert!(nearest.iter().all(|near| near.tool_name != "search_tools"), "{nearest:?}");
    }
}

#[test]
fn search_on_an_unknown_server_is_answered_by_any() {
    let catalog = CATALOG.replace("\"server\": \"weather\"", "\"server\": \"billing\"");
    let mut lost = search("h", 0, "weather of a city", &json!([]));
    lost["mcp_server_id"] = Value::Null;
    let mut events = events();
    events.push(lost);
    let engine = of_events(&events, &catalog);
    let list = engine.searches(&SearchesQuery::default(), engine.default_now().unwrap()).unwrap();
    let mut searches = list.searches.iter();
    let gap = &searches.find(|search| search.label.contains("eather")).unwrap().suggested_gap;
    assert_eq!(gap.nearest_tools.first().map(|near| near.tool_name.as_str()), Some("get_weather"));
}

#[test]
fn without_a_catalog_nothing_is_said_to_be_missing() {
    let engine = engine("[]");
    let now = engine.default_now().unwrap();
    let list = engine.searches(&SearchesQuery::default(), now).unwrap();
    assert!(list.searches.iter().all(|search| search.suggested_gap.kind == GapKind::Unknown));
    assert!(tools(&engine).iter().all(|tool| !tool.in_catalog && tool.missed_demand_count == 0));
}
