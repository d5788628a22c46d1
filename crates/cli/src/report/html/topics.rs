//! The topics that most sessions have.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{count, counted, percent, score};
use mcp_insights_presentation::html::parts::{self, change, heat, said, section, table};
use mcp_insights_presentation::html::sparkline;
use mcp_insights_presentation::kpis::Verdict;

use crate::report::data::Answers;
use crate::report::phrases;

pub(super) fn write(answers: &Answers) -> Markup {
    let list = &answers.topics;
    let content = if list.topics.is_empty() {
        html! { p.empty { "No topic has a session here: a topic takes two sessions with one intent." } }
    } else {
        let head = html! {
            th scope="col" { "Topic" }
            th.figure scope="col" { "Sessions" }
            th scope="col" { "Share" }
            th scope="col" { "Trend" }
            th.figure scope="col" { "Change" }
            th.figure scope="col" { "Success" }
            th.figure scope="col" { "Frustration" }
        };
        let rows: Vec<Markup> = list.topics.iter().map(row).collect();
        table("Topics by sessions", &head, &rows)
    };
    section("topics", "Topics", &phrases::topics(list), &content)
}

fn row(topic: &api::Topic) -> Markup {
    // A low success is what is hot, so the share of the others is looked at.
    let others = topic.success_rate.map(|rate| 1.0 - rate);
    html! {
        th.wide scope="row" {
            (said(&topic.label))
            @for flag in phrases::topic_flags(topic) { " " span.badge { (flag) } }
            @if !topic.sample_intents.is_empty() { (samples(topic)) }
        }
        td.figure { (count(topic.session_count)) }
        td { (parts::share(topic.share)) }
        td { (sparkline::draw(&topic.trend)) }
        td.figure { (change(topic.trend.change_pct, Verdict::Neither)) }
        td class=(heat(others, 0.25, 0.5)) { (percent(topic.success_rate)) }
        td class=(heat(topic.frustration, 0.30, 0.55)) { (score(topic.frustration)) }
    }
}

/// What is behind a topic; closed until someone asks.
fn samples(topic: &api::Topic) -> Markup {
    html! {
        details {
            summary { (counted(topic.intent_count, "wording", "wordings")) }
            ul {
                @for sample in &topic.sample_intents {
                    li { "“" (said(&sample.text)) "” " span.remark { (counted(sample.sessions, "session", "sessions")) } }
                }
            }
            p.remark { code { (topic.id) } }
            @if !topic.top_tools.is_empty() {
                p.remark {
                    "Tools: "
                    @for (index, tool) in topic.top_tools.iter().enumerate() {
                        @if index > 0 { ", " }
                        (said(&tool.tool_name)) " (" (counted(tool.calls, "call", "calls")) ")"
                    }
                }
            }
        }
    }
}
