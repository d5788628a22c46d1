//! `import`: dumps of events into a folder of data.

use mcp_insights::{Imported, Options};
use serde::Serialize;

use crate::arguments::Import;
use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages;
use crate::output::{Form, Output};
use crate::progress::Meter;
use crate::reading::start_threads;
use mcp_insights_presentation::figures::counted;

pub(super) fn run(arguments: &Import) -> Result<Exit, Failure> {
    start_threads(arguments.threads)?;
    let inputs = mcp_insights::expand(&arguments.paths)?;
    let meter = Meter::start();
    let options = Options::default();
    let folder = DataFolder::open(&arguments.data, arguments.encoder, options, &meter)?;
    let server = arguments.mcp_server.as_deref();
    let imported = folder.engine.import(inputs, server, &|progress| meter.show(&progress));
    let imported = imported?;
    let grouped = !arguments.no_recluster && folder.engine.wants_recluster();
    if grouped {
        folder.engine.recluster()?;
    }
    if folder.engine.wants_compact()? {
        folder.engine.compact()?;
    }
    folder.engine.checkpoint()?;
    folder.save_vectors();
    meter.finish();
    messages::left_out(&imported.unreadable, &imported.rejections);
    let account = Account::new(&imported, grouped);
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&account, Form::Compact)?;
    } else {
        output.text(&account.in_words())?;
    }
    output.finish()?;
    Ok(if imported.unreadable.is_empty() { Exit::Done } else { Exit::Unusable })
}

/// What an import took in.
#[derive(Serialize)]
struct Account {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    reclustered: bool,
}

impl Account {
    fn new(imported: &Imported, reclustered: bool) -> Self {
        Self {
            accepted: imported.accepted,
            duplicates: imported.duplicates,
            rejected: imported.rejections.len() as u64,
            reclustered,
        }
    }

    fn in_words(&self) -> String {
        let new = counted(self.accepted - self.duplicates, "new event", "new events");
        let grouped = if self.reclustered { "; topics were grouped anew" } else { "" };
        format!("{new}, {} known already, {} refused{grouped}\n", self.duplicates, self.rejected)
    }
}
