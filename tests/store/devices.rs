//! Enrolment codes and devices.

use crate::fixture::{Fixture, code_key, enrol, enrolling, fixture, key};
use suara_loket::server::store::{CodeKey, Enrolling, MOST_WRONG_TRIES, NewEnrolment, StoreError};

fn new(f: &Fixture, code: CodeKey, now_ms: i64) -> NewEnrolment {
    NewEnrolment { code, office: f.office, counter: f.counter, now_ms, expires_at_ms: now_ms + 1_000 }
}

#[tokio::test]
async fn a_code_enrols_one_device_in_its_time() {
    let f = fixture().await;
    f.store.add_enrolment(&new(&f, code_key(9), 0)).await.unwrap();
    assert!(f.store.enrol(&enrolling(8, 0)).await.unwrap().is_none(), "unknown");
    assert!(f.store.enrol(&enrolling(9, 1_000)).await.unwrap().is_none(), "over");
    let moved = Enrolling { first_seq: 501, previous: Some(f.device), epoch: 3, ..enrolling(9, 999) };
    let device = f.store.enrol(&moved).await.unwrap().unwrap();
    assert_eq!((device.office, device.counter, device.epoch, device.revoked), (f.office, f.counter, 3, false));
    assert_eq!((device.key, device.previous), (key(9), Some(f.device)));
    assert!(f.store.enrol(&enrolling(9, 999)).await.unwrap().is_none(), "used");
    assert_eq!(f.store.device(device.device).await.unwrap().unwrap().key, key(9));
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

#[tokio::test]
async fn devices_are_numbered_over_all_offices() {
    let f = fixture().await;
    let other = f.store.add_office("Kantor Lain", "Asia/Jakarta", &"12:00".parse().unwrap()).await.unwrap();
    let counter = f.store.add_counter(other, "Loket 1").await.unwrap();
    assert_ne!(enrol(&*f.store, other, counter, 2).await, f.device);
}
