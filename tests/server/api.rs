//! The API: who may speak, and how it refuses.

use crate::support::server::{QuickOffice, Server, quick_office};
use ed25519_dalek::SigningKey;
use reqwest::Client;
use serde_json::{Value, json};
use suara_loket::domain::event::{BodyHash, ChainHash};
use suara_loket::domain::ids::{DeviceId, EventId};
use suara_loket::domain::ledger::{Checkpoint, NodeHash, verify_consistency};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::audit::{self, Held};
use suara_loket::protocol::batch::{Ack, sign_head};
use suara_loket::protocol::enrol::{EnrolReply, EnrolRequest};
use suara_loket::protocol::problem::Problem;
use suara_loket::protocol::signing::{
    COUNTER_HEADER, DEVICE_HEADER, EPOCH_HEADER, SIGNATURE_HEADER, SignedReply, SignedRequest, TIME_HEADER,
};

const EPOCH: u64 = 11;

struct Device {
    server: Server,
    id: DeviceId,
    key: SigningKey,
    server_key: ed25519_dalek::VerifyingKey,
    _office: QuickOffice,
    data: tempfile::TempDir,
}

async fn device() -> Device {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).await;
    let office = quick_office(&server.service).await;
    let code = server.code(office.office, office.counter).await;
    let key = SigningKey::from_bytes(&[4; 32]);
    let request = EnrolRequest::new(&code, EPOCH, 1..=1, &key, None);
    let reply =
        Client::new().post(format!("{}/api/v1/enrol", server.url())).body(serde_json::to_vec(&request).unwrap());
    let reply = reply.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let reply: EnrolReply = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    let server_key = suara_loket::protocol::enrol::read_key(&reply.server_key).unwrap();
    Device { server, id: reply.device, key, server_key, _office: office, data }
}

impl Device {
    fn request(&self, method: &str, what: &str, body: Vec<u8>) -> SignedRequest {
        let path = format!("/api/v1/devices/{}/{what}", self.id);
        SignedRequest::new(&self.key, self.id, EPOCH, 1, method, &path, body)
    }

    /// A signed batch of one event with this body.
    fn batch(&self, body: &Value) -> Vec<u8> {
        let id = "018f0000-0000-7000-8000-000000000001";
        let body_hash = BodyHash::of(&serde_json::to_vec(body).unwrap());
        let head = ChainHash::START.next(1, EventId(id.parse().unwrap()), body_hash);
        let signature = sign_head(&self.key, self.id, EPOCH, 1, head);
        let event = json!({ "id": id, "body": body });
        Self::message(&json!([event]), &signature)
    }

    fn message(events: &Value, signature: &str) -> Vec<u8> {
        let moment = json!({ "boot_id": "00000000-0000-0000-0000-000000000000", "boot_ms": 0, "wall_ms": 0 });
        let batch = json!({ "protocol": 1, "epoch": EPOCH, "first_seq": 1, "prev_hash": "0".repeat(64),
            "events": events, "head_signature": signature, "sent_at": moment });
        serde_json::to_vec(&batch).unwrap()
    }

    /// Sends a request as it is; returns status, body and whether the server signed the answer to it.
    async fn send(&self, request: &SignedRequest) -> (u16, Value, bool) {
        let call = Client::new()
            .request(request.method.parse().unwrap(), format!("{}{}", self.server.url(), request.path))
            .header(DEVICE_HEADER, request.device.get())
            .header(EPOCH_HEADER, request.epoch)
            .header(COUNTER_HEADER, request.counter)
            .header(SIGNATURE_HEADER, &request.signature)
            .body(request.body.clone());
        let response = call.send().await.unwrap();
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (signature, time) = (header(SIGNATURE_HEADER), header(TIME_HEADER));
        let time_ms = time.and_then(|time| time.parse().ok()).unwrap_or_default();
        let body = response.bytes().await.unwrap().to_vec();
        let reply = SignedReply { status, body: body.clone(), time_ms, signature: signature.unwrap_or_default() };
        (status, serde_json::from_slice(&body).unwrap(), reply.answers(request, &self.server_key))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_batch_gets_a_signed_answer() {
    let device = device().await;
    let (status, ack, signed) =
        device.send(&device.request("POST", "batches", device.batch(&json!({ "kind": "odd" })))).await;
    assert_eq!((status, signed), (200, true));
    assert_eq!(ack["verdicts"][0]["verdict"], "parked", "{ack}");
    assert_eq!(ack["next_seq"], 2);
    let (status, offer, signed) = device.send(&device.request("GET", "config", Vec::new())).await;
    assert_eq!((status, signed), (200, true));
    assert_eq!(offer["news"]["content"]["roster"]["counter"]["name"], "Loket 1");
}

/// More batches than can wait: the others hear, signed, when to come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_says_when_to_come_again() {
    let device = device().await;
    let other_writer = rusqlite::Connection::open(device.data.path().join("server.db")).unwrap();
    other_writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let request = device.request("POST", "batches", device.batch(&json!({ "kind": "odd" })));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let (service, request) = (device.server.service.clone(), request.clone());
        calls.spawn(async move { service.call(&request).await.unwrap() });
    }
    let reply = calls.join_next().await.unwrap().unwrap();
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status, problem.word()), (503, "busy"));
    assert!(problem.retry_after_ms.is_some_and(|ms| ms > 0) && reply.answers(&request, &device.server_key));
    other_writer.execute_batch("ROLLBACK").unwrap();
    let replies = calls.join_all().await;
    let taken = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(taken >= 256 && replies.iter().all(|reply| matches!(reply.status, 200 | 503)), "{taken}");
}

/// The connection is the device's, but what would lie in the store would not be.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_its_device_did_not_sign_is_refused() {
    let device = device().await;
    for signature in ["", "00", &sign_head(&device.key, device.id, EPOCH, 1, ChainHash::START)] {
        let body = Device::message(&json!([{ "id": "018f0000-0000-7000-8000-000000000001", "body": {} }]), signature);
        let (status, problem, signed) = device.send(&device.request("POST", "batches", body)).await;
        assert_eq!((status, signed), (401, true), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_brings_the_end_of_the_ledger_and_the_proof_that_it_only_grew() {
    let device = device().await;
    let checkpoint = |ack: &Value| {
        let ack: Ack = serde_json::from_value(ack.clone()).unwrap();
        let wire = ack.checkpoint.unwrap();
        let proof: Vec<_> = wire.consistency.iter().map(|hash| NodeHash(hash.0)).collect();
        (Checkpoint::open(&wire.note, &device.server_key).unwrap(), proof, ack.data_epoch)
    };
    let (_, ack, _) = device.send(&device.request("POST", "batches", device.batch(&json!({ "kind": "odd" })))).await;
    let (first, _, epoch) = checkpoint(&ack);
    assert_eq!((first.size, first.origin.data_epoch), (1, epoch));
    // The same device with a longer chain, that names what it saw.
    let ids = ["018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"];
    let bodies = [json!({ "kind": "odd" }), json!({ "kind": "odder" })];
    let mut head = ChainHash::START;
    for (seq, (id, body)) in (1..).zip(ids.iter().zip(&bodies)) {
        let hash = BodyHash::of(&serde_json::to_vec(body).unwrap());
        head = head.next(seq, EventId(id.parse().unwrap()), hash);
    }
    let signature = sign_head(&device.key, device.id, EPOCH, 2, head);
    let events: Vec<_> = ids.iter().zip(&bodies).map(|(id, body)| json!({ "id": id, "body": body })).collect();
    let mut batch: Value = serde_json::from_slice(&Device::message(&json!(events), &signature)).unwrap();
    batch["witnessed"] = json!({ "data_epoch": epoch, "size": first.size });
    let (_, ack, _) = device.send(&device.request("POST", "batches", serde_json::to_vec(&batch).unwrap())).await;
    let (second, proof, _) = checkpoint(&ack);
    assert_eq!(second.size, 2);
    assert!(verify_consistency(first.size, first.root, second.size, second.root, &proof));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_can_look_at_what_is_held_of_it() {
    let device = device().await;
    let body = json!({ "kind": "odd" });
    device.send(&device.request("POST", "batches", device.batch(&body))).await;
    let path = audit::path(device.id, 1, 500);
    let call = path.rsplit_once("/events/").map(|(_, rest)| format!("events/{rest}")).unwrap();
    let (status, held, signed) = device.send(&device.request("GET", &call, Vec::new())).await;
    assert_eq!((status, signed), (200, true));
    let held: Held = serde_json::from_value(held).unwrap();
    assert_eq!(held.events[0].body_hash, Some(BodyHash::of(&serde_json::to_vec(&body).unwrap()).into()));
    let other = "{\"kind\":\"even\"}";
    let database = rusqlite::Connection::open(device.data.path().join("server.db")).unwrap();
    assert_eq!(database.execute("UPDATE event SET body = ?1", [other]).unwrap(), 1);
    let (_, held, _) = device.send(&device.request("GET", &call, Vec::new())).await;
    let held: Held = serde_json::from_value(held).unwrap();
    let hash = held.events[0].body_hash;
    assert_eq!(hash, Some(BodyHash::of(other.as_bytes()).into()), "not the stored hash, but that of the bytes");
    for (call, expected) in [("events/1/501", 413), ("events/0/5", 422), ("events/5/1", 422), ("events/x/1", 404)] {
        let (status, _, signed) = device.send(&device.request("GET", call, Vec::new())).await;
        assert_eq!((status, signed), (expected, true), "{call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_the_device_is_refused_as_a_problem_document() {
    let device = device().await;
    let good = device.request("POST", "batches", device.batch(&json!({})));
    let mut other_body = good.clone();
    other_body.body.push(b' ');
    let mut other_epoch = good.clone();
    other_epoch.epoch += 1;
    let wrong_key = SignedRequest::new(
        &SigningKey::from_bytes(&[5; 32]),
        device.id,
        EPOCH,
        1,
        "POST",
        &good.path,
        good.body.clone(),
    );
    for forged in [other_body, other_epoch, wrong_key] {
        let (status, problem, _) = device.send(&forged).await;
        assert_eq!((status, &problem["status"]), (401, &json!(401)), "{problem}");
        assert!(problem["type"].as_str().unwrap().starts_with("urn:suara-loket:problem:"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_batches_are_named() {
    let device = device().await;
    for (body, expected) in [
        (b"{".to_vec(), 422),
        (b"{}".to_vec(), 422),
        (vec![b' '; 70 * 1024], 413),
        (
            String::from_utf8(device.batch(&json!({})))
                .unwrap()
                .replace("\"protocol\":1", "\"protocol\":9")
                .into_bytes(),
            400,
        ),
    ] {
        let (status, problem, _) = device.send(&device.request("POST", "batches", body)).await;
        assert_eq!(status, expected, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_cannot_be_guessed_or_used_twice() {
    let device = device().await;
    let request = EnrolRequest::new("AAAAA-AAAAA", EPOCH, 1..=1, &device.key, None);
    let reply = Client::new()
        .post(format!("{}/api/v1/enrol", device.server.url()))
        .header("content-type", "application/json")
        .body(serde_json::to_vec(&request).unwrap());
    assert_eq!(reply.send().await.unwrap().status(), 403);
}

/// No HTML ever answers on the API, whatever is asked.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_problems_not_pages() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).await;
    for path in ["/api/v1/nothing", "/api/v1/devices/1/batches", "/api/v1/devices/1/config"] {
        let reply = reqwest::get(format!("{}{path}", server.url())).await.unwrap();
        let html = reply.headers().get("content-type").is_some_and(|kind| kind.to_str().unwrap().contains("html"));
        assert!(!html && !reply.status().is_success(), "{path}");
    }
    assert_eq!(reqwest::get(format!("{}/healthz", server.url())).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(format!("{}/readyz", server.url())).await.unwrap().status(), 200);
}
