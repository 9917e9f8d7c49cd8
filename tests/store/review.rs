//! Ratings given while the office was closed, and those that an officer contests: flagged, decided about, and
//! counted all the same.

use crate::fixture::{Chain, Fixture, Given, anchor, facts, fixture, moment, rated};
use jiff::civil::Date;
use std::ops::RangeInclusive;
use std::sync::Arc;
use suara_loket::domain::clock::{Anchor, Clock, Moment, TimeQuality};
use suara_loket::domain::event::ContestReason;
use suara_loket::domain::honesty::FlagKind;
use suara_loket::domain::ids::EventId;
use suara_loket::server::service::Service;
use suara_loket::server::store::{Contest, Meaning};

/// 24 November 2026, a Tuesday, midnight of the office.
const MIDNIGHT_MS: i64 = 1_795_453_200_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const HOURS: &str = "mon-thu 08:00-15:30, fri 08:00-16:00";

struct StandingClock(i64);

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        moment(0, self.0)
    }
}

fn service(f: &Fixture, now_ms: i64) -> Service {
    let random = Arc::new(|bytes: &mut [u8]| bytes.fill(3));
    Service::new(f.store.clone(), Arc::new(StandingClock(now_ms)), random, String::new())
}

/// The first officer's ratings at these moments, as the kiosk's own clock has them.
fn given(f: &Fixture, first: u32, at_ms: impl IntoIterator<Item = i64>) -> Vec<Given> {
    let stars = |visit: u32| u8::try_from(visit % 3 + 3).unwrap();
    (first..)
        .zip(at_ms)
        .map(|(visit, at)| rated(facts(f.device, visit, stars(visit), Some(f.officers[0])), at))
        .collect()
}

/// So many, some minutes apart.
fn from(start_ms: i64, count: i64) -> impl Iterator<Item = i64> {
    (0..count).map(move |n| start_ms + (n * 7 + n % 3) * MINUTE_MS)
}

async fn off_hours(f: &Fixture) -> Vec<EventId> {
    let flags = f.store.flags(f.office).await.unwrap();
    let mut events: Vec<EventId> =
        flags.into_iter().filter(|flag| flag.kind == FlagKind::OffHours).map(|flag| flag.event).collect();
    events.sort();
    events
}

async fn counts(service: &Service, f: &Fixture, days: RangeInclusive<Date>) -> (u64, u64) {
    let (all, without) = service.figures(f.office, f.officers[0], &days).await.unwrap();
    (u64::from(all.count()), u64::from(without.count()))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[tokio::test]
async fn ratings_at_eleven_at_night_are_flagged_and_stay_in_both_figures() {
    let f = fixture().await;
    let night_ms = MIDNIGHT_MS + 23 * HOUR_MS;
    let now_ms = MIDNIGHT_MS + 30 * HOUR_MS;
    let service = service(&f, now_ms);
    service.set_hours(f.office, Some(HOURS.parse().unwrap())).await.unwrap();
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(given(&f, 1, from(MIDNIGHT_MS + 8 * HOUR_MS, 12)), now_ms)).await.unwrap();
    let at_night = chain.batch(given(&f, 50, from(night_ms, 6)), now_ms);
    let mut night: Vec<EventId> = at_night.events.iter().map(|event| event.id).collect();
    night.sort();
    f.store.ingest(at_night).await.unwrap();
    service.examine(f.office, 0).await.unwrap();
    assert_eq!(off_hours(&f).await, night, "those of the night, and none of the day");

    let (tuesday, wednesday) = (day("2026-11-24"), day("2026-11-25"));
    f.store.release(f.office, now_ms, tuesday).await.unwrap();
    assert_eq!(counts(&service, &f, tuesday..=tuesday).await, (18, 18), "flagged is not dropped");

    let case = service.cases(f.office).await.unwrap().remove(0);
    assert_eq!(
        (case.kind, case.sentence().as_str()),
        (FlagKind::OffHours, "6 ratings were given while the office was closed.")
    );
    service.decide(f.office, &case, true, "Kepala Dinas").await.unwrap();
    assert_eq!(counts(&service, &f, tuesday..=tuesday).await, (18, 18), "what was shown stays until a release");
    f.store
        .ingest(chain.batch(given(&f, 100, from(MIDNIGHT_MS + 33 * HOUR_MS, 5)), now_ms + 9 * HOUR_MS))
        .await
        .unwrap();
    f.store.release(f.office, now_ms + 9 * HOUR_MS, wednesday).await.unwrap();
    assert_eq!(counts(&service, &f, tuesday..=wednesday).await, (23, 17));
    assert_eq!(counts(&service, &f, tuesday..=tuesday).await, (18, 12), "of the day of their release");
    assert_eq!(counts(&service, &f, wednesday..=wednesday).await, (5, 5));
}

#[tokio::test]
async fn without_hours_no_night_is_suspicious() {
    let f = fixture().await;
    let now_ms = MIDNIGHT_MS + 30 * HOUR_MS;
    let service = service(&f, now_ms);
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(given(&f, 1, from(MIDNIGHT_MS + 23 * HOUR_MS, 6)), now_ms)).await.unwrap();
    service.examine(f.office, 0).await.unwrap();
    assert!(off_hours(&f).await.is_empty());
    // Told later, they hold from the next look on; forgotten again, for no further one.
    service.set_hours(f.office, Some(HOURS.parse().unwrap())).await.unwrap();
    service.examine(f.office, 0).await.unwrap();
    assert_eq!(off_hours(&f).await.len(), 6);
    service.set_hours(f.office, None).await.unwrap();
    assert_eq!(f.store.office(f.office).await.unwrap().office.hours, None);
}

/// A kiosk whose battery had died tells a wrong time, and its boot was never anchored: what is known is that it
/// was before the arrival.
#[tokio::test]
async fn a_rating_of_an_unknown_hour_is_not_of_the_night() {
    let f = fixture().await;
    // Late on a Sunday; the office was open on Friday for the last time.
    let arrived_ms = MIDNIGHT_MS + 5 * 24 * HOUR_MS + 23 * HOUR_MS;
    let service = service(&f, arrived_ms);
    service.set_hours(f.office, Some(HOURS.parse().unwrap())).await.unwrap();
    let mut chain = Chain::of(f.device);
    let mut vague = given(&f, 1, from(0, 6));
    for (given, boot_ms) in vague.iter_mut().zip((1..).map(|n| n * 9 * MINUTE_MS)) {
        given.at = Moment { wall_ms: boot_ms, ..moment(5, boot_ms) };
    }
    // Something before in the chain gives an earliest moment: after closing on Friday.
    let before = Given::at(Meaning::Other, arrived_ms - 50 * HOUR_MS);
    f.store.ingest(chain.batch(vec![before], arrived_ms - 50 * HOUR_MS)).await.unwrap();
    let mut batch = chain.batch(vague, arrived_ms);
    (batch.sent_at, batch.anchors) = (moment(6, 1_000), Vec::new());
    f.store.ingest(batch).await.unwrap();
    let ratings = f.store.ratings(f.office).await.unwrap();
    assert_eq!(ratings.len(), 6);
    assert!(
        ratings.iter().all(|rating| rating.time.quality == TimeQuality::Interval && rating.time.bound_ms > HOUR_MS)
    );
    service.examine(f.office, 0).await.unwrap();
    assert!(off_hours(&f).await.is_empty());
}

/// What the first officer says at a moment about the last hour.
fn contested(f: &Fixture, at_ms: i64) -> Given {
    let reason = ContestReason::Absent;
    let contest = Contest { device: f.device, officer: f.officers[0], span_minutes: 60, reason };
    Given::at(Meaning::Contested(contest), at_ms)
}

#[tokio::test]
async fn what_an_officer_contests_is_listed_and_stays_in_both_figures_until_somebody_decided() {
    let f = fixture().await;
    let morning_ms = MIDNIGHT_MS + 8 * HOUR_MS;
    let now_ms = morning_ms + 4 * HOUR_MS;
    let (service, tuesday) = (service(&f, now_ms), day("2026-11-24"));
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(given(&f, 1, from(morning_ms, 8)), now_ms)).await.unwrap();
    // Seven in the contested hour beside one of a colleague, and then one after it.
    let mut events = given(&f, 20, from(morning_ms + 2 * HOUR_MS, 7));
    events.push(rated(facts(f.device, 40, 1, Some(f.officers[1])), morning_ms + 2 * HOUR_MS));
    events.push(contested(&f, morning_ms + 3 * HOUR_MS - MINUTE_MS));
    let contested = chain.batch(events, now_ms);
    let ratings: Vec<EventId> = contested.events.iter().take(7).map(|event| event.id).collect();
    f.store.ingest(contested).await.unwrap();
    f.store.ingest(chain.batch(given(&f, 60, [now_ms]), now_ms)).await.unwrap();

    let case = service.cases(f.office).await.unwrap().remove(0);
    let sentence = "Officer 1 says that the 7 ratings of 60 minutes are not theirs: they were away from the counter.";
    assert_eq!(case.sentence(), sentence);
    let (mut found, mut expected) = (case.ratings.clone(), ratings);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    f.store.release(f.office, now_ms, tuesday).await.unwrap();
    assert_eq!(counts(&service, &f, tuesday..=tuesday).await, (16, 16), "both figures, nothing dropped");

    service.decide(f.office, &case, true, "Kepala Dinas").await.unwrap();
    f.store.ingest(chain.batch(given(&f, 100, from(now_ms, 5)), now_ms + HOUR_MS)).await.unwrap();
    f.store.release(f.office, now_ms + HOUR_MS, tuesday).await.unwrap();
    assert_eq!(counts(&service, &f, tuesday..=tuesday).await, (21, 14));
    assert_eq!(service.cases(f.office).await.unwrap()[0].decision.as_ref().unwrap().by, "Kepala Dinas");
}

/// The kiosk started again within the hour, and its wall clock is of no use: times by the server's tell.
#[tokio::test]
async fn a_contest_reaches_over_a_restart_and_not_beyond_its_span() {
    let f = fixture().await;
    let now_ms = MIDNIGHT_MS + 12 * HOUR_MS;
    let mut chain = Chain::of(f.device);
    let before = given(&f, 1, [now_ms - 61 * MINUTE_MS, now_ms - 50 * MINUTE_MS]);
    f.store.ingest(chain.batch(before, now_ms - 40 * MINUTE_MS)).await.unwrap();
    let mut after = given(&f, 3, [0]);
    after.push(contested(&f, 0));
    for (given, boot_ms) in after.iter_mut().zip([10 * MINUTE_MS, 30 * MINUTE_MS]) {
        given.at = Moment { wall_ms: boot_ms, ..moment(2, boot_ms) };
    }
    let mut batch = chain.batch(after, now_ms);
    batch.anchors = vec![Anchor { server_ms: now_ms, ..anchor(2, 30 * MINUTE_MS) }];
    batch.sent_at = moment(2, 30 * MINUTE_MS);
    f.store.ingest(batch).await.unwrap();
    let flags = f.store.flags(f.office).await.unwrap();
    assert_eq!(flags.len(), 2, "{flags:?}");
    assert!(flags.iter().all(|flag| flag.kind == FlagKind::Contested(ContestReason::Absent)));
}
