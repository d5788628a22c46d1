//! What was said of a text before: names and errors recur by the thousand.

use hashbrown::HashMap;

/// So many texts are remembered.
const MOST: usize = 4_096;

/// Longer texts are hardly ever equal.
const LONGEST: usize = 1_024;

/// Answers to texts. It only saves time: an answer must depend on its text alone.
#[derive(Debug)]
pub(crate) struct Memo<V> {
    known: HashMap<String, V>,
    last: Option<V>,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self { known: HashMap::new(), last: None }
    }
}

impl<V> Memo<V> {
    /// The answer to a text, asked for where it is not known.
    pub(crate) fn get(&mut self, text: &str, answer: impl FnOnce(&str) -> V) -> &V {
        if text.len() > LONGEST {
            return self.last.insert(answer(text));
        }
        if self.known.len() >= MOST && !self.known.contains_key(text) {
            self.known.clear();
        }
        self.known.entry_ref(text).or_insert_with(|| answer(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_asked_about_once() {
        let mut memo = Memo::default();
        let mut asked = 0;
        for text in ["a", "b", "a", "a"] {
            let length = *memo.get(text, |text| {
                asked += 1;
                text.len()
            });
            assert_eq!(length, 1);
        }
        assert_eq!(asked, 2);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut memo = Memo::default();
        for number in 0..=MOST {
            assert_eq!(*memo.get(&number.to_string(), |text| text.parse().unwrap_or(0)), number);
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(*memo.get(&long, str::len), LONGEST + 1);
        assert!(memo.known.len() <= MOST);
    }
}
