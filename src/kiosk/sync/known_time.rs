//! The best guess of the time, for checking certificates: a wrong clock must not lock a kiosk out.

use crate::domain::clock::{Anchor, Clock, Moment};
use crate::kiosk::hands::SharedAnchor;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// The machine's clock, held against what the server said, and never before this program was built.
#[derive(Clone)]
pub struct KnownTime {
    clock: Arc<dyn Clock>,
    anchor: SharedAnchor,
}

impl KnownTime {
    /// What this clock and this anchor know.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, anchor: SharedAnchor) -> Self {
        Self { clock, anchor }
    }

    /// The present moment by the machine's clock.
    pub(super) fn moment(&self) -> Moment {
        self.clock.now()
    }

    /// The server said what time it is.
    pub(super) fn learn(&self, anchor: Anchor) {
        *self.anchor.write().unwrap_or_else(PoisonError::into_inner) = Some(anchor);
    }

    fn now_ms(&self) -> i64 {
        let anchor = *self.anchor.read().unwrap_or_else(PoisonError::into_inner);
        best_guess_ms(&self.clock.now(), anchor.as_ref(), crate::system::built_ms())
    }
}

/// Within the boot of the anchor the boot clock tells; after a restart time went on at least from there.
fn best_guess_ms(now: &Moment, anchor: Option<&Anchor>, built_ms: i64) -> i64 {
    let guess = match anchor {
        Some(anchor) => anchor.server_now_ms(now).unwrap_or_else(|| now.wall_ms.max(anchor.server_ms)),
        None => now.wall_ms,
    };
    guess.max(built_ms)
}

impl TimeProvider for KnownTime {
    fn current_time(&self) -> Option<UnixTime> {
        let ms = u64::try_from(self.now_ms()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}

impl fmt::Debug for KnownTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownTime({} ms)", self.now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_best_guess_never_goes_back_and_trusts_the_server_within_a_boot() {
        let moment = |boot: u128, wall_ms: i64| Moment { boot_id: Uuid::from_u128(boot), boot_ms: 500, wall_ms };
        let anchor = Anchor { boot_id: Uuid::from_u128(1), boot_ms: 400, server_ms: 2_000, error_ms: 0 };
        for (now, anchor, expected, why) in [
            (moment(1, 3_000), None, 3_000, "nothing is known but the clock"),
            (moment(1, 0), None, 1_000, "1970: never before the program was built"),
            (moment(1, 0), Some(&anchor), 2_100, "1970, but the server told"),
            (moment(1, 9_000_000), Some(&anchor), 2_100, "in ten years, but the server told"),
            (moment(2, 0), Some(&anchor), 2_000, "after a restart, at least what the server said before"),
            (moment(2, 3_000), Some(&anchor), 3_000, "after a restart, the clock if it went on"),
        ] {
            assert_eq!(best_guess_ms(&now, anchor, 1_000), expected, "{why}");
        }
    }
}
