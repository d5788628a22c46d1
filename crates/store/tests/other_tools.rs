//! Segments are read by other tools: DuckDB, where `python3` has it.

use std::error::Error;
use std::process::Command;

use mcp_insights_events::Timestamp;
use mcp_insights_store::{Folder, NewEvent, Storage};

/// Prints the types of the columns, some values, and how the library reads times and JSON.
const QUERY: &str = r#"
import sys
try:
    import duckdb
except ImportError:
    sys.exit(77)
read = f"read_parquet('{sys.argv[1]}/segments/*.parquet')"
for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {read}").fetchall():
    print(name, kind)
duckdb.sql("SET TimeZone = 'UTC'")
print(duckdb.sql(f"""
    SELECT list(sequence ORDER BY started_at, sequence), list(strftime(started_at, '%Y-%m-%dT%H:%M:%S.%f') ORDER BY sequence)[1],
           sum(duration_ms), count(ok), list(event->>'text' ORDER BY sequence), list(mcp_server_id ORDER BY sequence)
    FROM {read}""").fetchall()[0])
"#;

const EXPECTED: &str = "sequence BIGINT
replaces BIGINT
started_at TIMESTAMP WITH TIME ZONE
event_id VARCHAR
kind VARCHAR
actor_id VARCHAR
mcp_server_id VARCHAR
session_id_hint VARCHAR
tool_name VARCHAR
duration_ms BIGINT
ok BOOLEAN
is_workflow BOOLEAN
event VARCHAR
([2, 1, 0], '2023-11-14T22:13:20.000002', 5, 1, ['größer 0', 'größer 1', 'größer 2'], ['server', None, None])
";

#[test]
fn duckdb_reads_segments() -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    for number in 0..3_u64 {
        let json = format!(r#"{{"text":"größer {number}"}}"#);
        let time = 1_700_000_000_000_002 - number as i64;
        folder.append(&[NewEvent {
            json: json.as_bytes(),
            event_id: &number.to_string(),
            kind: "tool_call",
            actor_id: "a",
            mcp_server_id: Some("server").filter(|_| number == 0),
            session_id_hint: None,
            tool_name: Some("tool"),
            started_at: Timestamp::from_micros(time),
            duration_ms: Some(5).filter(|_| number == 1),
            ok: Some(true).filter(|_| number == 2),
            is_workflow: false,
            replaces: None,
        }])?;
    }
    folder.compact()?;
    let run = Command::new("python3").args(["-c", QUERY]).arg(place.path()).output();
    let output = match run {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: there is no python3 ({error})");
            return Ok(());
        }
    };
    if output.status.code() == Some(77) {
        eprintln!("skipped: python3 has no package duckdb");
        return Ok(());
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout)?, EXPECTED);
    Ok(())
}
