//! The interface over real sockets, before a counter that only remembers what it was told.

use super::access::{Access, Token};
use super::{QueueApi, QueueDesk};
use crate::domain::ids::ServiceId;
use crate::kiosk::counter::Standing;
use crate::kiosk::hands::SharedRoster;
use crate::kiosk::session::Event;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// A counter's ear, and what came in at it.
struct Ear {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Event>>>,
    standing: watch::Sender<Standing>,
}

/// What came back.
struct Said {
    status: u16,
    head: String,
    body: Value,
}

impl Said {
    /// The stable word of a problem document.
    fn problem(&self) -> &str {
        assert!(self.head.contains("application/problem+json"), "{}", self.head);
        assert_eq!(self.body["status"], self.status);
        self.body["type"].as_str().unwrap().strip_prefix("urn:suara-loket:problem:").unwrap()
    }
}

impl Ear {
    async fn open(token: Option<&str>) -> Self {
        Self::open_with(token, Duration::from_secs(10)).await
    }

    async fn open_with(token: Option<&str>, patience: Duration) -> Self {
        let access = Access { address: "127.0.0.1:0".parse().unwrap(), token: token.map(Token::of) };
        let mut api = QueueApi::bind(access).await.unwrap();
        api.patience = patience;
        let address = api.address().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (standing, seen) = watch::channel(Standing::default());
        let into = heard.clone();
        let inbox = Arc::new(move |event| into.lock().unwrap().push(event));
        tokio::spawn(api.serve(QueueDesk { inbox, roster: roster(), standing: seen }));
        Self { address, heard, standing }
    }

    /// Sends bytes as they are, and reads to the end of the answer.
    async fn send(&self, bytes: &str) -> Said {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("`{answer}`"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Said { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap() }
    }

    async fn call(&self, method: &str, path: &str, headers: &str, body: &str) -> Said {
        let (host, length) = (self.address, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}");
        self.send(&format!("{head}\r\n{body}")).await
    }

    fn heard(&self) -> Vec<Event> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn roster() -> SharedRoster {
    let roster = json!({
        "office": { "id": 1, "name": "", "zone": "Asia/Jakarta" },
        "counter": { "id": 1, "name": "Loket 1" },
        "officers": [],
        "services": [{ "id": 1, "code": "ktp_el", "name": "" }, { "id": 2, "code": "kk", "name": "" }],
        "public_url": "",
    });
    Arc::new(RwLock::new(Arc::new(serde_json::from_value(roster).unwrap())))
}

#[tokio::test]
async fn visits_are_called_and_served() {
    let ear = Ear::open(None).await;
    let said = ear.call("POST", "/v1/visits/called", "", "").await;
    assert_eq!((said.status, said.body), (202, json!({ "accepted": true })));
    ear.call("POST", "/v1/visits/called", "", r#"{ "service": "kk" }"#).await;
    ear.call("POST", "/v1/visits/served", "", r#"{ "service": "ktp_el" }"#).await;
    let (ktp_el, kk) = (ServiceId::try_from(1).ok(), ServiceId::try_from(2).ok());
    assert_eq!(
        ear.heard(),
        [
            Event::VisitCalled { service: None },
            Event::VisitCalled { service: kk },
            Event::VisitServed { service: ktp_el }
        ]
    );
}

#[tokio::test]
async fn the_state_says_whether_the_counter_serves() {
    let ear = Ear::open(None).await;
    ear.standing.send_replace(Standing { open: true, on_duty: true, paused: false });
    let said = ear.call("GET", "/v1/state", "", "").await;
    let expected = json!({ "counter": "Loket 1", "open": true, "officer_on_duty": true, "paused": false });
    assert_eq!((said.status, said.body), (200, expected));
    assert!(ear.heard().is_empty());
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_is_a_problem_document() {
    let ear = Ear::open(None).await;
    for (method, path, headers, body, status, word) in [
        ("POST", "/v1/visits/called", "", "{", 400, "unreadable"),
        ("POST", "/v1/visits/called", "Origin: null\r\n", "", 403, "browser"),
        ("GET", "/v1/visits", "", "", 404, "no-such-call"),
        ("GET", "/v1/visits/called", "", "", 405, "method"),
        ("POST", "/v1/visits/served", "", r#"{ "service": "sim" }"#, 422, "unknown-service"),
    ] {
        let said = ear.call(method, path, headers, body).await;
        assert_eq!((said.status, said.problem()), (status, word), "{method} {path}");
    }
    let said = ear.call("POST", "/v1/visits/served", "", r#"{ "service": "sim" }"#).await;
    assert!(said.body["detail"].as_str().unwrap().contains("ktp_el, kk"), "{}", said.body);
    let large = format!(r#"{{ "service": "{}" }}"#, "x".repeat(2_000));
    let said = ear.call("POST", "/v1/visits/called", "", &large).await;
    assert_eq!((said.status, said.problem()), (413, "too-large"));
    let said = ear.send("POST /v1/visits/called HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    assert_eq!((said.status, said.problem()), (421, "foreign-host"));
    assert!(ear.heard().is_empty());
}

#[tokio::test]
async fn a_secret_has_to_be_sent_along() {
    let ear = Ear::open(Some("a secret of some length")).await;
    let said = ear.call("POST", "/v1/visits/called", "", "").await;
    assert_eq!((said.status, said.problem()), (401, "unauthorized"));
    assert!(said.head.to_lowercase().contains("www-authenticate: bearer"), "{}", said.head);
    let secret = "Authorization: Bearer a secret of some length\r\n";
    assert_eq!(ear.call("POST", "/v1/visits/called", secret, "").await.status, 202);
    assert_eq!(ear.heard().len(), 1);
}

/// Slow ones are cut off, so that they cannot take every turn.
#[tokio::test]
async fn whoever_sends_nothing_is_cut_off() {
    let ear = Ear::open_with(None, Duration::from_millis(200)).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(ear.address).await.unwrap();
        stream.write_all(b"POST /v1/visits/called HTTP/1.1\r\n").await.unwrap();
        idle.push(stream);
    }
    assert_eq!(ear.call("POST", "/v1/visits/called", "", "").await.status, 202);
    let half = format!("POST /v1/visits/called HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\n{{", ear.address);
    let said = ear.send(&half).await;
    assert_eq!((said.status, said.problem()), (408, "too-slow"));
    assert_eq!(ear.heard().len(), 1);
}
