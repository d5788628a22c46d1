//! Pieces of HTML pages. They have no script and no inline style, so that they stand under a strict content security
//! policy, and every text of a stranger in them is escaped.

pub mod breakdowns;
pub mod chart;
pub mod kpis;
pub mod parts;
pub mod sparkline;
pub mod trends;
