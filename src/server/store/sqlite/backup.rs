//! The whole database as one file, taken while the server goes on writing.

use super::{FILE_NAME, SCHEMA};
use crate::storage::{self, Check, Condition, StorageError};
use rusqlite::Connection;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database could not be read, or the copy not written.
    #[error(
        "cannot copy the database to {path}: {source}. Check the free space there, and the disk with `suara-loket doctor`"
    )]
    Copying {
        /// The copy.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// What was copied is damaged.
    #[error("{path} is damaged: {says}. Use an older copy, and check the disk with `suara-loket doctor`")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says first.
        says: String,
    },
    /// A file could not be made, synced or renamed.
    #[error("cannot write {path}: {source}. Check that the folder exists, can be written, and has room")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is such a file.
    #[error("{path} exists already, and a copy overwrites nothing: choose another name")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else writes the same copy.
    #[error("{path} is being written by another backup: wait until that has ended")]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

impl CopyError {
    /// Whether the file itself is at fault: it is damaged, or was never a database.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_damage(),
            Self::Damaged { .. } => true,
            _ => false,
        }
    }
}

/// A copy that has no name yet: it is removed unless [`Copy::keep`] gives it one.
#[derive(Debug)]
pub struct Copy {
    part: tempfile::TempPath,
    file: File,
}

impl Copy {
    /// Copies the database of a data folder, as it is at one moment, into a part file beside `to`.
    ///
    /// # Errors
    /// When the database cannot be read, the copy not written, or `to` exists.
    pub fn of_folder(folder: &Path, to: &Path) -> Result<Self, CopyError> {
        Self::of(&folder.join(FILE_NAME), to)
    }

    /// The same of a database file.
    ///
    /// # Errors
    /// As [`Copy::of_folder`].
    pub fn of(database: &Path, to: &Path) -> Result<Self, CopyError> {
        if to.exists() {
            return Err(CopyError::Exists { path: to.to_owned() });
        }
        let source = storage::open_to_look(database, &SCHEMA)?;
        let copy = Self::begin(to)?;
        copy.fill(&source)?;
        Ok(copy)
    }

    /// An empty file that only its owner can read: the copy holds the key of the server.
    fn begin(to: &Path) -> Result<Self, CopyError> {
        let mut name = to.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let failed = |source| CopyError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CopyError::Busy { path: to.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // What a backup left that was killed.
        file.set_len(0).map_err(failed)?;
        let part = tempfile::TempPath::try_from_path(&path).map_err(failed)?;
        Ok(Self { part, file })
    }

    /// `VACUUM INTO` reads one state and holds up no writer; pages copied one by one would have to
    /// begin anew whenever the server commits.
    fn fill(&self, source: &Connection) -> Result<(), CopyError> {
        let failed = |source| CopyError::Copying { path: self.part.to_path_buf(), source };
        source.execute("VACUUM INTO ?1", [self.part.to_string_lossy()]).map_err(failed)?;
        self.file.sync_all().map_err(|source| CopyError::File { path: self.part.to_path_buf(), source })
    }

    /// The part file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Gives the copy its name, for good.
    ///
    /// # Errors
    /// When the name is taken meanwhile, or the file system refuses.
    pub fn keep(self, to: &Path) -> Result<(), CopyError> {
        self.part.persist_noclobber(to).map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => CopyError::Exists { path: to.to_owned() },
            _ => CopyError::File { path: to.to_owned(), source: failed.error },
        })?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        storage::whole_file::sync_folder(folder).map_err(|source| CopyError::File { path: folder.to_owned(), source })
    }
}

/// How a server's database is.
///
/// # Errors
/// When it cannot be opened, is not a server's, or is newer than this program.
pub fn condition(database: &Path, check: Check) -> Result<Condition, CopyError> {
    let db = storage::open_to_look(database, &SCHEMA)?;
    let damaged = |error: rusqlite::Error| CopyError::Damaged { path: database.to_owned(), says: error.to_string() };
    storage::condition(&db, &SCHEMA, check).map_err(damaged)
}

/// The schema of a database without any damage.
///
/// # Errors
/// When it is damaged, or cannot be opened.
pub fn sound_schema(database: &Path) -> Result<usize, CopyError> {
    let found = condition(database, Check::Thorough)?;
    match found.problems.into_iter().next() {
        Some(says) => Err(CopyError::Damaged { path: database.to_owned(), says }),
        None => Ok(found.schema),
    }
}

/// The newest schema this program knows.
pub const NEWEST_SCHEMA: usize = SCHEMA.migrations.len();
