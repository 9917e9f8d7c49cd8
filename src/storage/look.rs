//! Looking into a database without changing it: beside the program that writes it, or in a copy.

use super::{Check, Schema, StorageError, Stranger, refuse_strangers, version};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How many lines about damage are worth reading.
const MOST_PROBLEMS: u32 = 10;

/// How a database is, as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The schema it has.
    pub schema: usize,
    /// The newest schema this program knows.
    pub newest_schema: usize,
    /// What SQLite finds damaged; nothing, if it is sound.
    pub problems: Vec<String>,
}

/// Opens a database that cannot be changed by this connection.
///
/// # Errors
/// When there is none, or it is not ours, or newer than this program.
pub fn open_to_look(path: &Path, schema: &Schema) -> Result<Connection, StorageError> {
    let failed = |source| StorageError::Open { name: schema.name, path: path.to_owned(), source };
    // A name is a name here: never an address of SQLite's own kind.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(failed)?;
    refuse_strangers(&connection, path, schema).map_err(|error| not_ours(error, path, schema))?;
    if is_empty(&connection).map_err(failed)? {
        return Err(StorageError::NotOurs { name: schema.name, path: path.to_owned(), found: Stranger::Empty });
    }
    Ok(connection)
}

/// Whoever looks at a file has named it: another folder to work in would be no mend.
fn not_ours(error: StorageError, path: &Path, schema: &Schema) -> StorageError {
    let found = match &error {
        StorageError::Foreign { .. } => Stranger::OtherProgram,
        StorageError::Open { source, .. } if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Stranger::NoDatabase
        }
        _ => return error,
    };
    StorageError::NotOurs { name: schema.name, path: path.to_owned(), found }
}

/// A file without a byte is a sound database to SQLite.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// How the database of a connection is.
///
/// # Errors
/// When it is too damaged to look.
pub fn condition(connection: &Connection, schema: &Schema, check: Check) -> rusqlite::Result<Condition> {
    Ok(Condition {
        schema: version(connection)?,
        newest_schema: schema.migrations.len(),
        problems: problems(connection, check)?,
    })
}

fn problems(connection: &Connection, check: Check) -> rusqlite::Result<Vec<String>> {
    let pragma = match check {
        Check::Quick => "quick_check",
        Check::Thorough => "integrity_check",
    };
    let mut statement = connection.prepare(&format!("PRAGMA {pragma}({MOST_PROBLEMS})"))?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
