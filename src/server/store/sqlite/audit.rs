//! What auditors, kiosks and residents ask in order to check the server.

use super::super::{ChainRow, DeviceRow, EventRow, HeldEvent, ProvenRating, StoreResult};
use super::ledger::{self, Ledger};
use super::{events, ratings, rows};
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, EventId, OfficeId, VisitId};
use crate::domain::ledger::{Leaf, ReceiptCode};
use crate::domain::stars::Channel;
use ed25519_dalek::VerifyingKey;
use rusqlite::{Connection, OptionalExtension, params};

/// All chains, the server's own first.
pub(super) fn chains(db: &Connection, office: OfficeId) -> StoreResult<Vec<ChainRow>> {
    let own = Ledger::load(db, office)?.own();
    let mut chains = vec![ChainRow {
        device: DeviceId::SERVER,
        key: None,
        epoch: 0,
        first_seq: 1,
        next_seq: own.next_seq,
        head: own.head,
    }];
    let mut statement = db.prepare_cached(
        "SELECT device_id, public_key, epoch, first_seq, next_seq, head_hash FROM device
         WHERE office_id = ?1 ORDER BY device_id",
    )?;
    let found = statement.query_map([office.get()], |row| {
        Ok(ChainRow {
            device: rows::device_id(row, 0)?,
            // A key that is none signs nothing: every signature will be found wrong.
            key: VerifyingKey::from_bytes(&row.get(1)?).ok(),
            epoch: rows::as_u64(row.get(2)?),
            first_seq: rows::as_u64(row.get(3)?),
            next_seq: rows::as_u64(row.get(4)?),
            head: ChainHash(row.get(5)?),
        })
    })?;
    for chain in found {
        chains.push(chain?);
    }
    Ok(chains)
}

/// The ratings after one, each beside its event.
pub(super) fn ratings_after(
    db: &Connection,
    office: OfficeId,
    after: Option<(VisitId, EventId)>,
    most: u32,
) -> StoreResult<Vec<ProvenRating>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, rating.boot_id, rating.boot_ms, rating.wall_ms, {}
         FROM rating LEFT JOIN event INDEXED BY event_by_id
            ON event.office_id = rating.office_id AND event.event_id = rating.event_id AND event.repeats IS NULL
         WHERE rating.office_id = ?1 AND (rating.device_id, rating.visit_serial, rating.event_id) > (?2, ?3, ?4)
         ORDER BY rating.office_id, rating.device_id, rating.visit_serial, rating.event_id LIMIT ?5",
        ratings::COLUMNS,
        events::COLUMNS
    ))?;
    let device = after.map_or(0, |(visit, _)| visit.device.get());
    let serial = after.map_or(0, |(visit, _)| visit.serial.get());
    let id = after.as_ref().map_or(&[][..], |(_, id)| id.0.as_bytes());
    let found = statement.query_map(params![office.get(), device, serial, id, most], |row| {
        let event: Option<u32> = row.get(19)?;
        Ok(ProvenRating {
            rating: ratings::rating_row(row)?,
            at: rows::moment(row, 16)?,
            event: event.map(|_| events::event_row(row, 19)).transpose()?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What is held of a part of a device's chain.
pub(super) fn held_events(
    db: &Connection,
    device: &DeviceRow,
    first_seq: u64,
    last_seq: u64,
) -> StoreResult<Vec<HeldEvent>> {
    let office = device.office;
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM event WHERE office_id = ?1 AND device_id = ?2 AND seq BETWEEN ?3 AND ?4 ORDER BY seq",
        events::COLUMNS
    ))?;
    let key = params![office.get(), device.device.get(), rows::as_i64(first_seq), rows::as_i64(last_seq)];
    let links = statement.query_map(key, |row| events::event_row(row, 0))?.collect::<Result<Vec<_>, _>>()?;
    links.into_iter().map(|link| held(db, office, link)).collect()
}

fn held(db: &Connection, office: OfficeId, link: EventRow) -> StoreResult<HeldEvent> {
    let body = match &link.body {
        Some(body) => Some(body.clone()),
        None => first_link(db, office, link.id)?.and_then(|first| first.body),
    };
    Ok(HeldEvent { body, rating: ratings::of_event(db, office, link.id)?, link })
}

/// The link under whose id all others are repetitions.
fn first_link(db: &Connection, office: OfficeId, id: EventId) -> StoreResult<Option<EventRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM event INDEXED BY event_by_id
         WHERE office_id = ?1 AND event_id = ?2 AND repeats IS NULL",
        events::COLUMNS
    ))?;
    let found = statement.query_row(params![office.get(), id.0.as_bytes()], |row| events::event_row(row, 0));
    Ok(found.optional()?)
}

/// Whether the answer with this code is a leaf of the ledger.
pub(super) fn is_included(db: &Connection, office: OfficeId, receipt: ReceiptCode) -> StoreResult<bool> {
    let mut statement = db.prepare_cached(
        "SELECT event_id FROM rating INDEXED BY rating_receipt WHERE office_id = ?1 AND receipt = ?2",
    )?;
    let found = statement
        .query_map(params![office.get(), rows::as_i64(receipt.as_u64())], |row| rows::event_id(row, 0))?
        .collect::<Result<Vec<_>, _>>()?;
    for id in found {
        let Some(EventRow { device, seq, id: event, body_hash, leaf_index: Some(index), .. }) =
            first_link(db, office, id)?
        else {
            continue;
        };
        let epoch = epoch(db, office, device)?;
        let leaf = Leaf { office, device: device.get(), epoch, seq, event, body_hash: body_hash.0 };
        if ledger::is_leaf(db, office, &leaf, index)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn epoch(db: &Connection, office: OfficeId, device: DeviceId) -> StoreResult<u64> {
    let mut statement = db.prepare_cached("SELECT epoch FROM device WHERE office_id = ?1 AND device_id = ?2")?;
    let found = statement.query_row([office.get(), device.get()], |row| row.get(0)).optional()?;
    Ok(rows::as_u64(found.unwrap_or(0)))
}

/// The code of the answer given to a visit by QR code.
pub(super) fn late_receipt(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<Option<ReceiptCode>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND channel = ?4",
    )?;
    let key = params![office.get(), visit.device.get(), visit.serial.get(), Channel::Qr.as_str()];
    Ok(statement.query_row(key, |row| rows::event_id(row, 0)).optional()?.map(ReceiptCode::of))
}
