//! Taking a batch: read, understand, store, acknowledge.

use super::{Refusal, Service, ServiceResult};
use crate::domain::alone::OwnRelease;
use crate::domain::event::{BODY_VERSION, BodyHash, EventBody, What};
use crate::domain::ids::{DeviceId, OfficerId, VisitId};
use crate::domain::stars::Channel;
use crate::protocol::batch::{Ack, Batch, HexHash, WireEvent, is_head_signed};
use crate::protocol::signing::sha256;
use crate::protocol::{MOST_BATCH_BYTES, MOST_EVENTS, OLDEST_PROTOCOL, PROTOCOL_VERSION};
use crate::server::store::{Contest, DeviceRow, IncomingBatch, IncomingEvent, Meaning, Outcome, RatingFacts};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Everything needed to understand the events of one batch.
struct Reading<'a> {
    device: &'a DeviceRow,
    officers: BTreeSet<OfficerId>,
    received_ms: i64,
}

impl Service {
    pub(super) async fn take_batch(&self, device: &DeviceRow, body: &[u8], received_ms: i64) -> ServiceResult<Ack> {
        let batch = read(body)?;
        let (witnessed, config) = (batch.witnessed, batch.config);
        let officers = self.store.officer_ids(device.office).await?;
        let incoming = Reading { device, officers, received_ms }.incoming(batch);
        if !is_signed(device, &incoming) {
            return Err(Refusal::BadSignature.into());
        }
        let ingested = self.store.ingest(incoming).await?;
        let verdicts = match ingested.outcome {
            Outcome::Joined(verdicts) => verdicts,
            Outcome::Gap => Vec::new(),
            Outcome::Fork => return Err(Refusal::Fork.into()),
        };
        self.note_config(device, config).await;
        Ok(Ack {
            protocol: PROTOCOL_VERSION,
            batch_hash: HexHash(sha256(body)),
            verdicts,
            next_seq: ingested.cursor.next_seq,
            head_hash: ingested.cursor.head.into(),
            data_epoch: self.data_epoch().await?,
            checkpoint: Some(self.proven_checkpoint(ingested.ledger, witnessed).await?),
        })
    }
}

/// What every version of a batch has.
#[derive(Deserialize)]
struct Spoken {
    protocol: u32,
}

fn read(body: &[u8]) -> Result<Batch, Refusal> {
    if body.len() > MOST_BATCH_BYTES {
        return Err(Refusal::TooLarge);
    }
    // The version alone comes first: a message of another one may look quite different.
    let spoken: Spoken = serde_json::from_slice(body).map_err(|_unreadable| Refusal::Unreadable)?;
    match spoken.protocol {
        newer if newer > PROTOCOL_VERSION => return Err(Refusal::NewerProtocol),
        older if older < OLDEST_PROTOCOL => return Err(Refusal::OlderProtocol),
        _ => {}
    }
    let batch: Batch = serde_json::from_slice(body).map_err(|_unreadable| Refusal::Unreadable)?;
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

/// Whether the device's key signed the end of its chain after these events.
fn is_signed(device: &DeviceRow, batch: &IncomingBatch) -> bool {
    let last_seq = batch.next_seq() - 1;
    is_head_signed(&device.key, device.device, device.epoch, last_seq, batch.end(), &batch.head_signature)
}

impl Reading<'_> {
    fn incoming(&self, batch: Batch) -> IncomingBatch {
        let events = (batch.first_seq..).zip(batch.events).map(|(seq, event)| self.event(seq, event));
        IncomingBatch {
            device: self.device.device,
            first_seq: batch.first_seq,
            prev_hash: batch.prev_hash.into(),
            events: events.collect(),
            // What is not hexadecimal signs nothing.
            head_signature: HEXLOWER.decode(batch.head_signature.as_bytes()).unwrap_or_default(),
            hole: batch.hole,
            anchors: batch.anchors,
            awaits: batch.awaits,
            sent_at: batch.sent_at,
            received_at_ms: self.received_ms,
        }
    }

    fn event(&self, seq: u64, event: WireEvent) -> IncomingEvent {
        let body = event.body.map(|body| String::from(Box::<str>::from(body)));
        let withheld = event.withheld.map_or(BodyHash([0; 32]), BodyHash::from);
        let body_hash = body.as_ref().map_or(withheld, |body| BodyHash::of(body.as_bytes()));
        let read = body.as_deref().map(read_body);
        let at = read.as_ref().and_then(|read| read.as_ref().ok()).map(|body| body.at);
        let meaning = match read {
            Some(Ok(body)) => meaning(body, self.device.device, &self.officers),
            Some(Err(reason)) => Meaning::Parked(reason),
            None => Meaning::Parked("the kiosk withholds it: no server could read it so far".to_owned()),
        };
        IncomingEvent { seq, id: event.id, body, body_hash, at, meaning }
    }
}

/// Nothing blocks the queue: what is not understood is kept aside with the reason.
pub(super) fn read_body(body: &str) -> Result<EventBody, String> {
    match serde_json::from_str::<EventBody>(body) {
        Ok(event) if event.v > BODY_VERSION => {
            Err(format!("version {} of an event is newer than this server knows: upgrade the server", event.v))
        }
        Ok(event) => Ok(event),
        Err(error) => Err(format!("not understood: {error}")),
    }
}

/// What an event of a kiosk means in an office with these officers.
fn meaning(event: EventBody, sender: DeviceId, officers: &BTreeSet<OfficerId>) -> Meaning {
    let officer = match event.what {
        What::DutyStarted { officer }
        | What::DutyEnded { officer }
        | What::DutyPaused { officer }
        | What::DutyResumed { officer }
        | What::Practised { officer, .. }
        | What::Contested { officer, .. }
        | What::Released(OwnRelease { officer, .. }) => Some(officer),
        What::VisitOpened { officer, .. } | What::VisitServed { officer, .. } | What::Rated { officer, .. } => officer,
        What::RatedLater { .. } | What::Reviewed { .. } | What::Surveyed { .. } => {
            return Meaning::Parked("only the server itself makes such events".to_owned());
        }
        What::Reasoned { .. }
        | What::ServiceNamed { .. }
        | What::Asked { .. }
        | What::Undone { .. }
        | What::Health(_) => None,
    };
    if let Some(unknown) = officer.filter(|officer| !officers.contains(officer)) {
        return Meaning::Parked(format!("officer {unknown} is not known in this office"));
    }
    // A visit belongs to the kiosk where it took place, whoever sends it.
    let device = event.device.unwrap_or(sender);
    match event.what {
        What::VisitOpened { visit, .. } => Meaning::Opened(VisitId { device, serial: visit }),
        What::Undone { visit, rating } => Meaning::Undone { visit: VisitId { device, serial: visit }, rating },
        What::Reasoned { visit, reasons } => Meaning::Reasoned { visit: VisitId { device, serial: visit }, reasons },
        What::ServiceNamed { visit, service } => {
            Meaning::ServiceNamed { visit: VisitId { device, serial: visit }, service }
        }
        What::Asked { visit, element, answer: Some(answer) } => {
            Meaning::Answered { visit: VisitId { device, serial: visit }, element, answer }
        }
        What::Released(release) => match release.check() {
            Ok(()) => Meaning::Released { device, release },
            Err(reason) => Meaning::Parked(reason.to_owned()),
        },
        What::Contested { officer, span_minutes, reason } => {
            Meaning::Contested(Contest { device, officer, span_minutes, reason })
        }
        What::Health(report) => Meaning::Health(report),
        what => rating_facts(&what, device).map_or(Meaning::Other, Meaning::Rating),
    }
}

/// What a rating says, if the event is one.
pub(super) fn rating_facts(what: &What, device: DeviceId) -> Option<RatingFacts> {
    let (serial, stars, channel, officer, service) = match *what {
        What::Rated { visit, stars, officer, service, .. } => (visit, stars, Channel::Kiosk, officer, service),
        What::RatedLater { visit, stars, officer, service, channel } => (visit, stars, channel, officer, service),
        _ => return None,
    };
    Some(RatingFacts { visit: VisitId { device, serial }, stars, channel, officer, service })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Moment;
    use crate::domain::event::{ContestReason, Salt};
    use crate::domain::ids::{ServiceId, VisitSerial};
    use crate::domain::score::Spread;
    use crate::domain::skm::{Form, Respondent, SkmAnswer, SkmElement};
    use uuid::Uuid;

    fn understood(what: What) -> Meaning {
        let device = DeviceId::try_from(7).unwrap();
        let at = Moment { boot_id: Uuid::nil(), boot_ms: 5, wall_ms: 7 };
        let event = EventBody { v: BODY_VERSION, salt: Salt([0; 16]), device: Some(device), at, what };
        meaning(event, device, &BTreeSet::from([OfficerId::try_from(2).unwrap()]))
    }

    #[test]
    fn what_surrounds_a_rating_is_kept_and_is_none() {
        let (officer, visit) = (OfficerId::try_from(2).unwrap(), VisitSerial::try_from(9).unwrap());
        for what in [
            What::DutyPaused { officer },
            What::DutyResumed { officer },
            What::Asked { visit, element: SkmElement::Fee, answer: None },
            What::VisitServed { visit: Some(visit), officer: Some(officer), service: None },
            What::Practised { officer, spread: Spread([0, 0, 0, 0, 9]) },
        ] {
            assert!(matches!(understood(what.clone()), Meaning::Other), "{what:?}");
        }
        let named = What::ServiceNamed { visit, service: ServiceId::try_from(3).unwrap() };
        assert!(matches!(understood(named), Meaning::ServiceNamed { .. }));
        let answer = SkmAnswer::try_from(3).ok();
        let asked = What::Asked { visit, element: SkmElement::Fee, answer };
        assert!(matches!(understood(asked), Meaning::Answered { element: SkmElement::Fee, .. }));
        let contested = What::Contested { officer, span_minutes: 60, reason: ContestReason::Absent };
        assert!(matches!(understood(contested), Meaning::Contested(_)));
    }

    #[test]
    fn no_kiosk_fills_in_a_form() {
        let form = Form {
            day: "2026-11-24".parse().unwrap(),
            hours: None,
            service: None,
            respondent: Respondent::default(),
            answers: [(SkmElement::Fee, SkmAnswer::ALL[3])].into_iter().collect(),
        };
        let surveyed = What::Surveyed { visit: None, sheet: None, form };
        assert!(matches!(understood(surveyed), Meaning::Parked(_)));
    }

    #[test]
    fn a_stranger_is_kept_aside() {
        let officer = OfficerId::try_from(3).unwrap();
        for what in [
            What::DutyPaused { officer },
            What::DutyResumed { officer },
            What::VisitServed { visit: None, officer: Some(officer), service: None },
            What::Practised { officer, spread: Spread::default() },
            What::Contested { officer, span_minutes: 60, reason: ContestReason::Other },
        ] {
            assert!(matches!(understood(what.clone()), Meaning::Parked(_)), "{what:?}");
        }
    }
}
