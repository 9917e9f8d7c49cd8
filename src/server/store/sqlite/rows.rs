//! Columns to domain types and back.

use crate::domain::clock::Moment;
use crate::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitSerial};
use crate::domain::stars::{Channel, Stars};
use jiff::civil::Date;
use jiff::tz::TimeZone;
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

/// The zone of an office; one that is not known any more must not keep ratings out.
pub(super) fn zone(row: &Row<'_>, column: usize) -> rusqlite::Result<TimeZone> {
    Ok(TimeZone::get(row.get_ref(column)?.as_str()?).unwrap_or(TimeZone::UTC))
}

pub(super) fn officer(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<OfficerId>> {
    row.get::<_, Option<u32>>(column)?.map(|_| officer_id(row, column)).transpose()
}

pub(super) fn service(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ServiceId>> {
    row.get::<_, Option<u32>>(column)?.map(|_| service_id(row, column)).transpose()
}

pub(super) fn stars(row: &Row<'_>, column: usize) -> rusqlite::Result<Stars> {
    Stars::try_from(row.get::<_, u8>(column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn channel(row: &Row<'_>, column: usize) -> rusqlite::Result<Channel> {
    let name = row.get_ref(column)?.as_str()?;
    Ok(if name == Channel::Qr.as_str() { Channel::Qr } else { Channel::Kiosk })
}

pub(super) fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error: jiff::Error| unreadable(column, error))
}

/// The clocks of a kiosk, where they were recorded: boot, its milliseconds, and the wall clock's.
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Moment>> {
    let boot: Option<[u8; 16]> = row.get(column)?;
    let Some(boot) = boot else { return Ok(None) };
    let (boot_ms, wall_ms) = (row.get(column + 1)?, row.get(column + 2)?);
    Ok(Some(Moment { boot_id: Uuid::from_bytes(boot), boot_ms, wall_ms }))
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
