//! The links of chains, one row each.

use super::super::{EventRow, Repeats, StoreResult};
use super::rows;
use crate::domain::event::BodyHash;
use crate::domain::ids::{DeviceId, EventId, OfficeId};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A link that joins a chain.
pub(super) struct NewLink<'a> {
    pub office: OfficeId,
    pub device: DeviceId,
    pub seq: u64,
    pub id: EventId,
    pub body: Option<&'a str>,
    pub body_hash: BodyHash,
    pub leaf_index: Option<u64>,
    pub received_at_ms: i64,
    pub parked: Option<&'a str>,
    pub repeats: Option<Repeats>,
}

impl Repeats {
    fn as_str(self) -> &'static str {
        match self {
            Repeats::Duplicate => "duplicate",
            Repeats::Conflict => "conflict",
        }
    }
}

/// Writes a link; false if its id is known already.
pub(super) fn insert(db: &Connection, link: &NewLink<'_>) -> StoreResult<bool> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO event (office_id, device_id, seq, event_id, body, body_hash, leaf_index, received_at_ms,
                                parked_reason, repeats)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (office_id, event_id) WHERE repeats IS NULL DO NOTHING",
        )?
        .execute(params![
            link.office.get(),
            link.device.get(),
            rows::as_i64(link.seq),
            link.id.0.as_bytes(),
            link.body,
            link.body_hash.0,
            link.leaf_index.map(rows::as_i64),
            link.received_at_ms,
            link.parked,
            link.repeats.map(Repeats::as_str)
        ])?;
    Ok(inserted > 0)
}

/// The hash of the bytes first known under this id.
pub(super) fn first_hash(db: &Connection, office: OfficeId, id: EventId) -> StoreResult<Option<BodyHash>> {
    let mut statement = db.prepare_cached(
        "SELECT body_hash FROM event INDEXED BY event_by_id WHERE office_id = ?1 AND event_id = ?2 AND repeats IS NULL",
    )?;
    let found = statement.query_row(params![office.get(), id.0.as_bytes()], |row| row.get(0).map(BodyHash));
    Ok(found.optional()?)
}

/// The bytes of an event that were withheld until now.
pub(super) struct LateBytes<'a> {
    pub id: EventId,
    pub body: &'a str,
    pub body_hash: BodyHash,
    pub parked: Option<&'a str>,
    pub received_at_ms: i64,
}

/// Fills in bytes that were withheld; returns which link of whose chain the event is, if there was anything
/// to fill in.
pub(super) fn fill_in(db: &Connection, office: OfficeId, late: &LateBytes<'_>) -> StoreResult<Option<(DeviceId, u64)>> {
    let mut statement = db.prepare_cached(
        "UPDATE event INDEXED BY event_by_id SET body = ?4, parked_reason = ?5, received_at_ms = ?6
         WHERE office_id = ?1 AND event_id = ?2 AND repeats IS NULL
            AND body_hash = ?3 AND body IS NULL AND erased_at_ms IS NULL
         RETURNING device_id, seq",
    )?;
    let LateBytes { id, body, body_hash, parked, received_at_ms } = late;
    let values = params![office.get(), id.0.as_bytes(), body_hash.0, body, parked, received_at_ms];
    Ok(statement.query_row(values, |row| Ok((rows::device_id(row, 0)?, rows::as_u64(row.get(1)?)))).optional()?)
}

/// Whether this place of a chain holds the same event, byte for byte.
pub(super) fn is_link(
    db: &Connection,
    office: OfficeId,
    device: DeviceId,
    seq: u64,
    (id, body_hash): (EventId, BodyHash),
) -> StoreResult<bool> {
    let known = db
        .prepare_cached(
            "SELECT event_id = ?4 AND body_hash = ?5 FROM event WHERE office_id = ?1 AND device_id = ?2 AND seq = ?3",
        )?
        .query_row(params![office.get(), device.get(), rows::as_i64(seq), id.0.as_bytes(), body_hash.0], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(known.unwrap_or(false))
}

/// The columns of [`event_row`], of a table named `event`.
pub(super) const COLUMNS: &str = "event.device_id, event.seq, event.event_id, event.body, event.body_hash,
    event.leaf_index, event.received_at_ms, event.parked_reason, event.erased_at_ms IS NOT NULL, event.repeats";

/// The row whose columns begin at `first`.
pub(super) fn event_row(row: &Row<'_>, first: usize) -> rusqlite::Result<EventRow> {
    let repeats = row.get_ref(first + 9)?.as_str_or_null()?;
    Ok(EventRow {
        device: rows::device_id(row, first)?,
        seq: rows::as_u64(row.get(first + 1)?),
        id: rows::event_id(row, first + 2)?,
        body: row.get(first + 3)?,
        body_hash: BodyHash(row.get(first + 4)?),
        leaf_index: row.get::<_, Option<i64>>(first + 5)?.map(rows::as_u64),
        received_at_ms: row.get(first + 6)?,
        parked: row.get(first + 7)?,
        erased: row.get(first + 8)?,
        repeats: repeats.map(|name| match name {
            "duplicate" => Repeats::Duplicate,
            _ => Repeats::Conflict,
        }),
    })
}

/// The link under whose id all others are repetitions.
pub(super) fn first_link(db: &Connection, office: OfficeId, id: EventId) -> StoreResult<Option<EventRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM event INDEXED BY event_by_id
         WHERE office_id = ?1 AND event_id = ?2 AND repeats IS NULL"
    ))?;
    let found = statement.query_row(params![office.get(), id.0.as_bytes()], |row| event_row(row, 0));
    Ok(found.optional()?)
}

/// The link whose leaf this is.
pub(super) fn of_leaf(db: &Connection, office: OfficeId, index: u64) -> StoreResult<Option<EventRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM event INDEXED BY event_by_leaf
         WHERE office_id = ?1 AND leaf_index = ?2 AND leaf_index IS NOT NULL"
    ))?;
    let found = statement.query_row(params![office.get(), rows::as_i64(index)], |row| event_row(row, 0));
    Ok(found.optional()?)
}

/// The rows after a place, over all chains.
pub(super) fn after(
    db: &Connection,
    office: OfficeId,
    (device, seq): (DeviceId, u64),
    most: u32,
) -> StoreResult<Vec<EventRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM event WHERE office_id = ?1 AND (device_id, seq) > (?2, ?3)
         ORDER BY office_id, device_id, seq LIMIT ?4"
    ))?;
    let found =
        statement.query_map(params![office.get(), device.get(), rows::as_i64(seq), most], |row| event_row(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The events that reuse an id with other bytes.
pub(super) fn conflicts(db: &Connection, office: OfficeId) -> StoreResult<Vec<EventRow>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM event WHERE office_id = ?1 AND repeats = 'conflict'"))?;
    let found = statement.query_map([office.get()], |row| event_row(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn parked(db: &Connection, office: OfficeId) -> StoreResult<Vec<(EventId, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, parked_reason FROM event INDEXED BY event_parked
         WHERE office_id = ?1 AND parked_reason IS NOT NULL",
    )?;
    let found = statement.query_map([office.get()], |row| Ok((rows::event_id(row, 0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
