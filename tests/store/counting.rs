//! Which answer of a visit counts, when it happened, and the sums of a day.

use crate::fixture::{Chain, Fixture, Given, anchor, facts, fixture, late, moment, rated};
use proptest::prelude::*;
use std::collections::BTreeMap;
use suara_loket::domain::clock::{Moment, TimeQuality};
use suara_loket::domain::event::ChainHash;
use suara_loket::domain::ids::EventId;
use suara_loket::domain::stars::Channel;
use suara_loket::server::store::{DailyKey, DailyRow, LateRating, Meaning, RatingRow};

/// 24 November 2026, seven in the evening of the office.
const EVENING_MS: i64 = 1_795_521_600_000;
const HOUR_MS: i64 = 3_600_000;

fn undo(f: &Fixture, visit: u32, rating: EventId, at_ms: i64) -> Given {
    Given::at(Meaning::Undone { visit: facts(f.device, visit, 1, None).visit, rating }, at_ms)
}

async fn ratings(f: &Fixture) -> Vec<RatingRow> {
    let mut ratings = f.store.ratings(f.office).await.unwrap();
    ratings.sort_by_key(|rating| (rating.facts.visit, rating.id));
    ratings
}

async fn counted(f: &Fixture) -> Vec<(u8, Channel)> {
    let counted = ratings(f).await.into_iter().filter(|rating| rating.counted);
    counted.map(|rating| (rating.facts.stars.get(), rating.facts.channel)).collect()
}

/// The roll-ups as they follow from the ratings.
fn sums(ratings: &[RatingRow]) -> BTreeMap<DailyKey, [i64; 5]> {
    let mut sums = BTreeMap::<_, [i64; 5]>::new();
    for rating in ratings.iter().filter(|rating| rating.counted) {
        let (facts, day) = (rating.facts, rating.time.day);
        let key = DailyKey { day, officer: facts.officer, service: facts.service, channel: facts.channel };
        sums.entry(key).or_default()[facts.stars.index()] += 1;
    }
    sums
}

async fn assert_sums_are_right(f: &Fixture) {
    let rows = f.store.dailies(f.office).await.unwrap();
    for DailyRow { n, sum, stars, .. } in &rows {
        assert_eq!(*n, stars.iter().sum::<i64>());
        assert_eq!(*sum, stars.iter().zip(1..).map(|(n, stars)| n * stars).sum::<i64>());
    }
    let kept: BTreeMap<_, _> = rows.into_iter().filter(|row| row.n != 0).map(|row| (row.key, row.stars)).collect();
    assert_eq!(kept, sums(&ratings(f).await));
}

#[tokio::test]
async fn a_rating_taken_back_does_not_count_and_the_next_one_does() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let first = chain.event(rated(facts(f.device, 1, 1, None), 10));
    let id = first.id;
    let second = chain.event(rated(facts(f.device, 1, 5, None), 20));
    f.store.ingest(chain.of_events(1, ChainHash::START, vec![first, second], 30)).await.unwrap();
    assert_eq!(counted(&f).await, [(1, Channel::Kiosk)]);
    f.store.ingest(chain.batch(vec![undo(&f, 1, id, 25)], 40)).await.unwrap();
    assert_eq!(counted(&f).await, [(5, Channel::Kiosk)]);
    assert_sums_are_right(&f).await;
}

#[tokio::test]
async fn a_visit_whose_touch_was_taken_back_can_be_rated_by_phone() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let touch = chain.batch(vec![rated(facts(f.device, 1, 1, None), 10)], 20);
    let id = touch.events[0].id;
    f.store.ingest(touch).await.unwrap();
    let scan = late(9, facts(f.device, 1, 4, None), 30);
    assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::AlreadyRated);
    f.store.ingest(chain.batch(vec![undo(&f, 1, id, 15)], 40)).await.unwrap();
    assert_eq!(counted(&f).await, []);
    assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::Counted);
    assert_eq!(counted(&f).await, [(4, Channel::Qr)]);
    assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::AlreadyRated);
    assert_sums_are_right(&f).await;
}

#[tokio::test]
async fn a_better_anchor_moves_a_rating_its_day_and_what_counts() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    // Boot 5 was never anchored, and its wall clock is a day late; sent from a later boot.
    let mut touch = rated(facts(f.device, 1, 2, Some(f.officers[0])), 0);
    touch.at = Moment { wall_ms: EVENING_MS - 24 * HOUR_MS, ..moment(5, HOUR_MS) };
    let mut batch = chain.batch(vec![touch], EVENING_MS + HOUR_MS);
    batch.sent_at = moment(6, 1_000);
    batch.anchors = vec![anchor(6, 500)];
    batch.anchors[0].server_ms = EVENING_MS + HOUR_MS;
    f.store.ingest(batch).await.unwrap();
    let scan = late(9, facts(f.device, 1, 5, None), EVENING_MS - 2 * HOUR_MS);
    assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::AlreadyRated);
    let before = ratings(&f).await.remove(0).time;
    assert_ne!(before.quality, TimeQuality::Exact);
    assert_eq!(before.day.to_string(), "2026-11-23");
    // The card of that boot is found: three hours before its touch the server's time was this.
    let mut question = chain.question(EVENING_MS + 2 * HOUR_MS);
    question.anchors = vec![anchor(5, 0)];
    question.anchors[0].server_ms = EVENING_MS - HOUR_MS;
    f.store.ingest(question).await.unwrap();
    let after = ratings(&f).await.remove(0).time;
    assert_eq!((after.quality, after.day.to_string().as_str()), (TimeQuality::Exact, "2026-11-24"));
    assert!(after.occurred_at_ms.abs_diff(EVENING_MS) <= after.bound_ms.unsigned_abs(), "{after:?}");
    assert!(after.bound_ms < 1_000, "{after:?}");
    assert_sums_are_right(&f).await;
}

#[tokio::test]
async fn moving_a_rating_may_change_what_counts() {
    let f = fixture().await;
    let scan = late(9, facts(f.device, 1, 5, None), EVENING_MS);
    f.store.rate_late(f.office, &scan).await.unwrap();
    let mut chain = Chain::of(f.device);
    let mut touch = rated(facts(f.device, 1, 2, None), 0);
    touch.at = Moment { wall_ms: EVENING_MS + HOUR_MS, ..moment(5, HOUR_MS) };
    let mut batch = chain.batch(vec![touch], EVENING_MS + 2 * HOUR_MS);
    (batch.sent_at, batch.anchors) = (moment(6, 1_000), Vec::new());
    f.store.ingest(batch).await.unwrap();
    assert_eq!(counted(&f).await, [(5, Channel::Qr)]);
    let mut question = chain.question(EVENING_MS + 3 * HOUR_MS);
    question.anchors = vec![anchor(5, 0)];
    question.anchors[0].server_ms = EVENING_MS - 2 * HOUR_MS;
    f.store.ingest(question).await.unwrap();
    assert_eq!(counted(&f).await, [(2, Channel::Kiosk)], "the touch was an hour before the scan");
    assert_sums_are_right(&f).await;
}

#[tokio::test]
async fn a_qr_code_knows_when_its_visit_was() {
    let f = fixture().await;
    let visit = facts(f.device, 1, 1, None).visit;
    assert_eq!(f.store.opened_at(f.office, visit).await.unwrap(), None);
    f.store.ingest(Chain::of(f.device).batch(vec![Given::at(Meaning::Opened(visit), 50_000)], 90_000)).await.unwrap();
    let opened_at_ms = f.store.opened_at(f.office, visit).await.unwrap().unwrap();
    assert!((50_000..50_100).contains(&opened_at_ms), "{opened_at_ms}");
}

/// One thing that happens at a counter.
#[derive(Clone, Copy, Debug)]
enum Step {
    Touch,
    Undo,
    Scan,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => Just(Step::Touch), 1 => Just(Step::Undo), 1 => Just(Step::Scan)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: each visit has at most one answer that counts, that is the first
    /// one not taken back, and the sums of the days are those of the answers that count.
    #[test]
    fn sums_always_follow_what_counts(
        steps in prop::collection::vec((step(), 1u32..9, 1u8..=5, 0usize..3, 0i64..40), 1..50)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let rated_now = runtime.block_on(async {
            let f = fixture().await;
            let mut chain = Chain::of(f.device);
            let mut touches: Vec<(u32, EventId)> = Vec::new();
            for (n, (step, visit, stars, officer, hours)) in (0i64..).zip(steps) {
                let now_ms = EVENING_MS + n * 60_000;
                let given = facts(f.device, visit, stars, f.officers.get(officer).copied());
                match step {
                    Step::Touch => {
                        let batch = chain.batch(vec![rated(given, now_ms - hours * HOUR_MS)], now_ms);
                        touches.push((visit, batch.events[0].id));
                        f.store.ingest(batch).await.unwrap();
                    }
                    Step::Undo => {
                        let Some((visit, id)) = touches.get(usize::try_from(hours).unwrap() % touches.len().max(1)) else { continue };
                        f.store.ingest(chain.batch(vec![undo(&f, *visit, *id, now_ms)], now_ms)).await.unwrap();
                    }
                    Step::Scan => {
                        let scan = late(u128::from(n.unsigned_abs()), given, now_ms);
                        f.store.rate_late(f.office, &scan).await.unwrap();
                    }
                }
                assert_sums_are_right(&f).await;
            }
            ratings(&f).await
        });
        let mut visits = BTreeMap::<_, Vec<RatingRow>>::new();
        for rating in rated_now {
            visits.entry(rating.facts.visit).or_default().push(rating);
        }
        for answers in visits.values() {
            let first = answers.iter().filter(|a| !a.undone).min_by_key(|a| (a.time.occurred_at_ms, a.facts.channel, a.id));
            for answer in answers {
                prop_assert_eq!(answer.counted, first.is_some_and(|first| first.id == answer.id));
            }
        }
    }
}
