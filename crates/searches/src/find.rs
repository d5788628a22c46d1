//! The way from failed searches to clusters.

use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_calls::SearchKind;
use mcp_insights_registry::{Centroid, Entry, Kind, SearchEdits, Space};
use mcp_insights_text::{Background, Embedder, GroupText, NamelessGroup, keywords, name_groups};
use rayon::prelude::*;

use crate::phrase::{self, Wish};
use crate::texts::{Grouping, LEAST_SHARED, Text, distinct, group};
use crate::{Cluster, Clusters, Demand, Model, Offer, Question, Settings, Signs, Standing};

/// The label of capability requests that say nothing.
const TEXTLESS_REQUEST: &str = "Capability request without a text";
/// The label of searches for what the API can do without a text.
const TEXTLESS_DISCOVERY: &str = "Search without a text";
/// The same for searches for data.
const TEXTLESS_CONTENT: &str = "Search for data without a text";
/// The label of a cluster whose texts have no words that could name it.
const NAMELESS: &str = "Other searches";
/// A cluster shows at most so many key words.
const MOST_KEYWORDS: usize = 8;
/// So many texts of a cluster, those of most sessions, are compared with the tools.
const MOST_JUDGED: usize = 64;

/// Groups failed searches and capability requests into clusters, and lets the registry remember them.
///
/// Texts are read without markup tags, and of `server: … tool: …` without the names of the fields; what is equal then,
/// folded, is one text. Each is in exactly one cluster, whatever the order of the demands. Discovery and content are never
/// together. A text that the embedder does not cover is a cluster of its own, and so are all capability requests without a
/// text together. Clusters of discoveries are compared with what the `offer` has.
#[must_use]
pub fn find(
    demands: &[Demand<'_>],
    offer: &Offer,
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &mut Space<SearchEdits>,
) -> Clusters {
    found(demands, offer, embedder, settings, space, Grouping::Cluster)
}

/// As [`find`], but none is grouped anew.
///
/// A text joins the cluster that remembers it, else the one whose centroid has the largest cosine with it (then the smaller
/// id), where that is at least [`Settings::same_meaning`]; else it is a cluster of its own. So what becomes of a text
/// depends on the text and the registry alone.
#[must_use]
pub fn assign(
    demands: &[Demand<'_>],
    offer: &Offer,
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &mut Space<SearchEdits>,
) -> Clusters {
    found(demands, offer, embedder, settings, space, Grouping::Assign)
}

fn found(
    demands: &[Demand<'_>],
    offer: &Offer,
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &mut Space<SearchEdits>,
    grouping: Grouping,
) -> Clusters {
    let mut texts = distinct(demands);
    let vectors = group(&mut texts, space, grouping, embedder, settings);
    let mut rows = vectors.outer_iter().map(|row| row.to_slice().unwrap_or_default());
    let rows: Vec<&[f32]> = texts.iter().map(|_| rows.next().unwrap_or_default()).collect();
    let remembered: Vec<(String, Kind, Centroid)> = match grouping {
        Grouping::Cluster => Vec::new(),
        Grouping::Assign => space
            .entries()
            .filter(|entry| !entry.centroid().is_none())
            .map(|entry| (entry.id().to_owned(), entry.kind(), entry.centroid().clone()))
            .collect(),
    };
    let mut clusters = clusters(demands, &texts, &rows, offer, embedder, settings, space);
    let registered = remembered
        .into_iter()
        .filter_map(|(id, kind, centroid)| Some((kind, clusters.find(&id, space)?, centroid)))
        .collect();
    clusters.registered = Arc::new(registered);
    clusters
}

/// The clusters of the distinct texts of demands, which are grouped. `rows` are their vectors.
pub(crate) fn clusters(
    demands: &[Demand<'_>],
    texts: &[Text],
    rows: &[&[f32]],
    offer: &Offer,
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &mut Space<SearchEdits>,
) -> Clusters {
    let members: Vec<_> = texts.iter().zip(rows).map(|(text, row)| text.as_member(row)).collect();
    let assignment = space.assign(&members);
    let mut held: HashMap<&str, Vec<usize>> = HashMap::new();
    for (text, place) in assignment.of.iter().enumerate() {
        if let Some(id) = place.and_then(|place| assignment.ids.get(place as usize)) {
            held.entry(id.as_str()).or_default().push(text);
        }
    }

    let entries: Vec<&Entry<SearchEdits>> = space.entries().collect();
    let mut groups: Vec<Group<'_>> = entries
        .par_iter()
        .with_min_len(LEAST_SHARED)
        .map(|entry| Group::new(entry, held.get(entry.id()), texts, rows))
        .collect();
    label(&mut groups, texts, offer, settings, space);
    let model = Model::of(embedder.name());
    groups.par_iter_mut().for_each(|group| {
        let signs = group.judge(demands, offer);
        // Of texts in a script that the embedder cannot read nothing can be said.
        let is_read = group.texts.iter().any(|text| embedder.covers(&text.folded));
        group.cluster.log_odds =
            signs.filter(|_| is_read).map(|signs| model.log_odds(&signs, settings.undiscoverable));
    });
    let mut found: Vec<Cluster> = Vec::with_capacity(groups.len());
    let mut cluster_of = vec![0; demands.len()];
    let mut texts_of: HashMap<(Kind, String), u32> = HashMap::new();
    for (index, group) in (0_u32..).zip(groups) {
        let Group { texts: own, mut cluster, .. } = group;
        space.describe(&cluster.id, &cluster.label, &cluster.keywords);
        for text in own {
            for demand in &text.demands {
                cluster.members.extend(u32::try_from(*demand));
                if let Some(place) = cluster_of.get_mut(*demand) {
                    *place = index;
                }
            }
            texts_of.insert((text.kind, text.folded.clone()), index);
        }
        let order = |member: &u32| {
            let demand = demands.get(*member as usize);
            demand.map(|demand| (std::cmp::Reverse(demand.sessions.len()), demand.text))
        };
        cluster.members.sort_by_key(order);
        found.push(cluster);
    }
    let mut clusters = Clusters::new(found, texts_of);
    clusters.cluster_of = cluster_of;
    clusters
}

/// A cluster in the making, with the texts that it has now: most sessions first, then by text.
struct Group<'a> {
    texts: Vec<&'a Text>,
    /// Their vectors.
    rows: Vec<&'a [f32]>,
    cluster: Cluster,
}

impl<'a> Group<'a> {
    fn new(
        entry: &Entry<SearchEdits>,
        own: Option<&Vec<usize>>,
        texts: &'a [Text],
        rows: &[&'a [f32]],
    ) -> Self {
        let mut own: Vec<usize> = own.cloned().unwrap_or_default();
        let of = |index: &usize| {
            let text = texts.get(*index)?;
            Some((text, rows.get(*index).copied().unwrap_or_default()))
        };
        let found = Centroid::of(own.iter().filter_map(of).map(|(text, row)| (row, text.weight())));
        let centroid = if own.is_empty() { entry.centroid().clone() } else { found };
        // Texts are ordered, so equal weights stay in the order of their texts.
        own.sort_by_key(|index| std::cmp::Reverse(texts.get(*index).map_or(0, Text::weight)));
        let is_content = entry.kind() == Kind::Content;
        let title = phrase::title(
            &own.iter()
                .filter_map(of)
                .map(|(text, row)| Wish {
                    text: &text.reading.wish,
                    weight: text.count,
                    typicality: thousandths(Centroid::of([(row, 1)]).similarity(&centroid)),
                })
                .collect::<Vec<_>>(),
        );
        let cluster = Cluster {
            id: entry.id().to_owned(),
            kind: if is_content { SearchKind::Content } else { SearchKind::Discovery },
            label: entry.label().to_owned(),
            keywords: entry.keywords().to_vec(),
            suggested_name: None,
            title: title.unwrap_or_default(),
            members: Vec::new(),
            first_seen: entry.first_seen_at(),
            last_seen: entry.last_seen_at(),
            centroid,
            nearest: Vec::new(),
            log_odds: None,
            missing_words: Vec::new(),
        };
        let own = own.iter().filter_map(of).unzip();
        Self { texts: own.0, rows: own.1, cluster }
    }

    /// Compares what was looked for with what there is, and gives the signs of it.
    fn judge(&mut self, demands: &[Demand<'_>], offer: &Offer) -> Option<Signs> {
        if self.cluster.kind == SearchKind::Content {
            return None;
        }
        let read = self.texts.iter().zip(&self.rows).take(MOST_JUDGED);
        let questions: Vec<Question<'_>> =
            read.map(|(text, row)| Question::of_reading(&text.reading, row)).collect();
        let own = self.texts.iter().flat_map(|text| &text.demands);
        let own = || own.clone().filter_map(|demand| demands.get(*demand));
        let is_known = own().all(|demand| !demand.servers.is_empty());
        let mut servers: Vec<&str> = if is_known {
            own().flat_map(|demand| demand.servers.iter().copied()).collect()
        } else {
            Vec::new()
        };
        servers.sort_unstable();
        servers.dedup();
        let Standing { nearest, signs } = offer.standing(&questions, &servers);
        if let Some(first) = nearest.first() {
            self.cluster.missing_words = offer.missing_words(first.index, &questions);
        }
        self.cluster.nearest = nearest;
        signs
    }

    /// What a group without a text is called.
    fn plain_label(&self) -> Option<&'static str> {
        let text = self.texts.first().filter(|text| text.folded.is_empty())?;
        Some(match text.kind {
            Kind::WordlessRequest => TEXTLESS_REQUEST,
            Kind::Content => TEXTLESS_CONTENT,
            Kind::Discovery | Kind::Intent => TEXTLESS_DISCOVERY,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cosine times 1000")]
fn thousandths(cosine: f64) -> i64 {
    (cosine * 1000.0).round() as i64
}

/// Names the clusters, and gives a title and a name for what they ask for.
fn label(
    groups: &mut [Group<'_>],
    texts: &[Text],
    offer: &Offer,
    settings: &Settings,
    space: &Space<SearchEdits>,
) {
    let background =
        Background::from_texts(texts.iter().map(|text| (text.folded_wish.as_str(), text.weight())));
    let nameless: Vec<NamelessGroup<'_>> = groups
        .iter()
        .map(|group| match group.plain_label() {
            Some(plain) => NamelessGroup { texts: Vec::new(), remembered: plain },
            None => NamelessGroup {
                texts: group.texts.iter().map(|text| text.as_group_text()).collect(),
                remembered: &group.cluster.label,
            },
        })
        .collect();
    let by_hand: Vec<&str> =
        space.entries().filter_map(|entry| entry.edits().label.as_deref()).collect();
    let labels = name_groups(&nameless, settings.labeler.as_ref(), &background, &by_hand, NAMELESS);
    groups.par_iter_mut().zip(labels).for_each(|(group, label)| {
        let own: Vec<GroupText<'_>> = group.texts.iter().map(|text| text.as_group_text()).collect();
        if !own.is_empty() {
            let folded: Vec<(&str, u32)> =
                own.iter().map(|text| (text.folded, text.weight)).collect();
            group.cluster.keywords = keywords(&folded, &background, MOST_KEYWORDS);
        }
        let cluster = &mut group.cluster;
        if cluster.title.is_empty() {
            cluster.title.clone_from(&label);
        } else if cluster.kind == SearchKind::Discovery {
            let words = phrase::name_words_of(&cluster.title);
            cluster.suggested_name = offer.style().name(&words);
        }
        cluster.label = label;
    });
}
