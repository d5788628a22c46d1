//! The pages, one file each.

mod detail;
pub(crate) mod overview;
pub(crate) mod search;
pub(crate) mod searches;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod topic;
pub(crate) mod topics;
mod unlisted;
