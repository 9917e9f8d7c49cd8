//! Opening SQLite the same way on both sides, and bringing it to the newest schema.
//!
//! Migrations are numbered, only ever added, and run forward in one transaction each.

pub mod ballast;
mod error;
mod in_use;
mod look;
pub mod whole_file;

pub use error::{StorageError, Stranger, is_damage};
pub use in_use::InUse;
pub use look::{Condition, condition, open_to_look};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;

/// One kind of database of this program.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What a person calls it, for messages.
    pub name: &'static str,
    /// Four bytes in the file's header that tell it from other files.
    pub application_id: i32,
    /// The migrations, oldest first.
    pub migrations: &'static [&'static str],
    /// After how many pages of write-ahead log SQLite checkpoints.
    pub wal_autocheckpoint_pages: u32,
}

/// Opens or creates a database and brings it to the newest schema.
///
/// # Errors
/// When the file cannot be opened, is not ours, or is newer than this program.
pub fn open(path: &Path, schema: &Schema) -> Result<Connection, StorageError> {
    let failed = |source| StorageError::Open { name: schema.name, path: path.to_owned(), source };
    let mut connection = Connection::open(path).map_err(failed)?;
    refuse_strangers(&connection, path, schema)?;
    set_pragmas(&connection, schema).map_err(failed)?;
    migrate(&mut connection, schema).map_err(failed)?;
    Ok(connection)
}

/// Opens an existing database for reading beside its writer.
///
/// # Errors
/// When the file cannot be opened.
pub fn open_reader(path: &Path, schema: &Schema) -> Result<Connection, StorageError> {
    let failed = |source| StorageError::Open { name: schema.name, path: path.to_owned(), source };
    let connection = Connection::open(path).map_err(failed)?;
    set_pragmas(&connection, schema).map_err(failed)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(connection)
}

/// How closely to look for damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Pages and their order.
    Quick,
    /// That indexes and tables agree, too.
    Thorough,
}

/// Whether SQLite finds nothing wrong with the structure of a database.
///
/// # Errors
/// When the file is too damaged to look.
pub fn is_sound(connection: &Connection, check: Check) -> rusqlite::Result<bool> {
    let sql = match check {
        Check::Quick => "PRAGMA quick_check(1)",
        Check::Thorough => "PRAGMA integrity_check(1)",
    };
    Ok(connection.query_row(sql, [], |row| row.get::<_, String>(0))? == "ok")
}

fn refuse_strangers(connection: &Connection, path: &Path, schema: &Schema) -> Result<(), StorageError> {
    let failed = |source| StorageError::Open { name: schema.name, path: path.to_owned(), source };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let application_id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    if application_id != schema.application_id && (tables > 0 || application_id != 0) {
        return Err(StorageError::Foreign { name: schema.name, path: path.to_owned() });
    }
    let found = version(connection).map_err(failed)?;
    if found > schema.migrations.len() {
        return Err(StorageError::Newer { path: path.to_owned(), found, known: schema.migrations.len() });
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// `WAL` with `FULL` loses no committed row at a power cut; `NORMAL` does, and a rollback journal
/// with `FULL` may lose the last one.
fn set_pragmas(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "wal_autocheckpoint", schema.wal_autocheckpoint_pages)?;
    connection.pragma_update(None, "journal_size_limit", 1_048_576)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "secure_delete", "FAST")
}

fn migrate(connection: &mut Connection, schema: &Schema) -> rusqlite::Result<()> {
    for (number, sql) in schema.migrations.iter().enumerate().skip(version(connection)?) {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have migrated while this one waited for the lock.
        if version(&step)? == number {
            run_migration(&step, sql, number + 1, schema)?;
        }
        step.commit()?;
    }
    Ok(())
}

fn run_migration(step: &Transaction<'_>, sql: &str, number: usize, schema: &Schema) -> rusqlite::Result<()> {
    step.execute_batch(sql)?;
    step.pragma_update(None, "application_id", schema.application_id)?;
    step.pragma_update(None, "user_version", i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Schema = Schema {
        name: "test",
        application_id: 77,
        migrations: &["CREATE TABLE a (x INTEGER)"],
        wal_autocheckpoint_pages: 200,
    };
    const TWO: Schema =
        Schema { migrations: &["CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER"], ..ONE };

    #[test]
    fn an_old_database_is_brought_forward_and_a_newer_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        open(&path, &ONE).unwrap().execute("INSERT INTO a VALUES (5)", []).unwrap();
        let both: (i64, Option<i64>) =
            open(&path, &TWO).unwrap().query_row("SELECT x, y FROM a", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        assert_eq!(both, (5, None));
        let message = open(&path, &ONE).unwrap_err().to_string();
        assert!(message.contains("newer version (schema 2, this program knows 1)"), "{message}");
    }

    #[test]
    fn files_of_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        Connection::open(&path).unwrap().execute("CREATE TABLE theirs (x)", []).unwrap();
        assert!(matches!(open(&path, &ONE), Err(StorageError::Foreign { .. })));
        let text = folder.path().join("text.db");
        std::fs::write(&text, "not a database at all, just text".repeat(20)).unwrap();
        assert!(matches!(open(&text, &ONE), Err(StorageError::Open { .. })));
    }

    #[test]
    fn what_is_looked_at_by_mistake_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("text"), "not a database at all, just text".repeat(20)).unwrap();
        std::fs::write(at("empty"), "").unwrap();
        Connection::open(at("theirs")).unwrap().execute("CREATE TABLE theirs (x)", []).unwrap();
        for (name, stranger, damage) in [
            ("text", Stranger::NoDatabase, true),
            ("empty", Stranger::Empty, true),
            ("theirs", Stranger::OtherProgram, false),
        ] {
            let error = open_to_look(&at(name), &ONE).unwrap_err();
            assert!(matches!(error, StorageError::NotOurs { found, .. } if found == stranger), "{error}");
            assert_eq!(error.is_damage(), damage, "{name}");
        }
        assert!(matches!(open_to_look(&at("missing"), &ONE), Err(StorageError::Open { .. })));
    }

    #[test]
    fn a_committed_row_is_synced_fully() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("a.db"), &ONE).unwrap();
        let mode: String = connection.pragma_query_value(None, "journal_mode", |r| r.get(0)).unwrap();
        let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |r| r.get(0)).unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2));
    }
}
