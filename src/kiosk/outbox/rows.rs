//! The statements of the queue.

use super::{Depth, OutboxError, OutboxResult, QueuedEvent, Waiting};
use crate::domain::day_card::DayCard;
use crate::domain::event::ChainHash;
use crate::domain::ids::{EventId, OfficerId};
use crate::protocol::batch::Verdict;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The last link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub seq: u64,
    pub hash: ChainHash,
}

pub(super) fn head(db: &Connection) -> rusqlite::Result<Head> {
    let last = db
        .prepare_cached("SELECT seq, hash FROM outbox ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { seq: seq(row, 0)?, hash: ChainHash(row.get(1)?) }))
        .optional()?;
    Ok(last.unwrap_or(Head { seq: 0, hash: ChainHash::START }))
}

pub(super) fn insert(db: &Connection, event: &QueuedEvent, hash: ChainHash) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO outbox (seq, event_id, body, hash) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        as_i64(event.seq),
        event.id.0.as_bytes(),
        event.body,
        hash.0
    ])?;
    Ok(())
}

pub(super) fn waiting(db: &Connection, most_events: usize, most_bytes: usize) -> OutboxResult<Waiting> {
    let first: Option<u64> = db
        .prepare_cached("SELECT min(seq) FROM outbox WHERE verdict IS NULL")?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?
        .map(as_u64);
    let Some(first) = first else { return Ok(Waiting { prev_hash: ChainHash::START, events: Vec::new() }) };
    let prev_hash = hash_before(db, first)?;
    let mut statement =
        db.prepare_cached("SELECT seq, event_id, body FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?;
    let rows = statement.query_map(params![as_i64(first), i64::try_from(most_events).unwrap_or(1)], event)?;
    let (mut events, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let event = row?;
        bytes += event.body.len() + WIRE_OVERHEAD_BYTES;
        if bytes > most_bytes && !events.is_empty() {
            break;
        }
        events.push(event);
    }
    Ok(Waiting { prev_hash, events })
}

/// What an event takes in a batch beside its body: id, field names and punctuation.
const WIRE_OVERHEAD_BYTES: usize = 64;

fn hash_before(db: &Connection, first: u64) -> rusqlite::Result<ChainHash> {
    let before = db
        .prepare_cached("SELECT hash FROM outbox WHERE seq = ?1")?
        .query_row([as_i64(first) - 1], |row| row.get(0).map(ChainHash))
        .optional()?;
    Ok(before.unwrap_or(ChainHash::START))
}

pub(super) fn acknowledge(db: &Connection, first_seq: u64, verdicts: &[Verdict]) -> OutboxResult<()> {
    let mut statement = db.prepare_cached("UPDATE outbox SET verdict = ?2 WHERE seq = ?1")?;
    for (seq, verdict) in (first_seq..).zip(verdicts) {
        statement.execute(params![as_i64(seq), to_json(verdict)?])?;
    }
    Ok(())
}

pub(super) fn rewind(db: &Connection, next_seq: u64) -> OutboxResult<()> {
    db.prepare_cached("UPDATE outbox SET verdict = NULL WHERE seq >= ?1")?.execute([as_i64(next_seq)])?;
    Ok(())
}

pub(super) fn depth(db: &Connection) -> OutboxResult<Depth> {
    let mut statement =
        db.prepare_cached("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM outbox WHERE verdict IS NULL)")?;
    Ok(statement.query_row([], |row| Ok(Depth { events: seq(row, 0)?, waiting: seq(row, 1)? }))?)
}

pub(super) fn get_json<T: DeserializeOwned>(db: &Connection, key: &str) -> OutboxResult<Option<T>> {
    let text: Option<String> =
        db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?;
    text.map(|text| from_json(&text)).transpose()
}

pub(super) fn put_json(db: &Connection, key: &str, value: &impl Serialize) -> OutboxResult<()> {
    db.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![key, to_json(value)?])?;
    Ok(())
}

pub(super) fn put_cards(db: &Connection, cards: &[DayCard]) -> OutboxResult<()> {
    let step = db.unchecked_transaction()?;
    for card in cards {
        step.prepare_cached(
            "INSERT INTO card (officer_id, body) VALUES (?1, ?2)
             ON CONFLICT (officer_id) DO UPDATE SET body = excluded.body WHERE body <> excluded.body",
        )?
        .execute(params![card.officer.get(), to_json(card)?])?;
    }
    Ok(step.commit()?)
}

pub(super) fn card(db: &Connection, officer: OfficerId) -> OutboxResult<Option<DayCard>> {
    let text: Option<String> = db
        .prepare_cached("SELECT body FROM card WHERE officer_id = ?1")?
        .query_row([officer.get()], |row| row.get(0))
        .optional()?;
    text.map(|text| from_json(&text)).transpose()
}

fn event(row: &Row<'_>) -> rusqlite::Result<QueuedEvent> {
    Ok(QueuedEvent { seq: seq(row, 0)?, id: EventId(Uuid::from_bytes(row.get(1)?)), body: row.get(2)? })
}

fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(as_u64)
}

fn as_u64(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn as_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn to_json(value: &impl Serialize) -> OutboxResult<String> {
    serde_json::to_string(value).map_err(|error| OutboxError::Unreadable(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> OutboxResult<T> {
    serde_json::from_str(text).map_err(|error| OutboxError::Unreadable(error.to_string()))
}
