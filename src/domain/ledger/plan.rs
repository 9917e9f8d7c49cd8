//! Which tiles a call will read, for a store that must fetch them all before it can compute.

use super::tiles::{LEVELS, entries, place};

/// The tiles that [`append`](super::append) and [`root`](super::root) read of a tree of this size: the
/// last of each level that has one which is not full. Level and place, in that order.
#[must_use]
pub fn right_edge(size: u64) -> Vec<(u8, u64)> {
    (0..LEVELS)
        .filter_map(|level| {
            let (index, held) = place(entries(size, level));
            (held > 0).then_some((level, index))
        })
        .collect()
}

/// The most that a proof reads in a tree of this size: the tiles above one leaf, and the right edge.
///
/// For [`inclusion_proof`](super::inclusion_proof) it is the leaf proven, for
/// [`consistency_proof`](super::consistency_proof) the last leaf of the older tree.
#[must_use]
pub fn tiles_above(leaf: u64, size: u64) -> Vec<(u8, u64)> {
    let above = (0..LEVELS).map(|level| (level, entries(leaf, level) >> 8));
    let mut tiles: Vec<_> = above.filter(|(level, index)| index << 8 < entries(size, *level)).collect();
    tiles.extend(right_edge(size));
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}

#[cfg(test)]
mod tests {
    use super::super::definition::{Watched, leaves, planted};
    use super::super::{LedgerError, NodeHash, consistency_proof, inclusion_proof, root};
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn nothing_is_read_that_was_not_planned_nor_twice() {
        let all = planted(&leaves(66_100));
        for size in [1, 2, 255, 256, 257, 600, 65_535, 65_536, 65_537, 65_793, 66_100u64] {
            let watched = Watched::new(&all);
            root(&watched, size).unwrap();
            assert_eq!(watched.read(), right_edge(size), "root of {size}");
            for leaf in [0, 1, 200, 255, 256, 511, 598, 65_535, 65_536, 66_099].into_iter().filter(|n| *n < size) {
                for proof in [inclusion_proof, consistency_from_leaf] {
                    let watched = Watched::new(&all);
                    proof(&watched, leaf, size).unwrap();
                    let (mut read, plan) = (watched.read(), tiles_above(leaf, size));
                    assert!(read.iter().all(|tile| plan.contains(tile)), "{leaf} of {size}: {read:?}, {plan:?}");
                    assert!(plan.len() <= 6);
                    let reads = read.len();
                    read.dedup();
                    assert_eq!(reads, read.len(), "{leaf} of {size}");
                }
            }
        }
    }

    fn consistency_from_leaf(
        tiles: &Watched<'_>,
        last_leaf: u64,
        size: u64,
    ) -> Result<Vec<NodeHash>, LedgerError<Infallible>> {
        consistency_proof(tiles, last_leaf + 1, size)
    }

    #[test]
    fn plans_of_the_largest_trees_stay_small() {
        assert_eq!(right_edge(0), []);
        assert_eq!(right_edge(u64::MAX).len(), 8);
        assert!(tiles_above(0, u64::MAX).len() <= 16);
        assert!(tiles_above(u64::MAX, u64::MAX).len() <= 16);
        assert_eq!(tiles_above(u64::MAX, 0), []);
    }
}
