use super::*;

type Seen = (String, u64, u64, bool, Option<String>);

#[derive(Default)]
struct Seeing(Vec<Seen>);

impl Sink for Seeing {
    fn record(&mut self, found: Found<'_>) -> ControlFlow<()> {
        let text = String::from_utf8_lossy(found.bytes).into_owned();
        self.0.push((
            text,
            found.offset,
            found.length,
            found.in_container,
            found.other_version.map(str::to_owned),
        ));
        ControlFlow::Continue(())
    }
}

fn walk(input: &str) -> (Vec<Seen>, Result<bool, Halt>) {
    let mut feed = Slice::new(input.as_bytes(), 0);
    let mut sink = Seeing::default();
    let result = Walk::new(&mut feed, &mut sink).value();
    (sink.0, result)
}

fn texts(input: &str) -> Vec<String> {
    walk(input).0.into_iter().map(|seen| seen.0).collect()
}

#[test]
fn every_container_gives_its_records() {
    let body = r#"{\"events\":[{\"event_id\":\"\\u00e9\"},2]}"#;
    for (input, expected) in [
        (r#"{"event_id":"a","events":[1]}"#, vec![r#"{"event_id":"a","events":[1]}"#]),
        (r#"[{"event_id":"a"}, 7 ,{"b":1}]"#, vec![r#"{"event_id":"a"}"#, "7", r#"{"b":1}"#]),
        (
            r#" { "schema_version": 1, "events" : [ {"a":[1]} , {} ] , "sdk":{} } "#,
            vec![r#"{"a":[1]}"#, "{}"],
        ),
        (r#"{"received_at":"x","headers":{"body":1},"body":{"events":[1]}}"#, vec!["1"]),
        (r#"{"body":[1,{"events":[2]}]}"#, vec!["1", r#"{"events":[2]}"#]),
        (r#"[{"events":[1,2]},{"body":{"events":[3]}},[4]]"#, vec!["1", "2", "3", "[4]"]),
        (r#"{"schema_version":1,"events":[]}"#, vec![]),
        ("[]", vec![]),
        ("{}", vec!["{}"]),
        (r#"{"body":null}"#, vec![r#"{"body":null}"#]),
        (&format!(r#"{{"body":"{body}"}}"#), vec![r#"{"event_id":"\u00e9"}"#, "2"]),
    ] {
        assert_eq!(texts(input), expected, "{input}");
        assert!(walk(input).1.is_ok(), "{input}");
    }
}

#[test]
fn places_of_an_escaped_body_lie_in_the_source() {
    let input = r#"{"body":"{\"events\":[ {\"event_id\":\"\u00e9x\"} ]}"}"#;
    let (seen, _) = walk(input);
    let (text, offset, length, in_container, _) = &seen[0];
    assert_eq!(text, r#"{"event_id":"éx"}"#);
    let stored =
        &input[usize::try_from(*offset).unwrap_or(0)..][..usize::try_from(*length).unwrap_or(0)];
    assert_eq!(stored, r#"{\"event_id\":\"\u00e9x\"}"#);
    assert!(in_container);
}

#[test]
fn another_version_is_seen_wherever_it_stands() {
    for (input, version) in [
        (r#"{"schema_version":2,"events":[1]}"#, Some("2")),
        (r#"{"events":[1],"sdk":{},"schema_version":"1"}"#, Some("\"1\"")),
        (r#"{"body":{"events":[1],"schema_version":3}}"#, Some("3")),
        (r#"{"schema_version":1.0,"events":[1]}"#, None),
        (r#"{"schema_version":null,"events":[1]}"#, None),
        (r#"{"events":[1]}"#, None),
    ] {
        assert_eq!(walk(input).0[0].4.as_deref(), version, "{input}");
    }
}

#[test]
fn what_came_before_a_break_is_given() {
    for (input, count, contained) in [
        ("[1,2", 2, true),
        ("[1,2,", 2, true),
        ("[1,,2]", 1, true),
        ("[1,]", 1, true),
        ("[1 2]", 1, true),
        (r#"{"schema_version":1,"events":[1,{"a":"#, 1, true),
        (r#"{"events":[1,2]"#, 2, true),
        (r#"{"events":[1]x}"#, 1, true),
        (r#"{"schema_version":1,"eve"#, 0, true),
        (r#"{"event_id":"a","#, 0, false),
        (r#"{"a""#, 0, false),
        (r#"{"a" 1}"#, 0, false),
        (r#"{1:1}"#, 0, false),
    ] {
        let (seen, result) = walk(input);
        assert_eq!(seen.len(), count, "{input}");
        assert!(
            matches!(result, Err(Halt::Broken { in_container, .. }) if in_container == contained),
            "{input}: {result:?}"
        );
    }
}

#[test]
fn containers_within_containers_end_somewhere() {
    let deep = r#"{"body":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    assert_eq!(texts(&deep).len(), 1);
    let arrays = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(texts(&arrays), [arrays[1..arrays.len() - 1].to_owned()]);
}

#[test]
fn a_prefix_shows_whether_it_is_a_container() {
    for prefix in [
        "[",
        r#"[{"event_id""#,
        r#"{"schema_version":1,"ev"#,
        r#"{"events":[{"#,
        r#"{"body":{"eve"#,
    ] {
        assert!(begins_container(prefix.as_bytes()), "{prefix}");
    }
    for prefix in ["{", r#"{"event_id":"a","events":["#, r#"{"result_preview":"long"#, "12"] {
        assert!(!begins_container(prefix.as_bytes()), "{prefix}");
    }
}
