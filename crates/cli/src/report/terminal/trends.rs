//! The trends as bars of blocks over one time axis.

use mcp_insights::api;
use mcp_insights_presentation::charts;
use mcp_insights_presentation::trends::{self, Bucket, Series};

use super::blocks;
use super::page::Page;
use super::style::{self, paint};
use super::width;

/// Columns of a chart's name.
const NAME: usize = 19;
/// Columns of the figures on the axis.
const AXIS: usize = 9;
/// Lines of a chart.
const LINES: u64 = 3;
/// The widest bar.
const WIDEST_BAR: usize = 7;

/// Where the bars stand.
struct Grid {
    /// Columns of one bar.
    bar: usize,
    /// Columns between two.
    gap: usize,
}

pub(super) fn write(page: &mut Page, points: &api::Trends) {
    let room = page.width().saturating_sub(2 + NAME + AXIS + 2);
    let joined = charts::buckets_a_bar(points.points.len(), room);
    let buckets = trends::buckets(points, joined);
    page.heading("TRENDS", &format!("{}, UTC", trends::unit(points, joined)));
    if buckets.is_empty() {
        return;
    }
    let grid = Grid::new(room, buckets.len());
    for series in trends::series(points) {
        if series.greatest() == 0 {
            let name = format!("{:NAME$}", series.name);
            page.line(&format!("  {name}{}", paint(style::FAINT, "none")));
            page.blank();
            continue;
        }
        chart(page, &series.by(joined), &grid);
        page.blank();
    }
    axis(page, &buckets, &grid);
}

impl Grid {
    fn new(room: usize, bars: usize) -> Self {
        let each = (room / bars.max(1)).max(1);
        let gap = usize::from(each >= 3);
        Self { bar: (each - gap).min(WIDEST_BAR), gap }
    }

    fn step(&self) -> usize {
        self.bar + self.gap
    }
}

fn chart(page: &mut Page, series: &Series, grid: &Grid) {
    let top = series.top();
    let bars = blocks::bars(&series.values, top, LINES, grid.bar, grid.gap);
    let last = bars.len().saturating_sub(1);
    for (index, bars) in bars.iter().enumerate() {
        let (name, name_style) = match index {
            0 => (series.name.to_owned(), style::PLAIN),
            1 => (series.summary(), style::FAINT),
            _ => (String::new(), style::PLAIN),
        };
        let (mark, border) = match index {
            0 => (series.short(top), '┤'),
            index if index == last => ("0".to_owned(), '┤'),
            _ => (String::new(), '│'),
        };
        let name = width::fit(&name, NAME - 1);
        let space = " ".repeat(NAME.saturating_sub(width::width(&name)));
        let axis = paint(style::FAINT, &format!("{mark:>width$} {border}", width = AXIS - 2));
        let bars = paint(style::of_tone(series.tone), bars);
        page.line(&format!("  {}{space}{axis} {bars}", paint(name_style, &name)));
    }
}

/// The names of the buckets, as many as there is room for; a part of a bucket has a star.
fn axis(page: &mut Page, buckets: &[Bucket], grid: &Grid) {
    let names: Vec<String> = buckets.iter().map(name).collect();
    let widest = names.iter().map(|name| width::width(name)).max().unwrap_or(0);
    let every = (widest + 1).div_ceil(grid.step());
    let mut line = " ".repeat(2 + NAME + AXIS + 1);
    let start = line.len();
    for (index, name) in names.iter().enumerate().filter(|(index, _)| index.is_multiple_of(every)) {
        let at = start + index * grid.step();
        // A name that would stand in the one before it, or beyond the page, is left out.
        if width::width(&line) <= at && at + width::width(name) <= page.width() {
            line.push_str(&" ".repeat(at - width::width(&line)));
            line.push_str(name);
        }
    }
    page.line(&paint(style::FAINT, &line));
    if buckets.iter().any(|bucket| bucket.partial) {
        let note = "* cut by the window";
        let indent = start.min(page.width().saturating_sub(note.len()));
        page.paragraph(note, indent, 1, style::FAINT);
    }
}

fn name(bucket: &Bucket) -> String {
    format!("{}{}", bucket.tick, if bucket.partial { "*" } else { "" })
}
