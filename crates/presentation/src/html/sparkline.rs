//! A trend as a row of little bars.

use maud::{Markup, html};
use mcp_insights_api as api;

use crate::charts::{self, Joined, Values};

const WIDTH: u64 = 84;
const HEIGHT: u64 = 22;
const MOST_BARS: usize = 28;

/// Draws the sessions of a topic or cluster over the window.
pub fn draw(trend: &api::Trend) -> Markup {
    let all: Values = trend.sparkline.iter().copied().map(Some).collect();
    let values = charts::join(&all, charts::buckets_a_bar(all.len(), MOST_BARS), Joined::Sum);
    let top = values.iter().flatten().copied().max().unwrap_or(0);
    let count = values.len().max(1) as u64;
    let told: Vec<String> = trend.sparkline.iter().map(u64::to_string).collect();
    let told = format!("sessions over time: {}", told.join(", "));
    html! {
        svg.spark viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) role="img" aria-label=(told) {
            title { (told) }
            @for (index, value) in values.iter().flatten().enumerate() {
                @let left = WIDTH * index as u64 / count;
                @let right = WIDTH * (index as u64 + 1) / count;
                @let height = charts::steps(*value, top, HEIGHT - 2).max(1);
                rect class=(if *value == 0 { "none" } else { "bar" }) x=(left) y=(HEIGHT - height) width=((right - left).saturating_sub(1).max(1)) height=(height) {}
            }
        }
    }
}
