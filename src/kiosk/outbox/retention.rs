//! What may go: events that are acknowledged, on the server by its last authentic answer, and kept
//! for their time, so that a server restored from an older copy can be refilled.

use super::OutboxResult;
use super::position::{self, Position};
use super::rows::{as_i64, seq};
use rusqlite::{Connection, OptionalExtension, params};

const HOUR_MS: i64 = 3_600_000;
/// How long acknowledged events stay, in hours of the server's clock.
const KEPT_HOURS: i64 = 35 * 24;

/// Notes that everything below `next_seq` was acknowledged by this time of the server.
pub(super) fn note_milestone(step: &Connection, server_ms: i64, next_seq: u64) -> OutboxResult<()> {
    let sql = "INSERT INTO milestone (server_hour, next_seq) VALUES (?1, ?2)
         ON CONFLICT (server_hour) DO UPDATE SET next_seq = excluded.next_seq";
    step.prepare_cached(sql)?.execute(params![server_ms.div_euclid(HOUR_MS) + 1, as_i64(next_seq)])?;
    Ok(())
}

/// The server forgot what lies above: that was not acknowledged after all.
pub(super) fn forget_milestones_above(step: &Connection, next_seq: u64) -> OutboxResult<()> {
    step.prepare_cached("DELETE FROM milestone WHERE next_seq > ?1")?.execute([as_i64(next_seq)])?;
    Ok(())
}

/// Removes what was kept for its time. Returns the first place that is kept.
pub(super) fn prune(db: &Connection, server_ms: i64) -> OutboxResult<u64> {
    let sql = "SELECT max(next_seq) FROM milestone WHERE server_hour <= ?1";
    let hour = server_ms.div_euclid(HOUR_MS) - KEPT_HOURS;
    let old: Option<i64> = db.prepare_cached(sql)?.query_row([hour], |row| row.get(0)).optional()?.flatten();
    remove_below(db, old.map_or(0, super::rows::as_u64))
}

/// Removes all that the server has, however young: the disk is full.
pub(super) fn prune_all(db: &Connection) -> OutboxResult<u64> {
    remove_below(db, u64::MAX)
}

fn remove_below(db: &Connection, bound: u64) -> OutboxResult<u64> {
    let step = db.unchecked_transaction()?;
    let before = position::read(&step)?;
    // The last event stays, whose hash the next one needs; so do withheld bodies.
    let last: Option<u64> = step
        .prepare_cached("SELECT seq FROM outbox ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| seq(row, 0))
        .optional()?;
    let bound = bound.min(before.safe_below()).min(last.unwrap_or(0));
    if bound > before.pruned_below {
        step.prepare_cached("DELETE FROM outbox WHERE seq < ?1 AND seq NOT IN (SELECT seq FROM quarantine)")?
            .execute([as_i64(bound)])?;
        step.prepare_cached("DELETE FROM milestone WHERE next_seq <= ?1")?.execute([as_i64(bound)])?;
        step.prepare_cached("DELETE FROM lost WHERE last_seq < ?1")?.execute([as_i64(bound)])?;
        position::write(&step, Position { pruned_below: bound, ..before })?;
    }
    step.commit()?;
    Ok(bound.max(before.pruned_below))
}

/// Moves what is in the write-ahead log into the database, as far as no reader is in the way.
pub(super) fn checkpoint(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// The same, and gives the room of the log back.
pub(super) fn checkpoint_and_cut(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
