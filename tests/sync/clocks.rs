//! A wrong clock locks no kiosk out.

use crate::Scene;
use crate::desk::Ground;
use crate::liar::batch;
use crate::support::clocks::{DAY_MS, Shifted, Stopped};
use crate::support::counter::Counter;
use crate::support::server::{Server, quick_office};
use crate::tls::TlsProxy;
use std::sync::{Arc, Mutex};
use suara_loket::domain::clock::Clock;
use suara_loket::domain::ticket::UnverifiedTicket;
use suara_loket::kiosk::device::load_key;
use suara_loket::kiosk::sync::Outcome;
use suara_loket::system::SystemClock;

/// The day of the test lies a hundred days after this program was built, and the certificate is
/// valid on that day only.
const TODAY: i32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_with_any_clock_syncs_over_tls() {
    let clocks: [(&str, Arc<dyn Clock>); 4] = [
        ("right", Arc::new(Shifted(i64::from(TODAY) * DAY_MS))),
        ("1970", Arc::new(Stopped(0))),
        ("a hundred days behind", Arc::new(SystemClock::new())),
        ("ten years ahead", Arc::new(Shifted(3_650 * DAY_MS))),
    ];
    for (name, clock) in clocks {
        let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let server = Server::start_with_clock(data.path(), Arc::new(Shifted(i64::from(TODAY) * DAY_MS))).await;
        let office = quick_office(&server.service).await;
        let plain = Ground::new(kiosk.path());
        plain.enrol(&server.url(), &server.code(office.office, office.counter).await).await;
        let proxy = TlsProxy::start(kiosk.path(), server.address, TODAY - 1..TODAY + 1).await;
        let ground = Ground { clock, authority: Some(proxy.authority.clone()), ..plain };
        let mut desk = ground.start(&proxy.url);
        desk.rate(5).await;
        assert_eq!(desk.round().await, Outcome::Done, "{name}");
        assert_eq!(server.ratings(office.office).await.len(), 1, "{name}");
        // A restart remembers enough; and an anchor of this boot is better than any clock.
        drop(desk);
        let mut desk = ground.start(&proxy.url);
        desk.rate(4).await;
        assert_eq!(desk.round().await, Outcome::Done, "{name}, after a restart");
    }
}

/// The mend must not open a door: only the time may be forgiven, and only on the word of the pinned key.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_wrong_in_other_ways_stays_wrong() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path()).await;
    let office = quick_office(&server.service).await;
    let plain = Ground::new(kiosk.path());
    plain.enrol(&server.url(), &server.code(office.office, office.counter).await).await;
    let over = TlsProxy::start(kiosk.path(), server.address, -20..-10).await;
    let ground = Ground { authority: Some(over.authority.clone()), ..plain.clone() };
    assert_eq!(ground.start(&over.url).round().await, Outcome::Away, "really over, by the server's own time");
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = TlsProxy::start(elsewhere.path(), server.address, -1..1).await;
    assert_eq!(ground.start(&stranger.url).round().await, Outcome::Away, "by an authority nobody trusts");
    let (other_data, clock) = (tempfile::tempdir().unwrap(), Arc::new(Shifted(-15 * DAY_MS)));
    let impostor = Server::start_with_clock(other_data.path(), clock).await;
    let behind_impostor = TlsProxy::start(kiosk.path(), impostor.address, -20..-10).await;
    let ground = Ground { authority: Some(behind_impostor.authority.clone()), ..plain };
    let mut desk = ground.start(&behind_impostor.url);
    assert_eq!((desk.round().await, desk.anchor()), (Outcome::Away, None), "on the word of another key");
}

/// The server can place an event only if it knows its own time in that boot of the kiosk.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_of_a_boot_leaves_before_its_anchor() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = seen.clone();
    liar.lies(move |request, truth| {
        if let Some(batch) = batch(request) {
            note.lock().unwrap().push((batch.events.len(), batch.anchors.len()));
        }
        truth.told()
    });
    desk.rate_times(3).await;
    assert_eq!(desk.round().await, Outcome::Done);
    desk.rate_times(2).await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(desk.round().await, Outcome::Done);
    // A call without events first; then every batch with events has what places them.
    assert_eq!(*seen.lock().unwrap(), [(0, 0), (3, 1), (2, 1), (0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_restarted_without_a_network_still_knows_the_time_for_its_tickets() {
    let mut scene = Scene::new().await;
    let (url, folder) = (scene.server.url(), scene.kiosk.path().to_owned());
    let mut counter = Counter::start(&folder, &url, None).await;
    counter.rate(5).await;
    counter.drained().await;
    counter.stop();
    scene.server.stop().await;
    let mut counter = Counter::start(&folder, &url, None).await;
    let link = counter.ask_for_code().await;
    counter.stop();
    let epoch = scene.ground.outbox().enrolment().unwrap().unwrap().epoch;
    let key = load_key(&folder, epoch).unwrap().verifying_key();
    let ticket = UnverifiedTicket::read(link.rsplit_once("/R/").unwrap().1).unwrap().verify(&key).unwrap();
    assert!(ticket.clock_anchored);
}
