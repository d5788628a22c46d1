//! `/topics/{id}`: one topic.

use maud::{Markup, html};
use mcp_insights::api::{self, LabelSource, Role, UnmetDemandSource};
use mcp_insights_presentation::figures::{count, counted, part, percent, ratio, score};
use mcp_insights_presentation::html::parts::{heat, said, section, table};
use mcp_insights_presentation::phrases;

use super::detail::{edit, form, known_change, newest, saved, trend};
use crate::parts::facts::{Figure, known_time, tiles};
use crate::parts::{choosers, clusters};
use crate::render::{Content, Context, Refusal};

pub(crate) fn content(context: &Context<'_>, id: &str) -> Result<Content, Refusal> {
    let query = api::WindowQuery::from_pairs(context.query.pairs())?;
    let detail = context.engine.topic(id, &query, context.now)?;
    let topic = &detail.topic;
    let path = format!("/topics/{}", topic.id);
    let body = html! {
        p.crumb { a href=(context.query.scope().href("/topics")) { "Topics" } }
        div.page-head {
            div {
                h1 { (said(&topic.label)) }
                p.badges {
                    @for flag in phrases::topic_flags(topic) { span.badge.warn { (flag) } " " }
                    @for keyword in &topic.keywords { span.badge { (said(keyword)) } " " }
                }
                p.remark { (phrases::window(&detail.window)) }
            }
            (choosers::scope(context, &path))
        }
        (saved(context))
        (figures(topic))
        div.columns {
            (trend(&detail.window, &topic.trend))
            div { (samples(context, topic)) (tools(topic)) }
        }
        (related(context, &detail.related_failed_searches))
        (newest(context, ("topic", &topic.id), "Sessions of this topic", &detail.sample_sessions))
        @if context.viewer.role >= Role::Editor { (forms(context, topic, &path)) }
    };
    Ok(Content { title: topic.label.clone(), body })
}

fn figures(topic: &api::Topic) -> Markup {
    let others = topic.success_rate.map(|rate| 1.0 - rate);
    let figures = [
        Figure::new("Sessions", count(topic.session_count))
            .below(known_change(topic.trend.change_pct)),
        Figure::new("Share of sessions", percent(topic.share)),
        Figure::new("Actors", count(topic.actor_count)),
        Figure::new("Success rate", percent(topic.success_rate)).heat(heat(others, 0.25, 0.5)),
        Figure::new("Frustration", score(topic.frustration))
            .heat(heat(topic.frustration, 0.30, 0.55))
            .below(html! { "mean, of 1" }),
        Figure::new("Tool calls", count(topic.tool_call_count)),
        Figure::new("Error rate", percent(topic.error_rate)).heat(heat(
            topic.error_rate,
            0.05,
            0.2,
        )),
        Figure::new("Wordings", count(topic.intent_count)),
    ];
    let content = html! {
        (tiles(&figures))
        p.remark {
            "First seen " (known_time(topic.first_seen_at)) " · last seen " (known_time(topic.last_seen_at))
            " · " code { (topic.id) }
        }
    };
    section("figures", "Key figures", "", &content)
}

fn samples(context: &Context<'_>, topic: &api::Topic) -> Markup {
    let content = html! {
        @if topic.sample_intents.is_empty() { p.empty { "No declared intent in this window." } }
        @else {
            ul.quotes {
                @for sample in &topic.sample_intents {
                    @let href = context.query.scope().with("topic", &topic.id).with("intent", &sample.text).href("/sessions");
                    li { a href=(href) { "“" (said(&sample.text)) "”" } " " span.remark { (counted(sample.sessions, "session", "sessions")) } }
                }
            }
        }
    };
    section("intents", "What users want", "the most frequent intents, in their own words", &content)
}

fn tools(topic: &api::Topic) -> Markup {
    let head = html! {
        th scope="col" { "Tool" }
        th.figure scope="col" { "Calls" }
        th.figure scope="col" { "Errors" }
        th.figure scope="col" { "Error rate" }
    };
    let row = |tool: &api::ToolUse| {
        let hot = heat(ratio(tool.errors, tool.calls), 0.05, 0.2);
        html! {
            th scope="row" { (said(&tool.tool_name)) }
            td.figure { (count(tool.calls)) }
            td class=(hot) { (count(tool.errors)) }
            td class=(hot) { (part(tool.errors, tool.calls)) }
        }
    };
    let rows: Vec<Markup> = topic.top_tools.iter().map(row).collect();
    let content = html! {
        @if rows.is_empty() { p.empty { "No tool was called in this window." } }
        @else { (table("Tools called in its turns", &head, &rows)) }
    };
    section("tools", "Tools", "", &content)
}

fn related(context: &Context<'_>, found: &[api::SearchCluster]) -> Markup {
    let content = html! {
        @if found.is_empty() { p.empty { "No failed search is related to it in this window." } }
        @else { (clusters::listed(context, "Failed searches that share sessions with it", found)) }
    };
    section("searches", "Related failed searches", "", &content)
}

fn forms(context: &Context<'_>, topic: &api::Topic, path: &str) -> Markup {
    let form = |fields: &Markup| form(context, path, fields);
    edit(&html! {
        (form(&html! {
            h3 { "Name" }
            label for="label" { "Label" }
            input type="text" id="label" name="label" value=(topic.label) maxlength="120" required autocomplete="off";
            div.actions { button type="submit" { "Rename" } }
        }))
        @if topic.label_source == LabelSource::Edited {
            (form(&html! {
                input type="hidden" name="label" value="";
                h3 { "Generated name" }
                p.remark { "Someone wrote this label. It can be given back to the engine." }
                div.actions { button.quiet type="submit" { "Use the generated label" } }
            }))
        }
        (form(&demand(topic)))
        (form(&html! {
            h3 { "Lists" }
            p.remark {
                @if topic.archived { "Archived: off the lists and the overview." }
                @else { "An archived topic leaves the lists and the overview; its sessions still count." }
            }
            input type="hidden" name="archived" value=(if topic.archived { "no" } else { "yes" });
            div.actions { button.quiet type="submit" { @if topic.archived { "Put back on the lists" } @else { "Archive" } } }
        }))
    })
}

/// The fields that say whether it is unmet demand.
fn demand(topic: &api::Topic) -> Markup {
    let chosen = match (topic.unmet_demand_source, topic.is_unmet_demand) {
        (Some(UnmetDemandSource::Manual), true) => "yes",
        (Some(UnmetDemandSource::Manual), false) => "no",
        _ => "reset",
    };
    let detected = match (chosen, topic.is_unmet_demand) {
        ("reset", true) => "as detected: unmet",
        ("reset", false) => "as detected: met",
        _ => "as detected",
    };
    let choices = [
        ("yes", "unmet: the API does not serve it"),
        ("no", "met: the API serves it"),
        ("reset", detected),
    ];
    html! {
        fieldset {
            legend { "Demand" }
            @for (value, text) in choices {
                div.choice {
                    input type="radio" id={ "demand-" (value) } name="is_unmet_demand" value=(value) checked[value == chosen];
                    label for={ "demand-" (value) } { (text) }
                }
            }
        }
        div.actions { button type="submit" { "Save" } }
    }
}
