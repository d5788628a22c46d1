//! What most say.

/// The candidate with most votes, of equals the one that comes first; none without a vote for any.
pub(super) fn majority<T: Copy + PartialEq>(
    candidates: &[T],
    votes: impl IntoIterator<Item = T>,
) -> Option<T> {
    let mut counts = vec![0_usize; candidates.len()];
    for vote in votes {
        let place = candidates.iter().position(|candidate| *candidate == vote);
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let place = counts.iter().position(|count| *count == most)?;
    candidates.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_votes_win_and_of_equals_the_first() {
        for (votes, expected) in
            [("", None), ("x", None), ("b", Some('b')), ("bbaa", Some('a')), ("abb", Some('b'))]
        {
            assert_eq!(majority(&['a', 'b'], votes.chars()), expected, "{votes}");
        }
    }
}
