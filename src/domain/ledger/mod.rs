//! Law 8, nothing removed unseen: a Merkle tree of everything an office's server accepted.
//!
//! The tree of RFC 6962 (and 9162), kept in the tiles of C2SP tlog-tiles. What is where:
//!
//! ```text
//! leaf        what one record leaves in the tree
//! tiles       how the tree is stored, and what reads it
//! append      growing it by a batch; only the last tile of each level changes
//! plan        which tiles a call will read, for a store that fetches them beforehand
//! builder     a root from leaves alone, for the auditor who trusts no stored tile
//! proof       "this leaf is in it" and "this tree continues that one", made and checked
//! checkpoint  size and root, signed for others to keep
//! witness     what a kiosk makes of a new checkpoint, given the last it kept
//! receipt     the code by which a resident finds their answer again
//! ```

mod append;
mod builder;
mod checkpoint;
#[cfg(test)]
mod definition;
mod leaf;
mod plan;
mod proof;
mod receipt;
mod tiles;
mod witness;

pub use append::{Appended, ChangedTile, append};
pub use builder::TreeBuilder;
pub use checkpoint::{Checkpoint, CheckpointError, Origin};
pub use leaf::Leaf;
pub use plan::{right_edge, tiles_above};
pub use proof::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use receipt::{NotReceipt, ReceiptCode};
pub use tiles::{LedgerError, MemoryTiles, TILE_WIDTH, Tiles, root};
pub use witness::{WitnessOutcome, witness};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::fmt;

/// The hash of a leaf, of a node above it, or of a whole tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeHash(pub [u8; 32]);

impl NodeHash {
    /// Many hashes as bytes, one after the other: how tiles and proofs are stored and sent.
    #[must_use]
    pub fn concat(hashes: &[NodeHash]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// The hashes of such bytes, or `None` when their number is no multiple of 32.
    #[must_use]
    pub fn split(bytes: &[u8]) -> Option<Vec<NodeHash>> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        rest.is_empty().then(|| hashes.iter().copied().map(NodeHash).collect())
    }
}

impl fmt::Display for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

/// `SHA-256(0x00 || data)`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> NodeHash {
    let sha = Sha256::new().chain_update([0x00]).chain_update(data);
    NodeHash(sha.finalize().into())
}

/// `SHA-256(0x01 || left || right)`; the prefix keeps a node from passing for a leaf.
#[must_use]
pub fn node_hash(left: NodeHash, right: NodeHash) -> NodeHash {
    let sha = Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0);
    NodeHash(sha.finalize().into())
}

/// The root of a tree without leaves, `SHA-256("")`.
#[must_use]
pub fn empty_root() -> NodeHash {
    NodeHash(Sha256::digest(b"").into())
}

#[cfg(test)]
mod tests {
    use super::definition::hash;
    use super::*;

    #[test]
    fn the_three_kinds_of_hash_are_those_of_the_rfc() {
        assert_eq!(empty_root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        assert_eq!(leaf_hash(b""), hash("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
        assert_eq!(
            node_hash(leaf_hash(b""), leaf_hash(b"\0")),
            hash("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
        );
    }

    #[test]
    fn hashes_read_back_from_their_bytes() {
        let hashes = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        let bytes = NodeHash::concat(&hashes);
        assert_eq!(bytes[32..64], hashes[1].0);
        assert_eq!(NodeHash::split(&bytes).unwrap(), hashes);
        assert_eq!(NodeHash::split(&[]), Some(Vec::new()));
        assert_eq!(NodeHash::split(&bytes[1..]), None);
    }
}
