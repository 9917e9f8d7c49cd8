//! Events that no server could take so far: their hash goes on in the chain, their body waits here.

use super::facts::{from_json, to_json};
use super::rows::{as_i64, seq};
use super::{OutboxResult, Quarantined};
use crate::domain::clock::Moment;
use rusqlite::{Connection, OptionalExtension, params};

/// Notes that an event was refused, for the first time or again.
pub(super) fn put(db: &Connection, place: u64, reason: &str, at: Moment) -> OutboxResult<()> {
    let sql = "INSERT INTO quarantine (seq, reason, tries, tried_at) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (seq) DO UPDATE SET reason = excluded.reason, tries = tries + 1, tried_at = excluded.tried_at";
    db.prepare_cached(sql)?.execute(params![as_i64(place), reason, to_json(&at)?])?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> OutboxResult<Vec<Quarantined>> {
    let sql = "SELECT seq, reason, tries, tried_at, seq < (SELECT waiting_from FROM position)
         FROM quarantine ORDER BY seq";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Quarantined {
            seq: seq(row, 0)?,
            reason: row.get(1)?,
            tries: row.get(2)?,
            tried_at: from_json(&row.get::<_, String>(3)?)?,
            has_placeholder: row.get(4)?,
        });
    }
    Ok(found)
}

/// Whether the body of this event may be tried alone: its hash is on the server.
pub(super) fn has_placeholder(db: &Connection, place: u64) -> OutboxResult<bool> {
    let sql = "SELECT seq < (SELECT waiting_from FROM position) FROM quarantine WHERE seq = ?1";
    Ok(db.prepare_cached(sql)?.query_row([as_i64(place)], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// The server took bodies in this range of events whose hash it had before.
pub(super) fn release(db: &Connection, first: u64, count: u64, waiting_from: u64) -> OutboxResult<()> {
    let end = first.saturating_add(count).min(waiting_from);
    db.prepare_cached("DELETE FROM quarantine WHERE seq >= ?1 AND seq < ?2")?
        .execute(params![as_i64(first), as_i64(end)])?;
    Ok(())
}

pub(super) fn oldest(db: &Connection) -> OutboxResult<Option<u64>> {
    let sql = "SELECT seq FROM quarantine ORDER BY seq LIMIT 1";
    Ok(db.prepare_cached(sql)?.query_row([], |row| seq(row, 0)).optional()?)
}
