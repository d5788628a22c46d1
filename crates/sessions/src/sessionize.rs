//! All sessions of a set of events.

use std::convert::Infallible;
use std::sync::Arc;

use hashbrown::HashSet;
use mcp_insights_calls::{Arena, EventFact, Facts, Share, Shares, SpillError};
use mcp_insights_events::{TextId, TextTable};
use rayon::prelude::*;

use crate::actors::Identifiers;
use crate::analysis::{self, Findings};
use crate::columns::{self, Columns};
use crate::conversation::Conversation;
use crate::grouping::{self, Draft, Grouping};
use crate::intents::{self, Intents};
use crate::known_texts::KnownTexts;
use crate::queries::{Queries, Tally};
use crate::{CommonWords, Reasons, Sessions, Settings, UnattachedEvent, frustration, group_of};

/// Sessions that one task analyses at least: enough to make the task's own cost vanish.
const STRETCH: usize = 512;
/// So many tasks at most: enough to share the work out, and few as they stay the stretches of the columns.
const TASKS: usize = 32;

/// Groups events into sessions and analyses each.
///
/// The result depends on the set of events only, never on their order or on the number of threads; of one event
/// id there must be one event (`Shares::deduplicate`). Costs a sort of the events and one pass over the sessions.
#[must_use]
pub fn sessionize(mut facts: Facts, settings: &Settings) -> Sessions {
    let grouped = Grouped::of(&facts, settings);
    facts.ids = Arena::default();
    let texts = std::mem::take(&mut facts.texts);
    let Ok(sessions) = make(texts, vec![(facts, grouped)], Ok::<_, Infallible>, settings);
    sessions
}

/// The same for facts in shares, of which those in a file are in memory only while one is worked on.
///
/// # Errors
/// Where the file cannot be read.
pub fn sessionize_shares(shares: Shares, settings: &Settings) -> Result<Sessions, SpillError> {
    let (texts, shares) = shares.into_parts();
    let grouped: Result<Vec<_>, SpillError> = shares
        .into_par_iter()
        .filter(|share| !share.is_empty())
        .map(|mut share| {
            let grouped = share.look(|facts| {
                let grouped = Grouped::of(facts, settings);
                // Ids settled the order, and nothing else asks for them.
                facts.ids = Arena::default();
                grouped
            })?;
            Ok((share, grouped))
        })
        .collect();
    make(texts, grouped?, Share::into_facts, settings)
}

/// What is found in facts before the sessions of all can be analysed.
struct Grouped {
    grouping: Grouping,
    unattached: Vec<UnattachedEvent>,
    found: Found,
}

/// What sessions of all facts have in common.
#[derive(Default)]
struct Found {
    queries: Tally,
    identifiers: Identifiers,
    declared: HashSet<TextId>,
}

impl Grouped {
    fn of(facts: &Facts, settings: &Settings) -> Self {
        let mut grouping = grouping::group(facts, settings);
        let loose = std::mem::take(&mut grouping.unattached);
        let found = Found {
            queries: tally(facts, &grouping),
            identifiers: Identifiers::of(facts),
            declared: intents::declared(facts),
        };
        Self { unattached: unattached(facts, &loose), found, grouping }
    }
}

impl Found {
    fn merge(&mut self, other: Self) {
        self.queries.merge(other.queries);
        self.identifiers.merge(other.identifiers);
        self.declared.extend(other.declared);
    }
}

/// Analyses what was grouped. Facts are taken up by `facts_of` and let go of one after another.
fn make<S: Send, E: Send>(
    mut texts: TextTable,
    grouped: Vec<(S, Grouped)>,
    facts_of: impl Fn(S) -> Result<Facts, E> + Sync,
    settings: &Settings,
) -> Result<Sessions, E> {
    let (mut all, mut loose, mut groupings) = (Found::default(), Vec::new(), Vec::new());
    for (source, Grouped { grouping, unattached, found }) in grouped {
        all.merge(found);
        loose.extend(unattached);
        groupings.push((source, grouping));
    }
    let ((queries, common_words), intents) = rayon::join(
        || Queries::count(&texts, &all.queries, settings.analysed_chars),
        || Intents::of(&texts, all.declared, settings.analysed_chars),
    );
    let folded = intern(&mut texts, &intents);
    texts.settle();
    // One share may have most sessions.
    let stretch = stretch(groupings.iter().map(|(_, grouping)| grouping.drafts.len()).sum());
    let stretches: Result<Vec<Vec<Columns>>, E> = groupings
        .into_par_iter()
        .map(|(source, grouping)| {
            let facts = Facts { texts: texts.clone(), ..facts_of(source)? };
            Ok(analyse(&facts, grouping, &queries, &intents, &folded, stretch, settings))
        })
        .collect();
    drop((queries, intents));
    let stretches = stretches?.into_iter().flatten().collect();
    in_order(&texts, &mut loose);
    let identifiers = all.identifiers.into_map();
    Ok(Sessions {
        unattached: loose.into(),
        identifiers: identifiers.into_iter().collect(),
        common_words: Arc::new(common_words),
        ..columns::join(stretches, texts)
    })
}

/// The sessions of whole groups (see [`group_of`](crate::group_of)), where the common words are known from elsewhere.
///
/// The texts of the facts are settled and get new ones; those of the result are the same. What is found out about them is kept in
/// `known`. Identifiers of actors are left to the caller.
#[must_use]
pub fn sessionize_groups(
    facts: &mut Facts,
    common_words: &Arc<CommonWords>,
    known: &mut KnownTexts,
    settings: &Settings,
) -> Sessions {
    let Grouped { grouping, mut unattached, found } = Grouped::of(facts, settings);
    let chars = settings.analysed_chars;
    let queries = Queries::with(&facts.texts, known, &found.queries, common_words, chars);
    known.fold(&mut facts.texts, &found.declared, chars);
    let (intents, folded) = Intents::known(known, found.declared);
    let stretch = stretch(grouping.drafts.len());
    let stretches = analyse(facts, grouping, &queries, &intents, &folded, stretch, settings);
    in_order(&facts.texts, &mut unattached);
    let mut sessions = columns::join(stretches, std::mem::take(&mut facts.texts));
    sessions.texts.settle();
    facts.texts = sessions.texts.clone();
    Sessions { unattached: unattached.into(), common_words: Arc::clone(common_words), ..sessions }
}

/// The ids of the folded text of each class of intents.
fn intern(texts: &mut TextTable, intents: &Intents) -> Vec<TextId> {
    intents.folded().iter().map(|text| texts.intern(text)).collect()
}

/// How many of so many sessions make a stretch.
fn stretch(sessions: usize) -> usize {
    sessions.div_ceil(TASKS).max(STRETCH)
}

/// Analyses every draft, so many in a stretch.
fn analyse(
    facts: &Facts,
    mut grouping: Grouping,
    queries: &Queries,
    intents: &Intents,
    folded: &[TextId],
    stretch: usize,
    settings: &Settings,
) -> Vec<Columns> {
    let mut drafts = std::mem::take(&mut grouping.drafts);
    drafts
        .par_chunks_mut(stretch)
        .map(|drafts| analysed(facts, &grouping, drafts, queries, intents, folded, settings))
        .collect()
}

/// The queries of the sessions. Synthetic ones are known, for their own traces, and do not count.
fn tally(facts: &Facts, grouping: &Grouping) -> Tally {
    let mut tally = Tally::default();
    for draft in &grouping.drafts {
        for event in members(facts, grouping, draft).filter(|event| event.is_work) {
            for search in facts.searches.range(event.searches.range()) {
                tally.add(search, !draft.is_workflow);
            }
        }
    }
    tally
}

fn analysed(
    facts: &Facts,
    grouping: &Grouping,
    drafts: &mut [Draft],
    queries: &Queries,
    intents: &Intents,
    folded: &[TextId],
    settings: &Settings,
) -> Columns {
    let mut columns = Columns::with_room_for(drafts, facts);
    let mut conversation = Conversation::default();
    let mut findings = Findings::default();
    for draft in drafts {
        let events = members(facts, grouping, draft);
        conversation.lay_out(facts, events, intents, settings.analysed_chars);
        let mut reasons = Reasons::default();
        let verdict = analysis::analyse(facts, &conversation, queries, &mut findings, &mut reasons);
        let frustration = frustration::score(reasons);
        columns.push(draft, &mut conversation, &findings, verdict, frustration, folded);
    }
    columns.shrink();
    columns
}

fn members<'a>(
    facts: &'a Facts,
    grouping: &'a Grouping,
    draft: &Draft,
) -> impl Iterator<Item = &'a EventFact> + use<'a> {
    let order = grouping.order.get(draft.events.clone()).unwrap_or(&[]);
    order.iter().filter_map(|index| facts.events.get(*index as usize))
}

fn unattached(facts: &Facts, indices: &[u32]) -> Vec<UnattachedEvent> {
    let events = indices.iter().filter_map(|index| facts.events.get(*index as usize));
    let unattached = events.map(|event| UnattachedEvent {
        server: event.server,
        group: group_of(&facts.texts, event),
        place: event.place,
        started_at: event.started_at,
        is_workflow: event.is_workflow,
    });
    unattached.collect()
}

fn in_order(texts: &TextTable, events: &mut [UnattachedEvent]) {
    let key = |event: &UnattachedEvent| {
        let server = event.server.map(|server| texts.get(server));
        (event.started_at, server, event.is_workflow)
    };
    events.par_sort_unstable_by(|left, right| key(left).cmp(&key(right)));
}

#[cfg(test)]
mod tests {
    use mcp_insights_calls::{Extractor, Rules};
    use mcp_insights_events::{Collector, Event, Place, ReadSettings, Refusal};

    use super::*;

    #[test]
    fn newest_identity_is_told_by_event_id_where_times_are_equal() -> Result<(), Refusal> {
        for number in 0..20 {
            let extractor = Extractor::new(Rules::default());
            let mut facts = extractor.begin();
            for (place, name) in ["second", "first"].into_iter().enumerate() {
                let json = format!(
                    r#"{{"event_id":"{number}-{}","kind":"actor_identity","actor_id":"a",
                    "started_at":"2026-01-31T08:00:00Z","metadata":{{"identifier":"{name}"}}}}"#,
                    2 - place
                );
                let event = Event::parse(json.as_bytes(), &ReadSettings::default())?;
                let place = Place { source: 0, length: 0, offset: place as u64 };
                extractor.add(&mut facts, &event, json.as_bytes(), place);
            }
            let sessions = sessionize(facts, &Settings::default());
            let found: Vec<&str> =
                sessions.identifiers.iter().map(|(_, name)| sessions.texts.get(*name)).collect();
            assert_eq!(found, ["second"], "{number}");
        }
        Ok(())
    }
}
