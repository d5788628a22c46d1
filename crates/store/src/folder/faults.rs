//! What crashes and damage do to a folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::tests::{Given, Outcome, TINY, append, scanned, shown};
use super::*;
use crate::files::steps::{copies, copy};
use crate::{Severity, doctor, repair};

fn given(numbers: std::ops::Range<usize>) -> Vec<Given> {
    numbers.map(|number| Given::new(number, number % 3, number as i64)).collect()
}

/// The only file of a folder that ends so.
fn only(folder: &Path, extension: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    match list(folder, extension)?.as_slice() {
        [path] => Ok(path.clone()),
        paths => Err(format!("{} files", paths.len()).into()),
    }
}

fn is_damaged<T>(outcome: &Result<T, StoreError>, file: &Path) -> bool {
    matches!(outcome, Err(StoreError::Damaged { path, .. }) if path == file)
}

fn errors(folder: &Path) -> Vec<PathBuf> {
    let findings = doctor(folder).into_iter();
    findings
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.file)
        .collect()
}

#[test]
fn a_torn_write_is_cut_off_wherever_it_was_torn() -> Outcome {
    let place = tempfile::tempdir()?;
    let kept = given(0..2);
    {
        let folder = Folder::open(place.path())?;
        append(&folder, &kept)?;
    }
    let path = only(&place.path().join("log"), "wal")?;
    let before = fs::read(&path)?;
    append(&*Box::new(Folder::open(place.path())?), &given(2..4))?;
    let after = fs::read(&path)?;
    // Cut short, or of full length with pages that never arrived.
    let torn = (before.len()..after.len()).flat_map(|end| {
        let mut zeros = after.clone();
        zeros[end..].fill(0);
        [after[..end].to_vec(), zeros]
    });
    for (round, content) in torn.enumerate() {
        fs::write(&path, &content)?;
        let reader = Folder::open_read_only(place.path())?;
        assert_eq!(scanned(&reader)?.len(), 2, "round {round}");
        let found = doctor(place.path());
        let expected = usize::from(content[before.len()..].iter().any(|byte| *byte != 0));
        assert_eq!(found.len(), expected, "{found:?}");
        assert!(found.iter().all(|finding| finding.severity == Severity::Note), "{found:?}");

        let folder = Folder::open(place.path())?;
        assert_eq!(fs::read(&path)?, before);
        assert_eq!(append(&folder, &given(7..8))?, Sequence(2));
        assert_eq!(scanned(&folder)?.len(), 3);
        drop(folder);
        assert_eq!(doctor(place.path()), []);
    }
    Ok(())
}

#[test]
fn a_damaged_log_is_told_and_the_rest_of_it_readable() -> Outcome {
    let place = tempfile::tempdir()?;
    {
        let folder = Folder::open(place.path())?;
        for number in 0..3 {
            append(&folder, &given(number * 2..number * 2 + 2))?;
        }
    }
    let path = only(&place.path().join("log"), "wal")?;
    let content = fs::read(&path)?;
    let last = content.len() / 3;
    for at in 0..content.len() - last {
        let mut damaged = content.clone();
        damaged[at] ^= 4;
        fs::write(&path, &damaged)?;
        let opened = Folder::open(place.path());
        assert!(is_damaged(&opened, &path), "byte {at}: {opened:?}");
        assert!(errors(place.path()).contains(&path), "byte {at}");
        let reader = Folder::open_read_only(place.path())?;
        let (seen, outcome) = shown(&reader, 0);
        assert!(is_damaged(&outcome, &path), "byte {at}: {outcome:?}");
        assert!(seen.len() >= 4, "byte {at}: {seen:?}");
        assert_eq!(reader.fetch(&[Sequence(5)])?, [given(5..6)[0].json.as_bytes()]);
        assert_eq!(fs::read(&path)?, damaged, "nothing was changed");
    }
    Ok(())
}

#[test]
fn a_log_file_that_is_gone_is_missed() -> Outcome {
    let place = tempfile::tempdir()?;
    {
        let folder = Folder::open_with(place.path(), TINY)?;
        for number in 0..3 {
            append(&folder, &given(number * 6..number * 6 + 6))?;
        }
    }
    let paths = list(&place.path().join("log"), "wal")?;
    assert_eq!(paths.len(), 3);
    fs::remove_file(&paths[1])?;
    assert!(is_damaged(&Folder::open(place.path()), &paths[2]));
    assert_eq!(errors(place.path()), [paths[2].clone()]);
    assert_eq!(shown(&Folder::open_read_only(place.path())?, 0).0.len(), 12);
    Ok(())
}

/// A folder with two log files that are full, the bytes of the first, and where its index begins.
fn with_full_logs(place: &Path) -> Result<(PathBuf, Vec<u8>, usize), Box<dyn std::error::Error>> {
    {
        let folder = Folder::open_with(place, TINY)?;
        for number in 0..7 {
            append(&folder, &given(number * 2..number * 2 + 2))?;
        }
    }
    let paths = list(&place.join("log"), "wal")?;
    assert_eq!(paths.len(), 3);
    let content = fs::read(&paths[0])?;
    let index = content.windows(4).position(|bytes| bytes == b"\xFEIDX").ok_or("no index")?;
    Ok((paths[0].clone(), content, index))
}

#[test]
fn a_full_log_file_is_opened_by_its_index_and_its_damage_told_where_it_is() -> Outcome {
    let place = tempfile::tempdir()?;
    let (path, content, index) = with_full_logs(place.path())?;
    assert_eq!(doctor(place.path()), []);
    // The header of the file is what tells that it is one.
    for at in 24..index {
        let reader = Folder::open_read_only(place.path())?;
        let mut damaged = content.clone();
        damaged[at] ^= 4;
        fs::write(&path, &damaged)?;
        assert!(errors(place.path()).contains(&path), "byte {at}");
        let folder = Folder::open_with(place.path(), TINY)?;
        let (seen, outcome) = shown(&folder, 0);
        assert!(seen.len() >= 13, "byte {at}: {seen:?}");
        if seen.len() == 13 {
            assert!(is_damaged(&outcome, &path), "byte {at}: {outcome:?}");
            let lost = (0..14).find(|sequence| !seen.contains_key(sequence)).ok_or("none")?;
            assert!(is_damaged(&folder.fetch(&[Sequence(lost)]), &path), "byte {at}");
            assert!(is_damaged(&folder.compact(), &path), "byte {at}");
        } else {
            assert!(outcome.is_ok(), "byte {at}: {outcome:?}");
        }
        assert_eq!(folder.fetch(&[Sequence(13)])?, [given(13..14)[0].json.as_bytes()]);
        drop(folder);
        let repaired = repair(place.path())?;
        assert_eq!(repaired.lost, 14 - seen.len() as u64, "byte {at}");
        assert_eq!(scanned(&Folder::open_read_only(place.path())?)?, seen);
        assert_eq!(scanned(&reader)?, seen, "who looks again sees what was repaired");
        fs::remove_dir_all(place.path())?;
        with_full_logs(place.path())?;
    }
    Ok(())
}

#[test]
fn without_a_good_index_a_full_log_file_is_read() -> Outcome {
    let place = tempfile::tempdir()?;
    let (path, content, index) = with_full_logs(place.path())?;
    let all = scanned(&Folder::open_read_only(place.path())?)?;
    assert_eq!(all.len(), 14);
    let flipped = (index..content.len()).map(|at| {
        let mut damaged = content.clone();
        damaged[at] ^= 4;
        damaged
    });
    let torn = (index + 1..content.len()).flat_map(|end| {
        let mut zeros = content.clone();
        zeros[end..].fill(0);
        [content[..end].to_vec(), zeros]
    });
    for (round, damaged) in flipped.chain(torn).enumerate() {
        fs::write(&path, damaged)?;
        assert_eq!(scanned(&Folder::open_with(place.path(), TINY)?)?, all, "{round}");
        let found = doctor(place.path());
        assert!(
            matches!(found.as_slice(), [note] if note.severity == Severity::Note && note.file == path),
            "{round}: {found:?}"
        );
    }
    fs::write(&path, &content[..index])?;
    let folder = Folder::open_with(place.path(), TINY)?;
    assert_eq!(scanned(&folder)?, all);
    assert_eq!(doctor(place.path()).len(), 1, "who writes");
    folder.compact()?;
    assert_eq!(scanned(&folder)?, all);
    Ok(())
}

#[test]
fn a_log_file_with_an_index_takes_no_more() -> Outcome {
    let place = tempfile::tempdir()?;
    let (path, content, index) = with_full_logs(place.path())?;
    // As if the process had ended before the next file was made: with the whole index, or with zeros still behind it.
    for is_cut in [true, false] {
        for followed in list(&place.path().join("log"), "wal")?.iter().skip(1) {
            fs::remove_file(followed)?;
        }
        let zeros = vec![0; if is_cut { 0 } else { 40 }];
        fs::write(&path, [content.as_slice(), &zeros].concat())?;
        let folder = Folder::open_with(place.path(), Limits { log_records: 100, ..TINY })?;
        let files = if is_cut { 2 } else { 1 };
        for number in 6..9 {
            assert_eq!(append(&folder, &given(number..number + 1))?, Sequence(number as u64));
        }
        let all = scanned(&folder)?;
        assert_eq!(all.len(), 9);
        drop(folder);
        assert_eq!(list(&place.path().join("log"), "wal")?.len(), files);
        let begin = if is_cut { content.len() } else { index };
        assert_eq!(fs::read(&path)?[..begin], content[..begin]);
        assert_eq!(scanned(&Folder::open_with(place.path(), TINY)?)?, all);
        assert_eq!(doctor(place.path()), []);
    }
    Ok(())
}

#[test]
fn an_index_of_other_records_is_found() -> Outcome {
    let place = tempfile::tempdir()?;
    let (path, content, index) = with_full_logs(place.path())?;
    let other = tempfile::tempdir()?;
    {
        let folder = Folder::open_with(other.path(), TINY)?;
        let mut events = given(0..6);
        events[5].replaces = Some(0);
        for events in events.chunks(2) {
            append(&folder, events)?;
        }
        append(&folder, &given(6..7))?;
    }
    let others = fs::read(&list(&other.path().join("log"), "wal")?[0])?;
    assert_ne!(others[index..], content[index..]);
    fs::write(&path, [&content[..index], &others[index..]].concat())?;
    assert_eq!(errors(place.path()), [path.as_path()]);
    assert!(is_damaged(&Folder::open_with(place.path(), TINY)?.compact(), &path));
    assert_eq!(repair(place.path())?.lost, 0);
    assert_eq!(doctor(place.path()), []);
    assert_eq!(scanned(&Folder::open(place.path())?)?.len(), 14);
    Ok(())
}

#[test]
fn who_looks_again_sees_a_log_file_that_was_put_back() -> Outcome {
    let place = tempfile::tempdir()?;
    let (path, content, index) = with_full_logs(place.path())?;
    let mut damaged = content.clone();
    damaged[index - 1] ^= 4;
    fs::write(&path, &damaged)?;
    let reader = Folder::open_read_only(place.path())?;
    assert!(is_damaged(&reader.fetch(&[Sequence(5)]), &path));
    let copy = place.path().join("copy");
    fs::write(&copy, &content)?;
    if cfg!(unix) {
        // A copy may have the same time, too.
        let modified = fs::metadata(&path)?.modified()?;
        fs::File::options().write(true).open(&copy)?.set_modified(modified)?;
    }
    fs::rename(&copy, &path)?;
    assert_eq!(reader.fetch(&[Sequence(5)])?, [given(5..6)[0].json.as_bytes()]);
    Ok(())
}

#[test]
fn what_a_damaged_record_replaces_outlives_a_compaction() -> Outcome {
    let place = tempfile::tempdir()?;
    let limits = Limits { segment_events: 4, ..TINY };
    {
        let folder = Folder::open_with(place.path(), limits)?;
        append(&folder, &given(0..4))?;
        folder.compact()?;
        let mut events = given(4..10);
        events[0].replaces = Some(1);
        append(&folder, &events)?;
        append(&folder, &given(10..11))?;
    }
    let path = list(&place.path().join("log"), "wal")?[0].clone();
    let mut content = fs::read(&path)?;
    // A byte of the first record's text.
    content[100] ^= 4;
    fs::write(&path, &content)?;
    let folder = Folder::open_with(place.path(), limits)?;
    assert!(is_damaged(&folder.fetch(&[Sequence(4)]), &path));
    assert!(is_damaged(&folder.compact(), &path));
    drop(folder);
    assert_eq!(repair(place.path())?.lost, 1);
    let seen = scanned(&Folder::open_with(place.path(), limits)?)?;
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]);
    Ok(())
}

#[test]
fn records_that_are_gone_are_missed_before_a_file_without_any() -> Outcome {
    let place = tempfile::tempdir()?;
    with_full_logs(place.path())?;
    let paths = list(&place.path().join("log"), "wal")?;
    let (second, last) = (fs::read(&paths[1])?, fs::read(&paths[2])?);
    // Its last group, and its index with it.
    let groups = second.windows(4).enumerate().filter(|(_, bytes)| bytes == b"\xFEGRP");
    let group = groups.map(|(at, _)| at).next_back().ok_or("none")?;
    fs::write(&paths[1], &second[..group])?;
    fs::write(&paths[2], &last[..24])?;
    assert_eq!(errors(place.path()), [paths[2].as_path()]);
    assert!(is_damaged(&Folder::open_with(place.path(), TINY), &paths[2]));
    Ok(())
}

#[test]
fn a_damaged_segment_is_told_and_the_others_readable() -> Outcome {
    let place = tempfile::tempdir()?;
    let limits = Limits { segment_events: 4, ..TINY };
    let folder = Folder::open_with(place.path(), limits)?;
    append(&folder, &given(0..4))?;
    folder.compact()?;
    let path = only(&place.path().join("segments"), "parquet")?;
    append(&folder, &given(4..8))?;
    folder.compact()?;
    append(&folder, &given(8..9))?;
    drop(folder);
    assert_eq!(doctor(place.path()), []);

    let content = fs::read(&path)?;
    let mut hidden = 0;
    // No part that has a checksum of its own is shorter than the step.
    for at in (0..content.len()).step_by(4) {
        let mut damaged = content.clone();
        damaged[at] ^= 4;
        fs::write(&path, &damaged)?;
        assert!(errors(place.path()).contains(&path), "byte {at}");
        let folder = Folder::open_read_only(place.path())?;
        let (seen, outcome) = shown(&folder, 0);
        match outcome {
            // The damage is in a column that a scan does not need.
            Ok(()) => {
                hidden += 1;
                assert_eq!(seen.len(), 9);
            }
            outcome => {
                assert!(is_damaged(&outcome, &path), "byte {at}: {outcome:?}");
                assert_eq!(seen.into_keys().collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
                assert!(is_damaged(&folder.fetch(&[Sequence(2)]), &path));
            }
        }
        assert_eq!(folder.fetch(&[Sequence(6)])?, [given(6..7)[0].json.as_bytes()]);
    }
    assert!(hidden < content.len() / 8, "{hidden} of {}", content.len());
    fs::remove_file(&path)?;
    assert!(is_damaged(&Folder::open(place.path()), &path));
    assert_eq!(errors(place.path()), [path]);
    Ok(())
}

#[test]
fn a_damaged_manifest_is_told() -> Outcome {
    let place = tempfile::tempdir()?;
    append(&Folder::open(place.path())?, &given(0..2))?;
    let path = place.path().join("MANIFEST");
    let content = fs::read(&path)?;
    let mut damaged = content.clone();
    damaged[20] ^= 1;
    fs::write(&path, &damaged)?;
    assert!(is_damaged(&Folder::open(place.path()), &path));
    assert!(is_damaged(&Folder::open_read_only(place.path()), &path));
    assert_eq!(errors(place.path()), std::slice::from_ref(&path));
    fs::remove_file(&path)?;
    assert!(is_damaged(&Folder::open(place.path()), &path));
    assert_eq!(errors(place.path()), [path]);
    Ok(())
}

#[test]
fn documents_that_are_no_json_are_found() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    folder.write_document(DocumentName::Keys, b"{")?;
    folder.write_document(DocumentName::Vectors, b"{")?;
    drop(folder);
    assert_eq!(errors(place.path()), [place.path().join("documents/keys.json")]);
    Ok(())
}

/// A folder with several segments and log files, some of whose records are replaced by others.
fn prepare(place: &Path) -> Result<Folder, StoreError> {
    let folder = Folder::open_with(place, TINY)?;
    append(&folder, &given(0..7))?;
    append(&folder, &given(7..10))?;
    folder.compact()?;
    append(&folder, &given(10..20))?;
    folder.compact()?;
    let mut events = given(20..29);
    for (index, event) in events.iter_mut().enumerate() {
        event.replaces = [Some(3), None, Some(12), None, Some(20)].get(index).copied().flatten();
    }
    append(&folder, &events)?;
    append(&folder, &given(29..31))?;
    Ok(folder)
}

/// That a folder that was left by a crash holds what it held before, or some or all of what went is gone, and that it is whole when it
/// is opened again.
fn recovers(folder: &Path, first: &BTreeMap<u64, String>, last: &BTreeMap<u64, String>) -> Outcome {
    let reader = Folder::open_read_only(folder)?;
    let before = scanned(&reader)?;
    assert!(before.iter().all(|(sequence, json)| first.get(sequence) == Some(json)));
    assert!(last.iter().all(|(sequence, json)| before.get(sequence) == Some(json)));
    let severe = errors(folder);
    assert!(severe.is_empty(), "{severe:?}");
    let writer = Folder::open_with(folder, TINY)?;
    assert_eq!(scanned(&writer)?, before);
    assert_eq!(writer.next_sequence(), Sequence(31));
    drop(writer);
    assert_eq!(doctor(folder), []);
    let writer = Folder::open_with(folder, TINY)?;
    writer.compact()?;
    assert_eq!(scanned(&writer)?, before);
    let sequences: Vec<Sequence> = before.keys().map(|sequence| Sequence(*sequence)).collect();
    let json = writer.fetch(&sequences)?;
    assert!(json.iter().map(Vec::as_slice).eq(before.values().map(String::as_bytes)));
    Ok(())
}

#[test]
fn a_crash_at_any_step_of_a_change_of_segments_loses_and_doubles_nothing() -> Outcome {
    let changes: [(&str, fn(&Folder) -> Result<(), StoreError>); 3] = [
        ("compact", |folder| folder.compact().map(|_| ())),
        ("forget", |folder| folder.forget_actor("actor-1").map(|_| ())),
        ("drop", |folder| {
            folder.drop_before(Timestamp::from_micros(1_700_000_000_000_010)).map(|_| ())
        }),
    ];
    for (name, change) in changes {
        let place = tempfile::tempdir()?;
        let target = tempfile::tempdir()?;
        let folder = prepare(place.path())?;
        let before = scanned(&folder)?;
        let (outcome, copies) = copies(place.path(), target.path(), || change(&folder))?;
        outcome?;
        let after = scanned(&folder)?;
        assert_eq!(before == after, name == "compact");
        assert!(copies.len() >= 3, "{name}: {} steps", copies.len());
        for copy in copies {
            recovers(&copy, &before, &after)
                .map_err(|error| format!("{name}, {}: {error}", copy.display()))?;
        }
    }
    Ok(())
}

#[test]
fn a_reader_sees_all_while_a_writer_compacts() -> Outcome {
    let place = tempfile::tempdir()?;
    let folder = Folder::open_with(place.path(), TINY)?;
    append(&folder, &given(0..1))?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| -> Outcome {
        let reading = scope.spawn(|| -> Result<u64, StoreError> {
            let reader = Folder::open_read_only(place.path())?;
            let mut scans = 0;
            // Once more when the writer is done: on a busy machine it may be before this has begun.
            loop {
                let is_last = done.load(Ordering::Relaxed);
                let acknowledged = folder.next_sequence().0;
                let seen = scanned(&reader)?;
                let expected = 0..acknowledged.max(seen.len() as u64);
                assert!(seen.keys().copied().eq(expected), "{acknowledged}: {seen:?}");
                reader.fetch(&[Sequence(acknowledged - 1), Sequence(0)])?;
                scans += 1;
                if is_last {
                    return Ok(scans);
                }
            }
        });
        for number in 1..60 {
            append(&folder, &given(number * 10..number * 10 + 3))?;
            if number % 3 == 0 {
                folder.compact()?;
            }
        }
        done.store(true, Ordering::Relaxed);
        let scans = reading.join().map_err(|_| "the reader failed")??;
        assert!(scans > 0);
        Ok(())
    })
}

#[test]
fn a_copy_of_a_folder_is_a_store() -> Outcome {
    let place = tempfile::tempdir()?;
    let target = tempfile::tempdir()?;
    let folder = prepare(place.path())?;
    copy(place.path(), target.path())?;
    assert_eq!(scanned(&Folder::open(target.path())?)?, scanned(&folder)?);
    Ok(())
}

#[test]
fn a_repair_keeps_what_can_be_read_and_sets_the_rest_aside() -> Outcome {
    let place = tempfile::tempdir()?;
    let limits = Limits { segment_events: 8, log_records: 100, ..TINY };
    {
        let folder = Folder::open_with(place.path(), limits)?;
        append(&folder, &given(0..8))?;
        folder.compact()?;
        append(&folder, &given(8..16))?;
        folder.compact()?;
        for number in 8..12 {
            append(&folder, &given(number * 2..number * 2 + 2))?;
        }
    }
    assert_eq!(repair(place.path())?, crate::Repaired::default(), "nothing is wrong");
    // The first row group of the first segment, the second segment as a whole, and the second group of the log.
    let segments = list(&place.path().join("segments"), "parquet")?;
    let (first, second) = (segments[0].clone(), segments[1].clone());
    let mut content = fs::read(&first)?;
    content[6] ^= 1;
    fs::write(&first, &content)?;
    fs::remove_file(&second)?;
    let log = list(&place.path().join("log"), "wal")?[0].clone();
    let mut damaged = fs::read(&log)?;
    let second_group = damaged.windows(4).enumerate().filter(|(_, bytes)| bytes == b"\xFEGRP");
    let at = second_group.map(|(at, _)| at).nth(1).ok_or("one group")?;
    damaged[at + 5] ^= 1;
    fs::write(&log, &damaged)?;
    assert!(Folder::open_with(place.path(), limits).is_err());

    let repaired = repair(place.path())?;
    assert_eq!(repaired.lost, 4 + 8 + 2);
    let kept: Result<Vec<Vec<u8>>, _> = repaired.set_aside.iter().map(fs::read).collect();
    assert_eq!(kept?, [content, damaged]);
    let severe = errors(place.path());
    assert!(severe.is_empty(), "{severe:?}");
    let expected: BTreeMap<u64, String> = [4, 5, 6, 7, 16, 17, 20, 21, 22, 23]
        .into_iter()
        .map(|number: u64| (number, given(number as usize..number as usize + 1)[0].json.clone()))
        .collect();
    let folder = Folder::open_with(place.path(), limits)?;
    assert_eq!(scanned(&folder)?, expected);
    assert_eq!(append(&folder, &given(30..31))?, Sequence(24));
    folder.compact()?;
    drop(folder);
    assert_eq!(doctor(place.path()), []);
    assert_eq!(scanned(&Folder::open(place.path())?)?.len(), expected.len() + 1);
    assert_eq!(repair(place.path())?, crate::Repaired::default());
    Ok(())
}
