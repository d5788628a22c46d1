//! An engine whose events are durable and which takes in more while it is asked.

mod batch;
mod body;
mod checkpoint;
mod growing;
mod joiner;
mod judge;
mod known;
mod raw;
mod recluster;
mod sent;
mod settings;
mod state;
mod upkeep;
mod waiting;
mod writer;

use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_insights_api as api;
use mcp_insights_calls::Extractor;
use mcp_insights_events::{
    Event, Input, Place, Progress, Rejection, Sources, Timestamp, Unreadable,
};
use mcp_insights_registry::{MemberHash, Registry};
use mcp_insights_store::{Compacted, Dropped, Folder, Storage, Usage};
use parking_lot::Mutex;
use rayon::prelude::*;

use crate::build;
use crate::durable::batch::{Bound, bind};
use crate::durable::growing::Told;
use crate::durable::joiner::{Joiner, JoinerThread};
use crate::durable::recluster::Policy;
use crate::durable::sent::Sent;
use crate::durable::state::{Begun, State, Taken};
use crate::durable::upkeep::UpkeepThreads;
use crate::durable::waiting::Waiting;
use crate::durable::writer::{Joins, Writer};
use crate::edit;
use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;

pub use checkpoint::missing_records;
pub use settings::{Limits, Settings, SettingsError};
pub use upkeep::Upkeep;

/// An import of more than this part of all events is taken in as a whole.
const LARGE_SHARE: u64 = 8;
/// A log of so many bytes is long.
const LONG_LOG: u64 = 64 << 20;
/// Fewer rows of replaced sessions than these are left in memory.
const MUCH_REPLACED: u64 = 10_000;
/// Events that an import stores at a time.
const IMPORTED_AT_ONCE: usize = 4096;
/// Of these, events that one thread reads at a time.
const READ_TOGETHER: usize = 256;

/// Events on disk, and an [`Engine`] over all of them.
///
/// [`DurableEngine::ingest`] takes in a batch: when it returns, every accepted event is durable, and what
/// [`DurableEngine::snapshot`] gives from then on has seen it. Batches that come at the same time are stored together.
/// The next snapshot is made beside the one that is being asked, and costs what is new. A thread joins to it what was stored, a
/// millisecond or two behind: so long `snapshot` may wait, and, unless something cannot join, never for what is being stored, imported,
/// grouped or edited.
/// [`DurableEngine::upkeep`] does what is due now and then; whoever keeps an engine open calls it from a thread of its own.
/// Grouping, tidying up and checkpoints have threads of their own, as many as the global rayon pool, made when they are first wanted.
/// So has what joins, from the beginning. A thread of a rayon pool should neither take in nor take a snapshot: it waits for others
/// meanwhile. An executor of futures should leave both to a thread that may block.
///
/// New texts join the topics that there are, or none; [`DurableEngine::recluster`] groups all of them anew. So what is
/// answered follows from the events, and from the ids and edits as they stood after the last grouping and edit, in
/// whatever batches the events came and however often the engine was opened. Only names of clusters of failed searches, verdicts on them
/// and what is similar to them are as old as the last [`DurableEngine::refresh`].
///
/// Opening computes everything again, or only what came since a [`DurableEngine::checkpoint`]. One is kept when the engine is dropped,
/// where much has come since the last; keep others when [`DurableEngine::wants_checkpoint`] says so, for the time after a crash.
///
/// Cheap to clone; the clones are one engine, which is dropped with the last of them. That waits for the checkpoint: a second or two for
/// millions of events.
#[derive(Clone)]
pub struct DurableEngine(Arc<Shared>);

struct Shared {
    storage: Arc<dyn Storage>,
    options: Options,
    extractor: Extractor,
    joiner: Arc<Joiner>,
    /// The first record that the last checkpoint has not seen.
    kept: AtomicU64,
    policy: Policy,
    upkeep: UpkeepThreads,
    /// The version at which nothing was due; 0 for none.
    kept_up: AtomicU64,
    /// Held by who changes ids and edits or drops events, so that a grouping, during which events are taken in, loses no edit
    /// and brings nothing back.
    editing: Mutex<()>,
    /// Batches that wait for the writer.
    waiting: Waiting,
    /// Held by who writes.
    writer: Arc<Mutex<Writer>>,
    /// Ends when all is joined.
    _thread: JoinerThread,
}

/// Keeps a checkpoint, so that opening it again takes a moment.
impl Drop for Shared {
    fn drop(&mut self) {
        let next = self.storage.next_sequence().0;
        let since = next.saturating_sub(*self.kept.get_mut());
        let mut writer = self.writer.lock();
        if std::thread::panicking() || !writer.is_whole() {
            return;
        }
        let events = writer.growing().map_or(0, |growing| growing.events());
        if !checkpoint::is_worth_it(events, since) {
            return;
        }
        let Ok(taken) = writer.taken() else { return };
        drop(writer);
        // Nobody could be told that it failed, and nothing is lost but time.
        let _ = self.upkeep.run(|| checkpoint::write(&taken, &self.options, self.storage.as_ref()));
    }
}

/// What an import took in.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Events taken, those known before included.
    pub accepted: u64,
    /// Of these, the ones whose id was known already.
    pub duplicates: u64,
    /// Every refused record, by source and offset; behind them those that are too large with the server that they are written to.
    pub rejections: Vec<Rejection>,
    /// Files inside given folders that could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// How an engine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Events held, each id once.
    pub events: u64,
    /// Grows with every change that an answer could show. It waits as [`DurableEngine::snapshot`] does.
    pub version: u64,
    /// What the storage holds.
    pub usage: Usage,
}

impl Engine {
    /// Opens a folder of events for taking in and asking, with default [`Options`]. See [`DurableEngine::open`].
    ///
    /// # Errors
    /// As [`DurableEngine::open`].
    pub fn open(folder: &Path) -> Result<DurableEngine, Error> {
        DurableEngine::open(folder, Options::default())
    }

    /// The engine over a folder as it stands, also while another process writes it. It does not see what comes later.
    ///
    /// # Errors
    /// [`Error::Store`] where the folder cannot be read, [`Error::Registry`] where its ids belong to another embedder.
    pub fn open_read_only(folder: &Path, options: Options) -> Result<Self, Error> {
        let storage: Arc<dyn Storage> = Arc::new(Folder::open_read_only(folder)?);
        let options = settings::configured(storage.as_ref(), options)?;
        State::engine(storage, options)
    }
}

impl DurableEngine {
    /// Opens a folder, which is made where there is none, for taking in and asking. One process can do so at a time.
    ///
    /// With a checkpoint, segments and closed files of the log are not read: that one is damaged comes as an error of what reads it
    /// later, and until it is repaired, events may be refused then.
    ///
    /// # Errors
    /// [`Error::Store`] where the folder cannot be used or another process writes it, [`Error::Registry`] where its ids
    /// belong to another embedder.
    pub fn open(folder: &Path, options: Options) -> Result<Self, Error> {
        Self::with_storage(Arc::new(Folder::open(folder)?), options)
    }

    /// An engine over any storage, of which it must be the one writer. Where it holds [`Settings`], their idle gaps
    /// take the place of those of the options.
    ///
    /// # Errors
    /// [`Error::Store`] where the storage cannot be read, [`Error::Settings`] where its settings are none,
    /// [`Error::Registry`] where its ids belong to another embedder.
    pub fn with_storage(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        let options = settings::configured(storage.as_ref(), options)?;
        let state = State::load(Arc::clone(&storage), options.clone())?;
        let State { known, growing, kept, .. } = state;
        let policy = Policy::new(&growing.engine());
        let joiner = Arc::new(Joiner::new(growing));
        let writer = Writer::new(Arc::clone(&storage), options.clone(), known, Arc::clone(&joiner));
        let writer = Arc::new(Mutex::new(writer));
        Ok(Self(Arc::new(Shared {
            storage,
            extractor: Extractor::new(options.rules.clone()),
            options,
            _thread: JoinerThread::begin(&joiner, &writer),
            joiner,
            kept: AtomicU64::new(kept.0),
            policy,
            upkeep: UpkeepThreads::default(),
            kept_up: AtomicU64::new(0),
            editing: Mutex::default(),
            waiting: Waiting::default(),
            writer,
        })))
    }

    /// The engine over everything that was acknowledged so far. It never changes; ask for the next one to see more.
    ///
    /// It waits until that has joined. Where something could not, which should never be, everything is read again first; where that
    /// fails too, this is the engine as it was before, and [`DurableEngine::upkeep`] tells why.
    #[must_use]
    pub fn snapshot(&self) -> Engine {
        self.0.joiner.settle();
        self.0.joiner.snapshot()
    }

    /// Takes in the body of one request: `{"schema_version":1,"events":[…]}`.
    ///
    /// A bad event never takes a good one with it. With a `server` all events are written to it, whatever they say.
    ///
    /// # Errors
    /// [`Error::Validation`] where the body as a whole is no batch; [`Error::Store`] where the events could not be made
    /// durable: then none of them is there.
    pub fn ingest(&self, body: &[u8], server: Option<&str>) -> Result<api::IngestReport, Error> {
        let bound = Bound::read(body, server)?;
        let mut batch = bound.parse(&self.0.options.read);
        let accepted = batch.parsed.len() as u64;
        let rejected = mem::take(&mut batch.rejected);
        let duplicate_count = self.store(batch)?;
        Ok(api::IngestReport {
            accepted,
            rejected,
            duplicate_count,
            schema_version: api::IngestReport::SCHEMA_VERSION,
        })
    }

    /// Takes in everything that files, folders, streams or bytes hold, in every container that
    /// [`Engine::read`] reads. What was stored before an error stays.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Source`] where an input cannot be read, [`Error::Store`] where events cannot be stored.
    pub fn import(
        &self,
        inputs: Vec<Input>,
        server: Option<&str>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Imported, Error> {
        let (shares, report, sources) = build::take_in(inputs, &self.0.options, progress)?;
        let mut places: Vec<_> = Vec::with_capacity(shares.len());
        for share in shares.into_parts().1 {
            places.extend(share.into_facts()?.events.iter().map(|event| event.place));
        }
        places.sort_unstable();
        let mut imported = Imported {
            accepted: report.accepted + report.duplicates,
            duplicates: report.duplicates,
            rejections: report.rejections,
            unreadable: report.unreadable,
        };
        let mut writer = self.0.writer.lock();
        let is_large = places.len() as u64 * LARGE_SHARE > writer.growing()?.events();
        let joins = if is_large { Joins::Later } else { Joins::Soon };
        let mut seen_at = self.0.joiner.last_queued();
        let mut stored = Ok(());
        for places in places.chunks(IMPORTED_AT_ONCE) {
            let fetched = self.fetch_bound(&sources, places, server);
            let outcome = fetched.and_then(|(events, refused)| {
                imported.accepted -= refused.len() as u64;
                imported.rejections.extend(refused);
                let events = self.read(&events);
                // What waits to join is held in memory.
                self.0.joiner.wait_for(seen_at);
                writer.store(events, joins)
            });
            match outcome {
                Ok(outcome) => {
                    imported.duplicates += outcome.duplicates.iter().sum::<u64>();
                    seen_at = outcome.seen_at;
                }
                Err(error) => {
                    stored = Err(error);
                    break;
                }
            }
        }
        // What was stored before an error stays, and is seen.
        if is_large {
            writer.reload()?;
        }
        drop(writer);
        self.0.joiner.acknowledge(seen_at);
        stored?;
        Ok(imported)
    }

    /// JSON texts that are events, read on all threads.
    fn read(&self, events: &[Vec<u8>]) -> Vec<Arc<Sent>> {
        let Shared { options, extractor, .. } = &*self.0;
        let shares = events.par_chunks(READ_TOGETHER).map(|events| {
            let events = events.iter().map(|json| ((), json.as_slice()));
            Arc::new(Sent::read(events, &options.read, extractor).0)
        });
        shares.collect()
    }

    /// The events that stand at places of sources, bound to a server, and those of them that are no events any more when they are.
    fn fetch_bound(
        &self,
        sources: &Sources,
        places: &[Place],
        server: Option<&str>,
    ) -> Result<(Vec<Vec<u8>>, Vec<Rejection>), Error> {
        let fetched = sources.fetch(places)?;
        let Some(server) = server else { return Ok((fetched, Vec::new())) };
        let bounds = &self.0.options.read;
        let (mut events, mut refused) = (Vec::with_capacity(fetched.len()), Vec::new());
        for (place, event) in places.iter().zip(fetched) {
            let bound = bind(&String::from_utf8_lossy(&event), server).into_owned().into_bytes();
            // All that binding can break is the bound of an event's size.
            let refusal = (bound.len() > bounds.max_event_bytes)
                .then(|| Event::parse(&bound, bounds).err())
                .flatten();
            match refusal {
                None => events.push(bound),
                Some(refusal) => refused.push(Rejection {
                    source: sources.name(place.source).unwrap_or_default().to_owned(),
                    offset: place.offset,
                    line: None,
                    event_id: refusal.event_id,
                    reason: refusal.reason,
                    detail: format!("with its mcp_server_id: {}", refusal.detail),
                }),
            }
        }
        Ok((events, refused))
    }

    /// Edits a topic, as `PATCH /insights/topics/{id}` does, and stores the edit.
    ///
    /// # Errors
    /// As [`Engine::update_topic`]; [`Error::Store`] where the edit cannot be stored.
    pub fn update_topic(
        &self,
        id: &str,
        patch: &api::TopicPatch,
        now: Timestamp,
    ) -> Result<api::TopicDetail, Error> {
        let _editing = self.0.editing.lock();
        let (_, detail) = self.snapshot().update_topic(id, patch, now)?;
        let mut writer = self.0.writer.lock();
        let mut registry = writer.growing()?.registry().clone();
        registry.topics.edit(id, edit::topic_change(patch)?)?;
        writer.keep_registry(registry)?;
        Ok(detail)
    }

    /// Edits a cluster of failed searches, as `PATCH /insights/searches/{id}` does, and stores the edit.
    ///
    /// # Errors
    /// As [`DurableEngine::update_topic`].
    pub fn update_search(
        &self,
        id: &str,
        patch: &api::SearchPatch,
        now: Timestamp,
    ) -> Result<api::SearchDetail, Error> {
        let _editing = self.0.editing.lock();
        let (next, detail) = self.snapshot().update_search(id, patch, now)?;
        let mut writer = self.0.writer.lock();
        let mut registry = writer.growing()?.registry().clone();
        // A cluster of one that came with new events is not registered before someone edits it.
        match next.registry().searches.entry(id) {
            Some(entry) if registry.searches.entry(id).is_none() => registry.searches.adopt(entry),
            _ => drop(registry.searches.edit(id, edit::search_change(patch)?, now)?),
        }
        writer.keep_registry(registry)?;
        Ok(detail)
    }

    /// Groups all intents and failed searches anew, from the groups that there are on, and stores the ids.
    ///
    /// # Errors
    /// [`Error::Store`] where the ids cannot be stored; then nothing has changed.
    pub fn recluster(&self) -> Result<(), Error> {
        let _editing = self.0.editing.lock();
        self.group_anew()?;
        // All texts of the events were asked for now.
        self.0.options.embedder.forget_unused();
        self.0.policy.settle(&self.snapshot());
        Ok(())
    }

    /// Groups anew, while nobody edits.
    fn group_anew(&self) -> Result<(), Error> {
        self.begin_anew(|taken, registry, unregistered| {
            // Before anything was grouped, groups are as provisional as their ids: then what is found depends on the events alone.
            let is_first = registry.searches.is_empty();
            taken.group(&self.0.options, registry);
            if !is_first {
                let ids = unregistered.iter().map(|(id, text)| (id.as_str(), *text));
                registry.searches.redirect(ids);
            }
        })
    }

    /// Makes everything that is computed of the events anew, beside the engine that is asked and takes in.
    fn begin_anew(
        &self,
        change: impl FnOnce(&Taken, &mut Registry, &[(String, MemberHash)]) + Send,
    ) -> Result<(), Error> {
        let (taken, mut registry, unregistered) = {
            let mut writer = self.0.writer.lock();
            let taken = writer.taken()?;
            let growing = writer.growing()?;
            (taken, growing.registry().clone(), growing.unregistered())
        };
        let storage = Arc::clone(&self.0.storage);
        let begun = self.0.upkeep.run(|| {
            let taken = taken.compact();
            change(&taken, &mut registry, &unregistered);
            Begun::of(taken, registry, storage, self.0.options.clone()).nearer()
        })?;
        self.0.writer.lock().adopt(begun)
    }

    /// Whether it is time to [group anew](DurableEngine::recluster): since the last grouping, the events have doubled, or
    /// sessions whose intents are in no topic have become more by a tenth of all, and by 20 at least.
    #[must_use]
    pub fn wants_recluster(&self) -> bool {
        self.0.policy.wants(&self.snapshot())
    }

    /// Tells the names of clusters of failed searches and the verdicts on them anew, of all that was acknowledged so far.
    ///
    /// New demand joins the clusters that there are, which keep their names and verdicts until then, or until the next grouping.
    /// Events are taken in meanwhile.
    ///
    /// # Errors
    /// [`Error::Store`] where everything must be read again and cannot.
    pub fn refresh(&self) -> Result<(), Error> {
        // Ids and edits that change meanwhile would be lost.
        let _editing = self.0.editing.lock();
        let (snapshot, registry) = self.0.writer.lock().growing()?.untold();
        let told = self.0.upkeep.run(|| Told::of(snapshot, &registry));
        self.0.writer.lock().change(|growing| growing.adopt(told))
    }

    /// Whether it is time to [refresh](DurableEngine::refresh): an eighth of the sessions that looked for something in vain is
    /// new. Few sessions are told at once, whenever that is so.
    ///
    /// # Errors
    /// As [`DurableEngine::refresh`].
    pub fn wants_refresh(&self) -> Result<bool, Error> {
        Ok(self.0.writer.lock().growing()?.wants_retelling())
    }

    /// Keeps what was computed of the events so far, so that opening again takes a fraction of the time. Where there is nothing
    /// new since the last time, nothing is written.
    ///
    /// The events are durable without it, and what it keeps is never trusted where it does not fit them.
    ///
    /// # Errors
    /// [`Error::Store`] where it cannot be written.
    pub fn checkpoint(&self) -> Result<(), Error> {
        // What is being dropped must not be kept.
        let _editing = self.0.editing.lock();
        let mut writer = self.0.writer.lock();
        if self.since_checkpoint() == 0 {
            return Ok(());
        }
        let taken = writer.taken()?;
        drop(writer);
        let (options, storage) = (&self.0.options, self.0.storage.as_ref());
        self.0.upkeep.run(|| checkpoint::write(&taken, options, storage))?;
        self.0.kept.store(taken.next.0, Ordering::Release);
        Ok(())
    }

    /// Whether it is time for a [checkpoint](DurableEngine::checkpoint): so many events have come since the last one that
    /// taking them in when the engine is opened would take long.
    #[must_use]
    pub fn wants_checkpoint(&self) -> bool {
        checkpoint::is_due(self.snapshot().read_report().accepted, self.since_checkpoint())
    }

    /// Records that the last checkpoint has not seen.
    fn since_checkpoint(&self) -> u64 {
        let next = self.0.storage.next_sequence().0;
        next.saturating_sub(self.0.kept.load(Ordering::Acquire))
    }

    /// Tidies the storage up, and the memory where it holds much that was replaced: a session that gets more events is another
    /// row.
    ///
    /// # Errors
    /// [`Error::Store`] where files cannot be written.
    pub fn compact(&self) -> Result<Compacted, Error> {
        let compacted = self.0.upkeep.run(|| self.0.storage.compact())?;
        if self.holds_much_replaced() {
            let _editing = self.0.editing.lock();
            self.begin_anew(|_, _, _| {})?;
        }
        Ok(compacted)
    }

    /// Whether [tidying up](DurableEngine::compact) is worth it: the log, which is several times as large as segments, has become
    /// long, or more than half of the rows in memory were replaced.
    ///
    /// # Errors
    /// [`Error::Store`] where the size of the log cannot be read.
    pub fn wants_compact(&self) -> Result<bool, Error> {
        Ok(self.0.storage.usage()?.log_bytes >= LONG_LOG || self.holds_much_replaced())
    }

    fn holds_much_replaced(&self) -> bool {
        let engine = self.snapshot();
        let rows = engine.snapshot().sessions.events.len() as u64;
        rows > 2 * engine.read_report().accepted + MUCH_REPLACED
    }

    /// Drops what began before a time, as far as the storage can drop it as a whole: a folder drops segments, so that a log must be
    /// [moved into segments](DurableEngine::compact) first.
    ///
    /// # Errors
    /// [`Error::Store`] where files cannot be written.
    pub fn drop_before(&self, time: Timestamp) -> Result<Dropped, Error> {
        // A grouping that has read what goes must not bring it back.
        let _editing = self.0.editing.lock();
        let mut writer = self.0.writer.lock();
        self.dropped(&mut writer, || Ok(self.0.storage.drop_before(time)?))
    }

    /// Drops every event of an actor, and groups what is left, so that no label or key word is made of his texts. Labels and notes that
    /// people wrote stay.
    ///
    /// # Errors
    /// [`Error::Store`] where files cannot be written.
    pub fn forget_actor(&self, actor_id: &str) -> Result<Dropped, Error> {
        let _editing = self.0.editing.lock();
        let is_known = self.snapshot().snapshot().sessions.texts.find(actor_id).is_some();
        if is_known {
            // Before: whatever happens in between, nothing of it is left.
            let mut writer = self.0.writer.lock();
            let mut registry = writer.growing()?.registry().clone();
            registry.forget_descriptions();
            writer.keep_registry(registry)?;
        }
        let mut writer = self.0.writer.lock();
        // It holds texts of his. Before, as nothing of it may be left.
        self.forget_checkpoint()?;
        let dropped = self.dropped(&mut writer, || Ok(self.0.storage.forget_actor(actor_id)?))?;
        drop(writer);
        if is_known || dropped.events > 0 {
            self.group_anew()?;
        }
        Ok(dropped)
    }

    /// Where the events are, and the small documents beside them.
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.0.storage
    }

    /// Grows with every change that an answer could show. It waits as [`DurableEngine::snapshot`] does.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.joiner.settle();
        self.0.joiner.version()
    }

    /// How it stands.
    ///
    /// # Errors
    /// [`Error::Store`] where the size of the storage cannot be read.
    pub fn status(&self) -> Result<Status, Error> {
        Ok(Status {
            events: self.snapshot().read_report().accepted,
            version: self.version(),
            usage: self.0.storage.usage()?,
        })
    }

    /// Drops events, while nobody edits or groups, and shows those that are left.
    fn dropped(
        &self,
        writer: &mut Writer,
        drop: impl FnOnce() -> Result<Dropped, Error>,
    ) -> Result<Dropped, Error> {
        // It may go halfway: what it leaves must not be taken for what is known.
        let was_whole = writer.is_whole();
        writer.is_changing();
        let dropped = drop()?;
        if dropped.events > 0 {
            // It holds texts of what is gone.
            self.forget_checkpoint()?;
        }
        if dropped.events == 0 && was_whole {
            writer.is_unchanged();
        } else {
            writer.reload()?;
        }
        Ok(dropped)
    }

    fn forget_checkpoint(&self) -> Result<(), Error> {
        checkpoint::remove(self.0.storage.as_ref())?;
        self.0.kept.store(0, Ordering::Release);
        self.0.kept_up.store(0, Ordering::Release);
        Ok(())
    }
}
