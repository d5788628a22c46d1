//! The closed lists of words.

use mcp_insights_api as api;
use mcp_insights_tests::contract;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Whether a word is read, and written as it was read.
fn knows<T: Serialize + DeserializeOwned>(word: &Value) -> bool {
    serde_json::from_value::<T>(word.clone())
        .is_ok_and(|value| serde_json::to_value(value).is_ok_and(|again| again == *word))
}

type Knows = fn(&Value) -> bool;

/// Where a closed list stands in the contract, and the type that knows its words.
const LISTS: &[(&str, Knows)] = &[
    ("Range", knows::<api::Range>),
    ("Level", knows::<api::Level>),
    ("FrustrationReason", knows::<api::Reason>),
    ("Outcome", knows::<api::Outcome>),
    ("Flag", knows::<api::Flag>),
    ("FailureClass", knows::<api::FailureClass>),
    ("RejectionReason", knows::<api::RejectionReason>),
    ("Error/properties/error/properties/code", knows::<api::ErrorCode>),
    ("Org/properties/actor/properties/role", knows::<api::Role>),
    ("Session/properties/intent_source", knows::<api::IntentSource>),
    ("Topic/properties/label_source", knows::<api::LabelSource>),
    ("Topic/properties/unmet_demand_source", knows::<Option<api::UnmetDemandSource>>),
    ("SearchCluster/properties/search_kind", knows::<api::SearchKind>),
    ("SearchCluster/properties/state", knows::<api::SearchState>),
    ("SearchPatch/properties/state", knows::<api::SearchState>),
    ("SuggestedGap/properties/kind", knows::<api::GapKind>),
    ("Overview/properties/trends/properties/bucket", knows::<api::BucketLength>),
    (
        "Trace/properties/turns/items/properties/declared_frustration",
        knows::<Option<api::DeclaredFrustration>>,
    ),
    ("Trace/properties/searches/items/properties/source", knows::<api::SearchSource>),
    ("Trace/properties/searches/items/properties/search_kind", knows::<api::SearchKind>),
    ("Trace/properties/searches/items/properties/miss_kind", knows::<Option<api::MissKind>>),
];

#[test]
fn every_word_of_every_closed_list_is_known() {
    let document = contract::document();
    let schemas = document.pointer("/components/schemas").unwrap();
    let mut seen = 0;
    for (place, knows) in LISTS {
        let words = schemas.pointer(&format!("/{place}/enum")).and_then(Value::as_array).unwrap();
        for word in words {
            assert!(knows(word), "{place}: {word}");
        }
        assert!(!knows(&Value::from("no such word")), "{place}");
        seen += 1;
    }
    assert_eq!(seen, enums(schemas), "a closed list of the contract is not in the table");
}

#[test]
fn lists_are_ordered_as_the_contract_orders_their_words() {
    let document = contract::document();
    let words =
        |name: &str| document.pointer(&format!("/components/schemas/{name}/enum")).unwrap().clone();
    assert_eq!(serde_json::to_value(api::Reason::ALL).unwrap(), words("FrustrationReason"));
    assert_eq!(serde_json::to_value(api::Flag::ALL).unwrap(), words("Flag"));
    assert_eq!(serde_json::to_value(api::Range::ALL).unwrap(), words("Range"));
}

#[test]
fn names_are_the_words_that_are_written() {
    for range in api::Range::ALL {
        assert_eq!(serde_json::to_value(range).unwrap(), range.as_str());
    }
    for state in api::SearchState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    let document = contract::document();
    let classes = document.pointer("/components/schemas/FailureClass/enum").unwrap();
    let known: Vec<api::FailureClass> = serde_json::from_value(classes.clone()).unwrap();
    for class in known {
        assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
    }
}

/// How many closed lists stand in a part of the contract.
fn enums(part: &Value) -> usize {
    match part {
        Value::Object(fields) => {
            usize::from(fields.get("enum").is_some_and(Value::is_array))
                + fields.values().map(enums).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(enums).sum(),
        _ => 0,
    }
}
