//! A kiosk's look at its own events: every kiosk can see whether the server still holds what it sent.

use super::ingest::{rating_facts, read_body};
use super::{Refusal, Service, ServiceResult};
use crate::domain::event::BodyHash;
use crate::domain::ids::VisitId;
use crate::protocol::audit::{Held, HeldEvent, HeldRating, MOST_PLACES};
use crate::server::store::{DeviceRow, HeldEvent as HeldRow, RatingRow};
use std::collections::{BTreeMap, BTreeSet};

impl Service {
    /// What is held of a part of a device's chain.
    ///
    /// # Errors
    /// When too much is asked for, or the store fails.
    pub async fn held_events(&self, device: &DeviceRow, first: u64, last: u64) -> ServiceResult<Held> {
        if first == 0 || last < first {
            return Err(Refusal::Unreadable.into());
        }
        if last - first >= MOST_PLACES {
            return Err(Refusal::TooLarge.into());
        }
        let events = self.store.held_events(device, first, last).await?;
        let visits: BTreeSet<VisitId> = events.iter().filter_map(rated_visit).collect();
        let visits: Vec<VisitId> = visits.into_iter().collect();
        let mut answers = BTreeMap::<VisitId, Vec<RatingRow>>::new();
        for answer in self.store.answers_to(device.office, &visits).await? {
            answers.entry(answer.facts.visit).or_default().push(answer);
        }
        let to = |row: &HeldRow| rated_visit(row).and_then(|visit| answers.get(&visit)).map_or(&[][..], Vec::as_slice);
        Ok(Held { events: events.iter().map(|row| held(row, to(row))).collect() })
    }
}

/// The visit an event says to rate.
fn rated_visit(row: &HeldRow) -> Option<VisitId> {
    let body = read_body(row.body.as_deref()?).ok()?;
    Some(rating_facts(&body.what, body.device.unwrap_or(row.link.device))?.visit)
}

/// The hash is computed from the bytes themselves: a stored one would prove nothing.
fn held(row: &HeldRow, answers: &[RatingRow]) -> HeldEvent {
    HeldEvent {
        seq: row.link.seq,
        id: row.link.id,
        body_hash: row.body.as_ref().map(|body| BodyHash::of(body.as_bytes()).into()),
        in_ledger: row.in_ledger,
        rating: answers.iter().find(|answer| answer.id == row.link.id).map(|rating| rating_held(rating, answers)),
    }
}

fn rating_held(rating: &RatingRow, answers: &[RatingRow]) -> HeldRating {
    HeldRating {
        stars: rating.facts.stars,
        officer: rating.facts.officer,
        service: rating.facts.service,
        undone: rating.undone,
        counts: Some(rating.counted),
        other: answers.iter().find(|answer| answer.counted && answer.id != rating.id).map(|answer| answer.id),
        forked: answers.iter().any(|answer| answer.forked),
    }
}
