//! Why a database cannot be used.

use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file cannot be opened or read.
    #[error("cannot open the {name} database {path}: {source}. {}", mend(source))]
    Open {
        /// Which database.
        name: &'static str,
        /// Its file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file belongs to something else.
    #[error("{path} is not a {name} database of Suara Loket. Choose another --data folder")]
    Foreign {
        /// Which database was meant.
        name: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file that was named to be looked at is something else.
    #[error("{path} is {found}, and should be a {name} database of Suara Loket. Is it the right file?")]
    NotOurs {
        /// Which database was meant.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What it is.
        found: Stranger,
    },
    /// The file was written by a newer program.
    #[error(
        "{path} was written by a newer version (schema {found}, this program knows {known}). Upgrade suara-loket; nothing was changed"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest schema of this program.
        known: usize,
    },
    /// The file or what lies beside it is damaged and could not be mended.
    #[error(
        "the {name} database {path} cannot be used: {reason}. Check the disk, and keep the folder for a technician"
    )]
    Unusable {
        /// Which database.
        name: &'static str,
        /// Its file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// Another program is replacing the database.
    #[error("the database in {folder} is being replaced by `suara-loket restore`: start again when that has ended")]
    Replaced {
        /// The folder.
        folder: PathBuf,
    },
}

/// What lies where a database of ours should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// Bytes that SQLite cannot read.
    #[error("no database, or destroyed at its beginning")]
    NoDatabase,
    /// Nothing, as where a copy was cut short.
    #[error("empty")]
    Empty,
    /// Tables of somebody else.
    #[error("the database of another program")]
    OtherProgram,
}

impl StorageError {
    /// Whether the file is damaged, or was never a database.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Open { source, .. } => is_damage(source),
            Self::NotOurs { found, .. } => *found != Stranger::OtherProgram,
            _ => false,
        }
    }
}

/// Whether this error says that the database is damaged.
#[must_use]
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn mend(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "It is damaged, or not ours: use another one, and keep this one as it is"
        }
        Some(ErrorCode::SystemIoFailure) => "Check that it is a file, and the disk it lies on",
        _ => "Check that the path is right, and that the folder exists and can be written",
    }
}
