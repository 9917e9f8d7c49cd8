//! What is known of the server's time, so that events of weeks ago can still be placed.

use super::OutboxResult;
use super::rows::as_i64;
use crate::domain::clock::Anchor;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;
/// How long anchors are kept once nothing waits that might need them.
const KEPT_MS: i64 = 35 * 24 * HOUR_MS;
/// Twenty weeks without a break; bounds the table whatever the server says.
const MOST_ANCHORS: u64 = 3_500;

const COLUMNS: &str = "SELECT boot_id, boot_ms, server_ms, error_ms FROM anchor";

/// Keeps an anchor where it is the best of its hour.
pub(super) fn add(db: &Connection, anchor: &Anchor) -> OutboxResult<()> {
    let Anchor { boot_id, boot_ms, server_ms, error_ms } = anchor;
    let sql = "INSERT INTO anchor (boot_id, boot_hour, boot_ms, server_ms, error_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (boot_id, boot_hour) DO UPDATE
         SET boot_ms = excluded.boot_ms, server_ms = excluded.server_ms, error_ms = excluded.error_ms
         WHERE excluded.error_ms < error_ms";
    let values = params![boot_id.as_bytes(), boot_ms.div_euclid(HOUR_MS), boot_ms, server_ms, error_ms];
    db.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Forgets old anchors while nothing waits, and the oldest of too many.
pub(super) fn tidy(db: &Connection) -> OutboxResult<()> {
    let sql = "DELETE FROM anchor WHERE NOT EXISTS (SELECT 1 FROM waiting)
         AND server_ms < (SELECT max(server_ms) FROM anchor) - ?1";
    db.prepare_cached(sql)?.execute([KEPT_MS])?;
    let sql = "DELETE FROM anchor WHERE (boot_id, boot_hour) IN
         (SELECT boot_id, boot_hour FROM anchor ORDER BY server_ms DESC LIMIT -1 OFFSET ?1)";
    db.prepare_cached(sql)?.execute([as_i64(MOST_ANCHORS)])?;
    Ok(())
}

pub(super) fn of_boots(db: &Connection, boots: &[Uuid]) -> OutboxResult<Vec<Anchor>> {
    let mut statement = db.prepare_cached(&format!("{COLUMNS} WHERE boot_id = ?1 ORDER BY boot_ms"))?;
    let mut found = Vec::new();
    for boot in boots {
        for anchor in statement.query_map([boot.as_bytes()], anchor)? {
            found.push(anchor?);
        }
    }
    Ok(found)
}

/// The one that knows the latest time of the server.
pub(super) fn latest(db: &Connection) -> OutboxResult<Option<Anchor>> {
    let sql = format!("{COLUMNS} ORDER BY server_ms DESC LIMIT 1");
    Ok(db.prepare_cached(&sql)?.query_row([], anchor).optional()?)
}

/// The newest of one boot.
pub(super) fn latest_of(db: &Connection, boot: Uuid) -> OutboxResult<Option<Anchor>> {
    let sql = format!("{COLUMNS} WHERE boot_id = ?1 ORDER BY boot_ms DESC LIMIT 1");
    Ok(db.prepare_cached(&sql)?.query_row([boot.as_bytes()], anchor).optional()?)
}

fn anchor(row: &Row<'_>) -> rusqlite::Result<Anchor> {
    Ok(Anchor {
        boot_id: Uuid::from_bytes(row.get(0)?),
        boot_ms: row.get(1)?,
        server_ms: row.get(2)?,
        error_ms: row.get(3)?,
    })
}
