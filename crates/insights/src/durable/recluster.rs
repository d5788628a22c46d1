//! When it is time to group anew.

use parking_lot::Mutex;

use crate::engine::Engine;

/// Sessions in no topic must have become more by so many, and by this share of all sessions.
const LEAST_NEW: u64 = 20;
const SHARE_OF_ALL: u64 = 10;

/// How an engine stood after its last grouping, as far as it is known: else as it was opened.
pub(crate) struct Policy(Mutex<Standing>);

#[derive(Clone, Copy, Default)]
struct Standing {
    events: u64,
    sessions: u64,
    /// Sessions with an intent and no topic.
    unclustered: u64,
}

impl Standing {
    fn of(engine: &Engine) -> Self {
        let snapshot = engine.snapshot();
        let mut standing = Self { events: snapshot.account.report.accepted, ..Self::default() };
        for session in snapshot.sessions.iter().filter(|session| !session.is_workflow) {
            standing.sessions += 1;
            let has_intent = !session.turns.is_empty();
            let is_alone = has_intent && snapshot.session_topics(session).is_empty();
            standing.unclustered += u64::from(is_alone);
        }
        standing
    }
}

impl Policy {
    /// The policy of an engine that has just been opened. Where it has no topics, it was never grouped.
    pub(crate) fn new(engine: &Engine) -> Self {
        let was_grouped = !engine.snapshot().topics.is_empty();
        Self(Mutex::new(if was_grouped { Standing::of(engine) } else { Standing::default() }))
    }

    /// The engine has just been grouped.
    pub(crate) fn settle(&self, engine: &Engine) {
        *self.0.lock() = Standing::of(engine);
    }

    pub(crate) fn wants(&self, engine: &Engine) -> bool {
        let (then, now) = (*self.0.lock(), Standing::of(engine));
        let has_doubled = now.events >= 2 * then.events && now.sessions > 1;
        let more = now.unclustered.saturating_sub(then.unclustered);
        has_doubled || (more >= LEAST_NEW && more * SHARE_OF_ALL >= now.sessions)
    }
}
