//! Figures of topics and search clusters over the sessions of a window, counted in one pass for all of them.

pub(crate) mod clusters;
pub(crate) mod cohort;
pub(crate) mod scope;
pub(crate) mod tools;
pub(crate) mod topics;
