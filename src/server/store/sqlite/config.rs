//! What offices tell their kiosks: their settings, versions, and who uses which.

use super::super::{StoreError, StoreResult};
use super::rows;
use crate::domain::ids::{DeviceId, OfficeId};
use crate::protocol::batch::HexHash;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

pub(super) fn settings(db: &Connection, office: OfficeId) -> StoreResult<String> {
    let mut statement = db.prepare_cached("SELECT settings FROM kiosk_config WHERE office_id = ?1")?;
    Ok(statement.query_row([office.get()], |row| row.get(0)).optional()?.unwrap_or_default())
}

pub(super) fn set_settings(db: &Connection, office: OfficeId, toml: &str) -> StoreResult<()> {
    begin(db, office)?;
    db.prepare_cached("UPDATE kiosk_config SET settings = ?2 WHERE office_id = ?1")?
        .execute(params![office.get(), toml])?;
    Ok(())
}

/// The version, if it is of this digest.
pub(super) fn version_of(db: &Connection, office: OfficeId, digest: [u8; 32]) -> StoreResult<Option<u64>> {
    let mut statement = db.prepare_cached("SELECT version FROM kiosk_config WHERE office_id = ?1 AND digest = ?2")?;
    Ok(statement.query_row(params![office.get(), digest], |row| row.get(0)).optional()?.map(rows::as_u64))
}

/// One more than the last, unless somebody else has counted this change meanwhile.
pub(super) fn next_version(db: &Connection, office: OfficeId, digest: [u8; 32]) -> StoreResult<u64> {
    begin(db, office)?;
    let sql = "UPDATE kiosk_config SET version = version + 1, digest = ?2 WHERE office_id = ?1 AND digest <> ?2";
    db.prepare_cached(sql)?.execute(params![office.get(), digest])?;
    let version = version_of(db, office, digest)?;
    version.ok_or_else(|| StoreError::Failed("a version was counted and is not there".to_owned()))
}

/// An office that decided nothing so far.
fn begin(db: &Connection, office: OfficeId) -> StoreResult<()> {
    let sql = "INSERT INTO kiosk_config (office_id, settings, version, digest) VALUES (?1, '', 0, x'')
               ON CONFLICT DO NOTHING";
    match db.prepare_cached(sql)?.execute([office.get()]) {
        Err(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::ConstraintViolation => {
            Err(StoreError::Missing(format!("office {office}")))
        }
        begun => Ok(begun.map(drop)?),
    }
}

pub(super) fn keep_bundle(db: &Connection, office: OfficeId, hash: HexHash, version: u64) -> StoreResult<()> {
    let sql = "INSERT INTO kiosk_bundle (office_id, bundle_hash, version) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    db.prepare_cached(sql)?.execute(params![office.get(), hash.0, rows::as_i64(version)])?;
    Ok(())
}

pub(super) fn note(db: &Connection, office: OfficeId, device: DeviceId, hash: HexHash) -> StoreResult<()> {
    let sql = "UPDATE device SET bundle_hash = ?3 WHERE office_id = ?1 AND device_id = ?2";
    db.prepare_cached(sql)?.execute(params![office.get(), device.get(), hash.0])?;
    Ok(())
}
