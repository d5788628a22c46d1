//! From events to the sessions that they make: who belongs together, in which order, and where it is cut.

use std::ops::Range;

use hashbrown::HashMap;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::{TextId, TextTable, Timestamp};
use rayon::prelude::*;

use crate::conversation::narrow;
use crate::identity::{Identity, Kind};
use crate::parts::{Cuts, Moment, Part};
use crate::{Group, Settings, hints, order};

/// A session to be: its events and what identifies it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: Box<str>,
    pub(crate) key: Box<str>,
    pub(crate) server: Option<TextId>,
    /// The actor of the first work event.
    pub(crate) actor: TextId,
    pub(crate) hint: Option<TextId>,
    pub(crate) group: Group,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Timestamp,
    pub(crate) is_workflow: bool,
    /// Its events in order, in [`Grouping::order`].
    pub(crate) events: Range<usize>,
}

/// All events by session.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    /// Indices of events, session by session, in order.
    pub(crate) order: Vec<u32>,
    /// The sessions by (`started_at`, id).
    pub(crate) drafts: Vec<Draft>,
    /// Indices of the events that belong to none, in no particular order.
    pub(crate) unattached: Vec<u32>,
}

/// A thread gets at least so many texts: to wake it takes longer than fewer of them.
pub(crate) const LEAST_SHARED: usize = 64;
/// The same of events, which take less each.
const LEAST_EVENTS: usize = 1024;

/// Whose events may share a session. The numbers are places in the text table, 0 for none: they serve to compare
/// and are never a reason for an order that shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    server: u32,
    hint: u32,
    /// 0 where the hint identifies alone.
    actor: u32,
}

/// What sorting needs of an event, 24 bytes: most comparisons never touch the event itself.
#[derive(Clone, Copy)]
struct Row {
    owner: Owner,
    event: u32,
    started_at: Timestamp,
}

/// Groups events into sessions.
pub(crate) fn group(facts: &Facts, settings: &Settings) -> Grouping {
    let strengths = Strengths::of(facts);
    let mut grouping = Grouping::default();
    let mut rows: Vec<Row> = Vec::with_capacity(facts.events.len());
    for (index, event) in (0_u32..).zip(facts.events.iter()) {
        // Without a hint an identity names no session, only an actor.
        if event.kind == EventKind::ActorIdentity && event.hint.is_none() {
            grouping.unattached.push(index);
        } else {
            rows.push(Row {
                owner: strengths.owner(event),
                event: index,
                started_at: event.started_at,
            });
        }
    }
    let event = |row: &Row| facts.events.get(row.event as usize);
    // This sort is fast where rows are in order already, as those of one session after the other mostly are.
    rows.par_sort_by(|left, right| {
        (left.owner, left.started_at).cmp(&(right.owner, right.started_at)).then_with(|| {
            match (event(left), event(right)) {
                (Some(left), Some(right)) => order::compare(facts, left, right),
                _ => left.event.cmp(&right.event),
            }
        })
    });
    let add = |mut batch: Batch, rows: &[Row]| {
        batch.add(facts, settings, &strengths, rows);
        batch
    };
    let is_same = |left: &Row, right: &Row| left.owner == right.owner;
    let found = if rows.len() < 2 * LEAST_EVENTS {
        rows.chunk_by(is_same).fold(Batch::default(), add).grouping
    } else {
        let batches = rows.par_chunk_by(is_same).fold(Batch::default, add);
        batches.map(|batch| batch.grouping).reduce(Grouping::default, Grouping::append)
    };
    drop(rows);
    let mut grouping = grouping.append(found);
    grouping
        .drafts
        .par_sort_by(|left, right| (left.started_at, &left.id).cmp(&(right.started_at, &right.id)));
    grouping
}

impl Grouping {
    fn append(mut self, other: Self) -> Self {
        if self.order.is_empty() && self.unattached.is_empty() {
            return other;
        }
        let shift = self.order.len();
        self.order.extend(other.order);
        self.unattached.extend(other.unattached);
        self.drafts.extend(other.drafts.into_iter().map(|mut draft| {
            draft.events = draft.events.start + shift..draft.events.end + shift;
            draft
        }));
        self
    }
}

/// The group of an event: what it can share a session with depends on the events of its group alone. None for one that is in
/// no session whatever else there is, an `actor_identity` without a hint.
#[must_use]
pub fn group_of(texts: &TextTable, event: &EventFact) -> Option<Group> {
    if event.kind == EventKind::ActorIdentity && event.hint.is_none() {
        return None;
    }
    let alone = event.hint.is_some_and(|hint| hints::is_strong(texts.get(hint)));
    Some(Group { server: event.server, hint: event.hint, actor: (!alone).then_some(event.actor) })
}

/// Which hints identify a session alone.
enum Strengths {
    /// By their place in the text table.
    OfMany(Vec<Option<bool>>),
    /// Where there are far fewer events than texts, of which most are of other events.
    OfFew(HashMap<TextId, bool>),
}

impl Strengths {
    fn of(facts: &Facts) -> Self {
        let hints = facts.events.iter().filter_map(|event| event.hint);
        let is_strong = |hint| hints::is_strong(facts.texts.get(hint));
        if facts.events.len() < facts.texts.len() / 64 {
            let mut strengths = HashMap::new();
            for hint in hints {
                strengths.entry(hint).or_insert_with(|| is_strong(hint));
            }
            return Self::OfFew(strengths);
        }
        let mut strengths = vec![None; facts.texts.len()];
        for hint in hints {
            if let Some(strength @ None) = strengths.get_mut(hint.index()) {
                *strength = Some(is_strong(hint));
            }
        }
        Self::OfMany(strengths)
    }

    fn is_strong(&self, hint: TextId) -> bool {
        match self {
            Self::OfMany(strengths) => strengths.get(hint.index()).copied().flatten(),
            Self::OfFew(strengths) => strengths.get(&hint).copied(),
        }
        .unwrap_or(false)
    }

    fn owner(&self, event: &EventFact) -> Owner {
        let number = |text: Option<TextId>| text.map_or(0, |text| narrow(text.index() + 1));
        let alone = event.hint.is_some_and(|hint| self.is_strong(hint));
        Owner {
            server: number(event.server),
            hint: number(event.hint),
            actor: number((!alone).then_some(event.actor)),
        }
    }
}

/// The sessions of some owners.
#[derive(Default)]
struct Batch {
    grouping: Grouping,
    cuts: Cuts,
}

impl Batch {
    /// Adds the sessions of one owner.
    fn add(&mut self, facts: &Facts, settings: &Settings, strengths: &Strengths, rows: &[Row]) {
        let event = |row: &Row| facts.events.get(row.event as usize);
        let Some(any) = rows.first().and_then(event) else {
            return;
        };
        let gap = match any.hint {
            Some(_) => settings.hinted_idle_gap_micros,
            None => settings.idle_gap_micros,
        };
        let moments = rows.iter().filter_map(event).map(|event| Moment {
            started_at: event.started_at,
            ended_at: event.ended_at,
            is_work: event.is_work,
        });
        self.cuts.cut(moments, gap);
        let grouping = &mut self.grouping;
        let mut open: Option<(u32, Draft)> = None;
        for (row, part) in rows.iter().zip(&self.cuts.part_of) {
            let Some(number) = *part else {
                grouping.unattached.push(row.event);
                continue;
            };
            // Events of a part stand together: what joins it lies between its neighbours.
            if open.as_ref().is_none_or(|(open, _)| *open != number) {
                grouping.drafts.extend(open.take().map(|(_, draft)| draft));
                let part = self.cuts.parts.get(number as usize);
                open =
                    part.map(|part| (number, draft(*part, any, strengths, grouping.order.len())));
            }
            grouping.order.push(row.event);
            if let (Some((_, draft)), Some(event)) = (&mut open, event(row)) {
                draft.events.end = grouping.order.len();
                draft.is_workflow |= event.is_workflow;
            }
        }
        grouping.drafts.extend(open.map(|(_, draft)| draft));
        let first = grouping.drafts.len().saturating_sub(self.cuts.parts.len());
        for (number, draft) in grouping.drafts.iter_mut().skip(first).enumerate() {
            let events = grouping.order.get(draft.events.clone()).unwrap_or(&[]);
            let mut members = events.iter().filter_map(|index| facts.events.get(*index as usize));
            if let Some(first) = members.find(|event| event.is_work) {
                draft.actor = first.actor;
            }
            let identity = identity(facts, strengths, draft, number > 0);
            (draft.id, draft.key) = (identity.id(), identity.key());
        }
    }
}

fn draft(part: Part, any: &EventFact, strengths: &Strengths, start: usize) -> Draft {
    let alone = any.hint.is_some_and(|hint| strengths.is_strong(hint));
    Draft {
        id: Box::default(),
        key: Box::default(),
        server: any.server,
        actor: any.actor,
        hint: any.hint,
        group: Group { server: any.server, hint: any.hint, actor: (!alone).then_some(any.actor) },
        started_at: part.started_at,
        ended_at: part.ended_at,
        is_workflow: false,
        events: start..start,
    }
}

fn identity<'a>(
    facts: &'a Facts,
    strengths: &Strengths,
    draft: &Draft,
    is_later: bool,
) -> Identity<'a> {
    let later_part = is_later.then_some(draft.started_at);
    let actor = facts.texts.get(draft.actor);
    let kind = match draft.hint {
        None => Kind::Fallback { actor, first: draft.started_at },
        Some(hint) if strengths.is_strong(hint) => {
            Kind::Strong { hint: facts.texts.get(hint), later_part }
        }
        Some(hint) => Kind::Weak { hint: facts.texts.get(hint), actor, later_part },
    };
    Identity { server: draft.server.map(|server| facts.texts.get(server)), kind }
}
