//! The ledger of an office: its tiles, its end, and the chain of the server's own events in it.

use super::super::{CheckpointRow, Cursor, EpochRow, LedgerEnd, StoreError, StoreResult};
use super::events::{self, NewLink};
use super::{receipts, rows};
use crate::domain::event::{BodyHash, ChainHash};
use crate::domain::ids::{DeviceId, EventId, OfficeId};
use crate::domain::ledger::{Leaf, LedgerError, NodeHash, Tiles, append, consistency_proof, empty_root};
use rusqlite::{Connection, OptionalExtension, params};

/// The tiles of an office in the database.
pub(super) struct StoredTiles<'a> {
    pub db: &'a Connection,
    pub office: OfficeId,
}

impl Tiles for StoredTiles<'_> {
    type Error = StoreError;

    fn tile(&self, level: u8, index: u64) -> StoreResult<Option<Vec<NodeHash>>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT hashes FROM ledger_tile WHERE office_id = ?1 AND level = ?2 AND tile = ?3")?;
        let bytes: Option<Vec<u8>> =
            statement.query_row(params![self.office.get(), level, rows::as_i64(index)], |row| row.get(0)).optional()?;
        let torn = || StoreError::Failed(format!("tile {index} of level {level} of the ledger cannot be read"));
        bytes.map(|bytes| NodeHash::split(&bytes).ok_or_else(torn)).transpose()
    }
}

impl From<LedgerError<StoreError>> for StoreError {
    fn from(error: LedgerError<StoreError>) -> Self {
        match error {
            LedgerError::Store(error) => error,
            other => Self::Failed(format!("{other}. Look at it with `suara-loket verify`")),
        }
    }
}

/// A ledger while a transaction adds to it.
pub(super) struct Ledger {
    end: LedgerEnd,
    own: Cursor,
    receipts: u64,
    leaves: Vec<NodeHash>,
}

impl Ledger {
    pub(super) fn load(db: &Connection, office: OfficeId) -> StoreResult<Self> {
        let mut statement =
            db.prepare_cached("SELECT size, root, own_next_seq, own_head, receipts FROM ledger WHERE office_id = ?1")?;
        let found = statement.query_row([office.get()], |row| {
            let end = LedgerEnd { office, size: rows::as_u64(row.get(0)?), root: NodeHash(row.get(1)?) };
            let own = Cursor { next_seq: rows::as_u64(row.get(2)?), head: ChainHash(row.get(3)?) };
            Ok(Self { end, own, receipts: rows::as_u64(row.get(4)?), leaves: Vec::new() })
        });
        let empty = || Self {
            end: LedgerEnd { office, size: 0, root: empty_root() },
            own: Cursor { next_seq: 1, head: ChainHash::START },
            receipts: 0,
            leaves: Vec::new(),
        };
        Ok(found.optional()?.unwrap_or_else(empty))
    }

    /// Its end as of the last save.
    pub(super) fn end(&self) -> LedgerEnd {
        self.end
    }

    /// The place of the next leaf.
    pub(super) fn next_index(&self) -> u64 {
        self.end.size + self.leaves.len() as u64
    }

    /// Adds a leaf at [`Ledger::next_index`].
    pub(super) fn add(&mut self, device: DeviceId, epoch: u64, seq: u64, event: EventId, body_hash: BodyHash) {
        let office = self.end.office;
        self.leaves.push(Leaf { office, device: device.get(), epoch, seq, event, body_hash: body_hash.0 }.hash());
    }

    /// Lengthens the chain of the server's own events; returns the place of the new link.
    fn own_link(&mut self, event: EventId, body_hash: BodyHash) -> u64 {
        let seq = self.own.next_seq;
        self.own = Cursor { next_seq: seq + 1, head: self.own.head.next(seq, event, body_hash) };
        seq
    }

    /// Adds an event of the server itself: a link of its chain and a leaf.
    pub(super) fn add_own(&mut self, db: &Connection, id: EventId, body: &str, at_ms: i64) -> StoreResult<()> {
        let (office, body_hash) = (self.end.office, BodyHash::of(body.as_bytes()));
        let seq = self.own_link(id, body_hash);
        let link = NewLink {
            office,
            device: DeviceId::SERVER,
            seq,
            id,
            body: Some(body),
            body_hash,
            leaf_index: Some(self.next_index()),
            received_at_ms: at_ms,
            parked: None,
            repeats: None,
        };
        events::insert(db, &link)?;
        self.add(DeviceId::SERVER, 0, seq, id, body_hash);
        Ok(())
    }

    /// The end of the chain of the server's own events.
    pub(super) fn own(&self) -> Cursor {
        self.own
    }

    /// Of how many leaves the receipt codes are written.
    pub(super) fn receipts(&self) -> u64 {
        self.receipts
    }

    /// Writes the tiles that changed, the new end, and receipt codes when enough of them wait. The events
    /// themselves have to be there already.
    pub(super) fn save(&mut self, db: &Connection) -> StoreResult<LedgerEnd> {
        let office = self.end.office;
        if self.leaves.is_empty() {
            return Ok(self.end);
        }
        let grown = append(&StoredTiles { db, office }, self.end.size, &self.leaves)?;
        let mut write = db.prepare_cached(
            "INSERT INTO ledger_tile (office_id, level, tile, hashes) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (office_id, level, tile) DO UPDATE SET hashes = excluded.hashes",
        )?;
        for tile in &grown.tiles {
            let hashes = NodeHash::concat(&tile.hashes);
            write.execute(params![office.get(), tile.level, rows::as_i64(tile.index), hashes])?;
        }
        self.end = LedgerEnd { office, size: grown.size, root: grown.root };
        self.leaves.clear();
        if self.end.size - self.receipts >= receipts::TOGETHER {
            receipts::write_from(db, office, self.receipts)?;
            self.receipts = self.end.size;
        }
        db.prepare_cached(
            "INSERT INTO ledger (office_id, size, root, own_next_seq, own_head, receipts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (office_id) DO UPDATE SET size = excluded.size, root = excluded.root,
                own_next_seq = excluded.own_next_seq, own_head = excluded.own_head, receipts = excluded.receipts",
        )?
        .execute(params![
            office.get(),
            rows::as_i64(self.end.size),
            self.end.root.0,
            rows::as_i64(self.own.next_seq),
            self.own.head.0,
            rows::as_i64(self.receipts)
        ])?;
        Ok(self.end)
    }
}

pub(super) fn proof(db: &Connection, office: OfficeId, old_size: u64, new_size: u64) -> StoreResult<Vec<NodeHash>> {
    Ok(consistency_proof(&StoredTiles { db, office }, old_size, new_size)?)
}

pub(super) fn keep_checkpoint(db: &Connection, office: OfficeId, checkpoint: &CheckpointRow) -> StoreResult<()> {
    let CheckpointRow { data_epoch, size, note } = checkpoint;
    db.prepare_cached(
        "INSERT INTO checkpoint (office_id, data_epoch, size, note) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![office.get(), rows::as_i64(*data_epoch), rows::as_i64(*size), note])?;
    Ok(())
}

pub(super) fn checkpoints(db: &Connection, office: OfficeId) -> StoreResult<Vec<CheckpointRow>> {
    let mut statement = db.prepare_cached(
        "SELECT data_epoch, size, note FROM checkpoint WHERE office_id = ?1 ORDER BY size, data_epoch",
    )?;
    let found = statement.query_map([office.get()], |row| {
        Ok(CheckpointRow { data_epoch: rows::as_u64(row.get(0)?), size: rows::as_u64(row.get(1)?), note: row.get(2)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn epochs(db: &Connection, office: OfficeId) -> StoreResult<Vec<EpochRow>> {
    let mut statement = db.prepare_cached(
        "SELECT data_epoch, start_size, previous_epoch, begun_at_ms FROM ledger_epoch
         WHERE office_id = ?1 ORDER BY begun_at_ms",
    )?;
    let found = statement.query_map([office.get()], |row| {
        Ok(EpochRow {
            data_epoch: rows::as_u64(row.get(0)?),
            start_size: rows::as_u64(row.get(1)?),
            previous_epoch: row.get::<_, Option<i64>>(2)?.map(rows::as_u64),
            begun_at_ms: row.get(3)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
