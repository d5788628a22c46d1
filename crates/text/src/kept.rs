//! Vectors that are computed once, and kept from run to run.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// What a file of vectors begins with; the last byte is the version of the format.
const MAGIC: &[u8; 8] = b"mcpivec\x01";

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
    /// Rows that are new since the vectors were read.
    computed: usize,
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

    /// Takes in vectors that were written before.
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
        let row_bytes = 16 + 2 * dimensions;
        if rest.len() % row_bytes != 0 {
            return Err(damaged("they break off"));
        }
        let mut read = Store::default();
        for row in rest.chunks_exact(row_bytes) {
            let (key, numbers) = row.split_at(16);
            let Some(key) = number(key) else { break };
            read.rows.insert(key, index(read.rows.len()));
            let steps = numbers.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
            read.steps.extend(steps.map(i16::from_le_bytes));
        }
        if read.rows.len() * dimensions != read.steps.len() {
            return Err(damaged("a text is there twice"));
        }
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Writes all vectors, in the order of their texts' hashes: the same texts give the same bytes.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, mut writer: impl Write) -> io::Result<()> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let dimensions = self.embedder.dimensions();
        let mut rows: Vec<(u128, u32)> = store.rows.iter().map(|(key, row)| (*key, *row)).collect();
        rows.sort_unstable();
        let mut body = Vec::with_capacity(rows.len() * (16 + 2 * dimensions));
        for (key, row) in rows {
            body.extend_from_slice(&key.to_le_bytes());
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
        self.learn(&keys, texts);
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let dimensions = self.dimensions();
        let mut numbers = vec![0.0; texts.len() * dimensions];
        let rows = numbers.par_chunks_mut(dimensions.max(1)).zip(&keys);
        rows.with_min_len(LEAST_SHARED).for_each(|(row, key)| {
            let start = store.rows.get(key).map_or(usize::MAX, |row| *row as usize * dimensions);
            let steps = store.steps.get(start..start.saturating_add(dimensions));
            for (number, step) in row.iter_mut().zip(steps.unwrap_or_default()) {
                *number = f32::from(*step) / STEPS;
            }
        });
        Array2::from_shape_vec((texts.len(), dimensions), numbers)
            .unwrap_or_else(|_| Array2::zeros((texts.len(), dimensions)))
    }

    fn covers(&self, text: &str) -> bool {
        self.embedder.covers(text)
    }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::HashedNgrams;

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
