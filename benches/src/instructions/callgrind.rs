//! Runs of a stage under valgrind's tool callgrind.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{InstructionsError, Stage, measured};

/// One stage under callgrind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Instructions of what is measured; its preparation is none of it.
    pub count: u64,
    /// The instructions of the processor, as the stage saw them.
    pub instructions: String,
}

/// Runs `program stage NAME` under callgrind.
///
/// # Errors
/// Where valgrind is missing, the stage fails, or nothing was counted.
pub fn count(program: &Path, stage: &Stage) -> Result<Run, InstructionsError> {
    let stage = stage.name;
    let folder = tempfile::tempdir()
        .map_err(|source| InstructionsError::File { path: env::temp_dir(), source })?;
    let profile = folder.path().join("profile");
    let done = command(program, stage, &profile).output().map_err(InstructionsError::Valgrind)?;
    if !done.status.success() {
        let message = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        return Err(InstructionsError::Stage { stage, message });
    }
    let text = fs::read_to_string(&profile)
        .map_err(|source| InstructionsError::File { path: profile, source })?;
    // None at all means that callgrind did not find the function, not that it took no instructions.
    let count =
        total(&text).filter(|count| *count > 0).ok_or(InstructionsError::NoCount { stage })?;
    let instructions = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    Ok(Run { count, instructions })
}

fn command(program: &Path, stage: &str, profile: &Path) -> Command {
    let mut output = OsString::from("--callgrind-out-file=");
    output.push(profile);
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--toggle-collect={}", measured::NAME))
        .arg(output)
        .arg(program)
        .args(["stage", stage])
        .stdin(Stdio::null())
        // Variables lie on the stack, and the seeds of hash maps depend on its addresses.
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        // The usual value. Unless it is given, glibc changes it with each block that is freed, and whether a vector is copied
        // when it grows would depend on that.
        .env("MALLOC_MMAP_THRESHOLD_", "131072");
    command
}

/// The instructions of all of callgrind's output: its line `totals`, where instructions (`Ir`) are the first event.
fn total(profile: &str) -> Option<u64> {
    let value = |key: &str| profile.lines().find_map(|line| line.strip_prefix(key));
    if value("events:")?.split_whitespace().next()? != "Ir" {
        return None;
    }
    value("totals:")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_a_profile() {
        let cases = [
            ("version: 1\nevents: Ir\nsummary: 12\n\nfn=(1) a\n1 12\n\ntotals: 12\n", Some(12)),
            ("events: Ir Dr Dw\nfn=(1) a\n1 40 2 1\ntotals: 40 2 1\n", Some(40)),
            ("events: Ir\ntotals: 0\n", Some(0)),
            ("events: Ir\ntotals: 18446744073709551615\n", Some(u64::MAX)),
            ("events: Ir\nfn=(1) totals: 4\n", None),
            ("events: Dr Ir\ntotals: 2 40\n", None),
            ("events: Ir\ntotals: many\n", None),
            ("events: Ir\ntotals:\n", None),
            ("totals: 12\n", None),
            ("", None),
        ];
        for (profile, expected) in cases {
            assert_eq!(total(profile), expected, "{profile}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_says_so() {
        let stage = Stage { name: "none", work: || Ok(()) };
        let done = count(Path::new("/no/such/program"), &stage);
        // The former where valgrind is there.
        assert!(matches!(
            done,
            Err(InstructionsError::Stage { stage: "none", .. } | InstructionsError::Valgrind(_))
        ));
    }
}
