//! A root from leaves alone, in one pass, without any tile.

use super::{NodeHash, empty_root, node_hash};

/// A tree that keeps only the roots of its whole subtrees, largest first: at most 64 hashes.
///
/// An auditor pushes the leaves computed from the records themselves, and compares the roots with
/// the signed ones.
#[derive(Clone, Debug, Default)]
pub struct TreeBuilder {
    size: u64,
    peaks: Vec<NodeHash>,
}

impl TreeBuilder {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one leaf.
    pub fn push(&mut self, leaf: NodeHash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            node = self.peaks.pop().map_or(node, |left| node_hash(left, node));
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// How many leaves have been pushed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves pushed so far.
    #[must_use]
    pub fn root(&self) -> NodeHash {
        join(&self.peaks)
    }
}

impl Extend<NodeHash> for TreeBuilder {
    fn extend<I: IntoIterator<Item = NodeHash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// The root of a tree whose leaves are these.
pub(super) fn root_of(leaves: &[NodeHash]) -> NodeHash {
    let mut tree = TreeBuilder::new();
    tree.extend(leaves.iter().copied());
    tree.root()
}

/// The root above whole subtrees that stand side by side, each smaller than the one before.
pub(super) fn join(peaks: &[NodeHash]) -> NodeHash {
    peaks.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::super::definition::{KNOWN_LEAVES, KNOWN_ROOTS, hash, known_leaf, leaves, mth};
    use super::*;

    #[test]
    fn the_known_leaves_have_their_published_roots() {
        let mut tree = TreeBuilder::new();
        for (n, root) in KNOWN_ROOTS.iter().enumerate() {
            assert_eq!(tree.root(), hash(root), "{n} leaves");
            if n < KNOWN_LEAVES.len() {
                tree.push(known_leaf(n));
            }
        }
        assert_eq!(tree.size(), 8);
    }

    #[test]
    fn the_root_is_the_one_defined_at_every_size() {
        let leaves = leaves(600);
        let mut tree = TreeBuilder::new();
        for (n, leaf) in leaves.iter().enumerate() {
            tree.push(*leaf);
            assert_eq!(tree.root(), mth(&leaves[..=n]), "{} leaves", n + 1);
        }
    }
}
