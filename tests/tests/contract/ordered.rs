//! The order of fields, which a map of `serde_json` does not keep.

use std::fmt;

use mcp_insights_tests::contract;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::samples;

/// A JSON value whose objects keep their order.
enum Node {
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
    Text(String),
    Other,
}

impl Node {
    fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => {
                fields.iter().find(|(field, _)| field == name).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(fields) => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }
}

#[test]
fn fields_stand_in_the_order_of_the_contract() {
    let document: Node = serde_json::from_str(contract::TEXT).unwrap();
    let schemas = document.get("components").and_then(|node| node.get("schemas")).unwrap();
    for sample in samples::full() {
        let value: Node = serde_json::from_str(&sample.text).unwrap();
        let schema = schemas.get(sample.schema).unwrap();
        let compared = compare(schemas, schema, &value, sample.schema);
        assert!(compared > 0, "{} was compared with nothing", sample.schema);
    }
}

/// Compares the order of all objects in a value with that of their schemas; how many objects were compared.
fn compare(schemas: &Node, schema: &Node, value: &Node, place: &str) -> usize {
    if let Some(Node::Text(reference)) = schema.get("$ref") {
        let name = reference.rsplit('/').next().unwrap();
        return compare(schemas, schemas.get(name).unwrap(), value, place);
    }
    match value {
        Node::List(items) => {
            let Some(schema) = schema.get("items") else {
                return 0;
            };
            items.iter().map(|item| compare(schemas, schema, item, place)).sum()
        }
        Node::Object(fields) => {
            let Some(properties) = schema.get("properties") else {
                return 0;
            };
            let names = properties.names();
            let expected: Vec<&str> =
                names.iter().copied().filter(|name| value.get(name).is_some()).collect();
            let written: Vec<&str> =
                value.names().into_iter().filter(|name| names.contains(name)).collect();
            assert_eq!(written, expected, "{place}");
            let child = |(name, node): &(String, Node)| {
                let schema = properties.get(name)?;
                Some(compare(schemas, schema, node, &format!("{place}/{name}")))
            };
            1 + fields.iter().filter_map(child).sum::<usize>()
        }
        Node::Text(_) | Node::Other => 0,
    }
}
