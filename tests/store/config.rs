//! What offices tell their kiosks, and which kiosk uses which state of it.

use crate::fixture::fixture;
use suara_loket::domain::ids::OfficeId;
use suara_loket::protocol::batch::HexHash;
use suara_loket::server::store::StoreError;

#[tokio::test]
async fn settings_of_an_office_are_read_back_as_written() {
    let f = fixture().await;
    assert_eq!(f.store.kiosk_settings(f.office).await.unwrap(), "");
    let text = "# ours\n[timeouts]\nidle_s = 5\n";
    for text in [text, "", text] {
        f.store.set_kiosk_settings(f.office, text).await.unwrap();
        assert_eq!(f.store.kiosk_settings(f.office).await.unwrap(), text);
    }
    let nowhere = OfficeId::try_from(99).unwrap();
    let refused = f.store.set_kiosk_settings(nowhere, text).await;
    assert!(matches!(refused, Err(StoreError::Missing(_))), "{refused:?}");
    assert!(matches!(f.store.config_version(nowhere, [1; 32]).await, Err(StoreError::Missing(_))));
}

#[tokio::test]
async fn a_version_is_counted_for_every_change_and_never_twice() {
    let f = fixture().await;
    for (digest, version) in [(1, 1), (1, 1), (2, 2), (2, 2), (1, 3)] {
        assert_eq!(f.store.config_version(f.office, [digest; 32]).await.unwrap(), version);
    }
    f.store.set_kiosk_settings(f.office, "x = 1").await.unwrap();
    assert_eq!(f.store.config_version(f.office, [1; 32]).await.unwrap(), 3, "the settings alone do not count");
    let other = f.store.add_office("Kantor Lain", "Asia/Jakarta", &"12:00".parse().unwrap()).await.unwrap();
    assert_eq!(f.store.config_version(other, [1; 32]).await.unwrap(), 1, "each office counts for itself");
}

#[tokio::test]
async fn a_kiosk_uses_what_it_said_last_and_its_version_is_known_if_it_was_offered_here() {
    let f = fixture().await;
    let standing = async || {
        let devices = f.store.devices(f.office).await.unwrap();
        let device = devices.into_iter().find(|standing| standing.row.device == f.device).unwrap();
        assert_eq!(f.store.device(f.device).await.unwrap().unwrap().config, device.row.config);
        (device.row.config, device.config_version)
    };
    assert_eq!(standing().await, (None, None));
    let (first, second, strange) = (HexHash([1; 32]), HexHash([2; 32]), HexHash([3; 32]));
    for (hash, version) in [(first, 1), (second, 2), (first, 9)] {
        f.store.keep_bundle(f.office, hash, version).await.unwrap();
    }
    for (hash, version) in [(second, Some(2)), (strange, None), (first, Some(1))] {
        f.store.note_config(f.office, f.device, hash).await.unwrap();
        assert_eq!(standing().await, (Some(hash), version));
    }
}
