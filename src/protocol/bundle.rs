//! Everything an office tells one of its counters, in one piece that proves itself: signed by the server over
//! its exact bytes, so that a kiosk can trust its kept copy weeks later, without a network, on any disk.

use super::PROTOCOL_VERSION;
use super::batch::HexHash;
use super::roster::Roster;
use super::signing::{is_signed, sha256};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The largest bundle: what a kiosk takes as one answer, with room for what is around it.
pub const MOST_BUNDLE_BYTES: usize = 3 * 1024 * 1024;

/// What a kiosk works with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Version of this message.
    pub protocol: u32,
    /// Random number of the server's data; changes when a backup is restored.
    pub data_epoch: u64,
    /// Rises with every change of what the office tells its kiosks.
    pub version: u64,
    /// Who and what the counter is.
    pub roster: Roster,
    /// What the office decides of the settings, in TOML as it was written.
    #[serde(default)]
    pub settings: String,
}

/// A bundle as it travels and as it is kept: its bytes, and the server's signature over them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedBundle {
    /// The bytes of a [`Bundle`], never re-encoded.
    content: Box<RawValue>,
    /// Ed25519 signature, hexadecimal.
    signature: String,
}

/// The answer to a kiosk that says what it holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offer {
    /// Another bundle than that; nothing where it is the present one.
    pub news: Option<SignedBundle>,
}

/// Why a bundle cannot be trusted or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// Not from this server, or not as it was sent.
    #[error("it is not signed by the enrolled server, or damaged since")]
    NotSigned,
    /// Of a newer server.
    #[error("it speaks protocol {0}, which this program does not know: upgrade the kiosk")]
    Newer(u32),
    /// Endless.
    #[error("it is larger than {MOST_BUNDLE_BYTES} bytes")]
    TooLarge,
    /// Something in it cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// What every version of a bundle has.
#[derive(Deserialize)]
struct Spoken {
    protocol: u32,
}

impl SignedBundle {
    /// Signs the bytes of a bundle.
    #[must_use]
    pub fn sign(key: &SigningKey, content: Box<RawValue>) -> Self {
        let signature = HEXLOWER.encode(&key.sign(&message(hash(&content))).to_bytes());
        Self { content, signature }
    }

    /// The hash of its bytes, by which kiosk and server name it.
    #[must_use]
    pub fn hash(&self) -> HexHash {
        hash(&self.content)
    }

    /// What it says, once its signature and size are right.
    ///
    /// # Errors
    /// When it cannot be trusted or read.
    pub fn open(&self, key: &VerifyingKey) -> Result<Bundle, BadBundle> {
        if !is_signed(key, &message(self.hash()), &self.signature) {
            return Err(BadBundle::NotSigned);
        }
        if self.content.get().len() > MOST_BUNDLE_BYTES {
            return Err(BadBundle::TooLarge);
        }
        let unreadable = |error: serde_json::Error| BadBundle::Unreadable(error.to_string());
        // The version alone comes first: a bundle of another one may look quite different.
        let Spoken { protocol } = serde_json::from_str(self.content.get()).map_err(unreadable)?;
        if protocol > PROTOCOL_VERSION {
            return Err(BadBundle::Newer(protocol));
        }
        serde_json::from_str(self.content.get()).map_err(unreadable)
    }
}

/// The hash of a bundle's bytes.
#[must_use]
pub fn hash(content: &RawValue) -> HexHash {
    HexHash(sha256(content.get().as_bytes()))
}

fn message(hash: HexHash) -> Vec<u8> {
    format!("SUARA-BUNDLE-1\n{hash}").into_bytes()
}

/// How a device asks for its bundle: `config`, and after it the hash of the one it holds. As a part of the
/// path the signature of the request covers it.
#[must_use]
pub fn call(held: Option<HexHash>) -> String {
    held.map_or_else(|| "config".to_owned(), |held| format!("config/{held}"))
}

/// What the kiosk that makes this call holds; `None` if it is another call.
#[must_use]
pub fn asked(call: &str) -> Option<Option<HexHash>> {
    match call.strip_prefix("config")? {
        "" => Some(None),
        rest => Some(Some(rest.strip_prefix('/')?.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CounterId, OfficeId};
    use crate::domain::office::{Counter, Office};

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[2; 32])
    }

    fn bundle() -> Bundle {
        let office = Office {
            id: OfficeId::try_from(1).unwrap(),
            name: "Kantor".to_owned(),
            zone: "Asia/Jakarta".to_owned(),
            hours: "mon 08:00-12:00".parse().ok(),
        };
        let counter = Counter { id: CounterId::try_from(1).unwrap(), name: "Loket 1".to_owned() };
        let (officers, services, public_url) = (Vec::new(), Vec::new(), "http://x".to_owned());
        let roster = Roster { office, counter, officers, services, public_url, releases: None };
        Bundle { protocol: 1, data_epoch: u64::MAX, version: 7, roster, settings: "# \"ours\"\n".to_owned() }
    }

    fn raw(value: &impl Serialize) -> Box<RawValue> {
        serde_json::value::to_raw_value(value).unwrap()
    }

    #[test]
    fn a_bundle_proves_itself_after_any_journey() {
        let signed = SignedBundle::sign(&key(), raw(&bundle()));
        let text = serde_json::to_string(&Offer { news: Some(signed.clone()) }).unwrap();
        let come = serde_json::from_str::<Offer>(&text).unwrap().news.unwrap();
        assert_eq!((come.hash(), come.open(&key().verifying_key())), (signed.hash(), Ok(bundle())));
        let stranger = SigningKey::from_bytes(&[3; 32]).verifying_key();
        assert_eq!(come.open(&stranger), Err(BadBundle::NotSigned));
    }

    #[test]
    fn one_changed_byte_or_space_is_noticed() {
        let text = serde_json::to_string(&SignedBundle::sign(&key(), raw(&bundle()))).unwrap();
        for (from, to) in
            [("Loket 1", "Loket 2"), ("\"version\":7", "\"version\":8"), ("\"version\":7", "\"version\": 7")]
        {
            assert!(text.contains(from));
            let changed: SignedBundle = serde_json::from_str(&text.replace(from, to)).unwrap();
            assert_eq!(changed.open(&key().verifying_key()), Err(BadBundle::NotSigned), "{to}");
        }
    }

    #[test]
    fn what_this_program_does_not_know_is_told_apart() {
        let open = |content: Box<RawValue>| SignedBundle::sign(&key(), content).open(&key().verifying_key());
        assert_eq!(open(raw(&serde_json::json!({ "protocol": 2, "odd": [] }))), Err(BadBundle::Newer(2)));
        assert!(matches!(open(raw(&serde_json::json!({ "protocol": 1 }))), Err(BadBundle::Unreadable(_))));
        let endless = Bundle { settings: " ".repeat(MOST_BUNDLE_BYTES), ..bundle() };
        assert_eq!(open(raw(&endless)), Err(BadBundle::TooLarge));
    }

    #[test]
    fn a_call_says_what_is_held() {
        let held = HexHash([0xab; 32]);
        assert_eq!(asked(&call(None)), Some(None));
        assert_eq!(asked(&call(Some(held))), Some(Some(held)));
        for other in ["cards", "config/", "config/ab", "configs", "config/x/y"] {
            assert_eq!(asked(other), None, "{other}");
        }
    }
}
