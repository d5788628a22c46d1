//! The turns of a session, each with its events.

use std::collections::HashMap;

use maud::{Markup, html};
use mcp_insights::api::TraceTurn;
use mcp_insights_presentation::figures::millis;
use mcp_insights_presentation::phrases;

use super::{Replay, event};
use crate::parts::{long_text, topics};

pub(super) fn write(replay: &Replay<'_>) -> Markup {
    html! {
        @for (turn, events) in grouped(replay) {
            @match turn.and_then(|turn| replay.trace.turns.get(turn)) {
                Some(turn) => (turn_of(replay, turn, &events)),
                None => (outside(replay, &events)),
            }
        }
    }
}

/// The events that are shown by turn, in order. Those of no turn stand before the first, or in the turn during which they happened.
fn grouped(replay: &Replay<'_>) -> Vec<(Option<usize>, Vec<usize>)> {
    let mut turn_of: HashMap<&str, usize> = HashMap::new();
    for (index, turn) in replay.trace.turns.iter().enumerate() {
        turn_of.extend(turn.event_ids.iter().map(|id| (id.as_str(), index)));
    }
    let mut groups: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
    let shown = replay.paging.events();
    let events = replay.trace.events.iter().enumerate();
    for (index, event) in events.take(shown.end).skip(shown.start) {
        let turn = turn_of.get(event.event_id.as_str()).copied();
        match groups.last_mut() {
            Some((last, events)) if turn.is_none() || *last == turn => events.push(index),
            _ => groups.push((turn, vec![index])),
        }
    }
    groups
}

fn turn_of(replay: &Replay<'_>, turn: &TraceTurn, events: &[usize]) -> Markup {
    let id = format!("turn-{}", turn.index + 1);
    let label =
        |id: &str| replay.context.engine.label_of_topic(id).unwrap_or_else(|| id.to_owned());
    let after = turn.started_at.micros_since(replay.trace.session.started_at) / 1000;
    let first = events.first().and_then(|index| replay.trace.events.get(*index));
    let continued = first.map(|event| &event.event_id) != turn.event_ids.first();
    html! {
        section.turn id=(id) aria-labelledby={ (id) "-title" } {
            div.turn-head {
                h2 id={ (id) "-title" } { "Turn " (turn.index + 1) @if continued { ", continued" } }
                p.remark {
                    "after " (millis(u64::try_from(after).ok()))
                    @if let Some(topic) = &turn.topic_id { " · topic " (topics::link(replay.context, topic, &label(topic))) }
                }
                @if let Some(declared) = turn.declared_frustration {
                    p.badges { span.badge.warn { "declared frustration: " (phrases::word(&declared)) } }
                }
            }
            div.intent {
                @match &turn.raw_intent {
                    Some(intent) => (long_text::prose(intent)),
                    None => { p.remark { "No declared intent; one was inferred from what the agent thought or called." } }
                }
            }
            ol.events { @for index in events { (event::write(replay, *index)) } }
        }
    }
}

fn outside(replay: &Replay<'_>, events: &[usize]) -> Markup {
    html! {
        section.turn aria-label="Outside of turns" {
            ol.events { @for index in events { (event::write(replay, *index)) } }
        }
    }
}
