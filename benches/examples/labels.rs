//! The topics of a labelled set by name, with the label that most of their texts have.
use std::collections::BTreeMap;
use mcp_insights_benches::quality::{labelled, sample::shuffled};
use mcp_insights_cluster::{Settings, cluster};
use mcp_insights_text::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let lines = labelled::read(path.as_ref()).unwrap();
    let rows = shuffled((0..lines.len()).collect(), 6000, 1);
    let lines: Vec<_> = rows.iter().map(|row| &lines[*row]).collect();
    let folded: Vec<String> = lines.iter().map(|line| fold(&line.text)).collect();
    let refs: Vec<&str> = folded.iter().map(String::as_str).collect();
    let vectors = if std::env::args().nth(2).as_deref() == Some("fast") { Fast.embed(&refs) } else { Accurate.embed(&refs) };
    let groups = cluster(vectors.view(), &vec![1; refs.len()], &Settings::default());
    let n = groups.iter().flatten().max().map_or(0, |m| *m as usize + 1);
    let mut of = vec![NamelessGroup::default(); n];
    let mut counts = vec![BTreeMap::new(); n];
    for ((line, text), group) in lines.iter().zip(&refs).zip(&groups) {
        if let Some(group) = group {
            of[*group as usize].texts.push(GroupText { folded: text, original: &line.text, weight: 1 });
            *counts[*group as usize].entry(line.label.as_str()).or_insert(0) += 1;
        }
    }
    let background = Background::from_texts(refs.iter().map(|text| (*text, 1)));
    let t = std::time::Instant::now();
    let names = name_groups(&of, &KeyPhraseLabeler, &background, &[], "Other requests");
    eprintln!("{:?}", t.elapsed());
    for ((name, counts), group) in names.iter().zip(&counts).zip(&of) {
        let mut top: Vec<_> = counts.iter().map(|(l, c)| (*c, *l)).collect();
        top.sort(); top.reverse();
        println!("{name:<40} {:>4}  {}", group.texts.len(), top.iter().take(3).map(|(c, l)| format!("{l}:{c}")).collect::<Vec<_>>().join(" "));
    }
}
