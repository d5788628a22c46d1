//! `instructions`: fails where a stage takes more instructions than the baseline allows; `stage` runs one of them.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use mcp_insights_benches::instructions::{
    Baseline, Counts, InstructionsError, Machine, Run, Stage, compare, count, stages,
};
use rayon::prelude::*;

/// The cargo profile that baselines are for. Cargo puts what it builds into a folder of this name.
const PROFILE: &str = "instructions";

#[derive(Args)]
pub(crate) struct Instructions {
    /// The counts to compare with
    #[arg(long, value_name = "FILE", default_value = "benches/instructions.json")]
    baseline: PathBuf,
    /// Write the counts as the baseline of this compiler, whatever they are
    #[arg(long)]
    write: bool,
}

#[derive(Args)]
pub(crate) struct RunStage {
    /// Its name, as the baseline has it
    name: String,
}

pub(crate) fn run(options: &Instructions) -> Result<ExitCode, Box<dyn Error>> {
    let program = env::current_exe()?;
    if !is_of_profile(&program) {
        let hint = format!("cargo run --profile {PROFILE} -p mcp-insights-benches -- instructions");
        return Err(format!("baselines are for the profile {PROFILE}: {hint}").into());
    }
    let mut baseline = Baseline::read(&options.baseline)?;
    let (machine, now) = count_all(&program)?;
    let known = baseline.of(&machine);
    let comparison = compare(known.unwrap_or(&Counts::new()), &now);
    println!("Instructions with {machine}");
    print!("{comparison}");
    let path = options.baseline.display();
    if options.write {
        let counts = now.iter().map(|(stage, count)| ((*stage).to_owned(), *count));
        baseline.set(&machine, counts.collect());
        baseline.write(&options.baseline)?;
        println!("Written to {path}.");
        return Ok(ExitCode::SUCCESS);
    }
    if known.is_none() {
        println!("NOTHING WAS COMPARED: {path} has no counts of this compiler and processor.");
        for other in baseline.machines() {
            println!("It has those of {other}.");
        }
        println!("Add these with --write, on a commit that is known to be good.");
        return Ok(ExitCode::SUCCESS);
    }
    for line in comparison.advice() {
        println!("{line}");
    }
    Ok(if comparison.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn run_stage(options: &RunStage) -> Result<(), Box<dyn Error>> {
    let Some(stage) = Stage::named(&options.name) else {
        let names: Vec<&str> = stages().iter().map(|stage| stage.name).collect();
        return Err(format!("no stage {}; there are {}", options.name, names.join(", ")).into());
    };
    stage.run()?;
    println!("{}", Machine::instructions());
    Ok(())
}

/// The counts of all stages, and what they ran on. Other programs beside a stage do not change its count.
fn count_all(program: &Path) -> Result<(Machine, Vec<(&'static str, u64)>), InstructionsError> {
    let runs = stages().par_iter().map(|stage| Ok((stage.name, count(program, stage)?)));
    let runs: Vec<(&str, Run)> = runs.collect::<Result<_, InstructionsError>>()?;
    let seen = runs.first().map_or("no instructions", |(_, run)| run.instructions.as_str());
    Ok((Machine::new(seen), runs.iter().map(|(stage, run)| (*stage, run.count)).collect()))
}

fn is_of_profile(program: &Path) -> bool {
    program.parent().and_then(Path::file_name).is_some_and(|folder| folder == PROFILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_profile_is_told_by_its_folder() {
        let cases = [
            ("/target/instructions/mcp-insights-benches", true),
            ("/target/x86_64-unknown-linux-gnu/instructions/mcp-insights-benches", true),
            ("/target/release/mcp-insights-benches", false),
            ("/instructions/target/debug/mcp-insights-benches", false),
            ("instructions", false),
            ("", false),
        ];
        for (program, expected) in cases {
            assert_eq!(is_of_profile(Path::new(program)), expected, "{program}");
        }
    }
}
