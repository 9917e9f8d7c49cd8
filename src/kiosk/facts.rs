//! How this kiosk is, for the technician who stands before it.

use super::outbox::{OutboxResult, Survey};
use crate::domain::clock::{Anchor, Moment};
use crate::domain::ids::DeviceId;
use crate::system::{VERSION, built_ms};

/// What the technician reads. Nothing about a rating, nothing about an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The program's version.
    pub program: String,
    /// The day on which it was built, ms since 1970.
    pub built_ms: i64,
    /// Which kiosk this is at its server.
    pub device: DeviceId,
    /// Its key, as people compare it.
    pub fingerprint: String,
    /// Where its server is.
    pub server: String,
    /// Events that wait for the server; `None` where the queue cannot be read, and then `trouble` says why.
    pub waiting: Option<u64>,
    /// How long the oldest of them waits, ms; `None` where nothing waits.
    pub oldest_waiting_ms: Option<i64>,
    /// Events that no server could take so far.
    pub withheld: u64,
    /// How long ago the server last acknowledged something, ms, if only that nothing waits.
    pub last_answer_ms: Option<i64>,
    /// Why nothing is sent, or what else a person should look at, in sentences.
    pub trouble: Option<String>,
    /// How far this kiosk's idea of the time may be wrong, ms; `None` without an anchor in this boot.
    pub clock_error_ms: Option<i64>,
    /// How far the wall clock is ahead of the server's, ms; `None` without an anchor in this boot.
    pub clock_off_ms: Option<i64>,
    /// Free bytes on the disk of the queue.
    pub disk_free_bytes: Option<u64>,
    /// The version of the office's configuration in use, and the beginning of its hash.
    pub configuration: String,
}

/// Who and what this kiosk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Which kiosk this is at its server.
    pub device: DeviceId,
    /// Its key, as people compare it.
    pub fingerprint: String,
    /// Where its server is.
    pub server: String,
    /// The version of the office's configuration in use, and the beginning of its hash.
    pub configuration: String,
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
        let (error, off) = match ClockQuality::of(anchor, now) {
            ClockQuality::Known { off_ms, error_ms, .. } => (Some(error_ms), Some(off_ms)),
            ClockQuality::Before { .. } | ClockQuality::Never => (None, None),
        };
        let (survey, unread) = match queue {
            Ok(survey) => (Some(survey), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let of_queue = survey.as_ref();
        Self {
            program: VERSION.to_owned(),
            built_ms: built_ms(),
            device: about.device,
            fingerprint: about.fingerprint,
            server: about.server,
            waiting: of_queue.map(|survey| survey.depth.waiting),
            oldest_waiting_ms: of_queue.and_then(|survey| survey.oldest_waiting).map(|then| then.ago_ms(now)),
            withheld: of_queue.map_or(0, |survey| survey.withheld),
            last_answer_ms: of_queue.and_then(|survey| survey.acknowledged).map(|then| then.ago_ms(now)),
            trouble: unread.or_else(|| of_queue.and_then(noted)),
            clock_error_ms: error,
            clock_off_ms: off,
            disk_free_bytes,
            configuration: about.configuration,
        }
    }
}

/// The notes of the synchronisation, which leaves none where all is well.
fn noted(survey: &Survey) -> Option<String> {
    let notes: Vec<_> = survey.notes.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    (!notes.is_empty()).then(|| notes.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::outbox::{Depth, OutboxError};
    use uuid::Uuid;

    fn moment(boot: u128, boot_ms: i64, wall_ms: i64) -> Moment {
        Moment { boot_id: Uuid::from_u128(boot), boot_ms, wall_ms }
    }

    fn about() -> About {
        let device = DeviceId::try_from(7).unwrap();
        About { device, fingerprint: String::new(), server: String::new(), configuration: "5 (3fa1b2c4)".to_owned() }
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
        let facts = Facts::of(about(), Err(OutboxError::Closed), None, Some(5), &moment(1, 60_000, 0));
        assert_eq!((facts.waiting, facts.trouble), (None, Some("the queue is closed".to_owned())));
        assert_eq!((facts.disk_free_bytes, facts.clock_error_ms), (Some(5), None));
    }

    #[test]
    fn ages_are_counted_from_now() {
        let now = moment(1, 60_000, 0);
        let survey = Survey {
            depth: Depth { events: 9, waiting: 2 },
            oldest_waiting: Some(moment(1, 20_000, 0)),
            acknowledged: Some(moment(1, 59_000, 0)),
            anchor: None,
            withheld: 1,
            notes: vec![("synchronisation".to_owned(), "refused".to_owned())],
        };
        let anchor = Anchor { boot_id: now.boot_id, boot_ms: 50_000, server_ms: 0, error_ms: 40 };
        let facts = Facts::of(about(), Ok(survey), Some(&anchor), None, &now);
        assert_eq!((facts.waiting, facts.withheld), (Some(2), 1));
        assert_eq!((facts.oldest_waiting_ms, facts.last_answer_ms), (Some(40_000), Some(1_000)));
        assert_eq!((facts.clock_error_ms, facts.clock_off_ms), (Some(40), Some(-10_000)));
        assert_eq!(facts.trouble.as_deref(), Some("synchronisation: refused"));
    }
}
