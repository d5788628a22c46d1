//! What the user typed. What it means for the engine is in [`meaning`].

pub(crate) mod choices;
pub(crate) mod examples;
pub(crate) mod meaning;
pub(crate) mod reading;
pub(crate) mod values;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ColorChoice, Parser, Subcommand};
use clap_complete::Shell;
use mcp_insights::Timestamp;

use choices::{
    Encoder, ExportRange, ExportRows, OnOff, OnOffAuto, Range, Role, SearchState, SessionSort,
    SessionView, TopicSort,
};
use reading::{Clock, Form, Reading, Window};

/// Insights from the usage events of MCP servers: topics, failed searches, sessions and KPIs.
///
/// Reads dumps of raw events (files, folders, globs or `-` for standard input; plain, gzip or zstd, told by content)
/// and answers from them. Nothing is sent anywhere and nothing is kept, except the registry where one is given.
#[derive(Debug, Parser)]
#[command(name = "mcp-insights", version, propagate_version = true, after_help = examples::ALL)]
#[command(subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// When to colour: `auto` colours a terminal, unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Common options"
    )]
    pub(crate) color: ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what an operator wants to look at: figures, trends, topics, failed searches, bad sessions
    #[command(after_help = examples::REPORT)]
    Report(Report),
    /// KPIs, trends, breakdowns and the first topics and failed searches, as JSON
    #[command(after_help = examples::OVERVIEW)]
    Overview(Overview),
    /// The recurring intents, as JSON
    #[command(after_help = examples::TOPICS)]
    Topics(Topics),
    /// One topic with sessions and related failed searches, as JSON; edits it where an edit is given
    #[command(after_help = examples::TOPIC)]
    Topic(Topic),
    /// Clusters of failed searches and what they say that the API lacks, as JSON
    #[command(after_help = examples::SEARCHES)]
    Searches(Searches),
    /// One cluster of failed searches, as JSON; edits it where an edit is given
    #[command(after_help = examples::SEARCH)]
    Search(Search),
    /// Sessions, newest or worst first, as JSON
    #[command(after_help = examples::SESSIONS)]
    Sessions(Sessions),
    /// One session in full: turns, events, calls, searches and why it was judged so, as JSON
    #[command(after_help = examples::TRACE)]
    Trace(Trace),
    /// Every row of one kind as NDJSON, for other tools
    #[command(after_help = examples::EXPORT)]
    Export(Export),
    /// Take event dumps into a folder of data, which `serve` serves and every command reads with --data
    #[command(after_help = examples::IMPORT)]
    Import(Import),
    /// Serve a folder of data over HTTP: the insights API, and what the SDKs send events to
    #[command(after_help = examples::SERVE)]
    Serve(Serve),
    /// Make, list and revoke the keys of a folder of data, also while it is served
    #[command(after_help = examples::KEYS, subcommand_required = true, arg_required_else_help = true)]
    Keys(Keys),
    /// Show and change the settings of a folder of data, also while it is served
    #[command(after_help = examples::SETTINGS)]
    Settings(Settings),
    /// Drop every event of an actor from a folder of data; no process may be writing it
    #[command(after_help = examples::FORGET_ACTOR)]
    ForgetActor(ForgetActor),
    /// Check every file of a folder of data, and say what to do where one is damaged
    #[command(after_help = examples::DOCTOR)]
    Doctor(Doctor),
    /// Check an event dump: events by kind, duplicates, every refused record with place and reason
    #[command(after_help = examples::VALIDATE)]
    Validate(Validate),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page, or write the pages of all commands into a folder
    #[command(after_help = examples::MAN)]
    Man(Man),
}

/// `report PATH...`
#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Write the report as one self-contained HTML page into this file, instead of showing it; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print the report for machines: the answers behind it as one JSON object
    #[arg(long, conflicts_with = "html")]
    pub(crate) json: bool,
    /// Indent the JSON
    #[arg(long, requires = "json")]
    pub(crate) pretty: bool,
    /// Rows of each list (topics, failed searches, sessions), 1 to 500
    #[arg(long, value_name = "N", default_value = "10", value_parser = values::limit)]
    pub(crate) top: u32,
    /// Columns of the page [default: those of the terminal, 80 where there is none]
    #[arg(long, value_name = "COLUMNS", value_parser = values::positive)]
    pub(crate) width: Option<usize>,
}

/// `overview PATH...`
#[derive(Debug, Args)]
pub(crate) struct Overview {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// `topics PATH...`
#[derive(Debug, Args)]
pub(crate) struct Topics {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
    /// What the list is sorted by
    #[arg(long, value_enum, default_value = "volume", help_heading = QUERY)]
    pub(crate) sort: TopicSort,
    /// Only topics that are unmet demand, or only those that are not
    #[arg(long, value_enum, value_name = "BOOL", help_heading = QUERY)]
    pub(crate) unmet_demand: Option<OnOff>,
    /// Only topics first seen at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = values::instant, help_heading = QUERY)]
    pub(crate) since: Option<Timestamp>,
    /// List archived topics too
    #[arg(long, value_name = "BOOL", value_enum, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", help_heading = QUERY)]
    pub(crate) include_archived: OnOff,
    /// Most rows, 1 to 500
    #[arg(long, value_name = "N", default_value = "50", value_parser = values::limit, help_heading = QUERY)]
    pub(crate) limit: u32,
    /// Say instead, a line each, what changed in the topics of the registry since this copy of it
    #[arg(long, value_name = "OLD", requires = "registry", conflicts_with = "data")]
    pub(crate) diff: Option<PathBuf>,
    /// With --diff: one JSON object a line
    #[arg(long, requires = "diff")]
    pub(crate) json: bool,
}

/// `topic ID PATH...`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("edit").multiple(true).requires("registry").conflicts_with_all(["range", "mcp_server_id", "data"]))]
pub(crate) struct Topic {
    /// Id of the topic, `top_…`
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Name the topic: 1 to 120 characters
    #[arg(long, value_name = "TEXT", group = "edit", help_heading = EDIT)]
    pub(crate) set_label: Option<String>,
    /// Give the topic its generated label back
    #[arg(long, group = "edit", conflicts_with = "set_label", help_heading = EDIT)]
    pub(crate) clear_label: bool,
    /// Say whether the topic is unmet demand; `auto` leaves it to the engine
    #[arg(long, value_enum, value_name = "BOOL", group = "edit", help_heading = EDIT)]
    pub(crate) set_unmet_demand: Option<OnOffAuto>,
    /// Take the topic off the lists
    #[arg(long, group = "edit", help_heading = EDIT)]
    pub(crate) archive: bool,
    /// Put the topic on the lists again
    #[arg(long, group = "edit", conflicts_with = "archive", help_heading = EDIT)]
    pub(crate) unarchive: bool,
}

/// `searches PATH...`
#[derive(Debug, Args)]
pub(crate) struct Searches {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Most rows, 1 to 500
    #[arg(long, value_name = "N", default_value = "50", value_parser = values::limit, help_heading = QUERY)]
    pub(crate) limit: u32,
}

/// `search ID PATH...`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("edit").multiple(true).requires("registry").conflicts_with_all(["range", "mcp_server_id", "data"]))]
pub(crate) struct Search {
    /// Id of the cluster, `sch_…`
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Say what became of it; a dismissed cluster leaves the lists
    #[arg(long, value_enum, value_name = "STATE", group = "edit", help_heading = EDIT)]
    pub(crate) set_state: Option<SearchState>,
    /// Note something, at most 2000 characters
    #[arg(long, value_name = "TEXT", group = "edit", help_heading = EDIT)]
    pub(crate) note: Option<String>,
    /// Remove the note
    #[arg(long, group = "edit", conflicts_with = "note", help_heading = EDIT)]
    pub(crate) clear_note: bool,
    /// Name the cluster: 1 to 120 characters
    #[arg(long, value_name = "TEXT", group = "edit", help_heading = EDIT)]
    pub(crate) set_label: Option<String>,
    /// Give the cluster its generated label back
    #[arg(long, group = "edit", conflicts_with = "set_label", help_heading = EDIT)]
    pub(crate) clear_label: bool,
}

/// `sessions PATH...`
#[derive(Debug, Args)]
pub(crate) struct Sessions {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) window: Window,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Which sessions
    #[arg(long, value_enum, default_value = "all", help_heading = QUERY)]
    pub(crate) view: SessionView,
    /// What the list is sorted by
    #[arg(long, value_enum, default_value = "recent", help_heading = QUERY)]
    pub(crate) sort: SessionSort,
    /// Only sessions in which a turn has this intent, byte for byte
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = QUERY)]
    pub(crate) intent: Option<String>,
    /// Only sessions with this failed search or capability request, byte for byte
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = QUERY)]
    pub(crate) search_miss: Option<String>,
    /// Only sessions of this topic
    #[arg(long, value_name = "ID", help_heading = QUERY)]
    pub(crate) topic: Option<String>,
    /// Only sessions with a search or capability request in this cluster
    #[arg(long, value_name = "ID", help_heading = QUERY)]
    pub(crate) search: Option<String>,
    /// Most rows, 1 to 500
    #[arg(long, value_name = "N", default_value = "50", value_parser = values::limit, help_heading = QUERY)]
    pub(crate) limit: u32,
    /// `next_cursor` of the page before; it pins the end of the window and the filters
    #[arg(long, value_name = "CURSOR", help_heading = QUERY)]
    pub(crate) cursor: Option<String>,
}

/// `trace ID PATH...`
#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Id of the session, `ses_…`
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// `export ROWS PATH...`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Which rows
    #[arg(value_enum, value_name = "ROWS")]
    pub(crate) rows: ExportRows,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Only what began in the window that ends now; `all` is everything
    #[arg(long, value_enum, default_value = "all", help_heading = QUERY)]
    pub(crate) range: ExportRange,
    /// Only rows of this MCP server
    #[arg(long, value_name = "ID", help_heading = QUERY)]
    pub(crate) mcp_server_id: Option<String>,
    #[command(flatten)]
    pub(crate) clock: Clock,
}

/// `import PATH... --data DIR`
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Event dumps: files, folders (searched through), globs, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// The folder of data; it is made where there is none
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Write the events to this MCP server, whatever they say
    #[arg(long, value_name = "ID")]
    pub(crate) mcp_server: Option<String>,
    /// What turns texts into vectors [default: that of the folder, accurate for a new one]
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) encoder: Option<Encoder>,
    /// Leave topics as they are, even where it is time to group anew
    #[arg(long)]
    pub(crate) no_recluster: bool,
    /// Print the account as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Threads to compute with, 1 to 1024 [default: one a processor]
    #[arg(long, value_name = "N", value_parser = values::threads)]
    pub(crate) threads: Option<usize>,
}

/// `forget-actor ID --data DIR`
#[derive(Debug, Args)]
pub(crate) struct ForgetActor {
    /// The actor, as events name him in `actor_id`
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// The folder of data
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Print what was dropped as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `doctor --data DIR`
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The folder of data; a process may be writing it
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Mend what is damaged first: what can be read stays, the damaged files are set aside. No process may be writing
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print the findings as one JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

/// `serve --data DIR`
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// The folder of data; it is made where there is none
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Where to listen: an address and a port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// What the API offers, to tell what is missing from what was only not found (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Vec<PathBuf>,
    /// What turns texts into vectors [default: that of the folder, accurate for a new one]
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) encoder: Option<Encoder>,
}

/// `keys`
#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// The subcommands of `keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and print it, this once
    #[command(after_help = examples::KEYS)]
    Create(CreateKey),
    /// List the keys, without their secrets
    List(ListKeys),
    /// Revoke a key, for good and at once
    Revoke(RevokeKey),
}

/// `keys create`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("kind").required(true).args(["role", "ingest"]))]
pub(crate) struct CreateKey {
    /// The folder of data; it is made where there is none
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Make a key for reading, and for what its role may do
    #[arg(long, value_enum, value_name = "ROLE")]
    pub(crate) role: Option<Role>,
    /// Make a key for sending events, as the SDKs do
    #[arg(long, requires = "mcp_server")]
    pub(crate) ingest: bool,
    /// The MCP server that the events are of, whatever they say
    #[arg(long, value_name = "ID", requires = "ingest", conflicts_with = "role")]
    pub(crate) mcp_server: Option<String>,
    /// What to call the key [default: its role or MCP server]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Print the key as one JSON object: {"id", "key"}
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keys list`
#[derive(Debug, Args)]
pub(crate) struct ListKeys {
    /// The folder of data
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Print the keys as one JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keys revoke ID`
#[derive(Debug, Args)]
pub(crate) struct RevokeKey {
    /// Id of the key, which `keys list` names
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// The folder of data
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// `settings --data DIR`
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The folder of data; it is made where something is set and there is none
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Set something, as retention_days=90; without it the settings are shown (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::assignment)]
    pub(crate) set: Vec<(String, String)>,
    /// Print the settings as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `validate PATH...`
#[derive(Debug, Args)]
#[command(mut_arg("data", |argument| argument.hide(true)))]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Print the account as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Indent the JSON
    #[arg(long, requires = "json")]
    pub(crate) pretty: bool,
}

/// `completions SHELL`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `man`
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is wanted [default: the page of mcp-insights itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) folder: Option<PathBuf>,
}

/// Help heading of the options that are an endpoint's query parameters.
pub(crate) const QUERY: &str = "Query options";
/// Help heading of the options that edit.
const EDIT: &str = "Edits (written to the registry)";

impl Topic {
    /// Whether anything is edited.
    pub(crate) fn edits(&self) -> bool {
        self.set_label.is_some()
            || self.clear_label
            || self.set_unmet_demand.is_some()
            || self.archive
            || self.unarchive
    }
}

impl Search {
    /// Whether anything is edited.
    pub(crate) fn edits(&self) -> bool {
        self.set_state.is_some()
            || self.note.is_some()
            || self.clear_note
            || self.set_label.is_some()
            || self.clear_label
    }
}

impl Window {
    /// The range, which is the contract's default where none is given.
    pub(crate) fn range(&self) -> Range {
        self.range.unwrap_or(Range::Week)
    }
}
