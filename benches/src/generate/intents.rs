//! Any number of distinct intents: real requests first, then the same with a name and a place.

use std::io::Read;

use super::random::Random;
use super::words::{NAMES, NON_LATIN, PLACES};

static REQUESTS: &[u8] = include_bytes!("../../../fixtures/intents/requests.txt.gz");

/// Every how-many-th intent is written in a script other than Latin.
const NON_LATIN_EVERY: usize = 40;

/// Distinct intents by number; the order of the real texts is shuffled by the seed.
pub(crate) struct Intents {
    texts: Vec<String>,
    distinct: usize,
}

impl Intents {
    pub(crate) fn new(distinct: usize, random: &mut Random) -> std::io::Result<Self> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(REQUESTS).read_to_string(&mut text)?;
        let mut texts: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        for at in (1..texts.len()).rev() {
            let other = random.below(at as u64 + 1) as usize;
            texts.swap(at, other);
        }
        Ok(Self { texts, distinct: distinct.max(1) })
    }

    pub(crate) fn len(&self) -> usize {
        self.distinct
    }

    /// Intent `number`, below [`Intents::len`]. No two are equal, not even with their case or their digits folded.
    pub(crate) fn text(&self, number: usize) -> String {
        let round = number / NON_LATIN_EVERY;
        if number % NON_LATIN_EVERY == NON_LATIN_EVERY - 1 {
            let (before, after) = NON_LATIN[round % NON_LATIN.len()];
            let slots = filler(round / NON_LATIN.len() + 1, " ");
            return format!("{before}{slots}{after}");
        }
        let latin = number - round;
        let text = &self.texts[latin % self.texts.len()];
        match latin / self.texts.len() {
            0 => text.clone(),
            more => format!(
                "{} for {}",
                text.trim_end_matches(['.', '?', '!', ' ']),
                filler(more, " in ")
            ),
        }
    }
}

/// The `number`-th pair of a name and a place, all different; beyond all pairs, two names more.
fn filler(number: usize, joint: &str) -> String {
    let name = NAMES[number % NAMES.len()];
    let place = PLACES[number / NAMES.len() % PLACES.len()];
    let pairs = NAMES.len() * PLACES.len();
    match number / pairs {
        0 => format!("{name}{joint}{place}"),
        more => format!("{name}{joint}{place} and {}", filler(more, joint)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn intents_stay_distinct_when_case_and_digits_are_folded() {
        let intents = Intents::new(60_000, &mut Random::new(5)).unwrap();
        let folded: HashSet<String> = (0..intents.len())
            .map(|number| {
                let text = intents.text(number).to_lowercase();
                text.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect()
            })
            .collect();
        assert_eq!(folded.len(), 60_000);
    }
}
