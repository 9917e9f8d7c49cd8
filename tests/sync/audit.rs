//! A kiosk finds out when the server no longer holds, or counts, what it sent.

use crate::Scene;
use suara_loket::kiosk::sync::Outcome;

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_names_what_was_changed_behind_its_back() {
    for (tampering, expected) in [
        ("UPDATE rating SET stars = 1 WHERE stars = 5", "event 5 gave 5 stars and counts 1 there"),
        ("UPDATE event SET body = replace(body, '\"stars\":2', '\"stars\":3')", "event 2 has another content there"),
        ("UPDATE event SET body = NULL WHERE seq = 3 AND device_id > 0", "event 3 has lost its content there"),
        ("DELETE FROM rating WHERE stars = 4", "event 4 counts as no rating there"),
    ] {
        let scene = Scene::new().await;
        let mut desk = scene.desk();
        desk.rate_times(5).await;
        assert_eq!((desk.round().await, desk.note("audit")), (Outcome::Done, None), "nothing is wrong yet");
        let changed = scene.server.database().execute(tampering, []).unwrap();
        assert!(changed > 0, "{tampering}");
        assert_eq!((desk.round().await, desk.note("audit")), (Outcome::Done, None), "looked at once a day");
        drop(desk);
        // A restart looks again.
        let mut desk = scene.desk();
        assert_eq!(desk.round().await, Outcome::Done);
        let note = desk.note("audit").unwrap_or_default();
        assert!(note.contains("in 1 of") && note.contains(expected), "{tampering}: {note}");
        assert_eq!((desk.evidence("events held otherwise").len(), desk.waiting()), (1, 1), "the report waits");
        assert_eq!((desk.round().await, desk.waiting()), (Outcome::Done, 0), "and is sent");
    }
}
