//! The trends, a chart each.

use maud::{Markup, html};
use mcp_insights_api as api;

use super::chart;
use super::parts::section;
use crate::charts;
use crate::trends;

/// More bars than this cannot be told apart on a phone.
const MOST_BARS: usize = 46;

/// The section of all trends.
pub fn write(points: &api::Trends) -> Markup {
    let joined = charts::buckets_a_bar(points.points.len(), MOST_BARS);
    let buckets = trends::buckets(points, joined);
    let content = html! {
        div.charts {
            @for (index, series) in trends::series(points).iter().enumerate() {
                figure {
                    figcaption { strong { (series.name) } " " span.remark { (series.summary()) } }
                    @if series.greatest() == 0 { p.remark { "None in this window." } }
                    @else { (chart::draw(&format!("chart-{index}"), &series.by(joined), &buckets)) }
                }
            }
        }
    };
    let unit = trends::unit(points, joined);
    section("trends", "Trends", &format!("{unit}, UTC; a paler bar is cut by the window"), &content)
}
