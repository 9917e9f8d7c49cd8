//! Reasons on an officer's card, and releases that a kiosk made alone, on real rows.

use crate::fixture::{Chain, Fixture, Given, facts, fixture, late, rated, verdicts, visit, withheld};
use jiff::civil::Date;
use suara_loket::domain::alone::OwnRelease;
use suara_loket::domain::day_card::{DayCard, Theme};
use suara_loket::domain::event::ReasonCode;
use suara_loket::domain::ids::VisitSerial;
use suara_loket::domain::score::Spread;
use suara_loket::protocol::batch::Verdict;
use suara_loket::server::store::{IncomingBatch, Meaning};

const TUESDAY: Date = Date::constant(2026, 11, 24);

fn code(code: &str) -> ReasonCode {
    ReasonCode::try_from(code.to_owned()).unwrap()
}

fn theme(name: &str, count: u32) -> Theme {
    Theme { code: code(name), count }
}

/// Ratings of the first officer in these visits, each with these reasons.
fn served(f: &Fixture, visits: std::ops::RangeInclusive<u32>, reasons: &[&str]) -> Vec<Given> {
    let of_visit = |n| {
        let reasons = reasons.iter().map(|reason| code(reason)).collect();
        let said = Meaning::Reasoned { visit: visit(f.device, n), reasons };
        [rated(facts(f.device, n, 5, Some(f.officers[0])), 10), Given::at(said, 11)]
    };
    visits.flat_map(of_visit).collect()
}

/// What the kiosk released alone, at 20.
fn released(f: &Fixture, visits: std::ops::RangeInclusive<u32>, themes: Vec<Theme>) -> Given {
    let visits: Vec<VisitSerial> = visits.map(|n| VisitSerial::try_from(n).unwrap()).collect();
    let spread = Spread([0, 0, 0, 0, u32::try_from(visits.len()).unwrap()]);
    let release = OwnRelease { officer: f.officers[0], at_ms: 20, spread, themes, visits };
    Given::at(Meaning::Released { device: f.device, release }, 20)
}

async fn release(f: &Fixture, slot_ms: i64, day: Date) -> u32 {
    f.store.release(f.office, slot_ms, day).await.unwrap()
}

async fn card(f: &Fixture, day: Date) -> DayCard {
    f.store.day_card(f.office, f.officers[0], day).await.unwrap()
}

/// The day of the moments above.
const FIRST: Date = Date::constant(1970, 1, 1);

fn waiting_for(chain: &mut Chain, given: Vec<Given>, awaits: u64) -> IncomingBatch {
    IncomingBatch { awaits, ..chain.batch(given, 100) }
}

#[tokio::test]
async fn a_reason_waits_until_five_released_visits_got_it() {
    let (f, monday) = (fixture().await, TUESDAY.yesterday().unwrap());
    let mut chain = Chain::of(f.device);
    let mut given = served(&f, 1..=3, &["ramah", "lama"]);
    given.extend(served(&f, 4..=6, &["ramah", "ramah"]));
    f.store.ingest(chain.batch(given, 100)).await.unwrap();
    assert_eq!(card(&f, monday).await.themes, [], "nothing is released yet");
    release(&f, 100, monday).await;
    assert_eq!(card(&f, monday).await.themes, [theme("ramah", 6)]);
    f.store.ingest(chain.batch(served(&f, 7..=11, &["lama"]), 200)).await.unwrap();
    release(&f, 200, TUESDAY).await;
    assert_eq!(card(&f, TUESDAY).await.themes, [theme("lama", 8), theme("ramah", 6)], "those of Monday among them");
    assert_eq!(card(&f, "2026-11-30".parse().unwrap()).await.themes, [theme("lama", 8)], "a week later");
    let others = f.store.day_card(f.office, f.officers[1], TUESDAY).await.unwrap();
    assert_eq!(others, DayCard::empty(f.officers[1], TUESDAY));
}

#[tokio::test]
async fn reasons_of_a_rating_that_was_taken_back_are_not_named() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let batch = chain.batch(served(&f, 1..=6, &["ramah"]), 100);
    let (first, second) = (batch.events[0].id, batch.events[2].id);
    f.store.ingest(batch).await.unwrap();
    let undone = |n, rating| Given::at(Meaning::Undone { visit: visit(f.device, n), rating }, 12);
    f.store.ingest(chain.batch(vec![undone(1, first), undone(2, second)], 100)).await.unwrap();
    f.store.ingest(chain.batch(served(&f, 7..=7, &[]), 100)).await.unwrap();
    release(&f, 100, TUESDAY).await;
    let card = card(&f, TUESDAY).await;
    assert_eq!((card.spread.count(), card.themes), (5, vec![]));
}

#[tokio::test]
async fn the_week_has_the_days_with_releases() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    for (nth, day) in (0u32..).zip(["2026-11-17", "2026-11-18", "2026-11-24"]) {
        let visits = nth * 10 + 1..=nth * 10 + 5 + nth;
        f.store.ingest(chain.batch(served(&f, visits, &[]), 100)).await.unwrap();
        release(&f, 100, day.parse().unwrap()).await;
    }
    let card = card(&f, TUESDAY).await;
    let week: Vec<_> = card.week.iter().map(|of_day| (of_day.day.to_string(), of_day.spread.count())).collect();
    assert_eq!(week, [("2026-11-18".to_owned(), 6), ("2026-11-24".to_owned(), 7)]);
    assert_eq!(card.spread.count(), 7);
}

/// A time of the server comes between the batch with the ratings and the one with their release.
#[tokio::test]
async fn what_a_kiosk_may_have_released_waits_for_that() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let ratings = waiting_for(&mut chain, served(&f, 1..=7, &["ramah"]), 17);
    f.store.ingest(ratings).await.unwrap();
    assert_eq!(release(&f, 100, FIRST).await, 0, "the release is said to stand at 17");
    let last = waiting_for(&mut chain, vec![rated(facts(f.device, 8, 1, Some(f.officers[0])), 12)], 17);
    f.store.ingest(last).await.unwrap();
    f.store.ingest(chain.batch(vec![rated(facts(f.device, 9, 1, None), 12)], 100)).await.unwrap();
    assert_eq!(release(&f, 100, FIRST).await, 0, "a late batch that knows of no release frees nothing");
    let named = vec![theme("ramah", 6)];
    let batch = waiting_for(&mut chain, vec![released(&f, 1..=6, named.clone())], 17);
    assert_eq!(batch.next_seq(), 18);
    let id = batch.events[0].id;
    f.store.ingest(batch).await.unwrap();
    let shown = card(&f, FIRST).await;
    assert_eq!((shown.spread, shown.themes, shown.alone), (Spread([0, 0, 0, 0, 6]), named, vec![id]));
    assert_eq!(release(&f, 100, FIRST).await, 0, "two are left");
    f.store.ingest(chain.batch(served(&f, 10..=12, &["ramah"]), 100)).await.unwrap();
    assert_eq!(release(&f, 100, FIRST).await, 1);
    let shown = card(&f, FIRST).await;
    assert_eq!(shown.spread, Spread([1, 0, 0, 0, 10]));
    assert_eq!(shown.themes, [theme("ramah", 6)], "four more wait");
}

#[tokio::test]
async fn another_kiosk_does_not_wait_for_that() {
    let f = fixture().await;
    let other = crate::fixture::enrol(&*f.store, f.office, f.counter, 2).await;
    f.store.ingest(waiting_for(&mut Chain::of(f.device), served(&f, 1..=7, &[]), 99)).await.unwrap();
    let ratings = (1..=5).map(|n| rated(facts(other, n, 1, Some(f.officers[0])), 10)).collect();
    f.store.ingest(Chain::with_key(other, 2).batch(ratings, 100)).await.unwrap();
    assert_eq!(release(&f, 100, FIRST).await, 1);
    assert_eq!(card(&f, FIRST).await.spread, Spread([5, 0, 0, 0, 0]));
}

#[tokio::test]
async fn a_rating_whose_bytes_follow_later_is_in_the_release_that_showed_it() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let given = (1..=5).map(|n| rated(facts(f.device, n, 5, Some(f.officers[0])), 10));
    let whole = chain.batch(given.chain([released(&f, 1..=5, vec![])]).collect(), 100);
    let mut first = whole.clone();
    first.events[0] = withheld(&whole.events[0]);
    f.store.ingest(IncomingBatch { awaits: 6, ..first }).await.unwrap();
    assert_eq!(card(&f, FIRST).await.spread.count(), 5, "as the officer has seen it");
    let alone = chain.of_events(1, whole.prev_hash, vec![whole.events[0].clone()], 100);
    assert_eq!(verdicts(f.store.ingest(alone).await.unwrap()), [Verdict::Stored]);
    f.store.ingest(chain.batch(served(&f, 6..=9, &[]), 100)).await.unwrap();
    assert_eq!(release(&f, 100, FIRST).await, 0, "four are new, and not five");
}

#[tokio::test]
async fn a_visit_that_the_server_released_before_stays_there() {
    let f = fixture().await;
    for n in 1..=5 {
        let scanned = late(u128::from(n), facts(f.device, n, 1, Some(f.officers[0])), 5);
        f.store.rate_late(f.office, &scanned).await.unwrap();
    }
    assert_eq!(release(&f, 10, FIRST).await, 1);
    let mut given = served(&f, 1..=5, &[]);
    given.push(released(&f, 1..=5, vec![]));
    f.store.ingest(Chain::of(f.device).batch(given, 100)).await.unwrap();
    assert_eq!(card(&f, FIRST).await.spread, Spread([5, 0, 0, 0, 5]), "both were shown");
    assert_eq!(release(&f, 100, FIRST).await, 0);
}
