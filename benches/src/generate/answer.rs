//! What tools take and give: inputs, results, errors.

use super::json::{Escapes, push_number, push_string};
use super::random::Random;
use super::words::{ERRORS, NAMES, PLACES, SENTENCES, STATUSES, Shape};

/// The arguments of a call, each as JSON.
pub(crate) type Arguments = Vec<(&'static str, String)>;

fn quoted(text: &str, escapes: Escapes) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_string(&mut out, text, escapes);
    out
}

fn number(value: u64) -> String {
    let mut out = String::new();
    push_number(&mut out, value);
    out
}

/// Arguments that fit the tool.
pub(crate) fn arguments(
    shape: Shape,
    query: &str,
    escapes: Escapes,
    random: &mut Random,
) -> Arguments {
    let name = quoted(random.pick(NAMES), escapes);
    let status = quoted(random.pick(STATUSES), escapes);
    match shape {
        Shape::Discovery => {
            vec![("query", quoted(query, escapes)), ("limit", number(random.between(3, 10)))]
        }
        Shape::Content => {
            vec![("query", quoted(query, escapes)), ("status", status), ("limit", number(20))]
        }
        Shape::Get => vec![("id", number(random.between(100, 9_999)))],
        Shape::List => {
            vec![("project", name), ("status", status), ("page", number(random.between(1, 4)))]
        }
        Shape::Create => {
            let mut body = format!("{query}. {}", random.pick(SENTENCES));
            if random.chance(15) {
                body.push_str(" key [redacted:github-token]");
            }
            vec![
                ("project", name),
                ("title", quoted(query, escapes)),
                ("body", quoted(&body, escapes)),
            ]
        }
        Shape::Change => vec![("id", number(random.between(100, 9_999))), ("status", status)],
        Shape::Report => {
            vec![
                ("project", name),
                ("rows", number(random.between(20, 900))),
                ("region", quoted(random.pick(PLACES), escapes)),
            ]
        }
        Shape::Sync => vec![
            ("source", name),
            ("full", if random.chance(300) { "true" } else { "false" }.to_owned()),
        ],
        Shape::Script => vec![("language", "\"javascript\"".to_owned()), ("timeout", number(30))],
    }
}

/// The arguments as a JSON object.
pub(crate) fn object(arguments: &Arguments) -> String {
    let mut out = String::with_capacity(96);
    out.push('{');
    for (at, (name, value)) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(value);
    }
    out.push('}');
    out
}

/// Another value for one argument, as an agent corrects it.
pub(crate) fn correct(arguments: &mut Arguments, escapes: Escapes, random: &mut Random) {
    if let Some(last) = arguments.last_mut() {
        last.1 = if random.chance(500) {
            number(random.between(1, 9_999))
        } else {
            quoted(random.pick(PLACES), escapes)
        };
    }
}

/// The result of a search with `count` hits, as JSON.
pub(crate) fn hits(query: &str, count: u64, escapes: Escapes, random: &mut Random) -> String {
    let mut out = String::with_capacity(128 + 160 * count as usize);
    out.push_str("{\"query\":");
    push_string(&mut out, query, escapes);
    out.push_str(",\"total\":");
    push_number(&mut out, count);
    out.push_str(",\"results\":[");
    for at in 0..count {
        if at > 0 {
            out.push(',');
        }
        out.push_str("{\"title\":");
        push_string(&mut out, random.pick(NAMES), escapes);
        out.push_str(",\"snippet\":");
        push_string(&mut out, random.pick(SENTENCES), escapes);
        out.push('}');
    }
    out.push_str("]}");
    out
}

fn push_record(out: &mut String, escapes: Escapes, random: &mut Random) {
    out.push_str("{\"id\":");
    push_number(out, random.between(100, 9_999));
    out.push_str(",\"project\":");
    push_string(out, random.pick(NAMES), escapes);
    out.push_str(",\"title\":");
    push_string(out, random.pick(SENTENCES), escapes);
    out.push_str(",\"status\":");
    push_string(out, random.pick(STATUSES), escapes);
    out.push('}');
}

/// The result of a call that worked and is no search, as JSON.
pub(crate) fn result(shape: Shape, escapes: Escapes, random: &mut Random) -> String {
    let mut out = String::with_capacity(512);
    match shape {
        Shape::List => {
            let count = random.below(3);
            out.push_str("{\"items\":[");
            for at in 0..count {
                if at > 0 {
                    out.push(',');
                }
                push_record(&mut out, escapes, random);
            }
            out.push_str("],\"count\":");
            push_number(&mut out, count);
            out.push('}');
        }
        Shape::Create => {
            let id = random.between(100, 9_999);
            out.push_str(&format!("{{\"id\":{id},\"url\":\"https://tracker.example/i/{id}\"}}"));
        }
        Shape::Report => {
            // One report in twenty is longer than a preview holds.
            let rows = if random.chance(50) {
                random.between(250, 400)
            } else {
                random.spread(12).clamp(1, 40)
            };
            out.push('[');
            for at in 0..rows {
                if at > 0 {
                    out.push(',');
                }
                let line = format!(
                    "{at:05};{};{};{}",
                    random.pick(NAMES),
                    random.pick(PLACES),
                    random.pick(STATUSES)
                );
                push_string(&mut out, &line, escapes);
            }
            out.push(']');
        }
        Shape::Sync => out.push_str("{\"done\":true}"),
        _ => push_record(&mut out, escapes, random),
    }
    out
}

/// An error text with its slots filled.
pub(crate) fn error(tool: &str, random: &mut Random) -> String {
    let at = random.weighted(ERRORS.iter().map(|(_, weight)| *weight));
    let mut left = ERRORS[at].0;
    let mut out = String::with_capacity(left.len() + 32);
    while let Some(open) = left.find('{') {
        out.push_str(&left[..open]);
        left = &left[open..];
        let slots = ["{n}", "{id}", "{hex}", "{name}", "{tool}"];
        match slots.iter().find(|slot| left.starts_with(**slot)) {
            Some(slot) => {
                match *slot {
                    "{n}" => push_number(&mut out, random.between(1, 9_999)),
                    "{id}" => random.uuid(&mut out),
                    "{hex}" => random.hex(&mut out, 12),
                    "{name}" => out.push_str(&random.pick(NAMES).to_lowercase().replace(' ', "-")),
                    _ => out.push_str(tool),
                }
                left = &left[slot.len()..];
            }
            None => {
                out.push('{');
                left = &left[1..];
            }
        }
    }
    out.push_str(left);
    out
}

/// How a call fails though it reports success: JSON, or a plain text where `.1`.
pub(crate) fn silent_failure(error: &str, escapes: Escapes, random: &mut Random) -> (String, bool) {
    let text = quoted(error, escapes);
    match random.below(5) {
        0 => (format!("{{\"error\":{text}}}"), false),
        1 => (format!("{{\"success\":false,\"message\":{text}}}"), false),
        2 => (format!("{{\"status\":\"error\",\"message\":{text}}}"), false),
        3 => (format!("Error: {error}"), true),
        _ => (format!("{{\"result\":{{\"ok\":false,\"reason\":{text}}}}}"), false),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_shape_gives_json_and_no_slot_stays_open() {
        let mut random = Random::new(3);
        let shapes = [
            Shape::Discovery,
            Shape::Content,
            Shape::Get,
            Shape::List,
            Shape::Create,
            Shape::Change,
            Shape::Report,
            Shape::Sync,
            Shape::Script,
        ];
        for _ in 0..100 {
            for shape in shapes {
                let input =
                    object(&arguments(shape, "a \"quoted\" query", Escapes::Ascii, &mut random));
                serde_json::from_str::<serde_json::Value>(&input).unwrap();
                serde_json::from_str::<serde_json::Value>(&result(
                    shape,
                    Escapes::Utf8,
                    &mut random,
                ))
                .unwrap();
            }
            let text = error("get_issue", &mut random);
            for slot in ["{n}", "{id}", "{hex}", "{name}", "{tool}"] {
                assert!(!text.contains(slot), "{text}");
            }
        }
    }
}
