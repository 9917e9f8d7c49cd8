//! What a kiosk works with: its roster and its settings, from a bundle of its office that was tried before.
//!
//! A bundle is used whole or not at all: the last good one stays until a better one comes, for weeks if need be.

use super::own_settings::OwnSettings;
use super::settings::KioskSettings;
use crate::layers::SettingsError;
use crate::protocol::batch::HexHash;
use crate::protocol::bundle::{BadBundle, Bundle, SignedBundle};
use crate::protocol::office_layer::{BadLayer, OfficeLayer};
use crate::protocol::roster::Roster;
use ed25519_dalek::VerifyingKey;
use std::sync::Arc;

/// What messages call the settings that came from the server.
const ORIGIN: &str = "the settings of the office";

/// A bundle in use.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Who and what this counter is.
    pub roster: Arc<Roster>,
    /// All settings, of every layer.
    pub settings: Arc<KioskSettings>,
    /// The number of this state of what the office tells.
    pub version: u64,
    /// Where it comes from, to be kept as it came.
    signed: SignedBundle,
    data_epoch: u64,
    /// Whether the office's settings are in use, too.
    is_whole: bool,
    /// What the office probably did not mean.
    remarks: Vec<String>,
}

/// Why a bundle is not used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be trusted or read.
    #[error(transparent)]
    Bundle(#[from] BadBundle),
    /// Somebody brings back what the office has changed since.
    #[error(
        "its version {offered} is older than {used}, which is in use, and the server does not say that it came back from an older copy"
    )]
    Older {
        /// Of what was offered.
        offered: u64,
        /// Of what is in use.
        used: u64,
    },
    /// What the office decides cannot be used.
    #[error(transparent)]
    Layer(#[from] BadLayer),
    /// It does not go together with what is decided here.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Configuration {
    /// Tries a bundle that the server offers beside the one in use.
    ///
    /// # Errors
    /// When it is not to be used; the one in use stays.
    pub fn try_on(
        signed: &SignedBundle,
        key: &VerifyingKey,
        own: &OwnSettings,
        used: Option<&Configuration>,
    ) -> Result<Self, Refusal> {
        let bundle = signed.open(key)?;
        if let Some(used) = used.filter(|used| used.is_newer_than(&bundle)) {
            return Err(Refusal::Older { offered: bundle.version, used: used.version });
        }
        let layer = OfficeLayer::check(ORIGIN, &bundle.settings)?;
        let settings = own.over(Some(&layer))?.settings;
        Ok(Self::new(signed, bundle, settings, Some(&layer)))
    }

    /// The roster alone, with the settings of this kiosk: better than a dark counter.
    fn roster_only(signed: &SignedBundle, key: &VerifyingKey, own: &OwnSettings) -> Result<Self, Refusal> {
        let bundle = signed.open(key)?;
        let settings = own.over(None)?.settings;
        Ok(Self::new(signed, bundle, settings, None))
    }

    /// The first bundle of a kiosk that has none: as much of it as can be used, and why not all of it.
    ///
    /// # Errors
    /// When not even its roster can be used.
    pub fn first(
        signed: &SignedBundle,
        key: &VerifyingKey,
        own: &OwnSettings,
    ) -> Result<(Self, Option<Refusal>), Refusal> {
        match Self::try_on(signed, key, own, None) {
            Ok(whole) => Ok((whole, None)),
            Err(refusal) => Self::roster_only(signed, key, own).map(|part| (part, Some(refusal))),
        }
    }

    /// The best of what was kept, newest first, and a sentence about each that is better not used.
    #[must_use]
    pub fn of_kept(kept: &[String], key: &VerifyingKey, own: &OwnSettings) -> (Option<Self>, Vec<String>) {
        let mut complaints = Vec::new();
        let mut readable = Vec::new();
        for text in kept {
            match serde_json::from_str::<SignedBundle>(text) {
                Ok(signed) => readable.push(signed),
                Err(error) => complaints.push(format!("a kept configuration cannot be read: {error}")),
            }
        }
        for signed in &readable {
            match Self::try_on(signed, key, own, None) {
                Ok(whole) => return (Some(whole), complaints),
                Err(refusal) => complaints.push(format!("a kept configuration is not used: {refusal}")),
            }
        }
        let part = readable.iter().find_map(|signed| Self::roster_only(signed, key, own).ok());
        (part, complaints)
    }

    fn new(signed: &SignedBundle, bundle: Bundle, settings: KioskSettings, layer: Option<&OfficeLayer>) -> Self {
        let Bundle { data_epoch, version, mut roster, .. } = bundle;
        put_names_on(&mut roster, &settings);
        Self {
            roster: Arc::new(roster),
            settings: Arc::new(settings),
            version,
            signed: signed.clone(),
            data_epoch,
            is_whole: layer.is_some(),
            remarks: layer.map(|layer| layer.remarks().to_vec()).unwrap_or_default(),
        }
    }

    /// Versions are counted by one office in one state of a server's data.
    fn is_newer_than(&self, bundle: &Bundle) -> bool {
        let is_same_count = self.data_epoch == bundle.data_epoch && self.roster.office.id == bundle.roster.office.id;
        is_same_count && self.version > bundle.version
    }

    /// What names it at the server.
    #[must_use]
    pub fn hash(&self) -> HexHash {
        self.signed.hash()
    }

    /// What is told to the server: nothing while only a part of it is in use.
    #[must_use]
    pub fn reported(&self) -> Option<HexHash> {
        self.is_whole.then(|| self.hash())
    }

    /// As it came.
    #[must_use]
    pub fn signed(&self) -> &SignedBundle {
        &self.signed
    }

    /// What the office probably did not mean, for a warning.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

/// Names from the settings file go before the server's.
fn put_names_on(roster: &mut Roster, settings: &KioskSettings) {
    for (own, name) in
        [(&settings.office.name, &mut roster.office.name), (&settings.counter.name, &mut roster.counter.name)]
    {
        if !own.is_empty() {
            name.clone_from(own);
        }
    }
}
