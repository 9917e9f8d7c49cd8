//! Whether the service manager may believe that this kiosk works: only while the loop that drives the
//! counter turns *and* the thread that stores ratings answers. A sign from anybody else would be worth
//! nothing, so the loop leaves its beats here, and the writer is asked each time.

use super::outbox::Outbox;
use crate::domain::clock::Clock;
use crate::notify::Notifier;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// Nothing was heard yet.
const NEVER: i64 = i64::MIN;
/// Nobody listens for beats.
const NOBODY: i64 = i64::MAX;
/// How long a sign of life lasts where the manager names no time of its own.
const USUAL_LIMIT_MS: i64 = 30_000;
/// Until the first sign, so that the manager does not wait for nothing.
const STARTING: Duration = Duration::from_millis(20);

/// The beats of the loop that drives the counter. Cheap to clone.
#[derive(Clone)]
pub struct Pulse(Arc<Beats>);

struct Beats {
    last_ms: AtomicI64,
    every_ms: AtomicI64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Beats { last_ms: AtomicI64::new(NEVER), every_ms: AtomicI64::new(NOBODY) }))
    }
}

impl Pulse {
    /// The loop turns, at this time of the boot clock.
    pub fn beat(&self, now_ms: i64) {
        self.0.last_ms.store(now_ms, Ordering::Relaxed);
    }

    /// From now on somebody listens, who wants a beat so often.
    pub fn listen(&self, every_ms: i64) {
        self.0.every_ms.store(every_ms.max(1), Ordering::Relaxed);
    }

    /// In how many ms the next beat is due; `None` while nobody listens.
    #[must_use]
    pub fn due_in_ms(&self, now_ms: i64) -> Option<i64> {
        let every_ms = Some(self.0.every_ms.load(Ordering::Relaxed)).filter(|every_ms| *every_ms != NOBODY)?;
        Some(self.last_ms().map_or(0, |last_ms| (last_ms + every_ms - now_ms).max(0)))
    }

    fn last_ms(&self) -> Option<i64> {
        Some(self.0.last_ms.load(Ordering::Relaxed)).filter(|last_ms| *last_ms != NEVER)
    }
}

/// When each part last gave a sign of life, by the boot clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Signs {
    beat_ms: Option<i64>,
    answer_ms: Option<i64>,
}

impl Signs {
    /// Whether both are younger than the limit.
    fn are_fresh(self, now_ms: i64, limit_ms: i64) -> bool {
        [self.beat_ms, self.answer_ms].iter().all(|sign| sign.is_some_and(|at_ms| now_ms - at_ms <= limit_ms))
    }
}

/// The writer of the queue, asked again and again; never twice at once, so that a writer that hangs
/// is not buried under questions.
struct Writer {
    outbox: Outbox,
    clock: Arc<dyn Clock>,
    is_asked: Arc<AtomicBool>,
    answered_ms: Arc<AtomicI64>,
}

impl Writer {
    fn ask(&self) {
        if self.is_asked.swap(true, Ordering::AcqRel) {
            return;
        }
        let (clock, is_asked, answered_ms) = (self.clock.clone(), self.is_asked.clone(), self.answered_ms.clone());
        self.outbox.ask_writer(move |answer| {
            if answer.is_ok() {
                answered_ms.store(clock.now().boot_ms, Ordering::Release);
            }
            is_asked.store(false, Ordering::Release);
        });
    }

    fn answered_ms(&self) -> Option<i64> {
        Some(self.answered_ms.load(Ordering::Acquire)).filter(|at_ms| *at_ms != NEVER)
    }
}

/// Speaks to the service manager for one kiosk.
pub struct Watchdog {
    notifier: Notifier,
    pulse: Pulse,
    writer: Writer,
    clock: Arc<dyn Clock>,
    limit_ms: i64,
}

impl Watchdog {
    /// A watchdog that listens for the beats of `pulse` from now on.
    #[must_use]
    pub fn new(notifier: Notifier, pulse: Pulse, outbox: Outbox, clock: Arc<dyn Clock>) -> Self {
        // Half of the manager's time: the other half is for the way there.
        let limit_ms = notifier.watchdog_ms().map_or(USUAL_LIMIT_MS, |ms| ms / 2).max(4);
        pulse.listen(limit_ms / 2);
        let (is_asked, answered_ms) = (Arc::default(), Arc::new(AtomicI64::new(NEVER)));
        let writer = Writer { outbox, clock: clock.clone(), is_asked, answered_ms };
        Self { notifier, pulse, writer, clock, limit_ms }
    }

    /// Says `READY=1` after the first signs of both, and `WATCHDOG=1` as long as they go on.
    pub async fn watch(self) {
        let mut is_ready = false;
        loop {
            self.writer.ask();
            tokio::time::sleep(if is_ready { self.step() } else { STARTING.min(self.step()) }).await;
            let signs = Signs { beat_ms: self.pulse.last_ms(), answer_ms: self.writer.answered_ms() };
            if !signs.are_fresh(self.clock.now().boot_ms, self.limit_ms) {
                if is_ready {
                    tracing::error!(?signs, "the counter or its queue does not answer");
                }
                continue;
            }
            if !is_ready {
                self.notifier.tell("READY=1");
                is_ready = true;
            }
            if self.notifier.watchdog_ms().is_some() {
                self.notifier.tell("WATCHDOG=1");
            }
        }
    }

    fn step(&self) -> Duration {
        Duration::from_millis((self.limit_ms / 4).unsigned_abs())
    }
}

#[cfg(test)]
mod tests;
