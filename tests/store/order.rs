//! The times of a device's ratings are in the order of its chain, however they arrive and are placed again.

use crate::fixture::{Chain, Fixture, Given, anchor, facts, fixture, moment, rated, withheld};
use proptest::prelude::*;
use std::collections::BTreeMap;
use suara_loket::domain::clock::{Anchor, Moment, TimeQuality};
use suara_loket::domain::event::ChainHash;
use suara_loket::server::store::{IncomingEvent, RatingRow};

/// 24 November 2026, seven in the evening of the office.
const EVENING_MS: i64 = 1_795_521_600_000;
const HOUR_MS: i64 = 3_600_000;

/// The ratings along the chain: ids are in its order.
async fn ratings(f: &Fixture) -> Vec<RatingRow> {
    let mut ratings = f.store.ratings(f.office).await.unwrap();
    ratings.sort_by_key(|rating| rating.id);
    ratings
}

/// How many ratings count on which day, by the ratings and by the roll-ups.
async fn assert_sums_follow(f: &Fixture, ratings: &[RatingRow]) {
    let mut by_day = BTreeMap::new();
    for rating in ratings.iter().filter(|rating| rating.counted) {
        *by_day.entry(rating.time.day).or_insert(0) += 1;
    }
    let rows = f.store.dailies(f.office).await.unwrap();
    let kept: BTreeMap<_, _> = rows.iter().filter(|row| row.n != 0).map(|row| (row.key.day, row.n)).collect();
    assert_eq!(kept, by_day);
}

fn touch(f: &Fixture, visit: u32, at: Moment) -> Given {
    Given { at, ..rated(facts(f.device, visit, 4, None), 0) }
}

/// What the server's time was at this moment of that boot.
fn known(boot: u128, boot_ms: i64, server_ms: i64) -> Anchor {
    Anchor { server_ms, ..anchor(boot, boot_ms) }
}

#[tokio::test]
async fn a_guess_goes_back_when_a_later_rating_turns_out_earlier() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let at = |boot, boot_ms| Moment { wall_ms: 0, ..moment(boot, boot_ms) };
    // Nothing is known of boot 5, so its rating seems to be as late as it can be: on arrival.
    let mut batch = chain.batch(vec![touch(&f, 1, at(5, 1_000))], EVENING_MS);
    (batch.sent_at, batch.anchors) = (at(9, 1_000), Vec::new());
    f.store.ingest(batch).await.unwrap();
    let first = ratings(&f).await[0].time;
    assert!(first.occurred_at_ms > EVENING_MS - HOUR_MS && first.quality == TimeQuality::Interval, "{first:?}");
    // A clock that is years behind is no reason to take it back.
    let day_before_ms = EVENING_MS - 24 * HOUR_MS;
    let old_clock = |boot| Moment { wall_ms: day_before_ms - 20_000 * HOUR_MS, ..at(boot, 1_000) };
    let mut batch = chain.batch(vec![touch(&f, 2, old_clock(5))], EVENING_MS + 1_000);
    (batch.sent_at, batch.anchors) = (at(9, 2_000), Vec::new());
    f.store.ingest(batch).await.unwrap();
    let placed = ratings(&f).await;
    assert_eq!((placed[0].time, placed[1].time.occurred_at_ms), (first, first.occurred_at_ms));
    // But the next one is known to be of the day before.
    let given = vec![touch(&f, 3, at(6, HOUR_MS)), touch(&f, 4, old_clock(7))];
    let mut batch = chain.batch(given, EVENING_MS + 2_000);
    (batch.sent_at, batch.anchors) = (at(9, 3_000), vec![known(6, HOUR_MS, day_before_ms)]);
    f.store.ingest(batch).await.unwrap();
    let placed = ratings(&f).await;
    assert_eq!((placed[2].time.occurred_at_ms, placed[2].time.quality), (day_before_ms, TimeQuality::Exact));
    for guess in &placed[..2] {
        assert_eq!((guess.time.occurred_at_ms, guess.time.day.to_string().as_str()), (day_before_ms, "2026-11-23"));
    }
    assert!(placed[3].time.occurred_at_ms >= day_before_ms, "{:?}", placed[3]);
    assert_sums_follow(&f, &placed).await;
    // Boot 7 is found to be of the same evening, and a guess that arrives next is not before that.
    let mut question = chain.question(EVENING_MS + 3_000);
    question.anchors = vec![known(7, 0, EVENING_MS - HOUR_MS)];
    f.store.ingest(question).await.unwrap();
    let mut batch = chain.batch(vec![touch(&f, 5, at(8, 1_000))], EVENING_MS + 4_000);
    (batch.sent_at, batch.anchors) = (at(9, 5_000), Vec::new());
    f.store.ingest(batch).await.unwrap();
    // Boot 5 is found to be earlier still: nothing else moves.
    let before = ratings(&f).await;
    assert!(before[4].time.occurred_at_ms >= before[3].time.occurred_at_ms, "{before:?}");
    let mut question = chain.question(EVENING_MS + 5_000);
    question.anchors = vec![known(5, 0, day_before_ms - 9 * HOUR_MS)];
    f.store.ingest(question).await.unwrap();
    let placed = ratings(&f).await;
    for of_boot_5 in &placed[..2] {
        assert_eq!(of_boot_5.time.occurred_at_ms, day_before_ms - 9 * HOUR_MS + 1_000);
    }
    assert_eq!(placed[2..], before[2..]);
    assert!(placed.is_sorted_by_key(|rating| rating.time.occurred_at_ms), "{placed:?}");
    assert_sums_follow(&f, &placed).await;
}

/// One touch: minutes since the one before, whether the kiosk was started anew in between, how wrong its
/// wall clock is, and whether the batch ends after it.
type Touch = (i64, bool, i64, bool);
/// What is learnt later of a boot: which one, how many minutes after its start, how precisely.
type Learnt = (u8, i64, i64);

fn any_touch() -> impl Strategy<Value = Touch> {
    let gap = prop_oneof![Just(0i64), 0..30i64, 0..3_000i64];
    let wall_error_ms = prop_oneof![Just(0), Just(-EVENING_MS), Just(-20_000 * HOUR_MS), Just(90_000 * HOUR_MS)];
    (gap, prop::bool::weighted(0.3), wall_error_ms, prop::bool::weighted(0.4))
}

fn any_learnt() -> impl Strategy<Value = Learnt> {
    let error_ms = prop_oneof![Just(20i64), Just(900), Just(30_000), Just(40 * HOUR_MS)];
    (0..8u8, prop_oneof![0..100i64, 0..9_000i64], error_ms)
}

/// A kiosk on a true time line.
struct Line {
    starts_ms: Vec<i64>,
    now_ms: i64,
}

impl Line {
    fn moment(&self, wall_error_ms: i64) -> Moment {
        let boot = u128::try_from(self.starts_ms.len()).unwrap();
        let boot_ms = self.now_ms - self.starts_ms.last().unwrap();
        Moment { wall_ms: self.now_ms + wall_error_ms, ..moment(boot, boot_ms) }
    }

    /// Right within its error, and as wrong as that allows.
    fn anchor(&self, (boot, minutes, error_ms): Learnt) -> Anchor {
        let boot = usize::from(boot) % self.starts_ms.len();
        let boot_ms = minutes * 60_000;
        let off_ms = if minutes % 2 == 0 { error_ms } else { -error_ms };
        let server_ms = self.starts_ms[boot] + boot_ms + off_ms;
        Anchor { error_ms, ..known(u128::try_from(boot).unwrap() + 1, boot_ms, server_ms) }
    }
}

async fn assert_right(f: &Fixture, truth: &BTreeMap<u32, i64>) {
    let ratings = ratings(f).await;
    assert!(ratings.is_sorted_by_key(|rating| rating.time.occurred_at_ms), "{ratings:#?}");
    for rating in &ratings {
        let truth_ms = truth[&rating.facts.visit.serial.get()];
        let off_ms = (truth_ms - rating.time.occurred_at_ms).abs();
        assert!(off_ms <= rating.time.bound_ms, "truly at {truth_ms}: {rating:?}");
        assert!(rating.time.occurred_at_ms <= rating.received_at_ms, "{rating:?}");
    }
    assert_sums_follow(f, &ratings).await;
}

async fn assert_order_is_kept(touches: Vec<Touch>, learnt: Vec<Learnt>, hidden: usize) {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let mut line = Line { starts_ms: vec![EVENING_MS], now_ms: EVENING_MS };
    let (mut truth, mut batches) = (BTreeMap::new(), vec![Vec::<(ChainHash, IncomingEvent)>::new()]);
    for (visit, (minutes, is_restarted, wall_error_ms, is_last)) in (1..).zip(&touches) {
        line.now_ms += minutes * 60_000 + 1;
        if *is_restarted {
            line.starts_ms.push(line.now_ms);
            line.now_ms += 1_000;
        }
        truth.insert(visit, line.now_ms);
        let head = chain.head;
        let event = chain.event(touch(&f, visit, line.moment(*wall_error_ms)));
        batches.last_mut().unwrap().push((head, event));
        if *is_last {
            batches.push(Vec::new());
        }
    }
    let (hidden_head, hidden) = batches.iter().flatten().nth(hidden % touches.len()).unwrap().clone();
    let mut learnt = learnt.into_iter();
    for events in batches.into_iter().filter(|events| !events.is_empty()) {
        line.now_ms += 1_000;
        let hide = |event: IncomingEvent| if event.id == hidden.id { withheld(&event) } else { event };
        let (first_seq, head) = (events[0].1.seq, events[0].0);
        let events = events.into_iter().map(|(_, event)| hide(event)).collect();
        let mut batch = chain.of_events(first_seq, head, events, line.now_ms);
        (batch.sent_at, batch.anchors) =
            (line.moment(0), learnt.next().map(|one| line.anchor(one)).into_iter().collect());
        f.store.ingest(batch).await.unwrap();
        assert_right(&f, &truth).await;
    }
    let mut late = chain.of_events(hidden.seq, hidden_head, vec![hidden], line.now_ms + 1_000);
    (late.sent_at, late.anchors) = (line.moment(0), Vec::new());
    f.store.ingest(late).await.unwrap();
    assert_right(&f, &truth).await;
    for one in learnt {
        let mut question = chain.question(line.now_ms + 2_000);
        question.anchors = vec![line.anchor(one)];
        f.store.ingest(question).await.unwrap();
        assert_right(&f, &truth).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever arrives in whichever batch, and whatever becomes known later of whichever boot.
    #[test]
    fn times_never_go_back_along_a_chain(
        touches in prop::collection::vec(any_touch(), 1..16),
        learnt in prop::collection::vec(any_learnt(), 0..12),
        hidden in any::<usize>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(assert_order_is_kept(touches, learnt, hidden));
    }
}
