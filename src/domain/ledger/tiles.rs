//! The tree in tiles: how it is stored, and the root and subtrees read from it.

use super::NodeHash;
use super::append::ChangedTile;
use super::builder::{join, root_of};
use std::collections::{BTreeMap, btree_map::Entry};
use std::convert::Infallible;

/// Hashes in a full tile; its root is one entry of the level above.
pub const TILE_WIDTH: usize = 256;

/// Levels of a tree of up to 2^64 leaves.
pub(super) const LEVELS: u8 = 8;

/// Where tiles are kept.
///
/// Level 0 holds the hashes of the leaves; an entry of level n is the root of a full tile of level
/// n - 1. A tile may hold more than the size of a tree asks for: an older, smaller tree is read from
/// the tiles of the newer one.
pub trait Tiles {
    /// Why a tile could not be read.
    type Error;

    /// One tile, or `None` if there is none.
    ///
    /// # Errors
    /// When the store fails.
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<NodeHash>>, Self::Error>;
}

/// Why a tree cannot be read, grown or proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError<E> {
    /// A tile that a tree of this size has is not there.
    #[error("tile {index} of level {level} is missing from the ledger")]
    Missing {
        /// Its level.
        level: u8,
        /// Its place there.
        index: u64,
    },
    /// A tile holds less than a tree of this size has.
    #[error("tile {index} of level {level} of the ledger holds {holds} hashes where {needs} are needed")]
    TooShort {
        /// Its level.
        level: u8,
        /// Its place there.
        index: u64,
        /// How many hashes it holds.
        holds: usize,
        /// How many the tree has there, at least.
        needs: usize,
    },
    /// A leaf the tree does not have.
    #[error("a ledger of {size} leaves has no leaf {index}")]
    NoSuchLeaf {
        /// The leaf asked for, counted from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A proof from a larger tree to a smaller one.
    #[error("a ledger of {new_size} leaves does not continue one of {old_size}")]
    NotOlder {
        /// The size asked from.
        old_size: u64,
        /// The size asked to.
        new_size: u64,
    },
    /// More leaves than a size can count.
    #[error("the ledger cannot hold that many leaves")]
    TooLarge,
    /// The store failed.
    #[error("the ledger's tiles could not be read")]
    Store(#[source] E),
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When a tile is missing, too short or unreadable.
pub fn root<T: Tiles>(tiles: &T, size: u64) -> Result<NodeHash, LedgerError<T::Error>> {
    Reader::new(tiles).range(0, size)
}

/// Tiles in memory: a whole tree, or what was fetched of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTiles(BTreeMap<(u8, u64), Vec<NodeHash>>);

impl MemoryTiles {
    /// Puts a tile in its place.
    pub fn insert(&mut self, level: u8, index: u64, hashes: Vec<NodeHash>) {
        self.0.insert((level, index), hashes);
    }

    /// Puts the tiles that an append changed in their places.
    pub fn keep(&mut self, changed: Vec<ChangedTile>) {
        self.0.extend(changed.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)));
    }
}

impl Tiles for MemoryTiles {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<NodeHash>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

/// Reads subtrees, and every tile at most once.
pub(super) struct Reader<'a, T> {
    tiles: &'a T,
    seen: BTreeMap<(u8, u64), Vec<NodeHash>>,
}

impl<'a, T: Tiles> Reader<'a, T> {
    pub(super) fn new(tiles: &'a T) -> Self {
        Self { tiles, seen: BTreeMap::new() }
    }

    /// The root of the leaves from `start` up to `end`, which have to be a subtree of the RFC's.
    pub(super) fn range(&mut self, start: u64, end: u64) -> Result<NodeHash, LedgerError<T::Error>> {
        let mut peaks = Vec::new();
        let mut at = start;
        for height in (0..64u8).rev() {
            if (end - start) >> height & 1 == 1 {
                peaks.push(self.whole(height, at >> height)?);
                at += 1 << height;
            }
        }
        Ok(join(&peaks))
    }

    /// The root of the `number`-th whole subtree of 2^`height` leaves, from as high a tile as can be.
    fn whole(&mut self, height: u8, number: u64) -> Result<NodeHash, LedgerError<T::Error>> {
        let (level, within) = (height / 8, height % 8);
        let (index, first) = place(number << within);
        let end = first + (1 << within);
        let hashes = self.tile(level, index, end)?;
        Ok(root_of(hashes.get(first..end).unwrap_or_default()))
    }

    /// A tile of at least `needs` hashes.
    pub(super) fn tile(&mut self, level: u8, index: u64, needs: usize) -> Result<&[NodeHash], LedgerError<T::Error>> {
        let hashes = match self.seen.entry((level, index)) {
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(place) => {
                let read = self.tiles.tile(level, index).map_err(LedgerError::Store)?;
                place.insert(read.ok_or(LedgerError::Missing { level, index })?)
            }
        };
        let holds = hashes.len();
        if holds < needs { Err(LedgerError::TooShort { level, index, holds, needs }) } else { Ok(hashes) }
    }

    /// From now on this tile is read as given.
    pub(super) fn put(&mut self, level: u8, index: u64, hashes: Vec<NodeHash>) {
        self.seen.insert((level, index), hashes);
    }

    /// Gives a tile away.
    pub(super) fn take(&mut self, level: u8, index: u64) -> Option<Vec<NodeHash>> {
        self.seen.remove(&(level, index))
    }
}

/// How many entries a level has in a tree of this size.
pub(super) fn entries(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

/// The tile of an entry, and its place in it.
pub(super) fn place(entry: u64) -> (u64, usize) {
    let [low, ..] = entry.to_le_bytes();
    (entry >> 8, usize::from(low))
}

#[cfg(test)]
mod tests {
    use super::super::definition::{leaves, mth, planted};
    use super::*;

    #[test]
    fn a_smaller_tree_is_read_from_the_tiles_of_a_larger_one() {
        let leaves = leaves(1_000);
        let tiles = planted(&leaves);
        for size in (0..=1_000u32).filter(|n| n % 7 == 0 || (250..260).contains(n)) {
            assert_eq!(root(&tiles, size.into()).unwrap(), mth(&leaves[..size as usize]), "{size}");
        }
    }

    #[test]
    fn a_tree_of_three_levels_has_the_defined_root() {
        let leaves = leaves(65_536 + 300);
        let tiles = planted(&leaves);
        for size in [65_535, 65_536, 65_537, 65_792, 65_836] {
            assert_eq!(root(&tiles, size as u64).unwrap(), mth(&leaves[..size]), "{size}");
        }
    }

    #[test]
    fn a_missing_or_short_tile_is_named() {
        let mut tiles = planted(&leaves(600));
        assert_eq!(root(&tiles, 601), Err(LedgerError::TooShort { level: 0, index: 2, holds: 88, needs: 89 }));
        assert_eq!(root(&tiles, 1_000), Err(LedgerError::TooShort { level: 1, index: 0, holds: 2, needs: 3 }));
        tiles.0.remove(&(0, 2));
        assert_eq!(root(&tiles, 600), Err(LedgerError::Missing { level: 0, index: 2 }));
        assert!(root(&tiles, 512).is_ok());
        assert_eq!(root(&tiles, u64::MAX), Err(LedgerError::Missing { level: 7, index: 0 }));
    }

    #[test]
    fn a_store_that_fails_is_heard() {
        struct Broken;
        impl Tiles for Broken {
            type Error = &'static str;
            fn tile(&self, _: u8, _: u64) -> Result<Option<Vec<NodeHash>>, &'static str> {
                Err("disk")
            }
        }
        assert_eq!(root(&Broken, 1), Err(LedgerError::Store("disk")));
    }
}
