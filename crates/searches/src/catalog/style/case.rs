//! How the words of a name are written together.

/// How words are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Case {
    /// `list_open_issues`
    #[default]
    Snake,
    /// `listOpenIssues`
    Camel,
    /// `list-open-issues`
    Kebab,
    /// `ListOpenIssues`
    Pascal,
    /// `LIST_OPEN_ISSUES`
    Shouted,
}

impl Case {
    /// All of them; of equally frequent ones the first counts.
    pub(super) const ALL: &[Self] =
        &[Self::Snake, Self::Camel, Self::Kebab, Self::Pascal, Self::Shouted];

    /// How a text is written; none for a single word in small letters, which tells nothing.
    pub(super) fn of(text: &str) -> Option<Self> {
        let count = |wanted| text.chars().filter(|character| *character == wanted).count();
        let has_small = text.chars().any(char::is_lowercase);
        let (underscores, hyphens) = (count('_'), count('-'));
        if underscores + hyphens > 0 {
            return Some(match (underscores >= hyphens, has_small) {
                (true, true) => Self::Snake,
                (true, false) => Self::Shouted,
                (false, _) => Self::Kebab,
            });
        }
        let begins_large = text.starts_with(char::is_uppercase);
        let has_large = text.chars().any(char::is_uppercase);
        match (begins_large, has_large && has_small) {
            (true, true) => Some(Self::Pascal),
            (false, true) => Some(Self::Camel),
            (_, false) => None,
        }
    }

    /// Words in small letters as one text.
    pub(super) fn join(self, words: &[String]) -> String {
        match self {
            Self::Snake => words.join("_"),
            Self::Kebab => words.join("-"),
            Self::Shouted => words.join("_").to_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalized(word)).collect(),
            Self::Camel => match words.split_first() {
                Some((first, rest)) => format!("{first}{}", Self::Pascal.join(rest)),
                None => String::new(),
            },
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_told_and_written() {
        for (text, expected) in [
            ("list_open_issues", Some(Case::Snake)),
            ("listOpenIssues", Some(Case::Camel)),
            ("list-open-issues", Some(Case::Kebab)),
            ("ListOpenIssues", Some(Case::Pascal)),
            ("LIST_OPEN_ISSUES", Some(Case::Shouted)),
            ("list", None),
            ("URL", None),
            ("", None),
        ] {
            assert_eq!(Case::of(text), expected, "{text}");
            let words = ["list", "open", "issues"].map(str::to_owned);
            assert!(expected.is_none_or(|case| case.join(&words) == text), "{text}");
        }
    }
}
