//! `doctor`: whether a folder of data is sound, and what to do where it is not.

use mcp_insights::{Finding, Severity, doctor, repair};
use mcp_insights_presentation::figures::counted;
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
            messages::warning(format_args!("{lost} could not be read and were given up"));
        }
    }
    let findings = doctor(&arguments.data);
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
