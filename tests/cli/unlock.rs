//! A technician's code: made at the server, for a kiosk that may be out of reach.

use crate::complaint;
use crate::scene::Scene;
use suara_loket::kiosk::device::load_key;
use suara_loket::protocol::enrol::read_key;
use suara_loket::protocol::technician::technician_key;

#[tokio::test]
async fn the_operator_and_the_kiosk_make_the_same_code_without_talking() {
    let mut scene = Scene::new().await;
    let enrolment = scene.counter.as_ref().unwrap().running.outbox.enrolment().unwrap().unwrap();
    scene.stop_server();
    let own = load_key(scene.kiosk.path(), enrolment.epoch).unwrap();
    let key = technician_key(&own, &read_key(&enrolment.server_key).unwrap());
    for challenge in ["000000", "123456"] {
        let said = scene.said(&["admin", "device", "unlock", "1", "--challenge", challenge]);
        let own = key.code(enrolment.device, enrolment.epoch, challenge.parse().unwrap());
        assert_eq!(said.trim(), own.to_string(), "{challenge}");
        assert_eq!(said.trim().len(), 8);
    }
}

#[tokio::test]
async fn what_is_no_kiosk_and_no_challenge_is_named() {
    let scene = Scene::new().await;
    let unlock = |device: &str, challenge: &str| {
        scene.command(&["admin", "device", "unlock", device, "--challenge", challenge])
    };
    for device in ["0", "2", "4000000000"] {
        let said = complaint(&mut unlock(device, "123456"));
        assert!(said.contains(&format!("no kiosk {device}")) && said.contains("device list"), "{said}");
    }
    let said = crate::misuse(&mut unlock("1", "12345"));
    assert!(said.contains("the 6 digits that the kiosk shows"), "{said}");
}
