//! What all names of a catalog begin with, such as `github_`.

use std::collections::BTreeMap;

use mcp_insights_text::name_words;

use super::families::{family, strength, verbs};

/// Fewer names tell nothing.
const FEWEST_NAMES: usize = 3;
/// No beginning is longer, so that long names are read in little time.
const FARTHEST: usize = 64;

/// The longest beginning that four of five names share: no verb, and not the resource that they are all about.
pub(super) fn common(names: &[&str]) -> String {
    if names.len() < FEWEST_NAMES {
        return String::new();
    }
    let longest_verb = verbs().map(str::len).max().unwrap_or_default();
    let is_lone_verb =
        |rest: &str| rest.len() <= longest_verb && !family(&rest.to_lowercase()).is_empty();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for name in names {
        let places = name.char_indices().map(|(place, _)| place);
        let near = places.take_while(|place| *place <= FARTHEST);
        for place in near.filter(|place| is_boundary(name, *place)) {
            let (beginning, rest) = name.split_at(place);
            let (count, lone_verbs) = counts.entry(beginning).or_default();
            *count += 1;
            *lone_verbs += usize::from(is_lone_verb(rest));
        }
    }
    let is_common = |count: usize| count * 5 >= names.len() * 4;
    let is_prefix = |(beginning, (count, lone_verbs)): &(&str, (usize, usize))| {
        // What leaves verbs alone is what they are done to: `invoice_create`, `invoice_delete`.
        let is_resource = lone_verbs * 2 > *count;
        // A name must stay one that can be called anywhere.
        beginning.is_ascii() && is_common(*count) && !is_resource && !says_what_is_done(beginning)
    };
    let longest = counts.into_iter().filter(is_prefix).map(|(beginning, _)| beginning);
    longest.max_by_key(|beginning| beginning.len()).unwrap_or_default().to_owned()
}

/// Whether a new word begins at a place: after a separator, or with a capital.
fn is_boundary(name: &str, place: usize) -> bool {
    let (before, after) = name.split_at(place);
    let begins_word = after.starts_with(char::is_alphanumeric);
    let is_hump = before.ends_with(|last: char| last.is_lowercase() || last.is_ascii_digit())
        && after.starts_with(char::is_uppercase);
    let is_separated = before.ends_with(['_', '-', '.', '/', ':']);
    begins_word && (is_hump || is_separated) && before.contains(char::is_alphanumeric)
}

fn says_what_is_done(beginning: &str) -> bool {
    let words = name_words(beginning);
    let ends_with_verb = words.last().is_some_and(|word| strength(word) > 0);
    ends_with_verb || words.iter().any(|word| strength(word) == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_what_most_names_share() {
        for (names, expected) in [
            ("github_create_issue github_list_issues github_get_me", "github_"),
            ("asanaCreateTask asanaListTasks asanaGetUser", "asana"),
            ("API-post-page API-get-user API-patch-block", "API-"),
            (
                "mcp__git__git_add_file mcp__git__git_show_commit mcp__git__git_run_log",
                "mcp__git__git_",
            ),
            ("a_get_x a_get_y a_get_z a_get_w help", "a_"),
            ("a_get_x a_get_y a_get_z help more", ""),
            ("get_x get_y get_z", ""),
            ("get_stock_price get_stock_name get_stock_list", ""),
            ("git_add git_commit git_status git_log", "git_"),
            ("npmCompare npmDeps npmLatest", "npm"),
            ("github_create_issue github_list_issues", ""),
            ("invoice_create invoice_delete invoice_list", ""),
            ("invoices.create invoices.delete invoices.list", ""),
            ("ü_create_a ü_get_b ü_list_c", ""),
            // Words that stand alone are told whatever their case, and are no longer than a verb.
            ("invoice_CREATE invoice_DELETE invoice_LIST", ""),
            ("", ""),
        ] {
            let names: Vec<&str> = names.split_whitespace().collect();
            assert_eq!(common(&names), expected, "{names:?}");
        }
    }

    #[test]
    fn long_names_are_read_in_little_time() {
        let long = "ab_".repeat(300_000);
        let names = ["x", "y", "z"].map(|end| format!("{long}{end}"));
        let prefix = common(&names.each_ref().map(String::as_str));
        assert_eq!(prefix, "ab_".repeat(FARTHEST / 3));
    }
}
