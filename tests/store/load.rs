//! More work than can be done at once: shared commits, and a queue with an end.

use crate::fixture::{Chain, enrol, facts, fixture, other, rated};
use suara_loket::server::store::{NewOfficer, StoreError};

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_kept_and_a_failed_one_fails_alone() {
    let f = fixture().await;
    let mut calls = tokio::task::JoinSet::new();
    for code in 2..40u8 {
        let device = enrol(&*f.store, f.office, f.counter, code).await;
        let (store, office) = (f.store.clone(), f.office);
        calls.spawn(async move {
            let mut chain = Chain::with_key(device, code);
            for visit in 1..=5 {
                let batch = chain.batch(vec![other(), rated(facts(device, visit, 5, None), 10)], 100);
                let ingested = store.ingest(batch).await.unwrap();
                assert_eq!(ingested.cursor.head, chain.head);
                // The log-in name is taken, so this write fails among the others.
                let taken = NewOfficer {
                    name: "R".to_owned(),
                    login: "rani".to_owned(),
                    pin_hash: String::new(),
                    password_hash: String::new(),
                    portrait_svg: String::new(),
                };
                assert!(matches!(store.add_officer(office, &taken).await, Err(StoreError::Taken(_))));
            }
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    assert_eq!(f.store.ratings(f.office).await.unwrap().len(), 38 * 5);
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 38 * 10);
    assert_eq!(f.store.officers(f.office).await.unwrap().len(), 2);
}

/// What a write did before it failed is undone, and nothing of its neighbours.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_leaves_nothing_behind() {
    let f = fixture().await;
    let mut calls = tokio::task::JoinSet::new();
    for code in 2..20u8 {
        let device = enrol(&*f.store, f.office, f.counter, code).await;
        let store = f.store.clone();
        calls.spawn(async move {
            let mut chain = Chain::with_key(device, code);
            let mut batch = chain.batch(vec![rated(facts(device, 1, 5, None), 10), other()], 100);
            if code % 2 == 0 {
                // Two events in one place: no store can keep both.
                batch.events[1].seq = 1;
                batch.first_seq = 1;
                assert!(matches!(store.ingest(batch).await, Err(StoreError::Failed(_))));
            } else {
                store.ingest(batch).await.unwrap();
            }
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    let sum: i64 = f.store.dailies(f.office).await.unwrap().iter().map(|row| row.n).sum();
    assert_eq!((f.store.ratings(f.office).await.unwrap().len(), sum), (9, 9));
    assert_eq!(f.store.ledger_end(f.office).await.unwrap().size, 18);
}

/// While nothing can be written, some wait; the others hear at once that they have to come again.
#[tokio::test]
async fn a_full_queue_says_so() {
    let f = fixture().await;
    let other_writer = rusqlite::Connection::open(f.folder.path().join("server.db")).unwrap();
    other_writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..400 {
        let store = f.store.clone();
        calls.spawn(async move { store.begin_data_epoch(n + 1, 0).await });
    }
    let first = calls.join_next().await.unwrap().unwrap();
    assert!(matches!(first, Err(StoreError::Busy)), "{first:?}");
    other_writer.execute_batch("ROLLBACK").unwrap();
    let (mut done, mut busy) = (0, 1);
    while let Some(call) = calls.join_next().await {
        match call.unwrap() {
            Ok(()) => done += 1,
            Err(StoreError::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(done >= 256 && busy > 100, "{done} done, {busy} busy");
    assert!(f.store.data_epoch(0).await.unwrap() > 0, "and afterwards it works as before");
}
