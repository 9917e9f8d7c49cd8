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

/// Thousands of calls at the same moment: some are done, the others hear at once that they have to come
/// again, and none waits without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so() {
    let f = fixture().await;
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..3_000u32 {
        let store = f.store.clone();
        calls.spawn(async move { store.begin_data_epoch(u64::from(n) + 1, 0).await });
    }
    let (mut done, mut busy) = (0, 0);
    while let Some(call) = calls.join_next().await {
        match call.unwrap() {
            Ok(()) => done += 1,
            Err(StoreError::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(done > 0 && done + busy == 3_000, "{done} done, {busy} busy");
    assert!(f.store.data_epoch(0).await.unwrap() > 0, "and afterwards it works as before");
}
