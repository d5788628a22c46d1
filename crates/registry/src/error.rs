//! What can be wrong with a registry.

/// Why a registry cannot be used, or an edit not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The text is no registry at all.
    #[error("not a registry: {0}; give a file that this program wrote, or none to begin anew")]
    Malformed(#[source] serde_json::Error),
    /// The registry has another version than this program reads.
    #[error(
        "the registry has version {found}, this program reads version {known}; use the program that wrote it, or a newer one"
    )]
    Version {
        /// The version that it carries.
        found: u64,
        /// The version that is understood.
        known: u64,
    },
    /// The parts of the registry contradict each other.
    #[error("the registry contradicts itself: {what} of {id}; restore it from a copy")]
    Inconsistent {
        /// What is wrong.
        what: &'static str,
        /// The id that it is wrong with.
        id: String,
    },
    /// The registry was made with another embedder, so its ids mean nothing here.
    #[error(
        "the registry was made with the embedder {recorded}, this engine uses {asked}; use {recorded}, or begin a new registry"
    )]
    Embedder {
        /// The embedder that the registry records.
        recorded: String,
        /// The embedder of the engine.
        asked: String,
    },
    /// The id was never known.
    #[error("no entry of the registry has the id {id}")]
    UnknownId {
        /// The id as asked for.
        id: String,
    },
}
