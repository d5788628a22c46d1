//! One or many, in English.

/// Singulars and plurals that follow no rule.
const IRREGULAR: &[(&str, &str)] = &[
    ("cache", "caches"),
    ("child", "children"),
    ("cookie", "cookies"),
    ("movie", "movies"),
    ("person", "people"),
    ("schema", "schemas"),
];

/// Words that have no other number, or that are no things at the end of a name.
const UNCOUNTED: &[&str] = &[
    "access",
    "analysis",
    "analytics",
    "batch",
    "bulk",
    "content",
    "data",
    "details",
    "dns",
    "feedback",
    "history",
    "info",
    "information",
    "metadata",
    "news",
    "series",
    "settings",
    "statistics",
    "stats",
    "status",
    "text",
    "weather",
];

/// Words that say that several things are meant.
const QUANTIFIERS: &[&str] = &["all", "batch", "bulk", "many", "multiple", "several"];

/// One or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Singular,
    Plural,
}

impl Number {
    /// Both; of equally frequent ones the first counts.
    pub(super) const ALL: &[Self] = &[Self::Singular, Self::Plural];

    /// The number of a word; none where it has just one.
    pub(super) fn of(word: &str) -> Option<Self> {
        let number = if is_plural(word) { Self::Plural } else { Self::Singular };
        is_counted(word).then_some(number)
    }

    /// Gives the last of the words this number, unless others say that several are meant.
    pub(super) fn give(self, words: &mut [String]) {
        let is_quantified = words.iter().any(|word| QUANTIFIERS.contains(&word.as_str()));
        let has_plural = words.iter().any(|word| is_plural(word));
        let Some(last) = words.last_mut() else { return };
        match self {
            Self::Singular if !is_quantified => *last = singular(last),
            Self::Plural if !has_plural => *last = plural(last),
            Self::Singular | Self::Plural => {}
        }
    }
}

/// Whether a word means several things.
pub(super) fn is_plural(word: &str) -> bool {
    let is_irregular = IRREGULAR.iter().any(|(_, plural)| *plural == word);
    let ends = word.len() > 3 && word.ends_with('s');
    let is_no_ending = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    is_irregular || (is_counted(word) && ends && !is_no_ending)
}

/// Whether a word has a singular and a plural.
pub(super) fn is_counted(word: &str) -> bool {
    word.len() > 2
        && word.bytes().all(|byte| byte.is_ascii_lowercase())
        && !UNCOUNTED.contains(&word)
}

/// A word for one thing.
pub(super) fn singular(word: &str) -> String {
    if let Some((singular, _)) = IRREGULAR.iter().find(|(_, plural)| *plural == word) {
        return (*singular).to_owned();
    }
    if !is_plural(word) {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    let has_e = ["sses", "xes", "ches", "shes"].iter().any(|ending| word.ends_with(ending));
    let stem = if has_e { word.strip_suffix("es") } else { word.strip_suffix('s') };
    stem.unwrap_or(word).to_owned()
}

/// A word for several things.
fn plural(word: &str) -> String {
    if let Some((_, plural)) = IRREGULAR.iter().find(|(singular, _)| *singular == word) {
        return (*plural).to_owned();
    }
    if !is_counted(word) || is_plural(word) {
        return word.to_owned();
    }
    let is_vowel_before = ["ay", "ey", "oy", "uy"].iter().any(|ending| word.ends_with(ending));
    if let Some(stem) = word.strip_suffix('y').filter(|_| !is_vowel_before) {
        return format!("{stem}ies");
    }
    let needs_e = ["s", "x", "ch", "sh"].iter().any(|ending| word.ends_with(ending));
    format!("{word}{}", if needs_e { "es" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_two_numbers() {
        for (one, many) in [
            ("invoice", "invoices"),
            ("entry", "entries"),
            ("key", "keys"),
            ("branch", "branches"),
            ("cache", "caches"),
            ("address", "addresses"),
            ("index", "indexes"),
            ("database", "databases"),
            ("person", "people"),
            ("status", "status"),
            ("data", "data"),
        ] {
            assert_eq!((plural(one), singular(many)), (many.to_owned(), one.to_owned()));
            assert_eq!((plural(many), singular(one)), (many.to_owned(), one.to_owned()));
            assert_eq!((is_plural(one), is_plural(many)), (false, one != many), "{one}");
        }
    }
}
