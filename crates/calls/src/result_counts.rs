//! How much a search found, by its result.

use crate::json::{Array, Json, Object};

/// Members that hold the number of results, in order of precedence.
const COUNT_MEMBERS: &[&str] = &[
    "result_count",
    "results_count",
    "total_count",
    "total_results",
    "total",
    "count",
    "num_results",
    "hits",
];

/// Members that hold the results themselves, in order of precedence.
const RESULT_MEMBERS: &[&str] =
    &["results", "items", "matches", "hits", "documents", "data", "entries", "records"];

/// A text that begins so, whatever the case, says that nothing was found.
const NOTHING_FOUND: &[&str] =
    &["no results", "no matches", "nothing found", "0 results", "not found"];

/// By a count, else by the length of the results, else of the only array where the object says nothing else.
pub(crate) fn count_in_object(object: &Object<'_>) -> Option<u64> {
    if object.members.is_empty() {
        return (!object.is_cut).then_some(0);
    }
    count_of_members(object).or_else(|| count_of_only_array(object))
}

/// By a count, else by the length of the results.
pub(crate) fn count_of_members(object: &Object<'_>) -> Option<u64> {
    let counted = COUNT_MEMBERS.iter().find_map(|name| object.get(name)?.count());
    counted.or_else(|| {
        let results = RESULT_MEMBERS.iter().find_map(|name| object.get(name)?.array())?;
        count_in_array(results)
    })
}

fn count_of_only_array(object: &Object<'_>) -> Option<u64> {
    let mut only = None;
    for (_, value) in &object.members {
        match value.array() {
            Some(array) if only.is_none() => only = Some(array),
            Some(_) => return None,
            None if !value.is_empty() => return None,
            None => {}
        }
    }
    count_in_array(only?)
}

/// The length; of an array that breaks off what is known of it.
pub(crate) fn count_in_array(array: &Array<'_>) -> Option<u64> {
    array.count()
}

/// 0 where the text is empty or says that nothing was found.
pub(crate) fn count_in_text(text: &str, is_cut: bool) -> Option<u64> {
    let text = text.trim();
    let says_nothing_found = NOTHING_FOUND.iter().any(|start| begins(text, start));
    let is_zero = says_nothing_found || (text.is_empty() && !is_cut);
    is_zero.then_some(0)
}

/// Whether a text begins with a lower-case ASCII one, whatever the case.
pub(crate) fn begins(text: &str, start: &str) -> bool {
    text.as_bytes()
        .get(..start.len())
        .is_some_and(|bytes| bytes.eq_ignore_ascii_case(start.as_bytes()))
}

/// The number of results that an entry of `search_calls` gives.
pub(crate) fn count_in_entry(object: &Object<'_>) -> Option<u64> {
    count_of_members(object).or_else(|| {
        let result = ["result", "output"].iter().find_map(|name| object.get(name))?;
        match result {
            Json::Object(inner) => count_in_object(inner),
            Json::Array(array) => count_in_array(array),
            Json::Text(text) => crate::results::read_result(&text.text, text.is_cut, false).count,
            Json::Null | Json::Bool(_) | Json::Number(_) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn count(text: &str) -> Option<u64> {
        count_in_object(Json::read(text).unwrap().object().unwrap())
    }

    #[test]
    fn every_count_counts_before_the_results() {
        for name in COUNT_MEMBERS {
            assert_eq!(
                count(&format!(r#"{{"results":[1,2],"{name}":7,"page":1}}"#)),
                Some(7),
                "{name}"
            );
            assert_eq!(count(&format!(r#"{{"results":[1,2],"{name}":0}}"#)), Some(0), "{name}");
        }
        assert_eq!(count(r#"{"count":3,"total":40}"#), Some(40));
        assert_eq!(count(r#"{"total":"40","count":3}"#), Some(3));
        assert_eq!(count(r#"{"total":-1,"items":[1]}"#), Some(1));
    }

    #[test]
    fn every_list_of_results_is_counted() {
        for name in RESULT_MEMBERS {
            assert_eq!(
                count(&format!(r#"{{"other":[1],"{name}":[1,2],"page":1}}"#)),
                Some(2),
                "{name}"
            );
            assert_eq!(
                count(&format!(r#"{{"other":[1],"{name}":[],"page":1}}"#)),
                Some(0),
                "{name}"
            );
        }
        assert_eq!(count(r#"{"data":[1,2],"results":[1]}"#), Some(1));
    }

    #[test]
    fn an_only_array_is_counted_where_nothing_else_is_said() {
        let rows: &[(&str, Option<u64>)] = &[
            (r#"{"issues":[1,2]}"#, Some(2)),
            (r#"{"issues":[],"next":null,"more":false,"note":""}"#, Some(0)),
            (r#"{"issues":[],"page":1}"#, None),
            (r#"{"issues":[],"users":[]}"#, None),
            (r#"{"issue":{"id":1}}"#, None),
            ("{}", Some(0)),
        ];
        for (text, expected) in rows {
            assert_eq!(count(text), *expected, "{text}");
        }
    }

    #[test]
    fn every_wording_of_nothing_found_is_zero() {
        for start in NOTHING_FOUND {
            let text = format!("\n{} in the docs.", start.to_uppercase());
            assert_eq!(count_in_text(&text, false), Some(0), "{start}");
        }
        assert_eq!(count_in_text(" \n", false), Some(0));
        assert_eq!(count_in_text("", true), None);
        assert_eq!(count_in_text("10 results", false), None);
        assert_eq!(count_in_text("We found no results", false), None);
    }

    #[test]
    fn an_entry_counts_its_own_results() {
        let entry = |text: &str| count_in_entry(Json::read(text).unwrap().object().unwrap());
        assert_eq!(entry(r#"{"query":"x","results":[]}"#), Some(0));
        assert_eq!(entry(r#"{"query":"x","result_count":4}"#), Some(4));
        assert_eq!(entry(r#"{"keywords":["x","y"]}"#), None);
        assert_eq!(entry(r#"{"query":"x","result":{"items":[1]}}"#), Some(1));
        assert_eq!(entry(r#"{"query":"x","output":"No results"}"#), Some(0));
        assert_eq!(entry("{}"), None);
    }
}
