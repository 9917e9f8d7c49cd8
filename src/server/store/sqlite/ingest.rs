//! Batches and ratings: everything a batch changes, in one transaction with the device's cursor.

use super::super::{
    Cursor, DeviceRow, IncomingBatch, IncomingEvent, Ingested, LateRating, Meaning, RatingFacts, RatingRow, StoreError,
    StoreResult,
};
use super::{devices, rows};
use crate::domain::clock::TimeQuality;
use crate::domain::event::BodyHash;
use crate::domain::ids::{EventId, OfficeId, OfficerId, ServiceId, VisitId};
use crate::domain::stars::{Channel, Stars};
use crate::domain::visit::{Answer, counted};
use crate::protocol::batch::Verdict;
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn ingest(db: &Connection, batch: &IncomingBatch) -> StoreResult<Ingested> {
    let device =
        devices::device(db, batch.device)?.ok_or_else(|| StoreError::Missing(format!("device {}", batch.device)))?;
    let cursor = devices::cursor(db, device.office, device.device)?;
    if batch.first_seq > cursor.next_seq {
        return Ok(Ingested::Gap { cursor });
    }
    if !joins(db, &device, cursor, batch)? {
        return Ok(Ingested::Fork { cursor });
    }
    let (mut head, mut verdicts) = (cursor.head, Vec::with_capacity(batch.events.len()));
    for event in &batch.events {
        if event.seq < cursor.next_seq {
            verdicts.push(Verdict::Duplicate);
            continue;
        }
        head = head.next(event.seq, event.id, event.body_hash);
        verdicts.push(take(db, &device, event, batch.received_at_ms)?);
    }
    let next_seq = cursor.next_seq.max(batch.first_seq + batch.events.len() as u64);
    let cursor = Cursor { next_seq, head };
    devices::set_cursor(db, device.office, device.device, cursor)?;
    Ok(Ingested::Joined { verdicts, cursor })
}

/// Whether the batch continues, or repeats, what this device sent before.
fn joins(db: &Connection, device: &DeviceRow, cursor: Cursor, batch: &IncomingBatch) -> StoreResult<bool> {
    if batch.first_seq == cursor.next_seq {
        return Ok(batch.prev_hash == cursor.head);
    }
    for event in batch.events.iter().filter(|event| event.seq < cursor.next_seq) {
        if !is_known(db, device, event)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether this place of the chain holds the same event, byte for byte.
fn is_known(db: &Connection, device: &DeviceRow, event: &IncomingEvent) -> StoreResult<bool> {
    let same = |table: &str| {
        db.prepare_cached(&format!(
            "SELECT body_hash FROM {table} WHERE office_id = ?1 AND device_id = ?2 AND seq = ?3 AND event_id = ?4"
        ))?
        .query_row(
            params![device.office.get(), device.device.get(), rows::as_i64(event.seq), event.id.0.as_bytes()],
            |row| row.get(0).map(BodyHash),
        )
        .optional()
        .map(|known| known.is_some_and(|known| known == event.body_hash))
    };
    Ok(same("event")? || same("conflict")?)
}

/// Keeps one new event; the verdict says as what.
fn take(db: &Connection, device: &DeviceRow, event: &IncomingEvent, received_at_ms: i64) -> StoreResult<Verdict> {
    let reason = match &event.meaning {
        Meaning::Parked(reason) => Some(reason.as_str()),
        Meaning::Rating(_) | Meaning::Other => None,
    };
    let office = device.office.get();
    let inserted = db
        .prepare_cached(
            "INSERT INTO event (office_id, event_id, device_id, seq, body, received_at_ms, parked_reason, body_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            office,
            event.id.0.as_bytes(),
            device.device.get(),
            rows::as_i64(event.seq),
            event.body,
            received_at_ms,
            reason,
            event.body_hash.0
        ])?;
    if inserted == 0 {
        return keep_conflict(db, device, event, received_at_ms);
    }
    match &event.meaning {
        Meaning::Rating(facts) => {
            insert_rating(db, device.office, event.id, facts, received_at_ms)?;
            Ok(Verdict::Stored)
        }
        Meaning::Other => Ok(Verdict::Stored),
        Meaning::Parked(reason) => Ok(Verdict::Parked { reason: reason.clone() }),
    }
}

/// The id is taken by an event from another place of the chain, or of another device.
fn keep_conflict(
    db: &Connection,
    device: &DeviceRow,
    event: &IncomingEvent,
    received_at_ms: i64,
) -> StoreResult<Verdict> {
    db.prepare_cached(
        "INSERT INTO conflict (office_id, device_id, seq, event_id, body, received_at_ms, body_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        device.office.get(),
        device.device.get(),
        rows::as_i64(event.seq),
        event.id.0.as_bytes(),
        event.body,
        received_at_ms,
        event.body_hash.0
    ])?;
    Ok(Verdict::Conflict)
}

pub(super) fn rate_late(
    db: &Connection,
    office: OfficeId,
    id: EventId,
    facts: &RatingFacts,
    received_at_ms: i64,
) -> StoreResult<LateRating> {
    let first_use = db
        .prepare_cached(
            "INSERT INTO ticket_used (office_id, device_id, visit_serial) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![office.get(), facts.visit.device.get(), facts.visit.serial.get()])?;
    if first_use == 0 || is_rated(db, office, facts.visit)? {
        return Ok(LateRating::AlreadyRated);
    }
    insert_rating(db, office, id, facts, received_at_ms)?;
    Ok(LateRating::Counted)
}

pub(super) fn is_rated(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<bool> {
    let mut statement =
        db.prepare_cached("SELECT count(*) FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3")?;
    let ratings: i64 = statement.query_row([office.get(), visit.device.get(), visit.serial.get()], |row| row.get(0))?;
    Ok(ratings > 0)
}

fn insert_rating(
    db: &Connection,
    office: OfficeId,
    id: EventId,
    facts: &RatingFacts,
    received_at_ms: i64,
) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO rating (office_id, event_id, device_id, visit_serial, officer_id, service_id, stars, channel,
                             occurred_at_ms, time_quality, received_at_ms, counted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)",
    )?
    .execute(params![
        office.get(),
        id.0.as_bytes(),
        facts.visit.device.get(),
        facts.visit.serial.get(),
        facts.officer.map(OfficerId::get),
        facts.service.map(ServiceId::get),
        facts.stars.get(),
        facts.channel.as_str(),
        facts.occurred_at_ms,
        facts.quality.as_str(),
        received_at_ms
    ])?;
    count_one(db, office, facts.visit)
}

/// Marks the one answer of a visit that counts. If the visit was released already, the answer that
/// counts now joins that release: cards are frozen, and it must never look new.
fn count_one(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<()> {
    let key = [office.get(), visit.device.get(), visit.serial.get()];
    let mut statement = db.prepare_cached(
        "SELECT event_id, channel, stars, occurred_at_ms, release_no FROM rating
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
    )?;
    let answers = statement
        .query_map(key, |row| Ok((answer(row)?, row.get::<_, Option<u32>>(4)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let release = answers.iter().find_map(|(_, release)| *release);
    let answers: Vec<Answer> = answers.into_iter().map(|(answer, _)| answer).collect();
    let Some(first) = counted(&answers) else { return Ok(()) };
    db.prepare_cached(
        "UPDATE rating SET counted = (event_id = ?4), release_no = CASE WHEN event_id = ?4 THEN ?5 END
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
    )?
    .execute(params![key[0], key[1], key[2], first.event_id.0.as_bytes(), release])?;
    Ok(())
}

fn answer(row: &Row<'_>) -> rusqlite::Result<Answer> {
    Ok(Answer {
        event_id: rows::event_id(row, 0)?,
        channel: channel(row, 1)?,
        stars: Stars::try_from(row.get::<_, u8>(2)?).map_err(|error| rows::unreadable(2, error))?,
        occurred_at_ms: row.get(3)?,
    })
}

fn channel(row: &Row<'_>, column: usize) -> rusqlite::Result<Channel> {
    let name: String = row.get(column)?;
    Ok(if name == Channel::Qr.as_str() { Channel::Qr } else { Channel::Kiosk })
}

pub(super) fn ratings(db: &Connection, office: OfficeId) -> StoreResult<Vec<RatingRow>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, channel, stars, occurred_at_ms, device_id, visit_serial, officer_id, service_id,
                time_quality, counted
         FROM rating WHERE office_id = ?1",
    )?;
    let rows = statement.query_map([office.get()], rating_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn rating_row(row: &Row<'_>) -> rusqlite::Result<RatingRow> {
    let answer = answer(row)?;
    let officer: Option<u32> = row.get(6)?;
    let service: Option<u32> = row.get(7)?;
    Ok(RatingRow {
        id: answer.event_id,
        facts: RatingFacts {
            visit: VisitId { device: rows::device_id(row, 4)?, serial: rows::visit_serial(row, 5)? },
            stars: answer.stars,
            channel: answer.channel,
            officer: officer.map(|_| rows::officer_id(row, 6)).transpose()?,
            service: service.map(|_| rows::service_id(row, 7)).transpose()?,
            occurred_at_ms: answer.occurred_at_ms,
            quality: TimeQuality::from_name(&row.get::<_, String>(8)?),
        },
        counted: row.get(9)?,
    })
}

pub(super) fn parked(db: &Connection, office: OfficeId) -> StoreResult<Vec<(EventId, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, parked_reason FROM event WHERE office_id = ?1 AND parked_reason IS NOT NULL",
    )?;
    let rows = statement.query_map([office.get()], |row| Ok((rows::event_id(row, 0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
