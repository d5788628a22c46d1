//! `doctor`: whether a folder of data is sound, and what to do where it is not.

use std::path::Path;

use mcp_insights::{
    DocumentName, Documents, Finding, Folder, Registry, Settings, Severity, doctor,
    missing_records, repair,
};
use mcp_insights_presentation::figures::counted;
use mcp_insights_server::keys::Keys;
use serde::Serialize;

use crate::arguments::Doctor;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages;
use crate::output::{Form, Output};

pub(super) fn run(arguments: &Doctor) -> Result<Exit, Failure> {
    if arguments.repair {
        let repaired = repair(&arguments.data).map_err(mcp_insights::Error::from)?;
        for path in &repaired.set_aside {
            messages::warning(format_args!("set aside as {}", path.display()));
        }
        if repaired.lost > 0 {
            let lost = counted(repaired.lost, "record", "records");
            messages::warning(format_args!("given up, as it could not be read: {lost}"));
        }
    }
    let mut findings = doctor(&arguments.data);
    let unread = documents(&arguments.data);
    // What is no JSON was found already.
    findings.extend(
        unread
            .filter(|unread| findings.iter().all(|found| found.file != unread.file))
            .collect::<Vec<_>>(),
    );
    findings.extend(missing(&arguments.data));
    let mut output = Output::stdout();
    if arguments.json {
        let rows: Vec<Row<'_>> = findings.iter().map(Row::of).collect();
        output.json(&rows, Form::Compact)?;
    } else if findings.is_empty() {
        output.text("everything in the folder is sound\n")?;
    } else {
        let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        output.text(&lines)?;
    }
    output.finish()?;
    let is_sound = findings.iter().all(|finding| finding.severity == Severity::Note);
    Ok(if is_sound { Exit::Done } else { Exit::Rejected })
}

/// Records that were stored once and are not there.
fn missing(folder: &Path) -> Option<Finding> {
    // What keeps the folder from being opened is found by the storage.
    let missing = missing_records(folder).ok().filter(|missing| *missing > 0)?;
    let records = counted(missing, "record", "records");
    Some(Finding {
        file: Folder::log_files(folder),
        severity: Severity::Error,
        problem: format!(
            "{records} that the checkpoint has seen are missing at its end: a file was removed, emptied or cut"
        ),
        advice:
            "restore it from a copy before anything is written; what is left can be used as it is"
                .to_owned(),
    })
}

/// Documents that cannot be read for what they are: the storage knows nothing of what they say.
fn documents(folder: &Path) -> impl Iterator<Item = Finding> {
    let documents = Documents::open_read_only(folder).ok();
    DocumentName::ALL.into_iter().filter_map(move |name| {
        let documents = documents.as_ref()?;
        let content = documents.read(name).ok()??;
        let problem = problem(name, &content)?;
        Some(Finding {
            file: documents.path(name),
            severity: Severity::Error,
            problem,
            advice: "restore it from a copy; without it, what it held is as if never set"
                .to_owned(),
        })
    })
}

fn problem(name: DocumentName, content: &[u8]) -> Option<String> {
    match name {
        DocumentName::Registry => Registry::from_json(&String::from_utf8_lossy(content))
            .err()
            .map(|error| error.to_string()),
        DocumentName::Settings => {
            Settings::from_document(Some(content)).err().map(|error| error.to_string())
        }
        DocumentName::Keys => {
            Keys::from_document(Some(content)).err().map(|error| error.to_string())
        }
        // They are made anew where they are damaged.
        DocumentName::Vectors | DocumentName::Checkpoint => None,
    }
}

/// A finding for machines.
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    severity: String,
    problem: &'a str,
    advice: &'a str,
}

impl<'a> Row<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            file: finding.file.display().to_string(),
            severity: finding.severity.to_string(),
            problem: &finding.problem,
            advice: &finding.advice,
        }
    }
}
