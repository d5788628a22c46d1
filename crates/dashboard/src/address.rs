//! Addresses of pages: a query that links keep, change and drop parts of.

use form_urlencoded::Serializer;

/// Parameters that every page has.
const SCOPE: [&str; 2] = ["range", "mcp_server_id"];

/// The query of a page as it was asked: names and values in order, without empty values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes the decoded pairs of a query. A form without scripts sends the fields that nobody filled in as empty values,
    /// which ask for nothing; names that begin with `_` are no filters.
    pub(crate) fn new(pairs: &[(String, String)]) -> Self {
        let kept = pairs.iter().filter(|(name, value)| !value.is_empty() && !name.starts_with('_'));
        Self(kept.cloned().collect())
    }

    /// Names and values in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The query with another value in the place of a name; other filters need another cursor, so that it goes.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut next = self.without(&["cursor"]);
        match next.0.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => value.clone_into(old),
            None => next.0.push((name.to_owned(), value.to_owned())),
        }
        next
    }

    /// The query without some names.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// What a link to another page keeps: the range and the server.
    pub(crate) fn scope(&self) -> Self {
        let kept = self.0.iter().filter(|(name, _)| SCOPE.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// A path with this query.
    pub(crate) fn href(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.0);
        format!("{path}?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        let owned: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Query::new(&owned)
    }

    #[test]
    fn a_changed_parameter_keeps_the_others_and_drops_the_cursor() {
        let asked = query(&[("range", "30d"), ("cursor", "x"), ("view", "repeat"), ("topic", "")]);
        assert_eq!(asked.with("range", "7d").href("/sessions"), "/sessions?range=7d&view=repeat");
        assert_eq!(asked.with("sort", "recent").href("/s"), "/s?range=30d&view=repeat&sort=recent");
        assert_eq!(asked.scope().href("/"), "/?range=30d");
        assert_eq!(asked.without(&["range", "view", "cursor"]).href("/topics"), "/topics");
    }

    #[test]
    fn values_are_encoded() {
        let asked = query(&[("intent", "a&b=c \"d\" #é")]);
        assert_eq!(asked.href("/sessions"), "/sessions?intent=a%26b%3Dc+%22d%22+%23%C3%A9");
    }
}
