//! All sessions of a set of events.

use std::sync::Arc;

use mcp_insights_calls::{EventFact, Facts};
use mcp_insights_events::TextId;
use rayon::prelude::*;

use crate::analysis::{self, Findings};
use crate::columns::{self, Columns};
use crate::conversation::Conversation;
use crate::grouping::{self, Draft, Grouping};
use crate::intents::Intents;
use crate::queries::{Queries, Tally};
use crate::{
    CommonWords, Reasons, Sessions, Settings, UnattachedEvent, actors, frustration, group_of,
};

/// Sessions that one task analyses at least: enough to make the task's own cost vanish.
const STRETCH: usize = 512;
/// So many tasks at most: enough to share the work out, and few as they stay the stretches of the columns.
const TASKS: usize = 32;

/// Groups events into sessions and analyses each.
///
/// The result depends on the set of events only, never on their order or on the number of threads; of one event
/// id there must be one event (`Facts::deduplicate`). Costs a sort of the events and one pass over the sessions.
#[must_use]
pub fn sessionize(mut facts: Facts, settings: &Settings) -> Sessions {
    let grouping = grouping::group(&facts, settings);
    let ((queries, common_words), (identifiers, intents)) = rayon::join(
        || Queries::count(&facts, &tally(&facts, &grouping), settings.analysed_chars),
        || (actors::identifiers(&facts), Intents::of(&facts, settings.analysed_chars)),
    );
    // Columns go as soon as nothing asks for them any more: ids settled the order, the rest is analysed below.
    facts.ids = String::new();
    let unattached = unattached(&facts, &grouping.unattached);
    let stretches = analyse(&mut facts, grouping, &queries, &intents, settings);
    drop((queries, intents));
    let Facts { texts, .. } = facts;
    Sessions {
        unattached: unattached.into(),
        identifiers: identifiers.into(),
        common_words: Arc::new(common_words),
        ..columns::join(stretches, texts)
    }
}

/// The sessions of whole groups (see [`group_of`](crate::group_of)), where the common words are known from elsewhere.
///
/// The texts of the facts are settled and get new ones; those of the result are the same. Identifiers of actors are left to
/// the caller.
#[must_use]
pub fn sessionize_groups(
    facts: &mut Facts,
    common_words: &Arc<CommonWords>,
    settings: &Settings,
) -> Sessions {
    let grouping = grouping::group(facts, settings);
    let tally = tally(facts, &grouping);
    let queries = Queries::with(facts, &tally, common_words, settings.analysed_chars);
    let intents = Intents::of(facts, settings.analysed_chars);
    let unattached = unattached(facts, &grouping.unattached);
    let stretches = analyse(facts, grouping, &queries, &intents, settings);
    let mut sessions = columns::join(stretches, std::mem::take(&mut facts.texts));
    sessions.texts.settle();
    facts.texts = sessions.texts.clone();
    Sessions { unattached: unattached.into(), common_words: Arc::clone(common_words), ..sessions }
}

/// Analyses every draft, stretch by stretch.
fn analyse(
    facts: &mut Facts,
    mut grouping: Grouping,
    queries: &Queries,
    intents: &Intents,
    settings: &Settings,
) -> Vec<Columns> {
    let folded: Vec<TextId> =
        intents.folded().iter().map(|text| facts.texts.intern(text)).collect();
    let facts = &*facts;
    let mut drafts = std::mem::take(&mut grouping.drafts);
    let stretch = drafts.len().div_ceil(TASKS).max(STRETCH);
    drafts
        .par_chunks_mut(stretch)
        .map(|drafts| analysed(facts, &grouping, drafts, queries, intents, &folded, settings))
        .collect()
}

/// The queries of the sessions. Synthetic ones are known, for their own traces, and do not count.
fn tally(facts: &Facts, grouping: &Grouping) -> Tally {
    let mut tally = Tally::default();
    for draft in &grouping.drafts {
        for event in members(facts, grouping, draft).filter(|event| event.is_work) {
            for search in facts.searches.get(event.searches.range()).unwrap_or(&[]) {
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
    let mut columns = Columns::default();
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
    let mut events: Vec<UnattachedEvent> = indices
        .iter()
        .filter_map(|index| facts.events.get(*index as usize))
        .map(|event| UnattachedEvent {
            server: event.server,
            group: group_of(&facts.texts, event),
            place: event.place,
            started_at: event.started_at,
            is_workflow: event.is_workflow,
        })
        .collect();
    let key = |event: &UnattachedEvent| {
        let server = event.server.map(|server| facts.texts.get(server));
        (event.started_at, server, event.is_workflow)
    };
    events.par_sort_unstable_by(|left, right| key(left).cmp(&key(right)));
    events
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
