//! The report: one set of answers, shown on a terminal, as a page, or as JSON.

pub(crate) mod data;
pub(crate) mod html;
pub(crate) mod phrases;
pub(crate) mod reopen;
pub(crate) mod terminal;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod sample;
