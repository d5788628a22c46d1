//! What `$ref` stands for within one document.

use std::collections::HashMap;

use super::node::Node;

/// References have four steps, mostly.
const MOST_STEPS: usize = 16;

/// Finds what references stand for. One step is followed, so that cycles end.
pub(super) struct References<'a> {
    document: &'a Node,
    /// The entries of the maps that were asked for so far, such as `#/components/schemas`: documents have thousands of
    /// schemas and as many references to them.
    maps: HashMap<&'a str, HashMap<&'a str, &'a Node>>,
}

impl<'a> References<'a> {
    pub(super) fn new(document: &'a Node) -> Self {
        Self { document, maps: HashMap::new() }
    }

    /// What a node stands for: itself unless it is a reference to another part of the document.
    pub(super) fn follow(&mut self, node: &'a Node) -> &'a Node {
        self.find(node.text("$ref")).unwrap_or(node)
    }

    fn find(&mut self, reference: &'a str) -> Option<&'a Node> {
        // What lies in other files is not read.
        if !reference.starts_with("#/") || reference.split('/').count() > MOST_STEPS {
            return None;
        }
        let mut found = self.document;
        for (place, _) in reference.match_indices('/') {
            let (path, step) = reference.split_at(place);
            let step = step.get(1..)?.split('/').next()?;
            let map = self.maps.entry(path).or_insert_with(|| {
                // Reversed, since of equal keys the first counts.
                found.entries().iter().rev().map(|(key, value)| (key.as_str(), value)).collect()
            });
            found = match map.get(step) {
                Some(node) => node,
                None if step.contains('~') => map.get(unescaped(step).as_str())?,
                None => return None,
            };
        }
        Some(found)
    }
}

/// A step of a JSON pointer as the key that it means.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::node::read_json;
    use super::*;

    #[test]
    fn one_step_is_followed() {
        let text = r##"{
            "components": {"a": {"v": "1"}, "b": {"$ref": "#/components/a"}, "c": {"$ref": "#/components/c"},
                           "x/y~z": {"v": "2"}},
            "asks": [{"$ref": "#/components/a"}, {"$ref": "#/components/b"}, {"$ref": "#/components/c"},
                     {"$ref": "#/components/x~1y~0z"}, {"$ref": "other.yaml#/a"}, {"$ref": "#/no/such"},
                     {"$ref": "#"}, {"v": "own"}]
        }"##;
        let document = read_json(text).unwrap().remove(0);
        let mut references = References::new(&document);
        let asks = document.get("asks").unwrap().items();
        let found: Vec<&str> = asks.iter().map(|ask| references.follow(ask).text("v")).collect();
        assert_eq!(found, ["1", "", "", "2", "", "", "", "own"]);
    }
}
