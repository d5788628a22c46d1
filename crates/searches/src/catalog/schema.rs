//! The parameters that a JSON Schema describes.

use std::collections::HashSet;

use super::Parameter;
use super::node::Node;

/// What adds up parameters, each name once.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    known: HashSet<&'a str>,
    list: Vec<Parameter>,
}

impl<'a> Parameters<'a> {
    /// Adds a parameter, unless one of its name is there. Gives the bytes that were read for it.
    pub(super) fn add(&mut self, name: &'a str, described: &[&Node]) -> usize {
        let length_of_name = name.len();
        let name = name.trim();
        if name.is_empty() || !self.known.insert(name) {
            return length_of_name;
        }
        let texts =
            described.iter().flat_map(|node| [node.text("description"), node.text("title")]);
        let description = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        self.list.push(Parameter { name: name.to_owned(), description: description.to_owned() });
        length_of_name + description.len()
    }

    pub(super) fn into_list(self) -> Vec<Parameter> {
        self.list
    }
}

/// The properties of the schema of a tool, those of the parts that it is made of included. Some catalogs have a list of
/// parameters in its place.
pub(super) fn parameters(schema: &Node) -> Vec<Parameter> {
    let mut parameters = Parameters::default();
    for item in schema.items() {
        parameters.add(item.text("name"), &[item]);
    }
    let parts = schema.get("allOf").map(Node::items).unwrap_or_default();
    for part in [schema].into_iter().chain(parts) {
        for (name, property) in part.get("properties").map(Node::entries).unwrap_or_default() {
            parameters.add(name, &[property]);
        }
    }
    parameters.into_list()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::node::read_json;
    use super::*;

    #[test]
    fn parameters_are_the_properties_in_their_order() {
        for (schema, expected) in [
            (r#"{}"#, ""),
            (r#"{"type": "object"}"#, ""),
            (r#"{"properties": {"z": {"description": " Z "}, "a": {}}}"#, "z=Z,a="),
            (r#"{"properties": {"z": true, "a": {"title": "A"}}}"#, "z=,a=A"),
            (
                r#"{"properties": {"a": {}}, "allOf": [{"properties": {"b": {}, "a": {}}}]}"#,
                "a=,b=",
            ),
            (r#"[{"name": "city", "description": "Which."}, {"name": ""}, 3]"#, "city=Which."),
            (r#"{"properties": []}"#, ""),
            (r#""text""#, ""),
        ] {
            let node = read_json(schema).unwrap().remove(0);
            let found: Vec<String> = parameters(&node)
                .into_iter()
                .map(|parameter| format!("{}={}", parameter.name, parameter.description))
                .collect();
            assert_eq!(found.join(","), expected, "{schema}");
        }
    }
}
