//! Law 5: when staff may see new ratings, and how many at once.
//!
//! Ratings leave in *releases*: at fixed times, and only when at least five new ones wait. A card
//! is always the union of whole releases, so no two looks at it can differ by one to four ratings.

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The smallest number of new ratings that may appear at once.
pub const FEWEST_NEW_RATINGS: usize = 5;

/// The fixed times at which staff views may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReleaseSchedule {
    /// At these times of the office's day, for example noon and closing.
    DailyAt(Vec<Time>),
    /// Every so many seconds, counted from 1970; for demonstrations and tests.
    EverySeconds(u32),
}

/// A schedule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no release schedule: write times such as `12:00 15:30`, or `every 60 s`")]
pub struct BadSchedule(String);

impl FromStr for ReleaseSchedule {
    type Err = BadSchedule;

    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        let bad = || BadSchedule(text.to_owned());
        if let Some(rest) = text.strip_prefix("every ") {
            let seconds = rest.trim_end_matches('s').trim().parse().map_err(|_not_a_number| bad())?;
            return if seconds == 0 { Err(bad()) } else { Ok(Self::EverySeconds(seconds)) };
        }
        let mut times = Vec::new();
        for word in text.split_whitespace() {
            times.push(Time::strptime("%H:%M", word).map_err(|_not_a_time| bad())?);
        }
        times.sort_unstable();
        if times.is_empty() { Err(bad()) } else { Ok(Self::DailyAt(times)) }
    }
}

impl TryFrom<String> for ReleaseSchedule {
    type Error = BadSchedule;

    fn try_from(text: String) -> Result<Self, BadSchedule> {
        text.parse()
    }
}

impl From<ReleaseSchedule> for String {
    fn from(schedule: ReleaseSchedule) -> String {
        schedule.to_string()
    }
}

impl fmt::Display for ReleaseSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EverySeconds(seconds) => write!(f, "every {seconds} s"),
            Self::DailyAt(times) => {
                let words: Vec<String> = times.iter().map(|t| t.strftime("%H:%M").to_string()).collect();
                f.write_str(&words.join(" "))
            }
        }
    }
}

impl ReleaseSchedule {
    /// The latest release time that is not after `now_ms`, in ms since 1970.
    ///
    /// Ratings received after it wait for the next one, however late the release itself runs.
    #[must_use]
    pub fn latest_slot_ms(&self, now_ms: i64, zone: &TimeZone) -> i64 {
        match self {
            Self::EverySeconds(seconds) => {
                let step_ms = i64::from(*seconds).max(1) * 1_000;
                now_ms.div_euclid(step_ms) * step_ms
            }
            Self::DailyAt(times) => latest_daily_slot_ms(times, now_ms, zone),
        }
    }
}

fn latest_daily_slot_ms(times: &[Time], now_ms: i64, zone: &TimeZone) -> i64 {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let today = zone.to_datetime(now).date();
    let days = [Some(today), today.yesterday().ok()];
    let slots = days.into_iter().flatten().flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)));
    slots
        .filter_map(|slot| zone.to_timestamp(slot).ok())
        .map(Timestamp::as_millisecond)
        .filter(|slot_ms| *slot_ms <= now_ms)
        .max()
        .unwrap_or(i64::MIN)
}

/// Whether this many waiting ratings may be released together.
#[must_use]
pub fn may_release(waiting: usize) -> bool {
    waiting >= FEWEST_NEW_RATINGS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn schedules_read_back_as_written() {
        for text in ["12:00 15:30", "every 60 s"] {
            assert_eq!(text.parse::<ReleaseSchedule>().unwrap().to_string(), text);
        }
        for text in ["", "noon", "25:00", "every 0 s", "every day"] {
            assert!(text.parse::<ReleaseSchedule>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_latest_slot_is_in_the_office_zone() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let schedule: ReleaseSchedule = "12:00 15:30".parse().unwrap();
        for (now, slot) in [
            ("2026-11-24T04:59:59Z", "2026-11-23T08:30:00Z"),
            ("2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"),
            ("2026-11-24T12:00:00Z", "2026-11-24T08:30:00Z"),
        ] {
            let (now, slot): (Timestamp, Timestamp) = (now.parse().unwrap(), slot.parse().unwrap());
            assert_eq!(schedule.latest_slot_ms(now.as_millisecond(), &zone), slot.as_millisecond());
        }
    }

    proptest! {
        /// Law 5 on the rule itself: whatever arrives between slots, what is shown grows by
        /// nothing or by at least five.
        #[test]
        fn no_pair_of_looks_differs_by_one_to_four(arrivals in prop::collection::vec(0usize..9, 1..40)) {
            let (mut waiting, mut shown) = (0usize, vec![0usize]);
            for n in arrivals {
                waiting += n;
                let released = if may_release(waiting) { std::mem::take(&mut waiting) } else { 0 };
                shown.push(shown.last().unwrap() + released);
            }
            for (i, a) in shown.iter().enumerate() {
                for b in &shown[i..] {
                    prop_assert!(!(1..FEWEST_NEW_RATINGS).contains(&(b - a)));
                }
            }
        }
    }
}
