//! How long to wait before the next attempt: pure, with randomness passed in.

use crate::system::{Random, random_array};

/// A new record may try again after this, however long the pause would have been.
pub const SHORTEST_PAUSE_MS: u64 = 5_000;
const FIRST_PAUSE_MS: u64 = 2_000;
const LONGEST_PAUSE_MS: u64 = 15 * 60 * 1_000;
const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Longer than any kiosk runs.
const FOREVER_MS: u64 = u64::MAX;

/// How a round of synchronisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The server will not hear this kiosk as things are: it does not know it, revoked it, or speaks
    /// another protocol. People have to change something; an hourly look finds out that they did.
    Stopped,
    /// Somebody else speaks under this identity. Only a new enrolment helps.
    Forked,
}

/// How long nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The time to the next attempt.
    pub ms: u64,
    /// How much of it even a new record has to wait.
    pub least_ms: u64,
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

    /// The pause after a round; `refresh_ms` when all is well.
    pub fn after(&mut self, outcome: Outcome, refresh_ms: u64) -> Pause {
        match outcome {
            Outcome::Done => {
                self.failures = 0;
                Pause { ms: refresh_ms, least_ms: 0 }
            }
            Outcome::Busy { retry_after_ms: Some(wanted_ms) } => self.as_asked(wanted_ms.min(HOUR_MS)),
            Outcome::Away | Outcome::Busy { retry_after_ms: None } => self.backed_off(),
            Outcome::Stopped => Pause { ms: HOUR_MS, least_ms: HOUR_MS },
            Outcome::Forked => Pause { ms: FOREVER_MS, least_ms: FOREVER_MS },
        }
    }

    /// A new record came in the pause: begin at the lowest step again.
    pub fn nudged(&mut self) {
        self.failures = 0;
    }

    /// Never earlier than asked; and not all kiosks at once, which were all asked the same.
    fn as_asked(&self, wanted_ms: u64) -> Pause {
        let ms = wanted_ms.saturating_add(self.uniform(wanted_ms / 2)).min(HOUR_MS);
        Pause { ms, least_ms: wanted_ms }
    }

    fn backed_off(&mut self) -> Pause {
        let doubled = FIRST_PAUSE_MS.saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        Pause { ms: self.uniform(doubled.min(LONGEST_PAUSE_MS)), least_ms: SHORTEST_PAUSE_MS }
    }

    fn uniform(&self, most_ms: u64) -> u64 {
        u64::from_be_bytes(random_array(&self.random)) % (most_ms + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Randomness that gives the same remainder whatever the cap: all but the largest.
    fn ladder(byte: u8) -> Ladder {
        Ladder::new(Arc::new(move |bytes: &mut [u8]| bytes.fill(byte)))
    }

    /// Randomness that walks through all values evenly.
    fn even_ladder() -> Ladder {
        let step = std::sync::atomic::AtomicU64::new(0);
        Ladder::new(Arc::new(move |bytes: &mut [u8]| {
            let n = step.fetch_add(7_919, std::sync::atomic::Ordering::Relaxed);
            bytes.copy_from_slice(&n.to_be_bytes());
        }))
    }

    #[test]
    fn each_outcome_has_its_pause() {
        for (outcome, ms, least_ms) in [
            (Outcome::Done, 60_000, 0),
            (Outcome::Away, 0, SHORTEST_PAUSE_MS),
            (Outcome::Busy { retry_after_ms: None }, 0, SHORTEST_PAUSE_MS),
            (Outcome::Busy { retry_after_ms: Some(7_000) }, 7_000, 7_000),
            (Outcome::Busy { retry_after_ms: Some(0) }, 0, 0),
            (Outcome::Busy { retry_after_ms: Some(365 * 24 * HOUR_MS) }, HOUR_MS, HOUR_MS),
            (Outcome::Busy { retry_after_ms: Some(u64::MAX) }, HOUR_MS, HOUR_MS),
            (Outcome::Stopped, HOUR_MS, HOUR_MS),
            (Outcome::Forked, FOREVER_MS, FOREVER_MS),
        ] {
            assert_eq!(ladder(0).after(outcome, 60_000), Pause { ms, least_ms }, "{outcome:?}");
        }
    }

    #[test]
    fn pauses_are_spread_below_a_doubling_cap_that_ends_at_fifteen_minutes() {
        for failures in 0..40 {
            let cap = (FIRST_PAUSE_MS << failures.min(20)).min(LONGEST_PAUSE_MS);
            let mut largest = 0;
            for mut ladder in (0..64).map(|_| even_ladder()) {
                ladder.failures = failures;
                for _ in 0..3 {
                    ladder.failures = failures;
                    largest = largest.max(ladder.after(Outcome::Away, 1).ms);
                }
            }
            assert!(largest <= cap, "{largest} after {failures} failures");
            assert_eq!(ladder(0).after(Outcome::Away, 1).ms, 0, "full jitter begins at nothing");
        }
        let mut ladder = even_ladder();
        ladder.failures = 30;
        let pauses: Vec<u64> = (0..10_000).map(|_| ladder.after(Outcome::Away, 1).ms).collect();
        assert!(pauses.iter().any(|ms| *ms > LONGEST_PAUSE_MS * 9 / 10), "up to the cap");
        assert!(pauses.iter().any(|ms| *ms < LONGEST_PAUSE_MS / 10), "down to nothing");
    }

    #[test]
    fn kiosks_that_were_asked_the_same_do_not_come_back_together() {
        let mut ladder = even_ladder();
        let asked = Outcome::Busy { retry_after_ms: Some(10_000) };
        let pauses: Vec<u64> = (0..1_000).map(|_| ladder.after(asked, 1).ms).collect();
        assert!(pauses.iter().all(|ms| (10_000..=15_000).contains(ms)));
        assert!(pauses.iter().max() > pauses.iter().min());
    }

    #[test]
    fn success_and_new_records_bring_the_ladder_down() {
        let descents: [fn(&mut Ladder); 2] = [
            |ladder| {
                ladder.after(Outcome::Done, 1);
            },
            Ladder::nudged,
        ];
        for descend in descents {
            let mut ladder = ladder(0xFF);
            for _ in 0..10 {
                ladder.after(Outcome::Away, 1);
            }
            descend(&mut ladder);
            assert!(ladder.after(Outcome::Away, 1).ms <= FIRST_PAUSE_MS);
        }
    }
}
