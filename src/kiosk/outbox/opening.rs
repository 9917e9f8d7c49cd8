//! From the files in a folder to a sound database and a complete journal. Always, if the disk lets.

use super::ballast::Ballast;
use super::identity::Identity;
use super::journal::Journal;
use super::second_copy::SecondCopy;
use super::{CHECKED, FILE_NAME, OutboxError, OutboxResult, SCHEMA, facts, mend, proof, rebuild};
use crate::domain::clock::Moment;
use crate::storage::{self, Check, StorageError, is_damage};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};

/// How often SQLite looks closely.
const THOROUGH_EVERY_MS: i64 = 7 * 24 * 3_600_000;

/// Where a queue lies.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The folder of the database and of everything beside it.
    pub data: PathBuf,
    /// The folder of the journal.
    pub journal: PathBuf,
}

/// Opens or creates a queue, and mends what is damaged.
pub(super) fn open(places: &Places, now: Moment) -> Result<(Connection, SecondCopy), StorageError> {
    let data = &places.data;
    let unusable = |error: OutboxError| StorageError::Unusable {
        name: SCHEMA.name,
        path: data.join(FILE_NAME),
        reason: error.to_string(),
    };
    rebuild::finish(data).map_err(|error| unusable(OutboxError::Beside(error)))?;
    let journal = Journal::open(&places.journal).unwrap_or_else(|error| {
        tracing::warn!(%error, folder = %places.journal.display(), "the journal cannot be read");
        Journal::unreadable(&places.journal)
    });
    let mut copy = SecondCopy::new(journal, data);
    let connection = if let Some(sound) = open_sound(data, &copy, now)? {
        sound
    } else {
        tracing::error!("the database is damaged: building it anew");
        let built = build_anew(data, &copy).or_else(|error| {
            tracing::warn!(%error, "trying again without the ballast");
            Ballast::of(data).throw();
            build_anew(data, &copy)
        });
        built.map_err(unusable)?
    };
    let places = mend::mend(&connection, copy.journal(), &Identity::read(data), None)
        .and_then(|()| proof::places(&connection))
        .map_err(unusable)?;
    copy.fill(&connection, places);
    Identity::of(&connection).map_err(unusable)?.keep(data);
    Ok((connection, copy))
}

/// The database, or `None` where it is ours and damaged.
fn open_sound(data: &Path, copy: &SecondCopy, now: Moment) -> Result<Option<Connection>, StorageError> {
    let path = data.join(FILE_NAME);
    let is_ours = Identity::exists(data) || !copy.journal().is_empty();
    if is_ours && !path.exists() {
        return Ok(None);
    }
    let connection = match open_with_room(data, &path) {
        Err(error) if is_ours && (error.is_damage() || matches!(error, StorageError::Foreign { .. })) => {
            return Ok(None);
        }
        opened => opened?,
    };
    match is_sound(&connection, now) {
        Ok(true) => Ok(Some(connection)),
        Err(OutboxError::NotCommitted(error)) if !is_damage(&error) => {
            Err(StorageError::Open { name: SCHEMA.name, path, source: error })
        }
        Ok(false) | Err(_) => Ok(None),
    }
}

/// Opens it; on a full disk without the ballast.
fn open_with_room(data: &Path, path: &Path) -> Result<Connection, StorageError> {
    let lacks_room = |error: &rusqlite::Error| {
        let code = error.sqlite_error_code();
        matches!(code, Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
    };
    match storage::open(path, &SCHEMA) {
        Err(StorageError::Open { source, .. }) if lacks_room(&source) => {
            Ballast::of(data).throw();
            storage::open(path, &SCHEMA)
        }
        opened => opened,
    }
}

/// Looks for damage: at every start, and now and then thoroughly.
pub(super) fn is_sound(db: &Connection, now: Moment) -> OutboxResult<bool> {
    let last = facts::get_json::<i64>(db, CHECKED)?;
    let is_recent = |last: i64| last <= now.wall_ms && now.wall_ms - last < THOROUGH_EVERY_MS;
    if last.is_some_and(is_recent) {
        return proof::is_proven(db, Check::Quick);
    }
    let is_sound = proof::is_proven(db, Check::Thorough)?;
    if is_sound && let Err(error) = facts::put_json(db, CHECKED, &now.wall_ms) {
        tracing::warn!(%error, "cannot note that the database was checked");
    }
    Ok(is_sound)
}

fn build_anew(data: &Path, copy: &SecondCopy) -> OutboxResult<Connection> {
    let journal = copy.journal();
    let end_is_certain = !journal.is_empty() && !journal.has_torn_end() && !copy.was_behind();
    rebuild::rebuild(data, journal, &Identity::read(data), end_is_certain)?;
    storage::open(&data.join(FILE_NAME), &SCHEMA).map_err(|error| OutboxError::Unreadable(error.to_string()))
}
