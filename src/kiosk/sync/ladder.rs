//! How long to wait before the next attempt: pure, with randomness passed in.

use crate::system::{Random, random_array};

/// A new record may try again after this, however long the pause would have been.
pub const SHORTEST_PAUSE_MS: u64 = 5_000;
const FIRST_PAUSE_MS: u64 = 2_000;
const LONGEST_PAUSE_MS: u64 = 15 * 60 * 1_000;
const LONGEST_RETRY_AFTER_MS: u64 = 60 * 60 * 1_000;

/// How a round of synchronisation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing waits any more.
    Done,
    /// The server cannot be reached, or what answered is not our server.
    Away,
    /// The server asked for a pause.
    Busy {
        /// How long, if it said so.
        retry_after_ms: Option<u64>,
    },
}

/// Counts failures in a row and turns them into pauses (exponential, full jitter).
pub struct Ladder {
    failures: u32,
    random: Random,
}

impl Ladder {
    /// A ladder on its lowest step.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self { failures: 0, random }
    }

    /// The pause after a round, in ms; `refresh_ms` when all is well.
    pub fn pause_ms(&mut self, outcome: &Outcome, refresh_ms: u64) -> u64 {
        match outcome {
            Outcome::Done => {
                self.failures = 0;
                refresh_ms
            }
            Outcome::Busy { retry_after_ms: Some(wanted_ms) } => (*wanted_ms).min(LONGEST_RETRY_AFTER_MS),
            Outcome::Away | Outcome::Busy { retry_after_ms: None } => {
                let doubled = FIRST_PAUSE_MS.saturating_mul(1 << self.failures.min(20));
                self.failures = self.failures.saturating_add(1);
                self.uniform(doubled.min(LONGEST_PAUSE_MS))
            }
        }
    }

    /// How long even a new record has to wait.
    #[must_use]
    pub fn least_pause_ms(&self, outcome: &Outcome) -> u64 {
        match outcome {
            Outcome::Done => 0,
            Outcome::Away => SHORTEST_PAUSE_MS,
            Outcome::Busy { retry_after_ms } => retry_after_ms.unwrap_or(SHORTEST_PAUSE_MS).min(LONGEST_RETRY_AFTER_MS),
        }
    }

    fn uniform(&self, most_ms: u64) -> u64 {
        u64::from_be_bytes(random_array(&self.random)) % (most_ms + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Randomness that always gives the largest pause below the cap of the step.
    fn ladder() -> Ladder {
        Ladder::new(Arc::new(|bytes: &mut [u8]| bytes.fill(0xFF)))
    }

    #[test]
    fn pauses_stay_below_a_doubling_cap_that_ends_at_fifteen_minutes() {
        let mut ladder = ladder();
        for failures in 0..40 {
            let cap = (FIRST_PAUSE_MS << failures.min(20)).min(LONGEST_PAUSE_MS);
            assert!(ladder.pause_ms(&Outcome::Away, 1) <= cap, "after {failures} failures");
        }
    }

    #[test]
    fn the_server_may_ask_for_a_pause_of_up_to_an_hour() {
        let mut ladder = ladder();
        assert_eq!(ladder.pause_ms(&Outcome::Busy { retry_after_ms: Some(7_000) }, 1), 7_000);
        let year = Outcome::Busy { retry_after_ms: Some(365 * 24 * 3_600_000) };
        assert_eq!(ladder.pause_ms(&year, 1), LONGEST_RETRY_AFTER_MS);
        assert_eq!(ladder.least_pause_ms(&year), LONGEST_RETRY_AFTER_MS, "a nudge does not break the request");
    }

    #[test]
    fn success_brings_the_ladder_down() {
        let mut ladder = ladder();
        for _ in 0..10 {
            ladder.pause_ms(&Outcome::Away, 1);
        }
        assert_eq!(ladder.pause_ms(&Outcome::Done, 60_000), 60_000);
        assert!(ladder.pause_ms(&Outcome::Away, 1) <= FIRST_PAUSE_MS);
    }
}
