//! Tables whose columns stay in line, whatever letters are in them, and fit the page.

use anstyle::Style;

use super::style::{self, paint};
use super::width;

/// Space between two columns.
const GAP: usize = 2;

/// Where a column's texts stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    title: &'static str,
    align: Align,
    /// How far it gives way, where it does.
    give: Option<Give>,
    /// Which columns go first where the page is too narrow: the highest; 0 stays.
    spare: u8,
}

/// How far a column gives way.
#[derive(Clone, Copy, Debug)]
struct Give {
    /// Down to so many columns before others are left out.
    wanted: usize,
    /// Down to so many when no other can be left out.
    least: usize,
}

/// A text in a style.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Column {
    /// A column of texts.
    pub(super) const fn left(title: &'static str) -> Self {
        Self { title, align: Align::Left, give: None, spare: 0 }
    }

    /// A column of figures.
    pub(super) const fn right(title: &'static str) -> Self {
        Self { title, align: Align::Right, give: None, spare: 0 }
    }

    /// The column gives way: down to `wanted` before spare columns are left out, then down to `least`.
    pub(super) const fn shrinks(self, wanted: usize, least: usize) -> Self {
        Self { give: Some(Give { wanted, least }), ..self }
    }

    /// The column is left out of a narrow page; the highest rank goes first.
    pub(super) const fn spare(self, rank: u8) -> Self {
        Self { spare: rank, ..self }
    }
}

impl Cell {
    /// A plain text.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: style::PLAIN }
    }

    /// A text in a style.
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// A row, and lines that belong under it.
pub(super) struct Row {
    cells: Vec<Cell>,
}

impl Row {
    /// A row of cells, one a column.
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells }
    }
}

/// How wide each column is on a page; none where it is left out.
type Layout = Vec<Option<usize>>;

/// The lines of a table: its titles, then one line a row.
pub(super) fn lines(
    columns: &[Column],
    rows: &[Row],
    page_width: usize,
    indent: usize,
) -> Vec<String> {
    let layout = fit(columns, rows, page_width.saturating_sub(indent));
    let titles: Vec<Cell> =
        columns.iter().map(|column| Cell::styled(column.title, style::FAINT)).collect();
    let margin = " ".repeat(indent);
    std::iter::once(titles.as_slice())
        .chain(rows.iter().map(|row| row.cells.as_slice()))
        .map(|cells| format!("{margin}{}", line(columns, &layout, cells)).trim_end().to_owned())
        .collect()
}

fn natural(columns: &[Column], rows: &[Row]) -> Vec<usize> {
    let of_column = |(index, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.cells.get(index));
        let widest = cells.map(|cell| width::width(&cell.text)).max().unwrap_or(0);
        widest.max(width::width(column.title))
    };
    columns.iter().enumerate().map(of_column).collect()
}

/// Leaves columns out and shrinks others until the table fits.
fn fit(columns: &[Column], rows: &[Row], page_width: usize) -> Layout {
    let natural = natural(columns, rows);
    let mut kept: Vec<bool> = vec![true; columns.len()];
    loop {
        let wanted = |index: usize| match columns[index].give {
            Some(give) => natural[index].min(give.wanted),
            None => natural[index],
        };
        let needed = total((0..columns.len()).filter(|index| kept[*index]).map(wanted));
        if needed <= page_width {
            break;
        }
        let spare = (0..columns.len()).filter(|index| kept[*index] && columns[*index].spare > 0);
        let Some(index) = spare.max_by_key(|index| columns[*index].spare) else { break };
        kept[index] = false;
    }
    let mut layout: Layout =
        natural.iter().zip(&kept).map(|(width, kept)| kept.then_some(*width)).collect();
    // What is too much is taken from the widest column that may shrink, one by one.
    while total(layout.iter().flatten().copied()) > page_width {
        let shrinking = (0..columns.len()).filter(|index| {
            let give = columns[*index].give;
            give.is_some_and(|give| layout[*index].is_some_and(|width| width > give.least))
        });
        let Some(index) = shrinking.max_by_key(|index| layout[*index]) else { break };
        layout[index] = layout[index].map(|width| width - 1);
    }
    layout
}

fn total(widths: impl Iterator<Item = usize>) -> usize {
    let (sum, count) = widths.fold((0, 0_usize), |(sum, count), width| (sum + width, count + 1));
    sum + GAP * count.saturating_sub(1)
}

fn line(columns: &[Column], layout: &Layout, cells: &[Cell]) -> String {
    let mut parts = Vec::with_capacity(columns.len());
    for ((column, width), cell) in columns.iter().zip(layout).zip(cells) {
        let Some(width) = *width else { continue };
        let text = width::fit(&cell.text, width);
        let space = " ".repeat(width.saturating_sub(width::width(&text)));
        let text = paint(cell.style, &text);
        parts.push(match column.align {
            Align::Left => text + &space,
            Align::Right => space + &text,
        });
    }
    parts.join(&" ".repeat(GAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[[&str; 3]]) -> Vec<Row> {
        texts
            .iter()
            .map(|cells| Row::new(cells.iter().map(|text| Cell::plain(*text)).collect()))
            .collect()
    }

    const COLUMNS: [Column; 3] = [
        Column::left("name").shrinks(12, 6),
        Column::right("calls"),
        Column::left("remark").spare(1),
    ];

    #[test]
    fn columns_stay_in_line_under_wide_letters() {
        let rows = rows(&[["plain", "7", "x"], ["北京到上海", "1,234", ""]]);
        let lines = lines(&COLUMNS, &rows, 80, 0);
        assert_eq!(
            lines,
            [
                format!(
                    "{}name{}        {}calls{}  {}remark{}",
                    style::FAINT,
                    "\u{1b}[0m",
                    style::FAINT,
                    "\u{1b}[0m",
                    style::FAINT,
                    "\u{1b}[0m"
                ),
                "plain           7  x".to_owned(),
                "北京到上海  1,234".to_owned(),
            ]
        );
    }

    #[test]
    fn a_narrow_page_loses_spare_columns_and_then_letters() {
        let rows = rows(&[["a long name of a tool", "7", "a remark"]]);
        let at = |width| lines(&COLUMNS, &rows, width, 0)[1].clone();
        assert_eq!(at(38), "a long name of a tool      7  a remark");
        assert_eq!(at(30), "a long name…       7  a remark");
        assert_eq!(at(28), "a long name of a tool      7");
        assert_eq!(at(20), "a long name…       7");
        assert_eq!(at(13), "a lon…      7");
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        let rows = rows(&[["北京到上海北京到上海", "123", "remark"], ["a", "1", "b"]]);
        for page in 13..60 {
            for line in lines(&COLUMNS, &rows, page, 0) {
                assert!(width::width(&anstream::adapter::strip_str(&line).to_string()) <= page);
            }
        }
    }
}
