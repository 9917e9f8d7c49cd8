//! The laws a store carries: one visit one rating, and cards made of whole releases.

use crate::fixture::{Chain, Fixture, Given, event_id, facts, fixture, late, rated};
use proptest::prelude::*;
use std::collections::BTreeMap;
use suara_loket::domain::score::Spread;
use suara_loket::domain::stars::Channel;
use suara_loket::server::store::{LateRating, Meaning, RatingFacts};

const DAY: &str = "2026-11-24";

async fn card(f: &Fixture, officer: usize) -> Spread {
    f.store.day_card(f.office, f.officers[officer], DAY.parse().unwrap()).await.unwrap().spread
}

async fn release(f: &Fixture, slot_ms: i64) -> u32 {
    f.store.release(f.office, slot_ms, DAY.parse().unwrap()).await.unwrap()
}

/// Of a visit at the first officer.
fn served(f: &Fixture, visit: u32, n: u8) -> RatingFacts {
    facts(f.device, visit, n, Some(f.officers[0]))
}

/// Law 3: touched at 10, scanned at 20. Whatever arrives first, the touch counts, once.
#[tokio::test]
async fn touch_and_scan_of_one_visit_count_once_in_every_order() {
    for scan_first in [false, true] {
        let f = fixture().await;
        let touch = served(&f, 1, 4);
        let batch = Chain::of(f.device).batch(vec![rated(touch, 10)], 30);
        let scan = late(9, served(&f, 1, 1), 20);
        if scan_first {
            assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::Counted);
            f.store.ingest(batch).await.unwrap();
        } else {
            f.store.ingest(batch).await.unwrap();
            assert_eq!(f.store.rate_late(f.office, &scan).await.unwrap(), LateRating::AlreadyRated);
        }
        let ratings = f.store.ratings(f.office).await.unwrap();
        let counted: Vec<_> = ratings.iter().filter(|rating| rating.counted).collect();
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].facts, touch, "scan first: {scan_first}");
        assert_eq!(ratings.len(), if scan_first { 2 } else { 1 }, "what was accepted is kept");
    }
}

#[tokio::test]
async fn a_ticket_counts_once_however_often_it_is_sent() {
    let f = fixture().await;
    let mut counted = 0;
    for n in 0..20 {
        let outcome = f.store.rate_late(f.office, &late(n, served(&f, 1, 5), 10)).await.unwrap();
        counted += u32::from(outcome == LateRating::Counted);
    }
    assert_eq!((counted, f.store.ratings(f.office).await.unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_release_waits_for_five_and_takes_only_what_came_before_it() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    for visit in 1..=4 {
        f.store.ingest(chain.batch(vec![rated(served(&f, visit, 5), 0)], 100)).await.unwrap();
    }
    assert_eq!((release(&f, 200).await, card(&f, 0).await.count()), (0, 0));
    f.store.ingest(chain.batch(vec![rated(served(&f, 5, 1), 0)], 300)).await.unwrap();
    assert_eq!(release(&f, 299).await, 0, "the fifth came after this slot");
    assert_eq!((release(&f, 300).await, card(&f, 0).await), (1, Spread([1, 0, 0, 0, 4])));
    assert_eq!((release(&f, 300).await, card(&f, 0).await.count()), (0, 5), "a slot is released once");
    assert_eq!(card(&f, 1).await.count(), 0, "and nobody else sees them");
}

#[tokio::test]
async fn ratings_without_an_officer_belong_to_nobody() {
    let f = fixture().await;
    let ratings = (1..=9).map(|visit| rated(facts(f.device, visit, 5, None), 0)).collect();
    f.store.ingest(Chain::of(f.device).batch(ratings, 100)).await.unwrap();
    assert_eq!(release(&f, 200).await, 0);
}

/// An earlier answer arrives after the release of a later one: records follow it, the card stays.
#[tokio::test]
async fn a_released_card_is_frozen() {
    let f = fixture().await;
    for visit in 1..=5 {
        f.store.rate_late(f.office, &late(u128::from(visit), served(&f, visit, 5), 50)).await.unwrap();
    }
    assert_eq!(release(&f, 60).await, 1);
    let earlier = (1..=5).map(|visit| rated(served(&f, visit, 1), 10)).collect();
    f.store.ingest(Chain::of(f.device).batch(earlier, 100)).await.unwrap();
    assert_eq!(release(&f, 200).await, 0, "the same visits are not new");
    assert_eq!(card(&f, 0).await, Spread([0, 0, 0, 0, 5]));
    let ratings = f.store.ratings(f.office).await.unwrap();
    assert!(ratings.iter().filter(|r| r.counted).all(|r| r.facts.channel == Channel::Kiosk));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Law 5 on real rows: visits touched, scanned and taken back, in any order, with a look after every
    /// slot. No pair of looks at a card differs by one to four ratings.
    #[test]
    fn no_pair_of_looks_differs_by_one_to_four(
        steps in prop::collection::vec((1u32..30, 1u8..=5, 0usize..2, 0u8..4, any::<bool>()), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let looks = runtime.block_on(async {
            let f = fixture().await;
            let (mut chain, mut looks, mut touches) = (Chain::of(f.device), vec![Vec::new(); 2], BTreeMap::new());
            for (n, (visit, stars, officer, kind, slot)) in (0i64..).zip(steps) {
                let given = facts(f.device, visit, stars, Some(f.officers[officer]));
                match kind {
                    0 => drop(f.store.rate_late(f.office, &late(u128::from(n.unsigned_abs()), given, n)).await.unwrap()),
                    // The last touch of this visit is taken back, whether it was released or not.
                    1 => {
                        let rating = touches.get(&visit).copied().unwrap_or(event_id(0));
                        let undo = Given::at(Meaning::Undone { visit: given.visit, rating }, n);
                        f.store.ingest(chain.batch(vec![undo], n)).await.unwrap();
                    }
                    _ => {
                        let batch = chain.batch(vec![rated(given, n * 7 % 50)], n);
                        touches.insert(visit, batch.events[0].id);
                        f.store.ingest(batch).await.unwrap();
                    }
                }
                if slot {
                    release(&f, n).await;
                }
                for (officer, looks) in looks.iter_mut().enumerate() {
                    looks.push(card(&f, officer).await);
                }
            }
            looks
        });
        for looks in looks {
            for (i, before) in looks.iter().enumerate() {
                for after in &looks[i..] {
                    let difference: u32 = before.0.iter().zip(after.0).map(|(a, b)| a.abs_diff(b)).sum();
                    prop_assert!(!(1..5).contains(&difference), "{before:?} -> {after:?}");
                }
            }
        }
    }
}
