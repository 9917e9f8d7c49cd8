//! Records between the wish for them and their commit: asked for, answered, tried again, given up.

use super::machine::Session;
use super::{Draft, Effect, Now, Screen};

/// Pause between two tries to store a record.
const RETRY_MS: i64 = 3_000;

/// A record between the wish for it and its commit.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) draft: Draft,
    /// When it is tried again; `None` while its answer is under way.
    pub(super) retry_ms: Option<i64>,
}

impl Session {
    /// Asks for a record whose answer the screen waits for.
    pub(super) fn record(&mut self, draft: Draft) -> Vec<Effect> {
        self.pending = Some(Pending { draft: draft.clone(), retry_ms: None });
        vec![Effect::Record(draft)]
    }

    pub(super) fn store_failed(&mut self, now: Now) -> Vec<Effect> {
        let Some(draft) = self.answered() else { return Vec::new() };
        if self.screen != Screen::NotStored {
            self.go(Screen::NotStored, self.rules.timeouts.not_stored_ms, now);
        } else if self.leave_ms.is_none_or(|leave_ms| now.boot_ms >= leave_ms) {
            self.home(now);
            return Vec::new();
        }
        self.pending = Some(Pending { draft, retry_ms: Some(now.boot_ms + RETRY_MS) });
        Vec::new()
    }

    pub(super) fn retry(&mut self) -> Vec<Effect> {
        self.pending.take().map(|pending| self.record(pending.draft)).unwrap_or_default()
    }

    pub(super) fn retry_ms(&self) -> Option<i64> {
        self.pending.as_ref().and_then(|pending| pending.retry_ms)
    }

    /// The record that this answer is about, unless nobody waits for it any more.
    pub(super) fn answered(&mut self) -> Option<Draft> {
        if self.unheard > 0 {
            self.unheard -= 1;
            return None;
        }
        self.pending.take_if(|pending| pending.retry_ms.is_none()).map(|pending| pending.draft)
    }

    /// Gives up waiting for a record.
    pub(super) fn forget(&mut self) {
        if self.pending.take().is_some_and(|pending| pending.retry_ms.is_none()) {
            self.unheard += 1;
        }
    }

    /// Whether a try is under way whose outcome the resident must be told: "not stored" or thanks,
    /// never the wrong one of them.
    pub(super) fn is_held(&self) -> bool {
        self.screen == Screen::NotStored && self.pending.as_ref().is_some_and(|pending| pending.retry_ms.is_none())
    }
}
