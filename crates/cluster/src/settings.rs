//! The knobs of grouping, checked once.

use thiserror::Error;

/// Why settings were refused.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The number of neighbours was 0.
    #[error("cluster settings: neighbours is 0; give at least 1")]
    Neighbours,
    /// The smallest similarity is no cosine.
    #[error("cluster settings: minimum similarity is {0}; give a cosine between -1 and 1")]
    Similarity(f32),
    /// The resolution is not above 0.
    #[error("cluster settings: resolution is {0}; give a number above 0")]
    Resolution(f64),
}

/// How finely rows are grouped. The values are always in their ranges.
///
/// The defaults were chosen on the even lines of BANKING77, CLINC150 (with and without its out-of-scope texts) and MetaTool
/// with the vectors of all-MiniLM-L6-v2, and do not depend on the set. Scores change little around them: mean AMI moves by
/// less than .006 between resolutions 6 and 12, by less than .003 between 15 and 25 neighbours, by less than .002 between
/// similarities .3 and .45. Texts that have nothing in common have cosines up to .25 there; a larger smallest similarity
/// leaves more texts alone, above all where there are few.
///
/// ```
/// use mcp_insights_cluster::Settings;
/// let coarser = Settings::default().with_resolution(2.0)?;
/// assert_eq!(coarser.neighbours(), 15);
/// assert!(coarser.with_minimum_similarity(1.5).is_err());
/// # Ok::<(), mcp_insights_cluster::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    neighbours: usize,
    minimum_similarity: f32,
    resolution: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 15, minimum_similarity: 0.35, resolution: 10.0 }
    }
}

impl Settings {
    /// Nearest rows to which a row is joined.
    #[must_use]
    pub fn neighbours(&self) -> usize {
        self.neighbours
    }

    /// Smallest cosine of rows that are joined. It depends on the embedder: rows that have nothing in common lie
    /// below it.
    #[must_use]
    pub fn minimum_similarity(&self) -> f32 {
        self.minimum_similarity
    }

    /// How much denser than chance the edges within a group must be: more gives more and smaller groups. It applies nearly
    /// in full to some thousands of rows, and less to fewer and to more: times `n / (n + 300) / √(1 + n / 8000)` for `n`
    /// distinct rows.
    #[must_use]
    pub fn resolution(&self) -> f64 {
        self.resolution
    }

    /// The same with another number of neighbours.
    ///
    /// # Errors
    /// Where it is 0.
    pub fn with_neighbours(self, neighbours: usize) -> Result<Self, SettingsError> {
        if neighbours == 0 {
            Err(SettingsError::Neighbours)
        } else {
            Ok(Self { neighbours, ..self })
        }
    }

    /// The same with another smallest similarity.
    ///
    /// # Errors
    /// Where it does not lie in -1..=1.
    pub fn with_minimum_similarity(self, minimum_similarity: f32) -> Result<Self, SettingsError> {
        if (-1.0..=1.0).contains(&minimum_similarity) {
            Ok(Self { minimum_similarity, ..self })
        } else {
            Err(SettingsError::Similarity(minimum_similarity))
        }
    }

    /// The same with another resolution.
    ///
    /// # Errors
    /// Where it is not a finite number above 0.
    pub fn with_resolution(self, resolution: f64) -> Result<Self, SettingsError> {
        if resolution > 0.0 && resolution.is_finite() {
            Ok(Self { resolution, ..self })
        } else {
            Err(SettingsError::Resolution(resolution))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_refused() {
        let settings = Settings::default;
        assert_eq!(settings().with_neighbours(0), Err(SettingsError::Neighbours));
        assert_eq!(settings().with_minimum_similarity(-1.1), Err(SettingsError::Similarity(-1.1)));
        assert!(settings().with_minimum_similarity(f32::NAN).is_err());
        for resolution in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(settings().with_resolution(resolution).is_err());
        }
    }

    #[test]
    fn one_value_is_changed_at_a_time() {
        let settings = Settings::default()
            .with_neighbours(7)
            .and_then(|settings| settings.with_resolution(2.0));
        assert_eq!(
            settings,
            Ok(Settings { neighbours: 7, minimum_similarity: 0.35, resolution: 2.0 })
        );
    }
}
