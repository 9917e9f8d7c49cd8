//! A copy in place of the database: at every moment there is one whole database under its name.
//!
//! ```text
//! bring   the copy comes into the folder under another name
//! renew   it gets a new epoch, so that kiosks notice; log-ins and codes of its time end
//! place   the present database gets a second name, then the copy takes its first one
//! ```

use super::backup::{Copy, CopyError};
use super::{FILE_NAME, SCHEMA, devices};
use crate::storage::{self, InUse, whole_file::sync_folder};
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The server runs.
    #[error("a server or another command works in {folder}: stop it first; nothing was changed")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The copy cannot be used.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The copy could not be prepared.
    #[error("cannot prepare {path}: {reason}. The database is as it was")]
    Preparing {
        /// The copy in the folder.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The folder could not be changed.
    #[error("cannot put the copy in place in {folder}: {source}. The database there can be used as it is")]
    Placing {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What ended with the restored copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The epoch before, if there was one.
    pub epoch_before: Option<u64>,
    /// Web log-ins that ended.
    pub logins: usize,
    /// One-time codes that can no longer be used.
    pub codes: usize,
}

/// A restore under way; nobody else works in the folder.
#[derive(Debug)]
pub struct Restore {
    folder: PathBuf,
    incoming: PathBuf,
    _alone: InUse,
}

impl Restore {
    /// Makes sure that nobody works in the folder, and brings the copy into it.
    ///
    /// # Errors
    /// When somebody does, or the copy cannot be read.
    pub fn bring(folder: &Path, from: &Path) -> Result<Self, RestoreError> {
        let placing = |source| RestoreError::Placing { folder: folder.to_owned(), source };
        let alone = InUse::alone(folder).map_err(placing)?;
        let alone = alone.ok_or_else(|| RestoreError::InUse { folder: folder.to_owned() })?;
        let incoming = folder.join(format!("{FILE_NAME}.incoming"));
        for left_over in with_company(&incoming) {
            remove(&left_over).map_err(placing)?;
        }
        Copy::of(from, &incoming)?.keep(&incoming)?;
        Ok(Self { folder: folder.to_owned(), incoming, _alone: alone })
    }

    /// The copy, to be checked before it is placed.
    #[must_use]
    pub fn incoming(&self) -> &Path {
        &self.incoming
    }

    /// Brings the copy to the newest schema and begins its new epoch.
    ///
    /// # Errors
    /// When that cannot be committed.
    pub fn renew(&self, epoch: u64, now_ms: i64) -> Result<Renewed, RestoreError> {
        let failed = |reason: String| RestoreError::Preparing { path: self.incoming.clone(), reason };
        let mut db = storage::open(&self.incoming, &SCHEMA).map_err(|error| failed(error.to_string()))?;
        let renewed = renew(&mut db, epoch, now_ms).map_err(|error| failed(error.to_string()))?;
        // One file that needs no other beside it.
        db.pragma_update(None, "journal_mode", "DELETE").map_err(|error| failed(error.to_string()))?;
        db.close().map_err(|(_db, error)| failed(error.to_string()))?;
        Ok(renewed)
    }

    /// Puts the copy in place. What was there keeps lying beside it, under a name with `stamp`, which is
    /// returned.
    ///
    /// # Errors
    /// When the file system refuses; there is a whole database all the same.
    pub fn place(self, stamp: &str) -> Result<Option<PathBuf>, RestoreError> {
        place(&self.folder, &self.incoming, stamp, &mut || {})
            .map_err(|source| RestoreError::Placing { folder: self.folder.clone(), source })
    }
}

fn renew(db: &mut Connection, epoch: u64, now_ms: i64) -> super::StoreResult<Renewed> {
    let step = db.transaction()?;
    let epoch_before = devices::fact(&step, devices::DATA_EPOCH)?.map(u64::from_be_bytes);
    devices::begin_data_epoch(&step, epoch, now_ms)?;
    let logins = step.execute("DELETE FROM login", [])?;
    let codes = step.execute("DELETE FROM enrolment WHERE used_by_device IS NULL", [])?;
    step.commit()?;
    Ok(Renewed { epoch_before, logins, codes })
}

/// `after_each` is called whenever the folder has changed.
fn place(folder: &Path, incoming: &Path, stamp: &str, after_each: &mut dyn FnMut()) -> io::Result<Option<PathBuf>> {
    let present = folder.join(FILE_NAME);
    let aside = folder.join(format!("{FILE_NAME}.before-{stamp}"));
    let is_there = present.exists();
    if is_there {
        fold(&present);
        after_each();
        // What could not be folded in belongs to the old database, and would spoil the new one.
        for (file, second_name) in with_company(&present).into_iter().zip(with_company(&aside)) {
            if file.exists() {
                std::fs::hard_link(&file, second_name)?;
                after_each();
            }
        }
        sync_folder(folder)?;
        for company in &with_company(&present)[1..] {
            remove(company)?;
            after_each();
        }
    }
    std::fs::rename(incoming, &present)?;
    after_each();
    sync_folder(folder)?;
    Ok(is_there.then_some(aside))
}

/// Writes what lies in the log beside a database into it, as far as it can be read.
fn fold(database: &Path) {
    let folded = Connection::open(database).and_then(|db| db.pragma_update(None, "journal_mode", "DELETE"));
    if let Err(error) = folded {
        tracing::warn!(%error, "the present database cannot be read; it is kept as it is");
    }
}

/// A database file and what SQLite lays beside it.
fn with_company(database: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database whose one office has this name.
    fn database(path: &Path, name: &str) -> Connection {
        let db = storage::open(path, &SCHEMA).unwrap();
        db.execute("INSERT INTO office VALUES (1, ?1, 'Asia/Jakarta', '12:00', NULL)", [name]).unwrap();
        db
    }

    fn name_in(folder: &Path) -> String {
        let db = storage::open(&folder.join(FILE_NAME), &SCHEMA).unwrap();
        assert_eq!(storage::condition(&db, &SCHEMA, storage::Check::Thorough).unwrap().problems, [""; 0]);
        db.query_row("SELECT name FROM office", [], |row| row.get(0)).unwrap()
    }

    /// The folder as a crash would leave it.
    fn picture(folder: &Path) -> tempfile::TempDir {
        let picture = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, picture.path().join(path.file_name().unwrap())).unwrap();
        }
        picture
    }

    /// A folder with a database `old`, and a copy of a database `new` elsewhere.
    struct Desk {
        folder: tempfile::TempDir,
        _elsewhere: tempfile::TempDir,
        copy: PathBuf,
    }

    fn desk() -> Desk {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let copy = elsewhere.path().join("copy.db");
        drop(database(&copy, "new"));
        drop(database(&folder.path().join(FILE_NAME), "old"));
        Desk { folder, _elsewhere: elsewhere, copy }
    }

    /// Places the copy; returns the folder as it was after each step.
    fn pictures(desk: &Desk) -> Vec<tempfile::TempDir> {
        let folder = desk.folder.path();
        let restore = Restore::bring(folder, &desk.copy).unwrap();
        restore.renew(5, 1_000).unwrap();
        let mut pictures = vec![picture(folder)];
        place(folder, restore.incoming(), "now", &mut || pictures.push(picture(folder))).unwrap();
        pictures
    }

    #[test]
    fn a_crash_at_any_step_leaves_the_old_or_the_new_database() {
        let desk = desk();
        let names: Vec<String> = pictures(&desk).iter().map(|picture| name_in(picture.path())).collect();
        assert!(names.len() >= 4, "{names:?}");
        assert_eq!(names.iter().filter(|name| *name == "new").count(), 1, "{names:?}");
        assert_eq!(names.last().unwrap(), "new");
        let aside = storage::open(&desk.folder.path().join("server.db.before-now"), &SCHEMA).unwrap();
        let name: String = aside.query_row("SELECT name FROM office", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "old");
    }

    #[test]
    fn the_log_of_a_damaged_database_does_not_spoil_the_new_one() {
        let desk = desk();
        let present = desk.folder.path().join(FILE_NAME);
        // A server that was killed leaves its log; then a disk damages the database itself.
        let db = storage::open(&present, &SCHEMA).unwrap();
        db.execute("UPDATE office SET name = 'later'", []).unwrap();
        let killed = picture(desk.folder.path());
        drop(db);
        std::fs::copy(killed.path().join("server.db-wal"), desk.folder.path().join("server.db-wal")).unwrap();
        std::fs::write(&present, vec![7; 40_960]).unwrap();
        pictures(&desk);
        assert_eq!(name_in(desk.folder.path()), "new");
        assert!(desk.folder.path().join("server.db.before-now-wal").exists());
    }

    #[test]
    fn a_lost_database_is_restored_into_an_empty_folder() {
        let desk = desk();
        std::fs::remove_file(desk.folder.path().join(FILE_NAME)).unwrap();
        pictures(&desk);
        assert_eq!(name_in(desk.folder.path()), "new");
    }

    #[test]
    fn nothing_is_touched_while_somebody_works_in_the_folder() {
        let desk = desk();
        let server = super::super::SqliteStore::open(desk.folder.path()).unwrap();
        let refused = Restore::bring(desk.folder.path(), &desk.copy).unwrap_err();
        assert!(matches!(refused, RestoreError::InUse { .. }), "{refused}");
        drop(server);
        let restore = Restore::bring(desk.folder.path(), &desk.copy).unwrap();
        let waits = super::super::SqliteStore::open(desk.folder.path()).err().unwrap().to_string();
        assert!(waits.contains("being replaced"), "{waits}");
        drop(restore);
    }

    #[test]
    fn log_ins_and_codes_of_the_copy_end_with_its_epoch() {
        let desk = desk();
        let db = Connection::open(&desk.copy).unwrap();
        db.execute_batch(
            "INSERT INTO server_meta VALUES ('data_epoch', x'0000000000000007');
             INSERT INTO login VALUES (zeroblob(32), 1, 1, 0, 0);
             INSERT INTO enrolment VALUES ('AAAA', zeroblob(32), 1, 1, 99, NULL, 0);
             INSERT INTO enrolment VALUES ('BBBB', zeroblob(32), 1, 1, 99, 1, 0);",
        )
        .unwrap();
        drop(db);
        let restore = Restore::bring(desk.folder.path(), &desk.copy).unwrap();
        let renewed = restore.renew(5, 1_000).unwrap();
        assert_eq!(renewed, Renewed { epoch_before: Some(7), logins: 1, codes: 1 });
    }
}
