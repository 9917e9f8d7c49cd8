//! When an office is open in a usual week, by the clock on its wall.
//!
//! Written as `mon-thu 08:00-15:30, fri 08:00-16:00`. A day that is not named is closed. Holidays are not
//! known here: on one, the office only seems to be open.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::{fmt, str::FromStr};

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// From opening to closing on one day, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    from: Time,
    to: Time,
}

/// The hours of each day of the week, Monday first; open on one of them at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpeningHours([Option<Open>; 7]);

/// Hours that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}`: {problem}. Write hours such as `mon-thu 08:00-15:30, fri 08:00-16:00`; days not named are closed")]
pub struct BadHours {
    part: String,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("no day with its hours")]
    Nothing,
    #[error("a day is one of mon, tue, wed, thu, fri, sat, sun")]
    Day,
    #[error("a time is written like 08:00, and a span like 08:00-15:30")]
    Time,
    #[error("it closes before it opens")]
    Backwards,
    #[error("this day has hours already")]
    Again,
}

impl FromStr for OpeningHours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let mut week = [None; 7];
        for part in text.split(',').map(str::trim) {
            add(&mut week, part).map_err(|problem| BadHours { part: part.to_owned(), problem })?;
        }
        Ok(Self(week))
    }
}

impl TryFrom<String> for OpeningHours {
    type Error = BadHours;

    fn try_from(text: String) -> Result<Self, BadHours> {
        text.parse()
    }
}

impl From<OpeningHours> for String {
    fn from(hours: OpeningHours) -> Self {
        hours.to_string()
    }
}

/// Adds one part, such as `mon-thu 08:00-15:30`.
fn add(week: &mut [Option<Open>; 7], part: &str) -> Result<(), Problem> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let [days, hours] = words[..] else { return Err(Problem::Nothing) };
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (from, to) = hours.split_once('-').ok_or(Problem::Time)?;
    let open = Open { from: time(from)?, to: time(to)? };
    if open.from >= open.to {
        return Err(Problem::Backwards);
    }
    let (mut day, last) = (weekday(first)?, weekday(last)?);
    loop {
        let hours = week.get_mut(place(day)).ok_or(Problem::Day)?;
        if hours.replace(open).is_some() {
            return Err(Problem::Again);
        }
        // A week has no beginning: `sat-mon` are three days.
        if day == last {
            return Ok(());
        }
        day = day.next();
    }
}

fn weekday(word: &str) -> Result<Weekday, Problem> {
    let found = DAYS.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
    found.map(|(day, _)| day).ok_or(Problem::Day)
}

fn place(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

fn time(word: &str) -> Result<Time, Problem> {
    Time::strptime("%H:%M", word).map_err(|_not_a_time| Problem::Time)
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = DAYS.into_iter().zip(self.0).filter_map(|((day, name), open)| Some((day, name, open?)));
        let mut runs: Vec<(&str, Weekday, &str, Open)> = Vec::new();
        for (day, name, open) in days {
            match runs.last_mut() {
                Some((_, last, last_name, same)) if last.next() == day && *same == open => {
                    (*last, *last_name) = (day, name);
                }
                _ => runs.push((name, day, name, open)),
            }
        }
        let written = runs.into_iter().map(|(first, _, last, open)| {
            let days = if first == last { first.to_owned() } else { format!("{first}-{last}") };
            format!("{days} {}-{}", open.from.strftime("%H:%M"), open.to.strftime("%H:%M"))
        });
        f.write_str(&written.collect::<Vec<_>>().join(", "))
    }
}

impl OpeningHours {
    /// When the office is open on a civil day of its zone, ms since 1970; nothing on a closed day.
    #[must_use]
    pub fn open_ms(&self, day: Date, zone: &TimeZone) -> Option<Range<i64>> {
        let open = self.0.get(place(day.weekday())).copied()??;
        let at = |time: Time| Some(zone.to_timestamp(day.to_datetime(time)).ok()?.as_millisecond());
        Some(at(open.from)?..at(open.to)?)
    }

    /// When it is open on this day and on those beside it: what a moment of the day has to be held against.
    #[must_use]
    pub fn around_ms(&self, day: Date, zone: &TimeZone) -> Vec<Range<i64>> {
        let days = [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
        days.into_iter().flatten().filter_map(|day| self.open_ms(day, zone)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::civil_day;
    use proptest::prelude::*;

    #[test]
    fn hours_are_written_as_they_are_read() {
        for (text, tidy) in [
            ("mon-thu 08:00-15:30, fri 08:00-16:00", "mon-thu 08:00-15:30, fri 08:00-16:00"),
            ("FRI 8:00-16:00,Mon-Thu 08:00-15:30", "mon-thu 08:00-15:30, fri 08:00-16:00"),
            ("mon 08:00-12:00, tue 08:00-12:00, wed 08:00-12:01", "mon-tue 08:00-12:00, wed 08:00-12:01"),
            ("sat-mon 09:00-10:00", "mon 09:00-10:00, sat-sun 09:00-10:00"),
            (" sun 00:00-23:59 ", "sun 00:00-23:59"),
        ] {
            assert_eq!(text.parse::<OpeningHours>().unwrap().to_string(), tidy);
        }
    }

    #[test]
    fn the_bad_part_is_named() {
        for (text, part, problem) in [
            ("", "", Problem::Nothing),
            ("mon-thu 08:00-15:30,", "", Problem::Nothing),
            ("mon", "mon", Problem::Nothing),
            ("08:00-15:30", "08:00-15:30", Problem::Nothing),
            ("mon 08:00-12:00 13:00-15:30", "mon 08:00-12:00 13:00-15:30", Problem::Nothing),
            ("mon 08:00-15:30, jumat 08:00-16:00", "jumat 08:00-16:00", Problem::Day),
            ("mon-xxx 08:00-15:30", "mon-xxx 08:00-15:30", Problem::Day),
            ("mon-tue-wed 08:00-15:30", "mon-tue-wed 08:00-15:30", Problem::Day),
            ("mon 8-15", "mon 8-15", Problem::Time),
            ("mon 08:00", "mon 08:00", Problem::Time),
            ("mon 08:00-25:00", "mon 08:00-25:00", Problem::Time),
            ("mon 08:00-08:00", "mon 08:00-08:00", Problem::Backwards),
            ("mon 16:00-08:00", "mon 16:00-08:00", Problem::Backwards),
            ("mon-thu 08:00-15:30, thu 08:00-16:00", "thu 08:00-16:00", Problem::Again),
        ] {
            let error = text.parse::<OpeningHours>().unwrap_err();
            assert_eq!(error, BadHours { part: part.to_owned(), problem }, "{text}");
            assert!(error.to_string().contains(part) && error.to_string().contains("Write hours such as"));
        }
    }

    #[test]
    fn an_office_is_open_by_the_clock_of_its_own_zone() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let hours: OpeningHours = "mon-thu 08:00-15:30, fri 08:00-16:00".parse().unwrap();
        let span = |day: &str| {
            let open = hours.open_ms(day.parse().unwrap(), &zone)?;
            let shown = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
            Some((shown(open.start), shown(open.end)))
        };
        let told = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(span("2026-11-24"), told("2026-11-24T01:00:00Z", "2026-11-24T08:30:00Z"), "a Tuesday");
        assert_eq!(span("2026-11-27"), told("2026-11-27T01:00:00Z", "2026-11-27T09:00:00Z"), "a Friday");
        assert_eq!(span("2026-11-28"), None, "a Saturday");
        let around = |day: &str| hours.around_ms(day.parse().unwrap(), &zone).len();
        assert_eq!((around("2026-11-24"), around("2026-11-27"), around("2026-11-29")), (3, 2, 1));
    }

    fn any_open() -> impl Strategy<Value = Option<Open>> {
        let any_time = (0i8..24, 0i8..60).prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0));
        // Few times, so that neighbours often have the same.
        let few = (prop::sample::select(vec![7i8, 8]), prop::sample::select(vec![15i8, 16]))
            .prop_map(|(from, to)| Open { from: Time::constant(from, 0, 0, 0), to: Time::constant(to, 0, 0, 0) });
        let any = (any_time.clone(), any_time).prop_map(|(a, b)| Open { from: a.min(b), to: a.max(b) });
        prop::option::of(prop_oneof![few, any.prop_filter("open at all", |open| open.from < open.to)])
    }

    #[test]
    fn hours_travel_as_they_are_written() {
        let hours: OpeningHours = "mon-fri 08:00-15:30".parse().unwrap();
        let sent = serde_json::to_string(&hours).unwrap();
        assert_eq!(sent, "\"mon-fri 08:00-15:30\"");
        assert_eq!(serde_json::from_str::<OpeningHours>(&sent).unwrap(), hours);
        let error = serde_json::from_str::<OpeningHours>("\"every day\"").unwrap_err();
        assert!(error.to_string().contains("`every day`"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(week in prop::array::uniform7(any_open())) {
            let hours = OpeningHours(week);
            let read = hours.to_string().parse::<OpeningHours>();
            prop_assert_eq!(read.ok(), week.iter().any(Option::is_some).then_some(hours));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-z0-9:, -]{0,40}") {
            if let Ok(hours) = text.parse::<OpeningHours>() {
                prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            }
        }

        /// Where the clock is never set, every moment of an open span lies on the day it belongs to.
        #[test]
        fn a_span_lies_on_its_day(week in prop::array::uniform7(any_open()), ahead in 0i64..800) {
            let zone = TimeZone::get("Asia/Jayapura").unwrap();
            let day: Date = "2026-01-01".parse::<Date>().unwrap().checked_add(jiff::Span::new().days(ahead)).unwrap();
            if let Some(open) = OpeningHours(week).open_ms(day, &zone) {
                prop_assert!(!open.is_empty());
                prop_assert_eq!((civil_day(open.start, &zone), civil_day(open.end, &zone)), (day, day));
            }
        }
    }
}
