//! Catalogs as OpenAPI documents: each operation is a tool.
//!
//! Read from the bare tree and not with the types of a crate: `openapiv3` refuses 3.1, `oas3` refuses 3.0 documents that
//! are valid, both refuse a document for one sloppy schema, which most of the large public ones have, and `oas3` turns on
//! a feature of `serde_json` for everyone. Names, texts and parameters are all that is needed here. Swagger 2.0 has them in
//! the same places but for the body.

use std::collections::{HashMap, HashSet};

use mcp_insights_text::name_words;

use super::CatalogTool;
use super::error::CatalogError;
use super::node::Node;
use super::references::References;
use super::schema::Parameters;
use super::wording::with_summary;

/// The keys of a path that are operations.
const METHODS: &[&str] =
    &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// Where parameters may be that a caller chooses. `formData` and `body` are those of 2.0.
const PLACES: &[&str] = &["path", "query", "header", "formData", "body"];

/// What all that references stand for may cost.
const MOST_COST: usize = 1 << 29;
/// What looking at a parameter or a part of a schema costs, in bytes that could be copied in its time.
const COST_OF_LOOK: usize = 64;
/// What a byte of text costs whose words are compared, or of a reference, which is looked up step by step.
const COST_OF_TEXT: usize = 4;

/// The tools of an OpenAPI document, in its order.
pub(super) fn tools(document: &Node) -> Result<Vec<CatalogTool>, CatalogError> {
    tools_within(document, MOST_COST)
}

fn tools_within(document: &Node, most_cost: usize) -> Result<Vec<CatalogTool>, CatalogError> {
    let mut reader = Reader { references: References::new(document), cost: 0, most_cost };
    let mut names = Names::default();
    let mut tools: Vec<CatalogTool> = Vec::new();
    // The tools whose names are made up, once it is known which names are given.
    let mut unnamed = Vec::new();
    for (path, item) in document.get("paths").map(Node::entries).unwrap_or_default() {
        let item = reader.follow(item);
        let shared = item.get("parameters").map(Node::items).unwrap_or_default();
        reader.cost += COST_OF_LOOK * item.entries().len();
        if reader.cost > most_cost {
            return Err(CatalogError::Expands { place: path.clone() });
        }
        let mut methods: HashSet<&str> = HashSet::new();
        for (key, operation) in item.entries() {
            let method = METHODS.iter().find(|method| method.eq_ignore_ascii_case(key));
            let Some(method) = method.filter(|_| matches!(operation, Node::Map(_))) else {
                continue;
            };
            if !methods.insert(method) {
                continue;
            }
            let parameters = reader.parameters(operation, shared).into_list();
            let description = reader.description(operation);
            let id = operation.text("operationId");
            reader.cost += COST_OF_TEXT * id.len();
            if reader.cost > most_cost {
                let place = format!("{} {path}", method.to_uppercase());
                return Err(CatalogError::Expands { place });
            }
            // Sloppy documents give several operations one id.
            let is_new = !id.is_empty() && names.taken.insert(id.to_owned());
            let name = if is_new { id.to_owned() } else { name_of(method, path) };
            if !is_new {
                unnamed.push(tools.len());
            }
            tools.push(CatalogTool { server: None, name, description, parameters });
        }
    }
    for place in unnamed {
        if let Some(tool) = tools.get_mut(place) {
            tool.name = names.make_new(&tool.name);
        }
    }
    if tools.is_empty() { Err(CatalogError::NoOperations) } else { Ok(tools) }
}

/// A name such as `get_invoices_by_id` for an operation without one.
fn name_of(method: &str, path: &str) -> String {
    let mut words = vec![method.to_owned()];
    for segment in path.split('/') {
        for (index, part) in segment.split(['{', '}']).enumerate() {
            let part = name_words(part);
            // What stands in braces is every second part.
            if index % 2 == 1 && !part.is_empty() {
                words.push("by".to_owned());
            }
            words.extend(part);
        }
    }
    words.join("_")
}

/// The names of operations so far.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    /// The next number of each name that came again, so that those before it are not tried once more.
    next: HashMap<String, usize>,
}

impl Names {
    /// The name, with a number where it is taken.
    fn make_new(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let next = self.next.entry(name.to_owned()).or_insert(2);
        loop {
            let numbered = format!("{name}_{next}");
            *next += 1;
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

struct Reader<'a> {
    references: References<'a>,
    /// What the parameters so far have cost: a short document may refer to one large part everywhere.
    cost: usize,
    most_cost: usize,
}

impl<'a> Reader<'a> {
    fn description(&mut self, operation: &Node) -> String {
        let (summary, description) = (operation.text("summary"), operation.text("description"));
        self.cost += COST_OF_TEXT * (summary.len() + description.len());
        with_summary(summary, description)
    }

    fn parameters(&mut self, operation: &'a Node, shared: &'a [Node]) -> Parameters<'a> {
        self.cost += operation.entries().len();
        let mut found = Parameters::default();
        let own = operation.get("parameters").map(Node::items).unwrap_or_default();
        // Its own first, since they stand for those of its path with the same name.
        for parameter in own.iter().chain(shared) {
            let parameter = self.follow(parameter);
            let schema = parameter.get("schema").map(|schema| self.follow(schema));
            let place = parameter.text("in");
            if place == "body" {
                self.add_properties(schema, &mut found);
            } else if PLACES.contains(&place) {
                let described: Vec<&Node> = [parameter].into_iter().chain(schema).collect();
                self.cost += found.add(parameter.text("name"), &described);
            }
            if self.cost > self.most_cost {
                break;
            }
        }
        let body = operation.get("requestBody").map(|body| self.follow(body));
        let contents = body.and_then(|body| body.get("content")).map(Node::entries);
        let kinds = contents.unwrap_or_default().iter();
        self.cost += kinds.map(|(kind, _)| COST_OF_LOOK + COST_OF_TEXT * kind.len()).sum::<usize>();
        if let Some(content) = contents.and_then(body_in_json) {
            let schema = content.get("schema").map(|schema| self.follow(schema));
            self.add_properties(schema, &mut found);
        }
        found
    }

    /// Adds the properties of a schema, and of each part that it is made of.
    fn add_properties(&mut self, schema: Option<&'a Node>, found: &mut Parameters<'a>) {
        let Some(schema) = schema else { return };
        self.add_own_properties(schema, found);
        for part in schema.get("allOf").map(Node::items).unwrap_or_default() {
            let part = self.follow(part);
            self.add_own_properties(part, found);
        }
    }

    fn add_own_properties(&mut self, schema: &'a Node, found: &mut Parameters<'a>) {
        for (name, property) in schema.get("properties").map(Node::entries).unwrap_or_default() {
            if self.cost > self.most_cost {
                return;
            }
            // A text beside a reference is about this use of it.
            let described = [property, self.follow(property)];
            self.cost += found.add(name, &described);
        }
    }

    fn follow(&mut self, node: &'a Node) -> &'a Node {
        let found = self.references.follow(node);
        self.cost += COST_OF_LOOK + node.entries().len() + found.entries().len();
        self.cost += COST_OF_TEXT * node.text("$ref").len();
        found
    }
}

/// The body in JSON, and where there is none the first, since forms have the same parameters.
fn body_in_json(contents: &[(String, Node)]) -> Option<&Node> {
    let in_json = contents.iter().find(|(kind, _)| kind.to_lowercase().contains("json"));
    in_json.or_else(|| contents.first()).map(|(_, content)| content)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::node::read_json;
    use super::*;

    #[test]
    fn references_that_expand_to_too_much_are_refused() {
        let text = r##"{"components": {
              "parameters": {"large": {"name": "large", "in": "query", "description": "as large as can be"}},
              "schemas": {"wide": {"properties": {"a": {}, "b": {}, "c": {}, "d": {}}},
                          "parts": {"allOf": [{"$ref": "#/components/schemas/wide"}, {"$ref": "#/components/schemas/wide"}]}}},
            "paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/large"}]},
                             "put": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/parts"}}}}}}}}"##;
        let document = read_json(text).unwrap().remove(0);
        for (most_cost, place) in
            [(10, Some("/a")), (250, Some("GET /a")), (800, Some("PUT /a")), (2_000, None)]
        {
            let found = tools_within(&document, most_cost).map(|tools| tools.len());
            let refused = |place: &str| Err(CatalogError::Expands { place: place.to_owned() });
            assert_eq!(found, place.map_or(Ok(2), refused), "{most_cost}");
        }
    }
}
