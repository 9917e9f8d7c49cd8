//! The machine's own clock and randomness: the one place where either is read.

use crate::domain::clock::{Clock, Moment};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use uuid::Uuid;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The day on which this program was built, ms since 1970: it is never earlier than that.
#[must_use]
pub fn built_ms() -> i64 {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    env!("SUARA_BUILT_DAY").parse::<i64>().unwrap_or(0) * DAY_MS
}

/// Where random bytes come from; passed in, so that tests can repeat themselves.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    boot_id: Uuid,
}

impl SystemClock {
    /// Reads which boot this is; where the system does not say, every start counts as a boot.
    #[must_use]
    pub fn new() -> Self {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let boot_id = Uuid::parse_str(text.trim()).unwrap_or_else(|_| Uuid::from_bytes(random_array(&system_random())));
        Self { boot_id }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // CLOCK_BOOTTIME goes on while the machine sleeps; CLOCK_MONOTONIC, and so `Instant`, does not.
        let boot = clock_gettime(ClockId::Boottime);
        Moment {
            boot_id: self.boot_id,
            boot_ms: boot.tv_sec * 1_000 + boot.tv_nsec / 1_000_000,
            wall_ms: Timestamp::now().as_millisecond(),
        }
    }
}

/// The operating system's random bytes.
///
/// # Panics
/// When the system has none: without randomness no key, id or code may be made.
#[must_use]
pub fn system_random() -> Random {
    Arc::new(|bytes: &mut [u8]| {
        #[expect(clippy::expect_used, reason = "going on with bytes that can be guessed would be worse")]
        getrandom::fill(bytes).expect("the operating system has no random bytes to give");
    })
}

/// An array of random bytes.
#[must_use]
pub fn random_array<const N: usize>(random: &Random) -> [u8; N] {
    let mut bytes = [0; N];
    random(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_was_built_before_it_runs() {
        let day_of_this_line_ms = 1_795_000_000_000;
        assert!((day_of_this_line_ms..=SystemClock::new().now().wall_ms).contains(&built_ms()), "{}", built_ms());
    }

    #[test]
    fn the_boot_clock_runs_forward_within_one_boot() {
        let (first, second) = (SystemClock::new().now(), SystemClock::new().now());
        assert_eq!(first.boot_id, second.boot_id);
        assert!(second.boot_ms >= first.boot_ms);
    }
}
