//! A look into a kiosk's queue beside the kiosk that runs: for the technician. Changes nothing.

use super::journal::Journal;
use super::second_copy::MARKER;
use super::{
    CHECKPOINT, ENROLMENT, Enrolment, FILE_NAME, JOURNAL_FOLDER, OutboxResult, Quarantined, SCHEMA, Survey, facts,
    quarantine, survey,
};
use crate::storage::{self, Check, Condition, StorageError};
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};

/// The queue as it lies on the disk.
pub struct Look {
    db: Connection,
    folder: PathBuf,
}

/// How the second copy of the events is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondCopyState {
    /// There is none.
    Missing,
    /// It lacks events that could not be written into it.
    Behind,
    /// Its end is torn; the next start mends that.
    Torn,
    /// It is whole.
    Whole,
}

impl Look {
    /// Looks into the queue in a folder.
    ///
    /// # Errors
    /// When there is none, or it is not a kiosk's, or newer than this program.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        Ok(Self { db: storage::open_to_look(&folder.join(FILE_NAME), &SCHEMA)?, folder: folder.to_owned() })
    }

    /// How the database itself is.
    ///
    /// # Errors
    /// When it is too damaged to look.
    pub fn condition(&self) -> rusqlite::Result<Condition> {
        storage::condition(&self.db, &SCHEMA, Check::Quick)
    }

    /// How the second copy of the events is, where it lies in the same folder.
    ///
    /// # Errors
    /// When its files cannot be listed.
    pub fn second_copy(&self) -> io::Result<SecondCopyState> {
        if self.folder.join(MARKER).exists() {
            return Ok(SecondCopyState::Behind);
        }
        let journal = Journal::open(&self.folder.join(JOURNAL_FOLDER))?;
        Ok(match journal {
            journal if journal.is_empty() => SecondCopyState::Missing,
            journal if journal.has_torn_end() => SecondCopyState::Torn,
            _ => SecondCopyState::Whole,
        })
    }

    /// Who this kiosk is at its server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn enrolment(&self) -> OutboxResult<Option<Enrolment>> {
        facts::get_json(&self.db, ENROLMENT)
    }

    /// How the queue stands.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn survey(&self) -> OutboxResult<Survey> {
        survey::survey(&self.db)
    }

    /// Events that no server could take so far.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quarantined(&self) -> OutboxResult<Vec<Quarantined>> {
        quarantine::all(&self.db)
    }

    /// The signed end of the server's ledger that this kiosk witnessed last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn checkpoint(&self) -> OutboxResult<Option<String>> {
        facts::get_json(&self.db, CHECKPOINT)
    }

    /// Statements of the server that contradict each other, by kind and text.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn evidence(&self) -> OutboxResult<Vec<(String, String)>> {
        facts::evidence(&self.db)
    }
}
