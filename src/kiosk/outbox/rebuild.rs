//! From a damaged database to a sound one: what can be read of the old file goes into a new one,
//! and the old one is set aside.
//!
//! A power cut in between costs nothing: the new file takes its place by its name only when it is
//! complete.

use super::identity::Identity;
use super::journal::Journal;
use super::mend::{Rebuilt, mend};
use super::position::{self, Position};
use super::rows::{self, Link, as_i64};
use super::salvage::{self, Answer};
use super::{ATTEMPTS, FILE_NAME, LAST_VISIT, OutboxError, OutboxResult, SCHEMA, facts, retention};
use crate::domain::event::ChainHash;
use crate::storage;
use crate::storage::whole_file::sync_folder;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::io;
use std::path::{Path, PathBuf};

/// Being built; worth nothing yet.
const UNFINISHED: &str = "kiosk.db.new";
/// Complete; takes the place of the damaged one.
const FINISHED: &str = "kiosk.db.whole";
/// How many damaged databases are kept for a technician.
const KEPT_ASIDE: u64 = 3;
/// No event takes less in either copy.
const LEAST_EVENT_BYTES: u64 = 200;
/// How far numbers jump at least where the newest events may be lost.
const LEAST_JUMP: u64 = 1_000;
/// Far more attempts to send than can have been lost.
const ATTEMPTS_JUMP: u64 = 1_000_000;
/// What is copied row by row as far as it can be read. Not where the server stands: sending again
/// is harmless, and a wrong number there is not.
const SMALL_TABLES: [&str; 7] = ["meta", "anchor", "evidence", "note", "card", "quarantine", "lost"];

/// Builds the database in this folder anew. `end_is_certain`: the journal holds the newest event.
pub(super) fn rebuild(data: &Path, journal: &Journal, identity: &Identity, end_is_certain: bool) -> OutboxResult<()> {
    let new = data.join(UNFINISHED);
    remove_database(&new).map_err(OutboxError::Beside)?;
    let fresh = storage::open(&new, &SCHEMA).map_err(|error| OutboxError::Unreadable(error.to_string()))?;
    let most_events = bytes_of(data) / LEAST_EVENT_BYTES;
    let step = fresh.unchecked_transaction()?;
    let salvaged = match Connection::open(data.join(FILE_NAME)) {
        Ok(old) => salvage(&old, &step, identity.pruned_below, most_events)?,
        Err(_unreadable) => 0,
    };
    stand(&step, journal, identity)?;
    step.commit()?;
    let jump = if end_is_certain { 0 } else { most_events + LEAST_JUMP };
    mend(&fresh, journal, identity, Some(Rebuilt { salvaged, jump }))?;
    // Its log does not come along when it is renamed.
    retention::checkpoint_and_cut(&fresh)?;
    fresh.close().map_err(|(_, error)| error)?;
    std::fs::rename(&new, data.join(FINISHED)).and_then(|()| sync_folder(data)).map_err(OutboxError::Beside)?;
    finish(data).map_err(OutboxError::Beside)
}

/// Puts a complete new database in its place, now or after a power cut.
pub(super) fn finish(data: &Path) -> io::Result<()> {
    let finished = data.join(FINISHED);
    if !finished.exists() {
        return Ok(());
    }
    let aside = make_room_aside(data)?;
    for ending in ["-wal", "-shm", ""] {
        let name = format!("{FILE_NAME}{ending}");
        if data.join(&name).exists() {
            std::fs::rename(data.join(&name), aside.join(&name))?;
        }
    }
    std::fs::rename(finished, data.join(FILE_NAME))?;
    sync_folder(data)
}

/// A new folder for a damaged database; of many the first and the newest stay.
fn make_room_aside(data: &Path) -> io::Result<PathBuf> {
    let folder = |number: u64| data.join(format!("damaged-{number}"));
    let free = (1..=KEPT_ASIDE).map(folder).find(|folder| !folder.exists());
    let aside = free.unwrap_or_else(|| folder(KEPT_ASIDE));
    if aside.exists() {
        // The first are nearest to the cause.
        std::fs::remove_dir_all(&aside)?;
    }
    std::fs::create_dir_all(&aside)?;
    Ok(aside)
}

fn remove_database(path: &Path) -> io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(format!("{}{ending}", path.display())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// What database and log take on the disk.
fn bytes_of(data: &Path) -> u64 {
    let bytes = |ending| std::fs::metadata(data.join(format!("{FILE_NAME}{ending}"))).map_or(0, |file| file.len());
    bytes("") + bytes("-wal")
}

/// Copies what can be read and proven; returns how many events.
fn salvage(old: &Connection, new: &Connection, from: u64, most_events: u64) -> OutboxResult<u64> {
    for table in SMALL_TABLES {
        if let Err(error) = copy_rows(old, new, table) {
            tracing::warn!(%error, table, "a table of the damaged database is lost in part");
        }
    }
    let put = |link: &Link| Ok(rows::restore(new, link)?);
    let patience = most_events + LEAST_JUMP;
    let mut salvaged = salvage::forwards(from, patience, |place| read_one(old, FORWARDS, place), put)?;
    salvaged += salvage::backwards(|place| read_one(old, BACKWARDS, place), put)?;
    let last: Option<i64> = new.query_row("SELECT max(seq) FROM outbox", [], |row| row.get(0))?;
    let used = rows::last_used(old).unwrap_or(0);
    // Anything further away is noise.
    if used <= last.map_or(from, rows::as_u64) + most_events {
        rows::use_up_to(new, used)?;
    }
    Ok(salvaged)
}

const FORWARDS: &str =
    "SELECT seq, event_id, epoch, prev_hash, body, hash FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT 1";
const BACKWARDS: &str =
    "SELECT seq, event_id, epoch, prev_hash, body, hash FROM outbox WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1";

/// The next place that is taken, and its event if its hash is right.
fn read_one(old: &Connection, sql: &str, from: u64) -> Answer {
    let mut statement = old.prepare_cached(sql)?;
    let mut found = statement.query([as_i64(from)])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let hash = row.get(5).map(ChainHash);
    let link = rows::link(row).ok().filter(|link| hash.as_ref().is_ok_and(|hash| link.hash() == *hash));
    Ok(Some((rows::seq(row, 0)?, link)))
}

fn copy_rows(old: &Connection, new: &Connection, table: &str) -> rusqlite::Result<()> {
    let mut statement = old.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = statement.column_count();
    let places = vec!["?"; columns].join(", ");
    let mut insert = new.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({places})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
        // What does not fit the schema is noise.
        let _noise = insert.execute(params_from_iter(values));
    }
    Ok(())
}

/// Where the chain begins, and that everything in it waits: the server knows what it has.
fn stand(new: &Connection, journal: &Journal, identity: &Identity) -> OutboxResult<()> {
    let first: Option<i64> = new.query_row("SELECT min(seq) FROM outbox", [], |row| row.get(0))?;
    let first = first.into_iter().chain(journal.runs().map(|run| as_i64(*run.start()))).min();
    let chain: Option<i64> = new.query_row(
        "SELECT min(seq) FROM outbox WHERE epoch = (SELECT epoch FROM outbox ORDER BY seq DESC LIMIT 1)",
        [],
        |row| row.get(0),
    )?;
    let known = |kept: u64, found: Option<i64>| if kept > 0 { kept } else { found.map_or(1, rows::as_u64) };
    let chain_from = known(identity.chain_from, chain);
    let pruned_below = known(identity.pruned_below, first);
    position::write(new, Position { chain_from, waiting_from: chain_from, server_next: None, pruned_below })?;
    let attempts = facts::get_json::<u64>(new, ATTEMPTS).ok().flatten().unwrap_or(0);
    facts::put_json(new, ATTEMPTS, &(attempts + ATTEMPTS_JUMP))?;
    if facts::get_json::<u32>(new, LAST_VISIT).is_err() {
        facts::put_json(new, LAST_VISIT, &0)?;
    }
    Ok(())
}
