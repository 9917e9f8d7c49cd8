//! Proofs: "this leaf is in that tree" and "that tree continues this one" (RFC 9162, section 2.1).
//!
//! A proof is bound to a size only together with its root: the same hashes may fit several sizes. So
//! size and root must always come from one signed [`Checkpoint`](super::Checkpoint).

use super::tiles::{LedgerError, Reader, Tiles};
use super::{NodeHash, empty_root, node_hash};

/// The hashes that, with leaf `index`, make up the root of the first `size` leaves.
///
/// # Errors
/// When there is no such leaf, or a tile is missing, too short or unreadable.
pub fn inclusion_proof<T: Tiles>(tiles: &T, index: u64, size: u64) -> Result<Vec<NodeHash>, LedgerError<T::Error>> {
    if index >= size {
        return Err(LedgerError::NoSuchLeaf { index, size });
    }
    let mut reader = Reader::new(tiles);
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = middle(start, end);
        if index < middle {
            proof.push(reader.range(middle, end)?);
            end = middle;
        } else {
            proof.push(reader.range(start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that, with the root of the first `old_size` leaves, make up that of the first `new_size`.
///
/// # Errors
/// When `old_size` is the larger, or a tile is missing, too short or unreadable.
pub fn consistency_proof<T: Tiles>(
    tiles: &T,
    old_size: u64,
    new_size: u64,
) -> Result<Vec<NodeHash>, LedgerError<T::Error>> {
    if old_size > new_size {
        return Err(LedgerError::NotOlder { old_size, new_size });
    }
    let mut proof = Vec::new();
    if old_size == 0 {
        return Ok(proof);
    }
    let mut reader = Reader::new(tiles);
    let (mut start, mut end) = (0, new_size);
    while end != old_size {
        let middle = middle(start, end);
        if old_size <= middle {
            proof.push(reader.range(middle, end)?);
            end = middle;
        } else {
            proof.push(reader.range(start, middle)?);
            start = middle;
        }
    }
    if start > 0 {
        proof.push(reader.range(start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Where the RFC parts a tree of more than one leaf: at the largest power of two below its size.
fn middle(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}

/// Whether the proof shows that `leaf` is number `index` of the tree of this size and root.
#[must_use]
pub fn verify_inclusion(leaf: NodeHash, index: u64, size: u64, proof: &[NodeHash], root: NodeHash) -> bool {
    if index >= size {
        return false;
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = leaf;
    for sibling in proof {
        hash = match climb.step() {
            Some(Side::Left) => node_hash(*sibling, hash),
            Some(Side::Right) => node_hash(hash, *sibling),
            None => return false,
        };
    }
    climb.last == 0 && hash == root
}

/// Whether the proof shows that the new tree is the old one with leaves appended.
#[must_use]
pub fn verify_consistency(
    old_size: u64,
    old_root: NodeHash,
    new_size: u64,
    new_root: NodeHash,
    proof: &[NodeHash],
) -> bool {
    if old_size > new_size {
        return false;
    }
    // Every tree continues the empty one, and itself; there is nothing to prove.
    if old_size == 0 && old_root != empty_root() {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty();
    }
    // The largest subtree that ends where the old tree does: the old tree itself, if that is whole.
    let mut climb = Climb { node: old_size - 1, last: new_size - 1 };
    climb.up(climb.node.trailing_ones());
    let (seed, rest) = match proof.split_first() {
        Some(_) if old_size.is_power_of_two() => (old_root, proof),
        Some((seed, rest)) => (*seed, rest),
        None => return false,
    };
    let (mut old, mut new) = (seed, seed);
    for sibling in rest {
        match climb.step() {
            Some(Side::Left) => (old, new) = (node_hash(*sibling, old), node_hash(*sibling, new)),
            Some(Side::Right) => new = node_hash(new, *sibling),
            None => return false,
        }
    }
    climb.last == 0 && old == old_root && new == new_root
}

/// The way from a node to the root: its number in its row, and that of the last node there.
struct Climb {
    node: u64,
    last: u64,
}

/// Where a sibling stands.
enum Side {
    Left,
    Right,
}

impl Climb {
    /// To the next node that has a sibling, and past it; `None` at the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a row may stand alone, and then is its own parent.
            self.up(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.up(1);
        Some(side)
    }

    fn up(&mut self, rows: u32) {
        self.node = self.node.checked_shr(rows).unwrap_or(0);
        self.last = self.last.checked_shr(rows).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::{hash, known_leaf, leaves, mth, path, planted, subproof};
    use super::super::{MemoryTiles, TreeBuilder, root};
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const HASHES: [&str; 10] = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ];

    fn known_tiles() -> MemoryTiles {
        planted(&(0..8).map(known_leaf).collect::<Vec<_>>())
    }

    fn published(places: &[usize]) -> Vec<NodeHash> {
        places.iter().map(|n| hash(HASHES[*n])).collect()
    }

    #[test]
    fn inclusion_proofs_are_the_published_ones() {
        let tiles = known_tiles();
        for (index, size, places) in
            [(0, 1, &[][..]), (0, 8, &[0, 1, 2]), (5, 8, &[3, 4, 5]), (2, 3, &[6]), (1, 5, &[7, 1, 3])]
        {
            let proof = inclusion_proof(&tiles, index, size).unwrap();
            assert_eq!(proof, published(places), "{index} of {size}");
            let leaf = known_leaf(usize::try_from(index).unwrap());
            assert!(verify_inclusion(leaf, index, size, &proof, root(&tiles, size).unwrap()), "{index} of {size}");
        }
    }

    #[test]
    fn consistency_proofs_are_the_published_ones() {
        let tiles = known_tiles();
        for (old, new, places) in [(1, 1, &[][..]), (1, 8, &[0, 1, 2]), (6, 8, &[8, 4, 5]), (2, 5, &[1, 3])] {
            let proof = consistency_proof(&tiles, old, new).unwrap();
            assert_eq!(proof, published(places), "{old} to {new}");
            let (old_root, new_root) = (root(&tiles, old).unwrap(), root(&tiles, new).unwrap());
            assert!(verify_consistency(old, old_root, new, new_root, &proof), "{old} to {new}");
        }
    }

    /// A tree past three levels, and the root at every size of it.
    struct Grown {
        leaves: Vec<NodeHash>,
        tiles: MemoryTiles,
        roots: Vec<NodeHash>,
    }

    static GROWN: LazyLock<Grown> = LazyLock::new(|| {
        let leaves = leaves(65_600);
        let mut tree = TreeBuilder::new();
        let mut roots = vec![tree.root()];
        for leaf in &leaves {
            tree.push(*leaf);
            roots.push(tree.root());
        }
        Grown { tiles: planted(&leaves), leaves, roots }
    });

    impl Grown {
        /// The proof is the defined one and holds; with anything in it changed it does not.
        fn check_inclusion(&self, index: usize, size: usize) {
            let (i, n) = (index as u64, size as u64);
            let proof = inclusion_proof(&self.tiles, i, n).unwrap();
            assert_eq!(proof, path(index, &self.leaves[..size]), "{index} of {size}");
            let (leaf, root) = (self.leaves[index], self.roots[size]);
            assert!(verify_inclusion(leaf, i, n, &proof, root), "{index} of {size}");
            assert!(!verify_inclusion(changed(leaf), i, n, &proof, root));
            assert!(!verify_inclusion(leaf, i, n, &proof, changed(root)));
            for (j, m, other_root) in [
                (i + 1, n, root),
                (i.wrapping_sub(1), n, root),
                (i ^ 1, n, root),
                (n, n, root),
                (i, 0, root),
                (i, n + 1, self.roots[size + 1]),
                (i, n - 1, self.roots[size - 1]),
                (i, 2 * n, root),
                (i, u64::MAX, root),
                (u64::MAX - 1, u64::MAX, root),
            ] {
                assert!(!verify_inclusion(leaf, j, m, &proof, other_root), "{index} of {size}: {j} of {m}");
            }
            // A way that goes on past the root, to another that would fit.
            let (past, beyond) = ([&proof[..], &[leaf]].concat(), node_hash(leaf, root));
            assert!(!verify_inclusion(leaf, i, n, &past, beyond), "{index} of {size}");
            for mutant in mutants(&proof) {
                assert!(!verify_inclusion(leaf, i, n, &mutant, root), "{index} of {size}");
            }
        }

        /// The same for a consistency proof.
        fn check_consistency(&self, old_size: usize, new_size: usize) {
            let (old, new) = (old_size as u64, new_size as u64);
            let proof = consistency_proof(&self.tiles, old, new).unwrap();
            if old > 0 {
                assert_eq!(proof, subproof(old_size, &self.leaves[..new_size], true), "{old} to {new}");
            }
            let (old_root, new_root) = (self.roots[old_size], self.roots[new_size]);
            assert!(verify_consistency(old, old_root, new, new_root, &proof), "{old} to {new}");
            assert!(!verify_consistency(old, changed(old_root), new, new_root, &proof), "{old} to {new}");
            // Nothing but the old root can be said of what continues the empty tree.
            assert!(old == 0 && new > 0 || !verify_consistency(old, old_root, new, changed(new_root), &proof));
            // Ways that end below the root, or go on past it to others that would fit.
            assert!(old == 0 || !verify_consistency(old, old_root, 2 * new, new_root, &proof), "{old} to {new}");
            let past = [&proof[..], &[new_root]].concat();
            let (old_beyond, new_beyond) = (node_hash(new_root, old_root), node_hash(new_root, new_root));
            assert!(!verify_consistency(old, old_beyond, new, new_beyond, &past), "{old} to {new}");
            for (a, b) in [(old_size + 1, new_size), (old_size.saturating_sub(1), new_size), (new_size, old_size)] {
                let wrong = (a, b) != (old_size, new_size) && a != 0 && !(a == b && proof.is_empty());
                let accepted = verify_consistency(a as u64, self.roots[a], b as u64, self.roots[b], &proof);
                assert!(!wrong || !accepted, "{old} to {new}: {a} to {b}");
            }
            for mutant in mutants(&proof) {
                assert!(!verify_consistency(old, old_root, new, new_root, &mutant), "{old} to {new}");
            }
        }
    }

    fn changed(hash: NodeHash) -> NodeHash {
        let mut bytes = hash.0;
        bytes[31] ^= 1;
        NodeHash(bytes)
    }

    /// The proof with one hash changed, left out, doubled or moved.
    fn mutants(proof: &[NodeHash]) -> Vec<Vec<NodeHash>> {
        let mut mutants = vec![[proof, &[empty_root()]].concat(), [&[empty_root()], proof].concat()];
        for at in 0..proof.len() {
            let (mut other, mut shorter, mut longer) = (proof.to_vec(), proof.to_vec(), proof.to_vec());
            other[at] = changed(other[at]);
            shorter.remove(at);
            longer.insert(at, proof[at]);
            mutants.extend([other, shorter, longer]);
            if at > 0 {
                let mut moved = proof.to_vec();
                moved.swap(at - 1, at);
                mutants.push(moved);
            }
        }
        mutants
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_nothing_else() {
        for size in 1..=70 {
            (0..size).for_each(|index| GROWN.check_inclusion(index, size));
        }
    }

    #[test]
    fn every_small_tree_continues_every_smaller_one_and_nothing_else() {
        for new in 0..=70 {
            (0..=new).for_each(|old| GROWN.check_consistency(old, new));
        }
    }

    #[test]
    fn proofs_hold_where_levels_begin() {
        for (sizes, parts) in [
            (&[255, 256, 257, 511, 512, 513][..], &[1, 254, 255, 256, 257, 511][..]),
            (&[65_535, 65_536, 65_537], &[256, 65_536]),
        ] {
            for size in sizes {
                for part in parts.iter().chain([size]).filter(|part| *part <= size) {
                    GROWN.check_inclusion(part - 1, *size);
                    GROWN.check_consistency(*part, *size);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn proofs_hold_anywhere((part, size) in (1usize..5_000).prop_flat_map(|size| (1..=size, Just(size)))) {
            GROWN.check_inclusion(part - 1, size);
            GROWN.check_consistency(part, size);
        }

        #[test]
        fn no_numbers_make_a_check_panic(
            a in any::<u64>(), b in any::<u64>(), n in 0usize..200, shift in 0u32..64
        ) {
            let proof = vec![empty_root(); n];
            for (a, b) in [(a, b), (a >> shift, b), (a, b >> shift), (a >> shift, b >> shift), (a, a), (b, a)] {
                prop_assert!(!verify_inclusion(empty_root(), a, b, &proof, empty_root()) || (a, b, n) == (0, 1, 0));
                let same = a == b && n == 0;
                let from_nothing = a == 0 && n == 0;
                let accepted = verify_consistency(a, empty_root(), b, empty_root(), &proof);
                prop_assert_eq!(accepted, same || from_nothing);
            }
        }
    }

    #[test]
    fn the_largest_sizes_are_refused_without_work() {
        let (one, root) = (leaves(1), empty_root());
        let most = vec![root; 1_000];
        assert!(!verify_inclusion(root, u64::MAX, u64::MAX, &most, root));
        assert!(!verify_inclusion(root, u64::MAX - 1, u64::MAX, &most, root));
        assert!(!verify_consistency(u64::MAX - 1, root, u64::MAX, root, &most));
        assert!(!verify_consistency(1 << 63, root, u64::MAX, root, &most));
        assert!(!verify_consistency(u64::MAX, root, 0, root, &[]));
        let tiles = planted(&one);
        assert_eq!(inclusion_proof(&tiles, 0, 0), Err(LedgerError::NoSuchLeaf { index: 0, size: 0 }));
        assert_eq!(inclusion_proof(&tiles, 5, 5), Err(LedgerError::NoSuchLeaf { index: 5, size: 5 }));
        assert!(matches!(inclusion_proof(&tiles, 0, u64::MAX), Err(LedgerError::Missing { .. })));
        assert!(matches!(consistency_proof(&tiles, 1, u64::MAX), Err(LedgerError::Missing { .. })));
        let backwards = LedgerError::NotOlder { old_size: 2, new_size: 1 };
        assert_eq!(consistency_proof(&tiles, 2, 1), Err(backwards));
    }

    #[test]
    fn the_empty_tree_is_continued_by_every_tree_and_has_one_root() {
        let (empty, other) = (empty_root(), leaves(1)[0]);
        assert!(verify_consistency(0, empty, 0, empty, &[]));
        assert!(verify_consistency(0, empty, 1, other, &[]));
        assert!(!verify_consistency(0, empty, 1, other, &[other]));
        assert!(!verify_consistency(0, other, 0, other, &[]));
        assert!(!verify_consistency(0, other, 1, other, &[]));
        assert_eq!(mth(&[]), empty);
    }
}
