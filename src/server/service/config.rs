//! What an office tells its kiosks: settings tried before they are taken, and one signed bundle for each counter.

use super::{Service, ServiceError, ServiceResult};
use crate::domain::ids::OfficeId;
use crate::domain::office::{Counter, Office, Service as OfficeService};
use crate::domain::reasons::Reasons;
use crate::domain::release::ReleaseSchedule;
use crate::layers::{Layer, load_layers};
use crate::protocol::PROTOCOL_VERSION;
use crate::protocol::batch::HexHash;
use crate::protocol::bundle::{Bundle, MOST_BUNDLE_BYTES, Offer, SignedBundle, hash};
use crate::protocol::office_layer::OfficeLayer;
use crate::protocol::roster::{Roster, RosterOfficer};
use crate::protocol::settings::{DEFAULTS, KioskSettings};
use crate::protocol::signing::sha256;
use crate::server::store::{DeviceRow, StoreError};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// All that kiosks of an office are told. Where phones find this server is not in it: that is the server's
/// own affair, and several servers of one office would count each other's as changes.
#[derive(Serialize)]
struct Told {
    office: Office,
    releases: ReleaseSchedule,
    counters: Vec<Counter>,
    officers: Vec<RosterOfficer>,
    services: Vec<OfficeService>,
    settings: String,
}

impl Service {
    /// What an office decides of its kiosks' settings, and the version of all that they are told.
    ///
    /// # Errors
    /// When there is no such office.
    pub async fn kiosk_settings(&self, office: OfficeId) -> ServiceResult<(u64, String)> {
        let told = self.told(office).await?;
        Ok((self.version(office, &told).await?, told.settings))
    }

    /// The reasons that an office's kiosks offer, as far as the office decides that.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reasons(&self, office: OfficeId) -> ServiceResult<Reasons> {
        let layer = Layer::new("the office's settings", self.store.kiosk_settings(office).await?);
        let loaded = load_layers::<KioskSettings>(DEFAULTS, &[&layer], &[]);
        Ok(loaded.map(|loaded| loaded.settings.reasons).unwrap_or_default())
    }

    /// Keeps what an office decides for its kiosks, once it has been tried as they will; says what is odd in it.
    ///
    /// # Errors
    /// When a kiosk could not use it, or there is no such office.
    pub async fn set_kiosk_settings(&self, office: OfficeId, origin: &str, toml: &str) -> ServiceResult<OfficeLayer> {
        let layer = OfficeLayer::check(origin, toml)?;
        self.store.set_kiosk_settings(office, toml).await?;
        Ok(layer)
    }

    /// The bundle of a device, unless it is the one it holds.
    ///
    /// # Errors
    /// When the store fails or the counter is gone.
    pub(super) async fn offer(&self, device: &DeviceRow, held: Option<HexHash>) -> ServiceResult<Offer> {
        let told = self.told(device.office).await?;
        let version = self.version(device.office, &told).await?;
        let bundle = self.bundle(told, device, version).await?;
        let mut content = raw(&bundle)?;
        if content.get().len() > MOST_BUNDLE_BYTES {
            tracing::warn!(office = device.office.get(), "the portraits are too large for a kiosk: it gets none");
            content = raw(&without_portraits(bundle))?;
        }
        if held == Some(hash(&content)) {
            return Ok(Offer { news: None });
        }
        let signed = SignedBundle::sign(self.signing_key().await?, content);
        self.store.keep_bundle(device.office, signed.hash(), version).await?;
        Ok(Offer { news: Some(signed) })
    }

    /// Keeps which configuration a device says it uses. That it could not be kept holds no ratings up.
    pub(super) async fn note_config(&self, device: &DeviceRow, reported: Option<HexHash>) {
        let Some(hash) = reported.filter(|hash| device.config != Some(*hash)) else { return };
        if let Err(error) = self.store.note_config(device.office, device.device, hash).await {
            tracing::warn!(%error, device = device.device.get(), "the configuration of a kiosk was not noted");
        }
    }

    async fn told(&self, office: OfficeId) -> ServiceResult<Told> {
        let officers = self.store.officers(office).await?.into_iter();
        let row = self.store.office(office).await?;
        Ok(Told {
            office: row.office,
            releases: row.releases,
            counters: self.store.counters(office).await?,
            officers: officers.map(|row| RosterOfficer { officer: row.officer, pin_hash: row.pin_hash }).collect(),
            services: self.store.services(office).await?,
            settings: self.store.kiosk_settings(office).await?,
        })
    }

    async fn version(&self, office: OfficeId, told: &Told) -> ServiceResult<u64> {
        Ok(self.store.config_version(office, sha256(raw(told)?.get().as_bytes())).await?)
    }

    async fn bundle(&self, told: Told, device: &DeviceRow, version: u64) -> ServiceResult<Bundle> {
        let counter = told.counters.into_iter().find(|counter| counter.id == device.counter);
        let roster = Roster {
            office: told.office,
            counter: counter.ok_or_else(|| StoreError::Missing(format!("counter {}", device.counter)))?,
            officers: told.officers,
            services: told.services,
            public_url: self.public_url.clone(),
            releases: Some(told.releases),
        };
        let data_epoch = self.data_epoch().await?;
        Ok(Bundle { protocol: PROTOCOL_VERSION, data_epoch, version, roster, settings: told.settings })
    }
}

/// Names are enough to sign on, and to be rated.
fn without_portraits(mut bundle: Bundle) -> Bundle {
    for entry in &mut bundle.roster.officers {
        entry.officer.portrait_svg.clear();
    }
    bundle
}

fn raw(value: &impl Serialize) -> ServiceResult<Box<RawValue>> {
    to_raw_value(value).map_err(|error| ServiceError::Internal(error.to_string()))
}
