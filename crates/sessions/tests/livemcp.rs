//! The 95 real agent sessions of `fixtures/livemcp`, and their human labels.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use mcp_insights_calls::{Extractor, Facts, MissKind, Rules, SearchSource};
use mcp_insights_events::{Collector, Event, Input, Place, ReadSettings, TextId, read};
use mcp_insights_sessions::{Outcome, Sessions, Settings, detail, repeats, sessionize};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Facts with the bytes that each event came in, to read sessions again.
struct Keeping(Extractor);

#[derive(Default)]
struct Kept {
    facts: Facts,
    raw: Vec<(Place, Vec<u8>)>,
}

impl Collector for Keeping {
    type Part = Kept;

    fn begin(&self) -> Kept {
        Kept { facts: self.0.begin(), raw: Vec::new() }
    }

    fn add(&self, part: &mut Kept, event: &Event<'_>, raw: &[u8], place: Place) {
        self.0.add(&mut part.facts, event, raw, place);
        part.raw.push((place, raw.to_vec()));
    }
}

type Raw = Vec<(Place, Vec<u8>)>;

fn read_fixture(name: &str) -> (Vec<Facts>, Raw) {
    let collector = Keeping(Extractor::new(Rules::default()));
    let inputs = vec![Input::Path(fixture(name))];
    let reading = read(inputs, &ReadSettings::default(), &collector, &|_| ()).unwrap();
    assert!(reading.rejections.is_empty());
    let mut raw = Vec::new();
    let mut parts = Vec::new();
    for part in reading.parts {
        raw.extend(part.raw);
        parts.push(part.facts);
    }
    (parts, raw)
}

fn livemcp() -> Sessions {
    let (parts, _) = read_fixture("livemcp/events.ndjson.gz");
    sessionize(Facts::merge_all(parts), &Settings::default())
}

#[test]
fn all_events_find_their_session() {
    let sessions = livemcp();
    assert_eq!(sessions.sessions.len(), 95);
    let work: u32 = sessions.sessions.iter().map(|session| session.event_count).sum();
    assert_eq!((work, sessions.events.len(), sessions.unattached.len()), (814, 909, 0));
    let in_entries =
        sessions.searches.iter().filter(|search| search.source == SearchSource::SearchCalls);
    assert_eq!((sessions.turns.len(), in_entries.count()), (95, 283));
    let errors: u32 = sessions.sessions.iter().map(|session| session.error_count).sum();
    assert_eq!(errors, 104);
}

/// The labels are of half of the sessions; a few of them disagree with anything that looks at calls alone.
#[test]
fn outcomes_agree_with_people() {
    let sessions = livemcp();
    let labels = std::fs::read_to_string(fixture("livemcp/outcomes.tsv")).unwrap();
    // Rows: succeeded, failed, unmet, unknown; columns: people say success, failure.
    let mut table = [[0_u32; 2]; 4];
    for line in labels.lines() {
        let (hint, rest) = line.split_once('\t').unwrap();
        let session = sessions.sessions.iter().find(|session| &*session.key == hint).unwrap();
        let row = match session.outcome {
            Outcome::Succeeded => 0,
            Outcome::Failed => 1,
            Outcome::Unmet => 2,
            Outcome::Unknown => 3,
        };
        table[row][usize::from(rest.ends_with("failure"))] += 1;
    }
    println!("            people: success  failure");
    for (name, row) in ["succeeded", "failed", "unmet", "unknown"].iter().zip(table) {
        println!("{name:<18} {:>8} {:>8}", row[0], row[1]);
    }
    let agreed = table[0][0] + table[1][1] + table[2][1] + table[3][1];
    let all: u32 = table.iter().flatten().sum();
    println!("agreement {agreed} of {all}");
    assert_eq!(all, 48);
    assert!(f64::from(agreed) / f64::from(all) >= 0.75, "{table:?}");
}

fn agree(name: &str) {
    let (parts, raw) = read_fixture(name);
    let settings = Settings::default();
    let sessions = sessionize(Facts::merge_all(parts), &settings);
    assert!(!sessions.sessions.is_empty());
    let extractor = Extractor::new(Rules::default());
    for session in &sessions.sessions {
        let mut again = extractor.begin();
        for member in sessions.events.rows(&session.events) {
            let (_, bytes) = raw.iter().find(|(place, _)| *place == member.place).unwrap();
            let event = Event::parse(bytes, &ReadSettings::default()).unwrap();
            extractor.add(&mut again, &event, bytes, member.place);
        }
        let detail = detail(&again, &sessions, &settings);
        assert_eq!(detail.frustration, session.frustration);
        assert_eq!((detail.outcome, detail.flags), (session.outcome, session.flags));
        let turns: Vec<_> = detail.calls.iter().map(|call| call.turn).collect();
        assert_eq!(
            turns,
            sessions.calls.rows(&session.calls).iter().map(|call| call.turn).collect::<Vec<_>>()
        );
        let abandoned: Vec<_> = detail.searches.iter().map(|search| search.abandoned).collect();
        let expected =
            sessions.searches.rows(&session.searches).iter().map(|search| search.abandoned);
        assert_eq!(abandoned, expected.collect::<Vec<_>>());
        assert!(detail.reasons.iter().all(|(_, pieces)| !pieces.is_empty()));
    }
}

#[test]
fn a_trace_of_each_real_session_agrees_with_the_columns() {
    agree("livemcp/events.ndjson.gz");
    for capture in [
        "python.raw.ndjson",
        "python-0.1.42-handshake-client.raw.ndjson",
        "python-0.1.28.raw.ndjson",
        "typescript.raw.ndjson",
        "python-burst.raw.ndjson",
        "typescript-burst.raw.ndjson",
    ] {
        agree(&format!("captures/{capture}"));
    }
}

/// What does not depend on the numbers of texts.
fn summary(sessions: &Sessions) -> String {
    let text = |id: Option<TextId>| id.map(|id| sessions.texts.get(id).to_owned());
    let rows = sessions.sessions.iter().map(|session| {
        let turns = sessions.turns.rows(&session.turns);
        let folded: Vec<_> = turns.iter().map(|turn| text(turn.folded_intent)).collect();
        format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {folded:?}\n",
            session.id,
            session.key,
            text(session.client_name),
            session.frustration,
            session.outcome,
            session.flags,
            session.events,
        )
    });
    let abandoned = sessions.searches.iter().filter(|search| search.abandoned).count();
    format!("{}{abandoned} {:?}", rows.collect::<String>(), sessions.common_words)
}

#[test]
fn parts_in_any_order_give_the_same_sessions() {
    let whole = livemcp();
    let (_, raw) = read_fixture("livemcp/events.ndjson.gz");
    let extractor = Extractor::new(Rules::default());
    let mut parts: Vec<Facts> = (0..7).map(|_| extractor.begin()).collect();
    for (index, (place, bytes)) in raw.iter().enumerate().rev() {
        let event = Event::parse(bytes, &ReadSettings::default()).unwrap();
        extractor.add(&mut parts[index * index % 7], &event, bytes, *place);
    }
    parts.reverse();
    let mut merged = Facts::default();
    for part in parts {
        merged.merge(part);
    }
    assert_eq!(summary(&sessionize(merged, &Settings::default())), summary(&whole));
}

#[test]
fn abandoned_searches_are_the_only_trace_of_a_useless_one() {
    let sessions = livemcp();
    let looked =
        || sessions.searches.iter().filter(|search| search.source == SearchSource::SearchCalls);
    let abandoned = looked().filter(|search| search.abandoned).count();
    println!("{abandoned} of {} searches for tools abandoned", looked().count());
    assert!(abandoned > 0);
    assert!(
        looked().all(|search| search.miss != Some(MissKind::NoResults)),
        "none came back empty"
    );
}

#[test]
fn real_questions_repeat_only_what_was_asked_before() {
    let sessions = livemcp();
    let found = repeats(&sessions, &|_| None);
    for (session, past) in sessions.sessions.iter().zip(&found) {
        let Some(past) = past.and_then(|past| sessions.sessions.get(past as usize)) else {
            continue;
        };
        assert!(past.ended_at <= session.started_at && past.actor == session.actor);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| summary(&livemcp()))
    };
    assert_eq!(with(1), with(8));
}
