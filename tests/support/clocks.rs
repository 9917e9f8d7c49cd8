//! Clocks that are wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use suara_loket::domain::clock::{Clock, Moment};
use suara_loket::system::SystemClock;

/// A day, ms.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The machine's clock, with a wall clock that is so much off.
pub struct Shifted(pub i64);

impl Clock for Shifted {
    fn now(&self) -> Moment {
        let now = SystemClock::new().now();
        Moment { wall_ms: now.wall_ms + self.0, ..now }
    }
}

/// The machine's clocks, moved on by so much; clones move together.
#[derive(Clone, Default)]
pub struct Moving(pub Arc<AtomicI64>);

impl Moving {
    /// Time goes by.
    pub fn go_on(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Moving {
    fn now(&self) -> Moment {
        let (now, by_ms) = (SystemClock::new().now(), self.0.load(Ordering::SeqCst));
        Moment { wall_ms: now.wall_ms + by_ms, boot_ms: now.boot_ms + by_ms, ..now }
    }
}

/// The machine's clock, with a wall clock that stands still.
pub struct Stopped(pub i64);

impl Clock for Stopped {
    fn now(&self) -> Moment {
        Moment { wall_ms: self.0, ..SystemClock::new().now() }
    }
}
