//! What the writer does while nobody waits for it: everything that would make a tap slow.

use super::writer::Writer;
use super::{OutboxResult, anchors, identity::Identity, opening, retention};
use crate::domain::clock::Moment;

/// After so many jobs the log is moved into the database: before SQLite would do it inside a tap.
const JOBS_PER_CHECKPOINT: u32 = 30;
const TIDY_EVERY_MS: i64 = 3_600_000;
const CHECK_EVERY_MS: i64 = 7 * 24 * 3_600_000;

/// When what was done last.
pub(super) struct Rests {
    jobs: u32,
    /// Milliseconds of this boot.
    tidied_ms: Option<i64>,
    checked_ms: i64,
}

impl Rests {
    /// Nothing but the check of the start.
    pub(super) fn since(now: Moment) -> Self {
        Self { jobs: 0, tidied_ms: None, checked_ms: now.boot_ms }
    }
}

impl Writer {
    /// Called whenever no job is left.
    pub(super) fn rest(&mut self, jobs: u32) {
        let now = self.now();
        self.catch_up();
        self.rests.jobs += jobs;
        if self.rests.jobs >= JOBS_PER_CHECKPOINT {
            self.rests.jobs = 0;
            warn("cannot move the log into the database", retention::checkpoint(self.connection()).map_err(Into::into));
        }
        if self.rests.tidied_ms.is_none_or(|last| now.boot_ms - last >= TIDY_EVERY_MS) {
            self.rests.tidied_ms = Some(now.boot_ms);
            self.tidy(now);
        }
        if now.boot_ms - self.rests.checked_ms >= CHECK_EVERY_MS {
            self.rests.checked_ms = now.boot_ms;
            if !opening::is_sound(self.connection(), now).unwrap_or(false) {
                warn("cannot mend the database", self.reopen());
            }
        }
    }

    /// Removes what was kept for its time, and lays the ballast again.
    fn tidy(&mut self, now: Moment) {
        warn("cannot remove old events", self.prune_old(now));
        warn("cannot remove old anchors", anchors::tidy(self.connection()));
        if let Err(error) = self.ballast.lay() {
            tracing::warn!(%error, "cannot lay ballast");
        }
    }

    /// Only the server's time says what is old.
    fn prune_old(&mut self, now: Moment) -> OutboxResult<()> {
        let anchor = anchors::latest_of(self.connection(), now.boot_id)?;
        let Some(server_ms) = anchor.and_then(|anchor| anchor.server_now_ms(&now)) else { return Ok(()) };
        let first_kept = retention::prune(self.connection(), server_ms)?;
        self.forget_below(first_kept)
    }

    /// A full disk cannot free itself: the ballast goes first, then all that the server has.
    pub(super) fn make_room(&mut self) {
        self.ballast.throw();
        let pruned = retention::prune_all(self.connection()).and_then(|first_kept| self.forget_below(first_kept));
        warn("cannot give room back", pruned);
        warn("cannot cut the log", retention::checkpoint_and_cut(self.connection()).map_err(Into::into));
    }

    /// The identity first: it says that what the journal lacks is not lost.
    fn forget_below(&mut self, first_kept: u64) -> OutboxResult<()> {
        Identity::of(self.connection())?.keep(&self.places.data);
        self.copy.prune_below(first_kept);
        Ok(())
    }
}

fn warn(what: &str, result: OutboxResult<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what}");
    }
}
