//! Runs of places in the chain, and what is left of them.

use std::ops::RangeInclusive;

/// Places without a gap, ends included.
pub(super) type Run = RangeInclusive<u64>;

/// Adds a place; places in rising order make few runs.
pub(super) fn push(runs: &mut Vec<Run>, place: u64) {
    match runs.last_mut() {
        Some(last) if *last.end() + 1 == place => *last = *last.start()..=place,
        _ => runs.push(place..=place),
    }
}

/// What is left of these runs without those.
pub(super) fn without(runs: Vec<Run>, taken: impl IntoIterator<Item = Run>) -> Vec<Run> {
    let runs = runs.into_iter().filter(|run| !run.is_empty()).collect();
    taken.into_iter().fold(runs, |runs: Vec<Run>, taken| {
        let parts = |run: Run| {
            let (first, last) = run.into_inner();
            let before = taken.start().checked_sub(1).map(|end| first..=last.min(end));
            let after = taken.end().checked_add(1).map(|start| first.max(start)..=last);
            [before, after]
        };
        runs.into_iter().flat_map(parts).flatten().filter(|run| !run.is_empty()).collect()
    })
}

/// How many places there are in them.
pub(super) fn count(runs: &[Run]) -> u64 {
    runs.iter().map(|run| run.end() - run.start() + 1).sum()
}

/// Whether a place is in one of them.
pub(super) fn contain(runs: &[Run], place: u64) -> bool {
    runs.iter().any(|run| run.contains(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_from_the_ends_and_the_middle_is_gone() {
        assert_eq!(without(vec![1..=10], [3..=4]), [1..=2, 5..=10]);
        assert_eq!(without(vec![1..=10], [0..=1, 9..=99]), [2..=8]);
        assert_eq!(without(vec![1..=2, 5..=6], [2..=5]), [1..=1, 6..=6]);
        assert_eq!(without(vec![0..=3], [0..=0, 7..=9]), [1..=3]);
        assert_eq!(without(vec![4..=5], [4..=5]), []);
        assert_eq!(without(vec![4..=5], [1..=2]), [4..=5]);
        let (first, last) = (1, 0);
        assert_eq!(without(vec![first..=last], []), []);
    }

    #[test]
    fn rising_places_make_runs() {
        let mut runs = Vec::new();
        for place in [1, 2, 3, 7, 8] {
            push(&mut runs, place);
        }
        assert_eq!((count(&runs), contain(&runs, 5), contain(&runs, 8)), (5, false, true));
        assert_eq!(runs, [1..=3, 7..=8]);
    }
}
