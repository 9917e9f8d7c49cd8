//! Offices and their parts.

use crate::fixture::fixture;
use suara_loket::domain::ids::OfficeId;
use suara_loket::server::store::StoreError;

#[tokio::test]
async fn an_office_is_read_back_as_written() {
    let f = fixture().await;
    let row = f.store.office(f.office).await.unwrap();
    assert_eq!((row.office.name.as_str(), row.releases.to_string().as_str()), ("Kantor Uji", "12:00 15:30"));
    f.store.add_service(f.office, "kk", "Kartu Keluarga").await.unwrap();
    assert_eq!(f.store.services(f.office).await.unwrap()[0].code, "kk");
    assert_eq!(f.store.counters(f.office).await.unwrap().len(), 1);
    let officers = f.store.officers(f.office).await.unwrap();
    assert_eq!(officers.iter().map(|row| row.officer.id).collect::<Vec<_>>(), f.officers);
    let rani = f.store.officer_by_login("rani").await.unwrap().unwrap();
    assert_eq!((rani.office, rani.officer.id), (f.office, f.officers[0]));
    assert!(f.store.officer_by_login("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn names_are_unique_and_offices_must_exist() {
    let f = fixture().await;
    assert!(matches!(f.store.add_counter(f.office, "Loket 1").await, Err(StoreError::Taken(_))));
    let nowhere = OfficeId::try_from(99).unwrap();
    assert!(matches!(f.store.add_counter(nowhere, "Loket 1").await, Err(StoreError::Missing(_))));
    assert!(matches!(f.store.office(nowhere).await, Err(StoreError::Missing(_))));
}

#[tokio::test]
async fn a_log_in_ends_by_idleness_by_age_and_by_will() {
    let f = fixture().await;
    let rani = f.store.officer_by_login("rani").await.unwrap().unwrap();
    f.store.add_login([1; 32], &rani, 1_000).await.unwrap();
    let used = f.store.use_login([1; 32], 1_500, 900, 900).await.unwrap().unwrap();
    assert_eq!(used.officer.id, rani.officer.id);
    assert!(f.store.use_login([2; 32], 1_500, 0, 0).await.unwrap().is_none(), "another secret");
    assert!(f.store.use_login([1; 32], 3_000, 1_501, 0).await.unwrap().is_none(), "idle");
    f.store.add_login([3; 32], &rani, 1_000).await.unwrap();
    assert!(f.store.use_login([3; 32], 3_000, 0, 1_001).await.unwrap().is_none(), "old");
    f.store.add_login([4; 32], &rani, 1_000).await.unwrap();
    f.store.end_login([4; 32]).await.unwrap();
    assert!(f.store.use_login([4; 32], 1_000, 0, 0).await.unwrap().is_none(), "ended");
}

#[tokio::test]
async fn what_is_made_once_stays() {
    let f = fixture().await;
    assert_eq!(f.store.signing_key([5; 32]).await.unwrap(), [5; 32]);
    assert_eq!(f.store.signing_key([6; 32]).await.unwrap(), [5; 32]);
    assert_eq!(f.store.data_epoch(41).await.unwrap(), 41);
    assert_eq!(f.store.data_epoch(42).await.unwrap(), 41);
}
