//! Ratings on their way from a counter to an officer's day.

use crate::Scene;
use crate::desk::{Desk, rate};
use crate::support::counter::Counter;
use crate::support::eventually;
use crate::support::server::Server;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use suara_loket::domain::ids::VisitSerial;
use suara_loket::domain::score::Spread;
use suara_loket::domain::stars::Channel;
use suara_loket::kiosk::session::{DayView, Event, Screen};
use suara_loket::kiosk::sync::run;
use suara_loket::server::sample;

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_arrives_once_with_its_officer() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path()).await;
    let office = sample::create(&server.service).await.unwrap();
    let code = server.code(office.office, office.counters[0]).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    counter.rate(2).await;
    let dedi = &office.officers[1];
    counter.sign_on(dedi.id, &dedi.pin).await;
    counter.running.kiosk.send(Event::BackTouched);
    counter.rate(5).await;
    counter.drained().await;
    let mut ratings = server.ratings(office.office).await;
    ratings.sort_by_key(|rating| rating.facts.visit);
    let seen: Vec<_> = ratings.iter().map(|r| (r.facts.stars.get(), r.facts.officer, r.counted)).collect();
    assert_eq!(seen, [(2, None, true), (5, Some(dedi.id), true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sees_five_ratings_at_the_kiosk_but_not_four() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path()).await;
    let office = crate::support::server::quick_office(&server.service).await;
    let code = server.code(office.office, office.counter).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    counter.sign_on(office.officer, "271801").await;
    counter.running.kiosk.send(Event::BackTouched);
    for stars in [5, 4, 5, 1] {
        counter.rate(stars).await;
    }
    counter.drained().await;
    assert_eq!(shown(&mut counter, &office).await, 0, "four ratings stay hidden");
    counter.rate(5).await;
    counter.drained().await;
    until_shown(&mut counter, &office, 5).await;
}

/// The office releases every second, so two times are soon missed.
#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sees_their_own_day_while_the_server_is_away_and_once_when_it_is_back() {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::start(data.path()).await;
    let office = crate::support::server::quick_office(&server.service).await;
    let code = server.code(office.office, office.counter).await;
    let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    counter.sign_on(office.officer, "271801").await;
    counter.running.kiosk.send(Event::BackTouched);
    counter.drained().await;
    server.stop().await;
    let outbox = counter.running.outbox.clone();
    eventually("the kiosk to notice that it is alone", || outbox.standpoint().unwrap());
    for stars in [5, 4, 5, 3] {
        counter.rate(stars).await;
    }
    assert_eq!(shown(&mut counter, &office).await, 0, "four ratings stay hidden");
    counter.rate(5).await;
    until_shown(&mut counter, &office, 5).await;
    for stars in [2, 2, 2] {
        counter.rate(stars).await;
    }
    server = server.start_again().await;
    counter.drained().await;
    let ratings = server.ratings(office.office).await;
    assert_eq!(ratings.iter().filter(|rating| rating.counted).count(), 8);
    assert_eq!(shown(&mut counter, &office).await, 5, "taken over, and not shown twice");
    let card = server.service.day_card(office.office, office.officer).await.unwrap();
    assert_eq!(card.spread, Spread([0, 0, 1, 1, 3]));
    // Three were never shown; with two more all of them appear.
    counter.rate(1).await;
    counter.rate(1).await;
    counter.drained().await;
    until_shown(&mut counter, &office, 10).await;
}

async fn until_shown(counter: &mut Counter, office: &crate::support::server::QuickOffice, count: u32) {
    for _ in 0..60 {
        if shown(counter, office).await == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{count} ratings were never shown");
}

/// What the officer's own day shows at the kiosk.
async fn shown(counter: &mut Counter, office: &crate::support::server::QuickOffice) -> u32 {
    counter.sign_on(office.officer, "271801").await;
    let loaded = |screen: &Screen| matches!(screen, Screen::Day { card: DayView::Loaded(_), .. });
    counter.touch_until(Event::DayTouched, loaded).await;
    let Screen::Day { card: DayView::Loaded(card), .. } = counter.running.kiosk.view().screen.clone() else { panic!() };
    counter.running.kiosk.send(Event::BackTouched);
    counter.running.kiosk.send(Event::BackTouched);
    card.map_or(0, |card| card.spread.count())
}

/// Law 3 with real parts: the code is scanned while the kiosk is offline, and the touch of the
/// same visit arrives later; or the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_visit_touched_and_scanned_counts_once() {
    for touch_arrives_first in [true, false] {
        let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut server = Server::start(data.path()).await;
        let office = sample::create(&server.service).await.unwrap();
        let code = server.code(office.office, office.counters[0]).await;
        let mut counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
        if !touch_arrives_first {
            server.stop().await;
        }
        let link = counter.ask_for_code().await;
        counter.rate(4).await;
        if touch_arrives_first {
            counter.drained().await;
            assert_eq!(server.scan(&link, 1).await, 409);
        } else {
            // A kiosk that is off cannot win the race against the phone.
            counter.stop();
            server = server.start_again().await;
            assert_eq!(server.scan(&link, 1).await, 303);
            counter = Counter::start(kiosk.path(), &server.url(), None).await;
            counter.drained().await;
        }
        let ratings = server.ratings(office.office).await;
        let counted: Vec<_> = ratings.iter().filter(|rating| rating.counted).collect();
        assert_eq!(counted.len(), 1, "{ratings:#?}");
        assert_eq!(counted[0].facts.channel, Channel::Kiosk, "the touch was first");
        assert_eq!(counted[0].facts.visit.serial, VisitSerial::try_from(1).unwrap());
        counter.stop();
    }
}

/// A rating is sent at once and by itself: roster and cards are asked for in their own time.
#[tokio::test(flavor = "multi_thread")]
async fn a_rating_alone_is_one_call() {
    let scene = Scene::new().await;
    let (desk, liar) = scene.lied_to().await;
    let calls = Arc::new(Mutex::new(Vec::new()));
    let noted = calls.clone();
    liar.lies(move |request, truth| {
        noted.lock().unwrap().push(request.path.rsplit('/').next().unwrap().to_owned());
        truth.told()
    });
    let (nudge, nudges) = tokio::sync::mpsc::unbounded_channel();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let Desk { outbox, syncer, .. } = desk;
    let running = tokio::spawn(run(syncer, Duration::from_hours(1), nudges, |_| {}, stopped));
    let has_asked_for_cards = || calls.lock().unwrap().iter().any(|call| call == "cards").then_some(());
    eventually("the first round", has_asked_for_cards);
    for _ in 0..5 {
        rate(&outbox, 5).await;
        nudge.send(()).unwrap();
        eventually("the rating is acknowledged", || (outbox.backlog().unwrap() == 0).then_some(()));
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    let calls = calls.lock().unwrap().clone();
    assert_eq!(calls, ["batches", "config", "cards", "batches", "batches", "batches", "batches", "batches"]);
}
