//! What happens while nobody, or somebody else, answers.

use crate::support::counter::Counter;
use crate::support::server::Server;
use axum::Router;
use axum::response::Html;
use std::collections::BTreeSet;
use suara_loket::server::sample;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_ratings_without_a_network_arrive_once_each() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::start(data.path()).await;
    let office = sample::create(&server.service).await.unwrap();
    let code = server.code(office.office, office.counters[0]).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    server.stop().await;
    for n in 0..50 {
        counter.rate(1 + n % 5).await;
    }
    assert_eq!(counter.running.outbox.depth().unwrap().waiting, 50, "all wait, none is lost");
    // A restart while offline changes nothing.
    counter.stop();
    let counter = Counter::start(kiosk.path(), &server.url(), None).await;
    let server = server.start_again().await;
    counter.drained().await;
    let ratings = server.ratings(office.office).await;
    let visits: BTreeSet<_> = ratings.iter().map(|rating| rating.facts.visit).collect();
    assert_eq!((ratings.len(), visits.len()), (50, 50));
}

/// A captive portal: every address answers 200 with a friendly page. That is no acknowledgement.
#[tokio::test(flavor = "multi_thread")]
async fn a_friendly_page_of_somebody_else_is_no_answer() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::start(data.path()).await;
    let office = sample::create(&server.service).await.unwrap();
    let code = server.code(office.office, office.counters[0]).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    server.stop().await;
    let listener = TcpListener::bind(server.address).await.unwrap();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = asked.clone();
    let portal = Router::new().fallback(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async { Html("<h1>Welcome to the free Wi-Fi</h1>") }
    });
    let portal = tokio::spawn(async move { axum::serve(listener, portal).await });
    counter.rate(5).await;
    let begun = std::time::Instant::now();
    while asked.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        assert!(begun.elapsed().as_secs() < 60, "the kiosk never tried");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(counter.running.outbox.depth().unwrap().waiting, 1);
    portal.abort();
    let _aborted = portal.await;
    let server = server.start_again().await;
    counter.drained().await;
    assert_eq!(server.ratings(office.office).await.len(), 1);
}

/// The server lost its data and was set up from an older copy: the kiosk sends again what is
/// missing there.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_from_an_older_copy_gets_everything_again() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::start(data.path()).await;
    let office = sample::create(&server.service).await.unwrap();
    let code = server.code(office.office, office.counters[0]).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    counter.rate(5).await;
    counter.drained().await;
    server.stop().await;
    let copy = tempfile::tempdir().unwrap();
    let backup = copy.path().join("server.db");
    let database = rusqlite::Connection::open(data.path().join("server.db")).unwrap();
    database.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    let mut server = server.start_again().await;
    for _ in 0..5 {
        counter.rate(4).await;
    }
    counter.drained().await;
    assert_eq!(server.ratings(office.office).await.len(), 6);
    server.stop().await;
    let server = server.start_on(copy.path()).await;
    counter.rate(3).await;
    counter.drained().await;
    assert_eq!(server.ratings(office.office).await.len(), 7, "six from before, one new");
}
