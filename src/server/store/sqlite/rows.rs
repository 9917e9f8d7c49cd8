//! Columns to domain types and back.

use crate::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitSerial};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row};
use uuid::Uuid;

macro_rules! id_reader {
    ($name:ident, $id:ty) => {
        pub(super) fn $name(row: &Row<'_>, column: usize) -> rusqlite::Result<$id> {
            <$id>::try_from(row.get::<_, u32>(column)?).map_err(|error| unreadable(column, error))
        }
    };
}

id_reader!(office_id, OfficeId);
id_reader!(counter_id, CounterId);
id_reader!(officer_id, OfficerId);
id_reader!(service_id, ServiceId);
id_reader!(device_id, DeviceId);
id_reader!(visit_serial, VisitSerial);

pub(super) fn event_id(row: &Row<'_>, column: usize) -> rusqlite::Result<EventId> {
    Ok(EventId(Uuid::from_bytes(row.get(column)?)))
}

/// A column that does not hold what this program writes there.
pub(super) fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(column, Type::Null, Box::new(error))
}

/// The number after the largest of `SELECT max(…)`, inside the transaction that uses it.
pub(super) fn next_number(db: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<u32> {
    db.prepare_cached(sql)?.query_row(params, |row| row.get::<_, Option<u32>>(0)).map(|last| last.unwrap_or(0) + 1)
}

pub(super) fn as_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn as_u64(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
