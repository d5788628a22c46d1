//! `report`: what an operator wants to look at.

use std::path::PathBuf;

use crate::arguments::Report as Arguments;
use crate::arguments::meaning::{self, Needs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Form, Output};
use crate::reading::{Loaded, load};
use crate::registry_file::write_whole;
use crate::report::data::{Answers, Input, NowSource, Question, Report};
use crate::report::reopen::Reopen;
use crate::report::{html, terminal};

/// Columns where nothing says how many there are.
const USUAL_WIDTH: usize = 80;

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let loaded = load(&arguments.reading, Needs::Figures)?;
    let report = gather(arguments, &loaded)?;
    if let Some(path) = &arguments.html {
        let page = html::render(&report);
        if path.as_os_str() == "-" {
            let mut output = Output::stdout();
            output.text(&page)?;
            output.finish()?;
        } else {
            write_whole(path, page.as_bytes())?;
        }
    } else if arguments.json {
        let mut output = Output::stdout();
        output.json(&report, Form::pretty(arguments.pretty))?;
        output.finish()?;
    } else {
        output::styled(&terminal::render(&report, width(arguments)))?;
    }
    Ok(loaded.exit())
}

/// Asks the engine for everything that the report shows.
fn gather(arguments: &Arguments, loaded: &Loaded) -> Result<Report, Failure> {
    let given = arguments.window.clock.now;
    let now = given.or_else(|| loaded.engine.default_now());
    let question = Question {
        range: arguments.window.range().into(),
        mcp_server_id: arguments.window.mcp_server_id.clone(),
        limit: meaning::limit(arguments.top),
    };
    let answers = now.map(|now| Answers::ask(&loaded.engine, &question, now)).transpose()?;
    let shown = |path: &PathBuf| path.display().to_string();
    let paths: Vec<String> = arguments.reading.paths.iter().map(shown).collect();
    let folder = arguments.reading.data.iter().map(shown);
    Ok(Report {
        now,
        now_source: match (given, now) {
            (Some(_), _) => NowSource::Given,
            (None, Some(_)) => NowSource::NewestEvent,
            (None, None) => NowSource::None,
        },
        input: Input::new(
            paths.iter().cloned().chain(folder).collect(),
            loaded.sources,
            loaded.engine.read_report(),
        ),
        answers,
        reopen: Reopen { paths, options: arguments.reading.words() },
    })
}

/// Columns of the page: as asked for, else those of the terminal.
fn width(arguments: &Arguments) -> usize {
    let terminal = || terminal_size::terminal_size_of(std::io::stdout());
    arguments.width.unwrap_or_else(|| terminal().map_or(USUAL_WIDTH, |(width, _)| width.0.into()))
}
