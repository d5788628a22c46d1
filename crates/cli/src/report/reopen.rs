//! The exact commands that show one session, topic or cluster of the report.

/// The part of a command line that reads the same input in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reopen {
    /// Paths as given.
    pub(crate) paths: Vec<String>,
    /// Options that sessions and ids depend on, as words of a command line.
    pub(crate) options: Vec<String>,
}

impl Reopen {
    /// The command that shows a session in full.
    pub(crate) fn trace(&self, id: &str) -> String {
        self.command("trace", id)
    }

    /// The command that shows something by its id.
    fn command(&self, name: &str, id: &str) -> String {
        let words = [name, id].into_iter();
        let rest = self.paths.iter().chain(&self.options).map(String::as_str);
        words
            .chain(rest)
            .fold("mcp-insights".to_owned(), |command, word| command + " " + &quoted(word))
    }
}

/// A word as a shell takes it literally.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.chars().any(char::is_control) {
        // The only quotes of a shell that show control letters without sending them.
        return format!("$'{}'", word.escape_default());
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted() {
        let reopen = Reopen {
            paths: vec!["my dumps/a.ndjson".to_owned(), "it's".to_owned()],
            options: vec!["--idle-gap".to_owned(), "10m".to_owned()],
        };
        let command = r"mcp-insights trace ses_1 'my dumps/a.ndjson' 'it'\''s' --idle-gap 10m";
        assert_eq!(reopen.trace("ses_1"), command);
    }

    #[test]
    fn no_word_escapes_its_quotes() {
        for (word, text) in [
            ("", "''"),
            ("$(x)", "'$(x)'"),
            ("a;b", "'a;b'"),
            ("*.gz", "'*.gz'"),
            ("a\u{1b}b", "$'a\\u{1b}b'"),
        ] {
            assert_eq!(quoted(word), text);
        }
    }
}
