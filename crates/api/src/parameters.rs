//! Query parameters: one reader for all endpoints, over a table for each.

use mcp_insights_events::Timestamp;

use crate::{FieldError, Limit};

/// A query parameter: its name, and how its value enters a query.
pub(crate) struct Parameter<Q> {
    pub(crate) name: &'static str,
    pub(crate) set: fn(&mut Q, &str) -> Result<(), String>,
}

/// Reads the parameters of a query in one pass; those whose names begin with `_` are ignored.
///
/// Every fault is told, in the order of the parameters: an unknown name, a name that comes again, a refused value.
pub(crate) fn read<Q: Default>(
    table: &[Parameter<Q>],
    pairs: &[(String, String)],
) -> Result<Q, Vec<FieldError>> {
    let mut query = Q::default();
    let mut seen: Vec<&str> = Vec::new();
    let mut errors = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !name.starts_with('_')) {
        let outcome = match table.iter().find(|parameter| parameter.name == name) {
            None => Err(unknown(table)),
            Some(parameter) if seen.contains(&parameter.name) => {
                Err("may be given only once".to_owned())
            }
            Some(parameter) => {
                seen.push(parameter.name);
                (parameter.set)(&mut query, value)
            }
        };
        if let Err(message) = outcome {
            errors.push(FieldError::new(name, message));
        }
    }
    if errors.is_empty() { Ok(query) } else { Err(errors) }
}

fn unknown<Q>(table: &[Parameter<Q>]) -> String {
    let names: Vec<&str> = table.iter().map(|parameter| parameter.name).collect();
    if names.is_empty() {
        "is no parameter here; there are none".to_owned()
    } else {
        format!("is no parameter here; there are {}", names.join(", "))
    }
}

/// One of a few words.
pub(crate) fn word<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    text: &str,
) -> Result<T, String> {
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| {
        let words: Vec<&str> = all.iter().copied().map(name).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// `true` or `false`.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// A limit, in plain digits: no sign, no leading zero.
pub(crate) fn limit(text: &str) -> Result<Limit, String> {
    text.parse()
        .ok()
        .and_then(Limit::new)
        .filter(|limit| limit.to_string() == text)
        .ok_or_else(|| format!("must be a whole number from 1 to {}", Limit::MOST))
}

/// An instant.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .map_err(|_| "must be an RFC 3339 time such as 2026-01-31T08:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use mcp_insights_kpis::Range;

    use crate::{FieldError, SessionView, SessionsQuery, no_parameters};

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_fault_is_told_in_the_order_of_the_parameters() {
        let query = [
            ("view", "best"),
            ("limit", "10"),
            ("limit", "20"),
            ("nosuch", "1"),
            ("_nosuch", "1"),
            ("range", "90d"),
        ];
        let errors = SessionsQuery::from_pairs(&pairs(&query)).err().unwrap_or_default();
        let expected = [
            FieldError::new("view", "must be one of all, high_frustration, repeat, flagged"),
            FieldError::new("limit", "may be given only once"),
            FieldError::new(
                "nosuch",
                "is no parameter here; there are range, mcp_server_id, view, sort, intent, search_miss, topic, \
                 search, limit, cursor",
            ),
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn texts_come_through_byte_for_byte() {
        let intent = "  Refund\u{a0}it\n";
        let query = [("intent", intent), ("view", "flagged"), ("range", "24h"), ("topic", "")];
        let read = SessionsQuery::from_pairs(&pairs(&query));
        let expected = SessionsQuery {
            range: Range::Day,
            view: SessionView::Flagged,
            intent: Some(intent.to_owned()),
            topic: Some(String::new()),
            ..SessionsQuery::default()
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn an_endpoint_without_parameters_refuses_any() {
        assert_eq!(no_parameters(&pairs(&[("_", "1")])), Ok(()));
        let errors = no_parameters(&pairs(&[("range", "7d")]));
        let expected = FieldError::new("range", "is no parameter here; there are none");
        assert_eq!(errors, Err(vec![expected]));
    }
}
