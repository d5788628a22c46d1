//! `/searches/{id}`: one cluster of failed searches.

use maud::{Markup, html};
use mcp_insights::api::{self, Role, SearchState};
use mcp_insights_presentation::figures::{count, percent, score};
use mcp_insights_presentation::html::parts::{heat, said, section, table, track};
use mcp_insights_presentation::phrases;

use super::detail::{edit, form, known_change, newest, saved, trend};
use crate::explain;
use crate::parts::facts::{Figure, known_time, tiles};
use crate::parts::topics::{self, Detail};
use crate::parts::{choosers, clusters, long_text};
use crate::render::{Content, Context, Refusal};

pub(crate) fn content(context: &Context<'_>, id: &str) -> Result<Content, Refusal> {
    let query = api::WindowQuery::from_pairs(context.query.pairs())?;
    let detail = context.engine.search(id, &query, context.now)?;
    let search = &detail.search;
    let path = format!("/searches/{}", search.id);
    let body = html! {
        p.crumb { a href=(context.query.scope().href("/searches")) { "Failed searches" } }
        div.page-head {
            div {
                h1 { (said(&search.label)) }
                (clusters::badges(search))
                p.remark { (phrases::window(&detail.window)) }
            }
            (choosers::scope(context, &path))
        }
        (saved(context))
        (suggestion(&search.suggested_gap))
        (figures(search))
        @if let Some(note) = &search.note { (section("note", "Note", "", &long_text::prose(note))) }
        @if context.viewer.role >= Role::Editor { (forms(context, search, &path)) }
        div.columns {
            (trend(&detail.window, &search.trend))
            div { (queries(context, search)) (nearest(&search.suggested_gap)) }
        }
        (related(context, &detail.related_topics))
        (newest(context, ("search", &search.id), "Sessions that searched for it", &detail.sample_sessions))
    };
    Ok(Content { title: search.label.clone(), body })
}

fn suggestion(gap: &api::SuggestedGap) -> Markup {
    let content = html! {
        div.suggestion {
            p.title { (said(&gap.title)) }
            p.badges {
                span class={ "badge " (clusters::gap_class(gap.kind)) } { (phrases::word(&gap.kind)) }
                @if gap.confidence.is_some() { " " span.badge { (percent(gap.confidence)) " sure" } }
            }
            p { (explain::gap(gap.kind)) }
            @if let Some(name) = &gap.suggested_name { p { "A name for it: " code.name { (said(name)) } } }
            p { (said(&gap.rationale)) }
            @if !gap.missing_words.is_empty() {
                p {
                    "Words that agents use and the description lacks: "
                    @for word in &gap.missing_words { span.badge { (said(word)) } " " }
                }
            }
        }
    };
    section("suggestion", "Suggestion", "", &content)
}

fn figures(search: &api::SearchCluster) -> Markup {
    let figures = [
        Figure::new("Priority", score(Some(search.suggested_gap.priority))).below(html! { "of 1" }),
        Figure::new("Empty searches", count(search.search_count)),
        Figure::new("Capability requests", count(search.capability_request_count)),
        Figure::new("Abandoned searches", count(search.abandoned_count)),
        Figure::new("Sessions", count(search.session_count))
            .below(known_change(search.trend.change_pct)),
        Figure::new("Actors", count(search.actor_count)),
        Figure::new("Frustration", score(search.frustration))
            .heat(heat(search.frustration, 0.30, 0.55))
            .below(html! { "mean, of 1" }),
    ];
    let content = html! {
        (tiles(&figures))
        p.remark {
            "First seen " (known_time(search.first_seen_at)) " · last seen " (known_time(search.last_seen_at))
            @if search.edited_at.is_some() { " · edited " (known_time(search.edited_at)) }
            " · " code { (search.id) }
        }
    };
    section("figures", "Key figures", "", &content)
}

fn queries(context: &Context<'_>, search: &api::SearchCluster) -> Markup {
    let content = html! {
        @if search.queries.is_empty() { p.empty { "Nothing was searched for in this window." } }
        @else {
            ul.quotes {
                @for query in &search.queries {
                    @let href = context.query.scope().with("search_miss", &query.text).href("/sessions");
                    li { a href=(href) { "“" (said(&query.text)) "”" } " " span.remark { "×" (count(query.count)) } }
                }
            }
        }
    };
    section("queries", "What was searched for", "the most frequent texts", &content)
}

fn nearest(gap: &api::SuggestedGap) -> Markup {
    let head = html! {
        th scope="col" { "Tool" }
        th.figure scope="col" { "Similarity" }
        th scope="col" { span.hidden { "As a bar" } }
    };
    let row = |tool: &api::NearestTool| {
        html! {
            th scope="row" { (said(&tool.tool_name)) }
            td.figure { (score(Some(tool.similarity))) }
            td { (track(Some(tool.similarity))) }
        }
    };
    let rows: Vec<Markup> = gap.nearest_tools.iter().map(row).collect();
    let content = html! {
        @if rows.is_empty() { p.empty { "No tool is near, or none is known." } }
        @else { (table("The tools that come nearest", &head, &rows)) }
    };
    section("nearest", "Nearest tools", "", &content)
}

fn related(context: &Context<'_>, found: &[api::Topic]) -> Markup {
    let rows = found.iter().map(|topic| topics::row(context, topic, Detail::Full));
    let content = html! {
        @if found.is_empty() { p.empty { "No topic is related to it in this window." } }
        @else { (table("Topics that share sessions with it", &topics::head(Detail::Full, None), &rows.collect::<Vec<_>>())) }
    };
    section("topics", "Related topics", "", &content)
}

fn forms(context: &Context<'_>, search: &api::SearchCluster, path: &str) -> Markup {
    let form = |fields: &Markup| form(context, path, fields);
    edit(&html! {
        (form(&html! {
            fieldset {
                legend { "State" }
                @for state in SearchState::ALL {
                    div.choice {
                        input type="radio" id={ "state-" (state.as_str()) } name="state" value=(state.as_str()) checked[state == search.state];
                        label for={ "state-" (state.as_str()) } { (state.as_str()) " " span.remark { (explain::state(state)) } }
                    }
                }
            }
            div.actions { button type="submit" { "Save the state" } }
        }))
        (form(&html! {
            h3 { "Note" }
            label for="note" { "What others should know" }
            textarea id="note" name="note" rows="4" maxlength="2000" { (search.note.as_deref().unwrap_or_default()) }
            div.actions { button type="submit" { "Save the note" } }
        }))
        (form(&html! {
            h3 { "Name" }
            label for="label" { "Label" }
            input type="text" id="label" name="label" value=(search.label) maxlength="120" autocomplete="off" aria-describedby="label-hint";
            p.remark id="label-hint" { "Empty for the generated one." }
            div.actions { button.quiet type="submit" { "Rename" } }
        }))
    })
}
