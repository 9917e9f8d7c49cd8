//! Releases when they are due, and the cards made of them.

use super::{Service, ServiceResult};
use crate::domain::clock::civil_day;
use crate::domain::day_card::DayCard;
use crate::domain::ids::{OfficeId, OfficerId};
use crate::protocol::roster::Cards;
use crate::server::store::{DeviceRow, OfficeRow};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The last slot each office was released for, so that a slot is worked through once.
pub type DoneSlots = BTreeMap<OfficeId, i64>;

impl Service {
    /// Makes the releases of every office whose slot has come.
    ///
    /// # Errors
    /// When the store fails; the slot stays due.
    pub async fn release_due(&self, done: &mut DoneSlots) -> ServiceResult<()> {
        for row in self.store.offices().await? {
            let zone = zone(&row);
            let slot_ms = row.releases.latest_slot_ms(self.now_ms(), &zone);
            if done.get(&row.office.id) == Some(&slot_ms) {
                continue;
            }
            let released = self.store.release(row.office.id, slot_ms, civil_day(slot_ms, &zone)).await?;
            if released > 0 {
                tracing::info!(office = row.office.id.get(), officers = released, "released ratings");
            }
            done.insert(row.office.id, slot_ms);
        }
        Ok(())
    }

    /// An officer's card of today.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn day_card(&self, office: OfficeId, officer: OfficerId) -> ServiceResult<DayCard> {
        let row = self.store.office(office).await?;
        let today = civil_day(self.now_ms(), &zone(&row));
        Ok(self.store.day_card(office, officer, today).await?)
    }

    /// The zone of an office.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn zone(&self, office: OfficeId) -> ServiceResult<TimeZone> {
        Ok(zone(&self.store.office(office).await?))
    }

    /// Today's cards of everybody who may sign on at a device.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cards(&self, device: &DeviceRow) -> ServiceResult<Cards> {
        let mut cards = Vec::new();
        for row in self.store.officers(device.office).await? {
            cards.push(self.day_card(device.office, row.officer.id).await?);
        }
        Ok(Cards { cards })
    }
}

fn zone(row: &OfficeRow) -> TimeZone {
    TimeZone::get(&row.office.zone).unwrap_or(TimeZone::UTC)
}
