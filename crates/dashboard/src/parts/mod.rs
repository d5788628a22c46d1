//! Pieces that several pages are made of.

pub(crate) mod choosers;
pub(crate) mod clusters;
pub(crate) mod facts;
pub(crate) mod fields;
pub(crate) mod long_text;
pub(crate) mod sessions;
pub(crate) mod topics;
