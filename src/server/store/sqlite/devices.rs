//! Enrolment codes, devices, and facts about the server itself.

use super::super::{
    Before, CodeKey, Cursor, DeviceRow, DeviceStanding, Enrolled, Enrolling, MOST_WRONG_TRIES, NewEnrolment,
    StoreError, StoreResult,
};
use super::rows;
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, OfficeId};
use crate::protocol::batch::HexHash;
use ed25519_dalek::VerifyingKey;
use jiff::tz::TimeZone;
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

pub(super) fn enrol(db: &Connection, new: &Enrolling) -> StoreResult<Option<Enrolled>> {
    let Some((office, counter)) = place(db, &new.code, new.now_ms)? else { return Ok(None) };
    let device = next_device(db, new.before)?;
    let first_seq = first_seq(db, new, office)?;
    let previous = match new.before {
        Before::Device(previous) => Some(previous.get()),
        Before::Nobody | Before::Forgotten(_) => None,
    };
    db.prepare_cached(
        "INSERT INTO device (office_id, device_id, counter_id, public_key, epoch, enrolled_at_ms, first_seq, next_seq, head_hash,
             previous_device_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)",
    )?
    .execute(params![
        office,
        device.get(),
        counter,
        new.key.as_bytes(),
        rows::as_i64(new.epoch),
        new.now_ms,
        rows::as_i64(first_seq),
        ChainHash::START.0,
        previous
    ])?;
    db.prepare_cached("UPDATE enrolment SET used_by_device = ?2 WHERE lookup = ?1")?
        .execute(params![new.code.lookup, device.get()])?;
    Ok(Some(Enrolled { device, first_seq }))
}

/// A number that no device ever had, also not one that this database lost: visits and tickets are
/// named after it.
fn next_device(db: &Connection, before: Before) -> StoreResult<DeviceId> {
    let next = rows::next_number(db, "SELECT max(device_id) FROM device", [])?;
    let lost = fact(db, LOST_DEVICES)?.map_or(0, u32::from_be_bytes);
    let known = match before {
        Before::Forgotten(device) => device.get(),
        Before::Nobody | Before::Device(_) => 0,
    };
    let number = next.max(lost.saturating_add(1)).max(known.saturating_add(1));
    DeviceId::try_from(number).map_err(|error| StoreError::Failed(error.to_string()))
}

/// Where the chain begins, so that everything arrives that this office lacks, and nothing of another.
fn first_seq(db: &Connection, new: &Enrolling, office: u32) -> StoreResult<u64> {
    let lacking = match new.before {
        Before::Nobody => return Ok(new.first_seq),
        Before::Forgotten(_) => new.oldest_seq,
        Before::Device(previous) => {
            let before = chain(db, previous)?;
            if before.office.get() == office { before.cursor.next_seq } else { new.first_seq }
        }
    };
    Ok(lacking.max(new.oldest_seq).min(new.first_seq))
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
        "SELECT office_id, counter_id, device_id, public_key, epoch, revoked_at_ms, previous_device_id, bundle_hash
         FROM device WHERE device_id = ?1",
    )?;
    Ok(statement.query_row([device.get()], device_row).optional()?)
}

/// All devices of an office, as an operator sees them.
pub(super) fn all(db: &Connection, office: OfficeId) -> StoreResult<Vec<DeviceStanding>> {
    let mut statement = db.prepare_cached(
        "SELECT device.office_id, device.counter_id, device_id, public_key, epoch, revoked_at_ms, previous_device_id,
            device.bundle_hash, coalesce(counter.name, ''), next_seq, head_hash, enrolled_at_ms,
            (SELECT received_at_ms FROM event
             WHERE event.office_id = device.office_id AND event.device_id = device.device_id ORDER BY seq DESC LIMIT 1),
            kiosk_bundle.version
         FROM device LEFT JOIN counter
            ON counter.office_id = device.office_id AND counter.counter_id = device.counter_id
         LEFT JOIN kiosk_bundle
            ON kiosk_bundle.office_id = device.office_id AND kiosk_bundle.bundle_hash = device.bundle_hash
         WHERE device.office_id = ?1 ORDER BY device_id",
    )?;
    let found = statement.query_map([office.get()], |row| {
        Ok(DeviceStanding {
            row: device_row(row)?,
            counter_name: row.get(8)?,
            cursor: Cursor { next_seq: rows::as_u64(row.get(9)?), head: ChainHash(row.get(10)?) },
            enrolled_at_ms: row.get(11)?,
            last_event_ms: row.get(12)?,
            config_version: row.get::<_, Option<i64>>(13)?.map(rows::as_u64),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Takes a device's rights away; false if it has none in this office.
pub(super) fn revoke(db: &Connection, office: OfficeId, device: DeviceId, now_ms: i64) -> StoreResult<bool> {
    let revoked = db
        .prepare_cached(
            "UPDATE device SET revoked_at_ms = ?3 WHERE office_id = ?1 AND device_id = ?2 AND revoked_at_ms IS NULL",
        )?
        .execute(params![office.get(), device.get(), now_ms])?;
    Ok(revoked > 0)
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
        config: row.get::<_, Option<[u8; 32]>>(7)?.map(HexHash),
    })
}

/// A device's chain, and what is needed to lengthen it.
pub(super) struct Chain {
    pub office: OfficeId,
    pub device: DeviceId,
    pub epoch: u64,
    pub zone: TimeZone,
    pub first_seq: u64,
    pub cursor: Cursor,
    pub not_before_ms: Option<i64>,
    /// Where its last rating is placed.
    pub last_at_ms: Option<i64>,
    /// The place of the last release that it said it made alone, or 0.
    pub awaits_seq: u64,
}

impl Chain {
    /// Whether a release that the device made alone is still to come.
    pub(super) fn awaits_release(&self) -> bool {
        self.awaits_seq >= self.cursor.next_seq
    }
}

pub(super) fn chain(db: &Connection, device: DeviceId) -> StoreResult<Chain> {
    let mut statement = db.prepare_cached(
        "SELECT device.office_id, device_id, epoch, zone, first_seq, next_seq, head_hash, not_before_ms, last_at_ms,
            awaits_seq
         FROM device JOIN office ON office.office_id = device.office_id WHERE device_id = ?1",
    )?;
    let found = statement.query_row([device.get()], chain_row).optional()?;
    found.ok_or_else(|| StoreError::Missing(format!("device {device}")))
}

fn chain_row(row: &Row<'_>) -> rusqlite::Result<Chain> {
    Ok(Chain {
        office: rows::office_id(row, 0)?,
        device: rows::device_id(row, 1)?,
        epoch: rows::as_u64(row.get(2)?),
        zone: rows::zone(row, 3)?,
        first_seq: rows::as_u64(row.get(4)?),
        cursor: Cursor { next_seq: rows::as_u64(row.get(5)?), head: ChainHash(row.get(6)?) },
        not_before_ms: row.get(7)?,
        last_at_ms: row.get(8)?,
        awaits_seq: rows::as_u64(row.get(9)?),
    })
}

pub(super) fn save_chain(db: &Connection, chain: &Chain) -> StoreResult<()> {
    let Chain { office, device, first_seq, cursor, not_before_ms, last_at_ms, awaits_seq, .. } = chain;
    db.prepare_cached(
        "UPDATE device SET first_seq = ?3, next_seq = ?4, head_hash = ?5, not_before_ms = ?6, last_at_ms = ?7,
            awaits_seq = ?8
         WHERE office_id = ?1 AND device_id = ?2",
    )?
    .execute(params![
        office.get(),
        device.get(),
        rows::as_i64(*first_seq),
        rows::as_i64(cursor.next_seq),
        cursor.head.0,
        not_before_ms,
        last_at_ms,
        rows::as_i64(*awaits_seq)
    ])?;
    Ok(())
}

/// Where the last rating of a chain is placed.
pub(super) fn last_at(db: &Connection, office: OfficeId, device: DeviceId) -> StoreResult<Option<i64>> {
    let mut statement = db.prepare_cached("SELECT last_at_ms FROM device WHERE office_id = ?1 AND device_id = ?2")?;
    Ok(statement.query_row([office.get(), device.get()], |row| row.get(0)).optional()?.flatten())
}

pub(super) fn save_last_at(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    last_at_ms: Option<i64>,
) -> StoreResult<()> {
    db.prepare_cached("UPDATE device SET last_at_ms = ?3 WHERE office_id = ?1 AND device_id = ?2")?
        .execute(params![office.get(), device.get(), last_at_ms])?;
    Ok(())
}

/// The key of the data's epoch.
pub(super) const DATA_EPOCH: &str = "data_epoch";
/// The key of the secret that signs replies.
pub(super) const SIGNING_KEY: &str = "signing_key";

/// The value of a key.
pub(super) fn fact<const N: usize>(db: &Connection, key: &str) -> StoreResult<Option<[u8; N]>> {
    let mut statement = db.prepare_cached("SELECT value FROM server_meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// The value of a key, which is `make` if it had none.
pub(super) fn once<const N: usize>(db: &Connection, key: &str, make: [u8; N]) -> StoreResult<[u8; N]> {
    db.prepare_cached("INSERT INTO server_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING")?
        .execute(params![key, make])?;
    Ok(db.prepare_cached("SELECT value FROM server_meta WHERE key = ?1")?.query_row([key], |row| row.get(0))?)
}

/// The key of the largest number of a device that this data may have lost.
const LOST_DEVICES: &str = "lost_devices";
/// More kiosks than are enrolled between two backups.
const MOST_LOST_DEVICES: u32 = 4_096;

/// Begins a new epoch of the data: the ledgers keep their leaves, and go on under a new origin.
pub(super) fn begin_data_epoch(db: &Connection, epoch: u64, now_ms: i64) -> StoreResult<()> {
    let before = u64::from_be_bytes(once(db, DATA_EPOCH, epoch.to_be_bytes())?);
    db.prepare_cached("UPDATE server_meta SET value = ?2 WHERE key = ?1")?
        .execute(params![DATA_EPOCH, epoch.to_be_bytes()])?;
    db.prepare_cached(
        "INSERT INTO ledger_epoch (office_id, data_epoch, start_size, previous_epoch, begun_at_ms)
         SELECT office_id, ?1, size, ?2, ?3 FROM ledger WHERE true ON CONFLICT DO NOTHING",
    )?
    .execute(params![rows::as_i64(epoch), rows::as_i64(before), now_ms])?;
    let next = next_device(db, Before::Nobody)?;
    db.prepare_cached(
        "INSERT INTO server_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![LOST_DEVICES, (next.get() + MOST_LOST_DEVICES).to_be_bytes()])?;
    Ok(())
}
