#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::RejectionReason::*;
use crate::expand;

pub(super) struct Ids;

impl Collector for Ids {
    type Part = Vec<(String, Place, Vec<u8>)>;
    fn begin(&self) -> Self::Part {
        Vec::new()
    }
    fn add(&self, part: &mut Self::Part, event: &Event<'_>, raw: &[u8], place: Place) {
        part.push((event.event_id.clone().into_owned(), place, raw.to_vec()));
    }
    fn absorb(&self, whole: &mut Self::Part, part: Self::Part) -> Option<Self::Part> {
        whole.extend(part);
        None
    }
}

pub(super) type IdReading = Reading<<Ids as Collector>::Part>;

pub(super) fn bytes(content: impl Into<Vec<u8>>) -> Input {
    Input::Bytes { name: "memory".to_owned(), bytes: content.into() }
}

pub(super) fn try_read(
    inputs: Vec<Input>,
    settings: &ReadSettings,
    block: usize,
) -> Result<IdReading, ReadError> {
    read_in_blocks(inputs, settings, &Ids, &|_| {}, block)
}

pub(super) fn read_all(content: impl Into<Vec<u8>>, block: usize) -> IdReading {
    try_read(vec![bytes(content)], &ReadSettings::default(), block).unwrap()
}

pub(super) fn ids(reading: &IdReading) -> Vec<&str> {
    in_order(reading).into_iter().map(|(id, _, _)| id.as_str()).collect()
}

/// What was collected, by place: which part has it is left to chance.
pub(super) fn in_order(reading: &IdReading) -> Vec<&(String, Place, Vec<u8>)> {
    let mut all: Vec<_> = reading.parts.iter().flatten().collect();
    all.sort_by_key(|(_, place, _)| (place.source, place.offset));
    all
}

pub(super) fn reasons(reading: &IdReading) -> Vec<RejectionReason> {
    reading.rejections.iter().map(|rejection| rejection.reason).collect()
}

pub(super) fn event(id: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","kind":"tool_call","started_at":"2026-01-01T00:00:00Z","error":"a\n\"b\" é [}}"}}"#
    )
}

pub(super) fn pretty(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

pub(super) fn batch(ids: &[&str]) -> String {
    let events: Vec<String> = ids.iter().map(|id| event(id)).collect();
    format!(r#"{{"schema_version":1,"events":[{}],"sdk":{{"language":"x"}}}}"#, events.join(","))
}

pub(super) fn post(body: &str) -> String {
    format!(r#"{{"received_at":"2026-01-01T00:00:00Z","headers":{{"x":"y"}},"body":{body}}}"#)
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const BLOCKS: [usize; 5] = [1, 7, 100, 1000, 1 << 20];

/// Reads it plain and packed, in blocks of many sizes, and fetches each event again.
fn check(content: &str, expected: &[&str], refused: &[RejectionReason]) {
    let packed = [
        content.as_bytes().to_vec(),
        gzip(content.as_bytes()),
        zstd::encode_all(content.as_bytes(), 1).unwrap(),
        [b"\xef\xbb\xbf", content.as_bytes()].concat(),
    ];
    for (packing, content) in packed.iter().enumerate() {
        for block in BLOCKS {
            for traces in [TraceAccess::Reread, TraceAccess::Spill] {
                let settings = ReadSettings { traces, ..ReadSettings::default() };
                let reading = try_read(vec![bytes(content.clone())], &settings, block).unwrap();
                assert_eq!(
                    ids(&reading),
                    expected,
                    "packing {packing}, block {block}: {:?}",
                    reading.rejections
                );
                assert_eq!(
                    reasons(&reading),
                    refused,
                    "packing {packing}, block {block}: {:?}",
                    reading.rejections
                );
                assert_eq!(reading.accepted, expected.len() as u64);
                let (places, raw): (Vec<Place>, Vec<Vec<u8>>) = reading
                    .parts
                    .iter()
                    .flatten()
                    .rev()
                    .map(|(_, place, raw)| (*place, raw.clone()))
                    .unzip();
                assert_eq!(
                    reading.sources.release().fetch(&places).unwrap(),
                    raw,
                    "packing {packing}, block {block}"
                );
            }
        }
    }
}

#[test]
fn files_that_were_put_together_may_have_byte_order_marks() {
    let content = format!(
        "{}\n\u{feff}{}\n\u{feff}\n \u{feff} {}\n",
        event("a"),
        event("b"),
        batch(&["c", "d"])
    );
    check(&content, &["a", "b", "c", "d"], &[]);
}

#[test]
fn every_container_is_told_by_its_content() {
    let [a, b, c] = ["a", "b", "c"].map(event);
    let body = batch(&["a", "b"]);
    let text = serde_json::to_string(&body).unwrap();
    let newlines = serde_json::to_string(&pretty(&body)).unwrap();
    for content in [
        format!("{a}\n{b}"),
        format!("\n{a}\r\n\r\n  {b}  \n\n"),
        format!("{a}{b}"),
        format!("[{a},{b}]"),
        format!("[\n{a},\n{b}\n]\n"),
        pretty(&format!("[{a},{b}]")),
        format!("{}\n{}", pretty(&a), pretty(&b)),
        body.clone(),
        pretty(&body),
        format!("{{\"events\":[\n{a},\n{b}\n],\"schema_version\":1}}"),
        format!("{}\n{}", batch(&["a"]), batch(&["b"])),
        format!("{}\n{}", pretty(&batch(&["a"])), pretty(&batch(&["b"]))),
        format!("{}\n{}\n", post(&batch(&["a"])), post(&batch(&["b"]))),
        post(&text),
        post(&newlines),
        pretty(&post(&body)),
        format!("[{},{}]", post(&batch(&["a"])), batch(&["b"])),
        format!("{}\n[{b}]", post(&batch(&["a"]))),
    ] {
        check(&content, &["a", "b"], &[]);
    }
    let mixed = format!(
        "{a}\n{}\n[{b}]\n{}\n{c}\n{}\n",
        batch(&["d", "e"]),
        pretty(&batch(&["f", "g"])),
        post(&batch(&["h"])),
    );
    check(&mixed, &["a", "d", "e", "b", "f", "g", "c", "h"], &[]);
}

#[test]
fn nothing_in_it_is_no_error() {
    for content in ["", "\n\n  \n", "[]", "{\"schema_version\":1,\"events\":[]}", "[\n]\n"] {
        check(content, &[], &[]);
    }
    check(&post(r#"{"schema_version":1,"events":[]}"#), &[], &[]);
}

#[test]
fn a_bad_line_costs_that_line() {
    let [a, b, c] = ["a", "b", "c"].map(event);
    for (bad, reason) in [
        ("oops", InvalidJson),
        ("{\"event_id\":\"x\",\"kind\":", InvalidJson),
        ("{\"event_id\":\"x", InvalidJson),
        ("{\"event_id\":\"x\"} trailing", InvalidJson),
        ("{\"event_id\":\"x\",oops}", InvalidJson),
        ("[", ContainerBroken),
        ("{\"schema_version\":1,\"events\":[", ContainerBroken),
        ("{\"a\":1}", NotAnEvent),
        ("42", NotAnEvent),
        ("[[1]]", NotAnEvent),
        ("{\"event_id\":\"x\"}", MissingField),
        ("{\"event_id\":\"x\",\"kind\":7,\"started_at\":\"z\"}", WrongType),
        (
            "{\"event_id\":\"x\",\"kind\":\"k\",\"started_at\":\"9999-12-31T00:00:00Z\"}",
            TimestampOutOfRange,
        ),
    ] {
        check(&format!("{a}\n{bad}\n{b}\n{c}\n"), &["a", "b", "c"], &[reason]);
        check(&format!("{bad}\n{a}\n{b}\n{c}"), &["a", "b", "c"], &[reason]);
        check(&format!("{a}\n{b}\n{c}\n{bad}"), &["a", "b", "c"], &[reason]);
    }
    let whole = event("x");
    check(&format!("{a}\n{whole} trailing\n{b}"), &["a", "b"], &[InvalidJson]);
    check(&format!("{bad}\n{bad}\n{a}", bad = &whole[..30]), &["a"], &[InvalidJson, InvalidJson]);
}

#[test]
fn what_came_before_a_break_counts() {
    let [a, b, c] = ["a", "b", "c"].map(event);
    for content in [
        format!("[{a},{b},{{\"event_id\":oops}},{c}]"),
        format!("[{a},{b},{c}"),
        format!("[\n{a},\n{b},\n{{\"event_id\":oops}},\n{c}\n]"),
        format!("[\n{a},\n{b},\n{{\"event_id\":\"x\",\n{c}\n]"),
        format!("[\n{a},\n{b},,\n{c}\n]"),
        format!("[\n{a},\n{b}\n"),
        format!("{{\"schema_version\":1,\"events\":[{a},{b},{{\"event_id\":"),
        format!("{{\"schema_version\":1,\"events\":[\n{a},\n{b},\n{{\"event_id\":\n"),
        format!("{{\"schema_version\":1,\"events\":[{a},{b}],"),
        post(&format!("{{\"schema_version\":1,\"events\":[{a},{b},oops,{c}]}}")),
    ] {
        let expected: &[&str] =
            if content == format!("[{a},{b},{c}") { &["a", "b", "c"] } else { &["a", "b"] };
        check(&content, expected, &[ContainerBroken]);
    }
    // On lines, what follows a broken batch counts.
    check(&format!("{{\"events\":[{a},oops]}}\n{b}\n{c}"), &["a", "b", "c"], &[ContainerBroken]);
    check(&format!("[{a}\n[{b}]\n[{c}]"), &["a", "b", "c"], &[ContainerBroken]);
}

#[test]
fn one_bad_record_takes_no_other_with_it() {
    let [a, b] = ["a", "b"].map(event);
    for bad in ["7", "{\"event_id\":\"x\"}", "[[]]"] {
        for content in [
            format!("[{a},{bad},{b}]"),
            format!("[\n{a},\n{bad},\n{b}\n]"),
            format!("{{\"schema_version\":1,\"events\":[{a},{bad},{b}]}}"),
        ] {
            let reading = read_all(content.clone(), 50);
            assert_eq!((ids(&reading), reading.rejections.len()), (vec!["a", "b"], 1), "{content}");
        }
    }
    let bad = b"{\"event_id\":\"x\",\"error\":\"\xff\"}";
    for separator in [&b"\n"[..], b","] {
        let mut content = [a.as_bytes(), separator, bad, separator, b.as_bytes()].concat();
        if separator == b"," {
            content = [b"[", content.as_slice(), b"]"].concat();
        }
        let reading = read_all(content, 50);
        assert_eq!((ids(&reading), reasons(&reading)), (vec!["a", "b"], vec![InvalidUtf8]));
        assert_eq!(reading.rejections[0].event_id.as_deref(), Some("x"));
    }
}

#[test]
fn a_batch_of_another_version_is_refused_event_by_event() {
    let [a, b] = ["a", "b"].map(event);
    for content in [
        format!("{{\"schema_version\":2,\"events\":[{a},{b}]}}"),
        format!("{{\"events\":[{a},{b}],\"schema_version\":2}}"),
        pretty(&format!("{{\"events\":[{a},{b}],\"sdk\":1,\"schema_version\":2}}")),
        post(&format!("{{\"schema_version\":\"1\",\"events\":[{a},{b}]}}")),
    ] {
        check(&content, &[], &[UnsupportedSchemaVersion, UnsupportedSchemaVersion]);
        let names: Vec<_> =
            read_all(content, 9).rejections.into_iter().map(|refused| refused.event_id).collect();
        assert_eq!(names, [Some("a".to_owned()), Some("b".to_owned())]);
    }
}

#[test]
fn rejections_say_where_they_are() {
    let a = event("a");
    let content = format!("{a}\n\nbad\n[{a},7]\n  {{\"event_id\":\"x\"}}\n");
    let line = |text: &str| content.find(text).unwrap() as u64;
    for block in BLOCKS {
        for content in [content.clone().into_bytes(), gzip(content.as_bytes())] {
            let reading = read_all(content, block);
            let places: Vec<_> =
                reading.rejections.iter().map(|refused| (refused.offset, refused.line)).collect();
            let expected = [
                (line("bad"), Some(3)),
                (line(",7]") + 1, Some(4)),
                (line("{\"event_id\":\"x\"}"), Some(5)),
            ];
            assert_eq!(places, expected, "block {block}");
            assert_eq!(reading.rejections[0].source, "memory");
        }
    }
    let document = format!("[\n{a},\n7\n]\n\noops\n");
    let reading = read_all(document, 10);
    assert_eq!(
        reading.rejections.iter().map(|refused| refused.line).collect::<Vec<_>>(),
        [None, Some(6)]
    );
}

#[test]
fn a_stream_that_is_cut_off_is_one_break() {
    let lines: String = (0..2000).map(|number| event(&format!("e{number}")) + "\n").collect();
    for content in [lines.clone(), format!("[{}]", lines.trim_end().replace('\n', ",\n"))] {
        let packed = gzip(content.as_bytes());
        for cut in [packed.len() / 2, packed.len() - 12, packed.len() - 3] {
            let reading = read_all(&packed[..cut], 10_000);
            assert_eq!(reasons(&reading), [ContainerBroken], "{cut}");
            let count = reading.accepted as usize;
            assert!(count > 500, "{count}");
            let expected: Vec<String> = (0..count).map(|number| format!("e{number}")).collect();
            assert_eq!(ids(&reading), expected);
        }
        let packed = zstd::encode_all(content.as_bytes(), 1).unwrap();
        assert_eq!(reasons(&read_all(&packed[..packed.len() - 5], 10_000)), [ContainerBroken]);
    }
    // Several members are one stream; what is no member breaks it.
    let members = [gzip(event("a").as_bytes()), gzip(b"\n"), gzip(event("b").as_bytes())].concat();
    assert_eq!(ids(&read_all(members.clone(), 10)), ["a", "b"]);
    let reading = read_all([members, b"garbage".to_vec()].concat(), 10);
    assert_eq!((ids(&reading), reasons(&reading)), (vec!["a", "b"], vec![ContainerBroken]));
}

#[test]
fn a_huge_line_is_too_large_and_a_huge_batch_is_not() {
    let [a, b] = ["a", "b"].map(event);
    let huge = format!("{{\"event_id\":\"x\",\"error\":\"{}\"}}", "y".repeat(50 << 20));
    let content = format!("{a}\n{huge}\n{b}");
    for content in [content.clone().into_bytes(), zstd::encode_all(content.as_bytes(), 1).unwrap()]
    {
        let reading = read_all(content, BLOCK_BYTES);
        assert_eq!((ids(&reading), reasons(&reading)), (vec!["a", "b"], vec![TooLarge]));
        let refused = &reading.rejections[0];
        assert_eq!((refused.event_id.as_deref(), refused.line), (Some("x"), Some(2)));
        assert!(refused.detail.contains(&huge.len().to_string()), "{}", refused.detail);
    }
    let filler = format!("{{\"event_id\":\"x\",\"a\":\"{}\"}},", "y".repeat(1 << 20)).repeat(35);
    let content = format!("{a}\n{{\"events\":[{filler}{b}],\"schema_version\":1}}\n{}", event("c"));
    for content in [content.clone().into_bytes(), zstd::encode_all(content.as_bytes(), 1).unwrap()]
    {
        let reading = read_all(content, BLOCK_BYTES);
        assert_eq!((ids(&reading), reading.rejections.len()), (vec!["a", "b", "c"], 35));
        assert!(
            reading
                .rejections
                .iter()
                .all(|refused| refused.line == Some(2) && refused.reason == MissingField)
        );
    }
}

#[test]
fn too_large_and_too_deep_records_are_refused_in_every_container() {
    let [a, b] = ["a", "b"].map(event);
    let deep = format!("{{\"event_id\":\"x\",\"m\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let large = format!("{{\"event_id\":\"x\",\"m\":\"{}\"}}", "y".repeat(500));
    let settings = ReadSettings { max_event_bytes: 400, ..ReadSettings::default() };
    for (bad, reason, settings) in
        [(deep, TooDeep, ReadSettings::default()), (large, TooLarge, settings)]
    {
        for content in [
            format!("{a}\n{bad}\n{b}"),
            format!("[{a},{bad},{b}]"),
            format!("[\n{a},\n{bad},\n{b}\n]"),
            post(&format!("{{\"events\":[{a},{bad},{b}]}}")),
        ] {
            for content in [content.clone().into_bytes(), gzip(content.as_bytes())] {
                let reading = try_read(vec![bytes(content)], &settings, 100).unwrap();
                assert_eq!((ids(&reading), reasons(&reading)), (vec!["a", "b"], vec![reason]));
                assert_eq!(reading.rejections[0].event_id.as_deref(), Some("x"));
            }
        }
    }
}

#[test]
fn deep_json_needs_no_stack() {
    for levels in [10_000, 1_000_000] {
        let closed = "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(reasons(&read_all(closed, BLOCK_BYTES)), [TooDeep]);
        let objects = "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
        assert_eq!(
            reasons(&read_all(objects, BLOCK_BYTES)),
            [if levels > 700_000 { TooLarge } else { TooDeep }]
        );
        assert_eq!(reasons(&read_all("[".repeat(levels), BLOCK_BYTES)), [ContainerBroken]);
    }
}

#[test]
fn strict_gives_the_first_rejection() {
    let lines: String = (0..200).map(|number| event(&format!("e{number}")) + "\n").collect();
    let content = format!("{lines}first bad\n{lines}second bad\n");
    let settings = ReadSettings { strict: true, ..ReadSettings::default() };
    for block in [100, 5_000, 1 << 20] {
        for content in [content.clone().into_bytes(), gzip(content.as_bytes())] {
            let inputs = vec![bytes(lines.clone()), bytes(content), bytes("worse")];
            let Err(ReadError::Rejected(rejection)) = try_read(inputs, &settings, block) else {
                panic!("not refused")
            };
            assert_eq!((rejection.offset, rejection.line), (lines.len() as u64, Some(201)));
        }
    }
    assert_eq!(try_read(vec![bytes(lines)], &settings, 100).unwrap().accepted, 200);
}

fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn read_paths(paths: &[PathBuf]) -> Result<IdReading, ReadError> {
    try_read(expand(paths)?, &ReadSettings::default(), BLOCK_BYTES)
}

#[test]
fn folders_patterns_and_repeats_are_resolved() {
    let (a, b, c) = (event("a"), event("b"), event("c"));
    let folder = folder_of(&[
        ("2.ndjson", &b),
        ("1/x", &a),
        (".hidden", "bad"),
        (".h/x", "bad"),
        ("3.json", &c),
    ]);
    let root = folder.path().to_owned();
    assert_eq!(ids(&read_paths(std::slice::from_ref(&root)).unwrap()), ["a", "b", "c"]);
    assert_eq!(
        ids(&read_paths(&[root.join("*.*json"), root.join("1/x")]).unwrap()),
        ["b", "c", "a"]
    );
    let twice =
        [root.join("3.json"), root.clone(), root.join("1/../3.json"), root.join("2.ndjson")];
    assert_eq!(ids(&read_paths(&twice).unwrap()), ["c", "a", "b"]);
    assert_eq!(
        ids(&try_read(vec![Input::Path(root.clone())], &ReadSettings::default(), 9).unwrap()),
        ["a", "b", "c"]
    );
    let Err(ReadError::Pattern { .. }) = read_paths(&[root.join("*.none")]) else {
        panic!("fits nothing")
    };
    let error = read_paths(&[root.join("none")]).unwrap_err().to_string();
    assert!(error.contains("none") && error.contains("check that it exists"), "{error}");
    fs::write(root.join("[odd].json"), event("d")).unwrap();
    assert_eq!(ids(&read_paths(&[root.join("[odd].json")]).unwrap()), ["d"]);
}

#[cfg(unix)]
#[test]
fn one_unreadable_file_in_a_folder_leaves_the_rest() {
    let folder = folder_of(&[("a", &event("a")), ("c", "broken\n"), ("d", &event("d"))]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("b")).unwrap();
    let reading = read_paths(&[folder.path().to_owned()]).unwrap();
    assert_eq!((ids(&reading), reasons(&reading)), (vec!["a", "d"], vec![InvalidJson]));
    assert_eq!(reading.unreadable.len(), 1);
    assert!(reading.unreadable[0].source.ends_with("/b"), "{:?}", reading.unreadable);
    assert!(
        try_read(vec![Input::Path(folder.path().join("b"))], &ReadSettings::default(), 9).is_err()
    );
}

#[cfg(unix)]
fn make_fifo(path: &Path) -> bool {
    std::process::Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success())
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_where_it_is_named() {
    let folder = folder_of(&[("a", &event("a"))]);
    let fifo = folder.path().join("fifo");
    if !make_fifo(&fifo) {
        return;
    }
    // In a folder nobody waits for it.
    let reading = read_paths(&[folder.path().to_owned()]).unwrap();
    assert_eq!((ids(&reading), reading.unreadable.len()), (vec!["a"], 1));
    let writer = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::write(fifo, event("f"))
    });
    let reading = read_paths(&[fifo]).unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(ids(&reading), ["f"]);
    let place = reading.parts[0][0].1;
    assert_eq!(reading.sources.fetch(&[place]).unwrap(), [event("f").into_bytes()]);
}

#[cfg(unix)]
#[test]
fn a_named_file_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_of(&[("a", &event("a")), ("b", &event("b"))]);
    let path = folder.path().join("b");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        writeln!(std::io::stderr(), "skipped: this user may read everything").unwrap();
        return;
    }
    assert!(matches!(read_paths(&[path]), Err(ReadError::Unreadable { .. })));
    let reading = read_paths(&[folder.path().to_owned()]).unwrap();
    assert_eq!((ids(&reading), reading.unreadable.len()), (vec!["a"], 1));
}

#[test]
fn streams_are_read_like_files() {
    let content = gzip(format!("{}\n{}", event("a"), event("b")).as_bytes());
    let reader = Box::new(io::Cursor::new(content));
    let inputs = vec![Input::Stream { name: "pipe".to_owned(), reader }];
    let reading = try_read(inputs, &ReadSettings::default(), 9).unwrap();
    assert_eq!(ids(&reading), ["a", "b"]);
    assert_eq!(reading.sources.name(0), Some("pipe"));
}

#[test]
fn a_long_stream_goes_to_a_temporary_file() {
    let long = format!("{}\n{}{}", event("a"), " ".repeat(70 << 20), event("b"));
    let reader = Box::new(io::Cursor::new(long.into_bytes()));
    let inputs = vec![Input::Stream { name: "pipe".to_owned(), reader }];
    let reading = try_read(inputs, &ReadSettings::default(), BLOCK_BYTES).unwrap();
    // White space is no part of a record, however long it is.
    assert_eq!((ids(&reading), reading.rejections.len()), (vec!["a", "b"], 0));
    let place = in_order(&reading).last().unwrap().1;
    assert_eq!(reading.sources.fetch(&[place]).unwrap(), [event("b").into_bytes()]);
}

#[test]
fn a_source_that_changed_gives_no_trace() {
    for packed in [false, true] {
        let folder = folder_of(&[]);
        let path = folder.path().join("events");
        let content = |id: &str| {
            let text = format!("{}\n", event(id)).into_bytes();
            if packed { gzip(&text) } else { text }
        };
        for traces in [TraceAccess::Reread, TraceAccess::Spill, TraceAccess::None] {
            fs::write(&path, content("a")).unwrap();
            let settings = ReadSettings { traces, ..ReadSettings::default() };
            let reading = try_read(vec![Input::Path(path.clone())], &settings, 9).unwrap();
            let place = reading.parts.iter().flatten().next().unwrap().1;
            assert_eq!(reading.sources.traces(), traces);
            // Duplicates are compared while the engine is built, whatever is kept afterwards.
            assert_eq!(reading.sources.fetch(&[place, place]).unwrap().len(), 2);
            let kept = reading.sources.release();
            let changed = folder.path().join("changed");
            fs::write(&changed, content("b")).unwrap();
            fs::rename(&changed, &path).unwrap();
            match (traces, kept.fetch(&[place])) {
                (TraceAccess::Reread, Err(SourceError::Changed { name })) => {
                    assert!(name.ends_with("events"));
                }
                (TraceAccess::Spill, Ok(found)) => assert_eq!(found, [event("a").into_bytes()]),
                (TraceAccess::None, Err(SourceError::NotKept)) => {}
                (_, other) => panic!("{traces:?}: {other:?}"),
            }
            fs::remove_file(&path).unwrap();
            if traces == TraceAccess::Reread {
                assert!(matches!(kept.fetch(&[place]), Err(SourceError::Unreadable { .. })));
            }
        }
    }
    assert!(matches!(
        Sources::none().fetch(&[Place { source: 0, length: 1, offset: 0 }]),
        Err(SourceError::NotKept)
    ));
}

#[test]
fn a_file_that_grows_while_it_is_read_is_read_as_it_was() {
    struct Appending(PathBuf);
    impl Collector for Appending {
        type Part = u64;
        fn begin(&self) -> u64 {
            0
        }
        fn add(&self, part: &mut u64, added: &Event<'_>, _: &[u8], _: Place) {
            *part += 1;
            if added.event_id == "e0" {
                let mut file = fs::OpenOptions::new().append(true).open(&self.0).unwrap();
                let later = event("later");
                writeln!(file, "{later}").unwrap();
            }
        }
    }
    let lines: String = (0..50).map(|number| event(&format!("e{number}")) + "\n").collect();
    let folder = folder_of(&[("live", &lines)]);
    let path = folder.path().join("live");
    let inputs = vec![Input::Path(path.clone())];
    let reading =
        read_in_blocks(inputs, &ReadSettings::default(), &Appending(path), &|_| {}, 300).unwrap();
    assert_eq!((reading.accepted, reading.rejections.len()), (50, 0));
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_no_reason_to_panic() {
    struct Cutting(PathBuf, u64);
    impl Collector for Cutting {
        type Part = u64;
        fn begin(&self) -> u64 {
            0
        }
        fn add(&self, part: &mut u64, added: &Event<'_>, _: &[u8], _: Place) {
            *part += 1;
            if added.event_id == "e0" {
                fs::OpenOptions::new().write(true).open(&self.0).unwrap().set_len(self.1).unwrap();
            }
        }
    }
    let lines: String = (0..50).map(|number| event(&format!("e{number}")) + "\n").collect();
    for (length, block) in [(0, 300), (150, 300), (450, 300), (1000, 700), (90, 1 << 20)] {
        let folder = folder_of(&[("live", &lines)]);
        let path = folder.path().join("live");
        let inputs = vec![Input::Path(path.clone())];
        let cutting = Cutting(path, length);
        let reading = read_in_blocks(inputs, &ReadSettings::default(), &cutting, &|_| {}, block);
        // Whether that is noticed is left to chance: what was read before may be all there was.
        match reading {
            Ok(reading) => assert!(reading.accepted <= 50),
            Err(error) => assert!(matches!(error, ReadError::Source(_)), "{error}"),
        }
    }
}

#[test]
fn small_sources_share_parts_and_a_broken_one_takes_none_with_it() {
    let line = |number: usize| event(&format!("e{number}")) + "\n";
    let inputs: Vec<Input> = (0..200)
        .map(|number| match number % 4 {
            0 => bytes(gzip(line(number).as_bytes())),
            1 => bytes(format!("[\n{}]", line(number))),
            2 => bytes(line(number) + "broken\n"),
            _ => bytes(line(number)),
        })
        .collect();
    let reading = try_read(inputs, &ReadSettings::default(), 4096).unwrap();
    let mut expected: Vec<String> = (0..200).map(|number| format!("e{number}")).collect();
    expected.sort_unstable();
    let mut found = ids(&reading);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(reading.rejections.len(), 50);
    assert!(reading.parts.len() <= 2 * rayon::current_num_threads(), "{}", reading.parts.len());
}

#[test]
fn progress_ends_at_the_total() {
    let lines: String = (0..100).map(|number| event(&format!("e{number}")) + "\n").collect();
    for content in [lines.clone().into_bytes(), gzip(lines.as_bytes())] {
        let seen = std::sync::Mutex::new(Vec::new());
        let total = content.len() as u64;
        let progress = |progress: Progress| seen.lock().unwrap().push(progress);
        read_in_blocks(vec![bytes(content)], &ReadSettings::default(), &Ids, &progress, 1000)
            .unwrap();
        let seen = seen.into_inner().unwrap();
        let last = Progress { bytes_read: total, bytes_total: Some(total), events: 100 };
        assert_eq!(seen.last(), Some(&last));
        assert!(seen.len() > 2);
    }
}

#[test]
fn the_fixtures_are_read_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let reading = read_paths(&[root.join("livemcp/events.ndjson.gz")]).unwrap();
    assert_eq!((reading.accepted, reading.rejections.len()), (909, 0));
    let reading = read_paths(&[root.join("captures")]).unwrap();
    assert_eq!((reading.accepted, reading.rejections.len()), (60 + 63 + 63 + 62 + 46 + 46, 0));
}
