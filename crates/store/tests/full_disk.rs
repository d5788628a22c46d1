//! A disk that is full, and one that cannot be written to: a small one of its own, where the test may mount it.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use mcp_insights_events::Timestamp;
use mcp_insights_store::{Folder, NewEvent, Sequence, Storage, StoreError, doctor};

/// One test at a time: a process that another one starts holds what this one has open until it runs, a lock of a folder
/// among it.
static ALONE: Mutex<()> = Mutex::new(());

/// A file system of so many bytes, or none where this user may not mount one.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(path: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(path);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self(path))
    }

    fn remount(&self, how: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{how}")]).arg(self.0);
        mount.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

fn append(folder: &Folder, count: usize) -> Result<Sequence, StoreError> {
    let json = format!(r#"{{"text":"{}"}}"#, "word ".repeat(200));
    let event = NewEvent {
        json: json.as_bytes(),
        event_id: "e",
        kind: "tool_call",
        actor_id: "a",
        mcp_server_id: None,
        session_id_hint: None,
        tool_name: None,
        started_at: Timestamp::from_micros(1_700_000_000_000_000),
        duration_ms: None,
        ok: None,
        is_workflow: false,
        replaces: None,
    };
    folder.append(&vec![event; count])
}

fn sequences(folder: &Folder) -> Result<Vec<u64>, StoreError> {
    let seen = Mutex::new(Vec::new());
    folder.scan(Sequence(0), &|records| {
        let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.extend(records.iter().map(|record| record.sequence.0));
    })?;
    let mut seen = seen.into_inner().unwrap_or_default();
    seen.sort_unstable();
    Ok(seen)
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() -> Result<(), Box<dyn Error>> {
    let _alone = ALONE.lock();
    let place = tempfile::tempdir()?;
    let Some(mount) = Mount::new(place.path()) else {
        eprintln!("skipped: a small file system cannot be mounted, which needs root");
        return Ok(());
    };
    let (data, filler) = (place.path().join("data"), place.path().join("filler"));
    let folder = Folder::open(&data)?;
    fs::write(&filler, vec![0; 200_000])?;
    let mut acknowledged = 0;
    let refused = loop {
        match append(&folder, 5) {
            Ok(first) => {
                assert_eq!(first.0, acknowledged);
                acknowledged += 5;
            }
            Err(error) => break error,
        }
        assert!(acknowledged < 10_000, "the disk never fills");
    };
    assert!(matches!(refused, StoreError::Io { .. }), "{refused}");
    assert!(refused.to_string().contains("No space left"), "{refused}");
    let expected: Vec<u64> = (0..acknowledged).collect();
    assert_eq!(sequences(&folder)?, expected);

    // No room for a segment either: it says so, and nothing changes.
    fill(&filler)?;
    let compacted = folder.compact();
    assert!(matches!(compacted, Err(StoreError::Io { .. })), "{compacted:?}");
    assert_eq!(sequences(&folder)?, expected);
    assert_eq!(sequences(&Folder::open_read_only(&data)?)?, expected);

    // With room it goes on where it was.
    fs::remove_file(&filler)?;
    assert_eq!(append(&folder, 3)?.0, acknowledged);
    folder.compact()?;
    let expected: Vec<u64> = (0..acknowledged + 3).collect();
    assert_eq!(sequences(&folder)?, expected);
    drop(folder);
    assert_eq!(doctor(&data), []);
    assert_eq!(sequences(&Folder::open(&data)?)?, expected);

    // A folder that cannot be written to can be read.
    assert!(mount.remount("ro"));
    assert!(matches!(Folder::open(&data), Err(StoreError::Io { .. })));
    assert_eq!(sequences(&Folder::open_read_only(&data)?)?, expected);
    assert_eq!(doctor(&data), []);
    Ok(())
}

#[test]
fn a_log_file_that_got_no_record_yet_outlives_a_compaction() -> Result<(), Box<dyn Error>> {
    let _alone = ALONE.lock();
    let place = tempfile::tempdir()?;
    let Some(_mount) = Mount::new(place.path()) else {
        eprintln!("skipped: a small file system cannot be mounted, which needs root");
        return Ok(());
    };
    let (data, filler) = (place.path().join("data"), place.path().join("filler"));
    let folder = Folder::open(&data)?;
    fill(&filler)?;
    // Room for the header of a log file, and not for the events.
    let file = fs::OpenOptions::new().write(true).open(&filler)?;
    file.set_len(file.metadata()?.len() - 8192)?;
    drop(file);
    assert!(append(&folder, 20).is_err());
    assert_eq!(fs::read_dir(data.join("log"))?.count(), 1);
    fs::remove_file(&filler)?;
    folder.compact()?;
    append(&folder, 20)?;
    folder.compact()?;
    append(&folder, 1)?;
    drop(folder);
    assert_eq!(sequences(&Folder::open(&data)?)?, (0..21).collect::<Vec<u64>>());
    Ok(())
}

/// Fills what is left of a disk.
fn fill(filler: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(filler)?;
    while file.write_all(&[0; 512]).is_ok() {}
    Ok(())
}
