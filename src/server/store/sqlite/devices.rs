//! Enrolment codes, devices, and facts about the server itself.

use super::super::{CodeKey, Cursor, DeviceRow, Enrolling, MOST_WRONG_TRIES, NewEnrolment, StoreError, StoreResult};
use super::rows;
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, OfficeId};
use ed25519_dalek::VerifyingKey;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A code that can no longer be used gives its name away.
pub(super) fn add_enrolment(db: &Connection, new: &NewEnrolment) -> StoreResult<()> {
    let added = db
        .prepare_cached(
            "INSERT INTO enrolment (lookup, code_hash, office_id, counter_id, expires_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (lookup) DO UPDATE SET code_hash = excluded.code_hash, office_id = excluded.office_id,
                 counter_id = excluded.counter_id, expires_at_ms = excluded.expires_at_ms,
                 used_by_device = NULL, wrong_tries = 0
             WHERE enrolment.used_by_device IS NOT NULL OR enrolment.expires_at_ms <= ?6",
        )?
        .execute(params![
            new.code.lookup,
            new.code.hash,
            new.office.get(),
            new.counter.get(),
            new.expires_at_ms,
            new.now_ms
        ])?;
    if added == 0 { Err(StoreError::Taken("a code of this name".to_owned())) } else { Ok(()) }
}

pub(super) fn enrol(db: &Connection, new: &Enrolling) -> StoreResult<Option<DeviceRow>> {
    let Some((office, counter)) = place(db, &new.code, new.now_ms)? else { return Ok(None) };
    let number = rows::next_number(db, "SELECT max(device_id) FROM device", [])?;
    let device = DeviceId::try_from(number).map_err(|error| StoreError::Failed(error.to_string()))?;
    db.prepare_cached(
        "INSERT INTO device (office_id, device_id, counter_id, public_key, epoch, enrolled_at_ms, next_seq, head_hash,
             previous_device_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        office,
        number,
        counter,
        new.key.as_bytes(),
        rows::as_i64(new.epoch),
        new.now_ms,
        rows::as_i64(new.first_seq),
        ChainHash::START.0,
        new.previous.map(DeviceId::get)
    ])?;
    db.prepare_cached("UPDATE enrolment SET used_by_device = ?2 WHERE lookup = ?1")?
        .execute(params![new.code.lookup, number])?;
    self::device(db, device)
}

/// Office and counter of a code that can be used; a wrong secret is counted.
fn place(db: &Connection, code: &CodeKey, now_ms: i64) -> StoreResult<Option<(u32, u32)>> {
    let found: Option<([u8; 32], u32, u32)> = db
        .prepare_cached(
            "SELECT code_hash, office_id, counter_id FROM enrolment
             WHERE lookup = ?1 AND used_by_device IS NULL AND expires_at_ms > ?2 AND wrong_tries < ?3",
        )?
        .query_row(params![code.lookup, now_ms, MOST_WRONG_TRIES], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((hash, office, counter)) = found else { return Ok(None) };
    if hash == code.hash {
        return Ok(Some((office, counter)));
    }
    db.prepare_cached("UPDATE enrolment SET wrong_tries = wrong_tries + 1 WHERE lookup = ?1")?
        .execute([&code.lookup])?;
    Ok(None)
}

pub(super) fn device(db: &Connection, device: DeviceId) -> StoreResult<Option<DeviceRow>> {
    let mut statement = db.prepare_cached(
        "SELECT office_id, counter_id, device_id, public_key, epoch, revoked_at_ms, previous_device_id
         FROM device WHERE device_id = ?1",
    )?;
    Ok(statement.query_row([device.get()], device_row).optional()?)
}

fn device_row(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow {
        office: rows::office_id(row, 0)?,
        counter: rows::counter_id(row, 1)?,
        device: rows::device_id(row, 2)?,
        key: VerifyingKey::from_bytes(&row.get(3)?).map_err(|error| rows::unreadable(3, error))?,
        epoch: rows::as_u64(row.get(4)?),
        revoked: row.get::<_, Option<i64>>(5)?.is_some(),
        previous: row
            .get::<_, Option<u32>>(6)?
            .map(DeviceId::try_from)
            .transpose()
            .map_err(|error| rows::unreadable(6, error))?,
    })
}

pub(super) fn cursor(db: &Connection, office: OfficeId, device: DeviceId) -> StoreResult<Cursor> {
    let found = db
        .prepare_cached("SELECT next_seq, head_hash FROM device WHERE office_id = ?1 AND device_id = ?2")?
        .query_row([office.get(), device.get()], |row| {
            Ok(Cursor { next_seq: rows::as_u64(row.get(0)?), head: ChainHash(row.get(1)?) })
        })
        .optional()?;
    found.ok_or_else(|| StoreError::Missing(format!("device {device}")))
}

pub(super) fn set_cursor(db: &Connection, office: OfficeId, device: DeviceId, cursor: Cursor) -> StoreResult<()> {
    db.prepare_cached("UPDATE device SET next_seq = ?3, head_hash = ?4 WHERE office_id = ?1 AND device_id = ?2")?
        .execute(params![office.get(), device.get(), rows::as_i64(cursor.next_seq), cursor.head.0])?;
    Ok(())
}

/// The value of a key, which is `make` if it had none.
pub(super) fn once<const N: usize>(db: &Connection, key: &str, make: [u8; N]) -> StoreResult<[u8; N]> {
    db.prepare_cached("INSERT INTO server_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING")?
        .execute(params![key, make])?;
    Ok(db.prepare_cached("SELECT value FROM server_meta WHERE key = ?1")?.query_row([key], |row| row.get(0))?)
}
