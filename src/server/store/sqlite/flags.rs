//! Flags on ratings, decisions about them, and what the second figure leaves out.

use super::super::{Decision, FlagRow, NewDecision, ProvenRating, StoreError, StoreResult};
use super::ledger::Ledger;
use super::{audit, events, ratings, rows};
use crate::domain::honesty::{self, FlagKind, Released};
use crate::domain::ids::{CounterId, EventId, OfficeId, OfficerId};
use jiff::civil::Date;
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use std::ops::Range;

pub(super) fn counter_days(db: &Connection, office: OfficeId, since_ms: i64) -> StoreResult<Vec<(CounterId, Date)>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT counter_id, day FROM rating
         JOIN device ON device.office_id = rating.office_id AND device.device_id = rating.device_id
         WHERE rating.office_id = ?1 AND received_at_ms >= ?2",
    )?;
    let found = statement
        .query_map(params![office.get(), since_ms], |row| Ok((rows::counter_id(row, 0)?, rows::day(row, 1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn counter_ratings(
    db: &Connection,
    office: OfficeId,
    counter: CounterId,
    span_ms: &Range<i64>,
) -> StoreResult<Vec<ProvenRating>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, rating.boot_id, rating.boot_ms, rating.wall_ms, {}
         FROM rating
         JOIN device ON device.office_id = rating.office_id AND device.device_id = rating.device_id
         LEFT JOIN event INDEXED BY event_by_id
            ON event.office_id = rating.office_id AND event.event_id = rating.event_id AND event.repeats IS NULL
         WHERE rating.office_id = ?1 AND counter_id = ?2 AND occurred_at_ms >= ?3 AND occurred_at_ms < ?4",
        ratings::COLUMNS,
        events::COLUMNS
    ))?;
    let key = params![office.get(), counter.get(), span_ms.start, span_ms.end];
    Ok(statement.query_map(key, audit::proven_row)?.collect::<Result<_, _>>()?)
}

pub(super) fn duties(db: &Connection, office: OfficeId, counter: CounterId, since_ms: i64) -> StoreResult<Vec<String>> {
    let mut statement = db.prepare_cached(
        "SELECT body FROM event
         JOIN device ON device.office_id = event.office_id AND device.device_id = event.device_id
         WHERE event.office_id = ?1 AND counter_id = ?2 AND received_at_ms >= ?3
            AND parked_reason IS NULL AND body LIKE '%\"kind\":\"duty\\_%' ESCAPE '\\'
         ORDER BY event.office_id, event.device_id, seq",
    )?;
    let found = statement.query_map(params![office.get(), counter.get(), since_ms], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn keep(db: &Connection, office: OfficeId, flags: &[FlagRow]) -> StoreResult<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO flag (office_id, event_id, kind, counter_id, day, raised_at_ms, score, numbers)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (office_id, event_id, kind) DO UPDATE SET score = excluded.score, numbers = excluded.numbers
         WHERE decision IS NULL",
    )?;
    for flag in flags {
        let FlagRow { event, kind, counter, day, raised_at_ms, score, numbers, .. } = flag;
        let numbers = serde_json::to_string(numbers).map_err(|error| StoreError::Failed(error.to_string()))?;
        let day = day.to_string();
        let (kind, counter) = (kind.as_str(), counter.get());
        let event = event.0.as_bytes();
        statement.execute(params![office.get(), event, kind, counter, day, raised_at_ms, score, numbers])?;
    }
    Ok(())
}

pub(super) fn all(db: &Connection, office: OfficeId) -> StoreResult<Vec<FlagRow>> {
    let mut statement = db.prepare_cached(
        "SELECT event_id, kind, counter_id, day, raised_at_ms, score, numbers, decision, decided_by, decided_at_ms
         FROM flag WHERE office_id = ?1 ORDER BY day DESC, counter_id, kind, event_id",
    )?;
    Ok(statement.query_map([office.get()], flag_row)?.collect::<Result<_, _>>()?)
}

fn flag_row(row: &Row<'_>) -> rusqlite::Result<FlagRow> {
    let kind = FlagKind::from_name(row.get_ref(1)?.as_str()?);
    let decision: Option<String> = row.get(7)?;
    Ok(FlagRow {
        event: rows::event_id(row, 0)?,
        kind: kind.ok_or_else(|| rows::unreadable(1, StoreError::Failed("a newer kind of flag".to_owned())))?,
        counter: rows::counter_id(row, 2)?,
        day: rows::day(row, 3)?,
        raised_at_ms: row.get(4)?,
        score: row.get(5)?,
        numbers: serde_json::from_str(row.get_ref(6)?.as_str()?).map_err(|error| rows::unreadable(6, error))?,
        decision: match decision {
            Some(decision) => Some(Decision { abuse: decision == ABUSE, by: row.get(8)?, at_ms: row.get(9)? }),
            None => None,
        },
    })
}

const ABUSE: &str = "abuse";
const HONEST: &str = "honest";

pub(super) fn decide(db: &Connection, office: OfficeId, new: &NewDecision) -> StoreResult<()> {
    let NewDecision { id, body, kind, ratings, decision } = new;
    let mut statement = db.prepare_cached(
        "UPDATE flag SET decision = ?4, decided_by = ?5, decided_at_ms = ?6
         WHERE office_id = ?1 AND event_id = ?2 AND kind = ?3",
    )?;
    let named = if decision.abuse { ABUSE } else { HONEST };
    for rating in ratings {
        let key = (office.get(), rating.0.as_bytes(), kind.as_str());
        let changed = statement.execute(params![key.0, key.1, key.2, named, decision.by, decision.at_ms])?;
        if changed == 0 {
            return Err(StoreError::Missing("such flag".to_owned()));
        }
    }
    let mut ledger = Ledger::load(db, office)?;
    ledger.add_own(db, *id, body, decision.at_ms)?;
    ledger.save(db)?;
    Ok(())
}

pub(super) fn released(db: &Connection, office: OfficeId, officer: OfficerId) -> StoreResult<Vec<Released>> {
    let mut statement = db.prepare_cached(
        "SELECT rating.event_id, stars, rating.release_no, release.day, left_out.release_no
         FROM rating
         JOIN release ON release.office_id = rating.office_id AND release.officer_id = rating.officer_id
            AND release.release_no = rating.release_no
         LEFT JOIN left_out
            ON left_out.office_id = rating.office_id AND left_out.event_id = rating.event_id
         WHERE rating.office_id = ?1 AND rating.officer_id = ?2",
    )?;
    let found = statement.query_map(params![office.get(), officer.get()], |row| {
        Ok(Released {
            event: rows::event_id(row, 0)?,
            stars: rows::stars(row, 1)?,
            since_no: row.get(2)?,
            day: rows::day(row, 3)?,
            left_out_no: row.get(4)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn left_out(db: &Connection, office: OfficeId) -> StoreResult<Vec<EventId>> {
    let mut statement =
        db.prepare_cached("SELECT event_id FROM left_out WHERE office_id = ?1 ORDER BY office_id, event_id")?;
    Ok(statement.query_map([office.get()], |row| rows::event_id(row, 0))?.collect::<Result<_, _>>()?)
}

/// Lets the second figure leave out, from this release on, what was confirmed and may go (law 5).
pub(super) fn leave_out(db: &Connection, office: OfficeId, officer: OfficerId, release_no: u32) -> StoreResult<()> {
    let confirmed = confirmed(db, office)?;
    if confirmed.is_empty() {
        return Ok(());
    }
    let released = released(db, office, officer)?;
    let mut statement =
        db.prepare_cached("INSERT INTO left_out (office_id, event_id, release_no) VALUES (?1, ?2, ?3)")?;
    for event in honesty::leave_out(&released, &confirmed, release_no) {
        statement.execute(params![office.get(), event.0.as_bytes(), release_no])?;
    }
    Ok(())
}

/// Ratings confirmed as abuse that are still in the second figure.
fn confirmed(db: &Connection, office: OfficeId) -> StoreResult<BTreeSet<EventId>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT event_id FROM flag WHERE office_id = ?1 AND decision = ?2
            AND NOT EXISTS (SELECT 1 FROM left_out
                            WHERE left_out.office_id = flag.office_id AND left_out.event_id = flag.event_id)",
    )?;
    let found = statement.query_map(params![office.get(), ABUSE], |row| rows::event_id(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
