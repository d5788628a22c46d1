//! Charts as SVG: bars for counts, a line for latencies, both with axes and a title on each bucket.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::charts::{self, Joined};
use crate::trends::{Bucket, Series, Tone};

/// Size of a chart in units of its own; the page scales it to about one unit a pixel.
const WIDTH: u64 = 360;
const HEIGHT: u64 = 160;
/// The plot within it.
const LEFT: u64 = 46;
const RIGHT: u64 = 354;
const TOP: u64 = 10;
const BOTTOM: u64 = 136;
/// Heights are told apart to a tenth of a unit.
const TENTHS: u64 = 10;
/// Half of the widest name on the time axis.
const ROOM: u64 = 17;
/// Most names on the time axis.
const MOST_NAMES: usize = 7;

/// Draws a series over its buckets.
pub fn draw(id: &str, series: &Series, buckets: &[Bucket]) -> Markup {
    let top = series.top();
    let summary = format!("{}: {}", series.name, series.summary());
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } class=(class(series.tone)) {
            title id={ (id) "-title" } { (summary) }
            desc id={ (id) "-desc" } { (description(series, buckets)) }
            (axes(series, top))
            @match series.joined {
                Joined::Sum => (bars(series, buckets, top)),
                Joined::Greatest => (line(series, buckets, top)),
            }
            (names(buckets))
        }
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Volume => "chart volume",
        Tone::Trouble => "chart trouble",
        Tone::Time => "chart time",
    }
}

/// The figures in words, for those who do not see the chart.
fn description(series: &Series, buckets: &[Bucket]) -> String {
    let mut text = String::new();
    for (value, bucket) in series.values.iter().zip(buckets) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}: {}. ", bucket.name, series.text(*value));
    }
    text.trim_end().to_owned()
}

/// Lines at nothing, half and the top.
fn axes(series: &Series, top: u64) -> Markup {
    let middle = top.is_multiple_of(2).then_some(top / 2);
    html! {
        @for mark in [Some(0), middle, Some(top)].into_iter().flatten() {
            @let y = y(mark, top);
            line.grid x1=(LEFT) x2=(RIGHT) y1=(tenths(y)) y2=(tenths(y)) {}
            text.mark x=(LEFT - 6) y=(tenths(y + 4 * TENTHS)) text-anchor="end" { (series.short(mark)) }
        }
    }
}

fn bars(series: &Series, buckets: &[Bucket], top: u64) -> Markup {
    let count = series.values.len();
    html! {
        @for (index, (value, bucket)) in series.values.iter().zip(buckets).enumerate() {
            @let (left, right) = slot(index, count);
            @let gap = ((right - left) / 6).min(3 * TENTHS);
            @let y = y(value.unwrap_or(0), top);
            g {
                title { (bucket.name) ": " (series.text(*value)) }
                // The whole slot answers to a pointer, however low the bar is.
                rect.slot x=(tenths(left)) y=(TOP) width=(tenths(right - left)) height=(BOTTOM - TOP) {}
                rect class=(if bucket.partial { "bar partial" } else { "bar" })
                    x=(tenths(left + gap)) y=(tenths(y)) width=(tenths(right - left - 2 * gap)) height=(tenths(BOTTOM * TENTHS - y)) {}
            }
        }
    }
}

fn line(series: &Series, buckets: &[Bucket], top: u64) -> Markup {
    let count = series.values.len();
    let point = |(index, value): (usize, &Option<u64>)| {
        let (left, right) = slot(index, count);
        value.map(|value| ((left + right) / 2, y(value, top)))
    };
    let points: Vec<Option<(u64, u64)>> = series.values.iter().enumerate().map(point).collect();
    // An unknown value breaks the line.
    let runs = points.split(Option::is_none).filter(|run| run.len() > 1).map(|run| {
        let places = run.iter().flatten().map(|(x, y)| format!("{},{}", tenths(*x), tenths(*y)));
        places.collect::<Vec<_>>().join(" ")
    });
    html! {
        @for run in runs { polyline points=(run) {} }
        @for (index, ((value, point), bucket)) in series.values.iter().zip(&points).zip(buckets).enumerate() {
            @let (left, right) = slot(index, count);
            g {
                title { (bucket.name) ": " (series.text(*value)) }
                rect.slot x=(tenths(left)) y=(TOP) width=(tenths(right - left)) height=(BOTTOM - TOP) {}
                @if let Some((x, y)) = point {
                    circle class=(if bucket.partial { "dot partial" } else { "dot" }) cx=(tenths(*x)) cy=(tenths(*y)) r="3" {}
                }
            }
        }
    }
}

/// The names of the buckets, as many as there is room for.
fn names(buckets: &[Bucket]) -> Markup {
    let every = buckets.len().div_ceil(MOST_NAMES).max(1);
    html! {
        @for (index, bucket) in buckets.iter().enumerate().filter(|(index, _)| index.is_multiple_of(every)) {
            @let (left, right) = slot(index, buckets.len());
            @let middle = (left + right) / 2;
            // A name in the middle of the last bar would stand out of the chart.
            @let (x, anchor) = if middle > (WIDTH - ROOM) * TENTHS { (WIDTH * TENTHS, "end") } else { (middle, "middle") };
            text.mark x=(tenths(x)) y=(BOTTOM + 17) text-anchor=(anchor) { (bucket.tick) }
        }
    }
}

/// Left and right end of a bucket, in tenths of a unit.
fn slot(index: usize, count: usize) -> (u64, u64) {
    let (index, count) = (index as u64, (count as u64).max(1));
    let at = |index: u64| LEFT * TENTHS + (RIGHT - LEFT) * TENTHS * index / count;
    (at(index), at(index + 1))
}

/// Height of a value on the axis, in tenths of a unit from the top.
fn y(value: u64, top: u64) -> u64 {
    BOTTOM * TENTHS - charts::steps(value, top, (BOTTOM - TOP) * TENTHS)
}

/// A number of tenths as SVG writes it.
fn tenths(number: u64) -> String {
    match (number / TENTHS, number % TENTHS) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_fill_the_plot_without_overlap() {
        for count in 1..50 {
            assert_eq!(slot(0, count).0, LEFT * TENTHS);
            assert_eq!(slot(count - 1, count).1, RIGHT * TENTHS);
            for index in 1..count {
                assert_eq!(slot(index - 1, count).1, slot(index, count).0);
            }
        }
    }

    #[test]
    fn values_stand_between_the_axis_and_the_top() {
        assert_eq!(tenths(y(0, 10)), "136");
        assert_eq!(tenths(y(10, 10)), "10");
        assert_eq!(tenths(y(5, 10)), "73");
        assert_eq!(tenths(y(0, 0)), "136");
    }
}
