//! What a baseline is for: a compiler and the processor that valgrind shows.

use std::fmt;

/// The compiler of this program and the instructions of the processor that it runs on, as far as the engine's own code
/// tells processors apart. Counts of two machines say nothing about each other.
///
/// ```
/// use mcp_insights_benches::instructions::Machine;
///
/// assert_eq!(Machine::new("AVX2").to_string(), format!("{}, AVX2", Machine::COMPILER));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine(String);

impl Machine {
    /// The compiler of this program and what it compiled for.
    pub const COMPILER: &'static str = env!("COMPILER");

    /// The machine with these instructions, as [`Machine::instructions`] names them where a stage runs.
    #[must_use]
    pub fn new(instructions: &str) -> Self {
        Self(format!("{}, {instructions}", Self::COMPILER))
    }

    /// The widest instructions that this process sees.
    #[must_use]
    pub fn instructions() -> &'static str {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni") {
                return "AVX-512";
            }
            if is_x86_feature_detected!("avx2") {
                return "AVX2";
            }
        }
        "portable"
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
