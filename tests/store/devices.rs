//! Enrolment codes and devices.

use crate::fixture::{enrol, fixture, key};
use suara_loket::server::store::NewEnrolment;

#[tokio::test]
async fn a_code_enrols_one_device_in_its_time() {
    let f = fixture().await;
    let new = NewEnrolment { code_hash: [9; 32], office: f.office, counter: f.counter, expires_at_ms: 1_000 };
    f.store.add_enrolment(&new).await.unwrap();
    assert!(f.store.enrol([8; 32], &key(9), 3, 0).await.unwrap().is_none(), "unknown");
    assert!(f.store.enrol([9; 32], &key(9), 3, 1_000).await.unwrap().is_none(), "over");
    let device = f.store.enrol([9; 32], &key(9), 3, 999).await.unwrap().unwrap();
    assert_eq!((device.office, device.counter, device.epoch, device.revoked), (f.office, f.counter, 3, false));
    assert_eq!(device.key, key(9));
    assert!(f.store.enrol([9; 32], &key(9), 3, 999).await.unwrap().is_none(), "used");
    assert_eq!(f.store.device(device.device).await.unwrap().unwrap().key, key(9));
}

#[tokio::test]
async fn devices_are_numbered_over_all_offices() {
    let f = fixture().await;
    let other = f.store.add_office("Kantor Lain", "Asia/Jakarta", &"12:00".parse().unwrap()).await.unwrap();
    let counter = f.store.add_counter(other, "Loket 1").await.unwrap();
    assert_ne!(enrol(&*f.store, other, counter, 2).await, f.device);
}
