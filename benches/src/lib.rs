//! Benchmarks, quality measurements, instruction counts and their data generator.
//!
//! Start with [`generate::Generator`]: it writes dumps of any size that look like what the SDKs send, the same bytes for
//! the same seed. A million events (about 1.1 GB) take some seconds and a few megabytes of memory.
//!
//! ```
//! use mcp_insights_benches::generate::{Generator, Settings};
//!
//! let mut dump = Vec::new();
//! Generator::new(Settings { events: 500, distinct_intents: 20, ..Settings::default() }).write(&mut dump)?;
//! assert_eq!(dump.iter().filter(|byte| **byte == b'\n').count(), 500);
//! # Ok::<(), std::io::Error>(())
//! ```

/// As in the command.
#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod agreement;
pub mod gaps;
pub mod generate;
pub mod instructions;
#[cfg(feature = "k-means")]
pub mod k_means;
pub mod quality;
