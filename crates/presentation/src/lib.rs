//! How answers of the insights API look to people: figures, phrases, charts and pieces of HTML that the report of the
//! command and the dashboard share.
//!
//! - [`figures`] writes numbers, spans and times; [`phrases`] makes sentences; [`kpis`] names each KPI and says whether its
//!   change is a good one.
//! - [`charts`] and [`trends`] are what a chart shows, whatever draws it; [`html`] draws it as SVG.
//! - [`printable`] makes the texts of strangers safe to print.
//!
//! ```
//! use mcp_insights_presentation::figures;
//!
//! assert_eq!(figures::counted(12_345, "session", "sessions"), "12,345 sessions");
//! assert_eq!(figures::percent(Some(0.128)), "13 %");
//! ```

pub mod charts;
pub mod figures;
pub mod html;
pub mod kpis;
pub mod phrases;
pub mod printable;
pub mod trends;

/// The style sheet of every page: colours for light, dark and paper, and the pieces of [`html`].
pub const STYLE: &str = include_str!("html/style.css");
