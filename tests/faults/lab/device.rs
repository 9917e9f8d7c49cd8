//! A device that signs and sends what it likes: for the server's faults, where a real kiosk would
//! be too well behaved.

use super::Dice;
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::value::RawValue;
use std::ops::Range;
use suara_loket::domain::clock::Moment;
use suara_loket::domain::event::{BODY_VERSION, BodyHash, ChainHash, EventBody, Salt, Signals, What};
use suara_loket::domain::ids::{CounterId, DeviceId, EventId, OfficeId, VisitSerial};
use suara_loket::domain::stars::Stars;
use suara_loket::protocol::batch::{Ack, Batch, WireEvent, sign_head};
use suara_loket::protocol::enrol::{EnrolRequest, read_key};
use suara_loket::protocol::signing::{SignedReply, SignedRequest, sha256};
use suara_loket::protocol::{EvaluationServer, PROTOCOL_VERSION};
use suara_loket::server::service::Service;
use uuid::Uuid;

/// An enrolled device with everything it ever recorded.
#[derive(Clone)]
pub struct Device {
    pub key: SigningKey,
    pub id: DeviceId,
    pub epoch: u64,
    pub server_key: VerifyingKey,
    /// Sequence number 1 is at index 0.
    pub events: Vec<(EventId, String)>,
    /// The chain before the first event, and after each.
    heads: Vec<ChainHash>,
    attempts: u64,
    pub dice: Dice,
}

impl Device {
    pub async fn enrol(service: &Service, office: OfficeId, counter: CounterId, mut dice: Dice) -> Self {
        let code = service.new_enrolment(office, counter).await.unwrap();
        let mut secret = [0; 32];
        dice.fill(&mut secret);
        let (key, epoch) = (SigningKey::from_bytes(&secret), dice.next() >> 1);
        let reply = service.enrol(&EnrolRequest::new(&code, epoch, 1..=1, &key, None)).await.unwrap();
        let server_key = read_key(&reply.server_key).unwrap();
        let heads = vec![ChainHash::START];
        Self { key, id: reply.device, epoch, server_key, events: Vec::new(), heads, attempts: 0, dice }
    }

    /// The sequence number of the next event.
    pub fn next_seq(&self) -> u64 {
        self.events.len() as u64 + 1
    }

    /// Records a rating of a visit of its own.
    pub fn rate(&mut self) {
        let visit = VisitSerial::try_from(u32::try_from(self.next_seq()).unwrap()).unwrap();
        let stars = *self.dice.pick(&Stars::ALL);
        self.record(What::Rated { visit, stars, officer: None, service: None, signals: Signals::default() });
    }

    pub fn record(&mut self, what: What) {
        let mut salt = [0; 16];
        self.dice.fill(&mut salt);
        let at = self.now();
        let body = EventBody { v: BODY_VERSION, salt: Salt(salt), device: Some(self.id), at, what };
        self.record_raw(serde_json::to_string(&body).unwrap());
    }

    /// Records anything that is JSON.
    pub fn record_raw(&mut self, body: String) {
        let mut random = [0; 10];
        self.dice.fill(&mut random);
        let id = EventId::from_parts(self.now().wall_ms, random);
        let seq = self.next_seq();
        let head = self.heads.last().unwrap().next(seq, id, BodyHash::of(body.as_bytes()));
        self.events.push((id, body));
        self.heads.push(head);
    }

    /// The signed request for the events with these sequence numbers.
    pub fn request(&mut self, seqs: Range<u64>) -> SignedRequest {
        let body = serde_json::to_vec(&self.batch(seqs)).unwrap();
        self.sign(body)
    }

    /// A signed batch with any bytes.
    pub fn sign(&mut self, body: Vec<u8>) -> SignedRequest {
        self.attempts += 1;
        let path = format!("/api/v1/devices/{}/batches", self.id);
        SignedRequest::new(&self.key, self.id, self.epoch, self.attempts, "POST", &path, body)
    }

    pub fn batch(&self, seqs: Range<u64>) -> Batch {
        let (from, to) = (index(seqs.start), index(seqs.end));
        let wire = |(id, body): &(EventId, String)| {
            let body = Some(RawValue::from_string(body.clone()).unwrap());
            WireEvent { id: *id, body, withheld: None }
        };
        Batch {
            protocol: PROTOCOL_VERSION,
            epoch: self.epoch,
            first_seq: seqs.start,
            prev_hash: self.heads[from].into(),
            events: self.events[from..to].iter().map(wire).collect(),
            head_signature: sign_head(&self.key, self.id, self.epoch, seqs.end - 1, self.heads[to]),
            hole: None,
            anchors: Vec::new(),
            awaits: 0,
            witnessed: None,
            config: None,
            sent_at: self.now(),
        }
    }

    /// Sends these events; the acknowledgement, if an authentic one came.
    pub async fn send<S: EvaluationServer>(&mut self, server: &S, seqs: Range<u64>) -> Option<Ack> {
        let request = self.request(seqs);
        let reply = server.call(&request).await.ok()?;
        self.acknowledgement(&request, &reply)
    }

    pub fn acknowledgement(&self, request: &SignedRequest, reply: &SignedReply) -> Option<Ack> {
        if reply.status != 200 || !reply.answers(request, &self.server_key) {
            return None;
        }
        let ack: Ack = serde_json::from_slice(&reply.body).unwrap();
        (ack.batch_hash.0 == sha256(&request.body)).then_some(ack)
    }

    fn now(&self) -> Moment {
        let at = i64::try_from(self.events.len()).unwrap() * 30_000;
        Moment { boot_id: Uuid::from_u128(self.epoch.into()), boot_ms: at, wall_ms: 1_795_500_000_000 + at }
    }
}

fn index(seq: u64) -> usize {
    usize::try_from(seq - 1).unwrap()
}
