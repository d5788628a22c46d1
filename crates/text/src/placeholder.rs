//! What stands in a folded text where the original had a value.

/// The kinds of values that folding replaces. Ids and numbers are one kind: the same request comes with an order
/// number, a UUID or `ORD-1234`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    Number,
    Date,
    Quoted,
    Url,
    Email,
    Path,
}

impl Placeholder {
    const ALL: [Self; 6] =
        [Self::Number, Self::Date, Self::Quoted, Self::Url, Self::Email, Self::Path];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Number => "<number>",
            Self::Date => "<date>",
            Self::Quoted => "<quoted>",
            Self::Url => "<url>",
            Self::Email => "<email>",
            Self::Path => "<path>",
        }
    }

    /// The placeholder that a text begins with.
    pub(crate) fn at_start_of(text: &str) -> Option<Self> {
        if !text.starts_with('<') {
            return None;
        }
        Self::ALL.into_iter().find(|placeholder| text.starts_with(placeholder.text()))
    }
}
