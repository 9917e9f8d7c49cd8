//! Clocks that are wrong.

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

/// The machine's clock, with a wall clock that stands still.
pub struct Stopped(pub i64);

impl Clock for Stopped {
    fn now(&self) -> Moment {
        Moment { wall_ms: self.0, ..SystemClock::new().now() }
    }
}
