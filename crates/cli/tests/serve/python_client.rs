//! The official Python client, as PyPI has it, sends to a running server, and what it sent is read back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Served, run, stdout};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/python_client.py");
const API: &str = "/api/armature/v1/insights";
/// The MCP server that the events are written to.
const SHOP: &str = "shop";

/// A version of the client, with versions of what it instruments from the same months.
struct Client {
    version: &'static str,
    beside: [&'static str; 2],
    /// What the server learns of who talks to the MCP server.
    client_name: Option<&'static str>,
}

const OLDER: Client =
    Client { version: "0.1.28", beside: ["fastmcp==3.4.10", "mcp==1.30.0"], client_name: None };
const NEWER: Client = Client {
    version: "0.1.42",
    beside: ["fastmcp==4.1.2", "mcp==2.3.0"],
    client_name: Some("mcp"),
};

#[test]
fn what_client_0_1_28_sends_is_read_back() {
    round_trip(&OLDER);
}

#[test]
fn what_client_0_1_42_sends_is_read_back() {
    round_trip(&NEWER);
}

/// One conversation of two turns: a search that finds, a call, a search that finds nothing, a call that fails.
fn with_two_turns() -> Value {
    json!([
        {"tool": "search_docs", "arguments": {"query": "refund of an order"},
         "user_intent": "Give the customer of order 1042 the money back", "purpose": "See how a refund is made"},
        {"tool": "refund_order", "arguments": {"order": "1042"}, "purpose": "Refund it"},
        {"tool": "search_docs", "arguments": {"query": "invoice as PDF"},
         "user_intent": "Send the invoice of the order as a PDF – too late?", "purpose": "Look for invoices"},
        {"tool": "refund_order", "arguments": {"order": "none"}, "purpose": "Try without an order"},
    ])
}

/// Another conversation, which ends in asking for a capability.
fn with_a_wish() -> Value {
    json!([
        {"tool": "search_docs", "arguments": {"query": "export to accounting"},
         "user_intent": "Export all orders to the accounting system", "purpose": "Search for an export"},
        {"tool": "capability", "arguments": {"capability": "Export orders to an accounting system"}},
    ])
}

fn round_trip(client: &Client) {
    let python = match installed(client) {
        Ok(python) => python,
        Err(why) => {
            // Not by eprintln!, which the harness of tests keeps to itself where a test passes.
            let version = client.version;
            let line = format!("SKIPPED: armature-mcp-analytics {version} was not tested: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    let key = |arguments: &[&str]| {
        let made: Value = serde_json::from_str(&stdout(&run(arguments, data))).unwrap();
        made["key"].as_str().unwrap().to_owned()
    };
    let ingest = key(&["keys", "create", "--ingest", "--mcp-server", SHOP, "--json"]);
    let viewer = key(&["keys", "create", "--role", "viewer", "--json"]);
    let served = Served::start(data);
    let get = |path: &str| -> Value {
        let (status, body) = served.send(&format!("GET {API}{path}"), &viewer, "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };

    // The key decides, and the client hears of it.
    let refused = converse(&python, &served, &format!("{ingest}0"), &with_a_wish());
    let errors = refused["delivery_errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert_eq!((&error["status"], &error["attempts"]), (&json!(401), &json!(1)), "{error}");
        assert_eq!(error["code"], "unauthenticated");
    }
    assert_eq!(get("/sessions")["sessions"], json!([]));

    let (first, second) = (with_two_turns(), with_a_wish());
    let answers = converse(&python, &served, &ingest, &first);
    assert_eq!(answers["delivery_errors"], json!([]));
    let wished = converse(&python, &served, &ingest, &second);
    assert_eq!(wished["delivery_errors"], json!([]));

    // Newest first.
    let listed = get("/sessions");
    let sessions = listed["sessions"].as_array().unwrap();
    let intents: Vec<&Value> = sessions.iter().map(|session| &session["raw_intent"]).collect();
    assert_eq!(intents, [&second[0]["user_intent"], &first[0]["user_intent"]]);
    for session in sessions {
        assert_eq!(session["mcp_server_id"], SHOP);
        assert!(session["session_key"].as_str().unwrap().starts_with("stdio-"));
        assert_eq!(session["client_name"].as_str(), client.client_name);
        assert_eq!(session["intent_source"], "declared");
    }
    #[rustfmt::skip]
    let counts = [
        ("event_count", 2, 4), ("tool_call_count", 1, 4), ("ok_count", 2, 3), ("error_count", 0, 1),
        ("search_count", 1, 2), ("failed_search_count", 1, 1), ("capability_request_count", 1, 0),
    ];
    for (count, of_second, of_first) in counts {
        let found = (&sessions[0][count], &sessions[1][count]);
        assert_eq!(found, (&json!(of_second), &json!(of_first)), "{count}");
    }

    let id = sessions[1]["id"].as_str().unwrap();
    is_told(&get(&format!("/sessions/{id}/trace")), &first, &answers);

    let overview = get("/overview");
    let points = overview["trends"]["points"].as_array().unwrap();
    let sent = [
        ("sessions", 2),
        ("tool_calls", 5),
        ("errors", 1),
        ("searches", 3),
        ("failed_searches", 2),
    ];
    for (series, sum) in sent {
        let found: u64 = points.iter().map(|point| point[series].as_u64().unwrap()).sum();
        assert_eq!(found, sum, "{series}: {points:?}");
    }
    // Six calls and wishes, and the beginning of each session.
    let coverage = &overview["coverage"];
    assert_eq!((&coverage["accepted"], &coverage["sessions"]), (&json!(8), &json!(2)));
    assert_eq!(coverage["declared_intent_rate"], 1.0);
}

/// That a trace holds the calls of a conversation with what they were answered.
fn is_told(trace: &Value, sent: &Value, answers: &Value) {
    let sent = sent.as_array().unwrap();
    let calls = trace["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), sent.len());
    let turns = trace["turns"].as_array().unwrap();
    let said: Vec<&Value> = turns.iter().map(|turn| &turn["raw_intent"]).collect();
    let meant: Vec<&Value> = sent.iter().filter_map(|call| call.get("user_intent")).collect();
    assert_eq!(said, meant);
    let mut turn = 0;
    for (index, (call, sent)) in calls.iter().zip(sent).enumerate() {
        turn += u64::from(index > 0 && sent.get("user_intent").is_some());
        assert_eq!(call["turn"], turn, "{call}");
        assert_eq!(call["tool_name"], sent["tool"]);
        assert_eq!(call["agent_thinking"], sent["purpose"]);
        let input: Value = read(&call["input_preview"]);
        for (name, value) in sent["arguments"].as_object().unwrap() {
            assert_eq!(&input[name], value, "{call}");
        }
        let answer = &answers["results"][index];
        let error = answer.get("error").and_then(Value::as_str);
        assert_eq!(call["ok"], error.is_none(), "{call}");
        match error {
            None => assert_eq!(read(&call["result_preview"]), answer["result"]),
            // The MCP server puts the name of the tool before it.
            Some(error) => assert!(error.ends_with(call["error"].as_str().unwrap()), "{call}"),
        }
    }
    let searches = trace["searches"].as_array().unwrap();
    let found: Vec<(&str, u64)> = searches
        .iter()
        .map(|search| (search["query"].as_str().unwrap(), search["result_count"].as_u64().unwrap()))
        .collect();
    assert_eq!(found, [("refund of an order", 1), ("invoice as PDF", 0)]);
    let kinds: Vec<&Value> =
        trace["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    let calls = std::iter::repeat_n("tool_call", calls.len());
    assert_eq!(kinds, std::iter::once("session_init").chain(calls).collect::<Vec<_>>());
}

fn read(preview: &Value) -> Value {
    serde_json::from_str(preview.as_str().unwrap()).unwrap()
}

/// Has a conversation with an MCP server in a process of its own, which posts to the server that is tested.
fn converse(python: &Path, served: &Served, key: &str, calls: &Value) -> Value {
    let mut child = Command::new(python)
        .arg(SCRIPT)
        .env("ANALYTICS_INGEST_URL", format!("http://{}/api/mcp-analytics/ingest", served.address))
        .env("ANALYTICS_INGEST_API_KEY", key)
        // A proxy of the environment has no business on loopback.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let plan = json!({"calls": calls}).to_string();
    child.stdin.take().unwrap().write_all(plan.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A python that has the client. It is installed once for each target folder.
fn installed(client: &Client) -> Result<PathBuf, String> {
    let version = client.version;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-client-{version}"));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so that what was broken off is begun again.
    let complete = folder.join("complete");
    let packages =
        [&format!("armature-mcp-analytics=={version}"), client.beside[0], client.beside[1]];
    let wanted = packages.join(" ");
    if std::fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let folder = folder.to_string_lossy();
    succeeds(Command::new("python3").args(["-m", "venv", "--clear", &folder]))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    succeeds(&mut pip)?;
    std::fs::write(&complete, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let last = message.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
    let arguments: Vec<_> = command.get_args().map(|text| text.to_string_lossy()).collect();
    Err(format!("{program} {} says: {last}", arguments.join(" ")))
}
