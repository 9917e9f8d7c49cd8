//! What devices signed of their chains, and the parts of chains that will never come.

use super::super::{HoleRow, IncomingBatch, SignedHead, StoreResult};
use super::devices::Chain;
use super::rows;
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, OfficeId};
use crate::protocol::batch::Hole;
use rusqlite::{Connection, OptionalExtension, params};

/// Keeps the signature of the chain's end after a batch.
pub(super) fn add(db: &Connection, chain: &Chain, batch: &IncomingBatch) -> StoreResult<()> {
    let (seq, head) = (chain.cursor.next_seq.saturating_sub(1), chain.cursor.head);
    db.prepare_cached(
        "INSERT INTO head_signature (office_id, device_id, seq, head_hash, signature) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![chain.office.get(), chain.device.get(), rows::as_i64(seq), head.0, batch.head_signature])?;
    Ok(())
}

/// The hash a device signed at this place, if a batch ended there.
pub(super) fn signed(db: &Connection, office: OfficeId, device: DeviceId, seq: u64) -> StoreResult<Option<ChainHash>> {
    let mut statement =
        db.prepare_cached("SELECT head_hash FROM head_signature WHERE office_id = ?1 AND device_id = ?2 AND seq = ?3")?;
    let key = params![office.get(), device.get(), rows::as_i64(seq)];
    Ok(statement.query_row(key, |row| row.get(0).map(ChainHash)).optional()?)
}

pub(super) fn after(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    after_seq: u64,
    most: u32,
) -> StoreResult<Vec<SignedHead>> {
    let mut statement = db.prepare_cached(
        "SELECT seq, head_hash, signature FROM head_signature
         WHERE office_id = ?1 AND device_id = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
    )?;
    let key = params![office.get(), device.get(), rows::as_i64(after_seq), most];
    let found = statement.query_map(key, |row| {
        Ok(SignedHead { seq: rows::as_u64(row.get(0)?), head: ChainHash(row.get(1)?), signature: row.get(2)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Records the hole between a chain's cursor and a batch.
pub(super) fn add_hole(db: &Connection, chain: &Chain, batch: &IncomingBatch, reason: Hole) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO hole (office_id, device_id, from_seq, to_seq, reason, head_hash, recorded_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        chain.office.get(),
        chain.device.get(),
        rows::as_i64(chain.cursor.next_seq),
        rows::as_i64(batch.first_seq - 1),
        reason.as_str(),
        batch.prev_hash.0,
        batch.received_at_ms
    ])?;
    Ok(())
}

pub(super) fn holes(db: &Connection, office: OfficeId, device: DeviceId) -> StoreResult<Vec<HoleRow>> {
    let mut statement = db.prepare_cached(
        "SELECT from_seq, to_seq, reason, head_hash FROM hole WHERE office_id = ?1 AND device_id = ?2 ORDER BY from_seq",
    )?;
    let found = statement.query_map([office.get(), device.get()], |row| {
        let pruned = row.get_ref(2)?.as_str()? == Hole::Pruned.as_str();
        Ok(HoleRow {
            from_seq: rows::as_u64(row.get(0)?),
            to_seq: rows::as_u64(row.get(1)?),
            reason: if pruned { Hole::Pruned } else { Hole::Lost },
            head: ChainHash(row.get(3)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
