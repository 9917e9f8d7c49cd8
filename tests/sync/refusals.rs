//! What the kiosk makes of answers that are no success, signed or not.

use crate::Scene;
use crate::liar::{batch, problem};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router};
use suara_loket::kiosk::device::load_key;
use suara_loket::kiosk::sync::Outcome;
use suara_loket::protocol::problem::Problem;
use suara_loket::protocol::signing::SignedRequest;
use suara_loket::protocol::{EvaluationServer, MOST_EVENTS, OLDEST_PROTOCOL, PROTOCOL_VERSION};
use tokio::net::TcpListener;

/// Everything a portal or a proxy may say. None of it is signed, so none of it means anything.
fn unsigned(case: &str) -> Response {
    let page = Html("<h1>Welcome to the free Wi-Fi</h1>");
    match case {
        "200" => page.into_response(),
        "200 with our JSON" => Json(serde_json::json!({"verdicts": [], "next_seq": 99})).into_response(),
        "302" => (StatusCode::FOUND, [(header::LOCATION, "http://login.example/")]).into_response(),
        "401" => (StatusCode::UNAUTHORIZED, page).into_response(),
        "403" => (StatusCode::FORBIDDEN, Json(problem(403, "revoked", None))).into_response(),
        "409" => (StatusCode::CONFLICT, Json(problem(409, "fork", None))).into_response(),
        "413" => (StatusCode::PAYLOAD_TOO_LARGE, page).into_response(),
        "503" => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "3600")], page).into_response(),
        "511" => (StatusCode::NETWORK_AUTHENTICATION_REQUIRED, page).into_response(),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_answer_is_a_network_error_whatever_it_says() {
    let mut scene = Scene::new().await;
    let mut desk = scene.desk();
    desk.rate(5).await;
    scene.server.stop().await;
    for case in ["200", "200 with our JSON", "302", "401", "403", "409", "413", "503", "511"] {
        let listener = TcpListener::bind(scene.server.address).await.unwrap();
        let portal = Router::new().fallback(async move || unsigned(case));
        let portal = tokio::spawn(async move { axum::serve(listener, portal).await });
        assert_eq!(desk.round().await, Outcome::Away, "{case}");
        assert_eq!((desk.waiting(), desk.note("synchronisation")), (1, None), "{case}");
        assert_eq!(desk.outbox.quarantined().unwrap(), [], "{case}");
        portal.abort();
        let _aborted = portal.await;
    }
    scene.server = scene.server.start_again().await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(scene.ratings().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_says_when_to_come_back() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    desk.rate(5).await;
    for (status, retry_after_ms) in [(503, Some(7_000)), (429, Some(60_000)), (503, None)] {
        liar.refuses(status, "busy", retry_after_ms);
        assert_eq!(desk.round().await, Outcome::Busy { retry_after_ms });
        assert_eq!((desk.waiting(), desk.note("synchronisation")), (1, None));
    }
    liar.tells_the_truth();
    assert_eq!(desk.round().await, Outcome::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_protocol_stops_sending_with_a_clear_message_and_nothing_else() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    for word in ["newer-protocol", "older-protocol"] {
        liar.refuses(400, word, None);
        desk.rate(3).await;
        assert_eq!(desk.round().await, Outcome::Stopped);
        let note = desk.note("synchronisation").unwrap();
        assert!(note.contains("do not speak the same protocol") && note.contains(word), "{note}");
        assert_eq!(desk.outbox.quarantined().unwrap(), [], "it is no event's fault");
        liar.tells_the_truth();
        assert_eq!(desk.round().await, Outcome::Done, "an hourly look finds out");
        assert_eq!(desk.note("synchronisation"), None);
    }
    assert_eq!(scene.ratings().await, (2, 2));
}

/// Another version of a batch may look quite different; what it calls itself is read first.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_which_protocols_it_speaks() {
    let scene = Scene::new().await;
    let enrolment = scene.ground.outbox().enrolment().unwrap().unwrap();
    let key = load_key(scene.kiosk.path(), enrolment.epoch).unwrap();
    let path = format!("/api/v1/devices/{}/batches", enrolment.device);
    for (protocol, word) in [(OLDEST_PROTOCOL - 1, "older-protocol"), (PROTOCOL_VERSION + 1, "newer-protocol")] {
        let body = format!("{{\"protocol\":{protocol},\"shape\":\"unknown\"}}").into_bytes();
        let request = SignedRequest::new(&key, enrolment.device, enrolment.epoch, 1, "POST", &path, body);
        let reply = scene.server.service.call(&request).await.unwrap();
        let problem: Problem = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((problem.status, problem.word()), (400, word));
        assert!(problem.detail.contains("upgrade the"), "{}", problem.detail);
    }
}

/// One event that the server cannot read costs a few more requests, and holds nothing up.
#[tokio::test(flavor = "multi_thread")]
async fn one_refused_event_is_found_withheld_and_filled_in_later() {
    for (place, status) in [(1, 422), (2, 413), (64, 400), (99, 422), (100, 422)] {
        let scene = Scene::new().await;
        let (mut desk, liar) = scene.lied_to().await;
        assert_eq!(desk.round().await, Outcome::Done);
        desk.rate_times(100).await;
        liar.lies(move |request, truth| {
            let Some(batch) = batch(request) else { return truth.told() };
            let mut events = (batch.first_seq..).zip(&batch.events);
            let is_poisoned = events.any(|(seq, event)| seq == place && event.body.is_some());
            // Several events may be too large together without one being so.
            let is_too_large = status == 413 && batch.events.len() > 50;
            if is_poisoned || is_too_large { truth.signed(status, &problem(status, "no", None)) } else { truth.told() }
        });
        let (batches, outcome) = desk.batches_of_a_round().await;
        assert_eq!((outcome, desk.waiting()), (Outcome::Done, 0), "{place}");
        if status != 413 {
            let most = u64::from(MOST_EVENTS.ilog2()) + 2;
            assert!(batches - 1 <= most, "{batches} batches for a bad event at {place}");
        }
        let withheld: Vec<u64> = desk.outbox.quarantined().unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(withheld, [place]);
        assert_eq!(scene.ratings().await.0, 99);
        // The same day nothing is tried again; a new version of the program tries at once.
        assert_eq!(desk.batches_of_a_round().await, (1, Outcome::Done));
        desk.outbox.set_note("withheld events tried by version", Some("0.0.9".to_owned())).unwrap();
        assert_eq!(desk.batches_of_a_round().await, (2, Outcome::Done));
        assert_eq!(desk.outbox.quarantined().unwrap()[0].tries, 2, "refused again, kept again");
        liar.tells_the_truth();
        desk.outbox.set_note("withheld events tried by version", Some("0.0.9".to_owned())).unwrap();
        assert_eq!(desk.round().await, Outcome::Done);
        assert_eq!(desk.outbox.quarantined().unwrap(), []);
        assert_eq!(scene.ratings().await, (100, 100), "{place}");
    }
}

/// The answer to a batch got lost after the server committed it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_doubles_nothing() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    desk.rate_times(5).await;
    liar.lies(|request, truth| {
        let mut reply = truth.told();
        if batch(request).is_some_and(|batch| !batch.events.is_empty()) {
            reply.signature.replace_range(..2, "zz");
        }
        reply
    });
    assert_eq!((desk.round().await, desk.waiting()), (Outcome::Away, 5));
    desk.rate(1).await;
    liar.tells_the_truth();
    assert_eq!((desk.round().await, desk.waiting()), (Outcome::Done, 0));
    assert_eq!(scene.ratings().await, (6, 6));
}
