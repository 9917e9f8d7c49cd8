//! The durable queue: what a resident was thanked for is in here, synced to the disk.
//!
//! One thread owns the connection that writes. Everybody else holds an [`Outbox`], a handle that
//! hands it work; the answer comes after the commit. `sending` is the handle as the synchronisation
//! sees it, `keeping` as everybody who wants something remembered; SQL lies in the modules named
//! after what they keep.
//!
//! Beside the database lie a second copy of every event (`journal`), of who this kiosk is
//! (`identity`), and room for the day the disk is full (`ballast`). `opening` makes them agree at
//! every start; where the database is damaged, `rebuild` makes a new one and `mend` counts what is
//! lost.

mod alone;
mod anchors;
mod asked;
mod ballast;
mod draft;
mod epoch;
mod facts;
mod identity;
mod journal;
mod keeping;
mod look;
mod mend;
mod opening;
mod position;
mod proof;
mod quarantine;
mod queued;
mod ranges;
mod rebuild;
mod rest;
mod retention;
mod rows;
mod salvage;
mod second_copy;
mod sending;
mod survey;
#[cfg(test)]
mod tests;
mod writer;

pub use alone::Standpoint;
pub use keeping::KeptBundle;
pub use look::{Look, SecondCopyState};
pub use queued::{ChainStart, Depth, Quarantined, QueuedEvent, Waiting};
pub use survey::Survey;

use super::session::Draft;
use crate::domain::clock::Clock;
use crate::domain::ids::{DeviceId, EventId, VisitSerial};
use crate::protocol::enrol::OldSelf;
use crate::storage::{self, Schema, StorageError};
use crate::system::Random;
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

const SCHEMA: Schema = Schema {
    name: "kiosk",
    application_id: 0x534C_4B31, // "SLK1"
    migrations: &[include_str!("migrations/0001_start.sql")],
    wal_autocheckpoint_pages: 200,
};

/// The file name of the queue in the kiosk's data folder.
pub const FILE_NAME: &str = "kiosk.db";

// Keys of facts.
const ENROLMENT: &str = "enrolment";
const BUNDLE: &str = "bundle";
const BUNDLE_BEFORE: &str = "bundle_before";
const ZONE: &str = "zone";
const ON_DUTY: &str = "on_duty";
const LAST_VISIT: &str = "last_visit";
const ATTEMPTS: &str = "attempts";
const CHECKPOINT: &str = "checkpoint";
const EPOCHS: &str = "epochs";
const RECOVERY: &str = "recovery";
const CHECKED: &str = "checked";
const ASKED: &str = "asked";
const LAST_ACKNOWLEDGED: &str = "last_acknowledged";
const UNTOLD: &str = "untold";
const RELEASES: &str = "releases";

/// The folder of the journal, unless another is chosen.
const JOURNAL_FOLDER: &str = "journal";

/// Why something is not in the queue. Whoever waits for it must not be thanked.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// SQLite did not commit.
    #[error("could not be stored: {0}. Check the disk of this kiosk")]
    NotCommitted(#[from] rusqlite::Error),
    /// A stored text is not what this program wrote.
    #[error("the kiosk database holds something unreadable: {0}")]
    Unreadable(String),
    /// The files beside the database cannot be used.
    #[error("the files beside the kiosk database cannot be used: {0}. Check the disk of this kiosk")]
    Beside(std::io::Error),
    /// The writer thread has ended.
    #[error("the queue is closed")]
    Closed,
    /// All numbers of visits are used up.
    #[error("this kiosk has numbered 16 million visits: enrol it anew")]
    NoMoreVisits,
}

/// Result of a call to the queue.
pub type OutboxResult<T> = Result<T, OutboxError>;

/// A committed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the chain.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// The visit it belongs to, if any.
    pub visit: Option<VisitSerial>,
}

/// Who this database belongs to; new at every enrolment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Enrolment {
    /// The kiosk's id at its server.
    pub device: DeviceId,
    /// Random number of this database.
    pub epoch: u64,
    /// The server's public key, hexadecimal, pinned.
    pub server_key: String,
}

impl Enrolment {
    /// Who this kiosk is, for a server where it is enrolled anew.
    #[must_use]
    pub fn as_old_self<'a>(&'a self, key: &'a SigningKey) -> OldSelf<'a> {
        OldSelf { device: self.device, server_key: &self.server_key, key }
    }
}

/// After so many jobs in a row the writer sees to the files between two of them.
const MOST_AT_ONCE: usize = 64;

type Work = Box<dyn FnOnce(&mut writer::Writer) + Send>;

/// A handle to the queue; clones share one writer.
#[derive(Clone)]
pub struct Outbox {
    work: mpsc::SyncSender<Work>,
    path: Arc<PathBuf>,
}

impl Outbox {
    /// Opens or creates the queue in a folder and starts its writer. What is damaged is mended.
    ///
    /// # Errors
    /// When the database cannot be opened, is not a kiosk's, or is newer than this program.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>, random: Random) -> Result<Self, StorageError> {
        Self::open_with_journal(folder, &folder.join(JOURNAL_FOLDER), clock, random)
    }

    /// The same with the second copy in a folder of its own, best on another medium.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn open_with_journal(
        folder: &Path,
        journal: &Path,
        clock: Arc<dyn Clock>,
        random: Random,
    ) -> Result<Self, StorageError> {
        let path = folder.join(FILE_NAME);
        let places = opening::Places { data: folder.to_owned(), journal: journal.to_owned() };
        let mut writer = writer::Writer::open(places, clock, random)?;
        // Bounded: a tap always finds room, a runaway caller waits.
        let (work, inbox) = mpsc::sync_channel::<Work>(1_024);
        let spawned = std::thread::Builder::new().name("outbox".to_owned()).spawn(move || {
            while let Ok(job) = inbox.recv() {
                job(&mut writer);
                let more = inbox.try_iter().take(MOST_AT_ONCE).map(|job| job(&mut writer)).count();
                writer.rest(1 + u32::try_from(more).unwrap_or(u32::MAX));
            }
        });
        let no_thread = |error: std::io::Error| {
            let reason = error.to_string();
            StorageError::Unusable { name: SCHEMA.name, path: path.clone(), reason }
        };
        spawned.map_err(no_thread)?;
        Ok(Self { work, path: Arc::new(path) })
    }

    /// Commits a record; `answer` is called on the writer's thread after the commit.
    pub fn record(&self, draft: Draft, answer: impl FnOnce(OutboxResult<Stored>) + Send + 'static) {
        self.hand_over(answer, move |writer| writer.record(draft));
    }

    /// How full the queue is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn depth(&self) -> OutboxResult<Depth> {
        self.wait(|writer| rows::depth(writer.connection()))
    }

    /// How many places of the chain the server has not acknowledged: never fewer than events wait, and
    /// none when none do. Takes no time, however many there are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backlog(&self) -> OutboxResult<u64> {
        self.wait(|writer| rows::backlog(writer.connection()))
    }

    /// Where the database lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the database grow no further than it is now, or as far as it likes.
    #[cfg(test)]
    fn limit_pages(&self, limit: Option<u32>) -> OutboxResult<()> {
        let most = limit.unwrap_or(u32::MAX - 1);
        self.wait(move |writer| {
            Ok(writer.connection().pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?)
        })
    }

    /// Lets the writer see to the files now.
    #[cfg(test)]
    fn rest(&self) {
        let rest = |writer: &mut writer::Writer| {
            writer.rest(0);
            Ok(())
        };
        self.wait(rest).unwrap();
    }

    fn hand_over<T: 'static>(
        &self,
        answer: impl FnOnce(OutboxResult<T>) + Send + 'static,
        work: impl FnOnce(&mut writer::Writer) -> OutboxResult<T> + Send + 'static,
    ) {
        // If the writer is gone the job is dropped, and whoever waits hears `Closed` from `Once`.
        let answer = Once(Some(answer), std::marker::PhantomData);
        let _closed = self.work.send(Box::new(move |writer| answer.give(work(writer))));
    }

    fn wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut writer::Writer) -> OutboxResult<T> + Send + 'static,
    ) -> OutboxResult<T> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.hand_over(move |result| drop(reply.send(result)), work);
        answer.recv().map_err(|_gone| OutboxError::Closed)?
    }
}

/// Calls the answer exactly once: with the result, or with `Closed` when the job is dropped unrun.
struct Once<T, F: FnOnce(OutboxResult<T>)>(Option<F>, std::marker::PhantomData<fn(T)>);

impl<T, F: FnOnce(OutboxResult<T>)> Once<T, F> {
    fn give(mut self, result: OutboxResult<T>) {
        if let Some(answer) = self.0.take() {
            answer(result);
        }
    }
}

impl<T, F: FnOnce(OutboxResult<T>)> Drop for Once<T, F> {
    fn drop(&mut self) {
        if let Some(answer) = self.0.take() {
            answer(Err(OutboxError::Closed));
        }
    }
}

/// Opens a queue's database for reading, beside a running kiosk; for tests and diagnosis.
///
/// # Errors
/// When the file cannot be opened.
pub fn open_reader(folder: &Path) -> Result<Connection, StorageError> {
    storage::open_reader(&folder.join(FILE_NAME), &SCHEMA)
}
