//! The command as a script meets it: exit statuses, what goes to which stream, and files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SESSIONS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/livemcp/events.ndjson.gz");
const GOOD: &str = r#"{"event_id":"e1","kind":"tool_call","actor_id":"a","session_id_hint":"c1","started_at":"2026-03-01T09:00:00Z","duration_ms":5,"ok":false,"error":"not found","metadata":{"tool_name":"get_order","user_intent":"Find my order"}}"#;
const BAD: &str = r#"{"event_id":"e2","kind":"tool_call"}"#;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-insights"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    // The cache of the user who runs the tests is none of their business.
    command.env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("ended by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    assert_eq!(code(output), 0, "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder with one file of the given lines.
fn dump(lines: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, lines.join("\n")).unwrap();
    (folder, path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn first_id(list: &str, rows: &str) -> String {
    let answer = json(&run(&[list, SESSIONS, "--limit", "1"]));
    answer[rows][0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in [
        &["nonsense"][..],
        &["report"],
        &["overview", SESSIONS, "--range", "8d"],
        &["topics", SESSIONS, "--limit", "0"],
        &["sessions", SESSIONS, "--now", "yesterday"],
        &["trace", "ses_x"],
        &["topic", "top_x", SESSIONS, "--set-label", "x"],
        &["topic", "top_x", SESSIONS, "--registry", "r", "--archive", "--unarchive"],
        &["topic", "top_x", SESSIONS, "--registry", "r", "--archive", "--range", "30d"],
        &["export", "sessions", SESSIONS, "--idle-gap", "30"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn unknown_ids_and_cursors_end_with_2_and_say_so() {
    for (arguments, said) in [
        (["topic", "top_nothing", SESSIONS], "top_nothing"),
        (["search", "sch_nothing", SESSIONS], "sch_nothing"),
        (["trace", "ses_nothing", SESSIONS], "ses_nothing"),
        (["sessions", SESSIONS, "--cursor=c1"], "cursor"),
    ] {
        let output = run(&arguments);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let output = run(&["report", "/nowhere/dump.ndjson"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("/nowhere/dump.ndjson"));
    assert!(output.stdout.is_empty());
}

#[test]
fn an_answer_is_one_line_of_json() {
    let output = run(&["overview", SESSIONS, "--range", "30d"]);
    let answer = json(&output);
    assert_eq!(answer["kpis"]["sessions"]["value"], 95);
    let line = stdout(&output);
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
    assert_eq!(stderr(&output), "");
    let pretty = run(&["overview", SESSIONS, "--range", "30d", "--pretty"]);
    assert!(stdout(&pretty).lines().count() > 100);
    assert_eq!(json(&pretty), answer);
}

#[test]
fn now_is_the_end_of_the_newest_events_hour_unless_given() {
    let end = |arguments: &[&str]| json(&run(arguments))["window"]["end"].clone();
    assert_eq!(end(&["overview", SESSIONS]), "2025-07-21T20:00:00.000Z");
    let given = end(&["overview", SESSIONS, "--now", "2025-07-10T02:00:00+02:00"]);
    assert_eq!(given, "2025-07-10T00:00:00.000Z");
    let report = stdout(&run(&["report", SESSIONS]));
    assert!(report.contains("2025-07-21 20:00 UTC, the end of the hour of the newest event"));
    let report = stdout(&run(&["report", SESSIONS, "--now", "2025-07-10T00:00:00Z"]));
    assert!(report.contains("2025-07-10 00:00 UTC, as given"));
}

#[test]
fn refused_records_are_summed_up_and_do_not_fail_a_query() {
    let (_folder, path) = dump(&[BAD, GOOD, "{", BAD, BAD]);
    let output = run(&["overview", text(&path)]);
    assert_eq!(json(&output)["coverage"]["rejected"], 4);
    let said = stderr(&output);
    assert!(
        said.contains("4 records were refused") && said.contains("events.ndjson:1 (missing_field)"),
        "{said}"
    );
}

#[test]
fn validate_lists_every_refused_record_and_ends_with_1() {
    let (_folder, path) = dump(&[BAD, GOOD, "{", BAD, BAD]);
    let output = run(&["validate", text(&path)]);
    assert_eq!(code(&output), 1);
    for line in [
        "events.ndjson:1: missing_field (event e2)",
        "events.ndjson:3: invalid_json",
        "events.ndjson:5: ",
    ] {
        assert!(stdout(&output).contains(line), "{}", stdout(&output));
    }
    let machine = run(&["validate", text(&path), "--json"]);
    let account: Value = serde_json::from_slice(&machine.stdout).unwrap();
    assert_eq!((&account["accepted"], &account["rejected"]), (&1.into(), &4.into()));
    assert_eq!(account["rejections"][0]["reason"], "missing_field");
    let (_folder, path) = dump(&[GOOD, GOOD]);
    let output = run(&["validate", text(&path), "--json"]);
    assert_eq!(json(&output)["duplicates"], 1);
}

#[test]
fn strict_reports_the_first_refused_record_and_nothing_else() {
    let (_folder, path) = dump(&[GOOD, BAD, "{"]);
    for command in ["report", "overview", "validate"] {
        let output = run(&[command, text(&path), "--strict"]);
        assert_eq!(code(&output), 1, "{command}");
        assert!(output.stdout.is_empty(), "{command}");
        assert_eq!(stderr(&output).lines().count(), 1, "{command}");
        assert!(stderr(&output).contains("events.ndjson:2: missing_field"), "{}", stderr(&output));
    }
}

#[test]
fn an_input_without_events_is_told_plainly() {
    let (_folder, path) = dump(&[]);
    let report = run(&["report", text(&path)]);
    assert_eq!(code(&report), 0);
    assert!(stdout(&report).contains("There are no events in the input"));
    let overview = run(&["overview", text(&path)]);
    assert_eq!(code(&overview), 2);
    assert!(stderr(&overview).contains("--now"));
    let answer = json(&run(&["overview", text(&path), "--now", "2026-01-01T00:00:00Z"]));
    assert_eq!(answer["kpis"]["sessions"]["value"], 0);
    let export = run(&["export", "calls", text(&path)]);
    assert!(code(&export) == 0 && export.stdout.is_empty());
}

#[test]
fn a_report_is_plain_when_piped_and_coloured_when_asked_to() {
    let escapes = |arguments: &[&str]| stdout(&run(arguments)).contains('\u{1b}');
    assert!(!escapes(&["report", SESSIONS]));
    assert!(escapes(&["report", SESSIONS, "--color", "always"]));
    assert!(!escapes(&["--color", "never", "report", SESSIONS]));
}

#[test]
fn a_report_fits_the_width_and_shows_how_to_go_on() {
    let page = stdout(&run(&["report", SESSIONS, "--width", "72", "--top", "3"]));
    let command = |line: &&str| line.trim_start().starts_with("mcp-insights trace ");
    assert!(page.lines().filter(|line| !command(line)).all(|line| line.chars().count() <= 72));
    let opening: Vec<&str> = page.lines().filter(command).map(str::trim).collect();
    assert_eq!(opening.len(), 3);
    // The command as shown opens the trace.
    let words: Vec<&str> = opening.first().expect("a command").split(' ').skip(1).collect();
    assert_eq!(json(&run(&words))["session"]["id"].as_str(), words.get(1).copied());
}

#[test]
fn a_report_for_machines_holds_the_answers() {
    let report = json(&run(&["report", SESSIONS, "--json", "--top", "4"]));
    assert_eq!(report["now_source"], "newest_event");
    assert_eq!(report["overview"], json(&run(&["overview", SESSIONS])));
    assert_eq!(report["topics"], json(&run(&["topics", SESSIONS, "--limit", "4"])));
    let worst = json(&run(&["sessions", SESSIONS, "--limit", "4", "--sort", "frustration"]));
    assert_eq!(report["worst_sessions"], worst);
}

#[test]
fn a_page_is_written_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let output = run(&["report", SESSIONS, "--html", text(&path)]);
    assert_eq!(code(&output), 0);
    assert!(output.stdout.is_empty());
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    let within = path.join("another.html");
    let output = run(&["report", SESSIONS, "--html", text(&within)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains(text(&within)), "{}", stderr(&output));
}

#[test]
fn standard_input_can_be_read_and_traced() {
    let id = first_id("sessions", "sessions");
    let mut child = command(&["trace", &id, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(SESSIONS).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(json(&output), json(&run(&["trace", &id, SESSIONS])));
}

#[test]
fn exports_are_a_row_a_line() {
    for (rows, at_least) in [("sessions", 95), ("calls", 700), ("searches", 283), ("topics", 2)] {
        let output = run(&["export", rows, SESSIONS]);
        assert_eq!(code(&output), 0);
        let lines: Vec<Value> =
            stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.len() >= at_least, "{rows}: {}", lines.len());
        if rows == "calls" || rows == "searches" {
            assert!(
                lines
                    .iter()
                    .all(|line| line["session_id"].is_string() && line["session_key"].is_string())
            );
        }
    }
    let day = stdout(&run(&["export", "sessions", SESSIONS, "--range", "24h"]));
    assert!((1..95).contains(&day.lines().count()));
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let mut child = command(&["export", "calls", SESSIONS])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    assert_eq!(stderr(&output), "");
}

#[test]
fn edits_are_kept_in_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("ids.json");
    let registry = text(&registry);
    let topic = first_id("topics", "topics");
    let edited = json(&run(&[
        "topic",
        &topic,
        SESSIONS,
        "--registry",
        registry,
        "--set-label",
        "Charts",
        "--set-unmet-demand",
        "true",
    ]));
    assert_eq!(edited["topic"]["label"], "Charts");
    let again = json(&run(&["topic", &topic, SESSIONS, "--registry", registry]));
    assert_eq!(again, edited);
    assert_eq!(again["topic"]["unmet_demand_source"], "manual");
    let unlisted =
        run(&["topic", &topic, SESSIONS, "--registry", registry, "--archive", "--clear-label"]);
    assert_eq!(json(&unlisted)["topic"]["label_source"], "generated");
    let list = json(&run(&["topics", SESSIONS, "--registry", registry]));
    assert!(list["topics"].as_array().unwrap().iter().all(|row| row["id"] != topic.as_str()));
    let all = json(&run(&["topics", SESSIONS, "--registry", registry, "--include-archived"]));
    assert!(all["topics"].as_array().unwrap().iter().any(|row| row["id"] == topic.as_str()));

    let search = first_id("searches", "searches");
    let edit = [
        "search",
        &search,
        SESSIONS,
        "--registry",
        registry,
        "--set-state",
        "planned",
        "--note",
        "soon",
    ];
    let edited = json(&run(&edit));
    assert_eq!(edited["search"]["state"], "planned");
    assert_eq!(edited["search"]["note"], "soon");
    assert_eq!(edited["search"]["edited_at"], "2025-07-21T20:00:00.000Z");
    let broken = run(&["topic", &topic, SESSIONS, "--registry", registry, "--set-label", "  "]);
    assert_eq!(code(&broken), 2);
    assert!(stderr(&broken).contains("label"));
    assert_eq!(json(&run(&["search", &search, SESSIONS, "--registry", registry])), edited);
}

#[test]
fn a_broken_registry_is_named_and_left_alone() {
    let (_folder, path) = dump(&["not a registry"]);
    let output = run(&["topics", SESSIONS, "--registry", text(&path)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("events.ndjson is no registry"));
    assert_eq!(stderr(&output).matches("give ").count(), 1, "advice is given once");
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a registry");
}

#[test]
fn a_page_goes_to_standard_output_where_it_is_asked_to() {
    let output = run(&["report", SESSIONS, "--html", "-"]);
    assert_eq!(code(&output), 0);
    assert!(output.stdout.starts_with(b"<!"));
}

#[test]
fn search_tools_can_be_named() {
    let call = |id: &str, tool: &str| {
        let metadata = format!(r#"{{"tool_name":"{tool}","input_preview":"{{\"query\":\"x\"}}"}}"#);
        format!(
            r#"{{"event_id":"{id}","kind":"tool_call","started_at":"2026-03-01T09:00:00Z","ok":true,"result_preview":"[]","metadata":{metadata}}}"#
        )
    };
    let (_folder, path) = dump(&[&call("e1", "search_docs"), &call("e2", "consult")]);
    let searches = |options: &[&str]| {
        let arguments = [&["overview", text(&path)], options].concat();
        json(&run(&arguments))["kpis"]["searches"]["value"].as_u64().unwrap()
    };
    assert_eq!(searches(&[]), 1);
    assert_eq!(searches(&["--search-tool", "consult"]), 2);
    assert_eq!(searches(&["--not-search-tool", "search_docs"]), 0);
}

#[test]
fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&run(&["completions", shell])).contains("mcp-insights"), "{shell}");
    }
    assert!(stdout(&run(&["man"])).contains(".TH mcp-insights 1"));
    assert!(stdout(&run(&["man", "export"])).contains(".TH mcp-insights-export 1"));
    assert_eq!(code(&run(&["man", "nonsense"])), 2);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(&["man", "--folder", text(folder.path())])), 0);
    for page in ["mcp-insights-report.1", "mcp-insights-keys-create.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}

#[test]
fn help_shows_examples() {
    for command in [
        "report",
        "overview",
        "topics",
        "topic",
        "searches",
        "search",
        "sessions",
        "trace",
        "export",
        "validate",
        "completions",
        "man",
    ] {
        let output = run(&[command, "--help"]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("Examples:"), "{command}");
    }
}

#[test]
fn vectors_are_kept_beside_the_registry_and_change_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("ids.json");
    let topics = |more: &[&str]| {
        let arguments =
            ["topics", SESSIONS, "--range", "30d", "--registry", registry.to_str().unwrap()];
        run(&[&arguments[..], more].concat())
    };
    let first = topics(&[]);
    assert_eq!((code(&first), stderr(&first).as_str()), (0, ""));
    let vectors = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        files
            .filter(|file| file.extension().is_some_and(|end| end == "vectors"))
            .collect::<Vec<_>>()
    };
    let [file] = vectors().try_into().expect("one file of vectors");
    let written = std::fs::read(&file).unwrap();
    assert_eq!(stdout(&topics(&[])), stdout(&first));
    assert_eq!(std::fs::read(&file).unwrap(), written, "nothing new, nothing written");

    std::fs::write(&file, &written[..written.len() - 3]).unwrap();
    let damaged = topics(&[]);
    assert_eq!(stdout(&damaged), stdout(&first));
    assert!(stderr(&damaged).contains("is not used and made anew"), "{}", stderr(&damaged));
    assert_eq!(std::fs::read(&file).unwrap(), written);

    std::fs::remove_file(&file).unwrap();
    assert_eq!(stdout(&topics(&["--no-cache"])), stdout(&first));
    assert!(vectors().is_empty());
}

#[test]
fn ids_of_two_encoders_never_mix() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("not/there/yet/ids.json");
    let topics = |more: &[&str]| {
        run(&[&["topics", SESSIONS, "--no-cache", "--registry", text(&registry)], more].concat())
    };
    let fast = topics(&["--encoder", "fast"]);
    assert_eq!(code(&fast), 0, "{}", stderr(&fast));
    let accurate = topics(&["--encoder", "accurate"]);
    assert_eq!(code(&accurate), 2);
    assert!(stderr(&accurate).contains("made with --encoder fast"), "{}", stderr(&accurate));
    assert_eq!(stdout(&topics(&[])), stdout(&fast), "the encoder of the registry is taken up");
}

#[test]
fn changes_of_topics_are_told_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.json"), folder.path().join("new.json"));
    let topics = |registry: &Path, more: &[&str]| {
        run(&[&["topics", SESSIONS, "--registry", registry.to_str().unwrap()], more].concat())
    };
    let found = json(&topics(&old, &["--range", "30d"]));
    let number = found["topics"].as_array().unwrap().len();
    std::fs::copy(&old, &new).unwrap();
    let diff = ["--diff", old.to_str().unwrap()];
    assert_eq!(stdout(&topics(&new, &diff)), "no topic changed\n");

    let id = found["topics"][0]["id"].as_str().unwrap();
    let edit = ["topic", id, SESSIONS, "--registry", new.to_str().unwrap(), "--set-label", "Mine"];
    assert_eq!(code(&run(&edit)), 0);
    let told = stdout(&topics(&new, &diff));
    assert!(
        told.starts_with(&format!("~ {id}: label ")) && told.ends_with("is now \"Mine\"\n"),
        "{told}"
    );
    let object: Value =
        serde_json::from_str(&stdout(&topics(&new, &[&diff[..], &["--json"]].concat()))).unwrap();
    assert_eq!((&object["difference"], &object["to"]), (&"relabelled".into(), &"Mine".into()));

    std::fs::write(&old, r#"{"version":1,"embedder":null,"topics":{"entries":[],"aliases":{}},"searches":{"entries":[],"aliases":{}}}"#).unwrap();
    let told = stdout(&topics(&new, &diff));
    assert!(
        told.lines().count() >= number && told.lines().all(|line| line.starts_with("+ top_")),
        "{told}"
    );
    let missing = topics(&new, &["--diff", "nowhere.json"]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).contains("nowhere.json"));
}

#[test]
fn what_must_be_kept_is_not_said_of_a_folder_that_is_only_read() {
    for arguments in [
        &["topic", "top_x", "--data", "d", "--set-label", "x"][..],
        &["search", "sch_x", "--data", "d", "--note", "x"],
        &["topics", "--data", "d", "--diff", "old.json"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("cannot be used with"), "{said}");
    }
}

#[test]
fn the_files_of_the_command_itself_are_no_events() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::copy(SESSIONS, at("events.ndjson.gz")).unwrap();
    std::fs::write(at("tools.csv"), "name,description\nget_user,Fetch a user\n").unwrap();
    let (dump, registry, catalog) = (folder.path(), at("ids.json"), at("tools.csv"));
    let arguments = ["topics", text(dump), "--registry", text(&registry), "--strict"];
    let arguments = [&arguments[..], &["--catalog", text(&catalog), "--encoder", "fast"]].concat();
    let first = json(&run(&arguments));
    assert!(registry.exists());
    assert_eq!(json(&run(&arguments)), first);
}
