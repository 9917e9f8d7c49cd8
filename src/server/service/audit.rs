//! A kiosk's look at its own events: every kiosk can see whether the server still holds what it sent.

use super::{Refusal, Service, ServiceResult};
use crate::domain::event::BodyHash;
use crate::protocol::audit::{Held, HeldEvent, HeldRating, MOST_PLACES};
use crate::server::store::{DeviceRow, HeldEvent as HeldRow};

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
        Ok(Held { events: events.into_iter().map(held).collect() })
    }
}

/// The hash is computed from the bytes themselves: a stored one would prove nothing.
fn held(row: HeldRow) -> HeldEvent {
    HeldEvent {
        seq: row.link.seq,
        id: row.link.id,
        body_hash: row.body.map(|body| BodyHash::of(body.as_bytes()).into()),
        rating: row.rating.map(|rating| HeldRating {
            stars: rating.facts.stars,
            officer: rating.facts.officer,
            undone: rating.undone,
        }),
    }
}
