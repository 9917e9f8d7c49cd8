//! What kiosks said of themselves.

use super::super::{HealthRow, StoreError, StoreResult};
use super::devices::Chain;
use super::rows;
use crate::domain::event::Health;
use crate::domain::ids::OfficeId;
use rusqlite::{Connection, params};

pub(super) fn add(db: &Connection, chain: &Chain, seq: u64, received_at_ms: i64, report: &Health) -> StoreResult<()> {
    let text = serde_json::to_string(report).map_err(|error| StoreError::Failed(error.to_string()))?;
    let needs_a_person = report.alarm.is_some() || report.recovery.is_some();
    db.prepare_cached(
        "INSERT INTO health (office_id, device_id, seq, received_at_ms, report, needs_a_person)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        chain.office.get(),
        chain.device.get(),
        rows::as_i64(seq),
        received_at_ms,
        text,
        needs_a_person
    ])?;
    Ok(())
}

/// The reports with an alarm or a recovery.
pub(super) fn alarms(db: &Connection, office: OfficeId, since_ms: i64) -> StoreResult<Vec<HealthRow>> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, seq, received_at_ms, report FROM health
         WHERE office_id = ?1 AND needs_a_person = 1 AND received_at_ms >= ?2",
    )?;
    let found = statement.query_map(params![office.get(), since_ms], |row| {
        let report = serde_json::from_str(row.get_ref(3)?.as_str()?);
        Ok(HealthRow {
            device: rows::device_id(row, 0)?,
            seq: rows::as_u64(row.get(1)?),
            received_at_ms: row.get(2)?,
            report: report.map_err(|error| rows::unreadable(3, error))?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
