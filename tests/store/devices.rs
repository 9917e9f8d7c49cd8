//! Enrolment codes and devices.

use crate::fixture::{Chain, Fixture, Given, code_key, enrol, enrolling, fixture, key};
use suara_loket::domain::ids::DeviceId;
use suara_loket::server::store::{Before, CodeKey, Enrolling, MOST_WRONG_TRIES, Meaning, NewEnrolment, StoreError};

fn new(f: &Fixture, code: CodeKey, now_ms: i64) -> NewEnrolment {
    NewEnrolment { code, office: f.office, counter: f.counter, now_ms, expires_at_ms: now_ms + 1_000 }
}

#[tokio::test]
async fn a_code_enrols_one_device_in_its_time() {
    let f = fixture().await;
    f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
    assert!(f.store.enrol(&enrolling(8, 0)).await.unwrap().is_none(), "unknown");
    assert!(f.store.enrol(&enrolling(9, 1_000)).await.unwrap().is_none(), "over");
    let moved = Enrolling { before: Before::Device(f.device), epoch: 3, ..enrolling(9, 999) };
    let enrolled = f.store.enrol(&moved).await.unwrap().unwrap();
    let device = f.store.device(enrolled.device).await.unwrap().unwrap();
    assert_eq!((device.office, device.counter, device.epoch, device.revoked), (f.office, f.counter, 3, false));
    assert_eq!((device.key, device.previous), (key(9), Some(f.device)));
    assert!(f.store.enrol(&enrolling(9, 999)).await.unwrap().is_none(), "used");
}

#[tokio::test]
async fn a_code_is_void_after_too_many_wrong_tries() {
    for (wrong_tries, works) in [(MOST_WRONG_TRIES - 1, true), (MOST_WRONG_TRIES, false)] {
        let f = fixture().await;
        f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
        let guess = Enrolling { code: CodeKey { hash: [0; 32], ..code_key(9) }, ..enrolling(9, 0) };
        for _ in 0..wrong_tries {
            assert!(f.store.enrol(&guess).await.unwrap().is_none());
        }
        let device = f.store.enrol(&enrolling(9, 0)).await.unwrap();
        assert_eq!(device.is_some(), works, "after {wrong_tries} wrong tries");
    }
}

#[tokio::test]
async fn the_name_of_a_code_is_free_again_when_it_is_used_or_over() {
    let f = fixture().await;
    f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
    let again = new(&f, CodeKey { hash: [7; 32], ..code_key(9) }, 999);
    assert!(matches!(f.store.add_enrolment(&again).await, Err(StoreError::Taken(_))));
    f.store.enrol(&enrolling(9, 0)).await.unwrap().unwrap();
    f.store.add_enrolment(&again).await.unwrap();
    assert!(f.store.enrol(&enrolling(9, 999)).await.unwrap().is_none(), "the old secret is not the new one");
}

/// A chain begins with what this office lacks: neither later than that, nor before what is still held.
#[tokio::test]
async fn a_chain_begins_with_what_the_office_lacks() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let batch = chain.batch((0..9).map(|_| Given::at(Meaning::Other, 1)).collect(), 10);
    f.store.ingest(batch).await.unwrap();
    let other = f.store.add_office("Kantor Lain", "Asia/Jakarta", &"12:00".parse().unwrap()).await.unwrap();
    let counter = f.store.add_counter(other, "Loket 1").await.unwrap();
    let moved_there = enrol(&*f.store, other, counter, 2).await;
    let cases = [
        (Before::Nobody, (3, 20), 20, "a machine that nobody knows"),
        (Before::Device(f.device), (3, 20), 10, "acknowledged by data that is gone"),
        (Before::Device(f.device), (15, 20), 15, "what is no longer held cannot come"),
        (Before::Device(f.device), (3, 5), 5, "it has more, of a kiosk that was set back itself"),
        (Before::Device(moved_there), (3, 20), 20, "acknowledged in another office"),
        (Before::Forgotten(f.device), (3, 20), 3, "perhaps nothing of it is left"),
    ];
    for (before, (oldest_seq, first_seq), expected, why) in cases {
        f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
        let enrolling = Enrolling { before, oldest_seq, first_seq, ..enrolling(9, 0) };
        assert_eq!(f.store.enrol(&enrolling).await.unwrap().unwrap().first_seq, expected, "{why}");
    }
}

/// Visits and tickets are named after their device, also those that only a lost database knew.
#[tokio::test]
async fn no_number_is_given_to_a_second_device() {
    let f = fixture().await;
    let number = async |before| {
        f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
        f.store.enrol(&Enrolling { before, ..enrolling(9, 0) }).await.unwrap().unwrap().device.get()
    };
    let last = number(Before::Nobody).await;
    assert_eq!(number(Before::Nobody).await, last + 1);
    f.store.begin_data_epoch(5, 0).await.unwrap();
    let after = number(Before::Nobody).await;
    assert!(after > last + 4_000, "{after}: the data before may have given {last} and more");
    let forgotten = DeviceId::try_from(after + 7).unwrap();
    assert_eq!(number(Before::Forgotten(forgotten)).await, after + 8);
    assert_eq!(number(Before::Nobody).await, after + 9);
}

#[tokio::test]
async fn devices_are_numbered_over_all_offices() {
    let f = fixture().await;
    let other = f.store.add_office("Kantor Lain", "Asia/Jakarta", &"12:00".parse().unwrap()).await.unwrap();
    let counter = f.store.add_counter(other, "Loket 1").await.unwrap();
    assert_ne!(enrol(&*f.store, other, counter, 2).await, f.device);
}
