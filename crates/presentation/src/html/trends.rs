//! The trends, a chart each.

use maud::{Markup, html};
use mcp_insights_api as api;

use super::chart;
use super::parts::section;
use crate::charts;
use crate::trends::{self, Bucket, Series};

/// More bars than this cannot be told apart on a phone.
pub const MOST_BARS: usize = 46;

/// The section of all trends.
pub fn write(points: &api::Trends) -> Markup {
    let joined = charts::buckets_a_bar(points.points.len(), MOST_BARS);
    let buckets = trends::buckets(points, joined);
    let content = html! {
        div.charts {
            @for (index, series) in trends::series(points).iter().enumerate() {
                (figure(&format!("chart-{index}"), series, joined, &buckets))
            }
        }
    };
    let unit = trends::unit(points, joined);
    section("trends", "Trends", &format!("{unit}, UTC; a paler bar is cut by the window"), &content)
}

/// One series with its name and sum, so many buckets of it joined into one bar; `buckets` are those of the bars.
pub fn figure(id: &str, series: &Series, joined: usize, buckets: &[Bucket]) -> Markup {
    html! {
        figure {
            figcaption { strong { (series.name) } " " span.remark { (series.summary()) } }
            @if series.greatest() == 0 { p.remark { "None in this window." } }
            @else { (chart::draw(id, &series.by(joined), buckets)) }
        }
    }
}
