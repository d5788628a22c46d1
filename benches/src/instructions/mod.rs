//! Instruction counts: what each stage of the engine costs, told without a clock.
//!
//! Seconds of a shared machine are too noisy to fail a change on. Valgrind's tool callgrind counts the instructions that a
//! program runs, nearly the same number in every run. [`stages`] are run one by one under it, and [`compare`] holds their
//! counts against the [`Baseline`] that is committed.
//!
//! What keeps the counts the same on every machine:
//! - Code that chooses its instructions at run time (ours, memchr's, the system library's) asks the processor, and valgrind
//!   answers for one of its own: the same wherever the real one has AVX2, and without AVX-512. So AVX2 is what is counted, and no
//!   code has to know. What a stage saw is part of the [`Machine`], which has a baseline or none.
//! - So is the compiler.
//! - Inputs are generated from a seed, and all runs on one thread, with fixed environment variables. What is left are the seeds
//!   of hash maps, which are made from addresses: other code gives others, and some tenths of a per cent.
//!
//! gungraun, which does much the same, is not used: its runner has to be installed in the version of its library, so CI would
//! build it in each run, and its baselines are folders of profiles that know no compiler, not a file that a reviewer
//! can read.

mod baseline;
mod callgrind;
mod comparison;
mod machine;
mod measured;
mod stages;

pub use baseline::{Baseline, Counts};
pub use callgrind::{Run, count};
pub use comparison::{Comparison, MOST_MORE, Row, Verdict, compare};
pub use machine::Machine;
pub use stages::{Stage, stages};

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why instructions could not be counted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InstructionsError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The baseline is no JSON of the expected shape.
    #[error("{path}: no baseline: {source}")]
    Baseline {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Valgrind could not be started.
    #[error("cannot run valgrind ({0}); is it installed?")]
    Valgrind(io::Error),
    /// A stage failed under valgrind.
    #[error("stage {stage} failed: {message}")]
    Stage {
        /// The stage.
        stage: &'static str,
        /// What it or valgrind said.
        message: String,
    },
    /// Callgrind's output tells no number of instructions.
    #[error("stage {stage}: callgrind counted no instructions")]
    NoCount {
        /// The stage.
        stage: &'static str,
    },
}
