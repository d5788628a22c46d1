//! Vectors that are computed once, and kept from run to run.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashSet;
use ndarray::Array2;
use rayon::prelude::*;
use store::{Found, Store, round};
use thiserror::Error;
use twox_hash::XxHash3_128;

use crate::Embedder;

mod store;

/// A thread gets at least so many texts: to wake it takes longer than fewer of them.
const LEAST_SHARED: usize = 256;

/// So often are vectors looked for that others let go of meanwhile.
const ATTEMPTS: usize = 64;

/// Bytes of vectors that are written though nobody asked for their texts since they were read: some 80,000 texts of
/// [`Accurate`](crate::Accurate), so that another dump that is read now and then is not embedded each time.
const MOST_UNUSED: usize = 64 << 20;

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

impl KeptVectors {
    /// One that knows no text yet.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        let store = RwLock::new(Store::new(embedder.dimensions()));
        Self {
            embedder,
            progress: None,
            asked: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            refreshed: AtomicBool::new(false),
            store,
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
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let read = Store::of_bytes(bytes, self.embedder.name(), self.embedder.dimensions())?;
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
        let bytes = store.to_bytes(self.embedder.name(), most_unused).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the embedder's name is too long")
        })?;
        drop(store);
        writer.write_all(&bytes)?;
        writer.flush()
    }

    /// The vectors of texts, where all are known. While the lock is held no other thread is waited for: this one might be given work
    /// that wants the lock as well.
    fn find(&self, keys: &[u128]) -> Option<Found> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let (found, was_stale) = store.find(keys)?;
        if was_stale {
            self.refreshed.store(true, Ordering::Relaxed);
        }
        Some(found)
    }

    /// Computes the vectors of the texts that are not known yet, each once, in the order of the texts. Gives them where every text was
    /// new and none is there twice.
    fn learn(&self, keys: &[u128], texts: &[&str]) -> Option<Array2<f32>> {
        let (mut unknown, mut unknown_texts) = (Vec::new(), Vec::new());
        {
            let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
            let mut met = HashSet::new();
            for (key, text) in keys.iter().zip(texts) {
                if !store.knows(*key) && met.insert(*key) {
                    unknown.push(*key);
                    unknown_texts.push(*text);
                }
            }
        }
        if unknown.is_empty() {
            return None;
        }
        self.asked.fetch_add(unknown.len(), Ordering::Relaxed);
        let mut vectors = self.embedder.embed_with(&unknown_texts, &|more| {
            let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
            if let Some(progress) = &self.progress {
                progress(done, self.asked.load(Ordering::Relaxed));
            }
        });
        let steps = round(&mut vectors);
        if vectors.ncols() == self.dimensions() {
            let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
            store.add(&unknown, steps);
        }
        let are_all_new = unknown.len() == texts.len();
        (are_all_new && vectors.dim() == (texts.len(), self.dimensions())).then_some(vectors)
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
        let shape = (texts.len(), self.dimensions());
        for _ in 0..ATTEMPTS {
            if let Some(vectors) = self.learn(&keys, texts) {
                return vectors;
            }
            // Between the two, another thread may have let go of some.
            if let Some(found) = self.find(&keys) {
                return Array2::from_shape_vec(shape, found.numbers())
                    .unwrap_or_else(|_| Array2::zeros(shape));
            }
        }
        // An embedder that gives fewer rows than it is asked for.
        Array2::zeros(shape)
    }

    fn covers(&self, text: &str) -> bool {
        self.embedder.covers(text)
    }

    fn forget_unused(&self) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        if store.forget_unused() {
            // What was written has them still.
            self.refreshed.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ndarray::s;

    use super::store::{STALE, row_bytes};
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
    struct Counting {
        asked: AtomicUsize,
        /// So many rows it gives, whatever it is asked for.
        rows: Option<usize>,
    }

    impl Embedder for Counting {
        fn name(&self) -> &str {
            HashedNgrams.name()
        }
        fn dimensions(&self) -> usize {
            HashedNgrams.dimensions()
        }
        fn embed(&self, texts: &[&str]) -> Array2<f32> {
            self.asked.fetch_add(texts.len(), Ordering::Relaxed);
            let mut given = texts.to_vec();
            given.resize(self.rows.unwrap_or(texts.len()), "x");
            HashedNgrams.embed(&given)
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
    fn few_and_many_texts_are_found_where_they_were_put() {
        let texts: Vec<String> =
            (0..5_000).map(|number| format!("refund order {number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let expected = KeptVectors::new(Arc::new(HashedNgrams)).embed(&texts);
        let file = written(&texts[..100]);
        let kept = KeptVectors::new(Arc::new(HashedNgrams));
        kept.read(file.as_slice()).unwrap();
        // Few, many, few, and at last all of them.
        for end in [150, 2_000, 2_010, 4_000, 4_600, 4_990, 5_000] {
            assert!(kept.embed(&texts[..end]) == expected.slice(s![..end, ..]), "{end}");
        }
        let backwards: Vec<&str> = texts.iter().rev().copied().collect();
        assert!(kept.embed(&backwards) == expected.slice(s![..;-1, ..]));
        assert_eq!(kept.computed(), 4_900);
        let mut file = Vec::new();
        kept.write(&mut file).unwrap();
        let next = KeptVectors::new(Arc::new(HashedNgrams));
        next.read(file.as_slice()).unwrap();
        assert!(next.embed(&texts) == expected && next.computed() == 0);
        kept.forget_unused();
        assert!(kept.embed(&texts) == expected && kept.computed() == 4_900);
    }

    #[test]
    fn a_text_is_embedded_once() {
        let counting = Arc::new(Counting::default());
        let vectors = KeptVectors::new(Arc::clone(&counting) as Arc<dyn Embedder>);
        let twice = vectors.embed(&["refund", "order", "refund"]);
        assert_eq!(twice.row(0), twice.row(2));
        assert_eq!(vectors.embed(&["order"]).row(0), twice.row(1));
        assert_eq!((counting.asked.load(Ordering::Relaxed), vectors.computed()), (2, 2));
    }

    #[test]
    fn kept_vectors_are_those_computed_and_new_texts_join_them() {
        let counting = Arc::new(Counting::default());
        let second = KeptVectors::new(Arc::clone(&counting) as Arc<dyn Embedder>);
        second.read(written(&["refund", "order"]).as_slice()).unwrap();
        let texts = ["order", "invoice", "refund"];
        let fresh = KeptVectors::new(Arc::new(HashedNgrams)).embed(&texts);
        assert_eq!(second.embed(&texts), fresh);
        assert_eq!((counting.asked.load(Ordering::Relaxed), second.computed()), (1, 1));
    }

    #[test]
    fn rows_that_nobody_asked_for_take_no_place() {
        let expected = KeptVectors::new(Arc::new(HashedNgrams)).embed(&["a", "b"]);
        let giving =
            |rows| KeptVectors::new(Arc::new(Counting { rows: Some(rows), ..Counting::default() }));
        let vectors = giving(2);
        assert_eq!(vectors.embed(&["b"]), expected.slice(s![1.., ..]));
        assert_eq!(vectors.embed(&["a", "b"]), expected);
        let vectors = giving(0);
        assert_eq!(vectors.embed(&["a"]), Array2::<f32>::zeros((1, HashedNgrams.dimensions())));
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
        assert_eq!(counting.asked.load(Ordering::Relaxed), 3);
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
