//! Descriptions from what makers say in two places.

use std::collections::HashSet;

use mcp_insights_text::words;

/// The title in front of the description, where it says what neither the description nor the name says.
pub(super) fn with_title(title: &str, description: &str, name_words: &[String]) -> String {
    let known: HashSet<String> =
        words(description).into_iter().chain(name_words.iter().cloned()).collect();
    let says_more = words(title).iter().any(|word| !known.contains(word));
    if says_more { joined(title, description) } else { description.to_owned() }
}

/// The summary in front of the description, where the description does not say it already.
pub(super) fn with_summary(summary: &str, description: &str) -> String {
    let known: HashSet<String> = words(description).into_iter().collect();
    let says_more = words(summary).iter().any(|word| !known.contains(word));
    if says_more || description.is_empty() {
        joined(summary, description)
    } else {
        description.to_owned()
    }
}

fn joined(front: &str, rest: &str) -> String {
    if rest.is_empty() || front.is_empty() {
        return format!("{front}{rest}");
    }
    let stop = if front.ends_with(['.', '!', '?', ':', '。', '！', '？']) { "" } else { "." };
    format!("{front}{stop} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_stands_in_front_where_it_says_more() {
        for (title, description, expected) in [
            ("", "", ""),
            ("", "Gets it.", "Gets it."),
            ("Get invoice", "", ""),
            ("Get paid invoice", "", "Get paid invoice"),
            ("Get paid invoice", "Paid ones.", "Paid ones."),
            ("Get old invoice", "Paid ones.", "Get old invoice. Paid ones."),
            ("发票。", "付款", "发票。 付款"),
        ] {
            let name = ["get".to_owned(), "invoice".to_owned()];
            assert_eq!(with_title(title, description, &name), expected, "{title} + {description}");
        }
    }

    #[test]
    fn summary_stands_in_front_unless_it_is_said() {
        for (summary, description, expected) in [
            ("List pets", "", "List pets"),
            ("", "Lists.", "Lists."),
            ("List pets", "List all the pets.", "List all the pets."),
            ("List pets", "All of them.", "List pets. All of them."),
        ] {
            assert_eq!(with_summary(summary, description), expected, "{summary} + {description}");
        }
    }
}
