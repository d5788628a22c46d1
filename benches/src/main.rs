//! The command of the benches: generates dumps, measures quality and scale, counts instructions.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use mcp_insights_benches::generate::{Generator, Settings, Written};

mod commands;

/// Data and measurements for mcp-insights.
#[derive(Parser)]
#[command(name = "mcp-insights-benches", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// To add a measurement: a variant here, its arguments below, one arm in `main`.
#[derive(Subcommand)]
enum Command {
    /// Write a realistic dump of native events as NDJSON; equal options give equal bytes
    Generate(Generate),
    /// Compare topics with what people labelled: AMI, V-measure, ARI
    Quality(commands::quality::Quality),
    /// Compare verdicts on gaps (missing, or only not found) with queries that people labelled
    Gaps(commands::gaps::Gaps),
    /// Time a durable engine: batches taken in, and questions answered beside them
    #[cfg(feature = "store")]
    Ingest(commands::ingest::Ingest),
    /// Time embedding, grouping and labelling of many distinct texts
    Scale(commands::scale::Scale),
    /// Count the instructions of every stage under valgrind; fails where one takes over 5 % more than its baseline
    Instructions(commands::instructions::Instructions),
    /// Run one stage of `instructions` once, for a profiler
    Stage(commands::instructions::RunStage),
}

#[derive(Args)]
struct Generate {
    /// Lines with events
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    events: u64,
    /// Distinct intents to draw from
    #[arg(long, value_name = "D", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    distinct_intents: u32,
    /// File to write; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Another seed gives another dump of the same kind
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// MCP servers; with 1 the events name none
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    servers: u64,
    /// Days that the events span, ending with 30 June 2026
    #[arg(long, value_name = "D", default_value_t = 14, value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
    /// Lines that are no event, in addition
    #[arg(long, value_name = "N", default_value_t = 0)]
    malformed: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Generate(options) => generate(options)?,
        Command::Quality(options) => commands::quality::run(options)?,
        Command::Gaps(options) => commands::gaps::run(options)?,
        #[cfg(feature = "store")]
        Command::Ingest(options) => commands::ingest::run(options)?,
        Command::Scale(options) => commands::scale::run(options)?,
        Command::Instructions(options) => return commands::instructions::run(options),
        Command::Stage(options) => commands::instructions::run_stage(options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(options: &Generate) -> Result<(), String> {
    let generator = Generator::new(Settings {
        events: options.events,
        distinct_intents: options.distinct_intents as usize,
        seed: options.seed,
        servers: options.servers,
        days: options.days,
        malformed: options.malformed,
    });
    let began = Instant::now();
    let written = if options.out.as_os_str() == "-" {
        write(&generator, io::stdout().lock(), options.events)
    } else {
        File::create(&options.out).and_then(|file| write(&generator, file, options.events))
    };
    let written =
        written.map_err(|error| format!("cannot write {}: {error}", options.out.display()))?;
    eprintln!(
        "{} events, {} malformed lines, {} bytes in {:.1} s",
        written.events,
        written.malformed,
        written.bytes,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn write(generator: &Generator, out: impl Write, events: u64) -> io::Result<Written> {
    let terminal = io::stderr().is_terminal();
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let written = generator.write_with(&mut out, &mut |done| {
        if terminal {
            eprint!("\r{:3} %", done * 100 / events.max(1));
        }
    });
    if terminal {
        eprint!("\r");
    }
    written
}
