#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Change, Registry, SearchChange, State};
use mcp_insights_text::{Embedder, is_function_word, words};
use ndarray::Array2;
use proptest::prelude::*;

use super::*;

/// One number a word; words that begin with `zz` are unknown to it.
struct Words;

impl Embedder for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn dimensions(&self) -> usize {
        997
    }

    fn embed(&self, texts: &[&str]) -> Array2<f32> {
        let mut vectors = Array2::<f32>::zeros((texts.len(), self.dimensions()));
        for (mut row, text) in vectors.outer_iter_mut().zip(texts) {
            for word in words(text).iter().filter(|word| !is_function_word(word)) {
                let place =
                    word.bytes().fold(7_usize, |hash, byte| hash * 31 % 9973 + usize::from(byte));
                row[place % 997] += 1.0;
            }
            let norm = row.dot(&row).sqrt().max(1e-9);
            row /= norm;
        }
        vectors
    }

    fn covers(&self, text: &str) -> bool {
        !words(text).iter().any(|word| word.starts_with("zz"))
    }
}

const DISCOVERY: SearchKind = SearchKind::Discovery;
const CONTENT: SearchKind = SearchKind::Content;

fn demand<'a>(kind: SearchKind, text: Option<&'a str>, sessions: &[u32]) -> Demand<'a> {
    let at = |session: Option<&u32>| {
        Timestamp::from_micros(i64::from(session.copied().unwrap_or_default()))
    };
    Demand {
        kind,
        text,
        servers: Vec::new(),
        count: sessions.len() as u64,
        sessions: sessions.to_vec(),
        first_seen: at(sessions.first()),
        last_seen: at(sessions.last()),
    }
}

fn found(demands: &[Demand<'_>], registry: &mut Registry) -> Clusters {
    offered(demands, &Offer::default(), registry)
}

fn offered(demands: &[Demand<'_>], offer: &Offer, registry: &mut Registry) -> Clusters {
    find(demands, offer, &Words, &Settings::default(), &mut registry.searches)
}

fn of(clusters: &Clusters, demand: usize) -> &Cluster {
    clusters.get(clusters.cluster_of[demand]).unwrap()
}

#[test]
fn keywords_and_sentences_meet_in_one_cluster() {
    let clusters = found(
        &[
            demand(DISCOVERY, Some("refund bulk invoices"), &[0]),
            demand(DISCOVERY, Some("I need a way to refund invoices in bulk"), &[1]),
            demand(DISCOVERY, Some("bulk invoices refund"), &[2]),
            demand(
                DISCOVERY,
                Some("<tool_assistant>\nserver: invoices\ntool: refund bulk\n</tool_assistant>"),
                &[3],
            ),
            demand(DISCOVERY, Some("weather forecast shanghai"), &[4]),
        ],
        &mut Registry::default(),
    );
    assert_eq!(clusters.len(), 2);
    assert!(clusters.cluster_of[..4].iter().all(|cluster| *cluster == clusters.cluster_of[0]));
    let refund = of(&clusters, 0);
    assert_eq!(refund.title, "Refund invoices in bulk");
    assert_eq!(refund.suggested_name.as_deref(), Some("refund_invoices_bulk"));
    assert_eq!(refund.members.len(), 4);
    assert_eq!(of(&clusters, 4).title, "Weather forecast shanghai");
}

#[test]
fn discovery_and_content_are_never_together() {
    let both =
        [demand(DISCOVERY, Some("login bug"), &[0]), demand(CONTENT, Some("login bug"), &[0])];
    let clusters = found(&both, &mut Registry::default());
    assert_eq!(clusters.len(), 2);
    assert_eq!((of(&clusters, 0).kind, of(&clusters, 1).kind), (DISCOVERY, CONTENT));
    assert_eq!(of(&clusters, 1).suggested_name, None);
    assert_ne!(of(&clusters, 0).label.to_lowercase(), of(&clusters, 1).label.to_lowercase());
}

#[test]
fn lone_unknown_and_wordless_texts_have_clusters_of_their_own() {
    let demands = [
        demand(DISCOVERY, Some("zzqueue drain"), &[0]),
        demand(DISCOVERY, Some("zzqueue drain now"), &[0]),
        demand(DISCOVERY, Some(" "), &[1]),
        demand(DISCOVERY, None, &[2]),
        demand(CONTENT, Some("<b></b>"), &[3]),
        demand(CONTENT, Some(""), &[3]),
        demand(DISCOVERY, Some("ZZQUEUE  drain"), &[4]),
        demand(DISCOVERY, Some("12345"), &[5]),
    ];
    let clusters = found(&demands, &mut Registry::default());
    let of_demand = &clusters.cluster_of;
    assert_eq!(of_demand[0], of_demand[6], "equal but for case and spaces");
    assert_eq!(of_demand[4], of_demand[5], "nothing is left of either");
    assert_eq!(clusters.len(), 6);
    assert_eq!(of(&clusters, 2).label, "Search without a text");
    assert_eq!(of(&clusters, 3).label, "Capability request without a text");
    assert_eq!(of(&clusters, 3).title, "Capability request without a text");
    assert_eq!((of(&clusters, 3).kind, &of(&clusters, 3).suggested_name), (DISCOVERY, &None));
    assert_eq!(of(&clusters, 4).label, "Search for data without a text");
    assert_eq!(of(&clusters, 7).label, "12345");
    let labels: BTreeSet<&str> = clusters.iter().map(|cluster| cluster.label.as_str()).collect();
    assert_eq!(labels.len(), clusters.len());
}

#[test]
fn abandoned_searches_find_the_cluster_of_their_meaning() {
    let clusters = found(
        &[
            demand(DISCOVERY, Some("refund bulk invoices"), &[0]),
            demand(CONTENT, Some("weather forecast shanghai"), &[1]),
        ],
        &mut Registry::default(),
    );
    let refund = Some(clusters.cluster_of[0]);
    let texts = [
        "server: refund tool: bulk invoices",
        "bulk refund of many invoices",
        "weather forecast shanghai",
        "zzrefund bulk invoices",
        "train tickets",
        "",
    ];
    let nearest = clusters.nearest(&texts, &Words, &Settings::default());
    assert_eq!(nearest, [refund, refund, None, None, None, None]);
    assert!(clusters.nearest(&[], &Words, &Settings::default()).is_empty());
    assert_eq!(Clusters::default().nearest(&["refund"], &Words, &Settings::default()), [None]);
}

#[test]
fn known_cluster_without_demand_is_still_there() {
    let mut registry = Registry::default();
    let demands = [
        demand(DISCOVERY, Some("refund invoices"), &[0]),
        demand(CONTENT, Some("login bug"), &[1]),
    ];
    let before = found(&demands, &mut registry);
    let id = of(&before, 1).id.clone();
    let change = SearchChange { state: Change::Set(State::Shipped), ..SearchChange::default() };
    registry.searches.edit(&id, change, Timestamp::from_micros(9)).unwrap();
    let after = found(&demands[..1], &mut registry);
    let cluster = after.get(after.find(&id, &registry.searches).unwrap()).unwrap();
    assert_eq!((cluster.kind, &cluster.label), (CONTENT, &of(&before, 1).label));
    assert!(cluster.members.is_empty() && !cluster.title.is_empty());
    let suggestion = suggest(cluster, &Evidence::default());
    assert_eq!((suggestion.kind, suggestion.priority), (GapKind::Content, 0.0));
}

#[test]
fn second_run_with_the_registry_of_the_first_changes_nothing() {
    let demands = [
        demand(DISCOVERY, Some("refund invoices"), &[0, 4]),
        demand(DISCOVERY, Some("refund the invoices"), &[1]),
        demand(DISCOVERY, None, &[2]),
    ];
    let mut registry = Registry::default();
    let first = found(&demands, &mut registry);
    let json = registry.to_json();
    let again = found(&demands, &mut registry);
    assert_eq!(again.cluster_of, first.cluster_of);
    assert!(again.iter().eq(first.iter()));
    assert_eq!(registry.to_json(), json);
}

#[test]
fn suggestion_says_what_is_near_and_how_urgent_it_is() {
    let tools =
        ["list_invoices", "refund_invoice", "refund_invoices", "get_weather", "list_invoices"];
    let clusters = offered(
        &[demand(DISCOVERY, Some("refund invoices in bulk"), &[0, 1])],
        &Offer::new(&Catalog::default(), tools, &Words),
        &mut Registry::default(),
    );
    let evidence = Evidence {
        searches: 2,
        sessions: 2,
        actors: 1,
        gave_up: 1,
        mean_frustration: Some(0.25),
        ..Evidence::default()
    };
    let suggestion = suggest(of(&clusters, 0), &evidence);
    assert_eq!(suggestion.kind, GapKind::Unknown);
    assert_eq!((suggestion.confidence, suggestion.missing_words.len()), (None, 0));
    assert_eq!(suggestion.priority, priority(2, 1, 0.25, None));
    assert_eq!(
        suggestion.rationale,
        "2 searches found nothing in 2 sessions of 1 actor; 50 % of these sessions ended unmet or failed."
    );
    let names: Vec<&str> =
        suggestion.nearest_tools.iter().map(|near| near.tool_name.as_str()).collect();
    assert_eq!(names, ["refund_invoices", "refund_invoice", "list_invoices"]);
    assert!(suggestion.nearest_tools.iter().all(|near| (0.0..=1.0).contains(&near.similarity)));
}

#[test]
fn catalog_tells_what_exists_from_what_is_missing() {
    let tool = |name: &str, description: &str| CatalogTool {
        name: name.to_owned(),
        description: description.to_owned(),
        ..CatalogTool::default()
    };
    let catalog: Catalog = [
        tool("create_refund", "Refunds a paid invoice to the customer"),
        tool("list_invoices", "Lists the invoices of a customer"),
        tool("get_weather", "Tells the weather of a city"),
    ]
    .into_iter()
    .collect();
    let demands = [
        demand(DISCOVERY, Some("refund a paid invoice"), &[0]),
        demand(DISCOVERY, Some("rotate picture clockwise"), &[1]),
        demand(CONTENT, Some("refund a paid invoice"), &[2]),
        demand(DISCOVERY, None, &[3]),
    ];
    let offer = Offer::new(&catalog, [], &Words);
    let clusters = offered(&demands, &offer, &mut Registry::default());
    let said = |number: usize| suggest(of(&clusters, number), &Evidence::default());
    let exists = said(0);
    assert_eq!((exists.kind, &exists.suggested_name), (GapKind::Undiscoverable, &None));
    assert_eq!(exists.nearest_tools[0].tool_name, "create_refund");
    assert!(exists.rationale.contains("create_refund seems to do this"), "{}", exists.rationale);
    let lacks = said(1);
    assert_eq!(lacks.kind, GapKind::Missing);
    assert_eq!(lacks.suggested_name.as_deref(), Some("rotate_picture_clockwise"));
    assert!(lacks.missing_words.is_empty() && lacks.confidence >= Some(0.5));
    assert_eq!((said(2).kind, said(2).confidence), (GapKind::Content, None));
    assert_eq!((said(3).kind, said(3).confidence), (GapKind::Unknown, None));
}

fn demands() -> impl Strategy<Value = Vec<(SearchKind, Option<String>, Vec<u32>)>> {
    const VOCABULARY: &[&str] =
        &["refund", "invoices", "bulk", "train", "server:", "tool:", "<b>", "zzz", "?"];
    let text = proptest::collection::vec(proptest::sample::select(VOCABULARY), 0..4);
    let text = proptest::option::weighted(0.9, text.prop_map(|words| words.join(" ")));
    let kind = prop_oneof![Just(DISCOVERY), Just(CONTENT)];
    let sessions = proptest::collection::btree_set(0..9_u32, 1..4);
    let demand = (kind, text, sessions)
        .prop_map(|(kind, text, sessions)| (kind, text, sessions.into_iter().collect::<Vec<_>>()));
    proptest::collection::vec(demand, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_demand_is_in_exactly_one_cluster_of_its_kind(rows in demands()) {
        let given: Vec<Demand<'_>> =
            rows.iter().map(|(kind, text, own)| demand(*kind, text.as_deref(), own)).collect();
        let clusters = found(&given, &mut Registry::default());
        prop_assert_eq!(clusters.cluster_of.len(), given.len());
        let mut members = Vec::new();
        for (index, cluster) in (0..).zip(clusters.iter()) {
            for member in &cluster.members {
                prop_assert_eq!(clusters.cluster_of[*member as usize], index);
                prop_assert_eq!(given[*member as usize].kind, cluster.kind);
                members.push(*member);
            }
            prop_assert!(!cluster.label.is_empty() && !cluster.title.is_empty());
        }
        members.sort_unstable();
        prop_assert_eq!(members, (0..given.len() as u32).collect::<Vec<_>>());
        let labels: BTreeSet<String> =
            clusters.iter().map(|cluster| cluster.label.to_lowercase()).collect();
        prop_assert_eq!(labels.len(), clusters.len());
    }

    #[test]
    fn order_of_demands_does_not_matter(rows in demands()) {
        let given: Vec<Demand<'_>> =
            rows.iter().map(|(kind, text, own)| demand(*kind, text.as_deref(), own)).collect();
        let turned: Vec<Demand<'_>> = given.iter().rev().cloned().collect();
        let (mut left, mut right) = (Registry::default(), Registry::default());
        let (mut ours, theirs) = (found(&given, &mut left), found(&turned, &mut right));
        prop_assert_eq!(left.to_json(), right.to_json());
        ours.cluster_of.reverse();
        prop_assert_eq!(&ours.cluster_of, &theirs.cluster_of);
        for (ours, theirs) in ours.iter().zip(theirs.iter()) {
            prop_assert_eq!(&ours.title, &theirs.title);
            prop_assert_eq!(&ours.suggested_name, &theirs.suggested_name);
        }
    }
}
