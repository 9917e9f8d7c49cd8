//! How fast ratings follow each other: what tells a queue of visitors from one busy finger.
//!
//! Nothing here looks at the stars, so none of it can cost one star more than another.

pub use crate::domain::prompt::Prompt;

/// Ratings in a row that may come too soon after the one before; then the counter asks to wait.
const MOST_QUICK: u32 = 3;

/// What keeps ratings honest at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Honesty {
    /// So long after the stars appeared, a touch belongs to the screen before.
    pub debounce_ms: i64,
    /// A rating that follows sooner is taken, but it is a quick one.
    pub min_gap_ms: i64,
    /// When the stars are open.
    pub prompt: Prompt,
    /// How long a call opens them.
    pub open_ms: i64,
}

/// The ratings of this counter in time, since the program's start.
#[derive(Debug, Default)]
pub(super) struct Pace {
    run: Run,
    /// The run without the last rating, should it be taken back.
    before: Run,
}

#[derive(Clone, Copy, Debug, Default)]
struct Run {
    last_ms: Option<i64>,
    quick: u32,
}

impl Pace {
    /// Time since the last rating that stands.
    pub(super) fn gap_ms(&self, now_ms: i64) -> Option<u32> {
        self.run.last_ms.map(|last_ms| elapsed_ms(last_ms, now_ms))
    }

    /// A rating is stored that was touched so long after the last one.
    pub(super) fn rated(&mut self, gap_ms: Option<u32>, min_gap_ms: i64, now_ms: i64) {
        let is_quick = gap_ms.is_some_and(|gap_ms| i64::from(gap_ms) < min_gap_ms);
        let quick = if is_quick { self.run.quick.saturating_add(1) } else { 0 };
        self.before = self.run;
        self.run = Run { last_ms: Some(now_ms), quick };
    }

    /// The last rating was taken back: the next one is its correction, not a quick one.
    pub(super) fn undone(&mut self) {
        self.run = self.before;
    }

    /// How long the counter still asks to wait, if it does.
    pub(super) fn wait_ms(&self, min_gap_ms: i64, now_ms: i64) -> Option<i64> {
        let passed_ms = now_ms.saturating_sub(self.run.last_ms?);
        (self.run.quick >= MOST_QUICK && passed_ms < min_gap_ms).then_some(min_gap_ms - passed_ms)
    }
}

/// From one moment of the boot clock to a later one, as far as a signal can tell.
pub(super) fn elapsed_ms(from_ms: i64, now_ms: i64) -> u32 {
    u32::try_from(now_ms.saturating_sub(from_ms).max(0)).unwrap_or(u32::MAX)
}
