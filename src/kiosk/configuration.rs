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
const ORIGIN: &str = "the office's file";

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

    /// Its version and the beginning of its hash, as a technician reads them out.
    #[must_use]
    pub fn name(&self) -> String {
        let hash = self.hash().to_string();
        format!("{} ({})", self.version, hash.get(..8).unwrap_or(&hash))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CounterId, OfficeId};
    use crate::domain::office::{Counter, Office};
    use ed25519_dalek::SigningKey;
    use serde_json::value::to_raw_value;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[2; 32])
    }

    fn told(office: u32, data_epoch: u64, version: u64, settings: &str) -> Bundle {
        let office = Office {
            id: OfficeId::try_from(office).unwrap(),
            name: "Kantor Uji".to_owned(),
            zone: "Asia/Jakarta".to_owned(),
            hours: None,
        };
        let counter = Counter { id: CounterId::try_from(1).unwrap(), name: "Loket 1".to_owned() };
        let (officers, services, public_url) = (Vec::new(), Vec::new(), "http://x".to_owned());
        let roster = Roster { office, counter, officers, services, public_url, releases: None };
        Bundle { protocol: 1, data_epoch, version, roster, settings: settings.to_owned() }
    }

    fn signed(bundle: &Bundle) -> SignedBundle {
        SignedBundle::sign(&key(), to_raw_value(bundle).unwrap())
    }

    fn kept(bundle: &SignedBundle) -> String {
        serde_json::to_string(bundle).unwrap()
    }

    fn try_on(bundle: &Bundle, own: &OwnSettings, used: Option<&Configuration>) -> Result<Configuration, Refusal> {
        Configuration::try_on(&signed(bundle), &key().verifying_key(), own, used)
    }

    #[test]
    fn a_version_only_rises_within_one_office_and_one_state_of_the_data() {
        let own = OwnSettings::default();
        let used = try_on(&told(1, 9, 5, ""), &own, None).unwrap();
        for (office, data_epoch, version, is_taken) in
            [(1, 9, 6, true), (1, 9, 5, true), (1, 9, 4, false), (1, 8, 1, true), (2, 9, 1, true)]
        {
            let tried = try_on(&told(office, data_epoch, version, ""), &own, Some(&used));
            assert_eq!(tried.is_ok(), is_taken, "office {office}, epoch {data_epoch}, version {version}");
            if let Err(refusal) = tried {
                assert!(refusal.to_string().contains("version 4 is older than 5"), "{refusal}");
            }
        }
    }

    #[test]
    fn what_does_not_load_is_refused_with_its_reason() {
        for (settings, expected) in [
            ("[timeouts", "the office's file is not valid TOML"),
            ("languages.offered = [\"xx\"]", "xx"),
            ("reasons.liked = []", "there are 0 reasons under `liked`"),
            ("server.address = \"http://elsewhere\"", "`server` is decided at each kiosk"),
        ] {
            let refusal = try_on(&told(1, 9, 1, settings), &OwnSettings::default(), None).unwrap_err().to_string();
            assert!(refusal.contains(expected), "{refusal}");
        }
        let stranger = SigningKey::from_bytes(&[3; 32]).verifying_key();
        let forged = Configuration::try_on(&signed(&told(1, 9, 1, "")), &stranger, &OwnSettings::default(), None);
        assert!(matches!(forged, Err(Refusal::Bundle(BadBundle::NotSigned))));
    }

    #[test]
    fn odd_colours_are_said_and_names_of_this_counter_stay() {
        let own = OwnSettings::default().with(|settings| settings.counter.name = "Loket Cepat".to_owned());
        let tried = try_on(&told(1, 9, 1, "theme.text = \"#ffffff\""), &own, None).unwrap();
        assert!(tried.remarks().iter().any(|remark| remark.contains("contrast")), "{:?}", tried.remarks());
        assert_eq!(
            (tried.roster.counter.name.as_str(), tried.roster.office.name.as_str()),
            ("Loket Cepat", "Kantor Uji")
        );
        assert_eq!(tried.reported(), Some(tried.hash()));
    }

    #[test]
    fn the_newest_kept_one_that_still_proves_itself_and_loads_is_used() {
        let (good, bad) =
            (signed(&told(1, 9, 5, "timeouts.idle_s = 7")), signed(&told(1, 9, 6, "timeouts.idle_s = \"x\"")));
        let damaged = kept(&good).replace("idle_s = 7", "idle_s = 1");
        for (texts, idle_s, complaints) in [
            (vec![kept(&good)], Some(7), 0),
            (vec![damaged.clone(), kept(&good)], Some(7), 1),
            (vec![kept(&bad), "{\"odd\"".to_owned(), kept(&good)], Some(7), 2),
            (vec![damaged, String::new()], None, 2),
            (vec![], None, 0),
        ] {
            let (used, said) = Configuration::of_kept(&texts, &key().verifying_key(), &OwnSettings::default());
            assert_eq!(used.map(|used| used.settings.timeouts.idle_s), idle_s);
            assert_eq!(said.len(), complaints, "{said:?}");
        }
    }

    /// A counter without officers' names would be dark; one with the built-in settings is not.
    #[test]
    fn where_no_settings_of_the_office_load_its_roster_is_used_alone() {
        let bad = signed(&told(1, 9, 6, "timeouts.idle_s = \"x\""));
        let (key, own) = (key().verifying_key(), OwnSettings::default());
        let (part, refusal) = Configuration::first(&bad, &key, &own).unwrap();
        assert!(refusal.unwrap().to_string().contains("idle_s"));
        let (again, said) = Configuration::of_kept(&[kept(&bad)], &key, &own);
        for part in [part, again.unwrap()] {
            assert_eq!((part.roster.counter.name.as_str(), part.reported()), ("Loket 1", None));
        }
        assert_eq!(said.len(), 1);
    }
}
