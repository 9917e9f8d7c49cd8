//! How this kiosk is, as a technician in front of it reads it.

use super::outbox::{OutboxResult, Survey};
use crate::domain::clock::{Anchor, Moment};
use crate::domain::ids::DeviceId;
use crate::system::{VERSION, built_ms};

/// What stays the same while the program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Which kiosk this is at its server.
    pub device: DeviceId,
    /// Its key in four words, as the operator sees them.
    pub fingerprint: String,
    /// Where its server is.
    pub server: String,
    /// Which configuration it follows, if that came from its server.
    pub configuration: Option<String>,
}

/// Everything at once, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Which kiosk this is.
    pub about: About,
    /// The program's version.
    pub version: &'static str,
    /// The day on which the program was built, ms since 1970.
    pub built_ms: i64,
    /// How well the time is known.
    pub clock: ClockQuality,
    /// What is free on the disk of the queue, if the system says.
    pub disk_free_bytes: Option<u64>,
    /// How the queue stands, or why nobody knows.
    pub queue: Result<QueueFacts, String>,
}

/// How the queue stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueFacts {
    /// How many events are kept.
    pub events: u64,
    /// How many of them the server has not acknowledged.
    pub waiting: u64,
    /// How long the oldest of those waits.
    pub oldest_ago_ms: Option<i64>,
    /// How long ago the server last acknowledged something, if only that nothing waits.
    pub acknowledged_ago_ms: Option<i64>,
    /// How many events no server could take so far.
    pub withheld: u64,
    /// How the synchronisation stands, by key and value; nothing where all is well.
    pub notes: Vec<(String, String)>,
}

/// How well a machine knows the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockQuality {
    /// The server's time was learnt since the machine started.
    Known {
        /// How far the wall clock is ahead of it.
        off_ms: i64,
        /// How far off that may be.
        error_ms: i64,
        /// How long ago it was learnt.
        learnt_ago_ms: i64,
    },
    /// It was last learnt before the machine started: nobody knows how far the wall clock is off.
    Before {
        /// How long ago by the wall clock.
        learnt_ago_ms: i64,
    },
    /// The server was never heard.
    Never,
}

impl ClockQuality {
    /// What the newest anchor is worth now.
    #[must_use]
    pub fn of(anchor: Option<&Anchor>, now: &Moment) -> Self {
        let Some(anchor) = anchor else { return ClockQuality::Never };
        match anchor.server_now_ms(now) {
            Some(server_ms) => ClockQuality::Known {
                off_ms: now.wall_ms.saturating_sub(server_ms),
                error_ms: anchor.error_ms,
                learnt_ago_ms: now.boot_ms.saturating_sub(anchor.boot_ms),
            },
            None => ClockQuality::Before { learnt_ago_ms: now.wall_ms.saturating_sub(anchor.server_ms) },
        }
    }
}

impl Facts {
    /// What there is to read `now`.
    #[must_use]
    pub fn of(
        about: About,
        queue: OutboxResult<Survey>,
        anchor: Option<&Anchor>,
        disk_free_bytes: Option<u64>,
        now: &Moment,
    ) -> Self {
        Self {
            about,
            version: VERSION,
            built_ms: built_ms(),
            clock: ClockQuality::of(anchor, now),
            disk_free_bytes,
            queue: queue.map(|survey| QueueFacts::of(survey, now)).map_err(|error| error.to_string()),
        }
    }
}

impl QueueFacts {
    fn of(survey: Survey, now: &Moment) -> Self {
        Self {
            events: survey.depth.events,
            waiting: survey.depth.waiting,
            oldest_ago_ms: survey.oldest_waiting.map(|then| then.ago_ms(now)),
            acknowledged_ago_ms: survey.acknowledged.map(|then| then.ago_ms(now)),
            withheld: survey.withheld,
            notes: survey.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::outbox::{Depth, OutboxError};
    use uuid::Uuid;

    fn moment(boot: u128, boot_ms: i64, wall_ms: i64) -> Moment {
        Moment { boot_id: Uuid::from_u128(boot), boot_ms, wall_ms }
    }

    #[test]
    fn a_clock_is_as_good_as_what_was_last_heard() {
        let now = moment(1, 60_000, 2_000_000);
        assert_eq!(ClockQuality::of(None, &now), ClockQuality::Never);
        let anchor = Anchor { boot_id: now.boot_id, boot_ms: 50_000, server_ms: 1_000_000, error_ms: 40 };
        let known = ClockQuality::Known { off_ms: 990_000, error_ms: 40, learnt_ago_ms: 10_000 };
        assert_eq!(ClockQuality::of(Some(&anchor), &now), known);
        let before = ClockQuality::Before { learnt_ago_ms: 1_000_000 };
        assert_eq!(ClockQuality::of(Some(&anchor), &moment(2, 60_000, 2_000_000)), before);
    }

    #[test]
    fn a_queue_that_cannot_be_read_is_told_with_everything_else() {
        let device = DeviceId::try_from(7).unwrap();
        let about = About { device, fingerprint: String::new(), server: String::new(), configuration: None };
        let (now, none) = (moment(1, 60_000, 0), None);
        let lost = Facts::of(about.clone(), Err(OutboxError::Closed), none, Some(5), &now);
        assert_eq!((lost.queue, lost.disk_free_bytes), (Err("the queue is closed".to_owned()), Some(5)));
        let survey = Survey {
            depth: Depth { events: 9, waiting: 2 },
            oldest_waiting: Some(moment(1, 20_000, 0)),
            acknowledged: Some(moment(1, 59_000, 0)),
            anchor: None,
            withheld: 1,
            notes: vec![("synchronisation".to_owned(), "refused".to_owned())],
        };
        let queue = Facts::of(about, Ok(survey), none, None, &now).queue.unwrap();
        assert_eq!((queue.events, queue.waiting, queue.withheld), (9, 2, 1));
        assert_eq!((queue.oldest_ago_ms, queue.acknowledged_ago_ms), (Some(40_000), Some(1_000)));
    }
}
