//! The topics that most sessions have.

use mcp_insights::api;
use mcp_insights_presentation::charts;
use mcp_insights_presentation::figures::{change, count, percent, score};
use mcp_insights_presentation::kpis::arrow;
use mcp_insights_presentation::printable::one_line;

use super::blocks;
use super::page::Page;
use super::style;
use super::table::{self, Cell, Column, Row};
use crate::report::data::Answers;
use crate::report::phrases;

/// Columns of a bar that is full.
const SHARE_BAR: u64 = 8;
/// Most blocks of a sparkline.
const MOST_BLOCKS: usize = 16;

const COLUMNS: [Column; 9] = [
    Column::right("#"),
    Column::left("topic").shrinks(28, 14),
    Column::right("sessions"),
    Column::right("share").spare(2),
    Column::left("").spare(5),
    Column::left("trend").spare(3),
    Column::right("change").spare(4),
    Column::right("success"),
    Column::right("frustr.").spare(1),
];

pub(super) fn write(page: &mut Page, answers: &Answers) {
    let list = &answers.topics;
    page.heading("TOPICS", &phrases::topics(list));
    if list.topics.is_empty() {
        page.paragraph(
            "No topic has a session here: a topic takes two sessions with one intent.",
            2,
            usize::MAX,
            style::PLAIN,
        );
        return;
    }
    let rows: Vec<Row> =
        list.topics.iter().zip(1..).map(|(topic, number)| row(topic, number)).collect();
    let mut lines = table::lines(&COLUMNS, &rows, page.width(), 2).into_iter();
    if let Some(titles) = lines.next() {
        page.line(&titles);
    }
    for (line, topic) in lines.zip(&list.topics) {
        page.line(&line);
        page.paragraph(&phrases::topic_flags(topic).join(", "), 6, 1, style::WARNING);
        let sample = topic.sample_intents.first();
        let sample =
            sample.map_or_else(String::new, |sample| format!(" “{}”", one_line(&sample.text)));
        page.paragraph(&format!("{}{sample}", topic.id), 6, 1, style::FAINT);
    }
}

fn row(topic: &api::Topic, number: u64) -> Row {
    let success = match topic.success_rate {
        Some(rate) if rate < 0.5 => style::BAD,
        Some(rate) if rate < 0.75 => style::WARNING,
        _ => style::PLAIN,
    };
    let share = topic.share.unwrap_or(0.0);
    let change = format!("{} {}", arrow(topic.trend.change_pct), change(topic.trend.change_pct));
    Row::new(vec![
        Cell::styled(number.to_string(), style::FAINT),
        Cell::styled(one_line(&topic.label), style::STRONG),
        Cell::plain(count(topic.session_count)),
        Cell::plain(percent(topic.share)),
        Cell::styled(blocks::lying_bar(share, SHARE_BAR), style::ACCENT),
        Cell::styled(sparkline(&topic.trend), style::ACCENT),
        Cell::plain(change.trim_start()),
        Cell::styled(percent(topic.success_rate), success),
        Cell::styled(score(topic.frustration), style::of_frustration(topic.frustration)),
    ])
}

/// A trend as blocks, joined where there are too many.
pub(super) fn sparkline(trend: &api::Trend) -> String {
    let values: charts::Values = trend.sparkline.iter().copied().map(Some).collect();
    let joined = charts::buckets_a_bar(values.len(), MOST_BLOCKS);
    blocks::sparkline(&charts::join(&values, joined, charts::Joined::Sum))
}
