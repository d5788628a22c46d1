//! The names of the topics of real requests, for people to read: one snapshot a set.

use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::{
    Accurate, Background, Embedder, GroupText, KeyPhraseLabeler, NamelessGroup, fold,
    is_function_word, name_groups, words,
};

/// Every how-many-th request is taken: enough of each kind for a topic.
const EVERY: usize = 4;

#[test]
fn topics_of_requests_have_distinct_names_that_say_something() {
    let lines = mcp_insights_tests::fixtures::lines("labelled/clinc150.tsv.gz");
    let requests: Vec<&str> = lines
        .iter()
        .step_by(EVERY)
        .filter_map(|line| line.split_once('\t').map(|(_, request)| request))
        .collect();
    let folded: Vec<String> = requests.iter().map(|request| fold(request)).collect();
    let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
    let vectors = Accurate.embed(&folded);
    let groups = cluster(vectors.view(), &vec![1; folded.len()], &Settings::default());
    let number = groups.iter().flatten().max().map_or(0, |largest| *largest as usize + 1);
    let mut topics = vec![NamelessGroup::default(); number];
    for ((folded, original), group) in folded.iter().zip(&requests).zip(&groups) {
        if let Some(group) = group {
            topics[*group as usize].texts.push(GroupText { folded, original, weight: 1 });
        }
    }
    let background = Background::from_texts(folded.iter().map(|text| (*text, 1)));
    let names = name_groups(&topics, &KeyPhraseLabeler, &background, &[], "Other requests");

    let mut distinct: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len(), "all distinct");
    for name in &names {
        assert!(name.split(' ').count() <= 6, "{name}");
        assert!(words(name).iter().any(|word| !is_function_word(word)), "{name}");
    }
    let lone = names.iter().filter(|name| !name.contains(' ')).count();
    assert!(lone * 10 <= names.len(), "{lone} of {} names are one word", names.len());

    let mut listed: Vec<String> = names
        .iter()
        .zip(&topics)
        .map(|(name, topic)| format!("{:>4} {name}", topic.texts.len()))
        .collect();
    listed.sort_unstable_by(|left, right| right.cmp(left));
    insta::assert_snapshot!("clinc150_labels", listed.join("\n"));
}
