//! Files of vectors, and many vectors made from few.

use std::fs;
use std::path::Path;

use ndarray::{Array2, ArrayView2, Axis};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::QualityError;

/// Reads `rows` vectors: 32-bit floats, the smallest byte first, row after row, nothing else.
///
/// # Errors
/// Where the file cannot be read, or its length is no whole number of floats a row.
pub fn read(path: &Path, rows: usize) -> Result<Array2<f32>, QualityError> {
    let bytes =
        fs::read(path).map_err(|source| QualityError::File { path: path.to_owned(), source })?;
    let (floats, rest) = bytes.as_chunks::<4>();
    let floats: Vec<f32> = floats.iter().map(|&float| f32::from_le_bytes(float)).collect();
    let columns = floats.len().checked_div(rows).unwrap_or_default();
    let length = || QualityError::Length { path: path.to_owned(), bytes: bytes.len(), rows };
    if !rest.is_empty() {
        return Err(length());
    }
    Array2::from_shape_vec((rows, columns), floats).map_err(|_| length())
}

/// Writes vectors as [`read`] reads them.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, vectors: ArrayView2<'_, f32>) -> Result<(), QualityError> {
    let bytes: Vec<u8> = vectors.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(path, bytes).map_err(|source| QualityError::File { path: path.to_owned(), source })
}

/// How far a copy is moved from its original, relative to its length: the cosine of both is about .94, that of two
/// texts that say nearly the same.
const MOVED: f32 = 0.35;

/// `rows` unit vectors that lie as real ones do: the given ones first, then copies of rows drawn by lot, each moved in a direction of
/// its own.
#[must_use]
pub fn many(real: ArrayView2<'_, f32>, rows: usize, seed: u64) -> Array2<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let columns = real.ncols();
    let mut all = Array2::zeros((rows, columns));
    if real.nrows() == 0 {
        return all;
    }
    // Numbers drawn evenly from -1..1 have a mean square of a third.
    let scale = MOVED * (3.0 / columns.max(1) as f32).sqrt();
    for (place, mut row) in all.axis_iter_mut(Axis(0)).enumerate() {
        if place < real.nrows() {
            row.assign(&real.row(place));
        } else {
            let drawn = (u128::from(random.next_u64()) * real.nrows() as u128) >> 64;
            row.assign(&real.row(drawn as usize));
            for number in &mut row {
                *number += scale * (random.next_u32() as f32 / 2_147_483_648.0 - 1.0);
            }
        }
        let length = row.iter().map(|number| number * number).sum::<f32>().sqrt();
        if length > 0.0 {
            row /= length;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.f32");
        let vectors = ndarray::array![[1.0_f32, -2.5, 0.0], [f32::MIN_POSITIVE, 4.0, 5.0]];
        write(&path, vectors.view())?;
        assert_eq!(read(&path, 2)?, vectors);
        assert!(read(&path, 4).is_err());
        assert!(read(&path, 0).is_err());
        Ok(())
    }

    #[test]
    fn many_rows_are_near_those_they_come_from() {
        let real = ndarray::Array2::<f32>::eye(64);
        let all = many(real.view(), 500, 1);
        assert_eq!(all.slice(ndarray::s![..64, ..]), real);
        for row in all.axis_iter(Axis(0)) {
            let nearest = row.iter().copied().fold(0.0, f32::max);
            assert!((0.9..=1.0).contains(&nearest), "{nearest}");
        }
        assert_eq!(many(real.view(), 500, 1), all);
        assert_ne!(many(real.view(), 500, 2), all);
    }
}
