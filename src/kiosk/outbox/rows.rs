//! The statements on events.

use super::position;
use super::{Depth, OutboxResult, QueuedEvent, Waiting};
use crate::domain::event::{BodyHash, ChainHash};
use crate::domain::ids::EventId;
use crate::protocol::batch::Hole;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// The last link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub seq: u64,
    pub hash: ChainHash,
}

/// An event with its place in the chain of its epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub epoch: u64,
    pub seq: u64,
    pub id: EventId,
    pub prev: ChainHash,
    pub body: String,
}

impl Link {
    /// The chain hash after this event.
    pub(super) fn hash(&self) -> ChainHash {
        self.prev.next(self.seq, self.id, BodyHash::of(self.body.as_bytes()))
    }
}

/// The last place that was ever taken, even if its event is gone.
pub(super) fn last_used(db: &Connection) -> rusqlite::Result<u64> {
    let used = db
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| seq(row, 0))
        .optional()?;
    Ok(used.unwrap_or(0))
}

/// Makes places up to this one count as taken.
pub(super) fn use_up_to(db: &Connection, place: u64) -> rusqlite::Result<()> {
    let sql = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'outbox'";
    if db.execute(sql, [as_i64(place)])? == 0 {
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?1)", [as_i64(place)])?;
    }
    Ok(())
}

/// The end of the chain of this epoch.
pub(super) fn head(db: &Connection, epoch: u64) -> rusqlite::Result<Head> {
    let last = db
        .prepare_cached("SELECT hash FROM outbox WHERE epoch = ?1 ORDER BY seq DESC LIMIT 1")?
        .query_row([as_i64(epoch)], |row| row.get(0).map(ChainHash))
        .optional()?;
    Ok(Head { seq: last_used(db)?, hash: last.unwrap_or(ChainHash::START) })
}

pub(super) fn insert(db: &Connection, link: &Link) -> rusqlite::Result<()> {
    let sql = "INSERT INTO outbox (seq, event_id, epoch, prev_hash, hash, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    put(db, sql, link).map(drop)
}

/// The same for an event of before, unless its place or id is taken. Whether it was put in.
pub(super) fn restore(db: &Connection, link: &Link) -> rusqlite::Result<bool> {
    let sql =
        "INSERT OR IGNORE INTO outbox (seq, event_id, epoch, prev_hash, hash, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    Ok(put(db, sql, link)? == 1)
}

/// The same, but of several with one place the last one stays.
pub(super) fn restore_latest(db: &Connection, link: &Link) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO outbox (seq, event_id, epoch, prev_hash, hash, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (seq) DO UPDATE SET event_id = excluded.event_id, epoch = excluded.epoch,
         prev_hash = excluded.prev_hash, hash = excluded.hash, body = excluded.body";
    put(db, sql, link).map(drop)
}

pub(super) fn count(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row("SELECT count(*) FROM outbox", [], |row| seq(row, 0))
}

fn put(db: &Connection, sql: &str, link: &Link) -> rusqlite::Result<usize> {
    let Link { epoch, seq, id, prev, body } = link;
    let values = params![as_i64(*seq), id.0.as_bytes(), as_i64(*epoch), prev.0, link.hash().0, body];
    db.prepare_cached(sql)?.execute(values)
}

/// Up to `most` events from `first` on, oldest first.
pub(super) fn links_from(db: &Connection, first: u64, most: usize) -> rusqlite::Result<Vec<Link>> {
    let sql = "SELECT seq, event_id, epoch, prev_hash, body FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
    db.prepare_cached(sql)?.query_map(params![as_i64(first), limit(most)], link)?.collect()
}

/// The same as they would be sent.
pub(super) fn events_from(db: &Connection, first: u64, most: usize) -> rusqlite::Result<Vec<QueuedEvent>> {
    let sql = "SELECT seq, event_id, prev_hash, body, 0 FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
    db.prepare_cached(sql)?.query_map(params![as_i64(first), limit(most)], event)?.collect()
}

/// Gives an event another place: that of another chain.
pub(super) fn rechain(db: &Connection, link: &Link) -> rusqlite::Result<()> {
    let values = params![as_i64(link.seq), as_i64(link.epoch), link.prev.0, link.hash().0];
    db.prepare_cached("UPDATE outbox SET epoch = ?2, prev_hash = ?3, hash = ?4 WHERE seq = ?1")?.execute(values)?;
    Ok(())
}

pub(super) fn waiting(db: &Connection, head: Head, most_events: usize, most_bytes: usize) -> OutboxResult<Waiting> {
    let position = position::read(db)?;
    let mut statement = db.prepare_cached(
        "SELECT seq, event_id, prev_hash, body, seq IN (SELECT seq FROM quarantine) FROM waiting ORDER BY seq LIMIT ?1",
    )?;
    let mut rows = statement.query([limit(most_events)])?;
    let (mut first, mut events, mut bytes) = (None, Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let event = event(row)?;
        let (first_seq, _) = *first.get_or_insert((event.seq, ChainHash(row.get(2)?)));
        bytes += event.wire_bytes();
        let follows = event.seq == first_seq + events.len() as u64;
        if !follows || (bytes > most_bytes && !events.is_empty()) {
            break;
        }
        events.push(event);
    }
    let (first_seq, prev_hash) = first.unwrap_or((head.seq + 1, head.hash));
    let pruned = if first_seq <= position.pruned_below { Hole::Pruned } else { Hole::Lost };
    let hole = position.server_next.filter(|next| *next < first_seq).map(|_| pruned);
    Ok(Waiting { first_seq, prev_hash, events, hole })
}

/// One event of this epoch as a batch of its own.
pub(super) fn alone(db: &Connection, epoch: u64, place: u64) -> OutboxResult<Option<Waiting>> {
    let sql = "SELECT seq, event_id, prev_hash, body, 0 FROM outbox WHERE seq = ?1 AND epoch = ?2";
    let alone = db.prepare_cached(sql)?.query_row(params![as_i64(place), as_i64(epoch)], |row| {
        Ok(Waiting { first_seq: place, prev_hash: ChainHash(row.get(2)?), events: vec![event(row)?], hole: None })
    });
    Ok(alone.optional()?)
}

/// The acknowledged events of this epoch in a range, ends included.
pub(super) fn acknowledged(db: &Connection, epoch: u64, first: u64, last: u64) -> OutboxResult<Vec<QueuedEvent>> {
    let sql = "SELECT seq, event_id, prev_hash, body, 0 FROM outbox
         WHERE seq BETWEEN ?1 AND ?2 AND epoch = ?3 AND seq < (SELECT waiting_from FROM position) ORDER BY seq";
    let values = params![as_i64(first), as_i64(last), as_i64(epoch)];
    Ok(db.prepare_cached(sql)?.query_map(values, event)?.collect::<Result<_, _>>()?)
}

/// The chain hash of this epoch after a place; the event after it knows it, too.
pub(super) fn hash_at(db: &Connection, epoch: u64, place: u64) -> rusqlite::Result<Option<ChainHash>> {
    let sql = "SELECT hash FROM outbox WHERE seq = ?1 AND epoch = ?2
         UNION ALL SELECT prev_hash FROM outbox WHERE seq = ?1 + 1 AND epoch = ?2 LIMIT 1";
    db.prepare_cached(sql)?.query_row(params![as_i64(place), as_i64(epoch)], |row| row.get(0).map(ChainHash)).optional()
}

pub(super) fn depth(db: &Connection) -> OutboxResult<Depth> {
    let mut statement = db.prepare_cached("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM waiting)")?;
    Ok(statement.query_row([], |row| Ok(Depth { events: seq(row, 0)?, waiting: seq(row, 1)? }))?)
}

pub(super) fn backlog(db: &Connection) -> OutboxResult<u64> {
    let sql = "SELECT max(0, (SELECT coalesce(max(seq), 0) FROM outbox) + 1 - waiting_from) FROM position";
    Ok(db.prepare_cached(sql)?.query_row([], |row| seq(row, 0))?)
}

fn event(row: &Row<'_>) -> rusqlite::Result<QueuedEvent> {
    Ok(QueuedEvent { seq: seq(row, 0)?, id: event_id(row, 1)?, body: row.get(3)?, withheld: row.get(4)? })
}

pub(super) fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        seq: seq(row, 0)?,
        id: event_id(row, 1)?,
        epoch: seq(row, 2)?,
        prev: ChainHash(row.get(3)?),
        body: row.get(4)?,
    })
}

fn event_id(row: &Row<'_>, column: usize) -> rusqlite::Result<EventId> {
    Ok(EventId(Uuid::from_bytes(row.get(column)?)))
}

pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(as_u64)
}

pub(super) fn as_u64(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn as_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
