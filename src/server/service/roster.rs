//! What a kiosk needs to know about its office and counter.

use super::{Service, ServiceResult};
use crate::protocol::roster::{Roster, RosterOfficer};
use crate::server::store::{DeviceRow, StoreError};

impl Service {
    /// The roster of a device.
    ///
    /// # Errors
    /// When the store fails or the counter is gone.
    pub async fn roster(&self, device: &DeviceRow) -> ServiceResult<Roster> {
        let counters = self.store.counters(device.office).await?;
        let counter = counters.into_iter().find(|counter| counter.id == device.counter);
        let counter = counter.ok_or_else(|| StoreError::Missing(format!("counter {}", device.counter)))?;
        let officers = self.store.officers(device.office).await?;
        let officers = officers.into_iter().map(|row| RosterOfficer { officer: row.officer, pin_hash: row.pin_hash });
        let office = self.store.office(device.office).await?;
        Ok(Roster {
            office: office.office,
            counter,
            officers: officers.collect(),
            services: self.store.services(device.office).await?,
            public_url: self.public_url.clone(),
            releases: Some(office.releases),
        })
    }
}
