//! What a caller may set about reading an event.

/// Settings of [`observe`](fn@crate::observe) and [`Extractor`](crate::Extractor).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Names of tools that are search tools whatever their name says, compared exactly.
    pub search_include: Vec<String>,
    /// Names of tools that are no search tools whatever their name says. It beats the list above.
    pub search_exclude: Vec<String>,
    /// How many characters of an agent's thinking are kept to infer an intent from.
    pub analysed_chars: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { search_include: Vec::new(), search_exclude: Vec::new(), analysed_chars: 2_000 }
    }
}
