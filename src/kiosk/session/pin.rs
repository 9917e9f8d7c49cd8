//! The PIN pad's memory: digits so far, wrong tries, and the wait after too many.

use crate::domain::ids::OfficerId;
use std::collections::BTreeMap;

/// Digits of a PIN.
pub const PIN_DIGITS: usize = 6;
const MOST_WRONG_TRIES: u32 = 5;
const LOCK_MS: i64 = 60_000;

/// Wrong tries of each officer since the last right one.
#[derive(Debug, Default)]
pub(super) struct PinGuard {
    tries: BTreeMap<OfficerId, Tries>,
}

#[derive(Debug, Default)]
struct Tries {
    wrong: u32,
    locked_until_ms: i64,
}

impl PinGuard {
    pub(super) fn is_locked(&self, officer: OfficerId, now_ms: i64) -> bool {
        self.tries.get(&officer).is_some_and(|tries| now_ms < tries.locked_until_ms)
    }

    pub(super) fn right(&mut self, officer: OfficerId) {
        self.tries.remove(&officer);
    }

    /// Counts a wrong try; every fifth locks the pad for a minute.
    pub(super) fn wrong(&mut self, officer: OfficerId, now_ms: i64) {
        let tries = self.tries.entry(officer).or_default();
        tries.wrong += 1;
        if tries.wrong.is_multiple_of(MOST_WRONG_TRIES) {
            tries.locked_until_ms = now_ms + LOCK_MS;
        }
    }
}
