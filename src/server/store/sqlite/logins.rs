//! Log-ins of the web: only the hash of a secret is kept.

use super::super::{OfficerRow, StoreResult};
use super::{office, rows};
use crate::domain::ids::{OfficeId, OfficerId};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn add(
    db: &Connection,
    token_hash: [u8; 32],
    office: OfficeId,
    officer: OfficerId,
    now_ms: i64,
) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO login (token_hash, office_id, officer_id, begun_at_ms, used_at_ms) VALUES (?1, ?2, ?3, ?4, ?4)",
    )?
    .execute(params![token_hash, office.get(), officer.get(), now_ms])?;
    Ok(())
}

pub(super) fn touch(
    db: &Connection,
    token_hash: [u8; 32],
    now_ms: i64,
    idle_since_ms: i64,
    begun_since_ms: i64,
) -> StoreResult<Option<OfficerRow>> {
    db.prepare_cached("DELETE FROM login WHERE used_at_ms < ?1 OR begun_at_ms < ?2")?
        .execute([idle_since_ms, begun_since_ms])?;
    let whose = db
        .prepare_cached("SELECT office_id, officer_id FROM login WHERE token_hash = ?1")?
        .query_row([token_hash], |row| Ok((rows::office_id(row, 0)?, rows::officer_id(row, 1)?)))
        .optional()?;
    let Some((office, officer)) = whose else { return Ok(None) };
    db.prepare_cached("UPDATE login SET used_at_ms = ?2 WHERE token_hash = ?1")?
        .execute(params![token_hash, now_ms])?;
    office::officer(db, office, officer)
}

pub(super) fn end(db: &Connection, token_hash: [u8; 32]) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM login WHERE token_hash = ?1")?.execute([token_hash])?;
    Ok(())
}
