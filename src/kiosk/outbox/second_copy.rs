//! Keeps the journal beside the database: written while the commit is on its way, brought up to it
//! when it fell behind. Its failure never costs a rating.

use super::journal::Journal;
use super::proof::Places;
use super::ranges::{self, Run};
use super::rows::{self, Link};
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};

/// How many events are copied at a time.
const AT_ONCE: usize = 500;
/// While this file lies in the data folder, the journal lacks events that the database has.
pub(super) const MARKER: &str = "journal-is-behind";

pub(super) struct SecondCopy {
    journal: Journal,
    /// The first place that is not, or not surely, in the journal.
    missing_from: Option<u64>,
    marker: PathBuf,
}

impl SecondCopy {
    pub(super) fn new(journal: Journal, data: &Path) -> Self {
        Self { journal, missing_from: None, marker: data.join(MARKER) }
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether an earlier failure was never made good.
    pub(super) fn was_behind(&self) -> bool {
        self.marker.exists()
    }

    /// Commits an event while its second copy is written; returns when both have ended.
    pub(super) fn beside<T>(
        &mut self,
        link: &Link,
        commit: impl FnOnce() -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        if self.missing_from.is_some() {
            return commit();
        }
        let links = std::slice::from_ref(link);
        let writing = self.journal.begin(links);
        let committed = commit();
        let copied = writing.and_then(|writing| self.journal.finish(writing, links));
        match (&committed, copied) {
            (Ok(_), Ok(())) => {}
            (Ok(_), Err(error)) => self.note_missing(link.seq, &error),
            (Err(_), Ok(())) => {
                if let Err(error) = self.journal.take_back(link) {
                    tracing::warn!(%error, "the journal says more than was committed");
                }
            }
            (Err(_), Err(error)) => tracing::warn!(%error, "neither the database nor the journal can be written"),
        }
        committed
    }

    /// Copies what the journal lacks, if it is known to lack something.
    pub(super) fn catch_up(&mut self, db: &Connection) {
        let Some(first) = self.missing_from else { return };
        if let Err(error) = self.copy_run(db, &(first..=u64::MAX)) {
            return self.note_missing(first, &error);
        }
        self.missing_from = None;
        let _best_effort = std::fs::remove_file(&self.marker);
    }

    /// Copies every event that the journal lacks or holds in an older chain only.
    pub(super) fn fill(&mut self, db: &Connection, places: Places) {
        let lacking = places.into_iter().map(|(epoch, runs)| ranges::without(runs, self.journal.runs_of(epoch)));
        for run in lacking.flatten().collect::<Vec<_>>() {
            if let Err(error) = self.copy_run(db, &run) {
                return self.note_missing(*run.start(), &error);
            }
        }
        let _best_effort = std::fs::remove_file(&self.marker);
    }

    fn copy_run(&mut self, db: &Connection, run: &Run) -> io::Result<()> {
        let mut next = *run.start();
        while next <= *run.end() {
            let links = rows::links_from(db, next, AT_ONCE).map_err(io::Error::other)?;
            let links: Vec<Link> = links.into_iter().take_while(|link| link.seq <= *run.end()).collect();
            let Some(last) = links.last() else { break };
            next = last.seq + 1;
            self.journal.append(&links)?;
        }
        Ok(())
    }

    pub(super) fn prune_below(&mut self, seq: u64) {
        if let Err(error) = self.journal.prune_below(seq) {
            tracing::warn!(%error, "cannot remove old files of the journal");
        }
    }

    fn note_missing(&mut self, seq: u64, error: &io::Error) {
        tracing::warn!(%error, "the second copy of the last ratings is not written yet");
        self.missing_from = Some(self.missing_from.map_or(seq, |missing| missing.min(seq)));
        if let Err(error) =
            std::fs::write(&self.marker, "").and_then(|()| std::fs::File::open(&self.marker)?.sync_all())
        {
            tracing::warn!(%error, "cannot note that the journal is behind");
        }
    }
}
