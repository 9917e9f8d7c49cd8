//! Why a database cannot be used.

use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file cannot be opened or read.
    #[error("cannot open the {name} database {path}: {source}. Check that the folder exists and can be written")]
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

impl StorageError {
    /// Whether SQLite cannot read the file: it is damaged, or was never a database.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Open { source, .. } if is_damage(source))
    }
}

/// Whether this error says that the database is damaged.
#[must_use]
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
