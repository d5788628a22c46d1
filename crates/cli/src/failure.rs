//! Why the command could not do what was asked.

use mcp_insights::RegistryError;
use std::io;
use std::path::PathBuf;

use crate::exit::Exit;

/// An error that ends the command. Its message says what was wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The engine gave no answer.
    #[error(transparent)]
    Engine(#[from] mcp_insights::Error),
    /// An input cannot be read.
    #[error(transparent)]
    Input(#[from] mcp_insights::ReadError),
    /// The first refused record under `--strict`.
    #[error("{0}")]
    Refused(String),
    /// Inputs that cannot be read under `--strict`; they were named already.
    #[error(
        "stopped, because --strict takes nothing but whole input; leave it out to go on without what cannot be read"
    )]
    Incomplete,
    /// There is no event, and so no time that could be now.
    #[error(
        "the input holds no event, so there is no window to answer for; say which one with --now TIME"
    )]
    NoEvents,
    /// The registry cannot be read.
    #[error("cannot read the registry {}: {error}; give a file that may be read, or one that is not there yet", .path.display())]
    RegistryUnread {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The registry is none.
    #[error("{} is no registry: {error}; give the file that --registry wrote, or one that is not there yet", .path.display())]
    NoRegistry {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        error: serde_json::Error,
    },
    /// The registry is one that cannot be used.
    #[error("{}: {error}", .path.display())]
    RegistryBroken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: RegistryError,
    },
    /// Ids that were made with another encoder than the one that is asked for.
    #[error("the ids in {} were made with --encoder {made_with}, and ids of two encoders never mix; leave --encoder out, or begin anew elsewhere", .place.display())]
    OtherEncoder {
        /// The registry or the folder of data.
        place: PathBuf,
        /// The name of the encoder.
        made_with: String,
    },
    /// Another run has written the registry.
    #[error("the registry {} was written by another run meanwhile; run this again", .path.display())]
    RegistryChanged {
        /// The file.
        path: PathBuf,
    },
    /// Two registries of which ids cannot be compared.
    #[error("the registry {} was made with another encoder, and ids of two encoders never mix", .path.display())]
    RegistryUnlike {
        /// The file.
        path: PathBuf,
    },
    /// A catalog that cannot be read.
    #[error("cannot read the catalog {}: {error}", .path.display())]
    CatalogUnread {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A catalog that is none.
    #[error("{}: {error}", .path.display())]
    CatalogBroken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: mcp_insights::CatalogError,
    },
    /// A file that was to be written.
    #[error("cannot write {}: {error}; give a place that may be written to", .path.display())]
    FileUnwritten {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A folder of data where a dump is asked for.
    #[error(
        "`validate` checks dumps of events; `mcp-insights doctor --data DIR` checks a folder of data"
    )]
    NoDump,
    /// No command of that name, for a manual page.
    #[error(
        "there is no command `{0}` to show the manual page of; `mcp-insights --help` lists the commands"
    )]
    NoSuchCommand(String),
    /// The folder of data cannot be read or written.
    #[error(transparent)]
    Store(#[from] mcp_insights::StoreError),
    /// Keys cannot be read or changed.
    #[error(transparent)]
    Keys(#[from] mcp_insights_server::keys::KeysError),
    /// The settings are none.
    #[error(transparent)]
    Settings(#[from] mcp_insights::SettingsError),
    /// A setting that is none.
    #[error("{0}")]
    Setting(String),
    /// The server cannot start.
    #[error(transparent)]
    Server(#[from] mcp_insights_server::ServerError),
    /// The threads cannot be started.
    #[error("cannot start the threads: {0}; try a smaller --threads")]
    Threads(String),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The exit status that says so.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::Rejected,
            // Who reads no further, as `head` does, has got what was asked for.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            _ => Exit::Unusable,
        }
    }

    /// Whether there is anything to say about it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.exit() == Exit::Done
    }
}
