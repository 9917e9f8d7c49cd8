//! A kiosk's look at its own events: every kiosk can see whether the server still holds what it sent.

use super::ingest::{rating_facts, read_body};
use super::{Refusal, Service, ServiceResult};
use crate::domain::event::BodyHash;
use crate::domain::ids::{EventId, VisitId};
use crate::protocol::audit::{Held, HeldEvent, HeldRating, MOST_PLACES};
use crate::server::store::{DeviceRow, HeldEvent as HeldRow, RatingRow};
use std::collections::BTreeMap;

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
        let visits: Vec<_> = events.iter().filter_map(rated_visit).collect();
        let ratings = self.store.ratings_of(device.office, &visits).await?;
        let ratings: BTreeMap<EventId, RatingRow> = ratings.into_iter().map(|rating| (rating.id, rating)).collect();
        Ok(Held { events: events.into_iter().map(|row| held(&row, ratings.get(&row.link.id))).collect() })
    }
}

/// The visit an event says to rate.
fn rated_visit(row: &HeldRow) -> Option<(VisitId, EventId)> {
    let body = read_body(row.body.as_deref()?).ok()?;
    let facts = rating_facts(&body.what, body.device.unwrap_or(row.link.device))?;
    Some((facts.visit, row.link.id))
}

/// The hash is computed from the bytes themselves: a stored one would prove nothing.
fn held(row: &HeldRow, rating: Option<&RatingRow>) -> HeldEvent {
    HeldEvent {
        seq: row.link.seq,
        id: row.link.id,
        body_hash: row.body.as_ref().map(|body| BodyHash::of(body.as_bytes()).into()),
        rating: rating.map(|rating| HeldRating {
            stars: rating.facts.stars,
            officer: rating.facts.officer,
            undone: rating.undone,
        }),
    }
}
