//! The tree and its proofs word for word as RFC 6962 section 2.1 defines them, slow, to test against;
//! and the leaves with published roots that its implementations share.

use super::{MemoryTiles, NodeHash, Tiles, append, empty_root, leaf_hash, node_hash};
use data_encoding::HEXLOWER;
use std::cell::RefCell;
use std::convert::Infallible;

/// The leaves of the Certificate Transparency project's tests.
pub(super) const KNOWN_LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// Their published roots, from no leaf to all eight.
pub(super) const KNOWN_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

pub(super) fn known_leaf(n: usize) -> NodeHash {
    leaf_hash(&HEXLOWER.decode(KNOWN_LEAVES[n].as_bytes()).unwrap())
}

/// A hash written in hexadecimal.
pub(super) fn hash(hex: &str) -> NodeHash {
    NodeHash(HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap())
}

/// So many different leaves.
pub(super) fn leaves(n: u64) -> Vec<NodeHash> {
    (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// A tree in tiles that has these leaves.
pub(super) fn planted(leaves: &[NodeHash]) -> MemoryTiles {
    let mut tiles = MemoryTiles::default();
    let appended = append(&tiles, 0, leaves).unwrap();
    tiles.keep(appended.tiles);
    tiles
}

/// Tiles that remember what was read.
pub(super) struct Watched<'a> {
    tiles: &'a MemoryTiles,
    read: RefCell<Vec<(u8, u64)>>,
}

impl<'a> Watched<'a> {
    pub(super) fn new(tiles: &'a MemoryTiles) -> Self {
        Self { tiles, read: RefCell::default() }
    }

    /// Every read so far, in order of place.
    pub(super) fn read(&self) -> Vec<(u8, u64)> {
        let mut read = self.read.borrow().clone();
        read.sort_unstable();
        read
    }
}

impl Tiles for Watched<'_> {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<NodeHash>>, Infallible> {
        self.read.borrow_mut().push((level, index));
        self.tiles.tile(level, index)
    }
}

/// The root of the leaves `d`.
pub(super) fn mth(d: &[NodeHash]) -> NodeHash {
    match d {
        [] => empty_root(),
        [one] => *one,
        _ => node_hash(mth(&d[..half(d.len())]), mth(&d[half(d.len())..])),
    }
}

/// The inclusion proof of leaf `m`.
pub(super) fn path(m: usize, d: &[NodeHash]) -> Vec<NodeHash> {
    let k = half(d.len());
    let (mut below, sibling) = match d.len() {
        1 => return Vec::new(),
        _ if m < k => (path(m, &d[..k]), mth(&d[k..])),
        _ => (path(m - k, &d[k..]), mth(&d[..k])),
    };
    below.push(sibling);
    below
}

/// The consistency proof from the first `m` leaves, whose root is `known` to whoever checks it.
pub(super) fn subproof(m: usize, d: &[NodeHash], known: bool) -> Vec<NodeHash> {
    if m == d.len() {
        return if known { Vec::new() } else { vec![mth(d)] };
    }
    let k = half(d.len());
    let (mut below, sibling) = if m <= k {
        (subproof(m, &d[..k], known), mth(&d[k..]))
    } else {
        (subproof(m - k, &d[k..], false), mth(&d[..k]))
    };
    below.push(sibling);
    below
}

/// The largest power of two below `n`.
fn half(n: usize) -> usize {
    n.next_power_of_two() / 2
}
