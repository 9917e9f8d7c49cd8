//! Time as a kiosk knows it, and what the server makes of it.
//!
//! A kiosk's wall clock may be years off; its boot clock only drifts. So an event carries both,
//! uncorrected, and the server works out when it really happened ([`place`]), in the order of the
//! chain ([`in_order`]).

mod order;
mod place;
#[cfg(test)]
mod simulation;

pub use order::{InChain, Reach, in_order};
pub use place::{Known, LONGEST_WAIT_MS, Placed, REQUEST_TIMEOUT_MS, TimeQuality, place, place_chain};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A moment as read on one machine. Never corrected in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Which boot of the machine this was read in.
    pub boot_id: Uuid,
    /// Milliseconds since that boot, sleep included.
    pub boot_ms: i64,
    /// Milliseconds since 1970 by the wall clock, right or wrong.
    pub wall_ms: i64,
}

impl Moment {
    /// How long ago this was, by the boot clock where that goes back far enough; less than 0 where the
    /// wall clock was put back since.
    #[must_use]
    pub fn ago_ms(&self, now: &Moment) -> i64 {
        if self.boot_id == now.boot_id {
            now.boot_ms.saturating_sub(self.boot_ms)
        } else {
            now.wall_ms.saturating_sub(self.wall_ms)
        }
    }
}

/// Where time comes from; passed in, so that tests can make it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// The server's time as learnt at one moment of a kiosk's boot clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The boot of the kiosk in which it was learnt.
    pub boot_id: Uuid,
    /// The middle between request and answer, ms of that boot.
    pub boot_ms: i64,
    /// What the server's clock said, ms since 1970.
    pub server_ms: i64,
    /// How far off that may be: half of the time between request and answer, ms.
    pub error_ms: i64,
}

impl Anchor {
    /// What an answer says that was asked for at `asked` and came at `came`.
    #[must_use]
    pub fn between(asked: &Moment, came: &Moment, server_ms: i64) -> Self {
        let round_trip_ms = came.boot_ms.saturating_sub(asked.boot_ms).max(0);
        let boot_ms = asked.boot_ms.saturating_add(round_trip_ms / 2);
        Self { boot_id: asked.boot_id, boot_ms, server_ms, error_ms: (round_trip_ms + 1) / 2 }
    }

    /// What the arrival of a message says, where nothing better is known of the sender's boot.
    #[must_use]
    pub fn on_arrival(sent: &Moment, received_ms: i64) -> Self {
        let error_ms = REQUEST_TIMEOUT_MS;
        Self { boot_id: sent.boot_id, boot_ms: sent.boot_ms, server_ms: received_ms, error_ms }
    }

    /// The server's time now, if the machine has not been restarted since.
    #[must_use]
    pub fn server_now_ms(&self, now: &Moment) -> Option<i64> {
        (now.boot_id == self.boot_id).then(|| self.server_ms.saturating_add(now.boot_ms.saturating_sub(self.boot_ms)))
    }
}

/// The civil day of an instant in the office's zone.
#[must_use]
pub fn civil_day(at_ms: i64, zone: &TimeZone) -> Date {
    let end_of_time = if at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    zone.to_datetime(Timestamp::from_millisecond(at_ms).unwrap_or(end_of_time)).date()
}

/// The civil days on which an event may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilDays {
    /// The first possible day.
    pub first: Date,
    /// The last possible day.
    pub last: Date,
}

impl CivilDays {
    /// The day, where only one is possible. A report counts the others apart.
    #[must_use]
    pub fn certain(self) -> Option<Date> {
        (self.first == self.last).then_some(self.first)
    }
}

/// The days in the office's zone on which a placed event may have happened.
#[must_use]
pub fn civil_days(placed: &Placed, zone: &TimeZone) -> CivilDays {
    CivilDays { first: civil_day(placed.earliest_ms(), zone), last: civil_day(placed.latest_ms(), zone) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(boot: u128, boot_ms: i64, wall_ms: i64) -> Moment {
        Moment { boot_id: Uuid::from_u128(boot), boot_ms, wall_ms }
    }

    #[test]
    fn an_anchor_holds_for_its_own_boot() {
        let anchor = Anchor::between(&moment(1, 900, 0), &moment(1, 1_101, 0), 50_000);
        assert_eq!((anchor.boot_ms, anchor.error_ms), (1_000, 101));
        assert_eq!(anchor.server_now_ms(&moment(1, 4_000, 777)), Some(53_000));
        assert_eq!(anchor.server_now_ms(&moment(2, 4_000, 777)), None);
    }

    #[test]
    fn an_age_is_by_the_boot_clock_where_that_goes_back_far_enough() {
        assert_eq!(moment(1, 1_000, 777_000).ago_ms(&moment(1, 4_000, 5_000)), 3_000);
        assert_eq!(moment(1, 1_000, 777_000).ago_ms(&moment(2, 4_000, 780_000)), 3_000);
        assert_eq!(moment(1, 1_000, 777_000).ago_ms(&moment(2, 4_000, 776_000)), -1_000);
    }

    #[test]
    fn the_day_is_that_of_the_office() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let before_midnight: Timestamp = "2026-11-24T16:59:59Z".parse().unwrap();
        let after: Timestamp = "2026-11-24T17:00:00Z".parse().unwrap();
        assert_eq!(civil_day(before_midnight.as_millisecond(), &zone).to_string(), "2026-11-24");
        assert_eq!(civil_day(after.as_millisecond(), &zone).to_string(), "2026-11-25");
    }
}
