//! `man`: the manual pages.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;

use crate::arguments::{Arguments, Man};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::registry_file::write_whole;

pub(super) fn run(arguments: &Man) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    // Gives the subcommands the common options and their full names.
    command.build();
    if let Some(folder) = &arguments.folder {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::FileUnwritten { path: folder.clone(), error })?;
        write_pages(&command, folder)?;
        return Ok(Exit::Done);
    }
    let page = match &arguments.command {
        None => Page::new(command),
        Some(name) => {
            let found = command.find_subcommand(name);
            Page::new(found.cloned().ok_or_else(|| Failure::NoSuchCommand(name.clone()))?)
        }
    };
    let mut output = Output::stdout();
    output.bytes(&rendered(&page)?)?;
    output.finish()?;
    Ok(Exit::Done)
}

/// Writes the page of a command, and those of the commands below it.
fn write_pages(command: &Command, folder: &Path) -> Result<(), Failure> {
    let page = Page::new(command.clone());
    write_whole(&folder.join(page.get_filename()), &rendered(&page)?)?;
    let below = command.get_subcommands().filter(|command| command.get_name() != "help");
    for command in below {
        write_pages(command, folder)?;
    }
    Ok(())
}

fn rendered(page: &Page) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    page.render(&mut bytes)?;
    Ok(bytes)
}
