//! Test: each reason by itself, and what is none.

use super::*;
use crate::domain::ids::{DeviceId, VisitSerial};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The day that is looked at: from 8 to 16 o'clock.
const OPEN: Range<i64> = 1_000 * HOUR..1_008 * HOUR;

fn seen(number: u32, at_ms: i64) -> Seen {
    Seen {
        event: EventId(Uuid::from_u128(number.into())),
        visit: VisitId { device: DeviceId::try_from(1).unwrap(), serial: VisitSerial::try_from(number).unwrap() },
        at: Placed { at_ms, bound_ms: 400, quality: TimeQuality::Exact },
        stars: Stars::ALL[usize::try_from(number % 3 + 2).unwrap()],
        channel: Channel::Kiosk,
        officer: OfficerId::try_from(1).ok(),
        signals: Signals { visit_open: true, ..Signals::default() },
    }
}

/// Honest ratings from `start` on, at uneven distances of some minutes.
fn honest(first: u32, count: u32, start: i64) -> Vec<Seen> {
    let steps = (0..count).scan(start, |at_ms, i| {
        *at_ms += i64::from([3, 11, 5, 2, 17, 7, 4][usize::try_from(i % 7).unwrap()]) * MINUTE;
        Some((first + i, *at_ms))
    });
    steps.map(|(number, at_ms)| seen(number, at_ms)).collect()
}

fn past() -> Vec<Seen> {
    (0..20).flat_map(|day: u32| honest(10_000 + 100 * day, 40, OPEN.start - (1 + i64::from(day)) * 24 * HOUR)).collect()
}

fn kinds(day: &[Seen]) -> BTreeMap<FlagKind, usize> {
    kinds_after(&past(), day, &Limits::default())
}

fn kinds_after(past: &[Seen], day: &[Seen], limits: &Limits) -> BTreeMap<FlagKind, usize> {
    let shift = |from_ms, to_ms| Shift { officer: OfficerId::try_from(1).unwrap(), from_ms, to_ms };
    let shifts = [shift(OPEN.start, Some(OPEN.end))];
    let evidence = Evidence { day, past, shifts: &shifts, open_ms: Some(&[OPEN]) };
    let mut kinds = BTreeMap::new();
    for flag in detect(&evidence, limits) {
        assert!(!flag.sentence.english().contains("{}"), "{flag:?}");
        assert_eq!(flag.sentence.template.matches("{}").count(), flag.sentence.numbers.len());
        *kinds.entry(flag.kind).or_default() += 1;
    }
    kinds
}

#[test]
fn an_honest_day_has_no_flag() {
    assert!(kinds(&honest(1, 40, OPEN.start)).is_empty());
}

#[test]
fn a_burst_says_all_that_is_odd_about_it() {
    let mut day = honest(1, 20, OPEN.start);
    let start = OPEN.start + 5 * HOUR;
    day.extend((0..12).map(|i| Seen { stars: Stars::ALL[4], ..seen(500 + i, start + i64::from(i) * 25_000) }));
    let kinds = kinds(&day);
    for kind in [FlagKind::Burst, FlagKind::Regularity, FlagKind::Quick] {
        assert!((11..=13).contains(&kinds[&kind]), "{kinds:?}");
    }
}

#[test]
fn fast_alone_even_alone_or_equal_alone_is_no_reason() {
    let every_ten_minutes: Vec<Seen> = (0..40).map(|i| seen(i, OPEN.start + i64::from(i) * 10 * MINUTE)).collect();
    assert!(kinds(&every_ten_minutes).is_empty());
    let all_fives: Vec<Seen> =
        honest(1, 40, OPEN.start).into_iter().map(|seen| Seen { stars: Stars::ALL[4], ..seen }).collect();
    assert!(kinds(&all_fives).is_empty());
    let mut family = honest(1, 20, OPEN.start);
    family.extend((0..4).map(|i| seen(500 + i, OPEN.start + 5 * HOUR + i64::from(i) * 30_000)));
    assert!(kinds(&family).is_empty());
}

#[test]
fn many_alone_are_no_reason_however_low_the_limit() {
    let gaps_ms = [41_000, 300_000, 41_000, 41_000, 190_000, 41_000, 60_000];
    let rush = (0..40_u32).zip(gaps_ms.iter().cycle()).scan(OPEN.start, |at_ms, (number, gap_ms)| {
        *at_ms += gap_ms;
        Some(seen(number, *at_ms))
    });
    let rush: Vec<Seen> = rush.collect();
    let low = Limits { points: 1.0, points_of_a_day: 99.0, ..Limits::default() };
    assert!(kinds_after(&past(), &rush, &low).is_empty());
    let even = rush
        .iter()
        .zip(0..)
        .map(|(seen, i)| Seen { at: Placed { at_ms: OPEN.start + i * 102_000, ..seen.at }, ..*seen });
    assert!(kinds_after(&past(), &even.collect::<Vec<_>>(), &low).contains_key(&FlagKind::Burst));
}

#[test]
fn weeks_of_abuse_do_not_make_it_usual() {
    let with_a_tap_after_each = |ratings: Vec<Seen>| -> Vec<Seen> {
        let after =
            |rating: &Seen| seen(50_000 + u32::try_from(rating.event.0.as_u128()).unwrap(), rating.at.at_ms + 25_000);
        ratings.iter().flat_map(|rating| [*rating, after(rating)]).collect()
    };
    let day = with_a_tap_after_each(honest(1, 30, OPEN.start));
    let past = with_a_tap_after_each(past());
    assert_eq!(kinds_after(&past, &day, &Limits::default()), BTreeMap::from([(FlagKind::Quick, 30)]));
}

#[test]
fn the_night_is_flagged_if_the_time_is_certain() {
    let night: Vec<Seen> = (0..4).map(|i| seen(i, OPEN.end + 5 * HOUR + i64::from(i) * 9 * MINUTE)).collect();
    assert_eq!(kinds(&night), BTreeMap::from([(FlagKind::OffHours, 4)]));
    assert!(kinds(&night[..2]).is_empty(), "somebody may be late");
    assert_eq!(off_hours(&night, None), 0, "the hours are not known");
    assert_eq!(off_hours(&night, Some(&[])), 4, "a closed day between closed days");
    let tomorrow = OPEN.end + 6 * HOUR..OPEN.end + 14 * HOUR;
    assert_eq!(off_hours(&night, Some(&[OPEN, tomorrow])), 0, "the next day has begun");
}

#[test]
fn a_time_that_may_be_another_hour_is_no_night() {
    let night = OPEN.end + 5 * HOUR;
    let placed = |bound_ms, quality| -> Vec<Seen> {
        let at = |i: u32| Placed { at_ms: night + i64::from(i) * 9 * MINUTE, bound_ms, quality };
        (0..4).map(|i| Seen { at: at(i), ..seen(i, 0) }).collect()
    };
    for (bound_ms, quality, flagged) in [
        (400, TimeQuality::Exact, 4),
        (3 * HOUR, TimeQuality::Bounded, 4),
        (6 * HOUR, TimeQuality::Exact, 0),
        (6 * HOUR, TimeQuality::Bounded, 0),
        (60 * HOUR, TimeQuality::Bounded, 0),
        (0, TimeQuality::Interval, 0),
        (60 * HOUR, TimeQuality::Interval, 0),
    ] {
        assert_eq!(off_hours(&placed(bound_ms, quality), Some(&[OPEN])), flagged, "{bound_ms} {quality:?}");
    }
    // On a closed day there are no hours beside which a vague time could fall.
    assert_eq!(off_hours(&placed(60 * HOUR, TimeQuality::Bounded), Some(&[])), 0);
    assert_eq!(off_hours(&placed(60 * HOUR, TimeQuality::Interval), Some(&[])), 0);
}

fn off_hours(day: &[Seen], open_ms: Option<&[Range<i64>]>) -> usize {
    let evidence = Evidence { day, past: &past(), shifts: &[], open_ms };
    detect(&evidence, &Limits::default()).iter().filter(|flag| flag.kind == FlagKind::OffHours).count()
}

#[test]
fn ratings_without_a_visit_stand_out_where_visits_are_opened() {
    let mut day = honest(1, 30, OPEN.start);
    for seen in day.iter_mut().step_by(4) {
        seen.signals.visit_open = false;
    }
    assert_eq!(kinds(&day), BTreeMap::from([(FlagKind::NoVisit, 8)]));
}

#[test]
fn a_heap_before_signing_off_stands_out() {
    let mut day = honest(1, 20, OPEN.start + 30 * MINUTE);
    day.extend((0..9).map(|i| seen(500 + i, OPEN.end - 9 * MINUTE + i64::from(i * i) * 7_000)));
    assert_eq!(kinds(&day)[&FlagKind::ShiftEdge], 9);
}

#[test]
fn two_answers_to_a_visit_are_a_mistake_and_three_are_not() {
    let mut day = honest(1, 9, OPEN.start);
    day[4].visit = day[1].visit;
    assert!(kinds(&day).is_empty());
    day[7].visit = day[1].visit;
    assert_eq!(kinds(&day), BTreeMap::from([(FlagKind::ManyPerVisit, 3)]));
}

fn extreme() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), 0..9_i64, OPEN]
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let signals = (any::<Option<u32>>(), any::<Option<u32>>(), any::<bool>());
    (0u32..99, extreme(), extreme(), 0usize..5, any::<bool>(), signals).prop_map(
        |(number, at_ms, bound_ms, stars, is_qr, (reaction_ms, gap_ms, visit_open))| Seen {
            at: Placed { at_ms, bound_ms, quality: TimeQuality::Exact },
            stars: Stars::ALL[stars],
            channel: if is_qr { Channel::Qr } else { Channel::Kiosk },
            signals: Signals { reaction_ms, gap_ms, touches: 1, visit_open, duty_ms: None },
            ..seen(number, 0)
        },
    )
}

/// Every event is there once.
fn numbered(mut day: Vec<Seen>) -> Vec<Seen> {
    for (seen, number) in day.iter_mut().zip(0_u128..) {
        seen.event = EventId(Uuid::from_u128(number));
    }
    day
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing a kiosk claims stops the detector, and the order in which it is told does not matter.
    #[test]
    fn the_same_evidence_gives_the_same_flags(
        (day, shuffled) in prop::collection::vec(any_seen(), 0..30).prop_map(numbered)
            .prop_flat_map(|day| (Just(day.clone()), Just(day).prop_shuffle())),
        past in prop::collection::vec(any_seen(), 0..50),
    ) {
        let detect = |day: &[Seen]| {
            detect(&Evidence { day, past: &past, shifts: &[], open_ms: Some(&[OPEN]) }, &Limits::default())
        };
        prop_assert_eq!(detect(&day), detect(&shuffled));
    }
}
