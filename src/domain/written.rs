//! Numbers, days and times as people here write them, on screens and pages alike: in Minangkabau as in
//! Indonesian, which is what schools teach them in.

use super::language::Language;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

const MONTHS_ID: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const DAYS_ID: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];

/// A mean of stars with one decimal: `4,6` in Indonesian, `4.6` in English.
#[must_use]
pub fn decimal(value: f64, language: Language) -> String {
    let text = format!("{value:.1}");
    match language {
        Language::Id | Language::Min => text.replace('.', ","),
        Language::En => text,
    }
}

/// A whole number with its thousands apart: `1.204` in Indonesian, `1,204` in English.
#[must_use]
pub fn count(value: u32, language: Language) -> String {
    let separator = match language {
        Language::Id | Language::Min => '.',
        Language::En => ',',
    };
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A day in words: `Selasa, 24 November 2026`, `Tuesday 24 November 2026`.
#[must_use]
pub fn day(date: Date, language: Language) -> String {
    match language {
        Language::En => date.strftime("%A %-d %B %Y").to_string(),
        Language::Id | Language::Min => {
            let month = usize::try_from(date.month() - 1).unwrap_or(0);
            let name = |names: &'static [&'static str], place: usize| names.get(place).copied().unwrap_or_default();
            format!("{}, {} {} {}", weekday(date, language), date.day(), name(&MONTHS_ID, month), date.year())
        }
    }
}

/// A day of the week: `Selasa`, `Tuesday`.
#[must_use]
pub fn weekday(date: Date, language: Language) -> String {
    match language {
        Language::En => date.strftime("%A").to_string(),
        Language::Id | Language::Min => {
            let place = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
            DAYS_ID.get(place).copied().unwrap_or_default().to_owned()
        }
    }
}

/// A time of day in the office's zone: `12.30 WIB` in Indonesian, `12:30 WIB` in English.
#[must_use]
pub fn time(at_ms: i64, zone: &TimeZone, language: Language) -> String {
    let Ok(instant) = Timestamp::from_millisecond(at_ms) else { return String::new() };
    let pattern = match language {
        Language::Id | Language::Min => "%H.%M %Z",
        Language::En => "%H:%M %Z",
    };
    instant.to_zoned_datetime(zone.clone()).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_language_and_are_rounded_once() {
        assert_eq!(decimal(4.583_3, Language::Id), "4,6");
        assert_eq!(decimal(4.583_3, Language::En), "4.6");
        assert_eq!(decimal(5.0, Language::Id), "5,0");
        assert_eq!(decimal(5.0, Language::Min), "5,0");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (value, id, en) in [(0, "0", "0"), (999, "999", "999"), (1_204, "1.204", "1,204")] {
            assert_eq!(count(value, Language::Id), id);
            assert_eq!(count(value, Language::En), en);
        }
        assert_eq!(count(1_234_567, Language::Id), "1.234.567");
    }

    #[test]
    fn days_are_written_in_full() {
        let date = "2026-11-24".parse().unwrap();
        assert_eq!(day(date, Language::Id), "Selasa, 24 November 2026");
        assert_eq!(day(date, Language::Min), day(date, Language::Id));
        assert_eq!(day(date, Language::En), "Tuesday 24 November 2026");
    }

    #[test]
    fn times_are_those_of_the_office() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let noon: Timestamp = "2026-11-24T05:05:00Z".parse().unwrap();
        assert_eq!(time(noon.as_millisecond(), &zone, Language::Id), "12.05 WIB");
        assert_eq!(time(noon.as_millisecond(), &zone, Language::En), "12:05 WIB");
        assert_eq!(time(i64::MAX, &zone, Language::Id), "");
    }
}
