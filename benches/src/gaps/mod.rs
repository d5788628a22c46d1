//! Whether verdicts on gaps are right: queries that people labelled with the tool that serves them, against a catalog
//! with that tool, and against one without it.

pub mod bm25;
pub mod figures;
pub mod livemcp;
pub mod logistic;
pub mod samples;
