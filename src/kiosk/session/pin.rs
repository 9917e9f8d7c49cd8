//! Wrong tries at a pad, and the wait after too many.

use crate::domain::ids::OfficerId;
use std::collections::BTreeMap;

/// Digits of a PIN.
pub const PIN_DIGITS: usize = 6;
const MOST_WRONG_TRIES: u32 = 5;
const LOCK_MS: i64 = 60_000;

/// Wrong tries since the last right one; every fifth locks the pad for a minute.
#[derive(Debug, Default)]
pub(super) struct Guard {
    wrong: u32,
    locked_until_ms: i64,
}

impl Guard {
    pub(super) fn is_locked(&self, now_ms: i64) -> bool {
        now_ms < self.locked_until_ms
    }

    pub(super) fn right(&mut self) {
        *self = Self::default();
    }

    pub(super) fn wrong(&mut self, now_ms: i64) {
        self.wrong += 1;
        if self.wrong.is_multiple_of(MOST_WRONG_TRIES) {
            self.locked_until_ms = now_ms + LOCK_MS;
        }
    }
}

/// The same for each officer alone, so that nobody locks out a colleague.
#[derive(Debug, Default)]
pub(super) struct PinGuard {
    guards: BTreeMap<OfficerId, Guard>,
}

impl PinGuard {
    pub(super) fn is_locked(&self, officer: OfficerId, now_ms: i64) -> bool {
        self.guards.get(&officer).is_some_and(|guard| guard.is_locked(now_ms))
    }

    pub(super) fn right(&mut self, officer: OfficerId) {
        self.guards.remove(&officer);
    }

    pub(super) fn wrong(&mut self, officer: OfficerId, now_ms: i64) {
        self.guards.entry(officer).or_default().wrong(now_ms);
    }
}
