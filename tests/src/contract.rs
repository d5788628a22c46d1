//! The project's copy of the contract, `fixtures/contract/insights.openapi.json`.

use jsonschema::Validator;
use serde_json::{Value, json};

/// The document as text.
pub const TEXT: &str = include_str!("../../fixtures/contract/insights.openapi.json");

/// The document.
///
/// # Panics
/// Where the file is no JSON.
#[must_use]
pub fn document() -> Value {
    #[expect(clippy::expect_used, reason = "for tests: a broken contract is to stop them")]
    serde_json::from_str(TEXT).expect("the contract is JSON")
}

/// A validator of one of `components.schemas`, times and all.
///
/// # Panics
/// Where the contract has no such schema.
#[must_use]
pub fn validator(schema: &str) -> Validator {
    let document = document();
    let known = document.pointer(&format!("/components/schemas/{schema}")).is_some();
    assert!(known, "the contract has no schema {schema}");
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document.get("components"),
    });
    let options = jsonschema::options().should_validate_formats(true);
    #[expect(clippy::expect_used, reason = "for tests: a broken contract is to stop them")]
    options.build(&root).expect("the contract's schemas are valid")
}

/// Everything in which a value breaks a schema of the contract, each with its place; empty where it holds.
///
/// # Panics
/// Where the contract has no such schema.
#[must_use]
pub fn violations(schema: &str, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}
