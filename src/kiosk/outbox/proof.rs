//! Whether the database is what was written: pages by SQLite, facts by their shape, events by their
//! hashes.

use super::identity::Identity;
use super::ranges::{self, Run};
use super::rows::{Link, as_u64, last_used, link, seq};
use super::{OutboxResult, position};
use crate::domain::event::ChainHash;
use crate::storage::{self, Check};
use rusqlite::Connection;

/// The places of one epoch.
pub(super) type Places = Vec<(u64, Vec<Run>)>;

/// Whether nothing is damaged.
pub(super) fn is_proven(db: &Connection, check: Check) -> OutboxResult<bool> {
    if !storage::is_sound(db, check)? {
        return Ok(false);
    }
    Identity::of(db)?;
    let mut statement = db.prepare("SELECT seq, event_id, epoch, prev_hash, body, hash FROM outbox ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut before: Option<Link> = None;
    while let Some(row) = rows.next()? {
        let (link, hash) = (link(row)?, ChainHash(row.get(5)?));
        let breaks =
            |before: &Link| before.epoch == link.epoch && before.seq + 1 == link.seq && before.hash() != link.prev;
        if link.hash() != hash || before.as_ref().is_some_and(breaks) {
            return Ok(false);
        }
        before = Some(link);
    }
    Ok(true)
}

/// The places of all events.
pub(super) fn places(db: &Connection) -> OutboxResult<Places> {
    let mut statement = db.prepare("SELECT epoch, seq FROM outbox ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut places = Places::new();
    while let Some(row) = rows.next()? {
        let (of, place) = (seq(row, 0)?, seq(row, 1)?);
        match places.last_mut() {
            Some((epoch, runs)) if *epoch == of => ranges::push(runs, place),
            _ => places.push((of, std::iter::once(place..=place).collect())),
        }
    }
    Ok(places)
}

/// The places that should hold an event and do not: neither removed on purpose nor known to be lost.
pub(super) fn missing(db: &Connection) -> OutboxResult<Vec<Run>> {
    let mut lost = db.prepare("SELECT first_seq, last_seq FROM lost")?;
    let lost = lost.query_map([], |row| Ok(as_u64(row.get(0)?)..=as_u64(row.get(1)?)))?;
    let lost: Vec<Run> = lost.collect::<Result<_, _>>()?;
    Ok(ranges::without(empty(db)?, lost))
}

/// The places that hold no event and were not removed on purpose.
pub(super) fn empty(db: &Connection) -> OutboxResult<Vec<Run>> {
    let all = position::read(db)?.pruned_below.max(1)..=last_used(db)?;
    let taken = places(db)?.into_iter().flat_map(|(_, runs)| runs);
    Ok(ranges::without(vec![all], taken))
}
