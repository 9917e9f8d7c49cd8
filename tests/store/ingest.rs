//! Batches: joining the chain, and what becomes of each event.

use crate::fixture::{Chain, facts, fixture, verdicts};
use suara_loket::protocol::batch::Verdict;
use suara_loket::server::store::{Ingested, Meaning};

#[tokio::test]
async fn a_batch_sent_twice_is_stored_once() {
    let f = fixture().await;
    let rating = Meaning::Rating(facts(f.device, 1, 5, None, 10));
    let batch = Chain::of(f.device).batch(vec![Meaning::Other, rating], 100);
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), [Verdict::Stored, Verdict::Stored]);
    assert_eq!(verdicts(f.store.ingest(batch).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
    assert_eq!(f.store.ratings(f.office).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_longer_repetition_adds_only_what_is_new() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let mut both = chain.batch(vec![Meaning::Other], 100);
    f.store.ingest(both.clone()).await.unwrap();
    both.events.extend(chain.batch(vec![Meaning::Other], 100).events);
    let Ingested::Joined { verdicts, cursor } = f.store.ingest(both).await.unwrap() else { panic!() };
    assert_eq!(verdicts, [Verdict::Duplicate, Verdict::Stored]);
    assert_eq!((cursor.next_seq, cursor.head), (3, chain.head));
}

#[tokio::test]
async fn missing_events_are_asked_for() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    chain.batch(vec![Meaning::Other], 100);
    let later = chain.batch(vec![Meaning::Other], 100);
    let Ingested::Gap { cursor } = f.store.ingest(later).await.unwrap() else { panic!() };
    assert_eq!(cursor.next_seq, 1);
}

#[tokio::test]
async fn another_history_of_the_same_device_is_a_fork() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(vec![Meaning::Other], 100)).await.unwrap();
    let mut wrong_head = chain.batch(vec![Meaning::Other], 100);
    wrong_head.prev_hash.0[0] ^= 1;
    assert!(matches!(f.store.ingest(wrong_head).await.unwrap(), Ingested::Fork { .. }));
    let mut other_bytes = Chain::of(f.device).batch(vec![Meaning::Other], 100);
    other_bytes.events[0].body_hash.0[0] ^= 1;
    assert!(matches!(f.store.ingest(other_bytes).await.unwrap(), Ingested::Fork { .. }));
}

#[tokio::test]
async fn nothing_that_is_not_understood_blocks_or_is_dropped() {
    let f = fixture().await;
    let meanings = vec![Meaning::Parked("too new".to_owned()), Meaning::Rating(facts(f.device, 1, 5, None, 10))];
    let batch = Chain::of(f.device).batch(meanings, 100);
    let expected = [Verdict::Parked { reason: "too new".to_owned() }, Verdict::Stored];
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), expected);
    let parked = f.store.parked(f.office).await.unwrap();
    assert_eq!(parked, [(batch.events[0].id, "too new".to_owned())]);
}

#[tokio::test]
async fn an_id_used_twice_with_other_bytes_is_kept_as_a_conflict() {
    let f = fixture().await;
    let mut batch = Chain::of(f.device).batch(vec![Meaning::Other, Meaning::Other], 100);
    batch.events[1].id = batch.events[0].id;
    assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), [Verdict::Stored, Verdict::Conflict]);
    assert_eq!(verdicts(f.store.ingest(batch).await.unwrap()), [Verdict::Duplicate, Verdict::Duplicate]);
}
