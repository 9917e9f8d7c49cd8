//! One identity, one history: revoked kiosks, copies, older copies, and servers that changed.

use crate::Scene;
use crate::desk::{Ground, copy};
use crate::liar::batch;
use crate::support::clocks::{DAY_MS, Moving};
use crate::support::server::{Server, quick_office};
use std::sync::Arc;
use suara_loket::kiosk::sync::Outcome;
use suara_loket::protocol::batch::{Ack, HexHash};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_kiosk_stops_keeps_collecting_and_resumes() {
    let scene = Scene::new().await;
    let mut desk = scene.desk();
    desk.rate(5).await;
    assert_eq!(desk.round().await, Outcome::Done);
    let revoke = |at_ms: Option<i64>| {
        scene.server.database().execute("UPDATE device SET revoked_at_ms = ?1", [at_ms]).unwrap();
    };
    revoke(Some(1));
    for _ in 0..3 {
        desk.rate(4).await;
        assert_eq!(desk.round().await, Outcome::Stopped);
    }
    let note = desk.note("synchronisation").unwrap();
    assert!(note.contains("revoked"), "{note}");
    assert_eq!((desk.waiting(), scene.ratings().await), (3, (1, 1)));
    revoke(None);
    assert_eq!((desk.round().await, desk.waiting()), (Outcome::Done, 0));
    assert_eq!((scene.ratings().await, desk.note("synchronisation")), ((4, 4), None));
}

/// Somebody copied the card: the second machine is found at its first round, and after a new
/// enrolment everything that both hold is there, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_kiosk_is_found_at_its_first_round_and_loses_nothing() {
    for is_synced_before in [false, true] {
        copied_kiosk(is_synced_before).await;
    }
}

async fn copied_kiosk(is_synced_before: bool) {
    let scene = Scene::new().await;
    let mut original = scene.desk();
    original.rate_times(3).await;
    if is_synced_before {
        assert_eq!(original.round().await, Outcome::Done);
    }
    let twin_folder = tempfile::tempdir().unwrap();
    copy(scene.kiosk.path(), twin_folder.path());
    let twin_ground = Ground::new(twin_folder.path());
    let mut twin = twin_ground.start(&scene.server.url());
    original.rate_times(2).await;
    twin.rate_times(4).await;
    assert_eq!(original.round().await, Outcome::Done);
    assert_eq!(scene.ratings().await, (5, 5));
    assert_eq!(twin.round().await, Outcome::Forked, "at its first round");
    let note = twin.note("synchronisation").unwrap();
    assert!(note.contains("--enrol"), "{note}");
    assert_eq!(twin.evidence("fork").len(), 1);
    twin.rate(1).await;
    assert_eq!(twin.batches_of_a_round().await, (0, Outcome::Forked), "nothing more is sent under this name");
    assert_eq!(twin.waiting(), if is_synced_before { 5 } else { 8 }, "and everything is kept");
    drop(twin);
    twin_ground.enrol(&scene.server.url(), &scene.code().await).await;
    let mut twin = twin_ground.start(&scene.server.url());
    assert_ne!(twin.device, original.device);
    assert_eq!((twin.round().await, twin.waiting(), twin.note("synchronisation")), (Outcome::Done, 0, None));
    // Three ratings are on both machines: they count once. Two and five are on one.
    let ratings = scene.server.ratings(scene.office).await;
    let events: std::collections::BTreeSet<_> = ratings.iter().map(|rating| rating.id).collect();
    assert_eq!((events.len(), ratings.len()), (10, 10), "{ratings:#?}");
    // Both numbered their visits 4 and 5, which one of them each counts for; nothing is dropped.
    assert_eq!(ratings.iter().filter(|rating| rating.counted).count(), 8);
    let row = scene.server.service.store().device(twin.device).await.unwrap().unwrap();
    assert_eq!(row.previous, Some(original.device), "the server knows who it was");
    original.rate(5).await;
    assert_eq!(original.round().await, Outcome::Done, "the other one is not disturbed");
}

/// A kiosk's storage was set back to an older copy: it knows less of itself than the server does.
#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_set_back_to_an_older_copy_notices() {
    for rated_since in [0, 1, 9] {
        let scene = Scene::new().await;
        let mut desk = scene.desk();
        desk.rate_times(2).await;
        assert_eq!(desk.round().await, Outcome::Done);
        let older = tempfile::tempdir().unwrap();
        copy(scene.kiosk.path(), older.path());
        desk.rate_times(4).await;
        assert_eq!(desk.round().await, Outcome::Done);
        drop(desk);
        let mut older = Ground::new(older.path()).start(&scene.server.url());
        older.rate_times(rated_since).await;
        assert_eq!(older.round().await, Outcome::Forked, "{rated_since} ratings later");
        assert_eq!((older.waiting(), older.evidence("fork").len()), (rated_since.into(), 1));
    }
}

/// As many events, but others: no honest copy of this kiosk's own chain.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_another_history_is_not_followed() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    desk.rate_times(2).await;
    assert_eq!(desk.round().await, Outcome::Done);
    liar.lies(|request, truth| match batch(request) {
        Some(_) => truth.signed(200, &Ack { head_hash: HexHash([9; 32]), ..truth.ack() }),
        None => truth.told(),
    });
    desk.rate(3).await;
    assert_eq!((desk.round().await, desk.waiting()), (Outcome::Forked, 1), "its acknowledgement counts for nothing");
    assert_eq!(desk.evidence("fork").len(), 1);
}

/// The server lost its data and came back from an older copy. Nobody rates: one round is enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_set_back_to_an_older_copy_gets_everything_in_one_round() {
    let mut scene = Scene::new().await;
    let mut desk = scene.desk();
    desk.rate_times(2).await;
    assert_eq!(desk.round().await, Outcome::Done);
    let backup = tempfile::tempdir().unwrap();
    scene.server.back_up(backup.path());
    desk.rate_times(250).await;
    assert_eq!(desk.round().await, Outcome::Done);
    scene.server.stop().await;
    scene.server = scene.server.start_on(backup.path()).await;
    assert_eq!(scene.ratings().await, (2, 2));
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!((scene.ratings().await, desk.waiting()), ((252, 252), 0));
    assert!(scene.data.path().exists());
}

/// The same, but so old that the kiosk has removed some of what is missing: a named hole, and the rest.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_kiosk_no_longer_has_is_a_hole_and_holds_nothing_up() {
    let clock = Moving::default();
    let mut scene = Scene::with_clock(Arc::new(clock.clone())).await;
    let backup = tempfile::tempdir().unwrap();
    scene.server.back_up(backup.path());
    let mut desk = scene.desk();
    desk.rate_times(3).await;
    assert_eq!(desk.round().await, Outcome::Done);
    clock.go_on(36 * DAY_MS);
    desk.rate_times(2).await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(desk.outbox.depth().unwrap().events, 2, "older than 35 days, and on the server");
    scene.server.stop().await;
    scene.server = scene.server.start_on(backup.path()).await;
    desk.rate_times(1).await;
    assert_eq!((desk.round().await, desk.waiting()), (Outcome::Done, 0));
    assert_eq!(scene.ratings().await, (3, 3));
    let sql = "SELECT from_seq, to_seq, reason FROM hole";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let hole: (i64, i64, String) = scene.server.database().query_row(sql, [], read).unwrap();
    assert_eq!(hole, (1, 3, "pruned".to_owned()));
    assert_eq!(desk.batches_of_a_round().await, (1, Outcome::Done), "and that was all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_is_nobody() {
    let mut scene = Scene::new().await;
    let mut desk = scene.desk();
    desk.rate(5).await;
    scene.server.stop().await;
    let other_data = tempfile::tempdir().unwrap();
    let mut other = scene.server.start_on(other_data.path()).await;
    let office = quick_office(&other.service).await;
    assert_eq!(desk.round().await, Outcome::Away, "its signed 401 is not our server's");
    // Even if it knows a device of this number.
    let elsewhere = tempfile::tempdir().unwrap();
    Ground::new(elsewhere.path()).enrol(&other.url(), &other.code(office.office, office.counter).await).await;
    assert_eq!(desk.round().await, Outcome::Away);
    assert_eq!((desk.waiting(), desk.note("synchronisation")), (1, None));
    other.stop().await;
    scene.server = other.start_on(scene.data.path()).await;
    assert_eq!(desk.round().await, Outcome::Done);
}

/// Keeps the helper honest: a fresh server on a free port is another server.
#[tokio::test(flavor = "multi_thread")]
async fn every_server_makes_its_own_key() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (Server::start(one.path()).await, Server::start(other.path()).await);
    let key = async |server: &Server| server.service.store().signing_key([0; 32]).await.unwrap();
    let _made = one.service.signed_time(suara_loket::protocol::time::Nonce([0; 16])).await.unwrap();
    assert_ne!(key(&one).await, key(&other).await);
}
