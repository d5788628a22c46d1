//! Vectors that are computed once, and kept from run to run.

use std::cmp::Reverse;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use ndarray::Array2;
use rayon::prelude::*;
use thiserror::Error;
use twox_hash::XxHash3_128;

use crate::Embedder;

/// Steps to the unit in which numbers of a vector are kept. A cosine moves by less than 0.001.
const STEPS: f32 = 2048.0;

/// A thread gets at least so many texts: to wake it takes longer than fewer of them.
const LEAST_SHARED: usize = 256;

/// So often are vectors looked for that others let go of meanwhile.
const ATTEMPTS: usize = 64;

/// What a file of vectors begins with; the last byte is the version of the format.
const MAGIC: &[u8; 8] = b"mcpivec\x02";

/// Bytes of vectors that are written though nobody asked for their texts since they were read: some 80,000 texts of
/// [`Accurate`](crate::Accurate), so that another dump that is read now and then is not embedded each time.
const MOST_UNUSED: usize = 64 << 20;

/// Generations after which the use of a vector is worth writing down again.
const STALE: u32 = 8;

/// Why kept vectors cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeptVectorsError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file is none of these, breaks off, or is damaged.
    #[error("these are no vectors that this version kept: {0}")]
    Damaged(&'static str),
    /// The file was written with another embedder.
    #[error("the vectors are those of the embedder {found}, not of {expected}")]
    OtherEmbedder {
        /// Name of the embedder that the vectors are of.
        found: String,
        /// Name of the embedder that is used now.
        expected: String,
    },
}

/// An embedder that asks another for each distinct text once, and can keep the answers.
///
/// A vector is the same whether it was just computed or kept: its numbers are rounded to 1/2048 in either case.
/// Vectors are found by a 128-bit hash of their texts, which themselves are not kept.
///
/// # What is let go of
/// Each vector knows the generation in which its text was asked for last; whoever reads vectors begins the next generation.
/// [`write`](KeptVectors::write) keeps all whose texts were asked for since, and of the others those asked for last, up to 64 MiB. So
/// what is written does not grow with every dump that was ever seen, and depends on nothing but what was asked for.
/// [`forget_unused`](Embedder::forget_unused) lets go of vectors in memory.
///
/// ```
/// use std::sync::Arc;
/// use mcp_insights_text::{Embedder, HashedNgrams, KeptVectors};
///
/// let first = KeptVectors::new(Arc::new(HashedNgrams));
/// let computed = first.embed(&["refund my order"]);
/// let mut file = Vec::new();
/// first.write(&mut file)?;
///
/// let second = KeptVectors::new(Arc::new(HashedNgrams));
/// second.read(file.as_slice())?;
/// assert_eq!(second.embed(&["refund my order"]), computed);
/// assert_eq!(second.computed(), 0);
/// # Ok::<(), mcp_insights_text::KeptVectorsError>(())
/// ```
pub struct KeptVectors {
    embedder: Arc<dyn Embedder>,
    progress: Option<Box<Report>>,
    /// New texts of all calls so far, and how many of them are done: calls may run side by side.
    asked: AtomicUsize,
    done: AtomicUsize,
    /// Whether a vector was asked for that was not for many generations, or some were forgotten.
    refreshed: AtomicBool,
    store: RwLock<Store>,
}

/// Is told how many new texts are done, and how many there are.
type Report = dyn Fn(usize, usize) + Send + Sync;

#[derive(Default)]
struct Store {
    /// Row of each text.
    rows: HashMap<u128, u32>,
    /// In steps, row by row.
    steps: Vec<i16>,
    /// Generation in which each row was asked for last.
    used: Vec<AtomicU32>,
    /// Rows that are new since the vectors were read.
    computed: usize,
    /// The generation in which these were read.
    first: u32,
    /// The present one.
    generation: u32,
}

impl Store {
    /// The rows that are written: all that are in use, then those used last, as many as `most_unused` bytes hold; by hash.
    fn rows_to_write(&self, row_bytes: usize, most_unused: usize) -> Vec<(u128, u32, u32)> {
        let used =
            |row: u32| self.used.get(row as usize).map_or(0, |used| used.load(Ordering::Relaxed));
        let rows = self.rows.iter().map(|(key, row)| (*key, *row, used(*row)));
        let (mut kept, mut unused): (Vec<_>, Vec<_>) =
            rows.partition(|(.., used)| *used >= self.first);
        unused.sort_unstable_by_key(|(key, _, used)| (Reverse(*used), *key));
        unused.truncate(most_unused / row_bytes.max(1));
        kept.append(&mut unused);
        kept.sort_unstable();
        kept
    }
}

impl KeptVectors {
    /// One that knows no text yet.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self {
            embedder,
            progress: None,
            asked: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            refreshed: AtomicBool::new(false),
            store: RwLock::default(),
        }
    }

    /// Tells `progress` how many of the new texts of all calls are embedded, and how many there are so far; from any thread.
    #[must_use]
    pub fn with_progress(self, progress: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        Self { progress: Some(Box::new(progress)), ..self }
    }

    /// How many vectors were computed since these were read.
    #[must_use]
    pub fn computed(&self) -> usize {
        self.store.read().unwrap_or_else(PoisonError::into_inner).computed
    }

    /// Whether writing them saves a later run time: there are new ones, or some that would look unused for long.
    #[must_use]
    pub fn is_worth_writing(&self) -> bool {
        self.computed() > 0 || self.refreshed.load(Ordering::Relaxed)
    }

    /// Takes in vectors that were written before, in place of those that it has.
    ///
    /// # Errors
    /// [`KeptVectorsError`], after which nothing was taken in.
    pub fn read(&self, mut reader: impl Read) -> Result<(), KeptVectorsError> {
        let damaged = KeptVectorsError::Damaged;
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let mut rest = bytes.as_slice();
        if take(&mut rest, MAGIC.len()) != Some(MAGIC) {
            return Err(damaged("they do not begin as such"));
        }
        let length = take(&mut rest, 1).and_then(|length| length.first()).copied();
        let name = length.and_then(|length| take(&mut rest, usize::from(length)));
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let Some(name) = name else { return Err(damaged("they name no embedder")) };
        if name != self.embedder.name() {
            return Err(KeptVectorsError::OtherEmbedder {
                found: name.to_owned(),
                expected: self.embedder.name().to_owned(),
            });
        }
        let checksum = take(&mut rest, 16).and_then(number);
        if checksum != Some(XxHash3_128::oneshot(rest)) {
            return Err(damaged("the checksum is another"));
        }
        let dimensions = self.embedder.dimensions();
        let row_bytes = row_bytes(dimensions);
        let written = take(&mut rest, 4).and_then(generation);
        let Some(written) = written.filter(|_| rest.len() % row_bytes == 0) else {
            return Err(damaged("they break off"));
        };
        let first = written.saturating_add(1);
        let rows = rest.len() / row_bytes;
        let mut read = Store {
            rows: HashMap::with_capacity(rows),
            steps: Vec::with_capacity(rows * dimensions),
            used: Vec::with_capacity(rows),
            first,
            generation: first,
            ..Store::default()
        };
        for row in rest.chunks_exact(row_bytes) {
            let (key, row) = row.split_at(16);
            let (used, numbers) = row.split_at(4);
            let (Some(key), Some(used)) = (number(key), generation(used)) else { break };
            read.rows.insert(key, index(read.rows.len()));
            read.used.push(AtomicU32::new(used.min(written)));
            let (steps, _) = numbers.as_chunks();
            read.steps.extend(steps.iter().map(|step| i16::from_le_bytes(*step)));
        }
        if read.rows.len() * dimensions != read.steps.len() {
            return Err(damaged("a text is there twice"));
        }
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = read;
        self.refreshed.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Writes the vectors that are worth keeping, in the order of their texts' hashes.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, writer: impl Write) -> io::Result<()> {
        self.write_with(writer, MOST_UNUSED)
    }

    fn write_with(&self, mut writer: impl Write, most_unused: usize) -> io::Result<()> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let dimensions = self.embedder.dimensions();
        let rows = store.rows_to_write(row_bytes(dimensions), most_unused);
        let mut body = Vec::with_capacity(4 + rows.len() * row_bytes(dimensions));
        body.extend_from_slice(&store.generation.to_le_bytes());
        for (key, row, used) in rows {
            body.extend_from_slice(&key.to_le_bytes());
            body.extend_from_slice(&used.to_le_bytes());
            let start = row as usize * dimensions;
            let steps = store.steps.get(start..start + dimensions).unwrap_or_default();
            body.extend(steps.iter().flat_map(|step| step.to_le_bytes()));
        }
        let name = self.embedder.name().as_bytes();
        let length = u8::try_from(name.len()).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "the embedder's name is too long")
        })?;
        writer.write_all(MAGIC)?;
        writer.write_all(&[length])?;
        writer.write_all(name)?;
        writer.write_all(&XxHash3_128::oneshot(&body).to_le_bytes())?;
        writer.write_all(&body)?;
        writer.flush()
    }

    /// The vectors of texts in steps, row by row.
    fn steps_of(&self, keys: &[u128], texts: &[&str]) -> Vec<i16> {
        for _ in 0..ATTEMPTS {
            self.learn(keys, texts);
            // Between the two, another thread may have let go of some.
            if let Some(steps) = self.known(keys) {
                return steps;
            }
        }
        // An embedder that gives fewer rows than it is asked for.
        vec![0; keys.len() * self.dimensions()]
    }

    /// The vectors of texts in steps, where all are known. While the lock is held no other thread is waited for: this one might be
    /// given work that wants the lock as well.
    fn known(&self, keys: &[u128]) -> Option<Vec<i16>> {
        let dimensions = self.dimensions();
        let mut steps = Vec::with_capacity(keys.len() * dimensions);
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            let row = *store.rows.get(key)? as usize;
            let before = store.used.get(row)?.swap(store.generation, Ordering::Relaxed);
            if before.saturating_add(STALE) <= store.generation {
                self.refreshed.store(true, Ordering::Relaxed);
            }
            steps.extend_from_slice(store.steps.get(row * dimensions..(row + 1) * dimensions)?);
        }
        Some(steps)
    }

    /// Computes the vectors of the texts that are not known yet.
    fn learn(&self, keys: &[u128], texts: &[&str]) {
        let mut unknown: HashMap<u128, &str> = HashMap::new();
        {
            let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
            for (key, text) in keys.iter().zip(texts) {
                if !store.rows.contains_key(key) {
                    unknown.insert(*key, text);
                }
            }
        }
        let mut unknown: Vec<(u128, &str)> = unknown.into_iter().collect();
        if unknown.is_empty() {
            return;
        }
        // An order that does not hang on that of the map.
        unknown.sort_unstable();
        self.asked.fetch_add(unknown.len(), Ordering::Relaxed);
        let texts: Vec<&str> = unknown.iter().map(|(_, text)| *text).collect();
        let vectors = self.embedder.embed_with(&texts, &|more| {
            let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
            if let Some(progress) = &self.progress {
                progress(done, self.asked.load(Ordering::Relaxed));
            }
        });
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        for ((key, _), vector) in unknown.iter().zip(vectors.outer_iter()) {
            let row = index(store.rows.len());
            // Another thread may have been asked for the same text.
            if let Entry::Vacant(entry) = store.rows.entry(*key) {
                entry.insert(row);
                store.steps.extend(vector.iter().map(|number| step(*number)));
                let generation = store.generation;
                store.used.push(AtomicU32::new(generation));
                store.computed += 1;
            }
        }
    }
}

impl Embedder for KeptVectors {
    fn name(&self) -> &str {
        self.embedder.name()
    }

    fn dimensions(&self) -> usize {
        self.embedder.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Array2<f32> {
        let keys: Vec<u128> = texts
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|text| XxHash3_128::oneshot(text.as_bytes()))
            .collect();
        let dimensions = self.dimensions();
        let steps = self.steps_of(&keys, texts);
        let mut numbers = vec![0.0; texts.len() * dimensions];
        let numbered = numbers.par_iter_mut().zip(&steps);
        numbered.with_min_len(LEAST_SHARED * dimensions).for_each(|(number, step)| {
            *number = f32::from(*step) / STEPS;
        });
        Array2::from_shape_vec((texts.len(), dimensions), numbers)
            .unwrap_or_else(|_| Array2::zeros((texts.len(), dimensions)))
    }

    fn covers(&self, text: &str) -> bool {
        self.embedder.covers(text)
    }

    fn forget_unused(&self) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let dimensions = self.embedder.dimensions();
        let (present, before) = (store.generation, store.rows.len());
        let mut kept: Vec<(u128, u32)> = store.rows.iter().map(|(key, row)| (*key, *row)).collect();
        kept.retain(|(_, row)| {
            let used = store.used.get(*row as usize);
            used.is_some_and(|used| used.load(Ordering::Relaxed) == present)
        });
        let (mut rows, mut steps) = (HashMap::with_capacity(kept.len()), Vec::new());
        steps.reserve_exact(kept.len() * dimensions);
        for (key, row) in kept {
            let start = row as usize * dimensions;
            rows.insert(key, index(rows.len()));
            steps.extend_from_slice(store.steps.get(start..start + dimensions).unwrap_or_default());
        }
        store.used = rows.iter().map(|_| AtomicU32::new(present)).collect();
        (store.rows, store.steps) = (rows, steps);
        store.generation = present.saturating_add(1);
        if store.rows.len() < before {
            // What was written has them still.
            self.refreshed.store(true, Ordering::Relaxed);
        }
    }
}

/// Bytes of a written vector: the hash of its text, the generation of its last use, its numbers.
fn row_bytes(dimensions: usize) -> usize {
    16 + 4 + 2 * dimensions
}

#[expect(clippy::cast_possible_truncation, reason = "a number of a unit vector times 2048 fits")]
fn step(number: f32) -> i16 {
    (number * STEPS).round() as i16
}

fn index(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn number(bytes: &[u8]) -> Option<u128> {
    Some(u128::from_le_bytes(bytes.try_into().ok()?))
}

fn generation(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::HashedNgrams;

    #[test]
    fn who_is_asking_misses_nothing_that_others_let_go_of() {
        let kept = &KeptVectors::new(Arc::new(HashedNgrams));
        let texts: Vec<String> = (0..40).map(|number| format!("refund order {number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let expected = KeptVectors::new(Arc::new(HashedNgrams)).embed(&texts);
        let is_done = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    kept.forget_unused();
                    std::thread::yield_now();
                }
            });
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for _ in 0..500 {
                    assert!(kept.embed(&texts) == expected);
                }
            }));
            is_done.store(true, Ordering::Relaxed);
            outcome.unwrap();
        });
    }

    /// Counts what it is asked for.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Embedder for Counting {
        fn name(&self) -> &str {
            HashedNgrams.name()
        }
        fn dimensions(&self) -> usize {
            HashedNgrams.dimensions()
        }
        fn embed(&self, texts: &[&str]) -> Array2<f32> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            HashedNgrams.embed(texts)
        }
        fn covers(&self, text: &str) -> bool {
            HashedNgrams.covers(text)
        }
    }

    fn written(texts: &[&str]) -> Vec<u8> {
        let vectors = KeptVectors::new(Arc::new(HashedNgrams));
        vectors.embed(texts);
        let mut file = Vec::new();
        vectors.write(&mut file).unwrap();
        file
    }

    #[test]
    fn a_text_is_embedded_once() {
        let counting = Arc::new(Counting::default());
        let vectors = KeptVectors::new(Arc::clone(&counting) as Arc<dyn Embedder>);
        let twice = vectors.embed(&["refund", "order", "refund"]);
        assert_eq!(twice.row(0), twice.row(2));
        assert_eq!(vectors.embed(&["order"]).row(0), twice.row(1));
        assert_eq!((counting.0.load(Ordering::Relaxed), vectors.computed()), (2, 2));
    }

    #[test]
    fn kept_vectors_are_those_computed_and_new_texts_join_them() {
        let counting = Arc::new(Counting::default());
        let second = KeptVectors::new(Arc::clone(&counting) as Arc<dyn Embedder>);
        second.read(written(&["refund", "order"]).as_slice()).unwrap();
        let texts = ["order", "invoice", "refund"];
        let fresh = KeptVectors::new(Arc::new(HashedNgrams)).embed(&texts);
        assert_eq!(second.embed(&texts), fresh);
        assert_eq!((counting.0.load(Ordering::Relaxed), second.computed()), (1, 1));
    }

    #[test]
    fn progress_counts_the_new_texts_of_all_calls() {
        let told = Arc::new(RwLock::new(Vec::new()));
        let listener = Arc::clone(&told);
        let vectors = KeptVectors::new(Arc::new(HashedNgrams))
            .with_progress(move |done, all| listener.write().unwrap().push((done, all)));
        vectors.embed(&["a", "b"]);
        vectors.embed(&["b", "c"]);
        vectors.embed(&["c"]);
        assert_eq!(*told.read().unwrap(), [(2, 2), (3, 3)]);
    }

    #[test]
    fn bytes_do_not_depend_on_the_order_of_texts() {
        assert_eq!(written(&["a", "b", "c"]), written(&["c", "a", "b", "a"]));
    }

    /// Another run on what an earlier one wrote, which asks for texts.
    fn next_run(file: &[u8], texts: &[&str], most_unused: usize) -> (KeptVectors, Vec<u8>) {
        let vectors = KeptVectors::new(Arc::new(HashedNgrams));
        vectors.read(file).unwrap();
        vectors.embed(texts);
        let mut file = Vec::new();
        vectors.write_with(&mut file, most_unused).unwrap();
        (vectors, file)
    }

    fn known(file: &[u8], texts: &[&str]) -> Vec<bool> {
        let is_known = |text: &&str| {
            let vectors = KeptVectors::new(Arc::new(HashedNgrams));
            vectors.read(file).unwrap();
            vectors.embed(&[text]);
            vectors.computed() == 0
        };
        texts.iter().map(is_known).collect()
    }

    #[test]
    fn vectors_that_were_not_used_for_longest_are_not_written() {
        let room_for_one = row_bytes(HashedNgrams.dimensions());
        let first = written(&["a", "b"]);
        let (_, second) = next_run(&first, &["b", "c"], room_for_one);
        assert_eq!(known(&second, &["a", "b", "c"]), [true, true, true]);
        // All used ones are kept, and one of the others: `b` or `c`, used last in the second run, and not `a`.
        let (_, third) = next_run(&second, &["d", "e", "f"], room_for_one);
        let found = known(&third, &["a", "b", "c", "d", "e", "f"]);
        assert!(!found[0] && (found[1] != found[2]), "{found:?}");
        assert_eq!(found[3..], [true, true, true]);
        let (_, again) = next_run(&second, &["f", "d", "e"], room_for_one);
        assert_eq!(again, third, "the same history gives the same bytes");
        let (_, none) = next_run(&second, &["d"], 0);
        assert_eq!(known(&none, &["a", "b", "c", "d"]), [false, false, false, true]);
    }

    #[test]
    fn use_is_worth_writing_after_some_generations() {
        let mut file = written(&["a", "b"]);
        for _ in 0..STALE - 1 {
            let (vectors, next) = next_run(&file, &["b"], MOST_UNUSED);
            assert!(!vectors.is_worth_writing());
            file = next;
        }
        let (vectors, _) = next_run(&file, &["b"], MOST_UNUSED);
        assert!(!vectors.is_worth_writing(), "it was used last time");
        let (vectors, _) = next_run(&file, &["a"], MOST_UNUSED);
        assert!(vectors.is_worth_writing(), "it would look unused for long");
        let (vectors, _) = next_run(&file, &["new"], MOST_UNUSED);
        assert!(vectors.is_worth_writing());
    }

    #[test]
    fn what_was_not_asked_for_between_two_calls_is_forgotten() {
        let counting = Arc::new(Counting::default());
        let vectors = KeptVectors::new(Arc::clone(&counting) as Arc<dyn Embedder>);
        let first = vectors.embed(&["refund", "order"]);
        vectors.forget_unused();
        assert_eq!(vectors.embed(&["order", "invoice"]).row(0), first.row(1));
        vectors.forget_unused();
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
        assert!(vectors.is_worth_writing());
        let mut file = Vec::new();
        vectors.write_with(&mut file, 0).unwrap();
        assert_eq!(known(&file, &["refund", "order", "invoice"]), [false, true, true]);
        assert_eq!(vectors.embed(&["refund"]).row(0), first.row(0), "it is only computed again");
    }

    #[test]
    fn vectors_keep_their_directions() {
        let texts = ["refund my order", "how do i reset the password"];
        let (exact, kept) =
            (HashedNgrams.embed(&texts), KeptVectors::new(Arc::new(HashedNgrams)).embed(&texts));
        for (exact, kept) in exact.outer_iter().zip(kept.outer_iter()) {
            assert!(exact.dot(&kept) > 0.999);
        }
    }

    #[test]
    fn what_is_no_file_of_this_embedder_is_refused_and_changes_nothing() {
        struct Other;
        impl Embedder for Other {
            fn name(&self) -> &str {
                "other-1"
            }
            fn dimensions(&self) -> usize {
                2
            }
            fn embed(&self, texts: &[&str]) -> Array2<f32> {
                Array2::ones((texts.len(), 2))
            }
            fn covers(&self, _: &str) -> bool {
                true
            }
        }
        let good = written(&["refund", "order"]);
        let other = KeptVectors::new(Arc::new(Other));
        let error = other.read(good.as_slice()).unwrap_err();
        assert!(matches!(error, KeptVectorsError::OtherEmbedder { .. }), "{error}");
        let vectors = KeptVectors::new(Arc::new(HashedNgrams));
        for length in 0..good.len().min(200) {
            assert!(vectors.read(&good[..length]).is_err(), "{length}");
        }
        for place in [0, 7, 8, 12, 30, good.len() - 1] {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            assert!(vectors.read(damaged.as_slice()).is_err(), "{place}");
        }
        assert_eq!(vectors.computed(), 0);
        vectors.read(good.as_slice()).unwrap();
        vectors.embed(&["order", "refund"]);
        assert_eq!(vectors.computed(), 0);
    }
}
