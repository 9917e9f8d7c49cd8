//! Growing the tree by a batch of leaves.

use super::NodeHash;
use super::builder::root_of;
use super::tiles::{LEVELS, LedgerError, Reader, TILE_WIDTH, Tiles, entries, place};

/// A tile that an append made or lengthened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedTile {
    /// Its level.
    pub level: u8,
    /// Its place there.
    pub index: u64,
    /// All its hashes, old and new.
    pub hashes: Vec<NodeHash>,
}

/// A tree after it grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its leaves now.
    pub size: u64,
    /// Its root now.
    pub root: NodeHash,
    /// The tiles to write, and no others, for the tree to be stored.
    pub tiles: Vec<ChangedTile>,
}

/// Appends leaves to a tree of `size` leaves.
///
/// Reads the last tile of each level, if it is not full, and nothing else; hashes in those and in the
/// new ones. The stored tiles are believed: a caller who signs the root should have compared
/// [`root`](super::root) with the last signed one, once per start.
///
/// # Errors
/// When a tile is missing, too short or unreadable, or the size would pass 2^64.
pub fn append<T: Tiles>(tiles: &T, size: u64, leaves: &[NodeHash]) -> Result<Appended, LedgerError<T::Error>> {
    let more = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    let grown = size.checked_add(more).ok_or(LedgerError::TooLarge)?;
    let mut reader = Reader::new(tiles);
    let mut changed = Vec::new();
    let mut added = leaves.to_vec();
    for level in 0..LEVELS {
        added = lengthen(&mut reader, level, entries(size, level), &added, &mut changed)?;
    }
    let root = reader.range(0, grown)?;
    let give = |(level, index)| reader.take(level, index).map(|hashes| ChangedTile { level, index, hashes });
    Ok(Appended { size: grown, root, tiles: changed.into_iter().filter_map(give).collect() })
}

/// Puts `added` behind the `count` entries of a level; returns the roots of the tiles that became full.
fn lengthen<T: Tiles>(
    reader: &mut Reader<'_, T>,
    level: u8,
    count: u64,
    added: &[NodeHash],
    changed: &mut Vec<(u8, u64)>,
) -> Result<Vec<NodeHash>, LedgerError<T::Error>> {
    let (mut index, held) = place(count);
    let mut roots = Vec::new();
    let mut rest = added;
    let mut tile = Vec::new();
    if held > 0 && !rest.is_empty() {
        // Hashes beyond the size are left from an append that was never finished.
        tile.extend(reader.tile(level, index, held)?.iter().take(held));
    }
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(TILE_WIDTH - tile.len()));
        tile.extend_from_slice(now);
        if tile.len() == TILE_WIDTH {
            roots.push(root_of(&tile));
        }
        reader.put(level, index, std::mem::take(&mut tile));
        changed.push((level, index));
        (index, rest) = (index + 1, later);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::super::definition::{Watched, leaves, mth, planted};
    use super::super::{MemoryTiles, right_edge};
    use super::*;
    use proptest::prelude::*;

    /// Grows a tree in batches; after each, its root is the defined one and the tiles are those of a
    /// tree planted at once.
    fn grows_as_defined(batches: &[u64]) {
        let leaves = leaves(batches.iter().sum());
        let (mut tiles, mut size) = (MemoryTiles::default(), 0usize);
        for batch in batches {
            let end = size + usize::try_from(*batch).unwrap();
            let appended = append(&tiles, size as u64, &leaves[size..end]).unwrap();
            assert_eq!((appended.size, appended.root), (end as u64, mth(&leaves[..end])), "{batches:?}");
            tiles.keep(appended.tiles);
            size = end;
        }
        assert_eq!(tiles, planted(&leaves), "{batches:?}");
    }

    #[test]
    fn one_by_one_across_the_first_tiles() {
        grows_as_defined(&[1; 520]);
    }

    #[test]
    fn across_the_third_level() {
        grows_as_defined(&[65_530, 5, 1, 1, 300, 65_000, 236, 500]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn in_batches_of_any_size(batches in prop::collection::vec(0u64..700, 0..9)) {
            grows_as_defined(&batches);
        }
    }

    #[test]
    fn only_touched_tiles_are_written() {
        let tiles = planted(&leaves(70_000));
        let written = |n| -> Vec<_> {
            let appended = append(&tiles, 70_000, &leaves(n)).unwrap();
            appended.tiles.iter().map(|t| (t.level, t.index, t.hashes.len())).collect()
        };
        assert_eq!(written(0), []);
        assert_eq!(written(1), [(0, 273, 113)]);
        assert_eq!(written(144), [(0, 273, 256), (1, 1, 18)]);
        assert_eq!(written(200), [(0, 273, 256), (0, 274, 56), (1, 1, 18)]);
    }

    #[test]
    fn only_the_right_edge_is_read_and_each_tile_once() {
        let tiles = planted(&leaves(70_000));
        let watched = Watched::new(&tiles);
        append(&watched, 70_000, &leaves(200)).unwrap();
        assert_eq!(watched.read(), [(0, 273), (1, 1), (2, 0)]);
        assert_eq!(watched.read(), right_edge(70_000));
    }

    #[test]
    fn what_an_unfinished_append_left_is_overwritten() {
        let leaves = leaves(300);
        let mut tiles = planted(&leaves[..10]);
        tiles.insert(0, 0, [&leaves[..10], &leaves[200..]].concat());
        let appended = append(&tiles, 10, &leaves[10..]).unwrap();
        assert_eq!(appended.root, mth(&leaves));
        tiles.keep(appended.tiles);
        assert_eq!(tiles, planted(&leaves));
    }

    #[test]
    fn a_wrong_size_is_an_error() {
        let tiles = planted(&leaves(10));
        let one = leaves(1);
        assert_eq!(append(&tiles, 11, &one), Err(LedgerError::TooShort { level: 0, index: 0, holds: 10, needs: 11 }));
        assert_eq!(append(&tiles, 300, &one), Err(LedgerError::Missing { level: 0, index: 1 }));
        assert_eq!(append(&tiles, u64::MAX, &one), Err(LedgerError::TooLarge));
        assert_eq!(append(&tiles, u64::MAX - 1, &one), Err(LedgerError::Missing { level: 0, index: u64::MAX >> 8 }));
    }
}
