//! Who this kiosk is, where its chain begins and what it knows of its office, once more beside the
//! database: without it a kiosk with a damaged card could not start while its server is away.

use super::{BUNDLE, ENROLMENT, Enrolment, OutboxResult, ZONE, epoch, facts, position};
use crate::storage::whole_file::write_private;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "kiosk.json";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub enrolment: Option<Enrolment>,
    /// What the office told last, as it came.
    pub bundle: Option<String>,
    /// The office's time zone, as it lies in the database.
    pub zone: Option<String>,
    /// The first event of the present chain.
    pub chain_from: u64,
    /// The epochs of all enrolments, in their order: events of others are not this kiosk's.
    pub epochs: Vec<u64>,
    /// Everything below was removed on purpose.
    pub pruned_below: u64,
}

impl Identity {
    /// What the file says; nothing, where it is missing or unreadable.
    pub(super) fn read(data: &Path) -> Self {
        let text = std::fs::read(path(data)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Whether there is such a file: then the folder is a kiosk's.
    pub(super) fn exists(data: &Path) -> bool {
        path(data).exists()
    }

    /// What the database says.
    pub(super) fn of(db: &Connection) -> OutboxResult<Self> {
        let position = position::read(db)?;
        Ok(Self {
            enrolment: facts::get_json(db, ENROLMENT)?,
            bundle: facts::get_text(db, BUNDLE)?,
            zone: facts::get_text(db, ZONE)?,
            chain_from: position.chain_from,
            epochs: epoch::all(db)?,
            pruned_below: position.pruned_below,
        })
    }

    /// Writes it where the file says something else, but leaves the bundle there: that of the database may be
    /// damaged, which only those can tell who know the server's key.
    pub(super) fn keep(mut self, data: &Path) {
        let before = Self::read(data);
        if before.bundle.is_some() {
            self.bundle.clone_from(&before.bundle);
        }
        self.replace(&before, data);
    }

    /// The same with a bundle that was just tried.
    pub(super) fn keep_with_bundle(self, data: &Path) {
        self.replace(&Self::read(data), data);
    }

    /// Its failure costs the second copy only.
    fn replace(&self, before: &Self, data: &Path) {
        if self == before {
            return;
        }
        let written = serde_json::to_vec(self).map_err(Into::into).and_then(|text| write_private(&path(data), &text));
        if let Err(error) = written {
            tracing::warn!(%error, "cannot keep a second copy of this kiosk's identity");
        }
    }
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE_NAME)
}
