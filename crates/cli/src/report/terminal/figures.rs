//! The KPIs and how they changed.

use mcp_insights_presentation::figures;
use mcp_insights_presentation::kpis::{self, Verdict};

use super::page::Page;
use super::style;
use super::table::{self, Cell, Column, Row};
use crate::report::data::Answers;
use crate::report::phrases;

const COLUMNS: [Column; 6] = [
    Column::left("").shrinks(18, 12),
    Column::right("this window"),
    Column::right("before").spare(1),
    Column::left(""),
    Column::right("change"),
    Column::left("").spare(2),
];

pub(super) fn write(page: &mut Page, answers: &Answers) {
    page.heading("KEY FIGURES", &phrases::comparison(&answers.overview));
    let rows: Vec<Row> = kpis::rows(&answers.overview.kpis).into_iter().map(row).collect();
    for line in table::lines(&COLUMNS, &rows, page.width(), 2) {
        page.line(&line);
    }
}

fn row(kpi: kpis::Row) -> Row {
    let style = style::of_verdict(kpi.verdict);
    let value = if kpi.verdict == Verdict::Neither { style::STRONG } else { style.bold() };
    Row::new(vec![
        Cell::plain(kpi.name),
        Cell::styled(kpi.value, value),
        Cell::styled(kpi.previous, style::FAINT),
        Cell::styled(kpis::arrow(kpi.change), style),
        Cell::styled(figures::change(kpi.change), style),
        Cell::styled(kpi.verdict.word(), style),
    ])
}
