//! Taking a batch: read, understand, store, acknowledge.

use super::{Refusal, Service, ServiceResult};
use crate::domain::clock::{Anchor, Known, Moment, place};
use crate::domain::event::{BODY_VERSION, BodyHash, EventBody, What};
use crate::domain::ids::{OfficerId, VisitId};
use crate::domain::stars::Channel;
use crate::protocol::batch::{Ack, Batch, HexHash, WireEvent};
use crate::protocol::signing::sha256;
use crate::protocol::{MOST_BATCH_BYTES, MOST_EVENTS, PROTOCOL_VERSION};
use crate::server::store::{DeviceRow, IncomingBatch, IncomingEvent, Ingested, Meaning, RatingFacts};
use crate::system::random_array;
use std::collections::BTreeSet;

/// Everything needed to understand the events of one batch.
struct Reading<'a> {
    device: &'a DeviceRow,
    officers: BTreeSet<OfficerId>,
    sent_at: Moment,
    anchors: Vec<Anchor>,
    received_ms: i64,
}

impl Service {
    pub(super) async fn take_batch(&self, device: &DeviceRow, body: &[u8]) -> ServiceResult<Ack> {
        let received_ms = self.now_ms();
        let batch = read(body)?;
        let officers = self.store.officers(device.office).await?.iter().map(|row| row.officer.id).collect();
        let reading = Reading { device, officers, sent_at: batch.sent_at, anchors: batch.anchors.clone(), received_ms };
        let incoming = reading.incoming(batch);
        let (verdicts, cursor) = match self.store.ingest(incoming).await? {
            Ingested::Joined { verdicts, cursor } => (verdicts, cursor),
            Ingested::Gap { cursor } => (Vec::new(), cursor),
            Ingested::Fork { .. } => return Err(Refusal::Fork.into()),
        };
        Ok(Ack {
            protocol: PROTOCOL_VERSION,
            batch_hash: HexHash(sha256(body)),
            verdicts,
            next_seq: cursor.next_seq,
            head_hash: cursor.head.into(),
            data_epoch: self.store.data_epoch(u64::from_be_bytes(random_array(&self.random)) >> 1).await?,
            checkpoint: None,
        })
    }
}

fn read(body: &[u8]) -> Result<Batch, Refusal> {
    if body.len() > MOST_BATCH_BYTES {
        return Err(Refusal::TooLarge);
    }
    let batch: Batch = serde_json::from_slice(body).map_err(|_unreadable| Refusal::Unreadable)?;
    if batch.protocol > PROTOCOL_VERSION {
        return Err(Refusal::NewerProtocol);
    }
    if batch.events.len() > MOST_EVENTS {
        return Err(Refusal::TooLarge);
    }
    let is_readable = |event: &WireEvent| event.body.is_some() != event.withheld.is_some();
    if batch.first_seq == 0
        || batch.first_seq > i64::MAX as u64 - MOST_EVENTS as u64
        || !batch.events.iter().all(is_readable)
    {
        return Err(Refusal::Unreadable);
    }
    Ok(batch)
}

impl Reading<'_> {
    fn incoming(&self, batch: Batch) -> IncomingBatch {
        let events = (batch.first_seq..).zip(batch.events).map(|(seq, event)| self.event(seq, event));
        IncomingBatch {
            device: self.device.device,
            first_seq: batch.first_seq,
            prev_hash: batch.prev_hash.into(),
            events: events.collect(),
            received_at_ms: self.received_ms,
        }
    }

    fn event(&self, seq: u64, event: WireEvent) -> IncomingEvent {
        let body = event.body.map(|body| body.get().to_owned());
        let withheld = event.withheld.map_or(BodyHash([0; 32]), BodyHash::from);
        let body_hash = body.as_ref().map_or(withheld, |body| BodyHash::of(body.as_bytes()));
        let meaning = match &body {
            Some(body) => self.understand(body),
            None => Meaning::Parked("the kiosk withholds it: no server could read it so far".to_owned()),
        };
        IncomingEvent { seq, id: event.id, body, body_hash, meaning }
    }

    /// Nothing blocks the queue: what is not understood is kept aside with the reason.
    fn understand(&self, body: &str) -> Meaning {
        match serde_json::from_str::<EventBody>(body) {
            Ok(event) if event.v > BODY_VERSION => Meaning::Parked(format!(
                "version {} of an event is newer than this server knows: upgrade the server",
                event.v
            )),
            Ok(event) => self.meaning(&event),
            Err(error) => Meaning::Parked(format!("not understood: {error}")),
        }
    }

    fn meaning(&self, event: &EventBody) -> Meaning {
        let officer = match event.what {
            What::DutyStarted { officer } | What::DutyEnded { officer } => Some(officer),
            What::VisitOpened { officer, .. } | What::Rated { officer, .. } => officer,
            What::Reasoned { .. } | What::Undone { .. } | What::Health(_) => None,
        };
        if let Some(unknown) = officer.filter(|officer| !self.officers.contains(officer)) {
            return Meaning::Parked(format!("officer {unknown} is not known in this office"));
        }
        let What::Rated { visit, stars, officer, service, .. } = event.what else { return Meaning::Other };
        let (sent, received_ms) = (&self.sent_at, self.received_ms);
        let placed = place(&event.at, &Known { anchors: &self.anchors, not_before_ms: None, sent, received_ms });
        Meaning::Rating(RatingFacts {
            visit: VisitId { device: self.device.device, serial: visit },
            stars,
            channel: Channel::Kiosk,
            officer,
            service,
            occurred_at_ms: placed.at_ms,
            quality: placed.quality,
        })
    }
}
