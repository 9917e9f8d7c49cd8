//! A technician's code: made at the server, for a kiosk that may be out of reach.

use crate::complaint;
use crate::scene::Scene;
use crate::support::counter::Counter;
use suara_loket::kiosk::device::load_key;
use suara_loket::kiosk::session::{Event, PinNotice, Screen, UnlockScreen};
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

/// Touches the hidden corner, and reads the challenge off the screen.
async fn challenge(counter: &mut Counter) -> String {
    for _ in 0..4 {
        counter.running.kiosk.send(Event::CornerTouched);
    }
    let is_shown = |screen: &Screen| matches!(screen, Screen::Unlock(UnlockScreen { challenge: Some(_), .. }));
    counter.touch_until(Event::CornerTouched, is_shown).await;
    let Screen::Unlock(UnlockScreen { challenge: Some(challenge), .. }) = counter.running.kiosk.view().screen else {
        panic!("no challenge")
    };
    challenge.clone()
}

/// Enters eight digits, until the screen says what became of them.
async fn enter(counter: &mut Counter, code: &str, done: impl Fn(&Screen) -> bool) {
    let (last, first) = code.as_bytes().split_last().unwrap();
    for digit in first {
        counter.running.kiosk.send(Event::DigitTouched(digit - b'0'));
    }
    counter.touch_until(Event::DigitTouched(last - b'0'), done).await;
}

#[tokio::test]
async fn a_technician_gets_in_without_a_network_reads_how_it_is_and_leaves_a_trace() {
    let mut scene = Scene::new().await;
    scene.rate(2).await;
    scene.stop_server();
    let mut counter = scene.counter.take().unwrap();
    counter.rate(3).await;
    let shown = challenge(&mut counter).await;
    let wrong = |screen: &Screen| {
        matches!(screen, Screen::Unlock(UnlockScreen { challenge: Some(_), notice: PinNotice::Wrong, .. }))
    };
    enter(&mut counter, "00000000", wrong).await;
    let Screen::Unlock(UnlockScreen { challenge: Some(next), .. }) = counter.running.kiosk.view().screen.clone() else {
        panic!("no second challenge")
    };
    assert_ne!(next, shown, "each try has its own");
    let code = scene.said(&["admin", "device", "unlock", "1", "--challenge", &next]);
    enter(&mut counter, code.trim(), |screen| matches!(screen, Screen::Technician { facts: Some(_) })).await;
    let Screen::Technician { facts: Some(facts) } = counter.running.kiosk.view().screen.clone() else { panic!() };
    assert_eq!((facts.device.get(), facts.server.trim_end_matches('/')), (1, scene.url.as_str()));
    assert!(facts.waiting >= Some(1) && facts.oldest_waiting_ms.is_some_and(|ms| ms >= 0), "{facts:?}");
    assert!(facts.last_answer_ms.is_some() && facts.clock_error_ms.is_some(), "{facts:?}");
    assert!(facts.configuration.starts_with("1 ("), "{facts:?}");
    assert!(facts.disk_free_bytes > Some(0) && facts.fingerprint.matches('-').count() == 3, "{facts:?}");

    scene.start_server();
    counter.drained().await;
    let db = rusqlite::Connection::open(scene.database()).unwrap();
    let sql = "SELECT count(*) FROM health WHERE needs_a_person AND report LIKE '%a technician unlocked this kiosk%'";
    assert_eq!(db.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap(), 1, "one success, one trace");
}

#[tokio::test]
async fn what_is_no_kiosk_and_no_challenge_is_named() {
    let scene = Scene::new().await;
    let unlock =
        |device: &str, challenge: &str| scene.command(&["admin", "device", "unlock", device, "--challenge", challenge]);
    for device in ["0", "2", "4000000000"] {
        let said = complaint(&mut unlock(device, "123456"));
        assert!(said.contains(&format!("no kiosk {device}")) && said.contains("device list"), "{said}");
    }
    let said = crate::misuse(&mut unlock("1", "12345"));
    assert!(said.contains("the 6 digits that the kiosk shows"), "{said}");
}
