//! Rows of the snapshot as the contract shows them.

pub(crate) mod cluster;
pub(crate) mod session;
pub(crate) mod topic;
