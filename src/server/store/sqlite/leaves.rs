//! Which links are leaves of the ledger, for a look at many of them: each tile is proven once.

use super::super::{EventRow, LedgerEnd, StoreResult};
use super::ledger::{Ledger, StoredTiles};
use super::rows;
use crate::domain::ids::OfficeId;
use crate::domain::ledger::{Leaf, LedgerError, NodeHash, TILE_WIDTH, Tiles, inclusion_proof, verify_inclusion};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

const WIDTH: u64 = TILE_WIDTH as u64;

/// The leaves under the root that was last written.
pub(super) struct Leaves<'a> {
    tiles: StoredTiles<'a>,
    end: LedgerEnd,
    /// The leaves of a tile; none when they do not lead to the root.
    proven: BTreeMap<u64, Vec<NodeHash>>,
}

impl<'a> Leaves<'a> {
    pub(super) fn of(db: &'a Connection, office: OfficeId) -> StoreResult<Self> {
        let end = Ledger::load(db, office)?.end();
        Ok(Self { tiles: StoredTiles { db, office }, end, proven: BTreeMap::new() })
    }

    /// Whether the ledger holds this link. A tree that cannot be read holds nothing.
    pub(super) fn hold(&mut self, link: &EventRow) -> StoreResult<bool> {
        let Some(index) = link.leaf_index.filter(|index| *index < self.end.size) else { return Ok(false) };
        let leaf = leaf(self.tiles.db, self.tiles.office, link)?.hash();
        let place = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        Ok(self.tile(index / WIDTH)?.get(place) == Some(&leaf))
    }

    fn tile(&mut self, tile: u64) -> StoreResult<&[NodeHash]> {
        match self.proven.entry(tile) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(proven_tile(&self.tiles, self.end, tile)?)),
        }
    }
}

/// The way from the first leaf of a tile to the root goes past all others of that tile, so it proves
/// them all.
fn proven_tile(tiles: &StoredTiles<'_>, end: LedgerEnd, tile: u64) -> StoreResult<Vec<NodeHash>> {
    let Some(leaves) = tiles.tile(0, tile)? else { return Ok(Vec::new()) };
    let index = tile * WIDTH;
    let proof = match inclusion_proof(tiles, index, end.size) {
        Ok(proof) => proof,
        Err(LedgerError::Store(error)) => return Err(error),
        Err(_unreadable) => return Ok(Vec::new()),
    };
    let is_proven = leaves.first().is_some_and(|first| verify_inclusion(*first, index, end.size, &proof, end.root));
    Ok(if is_proven { leaves } else { Vec::new() })
}

fn leaf(db: &Connection, office: OfficeId, link: &EventRow) -> StoreResult<Leaf> {
    let mut statement = db.prepare_cached("SELECT epoch FROM device WHERE office_id = ?1 AND device_id = ?2")?;
    let epoch = statement.query_row([office.get(), link.device.get()], |row| row.get(0)).optional()?;
    let (device, seq, event, body_hash) = (link.device.get(), link.seq, link.id, link.body_hash.0);
    Ok(Leaf { office, device, epoch: rows::as_u64(epoch.unwrap_or(0)), seq, event, body_hash })
}
