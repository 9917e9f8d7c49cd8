//! What auditors and kiosks ask in order to check the server.

use super::super::{ChainRow, DeviceRow, EventRow, HeldEvent, ProvenRating, Repeats, StoreResult};
use super::leaves::Leaves;
use super::ledger::Ledger;
use super::{events, ratings, rows};
use crate::domain::event::ChainHash;
use crate::domain::ids::{DeviceId, EventId, OfficeId, VisitId};
use ed25519_dalek::VerifyingKey;
use rusqlite::{Connection, Row, params};

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
    let found = statement.query_map(params![office.get(), device, serial, id, most], proven_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A rating, its clocks, and its event.
pub(super) fn proven_row(row: &Row<'_>) -> rusqlite::Result<ProvenRating> {
    let event: Option<u32> = row.get(18)?;
    Ok(ProvenRating {
        rating: ratings::rating_row(row)?,
        at: rows::moment(row, 15)?,
        event: event.map(|_| events::event_row(row, 18)).transpose()?,
    })
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
    let mut leaves = Leaves::of(db, office)?;
    links.into_iter().map(|link| held(db, office, &mut leaves, link)).collect()
}

fn held(db: &Connection, office: OfficeId, leaves: &mut Leaves<'_>, link: EventRow) -> StoreResult<HeldEvent> {
    let first = match link.repeats {
        None => Some(link.clone()),
        Some(_) => events::first_link(db, office, link.id)?,
    };
    let in_ledger = match (link.repeats, &first) {
        (Some(Repeats::Conflict), _) => None,
        (_, Some(first)) => Some(leaves.hold(first)?),
        (_, None) => Some(false),
    };
    let body = link.body.clone().or_else(|| first.and_then(|first| first.body));
    Ok(HeldEvent { link, body, in_ledger })
}
