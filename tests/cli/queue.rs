//! The office's queue system beside a real kiosk: visits open and close by themselves.

use crate::headless::{Counter, office};
use crate::support::eventually;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;

/// A port that nobody uses now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What the kiosk recorded of a kind, in its order.
fn recorded(data: &Path, kind: &str) -> Vec<Value> {
    let database = rusqlite::Connection::open(data.join("kiosk.db")).unwrap();
    let mut statement = database.prepare("SELECT body FROM outbox ORDER BY seq").unwrap();
    let bodies = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let events = bodies.map(|body| serde_json::from_str::<Value>(&body.unwrap()).unwrap());
    events.filter(|event| event["kind"] == kind).collect()
}

#[tokio::test]
async fn a_queue_system_opens_the_stars_names_the_service_and_closes_the_visit() {
    let folder = tempfile::tempdir().unwrap();
    let server_data = folder.path().join("server");
    let (_server, url, code, pin) = office(&server_data);
    let admin = ["admin", "service", "add", "--code", "ktp_el", "--name", "KTP-el"];
    assert!(crate::suara_loket(&server_data, &admin).output().unwrap().status.success());
    let (address, data) = (free_address(), folder.path().join("kiosk"));
    let settings = [
        ("SUARA_SERVER_ADDRESS", url.as_str()),
        ("SUARA_QUEUE_LISTEN", address.as_str()),
        ("SUARA_HONESTY_PROMPT", "visit"),
        ("SUARA_HONESTY_MIN_GAP_S", "0"),
    ];
    let mut counter = Counter::start(&data, &["--enrol", &code], &settings);
    counter.line();
    assert_eq!(counter.say("rate 5"), "closed");

    let caller = reqwest::Client::new();
    let post =
        |what: &str, body: &'static str| caller.post(format!("http://{address}/v1/visits/{what}")).body(body).send();
    assert_eq!(post("called", r#"{ "service": "ktp_el" }"#).await.unwrap().status(), StatusCode::ACCEPTED);
    assert!(counter.say("rate 5").starts_with("stored "));
    assert_eq!(counter.say(&format!("on 1 {pin}")), "on officer 1");
    let state: Value = serde_json::from_slice(
        &caller.get(format!("http://{address}/v1/state")).send().await.unwrap().bytes().await.unwrap(),
    )
    .unwrap();
    let expected = json!({ "counter": "Loket 1", "open": true, "officer_on_duty": true, "paused": false });
    assert_eq!(state, expected);
    post("called", "").await.unwrap();
    post("served", r#"{ "service": "ktp_el" }"#).await.unwrap();
    let served = eventually("the served visit", || recorded(&data, "visit_served").pop());
    assert_eq!((&served["officer"], &served["service"]), (&json!(1), &json!(1)));
    assert_eq!(recorded(&data, "rated")[0]["service"], json!(1), "the service of the call");

    let unknown = post("served", r#"{ "service": "sim" }"#).await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(recorded(&data, "visit_served").len(), 1);
}

#[test]
fn a_kiosk_that_cannot_listen_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url, code, _pin) = office(&folder.path().join("server"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (listen, word) in [("0.0.0.0:7878", "token_file"), (taken.as_str(), "another port"), ("here", "127.0.0.1:7878")]
    {
        let arguments = ["kiosk", "--headless", "--enrol", &code];
        let mut kiosk = crate::suara_loket(&folder.path().join("kiosk"), &arguments);
        kiosk.env("SUARA_SERVER_ADDRESS", &url).env("SUARA_QUEUE_LISTEN", listen).env("SUARA_LOG", "off");
        let said = crate::complaint(&mut kiosk);
        assert!(said.contains("[queue] listen") && said.contains(word), "{said}");
    }
}
