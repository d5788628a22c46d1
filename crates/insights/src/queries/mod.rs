//! One file a query: pure functions of (engine, query, now).

pub(crate) mod export;
pub(crate) mod overview;
pub(crate) mod related;
pub(crate) mod searches;
pub(crate) mod sessions;
pub(crate) mod tools;
pub(crate) mod topics;
pub(crate) mod trace;
